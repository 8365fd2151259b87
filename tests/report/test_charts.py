"""Geometry of the picture of a measure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging.scorers.base import Better, Measure
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.report.charts import BOX, ValueMark, measure_chart
from harness.results.model import MeasureSummary
from harness.results.rates import percentiles


def chart(values: list[float], measure: Measure = TIME_TO_FIRST_AUDIO):
    marks = [ValueMark(v, "", "call", "x.html") for v in values]
    return measure_chart(marks, MeasureSummary(measure, percentiles(values)))


def test_no_answer_is_no_picture() -> None:
    assert chart([]) is None


def test_few_answers_are_dots_many_are_bars() -> None:
    few, many = chart([0.5, 0.6, 2.0]), chart([0.5] * 60)
    assert few is not None
    assert many is not None
    assert (len(few.dots), few.bars) == (3, ())
    assert (many.dots, len(many.bars)) == ((), 1)
    assert "60 turns" in many.bars[0].text


def test_equal_answers_stand_on_top_of_each_other() -> None:
    got = chart([1.0, 1.0])
    assert got is not None
    assert got.dots[0].x == got.dots[1].x
    assert got.dots[0].y > got.dots[1].y


def test_the_percentile_that_is_withheld_has_no_line() -> None:
    got = chart([1.0] * 5)
    assert got is not None
    assert [mark.text for mark in got.marks] == ["p50 1.00 s"]
    assert "median 1.00 s" in got.description
    assert "95th" not in got.description
    full = chart([1.0] * 20)
    assert full is not None
    assert len(full.marks) == 2
    assert "95th percentile 1.00 s" in full.description


@pytest.mark.parametrize(("longest", "last"), [(0.0, "0.1 s"), (0.75, "0.8 s"), (3.4, "3.5 s")])
def test_the_axis_ends_on_a_round_number_above_the_slowest(longest: float, last: str) -> None:
    got = chart([longest])
    assert got is not None
    assert got.ticks[-1].text == last


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=80))
def test_everything_lies_inside_the_picture(values: list[float]) -> None:
    got = chart(values)
    assert got is not None
    places = (*(dot.x for dot in got.dots), *(tick.at for tick in (*got.ticks, *got.marks)))
    for place in places:
        assert BOX.left - 0.1 <= place <= BOX.width - BOX.right + 0.1
    for dot in got.dots:
        assert 0 <= dot.y <= BOX.height
    for bar in got.bars:
        assert bar.height <= BOX.height
    assert len(got.ticks) <= 10


def test_a_measure_in_a_unit_of_its_own_has_its_words_and_reaches_below_zero() -> None:
    got = chart([-3.0, 5.0], Measure("mood", unit="points", better=Better.HIGHER))
    assert got is not None
    assert (got.ticks[0].text, got.ticks[-1].text) == ("-3 points", "5 points")
    assert got.description == "2 calls, median 1 points, lowest -3 points."
    assert got.dots[0].text == "-3 points: call"
    shares = chart([0.25, 0.5], Measure("talk", unit="share"))
    assert shares is not None
    assert shares.ticks[-1].text == "50 %"
    assert "highest 50 %" in shares.description
