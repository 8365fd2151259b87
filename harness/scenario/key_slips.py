"""Misspelt keys of a file, and the file as it was meant: one slip is one fault.

Without this, ``facs:`` would be an unknown key and an unknown fact in every sentence.
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
"""A slip may be seen only when the one around it is mended."""


def without_slips(
    document: Document, model: type[Model]
) -> tuple[Document, list[tuple[KeyPath, str]]]:
    """Return the document with its misspelt keys renamed, and the fault of each.

    A key is renamed where it is nearly one that its mapping may have and does not have. Its lines
    are found under both names.
    """
    slips: dict[KeyPath, str] = {}
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
            slips[place] = problem
            document = _renamed(document, place, meant)
    return document, list(slips.items())


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
