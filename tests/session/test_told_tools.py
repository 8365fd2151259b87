"""Tools reported outside a call: placed on its clock, joined, matched to a call, or refused.

Times of day are seconds after T0; every call opens at 100 and its clock is at zero at 101.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.recording.tool_notices import CallNotice, ToolNotice
from harness.recording.tools import ToolRun
from harness.scenario.target import ToolsFrom
from harness.session.clock import VirtualClock
from harness.session.tool_sources import FILE, CallRegister, NoticeFile, ToolSources
from harness.session.tools import MOST_REFUSED, NoticeRefused, ToldTools, Why
from harness.session.virtual_time import run_virtual

T0 = 1_777_000_000.0
TOOLS = ("lookup_order", "cancel_order")


@dataclass
class Day:
    """The time of day, set by hand; and the news for a call's caller."""

    at_s: float = 100.0
    news: list[str] = field(default_factory=list)

    def now(self) -> float:
        return T0 + self.at_s

    def tool_began(self, run: ToolRun) -> None:
        self.news.append(f"began {run.call_id}")

    def tool_ended(self, run: ToolRun) -> None:
        self.news.append(f"ended {run.call_id}")


def call(day: Day, *, name: str = "call_1", ahead_s: float = 0.0, zero: bool = True) -> ToldTools:
    told = ToldTools(name, TOOLS, wall=day.now, sources=("webhook", "file"), ahead_s=ahead_s)
    if zero:
        day.at_s = 101.0
        told.started(day)
    return told


def notice(at_s: float | None = 105.0, end_s: float | None = None, **more: Any) -> ToolNotice:
    values = {"call": "call_1", "id": "t1", "name": "lookup_order", "arguments": '{"a":1}'}
    times = [None if each is None else T0 + each for each in (at_s, end_s)]
    return ToolNotice(**(values | more), started_s=times[0], ended_s=times[1])


def tell(told: ToldTools, *notices: ToolNotice, arrived_s: float | None = None) -> None:
    arrived = None if arrived_s is None else T0 + arrived_s
    told.tried("webhook", notices, arrived)()


def shown(run: ToolRun) -> tuple[float, float | None, str]:
    return run.requested_s, run.answered_s, run.outcome.value


@pytest.mark.parametrize(
    ("notices", "arrived_s", "run"),
    [
        ([notice()], None, (4.0, None, "unseen")),
        ([notice(105.0, 106.5, ended=True)], None, (4.0, 5.5, "ok")),
        ([notice(105.0, 106.5, ended=True, failed=True)], None, (4.0, 5.5, "failed")),
        ([notice(105.0, ended=True)], None, (4.0, 4.0, "ok")),  # a line with a single time
        ([notice(105.0, ended=True)], 109.0, (4.0, 8.0, "ok")),
        ([notice(None)], 107.0, (6.0, None, "unseen")),
        ([notice(None, ended=True)], 107.0, (6.0, 6.0, "ok")),
        ([notice(), notice(None, 106.5, name="", ended=True)], None, (4.0, 5.5, "ok")),
        ([notice(id=""), notice(None, 106.5, id="", ended=True)], None, (4.0, 5.5, "ok")),
        ([notice(), notice()], None, (4.0, None, "unseen")),  # posted again
        ([notice(arguments=None), notice()], None, (4.0, None, "unseen")),
        ([notice(100.2)], None, (-0.8, None, "unseen")),  # before the caller is there
        ([notice(110.9)], None, (9.0, None, "unseen")),  # the clocks differ by 0.9 s
    ],
)
def test_a_tool_is_placed_on_the_clock_of_the_call(notices, arrived_s, run):
    day = Day()
    told = call(day)
    day.at_s = 110.0
    for each in notices:
        tell(told, each, arrived_s=arrived_s)
    (found,) = told.runs("webhook")
    assert shown(found) == run
    assert (found.name, found.arguments, found.by_server) == ("lookup_order", '{"a":1}', True)


