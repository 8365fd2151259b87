"""Messages as a recording stores them, and the recording that a dialect makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

import orjson

from harness.protocol.commands import AppendAudio
from harness.protocol.fields import WireFault
from harness.protocol.openai.ga import OpenAiGa
from harness.recording.lines import Record, as_served, numbered
from harness.recording.model import Direction, Recording, SentCommand, Violation, WireMessage
from harness.recording.redecoding import decoded_again


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
    again = decoded_again(_with_commands(messages), replace(manifest, target=target))
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


def _with_commands(messages: Iterable[WireMessage]) -> Iterator[Record]:
    """Yield the messages, and after each sent one its commands, as a call notes them."""
    server = OpenAiGa().serve(str)
    for message in messages:
        yield message
        if message.direction is Direction.SENT:
            with suppress(ValueError, WireFault):
                for command in server.receive(as_served(message), message.at_s).commands:
                    if not isinstance(command, AppendAudio):
                        yield SentCommand(message.at_s, command)
