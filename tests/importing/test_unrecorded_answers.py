"""Logs of sessions without audio of the agent: its words count, and times that no event reports do
not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import manifest
from support.english import ENGLISH
from support.session_logs import TRANSCRIBED, sound, write_log

from harness.importing.assemble import assemble_session
from harness.importing.realtime import read_realtime
from harness.judging.judge import Judged, judge
from harness.judging.scorers.base import Score
from harness.recording.provenance import Estimate
from harness.report.run.call_view import head_notes

Row = tuple[float, dict[str, Any]]
TOOL = {
    "name": "find_boat",
    "kind": "read",
    "description": "Find a boat",
    "preamble": "required",
    "exact": ["number"],
    "parameters": {"type": "object", "properties": {"number": {"type": "string"}}},
}
VAD = {"input": {"turn_detection": {"type": "server_vad"}}}
OPENED: Row = (
    0.0,
    {"type": "session.created", "session": {"type": "realtime", "audio": VAD}},
)
AWAY = "the agent's audio is not in this log"


def caller(start_s: float, end_s: float, item: str, words: str) -> list[Row]:
    begun = {"type": "input_audio_buffer.speech_started", "item_id": item}
    over = {"type": "input_audio_buffer.speech_stopped", "item_id": item}
    told = {"type": TRANSCRIBED, "item_id": item, "content_index": 0, "transcript": words}
    return [
        (start_s, {**begun, "audio_start_ms": round(1000 * start_s) - 300}),
        (end_s + 0.5, {**over, "audio_end_ms": round(1000 * end_s) + 500}),
        (end_s + 0.5, {"type": "input_audio_buffer.committed", "item_id": item}),
        (end_s + 0.6, told),
    ]


def agent(
    number: int,
    start_s: float,
    end_s: float,
    words: str,
    *,
    tool: bool = False,
    played: bool = True,
    delta: str | None = None,
    end: str = "stopped",
) -> list[Row]:
    """Return an answer whose words come at once, and when its audio is played."""
    response, item = f"r{number}", f"a{number}"
    of = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    buffer = {"response_id": response}
    rows: list[Row] = [
        (start_s - 0.2, {"type": "response.created", "response": {"id": response}}),
        (
            start_s + 0.1,
            {"type": "response.output_audio_transcript.done", "transcript": words, **of},
        ),
    ]
    if delta is not None:
        rows += [(start_s, {"type": "response.output_audio.delta", "delta": delta, **of})]
    if tool:
        call = {"name": "find_boat", "call_id": "c1", "arguments": '{"number": "4711"}'}
        added = {"id": "f1", "type": "function_call", **call}
        rows += [
            (
                start_s + 0.3,
                {"type": "response.output_item.done", "response_id": response, "item": added},
            ),
            (
                end_s + 0.2,
                {
                    "type": "conversation.item.create",
                    "item": {"type": "function_call_output", "call_id": "c1", "output": "{}"},
                },
            ),
        ]
    rows.append(
        (
            min(start_s + 0.4, end_s),
            {"type": "response.done", "response": {"id": response, "status": "completed"}},
        )
    )
    if played:
        rows += [
            (start_s, {"type": "output_audio_buffer.started", **buffer}),
            (end_s, {"type": f"output_audio_buffer.{end}", **buffer}),
        ]
    return rows


def desk_call(**how: Any) -> list[Row]:
    return [
        OPENED,
        *caller(1.0, 3.0, "u1", "Find my boat, its number is 4711."),
        *agent(1, 4.0, 8.0, "I have 4 7 1 1. Is that right?", **how),
        *caller(9.0, 9.8, "u2", "Yes, that's right."),
        *agent(2, 11.0, 12.5, "Let me look for that boat.", tool=True, **how),
        *agent(3, 13.5, 15.0, "Your boat is in the harbour.", **how),
    ]


def judged(folder: Path, rows: Sequence[Row], *, timed: bool = True) -> Judged:
    ordered = sorted(rows, key=lambda row: row[0])
    lines = [({"ts": 50.0 + at_s} if timed else {}) | row for at_s, row in ordered]
    call = read_realtime(write_log(folder / "log.jsonl", lines))
    assert call.session is not None
    suite = {"format": 1, "suite": "boats", "instructions": "-", "tools": [TOOL]}
    scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}]}
    about = manifest(scenario=scenario, suite=suite)
    return judge(assemble_session(call, call.session, manifest=about, language=ENGLISH))


def scores(found: Judged) -> dict[str, Score]:
    return {one.scorer.scorer_name: one.score for one in found.judgements}


def outcomes(found: Judged, *names: str) -> list[str]:
    return [scores(found)[name].outcome.value for name in names]


def test_output_buffer_events_give_onset_and_end(tmp_path: Path) -> None:
    found = judged(tmp_path, desk_call())
    spans = [at_s for said in found.timeline.agent for at_s in (said.span.start_s, said.span.end_s)]
    assert spans == pytest.approx([4.0, 8.0, 11.0, 12.5, 13.5, 15.0])
    waited = scores(found)["time_to_first_audio"]
    assert (waited.outcome.value, waited.value) == ("pass", pytest.approx(1.2, abs=0.01))
    assert waited.reason.endswith("(bounds estimated)")
    assert outcomes(found, "entity_confirmation", "preamble") == ["pass", "pass"]
    assert scores(found)["audio_quality"].outcome.value == "unscorable"


@pytest.mark.parametrize("delta", [None, "<audio 4800 bytes>"])
def test_words_are_judged_and_times_are_not(tmp_path: Path, delta: str | None) -> None:
    found = judged(tmp_path, desk_call(played=False, delta=delta))
    assert outcomes(found, "entity_confirmation", "preamble") == ["pass", "pass"]
    for name in ("time_to_first_audio", "barge_in_yield", "delivery"):
        score = scores(found)[name]
        assert (score.outcome.value, score.reason) == ("unscorable", AWAY)
        assert score.measurements == ()


def test_log_without_times_and_audio_is_judged_by_its_words(tmp_path: Path) -> None:
    found = judged(tmp_path, desk_call(), timed=False)
    assert outcomes(found, "entity_confirmation", "preamble") == ["pass", "pass"]
    assert outcomes(found, "time_to_first_audio") == ["unscorable"]


def test_wrong_words_still_fail(tmp_path: Path) -> None:
    rows = [*desk_call(played=False)]
    heard = [row for _, row in rows if row.get("transcript") == "I have 4 7 1 1. Is that right?"]
    heard[0]["transcript"] = "I have 4 7 1 2. Is that right?"
    assert outcomes(judged(tmp_path, rows), "entity_confirmation") == ["fail"]


def test_unanswered_turn_fails_if_the_log_reports_playback(tmp_path: Path) -> None:
    rows = [*desk_call(), *caller(17.0, 18.0, "u3", "Where is it?"), (25.0, {"type": "error"})]
    waited = scores(judged(tmp_path, rows))["time_to_first_audio"]
    assert (waited.outcome.value, "no answer to 'Where is it?'" in waited.reason) == ("fail", True)


def test_cleared_output_buffer_is_the_end_of_an_answer(tmp_path: Path) -> None:
    rows = [
        OPENED,
        *agent(1, 1.0, 4.6, "There are many boats in our long list of boats.", end="cleared"),
        *caller(4.0, 5.0, "u1", "Stop."),
        *agent(2, 6.0, 7.0, "Yes?"),
    ]
    yielded = scores(judged(tmp_path, rows))["barge_in_yield"]
    assert (yielded.outcome.value, yielded.value) == ("pass", pytest.approx(0.6)), yielded.reason


def test_missing_sides_are_named_at_the_head(tmp_path: Path) -> None:
    found = judged(tmp_path, desk_call())
    assert [note.partition(" is missing")[0] for note in head_notes(found.timeline)] == [
        "The agent's audio",
        "The caller's audio",
    ]
    origin = found.timeline.origin
    assert origin is not None
    assert origin.notes[0].startswith("The agent's audio is not in this log")


def test_log_with_audio_of_the_agent_lacks_nothing(tmp_path: Path) -> None:
    rows = desk_call(played=False, delta=sound(1.0))
    rows += [
        (0.1 * n, {"type": "input_audio_buffer.append", "audio": sound(0.1)}) for n in range(9)
    ]
    origin = judged(tmp_path, rows).timeline.origin
    assert origin is not None
    assert not {Estimate.AGENT_AUDIO, Estimate.CALLER_AUDIO} & {*origin.estimated}
