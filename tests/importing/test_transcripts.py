"""Transcripts of many shapes: the lines read, and every fault with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles
from harness.importing.json_transcript import read_json_transcript, read_tools
from harness.importing.transcript import TimedTranscript, side_of, time_faults, with_ends
from harness.importing.transcript_files import read_captions
from harness.recording.tools import ToolOutcome

LENGTH_S = 60.0
KEYS = ("who", "text", "start", "end")
EXPECTED = [("agent", "Hello.", 0.5, 1.5), ("caller", "Where is it?", 2.0, 3.25)]


def told(found: TimedTranscript) -> list[tuple[str, str, float, float | None]]:
    return [(line.label, line.text, line.start_s, line.end_s) for line in found.lines]


def rows(**names: str) -> list[dict[str, Any]]:
    return [
        {names.get(key, key): value for key, value in zip(KEYS, row, strict=True)}
        for row in EXPECTED
    ]


SHAPES = {
    "ours": {"lines": rows()},
    "a list": rows(who="speaker"),
    "whisper": {"segments": rows(who="speaker", text="text")},
    "roles": {"messages": rows(who="role", text="content", start="start_time", end="end_time")},
    "deepgram": {"results": {"utterances": rows(who="speaker", text="transcript")}},
    "text times": {
        "lines": [{**row, "start": f"0:0{row['start']}", "end": f"{row['end']}s"} for row in rows()]
    },
    "ms by name": {
        "utterances": [
            {"speaker": w, "text": t, "start_ms": round(a * 1000), "endMs": round(b * 1000)}
            for w, t, a, b in EXPECTED
        ]
    },
    "ms by size": {
        "lines": [
            {"who": w, "text": t, "start": round(a * 1000), "end": round(b * 1000)}
            for w, t, a, b in EXPECTED
        ]
    },
    "durations": {
        "lines": [{"who": w, "text": t, "start": a, "duration": b - a} for w, t, a, b in EXPECTED]
    },
    "empty words are nothing": {"lines": [*rows(), {"who": "agent", "text": " ", "start": 9}]},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_usual_shapes_say_the_same(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "call.json"
    path.write_text(json.dumps(SHAPES[shape]))
    assert told(read_json_transcript(path, 4.0 if "size" in shape else LENGTH_S)) == EXPECTED


def test_json_lines_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    path.write_text("\n".join(map(json.dumps, rows())))
    assert told(read_json_transcript(path, LENGTH_S)) == EXPECTED


VTT = """\
WEBVTT

1
00:00.500 --> 00:01.500 align:start
<v.loud agent>Hello.</v>

NOTE nothing

00:00:02.000 --> 00:00:03.250
<v caller>Where <i>is</i>
it?
"""
SRT = """\
1
00:00:00,500 --> 00:00:01,500
agent: Hello.

