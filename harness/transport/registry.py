"""Transports by name: the built-in one and those of installed packages.

A package offers a transport as an entry point that names a function like ``websocket.connect``. A
dialect names what is sent; a transport only carries it.
"""

from __future__ import annotations

from harness.plugins import Registry
from harness.transport.base import Connect

TRANSPORTS: Registry[Connect] = Registry(
    "transport", "harness.transports", {"websocket": "harness.transport.websocket:connect"}
)


def transport(name: str) -> Connect:
    """Return how to open a connection; raises like ``plugins.Registry.get``."""
    return TRANSPORTS.get(name)
