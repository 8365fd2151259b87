"""The agent's utterances as heard: audio, claimed text, recognized text, text answers.

Words count as heard only as far as their audio was played (``language/sounds.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.audio.activity import audible_spans
from harness.audio.pcm import Pcm
from harness.language.sounds import Fit, fit, heard_words, usual_length_s, written_before
from harness.protocol.events import (
    InputCommitted,
    InputTranscriptDone,
    InputTranscriptFailed,
    OutputBufferStarted,
    SpeechStarted,
)
from harness.protocol.items import ContentKey
from harness.recording.model import (
    GeneratedItem,
    PlayedSpan,
    Recognition,
    RecognizedWords,
    Recording,
    WeighedValue,
)
from harness.recording.provenance import Estimate, Manifest, Origin, SourceKind
from harness.timeline.episodes import caller_turns
from harness.timeline.indexed_call import Claims, IndexedCall, ItemKey, ItemSound
from harness.timeline.intervals import TICK_S, Spans, covered_s, from_samples, hull, on_grid, union
from harness.timeline.lookup import SpanLookup, next_after
from harness.timeline.model import (
    AgentUtterance,
    CallerTurn,
    Span,
    TextAnswer,
    TranscribedTurn,
    Transcript,
)

# The recognizer's transcript, assigned to the utterances in which it was heard.


def with_recognized(
    utterances: tuple[AgentUtterance, ...], heard: Recognition | None
) -> tuple[AgentUtterance, ...]:
    """Give every utterance the recognized lines that lie in it; a line may belong to several.

    A line belongs to each utterance with which it shares at least half of the shorter of the two,
    else to the utterance with which it shares most. Text is given whole: recognizers place words
    badly inside a line, and a cut value would look like a misread one.
    """
    if heard is None:
        return utterances
    places = SpanLookup((said.span.start_s, said.span.end_s) for said in utterances)
    paces = sorted({line.pace for line in heard.lines} - {1.0}, reverse=True)
    first = _texts(utterances, places, heard, 1.0)
    again = [_texts(utterances, places, heard, pace) for pace in paces]
    weighed = SpanLookup((value.start_s, value.end_s) for value in heard.weighed)
    return tuple(
        utterance
        if utterance.as_text or utterance.without_audio
        else replace(
            utterance,
            recognized=first[index],
            recognized_again=tuple(texts[index] for texts in again if texts[index]),
            weighed=_weighed_in(utterance.span, heard.weighed, weighed),
        )
        for index, utterance in enumerate(utterances)
    )


def with_recognized_replies(
    caller: tuple[CallerTurn, ...], heard: Recognition | None
) -> tuple[CallerTurn, ...]:
    """Give each caller turn the recognizer's transcript of it, if a recognizer ran."""
    if heard is None or not heard.caller:
        return caller
    return tuple(replace(turn, recognized=_reply_in(turn.span, heard)) for turn in caller)


def _reply_in(span: Span, heard: Recognition) -> str | None:
    """Return the recognizer's transcript of a turn's span, None if no recognizer ran."""
    lines = [line for line in heard.caller if _shared_s(line, span) > span.duration_s / 2]
    return " ".join(line.text.strip() for line in lines).strip() if lines else None


def _weighed_in(
    span: Span, weighed: tuple[WeighedValue, ...], places: SpanLookup
) -> tuple[WeighedValue, ...]:
    """Return the forced-choice values of a stretch that is that of an utterance."""
    near = (weighed[number] for number in places.touching(span.start_s, span.end_s))
    return tuple(value for value in near if _shared_s(value, span) > span.duration_s / 2)


def _shared_s(heard: WeighedValue | RecognizedWords, span: Span) -> float:
    return min(heard.end_s, span.end_s) - max(heard.start_s, span.start_s)


def _texts(
    utterances: tuple[AgentUtterance, ...], places: SpanLookup, heard: Recognition, pace: float
) -> list[str]:
    """Return the transcript of each utterance at a pace."""
    texts: list[list[str]] = [[] for _ in utterances]
    for line in heard.lines:
        if line.pace == pace:
            for index in _owners(line, utterances, places):
                texts[index].append(line.text.strip())
    return [" ".join(filter(None, parts)) for parts in texts]


