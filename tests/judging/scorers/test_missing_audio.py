"""A side that was not recorded is not a side that was silent: per side, and per line."""

from __future__ import annotations

import pytest
from support.call_plans import manifest
from support.english import ENGLISH
from support.stored_sound import track

from harness.importing.assemble import assemble
from harness.importing.model import SourceKind, Speaker, StoredCall, StoredLine, StoredTool
from harness.judging.judge import judge
from harness.judging.scorers.base import Score

TOOL = {
    "name": "book_boat",
    "kind": "write",
    "description": "Book a boat",
    "preamble": "required",
    "exact": ["number"],
    "parameters": {"type": "object", "properties": {"number": {"type": "string"}}},
}
LINES = (
    StoredLine(Speaker.CALLER, "Book a boat, my number is 4711.", 1.0, 3.0),
    StoredLine(Speaker.AGENT, "Shall I book the boat for number 4 7 1 1?", 4.0, 7.0),
    StoredLine(Speaker.CALLER, "Yes, please.", 8.0, 9.0),
    StoredLine(Speaker.AGENT, "Let me book that boat.", 10.0, 11.5),
    StoredLine(Speaker.AGENT, "It is booked.", 12.6, 14.0),
)
BOOKED = StoredTool(
    "book_boat", '{"number": "4711"}', 4, '{"ok": true}', requested_s=11.8, answered_s=12.2
)


def scores(
    *, caller: tuple[int, ...] = (0, 2), agent: tuple[int, ...] = (1, 3, 4)
) -> dict[str, Score]:
    """Return the scores of the call with audio of some of its lines, by number."""
    spans = [(line.start_s or 0.0, line.end_s or 0.0) for line in LINES]
    tracks = (track(*(spans[n] for n in side), length_s=16.0) for side in (caller, agent))
    call = StoredCall("c", SourceKind.AUDIO, "c.wav", LINES, (BOOKED,), *tracks)
    suite = {"format": 1, "suite": "boats", "instructions": "-", "tools": [TOOL]}
    scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}]}
    recording = assemble(call, manifest(scenario=scenario, suite=suite), ENGLISH)
    return {one.scorer.scorer_name: one.score for one in judge(recording).judgements}


def outcomes(found: dict[str, Score], *names: str) -> list[str]:
    return [found[name].outcome.value for name in names]


TIMED = ("time_to_first_audio", "delivery", "barge_in_yield")
WORDS = ("write_confirmation", "entity_confirmation")


def test_call_with_both_sides_is_judged_as_before() -> None:
    found = scores()
    assert outcomes(found, *WORDS, "preamble") == ["pass", "pass", "pass"]
    assert outcomes(found, *TIMED) == ["pass", "pass", "not_applicable"]


def test_agent_without_audio_was_not_silent() -> None:
    found = scores(agent=())
    for name in TIMED:
        reason = "the agent's audio is not in this recording"
        assert (found[name].outcome.value, found[name].reason) == ("unscorable", reason)
        assert found[name].measurements == ()
    assert outcomes(found, *WORDS) == ["review", "review"]
    assert "the recording has no audio there" in found["entity_confirmation"].reason
    assert "the recording has no audio of the proposal" in found["write_confirmation"].reason
    assert outcomes(found, "preamble", "audio_quality") == ["unscorable", "unscorable"]


def test_caller_without_audio_was_not_silent() -> None:
    found = scores(caller=())
    for name in ("time_to_first_audio", "barge_in_yield"):
        reason = "the caller's audio is not in this recording"
        assert (found[name].outcome.value, found[name].reason) == ("unscorable", reason)
    assert outcomes(found, *WORDS, "delivery") == ["pass", "pass", "pass"]


@pytest.mark.parametrize(
    ("lost", "words", "waits"), [(1, "review", "unscorable"), (4, "pass", "pass")]
)
def test_line_without_audio_decides_nothing(lost: int, words: str, waits: str) -> None:
    found = scores(agent=tuple(n for n in (1, 3, 4) if n != lost))
    assert outcomes(found, *WORDS) == [words, words]
    assert outcomes(found, "time_to_first_audio") == [waits]
    measured = [one.value for one in found["time_to_first_audio"].measurements[0].values]
    assert all(value is not None for value in measured), measured
    assert outcomes(found, "delivery", "audio_quality") == ["pass", "pass"]


def test_turn_of_the_caller_without_audio_is_owed_no_answer() -> None:
    found = scores(caller=(0,))
    score = found["time_to_first_audio"]
    assert score.outcome.value == "unscorable"
    assert score.reason == "the caller's audio at 0:08.0 is not in this recording"
    assert len(score.measurements[0].values) == 1


def test_preamble_without_audio_is_not_missing() -> None:
    found = scores(agent=(1, 4))["preamble"]
    assert found.outcome.value == "unscorable"
    assert found.reason == "the recording has no audio of what the agent said at 0:10.0"
