"""Transcripts of telephone and speech platforms as rows of our own shape: a table of shapes.

A shape gives the place of the rows in a document, the keys of speaker, words and times, and the
speaker names that identify a side. Paths are keys with dots between; ``*`` is each item of a list,
and JSON inside a text (webhooks) is opened on the way. Times become seconds; those of the day stay
seconds since 1970 (see ``json_transcript.py``).

Sources: the public documentation of each platform, November 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.importing.transcript import moment_s
from harness.scenario.document import KeyPath
from harness.units import ms_to_seconds

LIVEKIT = "LiveKit"

_MS = ms_to_seconds(1.0)
_DEPTH = 4
"""The most envelopes that are opened: a webhook in a queue's message in a log line."""
_LOOKED_AT = 50
"""Rows that are looked at to recognize a shape: the first ones may be events without words."""
_PAUSE_S = 1.0
"""A pause of this length between two words of a speaker separates two lines."""
_CHANNEL = "@channel"
"""In place of a path: the number of the channel that a row is in."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The place of the rows in a platform's document, and the keys of a row."""

    platform: str
    rows: str
    needs: tuple[str, ...]
    who: tuple[str, ...]
    text: tuple[str, ...]
    start: tuple[tuple[str, float], ...] = ()
    """Paths of a row's beginning, each with its unit in seconds."""
    end: tuple[tuple[str, float], ...] = ()
    lasts: tuple[tuple[str, float], ...] = ()
    """Paths of a row's duration, for rows without an end."""
    sides: Mapping[str, str] = field(default_factory=dict)
    """The side by the name of a speaker, in lower case."""
    roles: tuple[str, str, str] | None = None
    """A list of participants in the document, and their keys for name and role."""
    final: str = ""
    """A flag of rows that replace earlier, unfinished ones."""
    zero: tuple[tuple[str, float], ...] = ()
    """Paths of the beginning of the document's clock, for times of the day."""
    without: frozenset[str] = frozenset()
    """Speakers whose rows are not spoken."""
    streamed: bool = False
    """Its documents hold parts of a single call; else each is a call."""
    are_words: bool = False
    """Each row is a word: the words of a speaker are a line up to a pause."""


_CONNECT: dict[str, Any] = {
    "platform": "Amazon Connect Contact Lens",
    "needs": ("Content", "ParticipantId|ParticipantRole"),
    "who": ("ParticipantRole", "ParticipantId"),
    "text": ("Content",),
    "start": (("BeginOffsetMillis", _MS), ("AbsoluteTime", 1.0)),
    "end": (("EndOffsetMillis", _MS),),
    "sides": {"customer": "caller", "agent": "agent", "system": "agent", "custom_bot": "agent"},
    "roles": ("Participants", "ParticipantId", "ParticipantRole"),
}
_DEEPGRAM: dict[str, Any] = {
    "platform": "Deepgram",
    "start": (("start", 1.0),),
    "end": (("end", 1.0),),
}
_GENESYS_SIDES = {
    **dict.fromkeys(("external", "customer"), "caller"),
    **dict.fromkeys(("internal", "agent", "user", "bot", "ivr", "acd", "virtualagent"), "agent"),
}

