"""Removes personal data from a recording: from its texts and from its audio.

Judge first: a redacted recording is not judged again (``Origin.redacted``), because removed values
would count as neither read back nor missed. Audio is kept only if every word is known and no word
was replaced. The position of a value within a line's audio is unknown, so the whole line is
silenced; so is speech without words, and whatever the other side said at the same time.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import numpy as np
import orjson

from harness.audio.pcm import Pcm
from harness.errors import Unscorable
from harness.importing.model import StoredCall
from harness.language.language import Language
from harness.language.places import value_places
from harness.language.values import ValueKind
from harness.protocol.items import ContentKey
from harness.recording.lines import Record, from_line, is_range, to_line
from harness.recording.model import (
    CallerUtterance,
    PlayedSpan,
    Recognition,
    RecognizedWords,
    Recording,
    UtteranceKind,
    WireMessage,
)
from harness.recording.provenance import Estimate, Manifest, Origin
from harness.scenario.model import Scenario
from harness.timeline.indexed_call import read_claims
from harness.transport.redaction import concealer
from harness.units import RATE_HZ

# Personal data in texts and JSON, found and replaced: values of facts, numbers, ids, e-mails.
#
# The search covers the value of every fact, and every value that the language reads in any text of
# the call: an id, a phone or card number, an e-mail address. A value found in one text is searched
# for in all of them, in every form in which it may be said or written: as digits, as words, letter
# by letter. Programs write values in other ways (percent-encoded, in base64, in JSON in JSON):
# those are found byte by byte, as keys are (``transport/redaction.py``).
#
# A text that may still contain personal data after that is replaced as a whole: too much is removed
# rather than too little.

LINE = "[redacted line]"
_FOUND = {ValueKind.EMAIL: "email", ValueKind.PHONE: "number", ValueKind.ID: "id"}
"""Kinds that are searched for without a known value, the clearest first, with replacements."""

_STRUCTURE = frozenset(
    {"type", "kind", "object", "status", "role", "event_id", "id", "item_id", "response_id"}
    | {"call_id", "previous_item_id", "session_id", "conversation_id", "model", "voice", "track"}
    | {"does", "direction", "outcome", "assumed", "format", "name", "is"}
)
"""Keys whose values are names of programs: ids of messages are no ids of persons."""

_WORDS = frozenset(
    {"text", "spoken", "intended", "transcript", "arguments", "output", "instructions", "detail"}
    | {"message", "malformed", "delta", "reason", "effect"}
)
"""Fields of records that hold words, or inputs of programs; other fields have their own values."""

_PIECES = frozenset({"delta", "binary", "audio"})
"""Keys of texts in pieces, which hold parts of values, and of audio that was not understood."""

_KEYS = frozenset({"client_secret", "api_key", "authorization", "token"})
_LEAST_LITERAL = 5
_LEAST_WORD = 2
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]{400,}")


@dataclass(frozen=True, slots=True)
class _Known:
    value: str
    kind: ValueKind
    token: str


class PersonalData:
    """The personal data of a call; made of its facts and of all its texts."""

    def __init__(
        self,
        facts: Mapping[str, tuple[str, ValueKind]],
        texts: Iterable[str],
        language: Language,
    ) -> None:
        self._language = language
        self._seen: dict[str, str] = {}
        known: dict[tuple[str, ValueKind], _Known] = {}
        for name, (value, kind) in facts.items():
            for each in _of_fact(name, value, kind):
                known.setdefault((each.value, each.kind), each)
        literals = {value for value, _ in facts.values()}
        for text in texts:
            for kind, what in _FOUND.items():
                for found in language.find(text, kind):
                    known.setdefault((found.value, kind), _Known(found.value, kind, _token(what)))
                    literals |= {found.value, text[found.start : found.stop]}
        self._known = tuple(known.values())
        long = (one for one in literals if len(one) >= _LEAST_LITERAL)
        self._conceal = concealer(tuple(sorted(long, key=lambda one: (-len(one), one))))

    def text(self, text: str) -> str:
        """Return a text without personal data."""
        if text not in self._seen:
            self._seen[text] = self._text(text)
        return self._seen[text]

    def known(self, text: str) -> str:
        """Return a text without the values known from the call; other possible values stay."""
        return self._literal(self._replaced(text, self._places(text, everything=False)))

    def known_data(self, value: Any) -> Any:
        """Return JSON data without the values known from the call; other possible values stay."""
        if isinstance(value, Mapping):
            return {self._literal(name): self.known_data(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.known_data(each) for each in value]
        if isinstance(value, str):
            return self.known(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value if self.known(str(value)) == str(value) else self.known(str(value))
        return value

    def data(self, value: Any, key: str = "", *, said: bool = False) -> Any:
        """Return JSON data without personal data in its texts; ``said``: in its numbers, too."""
        if isinstance(value, Mapping):
            if is_range(value):
                return value
            return {
                self._literal(str(name)): self.data(each, str(name), said=said)
                for name, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.data(each, key, said=said) for each in value]
        if isinstance(value, str):
            return self._string(value, key, said=said)
        if said and isinstance(value, int | float) and not isinstance(value, bool):
            text = self.text(str(value))
            return value if text == str(value) else text
        return value

    def record(self, value: Any, key: str = "") -> Any:
        """Return the row of a record without personal data in its words."""
        if isinstance(value, Mapping):
            return {name: self.record(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [self.record(each, key) for each in value]
        if not isinstance(value, str):
            return value
        return self._string(value, key, said=False) if key in _WORDS else self._literal(value)

    def _string(self, value: str, key: str, *, said: bool) -> str:
        if key in _PIECES or _LONG_BASE64.fullmatch(value):
            return ""
        if key in _KEYS:
            return _token("key")
        if key in _STRUCTURE and not said:
            return self._literal(value)
        if value.lstrip()[:1] in ("{", "["):
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                return self.text(value)
            return json.dumps(self.data(inner, said=True), ensure_ascii=False)
        return self.text(value)

    # --- inside --------------------------------------------------------------------------

    def _text(self, text: str) -> str:
        if not any(map(str.isalnum, text)):
            return text
        plain = html.unescape(unquote(text))
        if plain != text and self._text(plain) != plain:
            return LINE  # encoded for the web: pieces of a value would be left
        shown = self._literal(self._replaced(text, self._places(text, everything=True)))
        return LINE if shown != text and self._places(shown, everything=True) else shown

    def _literal(self, text: str) -> str:
        return self._conceal(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def _places(self, text: str, *, everything: bool) -> list[tuple[int, int, str]]:
        """Return the spans of personal data in a text, with the replacement of each."""
        found = [
            (start, stop, one.token)
            for one in self._known
            for start, stop in value_places(one.value, text, one.kind, self._language)
        ]
        if everything:
            found += (
                (one.start, one.stop, _token(what))
                for kind, what in _FOUND.items()
                for one in self._language.find(text, kind)
            )
        return found

    def _replaced(self, text: str, places: list[tuple[int, int, str]]) -> str:
        apart: list[tuple[int, int, str]] = []
        for start, stop, token in sorted(places, key=lambda place: (place[0], -place[1])):
            if apart and start < apart[-1][1]:
                apart[-1] = apart[-1][0], max(stop, apart[-1][1]), apart[-1][2]
            else:
                apart.append((start, stop, token))
        for start, stop, token in reversed(apart):
            text = f"{text[:start]}{token}{text[stop:]}"
        return text


def _token(what: str) -> str:
    return f"[redacted {what}]"


def _of_fact(name: str, value: str, kind: ValueKind) -> Iterable[_Known]:
    """Yield the search terms of a fact: its value, as characters too, and a name word by word."""
    token = _token(name)
    yield _Known(value, kind, token)
    if kind in (ValueKind.TEXT, ValueKind.NAME, ValueKind.ADDRESS):
        words = _name_words(value) if kind is ValueKind.NAME or "name" in name else []
        for word in dict.fromkeys((value, *words)):
            yield _Known(word, kind, token)
            if len(word) > _LEAST_WORD:
                yield _Known(word, ValueKind.ID, token)


def _name_words(value: str) -> Iterator[str]:
    """Yield the words of a name, those of a double name alone too, as other keyboards write them.

    "Müller-Lüdenscheidt" is also Müller, and Mueller or Muller in addresses and names of files.
    """
    for written in (value, value.translate(_UMLAUTS), _without_marks(value)):
        for word in _WORD.findall(written):
            yield word
            yield from (part for part in re.split("['’-]", word) if len(part) > _LEAST_WORD)


def _without_marks(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parts if not unicodedata.combining(one))


R = TypeVar("R", bound=Record)
_Range = tuple[int, int]


def personal_data(recording: Recording, language: Language) -> PersonalData:
    """Return the personal data of a recording."""
    manifest = recording.manifest
    facts: dict[str, tuple[str, ValueKind]] = {}
    for holder in (manifest.suite, manifest.scenario):
        for name, fact in (holder.get("facts") or {}).items():
            value, kind = (fact, "text") if isinstance(fact, str) else (fact["value"], fact["kind"])
            facts[name] = str(value), ValueKind(kind)
    return PersonalData(facts, _texts(recording), language)


def anonymous(call: StoredCall, own: Scenario, language: Language) -> StoredCall:
    """Return a call without personal data in its name, source and tags: folders are named by them.

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
    """Return the facts of a call and its scenario; facts of an unknown kind are taken for names."""
    known = {name: (fact.value, fact.kind) for name, fact in own.facts.items()}
    return {name: (value, ValueKind.NAME) for name, value in call.facts.items()} | known


