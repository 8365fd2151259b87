"""The order desk called in the beta's shape: the same calls, the same verdicts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.beta_agent import beta_agent

from harness.agent.server.websocket_server import serve
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import Embedded, VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.fields import Opening
from harness.scenario.session_settings import SessionSettings
from harness.scenario.target import Target
from harness.session.clock import Clock
from harness.timeline.build import build

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
CALLS = ("lookup/straight", "turn_taking/barge_in_long_answer", "write/confirmed_cancellation")


@asynccontextmanager
async def newer_agent(
    clock: Clock, _fault: str | None, _spoken: str, _caller: Any
) -> AsyncIterator[str]:
    """Serve the newer shape, whatever the caller speaks."""
    async with serve(clock=clock) as server:
        yield server.url


def called(
    name: str, dialect: str, agent: Embedded, out: Path, *, opening: Opening = "caller"
) -> CallResult:
    session = SessionSettings(opening=opening)
    target = Target(format=1, target="beta", dialect=dialect, session=session)
    (job,) = plan_jobs(find((DESK / f"{name}.yaml",)), Repeats(), target)[:1]
    return call_virtually(VirtualOrder(job, out, agent, None))


def outcomes(call: CallResult) -> list[tuple[str, str, str]]:
    return [(score.scorer, score.outcome, score.reason) for score in call.scores]


@pytest.mark.parametrize("name", CALLS)
def test_a_good_call_in_the_shape_of_the_beta_passes(tmp_path, name):
    beta = called(name, "openai_beta", beta_agent, tmp_path / "beta")
    assert (beta.status, beta.passed) == ("completed", True)
    lines = (tmp_path / "beta" / beta.recording / "events.jsonl").read_bytes().splitlines()
    sent = {row["message"]["type"] for row in map(orjson.loads, lines) if "message" in row}
    assert "response.audio.delta" in sent
    assert not {"response.output_audio.delta", "conversation.item.done"} & sent


@pytest.mark.parametrize("agent", [beta_agent, embedded_agent])
def test_verdicts_do_not_hang_on_the_shape(tmp_path, agent):
    beta = called(CALLS[0], "openai_beta", agent, tmp_path / "beta")
    ga = called(CALLS[0], "openai_ga", embedded_agent, tmp_path / "ga")
    assert outcomes(beta) == outcomes(ga)


@pytest.mark.parametrize(
    ("dialect", "agent"), [("openai_ga", embedded_agent), ("openai_beta", beta_agent)]
)
def test_an_agent_that_greets_first_is_judged_by_what_it_answers(tmp_path, dialect, agent):
    greeted = called(CALLS[0], dialect, agent, tmp_path, opening="agent")
    assert (greeted.status, greeted.passed) == ("completed", True)
    facts = build(read_recording(tmp_path / greeted.recording))
    greeting = facts.agent[0]
    assert greeting.claimed == "Hello, this is the order desk. How can I help?"
    assert greeting.span.end_s < facts.caller[0].span.start_s
    assert [wait.utterance for wait in facts.waits if wait.utterance == 0] == []
    alone = called(CALLS[0], dialect, agent, tmp_path / "unasked")
    assert [verdict[:2] for verdict in outcomes(greeted)] == [v[:2] for v in outcomes(alone)]


@pytest.mark.parametrize(
    ("dialect", "agent", "said"),
    [
        (
            "openai_ga",
            beta_agent,
            "Unknown parameter: 'session.type'. (unknown_parameter); this endpoint speaks the"
            " beta's shape: use dialect: openai_beta",
        ),
        (
            "openai_beta",
            newer_agent,
            "Missing required parameter: 'session.type'. (missing_required_parameter); this"
            " endpoint speaks the newer shape: use dialect: openai_ga",
        ),
    ],
)
def test_the_wrong_shape_ends_the_call_with_the_right_one(tmp_path, dialect, agent, said):
    call = called("lookup/straight", dialect, agent, tmp_path)
    assert (call.status, call.status_detail) == ("agent_error", said)
