"""Items, contents and the values they share with sessions, as the GA Realtime API writes them."""

from __future__ import annotations

from harness.audio.codec import decode_base64, encode_base64
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Role,
)
from harness.protocol.wire import Fields, JsonObject, without_none

FORMATS: dict[AudioFormat, JsonObject] = {
    AudioFormat.PCM16_24K: {"type": "audio/pcm", "rate": 24_000},
    AudioFormat.PCMU: {"type": "audio/pcmu"},
    AudioFormat.PCMA: {"type": "audio/pcma"},
}
_FORMAT_NAMES = {raw["type"]: name for name, raw in FORMATS.items()}

_COMMON = frozenset({"id", "object", "type", "status"})
_KNOWN = {
    ItemKind.MESSAGE: _COMMON | {"role", "content", "phase"},
    ItemKind.FUNCTION_CALL: _COMMON | {"call_id", "name", "arguments"},
    ItemKind.FUNCTION_CALL_OUTPUT: _COMMON | {"call_id", "output"},
}
_OTHER_TYPES = (
    "item_reference",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_list_tools",
    "mcp_call",
)
_OWN_KINDS = {kind.value: kind for kind in _KNOWN}
_CONTENT_KEYS = frozenset({"type", "text", "transcript", "audio", "image_url", "detail"})
_LEGAL_CONTENT = {
    Role.SYSTEM: (ContentKind.INPUT_TEXT,),
    Role.USER: (ContentKind.INPUT_TEXT, ContentKind.INPUT_AUDIO, ContentKind.INPUT_IMAGE),
    Role.ASSISTANT: (ContentKind.OUTPUT_TEXT, ContentKind.OUTPUT_AUDIO),
}
_CONTENT_KINDS = {kind.value: kind for kind in ContentKind}
# Parts of a response say "text" and "audio" in the vendor's own types, and so do older servers.
_SHORT_KINDS = {"text": ContentKind.OUTPUT_TEXT, "audio": ContentKind.OUTPUT_AUDIO}
_PART_NAMES = {kind: name for name, kind in _SHORT_KINDS.items()}
_AUDIO_KINDS = (ContentKind.INPUT_AUDIO, ContentKind.OUTPUT_AUDIO)
_TEXT_KINDS = (ContentKind.INPUT_TEXT, ContentKind.OUTPUT_TEXT)


# --- contents ------------------------------------------------------------------------------


def read_audio(fields: Fields, key: str) -> bytes:
    """Return the decoded bytes of a required base64 field."""
    text = fields.text(key)
    try:
        return decode_base64(text)
    except ValueError:
        raise fields.refuse(
            "invalid_value", key, f"Invalid '{fields.at(key)}': not valid base64."
        ) from None


def read_content(fields: Fields) -> Content | None:
    """Return one content part, None if a tolerant reader does not know its type."""
    name = fields.text("type")
    kind = _CONTENT_KINDS.get(name) or (None if fields.strict else _SHORT_KINDS.get(name))
    if kind is None:
        return None
    fields.only(_CONTENT_KEYS)
    return Content(
        kind=kind,
        text=fields.optional_text("text"),
        transcript=fields.optional_text("transcript"),
        audio=read_audio(fields, "audio") if fields.raw.get("audio") is not None else None,
        image_url=fields.optional_text("image_url"),
        detail=fields.optional_text("detail"),
    )


def write_content(content: Content, *, served: bool) -> JsonObject:
    """Return one content part of an item; servers write an unknown transcript as null."""
    raw = {"type": content.kind.value, **_content_fields(content)}
    if served and content.kind in _AUDIO_KINDS:
        raw.setdefault("transcript", None)
    return raw


def write_part(content: Content) -> JsonObject:
    """Return one part of a response's content_part events."""
    return {"type": _PART_NAMES[content.kind], **_content_fields(content)}


def _content_fields(content: Content) -> JsonObject:
    return without_none(
        text=content.text,
        transcript=content.transcript,
        audio=None if content.audio is None else encode_base64(content.audio),
        image_url=content.image_url,
        detail=content.detail,
    )


def _read_contents(fields: Fields, role: Role) -> tuple[Content, ...]:
    contents: list[Content] = []
    for entry in fields.each("content") or ():
        if entry.strict:
            kind = ContentKind(entry.choice("type", [each.value for each in _LEGAL_CONTENT[role]]))
            if kind in _TEXT_KINDS:
                entry.text("text")
        content = read_content(entry)
        # A part of an unknown type is left out here and stays in the recorded raw message.
        if content is not None:
            contents.append(content)
    return tuple(contents)


