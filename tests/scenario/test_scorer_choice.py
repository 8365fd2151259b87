"""The key ``scorers``: joined, checked, and faults reported with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, model_validator
from support.small_desk import small_desk

from harness.errors import FaultyFiles
from harness.scenario.catalog import find, survey
from harness.scenario.fields import Duration, Model
from harness.scenario.load import load_scenario, load_suite
from harness.scenario.model import joined


class Band(Model):
    """Options that go together or not."""

    low: Annotated[int, Field(ge=0)] = 0
    high: int = 9
    patience_s: Duration = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> Band:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is above high ({self.high})")
        return self


KNOWN = {"band": Band, "escalation": Model}


@pytest.mark.parametrize(
    ("suite", "own", "both"),
    [
        ({}, {"a": False}, {"a": False}),
        ({"a": False}, {}, {"a": False}),
        ({"a": False}, {"a": True}, {"a": True}),
        ({"a": {"x": 1}}, {"a": "off"}, {"a": "off"}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 2}}, {"a": {"x": 2, "y": 1}}),
        ({"a": {"x": 1}}, {"a": True}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": "on"}, {"a": {"x": 1}}),
        ({"a": "off"}, {"a": {"x": 2}}, {"a": {"x": 2}}),
        ({"others": "off", "a": "on"}, {"b": "on"}, {"others": "off", "a": "on", "b": "on"}),
    ],
)
def test_a_scenario_overrides_its_suite_name_by_name(
    suite: dict[str, Any], own: dict[str, Any], both: dict[str, Any]
) -> None:
    assert joined(suite, own) == both


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path, quiet=1.0)


def say(desk: Path, file: str, scorers: str) -> None:
    with (desk / file).open("a", encoding="utf-8") as there:
        there.write(f"scorers: {scorers}\n")


def faults(desk: Path, *, suite: str = "", scenario: str = "") -> list[str]:
    """Return the faults of this value of ``scorers``; N replaces the line of that key."""
    lines = {}
    for file, text in (("suite.yaml", suite), ("quiet.yaml", scenario)):
        if text:
            say(desk, file, text)
        lines[file] = len((desk / file).read_text(encoding="utf-8").splitlines())
    return [
        str(fault)
        .removeprefix(f"{desk}/")
        .replace(f":{lines[fault.path.name]}: scorers", ":N: scorers")
        for fault in survey((desk,), KNOWN).faults
    ]


NO_SHAPE = "expected on, off, true, false or {OPTION: value, …}, got"

FAULTS: list[tuple[dict[str, str], list[str]]] = [
    ({"scenario": "{bant: off}"},
     ["quiet.yaml:N: scorers.bant: unknown scorer 'bant'; known: band, escalation, others"
      " (did you mean 'band'?)"]),
    ({"suite": "{bant: off}"},
     ["suite.yaml:N: scorers.bant: unknown scorer 'bant'; known: band, escalation, others"
      " (did you mean 'band'?)"]),
    ({"scenario": "{band: {hihg: 3}}"},
     ["quiet.yaml:N: scorers.band.hihg: unknown key; allowed: low, high, patience_s"
      " (did you mean 'high'?)"]),
    ({"scenario": "{band: {low: -1, high: many, patience_s: soon}}"},
     ["quiet.yaml:N: scorers.band.high: expected a whole number, got 'many'",
      "quiet.yaml:N: scorers.band.low: expected at least 0, got -1",
      "quiet.yaml:N: scorers.band.patience_s: expected seconds (6, 0.25) or text like '6s', "
      "'250 ms', got 'soon'"]),
    ({"suite": "{band: {high: many}}", "scenario": "{band: {low: 1}}"},
     ["suite.yaml:N: scorers.band.high: expected a whole number, got 'many'"]),
    ({"suite": "{band: {high: 3}}", "scenario": "{band: {low: 4}}"},
     ["quiet.yaml:N: scorers.band: low (4) is above high (3)"]),
    ({"suite": "{band: {low: 12}}"}, ["suite.yaml:N: scorers.band: low (12) is above high (9)"]),
    ({"scenario": "{band: loud}"}, [f"quiet.yaml:N: scorers.band: {NO_SHAPE} 'loud'"]),
    ({"scenario": "{band: }"}, [f"quiet.yaml:N: scorers.band: {NO_SHAPE} nothing"]),
    ({"scenario": "{escalation: 0}"}, [f"quiet.yaml:N: scorers.escalation: {NO_SHAPE} 0"]),
    ({"scenario": "{band: [low]}"}, [f"quiet.yaml:N: scorers.band: {NO_SHAPE} a list"]),
    ({"scenario": "off"}, ["quiet.yaml:N: scorers: expected keys and values, got 'off'"]),
    ({"scenario": "{others: {low: 1}}"},
     ["quiet.yaml:N: scorers.others: expected on or off, got options; those belong to one scorer"]),
    ({"scenario": "{band: off, escalation: off}"},
     ["quiet.yaml:N: scorers: every scorer is off, so nothing would be judged; switch one on"]),
    ({"suite": "{others: off}"},
     ["quiet.yaml:1: scorers: every scorer is off, so nothing would be judged; switch one on"]),
    ({"suite": "{others: off, band: on}", "scenario": "{band: off}"},
     ["quiet.yaml:N: scorers: every scorer is off, so nothing would be judged; switch one on"]),
    ({"suite": "{others: off}", "scenario": "{band: {low: 3}}"}, []),
    ({"suite": "{band: {low: 3}}", "scenario": "{band: off}"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("said", "told"), FAULTS)
def test_what_no_scorer_takes_is_told_with_its_line(
    desk: Path, said: dict[str, str], told: list[str]
) -> None:
    assert sorted(faults(desk, **said)) == sorted(told)


def test_a_fault_of_scorers_is_told_beside_all_others_of_the_file(desk: Path) -> None:
    (desk / "quiet.yaml").write_text("format: 1\nname: quiet\nturn: []\n", encoding="utf-8")
    found = faults(desk, scenario="{band: loud}")
    assert [line.partition(": ")[2].partition(":")[0] for line in found] == [
        "turn", "turns", "scorers.band"
    ]  # fmt: skip


def test_choices_are_part_of_the_test_and_come_back_from_json(desk: Path) -> None:
    (before,) = find((desk,), scorers=KNOWN)
    say(desk, "suite.yaml", "{band: {low: 1}, others: on}")
    (given,) = find((desk,), scorers=KNOWN)
    say(desk, "quiet.yaml", "{band: {high: 8}, escalation: off}")
    (own,) = find((desk,), scorers=KNOWN)
    assert own.scenario.scorers == {
        "band": {"low": 1, "high": 8},
        "escalation": False,
        "others": True,
    }
    assert len({before.hash, given.hash, own.hash}) == 3
    assert before.prompt_hash == own.prompt_hash
    stored = own.scenario.model_dump_json(by_alias=True)
    assert type(own.scenario).model_validate_json(stored) == own.scenario


def test_one_scenario_is_checked_as_a_folder_is(desk: Path) -> None:
    say(desk, "quiet.yaml", "{bant: off}")
    path = desk / "quiet.yaml"
    for suite in (None, load_suite(desk, KNOWN)):
        with pytest.raises(FaultyFiles, match="unknown scorer 'bant'"):
            load_scenario(path, suite=suite, scorers=KNOWN)
