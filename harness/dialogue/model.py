"""Who proposed which action with which values, and what became of it, in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.language.consent import Consent
from harness.language.values import ValueKind


class Agreement(Enum):
    """Whether the agent's own transcript and the recognizer tell the same about a value."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNHEARD = "unheard"
    """A recognizer listened and cannot tell: noise, or characters that sound alike."""
    NO_WITNESS = "no_witness"
    """No recognizer ran; the transcript stands alone."""

    @property
    def doubts(self) -> bool:
        """Whether a person must listen, since the recognizer does not bear the transcript out."""
        return self in (Agreement.DISAGREE, Agreement.UNHEARD)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The agent said one exact value aloud.

    ``value`` is normalized as by ``Language.normalize``; ``whole`` says that all of it was heard
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
    """All values that the words may mean."""
    near: bool = False
    """Whether the words only come near a known value: in no form that is known, or with a part put
    right so that nobody knows which one is meant."""
    offered: bool = False
    """Whether it was one of several to choose from: "is it 119 or 1-19?"."""


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
    """What a caller turn said, as an answer: consent, and values given or corrected in it.

    ``changes`` says that it wants something else than was asked, so that an older yes is stale,
    ``asks`` that a question stands in it.
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
    """All that a number may be which the caller put right so that nobody knows which it is."""


@dataclass(frozen=True, slots=True)
class Question:
    """The agent asked the caller something, whatever it was about."""

    utterance: int
    start_s: float


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The conversation as acts, each tuple in order of time."""

    read_backs: tuple[ReadBack, ...]
    proposals: tuple[Proposal, ...]
    answers: tuple[CallerAnswer, ...]
    questions: tuple[Question, ...] = ()
