"""Measurements with their date and machine: kept as JSON, as a table, and compared over time.

A figure has moved when the medians of both times lie further apart than the values of both times
are spread (the sum of their ranges), and further than ``LEAST_SHARE`` of the earlier: a machine
that others use too moves a figure that was taken once by as much. It moved for the worse if it went
away from its goal. Between two kinds of processor only ratios are compared.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from promises import PROMISES, RATIO, Better, Promise

LEAST_SHARE = 0.25
BEGIN, END = "<!-- promises: written by python -m benchmarks -->", "<!-- /promises -->"
_PACKAGES = ("voice-agent-harness", "websockets", "orjson", "pybase64", "numpy")


@dataclass(frozen=True, slots=True)
class Measurement:
    """The lines that a benchmark printed, and on which machine."""

    benchmark: str
    lines: list[Mapping[str, Any]]
    at: str
    """The day, as ISO writes it."""
    machine: Mapping[str, str]
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure that has changed."""

    promise: Promise
    before: float
    now: float

    @property
    def worse(self) -> bool:
        """Whether it went away from its goal."""
        return (self.now > self.before) is (self.promise.better is Better.LOWER)

    def __str__(self) -> str:
        way = "worse" if self.worse else "better"
        unit = f" {self.promise.unit}".rstrip()
        return f"{way}: {self.promise.what}: {self.before:g}{unit} -> {self.now:g}{unit}"


def this_machine() -> dict[str, str]:
    """Return the conditions of the figures: processor, cores, system, Python, packages."""
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def load(path: Path) -> dict[str, Measurement]:
    """Return the stored measurements, by benchmark; an empty mapping if there is no such file."""
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row["benchmark"]: Measurement(**row) for row in rows}


def store(path: Path, kept: Mapping[str, Measurement]) -> None:
    """Write everything, by name."""
    rows = [
        {name: getattr(kept[key], name) for name in Measurement.__slots__} for key in sorted(kept)
    ]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def value_of(promise: Promise, kept: Mapping[str, Measurement]) -> float | None:
    """Return the median of a promised figure, None if it was not measured."""
    found = kept.get(promise.benchmark)
    values = () if found is None else promise.values(found.lines)
    return statistics.median(values) if values else None


def alike(one: Measurement, other: Measurement) -> bool:
    """Whether two were measured on the same kind of processor, with as many cores."""
    return all(one.machine.get(key) == other.machine.get(key) for key in ("processor", "cores"))


def moved(before: Mapping[str, Measurement], now: Mapping[str, Measurement]) -> Iterator[Moved]:
    """Yield the figures that moved beyond their noise; short runs are held against short runs."""
    for promise in PROMISES:
        one, other = before.get(promise.benchmark), now.get(promise.benchmark)
        if one is None or other is None or one.quick is not other.quick:
            continue
        if not alike(one, other) and promise.unit != RATIO:
            continue
        old, new = promise.values(one.lines), promise.values(other.lines)
        if not old or not new:
            continue
        was, is_now = statistics.median(old), statistics.median(new)
        noise = max(_range(old) + _range(new), LEAST_SHARE * abs(was))
        if abs(is_now - was) > noise:
            yield Moved(promise, was, is_now)


def table(kept: Mapping[str, Measurement]) -> str:
    """Return the table of the page: a row for each promise, and below it the machines."""
    rows = ["| promise | measured | goal | reference in the same run | command | day |"]
    rows.append("|---|---|---|---|---|---|")
    rows += [_row(promise, kept) for promise in PROMISES]
    machines = dict.fromkeys(_told(each.machine) for each in kept.values())
    return "\n".join([*rows, "", *machines])


def written_into(page: str, text: str) -> str:
    """Return the page with its table replaced; raises ValueError if it has no place for a table."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no place for the table: the page lacks {BEGIN} or {END}")
    return f"{head}{BEGIN}\n{text}\n{END}{tail}"


def _row(promise: Promise, kept: Mapping[str, Measurement]) -> str:
    value, found = value_of(promise, kept), kept.get(promise.benchmark)
    told, day = "not measured", ""
    if value is not None and found is not None:
        told = f"{value:g} {promise.unit}".rstrip()
        if not promise.kept_by(value):
            told = f"**{told}: missed**" + (f" ({promise.why})" if promise.why else "")
        day = f"{found.at}, quick" if found.quick else found.at
    cells = (promise.what, told, promise.told, promise.reference, f"`{promise.benchmark}`", day)
    return f"| {' | '.join(cells)} |"


def _told(machine: Mapping[str, str]) -> str:
    packages = ", ".join(f"{name} {machine[name]}" for name in _PACKAGES if name in machine)
    return (
        f"Measured on {machine['cores']} cores of {machine['processor']}, {machine['system']}, "
        f"Python {machine['python']} ({packages})."
    )


def _range(values: Iterable[float]) -> float:
    known = tuple(values)
    return max(known) - min(known)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
