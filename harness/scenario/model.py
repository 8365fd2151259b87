"""The models of scenario and suite files: caller, audio, scorers, judge, expectations.

Every model is strict, frozen and refuses unknown keys. Durations are seconds; a file may write them
as a number or as text with a unit ("6s", "250 ms"). ``load.py`` turns YAML into these models (and
into those of ``script.py`` and ``target.py``) and collects all faults; ``scenario_file.py`` makes
JSON Schemas of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from harness.language.values import ValueKind
from harness.scenario.document import KeyPath
from harness.scenario.expectation import Expectation
from harness.scenario.fault_text import Found, mapping, plain_faults, unknown
from harness.scenario.fields import Day, Duration, Model, Opening, Text, Variable
from harness.scenario.script import Answer, Earlier, Turn
from harness.scenario.world import Table, WorldMock
from harness.units import MOST_REPEATS, MOST_SEED

# The key ``judge`` of a suite, and the file that ``--judge`` names: which model judges, and when.
#
# Off unless a command has ``--judge``: a suite alone sends no data.

Share = Annotated[float, Field(ge=0, le=1)]

MOST_VOTES = 9


class AtLeast(Model):
    """The measurement that a model needs before its answers decide anything.

    The shares are of the labelled writes that the rules leave at review: the model decides no
    others.
    """

    accuracy: Share = 0.8
    """The lower end of the 95 % interval, so that a few lucky calls are not enough."""
    kappa: Annotated[float, Field(ge=-1, le=1)] = 0.6
    """Cohen's kappa with the labels."""


class JudgeSettings(Model):
    """A model judge: its endpoint, its modes, and the measurement that it needs."""

    use: Text = "openai_chat"
    """The judge: built in, or offered by a package (group ``harness.judges``)."""
    model: Text
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+$")] = "https://api.openai.com/v1"
    """Without user, query or fragment; ``/chat/completions`` is added."""
    key_env: Variable | None = None
    """Environment variable that holds the key; None for an endpoint that needs none."""
    settle: Literal["review"] | None = None
    """``review``: the model decides writes that the rules leave at review."""
    doubt: Literal["pass"] | None = None
    """``pass``: the model may turn a pass into review, never into a fail."""
    votes: Annotated[int, Field(ge=1, le=MOST_VOTES)] = 1
    """How often each question is asked; more than half of the votes must agree."""
    at_least: AtLeast = AtLeast()
    measured: Text | None = None
    """File of measurements (``harness judge-check --judge``), relative to this file."""
    audio: bool = False
    """Whether the audio of the marked span is sent with the text."""
    timeout_s: Annotated[Duration, Field(gt=0)] = 60.0
    """Time limit of one request."""
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    """How often a request is repeated that fails for now (429, 5xx, no answer in time)."""
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    """Questions at the same time."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Left out of the request unless given: some models refuse it."""


class JudgeFile(JudgeSettings):
    """A file of judge settings, as ``--judge FILE`` reads it."""

    format: Literal[1]


# The choice of scorers in files: which scorers judge a call, and their options (``scorers``).
#
# A suite's choices apply to all of its scenarios, and a scenario overrides them name by name. The
# scorers and their options are defined in a higher layer, so loaders get them as an argument
# (``ScorerOptions``).

OTHERS = "others"
"""Means every scorer that neither suite nor scenario names."""

ScorerOptions = Mapping[str, type[Model]]
"""The scorers that are installed, each with the model of its options."""

_Word = Annotated[Literal["on", "off"], AfterValidator(lambda word: word == "on")]
"""YAML 1.2 reads ``on`` and ``off`` as text, and most people mean the switch."""

ScorerChoice = bool | _Word | dict[str, Any]
"""Whether a scorer judges; its options switch it on."""


def is_on(choices: Mapping[str, Any], name: str) -> bool:
    """Return whether a scorer is switched on by the joined choices of suite and scenario."""
    choice = choices.get(name, choices.get(OTHERS, True))
    return choice is not False and choice != "off"


