"""Impossible values, and slips that each give a single fault: found when files are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import FaultyFiles
from harness.scenario.catalog import find

SUITE = """\
format: 1
suite: hotel
instructions: prompt.md
tools:
  - name: find_booking
    kind: read
    parameters: {type: object, properties: {booking_code: {type: string}}}
    mock: {world: {find: bookings}}
  - name: cancel_booking
    kind: write
    parameters:
      type: object
      properties:
        booking_code: {type: string}
        nights: {type: integer}
        room: {type: string}
        extras: {type: array, items: {type: string}}
        anything: {}
    mock:
      world:
        change: bookings
        only_if: {status: confirmed}
        set: {status: cancelled, room: "{room}"}
world:
  bookings:
    key: booking_code
    records:
      - {booking_code: "{code}", status: confirmed, nights: 2, room: 12, gift: true}
"""
HEAD = """\
format: 1
name: cancel it
turns: [{say: "Please cancel {code}."}]
facts: {code: {value: BK-4471, kind: id}}
"""
OF_STATUS = "no record has this value and no tool sets it; known: confirmed, cancelled"
RULES = "any_order, between, contains, fields, matches, max, min, one_of, optional"
ENDS = "expected both ends of a range, such as [1, 3], got"
ONE_END = "for one end write {min: 1} or {max: 3}"
ADD = "{add: bookings, set: {status: new}}"


def _world(records: str) -> str:
    return f"expect: {{world: {{bookings: {records}}}}}\n"


def _arguments(arguments: str, more: str = "") -> str:
    call = f"{{name: cancel_booking, arguments: {{{arguments}}}{more}}}"
    return f"expect: {{tools: [{call}]}}\n"


def _mock(world: str) -> str:
    return f"mocks: {{cancel_booking: {{world: {world}}}}}\n"


def _change(only_if: str) -> str:
    return _mock(f"{{change: bookings, only_if: {{{only_if}}}, set: {{status: cancelled}}}}")


# addition of a scenario to HEAD, and its only fault (line and place first), or none
SCENARIOS: list[tuple[str, str]] = [
    (_world("[{status: cancelled}]"), ""),
    (_world("[{status: Cancelled}]"), ""),
    (_world("[{booking_code: BK 4471, status: cancelled}]"), ""),
    (_world('[{booking_code: "{code}"}]'), ""),
    (_world("[{room: 14}]"), ""),  # an argument sets it
    (_world("[{gift: false}]"), ""),
    (_world("[{status: {one_of: [cancelled, gone]}}]"), ""),
    (_world("[{status: {matches: can}}]"), ""),
    (_world("[{nights: 2}]"), ""),
    (_world("{removed: [BK-4471]}"), ""),
    (_world("[{status: canceled}]"),
     f"5: expect.world.bookings[0].status: {OF_STATUS} (did you mean 'cancelled'?), got "
     "'canceled'"),
    (_world("[{status: open}]"), f"5: expect.world.bookings[0].status: {OF_STATUS}, got 'open'"),
    (_world("[{nights: 3}]"),
     "5: expect.world.bookings[0].nights: no record has this value and no tool sets it; known: 2, "
     "got 3"),
    (_world("{records: [{status: {one_of: [gone, lost]}}]}"),
     f"5: expect.world.bookings.records[0].status: {OF_STATUS}, got 'gone'"),
    (_world("{removed: [BK-9]}"),
     "5: expect.world.bookings.removed[0]: no record has this value and no tool sets it; known: "
     "BK-4471, got 'BK-9'"),
    (_world("[{booking_code: BK-9}]") + _mock(ADD), ""),  # new records are numbered
    (_world("[{booking_code: BK-9}]") + _mock(ADD.replace("status: new", "room: a")), ""),
    (_world("[{status: new}]") + _mock(ADD), ""),
    (_world("[{statsu: cancelled}]"),
     "5: expect.world.bookings[0].statsu: unknown field 'statsu'; known: booking_code, gift, nights"
     ", room, status (did you mean 'status'?)"),
    (_world("[{status: {match: can}}]"),
     f"5: expect.world.bookings[0].status: unknown rule 'match' (did you mean 'matches'?); rules: "
     f"{RULES}; for a field of this name write {{fields: {{match: …}}}}"),
    (_change("status: [confirmed, held]"), ""),
    (_change("status: held"), ""),  # a refusal may be the topic of the scenario
    (_change("status: confirmd"),
     f"5: mocks.cancel_booking.world.only_if.status: {OF_STATUS} (did you mean 'confirmed'?), got "
     "'confirmd'"),
    (_arguments("", ", times: 1..2"), ""),
    (_arguments("", ", times: 2..1"),
     "5: expect.tools[0].times: a range begins with its lower end: write '1..2', got '2..1'"),
    (_arguments("extras: {contain: [x]}"),
     f"5: expect.tools[0].arguments.extras: unknown rule 'contain' (did you mean 'contains'?); "
     f"rules: {RULES}; for a field of this name write {{fields: {{contain: …}}}}"),
    (_arguments("anything: {contain: [x]}"),
     f"5: expect.tools[0].arguments.anything: unknown rule 'contain' (did you mean 'contains'?); "
     f"rules: {RULES}; for a field of this name write {{fields: {{contain: …}}}}"),
    (_arguments("anything: {fields: {contain: x}}"), ""),
    (_arguments("nights: {between: [1, 2]}"), ""),
    (_arguments("nights: {between: [2]}"),
     f"5: expect.tools[0].arguments.nights.between: {ENDS} a list of 1; {ONE_END}"),
    (_arguments("nights: {between: 2}"),
     f"5: expect.tools[0].arguments.nights.between: {ENDS} 2; {ONE_END}"),
    (_arguments("nights: {between: [3, 2]}"),
     "5: expect.tools[0].arguments.nights: a range begins with its lower end, got 3 and 2"),
    ("world: {bookings: {records: [{booking_code: B1, status: new}]}}\n", ""),
    ("world: {bookings: {records: [{status: new}]}}\n",
     "5: world.bookings: records[0] has no 'booking_code', the key of its table"),
    ("world: {bookings: {records: [{booking_code: 1}, {booking_code: 1}]}}\n",
     "5: world.bookings: booking_code 1 stands there twice"),
    ("world: {bookings: {key: status, records: [{status: new}, {status: new}]}}\n",
     "5: world.bookings: status 'new' stands there twice"),
    ("world: {rooms: {records: [{room: 1}]}}\n",
     "5: world.rooms.key: this key is required: the suite has no table of this name to take it "
     "from"),
    ("turn: [{say: Hello.}]\n", "5: turn: unknown key; allowed: format, name, "),
]  # fmt: skip

# a slip in the text of HEAD, and its only fault
SLIPS: list[tuple[str, str, str]] = [
    ("facts:", "facs:", "4: facs: unknown key; allowed: format, name, "),
    ("turns:", "truns:", "3: truns: unknown key; allowed: format, name, "),
    ("say:", "sya:", "3: turns[0].sya: unknown key; allowed: "),
    ("value:", "valeu:", "4: facts.code.valeu: unknown key; allowed: value, kind, spoken (did you"),
    ("name:", "nam:", "2: nam: unknown key; allowed: format, name, "),
    ("{code}.", "{cod} of {cod}, {cod}.",
     "3: turns[0].say: unknown fact 'cod'; known: code (did you mean 'code'?), also in 2 more"),
    ("{code}.", "{cod} or {cod}.",
     "3: turns[0].say: unknown fact 'cod'; known: code (did you mean 'code'?), also in 1 more"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "fault"), SCENARIOS)
def test_a_value_that_can_never_be_is_one_fault(tmp_path: Path, more: str, fault: str) -> None:
    told = _told(tmp_path, SUITE, HEAD + more)
    assert len(told) == bool(fault), told
    assert "".join(told).startswith(fault)


@pytest.mark.parametrize(("right", "wrong", "fault"), SLIPS)
def test_one_slip_is_one_fault(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    (told,) = _told(tmp_path, SUITE, HEAD.replace(right, wrong, 1))
    assert told.startswith(fault)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("only_if: {status: confirmed}", "only_if: {status: confirmd}",
         f"tools[1].mock.world.only_if.status: {OF_STATUS} (did you mean 'confirmed'?), got "),
        ("tools:", "toos:", "toos: unknown key; allowed: format, suite, "),
        ("mock: {world", "mok: {world", "tools[0].mok: unknown key; allowed: name, kind, "),
        ("kind: read", "kind: raed\n    consequence: required",
         "tools[0].kind: expected 'read', 'write', 'escalate' or 'no_op', got 'raed' (did you mea"),
    ],
)  # fmt: skip
def test_one_slip_of_a_suite_is_one_fault(
    tmp_path: Path, right: str, wrong: str, fault: str
) -> None:
    (told,) = _told(tmp_path, SUITE.replace(right, wrong, 1), HEAD + _arguments(""))
    assert told.partition(": ")[2].startswith(fault)


def _told(folder: Path, suite: str, scenario: str) -> list[str]:
    """Return the faults of a scenario in a suite: the lines and the messages."""
    for name, text in (("prompt.md", "Be kind."), ("suite.yaml", suite), ("one.yaml", scenario)):
        (folder / name).write_text(text)
    try:
        find((folder,))
    except FaultyFiles as faulty:
        return [str(one).partition(".yaml:")[2] for one in faulty.faults]
    return []
