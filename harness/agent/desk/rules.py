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
from collections.abc import Iterator, Mapping
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
    handover: str = "I'm connecting you with a specialist."
    """The sentence that goes with a hand-over."""

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


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    context: str
    """The sentence with the heading and the lead-in that it stands under."""


_HUMAN = (
    r"(?:human|person|people|specialist|representative|supervisor|colleague|escalat\w*|transfer"
    r"|hand (?:\w+ )?over|hand-?over|hand off)"
)
_ORDER_ID = re.compile(r"\b[A-Z]{2,5}-?(?=[A-Z0-9-]*\d[A-Z0-9-]*\d)[A-Z0-9]{3,10}\b")
_MONEY = re.compile(
    r"\$\s?(\d+(?:\.\d\d)?)|(\d+(?:\.\d\d)?)\s?(?:us )?(?:dollars?|usd|euros?|pounds?)", re.I
)
_WEAK = re.compile(
    r"\b(?:try to|try and|should|could|might|may|can|when(?:ever)? (?:possible|appropriate|you can)"
    r"|if (?:possible|you can|you like|appropriate)|ideally|usually|often|generally|normally"
    r"|sometimes|prefer\w*|consider|feel free|where sensible|it is (?:nice|good|helpful))\b",
    re.I,
)
_STRONG = re.compile(r"\b(?:always|must|never|do not|don't|every|only|required?|mandatory)\b", re.I)
_DISMISSED = re.compile(
    r"\b(?:no need to|not (?:necessary|needed|required) to|(?:do not|don't|never|skip|without)"
    r"(?: \w+){0,3}?) ?(?:preambles?|announc\w+|read\w*(?: \w+){0,4} back|ask\w* for confirmation"
    r"|confirm\w*)\b(?!.*\b(?:when|if|unless|after|before|until|on|for|in|during|twice|again)\b)",
    re.I,
)
_QUOTED = re.compile(r"[\"“]([^\"”]{8,120})[\"”]")

_TRIGGERS: dict[Behaviour, str] = {
    Behaviour.PREAMBLE: (
        r"preamble|announce|before (?:you )?(?:\w+ )?(?:call|us|mak|look|run|start)\w*\b.*"
        r"\b(?:say|tell|let)\b.*\b(?:about to|going to|doing|sentence|look|check)"
        r"|(?:say|tell|let)\b.*\b(?:about to|going to|are doing|you are|let me)\b.*\b(?:before"
        r"|tool|look|call)"
    ),
    Behaviour.READ_BACK: (
        r"read\w*\b.*\bback|character by character|digit by digit|letter by letter"
        r"|repeat\b.*\b(?:number|value|id|identifier|e-?mail)"
    ),
    Behaviour.REPEAT_INTERRUPTED: r"interrupt\w*\b.*\b(?:again|whole|repeat|read)",
    Behaviour.CONFIRM_CHANGES: (
        r"(?:cancel|chang|refund|writ|action|modif|irreversible)\w*\b.*"
        r"(?:confirm|agree|consent|permission|approval|clear yes|explicit|says? yes|for a yes"
        r"|ask first)"
        r"|(?:confirm|agree|consent|permission|approval|clear yes|explicit|ask first)\w*\b.*"
        r"(?:cancel|chang|refund|writ|action|modif|irreversible)"
    ),
    Behaviour.CLARIFY: (
        r"unclear|unintelligible|not (?:sure|certain) what|clarif|noisy|guess"
        r"|(?:did not|didn't|cannot|can't|could not|do not) (?:hear|understand|catch|make out)"
        r"|cut off|ask\b.*\b(?:to repeat|again)"
    ),
    Behaviour.ESCALATE_ON_REQUEST: (
        rf"(?:ask|request|want|demand|insist|wish)\w*\b.*\b(?:for|to|a|an)\b.*\b{_HUMAN}"
    ),
    Behaviour.ESCALATE_ON_ANGER: (
        r"angry|anger|frustrat|upset|furious|abusive|insult|threat|hostile|rage"
    ),
    Behaviour.ESCALATE_ON_FAILURES: (
        r"(?:two|2|twice|second|repeated|three|3|several)\b.*(?:fail|error|attempt|tries"
        r"|unsuccessful)"
        r"|(?:fail|error|unsuccessful|not work)\w*\b.*(?:twice|two|2|again|second|repeated)"
    ),
    Behaviour.ESCALATE_ON_DANGER: (
        r"safety|danger|emergency|injur|fire|harm\b|self-harm|threat to life"
    ),
    Behaviour.ESCALATE_ABOVE_LIMIT: (
        r"(?:refund|amount|pay)\w*\b.*\b(?:above|over|more than|exceed\w*|beyond|higher|larger)"
        r"|(?:above|over|more than|exceed\w*|beyond)\b.*\b(?:refund|dollars)"
    ),
    Behaviour.QUIET_ON_BACKGROUND: (
        r"(?:silence|silent|background|noise|music|tv|television|side (?:talk|conversation|speech)"
        r"|nobody|no one|not (?:addressed|talking|speaking) to you)\b.*"
        r"(?:wait_for_user|quiet|silent|(?:say|do) nothing|ignore|wait|not (?:respond|answer"
        r"|speak|reply))"
        r"|(?:wait_for_user|quiet|(?:say|do) nothing|ignore|not (?:respond|answer|speak|reply))\b.*"
        r"(?:silence|background|noise|music|tv|nobody)"
    ),
    Behaviour.ONE_AT_A_TIME: (
        r"one (?:\w+ ){0,2}at a time|one (?:question|value|thing|detail|piece)\b.*\b(?:turn"
        r"|time|once)"
        r"|(?:single|one) question"
    ),
    Behaviour.SHORT_SPEECH: r"\bshort\b|\bbrief|concise|one or two (?:short )?sentences|few words",
}
_NEEDS_HUMAN = frozenset(
    {
        Behaviour.ESCALATE_ON_ANGER,
        Behaviour.ESCALATE_ON_FAILURES,
        Behaviour.ESCALATE_ON_DANGER,
        Behaviour.ESCALATE_ABOVE_LIMIT,
    }
)
"""These words alone ask for nothing: the context must speak of a hand-over."""

