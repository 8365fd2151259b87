"""Audio in messages: taken out when a message is recorded, as good as put back to decode it again.

Which field of a message holds its audio is the vendor's matter; here it is found by what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from harness.audio.codec import decode_any_base64, encode_base64
from harness.recording.codec import to_row
from harness.recording.messages import AudioRange, WireMessage

_RANGE = frozenset({"track", "start", "samples"})
_BINARY = "binary"


def without_payloads(
    message: bytes | str, payloads: Sequence[tuple[bytes, AudioRange]]
) -> bytes | str:
    """Return a message with the place on the track in place of each audio payload.

    A payload that stands in it in another form than base64 stays.
    """
    data = message.encode() if isinstance(message, str) else message
    for audio, where in payloads:
        if audio:
            data = _without(data, audio, to_row(where))
    return data


def _without(data: bytes, audio: bytes, place: Mapping[str, Any]) -> bytes:
    text = b'"' + encode_base64(audio).encode() + b'"'
    if text in data:
        return data.replace(text, orjson.dumps(place), 1)
    row = orjson.loads(data)  # in another alphabet, with line breaks or without its padding
    return orjson.dumps(_changed(row, lambda value: place if _holds(value, audio) else value))


def _holds(value: Any, audio: bytes) -> bool:
    if not isinstance(value, str) or 3 * len(value) < 4 * len(audio):
        return False
    try:
        return decode_any_base64(value) == audio
    except ValueError:
        return False


def binary_row(data: bytes, payloads: Sequence[tuple[bytes, AudioRange]]) -> Mapping[str, Any]:
    """Return what is kept of a binary message: if it is nothing but sound, its place on a track."""
    for audio, where in payloads:
        if audio == data:
            return {_BINARY: to_row(where)}
    return {_BINARY: encode_base64(data)}


def as_served(message: WireMessage) -> str | bytes:
    """Return a stored message as it came, with empty audio where its audio was.

    Raises ValueError where JSON cannot be written as deep as it can be read.
    """
    if message.malformed is not None:
        return message.malformed
    if message.binary:
        held = message.message.get(_BINARY)
        return decode_any_base64(held) if isinstance(held, str) else b""
    bare = _changed(message.message, lambda value: "" if is_range(value) else value)
    try:
        return orjson.dumps(bare).decode()
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise ValueError(f"the message cannot be written: {error}") from None


def ranges(message: Mapping[str, Any]) -> tuple[AudioRange, ...]:
    """Return where the audio of a stored message lies, in the order of the message."""
    found: list[AudioRange] = []
    _find_ranges(message, found)
    return tuple(found)


def _find_ranges(value: Any, found: list[AudioRange]) -> None:
    """Add the ranges in a JSON value; a call has thousands of messages, and most hold one."""
    kind = type(value)  # as JSON is read
    if kind is dict:
        if len(value) == len(_RANGE) and is_range(value):
            found.append(AudioRange(value["track"], value["start"], value["samples"]))
            return
        value = value.values()
    elif kind is not list:
        return
    for each in value:
        if type(each) is dict or type(each) is list:
            _find_ranges(each, found)


def is_range(value: Any) -> bool:
    """Return True for what stands in a stored message in place of its audio."""
    if not isinstance(value, dict | Mapping) or value.keys() != _RANGE:
        return False
    return type(value["start"]) is int and type(value["samples"]) is int


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a JSON value with every value in it changed, from the outside in."""
    changed = change(value)
    if changed is not value or is_range(value):
        return changed
    if isinstance(value, Mapping):
        return {key: _changed(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_changed(each, change) for each in value]
    return value
