"""Tests of which calls are compared, and which runs are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.two_runs import calls, run

from harness.errors import UsageError
from harness.results.compare.measures import (
    check_comparable,
    notes,
    pair_calls,
    settings_note,
    told_losses,
    voices_note,
)
from harness.results.model import Review

A = run(calls("one", rule="+++"), calls("two", rule="++"))
B = run(calls("one", rule="+-+"), calls("two", rule="-+"))


def told(results, prompt="p2"):
    """Return the same run of an agent with another prompt."""
    return replace(
        results, calls=tuple(replace(call, prompt_hash=prompt) for call in results.calls)
    )


def paired(a, b, **more):
    return pair_calls(a.calls, b.calls, **{"same_seeds": True, **more})


def test_calls_of_the_same_scenario_repeat_and_seed_are_a_pair():
    pairing = paired(A, B)
    assert [(p.a.scenario, p.a.repeat, p.b.repeat) for p in pairing.pairs] == [
        ("one", 0, 0), ("one", 1, 1), ("one", 2, 2), ("two", 0, 0), ("two", 1, 1)]  # fmt: skip
    assert pairing.unpaired == 0


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "other"},
        {"scenario": "other"},
        {"condition": "noise"},
        {"repeat": 9},
        {"seed": 99},
    ],
    ids=str,
)
def test_what_differs_in_more_than_the_agent_is_no_pair(change):
    first = replace(A.calls[0], **change)
    pairing = pair_calls(A.calls, (first, *A.calls[1:]), same_seeds=True)
    assert len(pairing.pairs) == 4
    assert pairing.unpaired == 2


def test_the_cells_of_a_matrix_are_paired_each_with_itself_in_older_results_too():
    cells = [calls("one", {"condition": c, "cell": c}, rule="++") for c in ("vad", "none")]
    older = [[replace(call, cell="") for call in group] for group in reversed(cells)]
    pairing = paired(run(*cells), run(*older))
    assert [(p.a.condition, p.b.condition) for p in pairing.pairs] == [
        ("vad", "vad"), ("vad", "vad"), ("none", "none"), ("none", "none")]  # fmt: skip
    assert pairing.unpaired == 0


def test_an_imported_call_is_known_by_its_name_whatever_stood_before_it():
    first = tuple(replace(call, call=f"00{call.seed}") for call in A.calls)
    later = tuple(replace(call, repeat=call.repeat + 1) for call in first)
    assert len(pair_calls(first, later, same_seeds=True).pairs) == 5
    renamed = tuple(replace(call, seed=call.seed + 9) for call in first)
    assert not pair_calls(first, renamed, same_seeds=False).pairs


def test_an_agent_against_itself_is_paired_across_seeds():
    other = tuple(replace(call, seed=call.seed + 3) for call in A.calls)
    assert not pair_calls(A.calls, other, same_seeds=True).pairs
    assert len(pair_calls(A.calls, other, same_seeds=False).pairs) == 5


def test_another_prompt_or_another_target_may_be_compared():
    check_comparable(A, told(B), paired(A, told(B)), again=False)
    elsewhere = replace(B, target_settings={"target": "x", "model": "other"})
    check_comparable(A, elsewhere, paired(A, elsewhere), again=False)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (B, "A and B are the same agent: same target settings, same prompt; .*--aa"),
        (replace(B, target="copy", target_settings={"target": "copy", "model": "reference"}),
         "same agent"),
        (run(calls("three", rule="+")), "no call in common"),
        (told(run(calls("one", rule="+++"))), None),
    ],
)  # fmt: skip
def test_the_same_agent_and_strangers_are_refused(other, message):
    if message is None:
        other = replace(other, calls=tuple(replace(c, scenario_hash="s2") for c in other.calls))
        message = "not the same test in both runs: 'one' changed in between"
    with pytest.raises(UsageError, match=message):
        check_comparable(A, other, paired(A, other), again=False)


def test_runs_without_settings_are_told_apart_by_the_targets_name():
    old, new = (replace(one, target_settings={}) for one in (A, B))
    with pytest.raises(UsageError, match="same agent"):
        check_comparable(old, new, paired(old, new), again=False)
    check_comparable(old, replace(new, target="other"), paired(old, new), again=False)


def test_the_third_of_three_is_refused_by_its_own_letter():
    with pytest.raises(UsageError, match="A and C are the same agent"):
        check_comparable(A, B, paired(A, B), again=False, other="C")


def test_an_agent_against_itself_is_meant_with_aa():
    check_comparable(A, B, paired(A, B), again=True)


def test_scorers_of_other_versions_are_named():
    newer = told(B)
    first = newer.calls[0]
    scores = tuple(replace(score, version=3) for score in first.scores)
    newer = replace(newer, calls=(replace(first, scores=scores), *newer.calls[1:]))
    with pytest.raises(UsageError, match="other versions: rule 1 → 3; `harness score`"):
        check_comparable(A, newer, paired(A, newer), again=False)


def test_many_changed_scenarios_are_named_shortly():
    many = [calls(f"s{n}", rule="+") for n in range(7)]
    a, b = run(*many), run(*many)
    b = replace(b, calls=tuple(replace(call, scenario_hash="s2") for call in b.calls))
    with pytest.raises(UsageError, match="'s0', 's1', 's2', 's3', 's4' and 2 more changed"):
        check_comparable(a, b, paired(a, b), again=False)


def test_the_side_that_lost_calls_is_named_with_how_many_and_why():
    no_call = {"passed": None, "scores": ()}
    closed, spent = (
        replace(B.calls[at], status=status, status_detail="the budget was spent (1 USD)", **no_call)
        for at, status in ((0, "socket_closed"), (3, "not_called"))
    )
    b = replace(B, calls=(closed, *B.calls[1:3], spent, *B.calls[4:]))
    why = "1 connection closed during the call, 1 not called (the budget was spent)"
    told = f"A lost none of 5 calls; C lost 2 of 5 calls ({why}); 2 of 5 pairs left out."
    assert told_losses(A, b, paired(A, b), other="C") == told
    assert told_losses(b, A, paired(b, A)).startswith("A lost 2 of 5 calls (1 connection")


def test_a_side_that_was_stopped_is_named_and_whole_sides_are_not():
    stopped = replace(B, calls=B.calls[:1], interrupted=True)
    told = "A lost none of 5 calls; B lost none of 1 call and was stopped; 0 of 1 pairs left out."
    assert told_losses(A, stopped, paired(A, stopped)) == told
    assert told_losses(A, B, paired(A, B)) == ""


def test_what_is_left_out_is_told():
    lost = replace(B.calls[0], status="socket_closed")
    b = replace(B, calls=(lost, *B.calls[1:3]), clock="real")
    assert notes(A, b, paired(A, b)) == (
        "Only A has 'two'; what both have is compared.",
        "A was called in virtual time and B in real time: times are not comparable.",
    )
    shorter = replace(B, calls=B.calls[1:])
    assert notes(A, shorter, paired(A, shorter)) == (
        "Left out, having no like in the other run: 1 of all calls.",
    )
    assert notes(A, B, paired(A, B)) == ()


def test_verdicts_that_a_person_overturned_are_told_of_their_side():
    score = B.calls[0].scores[0]
    own = Review("Ana", "2026-04-25T10:03:12+00:00", "listened", "why", outcome="fail")
    over = replace(B.calls[0], scores=(replace(score, outcome="pass", review=own),))
    b = replace(B, calls=(over, *B.calls[1:]))
    told = f"A person overturned 1 verdict: {score.scorer.replace('_', ' ')} (fail → pass)."
    assert notes(A, b, paired(A, b)) == (f"B: {told}",)


def test_each_side_is_called_by_its_own_letter():
    c = run(calls("one", rule="+++"), calls("three", rule="++"))
    assert notes(A, replace(c, clock="real"), paired(A, c), other="C") == (
        "Only A has 'two'; what both have is compared.",
        "Only C has 'three'; what both have is compared.",
        "A was called in virtual time and C in real time: times are not comparable.",
    )


ONE = {"target": "x", "model": "one", "session": {"voice": "marin", "speed": None}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"target": "y"}, ""),
        ({"model": "two"}, "model one → two"),
        ({"session": {"voice": "cedar", "speed": 1.5}},
         "session.voice marin → cedar, session.speed none → 1.5"),
        ({"session": {}}, "session.voice marin → none"),
        ({str(n): n for n in range(7)},
         ", ".join(f"{n} none → {n}" for n in range(5)) + " and 2 more"),
    ],
)  # fmt: skip
def test_settings_in_which_agents_differ_are_named(change, told):
    a = replace(A, target_settings=ONE)
    b = replace(B, target_settings={**ONE, **change})
    wanted = (f"A and C differ in the target's settings ({told}).",) if told else ()
    assert settings_note(a, b, other="C") == wanted
    assert settings_note(a, replace(b, target_settings={}), other="C") == ()


def test_agents_that_differ_in_prompt_and_settings_may_differ_by_either():
    a = replace(A, target_settings=ONE)
    b = replace(told(B), target_settings={**ONE, "model": "two"})
    (said,) = notes(a, b, paired(a, b))
    assert said == (
        "A and B differ in the target's settings (model one → two), and in the prompt: "
        "a difference may come from either."
    )


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [("espeak 1.51", "espeak 1.51", False), ("espeak 1.51", "piper 1.2", True), ("", "x", False)],
)
def test_callers_that_other_engines_spoke_are_named(a, b, told):
    assert voices_note(a, b, other="B") == (
        (f"The callers of A were spoken by {a}, those of B by {b}: a difference may come from "
         "the callers.",) if told else ()
    )  # fmt: skip
