"""Runs the agent's tool calls: mocked results after their latency, approvals, one response.

A response is requested once all results of the response before are sent and it has ended; while
another response is open, or the agent's VAD is about to answer the caller anyway, the request
waits, and a response that begins meanwhile takes the results up.

A response may call several tools. Its results are taken up by a single further response, requested
once every result is sent and the response itself has ended. A response that only called ``no_op``
tools needs no further response: silence was the answer.

A request for approval of a tool of a remote server is answered as the target configures
(below); the response after the approved tool is requested in the same way.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from harness.audio.activity import audible_places
from harness.audio.pcm import Int16Array
from harness.protocol.commands import AnswerApproval, CreateItem, CreateResponse, TruncateItem
from harness.protocol.events import (
    ApprovalAsked,
    AudioDelta,
    Interrupted,
    ResponseCreated,
    ResponseDone,
    ServerError,
    ServerEvent,
    ServerToolCall,
    SessionCreated,
    TextDelta,
    TextDone,
    ToolCallCancelled,
)
from harness.protocol.items import Item, ItemKind, Response
from harness.protocol.tool_requests import ToolRequest, ToolRequests
from harness.recording.model import StepAnswer, Truncation, turn_asked_in
from harness.recording.tools import ToolRun, joined
from harness.recording.writer import RecordingWriter
from harness.scenario.model import ToolKind
from harness.session.agent_side import AUTOMATIC_RESPONSE_S, AgentSide, OwedKind
from harness.session.recorded_connection import RecordedConnection
from harness.session.tools import MockAnswer, ServerRuns, ToldTools, ToolDesk
from harness.text import counted
from harness.units import RATE_HZ

# Requests of the service for approval of a tool, and the target's answer to them.
#
# The service runs the tool by itself once it is approved. Then, and after a refusal, it waits for
# the client to request an answer (openai-ruby, ``examples/realtime/mcp_approval.rb``).


class Approvals:
    """All approval requests of a call; ``approve`` is None if the target answers none."""

    def __init__(self, agent: AgentSide, desk: ToolDesk, approve: bool | None) -> None:
        self._agent, self._desk, self._approve = agent, desk, approve
        self._asked: set[str] = set()
        self._answered: set[str] = set()
        self._approved: list[str] = []
        self._begun: dict[str, str] = {}
        """The approved tools that the service runs or ran, by the id of their call."""

    def received(self, at_s: float, event: ApprovalAsked) -> AnswerApproval | None:
        """Take note of a request; return the answer to it if the target has one."""
        seen = event.item_id in self._asked
        self._asked.add(event.item_id)
        if event.approved is not None:
            if event.item_id not in self._answered:
                self._decided(at_s, event, approve=event.approved)
        elif not seen and self._approve is None:
            self._owes(at_s, event, OwedKind.UNAPPROVED)
        elif not seen and self._approve is not None:
            self._decided(at_s, event, approve=self._approve)
            if self._approve:
                self._approved.append(event.tool)
            return AnswerApproval(event.item_id, self._approve)
        return None

    def has_ended(self, call: ServerToolCall, name: str) -> bool:
        """Take note of a call that the server runs; return True if an approved one has ended.

        Then an answer must be requested. ``name`` is the tool, which ``call`` may leave out.
        """
        if call.call_id not in self._begun and name in self._approved:
            self._approved.remove(name)
            self._begun[call.call_id] = name
        if not call.ended or not self._begun.get(call.call_id):
            return False
        self._begun[call.call_id] = ""
        return self._desk.wants_answer(name)

    def never_began(self, tool: str) -> bool:
        """Return whether an approved tool has not begun to run; the wait for it ends."""
        waits = tool in self._approved
        if waits:
            self._approved.remove(tool)
        return waits

    def wants_answer(self, tool: str) -> bool:
        """Return whether an answer must be requested after a refusal of a tool."""
        return self._desk.wants_answer(tool)

    def begin_anew(self) -> None:
        """Forget the approvals of a session that is over."""
        self._approved.clear()
        self._begun.clear()

    def _decided(self, at_s: float, event: ApprovalAsked, *, approve: bool) -> None:
        self._answered.add(event.item_id)
        if approve:
            self._agent.server_works(at_s)
        self._owes(at_s, event, OwedKind.RUNNING if approve else OwedKind.REFUSED)

    def _owes(self, at_s: float, event: ApprovalAsked, kind: OwedKind) -> None:
        if self._desk.wants_answer(event.tool):
            self._agent.owes(at_s, event.tool or "a tool", kind)


@dataclass(slots=True)
class _Calls:
    running: set[int] = field(default_factory=set)
    ended: bool = False
    speaking: set[int] = field(default_factory=set)
    """Calls that need a further response."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A response whose tool calls are all answered; ``silent`` if it needs no further response."""

    response_id: str
    silent: bool


