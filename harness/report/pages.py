"""The template engine, the content policy and the glossary that all pages share.

Every page (index, call, comparison, history) extends ``templates/base.html.j2`` and is rendered
here. Pages work from ``file://``: relative links only, scripts from files, and a
Content-Security-Policy that blocks everything else. All text is escaped by the engine.

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
from markupsafe import Markup, escape

from harness import __version__
from harness.files import uncollected, write_whole
from harness.report import figures

# The words of the pages, explained: one or two short sentences each, for new readers.

TERMS = {
    "time to first audio": (
        "The silence from the caller's last sound to the agent's first sound, as the caller hears "
        "it. Often written TTFA."
    ),
    "barge in yield": (
        "How long the agent goes on speaking after the caller has interrupted it. Short is good."
    ),
    "pause handling": (
        "Whether the agent waits when the caller pauses to think within an utterance. Taking "
        "the floor there cuts the caller off; a short “mm-hm” does not."
    ),
    "selectivity": (
        "Whether the agent goes on through what is not meant for it (“mm-hm”, a noise, words to "
        "somebody else), and answers none of it."
    ),
    "barge-in": "The caller begins to speak while the agent is still speaking.",
    "yield": "The agent stops speaking because the caller has interrupted it.",
    "entity confirmation": (
        "Whether each exact value (an order number, a name) was read back to the caller and "
        "accepted before the agent used it."
    ),
    "read-back": "The agent says a value aloud, so that the caller can accept or correct it.",
    "write confirmation": (
        "Whether the agent said what it was about to change, and the caller agreed, before it "
        "changed anything."
    ),
    "tool use": (
        "Whether the agent calls its tools rightly, and tells the truth about what they did."
    ),
    "delivery": (
        "Whether the caller heard what the agent owed: an answer after each tool, and each answer "
        "to its end."
    ),
    "audio quality": "Whether the agent's audio came without gaps, noise and clipping.",
    "preamble": (
        "A short sentence before a tool is called (“Let me look that up”), so that the caller is "
        "not left in silence."
    ),
    "transcription": (
        "How well a service wrote down what the caller said, and how soon: no agent answers there."
    ),
    "escalation": "Handing the caller over to a human: when it is due, and only then.",
    "expectations": (
        "Whether what the scenario's “expect” says came true: which tools were called, with which "
        "values, and which never."
    ),
    "review": (
        "The two witnesses, the agent's own transcript and the recognizer, disagree, or the words "
        "leave it open. A person must listen. It is neither passed nor failed."
    ),
    "unscorable": "The recording does not hold what this question needs. No rate counts it.",
    "not applicable": "The question does not arise in this call. No rate counts it.",
    "broken": "The scorer itself failed. That is a fault of the scorer, not of the agent.",
    "does not count": (
        "The call ended for a reason that says nothing about how the agent behaves, such as a lost "
        "connection. No rate counts it."
    ),
    "agent_silent": (
        "The caller waited for an answer as long as the scenario allows, and none came. The call "
        "counts as failed."
    ),
    "timing_invalid": (
        "The harness itself was late on a busy machine, and a verdict hangs on that, at the second "
        "attempt too: it says nothing about the agent. Fewer calls at a time help; --concurrency "
        "auto measures how many."
    ),
    "caller_invalid": "The caller's own audio or script failed: not the agent's fault.",
    "socket_closed": "The connection was lost before the call was over.",
    "agent_error": "The agent's server sent an error that ended the call.",
    "harness_error": "The harness failed, or found nobody to talk to: not the agent's fault.",
    "not_called": "The budget was spent, or the run stopped, before this call: nobody was called.",
    "source_invalid": (
        "A stored call whose files cannot be read, or contradict each other: nothing is known of "
        "the agent. The others of the folder are judged."
    ),
    "interrupted": "Somebody stopped the run, or the words were cut short by the caller.",
    "flaky": "The same scenario passed some of its calls and failed others.",
    "pass^k": (
        "The chance that k calls of a scenario all pass: how far one can rely on it. pass@k is the "
        "chance that at least one of k does."
    ),
    "95 % interval": (
        "Where the true rate lies, in 95 of 100 such runs. Few calls make it wide: 3 of 3 passed "
        "may still be a true rate of 44 %."
    ),
    "p95": "Of 100 answers, 95 come at least as fast.",
    "gate": "A rule that the whole run must keep, such as a pass rate. One that breaks: exit 1.",
    "cut off": "The caller stops in the middle: what is crossed out was never said.",
    "reaction": "Said because the agent asked for it, by a rule of the scenario's “answers”.",
    "talk-over": "The agent began to speak before the caller had ended.",
    "turns from audio": (
        "The service sends one track of audio and reports no turns. Where an answer begins and "
        "ends is estimated from the audio of both sides."
    ),
    "recognizer": (
        "A program that transcribes the audio that the caller heard, to check the agent's own "
        "transcript."
    ),
    "seed": (
        "The number that decides all random choices of a call. Each call has its own, computed "
        "from --seed; the command on the call's page has the number to give."
    ),
    "scenario": "The file that says what the caller does, and what must be true afterwards.",
    "planted fault": "A misbehaviour of the reference agent that was switched on to see it caught.",
}


class GlossaryTerms:
    """The terms that a page uses; each is explained once, at its end."""

    def __init__(self) -> None:
        self._used: dict[str, None] = {}

    def term(self, name: str, text: str | None = None) -> str:
        """Return a term that explains itself, as ``text``; an unknown term is plain text."""
        shown = name if text is None else text
        # Scorers of packages have no entry here, and must not break the page.
        if name not in TERMS:
            return escape(shown)
        self._used.setdefault(name)
        place = anchor(name)
        return Markup(
            '<button type="button" class="term" popovertarget="{0}" aria-describedby="{0}">{1}'
            "</button>"
        ).format(place, shown)

    def used(self, *, all_of_them: bool) -> tuple[tuple[str, str, str], ...]:
        """Return (anchor, term, explanation) of the terms used so far, or of all."""
        names = TERMS if all_of_them else self._used
        return tuple((anchor(name), name.replace("_", " "), TERMS[name]) for name in names)


def anchor(name: str) -> str:
    """Return the id of a term's explanation."""
    return "term-" + "".join(sign if sign.isalnum() else "-" for sign in name)


