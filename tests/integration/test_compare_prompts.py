"""A rule taken out of the prompt is found by `harness compare`, on the scorers that know it."""

from __future__ import annotations

import re
from pathlib import Path

from harness.agent.faults import CAUGHT_BY, MAY_TRIP, AgentFault
from harness.cli.progress import progress_for
from harness.compare.model import ComparisonVerdict
from harness.workflows.comparing import carry_out_comparison
from harness.workflows.variants import CompareRequest, plan_comparison

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
SCENARIOS = ("change_of_address", "confirmed_cancellation")
REPEATS = 7


def test_a_prompt_without_the_confirmation_rule_is_worse_on_the_right_scorers(tmp_path: Path):
    own = DESK / "prompts" / "baseline.md"
    changed = re.sub(r"(?ms)^# Changes\n.*?(?=^# )", "", own.read_text(encoding="utf-8"))
    without = tmp_path / "without_confirmation.md"
    without.write_text(changed, encoding="utf-8")
    request = CompareRequest(
        paths=tuple(DESK / "write" / f"{name}.yaml" for name in SCENARIOS),
        prompts=(own, without),
        repeat=REPEATS,
        out=tmp_path / "out",
    )
    comparison = carry_out_comparison(plan_comparison(request), progress_for)

    (contrast,) = comparison.contrasts
    assert contrast.pairs == len(SCENARIOS) * REPEATS
    found = {
        f.scorer: f for f in contrast.findings if f.verdict is not ComparisonVerdict.NO_EVIDENCE
    }
    rule = AgentFault.WRITE_WITHOUT_ASKING  # what an agent without this rule does
    assert set(CAUGHT_BY[rule]) <= set(found) <= {*CAUGHT_BY[rule], *MAY_TRIP[rule]}
    for finding in found.values():
        assert finding.verdict is ComparisonVerdict.WORSE
        assert finding.p_adjusted < 0.05
    assert comparison.worse
