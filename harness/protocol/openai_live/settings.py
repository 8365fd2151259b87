"""How a GPT-Live session is to be: what ``session.start`` says, written and read.

The voice never runs a tool. It hands work to a backend: a Responses model with the suite's prompt
and tools, which calls them over this connection; or, where the agent has tools of its own, the
application, of which nothing but an id is seen here.
"""

from __future__ import annotations

from harness.protocol.commands import SessionConfig, Tool
from harness.protocol.fields import Fields, JsonObject, without_none
from harness.protocol.items import AudioFormat
from harness.protocol.openai.settings import write_voice

MODEL = "gpt-live-1"
"""What is asked for where a target names no model."""

BACKEND = "gpt-5.5"
"""The backend where a target names none; every session must name one."""

FORMATS: dict[AudioFormat, JsonObject] = {
    AudioFormat.PCM16_24K: {"type": "audio/pcm", "rate": 24_000},
    AudioFormat.PCM16_16K: {"type": "audio/pcm", "rate": 16_000},
    AudioFormat.PCMU: {"type": "audio/pcmu", "rate": 8_000},
    AudioFormat.PCMA: {"type": "audio/pcma", "rate": 8_000},
}
"""One for both directions."""

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
    """Return the ``session`` of ``session.start``; the voice and its backend get one prompt."""
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
    """Return what of a running session is another: the backend's tools and effort may be."""
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
    """Return how a client wants its session, read as strictly as the service reads it.

    What the voice is told stands before what the backend is told, unless that is the same.

    Raises:
        WireFault: what the ``error`` must say.
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
    """Return what a ``session`` that the service tells says of the voice and its backend.

    Nothing is missed that is left out: it is not told.
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
    """Return what the backend of a served ``session`` is told, None if that is not told."""
    delegation = fields.inside("delegation") or Fields({})
    return (delegation.inside("responses") or Fields({})).optional_text("instructions")


def _tools(responses: Fields) -> tuple[Tool, ...] | None:
    """Return the functions of a backend, None where it does not tell of tools."""
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
    # It has more names of voices than the Realtime API.
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
    """Return what a ``delegation`` says of a backend; raises WireFault.

    Without one the application is the backend, and the agent behind this server, which knows of no
    work that it could hand over, does without tools. A client that asks for such work is refused.
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
    """Return the audio's ``format``, None if it is not told or nobody knows it."""
    given = audio.inside("format")
    if given is None:
        return None
    told = {"type": given.optional_text("type"), "rate": given.count("rate")}
    found = next((name for name, row in FORMATS.items() if row == told), None)
    if found is None and given.strict:
        known = ", ".join(name.words for name in FORMATS)
        raise audio.refuse("invalid_value", "format", f"Invalid 'audio.format': known are {known}.")
    return found