class FollowUps:
    """The tool calls of all responses of a call, by number: ids may return. Pure."""

    def __init__(self) -> None:
        self._calls: dict[str, _Calls] = {}

    def called(self, response_id: str, call: int, *, silent: bool, open_: bool = True) -> None:
        """Note a tool call; ``silent`` for a ``no_op`` tool.

        A response that is not ``open_`` has ended, or no event will ever report its end.
        """
        calls = self._calls.setdefault(response_id, _Calls(ended=not open_))
        calls.running.add(call)
        if not silent:
            calls.speaking.add(call)

    def answered(self, response_id: str, call: int) -> Settled | None:
        """Note a result that was sent; return the response if that settles it."""
        self._calls[response_id].running.discard(call)
        return self._settled(response_id)

    def taken(self, response_id: str, call: int) -> Settled | None:
        """Forget a call that the server answers itself; return the response if the rest settles."""
        calls = self._calls[response_id]
        calls.running.discard(call)
        calls.speaking.discard(call)
        if calls.running or calls.speaking:
            return self._settled(response_id)
        del self._calls[response_id]  # the server continues by itself
        return None

    def ended(self, response_id: str) -> Settled | None:
        """Note that a response ended; return it if that settles its tool calls."""
        if response_id not in self._calls:
            return None
        self._calls[response_id].ended = True
        return self._settled(response_id)

    def _settled(self, response_id: str) -> Settled | None:
        calls = self._calls[response_id]
        if calls.running or not calls.ended:
            return None
        del self._calls[response_id]
        return Settled(response_id, silent=not calls.speaking)


