"""What runs in the processes that make the calls, so that they disturb no test and no loop."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from harness.calls.local import steady
from harness.calls.pipeline import VirtualOrder, call_virtually, finish, place, prepare
from harness.calls.plan import Job
from harness.calls.routes import Route
from harness.results.model import CallResult


@dataclass(frozen=True, slots=True)
class RealOrder:
    """A whole call in real time, as handed to a worker process."""

    job: Job
    out: Path
    route: Route


def make_call(order: VirtualOrder | RealOrder, folder: Path) -> CallResult:
    """Make and judge one call; ``folder`` is the one that relative paths are meant from.

    A test may have changed the folder of the process that this one was started from.
    """
    os.chdir(folder)
    if isinstance(order, VirtualOrder):
        return call_virtually(order)
    script = prepare(order.job)
    if isinstance(script, CallResult):
        return script
    with steady():
        spoilt = asyncio.run(place(order.job, script, order.route, order.out))
    return spoilt or finish(order.out, order.job)