def test_a_clock_that_is_known_to_be_ahead_is_set_right():
    day = Day()
    told = call(day, ahead_s=-30.0)
    day.at_s = 110.0
    tell(told, notice(75.0, 76.0, ended=True))
    assert shown(told.runs("webhook")[0]) == (4.0, 5.0, "ok")


@pytest.mark.parametrize(
    ("notices", "why", "line"),
    [
        (
            [notice(name="lookup_oder")],
            Why.UNKNOWN_TOOL,
            "name: the suite has no tool 'lookup_oder'",
        ),
        ([notice(98.0)], Why.TIME, "started_at: lies 2.0 s before the call; is the server's clock"),
        ([notice(112.0)], Why.TIME, "started_at: lies 2.0 s after now"),
        ([notice(105.0, 120.0, ended=True)], Why.TIME, "ended_at: lies 10.0 s after now"),
        ([notice(None)], Why.FAULTY, "started_at: expected the time at which the tool began"),
        ([notice(None, name="", ended=True)], Why.FAULTY, "as no call 't1' was told of before"),
        ([notice(), notice(None, 104.0, ended=True)], Why.TIME, "ended_at: lies 1.000 s before"),
        ([notice(), notice(name="cancel_order")], Why.TWICE, "with the tool lookup_order"),
        ([notice(), notice(arguments='{"a":2}')], Why.TWICE, "with other arguments"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_it_is_kept(notices, why, line):
    day = Day()
    told = call(day)
    day.at_s = 110.0
    with pytest.raises(NoticeRefused) as refused:
        told.tried("webhook", notices, None)
    assert (refused.value.why, line in str(refused.value)) == (why, True), str(refused.value)
    assert told.runs("webhook") == ()


def test_after_the_call_only_what_happened_in_it_is_taken():
    day = Day()
    told = call(day)
    day.at_s = 120.0
    told.ended(10.0)  # at 111
    tell(told, notice(105.0, 106.0, ended=True))
    tell(told, notice(110.0, 115.0, id="t2", ended=True))  # its result was not seen
    with pytest.raises(NoticeRefused, match=r"lies 4\.0 s after it ended"):
        tell(told, notice(115.0, id="t3"))
    assert [shown(run) for run in told.runs("webhook")] == [(4.0, 5.0, "ok"), (9.0, None, "unseen")]
    assert day.news == []


def test_what_is_told_before_the_clock_runs_waits_for_it():
    day = Day()
    told = call(day, zero=False)
    tell(told, notice(100.5), arrived_s=100.5)
    tell(told, notice(None, id="t2"), arrived_s=100.7)
    tell(told, notice(90.0, id="t3"), arrived_s=100.8)
    assert told.runs("webhook") == ()
    day.at_s = 101.0
    told.started(day)
    assert [run.requested_s for run in told.runs("webhook")] == [-0.5, -0.3]
    (hook, _) = told.accounts()
    (refused,) = hook.refused
    assert refused.reason.startswith("started_at: lies 10.0 s before the call")


def test_the_caller_waits_for_a_tool_that_is_news():
    day = Day()
    told = call(day)
    day.at_s = 105.5
    tell(told, notice(105.0))
    tell(told, notice(102.0, id="t2"))  # reported 3 s later: the caller may have continued
    tell(told, notice(None, id="t1", ended=True), arrived_s=105.5)
    assert day.news == ["began t1", "ended t1"]


def test_a_source_that_told_anything_was_there():
    day = Day()
    told = call(day)
    told.tried("webhook", [CallNotice("call_1")], None)()
    told.refuse("file", "no such file", counts=False)
    hook, file = told.accounts()
    assert (hook.heard, hook.refused, file.heard) == (True, (), False)
    assert (hook.zero_at, hook.call_id) == ("2026-04-24T03:08:21.000000+00:00", "call_1")
    assert [(each.at_s, each.reason, each.counts) for each in file.refused] == [
        (0.0, "no such file", False)
    ]


def test_a_flood_of_refusals_leaves_its_beginning():
    told = call(Day())
    for number in range(2 * MOST_REFUSED):
        told.refuse("file", str(number))
    assert len(told.accounts()[1].refused) == MOST_REFUSED


# --- which call ------------------------------------------------------------------------------


def register(*calls: ToldTools) -> CallRegister:
    """A register of calls that are over when the test is."""
    found, stays = CallRegister(), ExitStack()
    for each in calls:
        stays.enter_context(found.under_way(each))
    UNDER_WAY.append(stays)
    return found


UNDER_WAY: list[ExitStack] = []


@pytest.fixture(autouse=True)
def all_over():
    yield
    while UNDER_WAY:
        UNDER_WAY.pop().close()


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"call": "call_1"}, "call_1"),
        ({"call": "call_2"}, "call_2"),
        ({"call": "sess_2"}, "call_2"),
        ({"call": "", "hint": "sess_2"}, "call_2"),
    ],
)
def test_a_notice_goes_to_the_call_that_it_names(more, where):
    day = Day()
    calls = call(day), call(day, name="call_2")
    calls[1].ids.add("sess_2")
    register(*calls).take("webhook", [notice(101.0, **more)], T0 + 101.0)
    assert [each.call_id for each in calls if each.runs("webhook")] == [where]


