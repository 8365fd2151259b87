"""What a session is set to: the defaults, and updates that are checked value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from harness.agent.desk.toolbox import Terms
from harness.agent.server.memory import Refused
from harness.protocol.commands import (
    DOCUMENTED_VAD,
    OFF,
    TRANSCRIPTION,
    ResponseOptions,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Tool,
    documented,
)
from harness.protocol.items import AudioFormat, Json
from harness.protocol.wire import without_none

MODEL = "reference"
_VENDORS = ("gpt-", "whisper", "tts-", "o1", "o3", "o4", "chatgpt")
_REALTIME = ("gpt-realtime", "gpt-4o-realtime", "gpt-4o-mini-realtime", "gpt-audio")
_NOT_REALTIME = ("gpt-realtime-whisper", "gpt-realtime-translate")
DEFAULTS = SessionConfig(
    instructions="",
    tools=(),
    tool_choice="auto",
    voice="alloy",
    speed=1.0,
    input_format=AudioFormat.PCM16_24K,
    output_format=AudioFormat.PCM16_24K,
    turn_detection=DOCUMENTED_VAD,
    modalities=("audio",),
    max_output_tokens="inf",
    parallel_tool_calls=True,
    truncation="auto",
    model=MODEL,
)

_MOST_TOKENS = 4096
_SWITCHED = ("transcription_model", "noise_reduction", "tracing")
_INCLUDABLE = ("item.input_audio_transcription.logprobs",)


def not_served(model: str | None) -> Refused | None:
    """Return the refusal of a model, None where the service serves it in realtime.

    Names of the vendor are checked as it checks them; those that people give their own are theirs.
    """
    if model is None or not model.startswith(_VENDORS):
        return None
    if model.startswith(_REALTIME) and not model.startswith(_NOT_REALTIME):
        return None
    problem = f'Model "{model}" is not supported in realtime mode.'
    return Refused("invalid_model", problem, "model")


def updated(now: SessionConfig, asked: SessionConfig, *, has_spoken: bool) -> SessionConfig:
    """Return the settings after an update; what the update leaves out stays.

    Raises:
        Refused: a value that this server does not support; nothing is changed then.
    """
    _check_update(now, asked, has_spoken=has_spoken)
    changes = {
        f.name: value
        for f in fields(asked)
        if (value := getattr(asked, f.name)) is not None and f.name != "turn_detection_off"
    }
    changes.pop("model", None)
    changes |= {name: None for name in _SWITCHED if changes.get(name) == OFF}
    if asked.include == ():
        changes["include"] = None
    if asked.transcription_model is not None:  # it comes with all that belongs to it
        language, prompt = asked.transcription_language, asked.transcription_prompt
        changes |= {"transcription_language": language, "transcription_prompt": prompt}
    if asked.turn_detection_off:
        changes |= {"turn_detection": None, "turn_detection_off": True}
    elif asked.turn_detection is not None:
        detection = documented(asked.turn_detection)
        changes |= {"turn_detection": detection, "turn_detection_off": False}
    merged = replace(now, **changes)
    _check_choice(merged.tool_choice, merged.tools, "session.tool_choice")
    return merged


def _check_update(now: SessionConfig, asked: SessionConfig, *, has_spoken: bool) -> None:
    if asked.type != now.type:
        told, held = asked.type or "realtime", now.type or "realtime"
        problem = f"Passing a {told} session update event to a {held} session is not allowed."
        raise Refused("invalid_value", problem, "session.type")
    check_modalities(asked.modalities)
    _check_detection(asked.turn_detection)
    _check_tools(asked.tools)
    _check_token_limit(asked.max_output_tokens, "session")
    unknown = sorted(set(asked.include or ()) - set(_INCLUDABLE))
    if unknown:
        raise _invalid("session.include", unknown[0], ", ".join(_INCLUDABLE))
    if asked.speed is not None and not 0.25 <= asked.speed <= 1.5:
        raise _invalid("session.audio.output.speed", asked.speed, "0.25 to 1.5")
    if has_spoken:
        _check_voice(asked.voice, now, "session.audio.output.voice")
    if asked.prompt is not None:
        raise Refused("invalid_value", "Stored prompts are not supported here.", "session.prompt")


def check_modalities(modalities: tuple[str, ...] | None) -> None:
    """Refuse anything but audio alone or text alone."""
    if modalities is not None and modalities not in (("audio",), ("text",)):
        raise _invalid("session.output_modalities", list(modalities), "['audio'] or ['text']")


def check_options(options: ResponseOptions, session: SessionConfig, *, has_spoken: bool) -> None:
    """Refuse values of response.create that this server does not support in such a session."""
    check_modalities(options.modalities)
    _check_tools(options.tools)
    _check_token_limit(options.max_output_tokens, "response")
    if options.conversation not in (None, "auto", "none"):
        raise _invalid("response.conversation", options.conversation, "'auto' or 'none'")
    if has_spoken and options.conversation != "none":
        _check_voice(options.voice, session, "response.audio.output.voice")
    tools = options.tools if options.tools is not None else session.tools
    _check_choice(options.tool_choice, tools, "response.tool_choice")


def terms_of(options: ResponseOptions, session: SessionConfig, context: str) -> Terms:
    """Return what the desk is to know of one response; ``context`` is what was said so far."""
    chosen = options.tool_choice or session.tool_choice
    tools = (options.tools if options.tools is not None else session.tools) or ()
    must_call = chosen == "required"
    if isinstance(chosen, Mapping):
        named = tuple(tool for tool in tools if tool.name == chosen.get("name"))
        tools, must_call = named or tools, bool(named)
    elif chosen == "none":
        tools = ()
    asked = options.parallel_tool_calls
    together = session.parallel_tool_calls is not False if asked is None else asked
    return Terms(tools, must_call, together, options.instructions, context)


def served(session: SessionConfig, expires_at: int | None) -> Json:
    """Return the fields of a served session object that no setting of ours stands for."""
    told = without_none(expires_at=expires_at)
    heard = {"transcription": None, "noise_reduction": None}
    if session.type == TRANSCRIPTION:
        return {
            **told,
            "object": "realtime.transcription_session",
            "include": None,
            "audio": {"input": heard},
        }
    return {**told, "tracing": None, "prompt": None, "include": None, "audio": {"input": heard}}


def _check_detection(detection: ServerVad | SemanticVad | None) -> None:
    at = "session.audio.input.turn_detection"
    if isinstance(detection, SemanticVad):
        if detection.eagerness not in (None, "low", "medium", "high", "auto"):
            raise _invalid(f"{at}.eagerness", detection.eagerness, "low, medium, high or auto")
    elif detection is not None:
        if not 0.0 <= (detection.threshold or 0.0) <= 1.0:
            raise _invalid(f"{at}.threshold", detection.threshold, "0 to 1")
        if (detection.silence_duration_ms or 0) < 0 or (detection.prefix_padding_ms or 0) < 0:
            raise _invalid(at, "a negative duration", "durations of 0 ms or more")
        idle_ms = detection.idle_timeout_ms
        if idle_ms is not None and not 5_000 <= idle_ms <= 30_000:
            raise _invalid(f"{at}.idle_timeout_ms", idle_ms, "5000 to 30000")


def _check_voice(voice: str | None, now: SessionConfig, param: str) -> None:
    if voice is not None and voice != now.voice:
        problem = "Cannot update a conversation's voice if assistant audio is present."
        raise Refused("cannot_update_voice", problem, param)


def _check_token_limit(limit: int | str | None, param: str) -> None:
    if isinstance(limit, int) and limit > _MOST_TOKENS:
        raise _invalid(f"{param}.max_output_tokens", limit, f"1 to {_MOST_TOKENS}, and 'inf'")


def _check_tools(tools: tuple[Tool, ...] | None) -> None:
    names = [tool.name for tool in tools or ()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(
            "invalid_value", f"Duplicate tool names: {', '.join(twice)}.", "session.tools"
        )


def _check_choice(choice: str | Json | None, tools: tuple[Tool, ...] | None, param: str) -> None:
    if isinstance(choice, Mapping) and choice.get("type") == "function":
        names = [tool.name for tool in tools or ()]
        if choice.get("name") not in names:
            allowed = ", ".join(names) or "none, as there are no tools"
            raise _invalid(param, choice.get("name"), allowed)


def _invalid(param: str, value: object, allowed: str) -> Refused:
    message = f"Invalid value: {value!r}. Supported values are: {allowed}."
    return Refused("invalid_value", message, param)
