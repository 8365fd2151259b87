"""Responses with their status, usage and output as the GA Realtime API writes them, both ways."""

from __future__ import annotations

from harness.protocol.items import AudioFormat, Response, ResponseStatus, Usage
from harness.protocol.openai_ga_items import (
    FORMATS,
    read_error,
    read_format,
    read_item,
    read_token_limit,
    read_voice,
    write_item,
)
from harness.protocol.wire import Fields, JsonObject, without_none


def read_response(fields: Fields) -> Response:
    """Return a response as its created and done events describe it."""
    details = fields.inside("status_details")
    error = None if details is None else details.inside("error")
    usage = fields.inside("usage")
    audio = fields.inside("audio")
    output = None if audio is None else audio.inside("output")
    modalities = fields.texts("output_modalities") or fields.texts("modalities")
    return Response(
        id=fields.text("id"),
        status=ResponseStatus(fields.choice("status", [each.value for each in ResponseStatus])),
        reason=None if details is None else details.optional_text("reason"),
        error=None if error is None else read_error(error),
        output=tuple(read_item(each) for each in fields.each("output") or ()),
        usage=None if usage is None else _read_usage(usage),
        metadata=fields.mapping("metadata"),
        conversation_id=fields.optional_text("conversation_id"),
        modalities=("audio",) if modalities is None else modalities,
        max_output_tokens=read_token_limit(fields) or "inf",
        voice=None if output is None else read_voice(output),
        audio_format=(None if output is None else read_format(output)) or AudioFormat.PCM16_24K,
    )


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


def _read_usage(fields: Fields) -> Usage:
    given = fields.inside("input_token_details") or Fields({})
    made = fields.inside("output_token_details") or Fields({})
    return Usage(
        total_tokens=int(fields.number("total_tokens", 0)),
        input_tokens=int(fields.number("input_tokens", 0)),
        output_tokens=int(fields.number("output_tokens", 0)),
        input_text_tokens=int(given.number("text_tokens", 0)),
        input_audio_tokens=int(given.number("audio_tokens", 0)),
        cached_tokens=int(given.number("cached_tokens", 0)),
        output_text_tokens=int(made.number("text_tokens", 0)),
        output_audio_tokens=int(made.number("audio_tokens", 0)),
    )


def _write_usage(usage: Usage) -> JsonObject:
    return {
        "total_tokens": usage.total_tokens,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "input_token_details": {
            "text_tokens": usage.input_text_tokens,
            "audio_tokens": usage.input_audio_tokens,
            "cached_tokens": usage.cached_tokens,
        },
        "output_token_details": {
            "text_tokens": usage.output_text_tokens,
            "audio_tokens": usage.output_audio_tokens,
        },
    }
