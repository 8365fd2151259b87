"""JSON of call platforms with audio: lines with times, tool calls between them, no option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles
from harness.importing.json_transcript import read_json_transcript
from harness.importing.transcript import TimedTranscript
from harness.recording.tools import ToolOutcome

DAY_MS = 1_767_000_000_000
ARGUMENTS = '{"q": "boat"}'
ANSWER = '{"free": true}'


def read(folder: Path, data: object) -> TimedTranscript:
    path = folder / "call.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return read_json_transcript(path, 60.0)


def vapi_line(role: str, text: str, start_s: float, end_s: float) -> dict[str, Any]:
    day = {"time": DAY_MS + 1000 * start_s, "endTime": DAY_MS + 1000 * end_s}
    lasts_ms = 1000 * (end_s - start_s)
    return {"role": role, "message": text, **day, "secondsFromStart": start_s, "duration": lasts_ms}


FUNCTION = {"name": "find", "arguments": ARGUMENTS}
VAPI = [
    {"role": "system", "message": "Be brief.", "time": DAY_MS, "secondsFromStart": 0},
    vapi_line("bot", "Hello.", 0.5, 1.5),
    vapi_line("user", "Is the boat free?", 2.0, 3.25),
    {
        "role": "tool_calls",
        "secondsFromStart": 3.5,
        "toolCalls": [{"id": "c1", "type": "function", "function": FUNCTION}],
    },
    {
        "role": "tool_call_result",
        "secondsFromStart": 4.0,
        "toolCallId": "c1",
        "name": "find",
        "result": ANSWER,
    },
]


def retell_line(role: str, text: str, start_s: float, end_s: float) -> dict[str, Any]:
    first, last = ({"word": "-", "start": at, "end": at} for at in (start_s, end_s))
    return {"role": role, "content": text, "words": [first, last]}


RETELL = [
    retell_line("agent", "Hello.", 0.5, 1.5),
    retell_line("user", "Is the boat free?", 2.0, 3.25),
    {"role": "tool_call_invocation", "tool_call_id": "c1", **FUNCTION, "time_sec": 3.5},
    {"role": "tool_call_result", "tool_call_id": "c1", "content": ANSWER, "time_sec": 4.0},
]


def eleven_line(role: str, text: str | None, at_s: int, **more: Any) -> dict[str, Any]:
    row = {"role": role, "message": text, "tool_calls": [], "tool_results": []}
    return {**row, "time_in_call_secs": at_s, **more}


CALLED = {"request_id": "c1", "tool_name": "find"}
ELEVENLABS = [
    eleven_line("agent", "Hello.", 0),
    eleven_line("user", "Is the boat free?", 2),
    eleven_line("agent", None, 3, tool_calls=[{**CALLED, "params_as_json": ARGUMENTS}]),
    eleven_line("agent", None, 4, tool_results=[{**CALLED, "result_value": ANSWER}]),
]

SPOKEN = [(0.5, 1.5), (2.0, 3.25)]
WHOLE_SECONDS = [(0.0, None), (2.0, None)]

SHAPES: dict[str, tuple[object, list[Any], tuple[float | None, float | None]]] = {
    "vapi": ({"id": "x", "transcript": "AI: …", "messages": VAPI}, SPOKEN, (3.5, 4.0)),
    "vapi report": ({"message": {"type": "report", "messages": VAPI}}, SPOKEN, (3.5, 4.0)),
    "retell": (
        {"transcript": "…", "transcript_object": RETELL[:2], "transcript_with_tool_calls": RETELL},
        SPOKEN,
        (3.5, 4.0),
    ),
    "retell webhook": (
        {"event": "call_ended", "call": {"transcript_with_tool_calls": RETELL}},
        SPOKEN,
        (3.5, 4.0),
    ),
    "elevenlabs": ({"status": "done", "transcript": ELEVENLABS}, WHOLE_SECONDS, (None, None)),
}


@pytest.mark.parametrize(("data", "times", "called"), SHAPES.values(), ids=SHAPES)
def test_platform_is_read_as_it_is(
    tmp_path: Path, data: object, times: list[Any], called: tuple[float | None, float | None]
) -> None:
    found = read(tmp_path, data)
    assert [(line.start_s, line.end_s) for line in found.lines] == times
    assert [line.text for line in found.lines] == ["Hello.", "Is the boat free?"]
    (tool,) = found.tools
    assert (tool.name, tool.arguments, tool.output) == ("find", ARGUMENTS, ANSWER)
    assert (tool.after_line, tool.outcome) == (2, ToolOutcome.OK)
    assert (tool.requested_s, tool.answered_s) == called
    assert found.notice_sources


@pytest.mark.parametrize(
    ("data", "shows"),
    [
        ({"messages": VAPI[:3]}, True),
        ({"transcript_with_tool_calls": RETELL[:2]}, True),
        ({"transcript_object": RETELL[:2]}, False),
        ({"transcript": ELEVENLABS[:2]}, True),
    ],
)
def test_no_tool_call_is_known_only_where_rows_would_show_it(
    tmp_path: Path, data: object, shows: bool
) -> None:
    found = read(tmp_path, data)
    assert (found.tools, found.notice_sources) == ((), shows)


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([*RETELL[:3], {**RETELL[3], "successful": False}], ToolOutcome.FAILED),
        ([*ELEVENLABS[:3], eleven_line("agent", None, 4, tool_results=[
            {**CALLED, "result_value": "?", "is_error": True}])], ToolOutcome.FAILED),
        (RETELL[:3], ToolOutcome.UNSEEN),
    ],
)  # fmt: skip
def test_platform_reports_how_a_tool_ended(
    tmp_path: Path, rows: list[Any], outcome: ToolOutcome
) -> None:
    assert read(tmp_path, {"transcript": rows}).tools[0].outcome is outcome


def test_interrupted_line_of_a_platform(tmp_path: Path) -> None:
    rows = [eleven_line("agent", "I can see", 0, interrupted=True), ELEVENLABS[1]]
    assert [line.interrupted for line in read(tmp_path, {"transcript": rows}).lines] == [
        True,
        False,
    ]


def test_twilio_sentences_name_channels(tmp_path: Path) -> None:
    row = {"media_channel": 2, "start_time": "1.50", "end_time": "2.25", "transcript": "Hello."}
    (line,) = read(tmp_path, {"sentences": [row]}).lines
    assert (line.label, line.start_s, line.end_s) == ("2", 1.5, 2.25)


def test_spoken_line_of_a_speaker_named_system_is_kept(tmp_path: Path) -> None:
    row = {"role": "system", "text": "This call is recorded.", "start": 0.5, "end": 2.0}
    assert [line.label for line in read(tmp_path, [row]).lines] == ["system"]


def test_fault_in_a_row_has_its_place_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(FaultyFiles, match=r"messages\[3\]"):
        read(tmp_path, {"messages": [*VAPI[:3], {"role": "user", "secondsFromStart": 5}]})
