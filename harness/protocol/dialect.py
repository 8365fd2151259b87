"""The dialects by name: built-in ones and those of packages."""

from __future__ import annotations

from harness.errors import BrokenPlugin
from harness.plugins import Factories
from harness.protocol.session import Dialect

DIALECTS: Factories[Dialect] = Factories(
    "dialect",
    "harness.dialects",
    {
        "openai_ga": "harness.protocol.openai.ga:OpenAiGa",
        "openai_beta": "harness.protocol.openai_beta.beta:OpenAiBeta",
    },
)
"""Packages offer a callable without arguments that gives a ``Dialect``."""


def dialect(name: str) -> Dialect:
    """Return a dialect by name; raises like ``plugins.Factories.make``."""
    made = DIALECTS.make(name)
    if not isinstance(made, Dialect):
        problem = TypeError(f"{type(made).__name__} is no harness.protocol.session.Dialect")
        raise BrokenPlugin("dialect", name, problem)
    return made
