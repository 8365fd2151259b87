"""The registry of plug-ins: built-ins and entry points by name, the same for every kind.

Built-ins are listed as ``module:object`` and imported on request, so that unused ones cost no
import time, and packages do not depend on each other through a registry. Other packages offer
plug-ins as entry points. No plug-in registers itself on import.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import isroutine
from operator import attrgetter
from traceback import print_exception, walk_tb
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

    def package(self, name: str) -> str:
        """Return the package that offers a name, with its version; "harness" for a built-in one."""
        return "harness" if name in self.builtin else package_of(self._offered()[name])

    def module(self, name: str) -> str:
        """Return the module of a plug-in, without importing it; raises UnknownName, UsageError."""
        if name in self.builtin:
            return self.builtin[name].partition(":")[0]
        offered = self._offered()
        if name not in offered:
            raise UnknownName(self.kind, name, tuple(sorted({*self.builtin, *offered})))
        return offered[name].module

    def summary(self, name: str) -> str:
        """Return the first line of a plug-in's docstring; raises like ``get``.

        For an object that is no class or function, it is the docstring of its module.
        """
        found = self.get(name)
        described = isinstance(found, type) or isroutine(found)
        own = found if described else sys.modules[self.module(name)]
        return (own.__doc__ or "").strip().partition("\n")[0].replace("``", "")

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


def package_of(point: EntryPoint) -> str:
    """Return the name and the version of the package that offers a plug-in."""
    return "" if point.dist is None else f"{point.dist.name} {point.dist.version}"


# Failures of plug-ins: languages and scorers are called in hundreds of places, so the traceback of
# an error tells whose it is, at the borders that catch errors.


SHOW_TRACEBACK = "HARNESS_TRACEBACK"
"""Environment variable for authors of packages: if set, their errors are shown with traceback."""


def plugin_failure(error: BaseException) -> str | None:
    """Return which installed package caused an error: package, version, method and message.

    None for an error of the harness itself. The method is the first that the harness called. If no
    frame is the package's own, the harness could not call a class of it as the interface says.
    """
    told = _plugin_failure(error)
    if told is not None and os.environ.get(SHOW_TRACEBACK):
        print_exception(error)
    return told


def _plugin_failure(error: BaseException) -> str | None:
    packages = {point.module.partition(".")[0]: point for point in _offered_points()}
    for each in _chain(error):
        for frame, _ in walk_tb(each.__traceback__):
            name = str(frame.f_globals.get("__name__")).partition(".")[0]
            if name in packages:
                return _told(packages[name], f"{frame.f_code.co_qualname} raised", each)
        if isinstance(each, TypeError | AttributeError):
            for point in packages.values():
                module = sys.modules.get(point.module)
                names = _NAME.findall(str(each))
                if any(
                    getattr(getattr(module, name, 0), "__module__", "") == point.module
                    for name in names
                ):
                    return _told(point, "a class of it does not fit:", each)
    return None


_NAME = re.compile(r"[A-Za-z_]\w*")


def _offered_points() -> Iterator[EntryPoint]:
    for group in entry_points().groups:
        if group.startswith("harness."):
            yield from entry_points(group=group)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors in a group, in order, and the causes of an error before itself."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _chain(each)
    if error.__cause__ is not None:
        yield from _chain(error.__cause__)
    yield error


def _told(point: EntryPoint, what: str, error: BaseException) -> str:
    said = " ".join(str(error).split())
    return f"package {package_of(point)}: {what} {type(error).__name__}: {said}".removesuffix(": ")
