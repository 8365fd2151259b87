"""What a scorer is: a pure, versioned question to one call, answered with reason and proof."""

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

from harness.dialogue.model import Dialogue
from harness.judges.model import JudgedRecording
from harness.language.language import Language
from harness.scenario.fields import Model
from harness.scenario.model import Scenario, Suite
from harness.scorers.measure import Measure, Measurement
from harness.timeline.model import Timeline

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
