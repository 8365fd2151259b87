"""Server messages of Gemini Live as small values, and the contents of its conversation.

Proto-JSON may write ``serverContent`` or ``server_content``, and base64 in either alphabet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from harness.audio.codec import decode_any_base64
from harness.protocol.events import AudioDelta, ServerEvent, SpeechStarted, SpeechStopped, TextDelta
from harness.protocol.fields import Fields, JsonObject
from harness.protocol.items import Content, ContentKind, Item, ItemKind, ResponseUsage, Role

CONTENT = "serverContent"
READ = (
    *("setupComplete", CONTENT, "toolCall", "toolCallCancellation", "usageMetadata", "goAway"),
    *("voiceActivity", "voiceActivityDetectionSignal"),
)
"""The fields that a message may contain, several at once."""
READ_CONTENT = (
    *("modelTurn", "outputTranscription", "inputTranscription", "interrupted"),
    *("generationComplete", "turnComplete", "turnCompleteReason"),
)
"""The fields that the content of a message may contain."""
IGNORED = {
    "sessionResumptionUpdate": "a key to the conversation, with which another connection goes on",
}
"""Other known fields, with the reason why they become no event."""
IGNORED_CONTENT = {
    "interimInputTranscription": "a guess at the caller's words, before they are transcribed",
    "interactionStatus": "whether the model listens or thinks: what it says and does is told",
    "waitingForInput": "the model waits for the caller, as everybody hears",
    "groundingMetadata": "where on the web the service found what the model says",
    "urlContextMetadata": "which pages the service read for the model",
}

_DATA = frozenset({"args", "response", "parametersJsonSchema"})
"""Fields in which all names are the tool's own."""
_NAMED = "properties"
"""The field that contains the names of parameters."""
_HANDLE = re.compile(r'"new_?[hH]andle"\s*:\s*"((?:[^"\\]|\\.)+)')
_RATE = re.compile(r"rate=(\d{1,9})")
_RATE_HZ = 24_000
_SHOWN = 60
"""Characters of a type that are enough to identify it."""
_WANTS_MORE = "NEED_MORE_INPUT"
_HARMLESS = frozenset({"TURN_COMPLETE_REASON_UNSPECIFIED", _WANTS_MORE})
_STARTS = ("ACTIVITY_START", "VAD_SIGNAL_TYPE_SOS")
_ENDS = ("ACTIVITY_END", "VAD_SIGNAL_TYPE_EOS")


def handles_in(message: str | bytes) -> Iterator[str]:
    """Yield the resumption handles in a message, at any place, even if it is invalid JSON.

    A handle that is given twice, in a list, or in half a message is a key to the conversation, too.
    """
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else message
    if "esumption" in text:
        for found in _HANDLE.finditer(text):
            yield _unescaped(found[1])


def _unescaped(text: str) -> str:
    try:
        return str(orjson.loads(f'"{text}"'))
    except orjson.JSONDecodeError:
        return text


