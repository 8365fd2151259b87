"""A suite of boats with a call in text whose only write the rules leave at review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOOL: dict[str, Any] = {
    "name": "book_boat",
    "kind": "write",
    "description": "Book a boat",
    "parameters": {"type": "object", "properties": {"boat": {"type": "string"}}},
}
SUITE = """\
format: 1
suite: boats
instructions: prompt.md
scorers: {others: off, write_confirmation: on}
tools:
  - name: book_boat
    kind: write
    description: Book a boat
    parameters: {type: object, properties: {boat: {type: string}}}
"""
ASKED, OPEN, YES = "Shall I book the canoe for you?", "Whatever floats, I suppose.", "Yes, please."


def chat(reply: str, *, boat: str = "canoe", asked: str = ASKED) -> dict[str, Any]:
    """Return a chat in which a boat is booked after this reply."""
    function = {"name": "book_boat", "arguments": json.dumps({"boat": boat})}
    return {
        "messages": [
            {"role": "user", "content": "I want a boat for the lake."},
            {"role": "assistant", "content": asked},
            {"role": "user", "content": reply},
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "{}"},
            {"role": "assistant", "content": "It is booked."},
        ]
    }


def row(name: str, reply: str, label: str, **more: Any) -> dict[str, Any]:
    """Return the same as a labelled dialogue."""
    call = {"tool": "book_boat", "arguments": {"boat": "canoe"}, "ok": True}
    return {
        "id": name,
        "tools": [TOOL],
        "turns": [
            {"who": "caller", "text": "I want a boat for the lake."},
            {"who": "agent", "text": ASKED},
            {"who": "caller", "text": reply},
            call,
        ],
        "writes": [{"index": 3, "label": label, **more}],
    }


def write_boats(folder: Path, *, judge: str = "", **replies: str) -> Path:
    """Write the suite and a chat per reply; ``judge`` is the suite's key of that name."""
    (folder / "boats").mkdir(exist_ok=True)
    (folder / "boats/suite.yaml").write_text(SUITE + judge)
    (folder / "boats/prompt.md").write_text("Be brief.")
    (folder / "chats").mkdir(exist_ok=True)
    for name, reply in (replies or {"open": OPEN}).items():
        (folder / f"chats/{name}.json").write_text(json.dumps(chat(reply)))
    return folder
