"""What is written into a Gemini Live conversation: items as ``Content``, both ways.

A ``Content`` is the user's or the model's. What a tool gave back is the user's, as the vendor has
it in its chats (``functionResponse``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from harness.protocol.fields import Fields
from harness.protocol.items import Content, ContentKind, Item, ItemKind, Role
from harness.protocol.wire import JsonObject

ROLES = {Role.USER: "user", Role.ASSISTANT: "model"}
"""There is no role of a system: its words are the ``systemInstruction``."""


def written(item: Item, name: str = "") -> JsonObject:
    """Return an item as a ``Content``; ``name`` is the function whose result it is."""
    if item.kind is ItemKind.FUNCTION_CALL:
        called = {"name": item.name, "args": _object(item.arguments or "{}", "arguments")}
        call = {"functionCall": {"id": item.call_id, **called}}
        return {"role": "model", "parts": [call]}
    if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
        result = {"id": item.call_id, "name": name, "response": response_of(item)}
        return {"role": "user", "parts": [{"functionResponse": result}]}
    parts: list[JsonObject] = [{"text": words}] if (words := words_of(item)) else []
    parts += [{"inlineData": picture} for picture in pictures(item)]
    return {"role": ROLES.get(item.role or Role.USER, "user"), "parts": parts}


def response_of(item: Item) -> JsonObject:
    """Return what a tool gave back as the object that it must be here."""
    return _object(item.output or "null", "output")


def _object(text: str, name: str) -> JsonObject:
    """Return JSON text as an object; what is none, or no JSON, stands in one under this name."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        told = text
    return told if isinstance(told, dict) else {name: told}


def words_of(item: Item) -> str:
    """Return the words of an item."""
    return " ".join(part.text for part in item.content if part.text)


def pictures(item: Item) -> Iterator[JsonObject]:
    """Yield the pictures of an item as the vendor's ``Blob``."""
    for part in item.content:
        if part.image_url is not None:
            kind, _, data = part.image_url.removeprefix("data:").partition(";base64,")
            yield {"mimeType": kind, "data": data}


def read(content: Fields) -> Iterator[Item]:
    """Yield the items in a ``Content`` that a client writes; raises WireFault."""
    role = Role.ASSISTANT if content.optional_text("role") == "model" else Role.USER
    spoken: list[Content] = []
    for part in content.each("parts") or ():
        if (call := part.inside("functionCall")) is not None:
            arguments = orjson.dumps(call.mapping("args") or {}).decode()
            kind, call_id = ItemKind.FUNCTION_CALL, call.text("id")
            yield Item(kind=kind, call_id=call_id, name=call.text("name"), arguments=arguments)
        elif (result := part.inside("functionResponse")) is not None:
            yield result_of(result)
        elif (blob := part.inside("inlineData")) is not None:
            spoken.append(picture_of(blob))
        elif text := part.optional_text("text"):
            heard = ContentKind.INPUT_TEXT if role is Role.USER else ContentKind.OUTPUT_TEXT
            spoken.append(Content(heard, text=text))
    if spoken:
        yield message(spoken, role)


def result_of(result: Fields) -> Item:
    """Return what a client says a tool gave back; raises WireFault."""
    output = orjson.dumps(result.mapping("response") or {}).decode()
    kind = ItemKind.FUNCTION_CALL_OUTPUT
    return Item(kind=kind, call_id=result.text("id"), output=output)


def picture_of(blob: Fields) -> Content:
    """Return the picture in a ``Blob``; raises WireFault for what is none."""
    kind = blob.text("mimeType")
    if not kind.startswith("image/"):
        raise blob.refuse("invalid_value", "mimeType", f"{kind} is not taken here.")
    url = f"data:{kind};base64,{blob.text('data')}"
    return Content(ContentKind.INPUT_IMAGE, image_url=url)


def message(content: Iterable[Content], role: Role = Role.USER) -> Item:
    """Return what somebody says, or shows, as an item."""
    return Item(kind=ItemKind.MESSAGE, role=role, content=tuple(content))
