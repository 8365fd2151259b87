"""One absolute gate as written, ``time_to_first_audio.p95 <= 1.5 s``, as something to compare with.

What may be compared: of the calls ``pass_rate``, ``review_rate``, ``pass@K``, ``pass^K``,
``flaky_scenarios`` and, with a baseline, ``new_failures``; of a scorer ``SCORER.pass_rate`` and
``SCORER.review_rate``; of what any scorer measures the distribution, ``MEASURE.p50`` and so on. Of
a scorer without a measure of its own name, ``SCORER.p50`` is of the values beside its verdicts.
``pass_rate.low`` is the lower bound of a rate's interval. A limit may carry ``%``, ``s``, ``ms`` or
the measure's own unit, and that of a time must: 1500 meant as milliseconds would let every agent
through. Any other limit without a unit is in the metric's own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.errors import did_you_mean
from harness.results.measured import DISTRIBUTION
from harness.results.rates import MAX_K
from harness.scorers.measure import Measure
from harness.units import ms_to_seconds

PASS_RATE = "pass_rate"
PASS_RATE_LOW = "pass_rate.low"
"""Lower bound of the rate's Wilson 95 % interval: what few calls cannot prove does not hold."""
REVIEW_RATE = "review_rate"
FLAKY = "flaky_scenarios"
NEW_FAILURES = "new_failures"
"""Checks (a scorer in a scenario) that passed in the baseline and fail in all repeats now."""
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

Measures = Mapping[str, tuple[Measure, ...]]
"""What each known scorer measures, by the scorer's name."""

_TOLERANCE = 1e-9
"""A limit is inclusive where it is written so, also when 0.1 + 0.2 is not 0.3."""

_FORM = re.compile(
    r"\s*(?P<what>[^\s<>=]+)\s*(?P<by>>=|<=|>|<)\s*(?P<limit>-?\d+(?:\.\d+)?)\s*(?P<unit>\S*)\s*"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A metric of the calls, or of one scorer, and the limit that it must keep.

    ``metric`` is without its K, which is ``k``; ``limit`` is a share for ``%``, seconds for ``ms``.
    ``measure`` is what the scorer has declared, None for its verdicts.
    """

    scorer: str | None
    metric: str
    k: int | None
    comparison: str
    limit: float
    unit: str
    measure: Measure | None = None

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


def parse_rule(text: str, scorers: Measures) -> Rule:
    """Read a gate; ``scorers`` are the known ones, with what they measure.

    Raises:
        ValueError: a phrase that says what is wrong and what is allowed.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(
            f"expected METRIC >= LIMIT (or <=, >, <), such as 'pass_rate >= 0.95', got {text!r}"
        )
    scorer, measure, metric, k = _metric(form["what"], scorers)
    limit, unit = float(form["limit"]), form["unit"]
    own = (measure.unit,) if measure is not None else ()
    if unit and unit not in (*UNITS, *own):
        raise ValueError(f"unknown unit {unit!r}; known: {', '.join(dict.fromkeys(UNITS + own))}")
    rule = Rule(scorer, metric, k, form["by"], limit, _BASE.get(unit, unit), measure)
    return _with_limit(rule, limit, unit)


_BASE = {"%": "share", "ms": "s"}


def _with_limit(rule: Rule, limit: float, unit: str) -> Rule:
    if rule.metric in (FLAKY, NEW_FAILURES) and unit:
        raise ValueError(f"{rule.metric} is a number, without a unit; got {unit!r}")
    if rule.metric == PASS_RATE_LOW and not rule.at_least:
        raise ValueError(
            f"{PASS_RATE_LOW} is a lower bound, so it can be asked to be at least something "
            f"('{PASS_RATE_LOW} >= 0.9'); got {rule.comparison!r}"
        )
    if rule.is_share and unit not in ("", "%", "share"):
        raise ValueError(f"{rule.metric} is a share, 0.95 or '95 %'; got the unit {unit!r}")
    if rule.measure is not None:
        _check_unit(rule, rule.measure, unit)
    if unit == "%":
        limit /= 100
    elif unit == "ms":
        limit = ms_to_seconds(limit)
    if rule.is_share and not 0 <= limit <= 1:
        raise ValueError(f"a share is between 0 and 1 (or 0 % and 100 %), got {limit:g}")
    _check_direction(rule)
    own = rule.measure.unit if rule.measure is not None else rule.unit
    return replace(rule, limit=limit, unit="share" if rule.is_share else own)


def _check_direction(rule: Rule) -> None:
    """Refuse a limit that asks for failures: such a gate would hold whatever happens."""
    if rule.metric == NEW_FAILURES and rule.at_least:
        raise ValueError(
            f"{rule.metric} is good when it is small, so it can be asked to be at most something "
            f"('{rule.metric} <= 0'); got {rule.comparison!r}"
        )


def _check_unit(rule: Rule, measure: Measure, unit: str) -> None:
    """Refuse a limit in another unit; a time must say which, as 1500 may be meant in ms."""
    what = f"{measure.name}.{rule.metric}"
    if measure.unit == "s":
        if unit not in ("s", "ms"):
            got = f"the unit {unit!r}" if unit else f"{rule.limit:g} without a unit"
            raise ValueError(f"{what} is a time, '1.5 s' or '1500 ms'; got {got}")
    elif unit and _BASE.get(unit, unit) != measure.unit:
        raise ValueError(f"{what} is in {measure.unit}; got the unit {unit!r}")


def _metric(what: str, scorers: Measures) -> tuple[str | None, Measure | None, str, int | None]:
    if what in (*SHARES, FLAKY, NEW_FAILURES):
        return None, None, what, None
    if what.startswith((PASS_AT, PASS_HAT)):
        return None, None, what[: len(PASS_AT)], _k(what)
    name, dot, metric = what.partition(".")
    if not dot:
        near = did_you_mean(what, (*SHARES, FLAKY, NEW_FAILURES))
        raise ValueError(f"unknown metric {what!r}; known: {_known()}{near}")
    measured = {one.name: (owner, one) for owner, ones in scorers.items() for one in ones}
    names = tuple(dict.fromkeys((*scorers, *measured)))
    if name not in names:
        near = did_you_mean(name, names)
        raise ValueError(f"unknown scorer or measure {name!r}; known: {', '.join(names)}{near}")
    allowed = (*(SHARES if name in scorers else ()), *DISTRIBUTION)
    if metric not in allowed:
        near = did_you_mean(metric, allowed)
        kind = "scorer" if name in scorers else "measure"
        raise ValueError(
            f"unknown metric {metric!r} of a {kind}; known: {', '.join(allowed)}{near}"
        )
    if metric in SHARES:
        return name, None, metric, None
    return *measured.get(name, (name, None)), metric, None


def _k(what: str) -> int:
    digits = what[len(PASS_AT) :]
    if not digits.isdecimal() or not 1 <= int(digits) <= MAX_K:
        raise ValueError(f"expected {what[:5]}1 to {what[:5]}{MAX_K}, got {what!r}")
    return int(digits)


def _known() -> str:
    of_scorers, of_measures = ", ".join(SHARES), ", ".join(DISTRIBUTION)
    of_calls = ", ".join((*SHARES, f"{PASS_AT}K", f"{PASS_HAT}K", FLAKY, NEW_FAILURES))
    return f"{of_calls}, SCORER.METRIC with {of_scorers}, and MEASURE.METRIC with {of_measures}"
