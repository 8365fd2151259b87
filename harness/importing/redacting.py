"""A recording without personal data: in its texts, and in its sound as far as words are known.

Judge first: a redacted recording is not judged again (``Origin.redacted``), for values that are
gone were neither read back nor missed. Sound stays only where every word is known and nothing was
replaced in it. Nobody knows where in a line a value sounds, so the whole line is silenced; so is
speech without words, and whatever the other side said at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
import orjson

from harness.audio.pcm import Pcm
from harness.errors import Unscorable
from harness.importing.model import StoredCall
from harness.importing.personal_data import LINE, PersonalData
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.recording.agent_sound import PlayedSpan
from harness.recording.caller import CallerUtterance, UtteranceKind
from harness.recording.lines import Record, from_line, to_line
from harness.recording.messages import WireMessage
from harness.recording.model import Recording
from harness.recording.provenance import Estimate, Manifest, Origin
from harness.recording.recognition import Recognition, RecognizedWords
from harness.scenario.model import Scenario
from harness.timeline.claims import PartKey, read_claims
from harness.units import RATE_HZ

R = TypeVar("R", bound=Record)
_Range = tuple[int, int]


def personal_data(recording: Recording, language: Language) -> PersonalData:
    """Return what is personal in a recording."""
    manifest = recording.manifest
    facts: dict[str, tuple[str, ValueKind]] = {}
    for holder in (manifest.suite, manifest.scenario):
        for name, fact in (holder.get("facts") or {}).items():
            value, kind = (fact, "text") if isinstance(fact, str) else (fact["value"], fact["kind"])
            facts[name] = str(value), ValueKind(kind)
    return PersonalData(facts, _texts(recording), language)


def anonymous(call: StoredCall, own: Scenario, language: Language) -> StoredCall:
    """Return a call whose name, source and tags tell nothing personal: folders are named by them.

    ``own`` is the scenario with the call's facts. Facts that it brings stay: its recording is
    judged by them before it is redacted.
    """
    facts = told_facts(call, own)
    personal = PersonalData(facts, (call.name, call.source, *call.tags), language)
    return replace(
        call,
        name=personal.text(call.name).replace("[", "").replace("]", "").replace(" ", "-"),
        source=personal.text(call.source),
        tags=tuple(map(personal.text, call.tags)),
    )


def told_facts(call: StoredCall, own: Scenario) -> dict[str, tuple[str, ValueKind]]:
    """Return the facts of a call and its scenario; of an unknown kind, they are taken for names."""
    known = {name: (fact.value, fact.kind) for name, fact in own.facts.items()}
    return {name: (value, ValueKind.NAME) for name, value in call.facts.items()} | known


def redacted(recording: Recording, personal: PersonalData) -> Recording:
    """Return a recording without what is personal in it, its sound silenced where that sounds.

    Raises Unscorable for a call that the harness made itself.
    """
    manifest = recording.manifest
    if manifest.origin is None:
        raise Unscorable("a call that the harness made itself is not redacted")
    clean, told, gone = _silenced(recording, personal)
    return replace(
        clean,
        manifest=_manifest(manifest, manifest.origin, personal, told),
        messages=tuple(_again(each, personal) for each in recording.messages),
        events=tuple(
            replace(_again(each, personal), message=each.message) for each in recording.events
        ),
        commands=tuple(
            replace(_again(each, personal), message=each.message) for each in recording.commands
        ),
        violations=None
        if recording.violations is None
        else tuple(_again(each, personal) for each in recording.violations),
        utterances=tuple(_again(each, personal) for each in recording.utterances),
        tools=tuple(_again(each, personal) for each in recording.tools),
        recognition=_recognition(recording.recognition, personal, gone),
        judged=None,  # its quotes are the words of callers
    )


def _texts(recording: Recording) -> Iterator[str]:
    """Yield all that was said, heard, called and answered."""
    for said in recording.utterances:
        yield from (said.text, said.intended, said.spoken)
    yield from _claimed(recording).values()
    for run in recording.tools:
        yield from _leaves(run.arguments)
        yield from _leaves(run.output or "")
    if recording.recognition is not None:
        yield from (line.text for line in recording.recognition.lines)


def _leaves(text: str) -> Iterator[str]:
    """Yield the texts and numbers in a JSON text, or the text itself."""
    try:
        waiting: list[Any] = [orjson.loads(text)]
    except orjson.JSONDecodeError:
        yield text
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += (*value, *value.values())
        elif isinstance(value, list):
            waiting += value
        elif value is not None and not isinstance(value, bool):
            yield str(value)


def _claimed(recording: Recording) -> dict[PartKey, str]:
    claims = read_claims(recording)
    keys = ((p.response_id, p.item_id, p.content_index) for p in recording.generated)
    return {key: claims.transcript(key) for key in keys}


def _again(record: R, personal: PersonalData) -> R:
    """Return a record without what is personal in it."""
    row = orjson.loads(to_line(record))
    clean = personal.data if isinstance(record, WireMessage) else personal.record
    return cast(R, from_line(orjson.dumps(clean(row))))


def _recognition(
    heard: Recognition | None, personal: PersonalData, gone: Sequence[_Range]
) -> Recognition | None:
    """Return what a recognizer heard; values that it weighed are all exact ones, and go.

    So does what it heard in silenced lines: a value that was misheard is still most of the value.
    """
    if heard is None:
        return None
    lines = (
        replace(line, text=LINE if _lies_in(line, gone) else personal.text(line.text))
        for line in heard.lines
    )
    return replace(heard, lines=tuple(lines), weighed=())


def _lies_in(line: RecognizedWords, gone: Sequence[_Range]) -> bool:
    start, stop = line.start_s * RATE_HZ, line.end_s * RATE_HZ
    return any(start < last and first < stop for first, last in gone)


def _manifest(
    manifest: Manifest, origin: Origin, personal: PersonalData, told: tuple[str, ...]
) -> Manifest:
    scenario = _without_facts(personal.data(dict(manifest.scenario)), manifest.scenario)
    suite = _without_facts(personal.known_data(manifest.suite), manifest.suite)
    return replace(
        manifest,
        scenario=scenario,
        suite=suite,
        target=personal.known_data(manifest.target),
        instructions=personal.known(manifest.instructions),
        status_detail=personal.known(manifest.status_detail),
        scenario_path=personal.known(manifest.scenario_path),
        call_id=personal.known(manifest.call_id),
        origin=replace(
            origin,
            source=personal.text(origin.source),
            notes=(*map(personal.text, origin.notes), *told),
            redacted=True,
        ),
    )


def _without_facts(holder: dict[str, Any], told: Any) -> dict[str, Any]:
    facts = {
        name: {"value": f"[redacted {name}]", "kind": "text", "spoken": None}
        for name in told.get("facts") or {}
    }
    return {**holder, "facts": facts} if facts else holder


# --- sound ---------------------------------------------------------------------------------


def _silenced(
    recording: Recording, personal: PersonalData
) -> tuple[Recording, tuple[str, ...], Sequence[_Range]]:
    """Return the recording with nothing but clean words on its tracks, and what was silenced.

    The last are the stretches of the agent's track that were.
    """
    guessed = _words_are_heard(recording)
    said: dict[bool, list[_Range]] = {True: [], False: []}
    for one in recording.utterances:
        said[not guessed and _is_clean(one, personal)].append((one.start, one.start + one.samples))
    clean_parts = {
        key
        for key, words in _claimed(recording).items()
        if words and personal.text(words) == words and not (guessed and not recording.messages)
    }
    played: dict[bool, list[_Range]] = {True: [], False: []}
    for run in recording.played:
        clean = _key(run) in clean_parts and not _misheard(recording, run, personal)
        played[clean].append((run.start, run.start + run.samples))
    parts = [
        (first, first + samples)
        for part in recording.generated
        if (part.response_id, part.item_id, part.content_index) in clean_parts
        for _, first, samples in part.chunks
    ]
    silenced = replace(
        recording,
        caller=_kept(recording.caller, said[True], played[False]),
        caller_clean=_kept(recording.caller_clean, said[True], played[False]),
        agent=_kept(recording.agent, played[True], said[False]),
        agent_generated=_kept(recording.agent_generated, parts, ()),
    )
    if not any(map(len, recording.tracks)):
        return silenced, (), ()
    told = (
        f"redacted: of {len(recording.utterances)} lines of the caller {len(said[False])}, and of "
        f"{len(recording.played)} of the agent {len(played[False])}, are silent as a whole; "
        "so is all sound that no words are known of"
    )
    return silenced, (told,), played[False]


def _words_are_heard(recording: Recording) -> bool:
    """Return whether words are what a recognizer heard: one that mishears a value hides it."""
    origin = recording.manifest.origin
    return origin is not None and Estimate.WORDS in origin.estimated


def _is_clean(said: CallerUtterance, personal: PersonalData) -> bool:
    """Return whether all words are known and none is personal."""
    if said.kind is not UtteranceKind.SPEECH and said.kind is not UtteranceKind.BACKCHANNEL:
        return False
    texts = (said.text, said.spoken, said.intended)
    return bool(said.text) and all(personal.text(text) == text for text in texts)


def _misheard(recording: Recording, run: PlayedSpan, personal: PersonalData) -> bool:
    """Return whether a recognizer heard something personal where the transcript has nothing."""
    start_s, stop_s = run.start / RATE_HZ, (run.start + run.samples) / RATE_HZ
    lines = () if recording.recognition is None else recording.recognition.lines
    return any(
        personal.text(line.text) != line.text
        for line in lines
        if line.start_s < stop_s and start_s < line.end_s
    )


def _kept(track: Pcm, ranges: Iterable[_Range], without: Iterable[_Range]) -> Pcm:
    """Return a track on which only these ranges sound, and none of the others."""
    samples = np.zeros(len(track), np.int16)
    for start, stop in ranges:
        samples[start:stop] = track.samples[start:stop]
    for start, stop in without:
        samples[start:stop] = 0
    return Pcm(samples, track.rate_hz)


def _key(run: PlayedSpan) -> PartKey:
    return run.response_id, run.item_id, run.content_index
