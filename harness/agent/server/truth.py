"""What the agent itself knows of time, for measuring those who measure it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from harness.agent.server.session import ServedSession
from harness.audio.activity import AUDIBLE_DBFS
from harness.audio.pcm import FULL_SCALE
from harness.protocol.events import AudioDelta
from harness.protocol.items import AudioFormat

Truth: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Told what the agent itself knows of time.

``{"at_s", "session", "kind": "append", "samples"}``: caller samples received so far, in wire
samples. ``{"at_s", "session", "kind": "audio", "response_id", "item_id", "samples",
"first_audible", "last_audible"}``: a delta that is handed to the socket; ``first_audible`` is the
index in the item's audio of its first sample at or above ``AUDIBLE_DBFS``, None in all deltas but
the one with it; ``last_audible`` is that of the last one in this delta, None where there is none.
Times are those of the socket: the read of the last byte, the write of the encoded message.
What else there is comes of the protocol's own server half, which names its kind: ``session`` is
the ``id`` that clients know, where that is another.
"""

_AUDIBLE = FULL_SCALE * 10.0 ** (AUDIBLE_DBFS / 20.0)


class SessionTruth:
    """Tells the truth about one session."""

    def __init__(self, tell: Truth, session: ServedSession) -> None:
        self._tell, self._session = tell, session
        self._samples: dict[str, int] = {}
        self._audible: set[str] = set()

    def appended(self, read_at_s: float) -> None:
        """Tell that caller audio was read, which the session has taken by now."""
        samples, session = self._session.caller.received_samples, self._session.id
        self._tell({"at_s": read_at_s, "session": session, "kind": "append", "samples": samples})

    def sent(self, event: AudioDelta, written_at_s: float) -> None:
        """Tell that audio left."""
        before = self._samples.get(event.item_id, 0)
        first_audible = last_audible = None
        if self._session.state.output_format is AudioFormat.PCM16_24K:
            samples = np.frombuffer(event.audio, "<i2").astype(np.int32)
            loud = np.flatnonzero(np.abs(samples) >= _AUDIBLE)
            last_audible = before + int(loud[-1]) if len(loud) else None
            if len(loud) and event.item_id not in self._audible:
                self._audible.add(event.item_id)
                first_audible = before + int(loud[0])
            self._samples[event.item_id] = before + len(samples)
        self._tell(
            {
                "at_s": written_at_s,
                "session": self._session.id,
                "kind": "audio",
                "response_id": event.response_id,
                "item_id": event.item_id,
                "samples": self._samples.get(event.item_id, 0) - before,
                "first_audible": first_audible,
                "last_audible": last_audible,
            }
        )

    def told(self, told: Mapping[str, Any], now_s: float) -> None:
        """Tell what the protocol's own server half knows."""
        self._tell({"at_s": now_s, "session": self._session.id, **told})
