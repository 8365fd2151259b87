"""Verdicts on gold calls that are known to be wrong today: one list, which only gets shorter."""

from __future__ import annotations

from functools import cache

from gold.notation import FOLDER, GoldCall, gold_calls

LIST = FOLDER / "known_wrong.txt"

_HEAD = (
    "# Gold calls that are judged wrongly today: `scorer: call`. Goal: none.\n"
    "# After a mend, `python -m tests.gold.relist` takes out what came right.\n"
)


@cache
def calls() -> tuple[GoldCall, ...]:
    """Return all gold calls, read once."""
    return gold_calls()


def key(call: GoldCall, scorer: str) -> str:
    """Return the line of one verdict in the list."""
    return f"{scorer}: {call.id}"


def known_wrong() -> frozenset[str]:
    """Return the lines of the list."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def write_known_wrong(rows: frozenset[str]) -> None:
    """Write the list."""
    LIST.write_text(_HEAD + "".join(f"{row}\n" for row in sorted(rows)), encoding="utf-8")
