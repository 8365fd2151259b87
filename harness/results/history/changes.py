"""Changes between nightly runs, and when a scenario stopped working."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import log
from typing import Generic, TypeVar

from harness.errors import InputError, UnknownName
from harness.judging.scorers.base import kind_of
from harness.results.history.series import (
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
from harness.results.history.steps import (
    LEVEL,
    NIGHTS,
    Step,
    ValueStep,
    find_steps,
    find_value_steps,
    rate_of,
)
from harness.results.history.store import History
from harness.results.model import Rate, RunResults, flat_settings
from harness.results.rates import rate
from harness.results.verdicts import Fault, counts, faults

_SHORT = 12
"""Characters of a hash that are shown."""

PROMPT = "prompt"
"""The name of a change of the prompt."""

Tally = tuple[int, int]
"""Passed and judged calls of a night."""

_AHEAD = 12
"""Number of further bad nights that are tried before no forecast is given."""


@dataclass(frozen=True, slots=True)
class Change:
    """A recorded property that changed; an empty text if it was absent."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return the change as people read it."""
        if not self.before:
            return f"{self.what} is new ({self.after})"
        if not self.after:
            return f"{self.what} is gone (was {self.before})"
        return f"{self.what} changed: {self.before} → {self.after}"


def changes_by_night(
    nights: Sequence[Night], scorer: str | None = None
) -> tuple[tuple[Change, ...], ...]:
    """Return the changes of every night; with a scorer, only changes of its own version.

    A missing scenario or scorer counts as dropped only if the night was complete: an interrupted
    run, or a call that the connection spoilt, drops neither.
    """
    known: dict[str, str] = {}
    found: list[tuple[Change, ...]] = []
    for night in nights:
        now = _identity(night, scorer)
        missing = [what for what in known if what not in now] if _whole(night) else []
        gone = [Change(what, known.pop(what), "") for what in missing]
        other = [
            Change(what, known.get(what, ""), value)
            for what, value in now.items()
            if known.get(what) != value
        ]
        # The first night has no earlier night to differ from.
        found.append((*other, *gone) if night is not nights[0] else ())
        known |= now
    return tuple(found)


def _whole(night: Night) -> bool:
    return all(counts(kept.call) and not kept.entry.results.interrupted for kept in night.calls)


def _identity(night: Night, scorer: str | None) -> dict[str, str]:
    """Return all that is known of the agent, the tests and the scorers of a night."""
    found: dict[str, set[str]] = {}
    runs = {kept.entry.run: kept.entry.results for kept in night.calls}
    for parts in (*map(_run_parts, runs.values()), *(_parts(kept, scorer) for kept in night.calls)):
        for what, value in parts.items():
            found.setdefault(what, set()).add(value)
    return {what: ", ".join(sorted(values)) for what, values in found.items() if any(values)}


def _run_parts(results: RunResults) -> dict[str, str]:
    """Return the properties that all calls of a run share."""
    settings = flat_settings(results.target_settings)
    return {**settings, "harness": results.harness_version, "clock": results.clock}


def _parts(kept: NightCall, scorer: str | None) -> dict[str, str]:
    call = kept.call
    return {
        PROMPT: call.prompt_hash[:_SHORT],
        f"scenario {call.scenario!r}": call.scenario_hash[:_SHORT],
        **{
            f"scorer {score.scorer}": f"version {score.version}"
            for score in call.scores
            if scorer in (None, score.scorer)
        },
    }


@dataclass(frozen=True, slots=True)
class Streak:
    """Judged nights up to the last, each with a failed call; no evidence of a step by itself.

    ``first`` is the index of the first of them and ``since`` its name; ``nights`` is their number.
    Nights without a verdict neither break a streak nor lengthen it.
    """

    first: int
    since: str
    last: str
    nights: int
    bad: Rate
    before: Rate
    changes: tuple[Change, ...]
    """Changes since the last good night, empty if none is recorded."""

    @property
    def every(self) -> bool:
        """Whether every call of these nights failed."""
        return self.bad.passed == 0


