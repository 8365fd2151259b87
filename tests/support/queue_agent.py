"""A load test against an agent that is known: a queue with so many places for thinking.

Each call asks ``ANSWERS`` times, with pauses between. The agent thinks about ``places`` answers at
once, ``think_s`` each on average, in the order in which they were asked for; a call that waits
longer than ``patience_s`` gets no answer. Below the capacity of the places no call waits.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from support.synthetic_run import result, run_results

from harness.judging.scorers.base import MeasuredValue
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.results.load.model import Arrivals, LoadAsked, LoadedCall, LoadTest, OwnLimit
from harness.results.model import CallResult, RunResults, ScoreResult

ANSWERS = 4


@dataclass(frozen=True)
class QueueAgent:
    places: int
    think_s: float = 0.5
    pause_s: float = 6.0
    patience_s: float = 8.0
    spread: float = 0.5
    """The deviation of a thinking time as a share of it."""

    def waits(self, began: tuple[float, ...], seed: int) -> list[list[tuple[float, float | None]]]:
        """Return when each call asked, and how long it waited; None for no answer."""
        random = np.random.default_rng(seed)
        free = [0.0] * self.places
        asked: list[tuple[float, int]] = [(at_s, call) for call, at_s in enumerate(began)]
        heapq.heapify(asked)
        found: list[list[tuple[float, float | None]]] = [[] for _ in began]
        while asked:
            at_s, call = heapq.heappop(asked)
            begins_s = max(at_s, free[0])
            if begins_s - at_s > self.patience_s:
                found[call].append((at_s, None))
                continue
            shape = self.spread**-2
            ready_s = begins_s + random.gamma(shape, self.think_s / shape)
            heapq.heapreplace(free, ready_s)
            found[call].append((at_s, ready_s - at_s))
            if len(found[call]) < ANSWERS:
                pause_s = self.pause_s * random.uniform(0.7, 1.3)
                heapq.heappush(asked, (ready_s + pause_s, call))
        return found


def load_test(
    agent: QueueAgent, arrivals: Arrivals, *, seed: int = 0, limit: OwnLimit | None = None
) -> tuple[LoadTest, RunResults]:
    """Return a load test of an agent, and the results of its calls."""
    due = arrivals.due_s(seed)
    times, calls = [], []
    for number, waits in enumerate(agent.waits(due, seed)):
        place = f"calls/one/{number:04d}"
        last_s, took_s = waits[-1]
        ended_s = last_s + (agent.patience_s if took_s is None else took_s + 1.0)
        times.append(LoadedCall(place, due[number], due[number], ended_s, 0.001))
        calls.append(_judged(place, number, due[number], waits))
    asked = LoadAsked(arrivals.rate_per_s, arrivals.for_s, arrivals.ramp_s, arrivals.even, seed)
    return LoadTest(asked, limit, tuple(times)), run_results(tuple(calls))


def _judged(
    place: str, number: int, began_s: float, waits: list[tuple[float, float | None]]
) -> CallResult:
    values = tuple(
        MeasuredValue(took_s, of=f"answer {turn}", at_s=at_s - began_s)
        for turn, (at_s, took_s) in enumerate(waits)
    )
    silent = any(took_s is None for _, took_s in waits)
    score = ScoreResult(
        scorer=TIME_TO_FIRST_AUDIO.name,
        version=1,
        outcome="fail" if silent else "pass",
        passed=not silent,
        value=None,
        unit="s",
        reason="",
        measurements=(TIME_TO_FIRST_AUDIO.gave(*values),),
    )
    status = "agent_silent" if silent else "completed"
    return result("one", score, recording=place, repeat=number, status=status)
