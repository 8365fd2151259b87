"""``gates.yaml``: the limits that a run must keep, and known failures.

Read like every file of the harness: strict, and all of its faults at once, each with its line.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from harness.errors import did_you_mean
from harness.judging.scorers.base import Measure
from harness.results.rates import DISTRIBUTION, MAX_K, SECONDS, SHARE
from harness.scenario.document import Document, KeyPath, read_document
from harness.scenario.fault_text import listed
from harness.scenario.fields import Model, Text, seconds
from harness.scenario.load import model_of
from harness.units import ms_to_seconds

# Parser of an absolute gate as written: ``time_to_first_audio.p95 <= 1.5 s``.
#
# The metrics: of the calls ``pass_rate``, ``review_rate``, ``pass@K``, ``pass^K``,
# ``flaky_scenarios`` and, with a baseline, ``new_failures``; of a scorer ``SCORER.pass_rate`` and
# ``SCORER.review_rate``; of any scorer's measure the distribution, ``MEASURE.p50`` and so on. Of a
# scorer without a measure of its own name, ``SCORER.p50`` is of the values of its verdicts.
# ``pass_rate.low`` is the lower bound of a rate's interval. A limit may have the unit ``%``, ``s``,
# ``ms`` or the measure's own, and the limit of a time must have a unit: 1500 meant as milliseconds
# would pass every agent. Any other limit without a unit is in the metric's own.

PASS_RATE = "pass_rate"
PASS_RATE_LOW = "pass_rate.low"
"""Lower bound of the rate's Wilson 95 % interval: a rate that few calls cannot prove fails."""
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
"""The measures of each known scorer, by the scorer's name."""

_TOLERANCE = 1e-9
"""Tolerance of an inclusive limit, as 0.1 + 0.2 is not 0.3."""

