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
    """An intent that a caller turn may express; a turn may express several."""

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
    """The phrases of a language for each intent: regular expressions, case ignored."""

    patterns: Mapping[Intent, str]
    no_human: str
    """Denies the request for a human."""
    no_cancellation: str
    """Denies the request to cancel."""
    subject: str
    """Words that are about an order, for any request."""
    fillers: frozenset[str]
    """Words that recognizers make up for noise."""
    goes_on: str
    """The end of words that need a continuation."""
    complete: str
    """An answer that needs no more, with any ending."""


def read_intents(text: str, words: IntentWords) -> frozenset[Intent]:
    """Return all intents of the words; empty if they mean nothing to an order desk."""
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
    """Return whether a sentence is unfinished, by its last words; a full stop proves nothing.

    Recognizers append a full stop to any text, but no comma, dash or question mark.
    """
    plain = text.replace("’", "'").strip().lower()
    if re.search(r"(?:\.\.\.|…|[,;:-]|–|—)$", plain):
        return True
    bare = plain.rstrip(" .!?")
    if plain.endswith("?") or re.fullmatch(words.complete, bare):
        return False
    return bool(re.search(rf"(?:{words.goes_on})$", bare))


def is_background(text: str, audio_s: float | None, words: IntentWords) -> bool:
    """Return whether audio held no words for the agent: none, or too few fillers for its length.

    Recognizers make up a word or two for music and noise; a caller who speaks says more than a
    single word in three seconds.
    """
    heard = re.findall(r"(?:[^\W_]|')+", text.lower())
    if not heard:
        return True
    if audio_s is None or read_intents(text, words) - {Intent.GREETING, Intent.CORRECTION}:
        return False
    if all(word in words.fillers for word in heard):
        return len(heard) <= 2 or len(heard) < audio_s
    return len(heard) < audio_s / 3 or (len(set(heard)) <= 2 and len(heard) >= 5)


# The order that the caller meant: recognized words against the numbers on file.
#
# A number counts only if nearly all of it was heard. The recognizer writes letters as words ("so
# hard to" for O R D), so numbers are compared as sounds (``language.matching``); the caller then
# confirms the number as it is on file. Without numbers on file, only characters that were heard
# clearly count.

_CLEAR = 0.17
_POSSIBLE = 0.30
_NOISY = 0.40
_FAR_APART = 0.12
_MARGIN = 0.05
_CUT = 0.06
_LEAST_CHARACTERS = 5
_AMOUNTS = tuple(str(amount) for amount in (5, *range(10, 101, 5), *range(110, 301, 10), 400, 500))
"""Sums that people often request; others count only if the recognizer wrote them as such."""

_AMOUNT_WITHIN = 0.20


class Certainty(Enum):
    """How well a number was heard."""

    NONE = "none"
    """No possible number."""
    PARTIAL = "partial"
    """The beginning of a number: cut off."""
    UNSURE = "unsure"
    """A number, but an ambiguous value."""
    HEARD = "heard"


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in the caller's words; ``value`` is set when HEARD, and a best guess when UNSURE."""

    certainty: Certainty
    value: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NumberWords:
    """The forms of numbers and sums in a language: regular expressions, case ignored."""

    sign: str
    """A character of a number, as a figure or as a word."""
    bare_amount: str
    """A sum in figures, group 1, without its currency."""
    near_amount: str
    """A currency, and the words before it, which may be a misheard sum."""
    joined: str
    """The words between two numbers that are both meant."""
    currency: str
    """A word that makes a number a sum, in answer to the question how much."""


def mentioned(
    text: str, on_file: tuple[str, ...], language: Language, words: NumberWords
) -> Mention:
    """Return the order number in the words, with its certainty."""
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
    """Return the numbers of a list, in order; empty unless two or more were all heard."""
    parts = re.split(words.joined, text, flags=re.I)
    if len(parts) < 2 or any(len(re.findall(words.sign, part, re.I)) < 3 for part in parts):
        return ()
    mentions = [mentioned(part, on_file, language, words) for part in parts]
    if any(each.certainty is not Certainty.HEARD for each in mentions):
        return ()
    values = tuple(dict.fromkeys(each.value for each in mentions if each.value is not None))
    return values if len(values) > 1 else ()


def amount_in(text: str, language: Language, words: NumberWords) -> float | None:
    """Return the named sum of money, by its words or by its sound before a currency."""
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
    """Return whether the last two or more characters are missing: the text fits better without."""
    distances = [contains_value(text, value[:end], ValueKind.ID, language) for end in (-1, -2)]
    return distances[0] - distances[1] > _CUT


def _without_file(text: str, language: Language) -> Mention:
    found = [each.value for each in language.find(text, ValueKind.ID)]
    whole = [value for value in found if len(value) >= _LEAST_CHARACTERS]
    if whole:
        return Mention(Certainty.HEARD, whole[-1])
    return Mention(Certainty.PARTIAL if found else Certainty.NONE)
