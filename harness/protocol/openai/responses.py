"""Responses with their status, usage and output as the GA Realtime API writes them, both ways."""

from __future__ import annotations

from harness.protocol.fields import Fields
from harness.protocol.items import AudioFormat, ErrorInfo, Response, ResponseStatus, ResponseUsage
from harness.protocol.openai.items import (
    FORMATS,
    read_error,
    read_format,
    read_item,
    read_token_limit,
    write_item,
)
from harness.protocol.openai.voices import read_voice
from harness.protocol.wire import JsonObject, without_none


def read_response(fields: Fields, *, default: ResponseStatus) -> Response:
    """Return a response as its created and done events describe it.

    ``default`` is its status where the server gives none that is known.
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
