"""German: the rows of how it is said on the telephone, each with what is right."""

from __future__ import annotations

import pytest
from support.german_rows import GermanRow, german_rows

FILES = ("rows.yaml", "held.yaml", "strangers.yaml")
ROWS = [row for file in FILES for row in german_rows(file)]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_german_is_read_as_a_german_would(row: GermanRow) -> None:
    assert not row.wrong


def test_there_are_enough_rows_and_enough_that_must_find_nothing() -> None:
    assert len(ROWS) >= 600
    assert sum(row.negative for row in ROWS) >= 200
