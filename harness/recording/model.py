"""The recording of one call: the only data that the live and the judging half share.

Clock: seconds on the recording clock. Zero is the instant at which the first sample of the caller's
stream is spoken; the handshake before it has negative times. All four tracks start at zero, so
sample ``n`` of any track is ``n / rate`` on this clock. Everything here is plain data; the folder
format v3 is described in ``store.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from harness.audio.pcm import Pcm
from harness.judges.model import JudgedRecording
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.items import Response, ResponseStatus
from harness.recording.provenance import Manifest
from harness.recording.tools import NoticeSource, ToolRun
from harness.units import FRAME_S, RATE_HZ

# A time in which the caller had no line to the agent, as the recording keeps it.


class AbsenceCause(Enum):
    """Why the line was gone."""

    DISCONNECT = "disconnect"
    """The script wanted it."""
    EXPIRED = "expired"
    """The longest time of a session had passed, and the target says to begin another."""


@dataclass(frozen=True, slots=True)
class Absence:
    """From the end of one session to the moment at which the next knew what was said before.

    What came before ``left_s`` is of the session before, what came behind it of the next: its
    handshake, too.
    """

    left_s: float
    back_s: float | None
    """None if the call ended before."""
    cause: AbsenceCause
    turn: int | None = None
    """Index into the scenario's turns; None where no turn wanted it."""

    def touches(self, from_s: float, until_s: float) -> bool:
        """Return whether the line was gone at any moment between two times."""
        return self.left_s < until_s and (self.back_s is None or self.back_s > from_s)


# The agent's sound: as it was generated, as it was heard, and what the agent was told.


@dataclass(frozen=True, slots=True)
class PlayedSpan:
    """A run of agent audio that the caller heard without a break.

    Samples ``item_start … item_start + samples`` of the item's generated audio were heard from
    sample ``start`` of the agent track on.
    """

    item_id: str
    content_index: int
    response_id: str
    item_start: int
    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class GeneratedItem:
    """Where an item's audio lies on the track ``agent_generated`` (chunks in order of arrival).

    ``chunks`` are (arrival in seconds, first sample on the generated track, samples).
    """

    item_id: str
    content_index: int
    response_id: str
    chunks: tuple[tuple[float, int, int], ...]

    @property
    def samples(self) -> int:
        """How many samples the agent generated for this item."""
        return sum(chunk[2] for chunk in self.chunks)


@dataclass(frozen=True, slots=True)
class Truncation:
    """What the harness told the agent about an interrupted item, and what was really heard."""

    at_s: float
    item_id: str
    content_index: int
    audio_end_ms: int
    heard_samples: int


# What the caller did, and what their line and their room did to it.


class UtteranceKind(Enum):
    """What the caller did."""

    SPEECH = "speech"
    TYPED = "typed"
    """Words that were sent as text, or a picture: no sound, and an answer is wanted."""
    AUDIO_ITEM = "audio_item"
    """Words that were sent as sound in one piece, and never were on the line."""
    BACKCHANNEL = "backchannel"
    """A sign of listening, which takes no floor and wants no answer."""
    KEYS = "keys"
    """Keys of a telephone, as tones; their signs are the text."""
    NOISE = "noise"
    SILENCE = "silence"

    @property
    def is_sent_whole(self) -> bool:
        """Whether it was sent in one piece: without length, and an answer is asked for."""
        return self in (UtteranceKind.TYPED, UtteranceKind.AUDIO_ITEM)


