"""How the prompt of a group changed from night to night, in place of two hashes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.history.changes import PROMPT
from harness.history.series import Night
from harness.history.trend import GroupTrend
from harness.results.prompt_diff import AgentPrompt, PromptChange, prompt_change

PromptOf = Callable[[str], AgentPrompt | None]
"""The prompt of the call in a folder of the history; None where the recording is not there."""

Diffs = Mapping[str, PromptChange]
"""The difference to the prompt before, by the night on which it changed."""


def prompt_diffs(trend: GroupTrend, prompt_of: PromptOf) -> Diffs:
    """Return how the prompt changed on each night on which it did, if both recordings are kept."""
    places = {night.night: place for place, night in enumerate(trend.nights)}
    found = {}
    for changed in trend.changed:
        if any(change.what == PROMPT for change in changed.changes):
            place = places[changed.night]
            found[changed.night] = _difference(
                trend.nights[place - 1], trend.nights[place], prompt_of
            )
    return found


def _difference(before: Night, after: Night, prompt_of: PromptOf) -> PromptChange:
    was, now = prompt_of(before.calls[-1].folder), prompt_of(after.calls[0].folder)
    return PromptChange() if was is None or now is None else prompt_change(was, now)
