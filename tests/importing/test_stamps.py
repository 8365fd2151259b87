"""Times of the day, times at the ends of lines, plain text: the meaning of a transcript's times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.stored_sound import track

from harness.audio import wav
from harness.errors import FaultyFiles
from harness.importing.audio_call import AudioFiles, Told, read_audio_call
from harness.importing.model import StoredCall
from harness.importing.sources import find_sources
from harness.importing.transcript_files import is_transcript_text, read_transcript_text

TALK = [
    ("agent", "Boat shop, hello, how can I help you today?", 0.5, 3.2),
    ("caller", "Is it free?", 4.0, 4.7),
    ("agent", "Let me look. Yes, the red canoe is free until Sunday evening.", 5.5, 9.0),
    ("caller", "Then I would like to book it for Saturday, please.", 9.8, 12.6),
    ("agent", "Done.", 13.4, 13.8),
    ("caller", "Thanks, bye.", 14.6, 15.4),
]
LENGTH_S = 17.0
DAY_S = 1_790_000_000.0
ENDS = "Found out by the sound: a line's time is when it ends."


def sound(tmp_path: Path, *, agent_left: bool = False, mono: bool = False) -> Path:
    sides = {
        who: track(*((a, b) for w, _, a, b in TALK if w == who), length_s=LENGTH_S)
        for who in ("caller", "agent")
    }
    path = tmp_path / "call.wav"
    if mono:
        mixed = type(sides["agent"])(
            sides["agent"].samples + sides["caller"].samples, sides["agent"].rate_hz
        )
        wav.write(path, mixed)
    else:
        wav.write_stereo(path, *(sides[w] for w in sorted(sides, reverse=not agent_left)))
    return path


def call(tmp_path: Path, text: str, suffix: str = ".json", **more: Any) -> StoredCall:
    transcript = tmp_path / f"call{suffix}"
    transcript.write_text(text)
    return read_audio_call(AudioFiles("call", (sound(tmp_path, **more),), transcript))


def stamped(at: str, **more: Any) -> str:
    """Return a transcript with a single time per line: its beginning or its end."""
    return json.dumps([
        {"role": "assistant" if w == "agent" else "user", "content": t,
         "timestamp": (a if at == "begin" else b) + more.get("day_s", 0.0)}
        for w, t, a, b in TALK
    ])  # fmt: skip


@pytest.mark.parametrize("agent_left", [False, True])
@pytest.mark.parametrize(("mono", "day_s"), [(False, 0.0), (True, 0.0), (False, DAY_S)])
@pytest.mark.parametrize("at", ["begin", "end"])
def test_times_of_beginnings_and_of_ends_are_told_apart(
    tmp_path: Path, at: str, day_s: float, agent_left: bool, mono: bool
) -> None:
    found = call(tmp_path, stamped(at, day_s=day_s), agent_left=agent_left, mono=mono)
    assert (ENDS in found.notes) is (at == "end")
    for first_s, audio in ((4.0, found.caller), (0.5, found.agent)):
        assert audio is not None
        assert audio.samples.nonzero()[0][0] / audio.rate_hz == pytest.approx(first_s, abs=0.1)
    middles = [((line.start_s or 0.0), (line.end_s or 0.0)) for line in found.lines]
    for (start_s, end_s), (_, _, a, b) in zip(middles, TALK, strict=True):
        assert start_s <= (a + b) / 2 <= end_s


def test_a_clock_of_the_day_is_moved_and_told(tmp_path: Path) -> None:
    rows = json.loads(stamped("begin", day_s=DAY_S))
    found = call(tmp_path, json.dumps(rows))
    assert found.lines[0].start_s == pytest.approx(0.5, abs=0.2)
    assert any("times are of the day" in note for note in found.notes)
    iso = [
        {**row, "timestamp": f"2026-09-21T14:00:{TALK[n][2]:06.3f}"} for n, row in enumerate(rows)
    ]
    assert call(tmp_path, json.dumps(iso)).lines[1].start_s == pytest.approx(4.0, abs=0.2)
    in_ms = [{**row, "timestamp": row["timestamp"] * 1000} for row in rows]
    assert call(tmp_path, json.dumps(in_ms)).lines[1].start_s == pytest.approx(4.0, abs=0.2)
    with pytest.raises(FaultyFiles, match="one channel with both voices does not tell when"):
        call(tmp_path, json.dumps(rows), mono=True)


def clock(at_s: float) -> str:
    return f"{int(at_s // 60)}:{at_s % 60:04.1f}"


PLAIN = {
    "at the end": "{who}: {text} [{end}]",
    "at the beginning": "[{begin}] {who}: {text}",
    "with a dash": "{begin} - {who}: {text}",
    "behind the name": "{who} ({begin}): {text}",
}


@pytest.mark.parametrize("shape", PLAIN)
def test_plain_text_beside_sound(tmp_path: Path, shape: str) -> None:
    lines = (
        PLAIN[shape].format(who=w.title(), text=t, begin=clock(a), end=clock(b))
        for w, t, a, b in TALK
    )
    found = call(tmp_path, "\n".join(lines), ".txt")
    assert [line.text for line in found.lines] == [text for _, text, _, _ in TALK]
    assert (ENDS in found.notes) is (shape == "at the end")


def test_stamps_at_the_ends_of_json_lines_are_times_and_no_words(tmp_path: Path) -> None:
    rows = [{"speaker": w, "text": f"{t} ({clock(b)})"} for w, t, _, b in TALK]
    found = call(tmp_path, json.dumps({"lines": rows}))
    assert [line.text for line in found.lines] == [text for _, text, _, _ in TALK]
    assert ENDS in found.notes


def test_stamps_of_a_chat_are_no_words(tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    for texts, kept in (
        (["Hello. [00:01]", "Hi. [00:02]"], ["Hello.", "Hi."]),
        (["Hello.", "See you at (12:30)"], ["Hello.", "See you at (12:30)"]),
    ):
        roles = ("assistant", "user")
        rows = [{"role": r, "content": t} for r, t in zip(roles, texts, strict=True)]
        path.write_text(json.dumps(rows))
        (source,) = find_sources([path])
        assert [line.text for line in source.call.lines] == kept


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Agent: Hello.\nCustomer: Hi.\nand more\nAgent: Bye.", True),
        ("Agent: Hello.", False),
        ("Notes: call them\nback\nsoon\nTo do: all\nof\nit", False),
        ("", False),
    ],
)
def test_which_text_is_a_transcript(tmp_path: Path, text: str, is_one: bool) -> None:
    path = tmp_path / "call.txt"
    path.write_text(text)
    assert is_transcript_text(path) is is_one
    assert not is_transcript_text(tmp_path / "other.txt")


def test_plain_text_alone_is_words_in_order(tmp_path: Path) -> None:
    path = tmp_path / "0017.txt"
    path.write_text("Agent: Hello.\nCustomer: Hi,\nit's me.\nAgent: Good day.\n")
    (source,) = find_sources([tmp_path])
    said = [(line.who.value, line.text) for line in source.call.lines]
    assert (source.name, said) == (
        "0017",
        [("agent", "Hello."), ("caller", "Hi, it's me."), ("agent", "Good day.")],
    )
    with pytest.raises(FaultyFiles, match=r"0017.txt:1: no time: beside sound every line has one"):
        read_transcript_text(path, timed=True)


def test_text_beside_another_transcript_is_left_alone(tmp_path: Path) -> None:
    text = "Agent: Hello.\nCustomer: Hi.\nAgent: Bye."
    (tmp_path / "call.txt").write_text(text)
    found = call(tmp_path, stamped("begin"))
    (source,) = find_sources([tmp_path])
    assert source.audio is not None
    assert source.audio.transcript == tmp_path / "call.json"
    assert found.lines


def test_lines_that_fit_both_sides_are_asked_for(tmp_path: Path) -> None:
    rows = [{"speaker": "AB"[w == "agent"], "text": t, "timestamp": a} for w, t, a, _ in TALK]
    with pytest.raises(FaultyFiles, match=r"--caller-channel left\|right or --caller B or"):
        call(tmp_path, json.dumps(rows))
    files = AudioFiles("call", (tmp_path / "call.wav",), tmp_path / "call.json")
    told = read_audio_call(files, Told(caller_name="A"))
    assert [line.who.value for line in told.lines] == [who for who, _, _, _ in TALK]
