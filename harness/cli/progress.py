"""The progress of a run: a bar and figures on a terminal, lines elsewhere.

A cause that keeps call after call from taking place (a server that refuses every connection) is
reported once; a log has a short line for each further call. For the hundreds of calls of a load
test, these are the only reports on single calls.
"""

from __future__ import annotations

import statistics
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from harness.recording.provenance import CallStatus
from harness.report import figures
from harness.report.figures import length, one_line
from harness.results.aggregate import took_place
from harness.results.model import CallResult
from harness.results.verdicts import CAUSE_TEXT, counts
from harness.runs.call_ledger import Progress
from harness.runs.pipeline import own_lateness_s
from harness.runs.plan import Budget, Job, RunPlan
from harness.runs.processes import doing, stop_signals
from harness.text import counted

# Live figures of a run: calls running, rate, lateness, failures, ETA, cost.
#
# Times are an argument, seconds of a clock that only goes forward. A call that is over is no longer
# running, though it is still to be judged, or to be made again because the harness was too late for
# it. A call that is never made only ends.

RATE_S = 60.0
"""Over how long the rate of starts is taken."""
_RATE_FROM_S = 10.0
"""A run that is younger has no rate: its first calls start all at once."""
_KEPT = 200
"""Calls, the last ones, whose length and lateness count."""


@dataclass(frozen=True, slots=True)
class _Running:
    job: Job
    since_s: float


