"""Results of mocked tools, and tools that the agent's server runs itself.

Latencies are drawn from a seed of their own per call, so they do not depend on the order in which
tools end.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol

import orjson

from harness.protocol.events import ServerToolCall
from harness.protocol.tool_requests import ToolRequest, parsed_arguments, same_arguments
from harness.recording.tool_notices import CallNotice, Notice, ToolNotice
from harness.recording.tools import NoticeSource, RefusedNotice, ToolOutcome, ToolRun
from harness.scenario.mocked_tools import MockedTools
from harness.scenario.model import (
    NormalLatency,
    RunBy,
    Scenario,
    Suite,
    ToolKind,
    ToolMock,
    UniformLatency,
)
from harness.session.agent_side import AgentSide


@dataclass(frozen=True, slots=True)
class MockAnswer:
    """The answer of a mocked tool: JSON text after ``latency_s``."""

    output: str
    latency_s: float
    outcome: ToolOutcome


class ToolDesk:
    """All tools of a call, with their mocks' state."""

    def __init__(self, suite: Suite, scenario: Scenario, *, seed: int) -> None:
        self._seed = seed
        self._calls = 0
        self._kinds = {tool.name: tool.kind for tool in suite.tools}
        self._servers = {tool.name for tool in suite.tools if tool.run_by is RunBy.SERVER}
        self._tools = MockedTools(suite, scenario)

    def kind(self, name: str) -> ToolKind | None:
        """Return a tool's kind of effect; None for a tool that is not in the suite."""
        return self._kinds.get(name)

    def wants_answer(self, name: str) -> bool:
        """Return whether the agent owes the caller words after a tool: not after a hand-over."""
        return self._kinds.get(name) not in (ToolKind.NO_OP, ToolKind.ESCALATE)

    def is_servers(self, name: str) -> bool:
        """Return whether the agent's server runs a tool itself."""
        return name in self._servers

    def call(self, name: str, raw_arguments: str) -> MockAnswer:
        """Return the answer to a call; never raises, whatever the agent sends."""
        self._calls += 1
        if name not in self._kinds:
            return _failed("unknown tool", ToolOutcome.UNKNOWN_TOOL)
        arguments = parsed_arguments(raw_arguments)
        if arguments is None:
            return _failed("invalid arguments", ToolOutcome.FAILED)
        given = self._tools.call(name, arguments)
        latency_s = 0.0 if given.mock is None else self._latency_s(given.mock, name)
        outcome = ToolOutcome.FAILED if given.failed else ToolOutcome.OK
        outcome = ToolOutcome.TIMED_OUT if given.timed_out else outcome
        return MockAnswer(orjson.dumps(given.output).decode(), latency_s, outcome)

    def _latency_s(self, mock: ToolMock, name: str) -> float:
        draw = random.Random(f"{self._seed}:{self._calls}:{name}")
        match mock.latency_s:
            case NormalLatency(normal=(mean_s, deviation_s)):
                return round(max(0.0, draw.gauss(mean_s, deviation_s)), 6)
            case UniformLatency(uniform=(low_s, high_s)):
                return round(draw.uniform(low_s, high_s), 6)
            case fixed:
                return float(fixed)


def _failed(reason: str, outcome: ToolOutcome) -> MockAnswer:
    return MockAnswer(orjson.dumps({"error": reason}).decode(), 0.0, outcome)


# Tools that the agent's server runs itself, as far as its events show them, for the recording.
#
# A call is the server's if its event marks it so, or if the suite does so for its tool. The harness
# sends no result for it. The caller waits for the server's result, as for any other tool.