2
00:00:02,000 --> 00:00:03,250
[caller]: Where is
it?
"""


@pytest.mark.parametrize(("suffix", "text"), [(".vtt", VTT), (".srt", SRT), (".srt", VTT)])
def test_captions_say_the_same(tmp_path: Path, suffix: str, text: str) -> None:
    path = tmp_path / f"call{suffix}"
    path.write_text(text)
    assert told(read_captions(path)) == EXPECTED


def test_a_cue_goes_on_for_the_speaker_before_and_may_hold_two(tmp_path: Path) -> None:
    path = tmp_path / "call.vtt"
    path.write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Yes</v> <v Bob>No\n\n"
        "00:03.000 --> 00:04.000\nAnd &amp; so on"
    )
    assert [(one.label, one.text) for one in read_captions(path).lines] == [
        ("Ann", "Yes"),
        ("Bob", "No"),
        ("Bob", "And & so on"),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "holds no cue"),
        (
            "00:01.000 --> 0:2\nx: y",
            "call.srt:1: expected 00:00:01.000 --> 00:00:02.500, got '00:0",
        ),
        ("00:01.000 --> 00:02.000\nHello", "call.srt:1: nobody is named who says 'Hello'"),
    ],
)
def test_captions_name_the_line_that_is_wrong(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "call.srt"
    path.write_text(text)
    with pytest.raises(FaultyFiles) as faulty:
        read_captions(path)
    assert fault in str(faulty.value)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"rows": []}, "no transcript: expected a list of lines"),
        ([{"text": "Hi", "start": 1}], "[0]: nobody is named who says it"),
        ([{"who": "a", "start": 1}], "[0]: nothing is said: expected text, "),
        ([{"who": "a", "text": "Hi"}], "[0]: no time: beside sound every line has a start"),
        ([{"who": "a", "text": "Hi", "start": "soon"}], "[0].start: expected a time (12.5, "),
        (["Hi"], "[0]: expected a line with 'who', 'text', 'start', got 'Hi'"),
        ({"lines": [], "words": "all"}, "words: expected heard or meant, got 'all'"),
        ({"lines": [], "today": "soon"}, "today: expected a day like"),
        ({"lines": [], "tools": [{"arguments": {}}]}, "tools[0]: expected a tool call with"),
        ({"lines": [], "tools": [{"name": "x"}]}, "tools[0]: no time: expected 'requested'"),
        (
            {"lines": [], "tools": [{"name": "x", "at": 1, "outcome": "odd"}]},
            "tools[0].outcome: expected one of ok, failed",
        ),
    ],
)
def test_json_names_the_key_that_is_wrong(tmp_path: Path, data: Any, fault: str) -> None:
    path = tmp_path / "call.json"
    path.write_text(json.dumps(data))
    with pytest.raises(FaultyFiles) as faulty:
        read_json_transcript(path, LENGTH_S)
    assert fault in str(faulty.value)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([(5, 6), (1, 2)], "lines[1]: begins at 0:01.0, before the line in front of it (0:05.0)"),
        ([(1, 4), (2, 5)], "lines[1]: agent speaks from 0:02.0, 2.0 s before the end of the same"),
        ([(3, 2)], "lines[0]: ends (0:02.0) before it begins (0:03.0)"),
        ([(58, 63)], "lines[0]: ends at 1:03.0, after the sound, which is 1:00.0 long"),
        ([(-3, 1)], "lines[0]: begins 3.0 s before the sound does"),
    ],
)
def test_times_that_cannot_be(tmp_path: Path, lines: list[tuple[float, float]], fault: str) -> None:
    path = tmp_path / "call.json"
    data = [{"who": "agent", "text": "x", "start": a, "end": b} for a, b in lines]
    path.write_text(json.dumps({"lines": data}))
    found = time_faults(read_json_transcript(path, LENGTH_S), LENGTH_S)
    assert [str(one).startswith(f"{path}: {fault}") for one in found] == [True]


@pytest.mark.parametrize(
    ("tool", "fault"),
    [
        ({"requested": 61.1}, "look was requested at 61.1 s, and the sound lasts 60.0 s"),
        ({"requested": -0.6}, "look was requested at -0.6 s, and the sound lasts 60.0 s"),
        ({"after_line": 2}, "look stands after line 2 of 1"),
        ({"requested": 61.0}, ""),
        ({"requested": -0.5}, ""),
        ({"after_line": 1}, ""),
    ],
)
def test_tools_are_called_within_the_sound_and_the_lines(
    tmp_path: Path, tool: dict[str, float], fault: str
) -> None:
    path = tmp_path / "call.json"
    lines = [{"who": "agent", "text": "x", "start": 1, "end": 2}]
    path.write_text(json.dumps({"lines": lines, "tools": [{"name": "look", **tool}]}))
    found = time_faults(read_json_transcript(path, LENGTH_S), LENGTH_S)
    assert [str(one) for one in found] == ([f"{path}: {fault}"] if fault else [])


def test_two_sides_may_overlap_and_rounding_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    data = [("agent", 1, 4), ("caller", 3, 5), ("agent", 3.8, 5), ("caller", 3.9, 60.5)]
    lines = [{"who": w, "text": "x", "start": a, "end": b} for w, a, b in data]
    path.write_text(json.dumps(lines))
    found = list(time_faults(read_json_transcript(path, LENGTH_S), LENGTH_S))
    assert [one.key for one in found] == ["[3]"]  # 1.1 s over its own words before
    path.write_text(json.dumps(lines[:3]))
    assert not list(time_faults(read_json_transcript(path, LENGTH_S), LENGTH_S))


def test_a_line_without_an_end_lasts_until_the_next(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_text(json.dumps([{"who": "a", "text": "x", "start": at} for at in (1, 5)]))
    found = with_ends(read_json_transcript(path, LENGTH_S).lines, LENGTH_S)
    assert [line.end_s for line in found] == [5.0, LENGTH_S]
    assert with_ends((), LENGTH_S) == ()


def test_tools_stand_in_the_transcript_or_beside_it(tmp_path: Path) -> None:
    tools = [
        {"name": "look", "arguments": {"id": 1}, "output": {"ok": False}, "requested": 1.5},
        {"name": "say", "args": "{}", "after_line": 2, "outcome": "timed_out", "id": "c1"},
    ]
    path = tmp_path / "call.tools.jsonl"
    path.write_text("\n".join(map(json.dumps, tools)))
    whole = tmp_path / "call.json"
    whole.write_text(json.dumps({"lines": [{"who": "a", "text": "b", "start": 1}], "tools": tools}))
    found = read_tools(path)
    assert found == read_json_transcript(whole, LENGTH_S).tools
    assert [(t.name, t.arguments, t.requested_s, t.after_line) for t in found] == [
        ("look", '{"id": 1}', 1.5, 0),
        ("say", "{}", None, 2),
    ]
    assert [t.outcome for t in found] == [ToolOutcome.FAILED, ToolOutcome.TIMED_OUT]
    path.write_text("\n")
    assert read_tools(path) == ()


@pytest.mark.parametrize(
    ("label", "side"),
    [
        ("Agent", "agent"),
        ("AI_assistant", "agent"),
        ("Bot 1", "agent"),
        ("customer", "caller"),
        ("USER_0", "caller"),
        ("Ann", ""),
        ("speaker_1", ""),
        ("customer agent", ""),
    ],
)
def test_names_that_tell_a_side(label: str, side: str) -> None:
    assert side_of(label) == side
