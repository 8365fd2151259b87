"""Two sets of calls of different callers: rates and means of independent calls."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from support.two_runs import calls, run

from harness.errors import UsageError
from harness.judging.scorers.time_to_first_audio import WITH_TOOL
from harness.results.compare.measures import CALLS
from harness.results.compare.noise_floor import (
    TwoSets,
    share_a_scenario,
    two_sets,
    unpaired_measures,
    unpaired_notes,
)
from harness.results.compare.power import Design
from harness.results.compare.store import ComparisonVerdict
from harness.results.compare.verdict import Names, Terms, judge
from harness.results.model import Review

NAMES = Names("A (march)", "B (april)", "b")


def sets(a: str, b: str, **waits: list[float]) -> TwoSets:
    """Return calls with these verdicts, and the seconds of each call's only answer."""
    sides = zip((a, b), (waits.get("wait_a"), waits.get("wait_b")), strict=True)
    return TwoSets(*(tuple(calls("s", {"waits": w} if w else {}, rule=v)) for v, w in sides))


def judged(of: TwoSets, **terms: float):
    (contrast,) = judge([(NAMES, of, ("note",))], Terms(**terms))
    return contrast, {(f.name, f.kind): f for f in contrast.findings}


def test_passes_that_halve_are_worse_by_calls_and_by_the_scorer() -> None:
    contrast, found = judged(sets("+" * 38 + "-" * 2, "+" * 15 + "-" * 21))
    assert (contrast.verdict, contrast.paired, contrast.calls) == (
        ComparisonVerdict.WORSE, False, (40, 36))  # fmt: skip
    assert contrast.sentence == (
        "B (april) is worse on calls (−53 points) and rule (−53 points) than A (march); "
        "the callers are different ones."
    )
    assert (contrast.takes, contrast.sees, contrast.flips, contrast.notes) == (
        "",
        "",
        (),
        ("note",),
    )
    one = found["rule", None]
    assert (one.calls_a, one.calls_b, one.pairs, one.lost, one.gained) == (40, 36, 0, 0, 0)
    assert (one.a, one.b, one.difference) == (0.95, 15 / 36, pytest.approx(15 / 36 - 0.95))
    # Wilson's bounds: 0.835 to 0.986 of 38 in 40, and 0.271 to 0.578 of 15 in 36
    assert one.low == pytest.approx(one.difference - math.hypot(0.1453, 0.0362), abs=1e-3)
    assert one.high == pytest.approx(one.difference + math.hypot(0.1613, 0.1150), abs=1e-3)
    assert one.p < 1e-5 < 0.05 > one.p_adjusted == pytest.approx(2 * one.p)


def test_the_reverse_is_better_and_alike_is_no_evidence() -> None:
    contrast, _ = judged(sets("+" * 15 + "-" * 21, "+" * 38 + "-" * 2))
    assert contrast.verdict is ComparisonVerdict.BETTER
    contrast, _ = judged(sets("+" * 38 + "-" * 2, "+" * 33 + "-" * 3))
    assert contrast.sentence == (
        "No evidence that B (april) differs from A (march) in 40 and 36 calls of different callers."
    )
    assert contrast.sees.startswith("A difference of 3")
    assert contrast.sees.endswith("would have been found (least sure: calls).")


def test_few_calls_show_nothing_and_a_side_without_calls_is_named() -> None:
    contrast, _ = judged(sets("+++", "---"))
    assert contrast.verdict is ComparisonVerdict.NO_EVIDENCE
    assert contrast.sees == "These calls are too few to show any difference."
    contrast, found = judged(sets("+++", ""))
    assert (contrast.sees, found) == ("", {})
    assert contrast.sentence == (
        "Nothing is known of B (april) beside A (march): one side has no valid call."
    )


