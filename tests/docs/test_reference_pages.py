"""The reference pages agree with the code: scorers, recordings, scenario files."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import orjson
import pytest
from support.call_script import judged_call
from support.pages import ROOT, blocks, page, quoted, rows, section
from support.synthetic_run import write_run

from harness.judging.scorers.base import Measure, MeasuredValue, Measurement, Outcome
from harness.judging.scorers.registry import SCORERS, known_options, scorers_for
from harness.language.values import ValueKind
from harness.recording.lines import KINDS, from_line, to_line
from harness.recording.provenance import CallStatus, Lateness, Manifest
from harness.recording.tools import ToolOutcome
from harness.results.model import (
    CallResult,
    DiffLine,
    EvidenceSpan,
    GateResult,
    MeasureSummary,
    PassK,
    Percentiles,
    Quarantined,
    Rate,
    Review,
    RunCost,
    RunResults,
    ScenarioSummary,
    ScoreResult,
    ScorerSummary,
    Summary,
)
from harness.results.verdicts import COUNTED
from harness.scenario.catalog import BUILT_IN
from harness.scenario.document import read_document
from harness.scenario.fields import Model
from harness.scenario.model import (
    Caller,
    Expectation,
    FailureKind,
    Limits,
    Scenario,
    Suite,
    ToolKind,
    ToolSpec,
    choice_faults,
)
from harness.scenario.script import Turn
from harness.scenario.session_settings import SessionSettings
from harness.scenario.target import Target
from harness.timeline.model import LatencyParts
from harness.timeline.usage import Usage

MINIMAL = Scenario(format=1, name="x", turns=(Turn(say="Hello."),))


# --- scorers -------------------------------------------------------------------------------------

EXPECTED = {
    "escalation": {"escalation": {"due_after_turn": 2}},
    "expectations": {"tools": [{"name": "lookup_order", "arguments": {"order_id": "ORD-4715B"}}]},
}
"""The ``expect`` of an example's scenario, if the example's text gives it."""


@pytest.mark.parametrize("name", SCORERS.names())
def test_the_example_of_a_scorer_fails(name):
    text = section(page("scorers/"), f"`{name}`")
    (example,) = re.findall(
        r"^A fail(?: \(`expect: .*`\))?: .*\n\n```text\n(.*?)^```", text, re.M | re.S
    )
    changes = {"expect": EXPECTED[name]} if name in EXPECTED else {}
    call = judged_call(example, scenario=changes)
    alone = {"scorers": {"others": False, name: True}}
    (scorer,) = scorers_for(call.scenario.model_copy(update=alone))
    assert scorer.score(call).outcome is Outcome.FAIL


def test_the_scorer_table_lists_every_scorer_with_its_version():
    told = {quoted(row[0])[0]: int(row[1]) for row in rows(page("scorers/").split("\n## ")[0])}
    assert told == {s.scorer_name: s.scorer_version for s in scorers_for(MINIMAL)}
    headings = re.findall(r"^## `(\w+)`$", page("scorers/"), re.M)
    assert tuple(headings) == SCORERS.names()


def test_outcomes_statuses_and_latency_parts_are_told_completely():
    text = page("scorers/")
    outcomes = [name for row in rows(section(text, "Outcomes")) for name in quoted(row[0])]
    assert sorted(outcomes) == sorted(outcome.value for outcome in Outcome)
    statuses = {quoted(row[0])[0]: row[2] for row in rows(section(text, "Which calls count"))}
    assert set(statuses) == {status.value for status in CallStatus}
    assert {name for name, counts in statuses.items() if counts.startswith("yes")} == COUNTED
    parts = [quoted(row[0])[0] for row in rows(section(text, "`time_to_first_audio`"))]
    assert [*parts, "total_s"] == [field.name for field in fields(LatencyParts)]


# --- recordings ----------------------------------------------------------------------------------


def test_the_example_lines_of_the_events_are_read_and_show_every_kind():
    lines = [line for block in blocks(page("recording.md"), "json") for line in block.splitlines()]
    for line in lines:
        record = from_line(line.encode())
        assert record is not None
        assert orjson.loads(to_line(record)) == orjson.loads(line)
    assert {orjson.loads(line)["kind"] for line in lines} == set(KINDS)


def test_the_fields_of_manifest_and_results_are_told_completely():
    manifest = section(page("recording.md"), "manifest.json")
    told = [name for row in rows(manifest) for name in quoted(row[0])]
    assert sorted(told) == sorted(field.name for field in fields(Manifest))
    assert {field.name for field in fields(Lateness)} <= set(quoted(manifest))
    results = rows(section(page("recording.md"), "results.json"))
    models = (
        RunResults,
        CallResult,
        ScoreResult,
        EvidenceSpan,
        Review,
        Measurement,
        Measure,
        MeasuredValue,
        Usage,
        RunCost,
        DiffLine,
        Summary,
        ScorerSummary,
        MeasureSummary,
        ScenarioSummary,
        PassK,
        GateResult,
        Quarantined,
        Rate,
        Percentiles,
    )
    for row, model in zip(results, models, strict=True):
        assert quoted(row[1]) == [field.name for field in fields(model)], row[0]


def test_the_outcomes_of_tools_are_told():
    text = page("recording.md")
    assert {outcome.value for outcome in ToolOutcome} <= set(quoted(text))


def test_the_python_examples_run_on_a_run(tmp_path, monkeypatch, capsys):
    run = write_run(tmp_path)
    call, first, second = blocks(section(page("recording.md"), "From Python"), "python")
    first = first.replace("reports/mine/calls/straight-lookup/001", "calls/straight-lookup-0")
    monkeypatch.chdir(run)
    exec(first, {})
    assert "where is my order" in capsys.readouterr().out
    exec(second.replace("reports/mine/", ""), {})
    assert "entity_confirmation" in capsys.readouterr().out
    made: dict[str, Any] = {}
    scenario = ROOT / "scenarios/order_desk/escalation/one_failed_lookup.yaml"
    exec(call.replace("mine/scenarios/where_is_my_order.yaml", str(scenario)), made)
    assert made["result"].passed
    assert made["recording"].played


# --- scenario files ------------------------------------------------------------------------------


def test_the_keys_of_the_files_are_told_completely():
    text = page("scenarios/")
    words = set(re.findall(r"\w+", text))
    names = {"say", "for"}
    for model in (Suite, ToolSpec, Scenario, Caller, Turn, Expectation, Limits, Target):
        names |= set(model.model_fields)
    names |= {kind.value for enum in (ValueKind, ToolKind, FailureKind) for kind in enum}
    names |= set(BUILT_IN)
    assert names <= words


FRAGMENTS = [
    block for block in blocks(page("scenarios/"), "yaml") if not block.startswith("format:")
]
WHOLES: tuple[tuple[type[Model], dict[str, object]], ...] = (
    (Scenario, {"format": 1, "name": "x", "turns": [{"say": "Hello."}]}),
    (Suite, {"format": 1, "suite": "x", "instructions": "prompt.md"}),
    (Target, {"format": 1, "target": "x", "dialect": "openai_ga", "url": "ws://here"}),
)
"""The wholes that may contain a fragment."""


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda text: text.splitlines()[0])
def test_the_parts_of_files_that_are_shown_fit_into_a_file(tmp_path, fragment):
    path = tmp_path / "part.yaml"
    path.write_text(fragment)
    part = read_document(path).data
    model, rest = next(whole for whole in WHOLES if set(part) <= set(whole[0].model_fields))
    model.model_validate_json(orjson.dumps(rest | part))  # raises on a fault
    assert list(choice_faults(part, known_options())) == []


@pytest.mark.parametrize(("name", "model"), known_options().items())
def test_the_options_of_a_scorer_have_their_defaults(name, model):
    text = section(page("scorers/"), f"`{name}`").partition("| option |")[2]
    table = text.partition("\n\n")[0].splitlines()[2:]
    shown = {quoted(row[0])[0]: orjson.loads(row[1]) for row in rows("\n".join(table))}
    assert shown == {option: field.default for option, field in model.model_fields.items()}


def test_the_defaults_of_limits_are_told():
    told = {row[0].strip("`"): row[1] for row in rows(page("scenarios/"))}
    assert {name: float(told[name]) for name in Limits.model_fields} == dict(Limits())
    assert set(SessionSettings.model_fields) - {"input_format"} <= set(
        re.findall(r"\w+", page("scenarios/"))
    )
