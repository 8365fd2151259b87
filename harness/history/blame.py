"""When a scenario stopped working, with which certainty, and what changed that night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from harness.errors import InputError, UnknownName
from harness.history.changes import Change, changes_by_night
from harness.history.series import (
    Group,
    Kept,
    Night,
    by_group,
    judged,
    of_scenario,
    scenarios_of,
    scorers_of,
)
from harness.history.steps import LEVEL, NIGHTS, Step, find_steps
from harness.history.store import History
from harness.history.streak import Streak, nights_to_evidence, streak
from harness.results.model import Rate
from harness.results.rates import rate

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Question:
    """Which series to look at; None for all there are. ``scorer`` None asks for whole calls."""

    scenario: str
    scorer: str | None = None
    suite: str | None = None
    target: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class FoundStep:
    """A step with the nights around it.

    ``nearby`` is what changed on another night among its plausible places (95 %).
    ``first_failure`` is the page of a call, inside the history folder.
    """

    step: Step
    number: int
    """Which night of the series it is, counted from 1."""
    night: str
    night_before: str
    changes: tuple[Change, ...]
    nearby: tuple[tuple[str, tuple[Change, ...]], ...]
    first_failure: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one series; without steps there is no evidence of a change."""

    group: Group
    nights: tuple[str, ...]
    overall: Rate
    steps: tuple[FoundStep, ...]
    failing: Streak | None
    """The failing nights at the end; where a step is proven, too."""
    to_evidence: int | None
    """How many more nights like these make a step of them; None if there is one or who knows."""
    too_few: bool
    """Whether there are too few judged nights to find any step."""


def blame(history: History, question: Question) -> tuple[Finding, ...]:
    """Return an answer for every series that the question asks about.

    The chance that any of them names a step where there is none is at most ``steps.LEVEL``,
    shared out evenly over them.

    Raises:
        InputError: the history is empty, or a name is in none of its nights; lists close ones.
    """
    if not history.entries:
        raise InputError(f"history {history.place} holds no runs, so there is nothing to look at")
    groups = _asked(by_group(history), question)
    series = {group: of_scenario(nights, question.scenario) for group, nights in groups.items()}
    series = {group: nights for group, nights in series.items() if nights}
    _check_names(question, groups, series)
    level = LEVEL / len(series)
    return tuple(
        _finding(group, nights, question.scorer, level) for group, nights in series.items()
    )


def _asked(
    groups: dict[Group, tuple[Night, ...]], question: Question
) -> dict[Group, tuple[Night, ...]]:
    for kind in ("suite", "target", "condition"):
        wanted = getattr(question, kind)
        known = sorted({getattr(group, kind) for group in groups})
        if wanted is not None and wanted not in known:
            raise UnknownName(kind, wanted, tuple(name for name in known if name))
    chosen = {
        group: nights
        for group, nights in groups.items()
        if all(
            getattr(question, kind) in (None, getattr(group, kind))
            for kind in ("suite", "target", "condition")
        )
    }
    if not chosen:
        raise InputError(
            "no calls of this suite, target and condition together; there are: "
            + "; ".join(str(group) for group in groups)
        )
    return chosen


def _check_names(
    question: Question,
    groups: dict[Group, tuple[Night, ...]],
    series: dict[Group, tuple[Night, ...]],
) -> None:
    if not series:
        raise InputError(_no_such_scenario(question.scenario, groups))
    judging = sorted({name for nights in series.values() for name in scorers_of(nights)})
    if question.scorer is not None and question.scorer not in judging:
        raise UnknownName("scorer of this scenario", question.scorer, tuple(judging))


def _no_such_scenario(name: str, groups: dict[Group, tuple[Night, ...]]) -> str:
    nights = [night for of_group in groups.values() for night in of_group]
    known = scenarios_of(nights)
    near = get_close_matches(name, known, n=5, cutoff=0.4)
    told = f"near it: {', '.join(near)}" if near else f"there are: {', '.join(known[:_SHOWN])}"
    more = f" and {len(known) - _SHOWN} more" if not near and len(known) > _SHOWN else ""
    return f"no call of a scenario {name!r} in these nights; {told}{more}"


def _finding(group: Group, nights: tuple[Night, ...], scorer: str | None, level: float) -> Finding:
    tallies = [night.tally(scorer) for night in nights]
    passed, counted = ([tally[side] for tally in tallies] for side in (0, 1))
    steps = find_steps(passed, counted, level=level)
    failing = streak(nights, scorer)
    unproven = failing if not steps else None
    return Finding(
        group=group,
        nights=tuple(night.night for night in nights),
        overall=rate(sum(passed), sum(counted)),
        steps=tuple(_found(step, nights, scorer) for step in steps),
        failing=failing,
        to_evidence=nights_to_evidence(tallies, unproven, level=level) if unproven else None,
        too_few=sum(1 for number in counted if number) < 2 * NIGHTS,
    )


def _found(step: Step, nights: Sequence[Night], scorer: str | None) -> FoundStep:
    what = changes_by_night(nights, scorer)
    return FoundStep(
        step=step,
        number=step.index + 1,
        night=nights[step.index].night,
        night_before=nights[step.index - 1].night,
        changes=what[step.index],
        nearby=tuple(
            (nights[index].night, what[index])
            for index in range(step.low, step.high + 1)
            if what[index] and index != step.index
        ),
        first_failure=_first_failure(nights[step.index :], scorer) if step.down else None,
    )


def _first_failure(nights: Sequence[Night], scorer: str | None) -> str | None:
    failing: list[Kept] = [
        kept for night in nights for kept in night.calls if judged(kept.call, scorer) is False
    ]
    return failing[0].page if failing else None
