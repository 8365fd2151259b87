"""The failing nights at the end of a series."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.nights import Nights, night_name

from harness.history.series import Night, by_group
from harness.history.streak import streak


def nights(passed: str, prompts: str = "") -> tuple[Night, ...]:
    """Return nights of three calls; "-" is a night that judged nothing."""
    prompts = prompts or "a" * len(passed)
    simulated = Nights(
        nights=len(passed), scenarios=("x",), scorers=("preamble",), spoilt=0.0,
        prompt=lambda night: prompts[night - 1],
    )  # fmt: skip
    ((_, found),) = by_group(simulated.history()).items()
    return tuple(judging(night, sign) for night, sign in zip(found, passed, strict=True))


def judging(night: Night, sign: str) -> Night:
    verdicts = [None] * 3 if sign == "-" else [number < int(sign) for number in range(3)]
    calls = (
        replace(kept, call=replace(kept.call, passed=verdict))
        for kept, verdict in zip(night.calls, verdicts, strict=True)
    )
    return replace(night, calls=tuple(calls))


ENDS = [
    # passed by night, prompts, (first, nights, bad, of, whether all failed, changes) or None
    ("333", "", None),
    ("---", "", None),
    ("30003", "", None),
    ("3330", "", (3, 1, 0, 3, True, 0)),
    ("3333000000", "aaaabbbbbb", (4, 6, 0, 18, True, 1)),
    ("000", "aab", (0, 3, 0, 9, True, 0)),
    ("3332", "", (3, 1, 2, 3, False, 0)),
    ("33322", "", (3, 2, 4, 6, False, 0)),
    ("33332000", "aaaaabbb", (5, 3, 0, 9, True, 1)),  # the flaky night before is no part of it
    ("33330010", "aaaabbbb", (4, 4, 1, 12, False, 1)),  # one lucky call does not end it
    ("333-0-0-", "aaabbbbb", (4, 2, 0, 6, True, 1)),  # changed on the night that judged nothing
]


@pytest.mark.parametrize(("passed", "prompts", "expected"), ENDS)
def test_the_failing_end_of_a_series_is_found(passed, prompts, expected):
    found = streak(nights(passed, prompts))
    if expected is None:
        assert found is None
        return
    first, count, good, of, every, changes = expected
    assert (found.first, found.since) == (first, night_name(first + 1))
    assert (found.nights, found.bad.passed, found.bad.counted) == (count, good, of)
    assert (found.every, len(found.changes)) == (every, changes)
    assert found.before.counted + of == 3 * (len(passed) - passed.count("-"))
