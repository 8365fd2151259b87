"""Lists of names in which one stands twice, or could never be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.scenario.pieces import Found, items, mapping, twice
from harness.scenario.wording import shown

_EXPECTED = ("never", "quiet", "says", "never_says")


def list_faults(data: Mapping[str, Any]) -> Found:
    """Check the lists of a scenario."""
    tags = data.get("tags")
    yield from twice(tags, ("tags",))
    for number, tag in enumerate(tags if isinstance(tags, list) else []):
        if isinstance(tag, str) and "," in tag:
            problem = "a comma stands between tags where they are chosen; write two tags"
            yield ("tags", number), f"{problem}, got {shown(tag)}"
    for name in _EXPECTED:
        yield from twice(mapping(data, "expect").get(name), ("expect", name))
    for number, turn in items(data, "turns"):
        at = ("turns", number, "session_update", "tools")
        yield from twice(mapping(turn, "session_update").get("tools"), at)
