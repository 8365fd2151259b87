"""The registry of scorers: their measures, their options, and the scorers of a scenario.

Scorers outside the harness come from packages, as entry points whose names are scorer names and
whose objects are classes that inherit from ``base.Scorer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from harness.errors import BrokenPlugin, InputError, UsageError
from harness.judging.scorers.base import Measure, Scorer
from harness.plugins import Registry
from harness.scenario.document import key_text
from harness.scenario.fields import Model
from harness.scenario.model import OTHERS, Scenario, choice_faults, is_on, judged_by_nobody

SCORERS: Registry[type[Scorer]] = Registry(
    "scorer",
    "harness.scorers",
    {
        "write_confirmation": "harness.judging.scorers.write_confirmation:WriteConfirmation",
        "entity_confirmation": "harness.judging.scorers.entity_confirmation:EntityConfirmation",
        "escalation": "harness.judging.scorers.escalation:Escalation",
        "expectations": "harness.judging.scorers.expectations:Expectations",
        "tool_use": "harness.judging.scorers.tool_use:ToolUse",
        "delivery": "harness.judging.scorers.delivery:Delivery",
        "audio_quality": "harness.judging.scorers.audio_quality:AudioQuality",
        "barge_in_yield": "harness.judging.scorers.barge_in_yield:BargeInYield",
        "pause_handling": "harness.judging.scorers.pause_handling:PauseHandling",
        "selectivity": "harness.judging.scorers.selectivity:Selectivity",
        "preamble": "harness.judging.scorers.preamble:Preamble",
        "time_to_first_audio": "harness.judging.scorers.time_to_first_audio:TimeToFirstAudio",
        "transcription": "harness.judging.scorers.transcription:Transcription",
    },
)
"""The scorers of the harness itself, in the order of their verdicts in results.json."""


def scorer_class(name: str) -> type[Scorer]:
    """Return the scorer of a name; raises like ``plugins.Registry.get``."""
    found = SCORERS.get(name)
    if not (isinstance(found, type) and issubclass(found, Scorer)):
        problem = f"expected a subclass of harness.judging.scorers.base.Scorer, got {found!r}"
        raise BrokenPlugin("scorer", name, TypeError(problem))
    if getattr(found, "scorer_name", None) != name:
        problem = f"its class says @scorer({getattr(found, 'scorer_name', None)!r})"
        raise BrokenPlugin("scorer", name, ValueError(problem))
    if name == OTHERS:
        problem = f"in files, {OTHERS!r} are all scorers that are not named; take another name"
        raise BrokenPlugin("scorer", name, ValueError(problem))
    if problem := _misdeclared(found):
        raise BrokenPlugin("scorer", name, TypeError(problem))
    if needed := [key for key, field in found.options.model_fields.items() if field.is_required()]:
        problem = f"its option {needed[0]!r} has no default; a scorer judges where nobody names it"
        raise BrokenPlugin("scorer", name, ValueError(problem))
    return found


def _misdeclared(found: type[Scorer]) -> str:
    """Return the fault in a scorer's declaration; empty if there is none."""
    if missing := sorted(found.__abstractmethods__):
        return f"it has no {missing[0]!r}, which every scorer needs"
    version, measures, options = found.scorer_version, found.measures, found.options
    if not isinstance(version, int):
        return f"its version is a whole number, got {version!r}"
    if not (isinstance(measures, tuple) and all(isinstance(one, Measure) for one in measures)):
        return f"its measures are a tuple of Measure, got {measures!r}"
    names = [one.name for one in measures]
    if twice := [name for name in names if names.count(name) > 1]:
        return f"it declares measure {twice[0]!r} twice"
    if not (isinstance(options, type) and issubclass(options, Model)):
        return f"its options are a harness.scenario.fields.Model, got {options!r}"
    return ""


def known_measures() -> dict[str, tuple[Measure, ...]]:
    """Return the measures of each scorer.

    Raises UsageError if two scorers give a measure the same name, or if it is a scorer's name.
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


def limits_of(name: str) -> Mapping[str, str]:
    """Return ``Scorer.limited_by``; empty for a scorer that is not installed."""
    try:
        return scorer_class(name).limited_by
    except InputError:
        return {}


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Where a reader finds a scorer's rule: its code, and its page in the documentation."""

    code: str
    """A path from the root of the repository; for a scorer of a package, module and package."""
    page: str
    """Likewise a path; empty for a scorer of a package, whose documentation is unknown."""


def rule_source(name: str) -> RuleSource | None:
    """Return where a scorer's rule is; None for a scorer that is not installed."""
    try:
        module = SCORERS.module(name)
    except InputError:
        return None
    if name in SCORERS.builtin:
        page = f"docs/reference/scorers/{name.replace('_', '-')}.md"
        return RuleSource(f"{module.replace('.', '/')}.py", page)
    # Without the version: the package that judged may have been another than today's.
    package = SCORERS.package(name).partition(" ")[0]
    return RuleSource(f"{module} (package {package})" if package else module, "")


def known_options() -> dict[str, type[Model]]:
    """Return the model of each scorer's options; raises like ``scorer_class``."""
    return {name: scorer_class(name).options for name in SCORERS.names()}


def scorers_for(scenario: Scenario) -> tuple[Scorer, ...]:
    """Return the scorers that judge a scenario: those that are on, with its limits and options.

    Raises UsageError if it configures a scorer that is not installed, or an unknown option, and if
    all scorers are off; else like ``scorer_class``. Files are checked when they are read.
    """
    known, choices = known_options(), scenario.scorers
    said = {"scorers": choices}
    for key, problem in chain(choice_faults(said, known), judged_by_nobody(said, known)):
        raise UsageError(f"scenario {scenario.name!r}: {key_text(key)}: {problem}")
    return tuple(_made(name, scenario) for name in known if is_on(choices, name))


def scorers_of(scenario: Scenario, *, transcribes: bool) -> tuple[Scorer, ...]:
    """Return the scorers of a scenario that judge a session of this type.

    Either an agent answers in it, or it only transcribes; raises like ``scorers_for``.
    """
    return tuple(one for one in scorers_for(scenario) if one.of_transcription is transcribes)


def _made(name: str, scenario: Scenario) -> Scorer:
    made, choice = scorer_class(name), scenario.scorers.get(name)
    given = choice if isinstance(choice, dict) else {}
    options = made.options.of(given)
    try:
        one = made.from_scenario(scenario, options)
        if not isinstance(one, made):
            raise TypeError(f"its from_scenario gave {one!r}")
    except (Exception, SystemExit) as error:  # a package that is not ours
        raise BrokenPlugin("scorer", name, error) from error
    return one