_ONLY_WHEN = re.compile(r"\b(?:when|if|after)\b.*\b(?:interrupt|correct)(?:s|ed|ing)?\b", re.I)
"""What is to be done about a read-back does not ask for one."""

_NEGATED_HUMAN = re.compile(rf"\b(?:never|do not|don't|not|no)\b[^.:;]{{0,40}}\b{_HUMAN}", re.I)


def read_rules(instructions: str) -> Rules:
    """Return what the instructions ask for; empty instructions ask for nothing."""
    strengths: dict[Behaviour, Strength] = {}
    limit: float | None = None
    handover: str | None = None
    for sentence in _sentences(instructions):
        for behaviour in Behaviour:
            if _asks_for(sentence, behaviour):
                found = _strength(sentence)
                before = strengths.get(behaviour, Strength.ABSENT)
                strengths[behaviour] = max(found, before, key=lambda s: s.value)
        limit = _limit(sentence) if limit is None else limit
        handover = handover or _handover(sentence)
    orders = tuple(dict.fromkeys(_ORDER_ID.findall(instructions)))
    return Rules(strengths, orders, limit, handover or Rules().handover)


def _asks_for(sentence: _Sentence, behaviour: Behaviour) -> bool:
    if not re.search(_TRIGGERS[behaviour], sentence.text, re.I):
        return False
    if behaviour in _NEEDS_HUMAN:
        wanted = re.search(_HUMAN, sentence.context, re.I)
        return bool(wanted) and not _NEGATED_HUMAN.search(sentence.text)
    if behaviour is Behaviour.ESCALATE_ON_REQUEST:
        return not _NEGATED_HUMAN.search(sentence.text)
    if behaviour is Behaviour.READ_BACK and _ONLY_WHEN.search(sentence.text):
        return False
    return not _DISMISSED.search(sentence.text)


def _strength(sentence: _Sentence) -> Strength:
    scope = sentence.context if sentence.text[:1].islower() else sentence.text
    if _STRONG.search(scope):
        return Strength.CLEAR
    return Strength.VAGUE if _WEAK.search(scope) else Strength.CLEAR


def _limit(sentence: _Sentence) -> float | None:
    if not re.search(r"refund|pay (?:it |that )?back|limit", sentence.context, re.I):
        return None
    found = _MONEY.search(sentence.text)
    return float(found[1] or found[2]) if found else None


def _handover(sentence: _Sentence) -> str | None:
    if not re.search(_HUMAN, sentence.context, re.I):
        return None
    quoted = _QUOTED.search(sentence.text)
    if quoted is None or not re.search(
        r"connect|transfer|hand|specialist|human|colleague", quoted[1]
    ):
        return None
    words = quoted[1].strip().rstrip(".")
    if words[:1].islower():
        words = f"I'm {words}" if words.split()[0].endswith("ing") else words.capitalize()
    return f"{words}."


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
        for part in re.split(r"(?<=[.!?])\s+(?=[A-Z\"“])", text):
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
