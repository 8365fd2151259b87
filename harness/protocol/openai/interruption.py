"""When the caller's speech stops what is still queued of the agent's: the client's half of a rule.

A service that hears the caller begin sends ``speech_started``. What a WebSocket client must do then
follows from what the service does with its answer (Realtime guide, "Voice activity detection" and
"Interruption and truncation"):

::

    interrupt_response   the answer under way     playback
    false                whatever it is           goes on; only a cancel stops it
    true, or not said    whole (response.done)    stops at once: nothing is left to cancel, and
                                                  WebRTC services clear their own buffer here
                         open                     goes on until the service decides:
                                                    cancelled -> stops
                                                    more of it comes, or it is done -> plays on
                                                    another response begins by itself -> stops:
                                                    the caller is being answered

So a service that hears "mm-hm", and talks on, is heard; and one that ignores an interruption is
heard to ignore it, instead of being silenced by us. Pure.
"""

from __future__ import annotations

from harness.protocol.items import Response, ResponseStatus
from harness.protocol.settings import SessionConfig


class Interruption:
    """Whether playback stops; every method returns True if it must stop now."""

    def __init__(self) -> None:
        self._service_interrupts = True
        self._spoken_over = False

    def configured(self, session: SessionConfig) -> None:
        """Take note of how the session is asked to be, or is; what it leaves out stays."""
        if session.turn_detection is not None:
            self._service_interrupts = session.turn_detection.interrupt_response

    def speech_started(self, open_responses: frozenset[str]) -> bool:
        """Note that the service heard the caller begin."""
        self._spoken_over = self._service_interrupts and bool(open_responses)
        return self._service_interrupts and not open_responses

    def response_created(self, *, asked_for: bool) -> bool:
        """Note a response; one that we asked for goes on with the work, and answers nobody."""
        superseded = self._spoken_over and not asked_for
        self._spoken_over = self._spoken_over and asked_for
        return superseded

    def response_done(self, response: Response) -> bool:
        """Note the end of a response."""
        cancelled = response.status is ResponseStatus.CANCELLED
        self._spoken_over = self._spoken_over and not cancelled
        return cancelled
