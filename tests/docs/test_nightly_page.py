"""The page about nightly runs has every key, every kind of price, and the numbers of the code."""

from __future__ import annotations

from support.pages import page, quoted, rows, section

from harness.results.history.cost import ModelPrices
from harness.results.history.steps import LEVEL, NIGHTS
from harness.results.history.trend import LAST_NIGHTS
from harness.runs.nightly import NightlyFile
from harness.scenario.load import Condition

TEXT = page("nightly.md")


def test_the_keys_of_a_nightly_file_are_told_completely():
    table = rows(TEXT.split("\n## ")[0])
    told = {name for row in table for name in quoted(row[0])}
    assert told == set(NightlyFile.model_fields) - {"format", "nightly"}
    (conditions,) = (row[1] for row in table if row[0] == "`conditions`")
    assert set(Condition.model_fields) - {"name"} <= set(quoted(conditions))


def test_the_kinds_of_prices_are_told_completely():
    assert set(ModelPrices.model_fields) <= set(quoted(section(TEXT, "Cost")))


def test_the_rule_is_told_with_its_numbers():
    rule = section(TEXT, "When did it stop working?")
    assert f"at most {LEVEL * 100:.0f} % of cases" in rule
    assert NIGHTS == 3
    assert "at least three judged nights on either side" in rule
    assert f"the last {LAST_NIGHTS} nights" in section(TEXT, "The page")