class ServerRuns:
    """All tool calls of a call that the server has run itself, in order."""

    def __init__(self, agent: AgentSide, desk: ToolDesk) -> None:
        self._agent, self._desk = agent, desk
        self._runs: dict[str, ToolRun] = {}

    def requested(self, at_s: float, call: ToolRequest) -> None:
        """Note a call of the server that looks like a request to the client."""
        self.began(ToolRun.asked(call, at_s))

    def began(self, run: ToolRun) -> None:
        """Note a call; its result may never come."""
        run = replace(run, outcome=ToolOutcome.UNSEEN, by_server=True)
        self._runs[run.call_id] = run
        if self._desk.kind(run.name) is ToolKind.NO_OP:
            self._agent.answered_silently(run.requested_s, run.response_id or "")
        else:
            self._agent.server_works(run.requested_s)
            self._owes(run.requested_s, run.name, ended=False)

    def left(self, at_s: float, call: ServerToolCall, run: ToolRun | None) -> None:
        """Take a server report of a call that a mock was about to answer (``run``)."""
        if run is not None:
            self.began(run)
        self.told(at_s, call)

    def told(self, at_s: float, call: ServerToolCall) -> None:
        """Take a server report of a call."""
        self._agent.calls(at_s, call.call_id, call.name)
        if call.call_id not in self._runs:
            response_id = call.response_id or None
            unseen = ToolOutcome.UNSEEN
            self.began(ToolRun(call.call_id, call.name, "", response_id, at_s, None, unseen, None))
        known = self._runs[call.call_id]
        if call.ended and known.answered_s is None:
            self._agent.server_worked(at_s)
            self._owes(at_s, known.name or call.name, ended=True)
            known = replace(known, answered_s=at_s)
        self._runs[call.call_id] = replace(
            known,
            name=known.name or call.name,
            arguments=call.arguments or known.arguments,
            response_id=known.response_id or call.response_id or None,
            outcome=_outcome(call),
            output=call.output,
        )

    def name(self, call_id: str) -> str:
        """Return the tool of a call; empty if it is unknown."""
        known = self._runs.get(call_id)
        return "" if known is None else known.name

    def _owes(self, at_s: float, name: str, *, ended: bool) -> None:
        if name and self._desk.wants_answer(name):
            self._agent.result_came(at_s, name, by_server=True, ended=ended)

    def all(self) -> Iterator[ToolRun]:
        """Yield every call as known at the end."""
        yield from self._runs.values()


def _outcome(call: ServerToolCall) -> ToolOutcome:
    if not call.ended:
        return ToolOutcome.UNSEEN
    return ToolOutcome.FAILED if call.failed else ToolOutcome.OK


# The tools of a call that its server reports outside the session: on the call's clock, each once.
#
# A server may report a tool while it runs, or later, and in several ways: its file, the webhook,
# and the events of the session. Sources are kept apart until the call is over; then their reports
# of the same tool call are joined (``recording/tools.py``).
#
# The clock: zero of the recording has a Unix time on this machine, and a reported time is used as
# it is, minus the target's setting for how far the server's clock is ahead. There is no further
# correction: a time before the call was opened or after it (by more than ``SLACK_S``, which two
# clocks kept by NTP do not differ) is refused, with how far off it is.

SLACK_S = 1.0
"""How far outside the call a reported time may be, as clocks differ."""

FRESH_S = 2.0
"""How long a new tool call counts as news to the caller, who then waits for it."""

MOST_REFUSED = 50
"""Refusals of a source that a recording keeps: the rest of a flood adds no information."""


class Why(Enum):
    """Why a notice is refused."""

    FAULTY = "faulty"
    UNKNOWN_CALL = "unknown call"
    OVER = "over"
    UNKNOWN_TOOL = "unknown tool"
    TIME = "time"
    TWICE = "twice"


class NoticeRefused(Exception):
    """A refused notice: the reason, and a line of text for both sides."""

    def __init__(self, why: Why, line: str) -> None:
        super().__init__(line)
        self.why = why


class Watcher(Protocol):
    """The caller's side, which must know of the server's tools while the call runs."""

    def tool_began(self, run: ToolRun) -> None:
        """A tool runs, and has just begun."""
        ...

    def tool_ended(self, run: ToolRun) -> None:
        """A tool has ended, or is reported after its end."""
        ...


Runs = dict[str, ToolRun]
"""Tool calls that a source reported, by their ids."""

Tried = Callable[[], None]
"""Takes validated notices."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A notice, and when it arrived; None for a line of a file."""

    notice: Notice
    arrived_s: float | None


