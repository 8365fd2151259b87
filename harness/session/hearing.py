"""What the agent's events do at the caller's end: sound queues up, tools start, playback stops."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from harness.audio.pcm import Int16Array
from harness.protocol.commands import TruncateItem
from harness.protocol.events import (
    AudioDelta,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    SessionUpdated,
    SpeechStarted,
)
from harness.protocol.openai.interruption import Interruption
from harness.protocol.settings import SessionConfig
from harness.recording.model import Truncation
from harness.recording.writer import RecordingWriter
from harness.session.agent_side import AgentSide
from harness.session.playout import ContentKey, Unheard
from harness.session.recorded_connection import RecordedConnection
from harness.session.toolwork import ToolWork

Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Starts a task that belongs to the call."""


class Hearing:
    """Takes events in the order in which they came."""

    def __init__(
        self,
        line: RecordedConnection,
        agent: AgentSide,
        *,
        tools: ToolWork,
        writer: RecordingWriter,
    ) -> None:
        self._line, self._agent, self._playout = line, agent, agent.playout
        self._tools, self._writer = tools, writer
        self._interruption = Interruption()

    def asked(self, wanted: SessionConfig) -> None:
        """Take note of the session that is asked for: servers may not say what it is like."""
        self._interruption.configured(wanted)

    async def take(
        self, at_s: float, event: ServerEvent, *, samples: Int16Array | None, spawn: Spawn
    ) -> None:
        """Take one event, with its samples if it is audio; raises Closed."""
        if isinstance(event, AudioDelta) and samples is not None:
            key = ContentKey(event.response_id, event.item_id, event.content_index)
            self._agent.sounded(at_s, event.response_id)
            self._playout.arrived(at_s, key, samples)
            return
        # Before anybody else takes note: a response that the event ends still counts, and one that
        # it begins, perhaps under the same name, is not stopped.
        stops = self._stops_playback(event)
        cut = self._cut(at_s, self._agent.open_responses) if stops else []
        self._agent.received(at_s, event)
        self._tools.received(at_s, event, spawn=spawn)
        await self._tell(at_s, cut)

    async def interrupt(self, at_s: float, *, dropped: frozenset[str]) -> None:
        """Stop playback at once, and tell the agent what was really heard; raises Closed.

        ``dropped`` are the responses of which whatever may still come is not to be heard.
        """
        await self._tell(at_s, self._cut(at_s, dropped))

    def _cut(self, at_s: float, dropped: frozenset[str]) -> list[Unheard]:
        complete = frozenset(self._agent.audio_done)
        return self._playout.flush(at_s, open_responses=dropped, complete=complete)

    async def _tell(self, at_s: float, cut: list[Unheard]) -> None:
        for part in cut:
            heard_ms = part.audio_end_ms()
            await self._line.command(TruncateItem(part.item_id, part.content_index, heard_ms))
            self._writer.note(
                Truncation(at_s, part.item_id, part.content_index, heard_ms, part.heard_samples)
            )

    def _stops_playback(self, event: ServerEvent) -> bool:
        agent, rule = self._agent, self._interruption
        match event:
            case SessionUpdated(config=session):
                rule.configured(session)
            case SpeechStarted():
                return rule.speech_started(agent.open_responses)
            case ResponseCreated():
                return rule.response_created(asked_for=agent.asked_for)
            case ResponseDone(response):
                return rule.response_done(response)
            case _:
                pass
        return False