def _owners(
    line: RecognizedWords, utterances: tuple[AgentUtterance, ...], places: SpanLookup
) -> Iterable[int]:
    shared_s = {
        index: _shared_s(line, utterances[index].span)
        for index in places.touching(line.start_s, line.end_s)
    }
    length_s = line.end_s - line.start_s
    owners = [
        index
        for index, both_s in shared_s.items()
        if both_s >= min(length_s, utterances[index].span.duration_s) / 2
    ]
    most_s = max(shared_s.values(), default=0.0)
    if owners or most_s <= 0:
        return owners
    return [next(index for index, both_s in shared_s.items() if both_s == most_s)]


# Answers that came as text: the part that the caller read, and the part it could not hear.
#
# In a text session, the text is read: every text is an utterance, said whole, from its first piece
# to its last. In an audio session, a text was not heard.


def is_text_session(manifest: Manifest) -> bool:
    """Return whether the target configured its sessions for text, so that the caller reads."""
    session = manifest.target.get("session")
    return isinstance(session, dict) and session.get("output") == "text"


def unheard_texts(recording: Recording, claims: Claims) -> tuple[TextAnswer, ...]:
    """Return the responses that came as text alone and were not heard, in order of time."""
    if is_text_session(recording.manifest):
        return ()
    spoken = {part.response_id for part in recording.generated}
    by_response: dict[str, list[tuple[float, str]]] = {}
    for (name, *_), parts in claims.texts.items():
        if name not in spoken:
            by_response.setdefault(name, []).extend(parts)
    found = (
        TextAnswer(name, min(at_s for at_s, _ in parts), _once(text for _, text in parts))
        for name, parts in by_response.items()
    )
    return tuple(sorted(found, key=lambda answer: answer.at_s))


def answers_as_text(recording: Recording, claims: Claims) -> tuple[AgentUtterance, ...]:
    """Return the text that the caller read in a text session; empty for any other session."""
    if not is_text_session(recording.manifest):
        return ()
    found: dict[tuple[str, str], AgentUtterance] = {}
    for key in claims.texts:
        utterance = _as_text(claims, key)
        if utterance is not None:  # the end of a response repeats the text of its items
            found.setdefault((utterance.response_id, utterance.claimed), utterance)
    return tuple(found.values())


def _as_text(claims: Claims, key: ContentKey) -> AgentUtterance | None:
    arrived_s, text = claims.texts[key][0]
    words = " ".join(text.split())
    if not words:
        return None
    pieces = [at_s for at_s, _ in claims.pieces_of_text.get(key, ())]
    start_s, end_s = on_grid(min((*pieces, arrived_s))), on_grid(max((*pieces, arrived_s)))
    span = Span(start_s, max(end_s, start_s + TICK_S))
    return AgentUtterance(
        item_id=key[1],
        response_id=key[0],
        span=span,
        sounds=(span,),
        claimed=words,
        claimed_heard=words,
        recognized=None,
        generated_s=0.0,
        heard_s=0.0,
        phase=claims.phase(key[:2]),
        as_text=True,
        created_s=claims.created_s.get(key[0]),
    )


def _once(texts: Iterable[str]) -> str:
    """Join texts; a service reports each up to three times, by stream, item and response."""
    return " ".join(dict.fromkeys(text.strip() for text in texts))


WHOLE_S = 0.02
"""At most this much unplayed audio (a frame) still counts as heard to the end."""


def agent_utterances(call: IndexedCall) -> tuple[AgentUtterance, ...]:
    """Return the items with audible audio or read text, in order of their beginning."""
    recording = call.recording
    found = [
        utterance
        for key, item in call.items.items()
        if (utterance := _utterance(call, key=key, item=item)) is not None
    ]
    spoken_s = sorted(said.start_s for said in caller_turns(recording))
    origin = recording.manifest.origin
    whole = origin is not None and Estimate.HEARD in origin.estimated
    told = (_overlaid(utterance, spoken_s, whole=whole) for utterance in found)
    said = (*told, *answers_as_text(recording, call.claims))
    ordered = sorted(said, key=lambda utterance: utterance.span.start_s)
    return with_recognized(tuple(ordered), recording.recognition)


