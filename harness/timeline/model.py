"""Facts about time in one call, as the judging half sees them: who was heard when, saying what.

All times are seconds on the recording clock; every span is half-open [start_s, end_s).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from harness.recording.model import (
    Absence,
    StepAnswer,
    StepTaken,
    UtteranceKind,
    Violation,
    WeighedValue,
)
from harness.recording.provenance import CallStatus, Estimate, Origin
from harness.recording.tools import NoticeSource, ToolOutcome
from harness.timeline.own_lateness import OwnLateness


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """One thing the caller did; ``span`` is its voiced part (noise and silence: the whole)."""

    index: int
    turn: int | None
    kind: UtteranceKind
    span: Span
    text: str
    spoken: str
    intended: str
    cut_off: bool
    barge_in: bool
    answer: int | None
    pauses: tuple[Span, ...] = ()
    """Where the caller was quiet amid the line, and had not finished."""
    file: str = ""
    """The author's file that was played or sent; empty where none was."""
    unrecorded: bool = False
    """Whether its audio is not in the source: the transcript alone reports its time and words."""
    recognized: str | None = None
    """What a recognizer heard of an imported caller; None where none listened."""

    @property
    def has_words(self) -> bool:
        """Whether words of the caller came that take the floor: spoken as far as heard, or typed.

        What was sent in one piece has no length; its ``span`` is the moment at which it was sent.
        """
        spoken = self.kind is UtteranceKind.SPEECH and self.span.duration_s > 0
        return spoken or self.kind.is_sent_whole

    @property
    def is_side_speech(self) -> bool:
        """Whether somebody speaks, and not to the agent."""
        return self.kind is UtteranceKind.NOISE and bool(self.text)


class Transcript(Enum):
    """What the service tells of the words of an utterance."""

    TOLD = "told"
    PLACED = "placed"
    """Words without any place came near to it and to another answer: which they belong to is
    estimated."""
    OVERLAID = "overlaid"
    """The caller spoke over it, and nothing tells how much of its words was said."""
    UNEQUAL = "unequal"
    """Its words do not fit the length of its audio: which of them were said is not known, or
    whether these are all."""
    UNRECORDED = "unrecorded"
    """The recording has no audio where its words should be: the transcript alone has them."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class AgentUtterance:
    """One message item of the agent, as far as the caller heard it.

    ``sounds`` are the audible stretches (energy on the played track), ``span`` their hull; an item
    of which nothing was audible is not an utterance. ``claimed`` is the agent's whole transcript,
    ``claimed_heard`` the part of it that was played (cut at a word border, in proportion to the
    audio), ``recognized`` what the recognizer heard in ``span`` (None: no recognizer ran), and
    ``recognized_again`` what it heard there at other paces. ``inferred``: nothing but its sound
    tells where it begins and ends (``timeline/episodes.py``).
    """

    item_id: str
    response_id: str
    span: Span
    sounds: tuple[Span, ...]
    claimed: str
    claimed_heard: str
    recognized: str | None
    generated_s: float
    heard_s: float
    phase: str | None = None
    recognized_again: tuple[str, ...] = ()
    transcript: Transcript = Transcript.TOLD
    inferred: bool = False
    weighed: tuple[WeighedValue, ...] = ()
    """Values in it that a recognizer weighed against their near misses."""
    as_text: bool = False
    """Whether it came as text, in a session that was asked for text: read, and never heard."""
    created_s: float | None = None
    """When its response began, as far as events tell."""
    without_audio: bool = False
    """Whether its audio is not in the source of an imported call."""
    unrecorded: bool = False
    """Whether, besides, no event reports when it was played: ``span`` is an estimate."""

    @property
    def hearings(self) -> tuple[str, ...]:
        """All that the recognizer heard, at whatever pace; empty when none ran."""
        return () if self.recognized is None else (self.recognized, *self.recognized_again)

    @property
    def interrupted(self) -> bool:
        """Whether the agent had more to say than was heard (more than one 20 ms frame)."""
        return self.generated_s - self.heard_s > 0.02


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call; ``arguments`` is None where the JSON could not be read."""

    call_id: str
    name: str
    arguments: Mapping[str, Any] | None
    raw_arguments: str
    response_id: str | None
    requested_s: float
    answered_s: float | None
    outcome: ToolOutcome
    output: str | None
    by_server: bool = False
    """Whether the agent's server ran it, and showed it."""
    taken_back_s: float | None = None
    """When the agent took it back; None if it did not, or if it was answered all the same."""


