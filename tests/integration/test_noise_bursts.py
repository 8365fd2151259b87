"""Television that comes and goes in the room: who takes it for the caller is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agent.faults import AgentFault
from harness.recording.store import read_recording
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.load import Condition
from harness.scenario.model import BedNoise, Bursts
from harness.scenario.target import Target
from harness.units import RATE_HZ

CALL = Path(__file__).parents[2] / "scenarios" / "order_desk" / "lookup" / "straight.yaml"
TELEVISION = Condition(
    name="television",
    noise=BedNoise(bed="tv_words", snr_db=10, bursts=Bursts.model_validate({"every": 6, "for": 2})),
)


@pytest.mark.parametrize(
    ("fault", "outcome"), [(None, "pass"), (AgentFault.ANSWERS_SIDE_SPEECH, "fail")]
)
def test_an_agent_that_stops_for_the_television_fails_and_another_passes(
    tmp_path: Path, fault: AgentFault | None, outcome: str
) -> None:
    target = Target.model_validate({"format": 1, "target": "room"})
    (job,) = plan_jobs(find((CALL,)), Repeats(), target, conditions=(TELEVISION,))
    planted = fault and fault.value
    call = call_virtually(VirtualOrder(job, tmp_path, embedded_agent, planted))
    (score,) = (one for one in call.scores if one.scorer == "selectivity")
    assert (call.status, score.outcome) == ("completed", outcome)
    bursts = read_recording(tmp_path / call.recording).bursts
    assert len(bursts) > 1
    assert {one.samples for one in bursts[:-1]} == {2 * RATE_HZ}
