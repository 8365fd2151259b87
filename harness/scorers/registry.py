"""Which scorers there are, what they measure, and which of them judge a scenario.

Others than the built-in ones come from packages, as entry points whose names are scorer names and
whose objects are classes that inherit from ``base.Scorer``.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import BrokenPlugin, UsageError
from harness.plugins import Registry
from harness.scenario.model import Scenario
from harness.scorers.base import Scorer
from harness.scorers.measure import Measure

SCORERS: Registry[type[Scorer]] = Registry(
    "scorer",
    "harness.scorers",
    {
        "write_confirmation": "harness.scorers.write_confirmation:WriteConfirmation",
        "entity_confirmation": "harness.scorers.entity_confirmation:EntityConfirmation",
        "escalation": "harness.scorers.escalation:Escalation",
        "expectations": "harness.scorers.expectations:Expectations",
        "barge_in_yield": "harness.scorers.barge_in_yield:BargeInYield",
        "preamble": "harness.scorers.preamble:Preamble",
        "time_to_first_audio": "harness.scorers.time_to_first_audio:TimeToFirstAudio",
    },
)
"""The scorers of the harness itself, what hurts a caller most first: the order of verdicts."""


def scorer_class(name: str) -> type[Scorer]:
    """Return the scorer of a name; raises like ``plugins.Registry.get``."""
    found = SCORERS.get(name)
    if not (isinstance(found, type) and issubclass(found, Scorer)):
        problem = f"expected a class that inherits from harness.scorers.base.Scorer, got {found!r}"
        raise BrokenPlugin("scorer", name, TypeError(problem))
    if getattr(found, "scorer_name", None) != name:
        problem = f"its class says @scorer({getattr(found, 'scorer_name', None)!r})"
        raise BrokenPlugin("scorer", name, ValueError(problem))
    return found


def known_measures() -> dict[str, tuple[Measure, ...]]:
    """Return what each scorer measures.

    Raises UsageError where two scorers give a measure one name, or that of another scorer.
    """
    found = {name: scorer_class(name).measures for name in SCORERS.names()}
    owners: dict[str, str] = {name: name for name in found}
    for scorer, measures in found.items():
        for measure in measures:
            if owners.setdefault(measure.name, scorer) != scorer:
                other = owners[measure.name]
                raise UsageError(
                    f"scorer {scorer!r} measures {measure.name!r}, a name that scorer {other!r} "
                    "has; names of measures and scorers must differ"
                )
    return found


def scorers_for(scenario: Scenario, names: Iterable[str] | None = None) -> tuple[Scorer, ...]:
    """Return the scorers that judge a scenario, built with its limits; all of them by default.

    Raises UsageError for a name that is asked for twice, else like ``plugins.Registry.get``.
    """
    wanted = SCORERS.names() if names is None else tuple(names)
    for name in wanted:
        if wanted.count(name) > 1:
            raise UsageError(f"scorer {name!r} is asked for twice")
    classes = map(scorer_class, wanted)
    return tuple(each.from_scenario(scenario, each.options()) for each in classes)
