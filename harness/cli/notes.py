"""Print notes of a command on stderr: each once, with its number and its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import click

_MOST_NAMED = 5


def print_notes(notes: Iterable[str]) -> None:
    """Print notes in their order; a repeated note is printed once, with how often it came."""
    for note, number in Counter(filter(None, notes)).items():
        click.echo(f"{note} ({number} times)" if number > 1 else note, err=True)


def merged(found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield "place: problem"; a problem of several places is one line with all of them."""
    places: dict[str, list[str]] = {}
    for place, problem in found:
        places.setdefault(problem, []).append(place)
    for problem, these in places.items():
        if len(these) == 1:
            yield f"{these[0]}: {problem}"
            continue
        more = ", …" if len(these) > _MOST_NAMED else ""
        yield f"{problem} ({len(these)} files: {', '.join(these[:_MOST_NAMED])}{more})"
