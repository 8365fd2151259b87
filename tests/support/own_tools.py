"""An agent whose server runs its tools itself: the reference agent behind a gateway that has them.

The gateway gives the agent its tools, answers their calls, and hides both from the caller's end.
A ``Teller`` decides how it reports them outside the call.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from harness.caller.model import CallerScript
from harness.judging.judge import Judged, judge
from harness.judging.scorers.registry import known_options
from harness.recording.store import read_recording
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import ExpectedCaller, VirtualOrder, call_virtually, place, prepare
from harness.runs.plan import Job, Repeats, plan_jobs
from harness.runs.routes import Route
from harness.scenario.catalog import Selection, find
from harness.scenario.model import RunBy, Scenario, Suite
from harness.scenario.target import Target
from harness.session.clock import Clock, VirtualClock
from harness.session.tools import MockAnswer, ToolDesk
from harness.session.virtual_time import run_virtual
from harness.session.webhook import hooked


@dataclass(frozen=True)
class Ran:
    """A tool run of the server, with its times of day."""

    call: str
    """The call id from the connection's header."""
    url: str
    id: str
    name: str
    arguments: str
    started_s: float
    ended_s: float
    answer: MockAnswer

    @property
    def failed(self) -> bool:
        return "error" in json.loads(self.answer.output)


class Teller:
    """Reports tools; the base class reports none."""

    async def begins(self, call: str, url: str) -> None:
        """A call has come."""

    async def started(self, ran: Ran) -> None:
        """A tool has begun."""

    async def ended(self, ran: Ran) -> None:
        """A tool has ended."""

    async def over(self) -> None:
        """The caller has hung up."""


class _Gateway:
    def __init__(
        self, suite: Suite, scenario: Scenario, agent: str, clock: Clock, teller: Teller
    ) -> None:
        self._suite, self._agent, self._clock, self._teller = suite, agent, clock, teller
        self._desk = ToolDesk(suite, scenario, seed=7)
        self._calls: list[dict[str, Any]] = []

    async def serve(self, caller: ServerConnection) -> None:
        assert caller.request is not None
        call = caller.request.headers["X-Harness-Call-Id"]
        url = caller.request.headers.get("X-Harness-Tools-Url", "")
        query = caller.request.path.partition("?")[2]
        await self._teller.begins(call, url)
        agents = connect(f"{self._agent}?{query}", max_size=None)
        async with agents as agent, asyncio.TaskGroup() as group:
            down = group.create_task(self._down(agent, caller, group, call, url))
            async for text in caller:
                await agent.send(self._with_tools(text))
            down.cancel()
        await self._teller.over()

    def _with_tools(self, text: str | bytes) -> str | bytes:
        if b'"session.update"' not in (text if isinstance(text, bytes) else text.encode()):
            return text
        message = json.loads(text)
        message["session"]["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            }
            for tool in self._suite.tools
        ]
        return json.dumps(message)

    async def _down(
        self, agent: Any, caller: ServerConnection, group: asyncio.TaskGroup, call: str, url: str
    ) -> None:
        async for text in agent:
            message = json.loads(text)
            if message["type"] == "response.function_call_arguments.done":
                self._calls.append(message)
            if message["type"] == "response.done":
                output = message["response"]["output"]
                its = [item for item in output if item["type"] == "function_call"]
                if its:
                    group.create_task(self._run(agent, its, call, url))
                shown = [item for item in output if item["type"] != "function_call"]
                message["response"]["output"] = shown
                text = json.dumps(message)
            if "function_call" not in text:
                await caller.send(text)

    async def _run(self, agent: Any, items: list[dict[str, Any]], call: str, url: str) -> None:
        for item in items:
            began_s = self._clock.wall()
            answer = self._desk.call(item["name"], item["arguments"])
            ran = Ran(
                call, url, item["call_id"], item["name"], item["arguments"], began_s, 0.0, answer
            )
            await self._teller.started(ran)
            await asyncio.sleep(answer.latency_s)
            await self._teller.ended(replace(ran, ended_s=self._clock.wall()))
            output = {"type": "function_call_output", "call_id": item["call_id"]}
            output["output"] = answer.output
            await agent.send(json.dumps({"type": "conversation.item.create", "item": output}))
        await agent.send(json.dumps({"type": "response.create"}))


