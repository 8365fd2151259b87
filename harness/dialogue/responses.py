"""The agent's turns of speech: the items of one response, joined into what the caller heard."""

from __future__ import annotations

from dataclasses import replace

from harness.timeline.intervals import hull, union
from harness.timeline.model import AgentUtterance, Transcript


def spoken_responses(agent: tuple[AgentUtterance, ...]) -> tuple[tuple[int, AgentUtterance], ...]:
    """Return what was said in each response, with the index of its first item, in order of time.

    A service may cut one sentence into several message items. An item that was not heard to its
    end ends what is joined: what follows it is said anew.
    """
    joined: list[tuple[int, AgentUtterance]] = []
    last: dict[str, int] = {}
    for number, utterance in enumerate(agent):
        at = last.get(utterance.response_id)
        if at is None or not _heard_whole(joined[at][1]):
            last[utterance.response_id] = len(joined)
            joined.append((number, utterance))
        else:
            joined[at] = (joined[at][0], _join(joined[at][1], utterance))
    return tuple(joined)


def _heard_whole(utterance: AgentUtterance) -> bool:
    return len(utterance.claimed_heard) >= len(_plain_spaces(utterance.claimed))


def _join(first: AgentUtterance, second: AgentUtterance) -> AgentUtterance:
    span = hull((first.span, second.span))
    return replace(
        first,
        span=span or first.span,
        sounds=union((*first.sounds, *second.sounds)),
        claimed=_plain_spaces(f"{first.claimed} {second.claimed}"),
        claimed_heard=_plain_spaces(f"{first.claimed_heard} {second.claimed_heard}"),
        recognized=_texts(first.recognized, second.recognized),
        generated_s=first.generated_s + second.generated_s,
        heard_s=first.heard_s + second.heard_s,
        recognized_again=_again(first, second),
        weighed=(*first.weighed, *second.weighed),
        transcript=second.transcript if first.transcript is Transcript.TOLD else first.transcript,
    )


def _texts(first: str | None, second: str | None) -> str | None:
    if first is None or second is None:
        return first if second is None else second
    return first if first == second else f"{first} {second}"


def _again(first: AgentUtterance, second: AgentUtterance) -> tuple[str, ...]:
    """Join the hearings at other paces; where one item has none, its usual one stands for it."""
    count = max(len(first.recognized_again), len(second.recognized_again))
    pairs = ((_at_pace(first, place), _at_pace(second, place)) for place in range(count))
    return tuple(_texts(one, other) or "" for one, other in pairs)


def _at_pace(utterance: AgentUtterance, place: int) -> str | None:
    again = utterance.recognized_again
    return again[place] if place < len(again) else utterance.recognized


def _plain_spaces(text: str) -> str:
    return " ".join(text.split())
