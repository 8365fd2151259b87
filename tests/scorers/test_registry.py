"""Names and limits of scorers."""

from __future__ import annotations

import pytest
from support.call_script import judged_call

from harness.errors import UnknownName, UsageError
from harness.scenario.model import Limits
from harness.scorers.base import Outcome, Score
from harness.scorers.registry import SCORERS, scorers_for
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