_FORM = re.compile(
    r"\s*(?P<what>[^\s<>=]+)\s*(?P<by>>=|<=|>|<)\s*(?P<limit>-?\d+(?:\.\d+)?)\s*(?P<unit>\S*)\s*"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A metric of the calls, or of a scorer, and the limit that it must keep.

    ``metric`` is without its K, which is ``k``; ``limit`` is a share for ``%``, seconds for ``ms``.
    ``measure`` is as the scorer declares it, None for its verdicts.
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
        """Whether larger values are better: a missing verdict then counts as the smallest."""
        return self.comparison in (">=", ">")

    def holds(self, value: float) -> bool:
        """Return whether a value keeps the limit."""
        strict = len(self.comparison) == 1
        if abs(value - self.limit) <= _TOLERANCE:
            return not strict
        return COMPARISONS[self.comparison](value, self.limit)


def parse_rule(text: str, scorers: Measures) -> Rule:
    """Read a gate; ``scorers`` are the known scorers with their measures.

    Raises:
        ValueError: a phrase with the error and the allowed values.
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
    """Refuse a limit that asks for failures: such a gate would always hold."""
    if rule.metric == NEW_FAILURES and rule.at_least:
        raise ValueError(
            f"{rule.metric} is good when it is small, so it can be asked to be at most something "
            f"('{rule.metric} <= 0'); got {rule.comparison!r}"
        )


def _check_unit(rule: Rule, measure: Measure, unit: str) -> None:
    """Refuse a limit in another unit; a time needs a unit, as 1500 may be meant in ms."""
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


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"expected a date such as 2026-06-30, got {text!r}") from error
    return text


class AbsoluteGate(Model):
    """A rule on all calls, or on those with a tag or of some scenarios."""

    check: Text
    """METRIC >= LIMIT, such as ``pass_rate >= 0.95``; the limit of a time has a unit, s or ms."""
    tag: Text | None = None
    scenario: Text | None = None
    """A scenario's name, or a glob."""


Amount = Annotated[float, Field(ge=0), BeforeValidator(seconds)]
"""A number in any unit, or a time as text."""

POINTS = "points"
"""The name of the smallest effect of a pass rate."""

_LEAST_POINTS, _LEAST_S = 5.0, 0.1


class NoWorse(Model):
    """How much worse is worse; differences up to these are no reason to stop anybody."""

    minimum_effect: dict[Text, Amount] = Field(default_factory=dict)
    """``points`` of a pass rate (5 if left out); of a measure by its name, in its unit (100 ms)."""

    def least(self, measure: Measure | None = None) -> float:
        """Return the smallest effect of a measure in its unit, of a pass rate for None."""
        share = self.minimum_effect.get(POINTS, _LEAST_POINTS) / 100
        if measure is None:
            return share
        by_unit = {SECONDS: _LEAST_S, SHARE: share}.get(measure.unit, 0.0)
        return self.minimum_effect.get(measure.name, by_unit)


class BaselineGate(Model):
    """Nothing may be worse than in the baseline, beyond chance and beyond the minimum effect."""

    no_worse_than_baseline: NoWorse


class Quarantine(Model):
    """A known failure: it runs and is shown, and no gate counts it until it expires."""

    scenario: Text
    """A scenario's name, or a glob."""
    scorer: Text | None = None
    """Without it, all that the scenario fails."""
    reason: Text
    expires: Annotated[str, AfterValidator(_day)]
    """The last day on which it holds, YYYY-MM-DD."""

    @property
    def last_day(self) -> date:
        """``expires`` as a date."""
        return date.fromisoformat(self.expires)


class Confirm(Model):
    """That what looks worse than the baseline is called again before the run is red by it."""

    calls: Annotated[int, Field(ge=1)] = 60
    """How many calls that may take at most."""


class GateFile(Model):
    """All of ``gates.yaml``; without gates, every call must pass."""

    format: Literal[1]
    gates: tuple[Text | AbsoluteGate | BaselineGate, ...] = ()
    quarantine: tuple[Quarantine, ...] = ()
    confirm: Confirm | Literal["off"] = Confirm()

    @property
    def confirming_calls(self) -> int:
        """How many calls may be made to confirm a loss; 0 for none."""
        return 0 if self.confirm == "off" else self.confirm.calls

    @property
    def baseline_gate(self) -> NoWorse | None:
        """The gate on every measure since the baseline, if there is one."""
        for gate in self.gates:
            if isinstance(gate, BaselineGate):
                return gate.no_worse_than_baseline
        return None

    @property
    def needs_baseline(self) -> bool:
        """Whether any gate compares with a baseline."""
        checks = (gate if isinstance(gate, str) else gate.check for gate in self.absolute)
        named = any(check.lstrip().startswith(NEW_FAILURES) for check in checks)
        return named or self.baseline_gate is not None

    @property
    def absolute(self) -> Iterator[str | AbsoluteGate]:
        """The gates that are rules, as written."""
        return (gate for gate in self.gates if not isinstance(gate, BaselineGate))


@dataclass(frozen=True, slots=True)
class JudgedScenario:
    """A scenario, and the scorers that judge its calls."""

    name: str
    tags: tuple[str, ...]
    scorers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that gates may use: scorers with their measures, and scenarios with their tags.

    ``scenarios`` is None if not all are available. ``judged`` are the available scenarios with the
    scorers that are on in each; empty if unknown.
    """

    scorers: Measures
    scenarios: Mapping[str, tuple[str, ...]] | None = None
    judged: tuple[JudgedScenario, ...] = ()


def load_gate_file(path: Path, known: Known) -> GateFile:
    """Read a file of gates.

    Raises:
        FaultyFiles: with every fault of the file.
    """
    document = read_document(path)
    return model_of(document, GateFile, list(_faults(document, known)))


def absolute_rules(file: GateFile, scorers: Measures) -> tuple[tuple[AbsoluteGate, Rule], ...]:
    """Return the absolute gates of a loaded file with their rules, in the file's order."""
    gates = (AbsoluteGate(check=gate) if isinstance(gate, str) else gate for gate in file.absolute)
    return tuple((gate, parse_rule(gate.check, scorers)) for gate in gates)


def is_meant(name: str, pattern: str) -> bool:
    """Return whether ``scenario: pattern`` matches: the exact name, or a glob; case ignored."""
    return name.lower() == pattern.lower() or fnmatchcase(name.lower(), pattern.lower())


def _faults(document: Document, known: Known) -> Iterator[tuple[KeyPath, str]]:
    """Yield the faults that pydantic cannot find: rules, unknown names, and duplicates."""
    relative = 0
    for number, gate in enumerate(_list(document.data.get("gates"))):
        place: KeyPath = ("gates", number)
        if isinstance(gate, str):
            yield from _rule_faults(gate, {}, place, known)
        if not isinstance(gate, dict):
            continue
        yield from _rule_faults(gate.get("check"), gate, (*place, "check"), known)
        yield from _scope_faults(gate, place, known)
        yield from _effect_faults(gate.get("no_worse_than_baseline"), place, known)
        relative += "no_worse_than_baseline" in gate
        if "no_worse_than_baseline" in gate and relative > 1:
            yield (place, "one gate against the baseline is enough")
    yield from _quarantine_faults(_list(document.data.get("quarantine")), known)


def _rule_faults(
    rule: Any, scope: Mapping[str, Any], place: KeyPath, known: Known
) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(rule, str) and rule.strip():
        try:
            yield from _off_faults(parse_rule(rule, known.scorers).scorer, scope, place, known)
        except ValueError as error:
            yield (place, str(error))


def _off_faults(
    scorer: str | None, scope: Mapping[str, Any], place: KeyPath, known: Known
) -> Iterator[tuple[KeyPath, str]]:
    """Yield a fault for a scorer that is off in the scope: its gate could never be judged."""
    name, tag = scope.get("scenario"), scope.get("tag")
    meant = [
        one
        for one in known.judged
        if (not isinstance(name, str) or is_meant(one.name, name))
        and (not isinstance(tag, str) or tag in one.tags)
    ]
    if scorer in known.scorers and meant and not any(scorer in one.scorers for one in meant):
        those = "its scenario" if len(meant) == 1 else f"all {len(meant)} scenarios"
        problem = f"scorer {scorer!r} is switched off in {those}; switch it on under 'scorers'"
        yield place, f"{problem}, or take this away"


def _effect_faults(gate: Any, place: KeyPath, known: Known) -> Iterator[tuple[KeyPath, str]]:
    effects = gate.get("minimum_effect") if isinstance(gate, dict) else None
    owners = {one.name: owner for owner, ones in known.scorers.items() for one in ones}
    allowed = (POINTS, *owners)
    for name, amount in effects.items() if isinstance(effects, dict) else ():
        at: KeyPath = (*place, "no_worse_than_baseline", "minimum_effect", name)
        if name not in allowed:
            yield at, f"unknown measure; allowed: {listed(allowed)}{did_you_mean(name, allowed)}"
        elif name == POINTS and isinstance(amount, int | float) and amount > 100:
            yield at, f"expected at most 100, got {amount}"
        yield from _off_faults(owners.get(name), {}, at, known)


def _scope_faults(
    entry: Mapping[str, Any], place: KeyPath, known: Known
) -> Iterator[tuple[KeyPath, str]]:
    """Yield scopes that match no scenario of the suite: they would never have an effect."""
    if known.scenarios is None:
        return
    name, tag = entry.get("scenario"), entry.get("tag")
    if isinstance(name, str) and not any(is_meant(one, name) for one in known.scenarios):
        near = did_you_mean(name, known.scenarios)
        problem = f"no scenario is named {name!r}{near}; names: {listed(known.scenarios)}"
        yield ((*place, "scenario"), problem)
    tags = sorted({one for tags in known.scenarios.values() for one in tags})
    if isinstance(tag, str) and tag not in tags:
        yield ((*place, "tag"), f"no scenario has the tag {tag!r}; tags: {listed(tags)}")


def _quarantine_faults(entries: list[Any], known: Known) -> Iterator[tuple[KeyPath, str]]:
    seen: set[tuple[str, str]] = set()
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            continue
        place: KeyPath = ("quarantine", number)
        name, scorer = str(entry.get("scenario")), entry.get("scorer")
        if isinstance(scorer, str) and scorer not in known.scorers:
            near = did_you_mean(scorer, known.scorers)
            problem = f"unknown scorer {scorer!r}; known: {listed(known.scorers)}{near}"
            yield ((*place, "scorer"), problem)
        named = scorer if isinstance(scorer, str) else None
        yield from _off_faults(named, entry, (*place, "scorer"), known)
        yield from _scope_faults(entry, place, known)
        if (name, str(scorer)) in seen:
            yield (place, f"{name!r} is in quarantine twice")
        seen.add((name, str(scorer)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
