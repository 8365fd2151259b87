"""Steps of the script that change the session: history, items and settings.

The service may refuse any of them. Then the call ends, as the script cannot be played; the end
names the entry of the script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from harness.caller.utterances import with_values
from harness.protocol.commands import (
    ClientCommand,
    ConfigureSession,
    CreateItem,
    CreateResponse,
    ResponseOptions,
    merged,
)
from harness.protocol.items import Content, ContentKind, ErrorInfo, Item, ItemKind, Role
from harness.recording.model import ASKED, StepKind, StepTaken
from harness.recording.provenance import CallStatus
from harness.recording.tools import ToolRun
from harness.recording.writer import RecordingWriter
from harness.scenario.model import Fact, Scenario
from harness.scenario.script import Earlier, Inject, OutOfBand, SessionChange
from harness.session.agent_side import AgentSide
from harness.session.ending import Ending
from harness.session.plan import CallPlan, tools_of
from harness.session.recorded_connection import RecordedConnection
from harness.transport.base import Closed

# The history before the call, as the items that give it to an agent.


def earlier_items(scenario: Scenario) -> Iterator[tuple[int, Item]]:
    """Yield the items of a scenario's history in order, each with the number of its entry.

    An earlier tool call becomes two items: the call, and its result.
    """
    for number, earlier in enumerate(scenario.history):
        if earlier.tool is None:
            text = with_values(earlier.text or "", scenario.facts)
            yield number, message(earlier.role or "", text)
        else:
            for item in _call(earlier, f"earlier_{number + 1}", scenario.facts):
                yield number, item


def message(role: str, text: str) -> Item:
    """Return text as an item of its author: user, assistant or system."""
    kind = ContentKind.OUTPUT_TEXT if role == Role.ASSISTANT.value else ContentKind.INPUT_TEXT
    return Item(kind=ItemKind.MESSAGE, role=Role(role), content=(Content(kind, text=text),))


def _call(earlier: Earlier, call_id: str, facts: Mapping[str, Fact]) -> Iterator[Item]:
    given, returned = (
        orjson.dumps(_filled(each, facts)).decode() for each in (earlier.arguments, earlier.returns)
    )
    kind = ItemKind.FUNCTION_CALL
    yield Item(kind=kind, call_id=call_id, name=earlier.tool, arguments=given)
    yield Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id=call_id, output=returned)


def tool_items(run: ToolRun) -> Iterator[Item]:
    """Yield a call of this conversation as its items: the call, and its result if there is one."""
    kind = ItemKind.FUNCTION_CALL
    yield Item(kind=kind, call_id=run.call_id, name=run.name, arguments=run.arguments)
    if run.output is not None:
        result = ItemKind.FUNCTION_CALL_OUTPUT
        yield Item(kind=result, call_id=run.call_id, output=run.output)


def _filled(value: Any, facts: Mapping[str, Fact]) -> Any:
    if isinstance(value, str):
        return with_values(value, facts)
    if isinstance(value, dict):
        return {key: _filled(inner, facts) for key, inner in value.items()}
    return [_filled(inner, facts) for inner in value] if isinstance(value, list) else value


_OURS = "invalid_request_error"
"""The service's type for client errors: an item or action that does not exist, or not now."""


class Steps:
    """Sends the history and the script's steps, and maps the ids of sent items to their entries."""

    def __init__(
        self,
        plan: CallPlan,
        connection: RecordedConnection,
        agent: AgentSide,
        *,
        writer: RecordingWriter,
    ) -> None:
        self._plan, self._connection, self._writer = plan, connection, writer
        self._agent = agent
        self._told: dict[str, tuple[str, bool]] = {}
        """The entry that a message belongs to, and whether it was sent mid-call, by its id."""
        self.injected: list[tuple[float, Item]] = []
        """Items added to the conversation during the call, and when."""
        self.wanted = plan.wanted
        """The session settings requested so far."""

    async def tell_history(self) -> None:
        """Send the agent the history before the call, before the recording begins."""
        with suppress(Closed):  # the listener knows how the server ended the call
            for number, item in earlier_items(self._plan.scenario):
                message_id = await self._connection.command(CreateItem(item))
                self._told[message_id] = f"history[{number}]", False

    async def take(self, at_s: float, turn: int) -> None:
        """Do what a turn of the script does to the session; raises Closed."""
        kind, text, command = self._done_in(turn)
        if kind is StepKind.OUT_OF_BAND:
            self._agent.asked_out_of_band.add(turn)
        self._writer.note(StepTaken(round(at_s, 6), turn, kind, text))
        if isinstance(command, CreateItem):  # before sending: the line may be lost
            self.injected.append((at_s, command.item))
        elif isinstance(command, ConfigureSession):
            self.wanted = merged(self.wanted, command.config)
        message_id = await self._connection.command(command)
        self._told[message_id] = f"turn {turn + 1} ({kind.value})", True

    def begin_anew(self) -> None:
        """Forget the items sent in a session that is gone: another session gives the same ids."""
        self._told.clear()

    def told_again(self, message_id: str) -> None:
        """Take note of a part of the conversation that is sent again to another session."""
        self._told[message_id] = "what was said before the line came back", False

    def refused(self, error: ErrorInfo) -> Ending | None:
        """Return how an error ends the call; None if it is about no sent item."""
        entry, midway = self._told.get(error.event_id or "", ("", False))
        if not entry:
            return None
        ours = midway and error.type == _OURS
        status = CallStatus.CALLER_INVALID if ours else CallStatus.AGENT_ERROR
        return Ending(status, f"{entry} was refused: {error.words}")

    def _done_in(self, turn: int) -> tuple[StepKind, str, ClientCommand]:
        step = self._plan.scenario.turns[turn].step
        if isinstance(step, Inject):
            text = with_values(step.text, self._plan.scenario.facts)
            return StepKind.INJECT, f"{step.role}: {text}", CreateItem(message(step.role, text))
        if isinstance(step, OutOfBand):
            return StepKind.OUT_OF_BAND, step.instructions, _question(step, turn)
        assert isinstance(step, SessionChange)
        return StepKind.SESSION_UPDATE, ", ".join(step.given), self._changed(step)

    def _changed(self, step: SessionChange) -> ConfigureSession:
        wanted, kept = step.wanted(), step.tools
        if kept is not None:
            tools = tuple(tool for tool in tools_of(self._plan.suite) if tool.name in kept)
            wanted = replace(wanted, tools=tools)
        return ConfigureSession(wanted)


def _question(step: OutOfBand, turn: int) -> CreateResponse:
    """Return an out-of-band question, without tools: a tool call would have effects."""
    options = ResponseOptions(
        conversation="none",
        instructions=step.instructions,
        modalities=("text",),
        metadata={ASKED: str(turn)},
        tool_choice="none",
        input=() if step.input == "none" else None,
    )
    return CreateResponse(options)
