"""Who says it in which words makes no difference: verdicts, usage and folders of old formats."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli.progress import progress_for
from harness.judging.judge import judge
from harness.protocol.openai.ga import OpenAiGa
from harness.recording.lines import to_line
from harness.recording.manifest import load_manifest, store_manifest
from harness.recording.model import Recording
from harness.recording.provenance import FORMAT
from harness.recording.store import FRESH_EVENTS, read_recording, redecode
from harness.results.store import read_results
from harness.runs.call_result import scores_of
from harness.runs.rescore import decode_again, score_again
from harness.runs.run_suite import RunRequest, carry_out, planned

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
CALLS = ("turn_taking/barge_in_long_answer.yaml", "lookup/straight.yaml")
DERIVED = ("event", "command", "violation")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    request = RunRequest(paths=tuple(DESK / name for name in CALLS), concurrency=2, out=folder)
    carry_out(planned(request), progress_for)
    return folder


@pytest.fixture(scope="module")
def recordings(run: Path) -> tuple[Recording, ...]:
    return tuple(
        read_recording(path.parent) for path in sorted(run.glob("calls/*/*/manifest.json"))
    )


@pytest.fixture
def copied(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "run"))


def folders(run: Path) -> list[Path]:
    return [path.parent for path in sorted(run.glob("calls/*/*/manifest.json"))]


def words(value: Any) -> Iterator[str]:
    """Yield all keys of a message, and the vendor's name for it."""
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from words(each)
        if isinstance(value.get("type"), str):
            yield value["type"]
    elif isinstance(value, list):
        for each in value:
            yield from words(each)


def renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): renamed(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_renaming_any_of_the_vendors_words_changes_no_verdict(
    recordings: tuple[Recording, ...], data: st.DataObject
) -> None:
    recording = data.draw(st.sampled_from(recordings))
    known = sorted({word for each in recording.messages for word in words(each.message)})
    chosen = data.draw(st.sets(st.sampled_from(known), min_size=1))
    names = {word: f"other.{number}" for number, word in enumerate(sorted(chosen))}
    other = tuple(
        replace(each, message=renamed(each.message, names)) for each in recording.messages
    )
    was, now = judge(recording), judge(replace(recording, messages=other))
    assert scores_of(now) == scores_of(was)
    assert (now.usage, now.timeline) == (was.usage, was.timeline)


def as_format_2(folder: Path, dialect: str | None = None) -> None:
    """Remove from a recording the parts that format 2 lacks; ``dialect`` is a new dialect name."""
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if orjson.loads(line)["kind"] not in DERIVED]
    (folder / "events.jsonl").write_bytes(b"".join(kept))
    manifest = load_manifest(folder)
    target = dict(manifest.target) | ({} if dialect is None else {"dialect": dialect})
    store_manifest(folder, replace(manifest, format=2, contents={}, target=target))


def neutral(recording: Recording) -> list[bytes]:
    """Return the stored bytes of the neutral records of a recording."""
    found = (*recording.events, *recording.commands, *(recording.violations or ()))
    return [to_line(each) for each in found]


def test_recordings_of_format_2_are_judged_as_those_of_today(copied: Path) -> None:
    before = [read_recording(folder) for folder in folders(copied)]
    verdicts = (copied / "results.json").read_bytes()
    for folder, was in zip(folders(copied), before, strict=True):
        as_format_2(folder)
        now = read_recording(folder)
        assert (now.manifest.format, now.damage) == (2, "")
        assert neutral(now) == neutral(was)
    score_again(copied)
    assert (copied / "results.json").read_bytes() == verdicts


def test_decoding_again_makes_format_3_of_it_and_loses_nothing(copied: Path) -> None:
    for folder in folders(copied):
        new = (folder / "events.jsonl").read_bytes()
        as_format_2(folder)
        assert redecode(folder) == ""
        assert (folder / "events.jsonl").read_bytes() == new
        assert load_manifest(folder).format == FORMAT
        assert read_recording(folder).damage == ""
    assert decode_again(copied) == ()


def test_a_mended_dialect_is_heard_and_lines_of_other_kinds_stay(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders(copied)[0]
    was = read_recording(folder)
    path = folder / "events.jsonl"
    path.write_bytes(path.read_bytes() + b'{"kind":"smell","of":"roses"}\n{"kind":"event","ty')
    store_manifest(folder, replace(was.manifest, contents={}))
    read = OpenAiGa.read
    monkeypatch.setattr(
        OpenAiGa, "read", lambda self, raw: read(self, raw | {"response_id": "mended"})
    )
    assert redecode(folder) == ""
    now = read_recording(folder)
    assert {e.event.response_id for e in now.events if hasattr(e.event, "response_id")} == {
        "mended"
    }
    assert [m.message for m in now.messages] == [m.message for m in was.messages]
    assert now.played == was.played
    assert path.read_bytes().endswith(b'{"kind":"smell","of":"roses"}\n{"kind":"event","ty')


def test_a_recording_whose_dialect_is_not_here_is_no_verdict_and_stays_as_it_is(
    copied: Path,
) -> None:
    for folder in folders(copied):
        as_format_2(folder, dialect="theirs")
    stored = [(folder / "events.jsonl").read_bytes() for folder in folders(copied)]
    (note,) = decode_again(copied)
    assert note.startswith("2 recordings not decoded again: the messages of this recording cannot")
    score_again(copied)
    for call in read_results(copied / "results.json").calls:
        assert (call.status, call.passed) == ("harness_error", None)
        assert "unknown dialect 'theirs'" in call.status_detail
    assert [(folder / "events.jsonl").read_bytes() for folder in folders(copied)] == stored


def test_a_stop_between_manifest_and_events_leaves_the_new_form(copied: Path) -> None:
    folder = folders(copied)[0]
    as_format_2(folder)
    old = (folder / "events.jsonl").read_bytes()
    redecode(folder)
    whole = read_recording(folder)
    (folder / "events.jsonl").rename(folder / FRESH_EVENTS)
    (folder / "events.jsonl").write_bytes(old)
    assert read_recording(folder) == whole
    assert redecode(folder) == ""
    assert not (folder / FRESH_EVENTS).exists()
    assert read_recording(folder) == whole


def test_new_events_that_the_manifest_does_not_tell_of_are_not_read(copied: Path) -> None:
    folder = folders(copied)[0]
    whole = read_recording(folder)
    (folder / FRESH_EVENTS).write_bytes(b"{")
    assert read_recording(folder) == whole
