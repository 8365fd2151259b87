"""``harness compare``: is B better or worse than A, or is there no evidence of either?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness.cli.main import Exit
from harness.cli.options import (
    FiniteRange,
    concurrency_option,
    executor_options,
    out_option,
    print_notes,
    rate_option,
    seed_option,
    selection_options,
    spending_options,
    take_auto,
    take_machines,
    take_spending,
)
from harness.cli.progress import progress_for
from harness.cli.project import env_file_option
from harness.cli.run_output import printed, say
from harness.errors import UsageError
from harness.files import check_free
from harness.report.compare.html import write_comparison_pages
from harness.report.figures import one_line
from harness.report.run.html import write_report
from harness.report.terminal import comparison_table
from harness.report.verdict import path_from_here
from harness.results.compare.store import COMPARISON, Comparison, read_comparison
from harness.results.store import RESULTS
from harness.runs.compared_runs import check_stored
from harness.runs.comparison import (
    carry_out_comparison,
    close_comparison,
    compare_stored,
    is_stored,
    refuse_room,
)
from harness.runs.local_run import spread
from harness.runs.run_folder import check_is_run, dated_folder, is_run, room_for
from harness.runs.run_results import models_note, note_on, voice_note
from harness.runs.run_suite import calls_at_once
from harness.runs.variants import CompareRequest, plan_comparison
from harness.units import MOST_REPEATS

EPILOG = """\b
Examples:
  harness compare --prompt prompts/old.md prompts/new.md scenarios/order_desk/write --repeat 10
  harness compare --a targets/a.yaml --b targets/b.yaml scenarios/mine --until-decided
  harness compare --aa scenarios/order_desk/write --repeat 20
  harness compare reports/monday reports/tuesday
"""


_OF_STORED = ("out", "level", "unpaired")
"""Options that mean something for stored runs too."""


class _ManyPrompts(click.Command):
    """Lets several files follow a ``--prompt``, up to the first folder or scenario file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        open_ = False
        for arg in args:
            # `--prompt a.md b.md scenarios`: click alone takes one value for an option.
            prompt = open_ and not arg.startswith("-") and _is_prompt(arg)
            spread += ["--prompt", arg] if prompt and spread[-1] != "--prompt" else [arg]
            open_ = prompt or arg.partition("=")[0] == "--prompt"
        return super().parse_args(ctx, spread)


def _is_prompt(arg: str) -> bool:
    # Any other file is a prompt, whatever its ending; scenarios are YAML files or folders.
    return not Path(arg).is_dir() and Path(arg).suffix not in (".yaml", ".yml")


@click.command(
    cls=_ManyPrompts,
    epilog=EPILOG,
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--a", "a", metavar="TARGET", help="The reference: a target as in `harness run`.")
@click.option("--b", "b", metavar="TARGET", help="What is held against it.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Again and again: several agents, the first the reference. Once: the agent that all "
    "prompts are given to [default: reference].",
)
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE...",
    help="Prompts instead of the suite's, the first the reference; a single one is held against "
    "the suite's own.",
)
@click.option("--aa", is_flag=True, help="Call one agent twice: the noise floor.")
@click.option(
    "--repeat",
    type=click.IntRange(1, MOST_REPEATS),
    metavar="N",
    help="Calls per scenario and agent [default: 10].",
)
@click.option(
    "--until-decided",
    is_flag=True,
    help="Look after an eighth, a quarter and half of the repeats too, and stop once anything is "
    "found; the error rate still holds over all looks.",
)
@click.option(
    "--confidence",
    "level",
    type=FiniteRange(0.5, 0.999),
    default=0.95,
    show_default=True,
    metavar="SHARE",
    help="How sure a verdict must be, over all scorers, agents and looks.",
)
@click.option(
    "--unpaired",
    is_flag=True,
    help="Compare stored runs as calls of different callers, also where names or seeds agree. "
    "Without it, runs are compared so if they have no call in common.",
)
@selection_options
@seed_option("Where the seeds begin: each scenario has its own from there, and repeats count up.")
@concurrency_option(
    "Calls at a time, or auto: as many as this machine is measured to pace in time."
)
@rate_option
@click.option("--real-time", is_flag=True, help="Call the embedded agent in real time.")
@executor_options
@out_option("Where everything goes [default: reports/DATE-TIME].")
@click.option(
    "--force",
    is_flag=True,
    help="Replace an earlier comparison in --out; with --resume, only its calls of another test "
    "or agent.",
)
@click.option("--resume", is_flag=True, help="Complete an interrupted comparison in --out.")
@spending_options
@env_file_option
def compare(paths: tuple[Path, ...], *, force: bool, resume: bool, **options: Any) -> int:
    """Call two or more agents with the same callers, and say whether one is better.

    PATHS are scenario files or folders, or two or more folders of finished runs, which are then
    compared as they are: call by call, or as two sets if the callers are different ones (two
    imports of real calls). Calls of A and B are interleaved, with the same seeds; differences are
    judged pair by pair. "No evidence" is an answer: it comes with the difference that would have
    been found, and the repeats that a smaller one takes.

    \b
    DIR/index.html    the verdict, effects with intervals, every flip, both calls to listen to
    DIR/compare.json  the same as data
    DIR/a, DIR/b ...  the run of each agent with its own report

    \b
    Exit codes: 0 not worse, 1 worse than the first, 2 wrong usage, 3 calls failed, 130 interrupted
    """
    with _compared(paths, options, force=force, resume=resume) as (comparison, out):
        try:
            page = write_pages(out)
            close_comparison(out, comparison)
        # The figures are worth more than the pages: they are printed even if a page cannot be
        # written.
        finally:
            _show(comparison)
        click.echo(f"report: {path_from_here(page)}")
    return exit_code(comparison)


