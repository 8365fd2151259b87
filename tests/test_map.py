"""The map of the house names every room, once, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import harness

ROOMS = Path(harness.__file__).parent


def test_the_map_names_every_room_once() -> None:
    assert harness.__doc__ is not None
    named = re.findall(r"^- ``(\w+)``  +\S", harness.__doc__, re.MULTILINE)
    there = {
        path.stem
        for path in ROOMS.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert sorted(named) == sorted(there - {"__init__", "__main__"})
