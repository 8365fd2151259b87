"""All set phrases of one language, and the questions that they answer about a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.language.details import Details
from harness.language.phrasebook import (
    Answers,
    Asking,
    Patterns,
    Waiting,
    Wishes,
    matches,
    plain,
    starts,
    without,
)


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The set phrases of one language; the methods take text as it was said or transcribed."""

    waiting: Waiting
    answers: Answers
    wishes: Wishes
    asking: Asking
    details: Details
    backchannel: Patterns
    announcing: Patterns
    """How an agent begins to say what it is about to do."""
    conditional: Patterns
    """What makes such a sentence depend on the caller, or deny the action."""
    consequence: str
    """One regular expression on the text as it was said, case ignored: what follows from it."""
    retrying: Patterns
    """How an agent says that it does the same thing once more."""

    def is_bare_filler(self, text: str) -> bool:
        """Say whether nothing but fillers was said, one or several; silence is no filler."""
        rest = plain(text)
        return bool(rest) and not without(self.waiting.fillers, rest)

    def stalls(self, text: str) -> bool:
        """Say whether a sentence is a filler that asks for time."""
        return self.is_bare_filler(text) and matches(self.waiting.stalling, plain(text))

    def is_empty(self, sentence: str) -> bool:
        """Say whether a sentence is known to describe no action: a filler, or politeness."""
        said, polite = plain(sentence), self.waiting.courtesies
        rest = without(self.waiting.fillers, said)
        return not rest or any(starts(polite, some) == len(some) for some in (said, rest))

    def announces(self, text: str) -> bool:
        """Say whether the agent tells what it is about to do, on no condition."""
        said = plain(text)
        return matches(self.announcing, said) and not matches(self.conditional, said)

    def is_at_work(self, sentence: str) -> bool:
        """Say whether a sentence begins as one that tells that the agent is looking something up.

        It may go on with anything; see ``only_at_work``.
        """
        return starts(self.waiting.at_work, without(self.waiting.fillers, plain(sentence))) > 0

    def only_at_work(self, sentence: str) -> bool:
        """Say whether a sentence is known to tell no more than that."""
        said = without(self.waiting.fillers, plain(sentence))
        begun = starts(self.waiting.at_work, said)
        return begun > 0 and not without(self.waiting.looked_at, said[begun:].strip())

    def closes(self, sentence: str) -> bool:
        """Say whether a sentence is known to end a call, and to tell nothing."""
        said = plain(sentence)
        return self.is_empty(sentence) or not without(
            (*self.waiting.closings, *self.waiting.fillers), said
        )

    def names_consequence(self, text: str) -> bool:
        """Say whether the words tell what follows from an action."""
        return re.search(self.consequence, text, re.IGNORECASE) is not None