@dataclass(frozen=True, slots=True)
class BegunCall:
    """A tool call that the agent began and did not finish: it was run by nobody."""

    name: str
    at_s: float


class WaitEnd(Enum):
    """What ended the wait for an answer to a tool's result."""

    HEARD = "heard"
    TOOL = "tool"
    """Another tool ran on, or was called: its result is owed the answer."""
    CALLER = "caller"
    """The caller spoke first."""
    LINE = "line"
    """The line was lost. Once it is back, another wait begins."""
    CALL = "call"
    """The call was over."""


@dataclass(frozen=True, slots=True)
class ResultWait:
    """From the end of a tool to the agent's next audible answer, or to what came in its place.

    ``tool`` is an index into ``Timeline.tools``. ``from_s`` is when the result was there, and the
    moment of the call for a tool of the server that never ended.
    """

    tool: int
    from_s: float
    until_s: float
    end: WaitEnd
    silent_from_s: float
    """The result, or the end of what was still heard of either side after it."""
    empty_responses: tuple[str, ...] = ()
    """How each response ended that began after the result and made no sound, in words."""
    uncertainty_s: float = 0.0
    """By how much the silence may be shorter, as the harness itself was late."""

    @property
    def took_s(self) -> float:
        """Length of the silence in seconds."""
        return self.until_s - self.silent_from_s


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A request of the service for approval of a tool, and what the caller heard after it.

    The wait is from the answer to the request, or from the request if nobody answered. A wait that
    ends with ``WaitEnd.TOOL`` is continued by that tool's own.
    """

    tool: str
    at_s: float
    approved: bool | None
    """None: nobody answered."""
    from_s: float
    until_s: float
    end: WaitEnd

    @property
    def took_s(self) -> float:
        """Length of the wait in seconds."""
        return self.until_s - self.from_s

    @property
    def silent(self) -> bool:
        """Whether the wait ended without an audible answer."""
        return self.end in (WaitEnd.CALLER, WaitEnd.CALL)


class BreakCause(Enum):
    """Why an answer did not reach the caller whole, where the caller did not interrupt it."""

    INCOMPLETE = "incomplete"
    """The service stopped it: too long, or filtered."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    """The service cancelled it as if the caller spoke, and the caller's line was silent."""
    HUNG_UP = "hung_up"
    """The agent's side closed the call before all of it was heard."""
    NO_AUDIO = "no_audio"
    """Its text takes longer to say than its audio lasts."""
    MID_SENTENCE = "mid_sentence"
    """The service says that it is whole, and its text or its audio stops inside a sentence. That
    is evidence of the text, or of the length of the audio, alone."""
    FOREIGN = "foreign"
    """Its response was never begun in this session, which announces all others."""


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """An answer of the agent that the caller did not hear to its end, or not at all.

    ``span`` is the audible part, without length where nothing was heard; ``detail`` is the reason
    of the service, or what was heard of how much.
    """

    response_id: str
    span: Span
    cause: BreakCause
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WrongRate:
    """The agent's audio sounds as if it was made at another sample rate than it was played at."""

    made_hz: int
    played_hz: int
    sure: bool
    """Whether voice, pitch and speed agree on it; else a person has to listen."""


@dataclass(frozen=True, slots=True)
class RoughAudio:
    """Audio as rough as bytes that are read in a wrong way, in a call that is smooth elsewhere.

    ``likely`` is the format in which the bytes are smooth ("µ-law"); empty if unknown.
    """

    span: Span
    likely: str = ""


@dataclass(frozen=True, slots=True)
class Dropouts:
    """Short silences of one length that cut through the speech, as a sender without data makes."""

    number: int
    total_s: float
    first_s: float


@dataclass(frozen=True, slots=True)
class SoundQuality:
    """The agent's audible audio as a signal."""

    level_dbfs: float
    """Active speech level (RMS, ITU-T P.56)."""
    clipped_share: float
    """Share of samples in flat tops at full scale."""
    noise: tuple[Span, ...] = ()
    """Stretches of a second or more that are noise and no speech."""
    stereo: bool = False
    """Whether two interleaved channels were played as one, at half the speed."""
    wrong_rate: WrongRate | None = None
    rough: tuple[RoughAudio, ...] = ()
    """Without what is in ``noise``."""
    dropouts: Dropouts | None = None


@dataclass(frozen=True, slots=True)
class Underrun:
    """A gap inside one content part: its audio was played to the end before the rest arrived.

    A gap of ``LEAST_GAP_S`` or more is heard as one; shorter ones only if there are many.
    """

    span: Span
    response_id: str
    uncertainty_s: float = 0.0
    """By how much it may be shorter, as the harness itself was late."""


