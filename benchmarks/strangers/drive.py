"""Drives a public client through a call with the reference agent, and prints a line about it.

`drive.py NAME ROOM COMMAND...` starts `harness agent`, listens in between, and runs the command
with the address and the room at its end. The client prints each step that it reached; every event
that it was sent is held against the types of the vendor's package. Exit code 1 when a step was not
reached, a field was wrong, or the agent answered with an error.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import orjson
from google.genai import types
from openai.types import realtime, responses
from openai.types.live.server_event import ServerEvent
from pydantic import ValidationError
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from harness.agent.server.connection import own_certificate
from harness.audio.resample import resample
from harness.audio.wav import read

STEPS = ("order", "read-back", "yes", "tool", "answer", "barge-in")
HOME = Path(__file__).parents[2]
LINES = {
    "order": "hi-where-is-my-order-it-s-o-r-d-dash-fou-e49614ab.flac",
    "yes": "yes-that-s-right-b843a315.flac",
    "next": "okay-and-where-is-my-other-order-it-s-o-13a5cca5.flac",
}
PROMPT = HOME / "scenarios/order_desk/prompts/baseline.md"
HARMLESS = "response_cancel_not_active"
"""Clients cancel without looking whether a response is active, and pass this answer over."""

LIMIT_S = 120.0


def by_type(union: Any) -> dict[str, Any]:
    """Return the models of a union of events, by type."""
    models = get_args(get_args(union)[0])
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in models}


MODELS = by_type(realtime.RealtimeServerEvent)
LIVE = by_type(ServerEvent)
BACKEND = by_type(responses.ResponseStreamEvent)

Check = Callable[[dict[str, Any]], None]
"""Raises KeyError for an event that the vendor has not, ValidationError for a wrong field."""


def check_realtime(message: dict[str, Any]) -> None:
    """Hold an event of the Realtime API against the type of that name."""
    MODELS[str(message.get("type"))].model_validate(message)


def check_live(message: dict[str, Any]) -> None:
    """Check an event of GPT-Live against the type of that name, and a backend event inside it."""
    LIVE[str(message.get("type"))].model_validate(message)
    if message["type"] == "response.event":
        BACKEND[message["event"]["type"]].model_validate(message["event"])


def check_gemini(message: dict[str, Any]) -> None:
    """Check a message of Gemini Live against its only type."""
    types.LiveServerMessage.model_validate(message)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A protocol: its name for `harness agent`, its path, and the check of what the agent sends."""

    protocol: str = "openai_ga"
    path: str = "/v1/realtime?model=reference"
    check: Check = check_realtime
    tls: bool = False


SPOKEN = {
    "openai": Spoken(tls=True),
    "openai-live": Spoken("openai_live", "/v1/live/sessions", check_live),
    "google-genai": Spoken("gemini_live", "", check_gemini, tls=True),
}
"""Of the clients that need something else than the Realtime API without TLS."""


@dataclass(slots=True)
class Heard:
    """The messages on the wire between a client and the agent."""

    check: Check = check_realtime
    events: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)

    def from_agent(self, text: str | bytes) -> None:
        """Check an event of the agent against the type of that name."""
        self.events += 1
        message = orjson.loads(text)
        kind = str(message.get("type") or next(iter(message), None))
        if kind == "error" and message["error"]["code"] != HARMLESS:
            self.errors.append(f"{message['error']['code']}: {message['error']['message']}")
        try:
            self.check(message)
        except KeyError:
            self.wrong[f"{kind}: no such event"] += 1
        except ValidationError as error:
            for fault in error.errors():
                place = ".".join(map(str, fault["loc"]))
                self.wrong[f"{kind}: {place}: {fault['msg']}"] += 1

    def from_client(self, text: str | bytes) -> None:
        """Count an event of the client; tool results and truncations by their kinds."""
        message = orjson.loads(text)
        self.sent[str(message.get("type"))] += 1
        self.sent["function_call_output"] += "tool_response" in message
        item = message.get("item")
        if isinstance(item, dict):
            self.sent[str(item.get("type"))] += 1