def camel(value: Any) -> Any:
    """Return JSON with all names as ``camelCase``; a tool's own names stay as they are."""
    if isinstance(value, list):
        return [camel(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {(name := _camel(key)): _inner(name, each) for key, each in value.items()}


def _inner(name: str, value: Any) -> Any:
    if name in _DATA:
        return value
    if name == _NAMED and isinstance(value, dict):
        return {key: camel(each) for key, each in value.items()}
    return camel(value)


def _camel(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(other.capitalize() for other in others) if others else key


def kind_of(raw: JsonObject) -> str:
    """Return the type of a message: the names of its fields."""
    content = raw.get(CONTENT)
    inner = tuple(content) if isinstance(content, dict) and content else (CONTENT,)
    names = (each for key in raw for each in (inner if key == CONTENT else (key,)))
    return " ".join(names) or "an empty message"


def unknown_names(raw: JsonObject) -> Iterator[str]:
    """Yield the names that neither ``READ`` nor ``IGNORED`` contains."""
    yield from (key for key in raw if key not in READ and key not in IGNORED)
    content = raw.get(CONTENT)
    if isinstance(content, dict):
        known = (*READ_CONTENT, *IGNORED_CONTENT)
        yield from (f"{CONTENT}.{key}" for key in content if key not in known)


def parts(content: Fields, unheard: list[str]) -> Iterator[AudioDelta | TextDelta]:
    """Yield the model's output in a message; its thoughts and images are not played.

    ``unheard`` collects why audio cannot be used: it has another format than the protocol's.
    """
    turn = content.inside("modelTurn") or Fields({})
    for part in turn.each("parts") or ():
        if part.flag("thought", False):
            continue
        blob = part.inside("inlineData")
        if blob is not None:
            yield from _sound(blob, unheard)
        elif text := part.optional_text("text"):
            yield TextDelta(delta=text)


def _sound(blob: Fields, unheard: list[str]) -> Iterator[AudioDelta]:
    kind = _kind(blob)
    if not kind.startswith("audio/"):
        return
    if _is_other(kind):
        unheard.append(f"sound as {kind[:_SHOWN]}: {_RATE_HZ} Hz PCM16 is what this protocol sends")
        return
    try:
        yield AudioDelta(audio=decode_any_base64(blob.optional_text("data") or ""))
    except ValueError as error:
        unheard.append(f"sound that cannot be read: {error}")


def other_sound(content: Fields) -> str | None:
    """Return the type of the model's audio, if it differs from the protocol's."""
    turn = content.inside("modelTurn") or Fields({})
    kinds = (_kind(part.inside("inlineData") or Fields({})) for part in turn.each("parts") or ())
    found = (kind[:_SHOWN] for kind in kinds if kind.startswith("audio/") and _is_other(kind))
    return next(found, None)


def _kind(blob: Fields) -> str:
    return (blob.optional_text("mimeType") or "audio/pcm").lower()


def _is_other(kind: str) -> bool:
    return not kind.startswith("audio/pcm") or rate_of(kind) not in (None, _RATE_HZ)


def rate_of(mime_type: str) -> int | None:
    """Return the rate that an audio type declares, None if it declares none."""
    rate = _RATE.search(mime_type)
    return None if rate is None else int(rate[1])


def activity(raw: Fields) -> Iterator[ServerEvent]:
    """Yield the service's voice activity events for the caller: few models send them."""
    told = raw.inside("voiceActivity") or Fields({})
    signal = raw.inside("voiceActivityDetectionSignal") or Fields({})
    kind = told.optional_text("voiceActivityType") or signal.optional_text("vadSignalType")
    at_ms = _milliseconds(told.optional_text("audioOffset"))
    if kind in _STARTS:
        yield SpeechStarted(audio_start_ms=at_ms)
    elif kind in _ENDS:
        yield SpeechStopped(audio_end_ms=at_ms)


def _milliseconds(duration: str | None) -> int | None:
    """Return a duration of proto-JSON ("1.500s") in milliseconds, None if it is invalid."""
    seconds = seconds_of(duration)
    return None if seconds is None else round(1000 * seconds)


def seconds_of(duration: str | None) -> float | None:
    """Return a duration of proto-JSON in seconds, None if it is invalid."""
    try:
        seconds = float((duration or "").removesuffix("s"))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def failed_turn(content: Fields) -> str:
    """Return the service's reason for an empty turn; "" if it reports no failure."""
    reason = content.optional_text("turnCompleteReason") or ""
    return "" if reason in _HARMLESS else reason


def wants_more(content: Fields) -> bool:
    """Return whether a turn was empty because the model waits for more caller input."""
    return content.optional_text("turnCompleteReason") == _WANTS_MORE


def usage_of(told: Fields) -> ResponseUsage:
    """Return the usage in a message; thinking is billed as text output."""
    heard = _by_kind(told, "promptTokensDetails")
    said = _by_kind(told, "responseTokensDetails")
    cached = _by_kind(told, "cacheTokensDetails")
    thoughts = told.count("thoughtsTokenCount")
    prompt = told.count("promptTokenCount") + told.count("toolUsePromptTokenCount")
    return ResponseUsage(
        total_tokens=told.count("totalTokenCount"),
        input_tokens=prompt,
        output_tokens=told.count("responseTokenCount") + thoughts,
        input_text_tokens=heard.get("TEXT", 0),
        input_audio_tokens=heard.get("AUDIO", 0),
        input_image_tokens=heard.get("IMAGE", 0) + heard.get("VIDEO", 0),
        cached_tokens=told.count("cachedContentTokenCount"),
        cached_text_tokens=cached.get("TEXT", 0),
        cached_audio_tokens=cached.get("AUDIO", 0),
        cached_image_tokens=cached.get("IMAGE", 0) + cached.get("VIDEO", 0),
        output_text_tokens=said.get("TEXT", 0) + thoughts,
        output_audio_tokens=said.get("AUDIO", 0),
    )


def _by_kind(told: Fields, key: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in told.each(key) or ():
        name = each.optional_text("modality") or ""
        found[name] = found.get(name, 0) + each.count("tokenCount")
    return found


# Items as ``Content`` of a Gemini Live conversation, both ways.
#
# A ``Content`` is the user's or the model's. A tool's result is the user's, as in the vendor's
# chats (``functionResponse``).

ROLES = {Role.USER: "user", Role.ASSISTANT: "model"}
"""There is no system role: its text is the ``systemInstruction``."""


def written(role: Role, parts: Iterable[JsonObject]) -> JsonObject:
    """Return parts as a ``Content`` of their author."""
    return {"role": ROLES.get(role, "user"), "parts": list(parts)}


def written_call(call_id: str, name: str, arguments: str) -> JsonObject:
    """Return a tool call of the model as a ``Content``."""
    call = {"id": call_id, "name": name, "args": _object(arguments or "{}", "arguments")}
    return written(Role.ASSISTANT, ({"functionCall": call},))


def response_of(output: str) -> JsonObject:
    """Return a tool's result as an object, which the protocol requires."""
    return _object(output or "null", "output")


def _object(text: str, name: str) -> JsonObject:
    """Return JSON text as an object; other JSON and invalid JSON is wrapped under this name."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        told = text
    return told if isinstance(told, dict) else {name: told}


def picture(url: str) -> JsonObject:
    """Return an image in a ``data:`` URL as the vendor's ``Blob``."""
    kind, _, data = url.removeprefix("data:").partition(";base64,")
    return {"mimeType": kind, "data": data}


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
    """Return a tool's result that a client sends; raises WireFault."""
    output = orjson.dumps(result.mapping("response") or {}).decode()
    kind = ItemKind.FUNCTION_CALL_OUTPUT
    return Item(kind=kind, call_id=result.text("id"), output=output)


def picture_of(blob: Fields) -> Content:
    """Return the image in a ``Blob``; raises WireFault if it is no image."""
    kind = blob.text("mimeType")
    if not kind.startswith("image/"):
        raise blob.refuse("invalid_value", "mimeType", f"{kind} is not taken here.")
    url = f"data:{kind};base64,{blob.text('data')}"
    return Content(ContentKind.INPUT_IMAGE, image_url=url)


def message(content: Iterable[Content], role: Role = Role.USER) -> Item:
    """Return message content as an item."""
    return Item(kind=ItemKind.MESSAGE, role=role, content=tuple(content))
