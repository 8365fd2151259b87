"""Several trusted runs as one baseline: the same test of the same agent, called again and again.

One lucky run makes every later build look worse. With several, a build is held against all of them,
and what they differ among themselves is known (``compare/matched.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from harness.errors import UsageError
from harness.gates.baseline import Baseline, BaselineCall
from harness.results.measured import SECONDS


def together(parts: Sequence[tuple[Baseline, Path]]) -> Baseline:
    """Return one baseline of those of single runs, which came from these folders.

    Raises:
        UsageError: they are of other tests or agents, or one is a copy of another.
    """
    parts = sorted(parts, key=lambda part: part[0].started_at)
    for (one, folder), (other, place) in combinations(parts, 2):
        for problem in _differences(one, other):
            raise UsageError(
                f"{folder} and {place} make no baseline together: {problem}; "
                "save runs of the same test and agent"
            )
    _check_no_copies(parts)
    newest = parts[-1][0]
    tests = {
        (test.suite, test.scenario, test.condition): test
        for baseline, _ in parts
        for test in baseline.tests
    }
    calls = (
        replace(call, run=number)
        for number, (baseline, _) in enumerate(parts)
        for call in baseline.calls
    )
    scorers = {name: version for part, _ in parts for name, version in part.scorers.items()}
    measures = {name: ones for part, _ in parts for name, ones in part.measures.items()}
    return replace(
        newest,
        tests=tuple(tests.values()),
        scorers=scorers,
        measures=measures,
        calls=tuple(calls),
    )


def _differences(one: Baseline, other: Baseline) -> Iterator[str]:
    if (one.target_settings, one.clock) != (other.target_settings, other.clock):
        both = f"{one.target}, {one.clock}; {other.target}, {other.clock}"
        yield f"of another target, other settings of it, or another clock ({both})"
    known = {(test.suite, test.scenario, test.condition): test for test in one.tests}
    for test in other.tests:
        before = known.get((test.suite, test.scenario, test.condition), test)
        if before.scenario_hash != test.scenario_hash:
            yield f"scenario {test.scenario!r} changed in between"
        if before.prompt_hash != test.prompt_hash:
            yield f"the prompt changed in between (scenario {test.scenario!r})"
    for name, version in other.scorers.items():
        if one.scorers.get(name, version) != version:
            yield f"scorer {name} has versions {one.scorers[name]} and {version}"


def _check_no_copies(parts: Sequence[tuple[Baseline, Path]]) -> None:
    """Refuse a run that is another one again: in virtual time the same seeds are the same calls.

    No two calls take the same time to the microsecond; such runs would count one draw as several.
    """
    seen: dict[tuple[object, ...], Path] = {}
    for baseline, folder in parts:
        for call in baseline.calls:
            if (
                _has_times(call, baseline)
                and (other := seen.setdefault(_fingerprint(call), folder)) != folder
            ):
                raise UsageError(
                    f"{other} and {folder} hold the same call of {call.scenario!r} (seed "
                    f"{call.seed}, the same times to the microsecond): one run counts once; in "
                    "virtual time the same seeds are the same calls, so save one run, of more "
                    "--repeat"
                )


def _has_times(call: BaselineCall, baseline: Baseline) -> bool:
    """Say whether a call knows any time: without one, two calls may well be alike."""
    measures = (one for ones in baseline.measures.values() for one in ones)
    return any(one.unit == SECONDS and call.measured.get(one.name) for one in measures)


def _fingerprint(call: BaselineCall) -> tuple[object, ...]:
    values = tuple(sorted(call.measured.items()))
    return call.suite, call.scenario, call.condition, call.repeat, call.seed, values
