"""A clock that somebody sets changes no duration and no order: who asks for the time of day."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

HARNESS = Path(__file__).parents[1] / "harness"

_ASKED = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"),
          ("date", "today"), ("datetime", "today")}  # fmt: skip

WALL = {
    "agent/server/websocket_server.py": "when a session ends, in the server's own words",
    "runs/pipeline.py": "started_at of a call",
    "cli/ci.py": "the day until which a quarantine holds",
    "cli/history.py": "which nights are too old to keep",
    "cli/nightly.py": "the name of a night",
    "files.py": "since when somebody has a folder, for a message",
    "results/history/store.py": "which nights lie in the future, and are not shown yet",
    "session/clock.py": "what other machines write beside an event, which is held against ours",
    "transport/websocket.py": "a date in Retry-After of a server that does not tell its own",
    "pytest_plugin/gates.py": "the day until which a quarantine holds",
    "runs/review.py": "when a review was written",
    "runs/run_folder.py": "the name of a folder",
    "runs/run_results.py": "started_at of a run",
}
"""Modules that may ask, and the reason: it is never a duration, a wait, or an order of calls."""


def asks(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in _ASKED:
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (f"time.{name.name}" for name in node.names if name.name == "time")


def test_the_time_of_day_is_asked_for_where_it_is_shown_and_nowhere_else() -> None:
    trees = {path: ast.parse(path.read_bytes()) for path in sorted(HARNESS.rglob("*.py"))}
    found = {
        path.relative_to(HARNESS).as_posix() for path, tree in trees.items() if any(asks(tree))
    }
    assert found == set(WALL)
