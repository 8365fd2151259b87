"""``harness cache`` and ``harness fixtures``: speech that is kept, so that it is made only once."""

from __future__ import annotations

from pathlib import Path

import click

from harness.caller.fixtures import render_fixtures
from harness.cli.main import Exit
from harness.report import figures
from harness.scenario.catalog import default_paths, find
from harness.speech.cache import ClipCache
from harness.text import counted


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
        f"{found.folder}: {counted(len(entries), 'entry', 'entries')}, "
        # Decimal megabytes, as HARNESS_CACHE_MB counts them.
        f"{held} of {found.limit_bytes // 10**6} MB"
    )
    return Exit.OK


@cache.command(epilog="\b\nExample:\n  harness cache clear\n")
def clear() -> int:
    """Remove all entries; the next run speaks and listens anew."""

    found = ClipCache()
    click.echo(f"{found.folder}: {counted(found.clear(), 'entry', 'entries')} removed")
    return Exit.OK


@click.group(epilog="\b\nExample:\n  harness fixtures render scenarios/order_desk\n")
def fixtures() -> None:
    """Look after the recorded lines of the shipped callers."""


@fixtures.command(
    short_help="Speak every caller line of some suites with a good voice.",
    epilog="\b\nExample:\n  apt-get install flite && harness fixtures render\n",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("audio_fixtures"),
    show_default=True,
    metavar="DIR",
    help="Folder of the clips and their manifest.json.",
)
def render(paths: tuple[Path, ...], into: Path) -> int:
    """Speak every caller line of the suites under PATHS with a good voice (flite rms).

    Lines that did not change keep their clip, orphans are removed, and the recognizer listens to
    each new clip; its word error rate is stored in the manifest as evidence.
    """

    summary = render_fixtures(find(paths or default_paths()), into)
    click.echo(summary)
    return Exit.OK
