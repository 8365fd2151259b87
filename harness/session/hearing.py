"""What the agent's events do at the caller's end: sound queues up, tools start, playback stops."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from harness.audio.activity import audible_places
from harness.audio.pcm import Int16Array
from harness.protocol.commands import TruncateItem
from harness.protocol.events import AudioDelta, Interrupted, ServerEvent
from harness.recording.agent_sound import Truncation
from harness.recording.writer import RecordingWriter
from harness.session.agent_side import AgentSide
from harness.session.out_of_band import OutOfBand
from harness.session.queued_audio import ContentKey
from harness.session.recorded_connection import RecordedConnection
from harness.session.toolwork import ToolWork
from harness.units import RATE_HZ

Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Starts a task that belongs to the call."""


class Hearing:
    """Takes events in the order in which they came."""

    def __init__(
        self,
        connection: RecordedConnection,
        agent: AgentSide,
        *,
        tools: ToolWork,
        writer: RecordingWriter,
    ) -> None:
        self._connection, self._agent, self._playout = connection, agent, agent.playout
        self._tools, self._writer = tools, writer
        self._out_of_band = OutOfBand(agent, writer)

    async def take(
        self, at_s: float, event: ServerEvent, *, samples: Int16Array | None, spawn: Spawn
    ) -> None:
        """Take one event, with its samples if it is audio; raises Closed."""
        if self._out_of_band.take(at_s, event):
            return
        if isinstance(event, AudioDelta) and samples is not None:
            key = ContentKey(event.response_id, event.item_id, event.content_index)
            audible = bool(len(audible_places(samples, RATE_HZ)))
            told = self._agent.sounded(at_s, event.response_id, audible=audible)
            self._playout.arrived(at_s, key, samples, told=told)
            return
        if isinstance(event, Interrupted):
            await self.interrupt(at_s, dropped=self._agent.open_responses)
            return
        self._agent.received(at_s, event)
        self._tools.received(at_s, event, spawn=spawn)

    async def interrupt(self, at_s: float, *, dropped: frozenset[str]) -> None:
        """Stop playback at once, and tell the agent what was really heard; raises Closed.

        ``dropped`` are the responses of which whatever may still come is not to be heard.
        """
        complete = frozenset(self._agent.audio_done)
        for part in self._playout.flush(at_s, open_responses=dropped, complete=complete):
            heard_ms = part.audio_end_ms()
            await self._connection.command(TruncateItem(part.item_id, part.content_index, heard_ms))
            self._writer.note(
                Truncation(at_s, part.item_id, part.content_index, heard_ms, part.heard_samples)
            )
