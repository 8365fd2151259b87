"""What a caller will do and what must be true afterwards: suite and scenario files.

Every model is strict, frozen and refuses unknown keys. Durations are seconds; a file may write them
as a number or as text with a unit ("6s", "250 ms"). ``load.py`` turns YAML into these models (and
into those of ``target.py``) and collects all faults; ``schema.py`` makes JSON Schemas of them.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from harness.language.values import ValueKind
from harness.scenario.expectation import Expectation
from harness.scenario.fields import Day, Duration, Model, Opening, Text
from harness.scenario.scorer_choice import ScorerChoice
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
    """What one call of a tool gives back: ``returns`` (with {argument} filled in) or ``fails``."""

    returns: dict[str, Any] | None = None
    fails: FailureKind | None = None
    latency_s: Duration | NormalLatency | UniformLatency = 0.3
    when: dict[str, str] | None = None
    """Only for calls whose arguments equal these; otherwise the next mock is tried."""

    @model_validator(mode="after")
    def _one_outcome(self) -> ToolMock:
        if (self.returns is None) == (self.fails is None):
            raise ValueError("a mock has either 'returns' or 'fails'")
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


class Voice(Model):
    """Which voice speaks the caller."""

    engine: Text = "default"
    """``default``, or a synthesizer that is installed."""
    name: str | None = None
    rate: Annotated[float, Field(gt=0.25, le=4)] = 1.0


class BedNoise(Model):
    """A noise bed under the whole call, mixed at an SNR against the caller's speech level."""

    bed: Text
    snr_db: Annotated[float, Field(ge=-20, le=60)]


class Caller(Model):
    """How the caller sounds."""

    voice: Voice = Voice()
    noise: BedNoise | None = None


class CutOff(Model):
    """Where the caller's audio stops: after characters of the first fact, seconds, or words."""

    after_chars: Annotated[int, Field(ge=1)] | None = None
    after_s: Duration | None = None
    after_word: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> CutOff:
        if sum(x is not None for x in (self.after_chars, self.after_s, self.after_word)) != 1:
            raise ValueError("cut_off has exactly one of 'after_chars', 'after_s', 'after_word'")
        return self


class BargeIn(Model):
    """When the caller interrupts, or only nods to, the agent's answer to the previous turn."""

    after_s: Duration | None = None
    """Seconds after the agent's first audible sample of that answer."""
    on_text: Text | None = None
    """Regular expression searched in what the caller has heard so far; case is ignored."""

    @model_validator(mode="after")
    def _one_trigger(self) -> BargeIn:
        if (self.after_s is None) == (self.on_text is None):
            raise ValueError("barge_in has exactly one of 'after_s', 'on_text'")
        return self


class NoiseOnly(Model):
    """Sound without speech: the caller is away, on hold, or somewhere loud."""

    bed: Text
    for_s: Annotated[Duration, Field(alias="for")]
    level_dbfs: Annotated[float, Field(ge=-80, le=0)] = -30.0


_NOD = BargeIn(after_s=1.0)
"""When a backchannel comes that does not say when."""

_ACTIONS = ("say", "silence", "noise_only", "backchannel")


class Turn(Model):
    """One thing the caller does: one of ``say``, ``silence``, ``noise_only``, ``backchannel``."""

    say: Text | None = None
    silence: Duration | None = None
    noise_only: NoiseOnly | None = None
    cut_off: CutOff | None = None
    barge_in: BargeIn | None = None
    backchannel: Text | None = None
    """A sign of listening ("mm-hm") over the agent's words, which wants no answer."""
    over: BargeIn | None = None
    """Where in the agent's answer the backchannel comes; 1 s into it if left out."""

    @model_validator(mode="after")
    def _one_action(self) -> Turn:
        if sum(getattr(self, name) is not None for name in _ACTIONS) != 1:
            raise ValueError(f"a turn has exactly one of {', '.join(map(repr, _ACTIONS))}")
        if self.say is None and (self.cut_off or self.barge_in):
            raise ValueError("'cut_off' and 'barge_in' need 'say'")
        if self.over is not None and self.backchannel is None:
            raise ValueError("'over' needs 'backchannel'")
        return self

    @property
    def words(self) -> str | None:
        """What is said in this turn; None for one without words."""
        return self.backchannel if self.say is None else self.say

    @property
    def cue(self) -> BargeIn | None:
        """Where in the agent's answer this turn comes; None for one that waits its turn."""
        return self.barge_in if self.backchannel is None else self.over or _NOD


class Answer(Model):
    """How the caller reacts when the agent asks something that the script does not foresee.

    ``if_agent_asks`` is a regular expression on the agent's words, case ignored;
    ``if_agent_says_wrong`` names a fact that the agent read back with another value. Rules are
    tried in order; ``times`` limits how often one may be used.
    """

    if_agent_asks: Text | None = None
    if_agent_says_wrong: Text | None = None
    say: Text
    times: Annotated[int, Field(ge=1)] = 3

    @model_validator(mode="after")
    def _one_condition(self) -> Answer:
        if (self.if_agent_asks is None) == (self.if_agent_says_wrong is None):
            raise ValueError("an answer has exactly one of 'if_agent_asks', 'if_agent_says_wrong'")
        return self


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
    """Of callers and agent ("en", "en-GB"): English, or one that a package brings."""
    recognizer: Text = "moonshine"
    """Who hears the agent's played audio for the scorers."""
    tools: tuple[ToolSpec, ...] = ()
    facts: dict[str, Fact] = Field(default_factory=dict)
    """For scenarios that name them and have none of their own of that name."""
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


class Scenario(Model):
    """One caller, one call."""

    format: Literal[1]
    name: Text
    description: str = ""
    tags: tuple[str, ...] = ()
    facts: dict[str, Fact] = Field(default_factory=dict)
    caller: Caller = Caller()
    mocks: dict[str, ToolMock | tuple[ToolMock, ...]] = Field(default_factory=dict)
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
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
    def _someone_to_interrupt(self) -> Scenario:
        if self.turns[0].cue is not None and self.opening != "agent":
            problem = "turns[0]: nobody speaks yet, so the first turn cannot be over them"
            raise ValueError(f"{problem}; {WITH_OPENING}")
        return self
