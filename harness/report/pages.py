"""The look that all pages share: the one door to the template engine, the policy, the trail, files.

Every page (index, call, comparison, history) extends ``templates/base.html.j2`` and is rendered
here. Pages work from ``file://``: relative links only, scripts from files, and a
Content-Security-Policy that allows nothing else. All text is escaped by the engine; a misspelled
name in a template is an error.

A new page is three lines: ``copy_assets(folder)``, ``text = render("history.html.j2", Frame(
trail=(Link("History"),)), page=page)``, ``write(folder / "history.html", text)``.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness import __version__
from harness.report import figures
from harness.report.glossary import GlossaryTerms
from harness.storage import uncollected, write_whole

LOAD_PAGE = "load.html"
"""The page of a load test, beside the index of its calls."""

STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"
_ABOVE = (("history.html", "history.html", "History"), ("compare.json", "index.html", "Comparison"))
"""What marks a folder above a run as holding a page about it, that page, and its name."""
_LEVELS_ABOVE = 4


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the trail at the top of a page; without ``href`` it is the page itself."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Inline:
    """The style and the scripts that stand inside a page which must be one file."""

    style: str
    scripts: tuple[str, ...]


def inlined(*scripts: str) -> Inline:
    """Return the common style and the named files of ``static/``, in that order."""
    read = (STATIC / "report.css", *(STATIC / name for name in scripts))
    style, *texts = (path.read_text(encoding="utf-8") for path in read)
    return Inline(style, tuple(texts))


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What ``base.html.j2`` needs of every page.

    ``root`` leads from the page to the folder that holds ``assets/`` ("" or "../" repeated);
    ``nonce`` allows the style that the audio player puts into its own root, on pages that play.
    ``version`` is the harness that made what is shown, not the one that draws it.
    """

    trail: tuple[Link, ...]
    root: str = ""
    nonce: str = ""
    version: str = __version__
    inline: Inline | None = None
    served: bool = False
    """Whether a command of ours serves the page, which may then ask it for something."""

    @property
    def policy(self) -> str:
        """The page's Content-Security-Policy: its own files, or exactly its inline texts."""
        own = f" 'nonce-{self.nonce}'" if self.nonce else ""
        scripts, styles, media = "'self'", "'self'", "'self'"
        if self.inline:
            scripts = " ".join(map(_hash, self.inline.scripts)) or "'none'"
            styles, media = _hash(self.inline.style), "data:"
        return (
            f"default-src 'none'; script-src {scripts}; style-src {styles}{own}; "
            f"img-src data:; media-src {media}; base-uri 'none'; form-action 'none'"
            + ("; connect-src 'self'" if self.served else "")
        )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def render(template: str, frame: PageFrame, **values: object) -> str:
    """Return a page; ``values`` are the template's own names."""
    terms = GlossaryTerms()
    known = {"frame": frame, "terms": terms, "term": terms.term}
    with uncollected():
        return _engine().get_template(template).render(**known, **values)


def copy_assets(folder: Path) -> None:
    """Put the style and the scripts of all pages into ``folder/assets``; raises OSError."""
    shutil.copytree(STATIC, folder / "assets", dirs_exist_ok=True)


def write(path: Path, text: str) -> None:
    """Write a page that appears whole or not at all; raises StorageFailed."""
    # A lone surrogate in an agent's text cannot be written as UTF-8 and must not lose the page.
    write_whole(path, text.encode("utf-8", "replace"))


def nonce_of(text: str) -> str:
    """Return the nonce of a page that shows this text: the same page again has the same."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def above(run_folder: Path) -> tuple[Link, ...]:
    """Return links to the pages above a run that speak of it: its history, its comparison.

    They are found by the files that ``harness nightly`` and ``harness compare`` leave in the
    folders above, so that they are still there when the run's report is written again.
    """
    links = []
    for level, folder in enumerate(run_folder.resolve().parents[:_LEVELS_ABOVE], start=1):
        for mark, page, text in _ABOVE:
            if (folder / mark).exists() and (folder / page).exists():
                links.append(Link(text, "../" * level + page))
    return tuple(reversed(links))


@cache
def _engine() -> Environment:
    engine = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters.update(label=figures.label, clock=figures.clock, visible=figures.visible)
    return engine
