"""``harness agent`` and ``harness prove``: the reference agent, served, or with a fault planted."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.table import Table

from harness.agent.faults import SHOWN_BY, AgentFault, AgentQuirk, AgentSwitch, fault
from harness.agent.light.settings import THINK_S
from harness.agent.server.websocket_server import LANGUAGE
from harness.cli.main import Exit
from harness.cli.options import Seconds, concurrency_option, out_option, per_core, typed_options
from harness.cli.progress import progress_for
from harness.cli.run_output import printed, say
from harness.errors import UsageError
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.server_half import server_halves
from harness.report.run.html import write_report
from harness.results.model import CallResult
from harness.runs.embedded import (
    READY,
    AgentRequest,
    explanation,
    planted,
    readings,
    serve_until_stopped,
)
from harness.runs.processes import Workers
from harness.runs.proof import GOOD, Row, judge_row, proof_of_rules, summary
from harness.runs.run_folder import close_run, room_for
from harness.runs.run_suite import RunOptions, RunRequest, calls_at_a_time, carry_out, planned
from harness.scenario.catalog import default_paths, find
from harness.scenario.load import LoadedScenario


@click.command(
    epilog="\b\nExamples:\n  harness prove\n"
    "  harness prove --fault misread_character --out reports/proof\n",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--fault", "names", multiple=True, metavar="NAME", help="Only these faults or quirks."
)
@concurrency_option("Calls at a time [default: auto, one per core].")
@out_option("Keep the runs, with their reports, in DIR/FAULT [default: nothing is kept].")
def prove(
    paths: tuple[Path, ...], names: tuple[str, ...], concurrency: int | None, out: Path | None
) -> int:
    """Call the embedded agent well-behaved and with every planted fault, and print who noticed.

    Each fault must be caught by its own rules in at least one call, no unrelated rule may fail
    or ask for review, and the well-behaved agent must pass every call, also with a quirk: behaviour
    that looks suspicious and is right. Exit code 1 otherwise. A second table has the recall and the
    false alarms of each rule.
    """

    with TemporaryDirectory() as scratch:
        rows = _rows(
            paths, names, per_core(concurrency), out or Path(scratch), keep=out is not None
        )
    say(printed(_table(rows)))
    say(printed(_rules_table(rows)))
    for row in rows:
        for problem in row.problems:
            say(f"{row.name}: {problem}\n")
    say(f"{summary(rows)}\n")
    return Exit.OK if all(row.proven for row in rows) else Exit.GATE_FAILED


def _rows(
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    concurrency: int | None,
    out: Path,
    *,
    keep: bool,
) -> list[Row]:

    switches = tuple(fault(name) for name in names) or (*AgentQuirk, *AgentFault)
    at_once = concurrency or calls_at_a_time(virtual=True)
    scenarios = find(paths or default_paths())
    rows = []
    # One pool for all rows: a worker reuses what it has loaded, such as speech engines, in every
    # row.
    with Workers(at_once) as workers:
        # The well-behaved agent comes first: if it fails, no row after it proves anything.
        for one in (None, *switches):
            name = one.value if one else "good"
            click.echo(f"== {name}", err=True)
            folder = out / name
            request = RunRequest(
                paths=paths,
                scenario=_shown_by(one, scenarios),
                fault=one.value if one else None,
                concurrency=at_once,
                out=folder,
            )
            plan = planned(request)
            with room_for(folder, by="harness prove"):
                # With --out, a second proof replaces the runs of the first.
                options = RunOptions(force=True, workers=workers, by="harness prove")
                results = carry_out(plan, progress_for, options)
                # A table with some rows missing would look like a proof.
                if results.interrupted:
                    # A row of a part of the calls would report faults as not noticed.
                    raise KeyboardInterrupt
                if keep:
                    write_report(folder)
                close_run(folder, results)
            rows.append(_judged(one, results.calls))
    return rows


def _shown_by(one: AgentSwitch | None, scenarios: tuple[LoadedScenario, ...]) -> tuple[str, ...]:
    """Return the names of the scenarios that are enough for a row; none if it takes all."""
    wanted = SHOWN_BY.get(one, ()) if one else ()
    # Suites of users may lack the shipped scenarios that show a fault: then all are called.
    return tuple(name for name in wanted if any(each.scenario.name == name for each in scenarios))


def _judged(one: AgentSwitch | None, calls: tuple[CallResult, ...]) -> Row:
    if isinstance(one, AgentFault):
        return judge_row(planted(one), calls)
    return judge_row(None, calls, name=one.value if one else GOOD)


def _table(rows: list[Row]) -> Table:
    """Return a table of agents and who noticed each; the names of the scorers need no legend."""

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("agent", no_wrap=True)
    table.add_column("calls", justify="right")
    table.add_column("proof", no_wrap=True)
    table.add_column("calls failed or sent to review")
    for row in rows:
        # The most frequent first; names decide between equal counts, so that runs print the same.
        often = sorted(row.failures.items(), key=lambda noticed: (-noticed[1], noticed[0]))
        noticed = "\n".join(f"{count} {scorer}" for scorer, count in often)
        proof = "ok" if row.proven else "NOT PROVEN"
        table.add_row(row.name, str(row.calls), proof, noticed or "none")
    return table


def _rules_table(rows: list[Row]) -> Table:
    """Return a table of rules: how many of its faults each caught, and its false alarms."""

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("rule", "faults caught", "recall", "false alarms"):
        table.add_column(title, no_wrap=True, justify="left" if title == "rule" else "right")
    for one in proof_of_rules(rows):
        # No division by 0: a rule without a planted fault of its own has no recall.
        recall = f"{one.caught / one.planted:.2f}" if one.planted else "-"
        caught = f"{one.caught} of {one.planted}" if one.planted else "-"
        table.add_row(one.rule, caught, recall, str(one.false_alarms))
    return table


_LIGHT = "understands nothing; for load and timing, never for judging an agent"


@click.command(
    epilog="\b\nExamples:\n  harness agent --port 8765\n"
    "  harness agent --port 8765 --fault skip_read_back\n"
    "  harness agent --explain mine\n"
    "  harness run --target ws://127.0.0.1:8765/v1/realtime     (from another terminal)\n",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; 0.0.0.0 is open to other machines.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    metavar="N",
    help="Port to listen on; 0 takes a free one and prints it.",
)
@click.option(
    "--protocol",
    default=OpenAiGa.name,
    metavar="NAME",
    show_default=True,
    help="Protocol to speak: openai_ga and openai_beta are the OpenAI Realtime API's, openai_live "
    "is GPT-Live, gemini_live is Gemini Live; or a dialect of an installed package.",
)
@click.option("--fault", metavar="NAME", help="Switch on one fault or quirk (see harness prove).")
@click.option(
    "--language",
    default=LANGUAGE,
    show_default=True,
    metavar="TAG",
    help="Language to speak where a client's URL names none: en or de.",
)
@click.option(
    "--callers",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Scenarios whose callers it understands, in a language that no recognizer knows.",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Log when audio arrived and left, as JSON lines (used by benchmarks).",
)
@click.option(
    "--tls",
    is_flag=False,
    flag_value="agent-cert.pem",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="[FILE]",
    help="Serve wss with a certificate made on the spot, and write it to FILE for clients to trust "
    "[default: agent-cert.pem].",
)
@click.option(
    "--session-limit",
    type=Seconds(),
    metavar="DURATION",
    help="End each session after so long, as the service does after an hour: 20s, 0.5s "
    "[default: 3600s]; not with --protocol openai_live.",
)
@click.option(
    "--light",
    is_flag=True,
    help="Serve the light agent, for load and timing: it understands nothing and answers with "
    "ready-made sound, some hundred calls at a time. Never for judging an agent.",
)
@click.option(
    "--think",
    type=Seconds(),
    metavar="DURATION",
    help=f"With --light: how long it thinks before it speaks [default: {THINK_S:g}s].",
)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --light: how many answers it thinks about at the same time; others wait in line. "
    "So its capacity is known [default: any number].",
)
@click.option(
    "--tool",
    metavar="NAME",
    help="With --light: a function that it calls once in each session that offers it.",
)
@click.option(
    "--explain",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Serve nothing: say what it takes from the prompts and tools of the suites in PATH, and "
    "what it ignores.",
)
@click.option("--until-eof", is_flag=True, hidden=True, help="End when standard input does.")
def agent(**options: Any) -> int:
    """Serve the reference agent: recognizer, voice, and a policy that follows the prompt.

    It speaks the OpenAI Realtime protocol (GA) unless told. Prints its address once it is ready,
    then serves until Ctrl-C or SIGTERM, which is its normal end: exit code 0.
    `?model=reference&seed=7` in a client's URL makes a call repeatable.
    """

    if explained := options.pop("explain"):
        # 1 is --explain itself.
        if len(typed_options(click.get_current_context())) > 1:
            raise UsageError("--explain serves nothing: it goes with no other option")
        say("\n".join(explanation(one) for one in readings(find(explained))))
        return Exit.OK
    request = AgentRequest(**options)
    for error in server_halves()[1]:
        if not request.until_eof:  # else a run started it, and names the packages that it needs
            click.echo(f"harness: not served: {error}", err=True)

    def ready(url: str) -> None:
        click.echo(f"light {READY}{url} ({_LIGHT})" if request.light else f"{READY}{url}")

    serve_until_stopped(request, ready)
    return Exit.OK
