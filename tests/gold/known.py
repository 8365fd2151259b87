"""Verdicts on gold calls that differ from a reader's today, each with the verdict that is given."""

from __future__ import annotations

from functools import cache

from gold.notation import FOLDER, GoldCall, gold_calls

LIST = FOLDER / "known_wrong.txt"

_HEAD = (
    "# Gold calls that are not judged as a reader does: `scorer: call -> today's verdict`.\n"
    "# Goal: none. Any other verdict fails the test. After a mend, `python -m tests.gold.relist`\n"
    "# takes out what came right.\n"
)


@cache
def calls() -> tuple[GoldCall, ...]:
    """Return all gold calls, read once."""
    return gold_calls()


def key(call: GoldCall, scorer: str) -> str:
    """Return the line of a verdict in the list."""
    return f"{scorer}: {call.id}"


def known_wrong() -> dict[str, str]:
    """Return the verdict that is given today, by the key of each row of the list."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    rows = (line.rpartition(" -> ") for line in lines if line and not line.startswith("#"))
    return {row: verdict for row, _, verdict in rows}


def write_known_wrong(rows: dict[str, str]) -> None:
    """Write the list."""
    lines = (f"{row} -> {verdict}\n" for row, verdict in sorted(rows.items()))
    LIST.write_text(_HEAD + "".join(lines), encoding="utf-8")
