"""Whether a call of an hour piles up in memory, or goes to the disk as it should.

Holds one scripted call: the caller asks, listens, is silent for a while, and asks again. In virtual
time with the reference agent, both in this process; with ``--real-time`` with the light agent, as
``harness run`` makes such calls, in processes of their own.

Prints a JSON line: ``minutes``, ``wall_s``, ``cpu_s`` (of this process alone), and by side
(``harness``, ``agent``; ``both`` in virtual time) resident memory in MB after so many minutes
(``mb_at``: every ten, or those of ``--at N N``) and how much it grew in a minute
(``mb_a_minute_of``), from ``first_min`` to ``last_min``, the last whole minute before the call is
over and is judged in the same process (``long_recording.py`` measures that). The steepest
of the sides is ``mb_a_minute``, and it fails above ``MOST_MB_A_MINUTE``. ``--minutes N`` holds a
call of another length.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.cli.progress import progress_for
from harness.results.model import CallResult
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Job, Repeats, plan_jobs
from harness.runs.run_suite import RunRequest, carry_out, plan_of
from harness.scenario.catalog import find
from harness.scenario.model import Limits
from harness.scenario.script import Turn
from harness.scenario.target import Target

SUITE = Path(__file__).parents[1] / "scenarios" / "order_desk"
SILENCE_S = 12.0
FIRST_MIN = 10
LEAST_MIN = 3
MOST_MB_A_MINUTE = 0.5
"""30 MB in an hour. Measured: 0.1 to 0.2, and up to 0.4 in the first ten minutes."""
_STEP_MIN = 0.05
"""Between two looks: a look at every flush would itself take some MB in an hour."""
_GOODBYE_S = 5.0
"""The call is over so much before the hour: services end a session that lasts an hour."""
_PAGE_MB = 4096 / 1e6
_BYTES_A_MINUTE = 60 * 24_000 * 2


def main() -> None:
    """Hold the call; exit code 1 if memory grew too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--at", type=int, nargs="+", metavar="MINUTE")
    parser.add_argument("--real-time", action="store_true", help="with the light agent")
    asked = parser.parse_args()
    minutes: int = asked.minutes
    if minutes < LEAST_MIN:
        parser.error(f"--minutes: at least {LEAST_MIN}")
    first_min, last_min = min(FIRST_MIN, minutes // 3), minutes - 1
    with tempfile.TemporaryDirectory() as folder:
        watch = _Watch(Path(folder) / "run", _sides if asked.real_time else _both)
        before = time.perf_counter()
        with watch:
            call = (_really if asked.real_time else _virtually)(_job(minutes), watch.folder)
        wall_s = time.perf_counter() - before
    length_min = (call.duration_s or 0.0) / 60
    if length_min < last_min:
        raise SystemExit(f"over after {length_min:.1f} minutes: {call.status} {call.status_detail}")
    growth = watch.growth(first_min, last_min)
    steepest = max(growth.values())
    figures = {
        "minutes": round(length_min, 1),
        "wall_s": round(wall_s, 1),
        "cpu_s": round(time.process_time(), 1),
        "first_min": first_min,
        "last_min": last_min,
        "mb_at": watch.mb_at(asked.at or [first_min, *range(10, last_min, 10), last_min]),
        "mb_a_minute_of": {side: round(mb, 3) for side, mb in growth.items()},
        "mb_a_minute": round(steepest, 3),
        "status": call.status,
    }
    print(json.dumps(figures))
    sys.exit(steepest > MOST_MB_A_MINUTE)


def _virtually(job: Job, out: Path) -> CallResult:
    return call_virtually(VirtualOrder(job, out, embedded_agent, None))


def _really(job: Job, out: Path) -> CallResult:
    """Call the light agent; once, even if the machine was too busy for its frames."""
    plan = plan_of(RunRequest(out=out, real_time=True, concurrency=1), (job,))
    once = replace(plan, light=True, due_s=(0.0,))
    return carry_out(once, progress_for).calls[0]


def _job(minutes: int) -> Job:
    (loaded,) = find((SUITE / "lookup" / "straight.yaml",))
    asked, still = loaded.scenario.turns[0], Turn(silence=SILENCE_S)
    answers = tuple(each.model_copy(update={"times": 500}) for each in loaded.scenario.answers)
    limits = Limits(**{**loaded.scenario.limits.model_dump(), "call_s": minutes * 60 - _GOODBYE_S})
    scenario = loaded.scenario.model_copy(
        update={"turns": (asked, still) * (5 * minutes), "answers": answers, "limits": limits}
    )
    target = Target(format=1, target="reference")
    (job,) = plan_jobs((replace(loaded, scenario=scenario),), Repeats(), target)
    return replace(job, listened=False)


@dataclass(frozen=True, slots=True)
class _Seen:
    """How many minutes of a call were on the disk, and how much memory was taken, by side."""

    minute: float
    mb: Mapping[str, float]


@dataclass(slots=True)
class _Watch:
    """Notes how much memory is taken while the tracks of the only call in a folder grow."""

    folder: Path
    sides: Callable[[], Mapping[str, float]]
    _seen: list[_Seen] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            tracks = list(self.folder.rglob("caller.wav"))
            minute = max(map(_bytes, tracks), default=0) / _BYTES_A_MINUTE
            if minute >= (self._seen[-1].minute + _STEP_MIN if self._seen else _STEP_MIN):
                self._seen.append(_Seen(minute, self.sides()))

    def growth(self, first_min: int, last_min: int) -> Mapping[str, float]:
        """Return how many MB each side grew in a minute between two minutes of the call."""
        first, last = self._at(first_min), self._at(last_min)
        return {
            side: (last.mb[side] - mb) / (last.minute - first.minute)
            for side, mb in first.mb.items()
        }

    def mb_at(self, minutes: list[int]) -> dict[str, dict[int, float]]:
        """Return how much memory each side took after so many minutes, as far as it came."""
        reached = sorted({at for at in minutes if at <= self._seen[-1].minute})
        return {
            side: {at: round(self._at(at).mb[side], 1) for at in reached}
            for side in self._seen[-1].mb
        }

    def _at(self, minute: int) -> _Seen:
        return next(seen for seen in self._seen if seen.minute >= minute)


def _bytes(path: Path) -> int:
    """Return how long a track is by now; it is packed into another when the call is over."""
    return path.stat().st_size if path.exists() else 0


def _both() -> Mapping[str, float]:
    return {"both": _resident_mb("self")}


def _sides() -> Mapping[str, float]:
    """Return the memory of the agent's process, and of all others together that began with ours."""
    found = {"harness": _resident_mb("self"), "agent": 0.0}
    for pid in _descendants(os.getpid()):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        found["agent" if b"agent" in command else "harness"] += _resident_mb(str(pid))
    return found


def _descendants(pid: int) -> list[int]:
    words = " ".join(
        path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")
    ).split()
    return [each for word in words for each in (int(word), *_descendants(int(word)))]


def _resident_mb(pid: str) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB


if __name__ == "__main__":
    main()
