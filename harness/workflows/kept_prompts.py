"""The prompts of a run without secrets, to compare them or to keep them in a baseline."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.results.model import RunResults
from harness.results.prompt_diff import AgentPrompt
from harness.results.prompts import recorded_prompts
from harness.transport.redaction import SHORTEST_SECRET, without_keys

_NAMES = re.compile(r"(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD)(_|$)", re.IGNORECASE)
"""Names of environment variables that hold secrets."""


def kept_prompts(
    run_folder: Path, results: RunResults, environment: Mapping[str, str] = os.environ
) -> tuple[AgentPrompt, ...]:
    """Return each prompt of a run once, if a recording with it is kept.

    Removed are the values of environment variables with names of secrets, and text that looks like
    a key: a target's secrets come from the environment, and a prompt may quote one by mistake.
    """
    secrets = {
        value
        for name, value in environment.items()
        if _NAMES.search(name) and len(value) >= SHORTEST_SECRET
    }
    longest_first = tuple(sorted(secrets, key=lambda one: (-len(one), one)))
    return tuple(
        replace(one, instructions=without_keys(one.instructions, longest_first))
        for one in recorded_prompts(run_folder, results.recorded)
    )
