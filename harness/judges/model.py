"""Questions to a model judge and its answers: plain data, no I/O.

``Question`` is an open union. To add a type of question (a rubric, for example), define a
dataclass with a ``kind``, and add it to the union here, to ``prompt.py`` and to ``answers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Literal, TypeAlias

from harness.storage import LEFT_OUT

Who = Literal["agent", "caller", "tool"]


@dataclass(frozen=True, slots=True)
class JudgedTurn:
    """One numbered entry of the transcript; times are seconds on the recording clock.

    ``tool`` entries are tool calls with their results. Numbers begin at 1.
    """

    number: int
    who: Who
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class WriteQuestion:
    """Did the caller agree to this call of a write tool before it was made?

    ``turns`` end at the call: later speech is no evidence. ``checked`` names the
    arguments that must have been agreed to, by the paths of their values (``guest.name``).
    """

    kind: ClassVar[Literal["write"]] = "write"

    call: int
    """Index into ``Timeline.tools``."""
    tool: str
    description: str
    parameters: Mapping[str, Any]
    arguments: Mapping[str, Any]
    checked: Mapping[str, Any]
    turns: tuple[JudgedTurn, ...]
    language: str
    span_s: tuple[float, float] = (0.0, 0.0)
    """The span of audio to listen to: the last exchange before the call."""


Question: TypeAlias = WriteQuestion


class AnswerKind(str, Enum):
    """The state of the proposal of a write when the write was made."""

    AGREED = "agreed"
    REFUSED = "refused"
    CHANGED = "changed"
    """The caller agreed to another value, or replaced a value afterwards."""
    NOT_ASKED = "not_asked"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ArgumentAnswer:
    """The value that the caller agreed to for one argument, and the quote that shows it.

    ``value`` is None if the call does not contain it. ``same`` is whether it equals the value in
    the tool call, compared by code and not by the model.
    """

    argument: str
    value: str | None
    turn: int | None
    quote: str
    same: bool


@dataclass(frozen=True, slots=True)
class JudgeAnswer:
    """A checked answer: every quote is in the turn that it names."""

    answer: AnswerKind
    turn: int | None
    quote: str
    values: tuple[ArgumentAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Vote:
    """A reply of a model to a question.

    ``answer`` is None for a void vote, and ``void`` is the reason. Token counts are None if the
    endpoint did not report them.
    """

    answer: JudgeAnswer | None
    void: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """All votes of a model on a question."""

    question: str
    """Hash of the question."""
    kind: str
    call: int
    tool: str
    votes: tuple[Vote, ...]
    model: str
    prompt: str
    """Hash of the prompt's fixed text."""
    wanted: int = 1
    """Number of votes requested; there are fewer if the budget or the endpoint ended first."""
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Start and end of the turns that the votes name, in seconds, by turn number."""
    cost: float | None = field(default=None, metadata=LEFT_OUT)
    """In the currency of the given prices; None without prices."""

    @property
    def complete(self) -> bool:
        """Whether all requested votes exist; an incomplete answer is not applied."""
        return len(self.votes) >= self.wanted


@dataclass(frozen=True, slots=True)
class JudgeAuthority:
    """The model whose answers are read, and their effect, as decided when it was last asked.

    ``settles``: they decide writes at review. ``doubts``: they may turn a pass into review.
    ``why_not`` is the reason if they do not settle although the settings request it.
    """

    model: str
    prompt: str
    audio: bool = False
    """Whether it got the audio: otherwise it decides no question about audible values."""
    settles: bool = False
    doubts: bool = False
    why_not: str = ""
    measured: str = ""
    """The measurement that entitles the model to decide, as text."""


@dataclass(frozen=True, slots=True)
class JudgedRecording:
    """All answers about a recording: the content of ``judged.json``."""

    authority: JudgeAuthority | None = None
    answers: tuple[StoredAnswer, ...] = ()

    def find(self, question: str, *, model: str, prompt: str) -> StoredAnswer | None:
        """Return the answer to a question by model and hashes; None if it was not asked."""
        wanted = (question, model, prompt)
        return next((a for a in self.answers if (a.question, a.model, a.prompt) == wanted), None)

    def answered_by(self, model: str, prompt: str) -> bool:
        """Return whether a model has answered any question with all its votes."""
        wanted = (model, prompt)
        return any(a.complete and (a.model, a.prompt) == wanted for a in self.answers)

    def put(self, answer: StoredAnswer) -> JudgedRecording:
        """Return a copy with an answer added; it replaces an older answer to the question."""
        key = (answer.question, answer.model, answer.prompt)
        others = (a for a in self.answers if (a.question, a.model, a.prompt) != key)
        return JudgedRecording(self.authority, (*others, answer))