@dataclass(frozen=True, slots=True)
class ServiceError:
    """An error that the service reported in the call, in its own words."""

    at_s: float
    words: str


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A setting of a running session that the service changed without a request by the client."""

    at_s: float
    setting: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NamelessCall:
    """A tool call that came without a name: it may have been of any tool, and nobody answered it.

    ``arguments`` is None where there were none that could be read.
    """

    requested_s: float
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class LatencyParts:
    """Where the time to first audio went; the parts are in order and add up to ``total_s`` exactly.

    A part is None where the event that bounds it never came; its time is then in the next part.
    """

    endpointing_s: float | None
    """Caller's last voiced sample to the arrival of the agent's end of turn (or our commit)."""
    tool_s: float | None
    """Of what follows, the time in which a tool ran: the backend's, not the agent's."""
    created_s: float | None
    """To the arrival of the response's beginning, the tool's time apart."""
    first_delta_s: float | None
    """To the arrival of the response's first audio delta."""
    playout_s: float | None
    """From that delta to the instant its first sample plays (queueing behind earlier audio)."""
    lead_in_s: float
    """From there to the first audible sample (silence the agent generated first)."""
    total_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """From the end of a caller turn to the agent's first audible sample after it.

    ``answered_s`` is None for an unanswered turn. ``talk_over_s`` is how long before the caller's
    end the agent began (None: it waited). ``with_tool`` says that a tool was called in between.
    """

    caller: int
    """Index into ``Timeline.caller``."""
    from_s: float
    answered_s: float | None
    utterance: int | None
    """Index into ``Timeline.agent``."""
    talk_over_s: float | None
    with_tool: bool
    parts: LatencyParts | None
    uncertainty_s: float | None = None
    """By how much it may be shorter than ``took_s``, as the harness itself was late. 0.0 is exact;
    None where nobody knows, and for a wait without a length."""
    parts_uncertainty_s: float | None = None
    """By how much each of its parts may be off."""

    @property
    def took_s(self) -> float | None:
        """Time to first audio, None if unanswered or talked over."""
        if self.answered_s is None or self.talk_over_s is not None:
            return None
        return self.answered_s - self.from_s


@dataclass(frozen=True, slots=True)
class CutWait:
    """A turn that was still without an answer when the line went, so its wait has no end."""

    wait: Wait
    left_s: float


