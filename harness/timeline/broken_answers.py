"""Answers that did not reach the caller whole, and turns of a caller who was silent.

An answer that the caller interrupts counts as whole: the agent did not break it. Only failures that
the caller cannot have caused count: the service stopped, failed or cancelled a response although
the caller's line was silent, closed the call before the caller heard all of it, or sent text
without its audio.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.audio.activity import audible_places, audible_spans
from harness.language.sounds import ends_sentence, syllables
from harness.protocol.commands import ConfigureSession, SessionConfig, differences, merged
from harness.protocol.events import (
    AudioDelta,
    InputCommitted,
    Interrupted,
    ResponseCreated,
    ResponseDone,
    ServerError,
    SessionCreated,
    SessionUpdated,
    SpeechStarted,
    SpeechStopped,
)
from harness.protocol.items import Response, ResponseStatus
from harness.protocol.tool_requests import ToolRequest, ToolRequests
from harness.recording.lines import snake_case
from harness.recording.model import AgentEvent, Recording, UtteranceKind, Violation
from harness.recording.provenance import EndCause, Estimate, SourceKind
from harness.recording.tools import ToolOutcome, ToolRun
from harness.timeline.indexed_call import IndexedCall
from harness.timeline.intervals import Spans, covered_s, from_samples, hull, on_grid, union
from harness.timeline.model import (
    AgentUtterance,
    BegunCall,
    BreakCause,
    BrokenAnswer,
    ServiceError,
    SessionChange,
    Span,
    Transcript,
)
from harness.timeline.sound_quality import ABRUPT_DBFS, ABRUPT_S

_BEFORE_S = 2.0
"""The agent may stop for caller speech within this many seconds before."""

_NOTICED_S = 1.5
"""An agent notices speech within this time."""

_SUPERSEDED_S = 1.0
"""Another response that begins so soon replaces a response that was not heard."""

_LONGEST_TURN_S = 8.0
"""Speech whose end is not noticed for so long is no turn of a caller."""

_CUT_S = 0.1
"""Less unheard audio holds no syllable."""

_CONTINUES_S = 1.5
"""An agent that speaks again within this time may continue its sentence."""

_FEWEST_WORDS, _FEWEST_SYLLABLES = 3, 6.0
_FAST, _HASTE = 6.0, 1.5
"""Syllables per second, and the factor over the pace of the other answers: no answer of a call is
spoken so much faster than the others."""

_BY_CALLER = ("turn_detected", "interrupted", None)
"""Reasons for stopping a response that blame the caller's speech, or no cause."""


class CallerLine:
    """When sound was on the caller's line: words, noise, other people."""

    def __init__(self, recording: Recording) -> None:
        origin = recording.manifest.origin
        estimated = () if origin is None else origin.estimated
        self.known = origin is None or (origin.sound and Estimate.SIDES not in estimated)
        """Whether the recording has the line at all."""
        rate_hz = recording.caller.rate_hz
        said = (
            from_samples(one.start, one.start + one.samples, rate_hz=rate_hz)
            for one in recording.utterances
            if one.kind is not UtteranceKind.SILENCE
        )
        sounds = (
            from_samples(start, stop, rate_hz=rate_hz)
            for start, stop in (audible_spans(recording.caller) if self.known else ())
        )
        self._sounds: Spans = union((*said, *sounds))
        self._starts = [sound.start_s for sound in self._sounds]
        self.known = self.known and (origin is None or bool(self._sounds))

    def is_silent(self, from_s: float, until_s: float) -> bool:
        """Return whether the line is known, and was silent between two times."""
        place = bisect_right(self._starts, until_s)
        return self.known and (place == 0 or self._sounds[place - 1].end_s < from_s)


def phantom_turns_s(recording: Recording, line: CallerLine) -> tuple[float, ...] | None:
    """Return when the service noticed speech on a silent line; None if unknown."""
    starts = [each.at_s for each in recording.events if isinstance(each.event, SpeechStarted)]
    if not starts or not line.known:
        return None
    return tuple(on_grid(at_s) for at_s in starts if line.is_silent(at_s - _NOTICED_S, at_s))


