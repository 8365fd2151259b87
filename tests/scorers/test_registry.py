"""Names and limits of scorers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.call_script import judged_call
from support.offered import forget_installed, offer

from harness.errors import BrokenPlugin, UnknownName, UsageError
from harness.scenario.model import Limits
from harness.scorers.base import Outcome, Score
from harness.scorers.registry import SCORERS, known_measures, scorers_for
from harness.scorers.time_to_first_audio import TimeToFirstAudio

CALL = judged_call("0.0-1.0 caller: Hi.\n1.5-2.0 agent: Hi.")


def test_every_built_in_scorer_carries_its_registered_name() -> None:
    built = scorers_for(CALL.scenario)
    assert tuple(one.scorer_name for one in built) == SCORERS.names() == tuple(SCORERS.builtin)


def test_limits_come_from_the_scenario() -> None:
    limits = Limits(time_to_first_audio_s=0.7, time_to_first_audio_with_tool_s=2.0)
    (one,) = scorers_for(
        CALL.scenario.model_copy(update={"limits": limits}), ["time_to_first_audio"]
    )
    assert one == TimeToFirstAudio(limit_s=0.7, with_tool_limit_s=2.0)


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="preamble"):
        scorers_for(CALL.scenario, ["preambel"])


def test_a_name_asked_for_twice_is_an_error() -> None:
    with pytest.raises(UsageError, match="twice"):
        scorers_for(CALL.scenario, ["preamble", "preamble"])


@pytest.mark.parametrize(
    ("outcome", "passed"), [(Outcome.PASS, True), (Outcome.FAIL, False), (Outcome.REVIEW, None)]
)
def test_only_pass_and_fail_are_verdicts(outcome: Outcome, passed: bool | None) -> None:
    assert Score(outcome, "").passed is passed


# --- what packages offer --------------------------------------------------------------------------

THEIRS = """
from dataclasses import dataclass
from harness.scorers.base import Outcome, Score, Scorer, scorer
from harness.scorers.measure import Measure

@scorer("theirs", version=1, measures=(Measure("{measure}", unit="words"),))
@dataclass(frozen=True)
class Theirs(Scorer):
    def score(self, call):
        return Score(Outcome.PASS, "fine")

def from_scenario(scenario):
    return Theirs()
"""


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()
    sys.modules.pop("theirs", None)


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("theirs = theirs:from_scenario", "expected a class that inherits from harness.scorers"),
        ("other = theirs:Theirs", "its class says @scorer('theirs')"),
    ],
)
def test_what_is_no_scorer_of_that_name_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, said: str
) -> None:
    offer(monkeypatch, tmp_path, "theirs", THEIRS.format(measure="length"), scorers=point)
    with pytest.raises(BrokenPlugin, match=re.escape(said)) as broken:
        known_measures()
    assert "\n" not in str(broken.value)


@pytest.mark.parametrize("taken", ["time_to_first_audio", "preamble"])
def test_a_measure_has_a_name_that_no_other_scorer_or_measure_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    code = THEIRS.format(measure=taken)
    offer(monkeypatch, tmp_path, "theirs", code, scorers="theirs = theirs:Theirs")
    with pytest.raises(
        UsageError, match=f"'theirs' measures '{taken}', a name that scorer '{taken}'"
    ):
        known_measures()
