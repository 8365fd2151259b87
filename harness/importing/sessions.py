"""A stored session becomes a recording: its messages tell of the agent, its turns of the caller.

What the agent said, when it was heard and which tools it called stand in the session's records. The
caller's turns are placed where they sound on the caller's track; without one, where the server's
voice activity detection heard them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.importing.alignment import place
from harness.importing.assemble import manifest_of, track_of, utterances_of
from harness.importing.laying import UNTOLD_S, Laid, LaidLine
from harness.importing.model import Speaker, StoredCall, StoredLine, StoredSession
from harness.importing.sounds import TrackSounds, sounds_of
from harness.importing.transcribing import transcribed
from harness.language.language import Language
from harness.recording.absence import Absence
from harness.recording.caller import CallerUtterance
from harness.recording.model import Recording
from harness.recording.provenance import Estimate, Manifest, Origin, SourceKind
from harness.speech.base import Recognizer
from harness.timeline.claims import read_claims
from harness.timeline.model import Span
from harness.units import RATE_HZ

BESIDE_S = 0.3
"""Words that end so shortly before the line goes, or begin so shortly behind, may be a half."""


def assemble_session(
    call: StoredCall,
    session: StoredSession,
    *,
    manifest: Manifest,
    language: Language,
    turns: Sequence[int] | None = None,
) -> Recording:
    """Return the recording of a session; the rest is as in ``assemble``."""
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
    """Return a call that a person made with what was heard of them: when they spoke, and the words.

    Both are estimates, and the recording says so. What the line broke off is ``lost``. Raises
    SpeechFailed where the recognizer cannot run.
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
    """Return whether the line went amid what a person said, as far as bounds can tell."""
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
    """Yield what was played of the agent, with its words: who spoke over whom follows from it."""
    claims = read_claims(recording)
    for number, run in enumerate(recording.played):
        words = claims.transcript((run.response_id, run.item_id, run.content_index))
        span = Span(run.start / RATE_HZ, (run.start + run.samples) / RATE_HZ)
        yield LaidLine(first + number, Speaker.AGENT, words, span, run.item_id, run.response_id)