def redacted(recording: Recording, personal: PersonalData) -> Recording:
    """Return a recording without personal data, with the matching audio silenced.

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
    """Yield all text that was spoken, recognized, sent to tools and returned by them."""
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


def _claimed(recording: Recording) -> dict[ContentKey, str]:
    claims = read_claims(recording)
    return {part.key: claims.transcript(part.key) for part in recording.generated}


def _again(record: R, personal: PersonalData) -> R:
    """Return a record without personal data."""
    row = orjson.loads(to_line(record))
    clean = personal.data if isinstance(record, WireMessage) else personal.record
    return cast(R, from_line(orjson.dumps(clean(row))))


def _recognition(
    heard: Recognition | None, personal: PersonalData, gone: Sequence[_Range]
) -> Recognition | None:
    """Return a recognizer's output without its scored values: all are exact, so all are removed.

    Its text for silenced lines is removed too: a misheard value is still most of the value.
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


# --- audio ---------------------------------------------------------------------------------


def _silenced(
    recording: Recording, personal: PersonalData
) -> tuple[Recording, tuple[str, ...], Sequence[_Range]]:
    """Return the recording with only clean words on its tracks, and the silenced spans.

    The last value holds the silenced spans of the agent's track.
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
        clean = run.key in clean_parts and not _misheard(recording, run, personal)
        played[clean].append((run.start, run.start + run.samples))
    parts = [
        (first, first + samples)
        for part in recording.generated
        if part.key in clean_parts
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
    """Return whether the words come from a recognizer: a misheard value is hidden."""
    origin = recording.manifest.origin
    return origin is not None and Estimate.WORDS in origin.estimated


def _is_clean(said: CallerUtterance, personal: PersonalData) -> bool:
    """Return whether all words are known and none is personal."""
    if said.kind is not UtteranceKind.SPEECH and said.kind is not UtteranceKind.BACKCHANNEL:
        return False
    texts = (said.text, said.spoken, said.intended)
    return bool(said.text) and all(personal.text(text) == text for text in texts)


def _misheard(recording: Recording, run: PlayedSpan, personal: PersonalData) -> bool:
    """Return whether a recognizer heard personal data in a span without any in the transcript."""
    start_s, stop_s = run.start / RATE_HZ, (run.start + run.samples) / RATE_HZ
    lines = () if recording.recognition is None else recording.recognition.lines
    return any(
        personal.text(line.text) != line.text
        for line in lines
        if line.start_s < stop_s and start_s < line.end_s
    )


def _kept(track: Pcm, ranges: Iterable[_Range], without: Iterable[_Range]) -> Pcm:
    """Return a track with audio only in these ranges, and silence in the others."""
    samples = np.zeros(len(track), np.int16)
    for start, stop in ranges:
        samples[start:stop] = track.samples[start:stop]
    for start, stop in without:
        samples[start:stop] = 0
    return Pcm(samples, track.rate_hz)
