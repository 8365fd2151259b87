"""Session changes by the server alone, and tool calls that no client could run.

A client decodes audio and expects turns as negotiated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.protocol.commands import ConfigureSession, SessionConfig, differences, merged
from harness.protocol.events import ResponseCreated, ResponseDone, SessionCreated, SessionUpdated
from harness.protocol.tool_requests import ToolRequest, ToolRequests
from harness.recording.lines import snake_case
from harness.recording.model import AgentEvent, Recording, Violation
from harness.recording.tools import ToolOutcome, ToolRun
from harness.timeline.intervals import on_grid
from harness.timeline.model import BegunCall, SessionChange

_COMPARED = ("input_format", "output_format", "voice", "turn_detection")
"""Settings by which a client decodes audio, or by which a caller notices a change."""


def session_changes(recording: Recording) -> Iterator[SessionChange]:
    """Yield every change of a setting that was known before, in order of time."""
    asked = [
        (each.at_s, each.command.config)
        for each in recording.commands
        if isinstance(each.command, ConfigureSession)
    ]
    told = [
        (each.at_s, each.event)
        for each in recording.events
        if isinstance(each.event, SessionCreated | SessionUpdated)
    ]
    held: SessionConfig | None = None
    for at_s, what in sorted((*asked, *told), key=lambda one: one[0]):
        if isinstance(what, SessionCreated):
            held = None  # after a reconnect, the comparison starts with the new session
        elif isinstance(what, SessionConfig):
            # A change that the client requests is not the service's own.
            held = held and _after(held, what)
        else:
            yield from () if held is None else _changed(at_s, held, what.config)
            held = what.config if held is None else _after(held, what.config)


def _after(session: SessionConfig, change: SessionConfig) -> SessionConfig:
    found = merged(session, change)
    return replace(found, turn_detection=None) if change.turn_detection_off else found


def _changed(at_s: float, held: SessionConfig, served: SessionConfig) -> Iterator[SessionChange]:
    for found in differences(held, served, another=lambda ours, theirs: False):
        if found.setting.partition(".")[0] in _COMPARED:
            yield SessionChange(on_grid(at_s), found.setting, found.asked, found.served)


# Tool calls from the server that could not be run: without a name, or without an id.
#
# The recording contains calls that were run. A call that came with a name and without an id was
# made all the same, and was never answered; a call without a name may have been of any tool.

UNNAMED = "which tool was called cannot be told"
UNANSWERED = "the call was not answered"


@dataclass(frozen=True, slots=True)
class _ToldCall:
    """A call as known at the end, and the event that first contained all of it."""

    request: ToolRequest
    event: AgentEvent


def told_calls(recording: Recording) -> ToldCalls:
    """Return the tool calls in the events of a recording."""
    found = ToldCalls(recording.tools)
    for event in recording.events:
        found.received(event)
    return found


class ToldCalls:
    """Collects the tool calls in a recording's events; ``run`` are the calls that ran."""

    def __init__(self, run: Iterable[ToolRun]) -> None:
        self._requests = ToolRequests()
        self._told: dict[int, _ToldCall] = {}
        self._begun_s: dict[int, float] = {}
        self._run = {each.call_id for each in run}
        self._responses_begun: set[str] = set()
        self._responses_ended: set[str] = set()

    def received(self, event: AgentEvent) -> None:
        """Take an event of the server."""
        if isinstance(event.event, ResponseCreated):
            self._responses_begun.add(event.event.response.id)
        elif isinstance(event.event, ResponseDone):
            self._responses_ended.add(event.event.response.id)
        for request in self._requests.told(event.event):
            number = request.number
            self._begun_s.setdefault(number, event.at_s)
            first = self._told.pop(number, None)
            if request.whole and first is not None:
                self._told[number] = replace(first, request=request)
            elif request.whole:
                self._told[number] = _ToldCall(request, event)

    def foreign(self) -> frozenset[str]:
        """Return the ids of calls of responses that were never begun.

        Empty unless the session announces all its other responses.
        """
        if not self._responses_begun or not self._responses_begun >= self._responses_ended:
            return frozenset()
        return frozenset(
            told.request.id
            for told in self._told.values()
            if told.request.response_id not in self._responses_begun
            # Without the server's own id it is not known which response the call is of.
            and told.request.response_id
            and "response_id" not in told.event.assumed
        )

    def begun(self) -> Iterator[BegunCall]:
        """Yield the calls that the agent began and did not finish, in order."""
        for request in self._requests.begun:
            yield BegunCall(request.name, on_grid(self._begun_s[request.number]))

    def unfinished(self) -> frozenset[str]:
        """Return the ids of these calls: older harnesses ran them."""
        return frozenset(request.id for request in self._requests.begun)

    def nameless(self) -> Iterator[tuple[float, str]]:
        """Yield when calls without a name came, with their arguments as JSON text."""
        for told in self._told.values():
            if not told.request.name:
                yield told.event.at_s, told.request.arguments

    def never_run(self) -> Iterator[ToolRun]:
        """Yield the calls that have a name and no id, and that the recording does not hold."""
        for told in self._never_run():
            request = told.request
            yield ToolRun(
                call_id=request.id,
                name=request.name,
                arguments=request.arguments,
                response_id=request.response_id,
                requested_s=told.event.at_s,
                answered_s=None,
                outcome=ToolOutcome.UNANSWERED,
                output=None,
            )

    def violations(self) -> Iterator[Violation]:
        """Yield the losses caused by these calls."""
        for told in self._told.values():
            if not told.request.name:
                yield _violation(told, "the tool call has no name", UNNAMED)
        for told in self._never_run():
            yield _violation(told, "the tool call has no id", UNANSWERED)

    def _never_run(self) -> Iterator[_ToldCall]:
        for told in self._told.values():
            request = told.request
            given = request.call_id or request.item_id
            if request.name and not given and request.id not in self._run:
                yield told


def _violation(told: _ToldCall, detail: str, effect: str) -> Violation:
    kind = snake_case(type(told.event.event)).replace("_", " ")
    return Violation(told.event.at_s, kind, detail, effect)
