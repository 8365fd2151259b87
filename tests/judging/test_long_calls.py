"""Judging does not look at everything again around everything: long calls are only long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record
from support.profiled import functions_called

from harness.judging.judge import judge
from harness.protocol.events import ResponseCreated, ResponseDone

TOLD = (ResponseCreated, ResponseDone)

TURN = """
{0}.0-{0}.5 caller: Where is my order? It's ORD-4715B. [backchannel]
{0}.6-{0}.9 caller: It's ORD-4715B.
{1}.2-{1}.9 agent: ORD-4715B, is that right?
{2}.0-{2}.3 caller: Yes.
{2}.5-{2}.9 agent: One moment. [of 2.0]
{2}.6-{2}.8 lookup_order order_id=ORD-4715B
{2}.7-{2}.9 caller: Wait. [barge-in]
"""


WRITE = """
{0}.0-{0}.3 caller: Please cancel my order ORD-4715B.
{0}.4-{1}.9 agent: Shall I cancel order ORD-4715B? That cannot be undone.
{2}.0-{2}.2 caller: Yes, please.
{2}.3-{2}.7 agent: One moment.
{2}.4-{2}.6 cancel_order order_id=ORD-4715B
"""


def work(turns: int, *, turn: str = TURN, by_sound: bool = False) -> int:
    """Return how many calls of functions judging a call of so many rounds takes.

    ``by_sound``: no event tells when an answer begins or ends, and all have one id.
    """
    rows = "\n".join(turn.format(3 * n, 3 * n + 1, 3 * n + 2) for n in range(turns))
    recording = record(rows)
    if by_sound:
        events = tuple(e for e in recording.events if not isinstance(e.event, TOLD))
        generated = tuple(replace(part, response_id="") for part in recording.generated)
        played = tuple(replace(run, response_id="") for run in recording.played)
        recording = replace(recording, events=events, generated=generated, played=played)
    judged = judge(recording)
    with functions_called() as called:
        assert len(judged.judgements) > 5
    return called.total()


@pytest.mark.parametrize("by_sound", [False, True])
def test_judging_a_call_of_twice_the_length_is_twice_the_work(by_sound: bool) -> None:
    """Where everything is looked at around everything, it is 3.2 times (and more, the longer)."""
    work(2, by_sound=by_sound)  # what is looked up once for all calls
    short, long = work(40, by_sound=by_sound), work(80, by_sound=by_sound)
    assert long < 2.5 * short


LISTS = {
    "written": ("ORD-{}B", ", "),
    "written without a dash": ("KX{}", " and "),
    "spelled": ("O R D {} B", ". Then "),
    "put right": ("ORD-{}B", ", no, "),
    "asked one by one": ("Is it ORD-{}B?", " "),
}
"""How a list of identifiers is said: one of them, and what parts two."""

LISTED = """
0.0-0.5 caller: Which orders are there?
1.0-{end}.0 agent: {listed}. Shall I look for ORD-4715B? {heard}
{reply}.0-{reply}.5 caller: Yes, {listed}, ORD-4715B.
{reply}.6-{reply}.9 lookup_order order_id=ORD-4715B
"""


@pytest.mark.parametrize("heard", ["", "[heard: nothing like it, four eight and so on]"])
@pytest.mark.parametrize("listed", LISTS)
def test_a_list_of_twice_as_many_values_is_twice_the_work(listed: str, heard: str) -> None:
    """Each value held against each other one, or its place counted anew, is 3.5 times and more."""

    def needed(values: int) -> int:
        one, between = LISTS[listed]
        said = between.join(one.format(1000 + number) for number in range(values))
        times = {"end": 2 + values, "reply": 3 + values}
        return work(1, turn=LISTED.format(listed=said, heard=heard, **times).replace("{", "{{"))

    needed(10)
    assert needed(200) < 2.6 * needed(100)


def test_what_was_said_before_a_write_is_read_once_for_all_proposals_of_it() -> None:
    """Each write is held against all proposals: four times the work. Anew for each, 5.8 times."""
    work(2, turn=WRITE)
    short, long = work(20, turn=WRITE), work(40, turn=WRITE)
    assert long < 4.0 * short
