"""Messages as a recording stores them, and the recording that a dialect makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import orjson

from harness.protocol.openai.ga import OpenAiGa
from harness.recording.lines import numbered
from harness.recording.model import Direction, Recording, Violation, WireMessage
from harness.recording.upgrade import decoded_again


def received(at_s: float, kind: str, **message: object) -> WireMessage:
    """Return a message of the server."""
    return WireMessage(at_s, Direction.RECEIVED, {"type": kind, **message})


def served(recording: Recording) -> list[WireMessage]:
    """Return the events of a recording as messages of a server that says them so."""
    events = enumerate(recording.events)
    ga = OpenAiGa()
    return [
        WireMessage(
            each.at_s, Direction.RECEIVED, orjson.loads(ga.encode_server(each.event, f"event_{n}"))
        )
        for n, each in events
    ]


def decoded(
    recording: Recording, messages: Iterable[WireMessage], dialect: str = "openai_ga"
) -> Recording:
    """Return the recording of a call in which these messages crossed the wire."""
    manifest = recording.manifest
    target = {**manifest.target, "dialect": dialect}
    again = decoded_again(messages, replace(manifest, format=2, target=target))
    events, commands = numbered(again.records)
    return replace(
        recording,
        messages=tuple(each for each in again.records if isinstance(each, WireMessage)),
        events=events,
        commands=commands,
        violations=None
        if again.broken and not events
        else tuple(each for each in again.records if isinstance(each, Violation)),
        damage=again.broken,
    )
