"""Tests of the verdicts: better, worse, or no evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.two_runs import calls, pairs

from harness.results.compare.measures import Pairing
from harness.results.compare.noise_floor import Floor, NoiseFloor
from harness.results.compare.store import ComparisonVerdict
from harness.results.compare.verdict import Names, Terms, judge, look_level

NAMES = Names("A (old)", "B (new)", "b")


def contrast(a, b, terms=None):
    (found,) = judge([(NAMES, Pairing(pairs(a, b), 0), ("a note",))], terms or Terms())
    return found


def finding(found, scorer, unit="share"):
    return next(f for f in found.findings if (f.scorer, f.unit) == (scorer, unit))


def test_a_rule_that_b_breaks_is_worse_and_nothing_else_is():
    found = contrast(calls("one", rule="+" * 10, other="+" * 10),
                 calls("one", rule="-" * 10, other="+" * 9 + "-"))  # fmt: skip
    assert found.verdict is ComparisonVerdict.WORSE
    assert finding(found, "rule").verdict is ComparisonVerdict.WORSE
    assert finding(found, "rule").lost == 10
    assert finding(found, "other").verdict is ComparisonVerdict.NO_EVIDENCE
    assert finding(found, "other").p_adjusted == 1.0
    assert found.sentence == "B (new) is worse on rule (−100 points) than A (old)."
    assert found.notes == ("a note",)
    assert (found.key, found.pairs) == ("b", 10)


def test_the_reverse_is_better():
    found = contrast(calls("one", rule="-" * 10), calls("one", rule="+" * 10))
    assert found.verdict is ComparisonVerdict.BETTER
    assert finding(found, "rule").gained == 10
    assert found.sentence == "B (new) is better on rule (+100 points) than A (old)."


def test_worse_outweighs_better_and_the_sentence_tells_both():
    found = contrast(calls("one", rule="+" * 10, other="-" * 10, third="+" * 10),
                 calls("one", rule="-" * 10, other="+" * 10, third="-" * 10))  # fmt: skip
    assert found.verdict is ComparisonVerdict.WORSE
    assert found.sentence == (
        "B (new) is worse on rule (−100 points) and third (−100 points), "
        "but better on other (+100 points) than A (old)."
    )


def test_six_of_six_are_evidence_for_one_scorer_but_not_for_one_of_three_that_differ():
    assert (
        contrast(calls("one", rule="+" * 6), calls("one", rule="-" * 6)).verdict
        is ComparisonVerdict.WORSE
    )
    alike = {"other": "+" * 6, "third": "+" * 6}
    found = contrast(calls("one", rule="+" * 6, **alike), calls("one", rule="-" * 6, **alike))
    assert finding(found, "rule").verdict is ComparisonVerdict.WORSE  # the others cannot err
    assert finding(found, "rule").p_adjusted == pytest.approx(2 / 64)
    assert finding(found, "other").p_adjusted == 1.0
    before = calls("one", rule="+" * 6, other="+++---", third="+++---")
    found = contrast(before, calls("one", rule="-" * 6, other="---+++", third="---+++"))
    assert found.verdict is ComparisonVerdict.NO_EVIDENCE
    assert finding(found, "rule").p == pytest.approx(2 / 64)
    assert finding(found, "rule").p_adjusted == 1.0  # three such tests leave none 2.5 %
    before = calls("one", rule="+" * 9, other="+++---+++", third="+++---+++")
    found = contrast(before, calls("one", rule="-" * 9, other="---+++---", third="---+++---"))
    assert finding(found, "rule").p_adjusted == pytest.approx(3 * 2 / 512)


def test_holm_goes_over_all_variants():
    pair = Pairing(pairs(calls("one", rule="+" * 6), calls("one", rule="-" * 6)), 0)
    both = judge([(NAMES, pair, ()), (Names("A", "C", "c"), pair, ())], Terms())
    assert [found.key for found in both] == ["b", "c"]
    assert all(found.verdict is ComparisonVerdict.NO_EVIDENCE for found in both)


def test_a_look_of_several_must_be_surer():
    assert look_level(0.95, 4) == pytest.approx(0.9875)
    terms = Terms(level=look_level(0.95, 4))
    found = contrast(calls("one", rule="+" * 6), calls("one", rule="-" * 6), terms)
    assert found.verdict is ComparisonVerdict.NO_EVIDENCE


def test_more_scenarios_take_fewer_repeats():
    one = contrast(calls("one", rule="+" * 20), calls("one", rule="+" * 19 + "-"))
    both = contrast(calls("one", rule="+" * 20) + calls("two", rule="+" * 20),
                calls("one", rule="+" * 19 + "-") + calls("two", rule="+" * 19 + "-"))  # fmt: skip
    few, many = (finding(f, "rule").repeats_needed for f in (both, one))
    assert few == pytest.approx(many / 2, rel=0.3)


def test_waits_that_all_became_longer_are_evidence_at_any_confidence():
    terms = Terms(level=look_level(0.999, 4))
    slow = {"waits": [2 + n / 100 for n in range(20)]}
    quick = {"waits": [1 - n / 100 for n in range(20)]}
    found = contrast(calls("one", quick, rule="+" * 20), calls("one", slow, rule="+" * 20), terms)
    assert finding(found, "time_to_first_audio", "s").verdict is ComparisonVerdict.WORSE


def test_nothing_comparable_is_no_evidence():
    found = contrast(calls("one", rule=".."), calls("one", rule=".."))
    assert (found.verdict, found.findings) == (ComparisonVerdict.NO_EVIDENCE, ())


def waits(first, step=0.01):
    return {"waits": [first + step * n for n in range(10)]}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (0.8, 1.0, ComparisonVerdict.WORSE),
        (1.0, 0.8, ComparisonVerdict.BETTER),
        (0.8, 0.85, ComparisonVerdict.NO_EVIDENCE),
    ],
)
def test_waits_must_differ_by_what_can_be_heard(before, after, verdict):
    found = contrast(calls("one", waits(before)), calls("one", waits(after)))
    seconds = finding(found, "time_to_first_audio", "s")
    assert seconds.p_adjusted < 0.05
    assert seconds.verdict is verdict
    assert seconds.difference == pytest.approx(after - before)
    assert seconds.median_difference == pytest.approx(after - before)
    if verdict is ComparisonVerdict.NO_EVIDENCE:
        assert seconds.reason == "less than 100 ms, which nobody hears"


def floor(difference, pairs_=10):
    return NoiseFloor(
        format=1, harness_version="0", measured_at="2026", target="reference", target_settings={},
        prompts=("p1",), scenarios=("s1",), versions={},
        floors=(Floor("rule", "share", pairs_, difference),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("noise", "at_pairs", "verdict"),
    [(0.9, 10, ComparisonVerdict.WORSE), (1.1, 10, ComparisonVerdict.NO_EVIDENCE),
     # measured on 40 pairs, a floor of 0.6 becomes 1.2 for ten
     (0.6, 40, ComparisonVerdict.NO_EVIDENCE), (0.4, 40, ComparisonVerdict.WORSE)],
)  # fmt: skip
def test_a_difference_below_the_noise_floor_is_no_evidence(noise, at_pairs, verdict):
    terms = Terms(floor=floor(noise, at_pairs))
    found = contrast(calls("one", rule="+" * 10), calls("one", rule="-" * 10), terms)
    rule = finding(found, "rule")
    assert rule.verdict is verdict
    assert rule.noise_floor == pytest.approx(noise * (at_pairs / 10) ** 0.5)
    if verdict is ComparisonVerdict.NO_EVIDENCE:
        assert rule.reason == "below the noise floor: A differs as much from itself"


def test_a_measure_without_a_floor_is_judged_without():
    terms = Terms(floor=floor(0.9))
    found = contrast(calls("one", other="+" * 10), calls("one", other="-" * 10), terms)
    assert finding(found, "other").noise_floor is None
    assert found.verdict is ComparisonVerdict.WORSE


def test_flips_name_both_calls_and_both_reasons():
    a, b = calls("one", rule="+-+?."), calls("one", rule="-++++")
    b = [replace(call, seed=call.seed + 20) for call in b]
    found = contrast(a, b)
    assert [(f.repeat, f.lost, f.reason_a, f.reason_b) for f in found.flips] == [
        (0, True, "rule says +", "rule says -"),
        (1, False, "rule says -", "rule says +"),
    ]
    assert (found.flips[0].seed_a, found.flips[0].seed_b) == (7, 27)
    assert found.flips[0].recording_a == "calls/one/001"


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [("?", "-", True), ("?", "+", None), ("-", "?", None), ("+", "?", None), (".", "-", None)],
)
def test_what_was_open_and_fails_now_is_a_flip(before, after, lost):
    found = contrast(calls("one", rule=before), calls("one", rule=after))
    assert [(flip.lost, flip.was_open) for flip in found.flips] == ([(lost, True)] if lost else [])


def test_pairs_that_do_not_count_are_counted_apart():
    a = calls("one", rule="+++")
    b = [replace(a[0], status="socket_closed"), *a[1:]]
    found = contrast(a, b)
    assert (found.pairs, found.uncounted_pairs) == (2, 1)
    assert finding(found, "rule").pairs == 2
