"""Recording to timeline: joins caller turns, agent utterances, tools, waits and barge-ins.

The caller is known to the sample from the rendered clips, the agent from the energy of the played
track; neither is ever detected in a noisy mix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.audio.activity import audible_spans
from harness.protocol.events import ResponseCreated, ResponseDone, ServerEvent, ToolCallCancelled
from harness.protocol.tool_requests import parsed_arguments
from harness.recording.model import (
    CallerUtterance,
    Impairment,
    Recognition,
    Recording,
    UtteranceKind,
    Violation,
    turn_asked_in,
)
from harness.recording.provenance import CallStatus, EndCause, Estimate, Manifest, SourceKind
from harness.recording.tools import NoticeSource, ToolRun
from harness.timeline.barge_ins import barge_ins, distractions
from harness.timeline.broken_answers import (
    CallerLine,
    ToldCalls,
    broken_answers,
    phantom_turns_s,
    service_errors,
    session_changes,
    told_calls,
    unended_speech_s,
)
from harness.timeline.episodes import RULE, episodes, told_apart
from harness.timeline.indexed_call import IndexedCall, bounds, read_claims
from harness.timeline.intervals import from_samples, on_grid, union
from harness.timeline.model import (
    AgentUtterance,
    BargeInFact,
    CallerTurn,
    LateSound,
    NamelessCall,
    SoundQuality,
    Timeline,
    ToolCall,
    Underrun,
    Wait,
)
from harness.timeline.own_lateness import OwnLateness, own_lateness
from harness.timeline.sample_rate import wrong_rate
from harness.timeline.sound_quality import sound_quality, underruns
from harness.timeline.utterances import (
    agent_utterances,
    is_text_session,
    is_transcription,
    transcribed,
    unheard_texts,
    with_recognized,
    with_recognized_replies,
)
from harness.timeline.waits import (
    answer_waits,
    approval_requests,
    cut_waits,
    fell_away,
    latency_parts,
    off_by,
    result_waits,
)
from harness.units import FRAME_S

NOT_TAKEN = "which tool was called is not known"


def build(recording: Recording) -> Timeline:
    """Return the facts about time in a call; all times are on the grid of ``intervals.TICK_S``.

    A recording without a status (the harness died in the call) counts as a harness error.
    """
    recording, lost = _without_lost(_without_out_of_band(recording))
    called = told_calls(recording)
    recording = replace(recording, tools=(*recording.tools, *called.never_run()))
    named = episodes(recording, bounds(recording.events))
    claims = read_claims(recording, named)
    recording = told_apart(recording, named)
    call = IndexedCall(recording, claims)
    heard = _heard(_as_recorded(recording, called), call)
    line = CallerLine(recording)
    broken = tuple(broken_answers(call, line, heard.agent))
    return replace(
        heard,
        result_waits=tuple(result_waits(heard, call)),
        approvals=tuple(approval_requests(heard, call)),
        broken=broken,
        answers=len(
            {u.response_id for u in heard.agent if not u.unrecorded}
            | {b.response_id for b in broken}
        ),
        underruns=tuple(_gap_off_by(gap, heard.own_lateness) for gap in underruns(recording)),
        sound_quality=_sound_quality(recording, heard.agent),
        phantom_turns_s=phantom_turns_s(recording, line),
        errors=tuple(service_errors(recording)),
        session_changes=tuple(session_changes(recording)),
        unended_speech_s=unended_speech_s(recording),
        barge_ins=tuple(_barge_ins(heard, call)),
        texts=unheard_texts(recording, claims),
        transcribed=transcribed(recording, heard.caller),
        distractions=distractions(heard.caller, heard.agent, heard.waits, call, lost=lost),
        lost=lost,
    )


def _sound_quality(recording: Recording, agent: tuple[AgentUtterance, ...]) -> SoundQuality | None:
    origin = recording.manifest.origin
    if origin is not None and (origin.redacted or not origin.sound):
        return None
    heard = (said for said in agent if not said.without_audio)
    found = sound_quality(recording, union(sound for said in heard for sound in said.sounds))
    return found and replace(found, wrong_rate=wrong_rate(recording, agent))


def _as_recorded(recording: Recording, called: ToldCalls) -> Timeline:
    """Return the facts taken directly from the recording, without dependencies on other facts."""
    begun = called.unfinished()
    whole = (run for run in recording.tools if run.name and run.call_id not in begun)
    runs = sorted(whole, key=lambda run: run.requested_s)
    live = recording.manifest.origin is None  # an imported log may lack events
    foreign = called.foreign() if live else frozenset()
    taken_back_s = {
        each.event.call_id: on_grid(each.at_s)
        for each in recording.events
        if isinstance(each.event, ToolCallCancelled)
    }
    rate_hz = recording.caller_clean.rate_hz
    return Timeline(
        duration_s=_duration_s(recording),
        status=recording.manifest.status or CallStatus.HARNESS_ERROR,
        caller=with_recognized_replies(
            tuple(_with_audio(recording, _turn(said, rate_hz)) for said in recording.utterances),
            recording.recognition,
        ),
        agent=(),
        tools=tuple(
            _tool(run, taken_back_s.get(run.call_id)) for run in runs if run.call_id not in foreign
        ),
        foreign_calls=tuple(_tool(run, None) for run in runs if run.call_id in foreign),
        waits=(),
        barge_ins=(),
        transcribes=is_transcription(recording.manifest),
        in_text=is_text_session(recording.manifest),
        nameless=_nameless(recording, called),
        violations=_violations(recording, called),
        origin=recording.manifest.origin,
        steps=recording.steps,
        step_answers=recording.step_answers,
        absences=recording.absences,
        begun_calls=tuple(called.begun()),
        unsaid=_unsaid(recording.manifest),
        hung_up_by_agent=recording.manifest.end_cause is EndCause.AGENT_HUNG_UP,
        notice_sources=recording.notice_sources,
        late=tuple(_late(recording)),
        own_lateness=own_lateness(recording),
    )


def _heard(told: Timeline, call: IndexedCall) -> Timeline:
    """Add the agent's utterances, and the caller's waits for them."""
    agent = agent_utterances(call)
    owed = () if told.transcribes else told.caller  # audio that is only transcribed gets no answer
    every = answer_waits(owed, agent, created_s=call.claims.created_s, tools=told.called)
    waits = (w for w in every if not fell_away(w, told.caller, told.absences))
    told = replace(
        told,
        agent=agent,
        cut_waits=tuple(cut_waits(every, told.caller, told.absences, told.called)),
        turn_rule=RULE if any(utterance.inferred for utterance in agent) else "",
    )
    return replace(
        told,
        waits=tuple(_measured(wait, told, call) for wait in waits),
    )


def _measured(wait: Wait, told: Timeline, call: IndexedCall) -> Wait:
    """Return a wait with its latency parts and its uncertainty."""
    whole = _with_parts(wait, told.caller, told.agent, call)
    return _off_by(whole, told.agent, call, own=told.own_lateness)


def _barge_ins(told: Timeline, call: IndexedCall) -> Iterator[BargeInFact]:
    for fact in barge_ins(told.caller, told.agent, call):
        yield _yielded_off_by(fact, told.own_lateness)


def _without_out_of_band(recording: Recording) -> Recording:
    """Return a recording without the answers to out-of-band questions."""
    told = (each.event for each in recording.events)
    created = (event.response for event in told if isinstance(event, ResponseCreated))
    beside = {response.id for response in created if turn_asked_in(response) is not None}
    if not beside:
        return recording
    kept = tuple(each for each in recording.events if _response_of(each.event) not in beside)
    return replace(recording, events=kept)


def _without_lost(recording: Recording) -> tuple[Recording, tuple[CallerTurn, ...]]:
    """Return a recording without the turns that a lost line cut off; and those turns."""
    rate_hz = recording.caller_clean.rate_hz
    lost = tuple(_turn(said, rate_hz) for said in recording.utterances if said.lost)
    said = tuple(said for said in recording.utterances if not said.lost)
    return replace(recording, utterances=said), lost


def _response_of(event: ServerEvent) -> str | None:
    if isinstance(event, ResponseCreated | ResponseDone):
        return event.response.id
    return getattr(event, "response_id", None)


def _late(recording: Recording) -> Iterator[LateSound]:
    for fault in recording.impaired:
        if fault.what is Impairment.LATE:
            stop, rate_hz = fault.start + fault.samples, recording.caller.rate_hz
            yield LateSound(from_samples(fault.start, stop, rate_hz=rate_hz), on_grid(fault.late_s))


def _unsaid(manifest: Manifest) -> str:
    return manifest.status_detail if manifest.end_cause is EndCause.CUE_NEVER_CAME else ""


def _nameless(recording: Recording, called: ToldCalls) -> tuple[NamelessCall, ...]:
    """Return the calls of unknown tools: those to be answered, and those the server answered."""
    servers = ((run.requested_s, run.arguments) for run in recording.tools if not run.name)
    told = sorted((*called.nameless(), *servers))
    return tuple(
        NamelessCall(on_grid(at_s), parsed_arguments(raw) if raw else None) for at_s, raw in told
    )


def _violations(recording: Recording, called: ToldCalls) -> tuple[Violation, ...] | None:
    """Return the dialect's findings, and the losses from calls that could not be run or taken."""
    beside = tuple(_refused(recording.notice_sources))
    if recording.violations is None:
        return beside or None
    found = (*recording.violations, *called.violations(), *beside)
    return tuple(sorted(found, key=lambda violation: violation.at_s))


