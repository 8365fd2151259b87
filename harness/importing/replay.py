"""Replays the messages of a stored session, as a live call processes them on arrival.

The agent's audio is queued and played in real time from its arrival. It stops according to the
dialect's rule, or at the client's truncate message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import orjson

from harness.audio.activity import audible_places
from harness.audio.pcm import Int16Array, Pcm
from harness.importing.messages import outcome_of
from harness.importing.model import StoredSession
from harness.importing.realtime_log import LoggedMessage
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.decoding import Decoder
from harness.protocol.fields import WireFault
from harness.protocol.items import AudioFormat, ContentKey, Item, ItemKind
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.tool_requests import ToolRequests
from harness.recording.lines import Record, numbered, without_payloads
from harness.recording.model import (
    AudioRange,
    Direction,
    GeneratedItem,
    SentCommand,
    Truncation,
    Violation,
    WireMessage,
)
from harness.recording.tools import ToolRun
from harness.scenario.model import Scenario, Suite
from harness.scenario.script import Turn
from harness.session.agent_side import AgentSide
from harness.session.playout import Playout
from harness.session.received_audio import ArrivedEvent, Arriving, GeneratedSound
from harness.session.tools import ServerRuns, ToolDesk
from harness.units import RATE_HZ

_NO_SUITE = Suite(format=1, suite="-", instructions="-")
_NO_SCRIPT = Scenario(format=1, name="-", turns=(Turn(silence=0.0),))


class Replay:
    """Feed it the messages of a session in order, with their times on the recording's clock."""

    def __init__(self, dialect: OpenAiGa, answers: AudioFormat) -> None:
        self._dialect = dialect
        self._decoder = Decoder(dialect, c.SessionConfig(output_format=answers))
        self._arriving = Arriving(self._decoder, answers)
        self._playout = Playout()
        self._agent = AgentSide(self._playout)
        self._generated = GeneratedSound()
        self._requests = ToolRequests()
        self._servers = ServerRuns(self._agent, ToolDesk(_NO_SUITE, _NO_SCRIPT, seed=0))
        self._records: list[Record] = []
        self._sounds: list[Int16Array] = []
        self._items: list[GeneratedItem] = []
        self._begun: set[int] = set()
        self._tools: list[ToolRun] = []
        self._truncations: list[Truncation] = []
        self._cut: dict[tuple[str, int], int] = {}
        """The played length of parts that were stopped, by item and content index."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Messages that could not be used, one sentence each."""
        found = (self._arriving.unheard, self._arriving.unknown, self._arriving.mistaken)
        return tuple(filter(None, found))

    def append(self, at_s: float, logged: LoggedMessage, where: AudioRange) -> None:
        """Take a piece of the caller's stream."""
        range_ = {"track": where.track, "start": where.start, "samples": where.samples}
        message = {**logged.message, "audio": range_}
        self._records.append(WireMessage(at_s, Direction.SENT, message))

    def sent(self, at_s: float, logged: LoggedMessage) -> c.ClientCommand | None:
        """Take another message of the client; return the command in it if it can be read."""
        self._records.append(WireMessage(at_s, Direction.SENT, logged.message))
        try:
            command = self._dialect.decode_client(orjson.dumps(logged.message))
        except WireFault:
            return None  # the server's conformance is judged, not its client's
        self._decoder.sent(command)
        self._records.append(SentCommand(at_s, command))
        match command:
            case c.TruncateItem(item_id, content_index, audio_end_ms):
                heard = self._heard(at_s, item_id, content_index)
                told = Truncation(at_s, item_id, content_index, audio_end_ms, heard)
                self._truncations.append(told)
            case c.CreateItem(item) if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
                self._answered(at_s, item)
            case _:
                pass
        return command

    def received(self, at_s: float, logged: LoggedMessage) -> tuple[e.ServerEvent, ...]:
        """Take a message of the server; return the events in it."""
        data = orjson.dumps(logged.message)
        arrived = self._arriving.take(data, at_s)
        noted = self._generated.noted(at_s, arrived)
        bare = orjson.loads(without_payloads(data, noted.payloads))
        self._records += (WireMessage(at_s, Direction.RECEIVED, bare), *noted.neutral)
        self._sounds += noted.sounds
        self._items += noted.over
        for each in arrived.events:
            self._take(at_s, each)
        return tuple(each.event for each in arrived.events)

    def over(self, end_s: float) -> tuple[StoredSession, Pcm]:
        """Return the session, and the agent's track as it was heard."""
        heard = Pcm(self._playout.take(end_s), RATE_HZ)
        events, commands = numbered(self._records)
        session = StoredSession(
            dialect=self._dialect.name,
            messages=tuple(each for each in self._records if isinstance(each, WireMessage)),
            events=events,
            commands=commands,
            violations=tuple(each for each in self._records if isinstance(each, Violation)),
            played=self._playout.finish(end_s),
            generated=(*self._items, *self._generated.open()),
            tools=(*self._tools, *self._servers.all()),
            truncations=tuple(self._truncations),
            agent_generated=Pcm(np.concatenate([np.zeros(0, np.int16), *self._sounds]), RATE_HZ),
            duration_s=end_s,
        )
        return session, heard

    # --- inside --------------------------------------------------------------------------

    def _take(self, at_s: float, each: ArrivedEvent) -> None:
        event = each.event
        if isinstance(event, e.AudioDelta) and each.samples is not None:
            audible = bool(len(audible_places(each.samples, RATE_HZ)))
            told = self._agent.sounded(at_s, event.response_id, audible=audible)
            self._playout.arrived(at_s, event.key, each.samples, told=told)
        elif isinstance(event, e.Interrupted):
            self._stop(at_s)
        else:
            self._agent.received(at_s, event)
            self._called(at_s, event)

    def _stop(self, at_s: float) -> None:
        complete = frozenset(self._agent.audio_done)
        dropped = self._agent.open_responses
        for part in self._playout.flush(at_s, open_responses=dropped, complete=complete):
            self._cut[part.item_id, part.content_index] = part.heard_samples

    def _heard(self, at_s: float, item_id: str, content_index: int) -> int:
        """Return the heard length of a part that the client reports as stopped."""
        key = item_id, content_index
        if key not in self._cut:
            # No event of the server stopped this part: the client's truncate message does.
            self._stop(at_s)
        if key in self._cut:
            return self._cut.pop(key)
        parts = (part for part in self._all_items() if (part.item_id, part.content_index) == key)
        return sum(
            self._playout.heard_samples(ContentKey(part.response_id, *key), at_s) for part in parts
        )

    def _all_items(self) -> Sequence[GeneratedItem]:
        return (*self._items, *self._generated.open())

    def _called(self, at_s: float, event: e.ServerEvent) -> None:
        for call in self._requests.told(event):
            if call.ready and call.number not in self._begun:
                self._begun.add(call.number)
                self._tools.append(ToolRun.asked(call, at_s))
        if isinstance(event, e.ServerToolCall):
            place = self._waiting(event.call_id)
            if place is not None:
                self._servers.began(self._tools.pop(place))
            self._servers.told(at_s, event)

    def _answered(self, at_s: float, item: Item) -> None:
        place = self._waiting(item.call_id or "")
        if place is not None:
            output = item.output or ""
            outcome = outcome_of(output)
            run = replace(self._tools[place], answered_s=at_s, outcome=outcome, output=output)
            self._tools[place] = run

    def _waiting(self, call_id: str) -> int | None:
        """Return the index of the last call of an id that has no answer."""
        places = (
            place
            for place in reversed(range(len(self._tools)))
            if self._tools[place].call_id == call_id and self._tools[place].answered_s is None
        )
        return next(places, None)
