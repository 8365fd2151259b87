"""What a scorer is: a pure, versioned question to one call, answered with reason and proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeVar

from harness.dialogue.model import Dialogue
from harness.language.language import Language
from harness.scenario.model import Scenario, Suite
from harness.timeline.model import Timeline

T = TypeVar("T")

_SHOWN = 80
"""Characters of an answer that a reason shows."""


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


@dataclass(frozen=True, slots=True)
class Score:
    """One verdict. ``value`` is None where the thing measured did not happen."""

    outcome: Outcome
    reason: str
    value: float | None = None
    unit: str = ""
    evidence: tuple[Evidence, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    """Numbers for the report (latency parts, values compared); JSON only."""

    @property
    def passed(self) -> bool | None:
        """True, False, or None where there is no verdict."""
        return {Outcome.PASS: True, Outcome.FAIL: False}.get(self.outcome)


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


def shortened(text: str) -> str:
    """Return the beginning of a text, short enough for a reason."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class Scorer(Protocol):
    """A frozen dataclass of limits with one method; construct it with its limits, then ask."""

    scorer_name: ClassVar[str]
    scorer_version: ClassVar[int]

    def score(self, call: ScoredCall) -> Score:
        """Judge one call; raise ``Unscorable`` with a reason if it cannot be judged."""
        ...


def scorer(name: str, *, version: int) -> Callable[[type[T]], type[T]]:
    """Give a scorer class its name and version; bump the version when its numbers may move."""

    def named(cls: type[T]) -> type[T]:
        cls.scorer_name = name  # type: ignore[attr-defined]  # the class declares it as ClassVar
        cls.scorer_version = version  # type: ignore[attr-defined]  # likewise
        return cls

    return named
