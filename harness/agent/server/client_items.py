"""What an item that a client puts into the conversation gives the agent to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import orjson

from harness.agent.desk.talk import Returned, Said, Shown
from harness.agent.server.memory import Memory, Purpose, Refused
from harness.audio.pcm import Pcm
from harness.protocol.items import AudioFormat, ContentKind, Item, ItemKind, Json, Role
from harness.protocol.sound import samples_of

Given: TypeAlias = Returned | Said | Shown | Pcm
"""A tool's result, typed words, a picture, or a whole turn as audio."""


Called: TypeAlias = Callable[[str], Item | None]
"""Finds a function call by its call id."""

_REFERENCE = "item_reference"


def given_by(item: Item, called: Called, audio_format: AudioFormat) -> tuple[Given, ...]:
    """Return what there is to answer in an item, nothing for the agent's own and for settings.

    ``audio_format`` is the session's: audio in items has it too.

    Raises:
        Refused: a call whose arguments are no JSON object, a result without a call, or audio that
            ends inside a sample.
    """
    if item.kind is ItemKind.FUNCTION_CALL:
        _arguments(item.arguments or "", "item.arguments")
        return ()
    if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
        return (_returned(item, called),)
    return tuple(_parts(item, audio_format)) if item.role is Role.USER else ()


def turns_of(
    items: Iterable[Item], memory: Memory, audio_format: AudioFormat
) -> tuple[tuple[Given, ...], ...]:
    """Return what there is to answer in a conversation of its own, turn by turn.

    What stands between two of the agent's messages or calls is one turn. Items may be references
    to those of the session.

    Raises:
        Refused: as ``given_by``, or a reference to an item that is not there.
    """
    whole = [_referred(item, memory) for item in items]
    calls = {item.call_id: item for item in whole if item.kind is ItemKind.FUNCTION_CALL}
    turns: list[list[Given]] = [[]]
    for item in whole:
        if item.role is Role.ASSISTANT or item.kind is ItemKind.FUNCTION_CALL:
            turns.append([])
        found = given_by(item, lambda name: calls.get(name) or memory.called(name), audio_format)
        turns[-1] += found
    return tuple(tuple(turn) for turn in turns if turn)


def _referred(item: Item, memory: Memory) -> Item:
    if item.kind is ItemKind.OTHER and item.extra.get("type") == _REFERENCE:
        return memory.get(item.id or "", Purpose.RETRIEVE)
    return item


def _returned(item: Item, called: Called) -> Returned:
    call = called(item.call_id or "")
    if call is None:
        raise Refused(
            "invalid_tool_call_id",
            f"Tool call ID {item.call_id!r} not found in conversation.",
            "item.call_id",
        )
    arguments = _arguments(call.arguments or "", "item.call_id")
    return Returned(call.name or "", arguments, item.output or "")


def _arguments(text: str, param: str) -> Json:
    try:
        arguments = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        arguments = None
    if not isinstance(arguments, dict):
        raise Refused("invalid_value", "The arguments of a call must be a JSON object.", param)
    return arguments


def _parts(item: Item, audio_format: AudioFormat) -> Iterator[Given]:
    for index, part in enumerate(item.content):
        if part.audio:
            try:
                samples = samples_of(part.audio, audio_format)
            except ValueError:
                at = f"item.content[{index}].audio"
                raise Refused("invalid_value", "Audio must be whole samples.", at) from None
            yield Pcm(samples, audio_format.rate_hz)
        elif part.kind is ContentKind.INPUT_IMAGE:
            yield Shown()
        elif part.text or part.transcript:
            yield Said(part.text or part.transcript or "")
