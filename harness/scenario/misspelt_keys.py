"""Correct misspelt keys of a file before it is checked, so that each is reported once.

Without this, ``facs:`` would be an unknown key, and an unknown fact in every sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from harness.scenario.document import Document, KeyPath
from harness.scenario.fields import Model
from harness.scenario.wording import misspelt_keys

_MOST_ROUNDS = 4
"""A misspelt key inside another one is found only after the outer one is corrected."""


def with_keys_corrected(
    document: Document, model: type[Model]
) -> tuple[Document, list[tuple[KeyPath, str]]]:
    """Return the document with its misspelt keys renamed, and the fault of each.

    A key is renamed if it is nearly an allowed key that its mapping does not have. Its line numbers
    are found under both names.
    """
    faults: dict[KeyPath, str] = {}
    for _ in range(_MOST_ROUNDS):
        try:
            model.model_validate_json(json.dumps(document.data))
        except ValidationError as error:
            found = misspelt_keys(error, model, document.data)
        else:
            break
        if not found:
            break
        for place, meant, problem in found:
            faults[place] = problem
            document = _renamed(document, place, meant)
    return document, list(faults.items())


def _renamed(document: Document, place: KeyPath, meant: str) -> Document:
    new = (*place[:-1], meant)
    lines = dict(document.lines)
    for key, line in document.lines.items():
        if key[: len(place)] == place:
            lines[(*new, *key[len(place) :])] = line
    return replace(document, data=_with_key(document.data, place, meant), lines=lines)


def _with_key(data: Any, place: KeyPath, meant: str) -> Any:
    if isinstance(data, list):
        return [
            _with_key(each, place[1:], meant) if number == place[0] else each
            for number, each in enumerate(data)
        ]
    inside: Mapping[str, Any] = data
    if len(place) == 1:
        return {meant if key == place[0] else key: value for key, value in inside.items()}
    return {
        key: _with_key(value, place[1:], meant) if key == place[0] else value
        for key, value in inside.items()
    }
