"""The conversation as the agent remembers it: items in order, cut to the heard part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.protocol.audio_bytes import bytes_of
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    Role,
)
from harness.units import RATE_HZ

ROOT = "root"
_INVALID = "invalid_request_error"
_CUT = (Content(ContentKind.OUTPUT_AUDIO),)
_HEARD_S = 60.0
"""As long as the longest turn; this much caller audio is kept."""


class Purpose(Enum):
    """A client's purpose in naming an item; the service has an error code for each."""

    RETRIEVE = "retrieve"
    DELETE = "delete"
    TRUNCATE = "truncate"

    @property
    def doing(self) -> str:
        """In words: "retrieving"."""
        return f"{self.value[:-1]}ing"


@dataclass(frozen=True, slots=True)
class SpokenItem:
    """Audio of an assistant message: its length, and the end of each sentence in it.

    ``marks`` are (characters, samples at 24 kHz) pairs, ascending, the last pair the whole text.
    """

    text: str
    marks: tuple[tuple[int, int], ...]

    @property
    def samples(self) -> int:
        """Length in samples at 24 kHz."""
        return self.marks[-1][1] if self.marks else 0

    def heard_until(self, samples: int) -> str:
        """Return the words that were complete after this many samples.

        Inside a sentence, words are taken to lie evenly over its characters.
        """
        chars_before, samples_before = 0, 0
        for chars, end in self.marks:
            if samples < end:
                share = (samples - samples_before) / max(1, end - samples_before)
                cut = chars_before + int(share * (chars - chars_before))
                return _whole_words(self.text, cut)
            chars_before, samples_before = chars, end
        return self.text


class Refused(Exception):
    """A command that cannot be carried out; ``info`` is the error for the client."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        self.info = ErrorInfo(_INVALID, message, code=code, param=param)
        super().__init__(message)


class Memory:
    """Items in conversation order."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._order: list[str] = []
        self._spoken: dict[str, SpokenItem] = {}
        self._sent: dict[str, int] = {}
        self._cut: set[str] = set()
        self._heard: dict[str, Pcm] = {}

    @property
    def last_id(self) -> str | None:
        """Id of the newest item, None while there is none."""
        return self._order[-1] if self._order else None

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Insert an item (at the end, or after another) and return the id before it.

        Raises:
            Refused: ``after`` names no item, or the id is taken.
        """
        assert item.id is not None
        if item.id in self._items:
            problem = f"Error adding item: an item with id {item.id!r} already exists."
            raise Refused("item_create_duplicate_item_id", problem, "item.id")
        index = len(self._order) if after is None else self._index_after(after)
        self._order.insert(index, item.id)
        self._items[item.id] = item
        return self._order[index - 1] if index else None

    def before(self, item_id: str | None) -> str | None:
        """Return the id of the item before this item, None for the first or an unknown item."""
        if item_id not in self._items:
            return None
        index = self._order.index(item_id)
        return self._order[index - 1] if index else None

    def put(self, item: Item) -> None:
        """Replace an item by a newer version of itself; a truncated item stays truncated."""
        assert item.id is not None
        if item.id in self._items:
            self._items[item.id] = replace(item, content=_CUT) if item.id in self._cut else item

    def keep_spoken(self, item_id: str, spoken: SpokenItem) -> None:
        """Remember how long an item's audio is."""
        self._spoken[item_id] = spoken

    def keep_heard(self, item_id: str, audio: Pcm) -> None:
        """Keep the caller's audio of a turn, and drop audio beyond the last minute of speech."""
        self._heard[item_id] = audio
        while sum(each.duration_s for each in self._heard.values()) > _HEARD_S:
            del self._heard[next(iter(self._heard))]

    def retrieved(self, item_id: str, audio_format: AudioFormat) -> Item:
        """Return an item with the caller's audio, if that is still known; raises Refused."""
        item, audio = self.get(item_id, Purpose.RETRIEVE), self._heard.get(item_id)
        if audio is None:
            return item
        sound = bytes_of(resample(audio, audio_format.rate_hz).samples, audio_format)
        return replace(item, content=tuple(replace(part, audio=sound) for part in item.content))

    def find(self, item_id: str) -> Item | None:
        """Return an item, None if it is not in the conversation."""
        return self._items.get(item_id)

    def limit_sent(self, item_id: str, samples: int) -> None:
        """Record the maximum of an item's audio that was sent, or is left."""
        self._sent[item_id] = min(samples, self._sent.get(item_id, samples))

    def get(self, item_id: str, purpose: Purpose) -> Item:
        """Return an item; raises Refused, in the words of a purpose, for an unknown id."""
        if item_id not in self._items:
            problem = f"Error {purpose.doing} item: the item with id {item_id!r} does not exist."
            raise Refused(f"item_{purpose.value}_invalid_item_id", problem, "item_id")
        return self._items[item_id]

    def delete(self, item_id: str) -> None:
        """Remove an item; raises Refused for an unknown id."""
        self.get(item_id, Purpose.DELETE)
        del self._items[item_id]
        self._order.remove(item_id)
        self._cut.discard(item_id)
        for kept in (self._spoken, self._sent, self._heard):
            kept.pop(item_id, None)

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut an assistant item to the heard part; its text is dropped, as the service does.

        Raises:
            Refused: no such item or part, not assistant audio, or a time beyond its audio.
        """
        item = self.get(item_id, Purpose.TRUNCATE)
        if item.kind is not ItemKind.MESSAGE or item.role is not Role.ASSISTANT:
            raise Refused("invalid_value", "Only model output audio messages can be truncated.")
        if not 0 <= content_index < max(1, len(item.content)):
            raise Refused("invalid_value", f"The item has no content part {content_index}.")
        spoken = self._spoken.get(item_id)
        if spoken is None:
            raise Refused("invalid_value", "Only model output audio messages can be truncated.")
        samples = min(spoken.samples, self._sent.get(item_id, spoken.samples))
        # Rounded up, so that a client may truncate at the very end.
        length_ms = -(-samples * 1000 // RATE_HZ)
        if not 0 <= audio_end_ms <= length_ms:
            raise Refused(
                "invalid_value",
                f"Audio content of {length_ms}ms is already shorter than {audio_end_ms}ms",
                "audio_end_ms",
            )
        self._items[item_id] = replace(item, content=_CUT)
        # Later versions of the item must not restore its text.
        self._cut.add(item_id)
        self.limit_sent(item_id, audio_end_ms * RATE_HZ // 1000)

    def words(self) -> str:
        """Return all spoken and typed words, in order."""
        items = (self._items[item_id] for item_id in self._order)
        parts = (part.transcript or part.text or "" for item in items for part in item.content)
        return "\n".join(part for part in parts if part)

    def called(self, call_id: str) -> Item | None:
        """Return the function call item with this call id."""
        for item in self._items.values():
            if item.kind is ItemKind.FUNCTION_CALL and item.call_id == call_id:
                return item
        return None

    def _index_after(self, after: str) -> int:
        if after == ROOT:
            return 0
        if after not in self._items:
            problem = f"No item with id {after!r} in the conversation."
            raise Refused("item_not_found", problem, "previous_item_id")
        return self._order.index(after) + 1


def _whole_words(text: str, cut: int) -> str:
    if cut >= len(text) or text[cut].isspace():
        return text[:cut].rstrip()
    return text[:cut].rpartition(" ")[0].rstrip()
