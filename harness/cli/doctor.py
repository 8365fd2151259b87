"""``harness doctor``: a short call to a target, reported step by step."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from harness.cli.main import Exit
from harness.cli.options import out_option, target_option
from harness.cli.project import env_file_option
from harness.cli.run_output import say
from harness.recording.provenance import CallStatus
from harness.runs.doctor import Examination, Finding, Verdict, examination_of, examine


@click.command(
    epilog="\b\nExamples:\n  harness doctor --target reference\n"
    "  OPENAI_API_KEY=... harness doctor --target openai\n"
    "  harness doctor mine --target ws://127.0.0.1:8080/v1/realtime --out /tmp/doctor\n",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@target_option("Whom to call, named as for `harness run`.", required=True)
@out_option("Keep the recording of the call in DIR [default: nothing is kept].")
@env_file_option
def doctor(paths: tuple[Path, ...], target: str, out: Path | None) -> int:
    """Call a target once, and say what is wrong with it and what to do.

    It finds the host, connects, compares clocks, configures the session as the suite under PATHS
    (default: ./scenarios) does, says one line of it, and waits for the answer, or for the words of
    a transcription session. Each step is told with the time that it took. Exit code 1 for a silent
    agent, 3 for anything else that is WRONG.
    """
    job = examination_of(target, paths)
    with TemporaryDirectory() as scratch:
        found = examine(job, out or Path(scratch), _tell)
    say(f"{_closing(found)}\n")
    return _exit(found)


def _tell(finding: Finding) -> None:
    # The widths keep the columns below each other: steps are printed one by one as they end, so
    # there is no table that could measure them.
    took = "" if finding.took_s is None else f"{finding.took_s:7.2f} s"
    say(f"{finding.verdict.value:5}  {finding.step:8}{took:>9}  {finding.seen}\n")
    if finding.advice:
        say(f"{'':26}-> {finding.advice}\n")


def _closing(found: Examination) -> str:
    if not found.well:
        return "Not well: see WRONG above."
    warned = any(finding.verdict is Verdict.WARNING for finding in found.found)
    return "It works; see what is marked with `look`." if warned else "All is well."


def _exit(found: Examination) -> Exit:
    """Return the exit code: a silent agent has failed the check, an unreachable agent has not."""
    # Everything worked up to the agent itself, so this is a verdict on it: 1, as for a failed
    # gate.
    if found.status is CallStatus.AGENT_SILENT:
        return Exit.GATE_FAILED
    return Exit.OK if found.well else Exit.FAILURE