class LiveFigures:
    """Follows the calls of a plan; ``line`` returns the current figures."""

    def __init__(self, plan: RunPlan, now_s: float) -> None:
        self._plan, self._start_s = plan, now_s
        self.total, self.done, self.begun = len(plan.jobs), 0, 0
        self.failed = self.uncounted = 0
        self._running: dict[Path, _Running] = {}
        self._judging: set[Path] = set()
        self._again: set[Path] = set()
        self._starts: deque[float] = deque()
        self._took: deque[float] = deque(maxlen=_KEPT)
        self._late: deque[float] = deque(maxlen=_KEPT)
        self._worst_s = 0.0

    def started(self, job: Job, now_s: float) -> None:
        """A call begins, for the first time or again."""
        place = job.folder(Path())
        # A call that is made again was counted when it began first.
        self.begun += place not in self._again
        self._again.discard(place)
        self._running[place] = _Running(job, now_s)
        self._starts.append(now_s)

    def over(self, job: Job, now_s: float, *, again: bool = False) -> None:
        """A call is over, and is being judged; or was, and is to be made ``again``."""
        place = job.folder(Path())
        if (running := self._running.pop(place, None)) is not None:
            self._took.append(now_s - running.since_s)
        self._judging.discard(place)
        # Either, never both: a call that is made again gets no verdict for this attempt.
        (self._again if again else self._judging).add(place)

    def ended(self, job: Job, result: CallResult, now_s: float, late_s: float | None) -> None:
        """A call is judged; ``late_s`` is how late its frames left (p99), None for unknown."""
        # In case its end was not reported by itself, as for a call that is never made.
        self.over(job, now_s)
        place = job.folder(Path())
        self._judging.discard(place)
        self._again.discard(place)
        self.done += 1
        if self._plan.due_s:  # a load test measures whether calls take place, not their content
            self.failed += result.status != CallStatus.COMPLETED.value
        else:
            self.failed += result.passed is False
            self.uncounted += not counts(result)
        if late_s is not None:
            # The median of the last calls shows the present; the worst of all calls stays visible.
            self._late.append(late_s)
            self._worst_s = max(self._worst_s, late_s)

    @property
    def running(self) -> int:
        """The number of calls under way."""
        return len(self._running)

    def line(self, now_s: float) -> str:
        """Return all figures as text, except the number of finished calls and the time left."""
        return "; ".join(self._told(now_s))

    def age_s(self, now_s: float) -> float:
        """Return how long the run has been running."""
        return now_s - self._start_s

    def eta(self, now_s: float) -> str:
        """Return the remaining time as "0:40", or a dash if it is unknown."""
        return figures.length(self.left_s(now_s))

    def oldest(self, now_s: float) -> str:
        """Return the call that has been running the longest, and for how long; may be empty."""
        oldest = min(self._running.values(), key=lambda one: one.since_s, default=None)
        if oldest is None:
            return ""
        return f"{oldest.job.label} {figures.length(now_s - oldest.since_s)}"

    def left_s(self, now_s: float) -> float | None:
        """Return how long the run will take yet; None before the first call is over."""
        if self.done == self.total:
            return 0.0
        # The length of a call is only known from calls that ended.
        if not self._took:
            return None
        mean_s, plan = statistics.fmean(self._took), self._plan
        # A call that has taken longer than the mean may end at any moment: its rest is 0.
        rests = [max(0.0, mean_s - (now_s - one.since_s)) for one in self._running.values()]
        if plan.due_s:
            # None until the first call is due: the clock starts after the agent and the workers
            # are ready.
            began_s = plan.due_clock.began_s
            from_s = now_s if began_s is None else began_s
            last_s = max(0.0, from_s + plan.due_s[-1] - now_s)
            return last_s + mean_s if self._to_begin else max(rests, default=0.0)
        # All remaining work, shared by the calls at a time; a limit of starts may make it slower.
        shared_s = (sum(rests) + mean_s * self._to_begin) / plan.concurrency
        if plan.rate is not None:
            shared_s = max(shared_s, self._to_begin * 60.0 / plan.rate.per_minute)
        # a single long call may outlast the mean of all others
        return max([shared_s, *rests])

    @property
    def _to_begin(self) -> int:
        waiting = self.total - self.done - len(self._running) - len(self._judging)
        return max(0, waiting)

    def _told(self, now_s: float) -> Iterator[str]:
        parts = [f"{self.running} running"]
        parts += [f"{len(self._judging)} being judged"] if self._judging else []
        parts += [f"{len(self._again)} to be made again"] if self._again else []
        yield ", ".join(parts)
        if (rate := self._a_minute(now_s)) is not None:
            yield f"{rate:.0f} started a minute"
        if self.failed or self.uncounted:
            failed = f"{self.failed} failed"
            yield f"{failed}, {self.uncounted} did not count" if self.uncounted else failed
        if self._late:
            late_ms, worst_ms = 1000 * statistics.median(self._late), 1000 * self._worst_s
            yield f"frames {late_ms:.1f} ms late (p99; worst call {worst_ms:.1f})"
        if self._plan.budget is not None:
            yield spent_line(self._plan.budget)

    def _a_minute(self, now_s: float) -> float | None:
        age_s = self.age_s(now_s)
        # Starts older than the window; the deque is ordered by time.
        while self._starts and self._starts[0] <= now_s - RATE_S:
            self._starts.popleft()
        return None if age_s < _RATE_FROM_S else len(self._starts) * 60.0 / min(age_s, RATE_S)


def spent_line(budget: Budget) -> str:
    """Return the amount spent, and the budget."""
    currency = budget.prices.currency
    spent = figures.money(budget.spent, budget.spent, currency)
    limit = "" if budget.limit is None else f" of {budget.limit:g} {currency}"
    return f"{spent}{limit}{' and more, not all is priced' if budget.untold else ''}"


_FRESH_HZ = 4
"""How often a terminal is drawn anew."""

_AS_BEFORE = "for the same reason as a call before"

LOOK_S, LOAD_LOOK_S = 30.0, 10.0
"""How often a log gets a line of how a run, or a load test, goes."""


@contextmanager
def progress_for(plan: RunPlan) -> Iterator[Progress]:
    """Show a run of this plan on stderr, so that stdout holds results only."""
    console = Console(stderr=True)
    shown = _on_screen(plan, console) if console.is_terminal else _in_log(plan)
    with shown as progress, _answering(progress):
        yield progress


