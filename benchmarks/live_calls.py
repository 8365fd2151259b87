"""One side of a comparison of live callers, in a process of its own.

They are ours, a plain client, and ``floor``: a bare sender. All make so many calls at once to the
same agent, with the same words and the same silence, frame by frame of 20 ms on absolute deadlines,
and count the processor time of their own process while the calls last. They have the priority that
pacing processes take (``harness/runs/processes.py``), unless ``--normal``.

Prints a JSON line: ``cpu_ms`` for each second of call, ``late_p99_ms`` (the median over the calls
of the 99th percentile of how late their frames left, of ``frames`` frames each), ``priority``, and
for ours ``judging_ms``: the additional cost of judging a second of a call.

The plain client is a usual script: websockets without compression, json, base64, asyncio.
The floor hands frames that were made beforehand to the system, in one loop that sleeps between
them, and throws away incoming data unread. It is no client: it shows the cost that none can save.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gc
import json
import os
import socket
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from websockets.asyncio.client import connect
from websockets.speedups import apply_mask

from harness.audio.pcm import Int16Array
from harness.caller.model import CallerScript
from harness.recording.manifest import load_manifest
from harness.runs.local_run import steady
from harness.runs.pipeline import finish, place, prepare
from harness.runs.plan import Job, Repeats, plan_jobs
from harness.runs.processes import priority_now, raise_priority
from harness.runs.routes import route_to
from harness.scenario.catalog import find
from harness.scenario.model import Limits
from harness.scenario.script import Turn
from harness.scenario.target import Target
from harness.transport.frames import head_of
from harness.units import FRAME_S, RATE_HZ

SCENARIO = Path(__file__).parents[1] / "scenarios" / "order_desk" / "lookup" / "straight.yaml"
FRAME = round(FRAME_S * RATE_HZ)
APART_S = 0.004
"""Calls begin so far from each other: not all handshakes at once, and no two in step."""
SESSION = {"type": "realtime", "instructions": "Be brief."}
PHASES = 20
"""Moments within a frame at which the floor's calls are due, as ours are."""
UNREAD = 10
"""Frames after which the floor throws away the incoming data."""
JUDGED = 4
"""Calls that are judged, for the cost of judging a call."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The cost of a side."""

    cpu_s: float
    late_p99_s: list[float]
    """Of each call."""
    frames: int
    """Of each call, the fewest."""


