"""Logs of Realtime sessions as calls: who was heard when, tools, truncations, caller turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.session_logs import TRANSCRIBED, sound, write_log

from harness.importing.model import Estimate, Speaker, StoredCall, StoredSession
from harness.importing.realtime import read_realtime
from harness.recording.provenance import CallStatus
from harness.recording.tools import ToolOutcome

VAD = {"type": "server_vad", "prefix_padding_ms": 300, "silence_duration_ms": 500}
SESSION = {"type": "realtime", "instructions": "Be brief.", "audio": {"input": {}, "output": {}}}
DETECTED = {"audio": {"input": {"turn_detection": VAD}}}
TOOL = {"type": "function", "name": "find", "description": "Finds", "parameters": {"a": 1}}
ANSWER = {"response_id": "r1", "item_id": "a1", "output_index": 0, "content_index": 0}
CALL = {"id": "f1", "type": "function_call", "call_id": "c1", "name": "find", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": '{"error": "timeout"}'}
Row = tuple[float, dict[str, Any]]

OPENING: list[Row] = [
    (0.0, {"type": "session.created", "session": {"type": "realtime"}}),
    (0.0, {"type": "session.update", "session": SESSION | {"tools": [TOOL]}}),
    (
        0.0,
        {
            "type": "session.updated",
            "session": SESSION | {"audio": {"input": {"turn_detection": VAD}}},
        },
    ),
]
TURN: list[Row] = [
    *(
        (0.1 * (n + 1), {"type": "input_audio_buffer.append", "audio": sound(0.1)})
        for n in range(30)
    ),
]


def turn(start_s: float, end_s: float, item: str = "u1", words: str = "Hello.") -> list[Row]:
    return [
        (
            start_s + 0.1,
            {"type": "input_audio_buffer.speech_started", "item_id": item}
            | {"audio_start_ms": round(1000 * start_s - 300)},
        ),
        (
            end_s + 0.5,
            {"type": "input_audio_buffer.speech_stopped", "item_id": item}
            | {"audio_end_ms": round(1000 * end_s + 500)},
        ),
        (end_s + 0.5, {"type": "input_audio_buffer.committed", "item_id": item}),
        (end_s + 0.6, {"type": TRANSCRIBED, "item_id": item, "transcript": words}),
    ]


def answer(at_s: float, *, names: str = "response.output_audio", seconds: float = 2.0) -> list[Row]:
    return [
        (at_s, {"type": "response.created", "response": {"id": "r1", "status": "in_progress"}}),
        (at_s, {"type": f"{names}.delta", "delta": sound(seconds), **ANSWER}),
        (at_s, {"type": f"{names}_transcript.done", "transcript": "One moment.", **ANSWER}),
        (at_s + 0.1, {"type": f"{names}.done", **ANSWER}),
        (at_s + 0.1, {"type": "response.done", "response": {"id": "r1", "status": "completed"}}),
    ]


def read(
    folder: Path, rows: Sequence[Row], *, timed: bool = True
) -> tuple[StoredCall, StoredSession]:
    ordered = sorted(rows, key=lambda row: row[0])
    lines = [({"ts": 100.0 + at_s} if timed else {}) | {"event": row} for at_s, row in ordered]
    call = read_realtime(write_log(folder / "log.jsonl", lines))
    assert call.session is not None
    return call, call.session


@pytest.mark.parametrize("names", ["response.output_audio", "response.audio"])
def test_sound_is_placed_by_its_arrival_and_turns_by_the_servers_clock(
    tmp_path: Path, names: str
) -> None:
    call, session = read(tmp_path, [*OPENING, *TURN, *turn(0.5, 1.5), *answer(2.2, names=names)])
    beta = names == "response.audio"
    assert session.dialect == ("openai_beta" if beta else "openai_ga")
    (line,) = call.lines
    assert (line.who, line.text, line.item_id) == (Speaker.CALLER, "Hello.", "u1")
    assert (line.start_s, line.end_s) == pytest.approx((0.5, 1.5))
    (run,) = session.played
    assert (run.item_id, run.start, run.samples) == ("a1", round(2.2 * 24_000), 19_200)
    assert call.caller is not None
    assert call.agent is not None
    assert (call.caller.duration_s, call.agent.duration_s) == pytest.approx((3.0, 3.0))
    assert session.agent_generated.duration_s == 2.0
    assert (call.instructions, call.estimated) == ("Be brief.", frozenset())
    assert [tool.name for tool in call.offered] == ["find"]


def test_an_answer_stops_where_the_client_says_that_it_stopped(tmp_path: Path) -> None:
    truncate = {"type": "conversation.item.truncate", "item_id": "a1", "content_index": 0}
    rows = [*OPENING, *answer(0.5, seconds=5.0), (2.0, truncate | {"audio_end_ms": 1480})]
    _, session = read(tmp_path, [*rows, (4.0, {"type": "rate_limits.updated", "rate_limits": []})])
    (told,) = session.truncations
    assert (told.at_s, told.audio_end_ms, told.heard_samples) == (2.0, 1480, 36_000)
    assert [run.samples for run in session.played] == [36_000]


def test_the_caller_who_begins_to_speak_stops_a_whole_answer(tmp_path: Path) -> None:
    truncate = {"type": "conversation.item.truncate", "item_id": "a1", "content_index": 0}
    rows = [*OPENING, *answer(0.5, seconds=5.0), *turn(2.4, 3.5)]
    _, session = read(tmp_path, [*rows, (2.6, truncate | {"audio_end_ms": 2000})])
    assert [run.samples for run in session.played] == [48_000]
    assert [told.heard_samples for told in session.truncations] == [48_000]


def test_a_tool_call_is_answered_by_the_item_that_the_client_made(tmp_path: Path) -> None:
    rows: list[Row] = [
        *OPENING,
        (1.0, {"type": "response.created", "response": {"id": "r2"}}),
        (1.1, {"type": "response.output_item.done", "response_id": "r2", "item": CALL}),
        (1.1, {"type": "response.done", "response": {"id": "r2", "status": "completed"}}),
        (2.5, {"type": "conversation.item.create", "item": RESULT}),
    ]
    _, session = read(tmp_path, rows)
    (run,) = session.tools
    assert (run.name, run.call_id, run.requested_s, run.answered_s) == ("find", "c1", 1.1, 2.5)
    assert run.outcome is ToolOutcome.TIMED_OUT
    _, session = read(tmp_path, rows[:-1])
    assert [run.outcome for run in session.tools] == [ToolOutcome.UNANSWERED]


def test_a_tool_that_the_server_ran_is_told_by_its_events(tmp_path: Path) -> None:
    item = {"id": "m1", "type": "mcp_call", "name": "seek", "arguments": "{}", "output": "found"}
    rows: list[Row] = [
        *OPENING,
        (1.0, {"type": "response.created", "response": {"id": "r2"}}),
        (1.4, {"type": "response.output_item.done", "response_id": "r2", "item": item}),
    ]
    _, session = read(tmp_path, rows)
    assert [(run.name, run.by_server, run.output) for run in session.tools] == [
        ("seek", True, "found")
    ]


def test_without_times_the_order_and_the_sound_tell_a_clock(tmp_path: Path) -> None:
    rows = [*OPENING, *TURN, *turn(0.5, 1.5), *answer(2.2)]
    call, session = read(tmp_path, rows, timed=False)
    assert call.estimated == {Estimate.TIMES}
    assert call.lines[0].start_s == pytest.approx(0.5)
    assert [run.start / 24_000 for run in session.played] == pytest.approx([2.2])
    silent, played = read(tmp_path, [*OPENING, *answer(0.5), *turn(3.0, 4.0)], timed=False)
    assert silent.caller is None
    assert played.played[0].samples == 48_000
    assert (silent.lines[0].start_s or 0.0) >= 2.0


def test_a_stream_that_stopped_goes_on_where_it_was_sent(tmp_path: Path) -> None:
    append = {"type": "input_audio_buffer.append", "audio": sound(0.5)}
    call, session = read(tmp_path, [*OPENING, (0.5, append), (2.5, append), (3.0, append)])
    assert call.caller is not None
    assert call.caller.duration_s == pytest.approx(3.0)
    assert [m.message["audio"]["start"] / 24_000 for m in session.messages[3:]] == [0.0, 2.0, 2.5]
    hurried, _ = read(tmp_path, [*OPENING, *((0.1, append) for _ in range(8))])
    assert hurried.estimated == {Estimate.TIMES}


@pytest.mark.parametrize(
    ("audio", "start_s"),
    [(None, 0.5), ("[omitted]", 0.5)],
)
def test_a_log_whose_audio_was_left_out_has_the_servers_clock(
    tmp_path: Path, audio: object, start_s: float
) -> None:
    appended = [(at_s, row | {"audio": audio}) for at_s, row in TURN]
    call, _ = read(tmp_path, [*OPENING, *appended, *turn(0.5, 1.5)])
    assert call.caller is None
    assert call.lines[0].start_s == pytest.approx(start_s, abs=0.41)


def test_push_to_talk_and_typed_words_are_turns(tmp_path: Path) -> None:
    typed = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
    rows: list[Row] = [
        *OPENING[:2],
        *TURN,
        (0.4, {"type": "input_audio_buffer.clear"}),
        (2.0, {"type": "input_audio_buffer.commit"}),
        (2.0, {"type": "input_audio_buffer.committed", "item_id": "u1"}),
        (2.9, {"type": "conversation.item.create", "item": typed}),
    ]
    call, _ = read(tmp_path, rows)
    assert [(line.text, line.start_s, line.end_s) for line in call.lines] == [
        (None, 0.4, 2.0),
        ("Hi", 2.9, 2.9),
    ]


def test_a_session_that_the_service_ended_says_nothing_of_the_agent(tmp_path: Path) -> None:
    error = {"type": "invalid_request_error", "code": "session_expired", "message": "Too long."}
    call, _ = read(tmp_path, [*OPENING, (1.0, {"type": "error", "error": error})])
    assert call.status is CallStatus.AGENT_ERROR
    assert call.status_detail == "Too long. (session_expired)"


def test_messages_of_unknown_kinds_are_told_and_passed_over(tmp_path: Path) -> None:
    call, session = read(tmp_path, [*OPENING, (1.0, {"type": "response.novelty"})])
    assert call.notes == (
        "the server sent message types that are not known here: response.novelty",
    )
    assert len(session.messages) == 4


def test_a_command_that_no_server_would_take_is_kept_and_not_judged(tmp_path: Path) -> None:
    _, session = read(tmp_path, [*OPENING, (1.0, {"type": "response.cancel", "why": "?"})])
    assert [message.message["type"] for message in session.messages][-1] == "response.cancel"
    assert session.violations == ()