@contextmanager
def _answering(shown: _Shown) -> Iterator[None]:
    """Answer Ctrl-C and SIGTERM at once, while the calls under way still end."""
    # SimpleQueue.put is safe in a signal handler.
    wishes: SimpleQueue[bool] = SimpleQueue()

    def answer() -> None:
        while wishes.get():
            shown.stopping()

    # A thread prints, because a signal handler may interrupt a print.
    # Daemon, so that a display that hangs cannot keep the process alive.
    answering = threading.Thread(target=answer, name="stopping", daemon=True)
    answering.start()
    try:
        with stop_signals() as stop, stop.listening(partial(wishes.put, True)):
            yield
    finally:
        wishes.put(False)
        answering.join()


class _Shown(ABC):
    """Follows a run, and reports its calls."""

    def __init__(self, plan: RunPlan) -> None:
        self._plan, self._causes = plan, _Causes()
        self._lock = threading.Lock()
        self._figures = LiveFigures(plan, time.monotonic())
        self._stopped = 0

    def stopping(self) -> None:
        """Print the effect of a stop: the first ends the run, the second abandons its calls."""
        self._stopped += 1
        with self._lock:
            under_way = counted(self._figures.running, "call")
        if self._stopped == 1:
            self._say(
                f"stopping: {under_way} under way will still end; finished ones are kept; "
                "Ctrl-C again leaves them"
            )
        elif self._stopped == 2:
            self._say(f"stopping: {under_way} under way left; finished ones are kept")

    def started(self, job: Job) -> None:
        """A call begins."""
        with self._lock:
            self._figures.started(job, time.monotonic())

    def over(self, job: Job, *, again: bool = False) -> None:
        """A call is over, and being judged or to be made again."""
        with self._lock:
            self._figures.over(job, time.monotonic(), again=again)

    def ended(self, job: Job, result: CallResult) -> None:
        """A call is over and judged."""
        # In virtual time no frame is late by definition. The manifest is read outside of the lock.
        late_s = None if self._plan.virtual else own_lateness_s(job.folder(self._plan.out))
        with self._lock:
            self._figures.ended(job, result, time.monotonic(), late_s)
        # Always asked, because the question also remembers the cause.
        new = self._causes.is_new(result)
        if not self._plan.due_s:
            self._tell(result, job, new=new)
        elif new and result.status != CallStatus.COMPLETED.value:
            self._say(one_line(f"{job.label}: {_end(result)}: {result.status_detail}"))

    @abstractmethod
    def _tell(self, result: CallResult, job: Job, *, new: bool) -> None:
        """Report a call that is over; ``new`` unless the same cause was reported before."""

    @abstractmethod
    def _say(self, line: str) -> None:
        """Print a line."""


