"""Brevity: nobody can follow a long answer on the telephone. A scorer that comes with a package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from harness.api import (
    Evidence,
    Measure,
    MeasuredValue,
    Model,
    Outcome,
    Scenario,
    Score,
    ScoredCall,
    Scorer,
    scorer,
)

ANSWER_WORDS = Measure("answer_words", unit="words", per="answer")


class BrevityOptions(Model):
    """What a suite or a scenario may say of it."""

    max_words: Annotated[int, Field(ge=1)] = 35
    """The longest answer."""
    free: tuple[str, ...] = ()
    """Words that do not count, such as those that the law asks for."""


@scorer("brevity", version=1, measures=(ANSWER_WORDS,), options=BrevityOptions)
@dataclass(frozen=True, slots=True)
class Brevity(Scorer):
    """Pass when every answer has at most max_words words, as far as it was heard."""

    options_given: BrevityOptions

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: BrevityOptions) -> Brevity:
        """Take all from the options."""
        return cls(options)

    def score(self, call: ScoredCall) -> Score:
        """Score the longest answer."""
        if not call.timeline.agent:
            return Score(Outcome.NOT_APPLICABLE, "the agent said nothing")
        free, limit = set(self.options_given.free), self.options_given.max_words
        counted = [
            (sum(word.strip(".,!?") not in free for word in said.claimed_heard.split()), said.span)
            for said in call.timeline.agent
        ]
        words, longest = max(counted, key=lambda pair: pair[0])
        return Score(
            Outcome.PASS if words <= limit else Outcome.FAIL,
            f"longest answer has {words} words, limit {limit}",
            value=float(words),
            unit="words",
            evidence=(Evidence(longest.start_s, longest.end_s, "longest answer"),),
            measurements=(
                ANSWER_WORDS.gave(
                    *(MeasuredValue(float(many), at_s=span.start_s) for many, span in counted)
                ),
            ),
        )
