"""What a caller wants, read from recognized words with allowance for a recognizer's slips."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


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
