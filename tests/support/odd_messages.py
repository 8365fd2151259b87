"""Recorded calls whose server sent an odd message: a field has another value."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st
from support.stored_messages import decoded

from harness.recording.model import Direction, Recording, WireMessage

DIALOGUES = sorted((Path(__file__).parents[1] / "data" / "wire").glob("*.jsonl"))
PAYLOADS = {"input_audio_buffer.append": "audio", "response.output_audio.delta": "delta"}
STORED_AUDIO = {"track": "agent_generated", "start": 0, "samples": 2400}


def nested(depth: int) -> Any:
    """Return lists in lists."""
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, -0.0, 1e308, 2**31, 2**63, 2**64 - 1, -(2**63),
    "", "Hello.", "0", "-1", "null", "item_1", "\x00", "‮", "x" * 3000, "𝒳",
    [], [None], ["a"], [{}], [[]], {}, {"text": "Hello."}, {"id": None}, {"": {"": []}},
    {"track": "agent_generated", "start": -5, "samples": 2**64 - 1},
    {"track": 1, "start": None, "samples": "many"}, [{"type": 3, "transcript": []}], nested(300),
)  # fmt: skip


def documented() -> tuple[WireMessage, ...]:
    """Return every dialogue of the documentation, in sequence, as recordings keep them."""
    events = []
    for path in DIALOGUES:
        for line in path.read_bytes().splitlines():
            row = orjson.loads(line)
            message: dict[str, Any] = row["message"]
            if message["type"] in PAYLOADS:
                message[PAYLOADS[message["type"]]] = STORED_AUDIO
            direction = Direction.SENT if row["from"] == "client" else Direction.RECEIVED
            events.append(WireMessage(len(events) / 10, direction, message))
    return tuple(events)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside a message."""
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, each in inner:
        yield (*path, key)
        yield from paths(each, (*path, key))


def with_value(message: Any, path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return the message with another value at a path; ``...`` removes the field."""
    changed = copy.deepcopy(dict(message))
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


@st.composite
def odd_calls(draw: st.DrawFn, recordings: tuple[Recording, ...]) -> Recording:
    """Return one of the recordings, up to three values of its server's messages made odd."""
    recording = draw(st.sampled_from(recordings))
    events = list(recording.messages)
    received = [n for n, event in enumerate(events) if event.direction is Direction.RECEIVED]
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.sampled_from(received))
        ways = list(paths(events[number].message))
        if ways:
            value = draw(st.sampled_from((..., *ODD)))
            message = with_value(events[number].message, draw(st.sampled_from(ways)), value)
            events[number] = replace(events[number], message=message)
    return decoded(recording, events)
