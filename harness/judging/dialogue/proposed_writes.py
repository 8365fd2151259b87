"""Proposals of a write and their outcome, from exchanges between agent and caller."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from harness.errors import Unscorable
from harness.judging.dialogue.argument_paths import Leaf
from harness.judging.dialogue.confirmed import EARLY_ANSWER_S
from harness.judging.dialogue.model import CallerAnswer, spoken_responses
from harness.timeline.model import AgentUtterance, ToolCall

# An exchange: the agent's speech without interruption, and the caller's answers to it.

_LIST_NUMBER = re.compile(r"(?<!\S)(\d{1,2})[.)]\s+(?=\S)")

_Act = tuple[int, AgentUtterance] | CallerAnswer


@dataclass(frozen=True)
class Exchange:
    """The agent's speech between two turns of the caller, and the turns that followed."""

    utterances: tuple[tuple[int, AgentUtterance], ...]
    """With the index of each; empty for the caller's first words."""
    answers: tuple[CallerAnswer, ...]
    """Every turn up to the agent's next words, also those that began over the agent's."""

    @cached_property
    def claimed(self) -> str:
        """The agent's intended words."""
        return _without_list_numbers(" ".join(u.claimed for _, u in self.utterances))

    @cached_property
    def heard(self) -> str:
        """The part of them that the caller heard."""
        return _without_list_numbers(" ".join(u.claimed_heard for _, u in self.utterances))

    @property
    def whole(self) -> bool:
        """Whether the caller heard all of it."""
        return all(
            len(u.claimed_heard) >= len(" ".join(u.claimed.split())) for _, u in self.utterances
        )

    @cached_property
    def start_s(self) -> float:
        """When the agent began."""
        return min((u.span.start_s for _, u in self.utterances), default=float("-inf"))

    @property
    def end_s(self) -> float:
        """When its last word was heard."""
        return max((u.span.end_s for _, u in self.utterances), default=float("-inf"))

    @property
    def replies(self) -> tuple[CallerAnswer, ...]:
        """The turns that began after the agent had said it all."""
        return tuple(a for a in self.answers if a.start_s >= self.end_s - EARLY_ANSWER_S)


def _without_list_numbers(text: str) -> str:
    """Leave out the numbers of a written list, "1." and "2.", which belong to no value."""
    marks: list[re.Match[str]] = []
    for mark in _LIST_NUMBER.finditer(text):
        if int(mark[1]) == len(marks) + 1:
            marks.append(mark)
    for mark in reversed(marks) if len(marks) > 1 else ():
        text = text[: mark.start()] + text[mark.end() :]
    return text


def exchanges(
    agent: tuple[AgentUtterance, ...],
    answers: tuple[CallerAnswer, ...],
    *,
    before_s: float,
    lost_s: Iterable[float] = (),
) -> tuple[Exchange, ...]:
    """Return the exchanges before a moment, in order; replies must be over by then.

    ``lost_s`` is when the line was lost: after that the agent begins again.
    """
    said: list[_Act] = [one for one in spoken_responses(agent) if one[1].span.start_s < before_s]
    given: list[_Act] = [one for one in answers if one.end_s <= before_s]
    acts: list[_Act] = sorted([*said, *given], key=_start_s)
    breaks = sorted(lost_s, reverse=True)
    found: list[Exchange] = [Exchange((), ())]
    for act in acts:
        last, anew = found[-1], False
        while breaks and breaks[-1] <= _start_s(act):
            breaks.pop()
            anew = True
        if isinstance(act, CallerAnswer):
            found[-1] = Exchange(last.utterances, (*last.answers, act))
        elif last.answers or anew:
            found.append(Exchange((act,), ()))
        else:
            found[-1] = Exchange((*last.utterances, act), ())
    return tuple(one for one in found if one.utterances or one.answers)


def _start_s(act: _Act) -> float:
    return act.start_s if isinstance(act, CallerAnswer) else act[1].span.start_s


# The status of a value of a write at the time of the agreement.


class Standing(Enum):
    """The status of a value at the time of the agreement."""

    AGREED = "agreed"
    CARRIED = "carried"
    IMPLIED = "implied"
    """It is empty, only tools know it, or the suite lists it as ``unspoken``."""
    CONTRADICTED = "contradicted"
    REPLACED = "replaced"
    """It was said, but the caller later made a change that no argument reflects; or it was said
    only to be excluded, or only for a part of the write."""
    OPEN = "open"
    """It was among several offers, and the caller chose no offer."""
    UNCLEAR = "unclear"
    """The speaker corrected a value, and it is ambiguous whether this value is meant."""
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class ValueFinding:
    """The status of a value; ``instead`` quotes the value that was agreed to in its place."""

    leaf: Leaf
    standing: Standing
    instead: str = ""