LOAD_PAGE = "load.html"
"""The page of a load test, next to the index of its calls."""

STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"
_ABOVE = (("history.html", "history.html", "History"), ("compare.json", "index.html", "Comparison"))
"""Files that mark a folder above a run as holding a page about it, that page, and its name."""
_LEVELS_ABOVE = 4


@dataclass(frozen=True, slots=True)
class Link:
    """A step of the trail at the top of a page; without ``href`` it is the page itself."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Inline:
    """The style and the scripts inside a page that must be a single file."""

    style: str
    scripts: tuple[str, ...]


def inlined(*scripts: str) -> Inline:
    """Return the common style and the named files of ``static/``, in that order."""
    read = (STATIC / "report.css", *(STATIC / name for name in scripts))
    style, *texts = (path.read_text(encoding="utf-8") for path in read)
    return Inline(style, tuple(texts))


@dataclass(frozen=True, slots=True)
class PageFrame:
    """Values of every page that ``base.html.j2`` needs.

    ``root`` leads from the page to the folder that holds ``assets/`` ("" or "../" repeated);
    ``nonce`` allows the style that the audio player puts into its own root, on pages that play.
    ``version`` is the harness that made the shown results, not the harness that draws the page.
    """

    trail: tuple[Link, ...]
    root: str = ""
    nonce: str = ""
    version: str = __version__
    inline: Inline | None = None
    served: bool = False
    """Whether a command of the harness serves the page, which may then send it requests."""

    @property
    def policy(self) -> str:
        """The page's Content-Security-Policy: its own files, or exactly its inline texts."""
        own = f" 'nonce-{self.nonce}'" if self.nonce else ""
        scripts, styles, media = "'self'", "'self'", "'self'"
        if self.inline:
            # A page in one file allows exactly its own texts: no script in an agent's words runs.
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
    """Return links to the pages above a run that refer to it: its history, its comparison.

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
        undefined=StrictUndefined,  # a misspelled name in a template is an error
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters.update(label=figures.label, clock=figures.clock, visible=figures.visible)
    return engine
