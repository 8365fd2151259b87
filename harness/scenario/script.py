"""The caller's script: turns and their timing, answers to questions, and session steps.

Durations are seconds, see ``model.py``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from harness.protocol.commands import SessionConfig
from harness.scenario.fields import Duration, Model, Text
from harness.scenario.media_files import OwnAudio, Picture
from harness.scenario.session_settings import (
    RetentionRatio,
    StoredPrompt,
    ToolChoice,
    TranscriptionSettings,
    as_sent,
    transcription,
)

# When a turn of the script comes, and whether it comes at all.
#
# Durations are seconds, see ``model.py``.


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
    within: Annotated[Duration, Field(gt=0)] | None = None
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


# Session changes of a script, in addition to the caller's words: steps without audio.
#
# A step takes no floor and has no length: the caller continues with the next turn at once.


class Inject(Model):
    """Words that are put into the conversation, which nobody said; no answer is asked for."""

    role: Literal["system", "user", "assistant"]
    """Whose words they are taken for."""
    text: Text


class SessionChange(Model):
    """What of the session is another from here on; what is not given stays as it is."""

    instructions: Text | None = None
    instructions_file: Text | None = None
    """A prompt in the suite's folder, in place of ``instructions``."""
    tools: tuple[Text, ...] | None = None
    """Those of the suite's tools that the agent has from here on."""
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    prompt: StoredPrompt | None = None
    """A prompt that is stored at the service, another version of it, or other variables."""
    voice: Text | None = None
    speed: Annotated[float, Field(ge=0.25, le=1.5)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    input_transcription: Text | TranscriptionSettings | None = None
    noise_reduction: Literal["near_field", "far_field", "off"] | None = None
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    truncation: Literal["auto", "disabled"] | RetentionRatio | None = None

    @model_validator(mode="after")
    def _something_once(self) -> Self:
        if not self.given:
            known = ", ".join(map(repr, type(self).model_fields))
            raise ValueError(f"expected at least one of {known}")
        if self.instructions is not None and self.instructions_file is not None:
            raise ValueError("expected 'instructions' or 'instructions_file', not both")
        return self

    @property
    def given(self) -> tuple[str, ...]:
        """The settings that are changed, by name."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)

    def wanted(self) -> SessionConfig:
        """Return the changed settings without the tools, which the suite describes."""
        return SessionConfig(
            instructions=self.instructions,
            tool_choice=as_sent(self.tool_choice),
            parallel_tool_calls=self.parallel_tool_calls,
            prompt=as_sent(self.prompt),
            voice=self.voice,
            speed=self.speed,
            max_output_tokens=self.max_output_tokens,
            noise_reduction=self.noise_reduction,
            reasoning_effort=self.reasoning_effort,
            truncation=as_sent(self.truncation),
            **transcription(self.input_transcription),
        )


class OutOfBand(Model):
    """A question to the model beside the conversation, answered in text that nobody hears."""

    instructions: Text
    """What is asked, and in which words to answer."""
    input: Literal["conversation", "none"] = "conversation"
    """What it is asked about: all that was said, or nothing but the question."""
    expect: Text
    """Regular expression on the answer; case is ignored."""


Step: TypeAlias = Inject | SessionChange | OutOfBand

STEPS = ("inject", "session_update", "out_of_band")
"""Keys of a turn that are steps."""


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


class Pause(Model):
    """Quiet inside a line: the caller thinks, or looks something up, and has not finished."""

    pause: Annotated[Duration, Field(gt=0, le=30)]


VocalSound = Literal["cough", "throat", "laugh", "sigh", "sniff"]
"""Vocal sounds that are not speech; ``throat`` is cleared."""


class Sound(Model):
    """A sound of the caller's amid a line, as they have not finished."""

    sound: VocalSound


class Tongue(Model):
    """Another language from here on, until the next such piece; the person stays the same."""

    language: Text
    """As eSpeak names it: ``de``, ``fr``, ``es-419``; that of the suite leads back."""


Line = Annotated[tuple[Text | Pause | Sound | Tongue, ...], Field(min_length=1)]
"""A line in pieces: words with pauses, sounds and other languages between them."""

Between = Pause | Sound | Tongue


class Keys(Model):
    """Keys of a telephone that are pressed one after the other, as tones (DTMF)."""

    keys: Text
    """0-9, A-D, * and #; ``{fact}`` is filled in."""
    tone_ms: Annotated[float, Field(ge=40, le=1000)] = 70.0
    pause_ms: Annotated[float, Field(ge=40, le=1000)] = 70.0
    """Between two tones."""


class NoiseOnly(Model):
    """Sound without speech: the caller is away, on hold, or somewhere loud."""

    bed: Text
    for_s: Annotated[Duration, Field(alias="for")]
    level_dbfs: Annotated[float, Field(ge=-80, le=0)] = -30.0


class Disconnect(Model):
    """The line to the agent goes, and the caller calls again: another session."""

    for_s: Annotated[Duration, Field(alias="for", gt=0, le=60)]
    """How long it is gone."""
    how: Literal["close", "drop"] = "close"
    """With a goodbye (a close frame), or without, as a line that breaks."""


class SideSpeech(Model):
    """Words that are not for the agent: somebody else's in the room, or to somebody else."""

    say: Text
    voice: Text | None = None
    """Whose voice, one of eSpeak's; left out, another one than the caller's."""
    level_db: Annotated[float, Field(ge=-40, le=0)] = -12.0
    """How loud, against the caller's own speech."""


_NOD = Cue(after_s=1.0)
"""The default time of a backchannel."""

_OWN = (
    *("say", "text", "image", "dtmf", "silence", "noise_only", "backchannel", "aside", "sound"),
    "disconnect",
)
_ACTIONS = (*_OWN, *STEPS)


class Turn(Model):
    """One thing the caller does: one of ``say``, ``text``, ``image``, ``dtmf``, ``silence``,
    ``noise_only``, ``backchannel``, ``aside``, ``sound``; or one that is done to the
    session (``steps.py``).
    """

    say: Text | Line | OwnAudio | None = None
    """One line, its pieces (``["It's", {pause: 1.2s}, "{order_id}."]``), or a recording."""
    text: Text | None = None
    """Typed instead of said; an answer is asked for as it is sent."""
    image: Text | Picture | None = None
    """A picture that is sent, alone or beside ``text``; an answer is asked for."""
    audio_item: bool | None = None
    """Whether what is said is sent in one piece, and never is on the line."""
    dtmf: Text | Keys | None = None
    """Keys of the telephone: tones on the line."""
    silence: Duration | None = None
    noise_only: NoiseOnly | None = None
    cut_off: CutOff | None = None
    barge_in: Cue | None = None
    """Where in the agent's answer the caller interrupts; if the answer is over before, then."""
    backchannel: Text | None = None
    """A sign of listening ("mm-hm") over the agent's words, which wants no answer."""
    over: Cue | None = None
    """Where in the agent's answer the backchannel comes (1 s into it if left out), or the sound."""
    aside: SideSpeech | None = None
    """Words in another voice and from further away, which nobody should answer."""
    sound: VocalSound | None = None
    """A cough or the like, which nobody should answer."""
    disconnect: Disconnect | None = None
    """The line is gone for a while."""
    inject: Inject | None = None
    """A context item that comes into the conversation."""
    session_update: SessionChange | None = None
    """Settings of the session that change."""
    out_of_band: OutOfBand | None = None
    """A out-of-band question."""
    start: Start | None = None
    """What the turn waits for in place of the end of the answer; it comes then, or never."""
    when: When | None = None
    """What must have happened for the turn to be taken."""

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        given = {name for name in _ACTIONS if getattr(self, name) is not None}
        if len(given) != 1 and given != {"text", "image"}:
            raise ValueError(f"a turn has exactly one of {', '.join(map(repr, _ACTIONS))}")
        if self.say is None and (self.cut_off or self.barge_in):
            raise ValueError("'cut_off' and 'barge_in' need 'say'")
        if self.audio_item and (self.say is None or self.barge_in):
            raise ValueError("'audio_item' needs 'say', and no 'barge_in': nobody hears it come")
        if isinstance(self.say, tuple):
            self._check_pieces(self.say)
        if isinstance(self.say, OwnAudio) and self.cut_off and self.cut_off.after_s is None:
            raise ValueError("a recording is cut off by 'after_s': where its words are is not told")
        if self.over is not None and self.backchannel is None and self.sound is None:
            raise ValueError("'over' needs 'backchannel' or 'sound'")
        if self.start is not None and self.cue is not None:
            raise ValueError("'start' cannot stand beside 'barge_in', 'backchannel' or 'over'")
        return self

    def _check_pieces(self, line: Line) -> None:
        kinds = [type(piece) for piece in line]
        alike = any(one is other is not Sound for one, other in pairwise(kinds))
        ends = Pause in (kinds[0], kinds[-1]) or kinds[-1] is Tongue
        if alike or ends or str not in kinds:
            told = "the pieces of 'say' are words with pauses or sounds between them"
            raise ValueError(f"{told}, no pause at an end")
        if self.cut_off is not None:
            raise ValueError("'cut_off' needs a 'say' of one piece")

    @property
    def quiet_s(self) -> float:
        """The length of the caller's silence, if the turn is a silence; 0 for any other."""
        return self.silence or (self.disconnect.for_s if self.disconnect is not None else 0.0)

    @property
    def step(self) -> Step | None:
        """The session step of this turn; None for a turn of the caller's."""
        return self.inject or self.session_update or self.out_of_band

    @property
    def words(self) -> str | None:
        """The words of this turn without the pieces between them; None for a turn without words."""
        if isinstance(self.say, tuple):
            return " ".join(piece for piece in self.say if isinstance(piece, str))
        if isinstance(self.say, OwnAudio):
            return self.say.transcript
        return self.backchannel if self.say is None else self.say

    @property
    def own(self) -> OwnAudio | None:
        """The recording that is played for this turn, if there is any."""
        return self.say if isinstance(self.say, OwnAudio) else None

    @property
    def files(self) -> tuple[str, ...]:
        """The author's files that the turn needs, as written."""
        own, picture = self.own, self.picture
        names = (None if own is None else own.file, None if picture is None else picture.file)
        return tuple(name for name in names if name is not None)

    @property
    def picture(self) -> Picture | None:
        """The picture that is sent in this turn, if there is any."""
        return Picture(file=self.image) if isinstance(self.image, str) else self.image

    @property
    def between(self) -> tuple[tuple[int, Between], ...]:
        """The pieces between the ``words``, each with the number of their characters before it."""
        found, out = [], -1
        for piece in self.say if isinstance(self.say, tuple) else ():
            if isinstance(piece, str):
                out += 1 + len(piece)
            else:
                found.append((max(0, out), piece))
        return tuple(found)

    @property
    def pressed(self) -> Keys | None:
        """The keys that are pressed in this turn, if any are."""
        return Keys(keys=self.dtmf) if isinstance(self.dtmf, str) else self.dtmf

    @property
    def cue(self) -> Cue | None:
        """The moment in the agent's answer at which this turn comes; None for a turn that waits."""
        if self.backchannel is not None:
            return self.over or _NOD
        return self.barge_in or self.over


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
    say: Text | OwnAudio
    times: Annotated[int, Field(ge=1)] = 3

    @property
    def words(self) -> str:
        """The words of the answer."""
        return self.say if isinstance(self.say, str) else self.say.transcript

    @property
    def own(self) -> OwnAudio | None:
        """The recording that is played, if there is any."""
        return self.say if isinstance(self.say, OwnAudio) else None

    @property
    def files(self) -> tuple[str, ...]:
        """The author's files that the answer needs, as written."""
        return () if self.own is None else (self.own.file,)

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        given = (self.if_agent_asks, self.if_agent_says_wrong, self.if_silent_for)
        if sum(condition is not None for condition in given) != 1:
            raise ValueError(
                "an answer has exactly one of 'if_agent_asks', 'if_agent_says_wrong', "
                "'if_silent_for'"
            )
        return self
