"""What a caller will do and what must be true afterwards: suite and scenario files.

Every model is strict, frozen and refuses unknown keys. Durations are seconds; a file may write them
as a number or as text with a unit ("6s", "250 ms"). ``load.py`` turns YAML into these models (and
into those of ``script.py`` and ``target.py``) and collects all faults; ``schema.py`` makes JSON
Schemas of them.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from harness.language.values import ValueKind
from harness.scenario.expectation import Expectation
from harness.scenario.fields import Day, Duration, Model, Opening, Text
from harness.scenario.judge_settings import JudgeSettings
from harness.scenario.scorer_choice import ScorerChoice
from harness.scenario.script import Answer, Earlier, Turn
from harness.scenario.sound import Caller
from harness.scenario.world import Table, WorldMock
from harness.units import MOST_REPEATS, MOST_SEED

FORMAT = 1
"""Version of the scenario, suite and target files."""


DEFAULT_LANGUAGE = "en"


class ToolKind(str, Enum):
    """What a tool does to the world, which decides what must be confirmed."""

    READ = "read"
    WRITE = "write"
    ESCALATE = "escalate"
    NO_OP = "no_op"


class PreambleRule(str, Enum):
    """Whether the agent must, may or must not speak before a tool."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


class ConsequenceRule(str, Enum):
    """Whether the agent must say what follows from a write before the caller agrees to it."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    OFF = "off"


class Separators(str, Enum):
    """Whether the signs between the characters of an identifier belong to it."""

    IGNORE = "ignore"
    KEEP = "keep"


class DigitByDigit(str, Enum):
    """Whether the digits of identifiers and phone numbers must be read back one by one."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class RunBy(str, Enum):
    """Who runs a tool."""

    HARNESS = "harness"
    SERVER = "server"


class FailureKind(str, Enum):
    """How a mocked tool fails."""

    TIMEOUT = "timeout"
    ERROR = "error"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


class NormalLatency(Model):
    """Latency drawn from a normal distribution, never below zero."""

    normal: tuple[Duration, Duration]
    """Mean and standard deviation in seconds."""


class UniformLatency(Model):
    """Latency drawn evenly between two bounds."""

    uniform: tuple[Duration, Duration]

    @model_validator(mode="after")
    def _in_order(self) -> UniformLatency:
        if self.uniform[0] > self.uniform[1]:
            raise ValueError(f"expected [low, high], got {list(self.uniform)}")
        return self


class ToolMock(Model):
    """What one call of a tool gives back: ``returns`` (with {argument} filled in), ``fails``, or
    what it does in the ``world``, whose record then fills in ``returns``, or is the result.
    """

    returns: dict[str, Any] | None = None
    fails: FailureKind | None = None
    world: WorldMock | None = None
    latency_s: Duration | NormalLatency | UniformLatency = 0.3
    when: dict[str, str] | None = None
    """Only for calls whose arguments equal these; otherwise the next mock is tried."""

    @model_validator(mode="after")
    def _one_outcome(self) -> ToolMock:
        gives = self.returns is not None or self.world is not None
        if gives is (self.fails is not None):
            raise ValueError("a mock has either 'returns' (or 'world'), or 'fails'")
        return self


class Consequence(Model):
    """Whether the agent must say what follows from a tool, and in which words it may."""

    required: bool = False
    words: tuple[Text, ...] = ()
    """Phrases that tell it beside the usual ones: "your seat is given away"."""


class ToolSpec(Model):
    """One tool of the agent under test."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    kind: ToolKind
    description: str = ""
    preamble: PreambleRule = PreambleRule.OPTIONAL
    exact: tuple[str, ...] = ()
    """Arguments that must be read back before the call."""
    separators: dict[str, Separators] = Field(default_factory=dict)
    """Exact arguments whose dashes and other signs must be said and kept: ``keep``, by name."""
    unspoken: tuple[str, ...] = ()
    """Arguments that nobody says aloud, such as keys that only programs know."""
    says: tuple[Text, ...] = ()
    """Verbs for what the tool does (cancel, call off), where name and description do not tell."""
    consequence: ConsequenceRule | Consequence = ConsequenceRule.OPTIONAL
    """Whether the agent must say what follows: ``required``, ``optional``, ``off``, or with words
    of its own."""
    kinds: dict[str, ValueKind] = Field(default_factory=dict)
    """What arguments hold, where their schema and name do not tell."""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    mock: ToolMock | tuple[ToolMock, ...] | None = None
    """One mock for every call, or a list used one after another (the last one stays)."""
    say: str | None = None
    """Sentence that must be heard when an escalate tool is called."""
    run_by: RunBy = RunBy.HARNESS
    """``server``: the agent's server runs it itself; it is neither sent nor answered."""

    @property
    def consequence_rule(self) -> ConsequenceRule:
        """Whether what follows must be said, whichever way the suite writes it."""
        if isinstance(self.consequence, ConsequenceRule):
            return self.consequence
        needed = self.consequence.required
        return ConsequenceRule.REQUIRED if needed else ConsequenceRule.OPTIONAL

    @field_validator("run_by")
    @classmethod
    def _mocked_by_whom(cls, run_by: RunBy, before: ValidationInfo) -> RunBy:
        if run_by is RunBy.SERVER and before.data.get("mock") is not None:
            raise ValueError("a tool that the server runs has no 'mock': the server answers it")
        return run_by


