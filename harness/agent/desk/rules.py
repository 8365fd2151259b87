"""Reads a session's instructions into behaviours: how strongly each is asked for, and its figures.

This is not understanding of language. A sentence asks for a behaviour if it (or the heading and
lead-in above it) holds the behaviour's words; it is a clear rule with strong words or a plain order
("always", "never", "before you", an imperative), a vague rule with weak words ("try to", "should",
"when possible"). A behaviour that no sentence asks for is absent. As with a model, a clear rule is
followed always, a vague rule mostly, an absent rule rarely, drawn once per call.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache


class Behaviour(Enum):
    """A behaviour that instructions may ask of the desk."""

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
    """How strongly a behaviour is asked for; the value is its probability in a call."""

    CLEAR = 1.0
    VAGUE = 0.8
    ABSENT = 0.1


@dataclass(frozen=True, slots=True)
class Rules:
    """The behaviours that the instructions ask for, and their data."""

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
    """How instructions of a language ask for behaviours: lower-case regular expressions."""

    triggers: Mapping[Behaviour, str]
    strong: str
    weak: str
    dismissed: str
    """Says that read-backs, preambles or confirmations are not wanted."""
    speaks_up: str
    """The required reaction to audio is to speak: it asks for no quiet, unless ``quiet`` does."""
    quiet: str
    """Asks for silence."""
    no_preamble: str
    """Limits preambles, in time or in style, and asks for none."""
    human: str
    """The person who takes over, and verbs for the hand-over."""
    no_human: str
    """Denies a hand-over."""
    only_when: str
    """A condition on a read-back does not ask for a read-back."""
    other_values: str
    """Names values that are not order numbers; to read these back does not ask for more."""
    own_values: str
    """Names that include order numbers: any number, code or value."""
    money: str
    """A sum, its figures in one of the groups."""
    thousands: str
    """The sign between thousands in such figures."""
    limit: str
    """The topic of a sum that makes it the limit."""
    quoted: str
    """Words in quotation marks, as group 1."""
    handing: str
    """The content of quoted words that go with a hand-over; case counts."""
    say: str
    """Instructions to say something, the words in one of the groups."""
    at_times: str
    """Shows that the words are for another time."""
    one_of: str
    """Instructions to answer with an item of a list, all of them as group 1."""
    between: str
    """The separator between these."""
    sentence: Callable[[str], str]
    """Makes a sentence, without its full stop, of such words."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    plain: str
    """The same in lower case, as all patterns are: ignoring case takes four times as long."""
    context: str
    """The sentence with the heading and the lead-in above it, in lower case."""


_ORDER_ID = re.compile(r"\b[A-Z]{2,5}-?(?=[A-Z0-9-]{0,16}\d[A-Z0-9-]{0,16}\d)[A-Z0-9]{3,10}\b")
MOST_CHARS = 60_000
"""As much as fits into a session of the service, instructions and tools together."""

_LONGEST = 400
"""Longer sentences are read in pieces: the time of some patterns grows with the square."""

_EMPHASIS = re.compile(r"\*\*|`|(?<!\w)__?(?=\w)|(?<=\w)__?(?!\w)")
"""Markup that is not text; an underscore within a name is text."""

_NEEDS_HUMAN = frozenset(
    {
        Behaviour.ESCALATE_ON_ANGER,
        Behaviour.ESCALATE_ON_FAILURES,
        Behaviour.ESCALATE_ON_DANGER,
        Behaviour.ESCALATE_ABOVE_LIMIT,
    }
)
"""These words alone ask for no behaviour: the context must be about a hand-over."""


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of instructions, and the desk's reading of it."""

    text: str
    asks: Mapping[Behaviour, Strength]
    limit: float | None
    handover: str | None

    @property
    def ignored(self) -> bool:
        """Whether it has no effect."""
        taken = self.asks or self.handover or _ORDER_ID.search(self.text)
        return not taken and self.limit is None


def read_sentences(instructions: str, words: PromptWords) -> Iterator[ReadSentence]:
    """Yield the sentences of instructions, headings apart, with the behaviours of each."""
    for sentence in _sentences(instructions[:MOST_CHARS]):
        asked = (one for one in Behaviour if _asks_for(sentence, one, words))
        asks = {behaviour: _strength(sentence, words) for behaviour in asked}
        yield ReadSentence(sentence.text, asks, _limit(sentence, words), _handover(sentence, words))