SHAPES: tuple[Shape, ...] = (
    Shape(rows="Transcript.*", **_CONNECT),
    Shape(rows="Segments.*.Transcript", streamed=True, **_CONNECT),
    Shape(
        platform="Twilio Conversational Intelligence",
        rows="sentences.*",
        needs=("media_channel", "transcript"),
        who=("media_channel",),
        text=("transcript",),
        start=(("start_time", 1.0),),
        end=(("end_time", 1.0),),
        roles=("participants", "channel_participant", "role|type"),
    ),
    Shape(
        platform="Twilio real-time transcription",
        rows="",
        needs=("TranscriptionData.transcript", "Track"),
        who=("Track",),
        text=("TranscriptionData.transcript",),
        start=(("Timestamp", 1.0),),
        sides={"inbound_track": "caller", "outbound_track": "agent"},
        final="Final",
        streamed=True,
    ),
    Shape(
        platform="Genesys Cloud",
        rows="transcripts.*.phrases.*",
        needs=("participantPurpose", "text"),
        who=("participantPurpose",),
        text=("decoratedText", "text"),
        start=(("startTimeMs", _MS),),
        lasts=(("duration.totalMilliseconds", _MS), ("duration.milliseconds", _MS)),
        sides=_GENESYS_SIDES,
        zero=(("conversationStartTime", _MS), ("startTime", _MS)),
    ),
    Shape(
        platform="Genesys Cloud",
        rows="eventBody.transcripts.*",
        needs=("channel", "alternatives.0.transcript"),
        who=("channel",),
        text=("alternatives.0.decoratedTranscript", "alternatives.0.transcript"),
        start=(("alternatives.0.offsetMs", _MS),),
        lasts=(("alternatives.0.durationMs", _MS),),
        sides=_GENESYS_SIDES,
        final="isFinal",
        streamed=True,
    ),
    Shape(
        rows="results.utterances.*",
        needs=("transcript", "start"),
        who=("channel", "speaker"),
        text=("transcript",),
        **_DEEPGRAM,
    ),
    Shape(
        rows="results.channels.*.alternatives.0.paragraphs.paragraphs.*",
        needs=("sentences.0.text", "start"),
        who=(_CHANNEL, "speaker"),
        text=("sentences.*.text",),
        **_DEEPGRAM,
    ),
    Shape(
        rows="results.channels.*.alternatives.0.words.*",
        needs=("word", "start"),
        who=(_CHANNEL, "speaker"),
        text=("punctuated_word", "word"),
        are_words=True,
        **_DEEPGRAM,
    ),
    Shape(
        platform="Deepgram",
        rows="",
        needs=("channel.alternatives.0.transcript", "channel_index.0", "start"),
        who=("channel_index.0", "channel.alternatives.0.words.0.speaker"),
        text=("channel.alternatives.0.transcript",),
        start=(("start", 1.0),),
        lasts=(("duration", 1.0),),
        final="is_final",
        streamed=True,
    ),
    Shape(
        platform="AssemblyAI",
        rows="utterances.*",
        needs=("text", "speaker", "confidence", "words"),
        who=("channel", "speaker"),
        text=("text",),
        start=(("start", _MS),),
        end=(("end", _MS),),
    ),
    Shape(
        platform="WhisperX",
        rows="segments.*",
        needs=("text", "start", "speaker|words.0.speaker"),
        who=("speaker", "words.0.speaker"),
        text=("text",),
        start=(("start", 1.0),),
        end=(("end", 1.0),),
    ),
    Shape(
        platform=LIVEKIT,
        rows="items.*",
        needs=("role", "content.0", "type", "created_at"),
        who=("role",),
        text=("content.*",),
        start=(("metrics.started_speaking_at", 1.0), ("created_at", 1.0)),
        end=(("metrics.stopped_speaking_at", 1.0),),
        without=frozenset({"system", "developer"}),
        zero=(("audio_recording_started_at", 1.0),),
    ),
)


@dataclass(frozen=True, slots=True)
class ShapedRows:
    """Rows of our own shape with their places in the file."""

    platform: str
    rows: tuple[tuple[KeyPath, Mapping[str, Any]], ...]
    streamed: bool = True
    """Whether documents of it are parts of a single call."""
    zero_s: float | None = None
    """When the clock of times of the day begins, in seconds since 1970; None if unknown."""


_Row = tuple[KeyPath, KeyPath, Any]
"""A place in the file, the list indexes on the way to it, and the value at this place."""


def shaped_rows(data: object) -> ShapedRows | None:
    """Return a platform's transcript as rows of our own shape; None if no shape fits."""
    documents: list[tuple[KeyPath, Any]] = [((), data)]
    if isinstance(data, list):
        documents = [((number,), document) for number, document in enumerate(data)]
    for shape in SHAPES:
        if any(_rows_in(shape, document, at) for at, document in documents[:_LOOKED_AT]):
            found = (row for at, document in documents for row in _rows_in(shape, document, at))
            return _shaped(shape, data, [each for each in found if _is_spoken(shape, each[2])])
    return None


def _rows_in(shape: Shape, document: object, place: KeyPath) -> list[_Row]:
    """Return the rows of a shape in a document or in one of its envelopes, outermost first."""
    nodes: list[tuple[KeyPath, Any]] = [(place, document)]
    for _ in range(_DEPTH):
        for at, node in nodes:
            rows = list(_each(node, tuple(shape.rows.split(".")) if shape.rows else (), at))
            if any(_fits(shape, row) for _, _, row in rows[:_LOOKED_AT]):
                return rows
        nodes = [
            ((*at, key), inner)
            for at, node in nodes
            if isinstance(node, dict)
            for key, value in node.items()
            if isinstance(inner := opened(value), dict)
        ]
    return []


def _each(node: Any, keys: tuple[str, ...], place: KeyPath) -> Iterator[_Row]:
    """Yield each value at a path, with its place and the list indexes on the way."""
    if not keys:
        yield place, tuple(key for key in place if isinstance(key, int)), node
        return
    node = opened(node)
    if keys[0] == "*":
        for number, inner in enumerate(node if isinstance(node, list) else ()):
            yield from _each(inner, keys[1:], (*place, number))
    elif isinstance(node, list) and keys[0].isdigit() and int(keys[0]) < len(node):
        yield from _each(node[int(keys[0])], keys[1:], (*place, int(keys[0])))
    elif isinstance(node, dict) and keys[0] in node:
        yield from _each(node[keys[0]], keys[1:], (*place, keys[0]))