@pytest.mark.parametrize(
    ("more", "why", "line", "counts"),
    [
        ({"call": "call_9"}, Why.UNKNOWN_CALL, "no call under way has the id 'call_9'", False),
        ({"call": "sess"}, Why.FAULTY, "2 calls under way have the id 'sess'", True),
        ({"call": "call_0"}, Why.OVER, "'call_0' is over", False),
        ({"call": ""}, Why.FAULTY, "none is named, and 3 were under way at its time", True),
        ({"call": "", "at_s": 50.0}, Why.OVER, "none was under way at its time", False),
    ],
)
def test_a_notice_that_may_be_anybodys_is_nobodys(more, why, line, counts):
    day = Day()
    past, one, other = call(day, name="call_0"), call(day), call(day, name="call_2")
    one.ids.add("sess")
    other.ids.add("sess")
    known = register(one, other)
    with known.under_way(past):
        pass
    with pytest.raises(NoticeRefused) as refused:
        known.take("webhook", [notice(more.pop("at_s", 101.0), **more)], T0 + 101.0)
    assert (refused.value.why, line in str(refused.value)) == (why, True), str(refused.value)
    for each in (one, other):
        assert each.runs("webhook") == ()
        assert [found.counts for found in each.accounts()[0].refused] == [counts]


def test_without_a_name_a_notice_belongs_to_the_only_call_at_its_time():
    day = Day()
    early = call(day)
    early.ended(5.0)
    day.at_s = 200.0
    late = ToldTools("call_2", TOOLS, wall=day.now, sources=("webhook",))
    late.started(day)
    known = register(early, late)
    known.take("webhook", [notice(104.0, call=""), CallNotice("", T0 + 105.0)], T0 + 200.0)
    known.take("webhook", [notice(200.0, call="", id="t2")], T0 + 200.0)
    assert [each.call_id for each in early.runs("webhook")] == ["t1"]
    assert [each.call_id for each in late.runs("webhook")] == ["t2"]


@pytest.mark.parametrize(
    ("row", "why", "line"),
    [
        (notice(None, call=""), Why.FAULTY, "expected the id in X-Harness-Call-Id, or else a time"),
        (CallNotice(""), Why.FAULTY, "expected the id in X-Harness-Call-Id, or else a time"),
        (notice(104.0, call=""), Why.OVER, "none was under way at its time"),
        (notice(109.5, call=""), Why.FAULTY, "2 were under way at its time"),
    ],
)
def test_a_late_notice_without_a_name_is_not_of_the_next_call(row, why, line):
    day = Day()
    known = register()
    with known.under_way(call(day)):
        day.at_s = 109.0
    following = ToldTools("call_2", TOOLS, wall=day.now, sources=("webhook",))
    with known.under_way(following):
        following.started(day)
        with pytest.raises(NoticeRefused) as refused:
            known.take("webhook", [row], T0 + 109.0)
    assert (refused.value.why, line in str(refused.value)) == (why, True), str(refused.value)
    assert following.runs("webhook") == ()


