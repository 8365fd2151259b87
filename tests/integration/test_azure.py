"""Whole calls to an agent on Azure: the current endpoint, and the older, dated endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.azure_front import azure_front
from support.call_plans import call_plan, scenario, writer
from support.scripted_server import Reply, Script, scripted_server

from harness.agent.server.websocket_server import ServedAgent, serve
from harness.errors import ConnectFailed
from harness.protocol.server_half import server_half
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.runs.routes import route_to
from harness.scenario.target import Target
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

HOST, KEY = "wss://r.openai.azure.com", "azure-key-0001"
GA = {"url": f"{HOST}/openai/v1/realtime", "model": "desk"}
DATED = {
    "url": f"{HOST}/openai/realtime",
    "model": "desk",
    "dialect": "openai_beta",
    "query": {"api-version": "2024-10-01-preview"},
}
SAID: list[dict[str, Any]] = [{"say": "Where is it?"}]
TYPED: list[dict[str, Any]] = [{"text": "Where is my order? It's ORD-4715B."}]
"""To the reference agent, which would not understand a tone."""


@asynccontextmanager
async def agent(dialect: str) -> AsyncIterator[str]:
    if dialect == "openai_ga":
        async with scripted_server(Script([Reply("It has shipped.", 1.0)])) as (url, _):
            yield url
    else:
        served = ServedAgent(server_half=server_half(dialect))
        async with serve(served, clock=VirtualClock()) as server:
            yield server.url


def called(folder: Path, target: dict[str, Any], key: str = KEY) -> Recording:
    route = route_to(Target.model_validate({"format": 1, "target": "azure", **target}))
    dated = "query" in target
    query = {"api-version": "2024-10-01-preview", "deployment": "desk"}

    async def main() -> None:
        async with (
            agent(route.target.dialect) as inner,
            azure_front(
                inner,
                path="/openai/realtime" if dated else "/openai/v1/realtime",
                query=query if dated else {"model": "desk"},
                key=key,
                model="gpt-realtime-2025-08-28",
            ) as address,
        ):
            plan = call_plan(
                route.url.replace(HOST, address),
                scenario(TYPED if dated else SAID, limits={"answer_timeout_s": 4, "call_s": 40}),
                dialect=route.target.dialect,
                headers=route.headers,
                secrets=route.secrets,
                model=route.target.model,
            )
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))

    run_virtual(main())
    return read_recording(folder)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)


@pytest.mark.parametrize("target", [GA, DATED], ids=["current", "dated"])
def test_a_call_is_held_and_a_deployment_is_no_other_model(tmp_path, target) -> None:
    call = called(tmp_path, target | {"auth": {"key_env": "AZURE_OPENAI_API_KEY"}})
    assert call.manifest.status is CallStatus.COMPLETED
    assert build(call).agent
    assert not [each for each in call.manifest.differences if "model" in str(each)]
    kept = b"".join(each.read_bytes() for each in sorted(tmp_path.rglob("*")) if each.is_file())
    assert KEY.encode() not in kept
    assert b"gpt-realtime-2025-08-28" in kept


def test_a_wrong_key_is_told(tmp_path) -> None:
    with pytest.raises(ConnectFailed, match="401"):
        called(tmp_path, GA | {"auth": {"key_env": "AZURE_OPENAI_API_KEY"}}, key="another")