# Cached, because all sessions wait meanwhile: it takes some 10 ms for 20,000 characters.
@lru_cache(maxsize=32)
def read_rules(instructions: str, words: PromptWords) -> Rules:
    """Return the behaviours that the instructions ask for; none for empty instructions.

    No more than ``MOST_CHARS`` are read.
    """
    strengths: dict[Behaviour, Strength] = {}
    limit: float | None = None
    handover: str | None = None
    for sentence in read_sentences(instructions, words):
        for behaviour, found in sentence.asks.items():
            before = strengths.get(behaviour, Strength.ABSENT)
            strengths[behaviour] = max(found, before, key=lambda s: s.value)
        limit = sentence.limit if limit is None else limit
        handover = handover or sentence.handover
    orders = tuple(dict.fromkeys(_ORDER_ID.findall(instructions[:MOST_CHARS])))
    return Rules(strengths, orders, limit, handover or "")


def _asks_for(sentence: _Sentence, behaviour: Behaviour, words: PromptWords) -> bool:
    text = sentence.plain
    if not re.search(words.triggers[behaviour], text):
        return False
    if behaviour in _NEEDS_HUMAN:
        # The behaviour's words may be below a heading or lead-in about the hand-over.
        wanted = re.search(words.human, sentence.context)
        return bool(wanted) and not re.search(words.no_human, text)
    if behaviour is Behaviour.ESCALATE_ON_REQUEST:
        return not re.search(words.no_human, text)
    if behaviour is Behaviour.PREAMBLE and re.search(words.no_preamble, text):
        return False
    if behaviour is Behaviour.READ_BACK:
        return not (
            re.search(words.only_when, text)
            or _is_about_others(text, words)
            or re.search(words.dismissed, text)
        )
    if behaviour is Behaviour.QUIET_ON_BACKGROUND and re.search(words.speaks_up, text):
        return bool(re.search(words.quiet, text))
    return not re.search(words.dismissed, text)


def _is_about_others(text: str, words: PromptWords) -> bool:
    """Return whether a sentence names values, and no order number among them."""
    rest = re.sub(words.other_values, " ", text)
    return rest != text and not re.search(words.own_values, rest)


def _strength(sentence: _Sentence, words: PromptWords) -> Strength:
    # A sentence that begins in lower case continues its lead-in, which may hold the strong words.
    scope = sentence.context if sentence.text[:1].islower() else sentence.plain
    if re.search(words.strong, scope):
        return Strength.CLEAR
    return Strength.VAGUE if re.search(words.weak, scope) else Strength.CLEAR


def _limit(sentence: _Sentence, words: PromptWords) -> float | None:
    if not re.search(words.limit, sentence.context):
        return None
    found = re.search(words.money, sentence.plain)
    figures = next(filter(None, found.groups()), None) if found else None
    plain = (figures or "").replace(words.thousands, "").replace(",", ".")
    return float(plain) if plain else None


def _handover(sentence: _Sentence, words: PromptWords) -> str | None:
    if not re.search(words.human, sentence.context):
        return None
    quoted = re.search(words.quoted, sentence.text)
    if quoted is None or not re.search(words.handing, quoted[1]):
        return None
    return f"{words.sentence(quoted[1].strip().rstrip('.'))}."


def _sentences(instructions: str) -> Iterator[_Sentence]:
    """Yield sentences with heading and lead-in; wrapped lines are joined first."""
    heading = lead = ""
    for block in _blocks(_EMPHASIS.sub("", instructions)):
        if block.startswith("#"):
            heading, lead = block.lstrip("# ")[:_LONGEST], ""
            continue
        is_item = bool(re.match(r"(?:[-*•]|\d+[.)])\s", block))
        text = re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", block)
        above = f"{heading}: {lead}" if is_item else heading
        for part in _parts(text):
            yield _Sentence(part, part.lower(), f"{above} {part}".lower())
        if not is_item:
            lead = text[-_LONGEST:] if text.rstrip().endswith(":") else ""


def _parts(text: str) -> Iterator[str]:
    """Yield the sentences of a paragraph, and those that are too long in pieces."""
    for part in re.split(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ\"“„])", text):
        while len(part) > _LONGEST:
            at = part.rfind(" ", 1, _LONGEST)
            at = _LONGEST if at < 0 else at
            yield part[:at]
            part = part[at:].strip()
        yield part


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
