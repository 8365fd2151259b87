"""Settings of a session and a response: flat as the beta writes them, nested as its successor."""

from __future__ import annotations

from harness.protocol.wire import JsonObject

SESSION = {
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "input_audio_format": ("audio", "input", "format"),
    "output_audio_format": ("audio", "output", "format"),
    "max_response_output_tokens": ("max_output_tokens",),
    "modalities": ("output_modalities",),
    "instructions": ("instructions",),
    "tools": ("tools",),
    "tool_choice": ("tool_choice",),
    "tracing": ("tracing",),
}
"""Beta name -> place in the nested object. What else there is of a session, the beta has not."""

RESPONSE = {
    "voice": ("audio", "output", "voice"),
    "output_audio_format": ("audio", "output", "format"),
    "max_response_output_tokens": ("max_output_tokens",),
    "modalities": ("output_modalities",),
    **{
        name: (name,)
        for name in ("conversation", "input", "instructions", "metadata", "tools", "tool_choice")
    },
}
FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
_FORMAT_KEYS = ("input_audio_format", "output_audio_format")


def flat(settings: JsonObject, places: dict[str, tuple[str, ...]]) -> JsonObject:
    """Return nested settings as the beta writes them; what it has not is left out."""
    found: JsonObject = {}
    for name, path in places.items():
        *outer, last = path
        inner = settings
        for key in outer:
            inner = inner.get(key) or {}
        if last in inner:
            found[name] = _beta_value(name, inner[last])
    return found


def _beta_value(name: str, value: object) -> object:
    if name == "modalities" and isinstance(value, list | tuple):
        return ["text", "audio"] if "audio" in value else ["text"]
    if name in _FORMAT_KEYS and isinstance(value, dict):
        return FORMATS[value["type"]]
    if name == "turn_detection" and isinstance(value, dict):
        return {key: setting for key, setting in value.items() if key != "idle_timeout_ms"}
    return value


def nested(settings: JsonObject, places: dict[str, tuple[str, ...]]) -> JsonObject:
    """Move flat settings to their places; what stands there already was said in the newer shape."""
    found = {name: value for name, value in settings.items() if name not in places}
    for name, path in places.items():
        if name not in settings:
            continue
        *outer, last = path
        inner = found
        for key in outer:
            below = inner.get(key)
            inner[key] = dict(below) if isinstance(below, dict) else {}
            inner = inner[key]
        inner.setdefault(last, _nested_value(name, settings[name]))
    return found


def _nested_value(name: str, value: object) -> object:
    if name == "modalities" and isinstance(value, list) and "audio" in value:
        return ["audio"]  # text beside it is the transcript
    return value