def unended_speech_s(recording: Recording) -> float | None:
    """Return when the service noticed speech without noticing its end, if it did."""
    begun_s: float | None = None
    for each in recording.events:
        if isinstance(each.event, SpeechStarted):
            begun_s = on_grid(each.at_s)
        elif isinstance(each.event, SpeechStopped | InputCommitted):
            begun_s = None
    long = begun_s is not None and (recording.caller.duration_s - begun_s) > _LONGEST_TURN_S
    return begun_s if long else None


def service_errors(recording: Recording) -> Iterator[ServiceError]:
    """Yield the errors that the service reported, in order."""
    for each in recording.events:
        if isinstance(each.event, ServerError):
            yield ServiceError(on_grid(each.at_s), each.event.error.words)


def broken_answers(
    call: IndexedCall,
    line: CallerLine,
    agent: tuple[AgentUtterance, ...],
) -> Iterator[BrokenAnswer]:
    """Yield the answers that broke, in order of their ends."""
    spans = _spans(agent)
    for name, (at_s, response) in sorted(call.claims.ended.items(), key=lambda end: end[1][0]):
        cause = _cause(call, line, at_s, response)
        if cause is not None and (name in spans or not _superseded(call, at_s)):
            here = spans.get(name, Span(on_grid(at_s), on_grid(at_s)))
            yield BrokenAnswer(name, here, cause, _detail(response))
    yield from _cut_by_phantoms(call, line, agent)
    yield from _without_audio(call, agent)
    yield from _mid_sentence(call, agent)
    yield from _foreign(call, agent)
    yield from _hung_up_under(call, agent)


def _spans(agent: tuple[AgentUtterance, ...]) -> dict[str, Span]:
    """Return the span in which each response sounds."""
    by_name: dict[str, list[Span]] = {}
    for said in agent:
        by_name.setdefault(said.response_id, []).append(said.span)
    return {name: span for name, each in by_name.items() if (span := hull(each)) is not None}


def _cause(
    call: IndexedCall, line: CallerLine, at_s: float, response: Response
) -> BreakCause | None:
    if response.status is ResponseStatus.FAILED:
        return BreakCause.FAILED
    incomplete = response.status is ResponseStatus.INCOMPLETE
    if incomplete and response.reason not in _BY_CALLER:
        return BreakCause.INCOMPLETE
    if not incomplete and response.status is not ResponseStatus.CANCELLED:
        return None
    if _asked_to_cancel(call, at_s) or not line.is_silent(at_s - _BEFORE_S, at_s):
        return None
    return BreakCause.CANCELLED


def _cut_by_phantoms(
    call: IndexedCall, line: CallerLine, agent: tuple[AgentUtterance, ...]
) -> Iterator[BrokenAnswer]:
    """Yield answers that were whole, and were playing or queued when the service noticed speech on
    a silent line: a client then drops the rest. Gemini reports no speech, only the interruption.
    """
    noticed_s = [
        on_grid(each.at_s)
        for each in call.recording.events
        if isinstance(each.event, SpeechStarted | Interrupted)
        and line.is_silent(each.at_s - _NOTICED_S, each.at_s)
    ]
    spans = _spans(agent)
    for cut in call.recording.truncations:
        cut_s = on_grid(cut.at_s)
        if not any(at_s <= cut_s < at_s + _BEFORE_S for at_s in noticed_s):
            continue
        for (name, item_id), item in call.items.items():
            ended_s, response = call.claims.ended.get(name, (math.inf, None))
            whole = response is not None and response.status is ResponseStatus.COMPLETED
            if item_id != cut.item_id or not whole or ended_s > cut_s or item.came_s is None:
                continue
            here = spans.get(name, Span(cut_s, cut_s))
            from_s = min(item.came_s, here.start_s)
            # The line was silent since then: the service may have noticed the caller late.
            if call.unplayed_s(name) > _CUT_S and line.is_silent(from_s, cut_s):
                yield BrokenAnswer(name, here, BreakCause.CANCELLED, "")


def _asked_to_cancel(call: IndexedCall, at_s: float) -> bool:
    """Return whether the harness itself stopped the agent shortly before."""
    place = bisect_right(call.cancelled_s, at_s)
    return place > 0 and at_s - call.cancelled_s[place - 1] < _BEFORE_S


