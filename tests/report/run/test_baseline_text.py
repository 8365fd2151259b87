"""What a baseline says of itself: calls, scenarios, and the conditions they were called under."""

from __future__ import annotations

import pytest

from harness.gates.baseline import Baseline, BaselineTest
from harness.report.run.baseline_text import saved_text


def made_of(*tests: tuple[str, str, str]) -> Baseline:
    return Baseline(
        format=3, harness_version="", started_at="", target="", clock="virtual",
        target_settings={}, scorers={}, measures={}, calls=(),
        tests=tuple(BaselineTest(*test, scenario_hash="", prompt_hash="") for test in tests),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ([("desk", "a", "")], "0 calls of 1 scenario"),
        ([("desk", "a", ""), ("desk", "b", "")], "0 calls of 2 scenarios"),
        ([("desk", "a", ""), ("other", "a", "")], "0 calls of 2 scenarios"),
        (
            [("desk", name, cell) for name in "ab" for cell in ("server_vad", "semantic_vad")],
            "0 calls of 2 scenarios under 2 conditions",
        ),
    ],
)
def test_cells_of_a_matrix_are_conditions_and_no_scenarios(tests, told):
    assert saved_text(made_of(*tests), 0) == told