def main() -> None:
    """Make the calls of a side and print their cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=("ours", "plain", "floor"))
    parser.add_argument("url")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--normal", action="store_true", help="take no higher priority")
    asked = parser.parse_args()
    if not asked.normal:
        raise_priority()
    jobs = planned(asked.url, asked.calls, asked.seconds)
    script = prepare(jobs[0])
    assert isinstance(script, CallerScript)
    call_s = asked.calls * asked.seconds
    with tempfile.TemporaryDirectory() as folder:
        if asked.side == "ours":
            found = ours(jobs, script, Path(folder))
            for job in jobs[:JUDGED]:  # reading and compiling that happens once counts for no call
                finish(Path(folder), job)
            gc.collect()  # nor does garbage of making the calls: other processes judge
            before = time.process_time()
            judged = [finish(Path(folder), job) for job in jobs[-JUDGED:]]
            judging_s = (time.process_time() - before) / len(judged) / asked.seconds
        else:
            side = plain if asked.side == "plain" else floor
            found, judging_s = side(jobs, script, asked.seconds), 0.0
    line = {
        "cpu_ms": round(1000 * found.cpu_s / call_s, 3),
        "late_p99_ms": round(1000 * float(np.median(found.late_p99_s)), 3),
        "judging_ms": round(1000 * judging_s, 3),
        "frames": found.frames,
        "priority": priority_now(),
    }
    print(json.dumps(line))


def planned(url: str, calls: int, seconds: float) -> tuple[Job, ...]:
    """Return the calls: a question, the answer, and silence up to the limit."""
    (loaded,) = find((SCENARIO,))
    limits = Limits(**{**loaded.scenario.limits.model_dump(), "call_s": seconds})
    turns = (loaded.scenario.turns[0], Turn(silence=seconds))
    scenario = loaded.scenario.model_copy(update={"turns": turns, "limits": limits})
    target = Target(format=1, target="light", url=url)
    return plan_jobs((replace(loaded, scenario=scenario),), Repeats(calls), target)


def ours(jobs: tuple[Job, ...], script: CallerScript, out: Path) -> Measured:
    """Make the calls as ``harness run`` makes them: paced, recorded, in one loop."""

    async def one(number: int, job: Job) -> None:
        await asyncio.sleep(number * APART_S)
        spoilt = await place(job, script, route_to(job.target), out)
        if spoilt is not None:
            raise SystemExit(f"a call was spoilt: {spoilt.status_detail}")

    async def all_of_them() -> float:
        before = time.process_time()
        async with asyncio.TaskGroup() as group:
            for number, job in enumerate(jobs):
                group.create_task(one(number, job))
        return time.process_time() - before

    with steady():
        cpu_s = asyncio.run(all_of_them())
    late = [load_manifest(job.folder(out)).lateness for job in jobs]
    p99s = [each.p99_s for each in late if each is not None and each.p99_s is not None]
    return Measured(cpu_s, p99s, min(each.frames for each in late if each is not None))


def plain(jobs: tuple[Job, ...], script: CallerScript, seconds: float) -> Measured:
    """Make the same calls with a plain client."""
    said = script.turns[0].audio.samples
    frames = [said[start : start + FRAME] for start in range(0, len(said) - FRAME, FRAME)]
    quiet = np.zeros(FRAME, np.int16)
    late: list[list[float]] = [[] for _ in jobs]

    async def one(number: int) -> None:
        await asyncio.sleep(number * APART_S)
        url = str(jobs[number].target.url)
        async with connect(url, compression=None, ping_interval=None, max_size=None) as client:
            await client.send(json.dumps({"type": "session.update", "session": SESSION}))

            async def listen() -> None:
                async for message in client:
                    event = json.loads(message)
                    if event["type"] == "response.output_audio.delta":
                        base64.b64decode(event["delta"])

            listening = asyncio.create_task(listen())
            loop = asyncio.get_running_loop()
            start_s = loop.time()
            for index in range(round(seconds / FRAME_S)):
                due_s = start_s + (index + 1) * FRAME_S
                await asyncio.sleep(due_s - loop.time())
                samples = frames[index] if index < len(frames) else quiet
                await client.send(_append(samples))
                late[number].append(loop.time() - due_s)
            listening.cancel()

    async def all_of_them() -> float:
        before = time.process_time()
        async with asyncio.TaskGroup() as group:
            for number in range(len(jobs)):
                group.create_task(one(number))
        return time.process_time() - before

    with steady():
        cpu_s = asyncio.run(all_of_them())
    p99s = [float(np.percentile(each, 99)) for each in late]
    return Measured(cpu_s, p99s, min(map(len, late)))


def floor(jobs: tuple[Job, ...], script: CallerScript, seconds: float) -> Measured:
    """Send the same frames, ready as they go on the wire, and do no more."""
    said = script.turns[0].audio.samples
    starts = range(0, len(said) - FRAME, FRAME)
    frames = [_on_the_wire(_append(said[start : start + FRAME])) for start in starts]
    quiet = _on_the_wire(_append(np.zeros(FRAME, np.int16)))
    frames += [quiet] * (round(seconds / FRAME_S) - len(frames))
    lines = [_line(str(job.target.url)) for job in jobs]
    thrown_away = bytearray(1 << 20)
    late: list[list[float]] = [[] for _ in jobs]
    before, start_s = time.process_time(), time.monotonic()
    for index, frame in enumerate(frames):
        for number, line in enumerate(lines):
            phase_s = FRAME_S * (number * PHASES // len(lines)) / PHASES
            due_s = start_s + (index + 1) * FRAME_S + phase_s
            if (left_s := due_s - time.monotonic()) > 0:
                time.sleep(left_s)
            line.send(frame)
            late[number].append(time.monotonic() - due_s)
            if index % UNREAD == 0:
                with suppress(BlockingIOError):
                    line.recv_into(thrown_away)
    cpu_s = time.process_time() - before
    return Measured(cpu_s, [float(np.percentile(each, 99)) for each in late], len(frames))


def _line(url: str) -> socket.socket:
    """Return a connection after its handshake."""
    at = urlsplit(url)
    assert at.hostname is not None
    line = socket.create_connection((at.hostname, at.port or 80))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked: tuple[str, ...] = (f"GET {at.path}?{at.query} HTTP/1.1", f"Host: {at.netloc}")
    asked += ("Upgrade: websocket", "Connection: Upgrade")
    key = ("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", "", "")
    line.sendall("\r\n".join(asked + key).encode())
    if b" 101 " not in line.recv(1 << 16):
        raise SystemExit(f"{url} let nobody in")
    line.sendall(_on_the_wire(json.dumps({"type": "session.update", "session": SESSION})))
    line.setblocking(False)
    return line


def _on_the_wire(message: str) -> bytes:
    """Return a message as a client sends it, its mask included."""
    data, key = message.encode(), os.urandom(4)
    return head_of(len(data), binary=False) + key + apply_mask(data, key)


def _append(samples: Int16Array) -> str:
    audio = base64.b64encode(samples.tobytes()).decode()
    return json.dumps({"type": "input_audio_buffer.append", "audio": audio})


if __name__ == "__main__":
    main()