class ToldTools:
    """Receives notices and refuses those that cannot be this call's. Times are Unix times."""

    def __init__(
        self,
        call_id: str,
        tools: Collection[str],
        *,
        wall: Callable[[], float],
        sources: Sequence[str],
        ahead_s: float = 0.0,
    ) -> None:
        self.call_id, self.ids = call_id, {call_id}
        self._tools, self._wall, self._ahead_s = tools, wall, ahead_s
        self.opened_s = wall()
        self._zero_s: float | None = None
        self._end_s: float | None = None
        self._watcher: Watcher | None = None
        self._runs: dict[str, Runs] = {source: {} for source in sources}
        self._held: list[tuple[str, _Told]] = []
        self._heard: set[str] = set()
        self._refused: dict[str, list[RefusedNotice]] = defaultdict(list)

    # --- the call ----------------------------------------------------------------------------

    def started(self, watcher: Watcher) -> None:
        """Set zero of the recording clock to now, and process earlier notices."""
        self._zero_s, self._watcher = self._wall(), watcher
        held, self._held = self._held, []
        for source, told in held:
            try:
                self.tried(source, [told.notice], told.arrived_s)()
            except NoticeRefused as refused:
                self.refuse(source, str(refused))

    def ended(self, end_s: float) -> None:
        """Note when the call ended, on the recording clock: no tool runs after it."""
        self._end_s = (self._zero_s or self.opened_s) + end_s

    def over(self) -> None:
        """Note that the call is over, if it broke off without an end of its own."""
        if self._end_s is None:
            self._end_s = self._wall()

    def runs(self, source: str) -> tuple[ToolRun, ...]:
        """Return the tool runs that a source reported."""
        return tuple(self._runs[source].values())

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that report this call's tools."""
        return tuple(self._runs)

    def accounts(self) -> tuple[NoticeSource, ...]:
        """Return each source's report for this call, as the recording keeps it."""
        zero = datetime.fromtimestamp(self._zero_s or self.opened_s, UTC)
        return tuple(
            NoticeSource(
                source=source,
                call_id=self.call_id,
                zero_at=zero.isoformat(timespec="microseconds"),
                heard=source in self._heard,
                refused=tuple(self._refused[source]),
            )
            for source in self._runs
        )

    # --- the sources -------------------------------------------------------------------------

    def covers(self, at_s: float) -> bool:
        """Return whether the call was in progress at a moment."""
        end_s = self._wall() if self._end_s is None else self._end_s
        return self.opened_s - SLACK_S <= at_s - self._ahead_s <= end_s + SLACK_S

    def refuse(self, source: str, line: str, *, counts: bool = True) -> None:
        """Note a refused notice that may be this call's; if ``counts``, it may be a tool of it."""
        kept = self._refused[source]
        if len(kept) < MOST_REFUSED:
            kept.append(RefusedNotice(self._at(self._wall()), line, counts))

    def tried(self, source: str, notices: Sequence[Notice], arrived_s: float | None) -> Tried:
        """Return a function that takes all these notices; raises NoticeRefused if any is invalid.

        ``arrived_s`` is when they came; None if that is unknown, as in a file.
        """
        runs, news = dict(self._runs[source]), list[tuple[ToolRun, bool]]()
        for notice in notices:
            if isinstance(notice, CallNotice):
                continue
            self._check_tool(notice)
            if self._zero_s is not None:
                news.append(self._placed(source, runs, _Told(notice, arrived_s)))

        def take() -> None:
            self._heard.add(source)
            if self._zero_s is None:
                self._held += [(source, _Told(notice, arrived_s)) for notice in notices]
                return
            self._runs[source] = runs
            for run, is_new in news:
                self._spread(run, is_new)

        return take

    # --- inside ------------------------------------------------------------------------------

    def _check_tool(self, notice: ToolNotice) -> None:
        if notice.name and notice.name not in self._tools:
            known = ", ".join(self._tools)
            line = f"name: the suite has no tool {notice.name!r}; it has: {known}"
            raise NoticeRefused(Why.UNKNOWN_TOOL, line)

    def _placed(self, source: str, runs: Runs, told: _Told) -> tuple[ToolRun, bool]:
        """Add a notice to the runs; return the tool call, and whether it is new."""
        notice = told.notice
        assert isinstance(notice, ToolNotice)
        known = _known(runs, notice)
        if known is None:
            run = self._begun(source, runs, notice, told.arrived_s)
        else:
            run = _agreed(known, notice)
        if notice.ended and run.outcome is ToolOutcome.UNSEEN:
            run = self._over(run, notice, told.arrived_s)
        runs[run.call_id] = run
        return run, known is None

    def _begun(
        self, source: str, runs: Runs, notice: ToolNotice, arrived_s: float | None
    ) -> ToolRun:
        if not notice.name:
            line = f"name: expected the tool's name, as no call {notice.id!r} was told of before"
            raise NoticeRefused(Why.FAULTY, line)
        if notice.started_s is not None:
            at_s = self._within(notice.started_s, "started_at")
        elif arrived_s is not None:
            at_s = self._at(arrived_s)
        else:
            line = "started_at: expected the time at which the tool began, got nothing"
            raise NoticeRefused(Why.FAULTY, line)
        return ToolRun(
            call_id=notice.id or f"{source}_{len(runs) + 1}",
            name=notice.name,
            arguments=notice.arguments or "",
            response_id=None,
            requested_s=at_s,
            answered_s=None,
            outcome=ToolOutcome.UNSEEN,
            output=None,
            by_server=True,
        )

    def _over(self, run: ToolRun, notice: ToolNotice, arrived_s: float | None) -> ToolRun:
        """Return a call with its end; a tool that ended after the call gave no result."""
        if notice.ended_s is not None:
            at_s = self._ended_at(notice.ended_s - self._ahead_s)
        elif arrived_s is not None:
            at_s = max(run.requested_s, self._at(arrived_s))
        else:
            at_s = run.requested_s
        if at_s < run.requested_s:
            line = f"ended_at: lies {run.requested_s - at_s:.3f} s before the tool began"
            raise NoticeRefused(Why.TIME, line)
        if self._end_s is not None and at_s > self._at(self._end_s):
            return run
        outcome = ToolOutcome.FAILED if notice.failed else ToolOutcome.OK
        return replace(run, answered_s=at_s, outcome=outcome, output=notice.output)

    def _within(self, told_s: float, key: str) -> float:
        """Return a reported time on the recording clock; raises NoticeRefused if it is outside."""
        at_s = told_s - self._ahead_s
        end_s = self._wall() if self._end_s is None else self._end_s
        early_s, late_s = self.opened_s - at_s, at_s - end_s
        if max(early_s, late_s) > SLACK_S:
            over = "it ended" if self._end_s is not None else "now"
            off = (
                f"{early_s:.1f} s before the call"
                if early_s > 0
                else f"{late_s:.1f} s after {over}"
            )
            why = "is the server's clock right, and the offset of its times?"
            raise NoticeRefused(Why.TIME, f"{key}: lies {off}; {why}")
        return self._at(min(at_s, end_s))

    def _ended_at(self, unix_s: float) -> float:
        """Return the time of an end; it may be after the call's end, but not in the future."""
        late_s = unix_s - self._wall()
        if late_s > SLACK_S:
            line = f"ended_at: lies {late_s:.1f} s after now; is the server's clock right?"
            raise NoticeRefused(Why.TIME, line)
        return self._at(unix_s)

    def _at(self, unix_s: float) -> float:
        zero_s = self.opened_s if self._zero_s is None else self._zero_s
        return round(unix_s - zero_s, 6)

    def _spread(self, run: ToolRun, is_new: bool) -> None:
        """Report new facts to the caller's end."""
        if self._watcher is None or self._end_s is not None:
            return
        if run.outcome is not ToolOutcome.UNSEEN:
            self._watcher.tool_ended(run)
        elif is_new and self._at(self._wall()) - run.requested_s <= FRESH_S:
            self._watcher.tool_began(run)


def _known(runs: Runs, notice: ToolNotice) -> ToolRun | None:
    """Return the call that a notice adds to: by its id, else the last call that runs."""
    if notice.id:
        return runs.get(notice.id)
    if not notice.ended or notice.started_s is not None:
        return None
    running = (each for each in runs.values() if each.outcome is ToolOutcome.UNSEEN)
    return next((each for each in reversed(tuple(running)) if each.name == notice.name), None)


def _agreed(known: ToolRun, notice: ToolNotice) -> ToolRun:
    """Return a known call with the facts of a further notice; they must not differ."""
    told = notice.arguments
    other_name = bool(notice.name) and notice.name != known.name
    if other_name or (told and known.arguments and not same_arguments(told, known.arguments)):
        what = f"the tool {known.name}" if other_name else "other arguments"
        line = (
            f"id: {notice.id!r} was told of before, with {what}; each call needs an id of its own"
        )
        raise NoticeRefused(Why.TWICE, line)
    return replace(known, arguments=known.arguments or told or "")
