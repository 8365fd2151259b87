"""What changed between nights: prompt, scenarios, model, session; and since when a series fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from harness.history.series import Night, NightCall
from harness.history.steps import NIGHTS, find_steps, rate
from harness.results.convert import counts
from harness.results.faults import Fault, faults
from harness.results.model import Rate, RunResults
from harness.results.settings import flat_settings
from harness.scorers.base import kind_of

_SHORT = 12
"""Signs of a hash that are shown."""

PROMPT = "prompt"
"""What a change of the prompt is called."""

Tally = tuple[int, int]
"""Passed and judged calls of a night."""

_AHEAD = 12
"""So many more bad nights are tried out at most before nothing is foretold."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was not the same; empty text for what was not there."""

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
    """Return for every night what was not as known before; with a scorer, only its own version.

    What is missing is gone only if the night was whole: a run that was interrupted, or a call that
    the connection spoilt, did not drop a scenario or a scorer.
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
        found.append((*other, *gone) if night is not nights[0] else ())
        known |= now
    return tuple(found)


def _whole(night: Night) -> bool:
    return all(counts(kept.call) and not kept.entry.results.interrupted for kept in night.calls)


def _identity(night: Night, scorer: str | None) -> dict[str, str]:
    """Return everything that is known of who was called, with what, and who judged."""
    found: dict[str, set[str]] = {}
    runs = {kept.entry.run: kept.entry.results for kept in night.calls}
    for parts in (*map(_run_parts, runs.values()), *(_parts(kept, scorer) for kept in night.calls)):
        for what, value in parts.items():
            found.setdefault(what, set()).add(value)
    return {what: ", ".join(sorted(values)) for what, values in found.items() if any(values)}


def _run_parts(results: RunResults) -> dict[str, str]:
    """Return what all calls of a run have in common."""
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
    """Judged nights up to the last one, each with a failed call; no evidence of a step by itself.

    ``first`` is the index of the first of them and ``since`` its name; ``nights`` is how many they
    are. Nights that judged nothing neither break a streak nor lengthen it.
    """

    first: int
    since: str
    last: str
    nights: int
    bad: Rate
    before: Rate
    changes: tuple[Change, ...]
    """What changed since the last good night, empty for nothing that is recorded."""

    @property
    def every(self) -> bool:
        """Whether every call of these nights failed."""
        return self.bad.passed == 0


def streak(nights: Sequence[Night], scorer: str | None = None) -> Streak | None:
    """Return the failing nights at the end, or None if the last judged night failed nothing.

    Of the nights that failed every call, and the longer row that failed any, those are told that
    differ more clearly from what was before (by likelihood): a flaky night before a breakdown does
    not belong to it, and one lucky call does not end it.
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
        bad=rate(*_sum(tallies[row[0] :])),
        before=rate(*_sum(tallies[: row[0]])),
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
    """Return how many more nights like those of a streak make it a step; None if not foretold.

    The bad nights are repeated in their order after the last one until ``find_steps`` finds a step
    for the worse that may lie on the first of them.
    """
    speaking = [tally for tally in tallies[: found.first] if tally[1]]
    bad = [tally for tally in tallies[found.first :] if tally[1]]
    if len(speaking) < NIGHTS:
        return None
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
    """Return what one rate before a night and one after gain in log-likelihood over a single."""
    sides = (_sum(tallies[:first]), _sum(tallies[first:]))
    return round(sum(map(_likelihood, sides)) - _likelihood(_sum(tallies)), 9)


def _likelihood(one: Tally) -> float:
    passed, judged = one
    return sum(part * log(part / judged) for part in (passed, judged - passed) if part)


def _sum(tallies: Sequence[Tally]) -> Tally:
    return sum(passed for passed, _ in tallies), sum(judged for _, judged in tallies)
