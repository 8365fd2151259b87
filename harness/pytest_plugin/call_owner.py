"""The owner of a call: the test or fixture from whose name its seed follows.

Two tests of one scenario are two calls. Each test has seeds of its own that follow from its name
alone, so it gets the same caller in a whole session, with `-k` or `--lf`, and in any worker of
xdist. Numbers in the order of collection would change with each of these.

A fixture with a wider scope than a function makes its call for all tests of that scope. The call
belongs to the fixture, whichever test requests it first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest


@dataclass(slots=True)
class CallOwners:
    """The current owner of calls, and how many calls of each kind it has made."""

    _fixtures: list[str] = field(default_factory=list)
    _made: Counter[Hashable] = field(default_factory=Counter)

    @contextmanager
    def during(
        self, fixture: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Iterator[None]:
        """Have the calls inside the block belong to a fixture, if its scope is a wider one."""
        if request.scope == "function":
            yield
            return
        number = getattr(request, "param_index", 0)
        place = f"{fixture.baseid}|{request.node.nodeid}"
        self._fixtures.append(f"{place}|{fixture.argname}[{number}]")
        try:
            yield
        finally:
            self._fixtures.pop()

    def begin(self) -> None:
        """Reset the counts: a test begins, or is rerun and makes the same calls again."""
        self._made.clear()

    def owner(self, test: pytest.Item | None) -> str:
        """Return the name of the fixture that is being set up, or of the test; empty for neither.

        xdist adds a group to the ids of tests, but not to their names.
        """
        if self._fixtures:
            return self._fixtures[-1]
        if test is None:
            return ""
        return f"{test.parent.nodeid if test.parent else ''}::{test.name}"

    def take(self, kind: Hashable, number: int) -> int:
        """Return how many calls of this kind there were, and count as many more."""
        before = self._made[kind]
        self._made[kind] += number
        return before
