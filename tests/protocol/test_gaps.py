"""Omissions of a server, filled in: events in a row, and their final ids."""

from __future__ import annotations

import pytest

from harness.protocol import events as e
from harness.protocol.decoding import Gaps
from harness.protocol.items import Item, ItemKind, Response, ResponseStatus

BEGUN, OVER = ResponseStatus.IN_PROGRESS, ResponseStatus.COMPLETED


def created(name: str = "") -> e.ServerEvent:
    return e.ResponseCreated(Response(name, BEGUN))


def done(name: str = "") -> e.ServerEvent:
    return e.ResponseDone(Response(name, OVER))


def audio(response: str = "", item: str = "") -> e.ServerEvent:
    return e.AudioDelta(response, item, 0, 0, b"")


def words(response: str = "", item: str = "") -> e.ServerEvent:
    return e.TranscriptDelta(response, item, 0, 0, "Hi.")


def ended(response: str = "", item: str = "") -> e.ServerEvent:
    return e.AudioDone(response, item, 0, 0)


def item(response: str = "", name: str | None = None) -> e.ServerEvent:
    return e.OutputItemAdded(response, 0, Item(name, ItemKind.MESSAGE))


HEARD = e.SpeechStarted("u1", 0)
OTHER = e.InputCleared()

# events, and the (response, item) of each that has them
ROWS: dict[str, tuple[list[e.ServerEvent], list[tuple[str, str]]]] = {
    "what is given stays": (
        [created("r"), item("r", "i"), audio("r", "i"), done("r"), audio("s", "j")],
        [("r", ""), ("r", "i"), ("r", "i"), ("r", ""), ("s", "j")],
    ),
    "the open response and its last item": (
        [created("r"), item("", "i"), audio(), words(), done()],
        [("r", ""), ("r", "i"), ("r", "i"), ("r", "i"), ("r", "")],
    ),
    "an item of its own where none was named": (
        [created("r"), item("r"), audio(), words("r")],
        [("r", ""), ("r", ""), ("r", "r_item"), ("r", "r_item")],
    ),
    "the item that an earlier delta named": (
        [created("r"), audio("r", "i"), words("r")],
        [("r", ""), ("r", "i"), ("r", "i")],
    ),
    "responses without a name": (
        [created(), audio(), done(), created(), audio(), done()],
        [
            ("unnamed_1", ""),
            ("unnamed_1", "unnamed_1_item"),
            ("unnamed_1", ""),
            ("unnamed_2", ""),
            ("unnamed_2", "unnamed_2_item"),
            ("unnamed_2", ""),
        ],
    ),
    "no response events: one answer up to the caller's next turn": (
        [audio(), words(), HEARD, audio(), words()],
        [("unnamed_1", "unnamed_1_item")] * 2 + [("", "")] + [("unnamed_2", "unnamed_2_item")] * 2,
    ),
    "no response events, no turns: one answer up to the end of its audio": (
        [audio(), ended(), words(), audio(), ended()],
        [("unnamed_1", "unnamed_1_item")] * 3 + [("unnamed_2", "unnamed_2_item")] * 2,
    ),
    "words ahead of their audio are of the next answer": (
        [words(), audio(), ended(), words(), words(), audio(), ended()],
        [("unnamed_1", "unnamed_1_item")] * 3 + [("unnamed_2", "unnamed_2_item")] * 4,
    ),
    "words behind their audio are of the answer that ended": (
        [audio(), ended(), words(), words(), audio(), ended(), words()],
        [("unnamed_1", "unnamed_1_item")] * 4 + [("unnamed_2", "unnamed_2_item")] * 3,
    ),
    "bare audio behind a response is a new answer": (
        [created("r"), audio(), done("r"), audio(), created("s"), audio()],
        [
            ("r", ""),
            ("r", "r_item"),
            ("r", ""),
            ("unnamed_1", "unnamed_1_item"),
            ("s", ""),
            ("s", "s_item"),
        ],
    ),
    "the end of another response ends nothing": (
        [created("r"), done("other"), audio()],
        [("r", ""), ("other", ""), ("r", "r_item")],
    ),
    "what belongs to no answer ends none": (
        [audio(), OTHER, audio()],
        [("unnamed_1", "unnamed_1_item"), ("", ""), ("unnamed_1", "unnamed_1_item")],
    ),
    "an end without a name ends what had no beginning": (
        [audio(), done(), audio()],
        [("unnamed_1", "unnamed_1_item"), ("unnamed_1", ""), ("unnamed_2", "unnamed_2_item")],
    ),
    "an end without a beginning": (
        [done(), audio()],
        [("unnamed_1", ""), ("unnamed_2", "unnamed_2_item")],
    ),
}


def ids(event: e.ServerEvent) -> tuple[str, str]:
    if isinstance(event, e.ResponseCreated | e.ResponseDone):
        return event.response.id, ""
    if isinstance(event, e.OutputItemAdded):
        return event.response_id, event.item.id or ""
    if event in (HEARD, OTHER):
        return "", ""
    return event.response_id, event.item_id  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ROWS)
def test_missing_ids_are_those_of_what_is_open(name: str) -> None:
    events, wanted = ROWS[name]
    gaps = Gaps()
    filled = [gaps.filled(event) for event in events]
    assert [ids(event) for event, _ in filled] == wanted
    for event, (changed, assumed) in zip(events, filled, strict=True):
        given, now = ids(event), ids(changed)
        names = ("response_id", "item_id")
        told = {
            n: after for n, before, after in zip(names, given, now, strict=True) if before != after
        }
        assert assumed == told
