"""Texts with their facts filled in: as written, and as spoken."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import UnknownName
from harness.language.language import Language
from harness.scenario.model import Fact
from harness.scenario.pieces import PLACEHOLDER


def with_values(text: str, facts: Mapping[str, Fact]) -> str:
    """Fill each ``{fact}`` with its value, as written.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return PLACEHOLDER.sub(lambda match: _fact(match[1], facts).value, text)


def spoken_text(say: str, facts: Mapping[str, Fact], language: Language) -> tuple[str, str]:
    """Return a caller's line with the values as written, and as the words that are spoken.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return with_values(say, facts), PLACEHOLDER.sub(
        lambda match: _said(_fact(match[1], facts), language), say
    )


def _fact(name: str, facts: Mapping[str, Fact]) -> Fact:
    if name not in facts:
        raise UnknownName("fact", name, tuple(facts))
    return facts[name]


def _said(fact: Fact, language: Language) -> str:
    return fact.spoken if fact.spoken is not None else language.speak(fact.value, fact.kind)
