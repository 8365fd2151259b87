"""What calls may cost together: spent, not spent, and not to be told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import result, score

from harness.calls.budget import Budget
from harness.history.cost import ModelPrices, Prices
from harness.results.model import CallResult
from harness.scenario.target import Target
from harness.timeline.usage import Usage

TARGET = Target(format=1, target="mine", model="m", url="ws://127.0.0.1/v1/realtime")
PRICES = Prices(format=1, currency="EUR", models={"m": ModelPrices(input_text=1.0)})
COSTS_ONE = Usage(responses=1, input_text_tokens=1_000_000)


def call(usage: Usage | None) -> CallResult:
    return replace(result("quiet", score("preamble", "pass", "")), usage=usage)


SPENT = [
    # (limit, usages of calls, what is spent, why no other is started)
    (2.5, [], 0.0, ""),
    (2.5, [COSTS_ONE] * 2, 2.0, ""),
    (2.0, [COSTS_ONE] * 2, 2.0, "the budget of 2 EUR is spent (2 EUR)"),
    (2.5, [COSTS_ONE] * 3, 3.0, "the budget of 2.5 EUR is spent (3 EUR)"),
    (2.5, [None, Usage(caller_s=9.0)], 0.0, ""),  # nobody was called, or nobody answered
    (None, [COSTS_ONE] * 9, 9.0, ""),
    (
        2.5, [COSTS_ONE, Usage(caller_s=9.0, agent_s=3.0)], 1.0,
        "nobody knows what calls cost (all tokens, which the service does not tell, of m), "
        "so no budget can be kept",
    ),
    (
        2.5, [Usage(1, input_text_tokens=500_000, output_audio_tokens=9_000_000)], 0.5,
        "nobody knows what calls cost (no price is given for output audio of m), "
        "so no budget can be kept",
    ),
    (2.5, [Usage(1, input_text_tokens=500_000, uncounted_responses=1)], 0.5, ""),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "usages", "spent", "why"), SPENT)
def test_a_budget_is_closed_once_it_is_spent_or_cannot_be_kept(limit, usages, spent, why):
    budget = Budget(PRICES, limit)
    for usage in usages:
        budget.add(TARGET, call(usage))
    assert budget.spent == pytest.approx(spent)
    assert budget.closed == why


def test_where_a_cost_is_a_range_its_upper_end_is_spent():
    kinds = ModelPrices(input_text=4.0, input_audio=32.0, cached_input=0.0)
    budget = Budget(Prices(format=1, models={"m": kinds}), 30.0)
    million = 1_000_000
    used = Usage(1, input_text_tokens=million, input_audio_tokens=million, cached_tokens=million)
    budget.add(TARGET, call(used))
    assert budget.spent == pytest.approx(32.0)
