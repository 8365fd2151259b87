"""The registry of plug-ins: built-ins and entry points by name, the same for every kind.

Built-ins are listed as ``module:object`` and imported on request, so that unused ones cost no
import time, and packages do not depend on each other through a registry. Other packages offer
plug-ins as entry points. No plug-in registers itself on import.
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
    """All plug-ins of a kind, by name.

    ``kind`` is its word in messages, ``group`` the entry-point group, ``builtin`` the harness's
    own: ``module:object`` by name, in an order of its own.
    """

    kind: str
    group: str
    builtin: Mapping[str, str]

    def names(self) -> tuple[str, ...]:
        """Return all names: built-in ones in their order, then those of packages by alphabet.

        Raises UsageError if two plug-ins have the same name.
        """
        return (*self.builtin, *sorted(self._offered()))

    def get(self, name: str) -> T:
        """Return the plug-in of this name.

        Raises:
            UnknownName: no plug-in has it; the message lists the known names.
            UsageError: a name of this kind is given twice, even if another name was requested.
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
    """A registry of callables without arguments, each of which makes a plug-in."""

    def make(self, name: str) -> T:
        """Return a new plug-in of this name; raises like ``get``, also if its callable raises."""
        factory = self.get(name)
        if name in self.builtin:
            return factory()
        try:
            return factory()
        except (Exception, SystemExit) as error:
            raise BrokenPlugin(self.kind, name, error) from error


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """Return a group's entry points, cached: the search takes 5 ms, and every call needs it."""
    return tuple(entry_points(group=group))
