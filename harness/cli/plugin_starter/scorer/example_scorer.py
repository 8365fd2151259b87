"""A scorer: no answer of the agent has too many words."""

from __future__ import annotations

from dataclasses import dataclass

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
    Unscorable,
    scorer,
    words_unknown,
)

ANSWER_LENGTH = Measure("example_tag_length", unit="words", per="answer")
"""Charts, gates, comparisons and the history show its values; gates call it by this name."""


class ExampleOptions(Model):
    """The keys below `scorers: {example_tag: ...}` in a suite or a scenario."""

    max_words: int = 35
    """Each option needs a default: the scorer also judges suites that do not name it."""


# Raise the version when the same call may get another verdict or another value.
@scorer("example_tag", version=1, measures=(ANSWER_LENGTH,), options=ExampleOptions)
@dataclass(frozen=True, slots=True)
class ExampleScorer(Scorer):
    """Pass when every answer has at most max_words words, as far as it was heard."""

    max_words: int

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: ExampleOptions) -> ExampleScorer:
        """Make the scorer of a scenario."""
        return cls(options.max_words)

    def score(self, call: ScoredCall) -> Score:
        """Score the longest answer.

        The result depends on the call alone.

        Raises:
            Unscorable: the words of an answer are not known.
        """
        answers = call.timeline.agent
        if not answers:
            return Score(Outcome.NOT_APPLICABLE, "the agent said nothing")
        if unknown := words_unknown(call):
            raise Unscorable(unknown)  # without it, an answer without a transcript has 0 words
        lengths = [len(answer.claimed_heard.split()) for answer in answers]
        words = max(lengths)
        longest = answers[lengths.index(words)].span
        values = (
            MeasuredValue(length, at_s=answer.span.start_s)
            for length, answer in zip(lengths, answers, strict=True)
        )
        return Score(
            outcome=Outcome.PASS if words <= self.max_words else Outcome.FAIL,
            reason=f"the longest answer has {words} words, limit {self.max_words}",
            value=words,
            unit="words",
            evidence=(Evidence(longest.start_s, longest.end_s, "the longest answer"),),
            measurements=(ANSWER_LENGTH.gave(*values),),
        )
