"""Whether the caller had confirmed a value at a moment of the call."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from harness.judging.dialogue.model import CallerAnswer, Dialogue, ReadBack
from harness.language.consent import Consent
from harness.language.known_values import edits
from harness.language.values import ValueKind, same_value
from harness.timeline.lookup import next_from

EARLY_ANSWER_S = 0.15
"""An answer may begin this much before the last word that it answers has faded out."""

NEVER_READ_BACK = "it was never read back"

READ_BACK_AS = "it was read back as"

NOT_ACCEPTED = "the caller had not accepted the read-back"

_SPELLED = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL, ValueKind.NAME)

_CITED_BY_ITS_END = (ValueKind.ID, ValueKind.PHONE)
"""Kinds that a caller may repeat by their last characters alone."""


class Doubt(Enum):
    """The question about a read-back that a listener must decide."""

    WORDS = "words"
    """Whether the words say the value: they may mean several values, or only come near it."""
    CHOICE = "choice"
    """Which of several values the caller meant with a yes."""
    ANSWER = "answer"
    """Whether the caller accepted it."""
    DIGITS = "digits"
    """Whether each digit was said on its own."""
    SIGNS = "signs"
    """Whether the separators between the characters were said."""
    REPAIR = "repair"
    """Which number the caller meant, after an ambiguous correction of a part."""
    REPLACED = "replaced"
    """Whether another value that the caller gave later was meant as a replacement."""
    TRANSCRIPT = "transcript"
    """Whether it was read back: the recognizer heard it, the transcript lacks it."""


@dataclass(frozen=True, slots=True)
class Manner:
    """Whether a read-back says its value as the suite requires; None if unknown."""

    fits: bool | None = True
    doubt: Doubt = Doubt.WORDS


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A read-back and the reply that accepted it; ``problem`` reports a fault or a gap."""

    read_back: ReadBack | None
    answer: CallerAnswer | None
    problem: str = ""
    instead: tuple[str, ...] = ()
    """The normalized values with which the sentence of ``problem`` continues."""
    doubt: Doubt | None = None
    """The open question that only a listener can decide."""


_PROBLEMS = {
    Doubt.DIGITS: "it was not read back digit by digit",
    Doubt.SIGNS: "it was read back with other signs between its characters",
}


def value_confirmed(
    dialogue: Dialogue,
    value: str,
    kind: ValueKind,
    *,
    before_s: float,
    used_s: tuple[float, ...] = (),
    manner: Callable[[ReadBack], Manner] = lambda back: Manner(),
) -> Confirmation:
    """Return the confirmation of ``value`` before a moment, or the reason why there is none.

    Only the whole value counts, heard before the caller answered; the first reply to a read-back
    that is neither a backchannel nor unclear decides on it. A confirmed value stays confirmed until
    the caller gives another value of the kind, says no to a later read-back of it, or takes the yes
    back: says no before the next question and before the value was used (``used_s``, in order).
    The values that the caller gave before resolve words that may mean several values.
    """
    backs = read_backs_before(dialogue, kind, before_s=before_s)
    told = [(b, _told(dialogue, b, value, manner)) for b in backs]
    clear = [b for b, how in told if how is not None and how.fits]
    unsure = {how.doubt: b for b, how in told if how is not None and how.fits is None}
    wrong = [(b, how) for b, how in told if how is not None and how.fits is False]
    if not clear and not unsure:
        return _other_words(backs, wrong, value)
    best: Confirmation | None = None
    for doubt, same in ((None, clear), *((how, [back]) for how, back in unsure.items())):
        if same:
            found = _accepted(dialogue, same, value, before_s=before_s, used_s=used_s)
            found = replace(found, doubt=found.doubt or doubt)
            best = found if best is None or (best.problem and not found.problem) else best
    assert best is not None
    return best


def read_backs_before(dialogue: Dialogue, kind: ValueKind, *, before_s: float) -> list[ReadBack]:
    """Return the read-backs of values of a kind that were over by a moment, in order."""
    return [b for b in dialogue.read_backs if b.kind is kind and b.end_s <= before_s]


