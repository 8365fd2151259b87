"""Nightly runs with lost calls: shown as incomplete wherever a run is shown, never as a pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.nights import Nights, night_name

from harness.report.history.tables import summary_lines
from harness.report.history.view import RunPages, history_page, write_history
from harness.results.aggregate import summarize
from harness.results.history.store import AHEAD, History, HistoryEntry, Skipped
from harness.results.history.trend import trends

STOPPED = {"status": "not_called", "status_detail": "the run was stopped before this call"}
CLOSED = {"status": "socket_closed", "status_detail": "1006: what the server said"}
TOO_LATE = {"status": "timing_invalid", "status_detail": "late by 0.3 s"}
JUDGED = "14 of 36 calls judged, 22"


def nowhere(page: str) -> str:
    return ""


def good(nights: int = 12, **more) -> History:
    return Nights(nights=nights, chance=lambda *_: 1.0, spoilt=0.0, **more).history()


def cut(entry: HistoryEntry, kept: int, lost: dict[str, str] | None, *, stopped: bool = False):
    """Return a run of which only the first calls were judged; ``lost`` None drops the others."""
    made = list(entry.results.calls[:kept])
    for call in entry.results.calls[kept:] if lost else ():
        made.append(replace(call, **lost, passed=None, scores=(), usage=None, duration_s=None))
    results = replace(
        entry.results, calls=tuple(made), summary=summarize(tuple(made)), interrupted=stopped
    )
    return replace(entry, results=results)


def with_last(history: History, last: HistoryEntry) -> History:
    return replace(history, entries=(*history.entries[:-1], last))


@pytest.mark.parametrize(
    ("lost", "stopped", "told"),
    [
        (STOPPED, True, f"{JUDGED} not called (the run was stopped before this call)"),
        (CLOSED, False, f"{JUDGED} connection closed during the call"),
        (TOO_LATE, False, f"{JUDGED} the harness was too late to judge the agent by"),
        (None, True, "the run was stopped, and what it did not come to is not listed"),
    ],
    ids=["stopped", "closed", "too late", "stopped, of an older harness"],
)
def test_a_night_with_lost_calls_is_told_as_incomplete_and_is_no_pass(
    tmp_path, lost, stopped, told
):
    history = good()
    history = with_last(history, cut(history.entries[-1], 14, lost, stopped=stopped))
    page = history_page(history, nowhere, prices=None)
    assert page.headline.tone == "review"
    assert page.headline.sentence == (
        f"The last night is incomplete: {told}. 12 nights: no evidence of any change."
    )
    (group,) = page.groups
    assert [row.lacking for row in group.rows] == [told] + [""] * 11
    for chart in group.charts:
        for line in chart.lines:
            *before, last = line.points
            assert last.incomplete == (told in last.text) == (last.x == 350.0)
            assert not any(point.incomplete for point in before)
    assert f"incomplete: {told}. Last judged 100 %" in group.charts[0].description
    text = write_history(history, RunPages(tmp_path), prices=None).read_text()
    assert '<h1 class="headline review">' in text
    assert 'circle class="incomplete"' in text
    assert "what the server said" not in text
    lines = list(summary_lines(history, None))
    assert lines[0].startswith(
        "order desk at staging: 12 nights, the last 2026-02-12 02:00 UTC, inc"
    )
    assert lines[1] == f"  {told}"


def test_a_whole_night_is_told_as_before_also_after_an_incomplete_one():
    history = good()
    third = cut(history.entries[2], 14, STOPPED, stopped=True)
    page = history_page(
        replace(history, entries=(*history.entries[:2], third, *history.entries[3:])),
        nowhere,
        prices=None,
    )
    assert page.headline.tone == "pass"
    assert sum(bool(row.lacking) for row in page.groups[0].rows) == 1
    assert not any("incomplete" in line for line in summary_lines(history, None))


def test_what_fails_in_an_incomplete_night_comes_first():
    history = Nights(nights=1, chance=lambda *_: 0.0, spoilt=0.0).history()
    history = with_last(history, cut(history.entries[-1], 1, STOPPED, stopped=True))
    headline = history_page(history, nowhere, prices=None).headline
    assert headline.sentence.startswith(
        "Scenario 'straight look-up' (order desk at staging) failed 1"
    )
    assert "The last night is incomplete: 1 of 36 calls judged, 35 not called" in headline.sentence


def test_runs_of_the_last_night_that_are_not_there_are_told():
    history = good(targets=("one", "two"))
    first = cut(history.entries[-2], 36, STOPPED, stopped=True)
    stopped = replace(history, entries=(*history.entries[:-2], first))
    told = "it did not come to order desk at two."
    page = history_page(stopped, nowhere, prices=None)
    assert page.headline.tone == "review"
    assert told in page.headline.sentence
    assert list(summary_lines(stopped, None))[-1] == f"The last night is incomplete: {told}"


@pytest.mark.parametrize(
    ("place", "reason", "tone"),
    [
        (f"{night_name(13)}/order-desk.staging", "no results.json", "review"),
        (f"{night_name(12)}/other/results.json", "not JSON", "review"),
        (f"{night_name(11)}/other/results.json", "not JSON", "pass"),
        (f"{night_name(99)}/other", AHEAD, "pass"),
        ("notes/of mine", "not a night", "pass"),
        ("notes", "not a night", "pass"),
    ],
)
def test_a_run_of_the_last_night_that_cannot_be_read_makes_it_incomplete(place, reason, tone):
    history = replace(good(), skipped=(Skipped(place, reason),))
    headline = history_page(history, nowhere, prices=None).headline
    assert headline.tone == tone
    assert (f"{place} has no results to read" in headline.sentence) == (tone == "review")


def test_incomplete_nights_are_no_step_and_no_change():
    """The scenarios of the second half always fail; the last nights did not come to them."""
    never = ("change of address", "asked for a human", "very angry", "hold music")
    history = Nights(
        nights=30, chance=lambda night, scenario, scorer: float(scenario not in never), spoilt=0.0
    ).history()
    halves = [cut(entry, 18, STOPPED, stopped=True) for entry in history.entries[-6:]]
    (trend,) = trends(replace(history, entries=(*history.entries[:-6], *halves)))
    assert trend.rates[0].rates[-1].rate == 1.0
    assert not any(rate.steps for rate in (*trend.rates, *trend.scenarios))
    assert not trend.changed