def _superseded(call: IndexedCall, at_s: float) -> bool:
    begun = call.claims.created_s.values()
    return any(at_s <= begun_s <= at_s + _SUPERSEDED_S for begun_s in begun)


def _detail(response: Response) -> str:
    words = response.error.words if response.error is not None else ""
    return response.reason or words


def _without_audio(call: IndexedCall, agent: tuple[AgentUtterance, ...]) -> Iterator[BrokenAnswer]:
    """Yield utterances whose text is too long for the duration of their audio."""
    origin = call.recording.manifest.origin
    if origin is not None and origin.kind is not SourceKind.REALTIME:
        return
    for said in agent:
        cut = len(said.claimed_heard.split()) < len(said.claimed.split())
        stopped = call.claims.stopped((said.response_id, said.item_id))
        if said.transcript is Transcript.UNEQUAL and cut and not (said.interrupted or stopped):
            detail = f"{len(said.claimed.split())} words, {said.heard_s:.1f} s of audio"
            yield BrokenAnswer(said.response_id, said.span, BreakCause.NO_AUDIO, detail)


def _mid_sentence(call: IndexedCall, agent: tuple[AgentUtterance, ...]) -> Iterator[BrokenAnswer]:
    """Yield answers that the service reports as complete and that stop inside a sentence.

    A text without a mark at its end proves little: it counts if its audio ends abruptly, all other
    answers of the call end with a mark, and no tool is called with it. If its audio is also too
    short for it, by the pace of the others, its end has no audio.
    """
    last = {said.response_id: said for said in agent}
    told = [said for said in last.values() if _is_told_whole(call, said)]
    calling = {run.response_id for run in call.recording.tools}
    for said in told:
        others = [other for other in told if other is not said and other.claimed]
        open_end = (
            bool(others)
            and _stops_abruptly(call, said)
            and said.response_id not in calling
            and _stops_inside(said.claimed)
            and all(ends_sentence(other.claimed) for other in others)
            and not _continued(said, agent)
        )
        hasty = _pace(said) > max(_FAST, _HASTE * _pace(*others)) and _pace(*others) > 0
        detail = f"{len(said.claimed.split())} words, {covered_s(said.sounds):.1f} s of audio"
        if open_end and hasty:
            yield BrokenAnswer(said.response_id, said.span, BreakCause.NO_AUDIO, detail)
        elif open_end:
            ending = f'"{" ".join(said.claimed.split()[-3:])}"'
            yield BrokenAnswer(said.response_id, said.span, BreakCause.MID_SENTENCE, ending)
        elif hasty and _stops_abruptly(call, said):
            yield BrokenAnswer(said.response_id, said.span, BreakCause.MID_SENTENCE, detail)


def _is_told_whole(call: IndexedCall, said: AgentUtterance) -> bool:
    """Return whether the service reports an answer as complete, and its words are known."""
    _, response = call.claims.ended.get(said.response_id, (0.0, None))
    whole = response is not None and response.status is ResponseStatus.COMPLETED
    known = said.transcript is Transcript.TOLD and not (said.interrupted or said.inferred)
    return whole and known and not (said.as_text or said.without_audio)


def _stops_inside(text: str) -> bool:
    """Return whether a text stops after a word; a code or a letter may end a sentence."""
    words = text.split()
    last = words[-1].rstrip(",") if words else ""
    return len(words) >= _FEWEST_WORDS and len(last) > 1 and last.isalpha()


def _continued(said: AgentUtterance, agent: tuple[AgentUtterance, ...]) -> bool:
    """Return whether the agent continues at once in another response."""
    until_s = said.span.end_s + _CONTINUES_S
    return any(said.span.start_s < other.span.start_s <= until_s for other in agent)


def _pace(*answers: AgentUtterance) -> float:
    """Return the syllables per second of answers with countable syllables; 0 if there are none."""
    counted = [(syllables(said.claimed), covered_s(said.sounds)) for said in answers]
    known = [(number, length_s) for number, length_s in counted if number is not None]
    number = sum(number for number, _ in known)
    return number / sum(length_s for _, length_s in known) if number >= _FEWEST_SYLLABLES else 0.0


