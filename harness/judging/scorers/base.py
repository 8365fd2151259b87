"""The interface of a scorer: a pure, versioned function of one call, with reason and evidence."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from itertools import chain
from math import isfinite
from typing import Any, ClassVar, Self, TypeVar

from harness.errors import Unscorable
from harness.judges.model import JudgedRecording
from harness.judging.dialogue.model import Dialogue
from harness.language.language import Language
from harness.scenario.fields import Model
from harness.scenario.model import Scenario, Suite
from harness.timeline.model import Timeline
from harness.units import with_uncertainty

# What a scorer measures: a named quantity with a unit, and the values that one call gave.
#
# A measure is declared once, beside its scorer. Whatever makes figures of many calls (charts,
# gates, baselines, comparisons, history) knows measures only, and no scorer by name.

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Better(str, Enum):
    """Which values a caller would rather have."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity; ``name`` is what gates and pages call it, and no other scorer has it.

    ``unit`` is ``s``, ``share`` (0 to 1), or a word of the scorer's own. ``per`` is what one value
    is of: a call, or a turn. ``missing`` is what a value is called that was owed and never came.
    """

    name: str
    unit: str
    per: str = "call"
    better: Better = Better.LOWER
    missing: str = "without end"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a measure is named in lower case, a_b2; got {self.name!r}")
        if not self.unit.strip() or not self.per.strip():
            raise ValueError(f"measure {self.name!r} needs a unit, and what a value is of")
        object.__setattr__(self, "better", Better(self.better))

    def gave(self, *values: MeasuredValue | float | None) -> Measurement:
        """Return what a call gave, ready for a ``Score``; a bare number is a value of the call."""
        return Measurement(
            self,
            tuple(one if isinstance(one, MeasuredValue) else MeasuredValue(one) for one in values),
        )


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One value in its measure's unit; None was owed and never came, and is worse than any other.

    ``of`` and ``kind`` say what it is a value of (the caller's words, "with a tool"): calls are
    compared value by value where both are the same. ``at_s`` is where in the call it can be heard.
    """

    value: float | None
    of: str = ""
    kind: str = ""
    at_s: float | None = None
    uncertainty_s: float | None = None
    """By how many seconds a time may be shorter, as the harness itself was late: 0.0 is exact, None
    where nobody knows."""

    def __post_init__(self) -> None:
        if not isinstance(self.value, int | float | None) or isinstance(self.value, bool):
            raise TypeError(f"a measured value is a number or None, got {self.value!r}")
        if self.uncertainty_s is not None and not self.uncertainty_s >= 0.0:
            raise ValueError(f"an uncertainty is not below 0 s, got {self.uncertainty_s!r}")


@dataclass(frozen=True, slots=True)
class Measurement:
    """All values that one call gave of one measure; none where the question did not arise."""

    measure: Measure
    values: tuple[MeasuredValue, ...] = ()


S = TypeVar("S", bound="Scorer")

_SHOWN = 80
"""Characters of an answer that a reason shows."""

_OF_A_KIND = 3
"""Sentences of one kind that a reason shows."""

_QUOTED = r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|“[^“”]*”"

_DIFFERS = re.compile(rf"{_QUOTED}|(?<![\w-])[\w-]*\d(?:[\w:.,-]*\w)?")
"""What differs between sentences of one kind: quoted words, numbers, times, codes with a digit."""

_PARTS = re.compile(rf"(?:{_QUOTED}|(?!; ).)+", re.DOTALL)

_TIMES = re.compile(r" \(\d+ times\)|, \d+ times$")

_LEFT = re.compile(r"and \d+ more of this kind")


class Outcome(Enum):
    """How a scorer judged a call. Only PASS and FAIL enter rates; the rest is shown and counted."""

    PASS = "pass"
    FAIL = "fail"
    REVIEW = "review"
    """Witnesses disagree: a person must listen."""
    NOT_APPLICABLE = "not_applicable"
    """The question does not arise in this call."""
    UNSCORABLE = "unscorable"
    """The call does not hold what the scorer needs."""
    BROKEN = "broken"
    """The scorer itself raised: a bug, kept apart from every verdict."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stretch of the call that proves a verdict, in seconds on the recording clock."""

    start_s: float
    end_s: float
    label: str = ""

    def __post_init__(self) -> None:
        if not (isfinite(self.start_s) and isfinite(self.end_s)):
            raise ValueError(f"evidence lies between two times, got {self.start_s}, {self.end_s}")


