"""What a server leaves out of its events, filled in from what it sent before: response and item.

Some servers send bare deltas, or no response events at all. A response without an id is the one
that is open; where none is, what comes up to the next turn of the caller, the next response or the
end of its audio is one answer, and gets a name of its own. An item without an id is the one that
was last named in its response, else a name of the response's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.protocol import events as e

_TURNS = (e.SpeechStarted, e.SpeechStopped, e.InputCommitted, e.InputTimedOut, e.Interrupted)
"""Where an answer ends that has no response events: what comes behind answers another turn."""


def ids_of(event: e.ServerEvent) -> dict[str, str]:
    """Return the ids that an event has of those that can be filled in, by field."""
    if isinstance(event, e.ResponseCreated | e.ResponseDone):
        return {"response_id": event.response.id}
    names = ("response_id", "item_id")
    return {name: getattr(event, name) for name in names if hasattr(event, name)}


def with_ids(event: e.ServerEvent, ids: Mapping[str, str]) -> e.ServerEvent:
    """Return an event with these ids, by field, in place of its own."""
    if not ids:
        return event
    if isinstance(event, e.ResponseCreated | e.ResponseDone):
        return replace(event, response=replace(event.response, id=ids["response_id"]))
    whole: Any = event  # the fields differ from type to type, these two do not
    named: e.ServerEvent = replace(whole, **ids)
    return named


class Gaps:
    """Feed it every event of one session, in order of arrival."""

    def __init__(self) -> None:
        self._response: str | None = None
        self._nameless: str | None = None
        self._sounded = False
        self._items: dict[str, str] = {}
        self._count = 0

    def filled(self, event: e.ServerEvent) -> tuple[e.ServerEvent, dict[str, str]]:
        """Return the event with its ids, and those that were filled in, by field.

        The fields are ``response_id`` and ``item_id``, whatever the vendor calls them.
        """
        if isinstance(event, e.ResponseCreated | e.ResponseDone):
            return self._bounded(event)
        if isinstance(event, _TURNS):
            self._nameless = None
        elif isinstance(event, e.ResponseEvent):
            return self._inside(event)
        return event, {}

    def _bounded(
        self, event: e.ResponseCreated | e.ResponseDone
    ) -> tuple[e.ServerEvent, dict[str, str]]:
        begins = isinstance(event, e.ResponseCreated)
        given = event.response.id
        response_id = given or (self._new_name() if begins else self._open())
        self._nameless = None
        if begins:
            self._response = response_id
        elif self._response == response_id:
            self._response = None
        assumed = {} if given else {"response_id": response_id}
        return with_ids(event, assumed), assumed

    def _inside(self, event: e.ResponseEvent) -> tuple[e.ServerEvent, dict[str, str]]:
        assumed: dict[str, str] = {}
        if isinstance(event, e.AudioDelta) and self._sounded and not event.response_id:
            self._nameless, self._sounded = None, False
        response_id = event.response_id or self._open()
        if not event.response_id:
            assumed["response_id"] = response_id
        if isinstance(event, e.OutputItemAdded | e.OutputItemDone):
            if event.item.id:
                self._items[response_id] = event.item.id
        elif event.item_id:
            self._items[response_id] = event.item_id
        else:
            assumed["item_id"] = self._items.setdefault(response_id, f"{response_id}_item")
        if isinstance(event, e.AudioDone) and response_id == self._nameless:
            self._sounded = True
        return with_ids(event, assumed), assumed

    def _open(self) -> str:
        """Return the response that something without a name belongs to."""
        if self._response is not None:
            return self._response
        if self._nameless is None:
            self._nameless, self._sounded = self._new_name(), False
        return self._nameless

    def _new_name(self) -> str:
        self._count += 1
        return f"unnamed_{self._count}"
