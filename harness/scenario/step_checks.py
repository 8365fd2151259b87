"""Faults of steps, and the prompts that they name: a scenario holds their text, not their path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.scenario.pieces import Found, items, mapping, unknown
from harness.scenario.suite_checks import instructions
from harness.scenario.tool_checks import KnownTool


def step_faults(
    data: Mapping[str, Any], tools: Mapping[str, KnownTool] | None, folder: Path | None
) -> Found:
    """Check the steps of a scenario; ``tools`` and ``folder`` are its suite's, None without one."""
    for number, turn in items(data, "turns"):
        change, at = mapping(turn, "session_update"), ("turns", number, "session_update")
        named = change.get("tools")
        for place, name in enumerate(named if isinstance(named, list) else ()):
            if tools is not None and isinstance(name, str) and name not in tools:
                yield (*at, "tools", place), unknown("tool", name, sorted(tools))
        chosen = mapping(change, "tool_choice").get("name")
        if isinstance(chosen, str) and tools is not None and chosen not in tools:
            yield (*at, "tool_choice", "name"), unknown("tool", chosen, sorted(tools))
        elif isinstance(chosen, str) and isinstance(named, list) and chosen not in named:
            yield (*at, "tool_choice", "name"), f"{chosen} is none of 'tools' beside it"
        if folder is not None:
            try:
                instructions(change.get("instructions_file"), folder)
            except ValueError as error:
                yield (*at, "instructions_file"), str(error)


def with_prompts(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a scenario's data with the text of each prompt that a step names, read by then."""
    turns = [_with_prompt(turn, folder) for turn in data.get("turns") or ()]
    return {**data, "turns": turns} if turns else data


def _with_prompt(turn: dict[str, Any], folder: Path) -> dict[str, Any]:
    change = turn.get("session_update")
    if change is None or change.get("instructions_file") is None:
        return turn
    text = instructions(change["instructions_file"], folder)
    told = {key: value for key, value in change.items() if key != "instructions_file"}
    return {**turn, "session_update": {**told, "instructions": text}}
