"""What the index page says of gates, repeats and known failures, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report import figures
from harness.report.verdict import gate_verdict
from harness.results.model import RunResults
from harness.results.prompt_diff import DiffLine

MOST_FLAKY = 50
"""Flaky scenarios listed; the others are in results.json."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate; ``tone`` is pass, fail or review."""

    gate: str
    tone: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class FlakyRow:
    """One scenario that passed some repeats and failed some."""

    scenario: str
    passed: str
    share: str
    interval: str


@dataclass(frozen=True, slots=True)
class KnownRow:
    """One known failure that no gate counts."""

    what: str
    failed: str
    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class GatesView:
    """Everything beside the rates that says whether a run may be believed and let through."""

    gates: tuple[GateRow, ...]
    changes: str
    """What differs from the baseline; empty without one."""
    prompt_diff: tuple[DiffLine, ...]
    repeats: str
    flaky: tuple[FlakyRow, ...]
    more_flaky: int
    known: tuple[KnownRow, ...]


def gates_view(results: RunResults) -> GatesView:
    """Return the gates' part of the index page."""
    flaky = tuple(one for one in results.summary.scenarios if one.flaky)
    return GatesView(
        gates=tuple(GateRow(one.gate, *gate_verdict(one), one.reason) for one in results.gates),
        changes="; ".join(results.changes),
        prompt_diff=results.prompt_diff or (),
        repeats=figures.repeats(results.summary),
        flaky=tuple(
            FlakyRow(
                scenario=figures.under(one.scenario, one.condition),
                passed=f"{one.pass_rate.passed} of {one.pass_rate.counted}",
                share=figures.percent(one.pass_rate.rate),
                interval=figures.interval(one.pass_rate),
            )
            for one in flaky[:MOST_FLAKY]
        ),
        more_flaky=max(0, len(flaky) - MOST_FLAKY),
        known=tuple(
            KnownRow(
                what=f"{one.scenario}, {figures.label(one.scorer)}" if one.scorer else one.scenario,
                failed=f"{one.failed} of {one.calls}",
                until=one.expires,
                reason=one.reason,
            )
            for one in results.quarantined
        ),
    )
