"""The recording of a call: the only data that live calls and scoring share.

Clock: seconds on the recording clock. Zero is the instant at which the first sample of the caller's
stream is spoken; the handshake before it has negative times. All four tracks start at zero, so
sample ``n`` of any track is ``n / rate`` on this clock. Everything here is plain data; the folder
format v3 is described in ``store.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from harness.audio.pcm import Pcm
from harness.judges.model import JudgedRecording
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.items import OfContent, Response, ResponseStatus
from harness.recording.provenance import Manifest
from harness.recording.tools import NoticeSource, ToolRun
from harness.units import FRAME_S, RATE_HZ

# A time in which the caller had no line to the agent, as the recording keeps it.


class AbsenceCause(Enum):
    """Why the line was gone."""

    DISCONNECT = "disconnect"
    """The script requested it."""
    EXPIRED = "expired"
    """The session reached its maximum time, and the target requests another session."""


@dataclass(frozen=True, slots=True)
class Absence:
    """From the end of a session until the next session has the conversation so far.

    Events before ``left_s`` belong to the first session, later events to the next, including its
    handshake.
    """

    left_s: float
    back_s: float | None
    """None if the call ended before."""
    cause: AbsenceCause
    turn: int | None = None
    """Index into the scenario's turns; None if no turn requested it."""

    def touches(self, from_s: float, until_s: float) -> bool:
        """Return whether the line was gone at any moment between two times."""
        return self.left_s < until_s and (self.back_s is None or self.back_s > from_s)


# The agent's audio: as generated, as played, and as reported to the agent.


@dataclass(frozen=True, slots=True)
class PlayedSpan(OfContent):
    """A run of agent audio that the caller heard without a break.

    Samples ``item_start … item_start + samples`` of the item's generated audio were played from
    sample ``start`` of the agent track on.
    """

    item_id: str
    content_index: int
    response_id: str
    item_start: int
    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class GeneratedItem(OfContent):
    """The place of an item's audio on the track ``agent_generated`` (chunks in order of arrival).

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
    """The harness's report to the agent about an interrupted item, and the part really played."""

    at_s: float
    item_id: str
    content_index: int
    audio_end_ms: int
    heard_samples: int


# The caller's actions, and their changes by the line and by noise.


class UtteranceKind(Enum):
    """The kind of a caller's action."""

    SPEECH = "speech"
    TYPED = "typed"
    """Words that were sent as text, or an image: no audio, and an answer is expected."""
    AUDIO_ITEM = "audio_item"
    """Words that were sent as audio in a single piece, and never were on the line."""
    BACKCHANNEL = "backchannel"
    """A sign of listening, which takes no turn and expects no answer."""
    KEYS = "keys"
    """Keys of a telephone, as tones; the text contains the keys."""
    NOISE = "noise"
    SILENCE = "silence"

    @property
    def is_sent_whole(self) -> bool:
        """Whether it was sent in a single piece: without length, and an answer is requested."""
        return self in (UtteranceKind.TYPED, UtteranceKind.AUDIO_ITEM)


@dataclass(frozen=True, slots=True)
class CallerUtterance:
    """An action of the caller, placed to the sample on the caller track.

    ``text`` is the script's text with facts as values, ``spoken`` the synthesizer's input, both cut
    where a cut-off turn stops (``intended`` is the whole text). ``voiced_start`` and
    ``voiced_stop`` bound the clean voiced audio (first voiced sample, one past the last).
    """

    index: int
    """Position among all actions of the caller in this call, from 0."""
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
    """Samples of the track (first, one past the last) in which the caller paused within a line."""
    file: str = ""
    """The author's file that was played or sent, as the scenario names it; empty without a file."""
    sha256: str = ""
    """Checksum of that file."""
    lost: bool = False
    """Whether the line dropped during it: it was not heard whole, and the caller repeats it."""


@dataclass(frozen=True, slots=True)
class TurnLeftOut:
    """A turn of the script that the caller skipped, since its condition had not happened."""

    at_s: float
    turn: int
    """Index into the scenario's turns."""


class Impairment(Enum):
    """The effect of the caller's line on a stretch of audio, as the scenario requested it."""

    LOST = "lost"
    """Packets were lost; the audio before them is repeated there, fading."""
    DROPPED = "dropped"
    """The line was gone: silence."""
    LATE = "late"
    """The network delayed it; the audio is whole."""


