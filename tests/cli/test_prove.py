"""``harness prove`` on the command line, with one fault over one scenario."""

from __future__ import annotations

from pathlib import Path

from support.small_desk import statuses

from harness.cli.main import run_command

LOOKUP = Path(__file__).parents[2] / "scenarios" / "order_desk" / "lookup"


def scenario() -> str:
    (found,) = [path for path in LOOKUP.glob("*.yaml") if "straight" in path.read_text()]
    return str(found)


def test_a_fault_that_is_caught_is_a_good_row_and_the_runs_can_be_kept(tmp_path, capsys):
    out = tmp_path / "proof"
    arguments = ["prove", scenario(), "--fault", "no_preamble", "--out", str(out)]
    assert run_command(arguments) == 0
    output = capsys.readouterr()
    assert "2 of 2 rows as they must be" in output.out
    lines = [" ".join(line.split()) for line in output.out.splitlines()]
    assert "good agent 1 ok none" in lines
    assert "no_preamble 1 ok 1 preamble" in lines
    assert "== good" in output.err
    assert "== no_preamble" in output.err
    for name in ("good", "no_preamble"):
        assert (out / name / "index.html").exists()
        assert statuses(out / name) == [("straight lookup", "completed")]


def test_a_fault_that_no_scenario_shows_is_not_proven(capsys):
    assert run_command(["prove", scenario(), "--fault", "never_escalates"]) == 1
    output = capsys.readouterr().out
    assert "never_escalates: not caught by escalation" in output
    assert "NOT PROVEN" in output
    assert "1 of 2 rows as they must be" in output
