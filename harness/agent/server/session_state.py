"""What all parts of one session share: settings, memory, ids, and the way out."""

from __future__ import annotations

import random
import string
from collections import deque
from dataclasses import dataclass, replace
from typing import TypeAlias

from harness.agent.desk.talk import LastWords
from harness.agent.server.memory import Memory, SpokenItem
from harness.agent.server.settings import DEFAULTS
from harness.audio.pcm import Pcm
from harness.protocol.commands import TRANSCRIPTION, SessionConfig
from harness.protocol.events import ItemAdded, ItemDone, ServerError, ServerEvent
from harness.protocol.items import AudioFormat, ErrorInfo, Item
from harness.units import RATE_HZ

_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits
_CLOCK_CHARS = 5
_LENGTH = 21
_CALL_LENGTH = 16


class Ids:
    """Makes ids for one connection; ``seed`` decides all of them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"ids {seed}")

    def new(self, prefix: str, now_s: float) -> str:
        """Return e.g. ``item_AAAsK8f…`` (prefix ``item``): clock first, then random characters."""
        return f"{prefix}_{_clock(now_s)}{self._tail(_LENGTH - _CLOCK_CHARS)}"

    def call(self) -> str:
        """Return the id of a function call: ``call_`` and 16 random characters."""
        return f"call_{self._tail(_CALL_LENGTH)}"

    def _tail(self, count: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=count))


def _clock(now_s: float) -> str:
    seconds, digits = int(now_s), []
    for _ in range(_CLOCK_CHARS):
        seconds, digit = divmod(seconds, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


@dataclass(frozen=True, slots=True)
class Emit:
    """Send this event now."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Listen:
    """Recognize this audio, then call ``recognized`` with the same job number."""

    job: int
    audio: Pcm


@dataclass(frozen=True, slots=True)
class Speak:
    """Voice these words, then call ``spoken`` with the same job number."""

    job: int
    text: str
    voice: str
    speed: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the connection, once all before is sent."""

    code: int
    reason: str


Output: TypeAlias = Emit | Listen | Speak | HangUp


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session may last: until ``ends_s`` on its own clock."""

    limit_s: float
    ends_s: float
    expires_at: int
    """The same as clients are told it: seconds since 1970 where time is real."""

    @property
    def told(self) -> str:
        """What the service says when it is over."""
        minutes, seconds = divmod(self.limit_s, 60)
        words = f"{self.limit_s:g} seconds" if seconds else f"{minutes:g} minutes"
        return f"Your session hit the maximum duration of {words}."


@dataclass(slots=True)
class Playing:
    """The agent's newest spoken words and how much of them the caller can have heard."""

    item_id: str
    spoken: SpokenItem
    began_s: float
    """When the first audio left."""
    heard_samples: int | None = None
    """None while nobody spoke into it and the client told nothing: then all of it counts."""

    @property
    def ends_s(self) -> float:
        """When the last sample is heard by a client that plays without delay."""
        return self.began_s + self.spoken.samples / RATE_HZ

    def interrupted(self, now_s: float, sent_samples: int) -> None:
        """Note that the caller spoke: more than what left and had time to play was not heard."""
        if self.heard_samples is None:
            played = round(max(0.0, now_s - self.began_s) * RATE_HZ)
            self.heard_samples = min(played, sent_samples, self.spoken.samples)

    def last_words(self) -> LastWords:
        """Return the words and the part of them that counts as heard."""
        if self.heard_samples is None:
            return LastWords(self.spoken.text, self.spoken.text)
        return LastWords(self.spoken.text, self.spoken.heard_until(self.heard_samples))

    @property
    def heard_s(self) -> float:
        """Seconds that count as heard."""
        heard = self.spoken.samples if self.heard_samples is None else self.heard_samples
        return heard / RATE_HZ


class SessionState:
    """One client's connection, seen from inside the session."""

    def __init__(self, ids: Ids, now_s: float) -> None:
        self.ids = ids
        self.now_s = now_s
        self.config: SessionConfig = DEFAULTS
        self.memory = Memory()
        self.outbox: deque[Output] = deque()
        self.playing: Playing | None = None
        self.conversation_id = ids.new("conv", now_s)
        self._jobs = 0

    @property
    def output_format(self) -> AudioFormat:
        """Format of audio to the client."""
        return self.config.output_format or AudioFormat.PCM16_24K

    @property
    def transcribes(self) -> bool:
        """Whether the session writes the caller's words as text, and answers nothing."""
        return self.config.type == TRANSCRIPTION

    def new_id(self, prefix: str) -> str:
        """Return a fresh id that tells the time."""
        return self.ids.new(prefix, self.now_s)

    def new_job(self) -> int:
        """Return a fresh number for an engine job."""
        self._jobs += 1
        return self._jobs

    def emit(self, event: ServerEvent) -> None:
        """Send an event; items are remembered as they pass."""
        if isinstance(event, ItemAdded):
            previous = self.memory.add(event.item)
            event = replace(event, previous_item_id=previous)
        elif isinstance(event, ItemDone):
            self.memory.put(event.item)
            event = replace(event, previous_item_id=self.memory.before(event.item.id))
        self.outbox.append(Emit(event))

    def add_item(self, item: Item, after: str | None = None) -> None:
        """Put a complete item into the conversation and tell so; raises Refused."""
        previous = self.memory.add(item, after)
        self.outbox.append(Emit(ItemAdded(item, previous)))
        self.outbox.append(Emit(ItemDone(item, previous)))

    def refuse(self, error: ErrorInfo, event_id: str | None) -> None:
        """Answer a command with an error event."""
        self.outbox.append(Emit(ServerError(replace(error, event_id=event_id))))