@dataclass(frozen=True, slots=True)
class LateSound:
    """Some of the caller's sound that the scenario's network held up, by ``late_s`` at most."""

    span: Span
    late_s: float


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """A response whose words are text and no speech: it came, and nothing of it was heard."""

    response_id: str
    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class TranscribedTurn:
    """What the service wrote down of one stretch of the caller's speech, and when it was final.

    ``caller`` is an index into ``Timeline.caller``, None for what came before anybody spoke;
    ``failed`` is why nothing was written, empty where something was.
    """

    caller: int | None
    at_s: float
    text: str
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One call as facts about time. Tuples are in order of time."""

    duration_s: float
    status: CallStatus
    caller: tuple[CallerTurn, ...]
    agent: tuple[AgentUtterance, ...]
    tools: tuple[ToolCall, ...]
    waits: tuple[Wait, ...]
    barge_ins: tuple[BargeInFact, ...]
    texts: tuple[TextAnswer, ...] = ()
    cut_waits: tuple[CutWait, ...] = ()
    nameless: tuple[NamelessCall, ...] = ()
    violations: tuple[Violation, ...] | None = None
    """None where nobody looked: the dialect of the recording is not known here."""
    turn_rule: str = ""
    """How answers were told apart that nothing announces, and what that cannot tell; empty where
    events tell of all of them."""
    notice_sources: tuple[NoticeSource, ...] = ()
    """What was to tell beside the call which tools the agent's server ran."""
    origin: Origin | None = None
    """Where an imported call comes from; None for one that the harness made."""
    steps: tuple[StepTaken, ...] = ()
    """What the script did to the session beside the caller's words."""
    step_answers: tuple[StepAnswer, ...] = ()
    absences: tuple[Absence, ...] = ()
    """When there was no line to the agent: what it missed, or could not say then, is no fault."""
    unsaid: str = ""
    """Which turn of the script was never said, as what it waits for did not happen; else empty."""
    late: tuple[LateSound, ...] = ()
    """What of the caller's sound the scenario's network held up."""
    transcribes: bool = False
    """Whether the session only writes down what the caller says, and nobody answers."""
    transcribed: tuple[TranscribedTurn, ...] = ()
    in_text: bool = False
    """Whether the session was asked for text: then nothing in it was to be heard."""
    distractions: tuple[Distraction, ...] = ()
    lost: tuple[CallerTurn, ...] = ()
    """What the caller had begun to say when the line went. Nobody heard the whole, so it is no turn
    of theirs: it stands again in ``caller`` where they said it again."""
    own_lateness: OwnLateness | None = None
    """How late the harness itself was; None where nobody knows."""
    begun_calls: tuple[BegunCall, ...] = ()
    foreign_calls: tuple[ToolCall, ...] = ()
    """Calls of responses that this session never began, as another session's: not in ``tools``."""
    result_waits: tuple[ResultWait, ...] = ()
    approvals: tuple[ApprovalRequest, ...] = ()
    broken: tuple[BrokenAnswer, ...] = ()
    answers: int = 0
    """Responses that were to be heard: those with audio, and those in ``broken``."""
    underruns: tuple[Underrun, ...] = ()
    sound_quality: SoundQuality | None = None
    """None where nothing was audible, or the recording has no audio."""
    phantom_turns_s: tuple[float, ...] | None = None
    """When the service noticed speech although the caller's line was silent; None where nothing
    tells of turns, or whether the line was silent."""
    hung_up_by_agent: bool = False
    errors: tuple[ServiceError, ...] = ()
    session_changes: tuple[SessionChange, ...] = ()
    unended_speech_s: float | None = None
    """When the service noticed speech of which it never noticed the end; None if it always did."""

    def error_between(self, from_s: float, until_s: float) -> str:
        """Return what the service reported between two times, for a reason; empty for nothing."""
        told = (one for one in self.errors if from_s <= one.at_s <= until_s)
        first = next(told, None)
        return "" if first is None else f"; the service reported: {first.words}"

    def estimates(self, what: Estimate) -> bool:
        """Return whether something of an imported call is an estimate."""
        return self.origin is not None and what in self.origin.estimated

    def held_up_s(self, from_s: float, until_s: float) -> float:
        """Return by how much the caller's sound may have kept the agent waiting between two times.

        What came late in them, or was still to come at the first: nobody answers what they have
        not heard yet.
        """
        late = (
            each.late_s
            for each in self.late
            if each.span.start_s < until_s and each.span.end_s + each.late_s > from_s
        )
        return max(late, default=0.0)

    def line_was_gone(self, from_s: float, until_s: float) -> bool:
        """Return whether there was no line to the agent at any moment between two times."""
        return any(gone.touches(from_s, until_s) for gone in self.absences)

    @property
    def called(self) -> tuple[ToolCall | NamelessCall, ...]:
        """Every call of a tool, whether or not it is known of which."""
        return (*self.tools, *self.nameless)


@dataclass(frozen=True, slots=True)
class BargeInFact:
    """The caller spoke while the agent was audible: when, and when the agent fell silent.

    ``yielded_s`` is the last agent sample heard while the caller held the floor, None where the
    agent simply finished or had nothing more to say. ``audio_end_ms`` is what our truncate claimed.
    """

    caller: int
    utterance: int
    onset_s: float
    yielded_s: float | None
    had_more: bool
    audio_end_ms: int | None
    unplayed_s: float = 0.0
    """Generated audio of the interrupted item that was never heard."""
    heard_ms: float | None = None
    """What was really heard of the truncated part; None where no truncate was sent."""
    refused: str = ""
    """Why the service refused to take note of what was heard; empty if it did not."""
    stale_s: float = 0.0
    """Audible audio of older responses that was heard after our truncate."""
    finished: bool = True
    """Whether the answer is known to have ended by itself where it had no more; else it may have
    been cut short, and nothing tells."""
    uncertainty_s: float | None = None
    """By how much the agent may have fallen silent earlier, as the harness itself was late; None
    where nobody knows, and where it did not yield."""


@dataclass(frozen=True, slots=True)
class Distraction:
    """A sound on the caller's line that is not meant for the agent, and what the agent did then.

    It is a backchannel, words to somebody else, or noise; the time counts up to the caller's next
    words.
    """

    sound: CallerTurn
    """A turn of the caller, or a burst of the noise bed as one."""
    over: tuple[BargeInFact, ...]
    """What became of the answers over which it came."""
    next_words_s: float
    """When the caller spoke, or typed, next; infinite if never."""
    reply: int | None
    """Index into ``Timeline.agent``: what the agent began to say after it without any cause but
    this; None if it said nothing of the kind."""
    by_hand: bool = False
    """Whether the harness itself told the agent of it (push to talk), and wanted an answer."""
