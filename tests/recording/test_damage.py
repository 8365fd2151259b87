"""Parts lost from a recording since it was written are noticed, and never fail the agent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from support.odd_server import TURNS, hold

from harness.errors import RecordingDamaged
from harness.recording.manifest import load_manifest, load_recognition
from harness.recording.model import Recognition, RecognizedWords
from harness.recording.saving import pack, store_recognition, write_recording
from harness.recording.store import read_recording
from harness.report.run.html import read_call
from harness.runs.call_result import rescore, scored

CALL = "calls/odd/001"
HEARD = Recognition("moonshine", "1", (RecognizedWords(2.0, 3.0, "it is on its way"),))


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    hold(folder, lambda message: (message,), turns=TURNS)
    store_recognition(folder / CALL, HEARD)
    return folder


@pytest.fixture
def run(held: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(held, tmp_path / "run"))


def shortened(name: str, keep: float) -> Callable[[Path], None]:
    """Keep so much of a file, as a full disk or a broken copy does."""

    def cut(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: round(len(data) * keep)])

    return cut


def without_last_lines(folder: Path) -> None:
    path = folder / "events.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-7]))


def with_a_line_twice(folder: Path) -> None:
    path = folder / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[-1]]))


def with_another_byte(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def flip(folder: Path) -> None:
        data = (folder / name).read_bytes()
        assert old in data
        (folder / name).write_bytes(data.replace(old, new, 1))

    return flip


def with_another_sample(folder: Path) -> None:
    data = bytearray((folder / "agent.wav").read_bytes())
    data[-1] ^= 0x40
    (folder / "agent.wav").write_bytes(bytes(data))


DAMAGED: dict[str, tuple[Callable[[Path], None], str]] = {
    "the agent's track is short": (shortened("agent.wav", 0.3), "agent track holds 2."),
    "the caller's track is short": (shortened("caller.wav", 0.3), "caller track holds 2."),
    "the clean track is short": (shortened("caller_clean.wav", 0.3), "caller clean track holds"),
    "what was generated is short": (
        shortened("agent_generated.wav", 0.5),
        "agent generated track holds 1.0 s of 2.0 s",
    ),
    "lines are missing": (without_last_lines, "events hold"),
    "a line is there twice": (with_a_line_twice, "events hold"),
    "a word is another": (
        with_another_byte("events.jsonl", b"It is on its way", b"It is in its way"),
        "events are not as written (other bytes, the same length)",
    ),
    "a sample is another": (
        with_another_sample,
        "agent track is not as written (other bytes, the same length)",
    ),
    "a word was heard otherwise": (
        with_another_byte("heard.json", b"on its way", b"in its way"),
        "heard.json is not as written",
    ),
    "what was heard is gone": (
        lambda folder: (folder / "heard.json").unlink(),
        "heard.json is missing",
    ),
}
UNREADABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "an empty track": (shortened("agent.wav", 0), "agent.wav"),
    "no track": (lambda folder: (folder / "agent.wav").unlink(), "agent"),
    "a header that is none": (with_another_byte("agent.wav", b"RIFF", b"RUFF"), "agent.wav"),
    "a line that is no JSON": (with_another_byte("events.jsonl", b'{"', b'{{"'), "events.jsonl"),
    "words that are no JSON": (shortened("heard.json", 0.5), "heard.json"),
    "no events": (lambda folder: (folder / "events.jsonl").unlink(), "events.jsonl"),
}


def test_a_whole_recording_is_whole_packed_and_written_again_too(run: Path) -> None:
    recording = read_recording(run / CALL)
    assert recording.damage == ""
    assert recording.manifest.contents["agent.wav"].count == len(recording.agent)
    pack(run / CALL, recording)
    assert not (run / CALL / "agent.wav").exists()
    assert read_recording(run / CALL) == recording
    write_recording(run / "again", replace(recording, utterances=recording.utterances[:1]))
    assert read_recording(run / "again").damage == ""


@pytest.mark.parametrize("name", DAMAGED)
def test_what_a_recording_has_lost_is_said_and_not_held_against_the_agent(
    run: Path, name: str
) -> None:
    spoil, said = DAMAGED[name]
    call = scored(run, CALL, load_manifest(run / CALL))
    assert call.passed is not None or call.scores
    spoil(run / CALL)
    for found in (scored(run, CALL, load_manifest(run / CALL)), rescore(run, call)):
        assert (found.status, found.passed, found.scores) == ("harness_error", None, ())
        assert found.status_detail.startswith("recording damaged: ")
        assert said in found.status_detail
    page, recording = read_call(run, call)
    assert said in page.damage
    assert page.has_audio
    assert recording is not None


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_at_all_is_said_and_not_held_against_the_agent(
    run: Path, name: str
) -> None:
    spoil, said = UNREADABLE[name]
    call = scored(run, CALL, load_manifest(run / CALL))
    spoil(run / CALL)
    found = rescore(run, call)
    assert (found.status, found.passed, found.scores) == ("harness_error", None, ())
    assert said in found.status_detail
    assert "bug" not in found.status_detail
    page, _ = read_call(run, call)
    assert said in page.problem


def test_a_recording_whose_words_nobody_counted_is_whole(run: Path) -> None:
    path = run / CALL / "manifest.json"
    row = orjson.loads(path.read_bytes())
    del row["contents"]["heard.json"]
    path.write_bytes(orjson.dumps(row))
    recording = read_recording(run / CALL)
    assert (recording.damage, recording.recognition) == ("", HEARD)


def test_a_call_that_died_has_lost_nothing_but_its_end(run: Path) -> None:
    path = run / CALL / "manifest.json"
    row = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps(row | {"status": None}))
    shortened("agent.wav", 0.3)(run / CALL)
    assert read_recording(run / CALL).damage == ""


def test_contents_that_are_none_are_no_manifest(run: Path) -> None:
    path = run / CALL / "manifest.json"
    row = orjson.loads(path.read_bytes())
    for contents in ("many", {"agent.wav": 3}, {"agent.wav": {"count": 1}}):
        path.write_bytes(orjson.dumps(row | {"contents": contents}))
        with pytest.raises(RecordingDamaged, match="not a manifest"):
            load_manifest(run / CALL)


def test_a_field_of_another_type_is_no_manifest(run: Path) -> None:
    path = run / CALL / "manifest.json"
    row = orjson.loads(path.read_bytes())
    for name, value in row.items():
        odd = [] if isinstance(value, str) else "odd"
        path.write_bytes(orjson.dumps({**row, "status": "completed"} | {name: odd}))
        if name != "digest":  # a seal that is not right: for `harness verify`
            with pytest.raises(RecordingDamaged):
                load_manifest(run / CALL)
    path.write_bytes(orjson.dumps(row | {"colour": 1}))
    with pytest.raises(RecordingDamaged, match="not a manifest: unknown key colour"):
        load_manifest(run / CALL)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("lines", "start_s", "0.5"),
        ("lines", "end_s", []),
        ("lines", "text", 7),
        ("weighed", "sure", "0.5"),
        ("caller", "text", None),
    ],
)
def test_heard_words_of_another_type_are_damage(
    run: Path, part: str, name: str, value: object
) -> None:
    line: dict[str, object] = {"start_s": 0.5, "end_s": 1.5, "text": "Hello."}
    if part == "weighed":
        line = {"start_s": 0.5, "end_s": 1.5, "kind": "id", "value": "A1", "sure": 1, "rival": "A2"}
    row = {"engine": "e", "version": "1", "lines": [], part: [line]}
    path = run / CALL / "heard.json"
    path.write_bytes(orjson.dumps(row))
    assert load_recognition(run / CALL)
    path.write_bytes(orjson.dumps(row | {part: [line | {name: value}]}))
    with pytest.raises(RecordingDamaged, match="not a list of heard words"):
        load_recognition(run / CALL)


@pytest.mark.parametrize("length", ["x", [], True, -5, 1e9, 1e308, "9" * 400])
def test_a_length_that_no_call_has_is_damage(run: Path, length: object) -> None:
    path = run / CALL / "manifest.json"
    row = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps(row | {"duration_s": length}))
    with pytest.raises(RecordingDamaged, match="duration_s: expected null, or seconds from 0 to"):
        load_manifest(run / CALL)


@pytest.mark.parametrize("length", [None, 0, 12.5, 604_800])
def test_a_length_that_a_call_may_have_is_read(run: Path, length: float | None) -> None:
    path = run / CALL / "manifest.json"
    row = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps(row | {"duration_s": length}))
    assert load_manifest(run / CALL).duration_s == length
