"""The caller's intent and order number, from recognized words that may be misheard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from harness.language.known_values import contains_value, heard_value
from harness.language.language import Language
from harness.language.values import ValueKind


class Intent(Enum):
    """One thing that a caller turn may express; a turn may express several."""

    LOOK_UP = "look_up"
    CANCEL = "cancel"
    CHANGE_ADDRESS = "change_address"
    REFUND = "refund"
    HUMAN = "human"
    DANGER = "danger"
    VERY_ANGRY = "very_angry"
    ANNOYED = "annoyed"
    RETRY = "retry"
    DETAILS = "details"
    REPEAT = "repeat"
    GOODBYE = "goodbye"
    NOTHING_ELSE = "nothing_else"
    GREETING = "greeting"
    CORRECTION = "correction"
    NEVER_MIND = "never_mind"


@dataclass(frozen=True, slots=True, eq=False)
class IntentWords:
    """How callers of one language say what they want: regular expressions, case ignored."""

    patterns: Mapping[Intent, str]
    no_human: str
    """Denies the wish for a human."""
    no_cancellation: str
    """Denies the wish to cancel."""
    subject: str
    """Words that are about an order, whatever is wanted of it."""
    fillers: frozenset[str]
    """Words that recognizers make up for noise."""
    goes_on: str
    """The end of words behind which more must come."""
    complete: str
    """An answer that needs no more, whatever it ends with."""


def read_intents(text: str, words: IntentWords) -> frozenset[Intent]:
    """Return everything the words express; nothing for words that mean nothing to an order desk."""
    plain = re.sub(r"[^\w\s',.?-]", " ", text.replace("’", "'"))
    found = {
        intent for intent, pattern in words.patterns.items() if re.search(pattern, plain, re.I)
    }
    if re.search(words.no_human, plain, re.I):
        found.discard(Intent.HUMAN)
    if re.search(words.no_cancellation, plain, re.I):
        found.discard(Intent.CANCEL)
    return frozenset(found)


def goes_on(text: str, words: IntentWords) -> bool:
    """Whether a sentence is not finished, by its last words; a full stop proves nothing.

    Recognizers set one behind whatever they hear last, but no comma, dash or question mark.
    """
    plain = text.replace("’", "'").strip().lower()
    if re.search(r"(?:\.\.\.|…|[,;:-]|–|—)$", plain):
        return True
    bare = plain.rstrip(" .!?")
    if plain.endswith("?") or re.fullmatch(words.complete, bare):
        return False
    return bool(re.search(rf"(?:{words.goes_on})$", bare))


def is_background(text: str, audio_s: float | None, words: IntentWords) -> bool:
    """Whether sound held no words for us: none at all, or far too few for its length, all fillers.

    Recognizers make up a word or two for music and noise; a caller who speaks says more than one
    word in three seconds.
    """
    heard = re.findall(r"(?:[^\W_]|')+", text.lower())
    if not heard:
        return True
    if audio_s is None or read_intents(text, words) - {Intent.GREETING, Intent.CORRECTION}:
        return False
    if all(word in words.fillers for word in heard):
        return len(heard) <= 2 or len(heard) < audio_s
    return len(heard) < audio_s / 3 or (len(set(heard)) <= 2 and len(heard) >= 5)


# Which order the caller meant: recognized words against the numbers on file.
#
# A number counts only if nearly all of it was heard. The recognizer writes letters as words ("so
# hard to" for O R D), so numbers are compared as sounds (``language.matching``); what the caller
# then confirms is the number as it stands on file. Without numbers on file, only what was heard
# clearly as characters counts.

_CLEAR = 0.17
_POSSIBLE = 0.30
_NOISY = 0.40
_FAR_APART = 0.12
_MARGIN = 0.05
_CUT = 0.06
_LEAST_CHARACTERS = 5
_AMOUNTS = tuple(str(amount) for amount in (5, *range(10, 101, 5), *range(110, 301, 10), 400, 500))
"""Sums that people ask for; others count only if the recognizer wrote them down as such."""

_AMOUNT_WITHIN = 0.20


class Certainty(Enum):
    """How well a number was heard."""

    NONE = "none"
    """Nothing that could be a number."""
    PARTIAL = "partial"
    """The beginning of a number: cut off."""
    UNSURE = "unsure"
    """A number, but not which one."""
    HEARD = "heard"


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in the caller's words; ``value`` is set when HEARD, and a best guess when UNSURE."""

    certainty: Certainty
    value: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NumberWords:
    """How numbers and sums show in one language: regular expressions, case ignored."""

    sign: str
    """One character of a number, as a figure or as a word."""
    bare_amount: str
    """A sum in figures, group 1, without its currency."""
    near_amount: str
    """A currency, and the words before it, which may be a misheard sum."""
    joined: str
    """What stands between two numbers that are both meant."""
    currency: str
    """What makes a sum of the number that answers the question how much."""