def _stops_abruptly(call: IndexedCall, said: AgentUtterance) -> bool:
    """Return whether the last audio of an answer is as loud as speech: a voice fades."""
    track = call.recording.agent_generated
    parts = call.item((said.response_id, said.item_id)).parts
    ends = [chunk[1] + chunk[2] for part in parts for chunk in part.chunks]
    stop = max(ends, default=0)
    last = track.cut(max(0, stop - round(ABRUPT_S * track.rate_hz)), stop)
    return last.level_dbfs() >= ABRUPT_DBFS


def _foreign(call: IndexedCall, agent: tuple[AgentUtterance, ...]) -> Iterator[BrokenAnswer]:
    """Yield the audio of responses that were never begun, if all others were."""
    unannounced = [said for said in agent if said.inferred]
    if not unannounced or len(unannounced) == len(agent) or call.claims.concluded:
        return
    named = {
        each.event.response_id
        for each in call.recording.events
        if isinstance(each.event, AudioDelta) and "response_id" not in each.assumed
    }
    for said in unannounced:
        if call.claims.named.whole(said.response_id) in named - {""}:
            yield BrokenAnswer(said.response_id, said.span, BreakCause.FOREIGN)


def _hung_up_under(call: IndexedCall, agent: tuple[AgentUtterance, ...]) -> Iterator[BrokenAnswer]:
    """Yield the answer during which the agent's side closed the call."""
    recording = call.recording
    if recording.manifest.end_cause is not EndCause.AGENT_HUNG_UP:
        return
    came = [(part.chunks[0][0], part) for part in recording.generated if part.chunks]
    if not came:
        return
    _, last = max(came, key=lambda one: one[0])
    name = last.response_id
    parts = [(at_s, part.item_id) for at_s, part in came if part.response_id == name]
    first_s, items = min(at_s for at_s, _ in parts), {item for _, item in parts}
    stopped = any(cut.item_id in items and cut.at_s >= first_s for cut in recording.truncations)
    unplayed_s = call.unplayed_s(name)
    if stopped or unplayed_s <= _CUT_S or not _is_audible_at_end(recording, unplayed_s):
        return
    end_s = on_grid(recording.agent.duration_s)
    here = _spans(agent).get(name, Span(end_s, end_s))
    heard_s = sum(said.heard_s for said in agent if said.response_id == name)
    detail = f"{heard_s:.1f} s of {heard_s + unplayed_s:.1f} s was heard"
    yield BrokenAnswer(name, here, BreakCause.HUNG_UP, detail)


def _is_audible_at_end(recording: Recording, length_s: float) -> bool:
    """Return whether the last seconds of all generated audio are more than silence."""
    track = recording.agent_generated
    rest = track.cut(max(0, len(track.samples) - round(length_s * track.rate_hz)))
    return len(audible_places(rest.samples, rest.rate_hz)) > round(_CUT_S * rest.rate_hz)


# Session changes by the server alone, and tool calls that no client could run.
#
# A client decodes audio and expects turns as negotiated.

_COMPARED = ("input_format", "output_format", "voice", "turn_detection")
"""Settings by which a client decodes audio, or by which a caller notices a change."""


def session_changes(recording: Recording) -> Iterator[SessionChange]:
    """Yield every change of a setting that was known before, in order of time."""
    asked = [
        (each.at_s, each.command.config)
        for each in recording.commands
        if isinstance(each.command, ConfigureSession)
    ]
    told = [
        (each.at_s, each.event)
        for each in recording.events
        if isinstance(each.event, SessionCreated | SessionUpdated)
    ]
    held: SessionConfig | None = None
    for at_s, what in sorted((*asked, *told), key=lambda one: one[0]):
        if isinstance(what, SessionCreated):
            held = None  # after a reconnect, the comparison starts with the new session
        elif isinstance(what, SessionConfig):
            # A change that the client requests is not the service's own.
            held = held and _after(held, what)
        else:
            yield from () if held is None else _changed(at_s, held, what.config)
            held = what.config if held is None else _after(held, what.config)


def _after(session: SessionConfig, change: SessionConfig) -> SessionConfig:
    found = merged(session, change)
    return replace(found, turn_detection=None) if change.turn_detection_off else found


