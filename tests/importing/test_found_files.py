"""Files of a call that are found without being named alike: reports, runs of evals, containers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from support.platform_samples import EPOCH_S, EVALS_EVENTS, EVALS_TEXT, LINES, LIVEKIT, jsonl
from support.stored_sound import track

from harness.audio import ffmpeg, wav
from harness.audio.pcm import Pcm
from harness.errors import FaultyFiles, RecordingDamaged
from harness.importing.audio_call import read_audio_call, shape_of, tracks_of
from harness.importing.sources import find_sources

SIDES = {
    who: track(*((a, b) for w, _, a, b in LINES if w == who), length_s=7.0)
    for who in ("caller", "agent")
}
SAID = [(who, text) for who, text, _, _ in LINES]


def said(source: Any) -> list[tuple[str, str | None]]:
    return [(line.who.value, line.text) for line in read_audio_call(source.audio).lines]


def test_a_session_report_names_its_sound(tmp_path: Path) -> None:
    folder = tmp_path / "session-7"
    folder.mkdir()
    wav.write_stereo(folder / "audio.flac", SIDES["caller"], SIDES["agent"])
    report = {
        "audio_recording_path": "/tmp/lk/audio.flac",
        "audio_recording_started_at": EPOCH_S,
        "chat_history": {"items": LIVEKIT},
    }
    (folder / "session_report.json").write_text(json.dumps(report))
    (source,) = find_sources([tmp_path])
    assert (source.name, said(source)) == ("session-7", SAID)
    assert source.audio is not None
    call = read_audio_call(source.audio)
    (tool,) = call.tools
    times = [tool.requested_s, tool.answered_s, *(line.start_s for line in call.lines)]
    assert times == pytest.approx([3.8, 4.4, 0.5, 2.0, 5.0], abs=0.01)
    assert not any("of the day" in note for note in call.notes)


@pytest.mark.parametrize("named", ["/tmp/other.flac", None])
def test_a_report_whose_sound_is_elsewhere_is_text(tmp_path: Path, named: str | None) -> None:
    report = {"audio_recording_path": named, "chat_history": {"items": LIVEKIT}}
    (tmp_path / "r.json").write_text(json.dumps(report))
    (source,) = find_sources([tmp_path])
    assert (source.name, source.audio) == ("r", None)
    (tmp_path / "r.json").write_text('{"audio_recording_path": ')
    (source,) = find_sources([tmp_path])
    assert "not JSON" in str(source.call.faults[0])


def test_a_run_of_evals_is_its_conversations(tmp_path: Path) -> None:
    run = tmp_path / "run_live"
    for name in ("booking", "refund"):
        folder = run / "audio" / name
        folder.mkdir(parents=True)
        wav.write_stereo(folder / "conversation.wav", SIDES["caller"], SIDES["agent"])
        for extra in ("input.wav", "output.wav"):
            wav.write(folder / extra, SIDES["caller"])
        (folder / "conversation.transcript.txt").write_text(EVALS_TEXT)
        (folder / "conversation.result.json").write_text("{}")
        (run / "events").mkdir(exist_ok=True)
        (run / "events" / f"{name}.jsonl").write_text(jsonl(EVALS_EVENTS))
    (run / "results.json").write_text('{"results": []}')
    (run / "transcripts").mkdir()
    (run / "transcripts" / "booking.json").write_text("{}")
    sources = find_sources([tmp_path])
    assert [source.name for source in sources] == ["booking", "refund"]
    assert said(sources[0]) == SAID
    assert sources[0].audio is not None
    (tool,) = read_audio_call(sources[0].audio).tools
    assert (tool.name, tool.requested_s, tool.answered_s) == ("find_boat", 3.8, 4.4)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("USER 1..2ms: Hi.\nUSER 3..4: Ho.\n", "call.txt:2: expected 'USER 480..910ms: words'"),
        ("USER 1..2ms: Hi.\nTOOL x\n", "call.txt:2: expected"),
    ],
)
def test_a_line_of_evals_that_is_none_has_its_place(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "call.txt").write_text(text)
    (source,) = find_sources([tmp_path])
    assert fault in str(source.call.faults[0])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["name=f status=completed arguments={}"], [("f", "{}", None, "unseen")]),
        (["name=f status=called arguments={}", "name=f status=failed"],
         [("f", "{}", "null", "failed")]),
        (["name=f status=called arguments={", "name=f status=completed result=no"],
         [("f", '"{"', "no", "ok")]),
        (["name=f status=completed result=1"], []),
    ],
)  # fmt: skip
def test_how_tools_of_evals_end(tmp_path: Path, rows: list[str], told: list[Any]) -> None:
    lines = ["USER 1..900ms: Hi.", "ASSISTANT 1000..1900ms: Ho."]
    lines += [f"TOOL 950ms: {row}" for row in rows]
    (tmp_path / "call.txt").write_text("\n".join(lines))
    (source,) = find_sources([tmp_path])
    tools = source.call.tools
    assert [(t.name, t.arguments, t.output, t.outcome.value) for t in tools] == told


# --- containers ------------------------------------------------------------------------------


def encoded(path: Path, codec: str, rate_hz: int, *, gap_s: float = 0.0) -> None:
    """Write both sides; from 3 s on ``gap_s`` later, with no packets in between."""
    both = np.stack([SIDES["caller"].samples, SIDES["agent"].samples])
    file = av.open(str(path), "w")
    stream = file.add_stream(codec, rate=rate_hz, layout="stereo")
    coder = stream.codec_context
    plain = av.AudioResampler(
        coder.format, "stereo", rate_hz, frame_size=coder.frame_size or rate_hz // 50
    )
    frame = av.AudioFrame.from_ndarray(both, "s16p", "stereo")
    frame.rate = SIDES["caller"].rate_hz
    at = 0
    for part in (*plain.resample(frame), *plain.resample(None)):
        later = round(gap_s * rate_hz) if at >= 3 * rate_hz else 0
        part.pts = at + later
        at += part.samples
        for packet in stream.encode(part):
            file.mux(packet)
    for packet in stream.encode(None):
        file.mux(packet)
    file.close()


def first_s(track_: Pcm, after_s: float = 0.0) -> float:
    loud = np.flatnonzero(np.abs(track_.samples.astype(int)) > 1000) / track_.rate_hz
    return float(loud[loud >= after_s][0])


@pytest.mark.parametrize(
    ("suffix", "codec", "rate_hz"),
    [(".webm", "libopus", 48_000), (".m4a", "aac", 24_000), (".opus", "libopus", 48_000)],
)
def test_sound_in_a_container_lies_at_its_time(
    tmp_path: Path, suffix: str, codec: str, rate_hz: int
) -> None:
    path = tmp_path / f"call{suffix}"
    encoded(path, codec, rate_hz)
    caller, agent = tracks_of(path)
    assert shape_of(path).channels == 2
    assert shape_of(path).length_s == pytest.approx(7.0, abs=0.15)
    assert [first_s(caller), first_s(agent)] == pytest.approx([2.0, 0.5], abs=0.08)
    lines = [{"who": w, "text": t, "start": a, "end": b} for w, t, a, b in LINES]
    (tmp_path / "call.json").write_text(json.dumps({"lines": lines}))
    (source,) = find_sources([tmp_path])
    assert said(source) == SAID


def test_a_gap_in_the_times_of_a_container_is_silence(tmp_path: Path) -> None:
    encoded(tmp_path / "call.webm", "libopus", 48_000, gap_s=2.0)
    _, agent = ffmpeg.read_channels(tmp_path / "call.webm", most_s=60.0)
    assert first_s(agent, after_s=4.0) == pytest.approx(7.0, abs=0.05)
    (track_, _) = ffmpeg.read_channels(tmp_path / "call.webm", most_s=1.0)
    assert track_.duration_s < 3.0


def test_a_container_without_audio_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "call.webm"
    path.write_bytes(b"no webm")
    with pytest.raises(FaultyFiles, match="cannot be read as sound"):
        shape_of(path)
    with pytest.raises(FaultyFiles, match="cannot be read as sound"):
        list(tracks_of(path))
    file = av.open(str(path), "w")
    stream = file.add_stream("libvpx", rate=5)
    stream.width = stream.height = 16
    picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8))
    for packet in (*stream.encode(picture), *stream.encode(None)):
        file.mux(packet)
    file.close()
    with pytest.raises(RecordingDamaged, match="no audio is in it"):
        ffmpeg.shape(path, most_s=60.0)


def test_without_pyav_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "call.m4a"
    path.write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(FaultyFiles) as faulty:
        shape_of(path)
    assert "a .m4a file needs PyAV" in str(faulty.value)
    assert "pip install 'voice-agent-harness[opus]'" in str(faulty.value)


# --- a transcript for each side ----------------------------------------------------------------


def whisper(side: str) -> str:
    """Return a recognizer's transcript of a side: it names no speaker."""
    told = [{"start": a, "end": b, "text": t} for w, t, a, b in LINES if w == side]
    return json.dumps({"segments": told, "language": "en"})


