"""The dialogue of a call: proposed actions, their outcomes, and the agent's turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from harness.language.consent import Consent
from harness.language.values import ValueKind
from harness.timeline.intervals import hull, union
from harness.timeline.model import AgentUtterance, Transcript


class Agreement(Enum):
    """Whether the agent's own transcript and the recognizer have the same value."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNHEARD = "unheard"
    """The recognizer cannot decide: noise, or characters that sound alike."""
    NO_WITNESS = "no_witness"
    """No recognizer ran; there is only the transcript."""

    @property
    def doubts(self) -> bool:
        """Whether a person must listen, because the recognizer does not support the transcript."""
        return self in (Agreement.DISAGREE, Agreement.UNHEARD)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The agent said an exact value aloud.

    ``value`` is normalized as by ``Language.normalize``; ``whole`` is True if all of it was heard
    before the agent stopped or was interrupted; ``end_s`` is when its last character was heard.
    """

    utterance: int
    value: str
    whole: bool
    start_s: float
    end_s: float
    asked: bool
    """Whether the caller was asked to confirm it, or to agree to an action with it."""
    witness: Agreement
    kind: ValueKind = ValueKind.ID
    said: str = ""
    """The words that say it."""
    readings: tuple[str, ...] = ()
    """All possible values of the words."""
    near: bool = False
    """Whether the words only come near a known value: in an unknown form, or with an ambiguous
    correction of a part."""
    offered: bool = False
    """Whether it was among several values to choose from: "is it 119 or 1-19?"."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The agent said what it is about to do and asked for agreement.

    ``tool`` is the tool that the words describe.
    """

    utterance: int
    tool: str
    start_s: float


@dataclass(frozen=True, slots=True)
class CallerAnswer:
    """A caller turn as an answer: consent, and values given or corrected in it.

    ``changes``: it wants another thing than the agent asked about, so that an older yes is stale;
    ``asks``: it contains a question.
    """

    caller: int
    consent: Consent
    values: tuple[str, ...]
    start_s: float
    end_s: float
    kinds: tuple[ValueKind, ...] = ()
    """Kind of each of ``values``."""
    changes: bool = False
    asks: bool = False
    unclear: tuple[str, ...] = ()
    """All possible readings of a number that the caller corrected ambiguously."""


@dataclass(frozen=True, slots=True)
class Question:
    """The agent asked the caller a question on any subject."""

    utterance: int
    start_s: float


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The conversation as acts, each tuple in order of time."""

    read_backs: tuple[ReadBack, ...]
    proposals: tuple[Proposal, ...]
    answers: tuple[CallerAnswer, ...]
    questions: tuple[Question, ...] = ()


# The agent's turns: the items of a response, joined as the caller heard them.


def spoken_responses(agent: tuple[AgentUtterance, ...]) -> tuple[tuple[int, AgentUtterance], ...]:
    """Return the speech of each response, with the index of its first item, in order of time."""
    joined: list[tuple[int, AgentUtterance]] = []
    last: dict[str, int] = {}
    for number, utterance in enumerate(agent):
        # A service may split a sentence into several message items. An item that was not heard to
        # its end ends the joined text: later items begin a new utterance.
        at = last.get(utterance.response_id)
        if at is None or not _heard_whole(joined[at][1]):
            last[utterance.response_id] = len(joined)
            joined.append((number, utterance))
        else:
            joined[at] = (joined[at][0], _join(joined[at][1], utterance))
    return tuple(joined)


def _heard_whole(utterance: AgentUtterance) -> bool:
    return len(utterance.claimed_heard) >= len(_plain_spaces(utterance.claimed))


def _join(first: AgentUtterance, second: AgentUtterance) -> AgentUtterance:
    span = hull((first.span, second.span))
    return replace(
        first,
        span=span or first.span,
        sounds=union((*first.sounds, *second.sounds)),
        claimed=_plain_spaces(f"{first.claimed} {second.claimed}"),
        claimed_heard=_plain_spaces(f"{first.claimed_heard} {second.claimed_heard}"),
        recognized=_texts(first.recognized, second.recognized),
        generated_s=first.generated_s + second.generated_s,
        heard_s=first.heard_s + second.heard_s,
        recognized_again=_again(first, second),
        weighed=(*first.weighed, *second.weighed),
        transcript=second.transcript if first.transcript is Transcript.TOLD else first.transcript,
    )


def _texts(first: str | None, second: str | None) -> str | None:
    if first is None or second is None:
        return first if second is None else second
    return first if first == second else f"{first} {second}"


def _again(first: AgentUtterance, second: AgentUtterance) -> tuple[str, ...]:
    """Join the ASR texts at other paces; an item without any contributes its usual ASR text."""
    count = max(len(first.recognized_again), len(second.recognized_again))
    pairs = ((_at_pace(first, place), _at_pace(second, place)) for place in range(count))
    return tuple(_texts(one, other) or "" for one, other in pairs)


def _at_pace(utterance: AgentUtterance, place: int) -> str | None:
    again = utterance.recognized_again
    return again[place] if place < len(again) else utterance.recognized


def _plain_spaces(text: str) -> str:
    return " ".join(text.split())
