"""Writes a stored call as a recording; adds words from a recognizer if it has none.

The tracks hold the audio that each side heard; every line of the agent is an item that was played
when its words sound. Values that a source does not report are estimated (``alignment.py``) and
listed in the manifest's ``origin``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from harness.audio.activity import audible_spans
from harness.audio.pcm import Int16Array, Pcm
from harness.audio.resample import resample
from harness.importing.alignment import (
    UNTOLD_S,
    Laid,
    LaidLine,
    has_stamps,
    laid_by_sound,
    laid_by_words,
    place,
    with_answers,
)
from harness.importing.model import (
    Estimate,
    Speaker,
    StoredCall,
    StoredLine,
    StoredSession,
    TrackSounds,
    sounds_of,
)
from harness.language.language import Language
from harness.language.phrasebook import plain, without
from harness.language.questions import is_question
from harness.language.sentences import Stretches
from harness.protocol.events import ResponseDone, TranscriptDone
from harness.protocol.items import Response, ResponseStatus
from harness.recording.model import (
    Absence,
    AgentEvent,
    CallerUtterance,
    GeneratedItem,
    PlayedSpan,
    Recording,
    UtteranceKind,
)
from harness.recording.provenance import Manifest, Origin, SourceKind
from harness.recording.tools import ToolRun
from harness.speech.base import Recognizer
from harness.timeline.indexed_call import read_claims
from harness.timeline.model import Span
from harness.units import RATE_HZ, clock

NO_TURN = -1
"""In place of a turn's number: a line that is not in the script, such as a reaction."""

_SOFT = RATE_HZ // 5

_MISSING = {Speaker.AGENT: Estimate.AGENT_AUDIO, Speaker.CALLER: Estimate.CALLER_AUDIO}


def assemble(
    call: StoredCall,
    manifest: Manifest,
    language: Language,
    *,
    turns: Sequence[int] | None = None,
) -> Recording:
    """Return the recording of a stored call; ``manifest`` holds its other data.

    If a call has audio, its lines have times. ``turns`` are the script's turns that the caller's
    lines belong to, if there is a script; empty if that is unknown; None counts the lines.
    """
    audible = call.caller is not None and call.agent is not None
    caller, agent = (track_of(track) for track in (call.caller, call.agent))
    if audible:
        heard = call.sounds or {
            Speaker.CALLER: sounds_of(caller),
            Speaker.AGENT: sounds_of(agent),
        }
        laid = laid_by_sound(call, heard, end_s=max(caller.duration_s, agent.duration_s))
    else:
        laid = laid_by_words(call)
    call = _with_missing(call, laid.said)
    laid = replace(laid, said=tuple(with_answers(laid)))
    runs = tuple(_played(laid.said, agent))
    return Recording(
        manifest=manifest_of(call, manifest, duration_s=laid.end_s, audible=audible),
        messages=(),
        events=tuple(_events(laid.said)),
        commands=(),
        violations=(),
        utterances=tuple(utterances_of(laid, language, turns)),
        played=runs,
        generated=_generated(runs),
        tools=tuple(_with_response(run, laid.said) for run in laid.tools),
        truncations=(),
        caller=caller,
        caller_clean=track_of(None),
        agent=agent,
        agent_generated=_joined(runs, agent) if audible else track_of(None),
    )


def _with_missing(call: StoredCall, said: Sequence[LaidLine]) -> StoredCall:
    """Return a call with the absences of its audio: transcript lines without any audio."""
    for who, estimate in _MISSING.items():
        own = [one for one in said if one.who is who and one.text]
        missing = [one for one in own if not one.recorded]
        if not missing:
            continue
        whose = f"The {who.value}'s audio is not in this recording"
        if len(missing) < len(own):
            lines = f"{len(missing)} of {len(own)} lines"
            at = clock(missing[0].span.start_s)
            whose = f"{whose} at {lines} of the transcript, the first at {at}"
        note = f"{whose}: no verdict says that the {who.value} was silent there."
        call = replace(call, estimated=call.estimated | {estimate}, notes=(note, *call.notes))
    return call


def track_of(track: Pcm | None) -> Pcm:
    """Return a track in the format of recordings, or an empty track if there is none."""
    if track is None:
        return Pcm(np.zeros(0, np.int16), RATE_HZ)
    return track if track.rate_hz == RATE_HZ else resample(track, RATE_HZ)


