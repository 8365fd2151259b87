"""Effects of the agent's events on the caller's side: queued audio, tools, interruptions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from harness.audio.activity import audible_places
from harness.audio.pcm import Int16Array
from harness.protocol.commands import TruncateItem
from harness.protocol.events import (
    AudioDelta,
    Interrupted,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    TextDelta,
    TextDone,
)
from harness.protocol.items import Response
from harness.recording.model import StepAnswer, Truncation, turn_asked_in
from harness.recording.writer import RecordingWriter
from harness.session.agent_side import AgentSide
from harness.session.recorded_connection import RecordedConnection
from harness.session.toolwork import ToolWork
from harness.units import RATE_HZ

# The script's out-of-band questions: their answers are not part of the conversation.


class OutOfBand:
    """Takes events of such answers, before they are taken for the agent's utterances."""

    def __init__(self, agent: AgentSide, writer: RecordingWriter) -> None:
        self._agent, self._writer = agent, writer
        self._turns: dict[str, int] = {}
        self._texts: dict[str, str] = {}

    def take(self, at_s: float, event: ServerEvent) -> bool:
        """Return whether an event belongs to such an answer; the whole answer is noted."""
        if isinstance(event, ResponseCreated | ResponseDone):
            turn = turn_asked_in(event.response)
            if turn is None:
                return False
            self._turns[event.response.id] = turn
            if isinstance(event, ResponseDone):
                self._answered(at_s, turn, event.response)
            return True
        name = getattr(event, "response_id", None)
        if name is None or name not in self._turns:
            return False
        if isinstance(event, TextDelta):
            self._texts[name] = self._texts.get(name, "") + event.delta
        elif isinstance(event, TextDone):
            self._texts[name] = event.text
        return True

    def _answered(self, at_s: float, turn: int, response: Response) -> None:
        parts = (part for item in response.output for part in item.content)
        whole = " ".join(part.text or part.transcript or "" for part in parts).strip()
        text = whole or self._texts.pop(response.id, "").strip()
        self._writer.note(StepAnswer(at_s, turn, response.status, text))
        self._agent.asked_out_of_band.discard(turn)


Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Starts a task that belongs to the call."""


class Hearing:
    """Takes events in order of arrival."""

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
            audible = bool(len(audible_places(samples, RATE_HZ)))
            told = self._agent.sounded(at_s, event.response_id, audible=audible)
            self._playout.arrived(at_s, event.key, samples, told=told)
            return
        if isinstance(event, Interrupted):
            await self.interrupt(at_s, dropped=self._agent.open_responses)
            return
        self._agent.received(at_s, event)
        self._tools.received(at_s, event, spawn=spawn)

    async def interrupt(self, at_s: float, *, dropped: frozenset[str]) -> None:
        """Stop playback at once, and report to the agent how much was heard; raises Closed.

        ``dropped`` are the responses whose further audio must not be heard.
        """
        complete = frozenset(self._agent.audio_done)
        for part in self._playout.flush(at_s, open_responses=dropped, complete=complete):
            heard_ms = part.audio_end_ms()
            await self._connection.command(TruncateItem(part.item_id, part.content_index, heard_ms))
            self._writer.note(
                Truncation(at_s, part.item_id, part.content_index, heard_ms, part.heard_samples)
            )