def _refused(told: Iterable[NoticeSource]) -> Iterator[Violation]:
    """Yield refused tool reports from outside the session."""
    for source in told:
        for each in source.refused:
            effect = NOT_TAKEN if each.counts else ""
            yield Violation(each.at_s, f"tools_from: {source.source}", each.reason, effect)


def with_recognition(timeline: Timeline, heard: Recognition) -> Timeline:
    """Return a timeline with a recognizer's later transcript; no time changes."""
    return replace(
        timeline,
        agent=with_recognized(timeline.agent, heard),
        caller=with_recognized_replies(timeline.caller, heard),
    )


def _duration_s(recording: Recording) -> float:
    if recording.manifest.duration_s is not None:
        return on_grid(recording.manifest.duration_s)
    return on_grid(max(recording.caller.duration_s, recording.agent.duration_s))


def _turn(utterance: CallerUtterance, rate_hz: int) -> CallerTurn:
    """Bound a turn by its voiced samples; speech that was cut before any sound has no length."""
    start, stop = utterance.start, utterance.start + utterance.samples
    if utterance.kind is UtteranceKind.SPEECH:
        stop = start
    if utterance.voiced_start is not None and utterance.voiced_stop is not None:
        start, stop = utterance.voiced_start, utterance.voiced_stop
    return CallerTurn(
        index=utterance.index,
        turn=utterance.turn,
        kind=utterance.kind,
        span=from_samples(start, stop, rate_hz=rate_hz),
        text=utterance.text,
        spoken=utterance.spoken,
        intended=utterance.intended,
        cut_off=utterance.cut_off,
        barge_in=utterance.barge_in,
        answer=utterance.answer,
        pauses=tuple(from_samples(a, b, rate_hz=rate_hz) for a, b in utterance.pauses),
        file=utterance.file,
    )