class _Bar(_Shown):
    """A bar, and beneath it the figures and the step of a call, or the longest running call."""

    def __init__(self, plan: RunPlan, console: Console) -> None:
        super().__init__(plan)
        self._console = console
        columns = TextColumn("calls"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._bar = Bar(*columns, TextColumn("ETA {task.description}"), console=console)
        self._task = self._bar.add_task("", total=len(plan.jobs))

    def draw(self) -> Group:
        """Return the current content of the terminal."""
        now_s = time.monotonic()
        with self._lock:
            done, eta = self._figures.done, self._figures.eta(now_s)
            # The work of one worker is enough: the display keeps its height.
            one = doing()[:1] or (self._figures.oldest(now_s),)
            lines = self._figures.line(now_s), *one
        self._bar.update(self._task, completed=done, description=eta)
        # A wrapped line would change the height of the display, and the terminal would flicker.
        told = (Text(line, no_wrap=True, overflow="ellipsis") for line in lines if line)
        return Group(self._bar.get_renderable(), *told)

    def _tell(self, result: CallResult, job: Job, *, new: bool) -> None:
        if new and result.passed is not True:
            self._say(outcome_line(result, job.run))

    def _say(self, line: str) -> None:
        # Above the bar; text of servers is printed as it is, without rich's markup.
        self._console.print(line, highlight=False, markup=False)


@contextmanager
def _on_screen(plan: RunPlan, console: Console) -> Iterator[_Shown]:
    bar = _Bar(plan, console)
    with Live(get_renderable=bar.draw, console=console, refresh_per_second=_FRESH_HZ):
        yield bar


class _Lines(_Shown):
    """A line per call when its verdict is known, and a line for all of them now and then."""

    def look(self) -> None:
        """Print the current figures of the run."""
        now_s = time.monotonic()
        with self._lock:
            figures, total = self._figures, len(self._plan.jobs)
            age, told = length(figures.age_s(now_s)), figures.line(now_s)
            eta = figures.eta(now_s)
            line = f"{age}: {figures.done} of {total} done, {told}; ETA {eta}"
        self._say(line)

    def _tell(self, result: CallResult, job: Job, *, new: bool) -> None:
        done = f"[{self._figures.done}/{len(self._plan.jobs)}]"
        told = result if new else replace(result, status_detail=_AS_BEFORE)
        self._say(f"{done} {outcome_line(told, job.run)}")

    def _say(self, line: str) -> None:
        click.echo(line, err=True)


@contextmanager
def _in_log(plan: RunPlan) -> Iterator[_Shown]:
    lines, end = _Lines(plan), threading.Event()
    every_s = LOAD_LOOK_S if plan.due_s else LOOK_S

    def look() -> None:
        # wait() instead of sleep(): the end of the run ends the thread at once.
        while not end.wait(every_s):
            lines.look()

    looking = threading.Thread(target=look, name="progress", daemon=True)
    looking.start()
    try:
        yield lines
    finally:
        end.set()
        looking.join()
        if plan.due_s:  # no other line reports the calls of a load test
            lines.look()


class _Causes:
    """Causes that have kept calls from taking place so far."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def is_new(self, result: CallResult) -> bool:
        if took_place(result):
            return True
        new = result.status_detail not in self._told
        self._told.add(result.status_detail)
        return new


def outcome_line(result: CallResult, variant: str = "") -> str:
    """Return a call's verdict in one line: its worst reason, and which other scorers failed it.

    ``variant`` is the agent of the call in a comparison: each scenario is called once per agent.
    """
    return one_line(_outcome(result, variant))


def _outcome(result: CallResult, variant: str) -> str:
    where = ", ".join(part for part in (variant, result.condition) if part)
    name = f"{result.scenario} ({where})" if where else result.scenario
    if result.call:
        name = result.call
    elif result.repeat:
        name = f"{name} #{result.repeat + 1} seed {result.seed}"
    if result.passed is True:
        return f"pass  {name}"
    called = name
    if result.passed is False and result.status != "completed":
        called = f"{name} ({result.status})"
    failing = [score for score in result.scores if score.passed is False]
    open_ = [score for score in result.scores if score.outcome in ("review", "broken")]
    for word, scores in (("FAIL", failing), (open_[0].outcome if open_ else "", open_)):
        if scores:
            also = ", ".join(score.scorer for score in scores[1:])
            reason = f"{scores[0].scorer}: {scores[0].reason}"
            return f"{word}  {called}: {reason}{f' (also {also})' if also else ''}"
    # A server's text may contain anything, and a bug's detail contains its traceback.
    first = next(iter(result.status_detail.splitlines()), "")
    said = "".join(sign if sign.isprintable() else " " for sign in first).strip()
    word = "FAIL" if result.passed is False else "----"
    return f"{word}  {name}: {_end(result)}{f': {said}' if said else ''}"


def _end(result: CallResult) -> str:
    """Return how a call ended: by its cause, if that is more specific than the status."""
    return CAUSE_TEXT.get(result.end_cause, result.status)
