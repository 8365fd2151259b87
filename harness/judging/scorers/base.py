"""The interface of a scorer: a pure, versioned function of a call, with reason and evidence."""

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

# A quantity that a scorer measures: name and unit, and its values in a call.
#
# A measure is declared once, next to its scorer. Code that aggregates many calls (charts, gates,
# baselines, comparisons, history) uses measures only, and no scorer by name.

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Better(str, Enum):
    """Whether lower or higher values are better for a caller."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity; ``name`` identifies it in gates and pages and is unique among all scorers.

    ``unit`` is ``s``, ``share`` (0 to 1), or a word of the scorer's own. ``per`` is the unit of
    observation: a call, or a turn. ``missing`` labels a value that was owed and never came.
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
        """Return a call's values for a ``Score``; a bare number is a value of the whole call."""
        return Measurement(
            self,
            tuple(one if isinstance(one, MeasuredValue) else MeasuredValue(one) for one in values),
        )


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """A value in its measure's unit; None was owed and never came, and is worse than any other.

    ``of`` and ``kind`` describe the observation (the caller's words, "with a tool"): calls are
    compared value by value if both are the same. ``at_s`` is its audible place in the call.
    """

    value: float | None
    of: str = ""
    kind: str = ""
    at_s: float | None = None
    uncertainty_s: float | None = None
    """Seconds by which a time may be shorter because of the harness's own lateness: 0.0 is exact,
    None is unknown."""

    def __post_init__(self) -> None:
        if not isinstance(self.value, int | float | None) or isinstance(self.value, bool):
            raise TypeError(f"a measured value is a number or None, got {self.value!r}")
        if self.uncertainty_s is not None and not self.uncertainty_s >= 0.0:
            raise ValueError(f"an uncertainty is not below 0 s, got {self.uncertainty_s!r}")


@dataclass(frozen=True, slots=True)
class Measurement:
    """All values of a measure in a call; empty if the question did not arise."""

    measure: Measure
    values: tuple[MeasuredValue, ...] = ()


S = TypeVar("S", bound="Scorer")

_SHOWN = 80
"""Characters of an answer that a reason shows."""

_OF_A_KIND = 3
"""Maximum number of sentences of a kind that a reason shows."""

_QUOTED = r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|“[^“”]*”"

_DIFFERS = re.compile(rf"{_QUOTED}|(?<![\w-])[\w-]*\d(?:[\w:.,-]*\w)?")
"""Parts that differ between sentences of one kind: quoted words, numbers, times, codes."""

_PARTS = re.compile(rf"(?:{_QUOTED}|(?!; ).)+", re.DOTALL)

_TIMES = re.compile(r" \(\d+ times\)|, \d+ times$")

_LEFT = re.compile(r"and \d+ more of this kind")


class Outcome(Enum):
    """The verdict on a call. Only PASS and FAIL enter rates; the rest is shown and counted."""

    PASS = "pass"
    FAIL = "fail"
    REVIEW = "review"
    """Sources disagree: a person must listen."""
    NOT_APPLICABLE = "not_applicable"
    """The question does not arise in this call."""
    UNSCORABLE = "unscorable"
    """The call lacks the data that the scorer needs."""
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
    """A verdict.

    ``value`` is the figure to show with it, or None. Aggregates of many calls use
    ``measurements``, of measures that the scorer has declared.
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
    """Whether speech had a part in it; else no ASR error can change it."""
    by_own_lateness: bool = False
    """Whether it is open because of the harness's own lateness: then the call is not valid."""

    def __post_init__(self) -> None:
        """Refuse an invalid verdict while its scorer can still be named (TypeError)."""
        for name, kind in _KINDS.items():
            _check_kind(name, getattr(self, name), kind)
        for name, kind in (("evidence", Evidence), ("measurements", Measurement)):
            for one in getattr(self, name):
                _check_kind(f"one of {name}", one, kind)

    @property
    def passed(self) -> bool | None:
        """True, False, or None if there is no verdict."""
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
    """The input of a scorer."""

    timeline: Timeline
    dialogue: Dialogue
    scenario: Scenario
    suite: Suite
    language: Language
    """The suite's language: the object, not its name."""
    instructions: str = ""
    today: date | None = None
    """The day on which the call is taken to happen; relative days count from it."""
    judged: JudgedRecording | None = None
    """Stored answers of model judges about the call; None if no judge was asked."""
    worked_out: dict[object, Any] = field(default_factory=dict, init=False, repr=False)
    """Cache of values that functions compute once per call; a changed copy of the call begins with
    an empty cache."""


