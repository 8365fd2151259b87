"""Facts about time in a call, for the judging half: who was heard when, with which words.

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
    """One action of the caller; ``span`` is its voiced part (noise and silence: the whole)."""

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
    """Quiet spans in the middle of the line, before the caller had finished."""
    file: str = ""
    """The author's file that was played or sent; empty if there was none."""
    unrecorded: bool = False
    """Whether the source lacks its audio: only the transcript reports its time and words."""
    recognized: str | None = None
    """The recognizer's transcript of an imported caller; None if no recognizer ran."""

    @property
    def has_words(self) -> bool:
        """Whether the caller's words take the floor: spoken as far as heard, or typed.

        Content sent in a single piece has no length; its ``span`` is the moment at which it was
        sent.
        """
        spoken = self.kind is UtteranceKind.SPEECH and self.span.duration_s > 0
        return spoken or self.kind.is_sent_whole

    @property
    def is_side_speech(self) -> bool:
        """Whether a person speaks, but not to the agent."""
        return self.kind is UtteranceKind.NOISE and bool(self.text)


class Transcript(Enum):
    """The service's report of the words of an utterance."""

    TOLD = "told"
    PLACED = "placed"
    """Words without a position came near to it and to another answer: the assignment is
    estimated."""
    OVERLAID = "overlaid"
    """The caller spoke over it, and it is unknown how many of its words were said."""
    UNEQUAL = "unequal"
    """Its words do not fit the length of its audio: it is unknown which of them were said, or
    whether these are all."""
    UNRECORDED = "unrecorded"
    """The recording lacks the audio of its words: only the transcript has them."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class AgentUtterance:
    """One message item of the agent, as far as the caller heard it.

    ``sounds`` are the audible stretches (energy on the played track), ``span`` their hull; an item
    without audible audio is not an utterance. ``claimed`` is the agent's whole transcript,
    ``claimed_heard`` the part of it that was played (cut at a word border, in proportion to the
    audio), ``recognized`` the recognizer's transcript of ``span`` (None: no recognizer ran), and
    ``recognized_again`` its transcripts at other paces. ``inferred``: only its audio shows when it
    begins and ends (``timeline/episodes.py``).
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
    """Values in it that forced-choice scoring compared with their near misses."""
    as_text: bool = False
    """Whether it came as text, in a session that was configured for text: read, and never heard."""
    created_s: float | None = None
    """When its response began, as far as events show."""
    without_audio: bool = False
    """Whether the source of an imported call lacks its audio."""
    unrecorded: bool = False
    """Whether also no event reports when it was played: ``span`` is an estimate."""

    @property
    def hearings(self) -> tuple[str, ...]:
        """All transcripts of the recognizer, at any pace; empty if none ran."""
        return () if self.recognized is None else (self.recognized, *self.recognized_again)

    @property
    def interrupted(self) -> bool:
        """Whether the agent had more to say than was heard (more than a frame of 20 ms)."""
        return self.generated_s - self.heard_s > 0.02


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call; ``arguments`` is None if the JSON could not be read."""

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
    """Whether the agent's server ran it, and reported it."""
    taken_back_s: float | None = None
    """When the agent cancelled it; None if it did not, or if it was answered anyway."""


@dataclass(frozen=True, slots=True)
class BegunCall:
    """A tool call that the agent began and did not finish: it was never run."""

    name: str
    at_s: float


class WaitEnd(Enum):
    """The event that ended the wait for an answer to a tool's result."""

    HEARD = "heard"
    TOOL = "tool"
    """Another tool continued to run, or was called: its result is owed the answer."""
    CALLER = "caller"
    """The caller spoke first."""
    LINE = "line"
    """The line was lost. Once it is back, another wait begins."""
    CALL = "call"
    """The call ended."""


