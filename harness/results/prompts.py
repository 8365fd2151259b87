"""The prompts that a run's agents were given, as its recordings hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import orjson

from harness.errors import RecordingDamaged
from harness.recording.manifest import load_manifest
from harness.results.model import CallResult
from harness.results.prompt_diff import AgentPrompt

_TRIED = 20
"""Recordings of one prompt that are looked at until one can be read."""

_DIGEST_BYTES = 8


def recorded_prompt(folder: Path) -> AgentPrompt | None:
    """Return the prompt of a recorded call; None where its recording cannot be read."""
    try:
        manifest = load_manifest(folder)
    except RecordingDamaged:
        return None
    tools = manifest.suite.get("tools") or ()
    return AgentPrompt(
        manifest.prompt_hash,
        manifest.instructions,
        {str(tool["name"]): _digest(tool) for tool in tools if "name" in tool},
    )


def recorded_prompts(run_folder: Path, calls: Iterable[CallResult]) -> tuple[AgentPrompt, ...]:
    """Return each prompt of a run once, as far as recordings of its calls are kept."""
    found: dict[str, AgentPrompt] = {}
    tried: dict[str, int] = {}
    for call in calls:
        wanted = call.prompt_hash
        if not wanted or wanted in found or tried.get(wanted, 0) >= _TRIED or not call.kept:
            continue
        tried[wanted] = tried.get(wanted, 0) + 1
        prompt = recorded_prompt(run_folder / call.recording)
        if prompt is not None and prompt.hash == wanted:
            found[wanted] = prompt
    return tuple(found.values())


def _digest(tool: dict[str, object]) -> str:
    told = [tool.get("description"), tool.get("parameters")]
    data = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()
