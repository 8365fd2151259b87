"""The calls of a run by scenario: how often each passed, and its calls one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.report import figures
from harness.report.run.call_rows import CallRow
from harness.results.model import RunResults

_MOST_SHRUNK = 3


@dataclass(frozen=True, slots=True)
class ScenarioGroup:
    """One scenario of one suite under one condition.

    ``scale`` is the width of its strips: that of the run's longest call, so that lengths can be
    compared, unless they would become too short to be read.
    ``state`` is pass where every call passed, fail where one failed, else review.
    """

    name: str
    suite: str
    """Empty where the run holds only one."""
    passed: str
    interval: str
    state: str
    flaky: bool
    scale: int
    tags: tuple[str, ...]
    rows: tuple[CallRow, ...]

    @property
    def many(self) -> bool:
        """Whether it was called more than once."""
        return len(self.rows) > 1


def scenario_groups(results: RunResults, rows: Sequence[CallRow]) -> tuple[ScenarioGroup, ...]:
    """Return the groups in the order of the run; ``rows`` are those of its calls, in their order.

    Calls that do not count are left out.
    """
    found: dict[tuple[str, str, str], list[CallRow]] = {}
    for call, row in zip(results.calls, rows, strict=True):
        if row.verdict != "not_counted":
            found.setdefault((call.suite, call.scenario, call.condition), []).append(row)
    rates = {(one.suite, one.scenario, one.condition): one for one in results.summary.scenarios}
    several = len({suite for suite, *_ in found}) > 1
    groups = []
    longest = _longest(rows)
    for key, members in found.items():
        suite, scenario, condition = key
        summary = rates.get(key)
        verdicts = {row.verdict for row in members}
        groups.append(
            ScenarioGroup(
                name=figures.under(scenario, condition),
                suite=suite if several else "",
                passed=f"{sum(row.verdict == 'pass' for row in members)} of {len(members)} passed",
                interval=figures.interval(summary.pass_rate) if summary else "",
                state="fail" if "fail" in verdicts else "review" if verdicts - {"pass"} else "pass",
                flaky=summary is not None and summary.flaky,
                scale=min(longest, _MOST_SHRUNK * _longest(members)),
                tags=members[0].tags,
                rows=tuple(members),
            )
        )
    return tuple(groups)


def _longest(rows: Iterable[CallRow]) -> int:
    return max((row.strip.length for row in rows if row.strip), default=1)
