"""What can be found by name: one registry for every kind of plug-in, with one behaviour.

Built-ins stand in a table of ``module:object`` and are imported when they are asked for, so that
nobody pays for what is not used, and no room reaches another through its registry. Packages offer
theirs as entry points. Nothing registers itself on import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter
from typing import Generic, TypeVar

from harness.errors import BrokenPlugin, UnknownName, UsageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Registry(Generic[T]):
    """Everything of one kind, by name.

    ``kind`` is its word in messages, ``group`` the entry-point group, ``builtin`` what the harness
    itself has: ``module:object`` by name, in an order of its own.
    """

    kind: str
    group: str
    builtin: Mapping[str, str]

    def names(self) -> tuple[str, ...]:
        """Return all names: built-in ones in their order, then those of packages by alphabet.

        Raises UsageError where a name is taken.
        """
        return (*self.builtin, *sorted(self._offered()))

    def get(self, name: str) -> T:
        """Return what has this name.

        Raises:
            UnknownName: nothing has it; the message lists what there is.
            UsageError: a name of this kind is given twice, whichever was asked for.
            BrokenPlugin: its package cannot be loaded.
        """
        offered = self._offered()
        if name in self.builtin:
            module, _, attribute = self.builtin[name].partition(":")
            made: T = attrgetter(attribute)(import_module(module))
            return made
        if name not in offered:
            raise UnknownName(self.kind, name, tuple(sorted({*self.builtin, *offered})))
        try:
            made = offered[name].load()
        except (Exception, SystemExit) as error:  # a package that is not ours runs at import
            raise BrokenPlugin(self.kind, name, error) from error
        return made

    def _offered(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        for point in installed(self.group):
            if point.name in self.builtin or point.name in found:
                problem = f"two {self.kind}s are named {point.name!r}; one is {point.value}"
                raise UsageError(problem)
            found[point.name] = point
        return found


class Factories(Registry[Callable[[], T]]):
    """A registry of callables without arguments, each of which makes one."""

    def make(self, name: str) -> T:
        """Return a new one of this name; raises like ``get``, also where its callable raises."""
        factory = self.get(name)
        if name in self.builtin:
            return factory()
        try:
            return factory()
        except (Exception, SystemExit) as error:
            raise BrokenPlugin(self.kind, name, error) from error


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """Return what packages offer; looking through all of them takes 5 ms, and every call asks."""
    return tuple(entry_points(group=group))