@asynccontextmanager
async def gateway(
    job: Job, clock: Clock, teller: Teller, fault: str | None = None
) -> AsyncIterator[str]:
    """Serve such an agent on loopback, with the tools and mocks of a call; yields its URL."""
    suite, scenario = job.loaded.suite.suite, job.loaded.scenario
    script = prepare(job)
    assert isinstance(script, CallerScript)
    caller = ExpectedCaller(suite.language, script)
    async with embedded_agent(clock, fault, job.target.dialect, caller) as agent:
        doing = _Gateway(suite, scenario, agent, clock, teller)
        async with serve(doing.serve, "127.0.0.1", 0, max_size=None) as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def post(url: str, body: Any, **headers: str) -> tuple[int, str]:
    """Post JSON (or bytes as they are); return the status and the line that answers it."""
    place, _, path = url.removeprefix("http://").partition("/")
    host, _, port = place.rpartition(":")
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Host": place, "Content-Type": "application/json", "Content-Length": str(len(data))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"POST /{path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return await exchange(host, int(port), "\r\n".join([*lines, "", ""]).encode() + data)


async def exchange(host: str, port: int, request: bytes) -> tuple[int, str]:
    """Send a request and read an answer with a length."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        return int(head.split()[1]), (await reader.readexactly(length)).decode().strip()
    finally:
        writer.close()


def job_of(path: str, tools_from: dict[str, Any]) -> Job:
    """A call of a shipped scenario to an agent whose server runs every tool."""
    target = Target.model_validate(
        {"format": 1, "target": "own", "url": "ws://own.invalid", "tools_from": tools_from}
    )
    (job,) = plan_jobs(find((Path(path),), Selection(), known_options()), Repeats(1, None), target)
    return job


def run_by_server(job: Job) -> Job:
    """The same call, with the suite saying who runs its tools."""
    loaded = job.loaded
    tools = tuple(
        tool.model_copy(update={"run_by": RunBy.SERVER, "mock": None})
        for tool in loaded.suite.suite.tools
    )
    suite = loaded.suite.suite.model_copy(update={"tools": tools})
    return replace(job, loaded=replace(loaded, suite=replace(loaded.suite, suite=suite)))


def told_call(
    folder: Path,
    path: str,
    tools_from: dict[str, Any],
    teller: Teller,
    *,
    fault: str | None = None,
    secret: str | None = None,
) -> Judged:
    """Make a call of a shipped scenario to such an agent in virtual time, and judge it."""
    mocked = job_of(path, tools_from)
    job = run_by_server(mocked)
    script = prepare(job)

    async def main() -> None:
        clock = VirtualClock()
        async with gateway(mocked, clock, teller, fault) as url:
            route = Route(f"{url}?seed={job.seed}", {}, job.target, hook_secret=secret)
            spoilt = await place(job, script, route, folder, clock=clock)
            assert spoilt is None, spoilt

    run_virtual(main())
    return judge(read_recording(job.folder(folder)))


def told_calls(
    folder: Path, paths: Sequence[str], tools_from: dict[str, Any], teller: Teller
) -> list[Judged]:
    """Make several such calls at once, over one port, and judge them."""
    mocked = [job_of(path, tools_from) for path in paths]
    jobs = [run_by_server(job) for job in mocked]
    scripts = [prepare(job) for job in jobs]

    async def main() -> None:
        clock = VirtualClock()
        settings = jobs[0].target.tools_from
        assert settings is not None
        async with hooked(settings, clock, secret=None) as sources, AsyncExitStack() as stack:

            async def one(number: int) -> None:
                job = jobs[number]
                url = await stack.enter_async_context(gateway(mocked[number], clock, teller))
                route = Route(f"{url}?seed={job.seed}", {}, job.target)
                own = folder / str(number)
                spoilt = await place(job, scripts[number], route, own, clock=clock, sources=sources)
                assert spoilt is None, spoilt

            await asyncio.gather(*map(one, range(len(jobs))))

    run_virtual(main())
    return [
        judge(read_recording(job.folder(folder / str(number)))) for number, job in enumerate(jobs)
    ]


def mocked_call(folder: Path, path: str, *, fault: str | None = None) -> Judged:
    """Make the same call to the reference agent whose tools the harness mocks."""
    (job,) = plan_jobs(
        find((Path(path),), Selection(), known_options()),
        Repeats(1, None),
        Target(format=1, target="reference"),
    )
    call_virtually(VirtualOrder(job, folder, embedded_agent, fault))
    return judge(read_recording(job.folder(folder)))


def verdicts(call: Judged) -> dict[str, str]:
    """Return the verdict of every scorer."""
    return {each.scorer.scorer_name: each.score.outcome.value for each in call.judgements}
