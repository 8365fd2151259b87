"""Tests of pairs of calls as pairs of numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import score
from support.two_runs import calls, pairs

from harness.judging.scorers.base import Better, Measure
from harness.results.compare.measures import Pairing, amount, between, measures
from harness.results.compare.power import Design
from harness.results.compare.store import ComparisonVerdict
from harness.results.compare.verdict import Names, Terms, judge


def only(found, scorer, unit="share"):
    (one,) = [m for m in found if (m.scorer, m.unit) == (scorer, unit)]
    return one


def test_only_pairs_judged_on_both_sides_are_compared():
    found = measures(pairs(calls("one", rule="++-?.+"), calls("one", rule="+-+++?")))
    rule = only(found, "rule")
    assert rule.a == (1.0, 1.0, 0.0)
    assert rule.b == (1.0, 0.0, 1.0)
    assert rule.signs == (0, -1, 1)
    assert rule.left_out == 3


def test_calls_that_do_not_count_are_left_out_whatever_they_passed():
    a = calls("one", rule="+++")
    b = [replace(call, status="socket_closed") for call in a[:2]] + a[2:]
    assert len(only(measures(pairs(a, b)), "rule").pairs) == 1


def test_a_scorer_that_never_judged_both_is_not_a_measure():
    found = measures(
        pairs(calls("one", rule="++", other=".."), calls("one", rule="++", other="--"))
    )
    assert [m.scorer for m in found] == ["rule"]


def waiting(*waits):
    """Return one call with these waits: (caller's words, with a tool, seconds)."""
    listed = [{"text": t, "with_tool": tool, "took_s": took} for t, tool, took in waits]
    (call,) = calls("one", rule="+")
    return [replace(call, scores=(score("time_to_first_audio", "pass", "", waits=listed),))]


@pytest.mark.parametrize(
    ("a", "b", "means"),
    [
        # a turn that only A has is no evidence about B
        ([("hi", False, 1.0), ("yes", False, 0.4)], [("hi", False, 1.2)], (1.0, 1.2)),
        # a tool in between makes another wait of it
        ([("hi", False, 1.0), ("yes", False, 0.4)],
         [("hi", False, 1.0), ("yes", True, 1.9)], (1.0, 1.0)),
        # the same words twice are distinguished by their order
        ([("yes", False, 0.5), ("yes", False, 0.7)],
         [("yes", False, 0.6), ("yes", False, 1.0)], (0.6, 0.8)),
        # an unanswered turn has no length
        ([("hi", False, 1.0), ("yes", False, None)],
         [("hi", False, 1.0), ("yes", False, 0.9)], (1.0, 1.0)),
        ([("hi", False, 1.0)], [("hello", False, 1.0)], None),
        ([("hi", False, 1.0)], [], None),
        ([], [], None),
    ],
)  # fmt: skip
def test_waits_are_compared_after_the_same_words_and_the_same_kind_of_answer(a, b, means):
    found = measures(pairs(waiting(*a), waiting(*b)))
    seconds = [m for m in found if m.unit == "s"]
    if means is None:
        assert not seconds
    else:
        assert (*seconds[0].a, *seconds[0].b) == pytest.approx(means)


def test_waits_on_one_side_only_are_counted_as_left_out():
    one, none = waiting(("hi", False, 1.0)), waiting()
    found = measures([*pairs(one, one), *pairs(one, none)])
    assert only(found, "time_to_first_audio", "s").left_out == 1


def test_probabilities_are_of_the_test_that_fits_the_unit():
    a = calls("one", {"waits": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]}, rule="++++++")
    b = calls("one", {"waits": [1.5, 1.5, 1.5, 1.6, 1.7, 1.9]}, rule="------")
    found = measures(pairs(a, b))
    assert only(found, "rule").p(Design()) == pytest.approx(2 / 64)
    assert only(found, "time_to_first_audio", "s").p(Design()) == pytest.approx(2 / 64)


def test_a_loss_is_fewer_passes_or_longer_waits():
    call = calls("one", {"waits": [1.0, 1.1]}, rule="++")
    found = measures(pairs(call, call))
    assert [only(found, "rule").loss(d) for d in (-0.5, 0.5)] == [0.5, -0.5]
    assert [only(found, "time_to_first_audio", "s").loss(d) for d in (-0.5, 0.5)] == [-0.5, 0.5]


