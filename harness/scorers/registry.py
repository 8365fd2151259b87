"""Which scorers there are, and which of them judge a scenario.

Others than the built-in ones come from packages, as entry points whose names are scorer names and
whose objects build a scorer from a scenario: ``def from_scenario(scenario: Scenario) -> Scorer``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.errors import UsageError
from harness.plugins import Registry
from harness.scenario.model import Scenario
from harness.scorers.base import Scorer

Maker = Callable[[Scenario], Scorer]
"""Builds one scorer with a scenario's limits."""

SCORERS: Registry[Maker] = Registry(
    "scorer",
    "harness.scorers",
    {
        "write_confirmation": "harness.scorers.builtin:write_confirmation",
        "entity_confirmation": "harness.scorers.builtin:entity_confirmation",
        "escalation": "harness.scorers.builtin:escalation",
        "expectations": "harness.scorers.builtin:expectations",
        "barge_in_yield": "harness.scorers.builtin:barge_in_yield",
        "preamble": "harness.scorers.builtin:preamble",
        "time_to_first_audio": "harness.scorers.builtin:time_to_first_audio",
    },
)
"""The scorers of the harness itself, what hurts a caller most first: the order of verdicts."""


def scorers_for(scenario: Scenario, names: Iterable[str] | None = None) -> tuple[Scorer, ...]:
    """Return the scorers that judge a scenario, built with its limits; all of them by default.

    Raises UsageError for a name that is asked for twice, else like ``plugins.Registry.get``.
    """
    wanted = SCORERS.names() if names is None else tuple(names)
    for name in wanted:
        if wanted.count(name) > 1:
            raise UsageError(f"scorer {name!r} is asked for twice")
    return tuple(SCORERS.get(name)(scenario) for name in wanted)
