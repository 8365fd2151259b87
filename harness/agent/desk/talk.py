"""What passes between the session and the desk: what came in, and what to say and do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Said:
    """The caller's words, as the ears heard them; empty when sound held no words.

    ``audio_s`` is how long the turn's audio was, None for typed text.
    """

    text: str
    audio_s: float | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A tool came back; ``output`` is the text that the client sent."""

    name: str
    arguments: Mapping[str, Any]
    output: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody spoke for the session's idle time."""


Input: TypeAlias = Said | Returned | Idle


@dataclass(frozen=True, slots=True)
class LastWords:
    """What the agent said last, and how much of it the caller can have heard."""

    text: str
    heard: str

    @property
    def whole(self) -> bool:
        """Whether all of it was heard."""
        return len(self.heard) >= len(self.text.rstrip())


@dataclass(frozen=True, slots=True)
class DeskToolCall:
    """A tool to call, with arguments that fit its schema."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeskReply:
    """What a response holds: words first, then calls. Both empty is a response without output."""

    say: str = ""
    calls: tuple[DeskToolCall, ...] = ()

    @property
    def phase(self) -> str | None:
        """ "commentary" for words before a call, "final_answer" for others, None without words."""
        if not self.say:
            return None
        return "commentary" if self.calls else "final_answer"
