"""Whether a baseline speaks about what a run tests, and what is another if it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.gates.baseline import Baseline, scorer_versions
from harness.results.convert import counts
from harness.results.model import RunResults
from harness.results.rates import ScenarioKey

_SHOWN = 8
"""Differences told; a whole suite that changed needs no list."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run tests, or is going to: enough to say whether a baseline speaks about the same."""

    tests: Mapping[ScenarioKey, str]
    """Scenario hashes."""
    scorers: Mapping[ScenarioKey, Mapping[str, int]]
    """Versions of those that judge each."""
    target_settings: Mapping[str, Any]
    clock: str


def subject_of(results: RunResults) -> Subject:
    """Return what a finished run has tested."""
    tests: dict[ScenarioKey, str] = {}
    scorers: dict[ScenarioKey, dict[str, int]] = {}
    for call in filter(counts, results.calls):
        key = (call.suite, call.scenario, call.condition)
        tests[key] = call.scenario_hash
        scorers.setdefault(key, {}).update(scorer_versions((call,)))
    return Subject(tests, scorers, results.target_settings, results.clock)


def check_same_tests(path: Path, baseline: Baseline, subject: Subject) -> None:
    """See that a baseline speaks about what a run tests.

    Scenarios that only one of them has do not matter.

    Raises:
        FaultyFiles: it does not; each line names one thing that is another.
    """
    problems = [*_other_tests(baseline, subject), *_other_scorers(baseline, subject)]
    problems += _other_settings(
        {"clock": baseline.clock, **baseline.target_settings},
        {"clock": subject.clock, **subject.target_settings},
    )
    if problems:
        shown = problems[:_SHOWN]
        if len(problems) > _SHOWN:
            shown.append(("", f"and {len(problems) - _SHOWN} more differences"))
        shown.append(("", "cannot be compared with; save a new one: harness baseline save DIR"))
        raise FaultyFiles(tuple(Fault(path, None, key, problem) for key, problem in shown))


def _other_tests(baseline: Baseline, subject: Subject) -> list[tuple[str, str]]:
    known = {(one.suite, one.scenario, one.condition): one for one in baseline.tests}
    if not known.keys() & subject.tests.keys():
        return [("tests", f"none of its {len(known)} scenarios is in this run")]
    return [
        (
            f"scenario {' / '.join(part for part in key[1:] if part)!r}",
            f"is another test now (hash {one.scenario_hash[:8]} → {subject.tests[key][:8]})",
        )
        for key, one in known.items()
        if key in subject.tests and subject.tests[key] != one.scenario_hash
    ]


def _other_scorers(baseline: Baseline, subject: Subject) -> list[tuple[str, str]]:
    """Compare test by test: a scenario may switch a scorer off, and a run holds some of them."""
    judged: dict[ScenarioKey, set[str]] = {}
    for call in baseline.calls:
        judged.setdefault((call.suite, call.scenario, call.condition), set()).update(call.scores)
    changes = {
        (name, baseline.scorers.get(name) if name in before else None, now.get(name))
        for key, now in subject.scorers.items()
        if (before := judged.get(key)) is not None
        for name in {*before, *now}
    }
    return [
        (f"scorer {name}", f"version {_or_none(old)} → {_or_none(new)}")
        for name, old, new in sorted(changes, key=str)
        if old != new
    ]


def _other_settings(
    old: Mapping[str, Any], new: Mapping[str, Any], place: str = "target setting"
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        where = f"{place} {key}" if place == "target setting" else f"{place}.{key}"
        if isinstance(before, dict) and isinstance(after, dict):
            found += _other_settings(before, after, where)
        elif before != after:
            found.append((where, f"{_or_none(before)} → {_or_none(after)}"))
    return found


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)
