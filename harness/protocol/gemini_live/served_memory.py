"""What a Gemini Live server keeps of its sessions, for clients that come back with a handle.

Kept is the conversation as it stood when a handle was given: with an older one what came since is
lost, as at the service.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from harness.protocol import events as e
from harness.protocol.items import Content, ContentKind, Item, ItemKind, Role

_MOST = 256
"""Handles that are kept; the oldest go first."""


class KeptSessions:
    """The conversations of one server, by their handles."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Item, ...]] = OrderedDict()

    def keep(self, handle: str, told: tuple[Item, ...]) -> None:
        """Keep a conversation under a new handle."""
        self._kept[handle] = told
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def of(self, handle: str) -> tuple[Item, ...] | None:
        """Return what is kept under a handle, None for one that nobody knows."""
        return self._kept.get(handle)


class Conversation:
    """What was said in one session, as its agent tells it."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def follow(self, event: e.ServerEvent) -> None:
        """Take note of an event of the agent's."""
        match event:
            case e.ItemAdded(item) | e.ItemDone(item) if item.id is not None:
                self._items[item.id] = item
            case e.InputTranscriptDone(item_id, transcript=words) if item_id in self._items:
                said = (Content(ContentKind.INPUT_TEXT, text=words),)
                self._items[item_id] = replace(self._items[item_id], content=said)
            case _:
                pass

    @property
    def told(self) -> tuple[Item, ...]:
        """The conversation as another session can be told of it."""
        plain = (_plain(item) for item in self._items.values())
        return tuple(item for item in plain if item.content or item.kind is not ItemKind.MESSAGE)


def _plain(item: Item) -> Item:
    """Return an item without its id and its sound: its words, or its picture."""
    if item.kind is not ItemKind.MESSAGE:
        return replace(item, id=None, status=None)
    kind = ContentKind.OUTPUT_TEXT if item.role is Role.ASSISTANT else ContentKind.INPUT_TEXT
    parts = (
        part if part.image_url is not None else Content(kind, text=part.text or part.transcript)
        for part in item.content
    )
    told = tuple(part for part in parts if part.text or part.image_url is not None)
    return replace(item, id=None, status=None, content=told)
