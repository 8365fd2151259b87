"""The caller's script: how the caller sounds, what it does turn by turn, how it answers questions.

Durations are seconds, see ``model.py``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from harness.scenario.fields import Duration, Model, Text


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


class PhoneLine(Model):
    """What the line does to the caller's sound, noise included; the clean speech stays apart."""

    band: Literal["telephone", "wideband"] | None = None
    """``telephone`` passes 300 to 3400 Hz, ``wideband`` 50 to 7000 Hz."""
    codec: Literal["pcmu", "pcma"] | None = None
    """G.711 at 8 kHz, there and back, whatever the session's own format is."""
    gain_db: Annotated[float, Field(ge=-60, le=60)] = 0.0
    clip_dbfs: Annotated[float, Field(ge=-60, le=0)] | None = None
    """From this level on the microphone clips."""
    loss: Loss | None = None
    dropouts: Bursts | None = None
    """Stretches of silence: the line is gone."""
    echo: Echo | None = None


class Caller(Model):
    """How the caller sounds."""

    voice: Voice = Voice()
    noise: BedNoise | None = None
    line: PhoneLine | None = None


class CutOff(Model):
    """Where the caller's audio stops: after characters of the first fact, seconds, or words."""

    after_chars: Annotated[int, Field(ge=1)] | None = None
    after_s: Duration | None = None
    after_word: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(x is not None for x in (self.after_chars, self.after_s, self.after_word)) != 1:
            raise ValueError("cut_off has exactly one of 'after_chars', 'after_s', 'after_word'")
        return self


class Cue(Model):
    """When a turn comes that does not wait for the end of the agent's answer.

    Exactly one moment, in the answer to the caller's turn before; ``within`` beside it says how
    long it may take to come.
    """

    after_s: Duration | None = None
    """Seconds after the agent's first audible sample of that answer."""
    after_words: Annotated[int, Field(ge=1)] | None = None
    """So many words of that answer were heard."""
    on_text: Text | None = None
    """Regular expression searched in what the caller has heard so far; case is ignored."""
    on_tool: Text | None = None
    """The agent has called this tool since the caller's turn began."""
    on_event: Text | None = None
    """A message of this type came since the caller's turn began, in the service's own words."""
    after_silence_s: Duration | None = None
    """The agent has neither spoken nor worked for so long, whether it answered or not."""
    at_s: Duration | None = None
    """Seconds after the call began."""
    within: Duration | None = None
    """Seconds after the caller's turn before; left out, as long as the agent gives a sign."""

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        moments = [name for name in type(self).model_fields if name != "within"]
        if sum(getattr(self, name) is not None for name in moments) != 1:
            raise ValueError(f"expected exactly one of {', '.join(map(repr, moments))}")
        return self


class Start(Cue):
    """When a turn begins that does not come as soon as the agent has finished."""

    after_answer_s: Duration | None = None
    """Seconds after the last sound of the agent's answer, in place of the usual short pause."""


class When(Model):
    """What must have happened for a turn to be taken; the others are left out of the call.

    All that is given must hold, at the moment at which the turn would begin.
    """

    heard: Text | None = None
    """Regular expression searched in the agent's answer to the caller's turn before."""
    not_heard: Text | None = None
    called: Text | None = None
    """The agent has called this tool in this call."""
    not_called: Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            names = ", ".join(map(repr, type(self).model_fields))
            raise ValueError(f"expected at least one of {names}")
        return self


class Pause(Model):
    """Quiet inside a line: the caller thinks, or looks something up, and has not finished."""

    pause: Annotated[Duration, Field(gt=0, le=30)]


Line = Annotated[tuple[Text | Pause, ...], Field(min_length=1)]
"""A line in pieces: words with pauses between them."""


class NoiseOnly(Model):
    """Sound without speech: the caller is away, on hold, or somewhere loud."""

    bed: Text
    for_s: Annotated[Duration, Field(alias="for")]
    level_dbfs: Annotated[float, Field(ge=-80, le=0)] = -30.0


class Aside(Model):
    """Words that are not for the agent: somebody else's in the room, or to somebody else."""

    say: Text
    voice: Text | None = None
    """Whose voice, one of eSpeak's; left out, another one than the caller's."""
    level_db: Annotated[float, Field(ge=-40, le=0)] = -12.0
    """How loud, against the caller's own speech."""


_NOD = Cue(after_s=1.0)
"""When a backchannel comes that does not say when."""

_ACTIONS = ("say", "text", "silence", "noise_only", "backchannel", "aside")


