"""``compare.json`` and noise floors: the model of a comparison, and its files.

The files are the models here and in ``noise_floor.py`` field by field, in the form of
``results.json``. A reader ignores unknown keys and refuses a newer ``format``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from harness.errors import RecordingDamaged
from harness.files import LEFT_OUT
from harness.judging.scorers.base import Better
from harness.results.compare import noise_floor
from harness.results.compare.noise_floor import NoiseFloor
from harness.results.rates import SHARE
from harness.results.store import read_json, write_json

# The findings of a comparison of agents, as stored in ``compare.json``.


def look_alpha(level: float, earlier: int) -> float:
    """Return the error rate of a comparison after ``earlier`` unplanned looks.

    The first look has used all of 1 - level. This is a Bonferroni bound over an unknown number of
    looks: each further look takes half of the previous rate, so that all together stay below twice
    the requested rate (the spending of error rates: Lan and DeMets 1983).
    """
    return (1 - level) * 0.5**earlier


FORMAT = 2
"""Version of compare.json; format 1 had one measure, seconds to first audio."""


class ComparisonVerdict(str, Enum):
    """The verdict on B compared with A."""

    BETTER = "better"
    WORSE = "worse"
    NO_EVIDENCE = "no_evidence"


@dataclass(frozen=True, slots=True)
class Finding:
    """A measure over all pairs: the values of A and B, their difference, and its significance.

    ``measure`` names the scorer's measure, in ``unit``; empty for the share of pairs passed.
    ``difference`` is B - A with its interval; ``p`` is of this measure alone, ``p_adjusted`` after
    Holm over all measures of the comparison. ``noise_floor`` is how much A differs from itself at
    this number of pairs, ``minimum_detectable`` the difference that these pairs would have found,
    and ``repeats_needed`` how many repeats it takes to find ``wanted_effect``.
    ``repeats_to_count`` is how many it takes to find the difference seen, None if it counts
    already or never would. All None if unknown.
    """

    scorer: str
    unit: str
    verdict: ComparisonVerdict
    reason: str
    pairs: int
    repeats: int
    left_out: int
    """Pairs in which only one call was judged."""
    a: float
    b: float
    difference: float
    median_difference: float
    low: float | None
    high: float | None
    lost: int
    gained: int
    """Pairs that A passed and B failed, and the reverse; of a measure, worse and better pairs."""
    p: float
    p_adjusted: float
    noise_floor: float | None
    minimum_detectable: float | None
    wanted_effect: float
    repeats_needed: int
    repeats_to_count: int | None = None
    measure: str = ""
    better: Better = Better.HIGHER
    a_least: float | None = field(default=None, metadata=LEFT_OUT)
    b_least: float | None = field(default=None, metadata=LEFT_OUT)
    """Lower bounds of ``a`` and ``b``, as the harness was late itself; None if they are exact."""
    calls_a: int | None = field(default=None, metadata=LEFT_OUT)
    calls_b: int | None = field(default=None, metadata=LEFT_OUT)
    """The number of calls of each side if the callers differ, which gives no pairs."""
    kind: str | None = field(default=None, metadata=LEFT_OUT)
    """The kind of the values, if calls of different callers have several kinds."""

    @property
    def name(self) -> str:
        """The measure's name, or for verdicts the scorer's."""
        return self.measure or self.scorer

    @property
    def loss(self) -> float:
        """How far the difference is to B's disadvantage."""
        return -self.difference if self.better is Better.HIGHER else self.difference


@dataclass(frozen=True, slots=True)
class Flip:
    """A pair of calls with different verdicts of a scorer; recordings as in the runs' results."""

    suite: str
    scenario: str
    condition: str
    repeat: int
    seed_a: int
    seed_b: int
    scorer: str
    lost: bool
    """True: A passed (or was open) and B failed; False: A failed and B passed."""
    reason_a: str
    reason_b: str
    recording_a: str
    recording_b: str
    was_open: bool = field(default=False, metadata=LEFT_OUT)
    """Whether A had no verdict: a person was to listen, or the scorer broke."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of the agent; ``run`` is its run's folder, relative to compare.json."""

    key: str
    name: str
    run: str
    target: str
    prompt: str
    """Its prompt; the first suite's prompt if there are several."""
    calls: int
    counted: int
    own: bool
    """Whether the run was made for this comparison and is in its folder."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """B compared with the reference A; ``key`` is B's among the variants."""

    key: str
    a: str
    b: str
    verdict: ComparisonVerdict
    sentence: str
    pairs: int
    uncounted_pairs: int
    """Pairs with at least one invalid call (infrastructure)."""
    unpaired: int
    """Calls of either side without a partner on the other."""
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    flips: tuple[Flip, ...]
    takes: str = ""
    """How many repeats would make a difference like the observed difference count; or empty."""
    sees: str = ""
    """The difference that so many pairs would have found, if no finding is decided."""
    losses: str = ""
    """Which side lost how many calls, and why; empty if none did."""
    paired: bool = True
    """Whether the calls are compared pair by pair; else the callers are different ones."""
    calls: tuple[int, int] | None = field(default=None, metadata=LEFT_OUT)
    """How many calls of A and of B are valid, if they are of different callers."""


@dataclass(frozen=True, slots=True)
class EarlierLook:
    """A look at a comparison before it was enlarged: the number of repeats, and the error rate.

    ``alpha`` is the share of comparisons of an agent with itself in which it might find anything.
    """

    repeats: int
    alpha: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """All agents compared with the first agent.

    ``level`` is the confidence asked for; with ``looks`` planned looks, each was taken at
    1 - (1 - level) / looks, so that the stated error rate holds over all of them (union bound).
    ``look`` is the number of this look, after ``repeats`` repeats.
    """

    format: int
    harness_version: str
    started_at: str
    level: float
    look: int
    looks: int
    repeats: int
    aa: bool
    interrupted: bool
    variants: tuple[Variant, ...]
    contrasts: tuple[Contrast, ...]
    earlier: tuple[EarlierLook, ...] = ()
    """Unplanned looks: more repeats were made after a verdict was known."""

    @property
    def alpha(self) -> float:
        """The error rate of this comparison: each unplanned look halves it."""
        return look_alpha(self.level, len(self.earlier))

    @property
    def error_rate(self) -> float:
        """The error rate of all looks together (union bound): below twice the requested rate."""
        return sum(look.alpha for look in self.earlier) + self.alpha

    @property
    def worse(self) -> bool:
        """Whether any agent was found worse than the first."""
        return any(contrast.verdict is ComparisonVerdict.WORSE for contrast in self.contrasts)


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
    """Read ``compare.json``.

    Raises RecordingDamaged if it is missing, of another format or malformed.
    """
    comparison = read_json(path, Comparison, FORMAT)
    keys = [one.key for one in comparison.variants]
    # Pages are written under these names, which must not lead out of the folder.
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
    # Pages are computed from the numbers.
    for problem in _out_of_range(comparison):
        raise RecordingDamaged(path, problem)
    return comparison


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
    """Read a noise floor.

    Raises RecordingDamaged if it is missing, of another format, malformed or absurd.
    """
    found = read_json(path, NoiseFloor, noise_floor.FORMAT)
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
