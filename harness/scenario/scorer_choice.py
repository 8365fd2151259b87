"""What files say of scorers: which judge a call, and with which options (key ``scorers``).

A suite speaks for all of its scenarios, and a scenario overrides it name by name. Which scorers
there are, and what may be said to each, is known further up: loaders are told (``ScorerOptions``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ValidationError

from harness.scenario.document import KeyPath
from harness.scenario.fields import Model
from harness.scenario.pieces import Found, mapping, unknown
from harness.scenario.wording import plain_faults

OTHERS = "others"
"""Stands for every scorer that neither suite nor scenario names."""

ScorerOptions = Mapping[str, type[Model]]
"""The scorers that are installed, each with the model of its options."""

_Word = Annotated[Literal["on", "off"], AfterValidator(lambda word: word == "on")]
"""YAML 1.2 reads ``on`` and ``off`` as text, and most people mean the switch."""

ScorerChoice = bool | _Word | dict[str, Any]
"""Whether a scorer judges; its options switch it on."""


def is_on(choices: Mapping[str, Any], name: str) -> bool:
    """Say whether a scorer judges, by what suite and scenario say together."""
    choice = choices.get(name, choices.get(OTHERS, True))
    return choice is not False and choice != "off"


def joined(suite: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a suite's choices under a scenario's own, options key by key.

    A scenario that says ``on`` keeps the options that its suite gives.
    """
    both = {**suite, **own}
    for name, given in suite.items():
        choice = own.get(name)
        if isinstance(given, dict) and isinstance(choice, dict):
            both[name] = {**given, **choice}
        elif isinstance(given, dict) and (choice is True or choice == "on"):
            both[name] = given
    return both


def place_of_choice(key: KeyPath, own: Mapping[str, Any]) -> KeyPath | None:
    """Return where a fault of joined choices stands among a scenario's own; None in the suite."""
    here: Any = own
    for part in key[1:3]:
        if not isinstance(here, dict) or part not in here:
            return None
        here = here[part]
    return key


def choice_faults(data: Mapping[str, Any], known: ScorerOptions) -> Found:
    """Check the names of scorers in a file's data, and their options."""
    for name, choice in mapping(data, "scorers").items():
        at: KeyPath = ("scorers", name)
        if name == OTHERS:
            if isinstance(choice, dict):
                yield at, "expected on or off, got options; those belong to one scorer"
        elif name not in known:
            yield at, unknown("scorer", name, (*known, OTHERS))
        elif isinstance(choice, dict):
            for key, problem in _option_faults(choice, known[name]):
                yield (*at, *key), problem


def judged_by_nobody(data: Mapping[str, Any], known: ScorerOptions) -> Found:
    """Tell of a scenario, joined with its suite, that switches every scorer off."""
    choices = mapping(data, "scorers")
    if not any(is_on(choices, name) for name in known):
        yield ("scorers",), "every scorer is off, so nothing would be judged; switch one on"


def _option_faults(options: Mapping[str, Any], model: type[Model]) -> Found:
    try:
        model.model_validate_json(json.dumps(options))
    except ValidationError as error:
        if model.model_fields:
            yield from plain_faults(error, model, options)
        else:
            for key in options:
                yield (key,), "this scorer takes no options; limits stand under 'limits'"
