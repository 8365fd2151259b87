"""The cells of a matrix side by side, in the terminal and on the page."""

from __future__ import annotations

import io
from dataclasses import replace
from html import unescape
from pathlib import Path

from rich.console import Console
from support.synthetic_run import good_call, result, run_results, score

from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.ci_formats import junit, summary
from harness.report.figures import CellTable, cell_table
from harness.report.run.html import write_report
from harness.report.run.view import index_page
from harness.report.terminal import matrix_tables, run_table
from harness.results.model import RunResults
from harness.results.store import write_results

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


def test_every_row_title_and_line_of_a_call_names_its_cell(tmp_path: Path) -> None:
    cells = ("server_vad", "none, cafe")
    calls = tuple(
        result("a", BAD, condition=one, cell=one.partition(",")[0], recording=f"calls/{n}", seed=n)
        for n, one in enumerate(cells)
    )
    results = replace(run(), calls=calls, summary=run_results(calls).summary)
    page = index_page(results, title="modes")
    assert [row.name for row in page.rows] == ["a (server_vad)", "a (none, cafe)"]
    assert [row.title for row in page.rows] == [f"a ({one}), repeat 1" for one in cells]
    console = Console(file=io.StringIO(), width=200)
    console.print(run_table(results))
    told = (console.file.getvalue(), unescape(summary(results)))  # type: ignore[attr-defined]
    for one in cells:
        assert all(f"a ({one}) #" in text for text in told)
        assert any(f"a ({one}) #1" == case.get("name") for case in junit(results).iter("testcase"))
    for call in calls:
        held = good_call().recording("a", seed=1, status=CallStatus.COMPLETED)
        manifest = replace(held.manifest, condition=call.condition, cell=call.cell)
        write_recording(tmp_path / call.recording, replace(held, manifest=manifest))
    write_results(tmp_path / "results.json", results)
    write_report(tmp_path)
    text = (tmp_path / "calls/1/index.html").read_text()
    assert '<h1 tabindex="-1"><bdi dir="auto">a (none, cafe)</bdi>' in text
    assert "<title>a (none, cafe), repeat 1" in text
    for name, value in (("Cell of the matrix", "none"), ("Condition", "none, cafe")):
        assert f'<dt>{name}</dt><dd><bdi dir="auto">{value}</bdi></dd>' in text
    assert "<code>harness run --failed DIR</code>" in text
