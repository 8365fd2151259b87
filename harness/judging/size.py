"""Whether a call has more text than is judged.

The limits are sizes, never times: the same call has the same verdicts on any machine. A text of
50,000 characters takes about two seconds; the limits leave room for calls of several hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.timeline.model import Timeline
from harness.units import clock

MOST_IN_ONE = 100_000
"""Characters of one answer, one turn of the caller, or the arguments of one tool call."""

MOST_IN_OUTPUT = 1_000_000
"""Characters of the output of one tool call: it is searched, not read as speech."""

MOST_IN_CALL = 500_000
"""Characters of all answers, turns and arguments of a call."""

MOST_VALUES = 100
"""Values in the arguments of one tool call: each is looked for in all that was said before it."""


def too_long(timeline: Timeline) -> str:
    """Return why a call is not judged by its words, empty if it is."""
    whole = 0
    for what, at_s, size in _texts(timeline):
        whole += size
        if size > MOST_IN_ONE:
            return _reason(f"{what} at {clock(at_s)} has {size:,} characters", MOST_IN_ONE)
    if whole > MOST_IN_CALL:
        return _reason(f"the call has {whole:,} characters", MOST_IN_CALL)
    for tool in timeline.tools:
        of_tool = f"{tool.name} at {clock(tool.requested_s)}"
        if (size := len(tool.output or "")) > MOST_IN_OUTPUT:
            return _reason(f"the output of {of_tool} has {size:,} characters", MOST_IN_OUTPUT)
        if (count := _values(tool.arguments or {})) > MOST_VALUES:
            return _reason(f"{of_tool} has {count:,} values in its arguments", MOST_VALUES)
    return ""


def _reason(what: str, most: int) -> str:
    return f"too long to judge by its words: {what}, at most {most:,} are read"


def _texts(timeline: Timeline) -> Iterator[tuple[str, float, int]]:
    """Yield what each text of a call is, when it came in seconds, and its characters."""
    for said in timeline.agent:
        size = max(len(said.claimed), len(said.recognized or ""))
        yield "an answer", said.span.start_s, size
    for turn in timeline.caller:
        size = max(len(turn.text), len(turn.recognized or ""))
        yield "what the caller says", turn.span.start_s, size
    for tool in timeline.tools:
        yield f"the call of {tool.name}", tool.requested_s, len(tool.raw_arguments)


def _values(given: object) -> int:
    """Return how many single values a value of JSON consists of."""
    left, count = [given], 0
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
        else:
            count += 1
    return count
