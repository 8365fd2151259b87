"""Arithmetic of time spans: overlap, union, gaps, subtraction, on half-open [start, end).

Every function takes spans in any order and returns tuples that are sorted, disjoint and free of
empty spans ("tidy"). Touching spans are merged.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.timeline.model import Span

Spans = tuple[Span, ...]

TICK_S = 2.0**-30
"""Grid of all times of a timeline, just under a nanosecond. Multiples of a power of two up to some
days are added and subtracted by doubles without any rounding, so parts add up to their total
exactly, in any order."""


def on_grid(at_s: float) -> float:
    """Return the nearest multiple of ``TICK_S``, at most 0.5 ns away."""
    return round(at_s / TICK_S) * TICK_S


def from_samples(start: int, stop: int, *, rate_hz: int) -> Span:
    """Return samples ``start`` to ``stop`` of a track as a span on the grid."""
    return Span(on_grid(start / rate_hz), on_grid(stop / rate_hz))


def union(spans: Iterable[Span]) -> Spans:
    """Return all time covered by any span."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start_s, s.end_s)):
        if span.end_s <= span.start_s:
            continue
        if merged and span.start_s <= merged[-1].end_s:
            last = merged[-1]
            merged[-1] = Span(last.start_s, max(last.end_s, span.end_s))
        else:
            merged.append(span)
    return tuple(merged)


def overlap(left: Iterable[Span], right: Iterable[Span]) -> Spans:
    """Return the time covered by both sides."""
    others = union(right)
    return union(
        Span(max(a.start_s, b.start_s), min(a.end_s, b.end_s)) for a in union(left) for b in others
    )


def subtract(spans: Iterable[Span], without: Iterable[Span]) -> Spans:
    """Return the time covered by ``spans`` and not by ``without``."""
    holes = union(without)
    left: list[Span] = []
    for span in union(spans):
        at_s = span.start_s
        for hole in holes:
            if hole.end_s <= at_s or hole.start_s >= span.end_s:
                continue
            left.append(Span(at_s, hole.start_s))
            at_s = hole.end_s
        left.append(Span(at_s, span.end_s))
    return union(left)


def gaps(spans: Iterable[Span], within: Span) -> Spans:
    """Return the time of ``within`` that no span covers."""
    return subtract((within,), spans)


def covered_s(spans: Iterable[Span]) -> float:
    """Return the seconds covered by any span."""
    return sum(span.duration_s for span in union(spans))


def hull(spans: Iterable[Span]) -> Span | None:
    """Return the smallest span that holds all of them; None if they cover no time."""
    tidy = union(spans)
    return Span(tidy[0].start_s, tidy[-1].end_s) if tidy else None
