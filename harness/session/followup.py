"""Which tool results are complete, so that one response can be asked for after all of them.

A response may call several tools. Its results are taken up by one further response, asked for once
every result is sent and the response itself has ended. A response that only called ``no_op`` tools
wants no further one: saying nothing was the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Calls:
    running: set[int] = field(default_factory=set)
    ended: bool = False
    speaks: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A response whose tool calls are all answered; ``silent`` if no further one is wanted."""

    response_id: str
    silent: bool


class FollowUps:
    """The tool calls of all responses of one call, by number: ids may return. Pure."""

    def __init__(self) -> None:
        self._calls: dict[str, _Calls] = {}

    def called(self, response_id: str, call: int, *, silent: bool) -> None:
        """Note a tool call; ``silent`` for a ``no_op`` tool."""
        calls = self._calls.setdefault(response_id, _Calls())
        calls.running.add(call)
        calls.speaks = calls.speaks or not silent

    def answered(self, response_id: str, call: int) -> Settled | None:
        """Note a result that was sent; return the response if that settles it."""
        self._calls[response_id].running.discard(call)
        return self._settled(response_id)

    def ended(self, response_id: str) -> Settled | None:
        """Note that a response ended; return it if that settles its tool calls."""
        if response_id not in self._calls:
            return None
        self._calls[response_id].ended = True
        return self._settled(response_id)

    def _settled(self, response_id: str) -> Settled | None:
        calls = self._calls[response_id]
        if calls.running or not calls.ended:
            return None
        del self._calls[response_id]
        return Settled(response_id, silent=not calls.speaks)
