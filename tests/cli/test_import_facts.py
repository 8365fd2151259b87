"""``harness import --facts``: files as programs for tables write them, and wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_desk import results_of
from support.stored_desk import imported, write_call, write_desk

from harness.runs.import_calls import ImportRequest, planned_import

STORED = """\
format: 1
name: stored
stored: {facts: {order_id: text}}
expect: {tools: [{name: look, arguments: {order_id: "{order_id}"}}]}
"""
FACTS = "call,order_id\none,A1\ntwo,A1\n"
GOOD_FACTS = {
    "semicolons": FACTS.replace(",", ";"),
    "tabs": FACTS.replace(",", "\t"),
    "Excel's mark": "\ufeff" + FACTS.replace(",", ";"),
    "lines of Windows": FACTS.replace("\n", "\r\n"),
    "lines of an old Mac": FACTS.replace("\n", "\r"),
}
BAD_FACTS = {
    "call,order_id\none,A1\none,B2\n": "f.csv:3: 'one' has a row already",
    "id,order_id\none,A1\n": "f.csv:1: expected column names, each once, 'call' among them; got",
    "": "f.csv:1: expected column names, each once, 'call' among them; got none",
    "call,order_id\none,A1,B\n": "f.csv:2: expected 2 columns, got 3",
    'call,order_id\none,"A1\n': "f.csv:2: not CSV: unexpected end of data",
    "call,order_id,zip\none,A1,1\ntwo,A1,2\n": "f.csv:2: unknown fact 'zip'; known: order_id; "
    "a scenario tells its kind (stored: {facts: {zip: id}})",
    "call,scenario\none,other\n": "f.csv:2: unknown scenario 'other'; known: stored",
    "call,order_id\none.wav,A1\n": "f.csv: none of its rows (one.wav) is of a call here (one, two)",
    "call,order_id\n,A1\n": "f.csv:2: no call is named: 'call' is ''",
}


@pytest.fixture
def two_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    desk = write_desk(tmp_path)
    (desk / "desk/stored.yaml").write_text(STORED)
    for name in ("one", "two"):
        write_call(desk / "calls", name)
    return desk


@pytest.mark.parametrize("kind", GOOD_FACTS)
def test_facts_are_read_as_programs_for_tables_write_them(two_calls: Path, kind: str) -> None:
    (two_calls / "f.csv").write_text(GOOD_FACTS[kind], encoding="utf-8", newline="")
    request = ImportRequest((two_calls / "calls",), two_calls / "desk", facts=two_calls / "f.csv")
    orders = planned_import(request).orders.values()
    assert [order.scenario.facts["order_id"].value for order in orders] == ["A1", "A1"]


@pytest.mark.parametrize("rows", BAD_FACTS)
def test_a_wrong_file_of_facts_is_one_line_and_nothing_is_written(
    two_calls: Path, capsys: pytest.CaptureFixture[str], rows: str
) -> None:
    (two_calls / "f.csv").write_text(rows)
    assert imported("--facts", "f.csv") == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert told.removeprefix("harness: error: ").startswith(BAD_FACTS[rows])
    assert not (two_calls / "out").exists()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ('[{"call": "one", "order_id": "A1", "tags": 5}]', "f.json: [0].tags: expected a list"),
        ('{"one": {"order_id": "A1"}, "two": 5}', "f.json: [1]: expected keys and values, got 5"),
        ('[{"call": {"a": 1}, "order_id": "A1"}]', "f.json: [0]: no call is named: 'call' is keys"),
        ('[{"call": "one", "facts": ["A1"]}]', "f.json: [0].facts: expected names with their"),
        ('[{"call": "one", "today": "soon"}]', "f.json: [0].today: expected a day like 2026-04-25"),
    ],
)
def test_a_wrong_file_of_facts_in_json(
    two_calls: Path, capsys: pytest.CaptureFixture[str], rows: str, told: str
) -> None:
    (two_calls / "f.json").write_text(rows)
    assert imported("--facts", "f.json") == 2
    assert f"harness: error: {told}" in capsys.readouterr().err


def test_a_fact_that_one_call_lacks_costs_that_call_alone(
    two_calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (two_calls / "f.csv").write_text("call,order_id\none,A1\ntwo,\n")
    assert imported("--facts", "f.csv") == 2
    assert "f.csv:3: what is expected of 'two' needs the fact 'order_id'" in capsys.readouterr().err
    one, two = results_of(two_calls / "out")["calls"]
    assert (one["passed"], two["status"]) == (True, "source_invalid")
