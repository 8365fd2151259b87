"""The reference agent reports which parts of a suite's prompt and tools it uses and ignores."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_desk import small_desk

from harness.cli.main import run_command
from harness.runs.embedded import explanation, reading_lines, readings
from harness.scenario.catalog import find

PROMPT = """\
You answer the telephone of a dentist.
Always read every number back digit by digit.
Try to say what you are about to do before you look.
A patient with a swollen cheek comes first.
Orders: ORD-4715B.
"""
TOOL = """\
  - name: find_times
    kind: read
    parameters: {type: object, properties: {day: {type: string}}, required: [day]}
    mock: {returns: {day: "{day}"}}
"""


def dentist(folder: Path, language: str = "en", prompt: str = PROMPT) -> Path:
    desk = small_desk(folder, quiet=0.1)
    suite = desk / "suite.yaml"
    suite.write_text(f"{suite.read_text()}{TOOL}language: {language}\n")
    (desk / "prompt.md").write_text(prompt)
    return desk


def test_each_suite_is_told_once_in_one_line_and_whole(tmp_path: Path) -> None:
    desk = dentist(tmp_path / "my desk")
    (found,) = readings([*find((desk,)), *find((desk,))])
    line, again = reading_lines((found, found))
    assert line == f"the reference agent is no language model. {again}"
    assert "\n" not in line
    assert "'small desk' it took: preamble (vague), read_back; nothing asks for: repeat_i" in line
    assert "; it ignored 2 of 5 sentences. " in line
    assert line.endswith(f"`harness agent --explain '{desk}'` shows which")
    told = explanation(found).splitlines()
    for wanted in (
        "  vague   preamble              Try to say what you are about to do before you look.",
        "  clear   read_back             Always read every number back digit by digit.",
        "  absent  clarify               no sentence asks for it",
        "  orders on file                ORD-4715B",
        "  lookup_order                  look_up",
        "  wait_for_user                 wait",
        "  find_times                    cannot be used: does nothing that an order desk does",
        "ignored, also where it does so by itself: 2 of 5 sentences",
        "  You answer the telephone of a dentist.",
        "  A patient with a swollen cheek comes first.",
    ):
        assert wanted in told


def test_a_german_prompt_is_read_in_german_and_limit_and_handover_are_told(tmp_path: Path) -> None:
    prompt = "Lies jede Nummer immer Zeichen für Zeichen vor. Erstatte höchstens 50 Euro."
    (german,) = readings(find((dentist(tmp_path / "a", "de", prompt),)))
    assert "it took: read_back;" in next(reading_lines((german,)))
    assert "refund limit                  50" in explanation(german)
    prompt = 'Say "connecting you with a specialist" and transfer the caller. ' + "Oh " * 60
    (english,) = readings(find((dentist(tmp_path / "b", prompt=prompt),)))
    assert "said when handing over        I'm connecting you with a specialist." in explanation(
        english
    )
    assert max(map(len, explanation(english).splitlines())) < 140


def test_the_command_tells_and_serves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = dentist(tmp_path / "desk")
    assert run_command(["agent", "--explain", str(desk)]) == 0
    assert "what the reference agent takes from its prompt" in capsys.readouterr().out
    assert run_command(["agent", "--explain", str(desk), "--port", "0"]) == 2
    assert "--explain serves nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wanted", "options", "told"),
    [
        ("expect: {tools: [{name: find_times}]}\n", [], 1),
        ("expect: {tools: [{name: find_times}]}\n", ["--fault", "late_answer"], 0),
        ("", [], 0),
    ],
)
def test_a_run_whose_calls_failed_says_what_the_agent_took(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    wanted: str,
    options: list[str],
    told: int,
) -> None:
    desk = dentist(tmp_path / "desk")
    quiet = desk / "quiet.yaml"
    quiet.write_text(quiet.read_text() + wanted)
    run_command(["run", str(desk), *options, "--out", str(tmp_path / "out")])
    assert capsys.readouterr().err.count("the reference agent is no language model") == told
