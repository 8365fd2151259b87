"""Promises of speed, memory and verdicts: the benchmark, its figure, and the goal.

A benchmark is a script next to this file that prints a JSON line last; a promise is about a
figure in that line. To add a promise, only add a row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

RATIO = "×"


class Better(Enum):
    """Which way a figure should go."""

    LOWER = "≤"
    HIGHER = "≥"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A script with its arguments; ``quick`` is None if no short form of it is meaningful.

    An empty ``quick`` is short enough as it is.
    """

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = None
    repeats: int = 1
    """How often it is run, for the noise of its figures; long runs repeat inside themselves."""

    def command(self, *, quick: bool) -> tuple[str, ...]:
        """Return the script and its arguments."""
        short = self.quick if quick and self.quick is not None else ()
        return (self.script, *self.arguments, *short)


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure of a benchmark's line, and its goal."""

    what: str
    benchmark: str
    figure: str
    better: Better
    goal: float | None
    """None for a figure that is information alone."""
    reference: str
    unit: str = ""
    why: str = ""
    """Why the goal is missed, for a promise that is not kept."""

    @property
    def told(self) -> str:
        """The goal in words: ``≤ 0.6``, ``≥ 60 ×``."""
        if self.goal is None:
            return "information"
        return f"{self.better.value} {self.goal:g} {self.unit}".rstrip()

    def kept_by(self, value: float) -> bool:
        """Whether a value is as promised."""
        if self.goal is None:
            return True
        return value <= self.goal if self.better is Better.LOWER else value >= self.goal

    def values(self, lines: list[Mapping[str, Any]]) -> tuple[float, ...]:
        """Return the figure in each line that has it; a p99 only if it comes from enough waits."""
        enough = (line for line in lines if self._has_enough(line))
        found = (line.get(self.figure) for line in enough)
        return tuple(float(each) for each in found if isinstance(each, int | float))

    def _has_enough(self, line: Mapping[str, Any]) -> bool:
        return "p99" not in self.figure or line.get("waits", LEAST_WAITS) >= LEAST_WAITS


LEAST_WAITS = 300
"""For every p99: three waits lie beyond it."""

_QUICK = ("--quick",)
BENCHMARKS = (
    Benchmark("start", "start.py", quick=_QUICK, repeats=3),
    Benchmark("drift", "drift.py", quick=_QUICK),
    Benchmark("live_many", "live_path.py", ("--many",), _QUICK, repeats=3),
    Benchmark("auto", "auto.py", quick=_QUICK),
    Benchmark("latency_truth", "latency_truth.py", quick=()),
    Benchmark("latency_busy", "latency_truth.py", ("--busy",), quick=()),
    Benchmark("virtual_time", "virtual_time.py", quick=("scenarios/order_desk/lookup",)),
    Benchmark("rescoring", "rescoring.py", quick=(), repeats=3),
    Benchmark("growth", "growth.py", quick=_QUICK),
    Benchmark("long_recording", "long_recording.py", quick=_QUICK),
    Benchmark("long_call", "long_call.py", quick=("--minutes", "9")),
    Benchmark("long_real_call", "long_call.py", ("--real-time",)),
    Benchmark("soak", "soak.py", quick=("--sessions", "300")),
    Benchmark("soak_at_once", "soak.py", ("--rounds", "10"), ("--rounds", "3", "--at-once", "30")),
    Benchmark("judging", "judging.py", quick=_QUICK),
    Benchmark("first_run", "start.py", ("--first-run",)),
    Benchmark("kills", "kills.py", quick=("--kills", "20")),
    Benchmark("machines", "machines.py", quick=_QUICK),
    Benchmark("false_alarms", "false_alarms.py"),
    Benchmark("gates", "gates.py"),
    Benchmark("distractors", "distractors.py", quick=()),
)

