"""How a caller reacts to the agent's words: the scenario's ``answers``, tried in order."""

from __future__ import annotations

from collections.abc import Mapping

from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.expressions import search
from harness.scenario.model import Fact
from harness.scenario.script import Answer

_AMONG_OTHERS = (ValueKind.TIME, ValueKind.DATETIME, ValueKind.COUNT)
"""Kinds of which a sentence holds several that are no versions of each other."""


class Reactions:
    """The answer rules of one call, with how often each may still be used."""

    def __init__(
        self, answers: tuple[Answer, ...], facts: Mapping[str, Fact], language: Language
    ) -> None:
        self._answers = answers
        self._facts = facts
        self._language = language
        self._left = [answer.times for answer in answers]

    def choose(self, words: str) -> int | None:
        """Return the first rule that these words of the agent set off, and use it up by one.

        Raises:
            SlowExpression: a rule's regular expression does not come to an end on these words.
        """
        if not words:
            return None
        for index, answer in enumerate(self._answers):
            if self._left[index] and self._applies(answer, words):
                self._left[index] -= 1
                return index
        return None

    def _applies(self, answer: Answer, words: str) -> bool:
        if answer.if_agent_asks is not None:
            return search(answer.if_agent_asks, words)
        fact = self._facts[answer.if_agent_says_wrong or ""]
        right = self._language.normalize(fact.value, fact.kind)
        found = self._language.find(words, fact.kind)
        wrong = [not one.may_be(right, fact.kind) for one in found]
        # A sentence may well hold other times and counts: "a table for 4 at 7, for 2 hours".
        return any(wrong) and (fact.kind not in _AMONG_OTHERS or all(wrong))
