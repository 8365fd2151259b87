"""The settings of a GPT-Live session in ``session.start``, written and read.

The voice never runs a tool. It delegates work to a backend: a Responses model with the suite's
prompt and tools, which calls them over this connection; or, if the agent has its own tools, the
application, of which only an id is visible here.
"""

from __future__ import annotations

from harness.protocol.commands import SessionConfig, Tool
from harness.protocol.fields import Fields, JsonObject, without_none
from harness.protocol.items import AudioFormat
from harness.protocol.openai.settings import write_voice

MODEL = "gpt-live-1"
"""The requested model if a target names none."""

BACKEND = "gpt-5.5"
"""The backend if a target names none; every session must name a backend."""

FORMATS: dict[AudioFormat, JsonObject] = {
    AudioFormat.PCM16_24K: {"type": "audio/pcm", "rate": 24_000},
    AudioFormat.PCM16_16K: {"type": "audio/pcm", "rate": 16_000},
    AudioFormat.PCMU: {"type": "audio/pcmu", "rate": 8_000},
    AudioFormat.PCMA: {"type": "audio/pcma", "rate": 8_000},
}
"""A session has the same format in both directions."""

_NO_CLIENT = (
    "This server hands no work to its client: give the tools in delegation.responses, or leave "
    "delegation out for an agent without tools."
)
_SESSION = (
    *("model", "instructions", "input", "audio", "delegation", "store", "safety_identifier"),
    *("triggers", "client"),
)
_RESPONSES = (
    *("model", "instructions", "tools", "tool_choice", "parallel_tool_calls", "max_output_tokens"),
    *("reasoning", "text", "service_tier"),
)


def write_session(wanted: SessionConfig) -> JsonObject:
    """Return the ``session`` of ``session.start``; voice and backend get the same prompt."""
    audio = without_none(
        format=FORMATS.get(wanted.input_format or AudioFormat.PCM16_24K),
        output=None if wanted.voice is None else {"voice": write_voice(wanted.voice)},
    )
    return without_none(
        model=wanted.model or MODEL,
        instructions=wanted.instructions,
        audio=audio,
        delegation=None if wanted.tools is None else _delegation(wanted, wanted.tools),
    )


def write_change(change: SessionConfig) -> JsonObject:
    """Return a change of a running session: the backend's tools and effort can change."""
    effort, tools = change.reasoning_effort, change.tools
    responses = without_none(
        reasoning=None if effort is None else {"effort": effort},
        tools=None if tools is None else _functions(tools),
    )
    return {"delegation": {"type": "responses", "responses": responses}}


def _delegation(wanted: SessionConfig, tools: tuple[Tool, ...]) -> JsonObject:
    effort = wanted.reasoning_effort
    responses = without_none(
        model=wanted.backend_model or BACKEND,
        instructions=wanted.instructions,
        reasoning=None if effort is None else {"effort": effort},
    )
    responses["tools"] = _functions(tools)
    return {"type": "responses", "responses": responses}


def _functions(tools: tuple[Tool, ...]) -> list[JsonObject]:
    return [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
        }
        for tool in tools
    ]


def read_session(fields: Fields) -> SessionConfig:
    """Return the settings that a client requests, read as strictly as the service reads them.

    The voice's prompt precedes the backend's prompt, unless they are equal.

    Raises:
        WireFault: for the ``error`` to send.
    """
    fields.only(_SESSION)
    audio = fields.inside("audio")
    spoken = None if audio is None else read_format(audio)
    voice = None if audio is None else audio.inside("output")
    backend = read_delegation(fields)
    prompts = dict.fromkeys((fields.optional_text("instructions"), backend.instructions))
    return SessionConfig(
        model=fields.text("model"),
        instructions="\n\n".join(prompt for prompt in prompts if prompt),
        voice=None if voice is None else _read_voice(voice),
        input_format=spoken or AudioFormat.PCM16_24K,
        output_format=spoken or AudioFormat.PCM16_24K,
        tools=backend.tools or (),
        backend_model=backend.backend_model,
    )


def served_session(fields: Fields) -> SessionConfig:
    """Return the settings of the voice and its backend in a ``session`` from the service.

    A setting that is left out is None: the service does not report it.
    """
    audio = fields.inside("audio") or Fields({})
    delegation = fields.inside("delegation") or Fields({})
    backend = delegation.inside("responses") or Fields({})
    thinking = backend.inside("reasoning") or Fields({})
    hands_over = delegation.raw.get("type") == "responses"
    spoken = read_format(audio)
    return SessionConfig(
        model=fields.optional_text("model"),
        instructions=fields.optional_text("instructions"),
        voice=_read_voice(audio.inside("output") or Fields({})),
        input_format=spoken,
        output_format=spoken,
        tools=_tools(backend) if hands_over else () if "delegation" in fields.raw else None,
        backend_model=backend.optional_text("model"),
        reasoning_effort=thinking.optional_text("effort"),
    )


def backend_words(fields: Fields) -> str | None:
    """Return the prompt of the backend in a served ``session``, None if it is not reported."""
    delegation = fields.inside("delegation") or Fields({})
    return (delegation.inside("responses") or Fields({})).optional_text("instructions")


def _tools(responses: Fields) -> tuple[Tool, ...] | None:
    """Return the functions of a backend, None if it reports no tools."""
    listed = responses.each("tools")
    if listed is None:
        return None
    return tuple(
        Tool(
            tool.ident("name"),
            tool.optional_text("description") or "",
            tool.mapping("parameters") or {},
        )
        for tool in listed
        if tool.ident("type") == "function"
    )


def _read_voice(output: Fields) -> str | None:
    # GPT-Live has more voices than the Realtime API.
    if isinstance(output.raw.get("voice"), dict):
        return output.required("voice").ident("id") or None
    return output.optional_text("voice")


def read_change(fields: Fields) -> tuple[Tool, ...] | None:
    """Return the tools that a ``session.update`` gives the backend, None to keep them."""
    delegation = fields.inside("delegation") or Fields({})
    responses = delegation.inside("responses") or Fields({})
    responses.only(_RESPONSES)
    return _tools(responses)


def read_delegation(fields: Fields) -> SessionConfig:
    """Return the backend's settings in a ``delegation``; raises WireFault.

    Without a delegation, the application is the backend, and this server's agent, which has no work
    to hand over, has no tools. A client that requests such work is refused.
    """
    delegation = fields.inside("delegation")
    if delegation is None:
        return SessionConfig()
    if delegation.choice("type", ("client", "responses")) == "client":
        raise delegation.refuse("unsupported_value", "type", _NO_CLIENT)
    responses = delegation.required("responses")
    responses.only(_RESPONSES)
    return SessionConfig(
        backend_model=responses.text("model"),
        instructions=responses.optional_text("instructions"),
        tools=_tools(responses) or (),
    )


def read_format(audio: Fields) -> AudioFormat | None:
    """Return the audio's ``format``, None if it is absent or unknown."""
    given = audio.inside("format")
    if given is None:
        return None
    told = {"type": given.optional_text("type"), "rate": given.count("rate")}
    found = next((name for name, row in FORMATS.items() if row == told), None)
    if found is None and given.strict:
        known = ", ".join(name.words for name in FORMATS)
        raise audio.refuse("invalid_value", "format", f"Invalid 'audio.format': known are {known}.")
    return found
