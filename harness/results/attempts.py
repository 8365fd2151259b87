"""One call per key: what was made again replaces what was there, and nothing counts twice.

A call is known by its suite, scenario, condition, repeat and seed. A test that is run again (pytest
with reruns) makes the same call anew: its copies are no independent draws, and thirteen of them
would prove what one of them shows. So the last attempt is the call, those before are kept beside,
and whatever pairs calls refuses copies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.errors import UsageError
from harness.results.model import CallResult

CallKey = tuple[str, str, str, int, int]
"""Suite, scenario, condition, repeat and seed."""

_SHOWN = 3


def key_of(call: CallResult) -> CallKey:
    """Return what a call is known by."""
    return call.suite, call.scenario, call.condition, call.repeat, call.seed


def last_attempts(
    calls: Iterable[CallResult],
) -> tuple[tuple[CallResult, ...], tuple[CallResult, ...]]:
    """Return the last attempt at each call and those before it, both in the given order.

    Calls of another text or agent under one name are no attempts at the same; they stay, and are
    refused where calls are paired.
    """
    calls = tuple(calls)
    last = {_same(call): call for call in sorted(calls, key=_made)}
    kept = {id(call) for call in last.values()}
    return (
        tuple(call for call in calls if id(call) in kept),
        tuple(call for call in calls if id(call) not in kept),
    )


def check_single(calls: Sequence[CallResult], what: str) -> None:
    """Refuse to pair calls of which some are there several times; ``what`` holds them.

    Raises:
        UsageError: names the calls and how often they are there.
    """
    copies = [(key, number) for key, number in Counter(map(key_of, calls)).items() if number > 1]
    if not copies:
        return
    told = [_told(key, number) for key, number in copies[:_SHOWN]]
    if len(copies) > _SHOWN:
        told.append(f"and {len(copies) - _SHOWN} more calls")
    raise UsageError(
        f"{what} holds copies of calls, which are no independent pairs: {'; '.join(told)}. "
        "Make the run again, each scenario, condition, repeat and seed once"
    )


def _told(key: CallKey, number: int) -> str:
    _, scenario, condition, repeat, seed = key
    name = f"{scenario} / {condition}" if condition else scenario
    return f"{name!r} repeat {repeat + 1}, seed {seed}, {number} times"


def _same(call: CallResult) -> tuple[object, ...]:
    return (*key_of(call), call.scenario_path, call.scenario_hash, call.prompt_hash)


def _made(call: CallResult) -> tuple[int, str]:
    """Order attempts by when they were made: each took the next free folder, slug, slug-2, …"""
    return len(call.recording), call.recording