class Turn(Model):
    """One thing the caller does: one of ``say``, ``text``, ``silence``, ``noise_only``,
    ``backchannel``, ``aside``.
    """

    say: Text | Line | None = None
    """One line, or its pieces: ``["It's", {pause: 1.2s}, "{order_id}."]``."""
    text: Text | None = None
    """Typed instead of said; an answer is asked for as it is sent."""
    silence: Duration | None = None
    noise_only: NoiseOnly | None = None
    cut_off: CutOff | None = None
    barge_in: Cue | None = None
    """Where in the agent's answer the caller interrupts; if the answer is over before, then."""
    backchannel: Text | None = None
    """A sign of listening ("mm-hm") over the agent's words, which wants no answer."""
    over: Cue | None = None
    """Where in the agent's answer the backchannel comes; 1 s into it if left out."""
    aside: Aside | None = None
    """Words in another voice and from further away, which nobody should answer."""
    start: Start | None = None
    """What the turn waits for in place of the end of the answer; it comes then, or never."""
    when: When | None = None
    """What must have happened for the turn to be taken."""

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        if sum(getattr(self, name) is not None for name in _ACTIONS) != 1:
            raise ValueError(f"a turn has exactly one of {', '.join(map(repr, _ACTIONS))}")
        if self.say is None and (self.cut_off or self.barge_in):
            raise ValueError("'cut_off' and 'barge_in' need 'say'")
        if isinstance(self.say, tuple):
            self._check_pieces(self.say)
        if self.over is not None and self.backchannel is None:
            raise ValueError("'over' needs 'backchannel'")
        if self.start is not None and self.cue is not None:
            raise ValueError("'start' cannot stand beside 'barge_in' or 'backchannel'")
        return self

    def _check_pieces(self, line: Line) -> None:
        spoken = [isinstance(piece, str) for piece in line]
        if spoken != [place % 2 == 0 for place in range(len(line))] or not spoken[-1]:
            raise ValueError("the pieces of 'say' are words and pauses in turn, words at both ends")
        if self.cut_off is not None:
            raise ValueError("'cut_off' needs a 'say' of one piece")

    @property
    def words(self) -> str | None:
        """What is said in this turn, without its pauses; None for one without words."""
        if isinstance(self.say, tuple):
            return " ".join(piece for piece in self.say if isinstance(piece, str))
        return self.backchannel if self.say is None else self.say

    @property
    def pauses(self) -> tuple[tuple[int, float], ...]:
        """Where in ``words`` the caller pauses, as how many characters are out, and how long."""
        found, out = [], -1
        for piece in self.say if isinstance(self.say, tuple) else ():
            if isinstance(piece, str):
                out += 1 + len(piece)
            else:
                found.append((out, piece.pause))
        return tuple(found)

    @property
    def cue(self) -> Cue | None:
        """Where in the agent's answer this turn comes; None for one that waits its turn."""
        return self.barge_in if self.backchannel is None else self.over or _NOD


class Earlier(Model):
    """What the agent is told of the time before the call: words, or a tool's call with its result.

    ``{fact}`` is filled in with its value in every text.
    """

    role: Literal["user", "assistant", "system"] | None = None
    """Whose words they were."""
    text: Text | None = None
    tool: Text | None = None
    """One of the suite's tools, which was called with ``arguments``."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    returns: dict[str, Any] | None = None
    """What the tool gave back."""

    @model_validator(mode="after")
    def _words_or_a_call(self) -> Self:
        given = tuple(each is not None for each in (self.role, self.text, self.tool, self.returns))
        words, call = (True, True, False, False), (False, False, True, True)
        if given not in (words, call) or (given == words and self.arguments):
            raise ValueError("expected {role, text}, or {tool, arguments, returns}")
        return self


class Answer(Model):
    """How the caller reacts to what the script does not foresee.

    ``if_agent_asks`` is a regular expression on the agent's words, case ignored;
    ``if_agent_says_wrong`` names a fact that the agent read back with another value;
    ``if_silent_for`` is how long the agent gives no sign while it owes an answer. Rules are tried
    in order; ``times`` limits how often one may be used.
    """

    if_agent_asks: Text | None = None
    if_agent_says_wrong: Text | None = None
    if_silent_for: Duration | None = None
    say: Text
    times: Annotated[int, Field(ge=1)] = 3

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        given = (self.if_agent_asks, self.if_agent_says_wrong, self.if_silent_for)
        if sum(condition is not None for condition in given) != 1:
            raise ValueError(
                "an answer has exactly one of 'if_agent_asks', 'if_agent_says_wrong', "
                "'if_silent_for'"
            )
        return self
