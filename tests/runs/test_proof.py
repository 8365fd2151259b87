from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from harness.agent.faults import CAUGHT_BY, MAY_TRIP, SHOWN_BY
from harness.judging.scorers.base import _HARM_WORST_FIRST
from harness.judging.scorers.delivery import _BROKE
from harness.judging.scorers.registry import SCORERS
from harness.judging.scorers.tool_use import ToolUseOptions
from harness.results.model import CallResult, ScoreResult
from harness.runs.proof import (
    ASKS,
    GOOD,
    RULES,
    PlantedFault,
    RuleProof,
    judge_row,
    proof_of_rules,
    summary,
)
from harness.scenario.catalog import find

ROOT = Path(__file__).parents[2]

FAULT = PlantedFault("deaf", frozenset({"yield"}), frozenset({"expectations"}))
BOTH = PlantedFault("both", frozenset({"yield", "delivery.hung_up"}), frozenset())
EARLY = PlantedFault("early", frozenset({"tool_use.before_result"}), frozenset({"delivery"}))
HUNG_UP = "the agent hung up during its own answer (1.0 s of 2.0 s was heard) at 0:03.0"
STOPPED = "the service stopped an answer (content_filter) at 0:01.0"
TOLD = "'May 3' was told at 0:02.0, and lookup_order returned only at 0:04.0: 'On May 3.'"
MUTE = PlantedFault("mute", frozenset({"yield"}), frozenset(), frozenset({"agent_silent"}))


def call(status: str = "completed", reason: str = "because", **outcomes: str) -> CallResult:
    scores = tuple(
        ScoreResult(
            scorer=name,
            version=1,
            outcome=outcome,
            passed={"pass": True, "fail": False}.get(outcome),
            value=None,
            unit="",
            reason=reason,
        )
        for name, outcome in outcomes.items()
    )
    return CallResult(
        scenario="one",
        scenario_path="one.yaml",
        repeat=0,
        seed=7,
        status=status,
        status_detail="",
        recording="calls/one/001",
        duration_s=1.0,
        passed=None,
        scores=scores,
    )


@pytest.mark.parametrize(
    ("planted", "calls", "problem"),
    [
        (FAULT, (call(**{"yield": "fail"}), call(preamble="pass")), None),
        (FAULT, (call(**{"yield": "fail"}, expectations="fail"),), None),
        (FAULT, (call(**{"yield": "pass"}),), "not caught by yield"),
        (FAULT, (call(**{"yield": "review"}),), "not caught by yield"),
        (FAULT, (call(expectations="fail"),), "not caught by yield"),
        (FAULT, (call(**{"yield": "fail"}, preamble="fail"),), "false alarm: preamble on one"),
        (FAULT, (call(**{"yield": "fail"}, preamble="review"),), "false alarm: preamble on one"),
        (FAULT, (call(**{"yield": "fail"}), call("socket_closed")), "one ended as socket_closed"),
        (MUTE, (call("agent_silent", **{"yield": "fail"}), call()), None),
        (MUTE, (call("agent_silent"),), "not caught by yield"),
        (MUTE, (call("agent_error", **{"yield": "fail"}),), "one ended as agent_error"),
        (BOTH, (call(**{"yield": "fail"}), call(reason=HUNG_UP, delivery="fail")), None),
        (BOTH, (call(**{"yield": "fail"}),), "not caught by delivery.hung_up"),
        (
            BOTH,
            (call(**{"yield": "fail"}), call(reason=f"{STOPPED}; {HUNG_UP}", delivery="fail")),
            "false alarm: delivery.incomplete on one",
        ),
        (EARLY, (call(reason=TOLD, tool_use="review"),), None),
        (
            EARLY,
            (call(reason=TOLD, tool_use="review"), call(reason=HUNG_UP, delivery="fail")),
            None,
        ),
        (EARLY, (call(reason="of no rule", tool_use="review"),), "false alarm: tool_use on one"),
        (EARLY, (call(reason="of no rule", tool_use="review"),), "not caught by tool_use.before_r"),
        (None, (call(preamble="pass", escalation="not_applicable"),), None),
        (None, (call(preamble="fail"),), "false alarm: preamble on one: because"),
        (None, (call(preamble="broken"),), "false alarm: preamble on one: because"),
        (None, (call("agent_silent"),), "one ended as agent_silent"),
    ],
)
def test_a_row_is_proven_only_when_its_fault_is_caught_and_nothing_else_fails(
    planted: PlantedFault | None, calls: tuple[CallResult, ...], problem: str | None
) -> None:
    row = judge_row(planted, calls)
    assert row.name == (planted.name if planted else GOOD)
    assert row.calls == len(calls)
    assert row.proven == (problem is None)
    if problem is not None:
        assert any(problem in found for found in row.problems), row.problems