@dataclass(frozen=True, slots=True)
class ImpairedSpan:
    """A stretch of the track ``caller`` that the line impaired; ``caller_clean`` has it whole."""

    what: Impairment
    start: int
    samples: int
    late_s: float = 0.0
    """The maximum delay; 0 if it was not delayed."""


@dataclass(frozen=True, slots=True)
class OtherSpeech:
    """Words of a person near the caller, on the track ``caller`` alone: not the caller's speech."""

    start: int
    samples: int
    text: str


# Messages of both sides: raw messages, neutral events and commands, violations.


class Direction(Enum):
    """The direction of a message, seen from the harness."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class WireMessage:
    """A message as it crossed the wire, for people to read and for decoding again.

    ``message`` is the vendor's own JSON; audio payloads are replaced by ``{"track":
    "caller"|"agent_generated", "start": sample, "samples": count}``. ``malformed`` keeps text that
    was not JSON; a ``binary`` message has its content under "binary": such a range, or base64.
    """

    at_s: float
    direction: Direction
    message: Mapping[str, Any]
    malformed: str | None = None
    binary: bool = False


@dataclass(frozen=True, slots=True)
class AudioRange:
    """The place of a message's audio: ``track`` is "caller" or "agent_generated"."""

    track: str
    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """A neutral event of the agent's, as the dialect decoded a message.

    Its audio, if it has any, is at ``audio`` and not in the event. ``assumed`` names the fields of
    the event (``response_id``, ``item_id``) that the call filled in, because the server left them
    out. ``inferred`` events are conclusions of the harness, and no message contains them.
    """

    at_s: float
    event: ServerEvent
    audio: AudioRange | None = None
    assumed: tuple[str, ...] = ()
    message: int | None = None
    """Index into ``Recording.messages``; None if no raw message was kept."""
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class SentCommand:
    """A neutral command that the harness sent, except for frames of the caller's audio."""

    at_s: float
    command: ClientCommand
    message: int | None = None
    """Index into ``Recording.messages``; None if no raw message was kept."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A message that the server's own documentation does not allow, or not at this point.

    Information, never a verdict: real services differ from their guides in detail. ``type`` is the
    vendor's own name of the message, ``detail`` the problem as text, and ``effect`` the loss in
    this call, empty if there was none.
    """

    at_s: float
    type: str
    detail: str
    effect: str = ""


# The harness's own lateness in a call: frames that left late, messages that were read late.
#
# Real time only. Lateness under ``NOTED_S`` is not noted; nearby cases are merged into a record
# with the worst lateness, so that a busy machine causes a few lines a second at most.

NOTED_S = 0.0005
"""Lateness below this is not noted: scorers assume this much for all other frames."""

JOINED_S = 0.2
"""Cases that are no farther from the previous case are merged with it."""

LONGEST_S = 1.0
"""Longest merged stretch: times far from the worst case must not look as late."""

_FRAME = round(FRAME_S * RATE_HZ)


@dataclass(frozen=True, slots=True)
class LateFrames:
    """A stretch of the caller's stream, in samples, with frames that left up to ``late_s`` late."""

    start: int
    samples: int
    late_s: float


@dataclass(frozen=True, slots=True)
class LateArrivals:
    """A stretch of the call in which messages lay unread, and their stamps may be late."""

    start_s: float
    end_s: float
    read_late_s: float
    """Upper bound for how long they lay unread."""
    stamp_late_s: float
    """Upper bound for how much earlier than their stamps they arrived."""


@dataclass(frozen=True, slots=True)
class ReadArrival:
    """A message's stamp, and upper bounds for its lateness of reading and of the stamp."""

    at_s: float
    read_late_s: float
    stamp_late_s: float


def late_frames(late_s: Sequence[float]) -> Iterator[LateFrames]:
    """Yield stretches of late frames; ``late_s`` is the lateness of each frame, from the first."""
    late = [(k * FRAME_S, (k + 1) * FRAME_S, k) for k, by in enumerate(late_s) if by >= NOTED_S]
    for numbers in _joined(late):
        first, last = numbers[0], numbers[-1]
        worst = max(late_s[k] for k in numbers)
        yield LateFrames(first * _FRAME, (last + 1 - first) * _FRAME, round(worst, 6))


