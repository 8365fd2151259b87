"""The list of the public names: ``python tests/support/api_page.py > docs/reference/api.md``."""

from __future__ import annotations

import inspect
import re
import sys

from harness import api

HEAD = (
    "# Python API\n\nImport from `harness.api`; everything else may change in any release. Version "
    f"of this surface: {api.API_VERSION} (`API_VERSION`). The table is made from the docstrings "
    "(`python tests/support/api_page.py > docs/reference/api.md`).\n\n"
    "| name | kind | what it is |\n|---|---|---|\n"
)


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(map(_row, api.__all__))


def _row(name: str) -> str:
    found = getattr(api, name)
    kind = "class" if inspect.isclass(found) else "function"
    kind = "module" if inspect.ismodule(found) else "value" if name in VALUES else kind
    return f"| `{name}` | {kind} | {VALUES.get(name) or _first_sentence(found)} |\n"


def _first_sentence(found: object) -> str:
    first = " ".join((inspect.getdoc(found) or "").split("\n\n")[0].split())
    return re.sub(r"``([^`]+)``", r"`\1`", first).replace("|", "\\|")


VALUES = {
    "API_VERSION": "Raised when a name is removed, or changes its meaning.",
    "Messages": "Messages to send, in order: a tuple of `Outgoing`.",
    "ServerEvent": "Any neutral event from an agent.",
    "Text": "A text in a file that is not empty.",
}
"""Names whose docstring Python does not keep."""


if __name__ == "__main__":
    sys.stdout.write(page())
