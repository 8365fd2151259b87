"""When a scenario stopped working, with which certainty, and what changed that night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic, TypeVar

from harness.errors import InputError, UnknownName
from harness.history.changes import Change, Streak, changes_by_night, nights_to_evidence, streak
from harness.history.series import (
    Group,
    Night,
    NightCall,
    by_group,
    by_scenario,
    counted,
    judged,
    scenarios_of,
    scorers_of,
)
from harness.history.steps import LEVEL, NIGHTS, Step, ValueStep, find_steps, find_value_steps
from harness.history.store import History
from harness.results.model import Rate
from harness.results.rates import rate

_SHOWN = 30

S = TypeVar("S", Step, ValueStep)


@dataclass(frozen=True, slots=True)
class BlameQuestion:
    """Which series to look at; None for all there are. ``scorer`` None asks for whole calls."""

    scenario: str
    scorer: str | None = None
    suite: str | None = None
    target: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Prompts:
    """Two calls between which the prompt changed: their folders inside the history, and nights."""

    before: str
    after: str
    nights: tuple[str, str]


@dataclass(frozen=True, slots=True)
class FoundStep(Generic[S]):
    """A step with the nights around it.

    ``nearby`` is what changed on another night among its plausible places (95 %).
    ``first_failure`` is the page of a call, inside the history folder.
    """

    step: S
    number: int
    """Which night of the series it is, counted from 1."""
    night: str
    night_before: str
    changes: tuple[Change, ...]
    nearby: tuple[tuple[str, tuple[Change, ...]], ...]
    first_failure: str | None


@dataclass(frozen=True, slots=True)
class BlameFinding:
    """The answer for one series; without steps there is no evidence of a change."""

    group: Group
    nights: tuple[str, ...]
    overall: Rate
    steps: tuple[FoundStep[Step], ...]
    measures: tuple[FoundStep[ValueStep], ...]
    """Steps of what was measured: by the scorer that was asked about, or by all."""
    prompts: Prompts | None
    """Where to read what changed in the prompt at the last step, or when it began to fail."""
    failing: Streak | None
    """The failing nights at the end; where a step is proven, too."""
    to_evidence: int | None
    """How many more nights like these make a step of them; None if there is one or who knows."""
    too_few: bool
    """Whether there are too few judged nights to find any step."""


def blame(history: History, question: BlameQuestion) -> tuple[BlameFinding, ...]:
    """Return an answer for every series that the question asks about.

    The chance that any of them names a step where there is none is at most ``steps.LEVEL``,
    shared out evenly over them; the same again for what was measured.

    Raises:
        InputError: the history is empty, or a name is in none of its nights; lists close ones.
    """
    if not history.entries:
        raise InputError(f"history {history.place} holds no runs, so there is nothing to look at")
    groups = _asked(by_group(history), question)
    series = {
        group: own
        for group, nights in groups.items()
        if (own := by_scenario(nights).get(question.scenario))
    }
    _check_names(question, groups, series)
    level = LEVEL / len(series)
    return tuple(
        _finding(group, nights, question.scorer, level) for group, nights in series.items()
    )


def _asked(
    groups: dict[Group, tuple[Night, ...]], question: BlameQuestion
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
    question: BlameQuestion,
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


def _finding(
    group: Group, nights: tuple[Night, ...], scorer: str | None, level: float
) -> BlameFinding:
    tallies = [night.tally(scorer) for night in nights]
    passed, seen = ([tally[side] for tally in tallies] for side in (0, 1))
    steps = find_steps(passed, seen, level=level)
    failing = streak(nights, scorer)
    unproven = failing if not steps else None
    return BlameFinding(
        group=group,
        nights=tuple(night.night for night in nights),
        overall=rate(sum(passed), sum(seen)),
        steps=tuple(_found(step, nights, scorer) for step in steps),
        measures=_measures(nights, scorer, level),
        prompts=_prompts(nights, [step.index for step in steps], failing),
        failing=failing,
        to_evidence=nights_to_evidence(tallies, unproven, level=level) if unproven else None,
        too_few=sum(1 for number in seen if number) < 2 * NIGHTS,
    )


def _measures(
    nights: Sequence[Night], scorer: str | None, level: float
) -> tuple[FoundStep[ValueStep], ...]:
    calls = counted(nights)
    of_scorer = {
        one.measure.name
        for night in nights
        for kept in night.calls
        for score in kept.call.scores
        if scorer in (None, score.scorer)
        for one in score.measurements
    }
    asked = [one for name, one in calls.measured.items() if name in of_scorer]
    return tuple(
        _found(step, nights, scorer)
        for one in asked
        for step in find_value_steps(
            one.measure, one.values, calls.size, least=one.least, level=level / len(asked)
        )
    )


def _prompts(
    nights: Sequence[Night], steps: Sequence[int], failing: Streak | None
) -> Prompts | None:
    """Return two calls that show how the prompt changed at the last step, or the failing end."""
    index = steps[-1] if steps else failing.first if failing else 0
    if not index:
        return None
    before, after = nights[index - 1].calls[-1], nights[index].calls[0]
    if before.call.prompt_hash == after.call.prompt_hash:
        return None
    return Prompts(before.folder, after.folder, (nights[index - 1].night, nights[index].night))


def _found(step: S, nights: Sequence[Night], scorer: str | None) -> FoundStep[S]:
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
        first_failure=_first_failure(nights[step.index :], scorer)
        if step.down and isinstance(step, Step)
        else None,
    )


def _first_failure(nights: Sequence[Night], scorer: str | None) -> str | None:
    failing: list[NightCall] = [
        kept for night in nights for kept in night.calls if judged(kept.call, scorer) is False
    ]
    return failing[0].page if failing else None
