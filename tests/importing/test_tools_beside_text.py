"""A file of tools together with a transcript that has no audio."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.importing.model import Estimate
from harness.importing.sources import find_sources

STAMPED = "[00:01] Agent: Hello.\n[00:04] Caller: Cancel it.\n[00:09] Agent: Done. Bye.\n"
BARE = "Agent: Hello.\nCaller: Cancel it.\nAgent: Done. Bye.\n"
CHAT = json.dumps([
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Cancel it."},
    {"role": "assistant", "content": "Done. Bye."},
])  # fmt: skip
TIMED = json.dumps({"lines": [
    {"who": "agent", "text": "Hello.", "start": 1.0},
    {"who": "caller", "text": "Cancel it.", "start": 4.0},
    {"who": "agent", "text": "Done. Bye.", "start": 9.0},
]})  # fmt: skip
AT = '{"name": "cancel", "requested": 6.0, "answered": 6.5, "output": {"ok": true}}'
AFTER = '{"name": "cancel", "after_line": 2, "output": {"ok": true}}'


def folder(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("transcript", "text", "tools"),
    [
        ("c.txt", STAMPED, AT),
        ("c.txt", BARE, AFTER),
        ("c.json", CHAT, AFTER),
        ("c.json", TIMED, AT),
        ("c.json", TIMED, AFTER),
    ],
)
def test_tools_beside_text_are_read(tmp_path: Path, transcript: str, text: str, tools: str) -> None:
    (source,) = find_sources([folder(tmp_path, {transcript: text, "c.tools.jsonl": tools})])
    told = [(tool.name, tool.after_line, tool.output) for tool in source.call.tools]
    assert told == [("cancel", 2, '{"ok": true}')]
    assert Estimate.TOOLS not in source.call.estimated
    assert [path.name for path in source.files] == [transcript, "c.tools.jsonl"]


def test_an_empty_file_beside_text_says_that_no_tool_was_called(tmp_path: Path) -> None:
    (source,) = find_sources([folder(tmp_path, {"c.txt": BARE, "c.tools.jsonl": ""})])
    assert (source.call.tools, source.call.estimated) == ((), frozenset())


def test_tools_beside_the_files_of_both_sides_are_read(tmp_path: Path) -> None:
    rows = json.loads(TIMED)["lines"]
    sides = {
        f"c.{side}.json": json.dumps([row for row in rows if row["who"] == side])
        for side in ("caller", "agent")
    }
    (source,) = find_sources([folder(tmp_path, {**sides, "c.tools.jsonl": AT})])
    assert [(tool.name, tool.after_line) for tool in source.call.tools] == [("cancel", 2)]


CREATED = {"type": "session.created", "session": {"type": "realtime"}}
REALTIME = json.dumps({"ts": 0.0, "direction": "received", "event": CREATED})


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"c.txt": BARE, "c.tools.jsonl": "garbage"}, "c.tools.jsonl:1: not JSON"),
        ({"c.txt": BARE, "c.tools.jsonl": AT}, "6.0 s, and the transcript has no times"),
        ({"c.txt": BARE, "c.tools.jsonl": AFTER.replace("2", "4")}, "after line 4 of 3"),
        (
            {"c.txt": STAMPED, "c.tools.jsonl": AT.replace("6.", "1777112106.")},
            "the transcript's lines begin between 1.0 s and 9.0 s",
        ),
        ({"d.txt": BARE, "c.tools.jsonl": AFTER}, "no call of this name is here"),
        ({"c.jsonl": f"{CHAT}\n{CHAT}", "c.tools.jsonl": AFTER}, "c.jsonl holds 2"),
        ({"c.jsonl": REALTIME, "c.tools.jsonl": AFTER}, "tells itself which tools were called"),
        ({"c.txt": "A: Hi.\nB: Ho.\nA: Hi.\n", "c.tools.jsonl": AFTER}, "who of A, B is"),
    ],
)
def test_tools_that_fit_no_text_are_refused(
    tmp_path: Path, files: dict[str, str], fault: str
) -> None:
    sources = find_sources([folder(tmp_path, files)])
    faults = [str(one) for source in sources for one in source.call.faults]
    assert fault in faults[0]
    assert len(faults) == 1


def test_tools_beside_a_report_whose_sound_has_another_name(tmp_path: Path) -> None:
    report = {"audio_recording_path": "a.wav", "chat_history": {"items": []}}
    names = {"r.json": json.dumps(report), "r.tools.jsonl": AFTER, "a.wav": ""}
    (source,) = find_sources([folder(tmp_path, names)])
    assert "r.tools.jsonl" in [path.name for path in source.files]
