"""Tests of the verdict in sentences: the finding, the calls needed, the detectable difference."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.two_runs import calls, pairs

from harness.results.compare.measures import Pairing
from harness.results.compare.noise_floor import Floor, NoiseFloor
from harness.results.compare.store import ComparisonVerdict
from harness.results.compare.verdict import Names, Terms, joined, judge

NAMES = Names("A (old)", "B (new)", "b")


def contrast(a, b, terms=None):
    (found,) = judge([(NAMES, Pairing(pairs(a, b), 0), ())], terms or Terms())
    return found


def ruled(a, b, **more):
    return contrast(calls("one", rule=a), calls("one", rule=b), **more)


def seconds(*changes):
    """A call each: B's answer took so much longer than A's."""
    before = [1.0 + n / 100 for n in range(len(changes))]
    after = [b + change for b, change in zip(before, changes, strict=True)]
    return contrast(calls("one", {"waits": before}), calls("one", {"waits": after}))


def test_no_evidence_is_one_plain_sentence_and_the_rest_stands_apart():
    found = ruled("+" * 20, "+" * 19 + "-")
    (rule,) = found.findings
    assert rule.minimum_detectable == pytest.approx(0.402, abs=0.001)  # test_power.py
    assert rule.repeats_needed == pytest.approx(320, abs=130)
    assert found.sentence == "No evidence that B (new) differs from A (old) in 20 pairs."
    assert found.sees == (
        "A difference of 40 points on any scorer would have been found (least sure: rule); "
        f"to see a difference of 5 points takes --repeat {rule.repeats_needed}."
    )
    assert found.takes == (
        "A loss of the size seen on rule (−5 points) would count from "
        f"--repeat {rule.repeats_needed}."
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [("+" * 20, "+" * 19 + "-"), ("+" * 10, "+" * 8 + "--"), ("+" * 9 + "-", "+" * 6 + "---+"),
     ("+--", "---"), ("+", "-"), ("----", "+---")],
)  # fmt: skip
def test_what_was_seen_counts_when_it_is_seen_in_so_many_repeats(a, b):
    (rule,) = ruled(a, b).findings
    times = -(-rule.repeats_to_count // len(a))
    assert rule.verdict is ComparisonVerdict.NO_EVIDENCE
    assert ruled(a * times, b * times).verdict is not ComparisonVerdict.NO_EVIDENCE
    few = times // 4
    assert few == 0 or ruled(a * few, b * few).verdict is ComparisonVerdict.NO_EVIDENCE


def test_waits_that_were_longer_count_when_they_are_so_in_so_many_repeats():
    changes = (0.6, -0.4, 0.5, -0.2, 0.5, 0.2)
    wait = seconds(*changes).findings[-1]
    times = -(-wait.repeats_to_count // len(changes))
    assert wait.verdict is ComparisonVerdict.NO_EVIDENCE
    assert seconds(*changes * times).verdict is ComparisonVerdict.WORSE
    assert seconds(*changes).takes == (
        "A loss of the size seen on time to first audio (+0.20 s) would count from "
        f"--repeat {wait.repeats_to_count}."
    )


@pytest.mark.parametrize(
    "changes",
    [(0.5,), (0.09, 0.05, 0.08), (0.0, 0.0), (0.1 + 1e-9, 0.1, 0.4, -0.2)],
    ids=["one pair", "nobody hears it", "no difference", "no number of pairs is enough"],
)
def test_a_wait_that_would_never_count_is_given_no_number(changes):
    found = seconds(*changes)
    assert (found.findings[-1].repeats_to_count, found.takes) == (None, "")


@pytest.mark.parametrize(("noise", "repeats"), [(1.01, 15), (1.5, 23)])
def test_the_number_is_what_the_noise_floor_takes_where_that_is_more(noise, repeats):
    floor = Floor("rule", "share", 10, noise)
    terms = Terms(floor=NoiseFloor(1, "0", "2026", "r", {}, (), (), {}, (floor,)))
    (rule,) = ruled("+" * 10, "-" * 10, terms=terms).findings
    assert rule.reason.startswith("below the noise floor")
    assert rule.repeats_to_count == repeats  # 1.5 at 10 pairs is 1 at 22.5


def test_the_loss_that_would_count_first_is_told_and_a_gain_only_where_nothing_is_lost():
    whole = {"small": "+" * 10, "large": "+" * 10, "gain": "-" * 10}
    after = {"small": "+" * 9 + "-", "large": "+" * 8 + "--", "gain": "-" * 7 + "+++"}
    found = contrast(calls("one", **whole), calls("one", **after))
    assert found.takes.startswith("A loss of the size seen on large (−20 points) would count from ")
    only = contrast(calls("one", gain=whole["gain"]), calls("one", gain=after["gain"]))
    assert only.takes.startswith("A gain of the size seen on gain (+30 points) would count from ")


def test_what_is_decided_comes_without_advice_to_look_further():
    found = contrast(calls("one", rule="+" * 10, other="+" * 10),
                 calls("one", rule="-" * 10, other="+" * 9 + "-"))  # fmt: skip
    assert (found.takes, found.sees) == ("", "")
    assert [f.repeats_to_count is None for f in found.findings] == [False, True]


def test_nothing_that_differed_leaves_nothing_to_count():
    assert ruled("+" * 20, "+" * 20).takes == ""


def test_enough_pairs_need_no_more():
    a = [call for n in range(4) for call in calls(f"s{n}", rule="+" * 300)]
    assert contrast(a, a).sees.endswith("would have been found (least sure: rule).")


def test_few_pairs_say_that_they_are_few():
    found = ruled("++", "+-")
    assert found.sentence == "No evidence that B (new) differs from A (old) in 2 pairs."
    assert found.sees == "These pairs are too few to show any difference."
    assert ruled("+", "-").sentence.endswith(" in 1 pair.")


def test_without_a_pair_that_counts_nothing_is_known():
    lost = [replace(call, status="socket_closed") for call in calls("one", rule="++")]
    found = contrast(calls("one", rule="++"), lost)
    assert found.verdict is ComparisonVerdict.NO_EVIDENCE
    known = "Nothing is known of B (new) beside A (old): no pair of calls counts."
    assert (found.sentence, found.takes, found.sees) == (known, "", "")


def test_a_scorer_of_few_pairs_is_named_and_the_others_speak_for_themselves():
    found = contrast(calls("one", rule="+" * 20, sore_point="++" + "." * 18),
                 calls("one", rule="+" * 19 + "-", sore_point="++" + "." * 18))  # fmt: skip
    assert found.findings[1].minimum_detectable is None
    assert found.sees.startswith(
        "For sore point these pairs are too few to show any; a difference of 40 points on any "
        "other scorer would have been found (least sure: rule); to see a difference of 5 points "
        "takes --repeat "
    )


def test_lists_read_as_spoken():
    assert [joined(list(w)) for w in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]
