"""A server that is full: when connections may be begun, by a clock that is an argument."""

from __future__ import annotations

import itertools
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.transport.retry import FREE_PER_S, SLOWEST_PER_S, Admission


def test_nobody_is_held_back_before_the_first_refusal():
    rule = Admission()
    for now_s in (0.0, 0.0, 0.1):
        assert rule.due_s(now_s) <= now_s
        rule.began(now_s)


@pytest.mark.parametrize(
    ("refusals", "shut_until_s"),
    [
        ([(0.0, 5.0, 1.0)], 5.0),
        ([(0.0, 5.0, 1.4)], 7.0),
        ([(0.0, 0.0, 1.0)], 1.0),
        ([(0.0, 0.0, 1.0), (1.0, 0.0, 1.0)], 3.0),
        ([(0.0, 0.0, 1.0), (1.0, 0.0, 1.0), (3.0, 0.0, 1.0)], 7.0),
        ([(0.0, 0.0, 1.0), (0.1, 0.0, 1.0), (0.2, 0.0, 1.0)], 1.2),  # begun together: one refusal
        ([(0.0, 5.0, 1.0), (1.0, 1.0, 1.0)], 5.0),  # the later end holds
    ],
)
def test_after_a_refusal_nobody_begins_before_the_time_is_over(refusals, shut_until_s):
    rule = Admission()
    for at_s, again_s, longer in refusals:
        rule.began(at_s)
        rule.refused(at_s, again_s, longer=longer)
    assert isclose(rule.due_s(refusals[-1][0]), shut_until_s)
    assert rule.is_shut(shut_until_s - 0.01)
    assert not rule.is_shut(shut_until_s)


def test_then_they_come_slowly_and_one_more_a_second_for_each_that_was_let_in():
    rule = Admission()
    rule.refused(0.0, 10.0)
    begun, now_s = [], 0.0
    while len(begun) < 25:
        now_s = max(now_s, rule.due_s(now_s))
        rule.began(now_s)
        rule.let_in(now_s)
        begun.append(now_s)
    assert begun[0] == 10.0
    gaps = [later - first for first, later in itertools.pairwise(begun)]
    steps = int(FREE_PER_S / SLOWEST_PER_S)
    assert gaps[: steps - 2] == pytest.approx([1 / (2 + step) for step in range(steps - 2)])
    assert gaps[steps:] == [0.0] * len(gaps[steps:])


def test_one_that_was_begun_before_the_refusal_and_is_let_in_behind_it_opens_nothing():
    rule = Admission()
    rule.refused(0.0, 10.0)
    rule.let_in(0.1)
    assert rule.due_s(0.1) == 10.0
    rule.began(10.0)
    assert rule.due_s(10.0) == 11.0


@pytest.mark.parametrize(
    ("here_since_s", "let_in_s", "in_vain_s"),
    [(0.0, None, 30.0), (10.0, None, 20.0), (0.0, 5.0, 20.0), (28.0, 5.0, 2.0)],
)
def test_the_patience_of_a_call_begins_anew_whenever_the_server_lets_somebody_in(
    here_since_s, let_in_s, in_vain_s
):
    rule = Admission()
    if let_in_s is not None:
        rule.let_in(let_in_s + 5)
    rule.refused(10.0, 20.0)
    assert rule.in_vain_s(here_since_s) == in_vain_s


@given(
    st.lists(
        st.tuples(st.sampled_from(["refused", "let_in", "began"]), st.floats(0, 20)), max_size=40
    )
)
def test_whatever_happens_nobody_begins_while_the_server_is_full(happened):
    rule, now_s, full_until_s = Admission(), 0.0, 0.0
    for what, seconds in happened:
        now_s = max(now_s + seconds / 10, rule.due_s(now_s) if what == "began" else 0.0)
        if what == "refused":
            full_until_s = max(full_until_s, now_s + rule.refused(now_s, seconds))
        elif what == "let_in":
            rule.let_in(now_s)
        else:
            assert now_s >= full_until_s
            rule.began(now_s)
        assert rule.due_s(now_s) >= min(now_s, full_until_s)