def test_of_several_notices_at_once_all_are_taken_or_none():
    day = Day()
    calls = call(day), call(day, name="call_2")
    known = register(*calls)
    with pytest.raises(NoticeRefused):
        known.take("webhook", [notice(101.0), notice(5.0, call="call_2")], T0 + 101.0)
    assert [each.runs("webhook") for each in calls] == [(), ()]
    assert [len(each.accounts()[0].refused) for each in calls] == [0, 1]


def test_what_is_told_when_nobody_calls_is_said_on_the_terminal(capsys):
    with pytest.raises(NoticeRefused):
        register().take("webhook", [notice(101.0)], T0 + 101.0)
    told = capsys.readouterr().err
    assert told.startswith("harness: tools told by webhook: call: no call under way has the id")


# --- a file ----------------------------------------------------------------------------------


def line(at_s: float, **more: Any) -> str:
    row = {"call": "call_1", "id": "t1", "name": "lookup_order", "arguments": {"a": 1}}
    return json.dumps({**row, "started_at": T0 + at_s, **more}) + "\n"


def written(path: Path, piece: str | bytes, anew: str) -> None:
    """Write to a file, which is cut short or moved away before."""
    if anew == "moved":
        path.rename(path.with_suffix(".1"))
    with path.open("wb" if anew else "ab") as out:
        out.write(piece if isinstance(piece, bytes) else piece.encode())


def followed(path: Path, *pieces: str | bytes, anew: str = "") -> ToldTools:
    """Have a file grow by these pieces, with a look after each of them, and a last look."""
    day = Day()
    told = call(day)

    async def main() -> None:
        file = NoticeFile(path, register(told))
        for number, piece in enumerate(pieces):
            written(path, piece, anew if number else "")
            await file.look(VirtualClock())
        await file.look_last(VirtualClock(), told)

    run_virtual(main())
    return told


@pytest.mark.parametrize(
    ("pieces", "ids"),
    [
        ([line(101.0)], ["t1"]),
        ([line(101.0)[:20], line(101.0)[20:]], ["t1"]),  # caught in the middle of a line
        ([line(101.0).rstrip()], ["t1"]),  # the last line has no end
        ([line(101.0)[:20]], []),
        (["", line(101.0), "\n\n", line(101.5, id="t2")], ["t1", "t2"]),
        (["nonsense\n" + line(101.0)], ["t1"]),
        (["[]\n" + line(101.0)], ["t1"]),
    ],
)
def test_a_file_is_followed_while_it_grows(tmp_path, pieces, ids):
    told = followed(tmp_path / "tools.jsonl", *pieces)
    assert [each.call_id for each in told.runs(FILE)] == ids


def test_what_a_file_held_before_is_of_no_call_to_come(tmp_path):
    path = tmp_path / "tools.jsonl"
    path.write_text(line(101.0) + "nonsense\n")
    told = followed(path, line(101.0, id="t2"))
    assert [each.call_id for each in told.runs(FILE)] == ["t2"]
    assert told.accounts()[1].refused == ()


@pytest.mark.parametrize("anew", ["cut", "moved"])
@pytest.mark.parametrize("output", ["x" * 90, ""])
def test_a_file_that_is_begun_anew_is_read_from_its_beginning(tmp_path, anew, output):
    """Whether it is shorter then or longer; its lines since the last look are lost."""
    path = tmp_path / "tools.jsonl"
    second = line(101.5, id="t2", more="y" * 60)
    told = followed(path, line(101.0, output=output), second, anew=anew)
    assert [each.call_id for each in told.runs(FILE)] == ["t1", "t2"]
    (lost,) = told.accounts()[1].refused
    assert (lost.reason, lost.counts) == (
        f"{path} was begun anew; what it told just before is lost",
        True,
    )


