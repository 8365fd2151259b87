"""Whether a value, or a proposed action, stood agreed at a moment of the call."""

from __future__ import annotations

from dataclasses import dataclass

from harness.dialogue.model import CallerAnswer, Dialogue, Proposal, ReadBack
from harness.language.consent import Consent
from harness.language.values import ValueKind

EARLY_ANSWER_S = 0.15
"""An answer may begin this much before the last word that it answers has faded out."""

_CITED_BY_ITS_END = (ValueKind.ID, ValueKind.PHONE)
"""Kinds that a caller may repeat by their last characters alone."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A read-back and the reply that accepted it; ``problem`` says what was missing or wrong."""

    read_back: ReadBack | None
    answer: CallerAnswer | None
    problem: str = ""
    instead: tuple[str, ...] = ()
    """The values, as they are compared, with which the sentence of ``problem`` goes on."""


def value_confirmed(
    dialogue: Dialogue,
    value: str,
    kind: ValueKind,
    *,
    before_s: float,
    used_s: tuple[float, ...] = (),
) -> Confirmation:
    """Return how ``value`` was confirmed before a moment, or what was missing.

    Only the whole value counts, heard before the caller answered; the first reply to a read-back
    that is neither a backchannel nor unclear decides on it. A value that is once confirmed stays so
    until the caller gives another of the kind, says no to a later read-back of it, or takes the
    yes back: says no before anything else was asked and before the value was used (``used_s``).
    """
    backs = [b for b in dialogue.read_backs if b.kind is kind and b.end_s <= before_s]
    same = [b for b in backs if b.value == value]
    if not same:
        if not backs:
            return Confirmation(None, None, "it was never read back")
        others = tuple(dict.fromkeys(b.value for b in backs))
        # The wrong one is shown: it is what a person must hear.
        return Confirmation(backs[-1], None, "it was read back as", others)
    whole = [b for b in same if b.whole]
    if not whole:
        return Confirmation(same[-1], None, "its read-back was interrupted")
    so_far = Confirmation(whole[-1], None, "the caller had not accepted the read-back")
    for answer in answers_between(dialogue, float("-inf"), before_s):
        ended = [b for b in whole if b.end_s <= answer.start_s + EARLY_ANSWER_S]
        if ended:
            back = _asked_last(ended)
            so_far = _after(dialogue, so_far, back=back, answer=answer, used_s=used_s)
    return so_far


def _asked_last(ended: list[ReadBack]) -> ReadBack:
    """Return the read-back that a reply answers: the newest that asked, else the newest."""
    return next((back for back in reversed(ended) if back.asked), ended[-1])


def _after(
    dialogue: Dialogue,
    so_far: Confirmation,
    *,
    back: ReadBack,
    answer: CallerAnswer,
    used_s: tuple[float, ...],
) -> Confirmation:
    """Return how a value stands after one more reply; ``back`` is its newest read-back by then."""
    corrected = other_value(answer, back.value, back.kind)
    if corrected is not None:
        return Confirmation(back, answer, "the caller then gave", (corrected,))
    decided = so_far.read_back is back and so_far.answer is not None
    accepted = so_far.answer is not None and not so_far.problem
    if answer.consent is Consent.NO and (
        _takes_back(dialogue, back, answer, used_s=used_s) if accepted else not decided
    ):
        return Confirmation(back, answer, "the caller said no to it")
    if answer.consent is Consent.YES and not decided:
        return Confirmation(back, answer)
    return so_far


def _takes_back(
    dialogue: Dialogue, back: ReadBack, answer: CallerAnswer, *, used_s: tuple[float, ...]
) -> bool:
    """Return whether a no is about a value that stood accepted, not about an action or a result."""
    asked = [q.utterance for q in dialogue.questions if q.start_s < answer.start_s]
    proposed = any(p.utterance == back.utterance for p in dialogue.proposals)
    used = any(back.end_s <= at_s <= answer.start_s for at_s in used_s)
    return not proposed and not used and asked[-1:] in ([], [back.utterance])


def answers_between(dialogue: Dialogue, start_s: float, end_s: float) -> tuple[CallerAnswer, ...]:
    """Return the replies that begin at or after ``start_s`` and are over by ``end_s``."""
    return tuple(r for r in dialogue.answers if r.start_s >= start_s and r.end_s <= end_s)


def other_value(answer: CallerAnswer, value: str, kind: ValueKind) -> str | None:
    """Return a value of the same kind that a reply gives instead, None if it gives none.

    A reply that names both corrects: the caller contrasts the two ("not A but B"). What cannot be
    meant as that value is none: much shorter, or without letters or digits where it has some (a
    house number is no order id).
    """
    pairs = zip(answer.kinds, answer.values, strict=True)
    return next(
        (v for k, v in pairs if k is kind and not means(v, value, kind) and _comparable(v, value)),
        None,
    )


def means(said: str, value: str, kind: ValueKind) -> bool:
    """Return whether what a caller said means a value: all of it, or the end of a number."""
    return said == value or (kind in _CITED_BY_ITS_END and value.endswith(said))


def _comparable(other: str, value: str) -> bool:
    alike = other.isdigit() == value.isdigit() and other.isalpha() == value.isalpha()
    return alike and 2 * len(other) >= len(value)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A proposal and the reply that agreed to it; ``problem`` says why there is no agreement."""

    proposal: Proposal
    answer: CallerAnswer | None
    problem: str = ""


def agreement_to(dialogue: Dialogue, proposal: Proposal, *, before_s: float) -> Agreed:
    """Return whether the caller clearly agreed to a proposal after it, up to a moment.

    The first reply that decides counts; an interrupted proposal has no agreement; a refusal or
    another value, before or after the yes, makes it stale.
    """
    if not proposal.whole:
        return Agreed(proposal, None, "its proposal was interrupted")
    agreed: CallerAnswer | None = None
    for answer in answers_between(dialogue, proposal.end_s - EARLY_ANSWER_S, before_s):
        if _names_others(answer, proposal):
            return Agreed(proposal, None, "the caller then changed what was proposed")
        if answer.consent is Consent.NO:
            return Agreed(proposal, None, "the caller said no")
        if agreed is None and answer.consent is Consent.YES:
            agreed = answer
    if agreed is None:
        return Agreed(proposal, None, "the caller had not clearly agreed")
    return Agreed(proposal, agreed)


def _names_others(answer: CallerAnswer, proposal: Proposal) -> bool:
    """Return whether a reply gives a value that the proposal lacks, of a kind that it has."""
    proposed = set(zip(proposal.kinds, proposal.values, strict=True))
    pairs = zip(answer.kinds, answer.values, strict=True)
    return any(
        not any(kind is k and means(value, v, kind) for k, v in proposed)
        and any(kind is k and _comparable(value, v) for k, v in proposed)
        for kind, value in pairs
    )
