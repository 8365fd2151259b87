"""Reads a session's instructions into behaviours: how strongly each is asked for, and its figures.

This is not understanding of language. A sentence asks for a behaviour if it (or the heading and
lead-in above it) holds the behaviour's words; it is a clear rule with strong words or a plain
order ("always", "never", "before you", an imperative), a vague one with weak words ("try to",
"should", "when possible"). What no sentence asks for is absent. As with a model, a clear rule is
followed always, a vague one mostly, an absent one rarely; which it is, is drawn once per call.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Behaviour(Enum):
    """Something that instructions may ask of the desk."""

    PREAMBLE = "preamble"
    READ_BACK = "read_back"
    REPEAT_INTERRUPTED = "repeat_interrupted"
    CONFIRM_CHANGES = "confirm_changes"
    CLARIFY = "clarify"
    ESCALATE_ON_REQUEST = "escalate_on_request"
    ESCALATE_ON_ANGER = "escalate_on_anger"
    ESCALATE_ON_FAILURES = "escalate_on_failures"
    ESCALATE_ON_DANGER = "escalate_on_danger"
    ESCALATE_ABOVE_LIMIT = "escalate_above_limit"
    QUIET_ON_BACKGROUND = "quiet_on_background"
    ONE_AT_A_TIME = "one_at_a_time"
    SHORT_SPEECH = "short_speech"


class Strength(Enum):
    """How strongly a behaviour is asked for; the value is how likely it is shown in a call."""

    CLEAR = 1.0
    VAGUE = 0.8
    ABSENT = 0.1


@dataclass(frozen=True, slots=True)
class Rules:
    """What the instructions ask for, and what they tell."""

    strengths: Mapping[Behaviour, Strength] = field(default_factory=dict)
    orders: tuple[str, ...] = ()
    """Values shaped like order numbers, in order of appearance."""
    refund_limit: float | None = None
    handover: str = ""
    """The sentence that goes with a hand-over; empty for the desk's own."""

    def strength(self, behaviour: Behaviour) -> Strength:
        """Return how strongly a behaviour is asked for."""
        return self.strengths.get(behaviour, Strength.ABSENT)

    def shown(self, seed: int) -> frozenset[Behaviour]:
        """Draw the behaviours that this call shows; same rules and seed, same draw."""
        return frozenset(
            behaviour
            for behaviour in Behaviour
            if random.Random(f"{seed} {behaviour.value}").random() < self.strength(behaviour).value
        )


