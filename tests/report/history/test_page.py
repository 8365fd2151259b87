"""The history page: its text, its links, and that no text of a call is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.nights import Chance, Nights, night_name, regressed
from support.synthetic_run import HOSTILE, good_call

from harness.errors import StorageFailed
from harness.judging.scorers.base import Better, Measure
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.figures import money
from harness.report.history.charts import (
    BOX,
    NightAxis,
    amount_chart,
    measure_trend_chart,
    rate_chart,
)
from harness.report.history.tables import summary_lines
from harness.report.history.view import RunPages, history_page, write_history, write_history_file
from harness.report.pages import Link, PageFrame, render
from harness.results.history.cost import ModelPrices, Prices
from harness.results.history.steps import find_steps
from harness.results.history.store import History, HistoryEntry, Skipped
from harness.results.history.trend import MeasureTrend
from harness.results.model import AgentPrompt
from harness.results.rates import percentiles, rate

PRICES = Prices(format=1, models={"gpt-realtime-2": ModelPrices(input_text=4.0, input_audio=32.0)})


def prompt(night: int) -> str:
    return ("a" if night < 61 else "b") * 64


@pytest.fixture(scope="module")
def history() -> History:
    return Nights(chance=regressed, prompt=prompt).history()


def everywhere(page: str) -> str:
    return page


def nowhere(page: str) -> str:
    return ""


# --- text of the page ----------------------------------------------------------------------------


def test_the_page_says_what_got_worse_and_what_changed_that_night(history):
    page = history_page(history, everywhere, prices=None)
    assert page.headline.tone == "fail"
    assert "Write confirmation got worse on 2026-04-02 and stayed so" in page.headline.sentence
    rows = {row.series: row for row in page.steps}
    assert set(rows) == {"whole calls", "write confirmation", "confirmed cancellation"}
    row = rows["confirmed cancellation"]
    assert (row.night, row.tone) == ("2026-04-02", "fail")
    assert row.reasons == ("prompt changed: aaaaaaaaaaaa → bbbbbbbbbbbb",)
    assert row.href == f"{night_name(61)}/order-desk.staging/index.html"


def only(worse: dict[str, str], better: str = "") -> Chance:
    """From night 21 on each of these scenarios fails a scorer, and another no longer does."""

    def chance(night: int, scenario: str, scorer: str) -> float:
        failed = worse.get(scenario) == scorer and night >= 21
        return float(
            not failed and not (scenario == better and scorer == "preamble" and night < 21)
        )

    return chance


HEADLINES = [
    # a scenario got worse and another better: no scorer's rate over all scenarios has a step
    (only({"hold music": "preamble"}, "very angry"), "Scenario 'hold music' got worse", ""),
    (only({"hold music": "preamble"}), "Preamble got worse", " (1 more below)"),
    (
        only({"hold music": "preamble", "small refund": "escalation"}),
        "Escalation got worse", " (3 more below)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("chance", "worse", "more"), HEADLINES)
def test_the_headline_names_the_scorer_or_else_the_scenario_that_got_worse(chance, worse, more):
    scenarios = ("hold music", "very angry", "small refund")
    history = Nights(nights=40, repeats=2, scenarios=scenarios, spoilt=0.0, chance=chance).history()
    headline = history_page(history, nowhere, prices=None).headline
    assert headline.tone == "fail"
    assert headline.sentence.startswith(f"{worse} on 2026-02-21 and stayed so: 100 % → ")
    assert headline.sentence.endswith(f", order desk at staging{more}.")


def test_a_steady_history_is_told_as_no_evidence():
    history = Nights(nights=12, repeats=1, spoilt=0.0, chance=lambda *_: 1.0).history()
    page = history_page(history, nowhere, prices=None)
    assert page.headline.tone == "pass"
    assert page.headline.sentence == "12 nights: no evidence of any change."
    assert page.steps == ()


def breaking(good: int, bad: int, **more: Any) -> History:
    """Return nights in which a scenario fails every call after the good nights; others pass."""

    def chance(night: int, scenario: str, scorer: str) -> float:
        return float(night <= good or scenario != "hold music" or scorer != "preamble")

    settled = {"scenarios": ("hold music", "very angry"), "spoilt": 0.0} | more
    return Nights(
        nights=good + bad, chance=chance, prompt=lambda night: "a" if night <= good else "b",
        **settled,
    ).history()  # fmt: skip


# good nights, bad nights, state, the text about the scenario
FAILING = [
    (4, 6, "fail", "failed every call for 6 nights, since 2026-02-05; prompt changed that night"),
    (4, 1, "review", "failed 3 of 3 calls on 2026-02-05; prompt changed that night"),
    (0, 5, "fail", "failed every call in each of the 5 nights, since 2026-02-01"),
]


@pytest.mark.parametrize(("good", "bad", "state", "told"), FAILING)
def test_what_failed_last_night_is_the_headline_even_without_a_step(good, bad, state, told):
    history = breaking(good, bad)
    page = history_page(history, nowhere, prices=None)
    assert page.steps == ()
    assert page.headline.tone == state
    where = "order desk at staging"
    assert page.headline.sentence == f"Scenario 'hold music' ({where}) {told}."
    (row,) = page.failing
    assert (row.scenario, row.group, row.told) == ("hold music", where, told)
    assert row.reasons == (("prompt changed: a → b",) if good else ())
    assert f"  hold music {told}" in list(summary_lines(history, None))


def test_the_page_shows_what_failed_beside_the_missing_evidence(tmp_path):
    text = write_history(breaking(4, 6), RunPages(tmp_path), prices=None).read_text()
    assert '<h1 class="headline fail">' in text
    assert "What failed last night" in text
    assert "at a limit shared by all series of this page" in text
    quiet = write_history(breaking(10, 0), RunPages(tmp_path), prices=None).read_text()
    assert "What failed last night" not in quiet


def test_a_failing_scenario_that_fails_for_another_reason_says_so():
    def entries(reasons: Sequence[str]) -> History:
        kept = breaking(2, len(reasons), repeats=2, spoilt=0.0).entries
        return History("x", tuple(
            replace(entry, results=replace(entry.results, calls=tuple(
                replace(call, scores=tuple(
                    replace(score, reason=reasons[night - 2]) if score.passed is False else score
                    for score in call.scores
                ))
                for call in entry.results.calls
            )))
            for night, entry in enumerate(kept)
        ), ())  # fmt: skip

    def new(*reasons: str) -> tuple[str, ...]:
        (row,) = history_page(entries(reasons), nowhere, prices=None).failing
        return row.new

    assert new("took 3 s") == ()
    assert new("took 3 s", "took 4 s") == ()
    assert new("took 3 s", "took 4 s; never ended") == ("preamble: never ended",)
    assert new("never ended", "took 3 s", "never ended") == ()


@pytest.mark.parametrize(
    ("texts", "reason", "kinds"),
    [
        (("Be kind.\nRead it back.", "Be kind."), "prompt changed in 1 line", ["kept", "removed"]),
        (("Be kind.", "Be kind."), "prompt changed: a → b", []),
        (("Be kind.|1", "Be kind.|2"), "tools: look_up changed", []),
        (("", "Be kind."), "prompt changed: a → b", []),
    ],
)
def test_the_lines_of_the_prompt_that_changed_are_shown_in_place_of_hashes(texts, reason, kinds):
    def prompt_of(folder: str) -> AgentPrompt | None:
        text, *tools = texts[folder >= night_name(5)].split("|")
        return AgentPrompt("", text, {"look_up": tools[0]} if tools else {}) if text else None

    page = history_page(breaking(4, 6), nowhere, prices=None, prompt_of=prompt_of)
    (row,), (group,) = page.failing, page.groups
    assert row.reasons == (reason,)
    assert [line.kind for line in row.diff if line.kind != "gap"] == kinds
    assert [(one.changes, one.diff) for one in group.changes] == [((reason,), row.diff)]
    text = render("history.html.j2", PageFrame((Link("History"),)), page=page)
    assert text.count("<del>") == 2 * kinds.count("removed")


def test_prompts_are_read_from_the_recordings_that_are_there(tmp_path):
    pages = RunPages(tmp_path)
    assert pages.prompt_of("2026-02-01T02-00-00Z/run/calls/a/001") is None
    recording = good_call().recording("a", seed=7, status=CallStatus.COMPLETED)
    write_recording(tmp_path / "calls/a", recording)
    found = pages.prompt_of("calls/a")
    assert found is not None
    assert found.instructions == recording.manifest.instructions


def without_scenario(history: History, name: str) -> History:
    """Return a history whose last night did not call a scenario."""
    last = history.entries[-1]
    calls = tuple(call for call in last.results.calls if call.scenario != name)
    return replace(
        history,
        entries=(*history.entries[:-1], replace(last, results=replace(last.results, calls=calls))),
    )


def test_a_scenario_that_was_dropped_fails_no_more_but_one_cut_off_by_an_interruption_does():
    dropped = without_scenario(breaking(4, 6), "hold music")
    assert history_page(dropped, nowhere, prices=None).headline.tone == "pass"
    last = dropped.entries[-1]
    cut = replace(last, results=replace(last.results, interrupted=True))
    cut_off = replace(dropped, entries=(*dropped.entries[:-1], cut))
    assert history_page(cut_off, nowhere, prices=None).headline.tone == "fail"


def test_a_target_that_was_not_called_for_long_fails_no_more():
    old = breaking(4, 3, targets=("old",)).entries
    fine = Nights(
        nights=30, repeats=1, scenarios=("hold music",), spoilt=0.0, chance=lambda *_: 1.0
    )
    history = History("x", tuple(sorted((*old, *fine.history().entries), key=_night)), ())
    assert history_page(history, nowhere, prices=None).headline.tone == "pass"


def _night(entry: HistoryEntry) -> str:
    return entry.night


def test_of_many_failing_scenarios_the_terminal_names_the_gravest():
    names = tuple(f"scenario {number:02d}" for number in range(13))
    history = Nights(
        nights=1, repeats=1, scenarios=names, spoilt=0.0, chance=lambda *_: 0.0
    ).history()
    lines = list(summary_lines(history, None))
    assert sum("failed 1 of 1 call on 2026-02-01" in line for line in lines) == 10
    assert "  and 3 more failing scenarios" in lines
    headline = history_page(history, nowhere, prices=None).headline
    assert headline.sentence.endswith(" (12 more below).")


def test_minutes_are_named_for_what_they_are(tmp_path):
    (row,) = history_page(breaking(4, 0), nowhere, prices=None).costs
    # 4 nights, 2 scenarios, 3 calls of 30 s of which the agent speaks 11 s
    assert (row.streamed, row.spoken) == ("12.0", "4.4")
    text = write_history(breaking(4, 0), RunPages(tmp_path), prices=None).read_text()
    assert "Minutes streamed to the agent (whole calls), all nights" in text
    assert "Minutes spoken by the agent, all nights" in text


def test_what_got_better_again_is_no_failure():
    def outage(night: int, scenario: str, scorer: str) -> float:
        return 0.0 if 21 <= night <= 35 else 1.0

    history = Nights(nights=60, chance=outage, scenarios=("hold music",), spoilt=0.0).history()
    page = history_page(history, nowhere, prices=None)
    assert page.headline.tone == "pass"
    assert "whatever got worse got better again" in page.headline.sentence


def test_every_night_stands_in_the_table_newest_first(history):
    (group,) = history_page(history, everywhere, prices=PRICES).groups
    assert [row.night[:10] for row in group.rows] == [
        night[:10] for night in reversed(history.nights)
    ]
    changed = [row.night[:10] for row in group.rows if row.changes]
    assert changed == ["2026-04-02"]
    assert all(row.amount.endswith(" USD") for row in group.rows)


def test_costs_need_prices_and_name_what_has_none(history):
    priced = history_page(history, nowhere, prices=PRICES)
    assert priced.costs[0].unpriced.startswith("output text of gpt-realtime-2")
    assert all(amount.endswith("USD") for amount in priced.costs[0].amounts)
    unpriced = history_page(history, nowhere, prices=None)
    assert [chart.title for chart in priced.groups[0].charts][-1] == "Cost, USD"
    assert [chart.title for chart in unpriced.groups[0].charts][-1] == "Tokens"


def test_a_service_that_tells_no_usage_has_no_cost():
    entries = Nights(nights=2, repeats=1).history().entries
    entries = tuple(
        replace(
            entry,
            results=replace(
                entry.results,
                calls=tuple(replace(call, usage=None) for call in entry.results.calls),
            ),
        )
        for entry in entries
    )
    page = history_page(History("x", entries, ()), nowhere, prices=PRICES)
    assert page.costs == ()
    assert "Cost, USD" not in [chart.title for chart in page.groups[0].charts]


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "unknown"), (0.0, "0.00 USD"), (0.01234, "0.0123 USD"), (1234.5, "1,234.50 USD")],
)
def test_money_is_written_with_the_digits_it_needs(amount, text):
    assert money(amount, amount, "USD") == text


def test_money_is_a_range_where_nobody_knows_better_and_a_dash_where_nobody_asked():
    assert money(2.5, 0.5, "USD") == "0.50–2.50 USD"
    assert money(2.501, 2.5, "USD") == "2.50 USD"
    assert money(2.5, 0.5, "") == "–"


def test_the_terminal_summary_tells_the_last_night_and_the_last_steps(history):
    text = "\n".join(summary_lines(history, None))
    assert "order desk at staging: 90 nights, the last 2026-05-01 02:00 UTC" in text
    assert "  confirmed cancellation got worse on 2026-04-02" in text
    assert list(summary_lines(History("here", (), ()), None)) == ["history here holds no runs yet"]


# --- pictures ------------------------------------------------------------------------------------

DAYS = [(night_name(number), f"{number}") for number in (1, 2, 4)]


def test_nights_stand_where_their_time_is():
    axis = NightAxis([night for night, _ in DAYS])
    first, second, last = (axis.x(night) for night, _ in DAYS)
    assert last - second == pytest.approx(2 * (second - first), abs=0.2)
    assert [tick.text for tick in axis.ticks] == ["2026-02-01", "2026-02-04"]
    assert len(NightAxis([night_name(1)]).ticks) == 1


def test_a_night_without_a_verdict_breaks_the_line_and_is_no_zero():
    rates = [rate(3, 3), rate(0, 0), rate(3, 3)]
    chart = rate_chart("x", NightAxis([night for night, _ in DAYS]), DAYS, rates, ())
    (line,) = chart.lines
    assert re.fullmatch(r"M[\d.]+ [\d.]+M[\d.]+ [\d.]+", line.path)
    assert len(line.points) == 2
    assert len(chart.band.split()) == 4
    nothing = rate_chart("x", NightAxis([DAYS[0][0]]), DAYS[:1], [rate(0, 0)], ())
    assert nothing.description == "No night judged anything."


AXES = [
    # passed, judged, positions of the axis and its middle
    (400, 400, ("90 %", "95 %", "100 %")),
    (20, 20, ("80 %", "90 %", "100 %")),
    (17, 20, ("50 %", "75 %", "100 %")),
    (12, 20, ("0 %", "50 %", "100 %")),
    (3, 3, ("0 %", "50 %", "100 %")),
    (0, 0, ("0 %", "50 %", "100 %")),
]


@pytest.mark.parametrize(("passed", "judged", "ticks"), AXES)
def test_the_axis_of_a_rate_holds_its_interval_and_has_round_ticks(passed, judged, ticks):
    shown = rate(passed, judged)
    chart = rate_chart("x", NightAxis([DAYS[0][0]]), DAYS[:1], [shown], ())
    assert tuple(row.text for row in chart.rows) == ticks
    if shown.low is not None:
        top, bottom = chart.rows[-1].at, chart.rows[0].at
        floor = float(ticks[0].split()[0]) / 100
        at = bottom - (shown.low - floor) / (1 - floor) * (bottom - top)
        assert float(chart.band.split()[-1].split(",")[1]) == pytest.approx(at, abs=0.06)


@pytest.mark.parametrize("most", [0.007, 0.03, 0.9, 1.1, 2.3, 4.2, 5.0, 7.7, 9.0, 33_000.0, 4.3e6])
def test_the_middle_of_an_amount_is_what_its_tick_says(most):
    chart = amount_chart("x", NightAxis([DAYS[0][0]]), DAYS[:1], [most], lambda one: f"{one:.1g}")
    low, middle, high = (float(row.text) for row in chart.rows)
    assert (low, middle) == (0.0, high / 2)


def test_nights_of_one_day_and_of_one_minute_are_told_apart():
    names = ("2026-02-01T02-00-00Z", "2026-02-02T02-00-00Z", "2026-02-02T08-30-05Z",
             "2026-02-02T08-30-41Z")  # fmt: skip
    nights = [(name, "") for name in names]
    chart = rate_chart("x", NightAxis(names), nights, [rate(3, 3)] * 4, ())
    assert [point.text.split(": ")[0] for point in chart.lines[0].points] == [
        "2026-02-01", "2026-02-02 02:00 UTC", "2026-02-02 08:30:05 UTC", "2026-02-02 08:30:41 UTC",
    ]  # fmt: skip
    assert [tick.text for tick in chart.columns] == ["2026-02-01", "2026-02-02 08:30:41 UTC"]
    moved = Nights(nights=4, repeats=1, scenarios=("hold music",)).history().entries
    entries = tuple(replace(one, night=name) for one, name in zip(moved, names, strict=True))
    page = history_page(History("x", entries, ()), nowhere, prices=None)
    assert [row.night for row in page.groups[0].rows] == [
        "2026-02-02 08:30:41 UTC", "2026-02-02 08:30:05 UTC", "2026-02-02 02:00 UTC",
        "2026-02-01 02:00 UTC",
    ]  # fmt: skip


def test_a_step_is_marked_with_from_and_to():
    nights = [(night_name(number), "") for number in range(1, 21)]
    passed = [3] * 10 + [0] * 10
    steps = find_steps(passed, [3] * 20)
    rates = [rate(good, 3) for good in passed]
    chart = rate_chart("x", NightAxis([night for night, _ in nights]), nights, rates, steps)
    assert [(mark.tone, mark.text) for mark in chart.steps] == [("fail", "100 % → 0 %")]
    assert "worse from 2026-02-11" in chart.description


def test_withheld_percentiles_leave_gaps_and_nothing_measured_no_picture():
    axis = NightAxis([night for night, _ in DAYS])
    few, many = percentiles([1.0, 2.0]), percentiles([1.0] * 20)
    chart = measure_trend_chart(
        axis, DAYS, MeasureTrend(TIME_TO_FIRST_AUDIO, (few, many, many), ())
    )
    assert {line.name: len(line.points) for line in chart.lines} == {"median": 3, "p95": 2}
    nothing = MeasureTrend(TIME_TO_FIRST_AUDIO, (percentiles([]),) * 3, ())
    assert measure_trend_chart(axis, DAYS, nothing) is None


def test_a_measure_that_falls_below_zero_has_an_axis_that_reaches_it():
    axis = NightAxis([night for night, _ in DAYS])
    mood = Measure("mood", unit="points", better=Better.HIGHER)
    spreads = tuple(percentiles([value]) for value in (-3.0, 2.0, -1.0))
    chart = measure_trend_chart(axis, DAYS, MeasureTrend(mood, spreads, ()))
    assert [tick.text for tick in chart.rows] == ["-4 points", "-1 points", "2 points"]
    assert all(0 <= point.y <= BOX.height for line in chart.lines for point in line.points)


@pytest.mark.parametrize("amount", [0.0, 0.003, 1.0, 37.5, 4_200_000.0])
def test_amounts_fit_into_their_picture(amount):
    axis = NightAxis([DAYS[0][0]])
    chart = amount_chart("x", axis, DAYS[:1], [amount], lambda one: f"{one:g}")
    assert all(0 <= point.y <= BOX.height for line in chart.lines for point in line.points)


# --- the file ------------------------------------------------------------------------------------


def test_links_lead_to_pages_that_are_there_and_only_to_those(tmp_path):
    runs = tmp_path / "runs #1"
    Nights(nights=3, repeats=1).write(runs)
    report = runs / night_name(2) / "order-desk.staging/index.html"
    report.write_text("report")
    history = Nights(nights=3, repeats=1).history()
    path = write_history(history, RunPages(runs), prices=None)
    text = path.read_text()
    links = set(re.findall(r'href="(2026[^"]+)"', text))
    assert links == {f"{night_name(2)}/order-desk.staging/index.html"}
    elsewhere = write_history(history, RunPages(runs, None, tmp_path / "b"), prices=None)
    assert f'href="../runs%20%231/{night_name(2)}/order-desk.staging' in elsewhere.read_text()
    published = RunPages(runs, "https://ci.example/n/", tmp_path / "c")
    text = write_history(history, published, prices=None).read_text()
    assert f'href="https://ci.example/n/{night_name(1)}/order-desk.staging/index.html"' in text


def test_an_empty_history_still_has_a_page(tmp_path):
    history = History("x", (), (Skipped("notes.txt", "not a night"),))
    text = write_history(history, RunPages(tmp_path), prices=None).read_text()
    assert "No night is kept here yet." in text
    assert "notes.txt" in text
    assert (tmp_path / "assets/report.css").is_file()


def test_nothing_that_a_file_says_becomes_markup(tmp_path):
    name = f"{HOSTILE} \u202edekcirt"
    history = Nights(
        nights=2, repeats=2, scenarios=(name,), targets=(HOSTILE,), spoilt=0.0,
        chance=lambda night, scenario, scorer: 0.5, prompt=lambda night: f"<b>{night}",
    ).history()  # fmt: skip
    history = replace(history, skipped=(Skipped(HOSTILE, HOSTILE),))
    text = write_history(history, RunPages(tmp_path), prices=None).read_text()
    assert "<script>" not in text
    assert "<img" not in text
    assert "\u202e" not in text
    assert "[U+202E]" in text


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageFailed, match="cannot write"):
        write_history(History("x", (), ()), RunPages(Path(), None, tmp_path / "taken"), prices=None)


def test_a_history_in_one_file_asks_for_nothing_and_leads_only_to_what_is_published(
    history: History, tmp_path: Path
) -> None:
    for published in (None, "https://example.org/nights"):
        pages = RunPages(tmp_path, published)
        path = write_history_file(history, pages, tmp_path / "sent.html", prices=PRICES)
        text = path.read_text()
        links = re.findall(r'(?:src|href)="([^"]+)"', text)
        outside = {link for link in links if not link.startswith(("#", "data:"))}
        assert bool(outside) == (published is not None)
        assert all(link.startswith("https://example.org/nights/") for link in outside)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "sent.html"]
