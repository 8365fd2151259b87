"""The history page: what it says, where it leads, and that nothing said in a call gets out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.nights import Chance, Nights, night_name, regressed
from support.synthetic_run import HOSTILE

from harness.errors import StorageFailed
from harness.history.cost import ModelPrices, Prices
from harness.history.steps import find_steps
from harness.history.store import History, Skipped
from harness.report.history.charts import HEIGHT, Axis, amount_chart, latency_chart, rate_chart
from harness.report.history.page import RunPages, write_history
from harness.report.history.tables import money
from harness.report.history.text import summary_lines
from harness.report.history.view import history_page
from harness.results.aggregate import percentiles
from harness.results.rates import rate

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


# --- what is said --------------------------------------------------------------------------------


def test_the_page_says_what_got_worse_and_what_changed_that_night(history):
    page = history_page(history, everywhere, prices=None)
    assert page.headline.state == "fail"
    assert "Write confirmation got worse on 2026-04-02 and stayed so" in page.headline.sentence
    rows = {row.series: row for row in page.steps}
    assert set(rows) == {"whole calls", "write confirmation", "confirmed cancellation"}
    row = rows["confirmed cancellation"]
    assert (row.night, row.state) == ("2026-04-02", "fail")
    assert row.reasons == ("prompt changed: aaaaaaaaaaaa → bbbbbbbbbbbb",)
    assert row.href == f"{night_name(61)}/order-desk.staging/index.html"


def only(worse: dict[str, str], better: str = "") -> Chance:
    """From night 21 on each of these scenarios fails a scorer, and another one no longer does."""

    def chance(night: int, scenario: str, scorer: str) -> float:
        failed = worse.get(scenario) == scorer and night >= 21
        return float(
            not failed and not (scenario == better and scorer == "preamble" and night < 21)
        )

    return chance


HEADLINES = [
    # one scenario got worse and another better: no scorer's rate over all scenarios has a step
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
    assert headline.state == "fail"
    assert headline.sentence.startswith(f"{worse} on 2026-02-21 and stayed so: 100 % → ")
    assert headline.sentence.endswith(f", order desk at staging{more}.")


def test_a_steady_history_is_told_as_no_evidence():
    history = Nights(nights=12, repeats=1, spoilt=0.0, chance=lambda *_: 1.0).history()
    page = history_page(history, nowhere, prices=None)
    assert page.headline.state == "pass"
    assert page.headline.sentence == "12 nights: no evidence of any change."
    assert page.steps == ()


def test_what_got_better_again_is_no_failure():
    def outage(night: int, scenario: str, scorer: str) -> float:
        return 0.0 if 21 <= night <= 35 else 1.0

    history = Nights(nights=60, chance=outage, scenarios=("hold music",), spoilt=0.0).history()
    page = history_page(history, nowhere, prices=None)
    assert page.headline.state == "pass"
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
    [(None, "–"), (0.0, "0.00 USD"), (0.01234, "0.0123 USD"), (1234.5, "1,234.50 USD")],
)
def test_money_is_written_with_the_digits_it_needs(amount, text):
    assert money(amount, "USD") == text


def test_the_terminal_summary_tells_the_last_night_and_the_last_steps(history):
    text = "\n".join(summary_lines(history))
    assert "order desk at staging: 90 nights, the last 2026-05-01 02:00 UTC" in text
    assert "  confirmed cancellation got worse on 2026-04-02" in text
    assert list(summary_lines(History("here", (), ()))) == ["history here holds no runs yet"]


# --- pictures ------------------------------------------------------------------------------------

DAYS = [(night_name(number), f"{number}") for number in (1, 2, 4)]


def test_nights_stand_where_their_time_is():
    axis = Axis([night for night, _ in DAYS])
    first, second, last = (axis.x(night) for night, _ in DAYS)
    assert last - second == pytest.approx(2 * (second - first), abs=0.2)
    assert [tick.text for tick in axis.ticks] == ["2026-02-01", "2026-02-04"]
    assert len(Axis([night_name(1)]).ticks) == 1


def test_a_night_without_a_verdict_breaks_the_line_and_is_no_zero():
    rates = [rate(3, 3), rate(0, 0), rate(3, 3)]
    chart = rate_chart("x", Axis([night for night, _ in DAYS]), DAYS, rates, ())
    (line,) = chart.lines
    assert re.fullmatch(r"M[\d.]+ [\d.]+M[\d.]+ [\d.]+", line.path)
    assert len(line.points) == 2
    assert len(chart.band.split()) == 4
    nothing = rate_chart("x", Axis([DAYS[0][0]]), DAYS[:1], [rate(0, 0)], ())
    assert nothing.description == "No night judged anything."


def test_the_axis_of_a_rate_begins_below_its_lowest_night():
    axis = Axis([DAYS[0][0]])
    floors = {
        passed: rate_chart("x", axis, DAYS[:1], [rate(passed, 20)], ()).rows[0].text
        for passed in (20, 17, 16, 12, 11, 3)
    }
    assert floors == {20: "75 %", 17: "75 %", 16: "50 %", 12: "50 %", 11: "0 %", 3: "0 %"}


def test_a_step_is_marked_with_from_and_to():
    nights = [(night_name(number), "") for number in range(1, 21)]
    passed = [3] * 10 + [0] * 10
    steps = find_steps(passed, [3] * 20)
    rates = [rate(good, 3) for good in passed]
    chart = rate_chart("x", Axis([night for night, _ in nights]), nights, rates, steps)
    assert [(mark.state, mark.text) for mark in chart.steps] == [("fail", "100 % → 0 %")]
    assert "worse from 2026-02-11" in chart.description


def test_withheld_percentiles_leave_gaps_and_nothing_measured_no_picture():
    axis = Axis([night for night, _ in DAYS])
    few, many = percentiles([1.0, 2.0]), percentiles([1.0] * 20)
    chart = latency_chart(axis, DAYS, [few, many, many])
    assert {line.name: len(line.points) for line in chart.lines} == {"median": 3, "p95": 2}
    assert latency_chart(axis, DAYS, [percentiles([])] * 3) is None


@pytest.mark.parametrize("amount", [0.0, 0.003, 1.0, 37.5, 4_200_000.0])
def test_amounts_fit_into_their_picture(amount):
    axis = Axis([DAYS[0][0]])
    chart = amount_chart("x", axis, DAYS[:1], [amount], lambda one: f"{one:g}")
    assert all(0 <= point.y <= HEIGHT for line in chart.lines for point in line.points)


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
