"""A simulated history: nights of a suite with flaky scenarios, noisy latencies, planted changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from support.measured import with_measurements

from harness.results.aggregate import summarize
from harness.results.history.store import History, HistoryEntry, HistoryFolder, night_of
from harness.results.model import FORMAT, CallResult, EvidenceSpan, RunResults, ScoreResult
from harness.results.verdicts import call_passed
from harness.timeline.usage import Usage

FIRST = datetime(2026, 2, 1, 2, 0, tzinfo=UTC)
SCORERS = (
    *("barge_in_yield", "entity_confirmation", "escalation", "expectations", "preamble"),
    *("time_to_first_audio", "write_confirmation"),
)
SCENARIOS = (
    *("straight look-up", "spelled order number", "corrected number", "cut-off number"),
    *("confirmed cancellation", "refused cancellation", "small refund", "change of address"),
    *("asked for a human", "very angry", "barge-in on a long answer", "hold music"),
)
FLAKY = {"cut-off number": 0.9, "barge-in on a long answer": 0.9, "very angry": 0.9}

Chance = Callable[[int, str, str], float]
"""(night from 1, scenario, scorer) -> how likely a call passes that scorer."""


def steady(night: int, scenario: str, scorer: str) -> float:
    """No change ever: most scenarios nearly always pass, some are flaky on one scorer."""
    flaky_on = "barge_in_yield" if scenario.startswith("barge") else "entity_confirmation"
    return FLAKY.get(scenario, 0.995) if scorer == flaky_on else 0.998


def regressed(night: int, scenario: str, scorer: str) -> float:
    """From night 61 on, cancellations are often carried out unasked."""
    broken = night >= 61 and scenario == "confirmed cancellation"
    return 0.35 if broken and scorer == "write_confirmation" else steady(night, scenario, scorer)


@dataclass
class Nights:
    """Parameters of the simulation; ``settings`` and ``prompt`` give a night's agent."""

    nights: int = 90
    repeats: int = 3
    seed: int = 1
    chance: Chance = steady
    scenarios: tuple[str, ...] = SCENARIOS
    scorers: tuple[str, ...] = SCORERS
    conditions: tuple[str, ...] = ("",)
    targets: tuple[str, ...] = ("staging",)
    prompt: Callable[[int], str] = lambda night: "1" * 64
    settings: Callable[[int], Mapping[str, Any]] = lambda night: {"model": "gpt-realtime-2"}
    version: Callable[[int], str] = lambda night: "0.1.0"
    spoilt: float = 0.002
    slower: Callable[[int], float] = lambda night: 1.0
    draws: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.draws = np.random.default_rng(self.seed)

    def history(self) -> History:
        return History("simulated", tuple(self._entries()), ())

    def write(self, folder: Path | str) -> HistoryFolder:
        place = HistoryFolder(folder)
        for entry in self._entries():
            place.keep(entry.night, entry.run, entry.results)
        return place

    def _entries(self) -> list[HistoryEntry]:
        return [
            HistoryEntry(night_name(number), f"order-desk.{target}", self._run(number, target))
            for number in range(1, self.nights + 1)
            for target in self.targets
        ]

    def _run(self, night: int, target: str) -> RunResults:
        calls = tuple(
            self._call(night, scenario, condition, repeat)
            for scenario in self.scenarios
            for condition in self.conditions
            for repeat in range(self.repeats)
        )
        return RunResults(
            format=FORMAT, harness_version=self.version(night), target=target, clock="real",
            started_at=(FIRST + timedelta(days=night - 1)).isoformat(), interrupted=False,
            calls=calls, summary=summarize(calls), target_settings=dict(self.settings(night)),
        )  # fmt: skip

    def _call(self, night: int, scenario: str, condition: str, repeat: int) -> CallResult:
        spoilt = self.draws.random() < self.spoilt
        status = "socket_closed" if spoilt else "completed"
        judging = () if spoilt else self.scorers
        scores = tuple(self._score(night, scenario, name) for name in judging)
        slug = f"{scenario} {condition}".strip().replace(" ", "-")
        return CallResult(
            scenario=scenario, scenario_path=f"scenarios/order_desk/{slug}.yaml", repeat=repeat,
            seed=7 + repeat, status=status, status_detail="", duration_s=30.0,
            recording=f"calls/{slug}/{repeat + 1:03d}", passed=call_passed(status, scores),
            scores=scores, suite="order desk", condition=condition,
            scenario_hash=f"{sum(map(ord, scenario + condition)):064x}"[::-1],
            prompt_hash=self.prompt(night),
            usage=Usage(4, 2400, 900, 1200, 160, 620, 30.0, 11.0),
        )  # fmt: skip

    def _score(self, night: int, scenario: str, scorer: str) -> ScoreResult:
        passed = bool(self.draws.random() < self.chance(night, scenario, scorer))
        details: dict[str, Any] = {}
        if scorer == "time_to_first_audio":
            waits = self.draws.lognormal(-0.15, 0.25, 4)
            details = {
                "waits": [
                    {"from_s": 3.0, "took_s": self.slower(night) * float(wait)} for wait in waits
                ]
            }
        return with_measurements(ScoreResult(
            scorer=scorer, version=1, outcome="pass" if passed else "fail", passed=passed,
            value=None, unit="", reason="as it should" if passed else "not as it should",
            evidence=(EvidenceSpan(3.0, 4.0, "answer"),), details=details,
        ))  # fmt: skip


def night_name(number: int) -> str:
    """Return the name of a night, counted from 1."""
    return night_of(FIRST + timedelta(days=number - 1))
