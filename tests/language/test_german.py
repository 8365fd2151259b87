"""German: phrases as spoken on the telephone, each with the right reading."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.german_rows import GERMAN, GermanRow, german_rows

from harness.language.values import ValueKind, same_value

FILES = ("rows.yaml", "phrases.yaml", "held.yaml", "strangers.yaml", "trades.yaml")
ROWS = [row for file in FILES for row in german_rows(file)]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_german_is_read_as_a_german_would(row: GermanRow) -> None:
    assert not row.wrong


def test_a_row_of_number_words_without_end_is_read_in_no_time() -> None:
    begun_s = time.process_time()
    for word in ("eins zwei drei ", "und ", "siebenundvierzig ", "ein hundert "):
        for kind in (ValueKind.COUNT, ValueKind.AMOUNT, ValueKind.ID, ValueKind.TIME):
            GERMAN.kinds[kind].find(word * 100)
    assert time.process_time() - begun_s < 8


def test_there_are_enough_rows_and_enough_that_must_find_nothing() -> None:
    assert len(ROWS) >= 1200
    assert sum(row.negative for row in ROWS) >= 500


SPOKEN = st.one_of(
    st.tuples(st.from_regex(r"[A-Z]{1,3}-[0-9]{1,5}[A-Z]?", fullmatch=True), st.just(ValueKind.ID)),
    st.tuples(
        st.from_regex(r"0[1-9][0-9]{1,3} [0-9]{5,8}", fullmatch=True), st.just(ValueKind.PHONE)
    ),
    st.tuples(st.integers(0, 999_999).map(str), st.just(ValueKind.COUNT)),
    st.tuples(
        st.builds(lambda a, b: f"{a},{b:02d} €", st.integers(0, 99_999), st.integers(0, 99)),
        st.just(ValueKind.AMOUNT),
    ),
    st.tuples(
        st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(date.isoformat), st.just(ValueKind.DATE)
    ),
    st.tuples(st.times().map(lambda time: f"{time:%H:%M}"), st.just(ValueKind.TIME)),
    st.tuples(
        st.from_regex(
            r"[a-z][a-z0-9]{0,5}([._-][a-z0-9]{1,4})?@(web|t-online|x9)\.(de|at)", fullmatch=True
        ),
        st.just(ValueKind.EMAIL),
    ),
)


@settings(max_examples=300, deadline=None)
@given(SPOKEN)
def test_a_german_value_is_read_as_it_is_said(pair: tuple[str, ValueKind]) -> None:
    value, kind = pair
    wanted, spoken = GERMAN.normalize(value, kind), GERMAN.speak(value, kind)
    assert same_value(GERMAN.normalize(spoken, kind), wanted, kind)
    if kind is not ValueKind.COUNT:
        (found,) = GERMAN.find(f"Das ist {spoken}. Ist das richtig?", kind)
        assert found.may_be(wanted, kind)
