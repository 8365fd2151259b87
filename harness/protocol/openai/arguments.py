"""The arguments of tool calls, as the GA Realtime API writes them in items and in an event."""

from __future__ import annotations

import orjson

from harness.protocol import events as e
from harness.protocol.fields import Fields
from harness.protocol.openai.flat import Shaped
from harness.protocol.wire import JsonObject


def read_arguments(fields: Fields) -> str | None:
    """Return the JSON text of an item's arguments; a tolerant reader writes it of an object."""
    if fields.strict:
        return fields.text("arguments")
    text, raw = fields.optional_text("arguments"), fields.raw.get("arguments")
    return orjson.dumps(raw).decode() if isinstance(raw, dict) else text


def _read_done(fields: Fields) -> e.ArgumentsDone:
    # Whatever stands in place of the arguments: that a tool was called is said all the same.
    written = isinstance(fields.raw.get("arguments"), dict)
    return e.ArgumentsDone(
        fields.ident("response_id"),
        fields.ident("item_id"),
        fields.index("output_index"),
        fields.ident("call_id"),
        (read_arguments(fields) or "") if written else fields.ident("arguments"),
        fields.optional_text("name"),
    )


def _write_done(event: e.ArgumentsDone) -> JsonObject:
    return {
        "response_id": event.response_id,
        "item_id": event.item_id,
        "output_index": event.output_index,
        "call_id": event.call_id,
        "arguments": event.arguments,
        "name": event.name,
    }


ARGUMENTS_DONE: Shaped = (
    "response.function_call_arguments.done",
    e.ArgumentsDone,
    _read_done,
    _write_done,
)