def test_a_file_that_is_begun_anew_for_a_call_has_lost_nothing_of_it(tmp_path):
    path = tmp_path / "tools.jsonl"
    path.write_text(line(50.0, call="call_0"))
    told = followed(path, line(101.0))
    assert told.accounts()[1].refused == ()
    path.write_text(line(50.0, call="call_0"))
    day = Day()
    told = call(day)

    async def main() -> None:
        file = NoticeFile(path, register(told))
        path.write_text(line(101.0))
        await file.look_last(VirtualClock(), told)

    run_virtual(main())
    assert [each.call_id for each in told.runs(FILE)] == ["t1"]
    assert told.accounts()[1].refused == ()


def test_half_a_line_at_the_end_may_be_a_tool(tmp_path):
    told = followed(tmp_path / "tools.jsonl", line(101.0) + line(101.5, id="t2")[:20])
    assert [each.call_id for each in told.runs(FILE)] == ["t1"]
    (half,) = told.accounts()[1].refused
    assert (half.reason, half.counts) == (
        "the last line is half written, and may tell of a tool",
        True,
    )


def test_a_mark_of_its_encoding_at_the_beginning_is_no_fault(tmp_path):
    told = followed(tmp_path / "tools.jsonl", b"\xef\xbb\xbf" + line(101.0).encode())
    assert [each.call_id for each in told.runs(FILE)] == ["t1"]


TOOL_SPAN = [{"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}}]
NAMELESS = {"startTimeUnixNano": str(round((T0 + 101) * 1e9)), "attributes": TOOL_SPAN}
NAMELESS_SPAN = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [NAMELESS]}]}]}) + "\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{not json\n", "the line is no JSON: "),
        (b'{"call": "\xff"}\n', "the line is no JSON: "),
        (f"{'[' * 300}{']' * 300}\n", "the line is nested deeper than 100 levels"),
        (
            line(101.0, arguments={"a": []}).replace("[]", "[" * 300 + "]" * 300),
            "the line is nested deeper than 100 levels",
        ),
        ('{"call": "call_1"}\n', "name: expected the tool's name, got nothing"),
        ('{"resourceSpans": 3}\n', "resourceSpans: expected a list, got 3"),
        (
            NAMELESS_SPAN,
            "resourceSpans[0].scopeSpans[0].spans[0]: gen_ai.tool.name: expected",
        ),
    ],
)
def test_a_faulty_line_is_noted_with_its_reason(tmp_path, text, reason):
    told = followed(tmp_path / "tools.jsonl", text)
    (refused,) = told.accounts()[1].refused
    assert (refused.reason.startswith(reason), refused.counts) == (True, True), refused.reason


@pytest.mark.parametrize("appears", [True, False])
def test_a_file_may_appear_late_and_one_that_never_does_is_told(tmp_path, appears):
    path = tmp_path / "tools.jsonl"

    async def main() -> ToldTools:
        clock = VirtualClock()
        sources = ToolSources(ToolsFrom(file=str(path)), clock, CallRegister(), "")
        with sources.call(TOOLS) as beside:
            beside.told.started(Day())
            await sources.look()
            if appears:
                row = {"call": beside.told.call_id, "event": "hello"}
                path.write_text(json.dumps(row))
            beside.told.ended(3.0)
            await sources.settle(beside.told)
        return beside.told

    (file,) = run_virtual(main()).accounts()
    reasons = [] if appears else [f"{path}: no such file"]
    assert (file.heard, [each.reason for each in file.refused]) == (appears, reasons)
    assert not any(each.counts for each in file.refused)