@dataclass(frozen=True, slots=True)
class CallerUtterance:
    """One thing that the caller did, placed to the sample on the caller track.

    ``text`` is what the script says with facts as values, ``spoken`` what the synthesizer was
    given, both cut where a cut-off turn stops (``intended`` is the whole text). ``voiced_start``
    and ``voiced_stop`` bound the clean voiced audio (first voiced sample, one past the last).
    """

    index: int
    """Position among everything that the caller did in this call, from 0."""
    turn: int | None
    """Index into the scenario's turns; None for a reaction from ``answers``."""
    kind: UtteranceKind
    text: str
    spoken: str
    intended: str
    start: int
    samples: int
    voiced_start: int | None
    voiced_stop: int | None
    cut_off: bool = False
    barge_in: bool = False
    answer: int | None = None
    """Index into the scenario's answers."""
    pauses: tuple[tuple[int, int], ...] = ()
    """Samples of the track (first, one past the last) in which the caller paused amid a line."""
    file: str = ""
    """The author's file that was played or sent, as the scenario names it; empty where none was."""
    sha256: str = ""
    """Of that file."""
    lost: bool = False
    """Whether the line went amid it: nobody heard the whole, and the caller says it again."""


@dataclass(frozen=True, slots=True)
class TurnLeftOut:
    """A turn of the script that the caller did not take: what it asks for had not happened."""

    at_s: float
    turn: int
    """Index into the scenario's turns."""


class Impairment(Enum):
    """What the caller's line did to a stretch of the sound, as the scenario wanted it."""

    LOST = "lost"
    """Packets went missing; what is heard there is the sound before, fading."""
    DROPPED = "dropped"
    """The line was gone: silence."""
    LATE = "late"
    """The network held it up; the sound is whole."""


@dataclass(frozen=True, slots=True)
class ImpairedSpan:
    """A stretch of the track ``caller`` that the line spoiled; ``caller_clean`` has it whole."""

    what: Impairment
    start: int
    samples: int
    late_s: float = 0.0
    """How late it came, at most; 0 for what was not held up."""


@dataclass(frozen=True, slots=True)
class OtherSpeech:
    """Words of somebody near the caller, on the track ``caller`` alone: no speech of theirs."""

    start: int
    samples: int
    text: str


# What the two sides sent: raw messages, neutral events and commands, broken rules.


class Direction(Enum):
    """Which way a message went, seen from the harness."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class WireMessage:
    """One message as it crossed the wire, for people to read and for decoding again.

    ``message`` is the vendor's own JSON; audio payloads are replaced by
    ``{"track": "caller"|"agent_generated", "start": sample, "samples": count}``. ``malformed``
    keeps text that was not JSON; a ``binary`` one has what it held under "binary": such a range,
    or base64. ``assumed`` is of format 2: the ids that the call gave to what the server left
    without (since then they stand in the neutral events).
    """

    at_s: float
    direction: Direction
    message: Mapping[str, Any]
    malformed: str | None = None
    binary: bool = False
    assumed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AudioRange:
    """Where the audio of an event or a message lies: ``track`` is "caller" or "agent_generated"."""

    track: str
    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """One neutral event of the agent's, as the dialect understood a message.

    Its audio, if it has any, is where ``audio`` says and not in the event. ``assumed`` names the
    fields of the event (``response_id``, ``item_id``) that the call filled in, because the server
    left them out. ``inferred`` events are our own conclusion, and no message says them.
    """

    at_s: float
    event: ServerEvent
    audio: AudioRange | None = None
    assumed: tuple[str, ...] = ()
    message: int | None = None
    """Index into ``Recording.messages``; None where no raw message was kept."""
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class SentCommand:
    """One neutral command that the harness sent; frames of the caller's audio are none."""

    at_s: float
    command: ClientCommand
    message: int | None = None
    """Index into ``Recording.messages``; None where no raw message was kept."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What the server sent that its own documentation does not allow, or not at this point.

    Information, never a verdict: real services differ from their guides in detail. ``type`` is the
    vendor's own name of the message, ``detail`` says what is wrong in words, and ``effect`` what
    this call lost by it, empty where nothing was.
    """

    at_s: float
    type: str
    detail: str
    effect: str = ""