# --- items ---------------------------------------------------------------------------------


def read_item(fields: Fields) -> Item:
    """Return one conversation item; kinds without a name of ours keep their fields in extra."""
    if fields.strict:
        fields.choice("type", (*_OWN_KINDS, *_OTHER_TYPES))
    kind = _OWN_KINDS.get(fields.text("type"))
    if kind is None:
        extra = {key: value for key, value in fields.raw.items() if key != "id"}
        return Item(id=fields.optional_text("id"), kind=ItemKind.OTHER, extra=extra)
    known = _KNOWN[kind]
    fields.only(known)
    role = _read_role(fields) if kind is ItemKind.MESSAGE else None
    call = kind is ItemKind.FUNCTION_CALL
    return Item(
        id=fields.optional_text("id"),
        kind=kind,
        status=_read_status(fields),
        role=role,
        content=() if role is None else _read_contents(fields, role),
        call_id=None if role is not None else _read_call_id(fields, required=not call),
        name=fields.text("name") if call else None,
        arguments=fields.text("arguments") if call else None,
        output=fields.text("output") if kind is ItemKind.FUNCTION_CALL_OUTPUT else None,
        phase=fields.optional_text("phase") if role is not None else None,
        extra={key: value for key, value in fields.raw.items() if key not in known},
    )


def _read_role(fields: Fields) -> Role:
    role = Role(fields.choice("role", [each.value for each in Role]))
    if fields.strict and "content" not in fields.raw:
        raise fields.refuse(
            "missing_required_parameter",
            "content",
            f"Missing required parameter: '{fields.at('content')}'.",
        )
    return role


def _read_call_id(fields: Fields, *, required: bool) -> str | None:
    return fields.text("call_id") if required else fields.optional_text("call_id")


def _read_status(fields: Fields) -> ItemStatus | None:
    if fields.raw.get("status") is None:
        return None
    return ItemStatus(fields.choice("status", [each.value for each in ItemStatus]))


def write_item(item: Item, *, served: bool) -> JsonObject:
    """Return one conversation item; only servers write its ``object`` name."""
    if item.kind is ItemKind.OTHER:
        return {**without_none(id=item.id), **item.extra}
    raw = {
        **item.extra,
        **without_none(
            id=item.id,
            object="realtime.item" if served else None,
            type=item.kind.value,
            status=None if item.status is None else item.status.value,
            role=None if item.role is None else item.role.value,
            call_id=item.call_id,
            name=item.name,
            arguments=item.arguments,
            output=item.output,
            phase=item.phase,
        ),
    }
    if item.kind is ItemKind.MESSAGE:
        raw["content"] = [write_content(content, served=served) for content in item.content]
    return raw


# --- values that sessions and responses share ----------------------------------------------


def read_error(fields: Fields) -> ErrorInfo:
    """Return an error object; servers leave out what they do not know."""
    return ErrorInfo(
        type=fields.optional_text("type") or "",
        message=fields.optional_text("message") or "",
        code=fields.optional_text("code"),
        param=fields.optional_text("param"),
        event_id=fields.optional_text("event_id"),
    )


def write_error(error: ErrorInfo) -> JsonObject:
    """Return an error object; what is not known is null, as servers write it."""
    return {
        "type": error.type,
        "code": error.code,
        "message": error.message,
        "param": error.param,
    }


def read_format(fields: Fields) -> AudioFormat | None:
    """Return the ``format`` of an audio direction, None if it is left to the server."""
    inner = fields.inside("format")
    if inner is None or inner.raw.get("type") is None:
        return None
    inner.only(("type", "rate"))
    if inner.raw.get("rate") is not None and inner.integer("rate") != 24_000:
        raise inner.refuse(
            "invalid_value", "rate", f"Invalid '{inner.at('rate')}': only 24000 is supported."
        )
    return _FORMAT_NAMES[inner.choice("type", _FORMAT_NAMES)]


def read_voice(fields: Fields) -> str | None:
    """Return the ``voice`` of an audio output: a name, or the id of a custom voice."""
    if isinstance(fields.raw.get("voice"), dict):
        return fields.required("voice").text("id")
    return fields.optional_text("voice")


def read_token_limit(fields: Fields) -> int | str | None:
    """Return ``max_output_tokens``: a number, "inf", or None if it is left to the server."""
    value = fields.raw.get("max_output_tokens")
    if value is None or value == "inf":
        return "inf" if value == "inf" else None
    return fields.integer("max_output_tokens", least=1)
