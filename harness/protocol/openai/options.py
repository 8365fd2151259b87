"""What a client asks of one response, as the GA Realtime API writes it, both ways."""

from __future__ import annotations

from harness.protocol.commands import ResponseOptions
from harness.protocol.fields import Fields
from harness.protocol.items import Json
from harness.protocol.openai.items import (
    FORMATS,
    read_format,
    read_item,
    read_token_limit,
    write_item,
)
from harness.protocol.openai.session import read_modalities
from harness.protocol.openai.tools import read_tool_choice, read_tools, write_tools
from harness.protocol.openai.voices import read_voice, write_voice
from harness.protocol.wire import JsonObject, without_none

_RESPONSE_KEYS = frozenset(
    {
        *("audio", "conversation", "input", "instructions", "max_output_tokens", "metadata"),
        *("output_modalities", "parallel_tool_calls", "prompt", "reasoning", "tool_choice"),
        "tools",
    }
)
_CONVERSATIONS = ("auto", "none")


def read_options(fields: Fields) -> ResponseOptions:
    """Return what a client asks of one response."""
    fields.only(_RESPONSE_KEYS)
    audio = fields.inside("audio") or Fields({})
    audio.only(("output",))
    spoken = audio.inside("output") or Fields({})
    spoken.only(("format", "voice"))
    items = fields.each("input")
    return ResponseOptions(
        conversation=fields.known("conversation", _CONVERSATIONS),
        instructions=fields.optional_text("instructions"),
        modalities=read_modalities(fields),
        metadata=_read_metadata(fields),
        voice=read_voice(spoken),
        output_format=read_format(spoken),
        tools=read_tools(fields),
        tool_choice=read_tool_choice(fields),
        parallel_tool_calls=fields.flag("parallel_tool_calls", None),
        max_output_tokens=read_token_limit(fields),
        input=None if items is None else tuple(read_item(each) for each in items),
    )


def _read_metadata(fields: Fields) -> Json | None:
    metadata = fields.inside("metadata")
    if metadata is None:
        return None
    for key in metadata.raw:
        metadata.text(key)
    return metadata.raw


def write_options(options: ResponseOptions) -> JsonObject:
    """Return the options that are set."""
    items = options.input
    spoken = without_none(
        format=None if options.output_format is None else FORMATS[options.output_format],
        voice=None if options.voice is None else write_voice(options.voice),
    )
    return without_none(
        conversation=options.conversation,
        instructions=options.instructions,
        output_modalities=options.modalities,
        metadata=options.metadata,
        audio={"output": spoken} if spoken else None,
        tools=write_tools(options.tools),
        tool_choice=options.tool_choice,
        parallel_tool_calls=options.parallel_tool_calls,
        max_output_tokens=options.max_output_tokens,
        input=None if items is None else [write_item(item, served=False) for item in items],
    )