# How late the harness itself was in a call: frames that left late, messages that were read late.
#
# Real time only. What was less late than ``NOTED_S`` is not noted; what lies near to each other
# is one record, as late as the worst of it, so that a busy machine leaves a few lines a second at
# most.

NOTED_S = 0.0005
"""What is less late is not noted: whoever judges takes it that all else was as late as that."""

JOINED_S = 0.2
"""What lies no farther from the one before is told with it."""

LONGEST_S = 1.0
"""Longest stretch that is told in one: far from it, nothing shall look as late as the worst."""

_FRAME = round(FRAME_S * RATE_HZ)


@dataclass(frozen=True, slots=True)
class LateFrames:
    """A stretch of the caller's stream, in samples, of which frames left up to ``late_s`` late."""

    start: int
    samples: int
    late_s: float


@dataclass(frozen=True, slots=True)
class LateArrivals:
    """A stretch of the call in which messages lay unread, and their stamps may be late."""

    start_s: float
    end_s: float
    read_late_s: float
    """How long they may have lain before they were read, at most."""
    stamp_late_s: float
    """How much earlier than their stamps they may have come, at most."""


@dataclass(frozen=True, slots=True)
class ReadArrival:
    """One message: its stamp, and how late it was read and stamped at most."""

    at_s: float
    read_late_s: float
    stamp_late_s: float


def late_frames(late_s: Sequence[float]) -> Iterator[LateFrames]:
    """Yield where frames left late; ``late_s`` says of every frame, from the first, how late."""
    late = [(k * FRAME_S, (k + 1) * FRAME_S, k) for k, by in enumerate(late_s) if by >= NOTED_S]
    for numbers in _joined(late):
        first, last = numbers[0], numbers[-1]
        worst = max(late_s[k] for k in numbers)
        yield LateFrames(first * _FRAME, (last + 1 - first) * _FRAME, round(worst, 6))


def late_arrivals(read: Sequence[ReadArrival]) -> Iterator[LateArrivals]:
    """Yield where messages were read, or stamped, late; ``read`` is in order of reading."""
    late = [
        (each.at_s, each.at_s, number)
        for number, each in enumerate(read)
        if max(each.read_late_s, each.stamp_late_s) >= NOTED_S
    ]
    for numbers in _joined(sorted(late)):
        one = [read[number] for number in numbers]
        yield LateArrivals(
            round(one[0].at_s, 6),
            round(one[-1].at_s, 6),
            round(max(each.read_late_s for each in one), 6),
            round(max(each.stamp_late_s for each in one), 6),
        )


def _joined(stretches: Iterable[tuple[float, float, int]]) -> Iterator[list[int]]:
    """Yield the numbers of stretches (start, end, number; in order) that are told in one."""
    group: list[int] = []
    began_s = ended_s = 0.0
    for start_s, end_s, number in stretches:
        if group and (start_s - ended_s > JOINED_S or end_s - began_s > LONGEST_S):
            yield group
            group = []
        if not group:
            began_s = start_s
        group.append(number)
        ended_s = end_s
    if group:
        yield group


# What a recognizer heard after the call: of the agent, and of an imported call's caller.


@dataclass(frozen=True, slots=True)
class RecognizedWords:
    """What a recognizer heard in one stretch of the played agent track.

    ``pace`` other than 1.0 tells that the same audio was listened to again, played so much faster;
    the times are those of the track.
    """

    start_s: float
    end_s: float
    text: str
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class WeighedValue:
    """How sure a recognizer is that an exact value was said in one stretch of the played track.

    It was asked to choose between the value that the agent's transcript claims and all values that
    differ from it in one character. ``sure`` is the share of such claims that are right where every
    second one is wrong (0 to 1), ``rival`` the likeliest of the others.
    """

    start_s: float
    end_s: float
    kind: str
    value: str
    """As values are compared."""
    sure: float
    rival: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """A recognizer's account of the agent's played audio."""

    engine: str
    version: str
    lines: tuple[RecognizedWords, ...]
    weighed: tuple[WeighedValue, ...] = ()
    """Empty where the engine cannot be asked, and in recordings that are older."""
    caller: tuple[RecognizedWords, ...] = ()
    """Replies of a caller whose words only a transcription tells; one without text was heard, and
    no word in it. Empty for a scripted caller, and in recordings that are older."""


