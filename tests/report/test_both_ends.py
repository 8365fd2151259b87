"""Every figure of many waits says how much the harness's own lateness may have added."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.late_results import late_results
from support.nights import Nights
from support.queue_agent import QueueAgent, load_test
from support.synthetic_run import result, run_results, score

from harness.report import figures
from harness.report.history.tables import night_rows, summary_lines, worst_tables
from harness.report.load_page import load_page
from harness.report.run.view import index_page
from harness.results.history.cost import cost
from harness.results.history.store import History
from harness.results.history.trend import trends
from harness.results.load.findings import findings
from harness.results.load.model import Arrivals
from harness.results.model import RunResults
from harness.results.rates import percentiles

WAIT = "time_to_first_audio"


@pytest.mark.parametrize(
    ("value", "least", "unit", "text"),
    [
        (0.84, 0.82, "s", "0.84 s ± 20 ms"),
        (0.84, 0.84, "s", "0.84 s"),
        (0.84, 0.8362, "s", "0.84 s"),  # the digits are the same
        (0.845, 0.8441, "s", "0.84 s"),
        (0.8453, 0.8449, "s", "0.85 s"),  # less than a millisecond
        (0.8453, 0.8442, "s", "0.85 s ± 2 ms"),
        (12.0, 12.0, "words", "12 words"),
    ],
)
def test_both_ends_are_told_where_they_matter(
    value: float, least: float, unit: str, text: str
) -> None:
    spread = percentiles([value], least=[least])
    assert figures.of_many(spread, "p50", unit) == text
    assert figures.of_many(spread, "p95", unit) == figures.NONE


def waiting(*, off_s: float) -> RunResults:
    calls = (result("a", score(WAIT, "pass", "", value=1.0)),) * 20
    return late_results(run_results(calls), off_s)


@pytest.mark.parametrize(("off_s", "told"), [(0.0, ""), (0.02, "± 20 ms")])
def test_the_index_has_them_below_its_figures_and_in_the_words_of_its_picture(
    off_s: float, told: str
) -> None:
    (waits,) = index_page(waiting(off_s=off_s), title="run").measures
    assert waits.figures == (
        ("median", "1.00 s", told), ("p95", "1.00 s", told),
        ("p99", "–", "needs 100 turns, has 20"), ("slowest", "1.00 s", told),
    )  # fmt: skip
    each = f"1.00 s {told}".strip()
    assert waits.chart is not None
    assert [mark.text for mark in waits.chart.marks] == ["p50 1.00 s", "p95 1.00 s"]
    assert waits.chart.description == (
        f"20 turns, median {each}, 95th percentile {each}, slowest {each}."
    )


def test_a_history_has_them_in_tables_and_in_the_terminal() -> None:
    history = Nights(nights=2, spoilt=0.0).history()
    late = replace(
        history,
        entries=tuple(
            replace(entry, results=late_results(entry.results, off_s))
            for entry, off_s in zip(history.entries, (0.0, 0.5), strict=True)
        ),
    )
    told = {name: _told(history) for name, history in (("exact", history), ("late", late))}
    rows, worst, line = told["late"]
    exact_rows, exact_worst, exact_line = told["exact"]
    assert rows[0] == tuple(f"{one} ± 500 ms" for one in exact_rows[0])
    assert rows[1] == exact_rows[1]
    assert worst[0].startswith(f"{exact_worst[0]} ± ")
    # the slowest of the night that was exact is 5 ms shorter, and bounds it
    assert worst[2] == f"{exact_worst[2]} ± 5 ms"
    assert line.count(" ± 500 ms") == 2
    assert line.replace(" ± 500 ms", "") == exact_line


def _told(history: History) -> tuple[list[tuple[str, str]], tuple[str, ...], str]:
    found = trends(history)
    costs = [cost([], None)] * 2
    rows = [row.measured[0] for row in night_rows(found[0], costs, "", str)]
    return rows, worst_tables(found, str)[0].rows[0].values, next(summary_lines(history, None))


def test_a_load_test_has_them_by_load() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(2.0, 60.0), seed=1)
    exact, late = (
        load_page(test, each, findings(test, each)).rows[-1]
        for each in (results, late_results(results, 0.25))
    )
    assert late[4] == f"{exact[4]} ± 250 ms"
