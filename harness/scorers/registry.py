"""Which scorers there are, and the border at which a scorer's failure becomes a record.

Built-ins stand in ``BUILTIN``; others come from the entry-point group ``harness.scorers``, whose
names are scorer names and whose objects build a scorer from a scenario:
``def from_scenario(scenario: Scenario) -> Scorer``. A class with a classmethod of that name and no
other way in may be given as ``module:Class.from_scenario``.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from harness.errors import UnknownName, Unscorable, UsageError
from harness.scenario.model import Scenario
from harness.scorers.barge_in_yield import BargeInYield
from harness.scorers.base import Outcome, Score, ScoredCall, Scorer
from harness.scorers.entity_confirmation import EntityConfirmation
from harness.scorers.escalation import Escalation
from harness.scorers.expectations import Expectations
from harness.scorers.preamble import Preamble
from harness.scorers.time_to_first_audio import TimeToFirstAudio
from harness.scorers.write_confirmation import WriteConfirmation

GROUP = "harness.scorers"
"""Entry-point group in which other packages offer scorers."""

Maker = Callable[[Scenario], Scorer]
"""Builds one scorer with a scenario's limits."""


def _time_to_first_audio(scenario: Scenario) -> Scorer:
    return TimeToFirstAudio(
        limit_s=scenario.limits.time_to_first_audio_s,
        with_tool_limit_s=scenario.limits.time_to_first_audio_with_tool_s,
    )


BUILTIN: tuple[tuple[str, Maker], ...] = (
    ("write_confirmation", lambda scenario: WriteConfirmation()),
    ("entity_confirmation", lambda scenario: EntityConfirmation()),
    ("escalation", lambda scenario: Escalation()),
    ("expectations", lambda scenario: Expectations()),
    ("barge_in_yield", lambda scenario: BargeInYield(limit_s=scenario.limits.barge_in_yield_s)),
    ("preamble", lambda scenario: Preamble()),
    ("time_to_first_audio", _time_to_first_audio),
)
"""The scorers of the harness itself, what hurts a caller most first: the order of verdicts."""


def makers(
    builtin: Iterable[tuple[str, Maker]] = BUILTIN, offered: Iterable[EntryPoint] | None = None
) -> dict[str, Maker]:
    """Return all known scorers by name.

    Raises:
        UsageError: a name is given twice, or a package's scorer cannot be loaded.
    """
    found: dict[str, Maker] = {}
    others = _installed() if offered is None else offered
    pairs = [*builtin, *((entry.name, _loaded(entry)) for entry in others)]
    for name, maker in pairs:
        if name in found:
            raise UsageError(f"two scorers are named {name!r}; names of scorers must differ")
        found[name] = maker
    return found


def _loaded(entry: EntryPoint) -> Maker:
    try:
        maker: Maker = entry.load()
    except (ImportError, AttributeError) as error:
        problem = f"scorer {entry.name!r}: its package cannot be loaded: {error}"
        raise UsageError(problem) from error
    return maker


@cache
def _installed() -> tuple[EntryPoint, ...]:
    """Return what packages offer; looking through all of them takes 5 ms, and every call asks."""
    return tuple(entry_points(group=GROUP))


def scorer_names() -> tuple[str, ...]:
    """Return the names of all known scorers."""
    return tuple(makers())


def scorers_for(scenario: Scenario, names: Iterable[str] | None = None) -> tuple[Scorer, ...]:
    """Return the scorers that judge a scenario, built with its limits; all of them by default.

    Raises ``UnknownName`` for a name that no scorer has, ``UsageError`` for one given twice.
    """
    known = makers()
    wanted = tuple(known) if names is None else tuple(names)
    for name in wanted:
        if name not in known:
            raise UnknownName("scorer", name, tuple(known))
        if wanted.count(name) > 1:
            raise UsageError(f"scorer {name!r} is asked for twice")
    return tuple(known[name](scenario) for name in wanted)


def judge(call: ScoredCall, scorers: Iterable[Scorer]) -> tuple[tuple[Scorer, Score], ...]:
    """Return every scorer's verdict; one that cannot judge, or breaks, never stops the others."""
    return tuple((scorer, _verdict(call, scorer)) for scorer in scorers)


def _verdict(call: ScoredCall, scorer: Scorer) -> Score:
    try:
        return scorer.score(call)
    except Unscorable as unscorable:
        return Score(outcome=Outcome.UNSCORABLE, reason=unscorable.reason)
    except Exception as error:  # noqa: BLE001 - task border: a scorer's bug is recorded, not fatal
        last_line = traceback.format_exception_only(error)[-1].strip()
        return Score(outcome=Outcome.BROKEN, reason=f"the scorer broke: {last_line}")
