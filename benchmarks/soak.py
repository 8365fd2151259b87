"""Whether many short sessions leave anything behind in the reference agent.

Serves the agent in a process of its own and holds 2,000 short sessions with it, ten at a time: two
seconds of sound, a typed question, the answer in text, goodbye. Prints one JSON line: ``sessions``,
``wall_s``, the agent's resident memory in MB after the first 50 (``first_mb``) and after the last
(``last_mb``), and their ``ratio``; it fails above 1.5. ``--sessions N`` holds another number.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from harness.audio.codec import encode_base64

FIRST = 50
AT_ONCE = 10
MOST_RATIO = 1.5
_PAGE_MB = 4096 / 1e6
_TEXT = {"type": "realtime", "output_modalities": ["text"]}
_ASKS = {"type": "input_text", "text": "Where is my order?"}


def main() -> None:
    """Hold the sessions; exit code 1 if memory grew too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000)
    sessions = parser.parse_args().sessions
    command = [sys.executable, "-m", "harness", "agent", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as agent:
        try:
            url = _url_of(agent)
            before = time.perf_counter()
            asyncio.run(_hold(url, FIRST))
            first_mb = _resident_mb(agent.pid)
            asyncio.run(_hold(url, sessions - FIRST))
            last_mb = _resident_mb(agent.pid)
            wall_s = time.perf_counter() - before
        finally:
            agent.terminate()
    ratio = last_mb / first_mb
    figures = {
        "sessions": sessions,
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


async def _hold(url: str, sessions: int) -> None:
    places = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as tasks:
        for seed in range(sessions):
            tasks.create_task(_session(f"{url}?seed={seed}", places))


async def _session(url: str, places: asyncio.Semaphore) -> None:
    noise = np.random.default_rng(7).normal(0, 3000, 48_000).astype("<i2").tobytes()
    item = {"type": "message", "role": "user", "content": [_ASKS]}
    messages = (
        {"type": "session.update", "session": _TEXT},
        {"type": "input_audio_buffer.append", "audio": encode_base64(noise)},
        {"type": "conversation.item.create", "item": item},
        {"type": "response.create"},
    )
    async with places, connect(url, compression=None) as socket:
        for message in messages:
            await socket.send(json.dumps(message))
        async for received in socket:
            if json.loads(received)["type"] == "response.done":
                return


if __name__ == "__main__":
    main()
