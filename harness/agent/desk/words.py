"""All that the desk needs of a language: what it says, how it hears and how it reads, as data.

The policy beside this file knows no language; each has a folder of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.agent.desk.intents import IntentWords
from harness.agent.desk.order_numbers import NumberWords
from harness.agent.desk.rules import PromptWords
from harness.agent.desk.talk import Due
from harness.agent.desk.toolbox import RecordWords
from harness.language.language import Language
from harness.plugins import Registry

_IN_ORDER = ("read_back", "cancel", "change_address", "refund", "ask_again")


@dataclass(frozen=True, slots=True, eq=False)
class DeskWords:
    """The desk in one language."""

    language: Language
    voice: str
    """eSpeak's voice for it: another than any caller of a shipped suite has."""
    sayings: Mapping[str, tuple[str, ...]]
    """Ways to say each thing; the first fits the first time best, {names} are filled in."""
    long_answer: tuple[str, ...]
    """What it tells of a delivery when asked for everything."""
    reasons: Mapping[Due, str]
    """What it tells a human about a hand-over."""
    intents: IntentWords
    numbers: NumberWords
    prompts: PromptWords
    records: RecordWords
    address: Callable[[str, Language], str | None]
    """Returns the address in what a caller said, as it is written."""
    and_also: str
    """Stands between two order numbers."""
    names_address: str
    """What a request to change the address holds if it names the new one as well."""

    def choose(self, key: str, *, used: frozenset[str], seed: int) -> str:
        """Return a way to say something that was not used yet; the order is drawn from the seed.

        Read-backs and proposals keep their order: each says that it comes again. When all were
        used, they start over.
        """
        ways = list(self.sayings[key])
        if not key.startswith(_IN_ORDER):
            random.Random(f"{seed} {key}").shuffle(ways)
        return next((way for way in ways if way not in used), ways[len(used) % len(ways)])


DESKS: Registry[DeskWords] = Registry(
    "language of the reference agent",
    "harness.desks",
    {
        "en": "harness.agent.desk.en.english:ENGLISH_DESK",
        "de": "harness.agent.desk.de.german:GERMAN_DESK",
    },
)


def desk_named(tag: str) -> DeskWords:
    """Return the desk that speaks a language ("de", "de-AT"); raises as ``Registry.get`` does."""
    return DESKS.get(tag.lower().replace("_", "-").partition("-")[0])
