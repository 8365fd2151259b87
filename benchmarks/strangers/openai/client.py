"""The caller, through the npm package `openai`, which runs in `bridge.mjs` next to its modules."""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from caller import Caller, instructions

_LINE_BYTES = 4 * 1024 * 1024


async def main(modules: Path, url: str, room: Path) -> None:
    """Hold the call at this address, with the packages in this folder."""
    bridge = await asyncio.create_subprocess_exec(
        *("node", str(modules / "bridge.mjs"), url, instructions(room)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    assert bridge.stdin is not None
    assert bridge.stdout is not None
    told, seen = bridge.stdin, bridge.stdout

    def tell(message: dict[str, Any]) -> None:
        told.write(json.dumps(message).encode() + b"\n")

    async def send(sound: bytes) -> None:
        tell({"audio": b64encode(sound).decode()})
        await told.drain()

    async def listen() -> None:
        async for line in seen:
            fact = json.loads(line)
            if "hears" in fact:
                caller.hears(b64decode(fact["hears"]))
            elif "reads" in fact:
                caller.reads(fact["reads"])
            elif "stops" in fact:
                caller.stops()
            else:
                order = caller.looks_up(json.loads(fact["tool"])["order_id"])
                tell({"id": fact["id"], "output": json.dumps(order)})
        raise ConnectionError("the client ended before the call did")

    caller = Caller(room, send)
    await caller.call_beside(listen())
    told.close()
    await bridge.wait()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
