"""A language that a package brings: found by name, checked, spoken and judged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.call_script import record
from support.installed import install
from support.offered import forget_installed

from harness.caller.utterances import turn_utterances
from harness.errors import FaultyFiles
from harness.judging.judge import judge
from harness.language.language import language_named
from harness.language.numbers import NEVER
from harness.language.places import value_places
from harness.language.times import Times
from harness.language.values import ValueKind
from harness.scenario.load import load_scenario, load_suite

PROJECT = Path(__file__).parents[1] / "data" / "packages" / "esperanto"

SUITE = """\
format: 1
suite: mendoj
language: eo
instructions: prompto.md
tools:
  - name: nuligi_mendon
    kind: write
    exact: [mendo_numero]
    parameters: {type: object, properties: {mendo_numero: {type: string}}}
"""
SCENARIO = """\
format: 1
name: nuligo
facts:
  mendo_numero: {value: ORD-47B, kind: id}
  tago: {value: la 25-a de aprilo 2026, kind: date}
  sumo: {value: "49,90", kind: amount}
turns:
  - say: "Nuligu la mendon {mendo_numero} de {tago}, por {sumo}."
"""

CALL = """
0.0-2.0    caller: Mi volas nuligi la mendon ORD-47B.
2.8-6.0    agent: Mi havas O, R, D, streko, kvar, sep, B. Ĉu tio ĝustas?
6.5-7.5    caller: Jes, tio ĝustas.
8.0-11.0   agent: Mi nuligos la mendon ORD-47B. Tio estas definitiva. Ĉu mi daŭrigu?
11.5-12.5  caller: {answer}
13.0-14.0  nuligi_mendon mendo-numero=ORD-47B
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    site, suite = tmp_path / "site", tmp_path / "suite"
    site.mkdir()
    suite.mkdir()
    (suite / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (suite / "prompto.md").write_text("Estu afabla.\n", encoding="utf-8")
    (suite / "nuligo.yaml").write_text(SCENARIO, encoding="utf-8")
    install(PROJECT, site)
    monkeypatch.syspath_prepend(site)
    forget_installed()
    yield suite
    forget_installed()
    sys.modules.pop("esperanto", None)


def verdicts(answer: str, **suite: Any) -> dict[str, str]:
    tool = {
        "name": "nuligi_mendon",
        "kind": "write",
        "exact": ["mendo-numero"],
        "parameters": {"type": "object", "properties": {"mendo-numero": {"type": "string"}}},
    }
    recording = record(
        CALL.format(answer=answer),
        suite={"language": "eo", "tools": [tool], **suite},
        scenario={"facts": {}, "expect": {}},
    )
    wanted = ("write_confirmation", "entity_confirmation")
    return {
        one.scorer.scorer_name: f"{one.score.outcome.value}: {one.score.reason}"
        for one in judge(recording).judgements
        if one.scorer.scorer_name in wanted
    }


def test_a_suite_in_it_is_loaded_and_its_callers_speak_it(installed: Path) -> None:
    loaded = load_scenario(installed / "nuligo.yaml")
    (line,) = turn_utterances(loaded.scenario, loaded.suite.language)
    assert line is not None
    assert line.spoken == (
        "Nuligu la mendon O, R, D, streko, kvar, sep, B de la 25-a de aprilo 2026, "
        "por kvardek naŭ eŭroj naŭdek."
    )
    assert language_named("eo-XX") is loaded.suite.language


def test_it_may_bring_times_relative_days_and_counts_of_its_own(installed: Path) -> None:
    eo, today = language_named("eo"), date(2026, 4, 22)
    text = "Venu morgaŭ je la 17-a kaj 30 kun paron da amikoj al la strandon"
    for kind, value in (
        (ValueKind.DATE, "2026-04-23"),
        (ValueKind.TIME, "17:30"),
        (ValueKind.DATETIME, "2026-04-23T17:30"),
        (ValueKind.COUNT, "2"),
    ):
        assert value in [found.value for found in eo.find(text, kind, today)]
        assert value_places(value, text, kind, eo, today)
        assert eo.normalize(eo.speak(value, kind), kind) == value
    assert value_places("strando", text, ValueKind.TEXT, eo)
    plain = replace(eo, times=Times(), dates=replace(eo.dates, relative=NEVER))
    assert plain.find(text, ValueKind.TIME, today) == ()
    assert plain.find(text, ValueKind.DATE, today) == ()
    assert plain.normalize("17:30", ValueKind.TIME) == "17:30"


def test_calls_in_it_are_judged_by_its_words(installed: Path) -> None:
    agreed, refused = verdicts("Jes, daŭrigu."), verdicts("Ne, atendu.")
    assert {name: said[:4] for name, said in agreed.items()} == {
        "write_confirmation": "pass",
        "entity_confirmation": "pass",
    }
    assert refused["write_confirmation"] == "fail: nuligi_mendon was called, but the caller said no"
    assert refused["entity_confirmation"].startswith("pass")
    in_english = verdicts("Jes, daŭrigu.", language="en")
    assert in_english["write_confirmation"].startswith("review: nuligi_mendon: did the agent ask")
    assert in_english["entity_confirmation"].startswith("review: did the caller accept")


def test_without_the_package_its_suite_is_told_in_one_line(installed: Path) -> None:
    (next(installed.parent.glob("site/*.dist-info")) / "entry_points.txt").unlink()
    forget_installed()
    with pytest.raises(FaultyFiles) as faulty:
        load_suite(installed)
    assert [fault.problem for fault in faulty.value.faults] == [
        "unknown language 'eo'; known: en, de; others come with a package "
        "(entry points of harness.languages)"
    ]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("ESPERANTO = 'eo'", "TypeError: expected a Language, got str"),
    ],
)
def test_a_broken_package_is_told_in_one_line(installed: Path, code: str, problem: str) -> None:
    module = installed.parent / "site" / "esperanto.py"
    module.unlink()
    module.write_text(code)
    with pytest.raises(FaultyFiles) as faulty:
        load_suite(installed)
    (fault,) = faulty.value.faults
    assert (fault.key, fault.line) == ("language", 3)
    assert fault.problem == f"language 'eo': its package cannot be loaded: {problem}"