def late_arrivals(read: Sequence[ReadArrival]) -> Iterator[LateArrivals]:
    """Yield stretches of late reads or stamps; ``read`` is in order of reading."""
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
    """Yield the numbers of stretches (start, end, number; in order) that are merged."""
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


# A recognizer's result after the call: for the agent, and for an imported call's caller.


@dataclass(frozen=True, slots=True)
class RecognizedWords:
    """A recognizer's text for a stretch of the played agent track.

    ``pace`` other than 1.0 means that the same audio was recognized again, played so much faster;
    the times are those of the track.
    """

    start_s: float
    end_s: float
    text: str
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class WeighedValue:
    """A recognizer's confidence that an exact value was spoken in a stretch of the played track.

    It had to choose between the value in the agent's transcript and all values that differ from it
    in one character. ``sure`` is the share of such claims that are right if half of them are wrong
    (0 to 1), ``rival`` the likeliest other value.
    """

    start_s: float
    end_s: float
    kind: str
    value: str
    """In the form in which values are compared."""
    sure: float
    rival: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """A recognizer's transcript of the agent's played audio."""

    engine: str
    version: str
    lines: tuple[RecognizedWords, ...]
    weighed: tuple[WeighedValue, ...] = ()
    """Empty if the engine does not support it, and in older recordings."""
    caller: tuple[RecognizedWords, ...] = ()
    """Replies of a caller whose words are known only from a transcription.

    A reply without text was audio in which no word was recognized. Empty for a scripted caller, and
    in older recordings.
    """


# Steps of the script that are not audible to the caller, as the recording keeps them.

ASKED = "harness_turn"
"""Metadata of a response that a step requests: the turn of the script."""


class StepKind(Enum):
    """The kind of a step; the value is the scenario file's key."""

    INJECT = "inject"
    SESSION_UPDATE = "session_update"
    OUT_OF_BAND = "out_of_band"


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that was sent. The command itself is among the commands, at the same time."""

    at_s: float
    turn: int
    """Index into the scenario's turns."""
    step: StepKind
    text: str
    """The content, as text: the item with its values, or the settings that changed."""


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """The answer to an out-of-band question, as it ended."""

    at_s: float
    turn: int
    status: ResponseStatus
    text: str


def turn_asked_in(response: Response) -> int | None:
    """Return the turn of the script that requested an out-of-band response, if any."""
    named = (response.metadata or {}).get(ASKED)
    return int(named) if isinstance(named, str) and named.isdecimal() else None


@dataclass(frozen=True, slots=True)
class NoiseBurst:
    """A stretch with an intermittent noise bed, on the track ``caller`` alone."""

    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole call: provenance, messages and events, actions with times, and the audio."""

    manifest: Manifest
    messages: Sequence[WireMessage]
    """As they crossed the wire: no scorer uses them."""
    events: tuple[AgentEvent, ...]
    commands: tuple[SentCommand, ...]
    violations: tuple[Violation, ...] | None
    """None if they were not checked: the dialect is not known here."""
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
    """Data that the files have lost, or that cannot be read, as text; empty if they are whole."""
    notice_sources: tuple[NoticeSource, ...] = ()
    """Empty if the events of the session were the only source for the server's tools."""
    left_out: tuple[TurnLeftOut, ...] = ()
    steps: tuple[StepTaken, ...] = ()
    step_answers: tuple[StepAnswer, ...] = ()
    absences: tuple[Absence, ...] = ()
    impaired: tuple[ImpairedSpan, ...] = ()
    """Empty without such impairments, and in older recordings."""
    others: tuple[OtherSpeech, ...] = ()
    """Empty if no other person talked, and in older recordings."""
    bursts: tuple[NoiseBurst, ...] = ()
    """Empty without an intermittent bed, and in older recordings."""
    late_frames: tuple[LateFrames, ...] = ()
    late_arrivals: tuple[LateArrivals, ...] = ()
    """Both are complete if ``manifest.lateness`` has the threshold from which on they are noted."""
    judged: JudgedRecording | None = None
    """The answers of model judges about the call; None if none was asked, or none can be read."""

    @property
    def tracks(self) -> tuple[Pcm, Pcm, Pcm, Pcm]:
        """All audio, in the order of ``writer.TRACKS``."""
        return self.caller, self.caller_clean, self.agent, self.agent_generated


# The definition of an audible answer, for the live call and for its scorers alike.

CLICK_S = 0.1
"""Shorter audio contains no syllable: the caller has heard no answer yet."""
