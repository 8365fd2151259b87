"""What one clause of a reply does: agrees, refuses, changes, doubts, asks, or nothing of that.

A clause is held against the words and values of the question: "two tickets" agrees to "shall I
buy tickets?", changes "four tickets, right?" and means nothing behind "anything else?".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from harness.language.clauses import Clause
from harness.language.language import Language
from harness.language.phrasebook import Answers, Patterns, Wishes, around, matches, starts, without
from harness.language.questions import (
    AgentQuestion,
    QuestionKind,
    content_words,
    echoed,
    new_values,
    spoken_values,
)


class Act(Enum):
    """What one clause does to the answer."""

    ASSENT = "assent"
    BARE_YES = "bare_yes"
    """A yes that may only show that the caller listens."""
    LIKING = "liking"
    """A yes, unless more follows to an offer: the caller still weighs it."""
    REQUEST = "request"
    """What was asked is wished for in its own words: a yes, but not behind a no."""
    ADDITION = "addition"
    """A value that was not settled: what was asked is wanted with it."""
    INVITING = "inviting"
    """A "please": a yes where nothing else is said."""
    REFUSAL = "refusal"
    DENIAL = "denial"
    """A "not" that may be about something else: it takes back no yes of another sentence."""
    PAUSE = "pause"
    """A call to wait: a no, unless a question is what the caller waits for."""
    DELAY = "delay"
    """Not now: a no, but not behind a yes."""
    CHANGE = "change"
    """Something else is wanted: a no to what was stated, and no answer to anything else."""
    HEDGE = "hedge"
    """A condition or a doubt: no yes in the rest of its sentence counts."""
    MUSING = "musing"
    """A doubt inside a clause: about something else, where the caller has moved on from a yes."""
    LISTENING = "listening"
    """A bare yes before it was a sign of listening: "yes, I heard you"."""
    ASIDE = "aside"
    """A question that takes a yes back: "yes, what?"."""
    QUESTION = "question"
    REMARK = "remark"
    """Something more is said behind a yes."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears the clauses of a reply and knows the question and the action it is about."""

    language: Language
    question: AgentQuestion
    verbs: tuple[str, ...]

    @property
    def kind(self) -> QuestionKind:
        """What is asked for."""
        return self.question.kind

    @property
    def stated(self) -> bool:
        """Whether something was stated to the caller, so that another value turns it down."""
        return self.kind is QuestionKind.READ_BACK or bool(self.question.values)

    @property
    def _answers(self) -> Answers:
        return self.language.phrases.answers

    @property
    def _wishes(self) -> Wishes:
        return self.language.phrases.wishes

    def finds_fault(self, clause: Clause) -> bool:
        """Say whether a clause says that what was stated is wrong."""
        return matches(self.language.phrases.asking.faulty, clause.words)

    def changes(self, clause: Clause, act: Act) -> bool:
        """Say whether a clause wants something else than was asked."""
        other = act is Act.REFUSAL and matches(self._wishes.changing, clause.words)
        return other or act is Act.CHANGE

    def act(self, clause: Clause, *, agreed: bool, declined: bool) -> Act:
        """Return what a clause does; a yes or a no may stand before it."""
        if self._takes_the_other(clause.words):
            return Act.REFUSAL
        return self._own_act(clause, agreed=agreed, declined=declined)

    def _own_act(self, clause: Clause, *, agreed: bool, declined: bool) -> Act:
        answers, words = self._answers, clause.words
        if self._affirms(words):
            return Act.ASSENT
        if self._invites(clause):
            return Act.INVITING
        if clause.asked or self._inquires(words):
            return self._asked(words, agreed=agreed)
        if self._requests(words):
            return Act.ASSENT
        if self._only(answers.agreeing_alone, words):
            bare = starts(answers.interjections, words) == len(words)
            return Act.BARE_YES if bare else Act.ASSENT
        for patterns, act in (
            (answers.unsure, Act.HEDGE),
            (answers.deferring, Act.DELAY),
            (answers.pausing, Act.PAUSE),
        ):
            if matches(patterns, words):
                return act
        if self._leaves(words) or matches((*answers.refusing, *answers.denying), words):
            return self._refusal(words, agreed=agreed)
        if self._wants_other(words):
            added = agreed and not self.stated and starts(self._wishes.setting, words)
            return Act.NOTHING if added or self._offers_change() else Act.CHANGE
        return self._wish(words, agreed=agreed, declined=declined)

    def _inquires(self, words: str) -> bool:
        """Say whether words begin as a question does, behind courtesies: "sorry what was that"."""
        while not starts(self._wishes.questioning, words):
            skipped = starts(self._answers.courtesies, words)
            if not skipped:
                return False
            words = words[skipped:].strip()
        return True

    def _about_this(self, words: str) -> str:
        """Put "this" for a thing that the question names: "the order looks fine"."""
        article, *rest = words.split()
        while len(rest) > 1 and echoed(rest[0], self.question.words):
            rest = rest[1:]
        named = article in self._wishes.articles and len(rest) < len(words.split()) - 1
        return " ".join((self._answers.value_word, *rest)) if named else words

    def _affirms(self, words: str) -> bool:
        """Say whether words take up how the agent asks if it is so: "right" to "…, right?"."""
        asked, answers = self.question, self._answers
        if self.kind not in (QuestionKind.READ_BACK, QuestionKind.LEAVE) or not asked.marked:
            return False
        closes = f" {asked.asked}".endswith(f" {words}")
        opens = self.kind is QuestionKind.LEAVE and f"{asked.asked} ".startswith(f"{words} ")
        if starts(answers.tags, words) and (closes or opens):
            return True
        alone = bool(words) and not without(self._wishes.affirming, words)
        return alone and self.kind is QuestionKind.READ_BACK

    def _invites(self, clause: Clause) -> bool:
        asked = self.kind in (QuestionKind.LEAVE, QuestionKind.READ_BACK) and not clause.asked
        return asked and bool(clause.words) and not without(self._wishes.inviting, clause.words)

    def _refusal(self, words: str, *, agreed: bool) -> Act:
        if agreed and starts(self._answers.reasons, words):
            return Act.NOTHING
        objects = (*self._wishes.objects, *self._answers.courtesies)
        _, kept = around(self._answers.leaving, words)
        lets_be = self._leaves(words) and not (agreed and without(objects, kept or ""))
        refuses = lets_be or matches(self._answers.refusing, words)
        return Act.REFUSAL if refuses else Act.DENIAL

    def _wish(self, words: str, *, agreed: bool, declined: bool) -> Act:
        """Return what a clause does that neither asks nor refuses."""
        answers = self._answers
        if not words or self._chooses(words):
            return Act.REQUEST if words else Act.NOTHING
        if matches(answers.hedging, words):
            return Act.HEDGE if starts(answers.hedging, words) else Act.MUSING
        about_this = self._about_this(words)
        if self._begins(answers.agreeing, about_this):
            other = self.stated and declined and self._new_values(words)
            return Act.CHANGE if other else Act.ASSENT
        if self._begins(answers.contented, about_this):
            liked = Act.LIKING if self._only(answers.liking, about_this) else Act.ASSENT
            return Act.NOTHING if declined else liked
        if starts(answers.acknowledging, words):
            return Act.LISTENING
        act = self._in_context(words)
        if not agreed or act is Act.REQUEST:
            return act
        polite = not without((*answers.courtesies, *answers.interjections), words)
        return Act.NOTHING if polite else Act.REMARK

    def _asked(self, words: str, *, agreed: bool) -> Act:
        """Return what a question does: "could you cancel it?" agrees, "hello?" takes a yes back."""
        answers = self._answers
        alone = self._only(answers.agreeing_alone, words) or self._requests(words)
        polite = starts((*self._wishes.requesting, *answers.courtesies), words) > 0
        if polite and alone:
            return Act.ASSENT
        if self._wants_other(words):
            told = not polite or starts(self._wishes.informing, self._behind_lead(words))
            asks = (agreed and told) or self._offers_change()
            return Act.QUESTION if asks else Act.CHANGE
        if words and not without(answers.tags, words):
            return Act.NOTHING
        if not words or alone or starts(self._wishes.retracting, words):
            return Act.ASIDE
        act = Act.NOTHING if agreed or not polite else self._in_context(words)
        return Act.QUESTION if act is Act.NOTHING else act

    def _in_context(self, words: str) -> Act:
        """Return what a wish or a statement does, by the words and values of the question."""
        asked, rest = self.question, self._behind_lead(words)
        meant = self._meant(rest)
        if starts(self._wishes.informing, rest):
            return Act.QUESTION
        if asked.kind not in (QuestionKind.LEAVE, QuestionKind.READ_BACK):
            return Act.NOTHING
        setting = starts(self._wishes.setting, words) > 0
        if self._turns(words) or (self.stated and (setting or self._new_values(words))):
            return Act.CHANGE
        echoes = [echoed(word, asked.words) for word in meant]
        wished = self._wishes_for(words, rest)
        if wished and echoes and all(echoes) and self.stated:
            return Act.REQUEST
        if asked.kind is QuestionKind.READ_BACK:
            return Act.CHANGE if wished and echoes[:1] == [True] else Act.NOTHING
        if wished and self._takes_up(rest):
            return Act.REQUEST
        return Act.ADDITION if setting else Act.NOTHING

    def _wishes_for(self, words: str, rest: str) -> bool:
        """Say whether words wish for something; ``rest`` is what follows what may lead up to it."""
        if matches(self._wishes.requesting, words[: len(words) - len(rest)]):
            return True
        first, asked = words.partition(" ")[0], self.question
        known = asked.words if asked.kind is QuestionKind.READ_BACK else frozenset({asked.verb})
        short = rest != words or self._is_value(first) or echoed(first, known)
        return short and not matches(self._wishes.stating, rest)

    def _takes_up(self, rest: str) -> bool:
        """Say whether a wish is about what the question names: "book me two tickets"."""
        asked, verb = self.question, starts(self._wishes.taking_up, rest)
        for wish in (rest, rest[verb:].strip()) if verb else (rest,):
            meant = [word for word in self._meant(wish) if not self._is_value(word)]
            if not meant or not echoed(meant[0], asked.words):
                continue
            of_it = wish.split()[wish.split().index(meant[0]) + 1 :][:1] == meant[1:2] != []
            named = echoed(meant[0], frozenset({asked.verb})) or not of_it
            if named or echoed(meant[1], asked.words):
                return not meant[0].endswith("'s")
        return False

    def _chooses(self, words: str) -> bool:
        """Say whether words name one of several offers, and nothing else."""
        asked = self.question
        if asked.kind is not QuestionKind.CHOICE and asked.sides is None:
            return False
        words = self._behind_lead(words)
        if matches(self._wishes.picking, words):
            return True
        meant = self._meant(words)
        known = bool(meant) and all(echoed(word, asked.words) for word in meant)
        if asked.kind is QuestionKind.CHOICE:
            told = known or bool(spoken_values(words, self.language))
            return told and not self._new_values(words)
        named = [any(echoed(word, side) for word in meant) for side in asked.sides or ()]
        return known and sum(named) == 1

    def _takes_the_other(self, words: str) -> bool:
        """Say whether a clause takes the side of a question that asks for something else.

        "I have another" answers "should I use that one, or do you have another?" so.
        """
        first, *others = re.split(self.language.phrases.asking.alternative, self.question.asked)
        changing, fresh = self._wishes.changing, self._wishes.other
        if matches((*changing, *fresh), first) or not matches(fresh, words):
            return False
        return any(matches(fresh, other) for other in others)

    def _turns(self, words: str) -> bool:
        """Say whether a word is the opposite of one in the question: "with" of "without"."""
        asked, said = self.question.about.split(), words.split()
        pairs = self._wishes.opposites.items()
        return any(w in said and other in asked and w not in asked for w, other in pairs)

    def _wants_other(self, words: str) -> bool:
        """Say whether words name something else, and not in the agent's own words for it."""
        return self._names_new(self._wishes.changing, words)

    def _leaves(self, words: str) -> bool:
        """Say whether words let things be, and the agent did not propose to."""
        return self._names_new(self._answers.leaving, words)

    def _names_new(self, patterns: Patterns, words: str) -> bool:
        """Say whether the patterns match, and more than words of the question."""
        before, after = around(patterns, words)
        if after is None:
            return False
        named = self._meant(words[len(before) : len(words) - len(after)])
        return not named or not all(echoed(word, self.question.words) for word in named)

    def _offers_change(self) -> bool:
        """Say whether the agent itself asks for something else."""
        return matches(self._wishes.changing, self.question.asked)

    def _new_values(self, words: str) -> frozenset[str]:
        return new_values(spoken_values(words, self.language), self.question.values)

    def _is_value(self, word: str) -> bool:
        return bool(spoken_values(word, self.language))

    def _meant(self, words: str) -> list[str]:
        content = content_words(words, self.language)
        return [word for word in words.split() if word in content]

    def _only(self, patterns: Patterns, words: str) -> bool:
        """Say whether a clause is made of the patterns, and of courtesies beside them."""
        courtesies = self._answers.courtesies
        return matches(patterns, words) and not without((*patterns, *courtesies), words)

    def _begins(self, patterns: Patterns, words: str) -> bool:
        """Say whether a clause begins with the patterns, behind words that may lead up to them."""
        return self._behind(patterns, words) is not None

    def _requests(self, words: str) -> bool:
        """Say whether a clause asks for just the proposed action: "please cancel it"."""
        answers, verbs = self._answers, self.verbs
        asked = " ".join(sorted(self.question.words))
        if self.kind is QuestionKind.READ_BACK and not matches(self._wishes.undoing, asked):
            verbs = (*verbs, *self._wishes.taking_up)
        rest = self._behind(verbs, words)
        return rest is not None and not without((*self._wishes.objects, *answers.courtesies), rest)

    def _behind(self, patterns: Patterns, words: str) -> str | None:
        """Return what follows the patterns where only words of the lead come before, else None."""
        while not (size := starts(patterns, words)):
            skipped = starts(self._lead, words)
            if not skipped:
                return None
            words = words[skipped:].strip()
        return words[size:].strip()

    def _behind_lead(self, words: str) -> str:
        while size := starts(self._lead, words):
            words = words[size:].strip()
        return words

    @property
    def _lead(self) -> Patterns:
        answers = self._answers
        return (*self._wishes.requesting, *answers.courtesies, *answers.agreeing_alone)
