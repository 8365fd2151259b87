"""A vendor's own settings in a target file (``vendor:``), for which a dialect has a model.

A value may be ``{env: VARIABLE}``; a value whose name looks like a key's must be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, get_args

from pydantic import SecretStr, ValidationError

from harness.errors import BrokenPlugin, HarnessError
from harness.protocol.dialect import DIALECTS, Dialect, dialect
from harness.scenario.fault_text import Found, mapping, plain_faults
from harness.scenario.fields import Model

PREFIX = "vendor."
"""Prefix of these settings in a matrix."""
SECRET = re.compile(r"auth|api.?key|token|secret|passw|credential|cookie|^key$", re.IGNORECASE)
"""Names of values that do not belong into a file."""
IN_THE_OPEN = (
    "a key does not stand in a file: put it into the environment, and write {env: VARIABLE}"
)


def settings_model(spoken: Dialect) -> type[Model] | None:
    """Return the model of a dialect's own settings, None if it has none; raises BrokenPlugin."""
    made = spoken.settings
    if made is not None and not (isinstance(made, type) and issubclass(made, Model)):
        wrong = TypeError("settings: expected a class derived from harness.api.Model")
        raise BrokenPlugin("dialect", spoken.name, wrong)
    return made


def installed_models() -> dict[str, type[Model]]:
    """Return the models of all installed dialects that have one, by the dialect's name."""
    models = {name: settings_model(dialect(name)) for name in DIALECTS.names()}
    return {name: model for name, model in models.items() if model is not None}


def matrix_keys(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of a target's own settings in a matrix."""
    name = data.get("dialect")
    if mapping(data, "matrix") and isinstance(name, str):
        with suppress(HarnessError):  # reported at the dialect
            model = settings_model(dialect(name))
            yield from (f"{PREFIX}{each}" for each in (model.model_fields if model else ()))


def vendor_settings(
    spoken: Dialect, given: Mapping[str, Any], value_of: Callable[[str], str]
) -> Model | None:
    """Return the settings as the dialect's session gets them; None if it has none.

    ``value_of`` returns the value of an environment variable. Raises ValidationError.
    """
    model = settings_model(spoken)
    if model is None:
        return None
    return model.model_validate_json(json.dumps(_filled(given, value_of)))


def variables_in(given: Any) -> Iterator[str]:
    """Yield the names of the environment variables in the settings."""
    if (name := _variable(given)) is not None:
        yield name
    elif isinstance(given, Mapping | list | tuple):
        for value in given.values() if isinstance(given, Mapping) else given:
            yield from variables_in(value)


def vendor_faults(spoken: Dialect, data: Mapping[str, Any]) -> Found:
    """Check a target's ``vendor`` against the dialect's model."""
    given, model = mapping(data, "vendor"), settings_model(spoken)
    if model is None:
        if given:
            yield ("vendor",), f"{spoken.name} has no settings of its own; take it out"
        return
    types = {name: each.annotation for name, each in model.model_fields.items()}
    secret = {name for name, kind in types.items() if SecretStr in (kind, *get_args(kind))}
    for name, value in given.items():
        if isinstance(value, str) and (name in secret or SECRET.search(str(name))):
            yield ("vendor", name), IN_THE_OPEN
    try:
        vendor_settings(spoken, given, str)
    except ValidationError as error:
        for key, problem in plain_faults(error, model, given):
            yield ("vendor", *key), problem


def _filled(given: Any, value_of: Callable[[str], str]) -> Any:
    if (name := _variable(given)) is not None:
        return value_of(name)
    if isinstance(given, Mapping):
        return {key: _filled(value, value_of) for key, value in given.items()}
    return [_filled(each, value_of) for each in given] if isinstance(given, list | tuple) else given


def _variable(given: Any) -> str | None:
    if isinstance(given, Mapping) and given.keys() == {"env"} and isinstance(given["env"], str):
        return given["env"]
    return None
