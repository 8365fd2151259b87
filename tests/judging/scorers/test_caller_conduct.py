"""A result of a caller who left the scenario is a question, and no failure of the agent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import judged_call

from harness.judging.judge import left_script, verdicts
from harness.judging.scorers.base import ScoredCall
from harness.judging.scorers.registry import scorers_for
from harness.recording.provenance import Origin, SourceKind
from harness.scenario.model import Scenario

ASKED = (
    "0.0-2.0 caller: Please cancel {}.\n"
    "3.0-6.0 agent: I would cancel order {}, for good. Shall I?\n"
)
CANCEL = "8.5-9.0 cancel_order order_id={}\n9.6-11.0 agent: It is cancelled.\n"
EXPECT = {"tools": [{"name": "cancel_order", "arguments": {"order_id": "ORD-4715B"}}]}
OTHER, RIGHT = "ORD-8263K", "ORD-4715B"
SWAP = "I cancelled it for you. Is there anything else I can help you with?"


def outcomes(script: str, *, imported: bool) -> dict[str, tuple[str, str]]:
    call = judged_call(script, scenario={"expect": EXPECT})
    assert isinstance(call, ScoredCall)
    if imported:
        origin = Origin(SourceKind.CHAT, "calls.json", sound=False)
        call = replace(call, timeline=replace(call.timeline, origin=origin))
    assert isinstance(call.scenario, Scenario)
    found = verdicts(call, scorers_for(call.scenario))
    return {one.scorer.scorer_name: (one.score.outcome.value, one.score.reason) for one in found}


ROWS = [
    # caller's words and agent's actions; scorer; scripted caller, imported caller; why
    (ASKED.format(OTHER, OTHER) + "6.5-7.5 caller: Yes, please.\n" + CANCEL.format(OTHER),
     "entity_confirmation", "fail", "review", "the caller gave ORD8263K as order_id"),
    (ASKED.format(OTHER, OTHER) + "6.5-7.5 caller: Yes, please.\n" + CANCEL.format(OTHER),
     "expectations", "fail", "review", "the caller gave ORD8263K as order_id"),
    # the caller gave the right one, too: using the other is the agent's fault
    (ASKED.format(RIGHT, OTHER) + f"6.5-7.5 caller: No, {RIGHT}.\n" + CANCEL.format(OTHER),
     "entity_confirmation", "fail", "fail", "the caller's is ORD-4715B"),
    (ASKED.format(RIGHT, RIGHT) + f"6.5-8.2 caller: {SWAP}\n" + CANCEL.format(RIGHT),
     "entity_confirmation", "fail", "review", "the caller spoke as if it were the agent"),
    (ASKED.format(RIGHT, RIGHT) + "6.5-7.5 caller: Yes, please.\n",
     "expectations", "fail", "review", "the call ended with the caller's words at 0:06.5"),
    # the agent had the last word: it could have acted
    (ASKED.format(RIGHT, RIGHT) + "6.5-7.5 caller: Yes, please.\n8.0-8.6 agent: Bye.\n",
     "expectations", "fail", "fail", "was called 0 times"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "scorer", "scripted", "imported", "why"), ROWS)
def test_a_caller_who_leaves_the_scenario_fails_no_agent(
    script: str, scorer: str, scripted: str, imported: str, why: str
) -> None:
    assert outcomes(script, imported=False)[scorer][0] == scripted
    outcome, reason = outcomes(script, imported=True)[scorer]
    assert (outcome, why in reason) == (imported, True), reason


@pytest.mark.parametrize(
    ("facts", "script"),
    [
        ({}, "1.0-2.0 agent: Hello?\n"),  # a caller who never spoke
        # a name may be said in many ways: another form is no proof
        ({"name": {"value": "Ann", "kind": "name"}}, "0.0-1.0 caller: Bob.\n1.2-2.0 agent: Hi.\n"),
    ],
)
def test_a_caller_who_gave_no_other_number_kept_to_the_scenario(
    facts: dict[str, dict[str, str]], script: str
) -> None:
    call = judged_call(script, scenario={"facts": facts})
    origin = Origin(SourceKind.CHAT, "calls.json", sound=False)
    call = replace(call, timeline=replace(call.timeline, origin=origin))
    assert left_script(call, missing=True) == ""