@pytest.mark.parametrize(
    ("one", "two", "repeats"),
    [
        ("++++++", "++++++", 3),  # two pairs a repeat, and six are the fewest
        ("++++++", "......", 6),
        ("++++++", "+..+..", 5),  # 8 pairs of 6 repeats: 4.5 of them make six
    ],
)
def test_repeats_are_counted_by_the_pairs_that_a_measure_gets_of_them(one, two, repeats):
    both = calls("one", rule=one, other="+" * 6) + calls("two", rule=two, other="+" * 6)
    rule = only(measures(pairs(both, both)), "rule")
    assert rule.pairs_needed(0, Design()) == 6
    assert rule.repeats_needed(0, Design()) == repeats


@pytest.mark.parametrize(
    ("difference", "unit", "text"),
    [(-0.12, "share", "−12 points"), (0.035, "share", "+3.5 points"), (0.05, "share", "+5 points"),
     (0.0, "share", "±0 points"), (0.314, "s", "+0.31 s"), (-1.0, "s", "−1.00 s"),
     (0.0, "s", "±0.00 s"), (0.004, "s", "+0.004 s"), (-0.0004, "s", "±0.00 s"),
     (1e-17, "s", "±0.00 s"), (0.0099, "s", "+0.01 s"), (-0.0004, "share", "±0 points"),
     (0.0994, "share", "+9.9 points"), (0.0996, "share", "+10 points")],
)  # fmt: skip
def test_differences_are_written_with_their_sign_and_unit(difference, unit, text):
    assert amount(difference, unit) == text


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [(-0.12, 0.03, "share", "−12 to +3 points"), (-0.74, -0.093, "share", "−74.0 to −9.3 points"),
     (-0.0004, 0.12, "share", "±0 to +12 points"), (-1, 1, "share", "−100 to +100 points"),
     (-0.12, 0.03, "s", "−0.12 to +0.03 s"), (0.009, 0.04, "s", "+0.009 to +0.040 s"),
     (-0.0002, -0.0001, "s", "±0.00 to ±0.00 s"), (-1e-17, 0.0, "s", "±0.00 to ±0.00 s"),
     (-0.0002, 0.004, "s", "±0.000 to +0.004 s")],
)  # fmt: skip
def test_bounds_share_one_unit_and_as_many_decimals(low, high, unit, text):
    assert between(low, high, unit) == text


# --- measures of any scorer -----------------------------------------------------------------------

MOOD = Measure("mood", unit="points", better=Better.HIGHER)


def moody(*values, measure=MOOD):
    """Return repeats whose calls have these values of a measure."""
    made = calls("one", rule="+" * len(values))
    return [
        replace(call, scores=(replace(call.scores[0], measurements=(measure.gave(value),)),))
        for call, value in zip(made, values, strict=True)
    ]


def test_a_measure_in_a_unit_of_its_own_is_compared_in_it():
    rule, mood = measures(pairs(moody(4.0, 6.0, 5.0), moody(2.0, 3.0, None)))
    assert (rule.unit, mood.unit, mood.scorer, mood.measure_name) == (
        "share", "points", "rule", "mood",
    )  # fmt: skip
    assert (mood.a, mood.b, mood.left_out) == ((4.0, 6.0), (2.0, 3.0), 1)
    assert mood.loss(mood.interval().mean) == 2.5  # less is worse
    assert (mood.least, mood.wanted) == (0.0, 0.5)
    assert amount(-2.5, "points of mood") == "−2.50 points of mood"


@pytest.mark.parametrize(
    ("better", "verdict"),
    [(Better.HIGHER, ComparisonVerdict.WORSE), (Better.LOWER, ComparisonVerdict.BETTER)],
)
def test_which_values_are_better_decides_who_is_worse(better, verdict):
    measure = Measure("mood", unit="words", better=better)
    a, b = (moody(*[value + n % 3 for n in range(20)], measure=measure) for value in (9.0, 3.0))
    (contrast,) = judge([(Names("A", "B", "b"), Pairing(pairs(a, b), 0), ())], Terms())
    assert contrast.verdict is verdict
    assert contrast.sentence == f"B is {verdict.value} on mood (−6.00 words) than A."