# Steps of the script that no caller hears, as the recording keeps them.

ASKED = "harness_turn"
"""Metadata of a response that a step asks for: which turn of the script it was."""


class StepKind(Enum):
    """What was done to the session; the value is the scenario file's key."""

    INJECT = "inject"
    SESSION_UPDATE = "session_update"
    OUT_OF_BAND = "out_of_band"


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that was sent. The command itself stands among the commands, at the same time."""

    at_s: float
    turn: int
    """Index into the scenario's turns."""
    step: StepKind
    text: str
    """What was told, in words: the item with its values, or which settings were changed."""


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """The answer to an out-of-band question, as it ended."""

    at_s: float
    turn: int
    status: ResponseStatus
    text: str


def turn_asked_in(response: Response) -> int | None:
    """Return the turn of the script that asked for an out-of-band response, if any."""
    named = (response.metadata or {}).get(ASKED)
    return int(named) if isinstance(named, str) and named.isdecimal() else None


@dataclass(frozen=True, slots=True)
class NoiseBurst:
    """A stretch in which a noise bed sounds that comes and goes, on the track ``caller`` alone."""

    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class Recording:
    """One call, whole: provenance, messages and events, who did what when, and the audio."""

    manifest: Manifest
    messages: Sequence[WireMessage]
    """As they crossed the wire: nobody judges by them."""
    events: tuple[AgentEvent, ...]
    commands: tuple[SentCommand, ...]
    violations: tuple[Violation, ...] | None
    """None where nobody looked: the dialect is not known here."""
    utterances: tuple[CallerUtterance, ...]
    played: tuple[PlayedSpan, ...]
    generated: tuple[GeneratedItem, ...]
    tools: tuple[ToolRun, ...]
    truncations: tuple[Truncation, ...]
    caller: Pcm
    caller_clean: Pcm
    agent: Pcm
    agent_generated: Pcm
    recognition: Recognition | None = None
    damage: str = ""
    """What the files have lost since they were written, or what of them cannot be read, in words;
    empty if they are whole."""
    notice_sources: tuple[NoticeSource, ...] = ()
    """Empty where nothing but the events of the session was to tell of the server's tools."""
    left_out: tuple[TurnLeftOut, ...] = ()
    steps: tuple[StepTaken, ...] = ()
    step_answers: tuple[StepAnswer, ...] = ()
    absences: tuple[Absence, ...] = ()
    impaired: tuple[ImpairedSpan, ...] = ()
    """Empty where the line did nothing of the kind, and in recordings that are older."""
    others: tuple[OtherSpeech, ...] = ()
    """Empty where nobody else talked, and in recordings that are older."""
    bursts: tuple[NoiseBurst, ...] = ()
    """Empty where no bed came and went, and in recordings that are older."""
    late_frames: tuple[LateFrames, ...] = ()
    late_arrivals: tuple[LateArrivals, ...] = ()
    """Both are complete where ``manifest.lateness`` says from what on they are noted."""
    judged: JudgedRecording | None = None
    """What model judges answered about the call; None where none was asked, or nothing of it can
    be read."""

    @property
    def tracks(self) -> tuple[Pcm, Pcm, Pcm, Pcm]:
        """All sound, in the order of ``writer.TRACKS``."""
        return self.caller, self.caller_clean, self.agent, self.agent_generated


# What counts as an answer that a caller hears, for the live call and for its scorers alike.

CLICK_S = 0.1
"""A shorter sound holds no syllable: the caller has heard no answer yet."""
