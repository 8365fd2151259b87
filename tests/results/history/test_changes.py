"""Differences from the night before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.nights import Nights, night_name

from harness.results.history.changes import changes_by_night, streak
from harness.results.history.series import Night, by_group
from harness.results.history.store import History, HistoryEntry


def told(history: History, scorer: str | None = None) -> list[list[str]]:
    ((_, nights),) = by_group(history).items()
    return [[str(one) for one in changes] for changes in changes_by_night(nights, scorer)]


def changed(second: dict[str, object]) -> list[str]:
    """Return the changes reported for a second night whose simulation differs like this."""
    first = Nights(nights=1, spoilt=0.0, repeats=1).history().entries[0]
    other = Nights(nights=2, spoilt=0.0, repeats=1, **second).history().entries[1]
    return told(History("x", (first, other), ()))[1]


CASES = [
    ({}, []),
    ({"prompt": lambda night: "2" * 64}, ["prompt changed: 111111111111 → 222222222222"]),
    ({"version": lambda night: "0.2.0"}, ["harness changed: 0.1.0 → 0.2.0"]),
    (
        {"settings": lambda night: {"model": "gpt-realtime-3"}},
        ["model changed: gpt-realtime-2 → gpt-realtime-3"],
    ),
    (
        {"settings": lambda night: {"model": "gpt-realtime-2", "session": {"voice": "ash"}}},
        ["session.voice is new (ash)"],
    ),
    ({"settings": lambda night: {}}, ["model is gone (was gpt-realtime-2)"]),
]


@pytest.mark.parametrize(("second", "text"), CASES)
def test_a_change_is_named_with_before_and_after(second, text):
    assert changed(second) == text


def test_a_scenario_that_changed_came_or_went_is_named():
    two = Nights(nights=1, spoilt=0.0, repeats=1, scenarios=("a", "b")).history().entries[0]
    other = Nights(nights=2, spoilt=0.0, repeats=1, scenarios=("a", "c")).history().entries[1]
    calls = tuple(
        replace(call, scenario_hash="f" * 64) if call.scenario == "a" else call
        for call in other.results.calls
    )
    entry = replace(other, results=replace(other.results, calls=calls))
    kinds = [text.split(" (")[0].split(":")[0] for text in told(History("x", (two, entry), ()))[1]]
    assert kinds == ["scenario 'a' changed", "scenario 'c' is new", "scenario 'b' is gone"]


def interrupted(entry: HistoryEntry) -> HistoryEntry:
    results = replace(entry.results, interrupted=True, calls=entry.results.calls[:1])
    return replace(entry, results=results)


def test_an_interrupted_night_drops_nothing_and_hides_no_later_change():
    nights = Nights(
        nights=3, spoilt=0.0, repeats=1, prompt=lambda night: ("1" if night < 3 else "2") * 64
    )
    first, second, third = nights.history().entries
    history = History("x", (first, interrupted(second), third), ())
    assert told(history) == [[], [], ["prompt changed: 111111111111 → 222222222222"]]


def test_with_a_scorer_only_its_own_version_counts():
    first, second = Nights(nights=2, spoilt=0.0, repeats=1).history().entries
    calls = tuple(
        replace(call, scores=tuple(replace(score, version=2) for score in call.scores))
        for call in second.results.calls
    )
    entry = replace(second, results=replace(second.results, calls=calls))
    history = History("x", (first, entry), ())
    assert told(history, "preamble")[1] == ["scorer preamble changed: version 1 → version 2"]
    assert len(told(history)[1]) == 7


def nights(passed: str, prompts: str = "") -> tuple[Night, ...]:
    """Return nights of three calls; "-" is a night without a judged call."""
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
    ("333-0-0-", "aaabbbbb", (4, 2, 0, 6, True, 1)),  # changed on the night without a judged call
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
