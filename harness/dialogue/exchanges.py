"""What the agent said in one go, and what the caller answered to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from harness.dialogue.confirmed import EARLY_ANSWER_S
from harness.dialogue.model import CallerAnswer
from harness.dialogue.responses import spoken_responses
from harness.timeline.model import AgentUtterance

_LIST_NUMBER = re.compile(r"(?<!\S)(\d{1,2})[.)]\s+(?=\S)")

_Act = tuple[int, AgentUtterance] | CallerAnswer


@dataclass(frozen=True)
class Exchange:
    """All that the agent said between two turns of the caller, and the turns that followed."""

    utterances: tuple[tuple[int, AgentUtterance], ...]
    """With the index of each; empty for what the caller said first."""
    answers: tuple[CallerAnswer, ...]
    """Every turn up to the agent's next words, also those that began over the agent's."""

    @cached_property
    def claimed(self) -> str:
        """What the agent meant to say."""
        return _without_list_numbers(" ".join(u.claimed for _, u in self.utterances))

    @cached_property
    def heard(self) -> str:
        """The part of it that the caller heard."""
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
        """The turns that began when the agent had said it all."""
        return tuple(a for a in self.answers if a.start_s >= self.end_s - EARLY_ANSWER_S)


def _without_list_numbers(text: str) -> str:
    """Leave out the numbers of a written list, "1." and "2.", which say nothing of any value."""
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
    """Return what was said before a moment, in order; replies must be over by then.

    ``lost_s`` is when the line went: what the agent says behind that it says anew.
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
