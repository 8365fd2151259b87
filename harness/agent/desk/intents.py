"""What a caller wants, read from recognized words with allowance for a recognizer's slips."""

from __future__ import annotations

import re
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


_PATTERNS: dict[Intent, str] = {
    Intent.LOOK_UP: (
        r"where(?:'s| is| are)?\b.*\b(?:order|parcel|package|delivery|it)\b|status|track"
        r"|look (?:it |that )?up|check (?:on |up |out )?(?:an |my |the |a |in )?(?:\w+ )?order"
        r"|when (?:will|does|is|do)\b.*\b(?:arriv|come|get|deliver|order)|(?:my|the) order is late"
        r"|(?:has|have|did)n?'?t?\b.*\b(?:arriv|come yet|shipp|deliver)|late again|order\b.*\blate"
        r"|find (?:my|an|the) order"
    ),
    Intent.CANCEL: r"cancel\w*|counsel my|call off|(?:don't|do not) (?:want|need) (?:it|the order)",
    Intent.CHANGE_ADDRESS: (
        r"(?:chang\w*|updat\w*|new|different|another|wrong|correct)\b.*\baddress"
        r"|address\b.*\b(?:chang|updat|wrong)|(?:deliver|send|ship)\b.*\b(?:somewhere else|to "
        r"(?:a|another))"
    ),
    Intent.REFUND: r"refund\w*|money back|pay me back|reimburse\w*|re fund",
    Intent.HUMAN: (
        r"(?:talk|speak|connect|transfer|get|want|need|give|put|like|have|through)\b.*"
        r"\b(?:human|real person|person|someone|somebody|people|agent|representative|manager"
        r"|supervisor|specialist|operator|few men|hew ?man|humane?|you man)\b|\b(?:human|real "
        r"person|representative|operator) please"
        r"|^(?:a |an )?(?:human|agent|operator|representative)\b"
    ),
    Intent.DANGER: (
        r"emergency|on fire|smok(?:e|ing)\b|burn(?:t|ed|ing)|explod\w*|injur\w*|electric shock"
        r"|(?:hurt|kill) (?:myself|someone|somebody)|poison\w*"
    ),
    Intent.VERY_ANGRY: (
        r"ridiculous|unacceptable|outrag\w*|furious|useless|lawyer|\bsue\b|\bsuing\b|idiot\w*"
        r"|stupid"
        r"|incompeten\w*|disgrace\w*|scam|fed up|had enough|worst|sick of|terrible service|damn"
        r"|police|legal action|pathetic"
    ),
    Intent.ANNOYED: (
        r"annoy\w*|frustrat\w*|upset|not happy|unhappy|disappoint\w*|angry|late again|took "
        r"(?:so|too) long"
        r"|again and again|irritat\w*"
    ),
    Intent.RETRY: r"try (?:it |that )?(?:again|once more)|once more|another try|one more time",
    Intent.DETAILS: (
        r"tell me (?:\w+ ){0,3}(?:everything|all|more|about)|everything about|(?:more|all|every"
        r"|the) details?"
        r"|in detail|what else (?:do|can) you|how (?:does|will) (?:the |my )?delivery"
    ),
    Intent.REPEAT: (
        r"(?:say|repeat) (?:that|it)(?: again)?|what did you say|pardon|come again|once again"
    ),
    Intent.GOODBYE: (
        r"good[- ]?bye?\b|\bbye\b|that'?s all|that is all|that'?s (?:so|not) thank|have a "
        r"(?:good|nice)"
    ),
    Intent.NOTHING_ELSE: (
        r"nothing else|no,? thank|that'?s (?:all|it|everything)|i'?m (?:good|fine|done)"
    ),
    Intent.GREETING: r"\b(?:hi|hello|hey|good (?:morning|afternoon|evening))\b",
    Intent.CORRECTION: (
        r"\b(?:no|not|sorry|wrong|actually|correction|i mean|i meant|instead|rather|mistake)\b"
    ),
    Intent.NEVER_MIND: r"never ?mind|forget it|leave it|changed my mind|don't bother",
}
_COMPILED = {intent: re.compile(pattern, re.I) for intent, pattern in _PATTERNS.items()}
_NOT_A_HUMAN_REQUEST = re.compile(
    r"(?:don't|do not|no need to|rather not)\s+(?:\w+\s+){0,3}(?:human|person|agent|specialist)",
    re.I,
)
_NOT_A_CANCELLATION = re.compile(r"(?:don't|do not|not|never)\s+(?:\w+\s+)?cancel", re.I)


def read_intents(text: str) -> frozenset[Intent]:
    """Return everything the words express; nothing for words that mean nothing to an order desk."""
    plain = re.sub(r"[^\w\s',.?-]", " ", text.replace("’", "'"))
    found = {intent for intent, pattern in _COMPILED.items() if pattern.search(plain)}
    if _NOT_A_HUMAN_REQUEST.search(plain):
        found.discard(Intent.HUMAN)
    if _NOT_A_CANCELLATION.search(plain):
        found.discard(Intent.CANCEL)
    return frozenset(found)


_FILLER = frozenset(
    [
        "you",
        "the",
        "a",
        "an",
        "and",
        "uh",
        "um",
        "hm",
        "hmm",
        "mm",
        "mmm",
        "oh",
        "ah",
        "so",
        "it",
        "i",
        "to",
        "yeah",
        "music",
        "blank",
        "audio",
        "is",
        "thanks",
        "thank",
    ]
)


def is_background(text: str, audio_s: float | None) -> bool:
    """Whether sound held no words for us: none at all, or far too few for its length, all fillers.

    Recognizers make up a word or two for music and noise; a caller who speaks says more than one
    word in three seconds.
    """
    words = re.findall(r"[a-z0-9']+", text.lower())
    if not words:
        return True
    if audio_s is None or read_intents(text) - {Intent.GREETING, Intent.CORRECTION}:
        return False
    meaningful = [word for word in words if word not in _FILLER]
    if not meaningful:
        return len(words) <= 2 or len(words) < audio_s
    return len(words) < audio_s / 3 or (len(set(words)) <= 2 and len(words) >= 5)
