"""A run of imported calls, made in this process: a chat, and a call of sound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.session_logs import TRANSCRIBED, sound, write_log
from support.stored_sound import track

from harness.audio import wav
from harness.report.run.html import write_report
from harness.results.aggregate import Made, results_of
from harness.results.store import RESULTS, write_results
from harness.runs.import_calls import ImportRequest, planned_import
from harness.runs.stored_call import import_call

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
tools:
  - name: lookup_order
    kind: read
    exact: [order_id]
    parameters: {type: object, properties: {order_id: {type: string}}}
"""
CALLS = """\
format: 1
name: every call
stored: {facts: {order_id: id}}
expect: {tools: [{name: lookup_order, arguments: {order_id: "ORD-4715B"}}]}
"""
ARGUMENTS = '{"order_id": "ORD-4715B"}'
FUNCTION = {"name": "lookup_order", "arguments": ARGUMENTS}
CHAT = [
    {"role": "user", "content": "Where is my order, ORD-4715B?"},
    {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": FUNCTION}]},
    {"role": "tool", "tool_call_id": "c1", "content": "{}"},
    {"role": "assistant", "content": "It is on its way."},
]
LINES = [
    {"who": "caller", "text": "Where is my order, ORD-4715B?", "start": 1.0, "end": 2.0},
    {"who": "agent", "text": "It is on its way.", "start": 3.0, "end": 4.0},
]
TOOLS = [{**FUNCTION, "output": {}, "requested": 2.4, "answered": 2.6}]


def write_imported_run(folder: Path) -> Path:
    """Import both calls and write the report; return the run's folder."""
    desk, calls, out = folder / "desk", folder / "calls", folder / "imported"
    desk.mkdir(parents=True)
    calls.mkdir()
    (desk / "suite.yaml").write_text(SUITE)
    (desk / "prompt.md").write_text("Be brief.")
    (desk / "calls.yaml").write_text(CALLS)
    (calls / "chat.json").write_text(json.dumps({"messages": CHAT}))
    tracks = track((1.0, 2.0), length_s=5.0), track((3.0, 4.0), length_s=5.0)
    wav.write_stereo(calls / "call.flac", *tracks)
    (calls / "call.json").write_text(json.dumps({"lines": LINES, "tools": TOOLS}))
    return _imported(calls, desk, out)


def untimed_run(folder: Path, *, spoken: bool) -> Path:
    """Import the log of a session that has no times, with or without audio of both sides."""
    desk, out = folder / "desk", folder / "imported"
    desk.mkdir()
    (desk / "suite.yaml").write_text(SUITE)
    (desk / "prompt.md").write_text("Be brief.")
    turn = {"item_id": "u1"}
    part = {"response_id": "r1", "item_id": "a1", "output_index": 0, "content_index": 0}
    audio = sound(0.5)
    rows: list[dict[str, Any]] = [
        {"type": "session.created", "session": {"type": "realtime"}},
        *([{"type": "input_audio_buffer.append", "audio": audio}] if spoken else []),
        {"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, **turn},
        {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 500, **turn},
        {"type": "input_audio_buffer.committed", **turn},
        {"type": TRANSCRIBED, "content_index": 0, "transcript": "Is anybody there?", **turn},
        {"type": "response.created", "response": {"id": "r1"}},
        *([{"type": "response.output_audio.delta", "delta": audio, **part}] if spoken else []),
        {"type": "response.output_audio_transcript.done", "transcript": "Yes.", **part},
        {"type": "response.done", "response": {"id": "r1", "status": "completed"}},
    ]
    log = write_log(folder / "log.jsonl", rows)
    return _imported(log, desk, out)


def _imported(source: Path, desk: Path, out: Path) -> Path:
    plan = planned_import(ImportRequest((source,), desk, out=out, caller_channel="left"))
    made = tuple(map(import_call, plan.orders.values()))
    write_results(
        out / RESULTS, results_of(made, Made("2026-04-25", "imported", "real", {}, False))
    )
    write_report(out)
    return out