def opened(value: Any) -> Any:
    """Return the data of a text that is JSON, other values unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def value_at(node: Any, path: str) -> Any:
    """Return the value at a path, or None; ``a|b`` tries both paths."""
    for one in path.split("|"):
        for _, _, value in _each(node, tuple(one.split(".")), ()):
            if value is not None:
                return value
    return None


def _fits(shape: Shape, row: Any) -> bool:
    return isinstance(row, dict) and all(value_at(row, path) is not None for path in shape.needs)


def _is_spoken(shape: Shape, row: Any) -> bool:
    if not isinstance(row, dict) or not _text(shape, row):
        return False
    final = value_at(row, shape.final) if shape.final else True
    return final is not False and str(final).lower() != "false"


def _text(shape: Shape, row: Mapping[str, Any]) -> str:
    for path in shape.text:
        parts = (value for _, _, value in _each(row, tuple(path.split(".")), ()))
        words = " ".join(part.strip() for part in parts if isinstance(part, str))
        if words:
            return words
    return ""


def _shaped(shape: Shape, data: object, found: list[_Row]) -> ShapedRows:
    named = _named(shape, data)
    key = _speaker_key(shape, found)
    rows: list[tuple[KeyPath, dict[str, Any]]] = []
    for place, numbers, row in found:
        label = _label(shape, key, row, numbers)
        label = named.get(label, label)
        if label in shape.without:
            continue
        made: dict[str, Any] = {
            "who": shape.sides.get(label.lower(), label) or None,
            "text": _text(shape, row),
            **_begun(row, shape.start),
            "end": _time(row, shape.end),
            "interrupted": row.get("interrupted") is True,
        }
        lasts_s = _time(row, shape.lasts)
        if made["end"] is None and made.get("start") is not None and lasts_s is not None:
            made["end"] = made["start"] + lasts_s
        rows.append((place, made))
    if shape.are_words:
        rows = list(_lines_of(rows))
    # Each channel may have a list of its own: only times give the order of the conversation.
    if all(begun_s(row) is not None for _, row in rows):
        rows.sort(key=lambda each: begun_s(each[1]) or 0.0)
    zero_s = _time(data, shape.zero)
    return ShapedRows(shape.platform, tuple(rows), shape.streamed, zero_s)


def _named(shape: Shape, data: object) -> dict[str, str]:
    """Return the roles of the participants that a document lists, by their names in its rows."""
    if shape.roles is None:
        return {}
    holder, name, role = shape.roles
    listed = _held(data, holder, _DEPTH)
    found = ((value_at(one, name), value_at(one, role)) for one in listed)
    return {str(one): str(told) for one, told in found if one is not None and told}


def _held(node: Any, name: str, depth: int) -> list[Any]:
    """Return a list of this name, at any depth of a document."""
    node = opened(node)
    if isinstance(node, dict) and isinstance(node.get(name), list):
        return list(node[name])
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if depth:
        for one in inner:
            if found := _held(one, name, depth - 1):
                return found
    return []


def _speaker_key(shape: Shape, found: list[_Row]) -> str:
    """Return the key by which speakers differ: a channel only if there are several channels."""
    for key in shape.who:
        labels = {_label(shape, key, row, numbers) for _, numbers, row in found} - {""}
        if len(labels) > 1:
            return key
    return ""


def _label(shape: Shape, key: str, row: Mapping[str, Any], numbers: KeyPath) -> str:
    """Return the speaker's name in a row, or an empty string."""
    for path in (key,) if key else shape.who:
        # The last indexes are those of the channel, the alternative and the row.
        value = numbers[-3] if path == _CHANNEL else value_at(row, path)
        if value is not None and not isinstance(value, bool):
            return str(value)
    return ""


_STAMPS = ("created_at", "Timestamp", "AbsoluteTime")
"""When a row was written, which may be when its words end."""


def _begun(row: Any, paths: tuple[tuple[str, float], ...]) -> dict[str, float]:
    """Return a row's time in seconds, as ``start``, or as ``timestamp`` if it may be its end."""
    for path, unit in paths:
        if (at_s := moment_s(value_at(row, path))) is not None:
            return {"timestamp" if path in _STAMPS else "start": at_s * unit}
    return {}


def begun_s(row: Mapping[str, Any]) -> float | None:
    """Return the time of a row of our own shape, None if it has no time."""
    found: float | None = row.get("start", row.get("timestamp"))
    return found


def _time(row: Any, paths: tuple[tuple[str, float], ...]) -> float | None:
    for path, unit in paths:
        at_s = moment_s(value_at(row, path))
        if at_s is not None:
            return at_s * unit
    return None


def _lines_of(
    rows: list[tuple[KeyPath, dict[str, Any]]],
) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Yield words as lines: those of a speaker up to a pause."""
    line: tuple[KeyPath, dict[str, Any]] | None = None
    for place, word in rows:
        before = None if line is None else line[1]
        same = before is not None and before["who"] == word["who"]
        if line is not None and before is not None and same and _goes_on(before, word):
            before["text"] = f"{before['text']} {word['text']}"
            before["end"] = word["end"]
            continue
        if line is not None:
            yield line
        line = place, dict(word)
    if line is not None:
        yield line


def _goes_on(before: Mapping[str, Any], word: Mapping[str, Any]) -> bool:
    end_s, start_s = before["end"], word.get("start")
    return end_s is None or start_s is None or start_s - end_s < _PAUSE_S
