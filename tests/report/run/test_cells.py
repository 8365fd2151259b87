"""The cells of a matrix side by side, in the terminal and on the page."""

from __future__ import annotations

from dataclasses import replace

from support.synthetic_run import result, run_results, score

from harness.report.run.cells import CellTable, cell_table
from harness.report.run.terminal import matrix_tables
from harness.report.run.view import index_page
from harness.results.model import RunResults

GOOD, BAD = score("expectations", "pass", "done"), score("expectations", "fail", "never called")
HEARD = score("expectations", "review", "listen")


def run(*, suite: str = "") -> RunResults:
    calls = (
        result("a", GOOD, condition="server_vad"),
        result("a", BAD, condition="none"),
        result("a", HEARD, condition="none", repeat=1),
        result("b", GOOD, condition="server_vad", suite=suite),
        result("b", condition="server_vad", suite=suite, repeat=1, status="harness_error"),
    )
    settings = {"matrix": {"turn_detection": ["server_vad", "none"]}}
    return replace(run_results(calls), target_settings=settings)


def test_a_row_is_a_scenario_and_a_column_a_cell() -> None:
    assert cell_table(run()) == CellTable(
        ("server_vad", "none"),
        (("a", ("1/1", "0/1 (+1 open)")), ("b", ("1/1 (+1 open)", "–"))),
    )
    (table,) = matrix_tables(run())
    assert [column.header for column in table.columns] == ["scenario", "server_vad", "none"]
    assert index_page(run(), title="modes").cells == cell_table(run())


def test_scenarios_of_several_suites_are_told_apart() -> None:
    table = cell_table(run(suite="other"))
    assert table is not None
    assert [name.partition(" (")[0] for name, _ in table.rows] == ["a", "b"]
    assert table.rows[1][0] == "b (other)"


def test_without_a_matrix_there_is_no_such_table() -> None:
    plain = replace(run(), target_settings={})
    assert (cell_table(plain), matrix_tables(plain)) == (None, ())