def manifest_of(
    call: StoredCall, manifest: Manifest, *, duration_s: float, audible: bool
) -> Manifest:
    """Return the manifest of a call, with the data that its source reports."""
    return replace(
        manifest,
        status=call.status,
        status_detail=call.status_detail,
        duration_s=duration_s,
        instructions=call.instructions or manifest.instructions,
        origin=_origin(call, audible=audible),
    )


def _origin(call: StoredCall, *, audible: bool) -> Origin:
    """Return the origin of a call, with everything that was estimated."""
    found = {*call.estimated, Estimate.BOUNDS if audible else Estimate.TIMES}
    if not audible and has_stamps(call):
        found.add(Estimate.STAMPS)
    if any(tool.requested_s is None or not audible for tool in call.tools):
        found.add(Estimate.TOOL_TIMES)
    estimated = tuple(one for one in Estimate if one in found)
    return Origin(call.kind, call.source, audible, estimated, call.notes, name=call.name)


def _with_response(run: ToolRun, said: Sequence[LaidLine]) -> ToolRun:
    """Name the response that made a tool call: the words before it, with no caller turn between."""
    at = bisect_left(said, run.requested_s, key=lambda one: one.span.start_s)
    if run.response_id is not None or not at or said[at - 1].who is not Speaker.AGENT:
        return replace(run, response_id=run.response_id or f"answer_{run.call_id}")
    return replace(run, response_id=said[at - 1].response_id)


def _played(said: Sequence[LaidLine], track: Pcm) -> Iterator[PlayedSpan]:
    """Yield the played spans of the agent's lines, with their quietest beginnings and ends."""
    for one in said:
        if one.who is Speaker.AGENT:
            start, stop = (round(at * RATE_HZ) for at in (one.span.start_s, one.span.end_s))
            start -= _soft(track.samples[max(0, start - _SOFT) : start][::-1])
            stop += _soft(track.samples[stop : stop + _SOFT])
            yield PlayedSpan(one.item_id, 0, one.response_id, 0, start, stop - start)


def _soft(beyond: Int16Array) -> int:
    """Return how many samples beyond an edge hold some audio, but too quiet to hear."""
    silent = np.flatnonzero(beyond == 0)
    count = int(silent[0]) if len(silent) else len(beyond)
    return 0 if audible_spans(Pcm(beyond[:count], RATE_HZ), min_sound_s=0.0) else count


def _generated(runs: Sequence[PlayedSpan]) -> tuple[GeneratedItem, ...]:
    found, at = [], 0
    for run in runs:
        chunk = (run.start / RATE_HZ, at, run.samples)
        found.append(GeneratedItem(run.item_id, 0, run.response_id, (chunk,)))
        at += run.samples
    return tuple(found)


def _joined(runs: Sequence[PlayedSpan], track: Pcm) -> Pcm:
    parts = [track.samples[run.start : run.start + run.samples] for run in runs]
    return Pcm(np.concatenate([np.zeros(0, np.int16), *parts]), track.rate_hz)


def _events(said: Sequence[LaidLine]) -> Iterator[AgentEvent]:
    """Yield events for the agent's words; the source has no messages, so they are inferred."""
    for one in said:
        if one.who is not Speaker.AGENT:
            continue
        if one.text:
            words = TranscriptDone(one.response_id, one.item_id, transcript=one.text)
            yield AgentEvent(one.span.end_s, words, inferred=True)
        if one.interrupted:
            over = Response(one.response_id, ResponseStatus.CANCELLED)
            yield AgentEvent(one.span.end_s, ResponseDone(over), inferred=True)