def test_a_good_agent_with_a_quirk_has_its_name_and_may_trip_nothing() -> None:
    row = judge_row(None, (call(preamble="review"), call(preamble="pass")), name="quiet")
    assert (row.name, row.calls, row.caught, row.false_alarms) == (
        "quiet",
        2,
        {},
        {"preamble": 1},
    )
    assert not row.proven


def test_the_summary_counts_caught_faults_and_false_alarms() -> None:
    good, quiet = judge_row(None, (call(),)), judge_row(None, (call(preamble="fail"),))
    caught = judge_row(FAULT, (call(**{"yield": "fail"}),))
    missed = judge_row(FAULT, (call(preamble="review", barge="fail"),))
    assert summary((good, quiet, caught, missed)) == (
        "2 of 4 rows as they must be; 1 of 2 faults caught (recall 50%); 0 of 3 rules proven; "
        "3 false alarms in 4 calls"
    )
    assert summary((good, quiet)) == (
        "1 of 2 rows as they must be; 0 of 0 faults caught; 0 of 1 rules proven; "
        "1 false alarm in 2 calls"
    )


def test_failures_are_counted_per_scorer() -> None:
    row = judge_row(FAULT, (call(**{"yield": "fail"}), call(**{"yield": "fail"}, other="pass")))
    assert dict(row.failures) == {"yield": 2}


def test_each_rule_has_its_recall_and_its_false_alarms() -> None:
    rows = (
        judge_row(None, (call(reason=HUNG_UP, delivery="fail"), call(preamble="fail"))),
        judge_row(FAULT, (call(**{"yield": "fail"}),)),
        judge_row(BOTH, (call(reason=HUNG_UP, delivery="fail"),)),
    )
    assert proof_of_rules(rows) == (
        RuleProof("delivery.hung_up", caught=1, planted=1, false_alarms=1),
        RuleProof("preamble", caught=0, planted=0, false_alarms=1),
        RuleProof("yield", caught=1, planted=2, false_alarms=0),
    )
    assert summary(rows[:2]).startswith(
        "1 of 2 rows as they must be; 1 of 1 faults caught (recall 100%); 1 of 3 rules proven; "
    )


def test_every_rule_of_tool_use_and_its_neighbours_has_a_planted_fault() -> None:
    planted = {rule for rules in CAUGHT_BY.values() for rule in rules}
    assert set(RULES["tool_use"]) == set(ToolUseOptions.model_fields)
    # our agent asks for no approval, mixes up no responses, and this rule is off by default
    by_tables = {
        *("delivery.approval", "delivery.foreign", "delivery.mid_sentence"),
        "tool_use.parallel",
    }
    wanted = {f"{scorer}.{rule}" for scorer, rules in RULES.items() for rule in rules}
    assert wanted - by_tables <= planted
    assert not by_tables & planted
    named = planted | {rule for rules in MAY_TRIP.values() for rule in rules} | ASKS
    assert {rule for rule in named if "." in rule} <= wanted
    assert {rule.partition(".")[0] for rule in named} <= set(SCORERS.names())


@cache
def _texts_of_scorers() -> str:
    """Return the strings of ``judging/scorers``, one per line, with "…" for an inserted value."""
    lines = []
    for path in sorted((ROOT / "harness/judging/scorers").glob("*.py")):
        if path.name == "harm.py":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value.value = ""  # a docstring is in no verdict; the walk comes to it later
            elif isinstance(node, ast.JoinedStr):
                parts = [x.value if isinstance(x, ast.Constant) else "…" for x in node.values]
                lines.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                lines.append(node.value)
    return "\n".join(line.replace("\n", " ") for line in lines)


def _alternatives(pattern: str) -> Iterator[str]:
    """Split a regular expression at each "|" outside of parentheses."""
    start = depth = 0
    for at, sign in enumerate(pattern):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and not depth:
            yield pattern[start:at]
            start = at + 1
    yield pattern[start:]


@pytest.mark.parametrize(
    "pattern",
    [
        *(says for rules in RULES.values() for says in rules.values()),
        *(words for _, words in _HARM_WORST_FIRST if words),
    ],
)
def test_a_rule_is_recognized_by_words_that_a_scorer_writes(pattern: str) -> None:
    texts = _texts_of_scorers()
    assert [words for words in _alternatives(pattern) if not re.search(words, texts, re.M)] == []


def test_every_break_of_an_answer_is_recognized_as_its_own_rule() -> None:
    for cause, words in _BROKE.items():
        row = judge_row(None, (call(reason=words, delivery="fail"),))
        assert list(row.false_alarms) == [f"delivery.{cause.value}"]


def test_scenarios_that_show_a_switch_are_of_the_shipped_suite() -> None:
    names = {one.scenario.name for one in find((ROOT / "scenarios",))}
    assert {name for wanted in SHOWN_BY.values() for name in wanted} <= names
