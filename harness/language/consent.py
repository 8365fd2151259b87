"""Yes, no, or not yet: what a caller's words say about what the agent asked, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from harness.language.language import Language
from harness.language.phrasebook import Answers, Patterns, matches, plain, starts, without
from harness.language.values import ValueKind


class Consent(Enum):
    """What a caller turn says about an open question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


class _Act(Enum):
    """What one clause does to the answer."""

    ASSENT = "assent"
    REFUSAL = "refusal"
    HEDGE = "hedge"
    """A condition or a doubt: no yes in the rest of its sentence counts."""
    ASIDE = "aside"
    """The yes before it was a sign of listening, or is asked back."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class _Clause:
    words: str
    asked: bool
    ends_sentence: bool


_MARK = re.compile(r"[.!?…,;:]+(?=\s|$)|\.{2,}|…|\s[-–—]+\s|[–—]")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a caller turn says about what the agent asked."""

    consent: Consent
    changes: bool
    """Whether it wants something else than was asked, so that an older yes does not hold."""
    asks: bool
    """Whether a question stands in it."""
    words: str
    """The clause that decided, as ``phrasebook.plain`` returns it; empty if none did."""


def read_reply(
    text: str, language: Language, *, question: str = "", verbs: tuple[str, ...] = ()
) -> Reply:
    """Return what a caller answers to ``question``, the agent's words before it.

    ``verbs`` name the action that is proposed, if one is: "cancel it" agrees to a proposal to
    cancel and is a request otherwise. The clauses are read in order and the last one that decides
    stands ("no, wait, yes" is YES, "yeah, no" is NO). A refusal, a correction and a call to wait
    are NO. A condition ("yes, but"), a doubt, a yes that is asked ("yes?"), one that only shows
    that the caller listens ("yes, I heard you") and a backchannel alone ("uh-huh") are UNCLEAR.
    """
    answers = language.phrases.answers
    standing, hedged, decided = Consent.UNCLEAR, False, ""
    changes, asks = False, False
    for clause in _clauses(_without_values(text, language), answers):
        act = _act(clause, answers, verbs, standing)
        hedged = hedged or act is _Act.HEDGE
        asks = asks or (clause.asked and act is not _Act.ASSENT)
        changes = changes or matches(answers.changing, clause.words)
        before = standing
        if act is _Act.REFUSAL:
            standing = Consent.NO
        elif act is _Act.ASSENT:
            standing = Consent.UNCLEAR if hedged else Consent.YES
        elif act is not _Act.NOTHING and standing is Consent.YES:
            standing = Consent.UNCLEAR
        if standing is not before:
            decided = clause.words
        hedged = hedged and not clause.ends_sentence
    return Reply(standing, changes, asks, decided)


def _clauses(text: str, answers: Answers) -> Iterator[_Clause]:
    """Yield what stands between two pauses, and each yes or no that begins it for itself."""
    at = 0
    for mark in (*_MARK.finditer(text), None):
        stop = len(text) if mark is None else mark.start()
        words = plain(text[at:stop])
        sign = "" if mark is None else mark[0]
        if "," in sign and starts(answers.joining, words) == len(words):
            continue
        at = stop if mark is None else mark.end()
        words = without(answers.harmless, words)
        ends = any(one in sign for one in ".!?…")
        while (size := starts(answers.interjections, words)) and size < len(words):
            yield _Clause(words[:size], asked=False, ends_sentence=False)
            words = words[size:].strip()
        if words or ends:
            yield _Clause(words, asked="?" in sign, ends_sentence=ends)


def _without_values(text: str, language: Language) -> str:
    """Put one word for every number and amount: what is spelled has pauses that part no clauses."""
    word = language.phrases.answers.value_word
    for kind in (ValueKind.AMOUNT, ValueKind.ID):
        for found in reversed(language.find(text, kind)):
            text = f"{text[: found.start]} {word} {text[found.stop :]}"
    return text


def _act(clause: _Clause, answers: Answers, verbs: tuple[str, ...], standing: Consent) -> _Act:
    """Return what a clause does; ``standing`` is the answer up to it."""
    words = clause.words
    if clause.asked:
        return _asked(words, answers, verbs)
    if _only(answers.agreeing_alone, words, answers) or _requests(words, answers, verbs):
        return _Act.ASSENT
    if matches(answers.unsure, words):
        return _Act.HEDGE
    if matches(answers.refusing, words):
        explained = standing is Consent.YES and starts(answers.reasons, words)
        return _Act.NOTHING if explained else _Act.REFUSAL
    if matches(answers.hedging, words):
        return _Act.HEDGE
    if _begins(answers.agreeing, words, answers):
        return _Act.ASSENT
    if _begins(answers.contented, words, answers):
        return _Act.NOTHING if standing is Consent.NO else _Act.ASSENT
    return _Act.ASIDE if starts(answers.acknowledging, words) else _Act.NOTHING


def _asked(words: str, answers: Answers, verbs: tuple[str, ...]) -> _Act:
    """Return what a question does: "could you cancel it?" agrees, "hello?" takes a yes back."""
    polite = starts(answers.requesting, words) > 0
    if polite and (
        _only(answers.agreeing_alone, words, answers) or _requests(words, answers, verbs)
    ):
        return _Act.ASSENT
    if words and (not without(answers.tags, words) or starts(answers.informing_questions, words)):
        return _Act.NOTHING
    return _Act.ASIDE


def _only(patterns: Patterns, words: str, answers: Answers) -> bool:
    """Say whether a clause is made of the patterns, and of courtesies beside them."""
    return matches(patterns, words) and not without((*patterns, *answers.courtesies), words)


def _begins(patterns: Patterns, words: str, answers: Answers) -> bool:
    """Say whether a clause begins with the patterns, behind words that may lead up to them."""
    return _behind(_lead(answers), patterns, words) is not None


def _requests(words: str, answers: Answers, verbs: tuple[str, ...]) -> bool:
    """Say whether a clause asks for just the proposed action: "please cancel it"."""
    rest = _behind(_lead(answers), verbs, words)
    return rest is not None and not without((*answers.objects, *answers.courtesies), rest)


def _lead(answers: Answers) -> Patterns:
    return (*answers.requesting, *answers.courtesies, *answers.agreeing_alone)


def _behind(lead: Patterns, patterns: Patterns, words: str) -> str | None:
    """Return what follows the patterns where only words of the lead come before, else None."""
    while not (size := starts(patterns, words)):
        skipped = starts(lead, words)
        if not skipped:
            return None
        words = words[skipped:].strip()
    return words[size:].strip()