def utterances_of(
    laid: Laid, language: Language, turns: Sequence[int] | None
) -> Iterator[CallerUtterance]:
    """Yield the caller's utterances in order: lines, and sounds without words."""
    agent = Stretches((one.span.start_s, one.span.end_s) for one in laid.said if _is_agent(one))
    acts: list[tuple[Span, UtteranceKind, str]] = [
        (one.span, _kind(one, laid.said, agent, language), one.text)
        for one in laid.said
        if one.who is Speaker.CALLER
    ]
    acts += [(span, UtteranceKind.NOISE, "") for span in laid.noises]
    spoken = 0
    for index, (span, kind, text) in enumerate(sorted(acts, key=lambda act: act[0].start_s)):
        turn: int | None = None
        if kind is UtteranceKind.SPEECH:
            known = turns is None or spoken < len(turns)
            turn = (spoken if turns is None else turns[spoken]) if known else None
            turn = None if turn == NO_TURN else turn
            spoken += 1
        start, stop = (round(at * RATE_HZ) for at in (span.start_s, span.end_s))
        over = agent.touch(span.start_s, span.start_s)
        voiced = (None, None) if kind is UtteranceKind.NOISE else (start, stop)
        yield CallerUtterance(
            index=index,
            turn=turn,
            kind=kind,
            text=text,
            spoken=text,
            intended=text,
            start=start,
            samples=stop - start,
            voiced_start=voiced[0],
            voiced_stop=voiced[1],
            barge_in=over and kind is UtteranceKind.SPEECH,
        )


def _kind(
    one: LaidLine, said: Sequence[LaidLine], agent: Stretches, language: Language
) -> UtteranceKind:
    """Separate backchannels from speech: only such words, over an agent that asked no question."""
    if not one.text or without(language.phrases.backchannel, plain(one.text)):
        return UtteranceKind.SPEECH
    at_s = one.span.start_s
    if not agent.touch(at_s, at_s):
        return UtteranceKind.SPEECH
    over = (each for each in said if _is_agent(each) and _within(at_s, each.span))
    listens = not any(is_question(each.text, language) for each in over)
    return UtteranceKind.BACKCHANNEL if listens else UtteranceKind.SPEECH


def _is_agent(one: LaidLine) -> bool:
    return one.who is Speaker.AGENT


def _within(at_s: float, span: Span) -> bool:
    return span.start_s < at_s < span.end_s


# Words for a call that has none: a recognizer transcribes both tracks, marked as an estimate.

_EARLY_S = 0.05
_ROUGH_S = 0.3


def transcribed(call: StoredCall, recognizer: Recognizer) -> StoredCall:
    """Return a call with the recognizer's transcript as its lines.

    Raises SpeechFailed if the recognizer cannot run.
    """
    tracks = ((Speaker.CALLER, call.caller), (Speaker.AGENT, call.agent))
    known = {who: track for who, track in tracks if track is not None}
    sounds = {who: sounds_of(track) for who, track in known.items()}
    lines = [
        line
        for who, track in known.items()
        for line in _heard(who, track, sounds[who].voiced, recognizer)
    ]
    note = f"No transcript: the words of both sides are what {recognizer.name} heard."
    return replace(
        call,
        lines=tuple(sorted(lines, key=lambda line: line.start_s or 0.0)),
        sounds=sounds,
        estimated=call.estimated | {Estimate.WORDS},
        notes=(*call.notes, note),
    )


def with_callers_words(call: StoredCall, recognizer: Recognizer) -> StoredCall:
    """Return a call with recognized text in each caller line that has no words.

    Raises SpeechFailed if the recognizer cannot run.
    """
    track = call.caller
    if track is None or all(line.text or line.who is not Speaker.CALLER for line in call.lines):
        return call
    note = f"No transcription of the caller: the words are what {recognizer.name} heard."
    lines = (
        line if line.text or line.who is not Speaker.CALLER else _filled(line, track, recognizer)
        for line in call.lines
    )
    return replace(
        call,
        lines=tuple(lines),
        estimated=call.estimated | {Estimate.WORDS},
        notes=(*call.notes, note),
    )


def _filled(line: StoredLine, track: Pcm, recognizer: Recognizer) -> StoredLine:
    """Return a line with the text recognized around its time: a server's bounds are rough."""
    start_s, end_s = (line.start_s or 0.0) - _ROUGH_S, (line.end_s or 0.0) + _ROUGH_S
    clip = track.cut(max(0, round(start_s * track.rate_hz)), round(end_s * track.rate_hz))
    words = " ".join(one.text.strip() for one in recognizer.hear(clip))
    return replace(line, text=words.strip() or None)


def _heard(
    who: Speaker, track: Pcm, voiced: Iterable[Span], recognizer: Recognizer
) -> Iterator[StoredLine]:
    """Yield a line for each voiced stretch, with its recognized text."""
    for part in voiced:
        start = max(0, round((part.start_s - _EARLY_S) * track.rate_hz))
        clip = track.cut(start, round(part.end_s * track.rate_hz))
        words = " ".join(one.text.strip() for one in recognizer.hear(clip))
        if words.strip():
            yield StoredLine(who, words.strip(), part.start_s, part.end_s)


