"""What a session that writes down the caller's words has yet to write; pure, fed with events."""

from __future__ import annotations

from harness.protocol.events import (
    InputCommitted,
    InputTranscriptDone,
    InputTranscriptFailed,
    ServerEvent,
    SpeechStarted,
)


class Transcribing:
    """Stretches of speech that were heard, and those of them that were written down."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._done_s: list[float] = []

    def received(self, at_s: float, event: ServerEvent) -> bool:
        """Take note of one event; return whether it ends a stretch: written, or given up."""
        match event:
            case SpeechStarted(item_id) | InputCommitted(item_id):
                self._open.add(item_id)
            case InputTranscriptDone(item_id) | InputTranscriptFailed(item_id):
                self._open.discard(item_id)
                self._done_s.append(at_s)
                return True
            case _:
                pass
        return False

    @property
    def goes_on(self) -> bool:
        """Whether something was heard that is not written down."""
        return bool(self._open)

    def done_since(self, at_s: float) -> tuple[float, ...]:
        """Return when stretches were done, from that moment on."""
        return tuple(done_s for done_s in self._done_s if done_s >= at_s)
