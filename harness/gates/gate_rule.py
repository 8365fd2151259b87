"""One absolute gate as written, ``time_to_first_audio.p95 <= 1.5 s``, as something to compare with.

What may be compared: of the calls ``pass_rate``, ``review_rate``, ``pass@K``, ``pass^K``,
``flaky_scenarios`` and, with a baseline, ``new_failures``; of a scorer ``SCORER.pass_rate``,
``SCORER.review_rate`` and the distribution of its values, ``SCORER.p50`` and so on.
``pass_rate.low`` is the lower bound of a rate's interval. A limit may carry ``%``, ``s`` or ``ms``,
and that of a wait must: 1500 meant as milliseconds would let every agent through. Any other limit
without a unit is in the metric's own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.results.aggregate import DISTRIBUTION
from harness.results.rates import MAX_K
from harness.scenario.wording import did_you_mean
from harness.units import ms_to_seconds

PASS_RATE = "pass_rate"
PASS_RATE_LOW = "pass_rate.low"
"""Lower bound of the rate's Wilson 95 % interval: what few calls cannot prove does not hold."""
REVIEW_RATE = "review_rate"
FLAKY = "flaky_scenarios"
NEW_FAILURES = "new_failures"
"""Scenarios that passed in the baseline and fail in all their repeats now."""
PASS_AT, PASS_HAT = "pass@", "pass^"
SHARES = (PASS_RATE, PASS_RATE_LOW, REVIEW_RATE)
"""Metrics of the calls and of a scorer alike."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
UNITS = ("%", "ms", "s")

WAITS = ("barge_in_yield", "time_to_first_audio")
"""Scorers of the harness whose values are seconds; others are known by their values alone."""

_TOLERANCE = 1e-9
"""A limit is inclusive where it is written so, also when 0.1 + 0.2 is not 0.3."""

_FORM = re.compile(
    r"\s*(?P<what>[^\s<>=]+)\s*(?P<by>>=|<=|>|<)\s*(?P<limit>-?\d+(?:\.\d+)?)\s*(?P<unit>\S*)\s*"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A metric of the calls, or of one scorer, and the limit that it must keep.

    ``metric`` is without its K, which is ``k``; ``limit`` is a share for ``%``, seconds for ``ms``.
    """

    scorer: str | None
    metric: str
    k: int | None
    comparison: str
    limit: float
    unit: str

    @property
    def is_share(self) -> bool:
        """Whether the metric is between 0 and 1."""
        return self.metric in (*SHARES, PASS_AT, PASS_HAT)

    @property
    def at_least(self) -> bool:
        """Whether larger values are better: what has no verdict then counts as the smallest."""
        return self.comparison in (">=", ">")

    def holds(self, value: float) -> bool:
        """Say whether a value keeps the limit."""
        strict = len(self.comparison) == 1
        if abs(value - self.limit) <= _TOLERANCE:
            return not strict
        return COMPARISONS[self.comparison](value, self.limit)


def parse_rule(text: str, scorers: tuple[str, ...]) -> Rule:
    """Read a gate; ``scorers`` are the known ones.

    Raises:
        ValueError: a phrase that says what is wrong and what is allowed.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(
            f"expected METRIC >= LIMIT (or <=, >, <), such as 'pass_rate >= 0.95', got {text!r}"
        )
    scorer, metric, k = _metric(form["what"], scorers)
    limit, unit = float(form["limit"]), form["unit"]
    if unit and unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}; known: {', '.join(UNITS)}")
    rule = Rule(scorer, metric, k, form["by"], limit, _BASE.get(unit, ""))
    return _with_limit(rule, limit, unit)


_BASE = {"%": "share", "ms": "s", "s": "s"}


def _with_limit(rule: Rule, limit: float, unit: str) -> Rule:
    if rule.metric in (FLAKY, NEW_FAILURES) and unit:
        raise ValueError(f"{rule.metric} is a number of scenarios, without a unit; got {unit!r}")
    if rule.is_share and unit in ("s", "ms"):
        raise ValueError(f"{rule.metric} is a share, 0.95 or '95 %'; got the unit {unit!r}")
    if rule.metric == PASS_RATE_LOW and not rule.at_least:
        raise ValueError(
            f"{PASS_RATE_LOW} is a lower bound, so it can be asked to be at least something "
            f"('{PASS_RATE_LOW} >= 0.9'); got {rule.comparison!r}"
        )
    if rule.scorer in WAITS and rule.metric in DISTRIBUTION and unit not in ("s", "ms"):
        got = f"the unit {unit!r}" if unit else f"{limit:g} without a unit"
        raise ValueError(f"{rule.scorer}.{rule.metric} is a wait, '1.5 s' or '1500 ms'; got {got}")
    if unit == "%":
        limit /= 100
    elif unit == "ms":
        limit = ms_to_seconds(limit)
    if rule.is_share and not 0 <= limit <= 1:
        raise ValueError(f"a share is between 0 and 1 (or 0 % and 100 %), got {limit:g}")
    kind = "share" if rule.is_share else rule.unit
    return Rule(rule.scorer, rule.metric, rule.k, rule.comparison, limit, kind)


def _metric(what: str, scorers: tuple[str, ...]) -> tuple[str | None, str, int | None]:
    if what in (*SHARES, FLAKY, NEW_FAILURES):
        return None, what, None
    if what.startswith((PASS_AT, PASS_HAT)):
        return None, what[: len(PASS_AT)], _k(what)
    scorer, dot, metric = what.partition(".")
    if not dot:
        near = did_you_mean(what, (*SHARES, FLAKY, NEW_FAILURES))
        raise ValueError(f"unknown metric {what!r}; known: {_known()}{near}")
    if scorer not in scorers:
        near = did_you_mean(scorer, scorers)
        raise ValueError(f"unknown scorer {scorer!r}; known: {', '.join(scorers)}{near}")
    allowed = (*SHARES, *DISTRIBUTION)
    if metric not in allowed:
        near = did_you_mean(metric, allowed)
        raise ValueError(
            f"unknown metric {metric!r} of a scorer; known: {', '.join(allowed)}{near}"
        )
    return scorer, metric, None


def _k(what: str) -> int:
    digits = what[len(PASS_AT) :]
    if not digits.isdecimal() or not 1 <= int(digits) <= MAX_K:
        raise ValueError(f"expected {what[:5]}1 to {what[:5]}{MAX_K}, got {what!r}")
    return int(digits)


def _known() -> str:
    of_scorers = ", ".join((*SHARES, *DISTRIBUTION))
    of_calls = ", ".join((*SHARES, f"{PASS_AT}K", f"{PASS_HAT}K", FLAKY, NEW_FAILURES))
    return f"{of_calls}, and SCORER.METRIC with {of_scorers}"
