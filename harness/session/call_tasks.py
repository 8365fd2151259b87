"""The tasks of one call: they run side by side until one of them ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from harness.errors import OperationError
from harness.recording.provenance import CallStatus
from harness.session.ending import Ending, ServerFault
from harness.transport.base import Closed, Stalled

Job = Coroutine[Any, Any, None]


class CallTasks:
    """Starts what belongs to a call, and holds how it ended; the first end counts."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._group: asyncio.TaskGroup | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def is_over(self) -> bool:
        """Say whether the call has ended."""
        return self._ended.done()

    def end(self, ending: Ending) -> None:
        """End the call, unless it has ended."""
        if not self._ended.done():
            self._ended.set_result(ending)

    def spawn(self, job: Job) -> None:
        """Run a job until it or the call is over; only while the call is held (``until_over``)."""
        assert self._group is not None
        self._tasks.append(self._group.create_task(self._guarded(job)))

    async def until_over(self, *jobs: Job) -> Ending:
        """Run jobs, and what they start, until one ends the call; return how.

        Raises OperationError: what kept one of them from going on is the harness' own trouble.
        """
        async with asyncio.TaskGroup() as group:
            self._group = group
            for job in jobs:
                self.spawn(job)
            try:
                await asyncio.wait([self._ended])
            finally:
                for task in self._tasks:
                    task.cancel()
        return self._ended.result()

    def let_go(self) -> None:
        """Hold no task any more: the collector is off while calls last."""
        self._tasks.clear()

    async def _guarded(self, job: Job) -> None:
        """Let what may go wrong in a task end the call, instead of tearing it down."""
        try:
            await job
        except Stalled as stalled:
            self.end(Ending(CallStatus.SOCKET_CLOSED, str(stalled)))
        except Closed:
            pass  # what the server sent before it went is still to be read: the listener ends it
        except ServerFault as error:
            self.end(Ending(CallStatus.AGENT_ERROR, str(error)))
        except OperationError as error:
            if not self._ended.done():
                self._ended.set_exception(error)
