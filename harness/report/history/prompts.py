"""How the prompt of a group changed from night to night, line by line, in place of two hashes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.history.changes import PROMPT
from harness.history.series import Night
from harness.history.trend import GroupTrend
from harness.report.prompt_diff import DiffLine, diff_lines

PromptOf = Callable[[str], str]
"""The prompt of the call in a folder of the history; empty where the recording is not there."""

Diffs = Mapping[str, tuple[DiffLine, ...]]
"""The difference to the prompt before, by the night on which it changed."""


def prompt_diffs(trend: GroupTrend, prompt_of: PromptOf) -> Diffs:
    """Return how the prompt changed on each night on which it did, as far as both texts are kept.

    A prompt whose text is the same (the descriptions of its tools changed) is left out.
    """
    places = {night.night: place for place, night in enumerate(trend.nights)}
    found = {}
    for changed in trend.changed:
        if any(change.what == PROMPT for change in changed.changes):
            place = places[changed.night]
            lines = _difference(trend.nights[place - 1], trend.nights[place], prompt_of)
            if lines:
                found[changed.night] = lines
    return found


def _difference(before: Night, after: Night, prompt_of: PromptOf) -> tuple[DiffLine, ...]:
    texts = prompt_of(before.calls[-1].folder), prompt_of(after.calls[0].folder)
    return diff_lines(*texts) if all(texts) else ()
