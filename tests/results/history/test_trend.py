"""Trends by night: rates with intervals, steps shared out over all series, extremes."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType

import pytest
from support.measured import with_measurements
from support.nights import Nights, regressed, steady

from harness.report.history.tables import night_rows, worst_tables
from harness.results.history.cost import cost
from harness.results.history.series import by_group
from harness.results.history.store import History
from harness.results.history.trend import LAST_NIGHTS, flakiest, trends, worst
from harness.results.model import CallResult, ScoreResult
from harness.results.rates import rate

TTFA = "time_to_first_audio"


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
    (waits,) = trend.measures
    assert waits.measure.name == "time_to_first_audio"
    assert [(one.count, one.p95) for one in waits.spreads] == [(4, None)] * 2
    assert all(one.p50 is not None for one in waits.spreads)


def test_steady_histories_rarely_show_a_step_anywhere():
    """Of 12 histories with 20 series each, more than 3 with a step were too many for 5 %."""
    alarms = sum(
        any(one.steps for trend in trends(history) for one in (*trend.rates, *trend.scenarios))
        for history in (Nights(nights=30, repeats=2, seed=seed).history() for seed in range(12))
    )
    assert alarms <= 3


def test_a_night_of_silence_is_no_quick_night():
    """Turns without an answer are waits without end, as in the report of the run."""
    (entry,) = Nights(nights=1, repeats=4, spoilt=0.0).history().entries
    silent = {"waits": [{"from_s": 3.0, "took_s": None, "talk_over_s": None}]}
    calls = tuple(
        replace(
            call,
            scores=tuple(
                with_measurements(replace(score, passed=False, details=silent))
                if score.scorer == "time_to_first_audio" and number % 2
                else score
                for score in call.scores
            ),
        )
        for number, call in enumerate(entry.results.calls)
    )
    history = History("x", (replace(entry, results=replace(entry.results, calls=calls)),), ())
    (trend,) = trends(history)
    (night,) = trend.measures[0].spreads
    assert night.missing == 24
    assert (night.count, night.p95) == (24 * 4 + 24, None)
    (row,) = night_rows(trend, [cost([], None)], "", str)
    assert row.measured[0][1] == "unanswered"


def instructions(history: History) -> int:
    """Return how many instructions of Python the trends take; no clock, so no noise."""
    done = 0

    def trace(frame: FrameType, event: str, argument: object) -> object:
        nonlocal done
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        done += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        trends(history)
    finally:
        sys.settrace(before)
    return done


def test_the_work_grows_as_the_scenarios_and_not_as_their_square():
    """Four times as many more scenarios take four times as much more work; a square, 16 times."""

    def work(scenarios: int) -> int:
        names = tuple(f"s{number}" for number in range(scenarios))
        nights = Nights(nights=8, repeats=1, spoilt=0.0, scenarios=names, scorers=("preamble",))
        return instructions(nights.history())

    work(10)  # imports and caches happen once
    few, more, many = work(10), work(40), work(160)
    assert many - more < 5 * (more - few)


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
    found = worst(group, nights)
    medians = [slow.spread.p50 for slow in found]
    assert medians == sorted(medians, reverse=True)
    assert {slow.spread.count for slow in found} == {LAST_NIGHTS * 3 * 4}
    longest, page = max(
        (wait["took_s"], kept.page)
        for night in nights[-LAST_NIGHTS:]
        for kept in night.calls
        if kept.call.scenario == found[0].scenario
        for score in kept.call.scores
        for wait in score.details.get("waits", ())
    )
    assert (found[0].spread.max, found[0].page) == (pytest.approx(longest), page)


def silenced(call: CallResult) -> CallResult:
    waits = [{"text": "Hello?", "took_s": None}]
    silent = with_measurements(
        ScoreResult(TTFA, 1, "fail", False, None, "s", "no answer", (), {"waits": waits})
    )
    others = tuple(score for score in call.scores if score.scorer != TTFA)
    return replace(call, scores=(*others, silent))


def test_a_scenario_that_is_not_answered_is_the_slowest_of_all():
    history = Nights(nights=2, spoilt=0.0, chance=steady).history()
    entries = tuple(
        replace(
            entry,
            results=replace(
                entry.results,
                calls=tuple(
                    silenced(call) if call.scenario == "very angry" else call
                    for call in entry.results.calls
                ),
            ),
        )
        for entry in history.entries
    )
    ((group, nights),) = by_group(replace(history, entries=entries)).items()
    first, *others = worst(group, nights)
    assert (first.scenario, first.spread.p50, first.spread.missing) == ("very angry", None, 6)
    assert all(slow.spread.p50 is not None for slow in others)
    found = trends(replace(history, entries=entries))
    assert worst_tables(found, str)[0].rows[0].values == (
        "unanswered", "withheld (n = 6)", "unanswered", "6",
    )  # fmt: skip


def test_calls_that_never_took_place_are_neither_slow_nor_flaky():
    history = Nights(nights=3, spoilt=1.0).history()
    ((group, nights),) = by_group(history).items()
    assert worst(group, nights) == ()
    assert flakiest(group, nights) == ()
