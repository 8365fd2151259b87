"""``compare.json`` and noise floors on disk: written whole or not at all, and read back.

They are the models in ``model.py`` and ``noise_floor.py`` field by field, in the way of
``results.json``. A reader ignores keys that it does not know and refuses a newer ``format``.
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import TypeAdapter

from harness.compare import model, noise_floor
from harness.compare.model import Comparison
from harness.compare.noise_floor import NoiseFloor
from harness.errors import RecordingDamaged
from harness.results.store import read_json, write_json

COMPARISON = "compare.json"
"""Name of a comparison's file in its folder."""

NOISE_FLOOR = "noise_floor.json"
"""Name of a noise floor's file in the folder of the comparison that measured it."""

PAIRS = "pairs"
"""Name of the folder that holds the pages of pairs."""

_KEY = re.compile("[a-z]")


def write_comparison(folder: Path, comparison: Comparison) -> Path:
    """Write ``compare.json`` and return its path; raises StorageFailed."""
    path = folder / COMPARISON
    write_json(path, comparison)
    return path


def read_comparison(path: Path) -> Comparison:
    """Read ``compare.json``; raises RecordingDamaged if it is missing, newer or malformed.

    Pages are written under the names that it holds: they must not lead out of its folder.
    """
    comparison = read_json(path, TypeAdapter(Comparison), model.FORMAT)
    keys = [one.key for one in comparison.variants]
    for one in comparison.variants:
        if not _KEY.fullmatch(one.key):
            raise RecordingDamaged(path, f"variant {one.key!r}: expected a key from a to z")
        if one.own and one.run != one.key:
            raise RecordingDamaged(path, f"variant {one.key}: own run {one.run!r} is elsewhere")
    if not keys or len(set(keys)) < len(keys):
        raise RecordingDamaged(path, f"expected variants with a key each, got {keys}")
    for contrast in comparison.contrasts:
        if contrast.key not in keys:
            raise RecordingDamaged(path, f"contrast {contrast.key!r} is not of any variant")
    return comparison


def write_floor(path: Path, floor: NoiseFloor) -> None:
    """Replace a noise floor; raises StorageFailed."""
    write_json(path, floor)


def read_floor(path: Path) -> NoiseFloor:
    """Read a noise floor; raises RecordingDamaged if it is missing, newer or malformed."""
    return read_json(path, TypeAdapter(NoiseFloor), noise_floor.FORMAT)
