"""Audio simulations of tau2-bench: ticks with a part of each side's text, as chat messages.

A tick lasts for a part of a second and holds what each side said in it (``agent_chunk``,
``user_chunk``), with the calls and results of tools. Parts of one utterance, or with no long pause
between them, are one message, placed where it begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.importing.transcript import seconds_of

_USUAL_S = 0.2
"""How long a tick lasts if it does not say so."""
_PAUSE_S = 1.0
"""A pause of this length parts two messages of one side."""
_SIDES = (("user_chunk", "user"), ("agent_chunk", "assistant"))


@dataclass(slots=True)
class _Said:
    role: str
    first: int
    last: int
    utterances: frozenset[str]
    texts: list[str] = field(default_factory=list)

    def message(self) -> dict[str, Any]:
        return {"role": self.role, "content": " ".join("".join(self.texts).split())}


def messages_of(ticks: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the messages of a simulation in the order in which they begin."""
    found: list[tuple[int, int, Mapping[str, Any] | _Said]] = []
    open_: dict[str, _Said] = {}
    for number, tick in enumerate(ticks):
        if not isinstance(tick, dict):
            continue
        for holder, role in _SIDES:
            chunk = tick.get(holder)
            if isinstance(chunk, dict) and isinstance(chunk.get("content"), str):
                made = _taken(open_, chunk, role, number, tick)
                found += [(number, 0, made)] if made is not None else []
        for key, role in (("agent_tool_calls", "assistant"), ("user_tool_calls", "user")):
            if calls := tick.get(key):
                open_.pop(role, None)  # the next words may use the result
                found.append((number, 1, {"role": role, "content": None, "tool_calls": calls}))
        for key in ("agent_tool_results", "user_tool_results"):
            results = tick.get(key)
            for result in results if isinstance(results, list) else ():
                open_.pop("assistant", None)
                found.append((number, 2, result))
    for _, _, each in sorted(found, key=lambda one: one[:2]):
        yield each.message() if isinstance(each, _Said) else each


def _ids(given: object) -> frozenset[str]:
    return frozenset(map(str, given)) if isinstance(given, list) else frozenset()


def _taken(
    open_: dict[str, _Said], chunk: Mapping[str, Any], role: str, number: int, tick: Any
) -> _Said | None:
    """Add a part to the message of its side; return a message if one begins with it."""
    text, utterances = str(chunk["content"]), _ids(chunk.get("utterance_ids"))
    if not text.strip():
        if role in open_ and open_[role].last == number - 1 and text:
            open_[role].texts.append(text)
        return None
    before = open_.get(role)
    length_s = seconds_of(tick.get("tick_duration_seconds")) or _USUAL_S
    if before is not None and (number - before.last) * length_s <= _PAUSE_S:
        other = bool(before.utterances and utterances) and utterances.isdisjoint(before.utterances)
        before.texts += [" ", text] if other else [text]
        before.last, before.utterances = number, utterances or before.utterances
        return None
    open_[role] = _Said(role, number, number, utterances, [text])
    return open_[role]
