"""Client commands of the GA Realtime API, both ways."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from harness.audio.codec import decode_base64, encode_base64
from harness.protocol import commands as c
from harness.protocol.commands import ResponseOptions
from harness.protocol.fields import Fields, JsonObject, without_none
from harness.protocol.openai.items import (
    APPROVAL_RESPONSE,
    COMMANDS,
    Flat,
    Shaped,
    read_audio,
    read_item,
    write_item,
)
from harness.protocol.openai.settings import (
    read_options,
    read_session,
    write_options,
    write_session,
)

APPEND = "input_audio_buffer.append"
APPEND_LIMIT_BYTES = 15 * 1024 * 1024
"""Largest audio of an append (API reference)."""

_ENVELOPE = ("type", "event_id")
_APPEND_NAME = f'"{APPEND}"'.encode()
_NAME_WITHIN = 64
"""Bytes from the start of a message that are searched for its type."""
_PLAIN_FIELDS = 2


def read_command(raw: JsonObject) -> c.ClientCommand:
    """Return the command in a message, read as strictly as the service reads it.

    Raises:
        WireFault: the content of the ``error`` event, with the client's own event id.
    """
    event_id = raw.get("event_id")
    own_id = event_id if isinstance(event_id, str) else None
    fields = Fields(raw, strict=True, event_id=own_id)
    fields.optional_text("event_id")
    return _READERS[fields.choice("type", _READERS)](fields)


def write_command(command: c.ClientCommand) -> JsonObject:
    """Return the message of a command."""
    name, writer = _WRITERS[type(command)]
    return {
        "type": name,
        **without_none(event_id=command.event_id),
        **writer(command),
    }


def _read_configure(fields: Fields) -> c.ConfigureSession:
    fields.only((*_ENVELOPE, "session"))
    return c.ConfigureSession(read_session(fields.required("session")), fields.event_id)


def _write_configure(command: c.ConfigureSession) -> JsonObject:
    return {"session": write_session(command.config)}


def _read_append(fields: Fields) -> c.AppendAudio:
    fields.only((*_ENVELOPE, "audio"))
    audio = read_audio(fields, "audio")
    if len(audio) > APPEND_LIMIT_BYTES:
        raise fields.refuse(
            "invalid_value", "audio", f"Invalid 'audio': longer than {APPEND_LIMIT_BYTES} bytes."
        )
    return c.AppendAudio(audio, fields.event_id)


def _write_append(command: c.AppendAudio) -> JsonObject:
    return {"audio": encode_base64(command.audio)}


def _read_create_item(fields: Fields) -> c.CreateItem:
    fields.only((*_ENVELOPE, "item", "previous_item_id"))
    return c.CreateItem(
        read_item(fields.required("item")),
        fields.optional_text("previous_item_id"),
        fields.event_id,
    )


def _write_create_item(command: c.CreateItem) -> JsonObject:
    return {
        **without_none(previous_item_id=command.previous_item_id),
        "item": write_item(command.item, served=False),
    }


def _write_answer_approval(command: c.AnswerApproval) -> JsonObject:
    # The reference requires an id of the client's own for this item.
    own_id = None if command.event_id is None else f"approval_{command.event_id}"
    return {
        "item": {
            **without_none(id=own_id),
            "type": APPROVAL_RESPONSE,
            "approval_request_id": command.item_id,
            "approve": command.approve,
        }
    }


def _read_create_response(fields: Fields) -> c.CreateResponse:
    fields.only((*_ENVELOPE, "response"))
    options = fields.inside("response")
    return c.CreateResponse(
        ResponseOptions() if options is None else read_options(options), fields.event_id
    )


def _write_create_response(command: c.CreateResponse) -> JsonObject:
    return without_none(response=write_options(command.options) or None)


def _flat_reader(flat: Flat) -> Callable[[Fields], c.ClientCommand]:
    known = (*_ENVELOPE, *flat.names)

    def read(fields: Fields) -> c.ClientCommand:
        fields.only(known)
        command: c.ClientCommand = flat.build(**flat.values(fields), event_id=fields.event_id)
        return command

    return read


def _flat_writer(flat: Flat) -> Callable[[c.ClientCommand], JsonObject]:
    return lambda command: without_none(**flat.write(command))


_SHAPED: tuple[Shaped, ...] = (
    ("session.update", c.ConfigureSession, _read_configure, _write_configure),
    (APPEND, c.AppendAudio, _read_append, _write_append),
    ("conversation.item.create", c.CreateItem, _read_create_item, _write_create_item),
    ("response.create", c.CreateResponse, _read_create_response, _write_create_response),
)

_READERS: dict[str, Callable[[Fields], c.ClientCommand]] = {
    **{flat.type: _flat_reader(flat) for flat in COMMANDS},
    **{name: read for name, _, read, _ in _SHAPED},
}
_WRITERS: dict[object, tuple[str, Callable[..., JsonObject]]] = {
    **{flat.build: (flat.type, _flat_writer(flat)) for flat in COMMANDS},
    **{build: (name, write) for name, build, _, write in _SHAPED},
    # A server reads it as an ordinary item.
    c.AnswerApproval: ("conversation.item.create", _write_answer_approval),
}


def plain_append(message: bytes) -> bytes | None:
    """Return the audio of a message that is only an append; None for any other message.

    For servers of many calls: an append is 50 of 51 messages, and reading it field by field costs
    more than everything else. ``read_command`` reads the messages that are None here.
    """
    if _APPEND_NAME not in message[:_NAME_WITHIN]:
        return None
    try:
        raw = orjson.loads(message)
        if len(raw) == _PLAIN_FIELDS and raw["type"] == APPEND:
            audio = decode_base64(raw["audio"])
            return audio if len(audio) <= APPEND_LIMIT_BYTES else None
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        pass
    return None
