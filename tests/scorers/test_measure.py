"""What a measure may be."""

from __future__ import annotations

import pytest

from harness.scorers.measure import Better, Measure, MeasuredValue


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
