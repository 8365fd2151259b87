"""The recording folder: round trip, crash, newer formats, full disk."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import wire_strategies
from support.call_plans import manifest

from harness.audio.pcm import Pcm
from harness.errors import RecordingDamaged, StorageFailed
from harness.protocol.commands import AppendAudio, CommitAudio, SessionConfig
from harness.protocol.events import AudioDelta, SpeechStarted, UnknownEvent
from harness.protocol.items import VENDORS_OWN, Content, ResponseStatus
from harness.recording.lines import as_served, from_line, ranges, to_line, without_payloads
from harness.recording.manifest import load_recognition
from harness.recording.model import (
    Absence,
    AbsenceCause,
    AgentEvent,
    AudioRange,
    CallerUtterance,
    Direction,
    GeneratedItem,
    ImpairedSpan,
    Impairment,
    LateArrivals,
    LateFrames,
    NoiseBurst,
    OtherSpeech,
    PlayedSpan,
    Recognition,
    RecognizedWords,
    Recording,
    SentCommand,
    StepAnswer,
    StepKind,
    StepTaken,
    Truncation,
    TurnLeftOut,
    UtteranceKind,
    Violation,
    WeighedValue,
    WireMessage,
)
from harness.recording.provenance import CallStatus, Lateness
from harness.recording.saving import pack, store_recognition, write_recording
from harness.recording.store import read_recording, track_path
from harness.recording.tools import NoticeSource, RefusedNotice, ToolOutcome, ToolRun
from harness.recording.writer import AGENT, CALLER, TRACKS, RecordingWriter

UNKNOWN = st.builds(UnknownEvent, st.text("abc.", max_size=9))
TIMES = st.floats(-10, 1000).map(lambda x: round(x, 6))
COUNTS = st.integers(0, 10_000_000)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
MESSAGES = st.builds(
    WireMessage,
    TIMES,
    st.sampled_from(Direction),
    st.dictionaries(TEXT, JSON, max_size=3),
    st.none() | TEXT,
)
VIOLATIONS = st.builds(Violation, TIMES, TEXT, TEXT, st.sampled_from(["", "its audio was lost"]))
RANGES = st.builds(AudioRange, st.sampled_from(["caller", "agent_generated"]), COUNTS, COUNTS)


def kept(value: Any) -> Any:
    """Return a value as a recording keeps it: no bytes, and no vendor types."""
    if isinstance(value, tuple):
        return tuple(map(kept, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    left_out: dict[str, Any] = {
        each.name: b"" if isinstance(getattr(value, each.name), bytes) else {}
        for each in fields(value)
        if each.metadata == VENDORS_OWN or isinstance(getattr(value, each.name), bytes)
    }
    if isinstance(value, Content):
        left_out = {"audio": None}
    if isinstance(value, SessionConfig):
        left_out = {"vendor": None}
    return replace(
        value,
        **{
            each.name: left_out.get(each.name, kept(getattr(value, each.name)))
            for each in fields(value)
        },
    )


ALL_EVENTS = (wire_strategies.EVENTS | wire_strategies.SESSIONS | UNKNOWN).map(kept)
ASSUMED = st.sampled_from([(), ("response_id",), ("response_id", "item_id")])
EVENTS = st.builds(
    AgentEvent, TIMES, ALL_EVENTS, st.none() | RANGES, ASSUMED, inferred=st.booleans()
)
SENT = wire_strategies.COMMANDS.filter(lambda command: not isinstance(command, AppendAudio))
COMMANDS = st.builds(SentCommand, TIMES, SENT.map(kept))
UTTERANCES = st.builds(
    CallerUtterance,
    index=COUNTS,
    turn=st.none() | COUNTS,
    kind=st.sampled_from(UtteranceKind),
    text=TEXT,
    spoken=TEXT,
    intended=TEXT,
    start=COUNTS,
    samples=COUNTS,
    voiced_start=st.none() | COUNTS,
    voiced_stop=st.none() | COUNTS,
    cut_off=st.booleans(),
    barge_in=st.booleans(),
    answer=st.none() | COUNTS,
    pauses=st.lists(st.tuples(COUNTS, COUNTS), max_size=2).map(tuple),
)
PLAYED = st.builds(PlayedSpan, TEXT, COUNTS, TEXT, COUNTS, COUNTS, COUNTS)
CHUNKS = st.lists(st.tuples(TIMES, COUNTS, COUNTS), max_size=3).map(tuple)
GENERATED = st.builds(GeneratedItem, TEXT, COUNTS, TEXT, CHUNKS)
TOOLS = st.builds(
    ToolRun,
    TEXT,
    TEXT,
    TEXT,
    st.none() | TEXT,
    TIMES,
    st.none() | TIMES,
    st.sampled_from(ToolOutcome),
    st.none() | TEXT,
)
REFUSED = st.builds(RefusedNotice, TIMES, TEXT, st.booleans())
TOLD = st.builds(
    NoticeSource, TEXT, TEXT, TEXT, st.booleans(), st.lists(REFUSED, max_size=2).map(tuple)
)
TRUNCATIONS = st.builds(Truncation, TIMES, TEXT, COUNTS, COUNTS, COUNTS)
LEFT_OUT = st.builds(TurnLeftOut, TIMES, COUNTS)
STEPS = st.builds(StepTaken, TIMES, COUNTS, st.sampled_from(StepKind), TEXT)
BURSTS = st.builds(NoiseBurst, COUNTS, COUNTS)
OTHERS = st.builds(OtherSpeech, COUNTS, COUNTS, st.text(max_size=9))
ANSWERS = st.builds(StepAnswer, TIMES, COUNTS, st.sampled_from(ResponseStatus), TEXT)
LATE_FRAMES = st.builds(LateFrames, COUNTS, COUNTS, TIMES)
LATE_ARRIVALS = st.builds(LateArrivals, TIMES, TIMES, TIMES, TIMES)
ABSENCES = st.builds(
    Absence, TIMES, st.none() | TIMES, st.sampled_from(AbsenceCause), st.none() | COUNTS
)
LINE_FAULTS = st.builds(ImpairedSpan, st.sampled_from(Impairment), COUNTS, COUNTS, TIMES)
AUDIO = st.lists(st.integers(-32768, 32767), max_size=20).map(
    lambda values: Pcm(np.array(values, np.int16), 24_000)
)
HEARD = st.builds(
    Recognition,
    TEXT,
    TEXT,
    st.lists(st.builds(RecognizedWords, TIMES, TIMES, TEXT), max_size=2).map(tuple),
)


def many(records):
    return st.lists(records, max_size=2).map(tuple)


RECORDINGS = st.builds(
    Recording,
    st.sampled_from(
        [
            manifest(),
            manifest(
                status=CallStatus.COMPLETED,
                duration_s=1.5,
                lateness=Lateness(3, 0.0, 0.1, 0.2),
            ),
            manifest(lateness=Lateness(3, 0.0, 0.1, 0.2, noted_s=0.0005)),
        ]
    ),
    many(MESSAGES),
    many(EVENTS),
    many(COMMANDS),
    many(VIOLATIONS),
    many(UTTERANCES),
    many(PLAYED),
    many(GENERATED),
    many(TOOLS),
    many(TRUNCATIONS),
    AUDIO,
    AUDIO,
    AUDIO,
    AUDIO,
    st.none() | HEARD,
    st.just(""),
    many(TOLD),
    many(LEFT_OUT),
    many(STEPS),
    many(ANSWERS),
    many(ABSENCES),
    many(LINE_FAULTS),
    many(OTHERS),
    many(BURSTS),
    many(LATE_FRAMES),
    many(LATE_ARRIVALS),
)


MESSAGE = WireMessage(0.5, Direction.SENT, {"type": "x"})


def recording(**more) -> Recording:
    track = Pcm(np.arange(100, dtype=np.int16), 24_000)
    values = {
        "manifest": manifest(),
        "messages": (MESSAGE,),
        "events": (AgentEvent(0.5, SpeechStarted("u"), message=0),),
        "commands": (),
        "violations": (),
        "utterances": (),
        "played": (),
        "generated": (),
        "tools": (),
        "truncations": (),
        "caller": track,
        "caller_clean": track,
        "agent": track,
        "agent_generated": track,
    }
    return Recording(**(values | more))


@settings(max_examples=40, deadline=None)
@given(wanted=RECORDINGS)
def test_what_is_written_is_read_back(tmp_path_factory, wanted):
    folder = tmp_path_factory.mktemp("call")
    write_recording(folder, wanted)
    assert replace(read_recording(folder), damage="") == wanted


@given(
    record=st.one_of(
        MESSAGES, EVENTS, COMMANDS, VIOLATIONS, UTTERANCES, PLAYED, GENERATED, TOOLS, TRUNCATIONS
    )
)
def test_every_record_is_one_line(record):
    line = to_line(record)
    assert line.count(b"\n") == 1
    assert from_line(line) == record


def test_heard_words_can_be_added_later(tmp_path):
    write_recording(tmp_path, recording())
    weighed = (WeighedValue(0.5, 1.0, "id", "A1", 0.25, "A2"),)
    heard = Recognition("moonshine", "1", (RecognizedWords(0.5, 1.0, "yes"),), weighed)
    store_recognition(tmp_path, heard)
    assert read_recording(tmp_path) == recording(recognition=heard)


def test_what_was_heard_before_values_were_weighed_is_read_as_it_is(tmp_path):
    write_recording(tmp_path, recording())
    heard = Recognition("moonshine", "1", (RecognizedWords(0.5, 1.0, "yes"),))
    store_recognition(tmp_path, heard)
    path = tmp_path / "heard.json"
    row = json.loads(path.read_text())
    del row["weighed"]
    path.write_text(json.dumps(row))
    assert load_recognition(tmp_path) == heard


def test_a_torn_last_line_is_left_out(tmp_path):
    write_recording(tmp_path, recording())
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"kind":"wire","at_s":1.0,"dire')
    assert read_recording(tmp_path) == recording()


def test_a_kind_of_a_newer_version_is_passed_over(tmp_path):
    write_recording(tmp_path, recording())
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"kind":"smell"}\n')
    assert read_recording(tmp_path) == recording()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("manifest.json", b"{", "manifest.json: not JSON"),
        ("manifest.json", b"[]", "not a JSON object"),
        ("manifest.json", b'{"format": 5}', "recording format 5 is newer than this harness reads"),
        ("manifest.json", b'{"status": null}', "not a manifest: format None"),
        ("manifest.json", b'{"format": 3}', r"recording format 3 is older than .* \(4\); make it"),
        ("manifest.json", b'{"format": 4}', "not a manifest"),
        ("events.jsonl", b'{"kind":"wire"}\n', "events.jsonl: line 1"),
        ("events.jsonl", b"[]\n", "events.jsonl: line 1"),
        ("events.jsonl", b"{oops\n", "events.jsonl: line 1"),
        ("heard.json", b'{"engine": "x"}', "not a list of heard words"),
        ("caller.wav", b"RIFF", "caller.wav"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, name, content, said):
    write_recording(tmp_path, recording())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingDamaged, match=said):
        read_recording(tmp_path)


@pytest.mark.parametrize("name", ["manifest.json", "events.jsonl", "agent.flac"])
def test_a_missing_file_is_named(tmp_path, name):
    write_recording(tmp_path, recording())
    pack(tmp_path, recording())
    (tmp_path / name).unlink()
    with pytest.raises(RecordingDamaged, match=name):
        read_recording(tmp_path)


@given(st.integers(0, 2**32), st.lists(st.integers(0, 9000), min_size=4, max_size=4))
@example(1, [0, 1, 0, 24_000])
@settings(max_examples=20, deadline=None)
def test_packing_keeps_every_sample_and_is_the_same_to_the_byte(tmp_path_factory, seed, lengths):
    folders = [tmp_path_factory.mktemp("packed") for _ in range(2)]
    dice = np.random.default_rng(seed)
    tracks = [
        Pcm(dice.integers(-(2**15), 2**15, length).astype(np.int16), 24_000) for length in lengths
    ]
    whole = replace(
        recording(),
        caller=tracks[0], caller_clean=tracks[1], agent=tracks[2], agent_generated=tracks[3],
    )  # fmt: skip
    for folder in folders:
        write_recording(folder, whole)
        pack(folder, read_recording(folder))
        again = read_recording(folder)
        for was, now in zip(tracks, (again.caller, again.caller_clean, again.agent,
                                     again.agent_generated), strict=True):  # fmt: skip
            assert now.rate_hz == 24_000
            assert np.array_equal(was.samples, now.samples)
        assert len(list(folder.glob("*.wav"))) == lengths.count(0)
    for name in TRACKS:
        first, second = (track_path(folder, name).read_bytes() for folder in folders)
        assert first == second


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("place", [None, 0, 4_799])
def test_the_caller_s_two_tracks_are_one_in_memory_only_where_the_line_added_nothing(
    tmp_path, place, packed
):
    sent = np.arange(4_800, dtype=np.int16)
    clean = sent.copy()
    if place is not None:
        clean[place] += 1
    sent, clean = Pcm(sent, 24_000), Pcm(clean, 24_000)
    write_recording(tmp_path, replace(recording(), caller=sent, caller_clean=clean))
    if packed:
        pack(tmp_path, read_recording(tmp_path))
    again = read_recording(tmp_path)
    assert (again.caller, again.caller_clean) == (sent, clean)
    assert (again.caller is again.caller_clean) is (place is None)


@pytest.mark.parametrize("stopped_after", range(5))
def test_packing_that_was_stopped_leaves_a_recording_that_reads(tmp_path, stopped_after):
    write_recording(tmp_path, recording())
    wavs = {name: (tmp_path / name).read_bytes() for name in TRACKS}
    pack(tmp_path, recording())
    for name in TRACKS[stopped_after:]:
        (tmp_path / name).write_bytes(wavs[name])
    assert read_recording(tmp_path) == recording()


def test_tracks_that_cannot_be_packed_are_said_and_stay(tmp_path):
    write_recording(tmp_path, recording())
    (tmp_path / "agent.flac").mkdir()
    with pytest.raises(StorageFailed, match=r"agent\.flac"):
        pack(tmp_path, recording())
    assert read_recording(tmp_path).agent == recording().agent


def test_a_call_that_dies_is_readable_up_to_its_last_flush(tmp_path):
    writer = RecordingWriter(tmp_path, manifest())
    writer.note(MESSAGE)
    writer.audio(CALLER, np.arange(480, dtype=np.int16))
    writer.flush()
    writer.note(MESSAGE)
    writer.audio(AGENT, np.arange(480, dtype=np.int16))
    call = read_recording(tmp_path)
    writer.close()
    assert call.manifest.status is None
    assert call.messages == (MESSAGE,)
    assert (len(call.caller), len(call.agent)) == (480, 0)


def test_a_finished_call_says_how_it_ended(tmp_path):
    writer = RecordingWriter(tmp_path, manifest())
    late = Lateness(1, 0.0, 0.0, 0.0)
    writer.finish(CallStatus.COMPLETED, detail="well", duration_s=0.02, lateness=late)
    writer.close()
    wanted = replace(
        manifest(),
        status=CallStatus.COMPLETED,
        status_detail="well",
        duration_s=0.02,
        lateness=late,
    )
    assert replace(read_recording(tmp_path).manifest, contents={}) == wanted


def test_audio_payloads_become_ranges_and_secrets_disappear(tmp_path):
    writer = RecordingWriter(tmp_path, manifest())
    writer.conceal(lambda line: line.replace(b"sk-hush", b"[redacted]"))
    message = json.dumps({"type": "a", "audio": "AAAAAA==", "key": "sk-hush"})
    where = AudioRange("caller", 480, 2)
    writer.wire(0.5, Direction.SENT, message, payloads=((bytes(4), where),))
    writer.note(WireMessage(0.6, Direction.RECEIVED, {}, "sk-hush {"))
    writer.finish(CallStatus.AGENT_ERROR, detail="no sk-hush", duration_s=0.0, lateness=None)
    call = read_recording(tmp_path)
    place = {"track": "caller", "start": 480, "samples": 2}
    assert call.messages[0].message == {"type": "a", "audio": place, "key": "[redacted]"}
    assert call.messages[1].malformed == "[redacted] {"
    assert call.manifest.status_detail == "no [redacted]"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_and_the_rest_stays(tmp_path):
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    writer = RecordingWriter(tmp_path, manifest())
    writer.audio(CALLER, np.arange(480, dtype=np.int16))
    writer.note(MESSAGE)
    with pytest.raises(StorageFailed, match=r"events\.jsonl: No space left on device"):
        writer.finish(CallStatus.COMPLETED, detail="", duration_s=0.0, lateness=None)
    assert json.loads((tmp_path / "manifest.json").read_text())["status"] == "completed"
    assert (tmp_path / "caller.wav").stat().st_size == 44 + 960


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_behind_what_the_disk_refused_nothing_is_written(tmp_path):
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    writer = RecordingWriter(tmp_path, manifest())
    for _ in range(3):
        writer.audio(CALLER, np.arange(480, dtype=np.int16))
        writer.note(MESSAGE)
        with pytest.raises(StorageFailed, match=r"events\.jsonl: No space left on device"):
            writer.flush()
    with pytest.raises(StorageFailed, match=r"events\.jsonl"):
        writer.finish(CallStatus.COMPLETED, detail="", duration_s=0.0, lateness=None)
    assert (tmp_path / "caller.wav").stat().st_size == 44 + 960


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed, match="file"):
        RecordingWriter(tmp_path / "file" / "call", manifest())
    with pytest.raises(StorageFailed, match="file"):
        write_recording(tmp_path / "file" / "call", recording())


def test_a_manifest_that_cannot_be_replaced_is_said(tmp_path):
    (tmp_path / "heard.json").mkdir()
    with pytest.raises(StorageFailed, match=r"heard\.json"):
        store_recognition(tmp_path, Recognition("x", "1", ()))


def test_a_message_that_a_server_indented_is_still_one_line(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path, manifest())
    message = json.dumps({"type": "error", "text": "two\nlines"}, indent=2)
    writer.wire(0.5, Direction.RECEIVED, message.replace("\n", "\r\n"))
    writer.wire(1.0, Direction.RECEIVED, message.encode())
    writer.finish(CallStatus.COMPLETED, detail="", duration_s=1.0, lateness=None)
    messages = read_recording(tmp_path).messages
    assert [each.message for each in messages] == [json.loads(message)] * 2


def test_what_a_message_was_taken_for_stands_behind_it(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path, manifest())
    delta = AgentEvent(0.6, AudioDelta("r", "i"), AudioRange("agent_generated", 0, 2), ("item_id",))
    begun = AgentEvent(0.6, SpeechStarted())
    told = Violation(0.6, "x", "too early")
    writer.wire(0.5, Direction.SENT, b'{"type":"y"}', then=(SentCommand(0.5, CommitAudio()),))
    writer.wire(0.6, Direction.RECEIVED, b'{"type":"x"}', then=(delta, begun, told))
    writer.finish(CallStatus.COMPLETED, detail="", duration_s=1.0, lateness=None)
    call = read_recording(tmp_path)
    assert call.commands == (SentCommand(0.5, CommitAudio(), message=0),)
    assert call.events == (replace(delta, message=1), replace(begun, message=1))
    assert call.violations == (told,)
    assert call.damage == ""


def test_events_without_any_message_are_kept(tmp_path: Path) -> None:
    call = recording(messages=(), events=(AgentEvent(1.0, SpeechStarted()),))
    write_recording(tmp_path, call)
    assert read_recording(tmp_path) == call


PAYLOAD = bytes(range(250, 256))


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ({"delta": "-vv8_f7_"}, {"delta": ...}),
        ({"a": [{"b": "+vv8/f7/"}, "+vv8/f7/"]}, {"a": [{"b": ...}, "+vv8/f7/"]}),
        ({"a": ["no", 7, {"b": "+vv8\n/f7/"}]}, {"a": ["no", 7, {"b": ...}]}),
        ({"a": "not base64 at all"}, {"a": "not base64 at all"}),
    ],
)
def test_audio_is_found_in_a_message_wherever_and_however_it_stands(message, left) -> None:
    place = {"track": "agent_generated", "start": 5, "samples": 3}
    where = AudioRange(**place)
    data = without_payloads(json.dumps(message), ((PAYLOAD, where), (b"", where)))
    stored = json.loads(json.dumps(left, default=lambda _: place))
    assert json.loads(data) == stored
    assert ranges(stored) == ((where,) if stored != message else ())
    kept = WireMessage(0.0, Direction.RECEIVED, stored)
    assert json.loads(as_served(kept)) == json.loads(json.dumps(left, default=lambda _: ""))


@pytest.mark.parametrize(
    ("data", "sound", "served"),
    [(PAYLOAD, PAYLOAD, b""), (PAYLOAD, PAYLOAD[1:], PAYLOAD), (b"", PAYLOAD, b"")],
)
def test_a_binary_message_is_kept_as_its_place_on_the_track_or_whole(
    tmp_path, data, sound, served
) -> None:
    where = AudioRange("agent_generated", 5, 3)
    writer = RecordingWriter(tmp_path, manifest())
    writer.wire(1.0, Direction.RECEIVED, data, json=False, payloads=((sound, where),))
    writer.wire(2.0, Direction.RECEIVED, "no \udcff JSON", json=False)
    writer.finish(CallStatus.COMPLETED, detail="", duration_s=1.0, lateness=None)
    binary, text = read_recording(tmp_path).messages
    assert (binary.binary, as_served(binary)) == (True, served)
    assert ranges(binary.message) == ((where,) if data == sound else ())
    assert as_served(text) == "no \ufffd JSON"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"type": "audio_delta", "response_id": 7}, "audio_delta.response_id cannot be 7"),
        ({"type": "audio_delta", "output_index": True}, "audio_delta.output_index cannot be True"),
        ({"type": "response_done"}, "response_done has no response"),
        ({"type": "response_done", "response": []}, "response is not an object"),
        ({"type": "response_done", "response": {"status": "odd"}}, "'odd' is not a valid"),
        ({"type": "response_created", "response": {"output": 3}}, "response.output cannot be 3"),
        (
            {"type": "session_created", "config": {"turn_detection": {"is": "magic"}}},
            "session_config.turn_detection is of no known kind: 'magic'",
        ),
    ],
)
def test_a_line_that_is_no_such_event_is_damage_and_named(line, problem) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(problem)):
        from_line(json.dumps({"kind": "event", "at_s": 1.0, **line}).encode())


def test_what_a_newer_version_adds_is_passed_over() -> None:
    newer = {"kind": "event", "at_s": 1.0, "type": "speech_started", "item_id": "u", "mood": "sad"}
    assert from_line(json.dumps(newer).encode()) == AgentEvent(1.0, SpeechStarted("u"))
    for kind in ("event", "command"):
        assert from_line(json.dumps({"kind": kind, "at_s": 1, "type": "smelled"}).encode()) is None
