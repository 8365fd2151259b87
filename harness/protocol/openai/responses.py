"""Responses of the GA Realtime API, both ways, and tools that the server runs itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from harness.protocol import events as e
from harness.protocol.fields import Fields, JsonObject, without_none
from harness.protocol.items import (
    AudioFormat,
    ErrorInfo,
    Item,
    ItemKind,
    Json,
    Response,
    ResponseStatus,
    ResponseUsage,
)
from harness.protocol.openai.items import (
    APPROVAL_REQUEST,
    FORMATS,
    MCP_CALL,
    read_error,
    read_format,
    read_item,
    read_token_limit,
    write_item,
)
from harness.protocol.openai.settings import read_voice


def read_response(fields: Fields, *, default: ResponseStatus) -> Response:
    """Return a response as its created and done events describe it.

    ``default`` is its status if the server gives no known status.
    """
    details = fields.inside("status_details")
    status = fields.known("status", [each.value for each in ResponseStatus])
    usage = fields.inside("usage")
    audio = fields.inside("audio")
    output = None if audio is None else audio.inside("output")
    modalities = fields.texts("output_modalities") or fields.texts("modalities")
    return Response(
        id=fields.ident("id"),
        status=default if status is None else ResponseStatus(status),
        reason=None if details is None else details.optional_text("reason"),
        error=_read_failure(details),
        output=tuple(read_item(each) for each in fields.each("output") or ()),
        usage=_read_usage(usage) if usage is not None and usage.raw else None,
        metadata=fields.mapping("metadata"),
        conversation_id=fields.optional_text("conversation_id"),
        modalities=("audio",) if modalities is None else modalities,
        max_output_tokens=read_token_limit(fields) or "inf",
        voice=None if output is None else read_voice(output),
        audio_format=(None if output is None else read_format(output)) or AudioFormat.PCM16_24K,
    )


def _read_failure(details: Fields | None) -> ErrorInfo | None:
    if details is None or details.raw.get("error") is None:
        return None
    return read_error(details, "error")


def write_response(response: Response) -> JsonObject:
    """Return a response for its created and done events; metadata is echoed as it came."""
    return {
        "object": "realtime.response",
        "id": response.id,
        "status": response.status.value,
        "status_details": _write_status_details(response),
        "output": [write_item(item, served=True) for item in response.output],
        "conversation_id": response.conversation_id,
        "output_modalities": list(response.modalities),
        "max_output_tokens": response.max_output_tokens,
        "audio": {
            "output": {
                "format": FORMATS[response.audio_format],
                **without_none(voice=response.voice),
            }
        },
        "usage": None if response.usage is None else _write_usage(response.usage),
        "metadata": response.metadata,
    }


def _write_status_details(response: Response) -> JsonObject | None:
    if response.reason is None and response.error is None:
        return None
    details: JsonObject = {"type": response.status.value, **without_none(reason=response.reason)}
    if response.error is not None:
        error = response.error
        details["error"] = without_none(type=error.type, code=error.code, message=error.message)
    return details


def _read_usage(fields: Fields) -> ResponseUsage:
    given = fields.inside("input_token_details") or Fields({})
    made = fields.inside("output_token_details") or Fields({})
    cached = given.inside("cached_tokens_details") or Fields({})
    return ResponseUsage(
        total_tokens=fields.count("total_tokens"),
        input_tokens=fields.count("input_tokens"),
        output_tokens=fields.count("output_tokens"),
        input_text_tokens=given.count("text_tokens"),
        input_audio_tokens=given.count("audio_tokens"),
        cached_tokens=given.count("cached_tokens"),
        output_text_tokens=made.count("text_tokens"),
        output_audio_tokens=made.count("audio_tokens"),
        input_image_tokens=given.count("image_tokens"),
        cached_text_tokens=cached.count("text_tokens"),
        cached_audio_tokens=cached.count("audio_tokens"),
        cached_image_tokens=cached.count("image_tokens"),
    )


def _write_usage(usage: ResponseUsage) -> JsonObject:
    cached = without_none(
        text_tokens=usage.cached_text_tokens or None,
        audio_tokens=usage.cached_audio_tokens or None,
        image_tokens=usage.cached_image_tokens or None,
    )
    return {
        "total_tokens": usage.total_tokens,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "input_token_details": {
            "text_tokens": usage.input_text_tokens,
            "audio_tokens": usage.input_audio_tokens,
            "cached_tokens": usage.cached_tokens,
            **without_none(
                image_tokens=usage.input_image_tokens or None,
                cached_tokens_details=cached or None,
            ),
        },
        "output_token_details": {
            "text_tokens": usage.output_text_tokens,
            "audio_tokens": usage.output_audio_tokens,
        },
    }


# Tools that a Realtime server runs itself, as its messages report them (MCP, or its own).
#
# Two shapes. A tool of a remote MCP server is an item of type ``mcp_call`` under its own id: begun
# in ``response.output_item.added``, arguments in ``response.mcp_call_arguments.done``, and its
# output or error in the item once it is done; ``response.mcp_call.completed`` and ``.failed``
# report the end alone (API reference, "MCP"). A server may also show a plain ``function_call`` and
# then put the ``function_call_output`` into the conversation by itself: if the client did not send
# the output, the server ran the tool.
#
# A remote server may want an approval first: an item of type ``mcp_approval_request``. It is
# answered by an item of type ``mcp_approval_response``, which the service reports like any other
# item; the ``mcp_call`` that follows names the request in ``approval_request_id``.

_ARGUMENTS, _COMPLETED, _FAILED = MCP_EVENTS = (
    "response.mcp_call_arguments.done",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
)


class ServerTools:
    """Tracks server tools; feed it every event, and the id of each call that the client answers."""

    def __init__(self) -> None:
        self._calls: dict[str, e.ServerToolCall] = {}
        self._answered: set[str] = set()
        self._approvals: dict[str, e.ApprovalAsked] = {}

    def answered(self, item: Item) -> None:
        """Note an item that the client adds: its own outputs are no server tools."""
        if item.kind is ItemKind.FUNCTION_CALL_OUTPUT and item.call_id:
            self._answered.add(item.call_id)

    def told(self, event: e.ServerEvent) -> Iterator[e.ServerToolCall | e.ApprovalAsked]:
        """Yield the calls and approval requests that an event changes."""
        match event:
            # A request that has just begun may be incomplete: the conversation event has the whole.
            case e.OutputItemAdded(item=item) if item.extra.get("type") == APPROVAL_REQUEST:
                pass
            case e.OutputItemAdded(response_id, _, item) | e.OutputItemDone(response_id, _, item):
                yield from self._item(item, response_id)
            case e.ItemAdded(item) | e.ItemDone(item) | e.ItemRetrieved(item):
                yield from self._item(item, "")
            case e.ResponseDone(response):
                for item in response.output:
                    yield from self._item(item, response.id)
            case e.UnknownEvent(name, raw):
                yield from self._mcp_event(name, raw)
            case _:
                pass

    def _item(self, item: Item, response_id: str) -> Iterator[e.ServerToolCall | e.ApprovalAsked]:
        yield from self._approval(item.id, item.extra)
        if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
            if item.call_id and item.call_id not in self._answered:
                yield from self._learned(item.call_id, ended=True, output=item.output)
        elif item.extra.get("type") == MCP_CALL and item.id:
            error, output = item.extra.get("error"), item.extra.get("output")
            yield from self._learned(
                item.id,
                response_id=response_id,
                name=_text(item.extra.get("name")),
                arguments=_text(item.extra.get("arguments")),
                ended=error is not None or output is not None,
                failed=error is not None,
                output=_text(error) or _text(output) or None,
            )

    def _approval(self, item_id: str | None, raw: Json) -> Iterator[e.ApprovalAsked]:
        kind = raw.get("type")
        if kind == APPROVAL_REQUEST and item_id:
            known = self._approvals.get(item_id, e.ApprovalAsked(item_id))
            found = replace(
                known,
                tool=_text(raw.get("name")) or known.tool,
                arguments=_text(raw.get("arguments")) or known.arguments,
                server=_text(raw.get("server_label")) or known.server,
            )
        else:
            request = self._approvals.get(_text(raw.get("approval_request_id")))
            approved = True if kind == MCP_CALL else raw.get("approve")
            if request is None or not isinstance(approved, bool):
                return
            found = replace(request, approved=approved)
        if found != self._approvals.get(found.item_id):
            self._approvals[found.item_id] = found
            yield found

    def _mcp_event(self, name: str, raw: Any) -> Iterator[e.ServerToolCall]:
        call_id = raw.get("item_id")
        if not isinstance(call_id, str) or name not in MCP_EVENTS:
            return
        yield from self._learned(
            call_id,
            arguments=_text(raw.get("arguments")),
            ended=name != _ARGUMENTS,
            failed=name == _FAILED,
        )

    def _learned(self, call_id: str, **told: Any) -> Iterator[e.ServerToolCall]:
        """Yield a call if it changed; known fields are kept."""
        known = self._calls.get(call_id, e.ServerToolCall(call_id))
        found = replace(known, **{name: value for name, value in told.items() if value})
        if found != known:
            self._calls[call_id] = found
            yield found


def _text(value: object) -> str:
    """Return an item's field as text: some servers write objects there."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