def exit_code(comparison: Comparison) -> Exit:
    """Return the exit code of a finished comparison.

    "Worse" is a statement about the valid pairs, so it holds even if other calls failed; "not
    worse" does not.
    """
    if comparison.interrupted:
        return Exit.INTERRUPTED
    # Between two equal agents (--aa) a difference is noise: it is shown, and is no failure.
    if comparison.worse and not comparison.aa:
        return Exit.GATE_FAILED
    # Lost calls leave open whether B is worse.
    if any(one.counted < one.calls for one in comparison.variants):
        return Exit.FAILURE
    return Exit.OK


@contextmanager
def _compared(
    paths: tuple[Path, ...], options: dict[str, Any], *, force: bool, resume: bool
) -> Iterator[tuple[Comparison, Path]]:
    """Yield the comparison and its folder, which stays locked until the pages are written."""

    out, by = options["out"], "harness compare"
    # A folder in which another command works would be read half-written.
    for path in paths:
        check_free(path)
    if is_stored(paths):
        _refuse_calls(options, resume=resume)
        check_stored(paths)
        with room_for(out or dated_folder(), by=by, dated=out is None) as place:
            comparison = compare_stored(
                paths, place, level=options["level"], force=force, unpaired=options["unpaired"]
            )
            yield comparison, place
        return
    unpaired = options.pop("unpaired")
    _refuse_no_runs(paths, options)
    if unpaired:
        raise click.UsageError("--unpaired goes with folders of finished runs")
    if resume and out is None:
        raise click.UsageError("--resume needs --out: the folder of the interrupted comparison")
    targets = _targets(options.pop("a"), options.pop("b"), options.pop("targets"))
    spending = take_spending(options)
    auto = take_auto(options)
    options["machines"] = take_machines(options)
    request = CompareRequest(paths=paths, targets=targets, **options)
    plan = plan_comparison(request)
    # One budget for all agents: each could spend it alone otherwise.
    jobs = [job for one in plan.variants for job in one.jobs]
    plan = replace(plan, budget=spending.budget(jobs))
    if auto:
        # The measurement takes up to ten seconds; a folder that is in use is refused before it.
        if not resume:
            refuse_room(plan, force=force)
        found = calls_at_once(tuple(jobs), virtual=plan.virtual)
        click.echo(found.why, err=True)
        plan = replace(plan, concurrency=found.calls, capacity=found.capacity)
    notes = sorted({note_on(one.jobs) for one in plan.variants})
    print_notes((*notes, voice_note(jobs), models_note(jobs)))
    with room_for(plan.out, by=by, dated=out is None) as place, ExitStack() as runs:
        for one in plan.variants:  # each may be scored, or replaced, by itself
            runs.enter_context(room_for(place / one.key, by=by))
            click.echo(f"{one.key}: {one_line(one.name)}", err=True)
        plan = replace(plan, out=place)
        yield carry_out_comparison(plan, progress_for, force=force, resume=resume), place


def _targets(a: str | None, b: str | None, targets: tuple[str, ...]) -> tuple[str, ...]:
    if (a is None) != (b is None):
        raise click.UsageError("--a and --b go together")
    # Both or neither is None by now; a type checker does not infer this from the test above.
    if a is None or b is None:
        return targets
    if targets:
        raise click.UsageError("give --a and --b, or --target for each agent, not both")
    return a, b


def _refuse_no_runs(paths: tuple[Path, ...], options: dict[str, Any]) -> None:
    """Refuse runs mixed with other folders, which must not be taken for scenarios."""

    no_runs = [path for path in paths if not (path / RESULTS).exists()]
    to_call = any(options[name] for name in ("a", "b", "targets", "prompts", "aa"))
    # With agents to call, a path that is not there is a scenario's, and is refused as such.
    missing = None if to_call else next((path for path in paths if not path.exists()), None)
    # If all are folders without results, they are scenarios, and none is refused here.
    first = missing or (no_runs[0] if len(no_runs) < len(paths) else None)
    if first is not None and is_run(first):
        check_is_run(first)  # a killed run: the error explains how to rescue it
    if first is not None:
        fault = f"holds no {RESULTS}" if first.exists() else "does not exist"
        raise UsageError(
            f"{first} {fault}; expected folders of finished runs, each with a {RESULTS}, "
            "or scenarios with the agents to call (--a and --b, --prompt, --aa)"
        )


def _refuse_calls(options: dict[str, Any], *, resume: bool) -> None:
    """Refuse options that only make sense if calls are made; ignoring them would hide a mistake."""
    given = [
        # Back to the option as it is typed: "prompts" is --prompt, "max_cost" is --max-cost.
        f"--{name.replace('_', '-').removesuffix('s')}"
        for name, value in options.items()
        if value is not None and value is not False and value != () and name not in _OF_STORED
    ]
    given += ["--resume"] if resume else []
    if given:
        raise click.UsageError(
            f"{', '.join(given)}: nothing is called when stored runs are compared"
        )


def write_pages(out: Path) -> Path:
    """Write the pages of a comparison, and of the runs that were made for it."""

    for one in read_comparison(out / COMPARISON).variants:
        # The pages of stored runs belong to whoever made the runs; they are linked, not written
        # again.
        if one.own:
            write_report(out / one.run, spread)
    return write_comparison_pages(out)


def _show(comparison: Comparison) -> None:

    say(printed(comparison_table(comparison)))