def _changed(at_s: float, held: SessionConfig, served: SessionConfig) -> Iterator[SessionChange]:
    for found in differences(held, served, another=lambda ours, theirs: False):
        if found.setting.partition(".")[0] in _COMPARED:
            yield SessionChange(on_grid(at_s), found.setting, found.asked, found.served)


# Tool calls from the server that could not be run: without a name, or without an id.
#
# The recording contains calls that were run. A call that came with a name and without an id was
# made all the same, and was never answered; a call without a name may have been of any tool.

UNNAMED = "which tool was called cannot be told"
UNANSWERED = "the call was not answered"


@dataclass(frozen=True, slots=True)
class _ToldCall:
    """A call as known at the end, and the event that first contained all of it."""

    request: ToolRequest
    event: AgentEvent


def told_calls(recording: Recording) -> ToldCalls:
    """Return the tool calls in the events of a recording."""
    found = ToldCalls(recording.tools)
    for event in recording.events:
        found.received(event)
    return found


class ToldCalls:
    """Collects the tool calls in a recording's events; ``run`` are the calls that ran."""

    def __init__(self, run: Iterable[ToolRun]) -> None:
        self._requests = ToolRequests()
        self._told: dict[int, _ToldCall] = {}
        self._begun_s: dict[int, float] = {}
        self._run = {each.call_id for each in run}
        self._responses_begun: set[str] = set()
        self._responses_ended: set[str] = set()

    def received(self, event: AgentEvent) -> None:
        """Take an event of the server."""
        if isinstance(event.event, ResponseCreated):
            self._responses_begun.add(event.event.response.id)
        elif isinstance(event.event, ResponseDone):
            self._responses_ended.add(event.event.response.id)
        for request in self._requests.told(event.event):
            number = request.number
            self._begun_s.setdefault(number, event.at_s)
            first = self._told.pop(number, None)
            if request.whole and first is not None:
                self._told[number] = replace(first, request=request)
            elif request.whole:
                self._told[number] = _ToldCall(request, event)

    def foreign(self) -> frozenset[str]:
        """Return the ids of calls of responses that were never begun.

        Empty unless the session announces all its other responses.
        """
        if not self._responses_begun or not self._responses_begun >= self._responses_ended:
            return frozenset()
        return frozenset(
            told.request.id
            for told in self._told.values()
            if told.request.response_id not in self._responses_begun
            # Without the server's own id it is not known which response the call is of.
            and told.request.response_id
            and "response_id" not in told.event.assumed
        )

    def begun(self) -> Iterator[BegunCall]:
        """Yield the calls that the agent began and did not finish, in order."""
        for request in self._requests.begun:
            yield BegunCall(request.name, on_grid(self._begun_s[request.number]))

    def unfinished(self) -> frozenset[str]:
        """Return the ids of these calls: older harnesses ran them."""
        return frozenset(request.id for request in self._requests.begun)

    def nameless(self) -> Iterator[tuple[float, str]]:
        """Yield when calls without a name came, with their arguments as JSON text."""
        for told in self._told.values():
            if not told.request.name:
                yield told.event.at_s, told.request.arguments

    def never_run(self) -> Iterator[ToolRun]:
        """Yield the calls that have a name and no id, and that the recording does not hold."""
        for told in self._never_run():
            request = told.request
            yield ToolRun(
                call_id=request.id,
                name=request.name,
                arguments=request.arguments,
                response_id=request.response_id,
                requested_s=told.event.at_s,
                answered_s=None,
                outcome=ToolOutcome.UNANSWERED,
                output=None,
            )

    def violations(self) -> Iterator[Violation]:
        """Yield the losses caused by these calls."""
        for told in self._told.values():
            if not told.request.name:
                yield _violation(told, "the tool call has no name", UNNAMED)
        for told in self._never_run():
            yield _violation(told, "the tool call has no id", UNANSWERED)

    def _never_run(self) -> Iterator[_ToldCall]:
        for told in self._told.values():
            request = told.request
            given = request.call_id or request.item_id
            if request.name and not given and request.id not in self._run:
                yield told


def _violation(told: _ToldCall, detail: str, effect: str) -> Violation:
    kind = snake_case(type(told.event.event)).replace("_", " ")
    return Violation(told.event.at_s, kind, detail, effect)