def mentioned(
    text: str, on_file: tuple[str, ...], language: Language, words: NumberWords
) -> Mention:
    """Return what the words say about an order number."""
    if not on_file:
        return _without_file(text, language)
    match = heard_value(text, on_file, ValueKind.ID, language)
    signs = len(re.findall(words.sign, text, re.I))
    if match is None or (match.distance > _NOISY and signs < 2):
        return Mention(Certainty.NONE)
    apart = match.runner_up_distance - match.distance
    if match.distance > _POSSIBLE and not (match.distance <= _NOISY and apart >= _FAR_APART):
        looks_like_one = signs >= 3 or match.distance < 0.5
        return Mention(Certainty.PARTIAL if looks_like_one else Certainty.NONE)
    if match.distance > 0 and _is_cut(text, match.value, language):
        return Mention(Certainty.PARTIAL)
    if apart < _MARGIN or (match.distance > _CLEAR and apart < 2 * _MARGIN):
        return Mention(Certainty.UNSURE, match.value)
    return Mention(Certainty.HEARD, match.value)


def several(
    text: str, on_file: tuple[str, ...], language: Language, words: NumberWords
) -> tuple[str, ...]:
    """Return the numbers of a list, in order; nothing where not each of two or more was heard."""
    parts = re.split(words.joined, text, flags=re.I)
    if len(parts) < 2 or any(len(re.findall(words.sign, part, re.I)) < 3 for part in parts):
        return ()
    mentions = [mentioned(part, on_file, language, words) for part in parts]
    if any(each.certainty is not Certainty.HEARD for each in mentions):
        return ()
    values = tuple(dict.fromkeys(each.value for each in mentions if each.value is not None))
    return values if len(values) > 1 else ()


def amount_in(text: str, language: Language, words: NumberWords) -> float | None:
    """Return the sum of money that was named, by its words or by its sound before a currency."""
    found = language.find(text, ValueKind.AMOUNT)
    if found:
        return float(found[-1].value)
    bare = re.search(words.bare_amount, text, re.I)
    if bare is not None:
        return float(bare[1].replace(",", "."))
    near = re.search(words.near_amount, text, re.I)
    if near is None:
        return None
    match = heard_value(near[0], _AMOUNTS, ValueKind.AMOUNT, language)
    return float(match.value) if match is not None and match.distance <= _AMOUNT_WITHIN else None


def _is_cut(text: str, value: str, language: Language) -> bool:
    """Whether at least the last two characters are missing: leaving them out fits better, twice."""
    distances = [contains_value(text, value[:end], ValueKind.ID, language) for end in (-1, -2)]
    return distances[0] - distances[1] > _CUT


def _without_file(text: str, language: Language) -> Mention:
    found = [each.value for each in language.find(text, ValueKind.ID)]
    whole = [value for value in found if len(value) >= _LEAST_CHARACTERS]
    if whole:
        return Mention(Certainty.HEARD, whole[-1])
    return Mention(Certainty.PARTIAL if found else Certainty.NONE)