@dataclass(frozen=True, slots=True)
class ResultWait:
    """From the end of a tool to the agent's next audible answer, or to another end of the wait.

    ``tool`` is an index into ``Timeline.tools``. ``from_s`` is when the result arrived, and the
    moment of the call for a tool of the server that never ended.
    """

    tool: int
    from_s: float
    until_s: float
    end: WaitEnd
    silent_from_s: float
    """The result, or the end of audio from either side that was still heard after it."""
    empty_responses: tuple[str, ...] = ()
    """How each response ended that began after the result without audio, as text."""
    uncertainty_s: float = 0.0
    """By how much the silence may be shorter, due to the harness's own lateness."""

    @property
    def took_s(self) -> float:
        """Length of the silence in seconds."""
        return self.until_s - self.silent_from_s


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """The service's request for approval of a tool, and the audio after it.

    The wait is from the answer to the request, or from the request if it was not answered. A wait
    that ends with ``WaitEnd.TOOL`` is continued by that tool's own.
    """

    tool: str
    at_s: float
    approved: bool | None
    """None: not answered."""
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
    """Why an answer did not reach the caller whole, if the caller did not interrupt it."""

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
    """The service reports it as complete, and its text or its audio stops inside a sentence. That
    is evidence of the text, or of the length of the audio, alone."""
    FOREIGN = "foreign"
    """Its response was never begun in this session, which announces all others."""


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """An answer of the agent that the caller did not hear to its end, or not at all.

    ``span`` is the audible part, without length if no audio was heard; ``detail`` is the service's
    reason, or the heard and the total amount.
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
    """Whether voice, pitch and speed agree on it; otherwise a person has to listen."""


@dataclass(frozen=True, slots=True)
class RoughAudio:
    """Audio as rough as bytes that are decoded wrongly, in a call that is smooth elsewhere.

    ``likely`` is the format in which the bytes are smooth ("µ-law"); empty if unknown.
    """

    span: Span
    likely: str = ""


@dataclass(frozen=True, slots=True)
class Dropouts:
    """Short silences of equal length that cut the speech, as a sender without data makes."""

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
    """Stretches of a second or more that are noise without speech."""
    stereo: bool = False
    """Whether two interleaved channels were played as one, at half the speed."""
    wrong_rate: WrongRate | None = None
    rough: tuple[RoughAudio, ...] = ()
    """Excludes the stretches in ``noise``."""
    dropouts: Dropouts | None = None


@dataclass(frozen=True, slots=True)
class Underrun:
    """A gap inside a content part: its audio was played to the end before the rest arrived.

    A gap of ``LEAST_GAP_S`` or more is audible as a gap; shorter gaps only if there are many.
    """

    span: Span
    response_id: str
    uncertainty_s: float = 0.0
    """By how much it may be shorter, due to the harness's own lateness."""


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
    """A tool call that came without a name: it may have been of any tool, and got no answer.

    ``arguments`` is None if there were none that could be read.
    """

    requested_s: float
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class LatencyParts:
    """The parts of the time to first audio; they are in order and add up to ``total_s`` exactly.

    A part is None if the event that bounds it never came; its time is then in the next part.
    """

    endpointing_s: float | None
    """Caller's last voiced sample to the arrival of the agent's end of turn (or the client's
    commit)."""
    tool_s: float | None
    """The part of the time below in which a tool ran: the backend's, not the agent's."""
    created_s: float | None
    """To the arrival of the response's beginning, excluding the tool's time."""
    first_delta_s: float | None
    """To the arrival of the response's first audio delta."""
    playout_s: float | None
    """From that delta to the instant its first sample plays (queueing after earlier audio)."""
    lead_in_s: float
    """From there to the first audible sample (silence the agent generated first)."""
    total_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """From the end of a caller turn to the agent's first audible sample after it.

    ``answered_s`` is None for an unanswered turn. ``talk_over_s`` is how long before the caller's
    end the agent began (None: it waited). ``with_tool`` means that a tool was called in between.
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
    """By how much it may be shorter than ``took_s``, due to the harness's own lateness. 0.0 is
    exact; None if unknown, and for a wait without a length."""
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
    """A turn that was still without an answer when the line was lost, so its wait has no end."""

    wait: Wait
    left_s: float


@dataclass(frozen=True, slots=True)
class LateSound:
    """A piece of caller audio that the scenario's network delayed, by ``late_s`` at most."""

    span: Span
    late_s: float


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """A response whose words are text and not speech: it came without any audio."""

    response_id: str
    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class TranscribedTurn:
    """The service's transcript of a stretch of caller speech, and when it was final.

    ``caller`` is an index into ``Timeline.caller``, None for a transcript from before any speech;
    ``failed`` is why there is no transcript, empty if there is.
    """

    caller: int | None
    at_s: float
    text: str
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The facts about time in a call. Tuples are in order of time."""

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
    """None if no check ran: the dialect of the recording is unknown."""
    turn_rule: str = ""
    """How unannounced answers were separated, and the limits of that method; empty if events mark
    all of them."""
    notice_sources: tuple[NoticeSource, ...] = ()
    """Sources, outside the session, of the tools that the agent's server ran."""
    origin: Origin | None = None
    """The origin of an imported call; None for a call that the harness made."""
    steps: tuple[StepTaken, ...] = ()
    """The script's actions on the session apart from the caller's words."""
    step_answers: tuple[StepAnswer, ...] = ()
    absences: tuple[Absence, ...] = ()
    """When there was no line to the agent: input that it missed, or output it could not send, is no
    fault."""
    unsaid: str = ""
    """The turn of the script that was never said, as its cue did not happen; else empty."""
    late: tuple[LateSound, ...] = ()
    """Caller audio that the scenario's network delayed."""
    transcribes: bool = False
    """Whether the session only transcribes the caller, without answers."""
    transcribed: tuple[TranscribedTurn, ...] = ()
    in_text: bool = False
    """Whether the session was configured for text: then no audio was expected."""
    distractions: tuple[Distraction, ...] = ()
    lost: tuple[CallerTurn, ...] = ()
    """Turns that a lost line cut off. They were not heard whole, so they are not caller turns: a
    repeated turn is in ``caller`` again."""
    own_lateness: OwnLateness | None = None
    """The harness's own lateness; None if unknown."""
    begun_calls: tuple[BegunCall, ...] = ()
    foreign_calls: tuple[ToolCall, ...] = ()
    """Calls of responses that this session never began, from another session: not in ``tools``."""
    result_waits: tuple[ResultWait, ...] = ()
    approvals: tuple[ApprovalRequest, ...] = ()
    broken: tuple[BrokenAnswer, ...] = ()
    answers: int = 0
    """Responses with audio to hear: those with audio, and those in ``broken``."""
    underruns: tuple[Underrun, ...] = ()
    sound_quality: SoundQuality | None = None
    """None if there was no audible audio, or the recording has no audio."""
    phantom_turns_s: tuple[float, ...] | None = None
    """When the service noticed speech although the caller's line was silent; None if turns are not
    reported, or it is unknown whether the line was silent."""
    hung_up_by_agent: bool = False
    errors: tuple[ServiceError, ...] = ()
    session_changes: tuple[SessionChange, ...] = ()
    unended_speech_s: float | None = None
    """When the service noticed speech without noticing its end; None if it always did."""

    def error_between(self, from_s: float, until_s: float) -> str:
        """Return the service's report between two times, for a reason; empty if there is none."""
        told = (one for one in self.errors if from_s <= one.at_s <= until_s)
        first = next(told, None)
        return "" if first is None else f"; the service reported: {first.words}"

    def estimates(self, what: Estimate) -> bool:
        """Return whether an imported call contains this estimate."""
        return self.origin is not None and what in self.origin.estimated

    def held_up_s(self, from_s: float, until_s: float) -> float:
        """Return by how much late caller audio may have delayed the agent between two times.

        Audio that came late between them, or was still to come at the first: the agent cannot
        answer audio that it has not heard yet.
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
        """Every tool call, whether or not its tool is known."""
        return (*self.tools, *self.nameless)


@dataclass(frozen=True, slots=True)
class BargeInFact:
    """The caller spoke while the agent was audible: when, and when the agent fell silent.

    ``yielded_s`` is the last agent sample heard while the caller held the floor, None if the agent
    simply finished or had no more to say. ``audio_end_ms`` is the value in the client's truncate.
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
    """How much of the truncated part was really heard; None if no truncate was sent."""
    refused: str = ""
    """Why the service refused the truncate; empty if it did not."""
    stale_s: float = 0.0
    """Audible audio of older responses that was heard after the client's truncate."""
    finished: bool = True
    """Whether an answer without more to say is known to have ended by itself; otherwise it may have
    been cut short."""
    uncertainty_s: float | None = None
    """By how much the agent may have fallen silent earlier, due to the harness's own lateness; None
    if unknown, and if it did not yield."""
    queued_s: float = 0.0
    """Audio that had come by the onset and was not heard yet, if no report could stop it."""


@dataclass(frozen=True, slots=True)
class Distraction:
    """Audio on the caller's line that is not meant for the agent, and the agent's reaction.

    It is a backchannel, words to another person, or noise; the time counts up to the caller's next
    words.
    """

    sound: CallerTurn
    """A turn of the caller, or a burst of the noise bed in that form."""
    over: tuple[BargeInFact, ...]
    """The facts about the answers over which it came."""
    next_words_s: float
    """When the caller spoke, or typed, next; infinite if never."""
    reply: int | None
    """Index into ``Timeline.agent``: the agent's first utterance after it without any other cause;
    None if there is none."""
    by_hand: bool = False
    """Whether the harness itself sent it to the agent (push to talk), and requested an answer."""