def _told(
    dialogue: Dialogue, back: ReadBack, value: str, manner: Callable[[ReadBack], Manner]
) -> Manner | None:
    """Return the manner in which a read-back says a value; None if it says another value."""
    if same_value(back.value, value, back.kind) and not back.near:
        return manner(back)
    if not any(same_value(reading, value, back.kind) for reading in back.readings):
        return None
    given = [
        v
        for answer in answers_between(dialogue, float("-inf"), back.start_s + EARLY_ANSWER_S)
        for k, v in zip(answer.kinds, answer.values, strict=True)
        if k is back.kind and any(same_value(v, r, k) for r in back.readings)
    ]
    if not back.near and given and same_value(given[-1], value, back.kind):
        return manner(back)
    return Manner(None)


def _other_words(
    backs: list[ReadBack], wrong: list[tuple[ReadBack, Manner]], value: str
) -> Confirmation:
    """Return the fault of read-backs if none of them says the value as required."""
    if wrong:
        back, how = wrong[-1]
        return Confirmation(back, None, _PROBLEMS[how.doubt])
    shown = [b for b in backs if not b.near and _meant_as(b, value)]
    if not shown:
        return Confirmation(None, None, NEVER_READ_BACK)
    # The wrong value is shown: a person must hear it.
    others = tuple(dict.fromkeys(b.value for b in shown))
    return Confirmation(shown[-1], None, READ_BACK_AS, others)


def _meant_as(back: ReadBack, value: str) -> bool:
    """Return whether another value may be a read-back of this value, and no ticket number."""
    numbered = back.kind in _CITED_BY_ITS_END
    return not numbered or back.asked or is_near(back.value, value, back.kind)


def _accepted(
    dialogue: Dialogue,
    same: list[ReadBack],
    value: str,
    *,
    before_s: float,
    used_s: tuple[float, ...],
) -> Confirmation:
    """Return the outcome of the read-backs of a value."""
    whole = [b for b in same if b.whole]
    if not whole:
        return Confirmation(same[-1], None, "its read-back was interrupted")
    so_far = Confirmation(whole[-1], None, NOT_ACCEPTED)
    ended = _Ended(whole)
    for answer in answers_between(dialogue, float("-inf"), before_s):
        back = ended.asked_last(answer.start_s + EARLY_ANSWER_S)
        if back is not None:
            so_far = _after(dialogue, so_far, value, back=back, answer=answer, used_s=used_s)
    last = so_far.read_back
    if last is not None and not last.asked and _still_asked(dialogue, last):
        return replace(so_far, read_back=replace(last, asked=True))
    return so_far


def _still_asked(dialogue: Dialogue, back: ReadBack) -> bool:
    """Return whether a correction is read back without a new question: the old question is open."""
    if any(question.utterance == back.utterance for question in dialogue.questions):
        return False
    earlier = [b for b in dialogue.read_backs if b.kind is back.kind and b.end_s <= back.start_s]
    if not earlier or not earlier[-1].asked:
        return False
    between = answers_between(dialogue, earlier[-1].end_s - EARLY_ANSWER_S, back.start_s)
    return any(
        answer.consent is Consent.NO or other_value(answer, earlier[-1].value, back.kind)
        for answer in between
    )


class _Ended:
    """Finds the read-backs that had ended by a time; the times must come in order."""

    def __init__(self, backs: list[ReadBack]) -> None:
        numbered = sorted(enumerate(backs), key=lambda each: each[1].end_s, reverse=True)
        self._left, self._newest, self._asked = numbered, -1, -1
        self._backs = backs

    def asked_last(self, by_s: float) -> ReadBack | None:
        """Return the read-back that a reply answers: the newest that asked, else the newest."""
        while self._left and self._left[-1][1].end_s <= by_s:
            number, back = self._left.pop()
            self._newest = max(self._newest, number)
            self._asked = max(self._asked, number) if back.asked else self._asked
        newest = self._newest if self._asked < 0 else self._asked
        return None if newest < 0 else self._backs[newest]


