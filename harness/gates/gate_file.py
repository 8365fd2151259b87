"""``gates.yaml``: what a run must keep to be green, and which failures are known.

Read like every file of the harness: strict, and all of its faults at once, each with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from harness.errors import did_you_mean
from harness.gates.gate_rule import NEW_FAILURES, Measures, Rule, parse_rule
from harness.results.measured import SECONDS, SHARE
from harness.scenario.document import Document, KeyPath, read_document
from harness.scenario.fields import Model, Text, seconds
from harness.scenario.load import model_of
from harness.scenario.wording import listed
from harness.scorers.measure import Measure


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
"""A number in whatever unit, or a time as text."""

POINTS = "points"
"""What the smallest effect of a pass rate is called."""

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
        """Whether any gate is held against a baseline."""
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
    """What gates may speak of: scorers with what they measure, and scenarios with their tags.

    ``scenarios`` is None where not all are at hand. ``judged`` are those at hand with the scorers
    that are on in each; none where nobody knows.
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
    """Whether ``scenario: pattern`` means a scenario: its very name, or a glob; case ignored."""
    return name.lower() == pattern.lower() or fnmatchcase(name.lower(), pattern.lower())


def _faults(document: Document, known: Known) -> Iterator[tuple[KeyPath, str]]:
    """Yield what pydantic cannot see: rules, names that nothing has, and things said twice."""
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
    """Tell of a scorer that judges nothing there: its gate could never be judged."""
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
    """Yield scopes in which no scenario of the suite stands: they would never do anything."""
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
