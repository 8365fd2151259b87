"""One side of a comparison of live callers, in a process of its own: ours, or a plain client.

Both make so many calls at once to the same agent, with the same words and the same silence, frame
by frame of 20 ms on absolute deadlines, and count the processor time of their own process while
the calls last. Prints one JSON line: ``cpu_ms`` for each second of call, ``late_p99_ms`` (the
median over the calls of the 99th percentile of how late their frames left, of ``frames`` frames
each), and for ours ``judging_ms``: what judging one second of a call costs besides.

The plain client is what anybody would write: websockets without compression, json, base64, asyncio.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from harness.caller.model import CallerScript
from harness.calls.local import steady
from harness.calls.pipeline import finish, place, prepare
from harness.calls.plan import Job, Repeats, plan_jobs
from harness.calls.routes import route_to
from harness.recording.manifest import load_manifest
from harness.scenario.catalog import find
from harness.scenario.model import Limits
from harness.scenario.script import Turn
from harness.scenario.target import Target
from harness.units import FRAME_S, RATE_HZ

SCENARIO = Path(__file__).parents[1] / "scenarios" / "order_desk" / "lookup" / "straight.yaml"
FRAME = round(FRAME_S * RATE_HZ)
APART_S = 0.004
"""Calls begin so far from each other: not all handshakes at once, and no two in step."""
JUDGED = 4
"""Calls that are judged, for the cost of judging one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one side cost."""

    cpu_s: float
    late_p99_s: list[float]
    """Of each call."""
    frames: int
    """Of each call, the fewest."""


def main() -> None:
    """Make the calls of one side and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=("ours", "plain"))
    parser.add_argument("url")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    asked = parser.parse_args()
    jobs = planned(asked.url, asked.calls, asked.seconds)
    script = prepare(jobs[0])
    assert isinstance(script, CallerScript)
    call_s = asked.calls * asked.seconds
    with tempfile.TemporaryDirectory() as folder:
        if asked.side == "ours":
            found = ours(jobs, script, Path(folder))
            before = time.process_time()
            judged = [finish(Path(folder), job) for job in jobs[:JUDGED]]
            judging_s = (time.process_time() - before) / len(judged) / asked.seconds
        else:
            found, judging_s = plain(jobs, script, asked.seconds), 0.0
    line = {
        "cpu_ms": round(1000 * found.cpu_s / call_s, 3),
        "late_p99_ms": round(1000 * float(np.median(found.late_p99_s)), 3),
        "judging_ms": round(1000 * judging_s, 3),
        "frames": found.frames,
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
        async with connect(url, compression=None, ping_interval=None, max_size=None) as socket:
            session = {"type": "realtime", "instructions": "Be brief."}
            await socket.send(json.dumps({"type": "session.update", "session": session}))

            async def listen() -> None:
                async for message in socket:
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
                audio = base64.b64encode(samples.tobytes()).decode()
                append = {"type": "input_audio_buffer.append", "audio": audio}
                await socket.send(json.dumps(append))
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


if __name__ == "__main__":
    main()
