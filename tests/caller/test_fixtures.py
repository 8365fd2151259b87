"""The committed fixtures are whole and cover the suite; rendering touches only changed lines."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.audio.pcm import Pcm
from harness.caller.fixtures import _texts, render_fixtures
from harness.errors import SpeechFailed
from harness.scenario.catalog import find
from harness.scenario.load import LoadedScenario
from harness.scenario.model import Scenario
from harness.speech.base import RecognizedSegment, VoiceChoice
from harness.speech.fixture_tts import FixtureSynthesizer, read_manifest

ROOT = next(f for f in Path(__file__).parents if (f / "audio_fixtures").is_dir())


class Ears:
    """Hears the same in everything."""

    name, version = "ears", "1"

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        return (RecognizedSegment("Yes please.", 0.0, audio.duration_s),)


def shipped() -> tuple[LoadedScenario, ...]:
    return tuple(find((ROOT / "scenarios",)))


def saying(*texts: str) -> LoadedScenario:
    data = {"format": 1, "name": "x", "turns": [{"say": text} for text in texts]}
    return replace(shipped()[0], scenario=Scenario.model_validate_json(json.dumps(data)))


def test_every_shipped_line_has_a_committed_clip_and_no_clip_is_left_over() -> None:
    wanted = {text for item in shipped() for text in _texts(item)}
    folder = ROOT / "audio_fixtures"
    lines = read_manifest(folder / "manifest.json")
    assert {line.text for line in lines} == wanted
    assert {line.file for line in lines} == {path.name for path in folder.glob("*.flac")}


def test_every_committed_clip_is_the_one_of_the_manifest() -> None:
    engine = FixtureSynthesizer(ROOT / "audio_fixtures")
    for line in read_manifest(ROOT / "audio_fixtures" / "manifest.json"):
        clip = engine.speak(line.text, VoiceChoice(line.voice))
        assert clip.duration_s == pytest.approx(line.duration_s, abs=0.01)
        assert line.licence


@pytest.mark.skipif(shutil.which("flite") is None, reason="rendering needs the command flite")
def test_rendering_again_keeps_what_is_there_and_removes_what_nobody_says(tmp_path: Path) -> None:
    first = render_fixtures((saying("Yes please.", "No"),), tmp_path, engine=Ears())
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.flac")}
    manifest = (tmp_path / "manifest.json").read_bytes()
    again = render_fixtures((saying("No", "Yes please."),), tmp_path, engine=Ears())
    assert "2 utterances (2 rendered, 0 kept, 0 removed)" in first
    assert "2 utterances (0 rendered, 2 kept, 0 removed)" in again
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.flac")} == before
    assert (tmp_path / "manifest.json").read_bytes() == manifest
    assert "(0 rendered, 1 kept, 1 removed)" in render_fixtures(
        (saying("No"),), tmp_path, engine=Ears()
    )
    (line,) = read_manifest(tmp_path / "manifest.json")
    assert (line.text, line.heard, line.word_error_rate) == ("No", "Yes please.", 2.0)


@pytest.mark.skipif(shutil.which("flite") is None, reason="rendering needs the command flite")
def test_a_damaged_clip_is_rendered_again(tmp_path: Path) -> None:
    render_fixtures((saying("No"),), tmp_path, engine=Ears())
    (path,) = tmp_path.glob("*.flac")
    whole = path.read_bytes()
    path.write_bytes(b"")
    assert "1 rendered" in render_fixtures((saying("No"),), tmp_path, engine=Ears())
    assert path.read_bytes() == whole


def test_a_missing_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechFailed, match="apt-get install flite"):
        render_fixtures((saying("No"),), tmp_path, engine=Ears())


def test_nothing_to_say_is_an_error_and_removes_nothing(tmp_path: Path) -> None:
    with pytest.raises(SpeechFailed, match="nothing for it to speak"):
        render_fixtures((), tmp_path, engine=Ears())
    assert list(tmp_path.iterdir()) == []
