"""The caller, through a pipeline of `pipecat-ai`: transport, realtime service, aggregators."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from caller import RATE_HZ, Caller, instructions
from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMRunFrame,
    OutputAudioRawFrame,
    StartFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

TOOL = FunctionSchema(
    name="lookup_order",
    description="Find one order by its number.",
    properties={"order_id": {"type": "string", "description": "The whole order number"}},
    required=["order_id"],
)
PARAMS = TransportParams(
    audio_in_enabled=True,
    audio_in_sample_rate=RATE_HZ,
    audio_out_enabled=True,
    audio_out_sample_rate=RATE_HZ,
)


class Microphone(BaseInputTransport):
    """The input of the pipeline: the caller's frames."""

    _ready = False

    async def start(self, frame: StartFrame) -> None:
        """Begin to take frames."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._ready = True

    async def take(self, sound: bytes) -> None:
        """Pass a frame on; frames before the start of the pipeline are dropped."""
        if not self._ready:
            return
        frame = InputAudioRawFrame(audio=sound, sample_rate=RATE_HZ, num_channels=1)
        await self.push_audio_frame(frame)


class Loudspeaker(BaseOutputTransport):
    """Plays in real time, as a device does, and shows the caller the passing frames."""

    caller: Caller

    async def start(self, frame: StartFrame) -> None:
        """Begin to play."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Play a frame to its end."""
        self.caller.hears(frame.audio)
        await asyncio.sleep(len(frame.audio) / 2 / RATE_HZ)
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Notice words and interruptions on their way."""
        if isinstance(frame, TTSTextFrame):
            self.caller.reads(frame.text)
        elif isinstance(frame, InterruptionFrame):
            self.caller.stops()
        await super().process_frame(frame, direction)


async def main(url: str, room: Path) -> None:
    """Hold the call at this address."""
    microphone, loudspeaker = Microphone(PARAMS), Loudspeaker(PARAMS)
    caller = loudspeaker.caller = Caller(room, microphone.take)
    llm = OpenAIRealtimeLLMService(
        api_key="none",
        base_url=url.partition("?")[0],
        settings=OpenAIRealtimeLLMService.Settings(system_instruction=instructions(room)),
    )

    async def lookup_order(params: FunctionCallParams) -> None:
        order = caller.looks_up(str(params.arguments["order_id"]))
        await params.result_callback(json.dumps(order))

    llm.register_function("lookup_order", lookup_order)
    pair = LLMContextAggregatorPair(LLMContext(tools=ToolsSchema(standard_tools=[TOOL])))
    parts = [microphone, pair.user(), llm, loudspeaker, pair.assistant()]
    params = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ)
    worker = PipelineWorker(Pipeline(parts), params=params)
    runner = PipelineRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await worker.queue_frame(LLMRunFrame())
    await caller.call_beside(runner.run(), greeted=True)


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
