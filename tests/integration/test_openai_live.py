"""The order desk called over GPT-Live, which reports no turns: the verdicts are Realtime's."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from support.live_types import check_client, check_served

from harness.recording.store import read_recording
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target
from harness.timeline.build import build
from harness.timeline.usage import usage

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
LIVE = Target(format=1, target="live", dialect="openai_live")
SCORERS = (
    *("write_confirmation", "entity_confirmation", "escalation", "expectations"),
    *("barge_in_yield", "preamble", "time_to_first_audio"),
)
P, NA, UN = "pass", "not_applicable", "unscorable"

# call, fault, outcomes in the order of SCORERS (over Realtime GA they are the same, but for UN)
CALLS = {
    "a straight lookup": ("lookup/straight", None, (NA, P, P, P, NA, P, P)),
    "an agreed cancellation": ("write/confirmed_cancellation", None, (P, P, P, P, NA, NA, P)),
    "a barge-in": ("turn_taking/barge_in_long_answer", None, (NA, P, P, P, P, P, P)),
    "silence": ("noise/nobody_there", None, (NA, NA, P, P, NA, NA, NA)),
    "a hand-over": ("escalation/asked_for_human", None, (NA, NA, P, P, NA, NA, P)),
    "annoyance": ("escalation/mild_annoyance", None, (NA, P, P, P, NA, P, P)),
    "a read-back that the caller spoke over": (
        *("turn_taking/yes_over_read_back", "act_on_interrupted_read_back"),
        (NA, UN, P, P, P, P, P),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_order_desk_is_judged_without_a_turn_being_told(tmp_path: Path, name: str) -> None:
    path, fault, outcomes = CALLS[name]
    (job,) = plan_jobs(find((DESK / f"{path}.yaml",)), Repeats(), LIVE)[:1]
    call = call_virtually(VirtualOrder(job, tmp_path, embedded_agent, fault))
    assert (call.status, call.status_detail) == ("completed", "")
    told = {score.scorer: score.outcome for score in call.scores}
    reasons = " | ".join(score.reason for score in call.scores)
    assert tuple(told[scorer] for scorer in SCORERS) == outcomes, reasons
    recording = read_recording(tmp_path / call.recording)
    assert {answer.inferred for answer in build(recording).agent} <= {True}
    assert recording.violations == ()
    assert usage(recording).session_s == pytest.approx(recording.manifest.duration_s, abs=0.1)
    for line in (tmp_path / call.recording / "events.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        if (
            row["kind"] == "wire"
            and "audio" not in row["message"]
            and "delta" not in row["message"]
        ):
            check = check_served if row["direction"] == "received" else check_client
            check(orjson.dumps(row["message"]))
