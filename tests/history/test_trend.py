"""Trends by night: rates with intervals, steps shared out over all series, extremes."""

from __future__ import annotations

import pytest
from support.nights import Nights, regressed, steady

from harness.history.extremes import LAST_NIGHTS, flakiest, slowest
from harness.history.series import by_group
from harness.history.store import History
from harness.history.trend import trends
from harness.results.rates import rate


@pytest.fixture(scope="module")
def history() -> History:
    return Nights(
        chance=regressed, prompt=lambda night: ("1" if night < 61 else "2") * 64
    ).history()


def test_the_planted_step_stands_in_the_right_series_alone(history):
    (trend,) = trends(history)
    stepped = {
        (r.scorer, r.scenario): [s.index for s in r.steps]
        for r in trend.rates + trend.scenarios
        if r.steps
    }
    assert set(stepped) == {
        (None, None), ("write_confirmation", None), (None, "confirmed cancellation"),
    }  # fmt: skip
    assert stepped[None, "confirmed cancellation"] == [60]
    assert [one.night for one in trend.changed] == [trend.nights[60].night]


def test_a_nights_rate_is_counted_from_its_calls(history):
    (trend,) = trends(history)
    calls = [kept.call for kept in trend.nights[5].calls]
    judged = [call.passed for call in calls if call.status == "completed"]
    assert trend.rates[0].rates[5] == rate(sum(judged), len(judged))
    assert len(trend.rates) == 1 + 7
    assert all(len(one.rates) == 90 for one in trend.rates)


def test_latency_percentiles_are_withheld_where_a_night_has_too_few():
    (trend,) = trends(Nights(nights=2, repeats=1, scenarios=("hold music",), spoilt=0.0).history())
    assert [(one.count, one.p95) for one in trend.latency] == [(4, None)] * 2
    assert all(one.p50 is not None for one in trend.latency)


def test_steady_histories_rarely_show_a_step_anywhere():
    """Of 12 histories with 20 series each, more than 3 with a step were too many for 5 %."""
    alarms = sum(
        any(one.steps for trend in trends(history) for one in (*trend.rates, *trend.scenarios))
        for history in (Nights(nights=30, repeats=2, seed=seed).history() for seed in range(12))
    )
    assert alarms <= 3


def test_an_empty_history_has_no_trends():
    assert trends(History("x", (), ())) == ()


def test_the_flakiest_scenario_comes_first_and_a_steady_one_not_at_all():
    def chance(night: int, scenario: str, scorer: str) -> float:
        if scorer != "preamble":
            return 1.0
        return {"hold music": 0.5, "very angry": 0.85}.get(scenario, 1.0)

    history = Nights(nights=20, chance=chance, spoilt=0.0).history()
    ((group, nights),) = by_group(history).items()
    found = flakiest(group, nights)
    assert [flaky.scenario for flaky in found] == ["hold music", "very angry"]
    assert found[0].rate.counted == LAST_NIGHTS * 3
    assert found[0].nights == LAST_NIGHTS


def test_what_broke_with_a_change_is_not_called_flaky():
    def chance(night: int, scenario: str, scorer: str) -> float:
        return 0.0 if night >= 15 and scorer == "preamble" else 1.0

    broken = Nights(nights=20, chance=chance, spoilt=0.0, prompt=lambda night: str(night >= 15))
    ((group, nights),) = by_group(broken.history()).items()
    assert flakiest(group, nights) == ()


def test_the_slowest_scenarios_are_of_the_last_nights_and_link_their_slowest_call():
    history = Nights(nights=20, spoilt=0.0, chance=steady).history()
    ((group, nights),) = by_group(history).items()
    found = slowest(group, nights)
    medians = [slow.waits.p50 for slow in found]
    assert medians == sorted(medians, reverse=True)
    assert {slow.waits.count for slow in found} == {LAST_NIGHTS * 3 * 4}
    longest, page = max(
        (wait["took_s"], kept.page)
        for night in nights[-LAST_NIGHTS:]
        for kept in night.calls
        if kept.call.scenario == found[0].scenario
        for score in kept.call.scores
        for wait in score.details.get("waits", ())
    )
    assert (found[0].waits.max, found[0].page) == (pytest.approx(longest), page)


def test_calls_that_never_took_place_are_neither_slow_nor_flaky():
    history = Nights(nights=3, spoilt=1.0).history()
    ((group, nights),) = by_group(history).items()
    assert slowest(group, nights) == ()
    assert flakiest(group, nights) == ()
