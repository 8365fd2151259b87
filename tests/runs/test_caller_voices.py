"""The default voices of callers without a chosen voice are reported before the calls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.small_desk import SUITE, small_desk

from harness.cli.main import run_command
from harness.runs.run_results import narrow_note, note_on, voice_note
from harness.runs.run_suite import RunRequest, planned

CALLER = """\
format: 1
name: {name}
{voice}
turns:
  - say: {say}
"""
FILE = '{file: hello.wav, transcript: "Hello."}'


def desk(folder: Path, *, say: str = "Hello.", voice: str = "", language: str = "en") -> Path:
    """Write a suite with a scenario that speaks and a silent scenario."""
    made = small_desk(folder, quiet=0.1)
    (made / "suite.yaml").write_text(f"{SUITE}language: {language}\n")
    caller = f"caller: {{voice: {voice}}}" if voice else ""
    (made / "one.yaml").write_text(CALLER.format(name="one", voice=caller, say=say))
    return made


def note(folder: Path, *, repeat: int = 1) -> str:
    return voice_note(planned(RunRequest(paths=(folder,), repeat=repeat)).jobs)


def test_a_suite_without_recorded_lines_learns_who_speaks_and_how_to_choose(tmp_path: Path) -> None:
    folder = desk(tmp_path / "my desk")
    told = note(folder, repeat=3)
    assert "\n" not in told
    assert told == (
        "eSpeak, a machine's voice, speaks the callers of 1 of 2 scenarios (en-us+f2): no lines "
        "are recorded for them. Record them: `apt-get install flite && harness fixtures render "
        f"'{folder}' --into '{folder}'/audio_fixtures`; or choose one: `harness list voices`, "
        "then caller.voice (docs/reference/caller-audio.md)"
    )


def test_a_scenario_is_counted_once_in_all_conditions(tmp_path: Path) -> None:
    jobs = planned(RunRequest(paths=(desk(tmp_path),))).jobs
    again = tuple(replace(job, condition="at 8 kHz") for job in jobs)
    assert voice_note((*jobs, *again)) == voice_note(jobs)


@pytest.mark.parametrize(
    "chosen",
    [{"voice": "{name: old_man}"}, {"voice": "{rate: 1.1}"}, {"voice": "{engine: pyttsx3}"}],
)
def test_nothing_is_said_where_a_voice_was_chosen(tmp_path: Path, chosen: dict[str, str]) -> None:
    assert note(desk(tmp_path, **chosen)) == ""


def test_nothing_is_said_where_all_is_recorded_or_nothing_spoken(tmp_path: Path) -> None:
    assert note(Path("scenarios/order_desk")) == ""
    assert note(small_desk(tmp_path / "quiet", quiet=0.1)) == ""
    recorded = desk(tmp_path / "recorded")
    clips = recorded / "audio_fixtures"
    clips.mkdir()
    facts = dict.fromkeys(("file", "voice", "engine", "engine_version", "sha256", "licence"), "")
    line = {**facts, "text": "Hello.", "rate_hz": 16000, "duration_s": 1.0}
    heard = {"heard": "", "word_error_rate": 0.0}
    (clips / "manifest.json").write_text(json.dumps({"format": 1, "lines": [line | heard]}))
    assert note(recorded) == ""


def test_where_no_voice_can_record_the_language_own_recordings_are_named(tmp_path: Path) -> None:
    told = note(desk(tmp_path, say="Guten Tag.", language="de"))
    assert "(de+f2): no lines are recorded for them. Play your own recordings (" in told
    assert "flite" not in told


def test_of_several_suites_no_folder_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        suite = desk(tmp_path / name) / "suite.yaml"
        suite.write_text(suite.read_text().replace("small desk", f"desk {name}"))
    assert "2 of 4 scenarios" in note(tmp_path)
    assert "render SUITE --into SUITE/audio_fixtures`" in note(tmp_path)


def test_a_run_says_it_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = desk(tmp_path / "desk")
    run_command(["run", str(folder), "--out", str(tmp_path / "out"), "--repeat", "2"])
    assert capsys.readouterr().err.count("eSpeak, a machine's voice") == 1


def test_a_comparison_says_it_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = desk(tmp_path / "desk")
    other = folder / "other.md"
    other.write_text("Stay quiet.\n")
    prompts = ["--prompt", str(folder / "prompt.md"), str(other)]
    out = str(tmp_path / "out")
    run_command(["compare", *prompts, str(folder), "--repeat", "5", "--out", out])
    assert capsys.readouterr().err.count("eSpeak, a machine's voice") == 1


NARROW = "eSpeak speaks the callers of 1 of 2 scenarios at 8 kHz, and the reference agent's recog"
TARGET = "format: 1\ntarget: {name}\n{more}session: {{input_format: {kind}}}\n"
ELSEWHERE = "url: wss://desk.example/v1/realtime\n"


@pytest.mark.parametrize(
    ("kind", "line", "more", "language", "told"),
    [
        ("pcm16_24k", "", "", "en", False),
        ("pcmu", "", "", "en", True),
        ("pcma", "", "", "en", True),
        ("pcmu", "", ELSEWHERE, "en", False),
        ("pcmu", "", "", "de", False),
        ("pcm16_24k", "line: {codec: pcmu}", "", "en", True),
        ("pcm16_24k", "line: {gain_db: -3}", "", "en", False),
        ("pcm16_24k", "line: {band: telephone}", "", "en", True),
        ("pcmu", "voice: {name: old_man}", "", "en", True),
    ],
)
def test_callers_that_our_agent_cannot_understand_at_8_khz_are_told(
    tmp_path: Path, kind: str, line: str, more: str, language: str, told: bool
) -> None:
    folder = desk(tmp_path / "desk", language=language)
    if line:
        caller = CALLER.format(name="one", voice=f"caller: {{{line}}}", say="Hello.")
        (folder / "one.yaml").write_text(caller)
    (folder / "targets").mkdir()
    target = TARGET.format(name="narrow", more=more, kind=kind)
    (folder / "targets/narrow.yaml").write_text(target)
    jobs = planned(RunRequest(paths=(folder,), target="narrow")).jobs
    note = narrow_note(jobs)
    assert note.startswith(NARROW if told else "")
    assert bool(note) is told
    assert (note in note_on(jobs)) is True


def test_recorded_callers_at_8_khz_are_understood(tmp_path: Path) -> None:
    (tmp_path / "narrow.yaml").write_text(TARGET.format(name="narrow", more="", kind="pcmu"))
    asked = RunRequest(
        paths=(Path("scenarios/order_desk/lookup"),), target=str(tmp_path / "narrow.yaml")
    )
    assert narrow_note(planned(asked).jobs) == ""


def test_nothing_is_said_of_the_shipped_suite() -> None:
    asked = RunRequest(paths=(Path("scenarios/order_desk"),))
    assert note_on(planned(asked).jobs) == ""
