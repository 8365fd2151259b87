"""``harness cache``: what engines said and heard, kept so that nothing is asked twice."""

from __future__ import annotations

import click

from harness.cli.exits import Exit
from harness.report import figures
from harness.speech.cache import ClipCache


@click.group(epilog="\b\nExamples:\n  harness cache show\n  harness cache clear\n")
def cache() -> None:
    """Look at the cache of speech, or empty it.

    What a voice said and a recognizer heard is kept by its content, so the second run is quicker
    than the first. Entries never go stale. When the folder reaches its limit, what was used
    longest ago goes. HARNESS_CACHE_DIR moves the folder, HARNESS_CACHE_MB sets the limit
    (1000 by default).
    """


@cache.command(epilog="\b\nExample:\n  harness cache show\n")
def show() -> int:
    """Print where the cache is, how much it holds, and its limit."""

    found = ClipCache()
    entries = found.entries()
    held = figures.size(sum(path.stat().st_size for path in entries))
    click.echo(
        f"{found.folder}: {_counted(len(entries))}, {held} of {found.limit_bytes // 10**6} MB"
    )
    return Exit.OK


@cache.command(epilog="\b\nExample:\n  harness cache clear\n")
def clear() -> int:
    """Remove all entries; the next run speaks and listens anew."""

    found = ClipCache()
    click.echo(f"{found.folder}: {_counted(found.clear())} removed")
    return Exit.OK


def _counted(number: int) -> str:
    return f"{number} entry" if number == 1 else f"{number} entries"
