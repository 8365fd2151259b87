"""The cost of the page of a long history: seconds and memory, reading included.

Prints a JSON line for each history. Ninety nights are simulated and written as `harness nightly`
leaves them; then a process of its own reads them and writes the page, as happens after every run.
``cpu_s`` and ``wall_s`` are its times (``wall_s`` suffers from other work on the machine),
``peak_mb`` the most memory that process held. In "broken" every scenario of every target fails half
its calls from a certain night on, so that each of the ``series`` has a step to prove, at a level
that the number of series makes stricter; in "plain" no rate ever changes.

Usage: ``python benchmarks/history_page.py``; with FOLDER only that history is read.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from harness.judging.scorers.base import MeasuredValue, Measurement
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.report.history.view import RunPages, history_page, write_history
from harness.results.aggregate import Made, results_of
from harness.results.history.store import HistoryFolder, night_of
from harness.results.model import CallResult, EvidenceSpan, ScoreResult
from harness.results.verdicts import call_passed
from harness.timeline.usage import Usage

NIGHTS, BROKEN_FROM = 90, 60
FIRST = datetime(2026, 2, 1, 2, tzinfo=UTC)
SCORERS = (
    *("barge_in_yield", "entity_confirmation", "escalation", "expectations", "preamble"),
    *("time_to_first_audio", "write_confirmation"),
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """A history: its name, its size, and whether it breaks."""

    name: str
    targets: int
    scenarios: int
    broken: bool


HISTORIES = (
    Simulated("plain", 6, 12, broken=False),
    Simulated("broken", 6, 12, broken=True),
    Simulated("broken, 40 scenarios", 6, 40, broken=True),
)


def main() -> None:
    """Simulate and measure each history, or measure the given history."""
    if len(sys.argv) > 1:
        print(json.dumps(measured(Path(sys.argv[1]))))
        return
    for one in HISTORIES:
        with tempfile.TemporaryDirectory() as scratch:
            write(one, Path(scratch))
            command = [sys.executable, __file__, scratch]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            print(json.dumps({"history": one.name, "targets": one.targets, **json.loads(told)}))


def measured(folder: Path) -> dict[str, Any]:
    """Read a history and write its page; return the time and memory."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    history = HistoryFolder(folder).read()
    page = write_history(history, RunPages(folder), prices=None)
    took = {
        "wall_s": round(time.perf_counter() - wall_s, 2),
        "cpu_s": round(time.process_time() - cpu_s, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    view = history_page(history, str, prices=None)
    return {
        "nights": len(history.nights),
        "calls": sum(len(entry.results.calls) for entry in history.entries),
        "series": int(dict(view.facts)["Series"]),
        "steps": len(view.steps),
        "page_kb": page.stat().st_size // 1024,
        **took,
    }


def write(one: Simulated, folder: Path) -> None:
    """Write the nights of a history, one call of each scenario a night and target."""
    place, draws = HistoryFolder(folder), np.random.default_rng(1)
    for number in range(NIGHTS):
        began = FIRST + timedelta(days=number)
        chance = 0.5 if one.broken and number >= BROKEN_FROM else 0.995
        for target in range(one.targets):
            made = Made(began.isoformat(), f"target {target}", "real", {"model": "gpt-realtime-2"})
            calls = tuple(_call(name, chance, draws) for name in range(one.scenarios))
            place.keep(night_of(began), f"order-desk.target-{target}", results_of(calls, made))


def _call(scenario: int, chance: float, draws: np.random.Generator) -> CallResult:
    scores = tuple(_score(name, chance, draws) for name in SCORERS)
    return CallResult(
        scenario=f"scenario {scenario:02d}", scenario_path=f"scenarios/desk/{scenario:02d}.yaml",
        repeat=0, seed=7, status="completed", status_detail="", duration_s=36.4,
        recording=f"calls/scenario-{scenario:02d}/001", passed=call_passed("completed", scores),
        scores=scores, suite="order desk", scenario_hash=f"{scenario:064x}", prompt_hash="1" * 64,
        usage=Usage(4, 2400, 900, 1200, 160, 620, 36.4, 19.7),
    )  # fmt: skip


def _score(scorer: str, chance: float, draws: np.random.Generator) -> ScoreResult:
    passed = bool(draws.random() < chance)
    details: dict[str, Any] = {}
    measurements: tuple[Measurement, ...] = ()
    if scorer == "time_to_first_audio":
        parts = {"endpointing_s": 0.5, "first_delta_s": 0.46, "playout_s": 2.5e-05, "total_s": 0.97}
        details["waits"] = [
            {"caller": turn, "text": "Hello, can you check my order?", "from_s": 6.138,
             "took_s": float(draws.lognormal(-0.15, 0.25)), "limit_s": 1.5, "parts": parts}
            for turn in range(4)
        ]  # fmt: skip
        waits = (MeasuredValue(one["took_s"], one["text"], at_s=6.138) for one in details["waits"])
        measurements = (TIME_TO_FIRST_AUDIO.gave(*waits),)
    return ScoreResult(
        scorer=scorer, version=1, outcome="pass" if passed else "fail", passed=passed, value=None,
        unit="", reason="as it should be, with the words that prove it", details=details,
        evidence=(EvidenceSpan(3.0, 4.0, "answer"),), measurements=measurements,
    )  # fmt: skip


if __name__ == "__main__":
    main()