class Fact(Model):
    """Something that is true in the call; ``spoken`` overrides how it is said."""

    value: Text
    kind: ValueKind = ValueKind.TEXT
    spoken: str | None = None


class Limits(Model):
    """Limits of this scenario that differ from the scorers' defaults, and of the call itself."""

    time_to_first_audio_s: Duration = 1.5
    time_to_first_audio_with_tool_s: Duration = 3.0
    barge_in_yield_s: Duration = 2.0
    """How long an interrupted agent may go on."""
    answer_timeout_s: Duration = 12.0
    """The caller waits so long for an answer, then the call ends as agent_silent."""
    call_s: Duration = 180.0


WITH_OPENING = "with 'opening: agent' here or in the suite, the agent does"
"""What lets a first turn be spoken over somebody; a target may change, so it is not enough."""


class Suite(Model):
    """The agent under test, once for many scenarios."""

    format: Literal[1]
    suite: Text
    instructions: Text
    """Path of the prompt, relative to the suite's folder."""
    language: Text = DEFAULT_LANGUAGE
    """Of callers and agent ("en", "en-GB", "de"), or one that a package brings."""
    recognizer: Text = "moonshine"
    """Who hears the agent's played audio for the scorers."""
    judge: JudgeSettings | None = None
    """A model judge for writes that the rules leave open; asked only with ``--judge``."""
    tools: tuple[ToolSpec, ...] = ()
    facts: dict[str, Fact] = Field(default_factory=dict)
    """For scenarios that name them and have none of their own of that name."""
    world: dict[str, Table] = Field(default_factory=dict)
    """Tables that mocked tools look up and change, where a scenario does not have them."""
    answers: tuple[Answer, ...] = ()
    """After a scenario's own; one on the same condition takes its place."""
    limits: Limits = Limits()
    """Where a scenario has none of its own."""
    opening: Opening | None = None
    """Where a scenario does not say it."""
    today: Day | None = None
    """Where a scenario does not say it."""
    digit_by_digit: DigitByDigit = DigitByDigit.OPTIONAL
    """Whether a read-back of an exact number must say each digit on its own."""
    scorers: dict[Text, ScorerChoice] = Field(default_factory=dict)
    """Which scorers judge: ``on``, ``off`` or options by name; ``others`` are those not named."""
    description: str = ""


class StoredCalls(Model):
    """Calls that were made elsewhere and are judged by this scenario: nobody speaks a script."""

    facts: dict[str, ValueKind] = Field(default_factory=dict)
    """Kinds of the values that are told of each call beside it, by the names of the facts."""


class Scenario(Model):
    """One caller, one call; or what is demanded of stored calls."""

    format: Literal[1]
    name: Text
    description: str = ""
    tags: tuple[Text, ...] = ()
    facts: dict[str, Fact] = Field(default_factory=dict)
    caller: Caller = Caller()
    mocks: dict[str, ToolMock | tuple[ToolMock, ...]] = Field(default_factory=dict)
    world: dict[str, Table] = Field(default_factory=dict)
    """Tables by name, each in place of the suite's of that name."""
    history: tuple[Earlier, ...] = ()
    """What the agent is told before the call begins, as if it had been said before."""
    turns: tuple[Turn, ...] = ()
    """What the caller does; none for stored calls."""
    stored: StoredCalls | None = None
    """For calls that `harness import` reads, in place of ``turns``."""
    answers: tuple[Answer, ...] = ()
    expect: Expectation = Expectation()
    limits: Limits = Limits()
    opening: Opening | None = None
    """Who speaks first; left out, the target says it."""
    today: Day | None = None
    """The day from which "tomorrow" counts (2026-04-25); left out, the day of the call."""
    scorers: dict[Text, ScorerChoice] = Field(default_factory=dict)
    """Name by name over those of the suite, options key by key."""
    repeat: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = 1
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)] = 7

    @model_validator(mode="after")
    def _called_or_stored(self) -> Scenario:
        if bool(self.turns) is (self.stored is not None):
            raise ValueError("a scenario has either 'turns' or 'stored'")
        return self

    @model_validator(mode="after")
    def _someone_to_interrupt(self) -> Scenario:
        if self.turns and self.turns[0].cue is not None and self.opening != "agent":
            problem = "turns[0]: nobody speaks yet, so the first turn cannot be over them"
            raise ValueError(f"{problem}; {WITH_OPENING}")
        return self