def shortened(text: str) -> str:
    """Return the beginning of a text, short enough for a reason."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def merged(reasons: Iterable[str]) -> str:
    """Return reasons merged: each sentence once with its number, and a few of each kind.

    Sentences that differ only in quoted words, numbers and times are of the same kind.
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
    """Return the common text of sentences of one kind, with "…" where they differ."""
    gaps = _DIFFERS.split(same_kind[0])
    values = zip(*map(_DIFFERS.findall, same_kind), strict=True)
    told = [each[0] if len(set(each)) == 1 else "…" for each in values]
    return "".join(chain.from_iterable(zip(gaps, [*told, ""], strict=True)))


def sentences(reason: str) -> tuple[str, ...]:
    """Return the sentences of a reason made by ``merged``, without their counts."""
    parts = (_TIMES.sub("", part[0]).strip() for part in _PARTS.finditer(reason))
    return tuple(part for part in parts if not _LEFT.fullmatch(part))


class NoOptions(Model):
    """The options of a scorer that has none."""


class Scorer(ABC):
    """The base class of scorers: a frozen dataclass of limits with one method, ``score``.

    ``scorer`` gives the class its name and version, its measures and the model of its options.
    """

    __slots__ = ()

    scorer_name: ClassVar[str]
    scorer_version: ClassVar[int]
    measures: ClassVar[tuple[Measure, ...]] = ()
    options: ClassVar[type[Model]] = NoOptions
    of_transcription: ClassVar[bool] = False
    """Whether it judges transcription sessions. All other scorers judge an agent that answers, and
    no transcription sessions."""
    of_words: ClassVar[bool] = True
    """Whether it reads speech: it does not judge a call with too much text."""
    limited_by: ClassVar[Mapping[str, str]] = {}
    """The key of a scenario's ``limits`` that its values must keep, by the kind of the value."""

    @property
    def owed(self) -> bool:
        """Whether the scenario asks for this verdict: a call without it has none."""
        return False

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: Any) -> Self:
        """Make the scorer of a scenario; ``options`` is a valid model of the class's own."""
        return cls()

    @abstractmethod
    def score(self, call: ScoredCall) -> Score:
        """Judge a call; raise ``Unscorable`` with a reason if it cannot be judged."""


def scorer(
    name: str,
    *,
    version: int,
    measures: tuple[Measure, ...] = (),
    options: type[Model] = NoOptions,
    limited_by: Mapping[str, str] | None = None,
) -> Callable[[type[S]], type[S]]:
    """Set the name, version, measures and YAML options of a scorer class.

    ``options`` is the model of the keys below its name in YAML; each has a default.
    ``limited_by`` names the keys of ``limits`` that it reads, by the kind of a measured value.

    Bump the version when its numbers may move.
    """

    def named(cls: type[S]) -> type[S]:
        cls.scorer_name, cls.scorer_version = name, version
        cls.measures, cls.options, cls.limited_by = measures, options, limited_by or {}
        return cls

    return named


# Verdicts that depend on the harness's own lateness: unscorable.
#
# A measured time is never shorter than the true time, and longer by its uncertainty at most
# (``timeline/own_lateness.py``). So a time within its limit certainly kept it, and a time that
# exceeds the limit by no more than the uncertainty may have kept it.


class HarnessTooLate(Unscorable):
    """The harness's own lateness decides: the timing is invalid, and no evidence on the agent."""