@dataclass(frozen=True, slots=True)
class Score:
    """One verdict.

    ``value`` is the figure to show beside it, None where there is none. What figures of many calls
    are made of are ``measurements``, of measures that the scorer has declared.
    """

    outcome: Outcome
    reason: str
    value: float | None = None
    unit: str = ""
    evidence: tuple[Evidence, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    """Numbers for the report (latency parts, values compared); JSON only."""
    measurements: tuple[Measurement, ...] = ()
    by_words: bool = True
    """Whether what was said had a part in it; else it stands whatever a recognizer misheard."""
    by_own_lateness: bool = False
    """Whether it is open because the harness itself was late: then the call does not count."""

    def __post_init__(self) -> None:
        """Refuse what is no verdict while its scorer can still be told (TypeError)."""
        for name, kind in _KINDS.items():
            _check_kind(name, getattr(self, name), kind)
        for name, kind in (("evidence", Evidence), ("measurements", Measurement)):
            for one in getattr(self, name):
                _check_kind(f"one of {name}", one, kind)

    @property
    def passed(self) -> bool | None:
        """True, False, or None where there is no verdict."""
        return {Outcome.PASS: True, Outcome.FAIL: False}.get(self.outcome)


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "outcome": Outcome,
    "reason": str,
    "value": (float, int, type(None)),
    "unit": str,
    "evidence": (tuple, list),
    "details": dict,
    "measurements": (tuple, list),
}


def _check_kind(name: str, value: object, kind: type | tuple[type, ...]) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        wanted = kind[0] if isinstance(kind, tuple) else kind
        raise TypeError(f"{name} of a score: expected {wanted.__name__}, got {value!r}")


@dataclass(frozen=True, slots=True)
class ScoredCall:
    """Everything a scorer may look at."""

    timeline: Timeline
    dialogue: Dialogue
    scenario: Scenario
    suite: Suite
    language: Language
    """The suite's: the object, not its name."""
    instructions: str = ""
    today: date | None = None
    """The day on which the call is taken to happen; relative days count from it."""
    judged: JudgedRecording | None = None
    """What model judges answered about the call, as it is stored; None where none was asked."""
    worked_out: dict[object, Any] = field(default_factory=dict, init=False, repr=False)
    """What is asked often and worked out once, by the function that does; a changed copy of the
    call begins with nothing."""


def shortened(text: str) -> str:
    """Return the beginning of a text, short enough for a reason."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def merged(reasons: Iterable[str]) -> str:
    """Return reasons as one: each sentence once with its number, and a few of each kind.

    Sentences that differ only in quoted words, numbers and times are of one kind.
    """
    kinds: dict[str, Counter[str]] = {}
    for reason in reasons:
        kinds.setdefault(kind_of(reason), Counter())[reason] += 1
    told: list[str] = []
    for each in kinds.values():
        shown = list(each)[:_OF_A_KIND]
        told += [one if each[one] == 1 else f"{one} ({each[one]} times)" for one in shown]
        if left := each.total() - sum(each[one] for one in shown):
            told.append(f"and {left} more of this kind")
    return "; ".join(told)


def kind_of(sentence: str) -> str:
    """Return a sentence with "…" in place of quoted words, numbers, times and codes."""
    return _DIFFERS.sub("…", sentence)


def common_sentence(same_kind: Sequence[str]) -> str:
    """Return sentences of one kind as one, with "…" where they differ."""
    gaps = _DIFFERS.split(same_kind[0])
    values = zip(*map(_DIFFERS.findall, same_kind), strict=True)
    told = [each[0] if len(set(each)) == 1 else "…" for each in values]
    return "".join(chain.from_iterable(zip(gaps, [*told, ""], strict=True)))


def sentences(reason: str) -> tuple[str, ...]:
    """Return the sentences of a reason that ``merged`` made, without their counts."""
    parts = (_TIMES.sub("", part[0]).strip() for part in _PARTS.finditer(reason))
    return tuple(part for part in parts if not _LEFT.fullmatch(part))


class NoOptions(Model):
    """The options of a scorer that has none."""


class Scorer(ABC):
    """What a scorer inherits: a frozen dataclass of limits with one method, ``score``.

    ``scorer`` gives the class its name and version, its measures and the model of its options.
    """

    __slots__ = ()

    scorer_name: ClassVar[str]
    scorer_version: ClassVar[int]
    measures: ClassVar[tuple[Measure, ...]] = ()
    options: ClassVar[type[Model]] = NoOptions
    of_transcription: ClassVar[bool] = False
    """Whether it judges sessions that write down what is said; all others judge an agent that
    answers, and are not asked about those."""
    of_words: ClassVar[bool] = True
    """Whether it reads what was said: it does not judge a call with too much text."""
    limited_by: ClassVar[Mapping[str, str]] = {}
    """Which key of a scenario's ``limits`` its values must keep, by the kind of the value."""

    @property
    def owed(self) -> bool:
        """Whether the scenario asks for this verdict: a call without it has none."""
        return False

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: Any) -> Self:
        """Make the scorer of one scenario; ``options`` is a valid model of the class's own."""
        return cls()

    @abstractmethod
    def score(self, call: ScoredCall) -> Score:
        """Judge one call; raise ``Unscorable`` with a reason if it cannot be judged."""