class ToolWork:
    """All tool calls of a call, and the requests for responses."""

    def __init__(
        self,
        connection: RecordedConnection,
        agent: AgentSide,
        *,
        desk: ToolDesk,
        writer: RecordingWriter,
        told: ToldTools | None = None,
        approve: bool | None = None,
    ) -> None:
        self._connection, self._agent, self._desk, self._writer = connection, agent, desk, writer
        self._told = told
        self._mocked: list[ToolRun] = []
        self._awaited: set[str] = set()
        self._follow_ups = FollowUps()
        self._requests = ToolRequests()
        self._servers = ServerRuns(agent, desk)
        self._approvals = Approvals(agent, desk, approve)
        self._begun: set[int] = set()
        self._running: dict[int, ToolRun] = {}
        self._asked_id = ""
        self._asks_for_server = False
        """Whether the answer to a tool that the server ran must be requested."""
        self._needless_id = ""
        """Id of a request for an answer that the server has begun by itself."""
        self._turn = asyncio.Lock()

    def received(
        self,
        at_s: float,
        event: ServerEvent,
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """Start the tool calls in an event, each as a task of its own."""
        for call in self._requests.told(event):
            if call.ready and call.number not in self._begun:
                self._begun.add(call.number)
                self._agent.calls(at_s, call.id, call.name)
                if self._desk.is_servers(call.name):
                    self._servers.requested(at_s, call)
                else:
                    self._note(at_s, call)
                    spawn(self._run(call))
        if isinstance(event, ServerToolCall | ToolCallCancelled):
            self._taken_by_server(at_s, event)
        if isinstance(event, ApprovalAsked):
            decision = self._approvals.received(at_s, event)
            if decision is not None:
                spawn(self._answer_approval(decision, event.tool))
        if isinstance(event, SessionCreated) and self._told is not None and event.session_id:
            self._told.ids.add(event.session_id)
        if isinstance(event, ResponseCreated) and self._asks_for_server:
            # The server that ran the tool knows its result: any response is the answer to it.
            self._asks_for_server, self._agent.owed = False, False
            self._needless_id = self._asked_id
        if isinstance(event, ResponseDone):
            self._settle(at_s, self._follow_ups.ended(event.response.id))

    def _taken_by_server(self, at_s: float, event: ServerToolCall | ToolCallCancelled) -> None:
        run = self._let_go(at_s, event.call_id)
        if isinstance(event, ServerToolCall):
            self._servers.left(at_s, event, run)
            if self._approvals.has_ended(event, self._servers.name(event.call_id)):
                self._agent.owed = self._asks_for_server = True
        elif run is not None:
            self._writer.note(run)

    async def ask(self, *, at_s: float) -> None:
        """Request a response, even if another is open; raises Closed."""
        self._agent.asked(at_s)
        self._asked_id = await self._connection.command(CreateResponse())

    async def ask_for_answer(self, at_s: float) -> None:
        """Request the answer to a turn, after any open response; raises Closed."""
        self._agent.owed = bool(self._agent.open_responses)
        if not self._agent.owed:
            await self.ask(at_s=at_s)

    async def ask_if_owed(self, at_s: float) -> None:
        """Request the response that takes up tool results, if a request is allowed now."""
        if self._agent.owed and self._agent.may_be_asked(at_s):
            self._agent.owed = False
            await self.ask(at_s=at_s)

    def refused(self, at_s: float, event: ServerError, *, wanted: bool) -> None:
        """Take note of an error; a request refused due to an open response is repeated later.

        The service's own answer to the caller may be refused so, too; ``wanted`` means that the
        caller waits for an answer.
        """
        if self._needless_id and event.error.event_id == self._needless_id:
            return
        ours = bool(self._asked_id) and event.error.event_id == self._asked_id
        if ours or (wanted and event.answering):
            self._asked_id = ""
            self._agent.refused(at_s, event.error if event.answering else None)

    @property
    def runs(self) -> tuple[ToolRun, ...]:
        """The calls that a mock answered, or is about to answer."""
        return (*self._mocked, *self._running.values())

    def begin_anew(self) -> None:
        """Treat calls of another session as separate, even with equal ids."""
        self._requests.begin_anew()
        self._approvals.begin_anew()
        self._asks_for_server = False
        self._asked_id = ""

    def unwritten(self) -> Iterator[ToolRun]:
        """Yield the tool calls that the recording lacks: those that still run, and the server's.

        A call that a mock answered is not the server's, whatever the server reports about it.
        """
        yield from self._running.values()
        told = self._told
        beside = () if told is None else tuple(told.runs(source) for source in told.sources)
        mocked = (*self._mocked, *self._running.values())
        every = joined((mocked, tuple(self._servers.all()), *beside))
        yield from (run for run in every if run.by_server)

    def tool_began(self, run: ToolRun) -> None:
        """Note a tool that the server has begun to run, and reports outside the session."""
        at_s = self._connection.now_s()
        self._leave(at_s, run)
        if self._desk.kind(run.name) is ToolKind.NO_OP:
            self._agent.answered_silently(at_s, "")
        elif not self._agent.has_begun_since(run.requested_s):
            self._awaited.add(run.call_id)
            self._agent.server_works(at_s)

    def tool_ended(self, run: ToolRun) -> None:
        """Note that such a tool has ended, or is reported after its end."""
        at_s = self._connection.now_s()
        self._leave(at_s, run)
        if run.call_id in self._awaited:
            self._awaited.discard(run.call_id)
            self._agent.server_worked(at_s)
            if all(run.call_id != mocked.call_id for mocked in self.runs):
                told = run.name if self._desk.wants_answer(run.name) else ""
                self._agent.result_came(run.answered_s or at_s, told, by_server=True)
        elif self._desk.kind(run.name) is ToolKind.NO_OP:
            self._agent.answered_silently(at_s, "")

    @property
    def unread(self) -> str:
        """Describe the calls that could not be run; empty if there were none."""
        count = len(self._requests.nameless)
        calls = counted(count, "tool call")
        return f"{calls} came without a name and could not be answered" if count else ""

    def _note(self, at_s: float, call: ToolRequest) -> None:
        self._agent.tool_started(call.number)
        silent = self._desk.kind(call.name) is ToolKind.NO_OP
        is_open = call.response_id in self._agent.open_responses
        self._follow_ups.called(call.response_id, call.number, silent=silent, open_=is_open)
        self._running[call.number] = ToolRun.asked(call, at_s)

    def _leave(self, at_s: float, told: ToolRun) -> None:
        """Leave a call to the server that reports it, if a mock was about to answer."""
        self._agent.calls(at_s, told.call_id, told.name)
        run = self._let_go(at_s, told.call_id)
        if run is not None:
            self._servers.began(run)

    def _let_go(self, at_s: float, call_id: str) -> ToolRun | None:
        """Return a call that a mock was about to answer, and withdraw it from the mock."""
        for number, run in self._running.items():
            if run.call_id == call_id:
                del self._running[number]
                self._agent.tool_ended(at_s, number)
                self._settle(at_s, self._follow_ups.taken(run.response_id or "", number))
                return run
        return None

    async def _run(self, call: ToolRequest) -> None:
        async with self._one_by_one():
            answer = self._desk.call(call.name, call.arguments)
        await asyncio.sleep(answer.latency_s)
        async with self._one_by_one():
            if call.number in self._running:
                await self._answer(call, answer)

    async def _answer(self, call: ToolRequest, answer: MockAnswer) -> None:
        output = Item(None, ItemKind.FUNCTION_CALL_OUTPUT, call_id=call.id, output=answer.output)
        at_s = self._connection.now_s()
        run = self._running.pop(call.number)
        answered = replace(run, answered_s=at_s, outcome=answer.outcome, output=answer.output)
        self._mocked.append(answered)
        self._writer.note(answered)
        self._agent.tool_ended(at_s, call.number)
        if not self._agent.is_foreign(call.response_id):  # else another session's caller waits
            self._agent.result_came(at_s, call.name if self._desk.wants_answer(call.name) else "")
        settled = self._follow_ups.answered(call.response_id, call.number)
        self._settle(at_s, settled)
        await self._connection.command(CreateItem(output))
        await self.ask_if_owed(at_s)

    async def _answer_approval(self, decision: AnswerApproval, tool: str) -> None:
        """Approve or refuse a tool; then request an answer, if no tool runs before it."""
        await self._connection.command(decision)
        at_s = self._connection.now_s()
        if decision.approve:
            # Most services run the tool at once; some wait for a response in which to run it. The
            # request's own response may have begun at the same instant.
            await asyncio.sleep(AUTOMATIC_RESPONSE_S)
            later_s = math.nextafter(at_s, math.inf)
            if self._agent.has_begun_since(later_s) or not self._approvals.never_began(tool):
                return
        elif not self._approvals.wants_answer(tool):
            return
        self._agent.owed = True
        await self.ask_if_owed(self._connection.now_s())

    @asynccontextmanager
    async def _one_by_one(self) -> AsyncIterator[None]:
        """Let other work run in between: an agent may call thousands of tools at once."""
        async with self._turn:
            yield
            await asyncio.sleep(0)

    def _settle(self, at_s: float, settled: Settled | None) -> None:
        if settled is None:
            return
        if settled.silent:
            self._agent.answered_silently(at_s, settled.response_id)
        else:
            self._agent.owed = True


# Effects of the agent's events on the caller's side: queued audio, tools, interruptions.

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