class Consenting(Enum):
    """The outcome of a proposal."""

    AGREED = "agreed"
    REFUSED = "refused"
    CHANGED = "changed"
    INTERRUPTED = "interrupted"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"
    """The language's phrases do not cover the caller's answer."""


@dataclass(frozen=True, slots=True)
class ProposedWrite:
    """A proposal of a write and its outcome by the time of the tool call."""

    exchange: Exchange
    consenting: Consenting
    answer: CallerAnswer | None
    """The reply that decided."""
    values: tuple[ValueFinding, ...]
    certain: bool = True
    """Whether the text is known to propose this write, and not only to ask a question."""
    before: str = ""
    """The text of the agent's turn before."""
    chosen: str = ""
    """The offer that the replies choose, if there were several."""
    direct: bool = True
    """Whether the reply that decided came before the agent's next words."""
    limited: str = ""
    """Words that limit the proposal to a part which no value of the write names: "just Noah"."""

    sure: bool = True
    """Whether the outcome is certain: no other utterance of the two may contradict it."""

    announced: bool = False
    """Whether the text only announces an action."""
    complete: bool = False
    """Whether the caller certainly agreed, and it contains every date, time and number."""
    later: int = 0
    """Characters that the caller said after the reply."""

    @property
    def contradicted(self) -> tuple[ValueFinding, ...]:
        """The values of the write for which the caller agreed to another value."""
        return tuple(v for v in self.values if v.standing is Standing.CONTRADICTED)

    @property
    def same_matter(self) -> bool:
        """Whether it contains an agreed value that describes the action of the write."""
        return any(v.standing is Standing.AGREED and v.leaf.tells_what for v in self.values)


# Limits the text that is read to find the proposals of the writes of a call.
#
# Each write is searched for in every turn before it, and each of its proposals is compared with
# every turn before that. So the work grows with writes x proposals x text: a call of 900 turns
# with a write in every sixth took minutes. The limit is a count, never a time: the same call has
# the same verdict on any machine.

_MOST = 12_000_000
"""About ten seconds. Ten writes with ten proposals each in a call of 300 turns with 60 characters
count as 5,000,000; the longest real call that was tried, with 14 writes, as 8,200,000."""

_SEARCHED, _BEFORE, _AFTER = 5, 1, 6
"""Cost of a character that is searched for a proposal, or is before or after a proposal."""

_TURN, _PROPOSAL = 20, 1700
"""Initial cost of a turn, and of a proposal."""


@dataclass(slots=True)
class TextRead:
    """Counts characters over all writes of a call."""

    count: int = 0

    def searched(self, size: int, turns: int) -> None:
        """Add characters and turns in which a proposal is searched for.

        Raises ``Unscorable`` past the limit, as ``compared`` does.
        """
        self._add(size * _SEARCHED + turns * _TURN)

    def compared(self, before: int, after: int, *, turns: int, values: int) -> None:
        """Add the characters before and after a proposal, read once for each pair of values."""
        read = before * _BEFORE + after * _AFTER + turns * _TURN + _PROPOSAL
        self._add(read * max(2, values) // 2)

    def _add(self, count: int) -> None:
        self.count += count
        if self.count > _MOST:
            raise Unscorable("too long to judge: too many writes, with too much said before them")


# The words of an agreement to a write, and all words before them.


@dataclass(frozen=True, slots=True)
class SaidWords:
    """Words of a side, in order.

    ``changes``: a caller's turn that wanted another thing, ``refuses``: a turn that said no.
    """

    text: str
    by_caller: bool
    changes: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class AgreedWords:
    """The words of an agreement, and all words and tool calls before it."""

    proposal: str
    """All words of the agent from the proposal to the reply that decided."""
    own: str
    """Its clauses about the write; empty if no clause is about another write."""
    reply: str
    """The reply that decided; empty if none did."""
    later: tuple[str, ...]
    """The caller's words after it."""
    before: tuple[SaidWords, ...]
    replied_s: float
    """When the reply that decided was over; when the write was requested if no reply decided."""
    tools: tuple[ToolCall, ...]
    """Calls that were over before the write."""
