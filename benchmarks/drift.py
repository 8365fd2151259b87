"""How far a caller's turn of a minute is stretched, against a loop that sleeps after each frame.

The reference is the loop of public cookbooks: send 20 ms, sleep 20 ms, again. Ours is the
pacer of live calls, on absolute deadlines. Neither has a network: only the sleeping is
measured, with so many turns at once in one loop. Prints a JSON line: ``drift_ms`` of ours,
the median over the turns of how much later than it should the last frame left, ``reference_ms``
of the loop, and ``times_less``, for 1 and for 50 turns at once; at the top the worse of the two.
``--quick`` speaks for ten seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from collections.abc import Awaitable, Callable

from harness.runs.local_run import steady
from harness.session.stream import Pacer
from harness.session.virtual_time import wheel_of
from harness.units import FRAME_S

TURN_S = 60.0
QUICK_S = 10.0
AT_ONCE = (1, 50)
LEAST_MS = 0.05
"""The resolution of such a clock; less is taken as this, so that a ratio can be given."""


async def sleep_after_each(frames: int) -> float:
    """Send and sleep, as cookbooks do; return how late the last frame left, in seconds."""
    loop = asyncio.get_running_loop()
    start_s = left_s = loop.time()
    for _ in range(frames):
        left_s = loop.time()
        await asyncio.sleep(FRAME_S)
    return left_s - start_s - (frames - 1) * FRAME_S


async def paced(frames: int) -> float:
    """Send each frame when our pacer says so; return how late the last frame left."""
    loop = asyncio.get_running_loop()
    start_s, over = loop.time(), loop.create_future()
    pacer, wheel = Pacer(start_s), wheel_of(loop)

    def frame() -> None:
        pacer.begins(loop.time())
        if pacer.frames < frames:
            wheel.at(pacer.deadline_s, frame)
        else:
            over.set_result(None)

    wheel.at(pacer.deadline_s, frame)
    await over
    return loop.time() - start_s - frames * FRAME_S


def drift_ms(turn: Callable[[int], Awaitable[float]], at_once: int, turn_s: float) -> float:
    """Return the median drift of so many turns at once."""

    async def main() -> list[float]:
        return await asyncio.gather(*(turn(round(turn_s / FRAME_S)) for _ in range(at_once)))

    with steady():
        return 1000 * statistics.median(asyncio.run(main()))


def main() -> None:
    """Speak both ways, in turn, and print the drifts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    turn_s = QUICK_S if parser.parse_args().quick else TURN_S
    rows = {}
    for at_once in AT_ONCE:
        ours = drift_ms(paced, at_once, turn_s)
        reference = drift_ms(sleep_after_each, at_once, turn_s)
        rows[at_once] = {
            "drift_ms": round(ours, 2),
            "reference_ms": round(reference, 1),
            "times_less": round(reference / max(LEAST_MS, ours), 1),
        }
    line = {
        "drift_ms": max(row["drift_ms"] for row in rows.values()),
        "times_less": min(row["times_less"] for row in rows.values()),
        "turn_s": turn_s,
        "at_once": rows,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