_NONE = "none"
PROMISES = (
    Promise("lateness of frames, 400 live calls on 2 cores (p99)", "live_many", "late_p99_ms",
            Better.LOWER, 5.0, _NONE, "ms"),
    Promise("processor time of a second of one of them", "live_many", "cpu_ms",
            Better.LOWER, None, _NONE, "ms"),
    Promise("lateness of frames at as many calls as `--concurrency auto` finds (p99)", "auto",
            "late_p99_ms", Better.LOWER, 5.0, _NONE, "ms"),
    Promise("drift of a caller's turn of 60 s", "drift", "drift_ms",
            Better.LOWER, 20.0, "a sleep after each frame", "ms"),
    Promise("the same, times less", "drift", "times_less",
            Better.HIGHER, 25.0, "a sleep after each frame", RATIO),
    Promise("error of time to first audio (p99)", "latency_truth", "error_p99_ms",
            Better.LOWER, 1.0, "the agent's own truth", "ms"),
    Promise("the same, times less", "latency_truth", "ratio", Better.HIGHER, 15.0,
            "frame stamps", RATIO),
    Promise("the same within its stated uncertainty, all cores busy", "latency_busy", "covered",
            Better.HIGHER, 0.95, "the agent's own truth"),
    Promise("virtual time, judging included", "virtual_time", "ratio",
            Better.HIGHER, 60.0, "the length of the calls", RATIO),
    Promise("byte-identical runs of three", "virtual_time", "identical_runs",
            Better.HIGHER, 3.0, _NONE),
    Promise("judging stored calls again, on one core", "rescoring", "ratio",
            Better.HIGHER, 500.0, "the length of the calls", RATIO),
    Promise("500 call pages, nothing of them drawn yet", "growth", "pages_500_s",
            Better.LOWER, 15.0, _NONE, "s"),
    Promise("processor time of one of them", "growth", "page_cpu_ms",
            Better.LOWER, None, _NONE, "ms"),
    Promise("pages of 500 calls just made, left to write at the end", "growth", "drawn_500_s",
            Better.LOWER, 5.0, _NONE, "s"),
    Promise("processor time of one of them, drawn when it was judged", "growth", "drawn_cpu_ms",
            Better.LOWER, None, _NONE, "ms"),
    Promise("index of 10,000 calls, written", "growth", "index_write_s",
            Better.LOWER, 5.0, _NONE, "s"),
    Promise("the same, opened in Chromium", "growth", "index_open_s",
            Better.LOWER, 1.0, _NONE, "s"),
    Promise("10,000 calls summed up, peak memory", "growth", "aggregate_mb",
            Better.LOWER, 500.0, _NONE, "MB"),
    Promise("10,000 calls judged, drawn, listed, trended, peak memory of all processes", "growth",
            "most_mb", Better.LOWER, 500.0, _NONE, "MB"),
    Promise("power of the calls by which any of it grows", "growth", "worst_exponent",
            Better.LOWER, 1.1, "a tenth of the calls"),
    Promise("judging a recording of 2 hours", "long_recording", "judged_s",
            Better.LOWER, 10.0, _NONE, "s"),
    Promise("the same, packed, as `harness score` reads it", "long_recording", "packed_judged_s",
            Better.LOWER, 10.0, _NONE, "s"),
    Promise("memory of judging it", "long_recording", "peak_mb",
            Better.LOWER, 1_000.0, "1,239 MB of sound", "MB"),
    Promise("memory of a call of an hour, in a minute of it", "long_call", "mb_a_minute",
            Better.LOWER, 0.5, _NONE, "MB"),
    Promise("the same in real time, of the harness and of the light agent", "long_real_call",
            "mb_a_minute", Better.LOWER, 0.5, _NONE, "MB"),
    Promise("memory of the reference agent after 2,000 sessions", "soak", "ratio",
            Better.LOWER, 1.5, "after 50 sessions", RATIO),
    Promise("the same after 10 rounds of 300 spoken answers at once", "soak_at_once", "ratio",
            Better.LOWER, 1.5, "after one round", RATIO),
    Promise("judging an answer of ten times as many values, the slowest kind", "judging",
            "worst_by_values", Better.LOWER, 15.0, "a tenth of the values", RATIO),
    Promise("judging 50,000 characters of anything", "judging", "worst_s",
            Better.LOWER, 2.0, _NONE, "s",
            why="2,800 spelled codes of the form of the value, each compared with it "
                "(55,600 characters)"),
    Promise("start of `harness --help`", "start", "more_s",
            Better.LOWER, 0.25, "`python -c pass`", "s"),
    Promise("processor time of a newcomer's first run", "first_run", "first_cpu_s",
            Better.LOWER, 60.0, _NONE, "s"),
    Promise("runs killed with -9 and resumed that are not as the undisturbed one", "kills",
            "unequal", Better.LOWER, 0.0, "a run that nobody disturbed"),
    Promise("calls made twice by such runs", "kills", "made_twice", Better.LOWER, 0.0, _NONE),
    Promise("calls that a kill costs, 2 under way", "kills", "most_lost",
            Better.LOWER, 2.0, _NONE),
    Promise("what a call made by a worker of dask costs beyond itself", "machines", "overhead_ms",
            Better.LOWER, 5.0, "the same call on this machine", "ms"),
    Promise("calls lost when 20 workers of dask are killed, over the whole suite", "machines",
            "lost", Better.LOWER, 0.0, _NONE),
    Promise("calls counted twice then", "machines", "twice", Better.LOWER, 0.0, _NONE),
    Promise("verdicts that are not as in the undisturbed run then", "machines", "other_verdicts",
            Better.LOWER, 0.0, "a run that nobody disturbed"),
    Promise("comparisons of an agent with itself that find a difference", "false_alarms",
            "false_alarm_rate", Better.LOWER, 0.05, "1,000 comparisons, drawn at random"),
    Promise("builds in which nothing changed that a baseline reddens", "gates",
            "red", Better.LOWER, 0.01, "the true rates"),
    Promise("the same of stored runs, which nobody calls again", "gates",
            "red_stored", Better.LOWER, 0.02, "the true rates"),
    Promise("the same with waits", "gates", "red_with_waits", Better.LOWER, 0.025,
            "the true rates"),
    Promise("baselines that redden one of 20 builds in which nothing changed", "gates",
            "any_of_20", Better.LOWER, 0.10, "the true rates"),
    Promise("extra calls that confirm losses, in builds in which nothing changed, 3 repeats or 5",
            "gates", "extra_share", Better.LOWER, 0.03, "the calls of the build"),
    Promise("builds with one broken scenario of 8 to 60 that are red", "gates",
            "break_1", Better.HIGHER, 0.75, "the true rates"),
    Promise("the same with two broken scenarios", "gates",
            "break_2", Better.HIGHER, 0.95, "the true rates"),
    Promise("the regression that an earlier gate missed is red", "gates",
            "field", Better.HIGHER, 1.0, "read-back rules deleted from a prompt"),
    Promise("told differences that are found, at least", "gates",
            "least_power", Better.HIGHER, 0.75, "the true rates"),
    Promise("intervals of waits that hold the true difference (0.95, less what 800 draws miss by)",
            "gates", "coverage", Better.HIGHER, 0.93, "the true difference"),
    Promise("calls with another value than the agreed one, said close by, that pass", "distractors",
            "wrong_passes", Better.LOWER, 0.0, _NONE),
    Promise("the same with the agreed value that pass, share", "distractors",
            "right_passed", Better.HIGHER, 0.60, "the wrong twins"),
    Promise("the same that fail", "distractors", "right_fails", Better.LOWER, 0.0, _NONE),
)  # fmt: skip