def test_waits_are_means_of_calls_tested_without_pairs() -> None:
    quick = [1.0, 1.1, 0.9, 1.2, 1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.15, 1.0]
    slow = [one + 0.6 for one in quick]
    contrast, found = judged(sets("+" * 12, "+" * 12, wait_a=quick, wait_b=slow))
    one = found["time_to_first_audio", None]  # its verdicts come before its measured values
    assert one.verdict is ComparisonVerdict.WORSE
    assert one.difference == pytest.approx(0.6)
    assert one.low == pytest.approx(0.522, abs=2e-3)
    assert one.high == pytest.approx(0.678, abs=2e-3)
    assert one.median_difference == pytest.approx(0.6)
    assert one.minimum_detectable == pytest.approx(0.1 + 0.0373 * 2.89, abs=0.02)
    assert "time to first audio (+0.60 s)" in contrast.sentence


def test_answers_with_a_tool_are_compared_with_their_kind_only() -> None:
    """A set with more tool calls has longer waits, and is no slower for that."""

    def waits(*kinds: str):
        made = calls(
            "s", {"waits": [1.0 + 2.0 * bool(kind) for kind in kinds]}, rule="+" * len(kinds)
        )
        for number, kind in enumerate(kinds):
            score = made[number].scores[-1]
            (given,) = score.measurements
            values = tuple(replace(value, kind=kind) for value in given.values)
            scores = (replace(score, measurements=(replace(given, values=values),)),)
            made[number] = replace(made[number], scores=scores)
        return tuple(made)

    of = TwoSets(waits(*[""] * 9, WITH_TOOL), waits("", *[WITH_TOOL] * 9))
    found = {m.kind: m for m in unpaired_measures(of) if m.measure}
    assert {kind: (len(one.a), len(one.b)) for kind, one in found.items()} == {
        "": (9, 1), WITH_TOOL: (1, 9)}  # fmt: skip
    assert all(one.interval().mean == 0.0 for one in found.values())
    assert all(one.p(Design()) == 1.0 for one in found.values())
    assert all(one.detectable(Design()) is None for one in found.values())
    contrast, _ = judged(of)
    assert {one.kind for one in contrast.findings} == {None, WITH_TOOL}


def test_what_is_open_or_of_one_side_is_left_out() -> None:
    a = (*calls("s", rule="++?"), *calls("t", other="+"))
    found = {one.scorer: one for one in unpaired_measures(TwoSets(a, tuple(calls("s", rule="+."))))}
    assert {name: (len(one.a), len(one.b)) for name, one in found.items()} == {
        CALLS: (3, 1), "rule": (2, 1)}  # fmt: skip


def test_only_valid_calls_of_like_scorers_are_compared() -> None:
    a, b = run(calls("s", rule="++")), run(calls("s", rule="+-"))
    lost = replace(a, calls=(replace(a.calls[0], status="socket_closed"), a.calls[1]))
    assert two_sets(lost, b) == TwoSets((a.calls[1],), b.calls)
    newer = tuple(replace(c, scores=(replace(c.scores[0], version=2),)) for c in b.calls)
    with pytest.raises(UsageError, match=r"other versions: rule 1 → 2; `harness score`"):
        two_sets(a, replace(b, calls=newer))


def test_notes_say_that_the_callers_differ_and_what_else_does() -> None:
    a = run(calls("one", rule="+"), calls("two", rule="+"))
    b = run(calls("two", rule="-"), clock="real")
    own = Review("Ana", "2026-04-25T10:03:12+00:00", "listened", "why", outcome="pass")
    (call,) = b.calls
    b = replace(b, calls=(replace(call, scores=(replace(call.scores[0], review=own),)),))
    different = (
        "A and C are calls of different callers, so no call is compared with its like. "
        "A difference may come from the callers as well as from the agent."
    )
    assert unpaired_notes(a, b, other="C") == (
        different,
        "A has calls of 2 scenarios, C of 1 scenario, 1 of them in both: another mix of scenarios "
        "may explain a difference.",
        "A was called in virtual time and C in real time: times are not comparable.",
        "C: A person overturned 1 verdict: rule (pass → fail).",
    )
    assert unpaired_notes(a, a, other="C") == (different,)
    assert share_a_scenario(a, b)
    assert not share_a_scenario(run(calls("one", rule="+")), b)
