"""The tools of a call that its server reports outside the session: on the call's clock, each once.

A server may report a tool while it runs, or later, and in several ways: its file, the webhook, and
the events of the session. Sources are kept apart until the call is over; then their reports of the
same tool call are joined (``recording/tools.py``).

The clock: zero of the recording has a Unix time on this machine, and a reported time is used as it
is, minus the target's setting for how far the server's clock is ahead. There is no further
correction: a time before the call was opened or after it (by more than ``SLACK_S``, which two
clocks kept by NTP do not differ) is refused, with how far off it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol

from harness.protocol.tool_requests import same_arguments
from harness.recording.tool_notices import CallNotice, Notice, ToolNotice
from harness.recording.tools import NoticeSource, RefusedNotice, ToolOutcome, ToolRun

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
