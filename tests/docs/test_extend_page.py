"""The dialect page lists every event and method that may be overridden; its example works."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any, get_args, get_type_hints

from support.pages import blocks, page

from harness.protocol.dialect import Dialect, DialectSession, Messages
from harness.protocol.events import ServerEvent
from harness.testing import DialectContract

TEXT = page("extend/dialect.md")

(VOX,) = (code for code in blocks(TEXT, "python") if "class VoxSession" in code)
NAMES: dict[str, Any] = {}
exec(VOX, NAMES)


def table(heading: str) -> list[str]:
    """The names in the first column of the table below a heading, in order."""
    section = TEXT.partition(f"### {heading}")[2].partition("\n### ")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+(?:\(.*?\))?)`", cell)]


def signature(name: str) -> str:
    """The signature of a session's method, in the form of the page."""
    signed = inspect.signature(getattr(DialectSession, name))
    parameters = list(signed.parameters.values())[1:]
    told = str(signed.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    return f"{name}{told}".replace("'", "").replace("|", "\\|")


def abilities() -> list[str]:
    methods = {name: each for name, each in vars(DialectSession).items() if callable(each)}
    found = [name for name, each in methods.items() if get_type_hints(each)["return"] == Messages]
    return [name for name in found if not name.startswith("_") and name != "send"]


def test_every_method_is_in_its_table_with_its_signature() -> None:
    wanted = sorted(map(signature, ["append_audio", *abilities()]))
    assert sorted(table("Methods of a session")) == wanted


def test_default_roles_are_those_of_the_page() -> None:
    assert f"default `{json.dumps(Dialect.roles).replace('[', '(').replace(']', ')')}`" in TEXT


def test_every_event_is_in_its_table() -> None:
    names = sorted(each.__name__ for each in get_args(ServerEvent))
    assert sorted(table("Events")) == names


class TestDialectOfThePage(DialectContract):
    dialect = NAMES["Vox"]()
    handshake = ({"type": "ready"},)
    tool_call = ({"type": "tool", "id": "c", "name": "find", "input": {}},)
    interruption = ({"type": "interrupted"},)
    error = ({"type": "error", "text": "Broken."},)
