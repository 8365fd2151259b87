"""The caller, through Gemini Live as the Python package `google-genai` speaks it, by TLS alone."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from caller import RATE_HZ, Caller, instructions
from google import genai
from google.genai import types


async def main(url: str, room: Path) -> None:
    """Hold the call at this address."""
    order_id = {"type": "object", "properties": {"order_id": {"type": "string"}}}
    tool = types.FunctionDeclaration(
        name="lookup_order",
        description="Finds one order by its number.",
        parameters_json_schema={**order_id, "required": ["order_id"]},
    )
    asked = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        system_instruction=instructions(room),
        tools=[types.Tool(function_declarations=[tool])],
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
    )
    client = genai.Client(
        api_key="none", http_options=types.HttpOptions(base_url=url.replace("wss:", "https:"))
    )
    async with client.aio.live.connect(model="reference", config=asked) as session:
        kind = f"audio/pcm;rate={RATE_HZ}"

        async def send(sound: bytes) -> None:
            await session.send_realtime_input(audio=types.Blob(data=sound, mime_type=kind))

        async def listen() -> None:
            while True:  # `receive` ends with each turn
                async for message in session.receive():
                    await take(message)

        async def take(message: types.LiveServerMessage) -> None:
            content = message.server_content
            if message.data:
                caller.hears(message.data)
            if content is not None and content.output_transcription is not None:
                caller.reads(content.output_transcription.text or "")
            if content is not None and content.interrupted:
                caller.stops()
            for call in (message.tool_call and message.tool_call.function_calls) or ():
                order = caller.looks_up(str((call.args or {})["order_id"]))
                result = types.FunctionResponse(id=call.id, name=call.name, response=order)
                await session.send_tool_response(function_responses=[result])

        caller = Caller(room, send)
        await caller.call_beside(listen())


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
