"""How a caller reacts to the agent: the scenario's ``answers``, tried in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

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
        for answer in answers:
            if answer.if_agent_says_wrong is not None:
                kind = facts[answer.if_agent_says_wrong].kind
                language.find("0", kind)  # its patterns are made now, and not amid a call

    def to_words(self, words: str) -> int | None:
        """Return the first rule that these words of the agent set off, and use it up by one.

        Raises:
            SlowExpression: a rule's regular expression does not come to an end on these words.
        """
        return self._first(lambda answer: self._applies(answer, words)) if words else None

    def to_silence(self, waited_s: float) -> int | None:
        """Return the first rule that a silence of this length sets off, and use it up by one."""
        return self._first(
            lambda answer: answer.if_silent_for is not None and waited_s >= answer.if_silent_for
        )

    @property
    def next_silence_s(self) -> float:
        """The shortest silence that sets off a rule which may still be used."""
        left = (
            rule.if_silent_for for rule, left in zip(self._answers, self._left, strict=True) if left
        )
        return min((silence_s for silence_s in left if silence_s is not None), default=math.inf)

    def _first(self, applies: Callable[[Answer], bool]) -> int | None:
        for index, answer in enumerate(self._answers):
            if self._left[index] and applies(answer):
                self._left[index] -= 1
                return index
        return None

    def _applies(self, answer: Answer, words: str) -> bool:
        if answer.if_silent_for is not None:
            return False
        if answer.if_agent_asks is not None:
            return search(answer.if_agent_asks, words)
        fact = self._facts[answer.if_agent_says_wrong or ""]
        right = self._language.normalize(fact.value, fact.kind)
        found = self._language.find(words, fact.kind)
        wrong = [not one.may_be(right, fact.kind) for one in found]
        # A sentence may well hold other times and counts: "a table for 4 at 7, for 2 hours".
        return any(wrong) and (fact.kind not in _AMONG_OTHERS or all(wrong))
