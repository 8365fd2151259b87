"""Whether many sessions leave memory allocated in the reference agent.

Serves the agent in a process of its own and holds 2,000 short sessions with it, ten at a time: two
seconds of sound, a typed question, the answer in text, goodbye. Prints a JSON line: ``sessions``,
``wall_s``, the agent's resident memory in MB after the first 50 (``first_mb``) and after the last
(``last_mb``), and their ``ratio``; it fails above 1.5. ``--sessions N`` holds another number.

``--rounds N`` holds rounds of 300 sessions at once instead (``--at-once N`` of another number),
each with a spoken answer, and a second of rest after each round; ``first_mb`` is then the memory
after the first round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from harness.audio.codec import encode_base64

FIRST = 50
AT_ONCE = 10
MOST_RATIO = 1.5
REST_S = 1.0
"""Between two rounds, so that the sessions of the first are closed."""
_PAGE_MB = 4096 / 1e6
_ASKS = {"type": "input_text", "text": "Where is my order?"}


def main() -> None:
    """Hold the sessions; exit code 1 if memory grew too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=300)
    given = parser.parse_args()
    first, then = _stages(given)
    command = [sys.executable, "-m", "harness", "agent", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as agent:
        try:
            url = _url_of(agent)
            before = time.perf_counter()
            first_mb, last_mb = (_after(url, agent.pid, stage) for stage in (first, then))
            wall_s = time.perf_counter() - before
        finally:
            agent.terminate()
    ratio = last_mb / first_mb
    figures = {
        "sessions": sum(each.sessions for each in (*first, *then)),
        "wall_s": round(wall_s, 1),
        "first_mb": round(first_mb),
        "last_mb": round(last_mb),
        "ratio": round(ratio, 3),
    }
    print(json.dumps(figures))
    sys.exit(ratio > MOST_RATIO)


def _url_of(agent: subprocess.Popen[str]) -> str:
    assert agent.stdout is not None
    for line in agent.stdout:
        for word in line.split():
            if word.startswith("ws://"):
                return word
    raise SystemExit("the agent did not start")


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB


@dataclass(frozen=True, slots=True)
class _Round:
    """Sessions, so many of them at once, with answers in text or in audio."""

    sessions: int
    at_once: int
    answers: str = "text"


def _stages(given: argparse.Namespace) -> tuple[tuple[_Round, ...], tuple[_Round, ...]]:
    """Return the sessions held before the first measurement of memory, and before the last."""
    if not given.rounds:
        return (_Round(FIRST, AT_ONCE),), (_Round(given.sessions - FIRST, AT_ONCE),)
    one = _Round(given.at_once, given.at_once, "audio")
    return (one,), (one,) * (given.rounds - 1)


def _after(url: str, pid: int, rounds: tuple[_Round, ...]) -> float:
    """Hold rounds of sessions and return the agent's memory in MB."""
    for one in rounds:
        asyncio.run(_hold(url, one))
        if one.answers == "audio":
            time.sleep(REST_S)
    return _resident_mb(pid)


async def _hold(url: str, held: _Round) -> None:
    places = asyncio.Semaphore(held.at_once)
    async with asyncio.TaskGroup() as tasks:
        for seed in range(held.sessions):
            tasks.create_task(_session(f"{url}?seed={seed}", places, held.answers))


async def _session(url: str, places: asyncio.Semaphore, answers: str) -> None:
    noise = np.random.default_rng(7).normal(0, 3000, 48_000).astype("<i2").tobytes()
    item = {"type": "message", "role": "user", "content": [_ASKS]}
    messages = (
        {"type": "session.update", "session": {"type": "realtime", "output_modalities": [answers]}},
        {"type": "input_audio_buffer.append", "audio": encode_base64(noise)},
        {"type": "conversation.item.create", "item": item},
        {"type": "response.create"},
    )
    async with places, connect(url, compression=None, open_timeout=60) as socket:
        for message in messages:
            await socket.send(json.dumps(message))
        async for received in socket:
            if json.loads(received)["type"] == "response.done":
                return


if __name__ == "__main__":
    main()
