"""What a reader of a call's page should know beside the verdicts, in a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.recording.provenance import Estimate
from harness.scorers.delivery import how_broken
from harness.timeline.model import Timeline
from harness.units import clock

_MOST = 5
"""Broken answers, and different errors, that are shown."""


_SIDES = {"agent": Estimate.AGENT_AUDIO, "caller": Estimate.CALLER_AUDIO}
_HOW = "see where it comes from, at the transcript"


def head_notes(timeline: Timeline) -> tuple[str, ...]:
    """Return the notes at the head of a call's page, in order of time."""
    return tuple(words for _, words in sorted(_notes(timeline)))


def _notes(timeline: Timeline) -> Iterator[tuple[float, str]]:
    for side, estimate in _SIDES.items():
        if timeline.estimates(estimate):
            yield -1.0, f"The {side}'s audio is missing in the source of this call: {_HOW}"
    yield from _unjudged_calls(timeline)
    for asked in timeline.approvals:
        if not asked.approved:
            answer = "nobody gave it" if asked.approved is None else "it was refused"
            words = f"asked for approval of {asked.tool or 'a tool'}, and {answer}"
            yield asked.at_s, f"At {clock(asked.at_s)} the service {words}"
    for broken in timeline.broken[:_MOST]:
        begun_s = broken.span.start_s
        yield begun_s, f"At {clock(begun_s)} {how_broken(broken)}"
    for change in timeline.session_changes:
        words = f"changed {change.setting} from {change.before} to {change.after}, unasked"
        yield change.at_s, f"At {clock(change.at_s)} the service {words}"
    if (at_s := timeline.unended_speech_s) is not None:
        yield at_s, f"Your server noticed speech at {clock(at_s)} and never its end"
    often = Counter(error.words for error in timeline.errors)
    first_s = {error.words: error.at_s for error in reversed(timeline.errors)}
    for words, number in list(often.items())[:_MOST]:
        times = f" ({number} times)" if number > 1 else ""
        at = clock(first_s[words])
        yield first_s[words], f"At {at} the service reported: {words}{times}"


def _unjudged_calls(timeline: Timeline) -> Iterator[tuple[float, str]]:
    for begun in timeline.begun_calls:
        words = f"began to call {begun.name} and was interrupted; nobody ran the call"
        yield begun.at_s, f"At {clock(begun.at_s)} the agent {words}"
    for foreign in timeline.foreign_calls:
        words = f"{foreign.name} was called in a response that this session never began"
        yield foreign.requested_s, f"At {clock(foreign.requested_s)} {words}; it is not judged"
