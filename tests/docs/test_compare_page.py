"""The comparison's page names every key of compare.json, and no other."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from support.pages import page, section

from harness.cli.main import Exit
from harness.results.compare.store import (
    Comparison,
    ComparisonVerdict,
    Contrast,
    Finding,
    Flip,
    Variant,
)

TEXT = section(page("compare.md"), "`compare.json`")


def told(row: str) -> set[str]:
    (line,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{row}`")]
    return set(re.findall(r"`(\w+)`", line.split("|")[2]))


@pytest.mark.parametrize(
    ("row", "kind", "values"),
    [("variants", Variant, set()), ("contrasts", Contrast, {v.value for v in ComparisonVerdict}),
     ("findings", Finding, {"share", "s"}), ("flips", Flip, set())],
)  # fmt: skip
def test_each_table_row_names_the_keys_of_its_objects(row, kind, values):
    assert told(row) - values == {field.name for field in fields(kind)}


def test_the_top_level_is_named():
    names = {field.name for field in fields(Comparison)}
    rows = {"variants", "contrasts"}
    first = TEXT.split("\n|")[0]
    assert set(re.findall(r"`(\w+)`", first)) == names - rows


def test_the_exit_codes_are_those_of_the_command():
    listed = re.findall(r"^\| (\d+) \|", page("compare.md"), re.M)
    assert [int(code) for code in listed] == sorted(int(code) for code in Exit)
