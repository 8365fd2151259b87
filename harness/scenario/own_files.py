"""The author's own files in a scenario: which file is meant, and whether it will do.

A file lies beside the scenario, or in the folder of its suite; ``{fact}`` in its name is filled in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from harness.scenario.document import KeyPath, stays_inside
from harness.scenario.fields import Model, Text
from harness.scenario.own_audio import sound_faults
from harness.scenario.picture_file import picture_problem
from harness.scenario.pieces import PLACEHOLDER, Found, items, mapping
from harness.scenario.wording import shown
from harness.storage import read_plain

MOST_IMAGE_BYTES = 10_000_000
"""In base64 that is as much as the service takes in one message (15 MiB)."""


class Picture(Model):
    """A picture that is sent to the agent."""

    file: Text
    """PNG or JPEG, beside the scenario's file or in the folder of its suite."""
    detail: Literal["auto", "low", "high"] | None = None
    """How closely the agent looks at it; left out, the service decides."""


def own_file(name: str, folders: tuple[Path, ...]) -> Path | None:
    """Return the file of this name in the first folder that has it; None if none has."""
    return next((folder / name for folder in folders if (folder / name).exists()), None)


def folders_of(scenario_file: Path, suite_folder: Path) -> tuple[Path, ...]:
    """Return where the files are looked for that a scenario names."""
    return tuple(dict.fromkeys((scenario_file.parent, suite_folder)))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(read_plain(path)).hexdigest()


def filled(text: str, data: Mapping[str, Any]) -> str | None:
    """Return a text with the facts of a file's data in it; None where one has no value there."""
    facts = mapping(data, "facts")
    values = {name: mapping(facts, name).get("value") for name in PLACEHOLDER.findall(text)}
    if not all(isinstance(value, str) for value in values.values()):
        return None
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)


def own_file_faults(data: Mapping[str, Any], folders: tuple[Path, ...], suite: Path) -> Found:
    """Check the files that a scenario or suite names; they are looked for in ``folders``.

    A name with a fact that has no value here is stepped over.
    """
    for part in ("turns", "answers"):
        for number, item in items(data, part):
            said, image = mapping(item, "say"), item.get("image")
            at: KeyPath = (part, number)
            if isinstance(said.get("file"), str):
                yield from _recording((*at, "say"), said, data, (folders, suite))
            written = image.get("file") if isinstance(image, dict) else image
            if isinstance(written, str):
                key = (*at, "image", "file") if isinstance(image, dict) else (*at, "image")
                yield from _image(key, written, data, (folders, suite))


_Places = tuple[tuple[Path, ...], Path]


def _recording(
    at: KeyPath, own: Mapping[str, Any], data: Mapping[str, Any], places: _Places
) -> Found:
    for found in _found(str(own["file"]), data, places):
        if isinstance(found, str):
            yield (*at, "file"), found
        else:
            yield from (((*at, key), problem) for key, problem in sound_faults(found, own))


def _image(key: KeyPath, name: str, data: Mapping[str, Any], places: _Places) -> Found:
    for found in _found(name, data, places):
        if isinstance(found, str):
            yield key, found
        elif (size := found.stat().st_size) > MOST_IMAGE_BYTES:
            yield key, f"expected at most {MOST_IMAGE_BYTES:,} bytes, got {size:,}"
        elif problem := picture_problem(found):
            yield key, f"{problem}; got {shown(found.name)}"


def _found(name: str, data: Mapping[str, Any], places: _Places) -> Iterator[Path | str]:
    """Yield the file of this name, or why it cannot be taken; nothing where nobody can say."""
    folders, suite = places
    meant = filled(name, data)
    if meant is None:
        return
    path = own_file(meant, folders)
    if path is None:
        looked = " or ".join(folder.as_posix() or "." for folder in folders)
        yield f"no such file in {looked}; got {shown(meant)}"
    elif not stays_inside(path, suite):
        yield f"must stay inside the folder of the suite, got {shown(meant)}"
    elif not path.is_file():
        yield f"expected a plain file, got {shown(meant)}"
    else:
        yield path
