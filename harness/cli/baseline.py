"""``harness baseline``: keep the verdicts of a trusted run, to hold later runs against."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from rich.console import RenderableType

from harness.cli.main import Exit
from harness.cli.run_output import exit_code, printed, say
from harness.errors import UsageError
from harness.files import check_free
from harness.report.terminal import (
    baseline_table,
    changed_calls,
    changes_line,
    compared_text,
    explained,
    gate_table,
    prompt_diff_text,
    replaced,
    saved_text,
)
from harness.results.gates.baseline import (
    FOLDER,
    Baseline,
    baseline_of,
    default_path,
    named_path,
    read_baseline,
    write_baseline,
)
from harness.results.gates.gate_file import NoWorse
from harness.results.gates.no_worse import NONE_NEW, judge_baseline, judge_new_failures, not_worse
from harness.results.gates.power import noticeable
from harness.results.gates.trusted_runs import check_same_tests, subject_of, together
from harness.results.model import RunResults
from harness.results.store import RESULTS, check_output, read_results
from harness.results.verdicts import why_lost
from harness.runs.gates import kept_prompts, with_changes
from harness.runs.run_folder import check_is_run

_RUN = click.argument(
    "run_folder", metavar="RUN", type=click.Path(path_type=Path, file_okay=False, exists=True)
)


@click.group(
    epilog="\b\nExample:\n  harness run --out reports/good\n"
    "  harness baseline save reports/good\n"
    "  harness run --baseline baselines/order_desk-reference.json\n",
)
def baseline() -> None:
    """Keep the verdicts of a trusted run in a small file to commit, and compare runs with it."""


@baseline.command(
    short_help="Write the baseline of trusted runs.",
    epilog="\b\nExample:\n  harness baseline save reports/good --as release-4\n"
    "  harness baseline save reports/mon reports/tue reports/wed\n",
)
@click.argument(
    "run_folders",
    metavar="RUN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
)
@click.option(
    "--as",
    "name",
    metavar="NAME|FILE",
    help="baselines/NAME.json, or a path ending in .json [default: baselines/SUITE-TARGET.json].",
)
def save(run_folders: tuple[Path, ...], name: str | None) -> int:
    """Write the baseline of the runs in RUN...: verdicts, waits and identities, no audio.

    Several runs of one agent make a better one: a single run may have been lucky. Calls that do not
    count are left out. An earlier baseline of that name is replaced.
    """

    runs = [(_results(folder), folder) for folder in run_folders]
    made = together([(_baseline(results, folder), folder) for results, folder in runs])
    path = (
        named_path(name)
        if name is not None
        else default_path((c.suite for c in made.calls), made.target)
    )
    # Before the file is opened, so that a typing mistake cannot replace the results of a run.
    check_output("--as", path)
    # Read before the file is written: afterwards the earlier baseline is gone.
    before = replaced(path)
    write_baseline(path, made)
    left_out = sum(len(results.calls) for results, _ in runs) - len(made.calls)
    say(f"{path}: {saved_text(made, left_out)}{before}\n")
    return Exit.OK


@baseline.command(epilog="\b\nExample:\n  harness baseline show\n")
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
def show(names: tuple[str, ...]) -> int:
    """Print what baselines hold (default: all in ./baselines)."""

    paths = tuple(named_path(name) for name in names) or tuple(sorted(FOLDER.glob("*.json")))
    if not paths:
        raise UsageError(f"no baseline in {FOLDER}; make one: harness baseline save RUN")
    for path in paths:
        say(printed(baseline_table(path, read_baseline(path))))
    return Exit.OK


@baseline.command(
    short_help="Compare a run with its baseline, call by call.",
    epilog="\b\nExample:\n  harness baseline diff reports/new\n",
)
@_RUN
@click.option(
    "--baseline",
    "name",
    metavar="NAME|FILE",
    help="What to compare with [default: baselines/SUITE-TARGET.json].",
)
@click.option("--explain", is_flag=True, help="Print the figures behind each verdict, too.")
def diff(run_folder: Path, name: str | None, *, explain: bool) -> int:
    """Compare the run in RUN with its baseline, call by call and measure by measure.

    Exit code 1 if anything is worse, beyond chance and beyond 5 points or 0.1 s, or if a scorer
    that passed a scenario in the baseline fails it in all repeats, or may, as all are open. Exit
    code 3 if calls of the run were lost, 130 if it was interrupted.
    """

    results = _results(run_folder)
    before = _checked(results, name)
    plain = judge_new_failures(*NONE_NEW, baseline=before, calls=results.calls)
    gates = judge_baseline(NoWorse(), before, results.calls)
    if plain.value is not None:  # else no earlier pass was judged, and no option asks for this gate
        gates = (*gates, plain)
    seen = noticeable(NoWorse(), before, results.calls, confirmed=False)
    notices = seen.sentence if seen is not None and not_worse(gates) else None
    judged = replace(results, gates=gates, would_notice=notices)
    held = with_changes(judged, before, run_folder)
    parts: list[RenderableType] = [
        changes_line(held),
        prompt_diff_text(held),
        gate_table(gates),
        explained(gates) if explain else "",
        seen.details if explain and seen is not None else "",
    ]
    parts += [changed_calls(before, results, run_folder), compared_text(gates, before, held)]
    say(printed(*(part for part in parts if part)))
    held_all = not any(gate.breaks for gate in gates)
    # The exit code follows from this comparison alone, not from the gates that the run had itself.
    code = exit_code(replace(held, summary=replace(held.summary, gates_passed=held_all)))
    # Lost calls may be those that got worse, so "no worse" is not certain without them.
    if code not in (Exit.OK, Exit.GATE_FAILED):
        why = why_lost(results.calls) or "the run was interrupted"
        say(f"Cannot tell for sure, as not every call took place: {why}.\n")
    return code


def _baseline(results: RunResults, folder: Path) -> Baseline:
    return baseline_of(results, folder, kept_prompts(folder, results))


def _results(run_folder: Path) -> RunResults:

    # First: a run that another process writes right now has no results, or those of before.
    check_free(run_folder)
    check_is_run(run_folder)
    return read_results(run_folder / RESULTS)


def _checked(results: RunResults, name: str | None) -> Baseline:

    suites = (call.suite for call in results.calls)
    path = named_path(name) if name is not None else default_path(suites, results.target)
    found = read_baseline(path)
    check_same_tests(path, found, subject_of(results))
    return found
