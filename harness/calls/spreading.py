"""One job for each of many things, on all cores: judging stored calls, drawing their pages."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import chain, islice
from typing import TypeVar

from harness.calls.local import workers_by_default
from harness.calls.workers import BrokenProcessPool, Workers

Thing = TypeVar("Thing")
Made = TypeVar("Made")

MANY = 40
"""From so many things on, other processes are worth their start of a second."""

_AT_ONCE = 8
"""Things that a worker is handed together; what waits is bounded, however many there are."""


def spread(
    job: Callable[[Thing], Made], things: Iterable[Thing], *, many: int = MANY
) -> Iterator[Made]:
    """Yield what a job makes of each thing, in their order; takes the place of ``map``.

    Things are taken when they are due, and let go of when they are done. From ``many`` on, worker
    processes of low priority do the job, one per usable core: then it is a function of a module (or
    a ``partial`` of one), and everything crosses a pipe. What a killed worker was at is done here.
    Raises what the job raises.
    """
    count, things = workers_by_default(), iter(things)
    first = deque(islice(things, many))
    few = len(first) < many
    things = chain(emptied(first), things)
    if few or count == 1:
        yield from map(job, things)
        return
    with Workers(count, gives_way=True) as workers:
        waiting: deque[tuple[Future[list[Made]], tuple[Thing, ...]]] = deque()
        while part := tuple(islice(things, _AT_ONCE)):
            waiting.append((workers.submit(_each, job, part), part))
            if len(waiting) > 2 * count:
                yield from _made(job, *waiting.popleft())
        while waiting:
            yield from _made(job, *waiting.popleft())


def emptied(things: deque[Thing]) -> Iterator[Thing]:
    """Yield things from the first to the last, and take each out before it is yielded."""
    while things:
        yield things.popleft()


def _each(job: Callable[[Thing], Made], part: tuple[Thing, ...]) -> list[Made]:
    return [job(thing) for thing in part]


def _made(
    job: Callable[[Thing], Made], future: Future[list[Made]], part: tuple[Thing, ...]
) -> list[Made]:
    try:
        return future.result()
    except BrokenProcessPool:
        return _each(job, part)
