"""The reply act of each clause: agree, refuse, change, doubt, ask, or none.

A clause is compared with the words and values of the question: "two tickets" agrees to "shall I buy
tickets?", changes "four tickets, right?" and has no meaning after "anything else?".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from harness.language.language import Language
from harness.language.phrasebook import (
    Answers,
    Patterns,
    Wishes,
    around,
    begins_inside,
    matches,
    plain,
    starts,
    without,
)
from harness.language.question_context import QuestionContext
from harness.language.questions import QuestionKind, echoed, spoken_values
from harness.language.sentences import Stretches
from harness.language.values import ValueKind

# The clauses of a caller's reply: text between two pauses, or parts without a pause between.

_MARK = re.compile(
    r"(?<![.!?…,;:])[.!?…,;:]+(?=\s|$)|[.?!](?=[^\W\d_]{2})|\.{2,}|…|\s[-–—]+\s|[–—]"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Words as ``phrasebook.plain`` returns them, without phrases that say neither yes nor no."""

    words: str
    asked: bool
    """Whether a question mark ends it."""
    ends_sentence: bool


def clauses(text: str, language: Language, *, minded: bool = False) -> Iterator[Clause]:
    """Yield the clauses of a reply; a yes or no at the start of a clause is a clause by itself.

    A saying becomes a clause in the words of its meaning. ``minded`` means that the agent asked
    whether the caller minds: "not at all" is a no then.
    """
    answers = language.phrases.answers
    sayings = (*(answers.not_minding if minded else {}).items(), *answers.sayings.items())
    text = _without_codes(text, language)
    # The full stop of "3. May" and of an abbreviation ends no clause.
    kept = Stretches(one.span() for one in re.finditer(language.abbreviations.within, text))
    marks = (
        mark for mark in _MARK.finditer(text) if not kept.touch(mark.start(), mark.start() + 1)
    )
    at = 0
    for mark in (*marks, None):
        stop = len(text) if mark is None else mark.start()
        words = plain(text[at:stop])
        sign = "" if mark is None else mark[0]
        # "sorry, it's five" is one clause: the next one begins where this began.
        if "," in sign and starts(answers.joining, words) == len(words):
            continue
        at = stop if mark is None else mark.end()
        ends = any(one in sign for one in ".!?…")
        *first, (last, told) = _pieces(words, sayings, answers)
        yield from (Clause(part, asked=False, ends_sentence=False) for part, _ in first if part)
        if last or ends:
            yield Clause(last, asked="?" in sign and not told, ends_sentence=ends)


def _pieces(
    words: str, sayings: tuple[tuple[str, Patterns], ...], answers: Answers
) -> list[tuple[str, bool]]:
    """Cut words at the sayings in them; with each clause, whether it is a saying's meaning."""
    for meaning, patterns in sayings:
        before, after = around(patterns, words)
        if after is not None:
            ahead = _pieces(before, sayings, answers) if before else []
            behind = _pieces(after, sayings, answers) if after else []
            return [*ahead, (meaning, True), *behind]
    kept = without((*answers.harmless, *answers.reluctant), words)
    return [(part, False) for part in _parts(kept, answers)]


def _parts(words: str, answers: Answers) -> list[str]:
    """Cut words at each new clause without a pause before it, as a recognizer writes them."""
    parts: list[str] = []
    while True:
        size = starts(answers.interjections, words) or begins_inside(answers.openings, words)
        if not 0 < size < len(words):
            return [*parts, words]
        parts.append(words[:size].strip())
        words = words[size:].strip()


def _without_codes(text: str, language: Language) -> str:
    """Replace every code and amount by a single word: spelling has pauses that part no clauses."""
    word = language.phrases.answers.value_word
    for kind in (ValueKind.AMOUNT, ValueKind.ID):
        # From the end, so that the earlier positions stay valid.
        for found in reversed(language.find(text, kind)):
            text = f"{text[: found.start]} {word} {text[found.stop :]}"
    return text


