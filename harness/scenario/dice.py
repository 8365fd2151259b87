"""Seeds of its own for each scenario: what a run is given, and what a call's dice begin from.

Scenarios usually have the same seed. An agent that rolls its dice by it, as ours does, would then
fall short in all scenarios of a repeat at once, and 40 calls would weigh like 10. So a seed that is
given for a whole run, or that a scenario names, is only where the scenario's own begin: a scenario
is always as far from it, in every run and on every machine.
"""

from __future__ import annotations

import zlib

from harness.units import MOST_SEED


def own_seed(suite: str, scenario: str, given: int) -> int:
    """Return the first seed of a scenario that is given this one: by ``--seed``, or in its file."""
    return within(given + _apart(suite, scenario))


def given_seed(suite: str, scenario: str, own: int) -> int:
    """Return what to give a run so that a scenario's first call has this seed: the way back."""
    return within(own - _apart(suite, scenario))


def within(seed: int) -> int:
    """Return a seed that stays one: past the last that options take, it starts again at 0."""
    return seed % (MOST_SEED + 1)


def _apart(suite: str, scenario: str) -> int:
    return zlib.crc32(f"{suite}/{scenario}".encode()) % 100_000 * 1_000