def joined(suite: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a suite's choices under a scenario's own, options key by key.

    A scenario that says ``on`` keeps the options that its suite gives.
    """
    both = {**suite, **own}
    for name, given in suite.items():
        choice = own.get(name)
        if isinstance(given, dict) and isinstance(choice, dict):
            both[name] = {**given, **choice}
        elif isinstance(given, dict) and (choice is True or choice == "on"):
            both[name] = given
    return both


def place_of_choice(key: KeyPath, own: Mapping[str, Any]) -> KeyPath | None:
    """Return the place of a fault of joined choices in a scenario; None if it is in the suite."""
    here: Any = own
    for part in key[1:3]:
        if not isinstance(here, dict) or part not in here:
            return None
        here = here[part]
    return key


def choice_faults(data: Mapping[str, Any], known: ScorerOptions) -> Found:
    """Check the names of scorers in a file's data, and their options."""
    for name, choice in mapping(data, "scorers").items():
        at: KeyPath = ("scorers", name)
        if name == OTHERS:
            if isinstance(choice, dict):
                yield at, "expected on or off, got options; those belong to one scorer"
        elif name not in known:
            yield at, unknown("scorer", name, (*known, OTHERS))
        elif isinstance(choice, dict):
            for key, problem in _option_faults(choice, known[name]):
                yield (*at, *key), problem


def judged_by_nobody(data: Mapping[str, Any], known: ScorerOptions) -> Found:
    """Report a scenario, joined with its suite, that switches every scorer off."""
    choices = mapping(data, "scorers")
    if not any(is_on(choices, name) for name in known):
        yield ("scorers",), "every scorer is off, so nothing would be judged; switch one on"


def _option_faults(options: Mapping[str, Any], model: type[Model]) -> Found:
    try:
        model.of(options)
    except ValidationError as error:
        if model.model_fields:
            yield from plain_faults(error, model, options)
        else:
            for key in options:
                yield (key,), "this scorer takes no options; limits stand under 'limits'"


# The audio of a caller: voice, background, and the effects of the line on both.
#
# Durations are seconds, see ``model.py``.


class Voice(Model):
    """Which voice speaks the caller."""

    engine: Text = "default"
    """``default``, or a synthesizer that is installed."""
    name: str | None = None
    rate: Annotated[float, Field(gt=0.25, le=4)] = 1.0


class Bursts(Model):
    """When something comes and goes: once in every period, at a moment that the seed chooses."""

    every: Annotated[Duration, Field(gt=0)]
    for_s: Annotated[Duration, Field(alias="for", gt=0)]

    @model_validator(mode="after")
    def _pauses(self) -> Bursts:
        if self.for_s >= self.every:
            raise ValueError("'for' must be shorter than 'every': else leave 'bursts' out")
        return self


class BedNoise(Model):
    """A noise bed under the whole call, mixed at an SNR against the caller's speech level."""

    bed: Text
    snr_db: Annotated[float, Field(ge=-20, le=60)]
    bursts: Bursts | None = None
    """Where the bed sounds only now and then; it has its SNR while it sounds."""


class SecondTalker(Model):
    """Another person near the caller, who talks over and between, and not to the agent."""

    say: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """Sentences, one after the other and over again; left out, small talk."""
    voice: Text | None = None
    """One of eSpeak's; left out, another one than the caller's."""
    level_db: Annotated[float, Field(ge=-40, le=0)] = -12.0
    """How loud, against the caller's own speech."""
    bursts: Bursts | None = None
    """Where they talk only now and then: as many whole sentences as fit, at least one."""


class Loss(Model):
    """Packets of 20 ms that are lost, in bursts."""

    rate: Annotated[float, Field(gt=0, le=0.5)]
    """Share of all packets."""
    burst_ms: Annotated[float, Field(ge=20, le=10_000)] = 20.0
    """Mean length of what is lost in one piece."""


class Echo(Model):
    """The agent's own voice, as the caller heard it, in the caller's microphone."""

    delay_ms: Annotated[float, Field(ge=40, le=2000)] = 150.0
    level_db: Annotated[float, Field(ge=-80, le=0)] = -20.0
    """Against the level at which the caller hears the agent."""


class Network(Model):
    """How late the caller's sound gets to the agent; nothing of it is lost."""

    jitter_ms: Annotated[float, Field(ge=20, le=2000)] | None = None
    """Every tenth packet is held up by as much as this, and those behind it wait."""
    stalls: Bursts | None = None
    """Stretches in which nothing gets through; then all of it comes at once."""

    @model_validator(mode="after")
    def _something(self) -> Network:
        if self.jitter_ms is None and self.stalls is None:
            raise ValueError("'network' has 'jitter_ms', 'stalls' or both")
        return self


class PhoneLine(Model):
    """What the line does to the caller's sound, noise included; the clean speech stays apart."""

    band: Literal["telephone", "wideband"] | None = None
    """``telephone`` passes 300 to 3400 Hz, ``wideband`` 50 to 7000 Hz."""
    codec: Literal["pcmu", "pcma", "opus"] | None = None
    """G.711 at 8 kHz, or Opus; there and back, whatever the session's own format is."""
    bitrate_kbps: Annotated[float, Field(ge=6, le=64)] | None = None
    """Of Opus, constant; left out, 24."""
    gain_db: Annotated[float, Field(ge=-60, le=60)] = 0.0
    clip_dbfs: Annotated[float, Field(ge=-60, le=0)] | None = None
    """From this level on the microphone clips."""
    loss: Loss | None = None
    dropouts: Bursts | None = None
    """Stretches of silence: the line is gone."""
    echo: Echo | None = None
    network: Network | None = None

    @model_validator(mode="after")
    def _bitrate_of_opus(self) -> PhoneLine:
        if self.bitrate_kbps is not None and self.codec != "opus":
            raise ValueError("'bitrate_kbps' needs 'codec: opus'")
        return self


class Caller(Model):
    """How the caller sounds."""

    voice: Voice = Voice()
    noise: BedNoise | None = None
    second_talker: SecondTalker | None = None
    line: PhoneLine | None = None


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
        """Whether the consequence must be said, in either notation of the suite."""
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
"""The condition for barge-in in a first turn; a target may change, so it is not enough."""


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
