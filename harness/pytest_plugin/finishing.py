"""The end of a session: judge its run, write it, and return the lines to print."""

from __future__ import annotations

from dataclasses import dataclass

from harness.folder_lock import taken
from harness.pytest_plugin.gates import GatedRun, Tell, gated
from harness.pytest_plugin.ledger import kept, write_run
from harness.pytest_plugin.session import PluginRun
from harness.report.run.terminal import verdict_line
from harness.results.model import RunResults


@dataclass(frozen=True, slots=True)
class Finished:
    """The lines that a session prints at its end, and whether its gates make it fail."""

    lines: tuple[str, ...] = ()
    red: bool = False


def finished(session: PluginRun, tell: Tell, *, interrupted: bool) -> Finished | None:
    """Write the run of a session and return the lines to print; None if no call was made.

    Raises:
        OperationError: the run cannot be written, or calls that confirm a loss cannot be made.
        FolderInUse: another process has taken its folder since the last call.
    """
    calls = kept(session.folder)
    if not calls:
        return None
    judged: list[GatedRun] = []

    def judge(run: RunResults) -> RunResults:
        if not session.options.has_gates:
            return run
        judged.append(gated(session, calls, run, tell))
        return judged[-1].results

    with taken(session.run_folder, by="pytest"):
        run = write_run(session.run_folder, calls, interrupted=interrupted, judge=judge)
    lines = [
        verdict_line(run).plain,
        *(line for one in judged for line in one.lines),
        f"report: {session.run_folder / 'index.html'}",
    ]
    in_real_time = [call.at_once for call in calls if not call.virtual]
    doubt = session.doubt(max(in_real_time)) if in_real_time else ""
    lines += [f"timing: {doubt}"] if doubt else []
    return Finished(tuple(lines), any(one.red for one in judged))