def streak(nights: Sequence[Night], scorer: str | None = None) -> Streak | None:
    """Return the failing nights at the end, or None if no call of the last judged night failed.

    Of the nights that failed every call, and the longer row that failed any, the result is the row
    that differs more clearly from the nights before (by likelihood): a flaky night before a
    breakdown does not belong to it, and one lucky call does not end it.
    """
    tallies = [night.tally(scorer) for night in nights]
    speaking = [index for index, (_, judged) in enumerate(tallies) if judged]
    failed = _row(tallies, speaking, 1)
    if not failed:
        return None
    rows = [row for row in (failed, _row(tallies, speaking, None)) if row]
    row = max(rows, key=lambda row: (_gain(tallies, row[0]), len(row)))
    good = [index for index in speaking if index < row[0]]
    what = changes_by_night(nights, scorer)
    since = range(good[-1] + 1, row[0] + 1) if good else range(0)
    return Streak(
        first=row[0],
        since=nights[row[0]].night,
        last=nights[row[-1]].night,
        nights=len(row),
        bad=rate_of(*_sum(tallies[row[0] :])),
        before=rate_of(*_sum(tallies[: row[0]])),
        changes=tuple(change for index in since for change in what[index]),
    )


def new_faults(nights: Sequence[Night], found: Streak) -> tuple[Fault, ...]:
    """Return the faults of the last failing night that none before it in its streak had.

    ``nights`` are those of the streak's series. Empty for a streak of one night.
    """
    *before, last = (
        faults(kept.call for kept in night.calls)
        for night in nights[found.first :]
        if night.night <= found.last
    )
    known = {(one.scorer, kind_of(one.text)) for each in before for one in each}
    return tuple(one for one in last if before and (one.scorer, kind_of(one.text)) not in known)


def nights_to_evidence(tallies: Sequence[Tally], found: Streak, *, level: float) -> int | None:
    """Return how many more nights like those of a streak make it a step; None if unknown.

    The bad nights are repeated in their order after the last one until ``find_steps`` finds a step
    for the worse that may lie on the first of them.
    """
    speaking = [tally for tally in tallies[: found.first] if tally[1]]
    bad = [tally for tally in tallies[found.first :] if tally[1]]
    if len(speaking) < NIGHTS:
        return None
    # A step needs NIGHTS nights on either side.
    for more in range(max(1, NIGHTS - len(bad)), _AHEAD + 1):
        nights = [*speaking, *bad, *(bad[number % len(bad)] for number in range(more))]
        steps = find_steps([one[0] for one in nights], [one[1] for one in nights], level=level)
        if any(step.down and step.low <= len(speaking) <= step.high for step in steps):
            return more
    return None


def _row(tallies: Sequence[Tally], speaking: Sequence[int], least: int | None) -> list[int]:
    """Return the last nights that each failed at least so many calls, or all of them for None."""
    row: list[int] = []
    for index in reversed(speaking):
        passed, judged = tallies[index]
        if judged - passed < (judged if least is None else least):
            break
        row.append(index)
    return row[::-1]


def _gain(tallies: Sequence[Tally], first: int) -> float:
    """Return the gain in log-likelihood of two rates, split at a night, over one rate."""
    sides = (_sum(tallies[:first]), _sum(tallies[first:]))
    # Rounded, so that equal gains tie and the longer row is chosen.
    return round(sum(map(_likelihood, sides)) - _likelihood(_sum(tallies)), 9)


def _likelihood(one: Tally) -> float:
    passed, judged = one
    # 0 · log 0 counts as 0.
    return sum(part * log(part / judged) for part in (passed, judged - passed) if part)


def _sum(tallies: Sequence[Tally]) -> Tally:
    return sum(passed for passed, _ in tallies), sum(judged for _, judged in tallies)


# When a scenario stopped working, with which certainty, and the changes of that night.

_SHOWN = 30

S = TypeVar("S", Step, ValueStep)


@dataclass(frozen=True, slots=True)
class BlameQuestion:
    """The series to look at; None for all. ``scorer`` None asks for whole calls."""

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

    ``nearby`` has changes on other nights among its plausible places (95 %).
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
    """Steps of measures: of the scorer that was asked about, or of all."""
    prompts: Prompts | None
    """Two calls that show how the prompt changed at the last step, or when failures began."""
    failing: Streak | None
    """The failing nights at the end, also if a step is proven."""
    to_evidence: int | None
    """How many more nights like these make a step; None if there is a step, or if unknown."""
    too_few: bool
    """Whether there are too few judged nights to find any step."""


def blame(history: History, question: BlameQuestion) -> tuple[BlameFinding, ...]:
    """Return an answer for every series that the question asks about.

    The chance that any of them names a false step is at most ``steps.LEVEL``, divided evenly over
    them; the same again for measures.

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
