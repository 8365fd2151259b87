"""Valid and invalid measures."""

from __future__ import annotations

import pytest

from harness.judging.scorers.base import Better, Measure, MeasuredValue


def test_what_a_call_gave_may_be_bare_numbers_or_values_that_say_more() -> None:
    length = Measure("answer_length", unit="words")
    said = MeasuredValue(4, of="Hi.", kind="long", at_s=1.5)
    assert length.gave(3, None, said).values == (MeasuredValue(3), MeasuredValue(None), said)
    assert length.gave().values == ()
    assert (length.per, length.better, length.missing) == ("call", Better.LOWER, "without end")


@pytest.mark.parametrize(
    ("name", "unit", "per", "said"),
    [
        ("Answer length", "words", "call", "a measure is named in lower case, a_b2; got 'Answer"),
        ("", "words", "call", "named in lower case"),
        ("length", " ", "call", "measure 'length' needs a unit, and what a value is of"),
        ("length", "words", "", "needs a unit"),
    ],
)
def test_a_measure_without_a_name_or_a_unit_is_refused(
    name: str, unit: str, per: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Measure(name, unit=unit, per=per)


def test_better_is_one_of_two() -> None:
    assert Measure("mood", unit="points", better=Better("higher")).better is Better.HIGHER
    with pytest.raises(ValueError, match="not a valid Better"):
        Measure("mood", unit="points", better="more")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["4", True, [4]])
def test_what_is_no_number_was_not_measured(value: object) -> None:
    with pytest.raises(TypeError, match="a measured value is a number or None"):
        MeasuredValue(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("uncertainty_s", [-0.1, float("nan")])
def test_an_uncertainty_is_a_length_of_time(uncertainty_s: float) -> None:
    assert MeasuredValue(4, uncertainty_s=0.0).uncertainty_s == 0.0
    with pytest.raises(ValueError, match="an uncertainty is not below 0 s"):
        MeasuredValue(4, uncertainty_s=uncertainty_s)
