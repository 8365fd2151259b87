from __future__ import annotations

import pytest

from harness.calls.listening import played_items
from harness.recording.model import PlayedSpan


def span(item: str, start: int, samples: int) -> PlayedSpan:
    return PlayedSpan(item, 0, "resp", 0, start, samples)


@pytest.mark.parametrize(
    ("played", "stretches"),
    [
        ((), []),
        ((span("a", 10, 5),), [(("resp", "a"), 10, 15)]),
        # back to back, and still two
        ((span("a", 10, 5), span("b", 15, 5)), [(("resp", "a"), 10, 15), (("resp", "b"), 15, 20)]),
        # stalled once in the middle, and still one
        (
            (span("a", 10, 5), span("a", 40, 5), span("b", 45, 1)),
            [(("resp", "a"), 10, 45), (("resp", "b"), 45, 46)],
        ),
    ],
)
def test_each_item_is_heard_by_itself_and_whole(
    played: tuple[PlayedSpan, ...], stretches: list[tuple[tuple[str, str], int, int]]
) -> None:
    assert list(played_items(played)) == stretches
