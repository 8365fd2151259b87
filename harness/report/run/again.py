"""The command that makes a call again: same scenario, same seed, same target, same fault."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.recording.model import Manifest
from harness.scenario.dice import given_seed

_AS_NOW = "It reads scenario, prompt and target as they are now."


@dataclass(frozen=True, slots=True)
class Again:
    """One line for a shell, and what must be known before it is typed."""

    command: str
    note: str


def again(manifest: Manifest) -> Again | None:
    """Return how to make a call again; None where the recording does not name its scenario."""
    name = str(manifest.scenario.get("name") or "")
    if not manifest.scenario_path or not name:
        return None
    words = ["harness", "run", manifest.scenario_path, "--scenario", name]
    given = given_seed(str(manifest.suite.get("suite") or ""), name, manifest.seed)
    words += ["--seed", str(given), "--repeat", "1"]
    words += ["--target", _target(manifest)]
    if manifest.fault:
        words += ["--fault", manifest.fault]
    if manifest.clock == "real" and manifest.target.get("url") is None:
        words.append("--real-time")
    return Again(shlex.join(words), _note(manifest))


def _target(manifest: Manifest) -> str:
    """Return the target as ``--target`` knows it: the file or URL that was given, or its name."""
    if manifest.target_path:
        return manifest.target_path
    name, url = str(manifest.target.get("target") or ""), manifest.target.get("url")
    if isinstance(url, str) and urlsplit(url).netloc == name:
        return url
    return name


def _note(manifest: Manifest) -> str:
    if not manifest.condition:
        return _AS_NOW
    return (
        f"This call was made under the condition {manifest.condition!r} of a nightly file, which "
        f"`harness run` does not know: the command calls the scenario as it is written. {_AS_NOW}"
    )