# Makes a recording of a stored session: agent data from its messages, caller turns from audio.
#
# The session's records hold the agent's words, their playout times and the tool calls. The caller's
# turns are placed at their speech on the caller's track; without a track, at the times of the
# server's voice activity detection.

BESIDE_S = 0.3
"""A word this close before or after the lost connection may be cut in half."""


def assemble_session(
    call: StoredCall,
    session: StoredSession,
    *,
    manifest: Manifest,
    language: Language,
    turns: Sequence[int] | None = None,
) -> Recording:
    """Return the recording of a session; parameters as in ``assemble``."""
    caller, agent = (track_of(track) for track in (call.caller, call.agent))
    spoken = replace(manifest, target={**manifest.target, "dialect": session.dialect})
    recording = Recording(
        manifest=manifest_of(call, spoken, duration_s=session.duration_s, audible=True),
        messages=session.messages,
        events=session.events,
        commands=session.commands,
        violations=session.violations,
        utterances=(),
        played=session.played,
        generated=session.generated,
        tools=session.tools,
        truncations=session.truncations,
        caller=caller,
        caller_clean=track_of(None),
        agent=agent,
        agent_generated=session.agent_generated,
    )
    laid = _laid(call, recording)
    return replace(recording, utterances=tuple(utterances_of(laid, language, turns)))


def with_person_heard(recording: Recording, engine: Recognizer, language: Language) -> Recording:
    """Return a call made by a person with the person's speech times and words recognized.

    Both are estimates, and the recording says so. Speech cut off by a lost connection is ``lost``.
    Raises SpeechFailed if the recognizer cannot run.
    """
    kind, source = SourceKind.PERSON, "a person on the line"
    call = transcribed(StoredCall("", kind, source, caller=recording.caller), engine)
    estimated = (Estimate.BOUNDS, Estimate.WORDS)
    note = f"A person called: where they spoke, and their words, are what {engine.name} heard."
    origin = Origin(kind, source, sound=True, estimated=estimated, notes=(note,))
    said = utterances_of(_laid(call, recording), language, ())
    return replace(
        recording,
        manifest=replace(recording.manifest, origin=origin),
        utterances=tuple(replace(one, lost=_is_lost(one, recording.absences)) for one in said),
    )


def _is_lost(said: CallerUtterance, absences: tuple[Absence, ...]) -> bool:
    """Return whether the connection broke during an utterance, within the error of its bounds."""
    start_s, end_s = said.start / RATE_HZ, (said.start + said.samples) / RATE_HZ
    return any(gone.touches(start_s - BESIDE_S, end_s + BESIDE_S) for gone in absences)


def _laid(call: StoredCall, recording: Recording) -> Laid:
    """Lay the caller's turns and the agent's words on the clock."""
    nothing = TrackSounds((), ())
    sounds = sounds_of(recording.caller) if len(recording.caller) else nothing
    found = place(call.lines, {Speaker.CALLER: sounds, Speaker.AGENT: nothing})
    said = [
        LaidLine(number, Speaker.CALLER, placed.line.text or "", placed.span or _told(placed.line))
        for number, placed in enumerate(found.lines)
    ]
    said += _agents(recording, first=len(said))
    said.sort(key=lambda one: one.span.start_s)
    noises = (s for s in found.stray[Speaker.CALLER] if s.duration_s >= UNTOLD_S)
    return Laid(tuple(said), recording.tools, recording.manifest.duration_s or 0.0, tuple(noises))


def _told(line: StoredLine) -> Span:
    return Span(line.start_s or 0.0, line.end_s or line.start_s or 0.0)


def _agents(recording: Recording, *, first: int) -> Iterator[LaidLine]:
    """Yield the agent's played lines with their text: talk-over is derived from them."""
    claims = read_claims(recording)
    for number, run in enumerate(recording.played):
        words = claims.transcript(run.key)
        span = Span(run.start / RATE_HZ, (run.start + run.samples) / RATE_HZ)
        yield LaidLine(first + number, Speaker.AGENT, words, span, run.item_id, run.response_id)
