"""German, offline: the starter that ``harness init`` writes, called, judged and proven."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import orjson
import pytest
from support.small_desk import results_of
from websockets.sync.client import connect

from harness.audio.pcm import Pcm, join, silence
from harness.caller.render import render_script, voices_for
from harness.cli.init import STARTERS
from harness.cli.main import run_command
from harness.runs.embedded import Callers, agent_process, desk_language
from harness.scenario.load import load_scenario
from harness.units import RATE_HZ

SCENARIOS = STARTERS / "de" / "scenarios"
LOOKUP = SCENARIOS / "auskunft" / "einfache_auskunft.yaml"


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_init_writes_the_german_suite_and_its_files_are_valid(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(["init", "meins", "--language", "de"]) == 0
    assert _files(Path("meins")) == _files(STARTERS / "de")
    assert run_command(["scenarios", "check", "meins"]) == 0
    assert "19 scenarios of 1 suite are valid" in capsys.readouterr().out


def test_a_language_without_a_starter_is_refused(capsys):
    assert run_command(["init", "miens", "--language", "eo"]) == 2
    assert "'eo' is not one of 'de', 'en'" in capsys.readouterr().err


def test_german_calls_are_clean_and_a_fault_is_caught_with_no_recognizer(tmp_path, capsys):
    out = tmp_path / "proof"
    arguments = [str(LOOKUP), "--fault", "misread_character", "--out", str(out)]
    assert run_command(["prove", *arguments]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "good agent 1 ok none" in lines
    assert "misread_character 1 ok 1 entity_confirmation" in lines
    results = results_of(out / "good")
    assert "no recognizer listens" in results["note"]
    assert not list(out.rglob("heard.json"))
    scores = {score["scorer"]: score["reason"] for score in results["calls"][0]["scores"]}
    told = scores["entity_confirmation"]
    assert told.endswith("was read back and accepted before it was used (no recognizer listened)")


@pytest.mark.parametrize(
    ("tag", "spoken"), [("de", "de"), ("de_AT", "de"), ("EN-gb", "en"), ("eo", "en")]
)
def test_the_agent_speaks_the_callers_language_or_english(tag, spoken):
    assert desk_language(tag) == spoken


def _line() -> tuple[str, Pcm]:
    loaded = load_scenario(LOOKUP)
    clip = render_script(
        loaded.scenario, loaded.suite, seed=7, voices=voices_for(loaded.path)
    ).turns[0]
    return clip.spoken, clip.audio


def test_an_agent_of_its_own_understands_the_callers_that_it_was_told():
    """Its own language is English here; the session's comes from the URL."""
    spoken, audio = _line()
    sent = join(audio, silence(RATE_HZ, RATE_HZ)).to_bytes()
    frames = [sent[start : start + 9600] for start in range(0, len(sent), 9600)]
    session = {
        "type": "realtime",
        "audio": {"input": {"transcription": {"model": "whisper-1"}}},
    }
    with (
        agent_process(None, callers=Callers("en", (LOOKUP,))) as url,
        connect(f"{url}?language=de") as socket,
    ):
        socket.send(json.dumps({"type": "session.update", "session": session}))
        for frame in frames:
            audio64 = base64.b64encode(frame).decode()
            socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio64}))
        heard = next(
            event["transcript"]
            for event in map(orjson.loads, socket)
            if event["type"] == "conversation.item.input_audio_transcription.completed"
        )
    assert heard == spoken