@dataclass(frozen=True, slots=True, eq=False)
class PromptWords:
    """How instructions of one language ask for behaviours: regular expressions, case ignored."""

    triggers: Mapping[Behaviour, str]
    strong: str
    weak: str
    dismissed: str
    """Says that read-backs, preambles or confirmations are not wanted."""
    no_preamble: str
    """Says when a preamble is out of place, or how one is to sound, and asks for none."""
    human: str
    """Whoever takes over, and what handing over is called."""
    no_human: str
    """Denies a hand-over."""
    only_when: str
    """What is to be done about a read-back does not ask for one."""
    money: str
    """A sum, its figures in one of the groups."""
    thousands: str
    """The sign between thousands in such figures."""
    limit: str
    """What a sum must be about to be the limit."""
    quoted: str
    """Words in quotation marks, as group 1."""
    handing: str
    """What such words hold if they go with a hand-over; case counts."""
    say: str
    """Instructions to say something, the words in one of the groups."""
    at_times: str
    """Tells that this is for another time than now."""
    one_of: str
    """Instructions to answer with one of several, all of them as group 1."""
    between: str
    """What stands between these."""
    sentence: Callable[[str], str]
    """Makes a sentence, without its full stop, of such words."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    context: str
    """The sentence with the heading and the lead-in that it stands under."""


_ORDER_ID = re.compile(r"\b[A-Z]{2,5}-?(?=[A-Z0-9-]*\d[A-Z0-9-]*\d)[A-Z0-9]{3,10}\b")
_NEEDS_HUMAN = frozenset(
    {
        Behaviour.ESCALATE_ON_ANGER,
        Behaviour.ESCALATE_ON_FAILURES,
        Behaviour.ESCALATE_ON_DANGER,
        Behaviour.ESCALATE_ABOVE_LIMIT,
    }
)
"""These words alone ask for nothing: the context must speak of a hand-over."""


def read_rules(instructions: str, words: PromptWords) -> Rules:
    """Return what the instructions ask for; empty instructions ask for nothing."""
    strengths: dict[Behaviour, Strength] = {}
    limit: float | None = None
    handover: str | None = None
    for sentence in _sentences(instructions):
        for behaviour in Behaviour:
            if _asks_for(sentence, behaviour, words):
                found = _strength(sentence, words)
                before = strengths.get(behaviour, Strength.ABSENT)
                strengths[behaviour] = max(found, before, key=lambda s: s.value)
        limit = _limit(sentence, words) if limit is None else limit
        handover = handover or _handover(sentence, words)
    orders = tuple(dict.fromkeys(_ORDER_ID.findall(instructions)))
    return Rules(strengths, orders, limit, handover or "")


def _asks_for(sentence: _Sentence, behaviour: Behaviour, words: PromptWords) -> bool:
    if not re.search(words.triggers[behaviour], sentence.text, re.I):
        return False
    if behaviour in _NEEDS_HUMAN:
        wanted = re.search(words.human, sentence.context, re.I)
        return bool(wanted) and not re.search(words.no_human, sentence.text, re.I)
    if behaviour is Behaviour.ESCALATE_ON_REQUEST:
        return not re.search(words.no_human, sentence.text, re.I)
    if behaviour is Behaviour.PREAMBLE and re.search(words.no_preamble, sentence.text, re.I):
        return False
    if behaviour is Behaviour.READ_BACK and re.search(words.only_when, sentence.text, re.I):
        return False
    return not re.search(words.dismissed, sentence.text, re.I)


def _strength(sentence: _Sentence, words: PromptWords) -> Strength:
    scope = sentence.context if sentence.text[:1].islower() else sentence.text
    if re.search(words.strong, scope, re.I):
        return Strength.CLEAR
    return Strength.VAGUE if re.search(words.weak, scope, re.I) else Strength.CLEAR


def _limit(sentence: _Sentence, words: PromptWords) -> float | None:
    if not re.search(words.limit, sentence.context, re.I):
        return None
    found = re.search(words.money, sentence.text, re.I)
    figures = next(filter(None, found.groups()), None) if found else None
    plain = (figures or "").replace(words.thousands, "").replace(",", ".")
    return float(plain) if plain else None


def _handover(sentence: _Sentence, words: PromptWords) -> str | None:
    if not re.search(words.human, sentence.context, re.I):
        return None
    quoted = re.search(words.quoted, sentence.text)
    if quoted is None or not re.search(words.handing, quoted[1]):
        return None
    return f"{words.sentence(quoted[1].strip().rstrip('.'))}."


def _sentences(instructions: str) -> Iterator[_Sentence]:
    """Yield sentences with heading and lead-in; wrapped lines are joined first."""
    heading = lead = ""
    for block in _blocks(instructions):
        if block.startswith("#"):
            heading, lead = block.lstrip("# "), ""
            continue
        is_item = bool(re.match(r"(?:[-*•]|\d+[.)])\s", block))
        text = re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", block)
        above = f"{heading}: {lead}" if is_item else heading
        for part in re.split(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ\"“„])", text):
            yield _Sentence(part, f"{above} {part}")
        if not is_item:
            lead = text if text.rstrip().endswith(":") else ""


def _blocks(instructions: str) -> Iterator[str]:
    """Yield headings, list items and paragraphs, each as one line."""
    block = ""
    for raw in [*instructions.splitlines(), ""]:
        line = raw.strip()
        starts = not line or re.match(r"#|(?:[-*•]|\d+[.)])\s", line)
        if starts and block:
            yield block
            block = ""
        block = f"{block} {line}".strip()
        if line.startswith("#"):
            yield block
            block = ""
