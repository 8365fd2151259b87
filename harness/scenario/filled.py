"""Texts with their facts filled in: as written, and as spoken."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import UnknownName
from harness.language.spoken import speak_value
from harness.scenario.model import Fact
from harness.scenario.pieces import PLACEHOLDER


def with_values(text: str, facts: Mapping[str, Fact]) -> str:
    """Fill each ``{fact}`` with its value, as written.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return PLACEHOLDER.sub(lambda match: _fact(match[1], facts).value, text)


def spoken_text(say: str, facts: Mapping[str, Fact]) -> tuple[str, str]:
    """Return a caller's line with the values as written, and as the words that are spoken.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return with_values(say, facts), PLACEHOLDER.sub(
        lambda match: _said(_fact(match[1], facts)), say
    )


def _fact(name: str, facts: Mapping[str, Fact]) -> Fact:
    if name not in facts:
        raise UnknownName("fact", name, tuple(facts))
    return facts[name]


def _said(fact: Fact) -> str:
    return fact.spoken if fact.spoken is not None else speak_value(fact.value, fact.kind)
