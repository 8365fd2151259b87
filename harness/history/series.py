"""Stored runs as series over nights: who was called how, and what was judged each night."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.history.store import Entry, History
from harness.results.convert import counts
from harness.results.model import CallResult


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Calls that may stand in one series: of one suite, at one target, under one condition."""

    suite: str
    target: str
    condition: str

    def __str__(self) -> str:
        """Return the group as people read it."""
        where = f"{self.suite or 'suite without a name'} at {self.target}"
        return f"{where}, {self.condition}" if self.condition else where


@dataclass(frozen=True, slots=True)
class Kept:
    """One call of one night."""

    entry: Entry
    call: CallResult

    @property
    def page(self) -> str:
        """The call's page, relative to the history folder."""
        return f"{self.entry.night}/{self.entry.run}/{self.call.recording}/index.html"


@dataclass(frozen=True, slots=True)
class Night:
    """What one group's calls of one night gave."""

    night: str
    calls: tuple[Kept, ...]

    def tally(self, scorer: str | None) -> tuple[int, int]:
        """Return passed and judged: of a scorer's verdicts, or of the calls' for None."""
        verdicts = [judged(kept.call, scorer) for kept in self.calls]
        return verdicts.count(True), len(verdicts) - verdicts.count(None)


def judged(call: CallResult, scorer: str | None) -> bool | None:
    """Return a scorer's verdict on a call, or the call's own for None; None where there is none."""
    if not counts(call):
        return None
    if scorer is None:
        return call.passed
    return next((score.passed for score in call.scores if score.scorer == scorer), None)


def by_group(history: History) -> dict[Group, tuple[Night, ...]]:
    """Return the nights of every group that was ever called, oldest first."""
    found: dict[Group, dict[str, list[Kept]]] = {}
    for entry in history.entries:
        for call in entry.results.calls:
            group = Group(call.suite, entry.results.target, call.condition)
            found.setdefault(group, {}).setdefault(entry.night, []).append(Kept(entry, call))
    return {group: _nights(found[group]) for group in sorted(found)}


def of_scenario(nights: Iterable[Night], scenario: str) -> tuple[Night, ...]:
    """Return the nights on which a scenario was called, with its calls alone."""
    only = {
        night.night: [kept for kept in night.calls if kept.call.scenario == scenario]
        for night in nights
    }
    return _nights({night: calls for night, calls in only.items() if calls})


def scorers_of(nights: Iterable[Night]) -> tuple[str, ...]:
    """Return the names of all scorers that passed or failed a call, in alphabetical order."""
    return tuple(
        sorted(
            {
                score.scorer
                for night in nights
                for kept in night.calls
                for score in kept.call.scores
                if score.passed is not None
            }
        )
    )


def scenarios_of(nights: Iterable[Night]) -> tuple[str, ...]:
    """Return the names of all scenarios that were called, in alphabetical order."""
    return tuple(sorted({kept.call.scenario for night in nights for kept in night.calls}))


def _nights(calls: Mapping[str, list[Kept]]) -> tuple[Night, ...]:
    return tuple(Night(night, tuple(calls[night])) for night in sorted(calls))
