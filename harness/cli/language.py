"""``harness language``: check a language of a package, for those who write it."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from harness.cli.main import Exit
from harness.cli.run_output import printed, say
from harness.language.language import language_named
from harness.runs.language_check import LanguageCheck, Origin, check_language


@click.group(epilog="\b\nExample:\n  harness language check es\n")
def language() -> None:
    """Look after a language of your own."""


@language.command(epilog="\b\nExample:\n  harness language check de\n")
@click.argument("name")
def check(name: str) -> int:
    """Check the language NAME: which parts are its own, and how its dialogues are judged.

    A package gives its dialogues as data: the 20 stock dialogues in its own words, and any number
    of its own. Exit code 1 if one is judged wrongly, or if a stock dialogue is missing.
    """
    found = check_language(language_named(name))
    say(printed(_parts(found)))
    say("\n")
    say(printed(_dialogues(found)))
    wrong = [one for one in found.checked if not one.right]
    for one in wrong:
        say(f"\n{one.name}: {one.scorer}: {one.reason}\n")
    if found.missing:
        say(f"\nmissing stock dialogues: {', '.join(found.missing)}\n")
    say(f"\n{len(found.checked) - len(wrong)} of {len(found.checked)} verdicts are right\n")
    return Exit.OK if found.right else Exit.GATE_FAILED


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column)
    return table


def _parts(found: LanguageCheck) -> Table:
    table = _table("origin", "parts")
    for origin in Origin:
        names = [name for name, one in found.parts.items() if one is origin]
        table.add_row(origin.value, Text(", ".join(names) or "none"))
    return table


def _dialogues(found: LanguageCheck) -> Table:
    table = _table("dialogue", "scorer", "expected", "got", "")
    for one in found.checked:
        right = "ok" if one.right else "WRONG"
        cells = (one.name, one.scorer, one.expected, one.outcome.value, right)
        table.add_row(*map(Text, cells))
    return table
