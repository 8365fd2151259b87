"""The agent's sound: as it was generated, as it was heard, and what the agent was told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlayedSpan:
    """A run of agent audio that the caller heard without a break.

    Samples ``item_start … item_start + samples`` of the item's generated audio were heard from
    sample ``start`` of the agent track on.
    """

    item_id: str
    content_index: int
    response_id: str
    item_start: int
    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class GeneratedItem:
    """Where an item's audio lies on the track ``agent_generated`` (chunks in order of arrival).

    ``chunks`` are (arrival in seconds, first sample on the generated track, samples).
    """

    item_id: str
    content_index: int
    response_id: str
    chunks: tuple[tuple[float, int, int], ...]

    @property
    def samples(self) -> int:
        """How many samples the agent generated for this item."""
        return sum(chunk[2] for chunk in self.chunks)


@dataclass(frozen=True, slots=True)
class Truncation:
    """What the harness told the agent about an interrupted item, and what was really heard."""

    at_s: float
    item_id: str
    content_index: int
    audio_end_ms: int
    heard_samples: int
