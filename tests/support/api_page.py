"""The list of the public names: ``python tests/support/api_page.py > docs/reference/api.md``."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from enum import Enum
from functools import cached_property
from types import ModuleType
from typing import get_args

from harness import api
from harness.timeline.model import AgentUtterance, CallerTurn, Span, ToolCall, Wait

HEAD = (
    "# Python API\n\nImport from `harness.api`; everything else may change in any release. Version "
    f"of this surface: {api.API_VERSION} (`API_VERSION`).\n\n"
    "| name | what it is |\n|---|---|\n"
)


MODULES = (api.commands, api.items)
"""Exported modules whose names are listed here; those of ``events`` are in ``EVENTS``."""

EVENTS = "[Names and effects](../guides/extend/dialect.md#events)."


COMMANDS = (api.commands.ResponseOptions, *get_args(api.commands.ClientCommand))
SENT = "What a `ServerEnd` receives from the client."


READ = (api.ScoredCall, api.Timeline, CallerTurn, AgentUtterance, ToolCall, Wait, Span)
"""What a scorer reads; their attributes are listed."""


def page() -> str:
    """Return the whole page."""
    names = HEAD + "".join(map(_row, api.__all__))
    return names + _attributes() + "".join(map(_section, MODULES))


def _attributes() -> str:
    """Return the section on the attributes of what a scorer reads."""
    rows = "".join(f"| `{each.__name__}` | {', '.join(_public(each))} |\n" for each in READ)
    about = (
        "A scorer gets a `ScoredCall`. Times are seconds of the recording. Of an `AgentUtterance`, "
        "`claimed` is the agent's own transcript, `claimed_heard` the part that was played, and "
        "`recognized` the recognizer's."
    )
    return f"\n## What a scorer reads\n\n{about}\n\n| class | attributes |\n|---|---|\n{rows}"


def _public(kind: type) -> list[str]:
    fields = [each.name for each in dataclasses.fields(kind)]
    found = [*fields, *(name for name, each in vars(kind).items() if isinstance(each, PROPERTIES))]
    return [f"`{name}`" for name in found if not name.startswith("_")]


PROPERTIES = (property, cached_property)


def _section(module: ModuleType) -> str:
    name = module.__name__.rpartition(".")[2]
    classes = [each for each in vars(module).values() if inspect.isclass(each)]
    own = [each for each in classes if each.__module__ == module.__name__]
    sent = [each for each in own if each in COMMANDS]
    rows = "".join(
        f"| `{each.__name__}` | {_first_sentence(each)}{_content(each)} |\n"
        for each in own
        if each not in sent
    )
    if sent:
        rows += f"| {', '.join(f'`{each.__name__}`' for each in sent)} | {SENT} |\n"
    return f"\n## {name}\n\n{_first_sentence(module)}\n\n| name | what it is |\n|---|---|\n{rows}"


def _content(kind: type) -> str:
    """Return the members of an enum, or the fields of a dataclass, as text; empty for others."""
    if issubclass(kind, Enum):
        return f" Members: {', '.join(f'`{each.name}`' for each in kind)}."
    if not dataclasses.is_dataclass(kind):
        return ""
    return f" Fields: {', '.join(f'`{each.name}`' for each in dataclasses.fields(kind))}."


def _row(name: str) -> str:
    found = getattr(api, name)
    called = "()" if inspect.isfunction(found) else ""
    told = VALUES.get(name) or _first_sentence(found)
    return f"| `{name}{called}` | {told}{f' {EVENTS}' if found is api.events else ''} |\n"


def _first_sentence(found: object) -> str:
    first = " ".join((inspect.getdoc(found) or "").split("\n\n")[0].split())
    return re.sub(r"``([^`]+)``", r"`\1`", first).replace("|", "\\|")


VALUES = {
    "API_VERSION": "Raised when a name is removed, or changes its meaning.",
}
"""Names whose docstring Python does not keep."""


if __name__ == "__main__":
    sys.stdout.write(page())
