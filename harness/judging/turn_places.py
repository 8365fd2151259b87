"""Name turns in place of times in the reasons of calls whose times are not known.

An import of a text gives each line a place in a counted time, so that order can be judged. Such a
time is in no source: a reason that shows it would point a listener to a wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.recording.provenance import Estimate
from harness.timeline.model import Timeline
from harness.units import clock

_TIME = re.compile(r"\b(at|from) (\d+:[0-5]\d\.\d)\b")


def with_turns(reason: str, timeline: Timeline) -> str:
    """Return a reason without counted times: "at turn 3" is at the caller's third turn or after it.

    The time of a call of a tool is counted, too, where only its place among the lines is known.
    Times in a quotation stay: they are no times of this call.
    """
    counted = {clock(at_s): at_s for at_s in _counted(timeline)} if _TIME.search(reason) else {}

    def place(found: re.Match[str]) -> str:
        if found[2] not in counted:
            return found[0]
        at_s = counted[found[2]]
        number = sum(turn.has_words and turn.span.start_s <= at_s for turn in timeline.caller)
        return f"{found[1]} turn {number}" if number else "before turn 1"

    return _TIME.sub(place, reason)


def _counted(timeline: Timeline) -> Iterable[float]:
    """Yield the times of a call that its source does not have."""
    if timeline.estimates(Estimate.TIMES) and not timeline.estimates(Estimate.STAMPS):
        spans = [*(turn.span for turn in timeline.caller), *(one.span for one in timeline.agent)]
        yield from (at_s for span in spans for at_s in (span.start_s, span.end_s))
    elif not timeline.estimates(Estimate.TOOL_TIMES):
        return
    for tool in timeline.called:
        yield tool.requested_s
    yield from (tool.answered_s for tool in timeline.tools if tool.answered_s is not None)
