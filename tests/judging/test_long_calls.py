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


def work(turns: int, *, by_sound: bool) -> int:
    """Return how many calls of functions judging a call of so many rounds takes.

    ``by_sound``: no event tells when an answer begins or ends, and all have one id.
    """
    rows = "\n".join(TURN.format(3 * n, 3 * n + 1, 3 * n + 2) for n in range(turns))
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
