"""A changed prompt changes behaviour, and the scores of the same suite show which."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from harness.cli.progress import progress_for
from harness.runs.run_suite import RunRequest, carry_out, planned

ROOT = Path(__file__).parents[2]
REPEATS = 2


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The shipped suite, copied so that its prompt may be changed, with its recorded lines."""
    folder = tmp_path / "scenarios" / "order_desk"
    shutil.copytree(ROOT / "scenarios" / "order_desk", folder)
    (tmp_path / "audio_fixtures").symlink_to(ROOT / "audio_fixtures")
    return folder


def without_section(prompt: str, heading: str) -> str:
    changed = re.sub(rf"(?ms)^# {heading}\n.*?(?=^# )", "", prompt)
    assert changed != prompt
    return changed


def failures(suite: Path, out: Path, *names: str) -> Counter[str]:
    paths = tuple(suite / name for name in names)
    request = RunRequest(paths=paths, repeat=REPEATS, concurrency=2, out=out)
    results = carry_out(planned(request), progress_for)
    assert [call.status for call in results.calls] == ["completed"] * len(names) * REPEATS
    return Counter(
        score.scorer for call in results.calls for score in call.scores if score.passed is False
    )


@pytest.mark.parametrize(
    ("heading", "scenario", "scorer"),
    [
        ("Before a lookup", "lookup/straight.yaml", "preamble"),
        ("Order numbers", "lookup/straight.yaml", "entity_confirmation"),
        ("Human specialist", "escalation/asked_for_human.yaml", "escalation"),
    ],
)
def test_a_rule_taken_out_of_the_prompt_is_missed_by_its_own_scorer(
    suite: Path, tmp_path: Path, heading: str, scenario: str, scorer: str
) -> None:
    prompt = suite / "prompts" / "baseline.md"
    before = failures(suite, tmp_path / "before", scenario)
    prompt.write_text(
        without_section(prompt.read_text(encoding="utf-8"), heading), encoding="utf-8"
    )
    after = failures(suite, tmp_path / "after", scenario)
    assert not before
    # Absent rules are followed now and then, as a model would: one miss in the repeats is enough.
    assert after[scorer] >= 1
    assert set(after) == {scorer}
