"""The end of a session: one run of all its calls, and its verdict in a line or two."""

from __future__ import annotations

from harness.folder_lock import taken
from harness.pytest_plugin.ledger import kept, write_run
from harness.pytest_plugin.session import PluginSession
from harness.report.run.terminal import verdict_line


def finished(session: PluginSession, *, interrupted: bool) -> tuple[str, ...]:
    """Write the run of a session and return what to say of it; nothing where nobody was called.

    Raises:
        OperationError: the run cannot be written.
        FolderInUse: another process has taken its folder since the last call.
    """
    calls = kept(session.folder)
    if not calls:
        return ()
    with taken(session.run_folder, by="pytest"):
        run = write_run(session.run_folder, calls, interrupted=interrupted)
    said = [
        f"voice calls: {verdict_line(run).plain}",
        f"voice calls: report: {session.run_folder / 'index.html'}",
    ]
    in_real_time = [call.at_once for call in calls if not call.virtual]
    doubt = session.doubt(max(in_real_time)) if in_real_time else ""
    return (*said, f"voice calls: timing: {doubt}") if doubt else tuple(said)