def _after(
    dialogue: Dialogue,
    so_far: Confirmation,
    value: str,
    *,
    back: ReadBack,
    answer: CallerAnswer,
    used_s: tuple[float, ...],
) -> Confirmation:
    """Return the state of a value after another reply; ``back`` is its newest read-back then."""
    corrected = other_value(answer, value, back.kind)
    if corrected is not None:
        if _corrects(dialogue, back, answer, corrected, value):
            return Confirmation(back, answer, "the caller then gave", (corrected,))
        if so_far.answer is not None and not so_far.problem:
            return replace(so_far, doubt=so_far.doubt or Doubt.REPLACED, instead=(corrected,))
        return so_far
    if back.kind in _CITED_BY_ITS_END and any(_comparable(one, value) for one in answer.unclear):
        return Confirmation(back, answer, doubt=Doubt.REPAIR)
    decided = so_far.read_back is back and so_far.answer is not None
    accepted = so_far.answer is not None and not so_far.problem
    if answer.consent is Consent.NO and (
        _takes_back(dialogue, back, answer, used_s=used_s) if accepted else not decided
    ):
        return Confirmation(back, answer, "the caller said no to it")
    repeated = answer.consent is not Consent.NO and _gives(answer, value, back.kind)
    if repeated and not decided:
        return Confirmation(back, answer)
    if answer.consent is Consent.YES and not decided:
        return Confirmation(back, answer, doubt=Doubt.CHOICE if back.offered else None)
    return so_far


def _corrects(
    dialogue: Dialogue, back: ReadBack, answer: CallerAnswer, other: str, value: str
) -> bool:
    """Return whether another value certainly replaces the value that was read back.

    It does if it answers the read-back, comes with a no or another wish, or is nearly that value.
    A number that answers a newer question may be any number: an extension, a ticket.
    """
    if answer.consent is Consent.NO or answer.changes or is_near(other, value, back.kind):
        return True
    asked = bisect_left(dialogue.questions, answer.start_s, key=lambda asked: asked.start_s)
    # A number that answers a newer question may be any number: an extension, a ticket.
    return not asked or dialogue.questions[asked - 1].start_s <= back.end_s


def is_near(one: str, other: str, kind: ValueKind) -> bool:
    """Return whether two values that are spelled out differ in few characters."""
    return kind in _SPELLED and edits(one, other) <= 1 + len(other) // 4


def _gives(answer: CallerAnswer, value: str, kind: ValueKind) -> bool:
    """Return whether a reply says all of a value."""
    pairs = zip(answer.kinds, answer.values, strict=True)
    return any(k is kind and same_value(v, value, kind) for k, v in pairs)


def _takes_back(
    dialogue: Dialogue, back: ReadBack, answer: CallerAnswer, *, used_s: tuple[float, ...]
) -> bool:
    """Return whether a no is about an accepted value, not about an action or a result."""
    # After the value was used, a no may be about the result.
    if next_from(used_s, back.end_s) <= answer.start_s:
        return False
    asked = bisect_left(dialogue.questions, answer.start_s, key=lambda asked: asked.start_s)
    # After a newer question, the no answers that question.
    if asked and dialogue.questions[asked - 1].utterance != back.utterance:
        return False
    # A no to a proposal is about the action.
    return not any(proposal.utterance == back.utterance for proposal in dialogue.proposals)


def answers_between(dialogue: Dialogue, start_s: float, end_s: float) -> tuple[CallerAnswer, ...]:
    """Return the replies that begin at or after ``start_s`` and are over by ``end_s``."""
    return tuple(r for r in dialogue.answers if r.start_s >= start_s and r.end_s <= end_s)


def other_value(answer: CallerAnswer, value: str, kind: ValueKind) -> str | None:
    """Return a value of the same kind that a reply gives instead; None if it gives none.

    A reply that names both corrects: the caller contrasts the two ("not A but B"). A value that
    cannot replace this value does not count: much shorter, or without letters or digits if this
    value has some.
    """
    pairs = zip(answer.kinds, answer.values, strict=True)
    return next(
        (v for k, v in pairs if k is kind and not means(v, value, kind) and _comparable(v, value)),
        None,
    )


def means(said: str, value: str, kind: ValueKind) -> bool:
    """Return whether the caller's words mean a value: all of it, or the end of a number."""
    return same_value(said, value, kind) or (kind in _CITED_BY_ITS_END and value.endswith(said))


def _comparable(other: str, value: str) -> bool:
    # A house number is no order id.
    alike = other.isdigit() == value.isdigit() and other.isalpha() == value.isalpha()
    return alike and 2 * len(other) >= len(value)
