"""A recording and its claims, with what is asked of them around every turn and utterance.

What is here is found by key or by time, and worked out once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from harness.protocol.commands import CancelResponse, CreateResponse
from harness.protocol.events import InputTimedOut, ServerError
from harness.recording.agent_sound import GeneratedItem, PlayedSpan
from harness.recording.model import Recording
from harness.timeline.claims import Claims, ItemKey
from harness.timeline.intervals import Spans, on_grid, union
from harness.timeline.lookup import SpanLookup
from harness.timeline.model import Span


@dataclass(frozen=True, slots=True)
class ItemSound:
    """What was generated and what was played of one item."""

    parts: list[GeneratedItem] = field(default_factory=list)
    runs: list[PlayedSpan] = field(default_factory=list)

    def runs_of(self, content_index: int) -> list[PlayedSpan]:
        """Return what was played of one part."""
        return [run for run in self.runs if run.content_index == content_index]

    @property
    def came_s(self) -> float | None:
        """When its first audio arrived, None if none did."""
        return min((part.chunks[0][0] for part in self.parts if part.chunks), default=None)

    @property
    def first(self) -> int | None:
        """The first sample of the agent's track that is of it, None if nothing was played."""
        return min((run.start for run in self.runs), default=None)

    @property
    def stop(self) -> int:
        """One past the last such sample, silence included; 0 if nothing was played."""
        return max((run.start + run.samples for run in self.runs), default=0)


_UNHEARD = ItemSound()


def _last(asked_s: Sequence[float], by_s: float) -> float | None:
    """Return the last of sorted times up to a moment; names begin anew with each session."""
    place = bisect_right(asked_s, by_s)
    return asked_s[place - 1] if place else None


@dataclass(frozen=True)
class IndexedCall:
    """One call as it was recorded and claimed."""

    recording: Recording
    claims: Claims

    @cached_property
    def items(self) -> Mapping[ItemKey, ItemSound]:
        """The sound of every item; those that were played first, in that order."""
        found: dict[ItemKey, ItemSound] = {}
        for run in self.recording.played:
            found.setdefault((run.response_id, run.item_id), ItemSound()).runs.append(run)
        for part in self.recording.generated:
            found.setdefault((part.response_id, part.item_id), ItemSound()).parts.append(part)
        return found

    def item(self, key: ItemKey) -> ItemSound:
        """Return the sound of one item, also of one that has none."""
        return self.items.get(key, _UNHEARD)

    def unplayed_s(self, response_id: str) -> float:
        """Return how much of a response's generated audio was never heard."""
        return max(0, self._unplayed.get(response_id, 0)) / self.recording.agent.rate_hz

    @cached_property
    def _unplayed(self) -> Mapping[str, int]:
        """Samples that were generated of each response, less those that were played."""
        found: dict[str, int] = {}
        for part in self.recording.generated:
            found[part.response_id] = found.get(part.response_id, 0) + part.samples
        for run in self.recording.played:
            found[run.response_id] = found.get(run.response_id, 0) - run.samples
        return found

    @cached_property
    def stops_s(self) -> list[float]:
        """When runs of the agent's sound ended, sorted."""
        rate_hz = self.recording.agent.rate_hz
        return sorted((run.start + run.samples) / rate_hz for run in self.recording.played)

    def tools_in(self, stretch: Span) -> list[Span]:
        """Return when tools ran that did so in a stretch, also beyond it."""
        return [self._ran[n] for n in self._ran_in.touching(stretch.start_s, stretch.end_s)]

    @cached_property
    def _ran(self) -> Spans:
        return union(
            Span(on_grid(run.requested_s), on_grid(run.answered_s))
            for run in self.recording.tools
            if run.answered_s is not None
        )

    @cached_property
    def _ran_in(self) -> SpanLookup:
        return SpanLookup((span.start_s, span.end_s) for span in self._ran)

    @cached_property
    def commanded_s(self) -> list[float]:
        """When the harness sent a command, sorted."""
        return sorted(told.at_s for told in self.recording.commands)

    @cached_property
    def refusals(self) -> tuple[tuple[str, str], ...]:
        """The commands that the service refused: their ids, and its words."""
        told = (each.event for each in self.recording.events)
        errors = (event.error for event in told if isinstance(event, ServerError))
        return tuple((error.event_id, error.words) for error in errors if error.event_id)

    @cached_property
    def cancelled_s(self) -> list[float]:
        """When the harness stopped the agent, sorted."""
        sent = self.recording.commands
        return sorted(each.at_s for each in sent if isinstance(each.command, CancelResponse))

    @cached_property
    def asked_s(self) -> list[float]:
        """When the harness asked for an answer and was not refused, sorted.

        What is refused brings no answer: what is said next, somebody else has brought about.
        """
        asked = sorted(
            (told.at_s, told.command.event_id or "")
            for told in self.recording.commands
            if isinstance(told.command, CreateResponse)
        )
        by_name: dict[str, list[float]] = {}
        for at_s, name in asked:
            by_name.setdefault(name, []).append(at_s)
        errors = (
            (told.at_s, told.event.error.event_id)
            for told in self.recording.events
            if isinstance(told.event, ServerError)
        )
        refused = {(_last(by_name.get(name, ()), at_s), name) for at_s, name in errors if name}
        return [one[0] for one in asked if one not in refused]

    @cached_property
    def idle_s(self) -> list[float]:
        """When the service told that the caller had been silent for too long, sorted."""
        told = self.recording.events
        return sorted(each.at_s for each in told if isinstance(each.event, InputTimedOut))