TimeAgainstLimit = tuple[float, float, float | None]
"""A time, its limit, and the maximum by which the time is too long; None if unknown."""


def within_own_lateness(took_s: float, limit_s: float, uncertainty_s: float | None) -> bool:
    """Return whether a time over its limit may have kept it without the harness's own lateness."""
    return 0.0 < took_s - limit_s <= (uncertainty_s or 0.0)


def raise_if_harness_too_late(times: Iterable[TimeAgainstLimit], what: str) -> None:
    """Raise HarnessTooLate if the harness's own lateness may explain every excess over a limit.

    Never raises for an empty ``times``.
    """
    late = tuple(times)
    if late and all(within_own_lateness(*each) for each in late):
        took_s, limit_s, uncertainty_s = max(late, key=lambda each: each[0] - each[1])
        told = with_uncertainty(f"{took_s:.3f} s", uncertainty_s)
        raise HarnessTooLate(f"{what} took {told}, limit {limit_s:.2f} s: too near to tell")


# Checks: the verdicts on single expectations of a scenario, which make up a whole verdict.


@dataclass(frozen=True, slots=True)
class Check:
    """An expectation with its verdict; ``what`` names it as the scenario does."""

    what: str
    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...] = ()
    heard: str = ""
    """The recognizer's words that decided it, if words were searched for."""
    claimed: str = ""
    """The words of the agent's transcript at that place."""
    place: tuple[str | int, ...] = ()
    """The place of the expectation in ``expect``."""
    by_own_lateness: bool = False
    """Whether it could not be judged because of the harness's own lateness."""


_WORST_FIRST = (Outcome.FAIL, Outcome.REVIEW, Outcome.UNSCORABLE)


def whole(checks: tuple[Check, ...]) -> tuple[Outcome, tuple[Check, ...]]:
    """Return the worst verdict, which decides on the whole, and the checks that have it."""
    for outcome in _WORST_FIRST:
        made = tuple(check for check in checks if check.outcome is outcome)
        if made:
            return outcome, made
    return Outcome.PASS, checks


def share_kept(checks: tuple[Check, ...], good: str) -> Score:
    """Return the verdict on all checks, at least one; the value is the share that passed.

    ``good`` is the reason if all passed; else the checks with the worst verdict give the reason.
    Raises Unscorable if the worst verdict is that a check could not be judged.
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


# The order of harm: decides which of several faults a report names first.

_OTHERS = ""
"""The name in the table for scorers of plug-ins, whose harm is unknown."""

_HARM_WORST_FIRST = (
    # Changes without the caller's consent, and false claims.
    ("write_confirmation", ""),
    ("expectations", r"should (?:not )?be\b"),
    ("tool_use", r"\b[Tt]he agent sa(?:id|y) |\btold at "),
    ("entity_confirmation", ""),
    # Services that the caller needed and did not get.
    ("escalation", ""),
    ("delivery", r"never (?:reached|ended|told)|without an answer"),
    ("time_to_first_audio", r"^no answer to|^answered in text only"),
    ("expectations", ""),
    ("tool_use", ""),
    ("delivery", ""),
    ("transcription", ""),
    (_OTHERS, ""),
    # Turn-taking, waits and style.
    ("selectivity", ""),
    ("barge_in_yield", ""),
    ("pause_handling", ""),
    ("time_to_first_audio", ""),
    ("audio_quality", ""),
    ("preamble", ""),
)
"""Rows of a scorer and a regular expression; the first row that fits a sentence is its rank.

An empty expression fits every sentence of the scorer.
"""

_NAMED = frozenset(name for name, _ in _HARM_WORST_FIRST)


def harm_rank(scorer: str, reason: str) -> int:
    """Return the rank of the worst sentence of a scorer's reason; smaller is worse."""
    name = scorer if scorer in _NAMED else _OTHERS
    rows = [(rank, words) for rank, (of, words) in enumerate(_HARM_WORST_FIRST) if of == name]
    return min(
        next(rank for rank, words in rows if re.search(words, sentence))
        for sentence in sentences(reason) or ("",)
    )