def captions(side: str) -> str:
    cues = (f"00:0{a:.3f} --> 00:0{b:.3f}\n{t}\n" for w, t, a, b in LINES if w == side)
    return "WEBVTT\n\n" + "\n".join(cues)


@pytest.mark.parametrize("sound", ["two files", "one file", "none"])
@pytest.mark.parametrize(("write", "suffix"), [(whisper, ".json"), (captions, ".vtt")])
def test_a_transcript_for_each_side_is_one_call(
    tmp_path: Path, write: Callable[[str], str], suffix: str, sound: str
) -> None:
    for who, track_ in SIDES.items():
        (tmp_path / f"0017.{who}{suffix}").write_text(write(who))
        if sound == "two files":
            wav.write(tmp_path / f"0017.{who}.wav", track_)
    if sound == "one file":
        wav.write_stereo(tmp_path / "0017.wav", SIDES["caller"], SIDES["agent"])
    (source,) = find_sources([tmp_path])
    assert source.name == "0017"
    if source.audio is not None:
        assert said(source) == SAID
    else:
        assert [(line.who.value, line.text) for line in source.call.lines] == SAID
    assert len(source.files) == {"two files": 4, "one file": 3, "none": 2}[sound]


@pytest.mark.parametrize(
    ("agents", "problem"),
    [
        ({"lines": [{"who": w, "text": t, "start": a} for w, t, a, _ in LINES]},
         "its name says that it is the agent's alone, and it holds the lines of agent, caller"),
        ({"segments": [{"text": "Hi.", "start": EPOCH_S}]}, "its times are of the day"),
        ({"segments": [{"text": "Hi.", "start": 3}, {"text": "Hi.", "start": 1}]}, "begins at"),
    ],
)  # fmt: skip
def test_a_side_that_is_none_is_refused(
    tmp_path: Path, agents: dict[str, Any], problem: str
) -> None:
    (tmp_path / "0017.caller.json").write_text(whisper("caller"))
    (tmp_path / "0017.agent.json").write_text(json.dumps(agents))
    (source,) = find_sources([tmp_path])
    assert problem in str(source.call.faults[0])
    assert "0017.agent.json" in str(source.call.faults[0])
