"""The list of the public names: ``python tests/support/api_page.py > docs/reference/api.md``."""

from __future__ import annotations

import inspect
import re
import sys
from types import ModuleType

from harness import api

HEAD = (
    "# Python API\n\nImport from `harness.api`; everything else may change in any release. Version "
    f"of this surface: {api.API_VERSION} (`API_VERSION`). The table is made from the docstrings "
    "(`python tests/support/api_page.py > docs/reference/api.md`).\n\n"
    "| name | kind | what it is |\n|---|---|---|\n"
)


MODULES = (api.commands, api.items)
"""Exported modules whose names are listed here; those of ``events`` are in ``EVENTS``."""

EVENTS = "[Names and effects](../guides/extend/dialect.md#events)."


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(map(_row, api.__all__)) + "".join(map(_section, MODULES))


def _section(module: ModuleType) -> str:
    name = module.__name__.rpartition(".")[2]
    classes = [each for each in vars(module).values() if inspect.isclass(each)]
    own = [each for each in classes if each.__module__ == module.__name__]
    rows = "".join(f"| `{each.__name__}` | {_first_sentence(each)} |\n" for each in own)
    return f"\n## {name}\n\n{_first_sentence(module)}\n\n| name | what it is |\n|---|---|\n{rows}"


def _row(name: str) -> str:
    found = getattr(api, name)
    kind = "class" if inspect.isclass(found) else "function"
    kind = "module" if inspect.ismodule(found) else "value" if name in VALUES else kind
    told = VALUES.get(name) or _first_sentence(found)
    return f"| `{name}` | {kind} | {told}{f' {EVENTS}' if found is api.events else ''} |\n"


def _first_sentence(found: object) -> str:
    first = " ".join((inspect.getdoc(found) or "").split("\n\n")[0].split())
    return re.sub(r"``([^`]+)``", r"`\1`", first).replace("|", "\\|")


VALUES = {
    "API_VERSION": "Raised when a name is removed, or changes its meaning.",
}
"""Names whose docstring Python does not keep."""


if __name__ == "__main__":
    sys.stdout.write(page())
