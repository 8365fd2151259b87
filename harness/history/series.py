"""Stored runs as series over nights: who was called how, and what was judged each night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.history.cost import Used, model_name
from harness.history.store import History, HistoryEntry
from harness.results.attempts import key_of, last_attempts
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
class NightCall:
    """One call of one night."""

    entry: HistoryEntry
    call: CallResult

    @property
    def page(self) -> str:
        """The call's page, relative to the history folder."""
        return f"{self.folder}/index.html"

    @property
    def folder(self) -> str:
        """Where the call is recorded, relative to the history folder."""
        return f"{self.entry.night}/{self.entry.run}/{self.call.recording}"


@dataclass(frozen=True, slots=True)
class Night:
    """What one group's calls of one night gave."""

    night: str
    calls: tuple[NightCall, ...]
    attempts: tuple[NightCall, ...] = ()
    """Earlier attempts at these calls: paid for, and nothing else."""

    def used(self) -> Iterator[Used]:
        """Return what each call used, with the model that it used it of."""
        for kept in (*self.calls, *self.attempts):
            yield model_name(kept.entry.results.target_settings), kept.call.usage

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
    """Return the nights of every group that was ever called, oldest first.

    Of a call that was made again in a night, in its run or another one, the last attempt counts.
    """
    found: dict[Group, dict[str, list[NightCall]]] = {}
    for entry in sorted(history.entries, key=lambda entry: entry.results.started_at):
        last, copies = last_attempts(entry.results.calls)
        for call in (*entry.results.attempts, *copies, *last):
            group = Group(call.suite, entry.results.target, call.condition)
            found.setdefault(group, {}).setdefault(entry.night, []).append(NightCall(entry, call))
    return {
        group: tuple(_counted_once(night, calls) for night, calls in sorted(found[group].items()))
        for group in sorted(found)
    }


def _counted_once(night: str, calls: list[NightCall]) -> Night:
    """Return a night whose calls are given in the order in which they were made."""
    last = {(*key_of(kept.call), kept.call.scenario_path): kept for kept in calls}
    counting = {id(kept) for kept in last.values()}
    return Night(
        night,
        tuple(kept for kept in calls if id(kept) in counting),
        tuple(kept for kept in calls if id(kept) not in counting),
    )


def by_scenario(nights: Iterable[Night]) -> dict[str, tuple[Night, ...]]:
    """Return the nights that called each scenario, with its calls; scenarios by their names."""
    found: dict[str, dict[str, list[NightCall]]] = {}
    for night in nights:
        for kept in night.calls:
            found.setdefault(kept.call.scenario, {}).setdefault(night.night, []).append(kept)
    return {scenario: _nights(found[scenario]) for scenario in sorted(found)}


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


def _nights(calls: Mapping[str, list[NightCall]]) -> tuple[Night, ...]:
    return tuple(Night(night, tuple(calls[night])) for night in sorted(calls))
