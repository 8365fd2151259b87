"""``harness import`` of wrong input: one line with its place, and no call costs another."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from support.small_desk import results_of
from support.stored_desk import (
    AGENT,
    CALLER,
    LINES,
    TOOLS,
    imported,
    moved,
    write_call,
    write_desk,
    written,
)
from support.stored_sound import RATE_HZ

from harness.audio import wav


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_desk(tmp_path)


def hours(path: Path) -> None:
    with soundfile.SoundFile(path, "w", 8_000, 2, "PCM_16", format="FLAC") as file:
        for _ in range(121):
            file.write(np.zeros((60 * 8_000, 2), np.int16))


def text(name: str, data: Any) -> Any:
    return lambda calls: (calls / name).write_text(
        data if isinstance(data, str) else json.dumps(data)
    )


def frames(name: str, samples: Any, rate_hz: int = RATE_HZ, **more: Any) -> Any:
    return lambda calls: soundfile.write(calls / name, samples, rate_hz, **more)


def cut(name: str) -> Any:
    """Return a function that writes half of an audio file."""

    def make(calls: Path) -> None:
        kind = name.rpartition(".")[2].upper()
        soundfile.write(calls / name, STEREO / 40_000, RATE_HZ, format=kind)
        (calls / name).write_bytes(
            (calls / name).read_bytes()[: (calls / name).stat().st_size // 2]
        )
        if name.startswith("one."):
            (calls / "one.wav").unlink()

    return make


STEREO = np.stack([CALLER.samples, AGENT.samples], axis=1)
LINE = LINES[0]
CUES = "WEBVTT\n\n00:01.000 --> 00:02.100\n{a}Where?\n\n00:02.800 {arrow} 00:04.000\n{b}Here.\n"

BAD = {
    "one.json: lines[1]: begins at 0:00.2, before the line in front of it": text(
        "one.json", {"lines": [LINE, {**LINES[1], "start": 0.2, "end": 0.9}]}
    ),
    "one.json: lines[1]: ends at 0:09.0, after the sound, which is 0:05.0 long": text(
        "one.json", {"lines": [LINE, {**LINES[1], "end": 9.0}]}
    ),
    "one.json: lines[1]: caller speaks from 0:01.5, 0.6 s before the end of": text(
        "one.json", {"lines": [LINE, {**LINE, "start": 1.5}]}
    ),
    "one.json: its times do not fit the sound, which is there on": text(
        "one.json", {"lines": moved(1.0)}
    ),
    "one.json: its times fit the sound on 0%, and on 87% with the sides exchanged": lambda calls: (
        (calls / "one.wav").unlink(),
        wav.write(calls / "one.caller.wav", AGENT),
        wav.write(calls / "one.agent.wav", CALLER),
    ),
    "one.json: lines[0].start: expected a time (12.5, '0:12.5'), got 'nan'": text(
        "one.json", {"lines": [{**LINE, "start": "nan"}, LINES[1]]}
    ),
    "one.json: lines[0]: no time: beside sound every line has a start": text(
        "one.json", {"lines": [{**LINE, "start": float("nan")}, LINES[1]]}
    ),
    "one.json: lines[0].end: expected a time (12.5, '0:12.5'), got inf": text(
        "one.json", '{"lines": [{"who": "user", "text": "a", "start": 1, "end": 1e999}]}'
    ),
    "one.json: lines[0].end: expected a time (12.5, '0:12.5'), got '1:-5'": text(
        "one.json", {"lines": [{**LINE, "end": "1:-5"}, LINES[1]]}
    ),
    "one.json: lines[0].duration: expected a time (12.5, '0:12.5'), got 'long'": text(
        "one.json", {"lines": [{"who": "user", "text": "a", "start": 1, "duration": "long"}]}
    ),
    "one.json: lines[0]: nobody is named who says it: expected who, speaker": text(
        "one.json", {"lines": [{**LINE, "who": {"name": "Ann"}}, LINES[1]]}
    ),
    "one.json: lines: nothing is said: expected a line with": text("one.json", {"lines": []}),
    "one.json: facts: expected names with their values, got a list": text(
        "one.json", {"lines": LINES, "facts": ["A1"]}
    ),
    "one.json: facts: unknown fact 'zip'; known: none": text(
        "one.json", {"lines": LINES, "facts": {"zip": "A1"}}
    ),
    "one.json: tags: expected a list of words, or words with spaces between, got 5": text(
        "one.json", {"lines": LINES, "tags": 5}
    ),
    "one.json: instructions: expected text, got keys and values": text(
        "one.json", {"lines": LINES, "instructions": {"a": "b"}}
    ),
    "one.json: tools: expected a list of tool calls, got keys and values": text(
        "one.json", {"lines": LINES, "tools": TOOLS[0]}
    ),
    "one.json: tools[0]: answered at 0:01.0, before it was requested (0:02.4)": text(
        "one.json", {"lines": LINES, "tools": [{**TOOLS[0], "answered": 1.0}]}
    ),
    "one.json: look was requested at 400.0 s, and the sound lasts 5.0 s": text(
        "one.json", {"lines": LINES, "tools": [{**TOOLS[0], "requested": 400}]}
    ),
    "one.json: look stands after line 99 of 2": text(
        "one.json", {"lines": LINES, "tools": [{"name": "look", "after_line": 99}]}
    ),
    "one.json:1: not UTF-8 text (byte 0xff); save it as UTF-8": lambda calls: (
        calls / "one.json"
    ).write_bytes(json.dumps(LINES).encode("utf-16")),
    "one.vtt:3: nobody is named who says 'Where?': write <v Name>": lambda c: (
        (c / "one.json").rename(c / "one.vtt").write_text(CUES.format(a="", b="", arrow="-->"))
    ),
    "one.vtt:6: expected 00:00:01.000 --> 00:00:02.500, got '00:02.800 -> 00:04.000'": lambda c: (
        (c / "one.json")
        .rename(c / "one.vtt")
        .write_text(CUES.format(a="<v user>", b="<v bot>", arrow="->"))
    ),
    "one.wav: one channel holds both voices, and no transcript tells": lambda calls: (
        wav.write(calls / "one.wav", CALLER),
        (calls / "one.json").unlink(),
    ),
    "one.wav: nothing tells which channel is the caller's; add --caller-channel left|right, or its "
    "transcript: name the folder that holds both, or both files": lambda calls: (
        calls / "one.json"
    ).unlink(),
    "one.json: nothing tells who of A, B, C is the caller": text(
        "one.json", [{"who": w, "text": "x", "start": n, "end": n} for n, w in enumerate("ABC")]
    ),
    "one.wav: cannot be read as sound: the file is empty (WAV": text("one.wav", ""),
    "one.wav: it holds no sound (0 samples)": frames("one.wav", STEREO[:0]),
    "one.wav: expected one channel for each side, found 8 in all": frames(
        "one.wav", np.zeros((24_000, 8), np.int16)
    ),
    "one.wav: 4000 samples a second are too few for speech; at least 8000": frames(
        "one.wav", STEREO[::6], 4_000
    ),
    "one.wav: cannot be read as sound: it holds samples that are no numbers (NaN)": frames(
        "one.wav", np.where(STEREO > 3_000, np.nan, STEREO / 32_768), subtype="FLOAT"
    ),
    "one.wav: it is silent from beginning to end": frames("one.wav", STEREO * 0),
    "one.flac: cannot be read as sound: ": cut("one.flac"),
    "one.mp3: cannot be read as sound: it is cut off: 2.5 s of 5.0 s are there": cut("one.mp3"),
    "one.ogg: it holds no sound (0 samples)": cut("one.ogg"),
    "has several transcripts (one.json, one.vtt); keep one": text("one.vtt", "WEBVTT"),
    "one.tools.jsonl:2: name: not": text("one.tools.jsonl", '{"name": "x", "at": 1}\n{"name"'),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_one_line_with_its_place_and_nothing_is_written(
    desk: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    write_call(desk / "calls", "one")
    BAD[fault](desk / "calls")
    code = imported()
    told = capsys.readouterr().err.splitlines()
    place, _, problem = fault.partition(": ")
    assert code == 2
    assert any(place in line and (problem or fault).split(":")[-1] in line for line in told), told
    assert len(told) == 1 or not (desk / "out/results.json").exists() or "1/1" in told[0]
    assert not list((desk / "out").rglob("manifest.json"))


DAMAGED = {
    "two.flac: lasts 121 minutes; at most 60": lambda calls: hours(calls / "two.flac"),
    "two.wav: cannot be read as sound: it is no sound file of a kind that is known here": text(
        "two.wav", "no sound at all"
    ),
    "two.flac: cannot be read as sound: ": cut("two.flac"),
    "two.vtt: there is no sound beside it (two.wav": text("two.vtt", "WEBVTT"),
    "two.json: is no chat, no Realtime log and no result of tau-bench": text("two.json", {"a": 1}),
    "two.json:1: not JSON": text("two.json", "{"),
}


@pytest.mark.parametrize("fault", DAMAGED)
def test_one_damaged_call_never_costs_the_others(
    desk: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    for name in ("one", "three"):
        write_call(desk / "calls", name)
    DAMAGED[fault](desk / "calls")
    if fault.startswith(("two.flac: c", "two.wav")):
        (desk / "calls/two.json").write_text(json.dumps({"lines": LINES}))
    assert imported() == 2
    told = capsys.readouterr()
    assert f"calls/{fault}" in told.err
    calls = {call["call"]: call for call in results_of(desk / "out")["calls"]}
    assert {name: call["status"] for name, call in calls.items()} == {
        "one": "completed",
        "three": "completed",
        "two": "source_invalid",
    }
    assert calls["two"]["passed"] is None
    assert f"calls/{fault}" in calls["two"]["status_detail"]
    assert not (desk / "out/calls/two/001/manifest.json").exists()
    for path in (desk / "calls").glob("two.*"):
        path.unlink()
    write_call(desk / "calls", "two")
    before = written("one")
    assert imported("--resume") == 0
    assert written("one") == before
    assert [call["status"] for call in results_of(desk / "out")["calls"]] == ["completed"] * 3


def test_a_call_whose_file_was_damaged_since_leaves_no_recording(desk: Path) -> None:
    for name in ("one", "two"):
        write_call(desk / "calls", name)
    assert imported() == 0
    (desk / "calls/two.wav").write_text("no sound any more")
    assert imported("--resume") == 2
    assert [p.name for p in (desk / "out/calls").glob("*/*/manifest.json")] == ["manifest.json"]


def test_a_run_of_made_calls_is_not_gone_on_with(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_call(desk / "calls", "one")
    assert imported() == 0
    place = desk / "out/calls/one/001"
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps(manifest | {"origin": None}))
    assert imported("--resume") == 2
    assert "holds a run of calls that were made; give another --out" in capsys.readouterr().err


def test_calls_that_hold_personal_data_are_not_left_in_a_redacted_run(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        write_call(desk / "calls", name)
    assert imported() == 0
    for path in (desk / "calls").glob("one.*"):
        path.unlink()
    assert imported("--resume", "--redact") == 2
    assert "out/calls/one/001 was imported without --redact" in capsys.readouterr().err


def test_calls_whose_source_has_gone_are_told(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        write_call(desk / "calls", name)
    assert imported(out="calls/out") == 0
    for path in (desk / "calls").glob("one.*"):
        path.unlink()
    assert imported("--resume", out="calls/out") == 0
    said = capsys.readouterr().err
    assert "1 calls that were imported before are not among the sources now (one)" in said
    assert imported(out="calls") == 2
    assert imported(out="other") == 2
    said = capsys.readouterr().err
    assert "calls holds the calls; give another folder with --out" in said
    assert "calls/out/calls/one/001 is a recording of the harness itself" in said


def test_a_file_whose_name_is_no_text_costs_no_other(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_call(desk / "calls", "one")
    (desk / "calls" / os.fsdecode(b"tw\xff.wav")).write_bytes(b"")
    assert imported() == 2
    assert (
        "harness: error: calls/tw?.wav: its name is not UTF-8; rename it" in capsys.readouterr().err
    )
    assert [call["call"] for call in results_of(desk / "out")["calls"]] == ["tw?", "one"]