def _with_audio(recording: Recording, turn: CallerTurn) -> CallerTurn:
    """Return a turn of the caller, marked if its audio is missing in the source."""
    origin = recording.manifest.origin
    if origin is None or Estimate.CALLER_AUDIO not in origin.estimated:
        return turn
    if origin.kind is SourceKind.REALTIME or turn.kind is not UtteranceKind.SPEECH:
        return turn  # the events of a session report when the caller spoke
    rate_hz = recording.caller.rate_hz
    start, stop = (round(at_s * rate_hz) for at_s in (turn.span.start_s, turn.span.end_s))
    return replace(turn, unrecorded=not audible_spans(recording.caller.cut(start, stop)))


def _tool(run: ToolRun, taken_back_s: float | None) -> ToolCall:
    untold = run.by_server and not run.arguments
    return ToolCall(
        call_id=run.call_id,
        name=run.name,
        arguments=None if untold else parsed_arguments(run.arguments),
        raw_arguments=run.arguments,
        response_id=run.response_id,
        requested_s=on_grid(run.requested_s),
        answered_s=None if run.answered_s is None else on_grid(run.answered_s),
        outcome=run.outcome,
        output=run.output,
        by_server=run.by_server,
        taken_back_s=taken_back_s if run.answered_s is None else None,
    )


def _with_parts(
    wait: Wait,
    caller: tuple[CallerTurn, ...],
    agent: tuple[AgentUtterance, ...],
    call: IndexedCall,
) -> Wait:
    recording = call.recording
    untold = recording.manifest.origin is not None and not recording.messages
    if wait.utterance is None or untold or agent[wait.utterance].as_text:
        return wait  # without messages or audio, the parts of a wait are unknown
    answer = agent[wait.utterance]
    parts = latency_parts(wait, caller[wait.caller], agent=answer, call=call)
    return replace(wait, parts=parts)


def _off_by(
    wait: Wait, agent: tuple[AgentUtterance, ...], call: IndexedCall, *, own: OwnLateness | None
) -> Wait:
    """Return a wait with its uncertainty; unchanged without a length, or if it is unknown."""
    if own is None or wait.took_s is None or wait.utterance is None:
        return wait
    whole_s, parts_s = off_by(wait, agent[wait.utterance], call=call, own=own)
    return replace(wait, uncertainty_s=whole_s, parts_uncertainty_s=parts_s)


def _gap_off_by(gap: Underrun, own: OwnLateness | None) -> Underrun:
    """Return a gap with its uncertainty: audio that was read late was played late."""
    if own is None or own.exact:
        return gap
    window = gap.span.start_s, gap.span.end_s
    off_s = own.read_late_s(*window) + own.stamped_late_s(*window)
    return replace(gap, uncertainty_s=on_grid(off_s))


def _yielded_off_by(fact: BargeInFact, own: OwnLateness | None) -> BargeInFact:
    """Return a barge-in with the uncertainty of its yield.

    The event that stops playback may have come earlier than its stamp; a message that was read late
    may have taken effect after more audio was played, from the next frame on.
    """
    if own is None or fact.yielded_s is None:
        return fact
    window = fact.onset_s, fact.yielded_s
    played_on_s = max(0.0, own.read_late_s(*window) - FRAME_S)
    off_s = own.left_late_s(*window) + own.stamped_late_s(*window) + played_on_s
    return replace(fact, uncertainty_s=on_grid(off_s))
