"""The scorers of the harness itself, each built with the limits of a scenario."""

from __future__ import annotations

from harness.scenario.model import Scenario
from harness.scorers.barge_in_yield import BargeInYield
from harness.scorers.base import Scorer
from harness.scorers.entity_confirmation import EntityConfirmation
from harness.scorers.escalation import Escalation
from harness.scorers.expectations import Expectations
from harness.scorers.preamble import Preamble
from harness.scorers.time_to_first_audio import TimeToFirstAudio
from harness.scorers.write_confirmation import WriteConfirmation


def write_confirmation(scenario: Scenario) -> Scorer:
    """Build it; it has no limits."""
    return WriteConfirmation()


def entity_confirmation(scenario: Scenario) -> Scorer:
    """Build it; it has no limits."""
    return EntityConfirmation()


def escalation(scenario: Scenario) -> Scorer:
    """Build it; it has no limits."""
    return Escalation()


def expectations(scenario: Scenario) -> Scorer:
    """Build it; it has no limits."""
    return Expectations()


def barge_in_yield(scenario: Scenario) -> Scorer:
    """Build it with the longest time to fall silent."""
    return BargeInYield(limit_s=scenario.limits.barge_in_yield_s)


def preamble(scenario: Scenario) -> Scorer:
    """Build it; it has no limits."""
    return Preamble()


def time_to_first_audio(scenario: Scenario) -> Scorer:
    """Build it with the longest waits, without and with a tool."""
    return TimeToFirstAudio(
        limit_s=scenario.limits.time_to_first_audio_s,
        with_tool_limit_s=scenario.limits.time_to_first_audio_with_tool_s,
    )