@dataclass(frozen=True, slots=True)
class Tap:
    """Passes each message on as it is, and lets it be heard."""

    agent_url: str
    heard: Heard

    async def handle(self, client: ServerConnection) -> None:
        """Join a client with a session of its own."""
        assert client.request is not None
        origin = "/".join(self.agent_url.split("/")[:3])
        async with connect(
            f"{origin}{client.request.path}", max_size=None, compression=None
        ) as agent:
            onward = (
                self._pass_on(client, agent, self.heard.from_client),
                self._pass_on(agent, client, self.heard.from_agent),
            )
            tasks = [asyncio.create_task(one) for one in onward]
            _, pending = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
            for task in pending:
                task.cancel()

    async def _pass_on(self, source: Any, sink: Any, told: Any) -> None:
        try:
            async for message in source:
                told(message)
                await sink.send(message)
        except ConnectionClosed:
            return


def furnish(room: Path) -> None:
    """Lay the prompt and the caller's lines into the room, as 24 kHz PCM without a header."""
    room.mkdir(parents=True, exist_ok=True)
    (room / "prompt.md").write_bytes(PROMPT.read_bytes())
    for name, file in LINES.items():
        line = resample(read(HOME / "audio_fixtures" / file), 24_000)
        (room / f"{name}.pcm").write_bytes(line.samples.tobytes())


async def drive(name: str, room: Path, command: list[str]) -> int:
    """Hold the call, print the line, and return the exit code."""
    furnish(room)
    spoken = SPOKEN.get(name, Spoken())
    secure = own_certificate("localhost", room / "cert.pem") if spoken.tls else None
    heard = Heard(spoken.check)
    async with AsyncExitStack() as stack:
        agent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "harness", "agent", "--port", "0", "--until-eof"),
            *("--protocol", spoken.protocol),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        stack.push_async_callback(agent.wait)
        assert agent.stdin is not None
        assert agent.stdout is not None
        stack.callback(agent.stdin.close)
        url = (await agent.stdout.readline()).decode().split()[-1]
        tap = Tap(url, heard)
        server = await stack.enter_async_context(
            serve(tap.handle, "localhost", 0, ssl=secure, max_size=None, compression=None)
        )
        port = next(iter(server.sockets)).getsockname()[1]
        scheme = "wss" if secure else "ws"
        address = f"{scheme}://localhost:{port}{spoken.path}"
        said, ended = await run_client([*command, address, str(room)], room)
    steps = [line.removeprefix("step ") for line in said.splitlines() if line.startswith("step ")]
    print(report(name, steps, heard, ended), flush=True)
    return int(bool(tuple(steps) != STEPS or heard.wrong or heard.errors or ended))


async def run_client(command: list[str], room: Path) -> tuple[str, str]:
    """Run the client; return its output, and how it ended if not well."""
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent),
        "NODE_EXTRA_CA_CERTS": str(room / "cert.pem"),
        **({"SSL_CERT_FILE": str(room / "cert.pem")} if (room / "cert.pem").exists() else {}),
        "OPENAI_API_KEY": "none",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
    }
    steps, log = room / "steps.txt", room / "client.log"
    with steps.open("wb") as out, log.open("wb") as err:
        client = await asyncio.create_subprocess_exec(
            *command, stdout=out, stderr=err, env=surroundings
        )
        try:
            await asyncio.wait_for(client.wait(), LIMIT_S)
        except TimeoutError:
            client.kill()
            await client.wait()
            return steps.read_text(), f"killed after {LIMIT_S:.0f} s (see {log})"
    if not client.returncode:
        return steps.read_text(), ""
    return steps.read_text(), f"exit code {client.returncode} (see {log})"


def report(name: str, steps: list[str], heard: Heard, ended: str) -> str:
    """Return the line about this client."""
    wrong = sum(heard.wrong.values())
    parts = [
        f"{name}: {len(steps)} of {len(STEPS)} steps ({', '.join(steps) or 'none'})",
        f"{heard.events} events received",
        f"{wrong} wrong fields" + "".join(f" [{fault}]" for fault in heard.wrong),
        f"{heard.sent['function_call_output']} tool outputs, "
        f"{heard.sent['conversation.item.truncate']} truncations, "
        f"{heard.sent['response.cancel']} cancellations sent",
    ]
    parts += [f"error {error}" for error in heard.errors]
    return "; ".join([*parts, *([ended] if ended else [])])


if __name__ == "__main__":
    sys.exit(asyncio.run(drive(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])))