class Act(Enum):
    """The effect of a clause on the answer."""

    ASSENT = "assent"
    BARE_YES = "bare_yes"
    """A yes that may only show that the caller listens."""
    LIKING = "liking"
    """A yes, unless more words follow to an offer: the caller still considers it."""
    REQUEST = "request"
    """A wish in the words of the question: a yes, but not after a no."""
    ADDITION = "addition"
    """A value that was not settled: a yes to the question, with this value."""
    INVITING = "inviting"
    """A "please": a yes if the reply has no other words."""
    REFUSAL = "refusal"
    DENIAL = "denial"
    """A "not" that may be about something else: it does not undo a yes of another sentence."""
    PAUSE = "pause"
    """A call to wait: a no, unless the caller waits for a question."""
    DELAY = "delay"
    """Not now: a no, but not after a yes."""
    CHANGE = "change"
    """A different wish: a no to a statement, and no answer to any other question."""
    HEDGE = "hedge"
    """A condition or a doubt: a yes in the rest of its sentence does not count."""
    MUSING = "musing"
    """A doubt inside a clause: about another matter, if the caller has moved on from a yes."""
    EXCEPTION = "exception"
    """A part of the proposal that is not wanted: a yes before it does not count."""
    LISTENING = "listening"
    """A bare yes before it was a sign of listening: "yes, I heard you"."""
    ASIDE = "aside"
    """A question that takes a yes back: "yes, what?"."""
    QUESTION = "question"
    REMARK = "remark"
    """Further words after a yes."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Listener:
    """Reads the clauses of a reply; ``verbs`` name the action that is proposed, as patterns."""

    context: QuestionContext
    verbs: tuple[str, ...]
    names_other: bool = False
    """Whether the reply names a code or an amount in place of the agent's."""

    @property
    def _answers(self) -> Answers:
        return self.context.language.phrases.answers

    @property
    def _wishes(self) -> Wishes:
        return self.context.language.phrases.wishes

    def finds_fault(self, clause: Clause) -> bool:
        """Return whether a clause says that the statement is wrong."""
        return matches(self.context.language.phrases.asking.faulty, clause.words)

    def leaves_open(self, clause: Clause, act: Act) -> bool:
        """Return whether a clause has a meaning that no rule reads: "the tenth", after a no."""
        answers, words = self._answers, clause.words
        known = (*answers.courtesies, *answers.interjections)
        if act in (Act.REFUSAL, Act.DENIAL):
            known = (*known, *answers.refusing, *answers.denying)
        elif act in (Act.NOTHING, Act.REMARK, Act.LISTENING):
            known = (*known, *answers.contented, *answers.sufficient, *answers.closing)
        else:
            return False
        # A word of another form of the question ("no mistakes") or of approval says nothing new.
        said = {*self.context.question.words, *self.context.language.phrases.asking.approving}
        open_words = self.context.meant(without(known, words))
        return not all(echoed(word, frozenset(said)) for word in open_words)

    def changes(self, clause: Clause, act: Act) -> bool:
        """Return whether a clause wants something other than the question."""
        refused = act in (Act.REFUSAL, Act.DENIAL)
        return act is Act.CHANGE or (refused and self.context.wants_change(clause.words))

    def act(self, clause: Clause, *, agreed: bool, declined: bool) -> Act:
        """Return the act of a clause; a yes or a no may precede it."""
        if self.context.takes_the_other(clause.words):
            return Act.REFUSAL
        if self.context.kind in (QuestionKind.LEAVE, QuestionKind.READ_BACK):
            if self.context.corrects(clause.words) or self.context.restates(clause.words):
                return Act.CHANGE
            if self.context.upholds(clause.words):
                return Act.NOTHING
        if self.context.turns(words := clause.words) and self._only(
            self._answers.agreeing_alone, words
        ):
            return Act.CHANGE  # "the right one", asked about the left one
        contradicting = self._answers.contradicting
        if self.context.kind is QuestionKind.NEGATIVE and starts(contradicting, clause.words):
            return Act.REQUEST
        act = self._minds(clause, agreed=agreed) if self.context.question.minded else None
        return act or self._own_act(clause, agreed=agreed, declined=declined)

    def _minds(self, clause: Clause, *, agreed: bool) -> Act | None:
        """Return the act of a clause after "do you mind?", if it differs from the usual act."""
        answers, words = self._answers, clause.words
        if self._bare_no(words):
            return Act.BARE_YES
        if matches(answers.minding, words):
            return Act.REFUSAL
        if self._invites(clause):
            return Act.ASSENT
        if self._only(answers.plainly, words):
            return Act.NOTHING
        thanked = agreed and starts(answers.interjections, words) == len(words) > 0
        return Act.LISTENING if thanked else None

    def _bare_no(self, words: str) -> bool:
        answers = self._answers
        bare = starts(answers.interjections, words) == len(words)
        return bare and matches(answers.refusing, words)

    def wavers(self, clause: Clause) -> bool:
        """Return whether a no after a yes leaves it to the next words: "yeah, nah, that's fine"."""
        return self._bare_no(clause.words) and not self.context.question.offers

    def _own_act(self, clause: Clause, *, agreed: bool, declined: bool) -> Act:
        answers, words = self._answers, clause.words
        if self._affirms(words):
            return Act.ASSENT
        if self._invites(clause):
            return Act.INVITING
        if clause.asked or self._inquires(words):
            # After a no, "can you get that right?" asks for the correction.
            return Act.QUESTION if declined else self._asked(words, agreed=agreed)
        if agreed and (rule := self._rule(words)) is not None:
            return rule
        if self._requests(words) or self.context.repeats_with_yes(words):
            return Act.ASSENT
        said = self._by_form(words, agreed=agreed) or self._reason(words, agreed=agreed)
        if said is not None:
            return said
        if self.context.leaves(words) or matches((*answers.refusing, *answers.denying), words):
            return self._refusal(words, agreed=agreed)
        if self.context.wants_other(words):
            if not agreed and matches(self._wishes.preferring, words):
                return Act.REFUSAL
            stated = self.context.stated or self.context.multiplies(words)
            added = agreed and not stated and starts(self._wishes.setting, words)
            return Act.NOTHING if added or self.context.offers_change() else Act.CHANGE
        return self._wish(words, agreed=agreed, declined=declined)

    def _reason(self, words: str, *, agreed: bool) -> Act | None:
        """Return the act of a reason: "I'm at work till three" refuses the time in the question."""
        if matches(self._wishes.busy, words):
            suits = self.context.question.suits and not agreed
            return Act.REFUSAL if suits else Act.NOTHING
        return Act.NOTHING if starts(self._answers.because, words) else None

    def _excepts(self, words: str) -> bool:
        """Return whether a negation names a thing of the agent's turn: "I don't want breakfast".

        If the question is for leave to undo something, that is the reason.
        """
        answers, asked = self._answers, self.context.question
        if self.context.undoes or not matches((*answers.denying, *answers.ruling_out), words):
            return False
        own = (word for word in self.context.meant(words) if word not in asked.words)
        return any(echoed(word, asked.said) for word in own)

    def _rule(self, words: str) -> Act | None:
        """Return the act of words after a yes that forbid, insist on or except something.

        "Don't transfer me" is about something else, "but make sure it's not a booth" is a
        condition. "Don't book it" takes the yes back: None.
        """
        if self._excepts(words):
            return Act.EXCEPTION
        answers = self._answers
        if starts(answers.insisting, words):
            return Act.HEDGE
        size = starts(answers.forbidding, words)
        verb, _, objects = words[size:].strip().partition(" ")
        about = without(answers.courtesies, objects).split()
        pointed = set(about[:1]) & answers.pronouns
        other = size > 0 and about and not pointed
        other = other and not echoed(verb, self.context.question.words)
        return Act.REMARK if other else None

    def _by_form(self, words: str, *, agreed: bool) -> Act | None:
        """Return the act of set phrases, None if there are none."""
        answers = self._answers
        if self.context.kind is QuestionKind.LEAVE and self._only(answers.sufficient, words):
            return Act.REFUSAL if self.context.question.offers and not agreed else Act.NOTHING
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
        return None

    def _inquires(self, words: str) -> bool:
        """Return whether words begin like a question, after courtesies: "sorry what was that"."""
        while not starts(self._wishes.questioning, words):
            skipped = starts(self._answers.courtesies, words)
            if not skipped:
                return False
            words = words[skipped:].strip()
        return True

    def _affirms(self, words: str) -> bool:
        """Return whether words take up how the agent asks if it is so: "right" to "…, right?"."""
        asked, kind, answers = self.context.question, self.context.kind, self._answers
        if kind not in (QuestionKind.READ_BACK, QuestionKind.LEAVE) or not asked.marked:
            return False
        closes = f" {asked.asked}".endswith(f" {words}")
        opens = kind is QuestionKind.LEAVE and f"{asked.asked} ".startswith(f"{words} ")
        if starts(answers.tags, words) and (closes or opens):
            return True
        alone = bool(words) and not without(self._wishes.affirming, words)
        return alone and (kind is QuestionKind.READ_BACK or self.context.is_bare_value())

    def _invites(self, clause: Clause) -> bool:
        wanted = self.context.kind in (QuestionKind.LEAVE, QuestionKind.READ_BACK)
        asked = wanted and not clause.asked
        return asked and bool(clause.words) and not without(self._wishes.inviting, clause.words)

    def _refusal(self, words: str, *, agreed: bool) -> Act:
        if agreed and starts(self._answers.reasons, self.context.behind_lead(words)):
            named = spoken_values(words, self.context.language) & self.context.question.values
            return Act.DENIAL if named else Act.NOTHING
        if agreed and (about_other := self._negates_other(words)) is not None:
            return about_other
        objects = (*self._wishes.objects, *self._answers.courtesies)
        _, kept = around(self._answers.leaving, words)
        lets_be = self.context.leaves(words) and not (agreed and without(objects, kept or ""))
        refuses = lets_be or matches(self._answers.refusing, words)
        return Act.REFUSAL if refuses else Act.DENIAL

    def _negates_other(self, words: str) -> Act | None:
        """Return the act of a negation after a yes that is not of the question, None if it may be.

        It has content words of its own and none of the question, no value that differs and no
        pronoun: "I don't need a receipt", "it's not urgent".
        """
        answers, asking = self._answers, self.context.language.phrases.asking
        negated = starts(answers.negating, words) > 0
        if not negated and not starts(answers.ruling_out, words):
            return None
        rest = without((*answers.courtesies, *answers.denying), words)
        if answers.pronouns & set(rest.split()) or self.context.new_values(rest):
            return None
        meant = [word for word in self.context.meant(rest) if word not in asking.approving]
        own = meant and not any(echoed(word, self.context.question.words) for word in meant)
        return (Act.DENIAL if negated else Act.HEDGE) if own else None

    def _wish(self, words: str, *, agreed: bool, declined: bool) -> Act:
        """Return the act of a clause that neither asks nor refuses."""
        answers = self._answers
        if not words or self.context.chooses(words):
            return Act.REQUEST if words else Act.NOTHING
        if self._gives_other_code(words, agreed=agreed) or self.context.gives_other(words):
            return Act.CHANGE
        if matches(answers.hedging, words):
            return Act.HEDGE if starts(answers.hedging, words) else Act.MUSING
        about_this = self.context.about_this(words)
        if self._begins(answers.agreeing, about_this):
            other = self.context.stated and declined and self.context.new_values(words)
            return Act.CHANGE if other else Act.ASSENT
        if self._begins(answers.contented, about_this):
            liked = Act.LIKING if self._only(answers.liking, about_this) else Act.ASSENT
            return Act.NOTHING if declined else liked
        if starts(answers.acknowledging, words):
            return Act.LISTENING
        act = self._in_context(words)
        return self._behind_yes(words, act) if agreed else act

    def _behind_yes(self, words: str, act: Act) -> Act:
        """Return the act of a clause after a yes, if it would be ``act`` by itself."""
        answers = self._answers
        if self.context.multiplies(words):
            return Act.CHANGE
        if self.context.may_multiply(words) or self.context.puts_off(words):
            return Act.HEDGE
        if act is Act.REQUEST or (act is Act.CHANGE and self.context.renames(words)):
            return act
        if self.context.stated and self.context.may_differ(words):
            return Act.HEDGE
        # "yes, thank you" adds nothing; other words show that the caller has moved on.
        polite = not without((*answers.courtesies, *answers.interjections), words)
        return Act.NOTHING if polite else Act.REMARK

    def _gives_other_code(self, words: str, *, agreed: bool) -> bool:
        """Return whether a clause names the other code; after a yes, whether it does only that."""
        value_word = self._answers.value_word
        alone = not without((*self._answers.courtesies, value_word), words)
        return self.names_other and value_word in words.split() and (alone or not agreed)

    def _asked(self, words: str, *, agreed: bool) -> Act:
        """Return the act of a question: "can you cancel it?" agrees, "hello?" takes a yes back."""
        answers = self._answers
        alone = self._only(answers.agreeing_alone, words) or self._requests(words)
        polite = starts((*self._wishes.requesting, *answers.courtesies), words) > 0
        if polite and alone:
            return Act.ASSENT
        if self.context.wants_other(words):
            told = not polite or starts(self._wishes.informing, self.context.behind_lead(words))
            asks = (agreed and told) or self.context.offers_change()
            return Act.QUESTION if asks else Act.CHANGE
        if words and not without(answers.tags, words):
            return Act.NOTHING
        if not words or alone or starts(self._wishes.retracting, words):
            return Act.ASIDE
        act = Act.NOTHING if agreed or not polite else self._in_context(words)
        return Act.QUESTION if act is Act.NOTHING else act

    def _in_context(self, words: str) -> Act:
        """Return the act of a wish or a statement, by the words and values of the question."""
        asked, rest = self.context.question, self.context.behind_lead(words)
        meant = self.context.meant(rest)
        if starts(self._wishes.informing, rest):
            return Act.QUESTION
        if asked.kind not in (QuestionKind.LEAVE, QuestionKind.READ_BACK):
            return Act.NOTHING
        setting = starts(self._wishes.setting, words) > 0
        other = setting or self.context.new_values(words)
        if self.context.turns(words) or (self.context.stated and other):
            return Act.CHANGE
        echoes = [echoed(word, asked.words) for word in meant]
        wished = self.context.wishes_for(words, rest)
        if wished and echoes and all(echoes) and self.context.stated:
            return Act.REQUEST
        if asked.kind is QuestionKind.READ_BACK:
            return Act.CHANGE if wished and echoes[:1] == [True] else Act.NOTHING
        if wished and self.context.takes_up(rest):
            return Act.REQUEST
        return Act.ADDITION if setting else Act.NOTHING

    def _only(self, patterns: Patterns, words: str) -> bool:
        """Return whether a clause consists of the patterns and courtesies."""
        courtesies = self._answers.courtesies
        return matches(patterns, words) and not without((*patterns, *courtesies), words)

    def _begins(self, patterns: Patterns, words: str) -> bool:
        """Return whether a clause begins with the patterns, after words that may lead to them."""
        return self._behind(patterns, words) is not None

    def _requests(self, words: str) -> bool:
        """Return whether a clause asks for just the proposed action: "please cancel it"."""
        answers, verbs = self._answers, self.verbs
        if self.context.kind is QuestionKind.READ_BACK and not self.context.undoes:
            verbs = (*verbs, *self._wishes.taking_up)
        rest = self._behind(verbs, words)
        return rest is not None and not without((*self._wishes.objects, *answers.courtesies), rest)

    def _behind(self, patterns: Patterns, words: str) -> str | None:
        """Return the words after the patterns if only words of the lead precede them, else None."""
        while not (size := starts(patterns, words)):
            skipped = starts(self.context.lead, words)
            if not skipped:
                return None
            words = words[skipped:].strip()
        return words[size:].strip()
