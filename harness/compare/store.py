"""``compare.json`` and noise floors on disk: written whole or not at all, and read back.

They are the models in ``model.py`` and ``noise_floor.py`` field by field, in the way of
``results.json``. A reader ignores keys that it does not know and refuses a newer ``format``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from harness.compare import model, noise_floor
from harness.compare.model import Comparison, Contrast
from harness.compare.noise_floor import NoiseFloor
from harness.errors import RecordingDamaged
from harness.results.measured import SECONDS, SHARE
from harness.results.store import read_json, write_json
from harness.scorers.measure import Better

COMPARISON = "compare.json"
"""Name of a comparison's file in its folder."""

NOISE_FLOOR = "noise_floor.json"
"""Name of a noise floor's file in the folder of the comparison that measured it."""

PAIRS = "pairs"
"""Name of the folder that holds the pages of pairs."""

_KEY = re.compile("[a-z]")

_COUNTS = (
    "pairs", "repeats", "left_out", "lost", "gained", "repeats_needed", "repeats_to_count",
    "calls_a", "calls_b",
)  # fmt: skip
_NUMBERS = (
    "a", "b", "difference", "median_difference", "low", "high", "p", "p_adjusted", "noise_floor",
    "minimum_detectable", "wanted_effect", "a_least", "b_least",
)  # fmt: skip


def write_comparison(folder: Path, comparison: Comparison) -> Path:
    """Write ``compare.json`` and return its path; raises StorageFailed."""
    path = folder / COMPARISON
    write_json(path, comparison)
    return path


def read_comparison(path: Path) -> Comparison:
    """Read ``compare.json``; raises RecordingDamaged if it is missing, newer or malformed.

    Pages are written under the names that it holds: they must not lead out of its folder. They are
    computed from its numbers: none may be out of its range.
    """
    comparison = _upgraded(read_json(path, TypeAdapter(Comparison), model.FORMAT))
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
    for problem in _out_of_range(comparison):
        raise RecordingDamaged(path, problem)
    return comparison


def _upgraded(stored: Comparison) -> Comparison:
    """Return a comparison as this format has it: format 1 knew its measure by the unit alone."""
    if stored.format == model.FORMAT:
        return stored
    contrasts = tuple(
        replace(
            contrast,
            findings=tuple(
                replace(one, measure=one.scorer, better=Better.LOWER)
                if one.unit == SECONDS
                else one
                for one in contrast.findings
            ),
        )
        for contrast in stored.contrasts
    )
    return replace(stored, format=model.FORMAT, contrasts=contrasts)


def _out_of_range(comparison: Comparison) -> Iterator[str]:
    if not 0 < comparison.level < 1:
        yield f"level: expected more than 0 and less than 1, got {comparison.level}"
    if comparison.looks < 1:
        yield f"looks: expected at least 1, got {comparison.looks}"
    if not 1 <= comparison.look <= comparison.looks:
        yield f"look: expected 1 to {comparison.looks}, got {comparison.look}"
    if any(not 0 < one.alpha < 1 or one.repeats < 0 for one in comparison.earlier):
        yield "earlier: expected looks with repeats from 0 up and a rate between 0 and 1"
    if comparison.repeats < 0:
        yield f"repeats: expected at least 0, got {comparison.repeats}"
    for one in comparison.variants:
        if not 0 <= one.counted <= one.calls:
            yield f"variant {one.key}: {one.counted} of {one.calls} calls cannot count"
    for contrast in comparison.contrasts:
        yield from _wrong_findings(contrast)


def _wrong_findings(contrast: Contrast) -> Iterator[str]:
    for number, finding in enumerate(contrast.findings):
        place = f"contrast {contrast.key}: findings[{number}]"
        for name in _COUNTS:
            value = getattr(finding, name)
            if value is not None and value < 0:
                yield f"{place}.{name}: expected at least 0, got {value}"
        for name in _NUMBERS:
            value = getattr(finding, name)
            if value is not None and not math.isfinite(value):
                yield f"{place}.{name}: expected a finite number, got {value}"


def write_floor(path: Path, floor: NoiseFloor) -> None:
    """Replace a noise floor; raises StorageFailed."""
    write_json(path, floor)


def read_floor(path: Path) -> NoiseFloor:
    """Read a noise floor; raises RecordingDamaged if it is missing, newer, malformed or absurd."""
    found = read_json(path, TypeAdapter(NoiseFloor), noise_floor.FORMAT)
    if found.format != noise_floor.FORMAT:
        floors = (
            replace(one, measure=one.scorer) if one.unit == SECONDS else one for one in found.floors
        )
        found = replace(found, format=noise_floor.FORMAT, floors=tuple(floors))
    for number, floor in enumerate(found.floors):
        place = f"floors[{number}] ({floor.scorer})"
        if floor.pairs < 1:
            raise RecordingDamaged(path, f"{place}.pairs: expected at least 1, got {floor.pairs}")
        most = 1.0 if floor.unit == SHARE else math.inf
        if not (math.isfinite(floor.difference) and 0 <= floor.difference <= most):
            allowed = "a share from 0 to 1" if floor.unit == SHARE else f"{floor.unit} from 0 up"
            raise RecordingDamaged(
                path, f"{place}.difference: expected {allowed}, got {floor.difference}"
            )
    return found