def scorer(
    name: str,
    *,
    version: int,
    measures: tuple[Measure, ...] = (),
    options: type[Model] = NoOptions,
    limited_by: Mapping[str, str] | None = None,
) -> Callable[[type[S]], type[S]]:
    """Give a scorer class its name and version, what it measures, and what YAML may tell it.

    ``options`` is the model of what stands below its name in YAML; each has a default.
    ``limited_by`` names the keys of ``limits`` that it reads, by the kind of a measured value.

    Bump the version when its numbers may move.
    """

    def named(cls: type[S]) -> type[S]:
        cls.scorer_name, cls.scorer_version = name, version
        cls.measures, cls.options, cls.limited_by = measures, options, limited_by or {}
        return cls

    return named


# When the harness itself was so late that a verdict hangs on it: then nobody can tell.
#
# A time that was measured is never shorter than the true one, and longer by its uncertainty at
# most (``timeline/own_lateness.py``). So what keeps its limit keeps it for sure, and what exceeds
# it by no more than that may have kept it.


class HarnessTooLate(Unscorable):
    """Our own lateness decides: the call's timing is invalid, and says nothing about the agent."""


TimeAgainstLimit = tuple[float, float, float | None]
"""A time, its limit, and by how much the time may be too long; None where nobody knows."""


def within_own_lateness(took_s: float, limit_s: float, uncertainty_s: float | None) -> bool:
    """Return whether a time that exceeds its limit may have kept it, had we not been late."""
    return 0.0 < took_s - limit_s <= (uncertainty_s or 0.0)


def unless_too_late(times: Iterable[TimeAgainstLimit], what: str) -> None:
    """Raise HarnessTooLate where our own lateness may be all that made every one of them too long.

    Without any time it never does.
    """
    late = tuple(times)
    if late and all(within_own_lateness(*each) for each in late):
        took_s, limit_s, uncertainty_s = max(late, key=lambda each: each[0] - each[1])
        told = with_uncertainty(f"{took_s:.3f} s", uncertainty_s)
        raise HarnessTooLate(f"{what} took {told}, limit {limit_s:.2f} s: too near to tell")


# One thing that a scenario expects, judged: the parts of which a whole verdict is made.


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation with its verdict; ``what`` names it as the scenario does."""

    what: str
    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...] = ()
    heard: str = ""
    """The recognizer's words that decided it, where words were looked for."""
    claimed: str = ""
    """The agent's own words there."""
    place: tuple[str | int, ...] = ()
    """Where the expectation stands in ``expect``."""
    by_own_lateness: bool = False
    """Whether it could not be judged because the harness itself was late."""


_WORST_FIRST = (Outcome.FAIL, Outcome.REVIEW, Outcome.UNSCORABLE)


def whole(checks: tuple[Check, ...]) -> tuple[Outcome, tuple[Check, ...]]:
    """Return the verdict on all, and the checks that made it: the worst there is decides."""
    for outcome in _WORST_FIRST:
        made = tuple(check for check in checks if check.outcome is outcome)
        if made:
            return outcome, made
    return Outcome.PASS, checks


def share_kept(checks: tuple[Check, ...], good: str) -> Score:
    """Return the verdict on all, at least one; the value is the share of those that passed.

    ``good`` says that all did; else the checks that made the verdict tell why. Raises Unscorable
    where nothing is worse than one that could not be judged.
    """
    outcome, made = whole(checks)
    if outcome is Outcome.UNSCORABLE:
        for check in made:
            if check.by_own_lateness:
                raise HarnessTooLate(check.reason)
        raise Unscorable(made[0].reason)
    kept = sum(check.outcome is Outcome.PASS for check in checks)
    return Score(
        outcome,
        f"{good} ({kept})" if outcome is Outcome.PASS else merged(check.reason for check in made),
        value=kept / len(checks),
        unit="share",
        evidence=tuple(each for check in made for each in check.evidence),
    )
