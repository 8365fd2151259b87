"""How many lines of a prompt changed."""

from __future__ import annotations

import pytest

from harness.results.model import changed_lines, diff_lines

BEFORE = ["Be kind.", "Read numbers back.", "a", "b", "c", "Say goodbye."]


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (BEFORE, 0),
        (["Be rude.", *BEFORE[1:]], 1),
        (["Be rude.", "Be quick.", *BEFORE[1:]], 2),
        (BEFORE[2:], 2),
        # A line is gone at the beginning, and two are new at the end.
        ([BEFORE[0], *BEFORE[2:], "Wait.", "Thank them."], 3),
        (["--- a rule ---", *BEFORE], 1),
    ],
)
def test_a_replaced_line_counts_once_and_two_places_count_apart(
    after: list[str], changed: int
) -> None:
    assert changed_lines(diff_lines("\n".join(BEFORE), "\n".join(after))) == changed