def _utterance(call: IndexedCall, *, key: ItemKey, item: ItemSound) -> AgentUtterance | None:
    recording, claims = call.recording, call.claims
    origin = recording.manifest.origin
    sounding = origin is None or (origin.sound and not origin.redacted)
    heard = _sounds if sounding else _silent_span
    sounds = union(sound for run in item.runs for sound in heard(recording.agent, run))
    missing = origin is not None and Estimate.AGENT_AUDIO in origin.estimated
    if item.runs and not sounds and origin is not None and missing:
        return _unrecorded(call, key=key, item=item, origin=origin)
    span = hull(sounds)
    if span is None:
        return None
    if origin is not None and not origin.sound:
        return _as_told(call, key=key, item=item, sounds=sounds)
    rate_hz = recording.agent_generated.rate_hz
    claimed = " ".join(filter(None, (claims.transcript(part.key) for part in item.parts)))
    told = " ".join(filter(None, (_claimed_heard(call, item, part) for part in item.parts)))
    speech_s = covered_s(sounds)
    fits = fit(told, speech_s) if sounding else Fit.FITS
    if fits is Fit.TOO_FEW and told != " ".join(claimed.split()):
        fits = Fit.FITS  # only few words are cut off, and only by estimate
    if fits is Fit.TOO_MANY:
        told = heard_words(told, heard_s=speech_s, generated_s=usual_length_s(told))
    return AgentUtterance(
        item_id=key[1],
        response_id=key[0],
        span=span,
        sounds=sounds,
        claimed=claimed,
        claimed_heard=told,
        recognized=None,
        generated_s=on_grid(sum(part.samples for part in item.parts) / rate_hz),
        heard_s=on_grid(sum(run.samples for run in item.runs) / recording.agent.rate_hz),
        phase=claims.phase(key),
        transcript=_transcript(claimed, fits, doubted=key[0] in claims.doubted),
        inferred=claims.named.whole(key[0]) in claims.named.heard,
        created_s=claims.created_s.get(key[0]),
    )


def _as_told(call: IndexedCall, *, key: ItemKey, item: ItemSound, sounds: Spans) -> AgentUtterance:
    """Return an item without audio as its source reports it: all of its words were said.

    For a stopped item, it is unknown how many of them.
    """
    claims = call.claims
    words = " ".join(filter(None, (claims.transcript(part.key) for part in item.parts)))
    stopped = any(claims.stopped(part.key[:2]) for part in item.parts)
    transcript = Transcript.OVERLAID if stopped and words else None
    return AgentUtterance(
        item_id=key[1],
        response_id=key[0],
        span=Span(sounds[0].start_s, sounds[-1].end_s),
        sounds=sounds,
        claimed=words,
        claimed_heard=words,
        recognized=None,
        generated_s=on_grid(covered_s(sounds)),
        heard_s=on_grid(covered_s(sounds)),
        phase=claims.phase(key),
        transcript=transcript or _transcript(words, Fit.FITS, doubted=key[0] in claims.doubted),
        created_s=claims.created_s.get(key[0]),
    )


def _unrecorded(
    call: IndexedCall, *, key: ItemKey, item: ItemSound, origin: Origin
) -> AgentUtterance:
    """Return an item whose audio is missing in the source.

    The log of a session never has to contain audio, and its events are the service's own. In other
    sources the transcript alone has the words: whether the caller heard them is unknown.
    """
    recording = call.recording
    sounds = union(sound for run in item.runs for sound in _silent_span(recording.agent, run))
    said = _as_told(call, key=key, item=item, sounds=sounds)
    if origin.kind is not SourceKind.REALTIME:
        return replace(said, without_audio=True, unrecorded=True, transcript=Transcript.UNRECORDED)
    timed = any(
        isinstance(each.event, OutputBufferStarted) and each.event.response_id == key[0]
        for each in recording.events
    )
    return replace(said, without_audio=True, unrecorded=not timed)


def _transcript(claimed: str, fits: Fit, *, doubted: bool) -> Transcript:
    if doubted:
        return Transcript.PLACED
    if fits is not Fit.FITS:
        return Transcript.UNEQUAL
    return Transcript.TOLD if claimed else Transcript.ABSENT


def _overlaid(
    utterance: AgentUtterance, spoken_s: Sequence[float], *, whole: bool
) -> AgentUtterance:
    """Return an utterance with the state of its words, given who spoke over it.

    An unannounced utterance that fell silent may have been unfinished, and its words may include
    unsaid words; so may those of an imported call that reports the ``whole`` words. For audio that
    was dropped unheard the amount is known.
    """
    span = utterance.span
    estimated = utterance.inferred or whole
    if not (estimated and utterance.claimed) or utterance.interrupted:
        return utterance
    if next_after(spoken_s, span.start_s) >= span.end_s:
        return utterance
    return replace(utterance, transcript=Transcript.OVERLAID)


