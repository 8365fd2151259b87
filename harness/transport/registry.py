"""Transports by name: the built-in one and those of installed packages.

A package offers a transport as an entry point in the group ``harness.transports`` that names a
function like ``websocket.connect``. A dialect names what is sent; a transport only carries it.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from harness.errors import UnknownName, UsageError
from harness.transport import websocket
from harness.transport.base import Connect

GROUP = "harness.transports"
"""Entry-point group in which other packages offer transports."""

BUILTIN: tuple[tuple[str, Connect], ...] = (("websocket", websocket.connect),)


def transport(name: str) -> Connect:
    """Return how to open a connection.

    Raises:
        UnknownName: no transport has this name; lists those that exist.
        UsageError: two have it, or its package cannot be loaded.
    """
    builtin = dict(BUILTIN)
    offered = [point for point in _installed() if point.name == name]
    if len(offered) + (name in builtin) > 1:
        raise UsageError(f"two transports are named {name!r}; one is {offered[0].value}")
    if name in builtin:
        return builtin[name]
    if not offered:
        others = (point.name for point in _installed())
        raise UnknownName("transport", name, tuple(sorted({*builtin, *others})))
    try:
        made: Connect = offered[0].load()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"transport {name!r}: its package cannot be loaded: {error}") from error
    return made


@cache
def _installed() -> tuple[EntryPoint, ...]:
    """Return what packages offer; looking through all of them takes 5 ms, and every call asks."""
    return tuple(entry_points(group=GROUP))
