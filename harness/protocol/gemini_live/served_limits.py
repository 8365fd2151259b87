"""What a Gemini Live server counts: how long a connection may last, and what a turn has cost."""

from __future__ import annotations

from harness.protocol.items import Response
from harness.protocol.wire import JsonObject

CONNECTION_S = 600.0
"""How long a connection lasts (the vendor: about ten minutes)."""
WARNING_S = 60.0
"""How long before its end that is told; half of a connection that is shorter."""
FORGIVEN_S = 1e-9


class Leaving:
    """When a connection ends, and when that is told."""

    def __init__(self, begun_s: float = 0.0, limit_s: float | None = None) -> None:
        self._ends_s = None if limit_s is None else begun_s + limit_s
        self._warned = False
        self._warning_s = 0.0 if limit_s is None else min(WARNING_S, limit_s / 2)

    @property
    def next_s(self) -> float | None:
        """What comes next of the two; None for a connection without an end."""
        if self._ends_s is None or self._warned:
            return self._ends_s
        return self._ends_s - self._warning_s

    def is_over(self, now_s: float) -> bool:
        """Return, once, that the connection has lasted as long as it may."""
        over = self._ends_s is not None and now_s >= self._ends_s - FORGIVEN_S
        self._ends_s = None if over else self._ends_s
        return over

    def told(self, now_s: float) -> float | None:
        """Return how many seconds are left, once: when it is time to tell."""
        due_s = self.next_s
        if due_s is None or self._warned or now_s < due_s - FORGIVEN_S:
            return None
        self._warned = True
        return self._warning_s


class Spent:
    """The tokens since they were told last."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, response: Response) -> None:
        """Count what a response has cost, where it tells."""
        spent = response.usage
        if spent is None:
            return
        for kind, count in (
            ("TEXT in", spent.input_text_tokens),
            ("AUDIO in", spent.input_audio_tokens),
            ("TEXT out", spent.output_text_tokens),
            ("AUDIO out", spent.output_audio_tokens),
        ):
            self._counts[kind] = self._counts.get(kind, 0) + count

    def told(self) -> JsonObject:
        """Return it as ``usageMetadata``, and begin anew."""
        spent, self._counts = self._counts, {}
        return {
            "promptTokenCount": spent.get("TEXT in", 0) + spent.get("AUDIO in", 0),
            "responseTokenCount": spent.get("TEXT out", 0) + spent.get("AUDIO out", 0),
            "promptTokensDetails": _by_kind(spent, "in"),
            "responseTokensDetails": _by_kind(spent, "out"),
            "totalTokenCount": sum(spent.values()),
        }


def _by_kind(spent: dict[str, int], way: str) -> list[JsonObject]:
    found = ((kind, spent.get(f"{kind} {way}", 0)) for kind in ("TEXT", "AUDIO"))
    return [{"modality": kind, "tokenCount": count} for kind, count in found if count]