def _sounds(track: Pcm, run: PlayedSpan) -> Spans:
    """Return the audible stretches of a played run.

    Each run is examined alone: a pause that is short enough to be bridged must not hide the silence
    at the beginning of the next item, whose first sound is an onset of its own.
    """
    audible = audible_spans(track.cut(run.start, run.start + run.samples))
    return tuple(
        from_samples(run.start + start, run.start + stop, rate_hz=track.rate_hz)
        for start, stop in audible
    )


def _silent_span(track: Pcm, run: PlayedSpan) -> Spans:
    """Return a run of a call without audio, or with lines silenced: the place of its words."""
    return (from_samples(run.start, run.start + run.samples, rate_hz=track.rate_hz),)


def _claimed_heard(call: IndexedCall, item: ItemSound, part: GeneratedItem) -> str:
    """Return the claimed words of a part that were heard, cut at a word border.

    A part that was whole and played to its end was heard whole. If the service stopped it, its text
    may run ahead of its audio: words count only if they were written when the last heard audio
    arrived, and the audio that is missing is estimated from the text.
    """
    claims, track = call.claims, call.recording.agent_generated
    heard = played_samples(item.runs_of(part.content_index))
    text = claims.transcript(part.key)
    stopped = claims.stopped(part.key[:2])
    if not stopped and part.samples - heard <= WHOLE_S * track.rate_hz:
        return text
    speech = _generated_speech(track, part)
    generated_s = covered_s(speech)
    words = heard_words(
        text,
        heard_s=covered_s(Span(s.start_s, min(s.end_s, heard / track.rate_hz)) for s in speech),
        generated_s=max(generated_s, usual_length_s(text)) if stopped else generated_s,
    ).split()
    deltas = claims.pieces(part.key)
    if stopped and deltas:
        words = words[: written_before(deltas, _arrival_s(part, heard))]
    return " ".join(words)


def played_samples(runs: Iterable[PlayedSpan]) -> int:
    """Return how much of a part was played, from its first played sample.

    If a server gives items of several responses the same id, older recordings continue the count
    through them, and newer recordings begin anew: no sample is played twice, so a larger sum than
    the range is the amount.
    """
    places = [(run.item_start, run.item_start + run.samples) for run in runs]
    first, last = min((at for at, _ in places), default=0), max((to for _, to in places), default=0)
    return max(last - first, sum(stop - at for at, stop in places))


def _generated_speech(track: Pcm, part: GeneratedItem) -> Spans:
    """Return the spans of a part's generated audio, in seconds from its first sample."""
    sounds: list[Span] = []
    offset = 0
    for _, start, samples in part.chunks:
        for first, stop in audible_spans(track.cut(start, start + samples)):
            sounds.append(from_samples(offset + first, offset + stop, rate_hz=track.rate_hz))
        offset += samples
    return union(sounds)


def _arrival_s(part: GeneratedItem, heard: int) -> float:
    """Return when the chunk that holds the last heard sample had arrived."""
    count, latest_s = 0, float("-inf")
    for arrived_s, _, samples in part.chunks:
        if count < heard:
            latest_s = arrived_s
        count += samples
    return latest_s


# The service's transcripts of the caller's words, and their turns.
#
# A stretch of speech belongs to the turn in which it was heard to begin, or, if that is unknown, in
# which it was committed: the service splits a turn at the caller's pauses.


def is_transcription(manifest: Manifest) -> bool:
    """Return whether the target requested sessions that only transcribe."""
    session = manifest.target.get("session")
    return isinstance(session, dict) and session.get("type") == "transcription"


def transcribed(
    recording: Recording, caller: tuple[CallerTurn, ...]
) -> tuple[TranscribedTurn, ...]:
    """Return the transcripts, in order of arrival."""
    heard_s: dict[str, float] = {}
    found: list[TranscribedTurn] = []
    for each in recording.events:
        match each.event:
            case SpeechStarted(item_id) | InputCommitted(item_id):
                heard_s.setdefault(item_id, each.at_s)
            case InputTranscriptDone(item_id, _, words):
                turn = _turn(caller, heard_s.get(item_id, each.at_s))
                found.append(TranscribedTurn(turn, on_grid(each.at_s), words.strip()))
            case InputTranscriptFailed(item_id, _, error):
                turn = _turn(caller, heard_s.get(item_id, each.at_s))
                found.append(TranscribedTurn(turn, on_grid(each.at_s), "", error.words))
            case _:
                pass
    return tuple(found)


def _turn(caller: tuple[CallerTurn, ...], at_s: float) -> int | None:
    """Return the index of the last turn that had begun by then."""
    begun = [index for index, turn in enumerate(caller) if turn.span.start_s <= at_s]
    return begun[-1] if begun else None
