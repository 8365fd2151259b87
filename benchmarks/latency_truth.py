"""How far our time to first audio, and the usual method's, are from the agent's own truth.

The light agent runs in a process of its own, in real time, and logs when caller audio arrived and
when its answers left. Truth is made from that log alone: the caller's stream starts at the earliest
(arrival minus audio received), so the last voiced sample has an instant on the agent's clock, and
so has the first audible sample. Ours comes from the timeline of the recording. The
frame-stamp method, the reference in the same run, takes "the last frame with speech was sent" as
the end of the caller and "the first audio event came" as the answer.

Our wait says by how much it may be too long. It is held against two truths: that of the schedule,
and that of the agent's ears, in which a frame that left late ends the caller's turn later.

Prints a JSON line: ``error_p99_ms`` and ``bias_ms`` of ours, ``reference_error_p99_ms`` of the
frame-stamp method, ``ratio`` of the two, ``covered``, the share of waits of which both errors lie
within the stated uncertainty, ``uncertainty_p50_ms`` and ``uncertainty_p99_ms``, ``late_p99_ms`` of
our frames, how many calls are ``timing_invalid``, and how many ``calls`` and ``waits``.
``figures_inside`` is the share of figures of all these waits (mean, percentiles, extremes, by both
truths) that lie between the two ends that a run's results have for them, and ``figures_missed_ms``
by how much a figure lies outside at most. ``result_error_p99_ms`` is the same for the silences
after tools' results, of which there are ``results``; ``end_error_p99_ms`` for the end of the audio
of each of ``ends`` answers, which decides which of its words were heard.

    python benchmarks/latency_truth.py [CALLS] [--busy] [--normal] [--at-a-time N] [--snr DB]

``--busy`` keeps every core busy with other processes, ``--normal`` makes the calls at normal
priority, as if the system grants no other; else they have that of pacing processes. The agent
has a higher priority if that is granted: its log is the truth, and must not be late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise, product
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from harness.caller.model import CallerScript
from harness.judging.judge import judge
from harness.judging.scorers.base import MeasuredValue
from harness.protocol.events import AudioDelta, SessionCreated
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.results.rates import DISTRIBUTION, SECONDS, least_of, percentiles
from harness.runs.embedded import agent_process
from harness.runs.local_run import steady
from harness.runs.pipeline import place, prepare
from harness.runs.plan import Job, RunPlan
from harness.runs.processes import raise_priority
from harness.runs.routes import embedded_route
from harness.runs.run_suite import RunRequest, planned
from harness.scenario.model import BedNoise
from harness.timeline.build import build
from harness.timeline.model import Timeline, Wait, WaitEnd
from harness.units import FRAME_S, RATE_HZ

SCENARIOS = (
    # Different lines, so that their ends lie all over the frames: the error of the frame-stamp
    # method depends on that.
    "lookup/straight.yaml",
    "lookup/slow_tool.yaml",
    "entity/spelled_id.yaml",
    "entity/corrected_id.yaml",
    "write/small_refund.yaml",
)
TOOL = "lookup_order"
CALLS = 180
AT_A_TIME = 20

_BURN = "while True: pass"


@dataclass(frozen=True, slots=True)
class Answer:
    """A wait: by the agent's log, by our measurement, by frame stamps."""

    truth_s: float
    heard_s: float
    """The truth as the agent heard it: from when the caller's last word had reached it."""
    ours_s: float
    uncertainty_s: float
    frame_stamp_s: float


def main() -> None:
    """Call, compare, print; as many calls as asked for, in whole rounds of the scenarios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=int, nargs="?", default=CALLS)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--normal", action="store_true")
    parser.add_argument("--at-a-time", type=int, default=AT_A_TIME)
    parser.add_argument("--snr", type=float, help="callers in a café, so many dB below them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out, truth = Path(scratch) / "run", Path(scratch) / "truth.jsonl"
        request = RunRequest(
            paths=tuple(Path("scenarios/order_desk") / name for name in SCENARIOS),
            repeat=-(-asked.calls // len(SCENARIOS)),
            concurrency=asked.at_a_time,
            real_time=True,
            out=out,
        )
        plan = planned(request)
        if asked.snr is not None:
            plan = replace(plan, jobs=tuple(in_noise(job, asked.snr) for job in plan.jobs))
        with agent_process(None, truth=truth, light=True, tool=TOOL) as url:
            ahead = _never_late()
            with _busy() if asked.busy else nullcontext():
                if not asked.normal:
                    raise_priority()
                make_calls(plan, url)
        sessions = read_truth(truth)
        recordings = [read_recording(job.folder(out)) for job in plan.jobs]
    answers = [a for r in recordings for a in answers_of(r, sessions[session_of(r)])]
    off_ms = [off for r in recordings for off in results_off_ms(r, sessions[session_of(r)])]
    line = _line(answers, recordings) | {"busy": asked.busy, "agent_ahead": ahead}
    ends_ms = [off for r in recordings for off in ends_off_ms(r, sessions[session_of(r)])]
    line |= {"ends": len(ends_ms), "snr_db": asked.snr}
    line["end_error_p99_ms"] = round(float(np.percentile(np.abs(ends_ms), 99)), 3)
    line["results"] = len(off_ms)
    line["result_error_p99_ms"] = round(float(np.percentile(np.abs(off_ms), 99)), 3)
    print(json.dumps(line))


def _line(answers: list[Answer], recordings: list[Recording]) -> dict[str, Any]:
    truth, heard, ours, stated, stamped = (
        1000 * np.array([getattr(answer, name) for answer in answers])
        for name in ("truth_s", "heard_s", "ours_s", "uncertainty_s", "frame_stamp_s")
    )
    ours_p99 = float(np.percentile(np.abs(ours - truth), 99))
    reference_p99 = float(np.percentile(np.abs(stamped - truth), 99))
    covered = (np.abs(ours - truth) <= stated) & (np.abs(ours - heard) <= stated)
    late = [r.manifest.lateness.p99_s for r in recordings if r.manifest.lateness is not None]
    return {
        "error_p99_ms": round(ours_p99, 3),
        "bias_ms": round(float(np.mean(ours - truth)), 3),
        "reference_error_p99_ms": round(reference_p99, 3),
        "ratio": round(reference_p99 / ours_p99, 1),
        "heard_error_p99_ms": round(float(np.percentile(np.abs(ours - heard), 99)), 3),
        "covered": round(float(np.mean(covered)), 4),
        "uncertainty_p50_ms": round(float(np.median(stated)), 3),
        "uncertainty_p99_ms": round(float(np.percentile(stated, 99)), 3),
        **_figures(answers),
        "late_p99_ms": round(1000 * max(filter(None, late)), 3),
        "timing_invalid": sum(bool(judge(recording).mistimed) for recording in recordings),
        "calls": len(recordings),
        "waits": len(answers),
    }


def _figures(answers: list[Answer]) -> dict[str, float]:
    """Return how many figures of all waits lie between their two ends, and the worst miss."""
    values = [MeasuredValue(one.ours_s, uncertainty_s=one.uncertainty_s) for one in answers]
    least = [least_of(one, SECONDS) for one in values]
    found = percentiles(
        (one.ours_s for one in answers), least=(one for one in least if one is not None)
    )
    truths = (
        percentiles(map(of, answers)) for of in (attrgetter("truth_s"), attrgetter("heard_s"))
    )
    missed_s = []
    for true, metric in product(truths, DISTRIBUTION):
        low, high, true_s = (getattr(one, metric) for one in (found.least or found, found, true))
        if true_s is not None:
            missed_s.append(max(low - true_s, true_s - high, 0.0))
    return {
        "figures_inside": round(missed_s.count(0.0) / len(missed_s), 4),
        "figures_missed_ms": round(1000 * max(missed_s), 3),
    }


def make_calls(plan: RunPlan, url: str) -> None:
    """Make the calls in one loop, as a pacing process does; they are judged when all are over."""
    scripts = {job.loaded.path: prepare(job) for job in plan.jobs}

    async def one(job: Job, free: asyncio.Semaphore) -> None:
        script = scripts[job.loaded.path]
        assert isinstance(script, CallerScript)
        async with free:
            await place(job, script, embedded_route(url, job.target), plan.out)

    async def every() -> None:
        free = asyncio.Semaphore(plan.concurrency)
        async with asyncio.TaskGroup() as group:
            for job in plan.jobs:
                group.create_task(one(job, free))

    with steady():
        asyncio.run(every())


def _never_late() -> bool:
    """Give the agent, our only child, a higher priority than all else; return whether we may."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        for pid in map(int, children.read_text(encoding="ascii").split()):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(3))
    except OSError:
        return False
    return True


@contextmanager
def _busy() -> Iterator[None]:
    """Keep every core busy with other processes."""
    burning = [subprocess.Popen([sys.executable, "-c", _BURN]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


def read_truth(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the agent's log entries by session."""
    sessions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for text in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(text)
        sessions[entry["session"]].append(entry)
    return sessions


def session_of(recording: Recording) -> str:
    """Return the agent's id of a recorded session."""
    for each in recording.events:
        if isinstance(each.event, SessionCreated):
            return str(each.event.session_id)
    raise SystemExit(f"no session in {recording.manifest.call_id}")


def answers_of(recording: Recording, log: list[dict[str, Any]]) -> Iterator[Answer]:
    """Yield every answered wait of a call that no earlier audio delays."""
    timeline = build(recording)
    appends = [entry for entry in log if entry["kind"] == "append"]
    stream_start_s = _stream_start_s(log)
    first_audible_s = _first_audible_s(log)
    for wait in timeline.waits:
        if wait.took_s is None or wait.utterance is None:
            continue
        item = timeline.agent[wait.utterance].item_id
        ended_s = stream_start_s + wait.from_s
        truth_s = first_audible_s[item] - ended_s
        last = next(e for e in appends if e["samples"] / RATE_HZ >= wait.from_s - 1e-6)
        late_s = last["at_s"] - last["samples"] / RATE_HZ - stream_start_s
        stamped = frame_stamps(recording, timeline, wait)
        off_s = wait.uncertainty_s or 0.0
        yield Answer(truth_s, truth_s - late_s, wait.took_s, off_s, stamped)


def results_off_ms(recording: Recording, log: list[dict[str, Any]]) -> Iterator[float]:
    """Yield by how much the end of each silence after a tool's result is off, in ms."""
    timeline, start_s = build(recording), _stream_start_s(log)
    first_audible_s = _first_audible_s(log)
    begins_s = {said.span.start_s: said.item_id for said in timeline.agent}
    for wait in timeline.result_waits:
        item = begins_s.get(wait.until_s)
        if wait.end is WaitEnd.HEARD and item is not None and wait.took_s > FRAME_S:
            yield 1000 * (wait.until_s - (first_audible_s[item] - start_s))


def ends_off_ms(recording: Recording, log: list[dict[str, Any]]) -> Iterator[float]:
    """Yield by how much the end of each answer that was heard whole is off, in ms."""
    start_s, last_s = _stream_start_s(log), _audible_s(log, "last_audible")
    timeline = build(recording)
    for said, later in pairwise((*timeline.agent, None)):
        assert said is not None
        whole = said.heard_s >= said.generated_s
        own = later is None or later.span.start_s - said.span.end_s > FRAME_S
        if whole and own and said.item_id in last_s:
            yield 1000 * (said.span.end_s - (last_s[said.item_id] - start_s))


def in_noise(job: Job, snr_db: float) -> Job:
    """Return a call with its caller in a café."""
    scenario = job.loaded.scenario
    noise = BedNoise(bed="cafe", snr_db=snr_db)
    caller = scenario.caller.model_copy(update={"noise": noise})
    scenario = scenario.model_copy(update={"caller": caller})
    return replace(job, loaded=replace(job.loaded, scenario=scenario))


def _stream_start_s(log: list[dict[str, Any]]) -> float:
    """Return when the caller's stream began, on the agent's clock."""
    appends = (entry for entry in log if entry["kind"] == "append")
    return float(min(entry["at_s"] - entry["samples"] / RATE_HZ for entry in appends))


def _first_audible_s(log: list[dict[str, Any]]) -> dict[str, float]:
    """Return when the first audible sample of each item plays, on the agent's clock."""
    return _audible_s(log, "first_audible")


def _audible_s(log: list[dict[str, Any]], which: str) -> dict[str, float]:
    """Return when the first or last audible sample of each item plays, on the agent's clock."""
    began_s: dict[str, float] = {}
    found: dict[str, float] = {}
    for entry in (e for e in log if e["kind"] == "audio"):
        # The agent sends faster than it is played, so an answer plays without a break from here.
        began_s.setdefault(entry["item_id"], entry["at_s"])
        if entry[which] is not None:
            found[entry["item_id"]] = began_s[entry["item_id"]] + entry[which] / RATE_HZ
    return found


def frame_stamps(recording: Recording, timeline: Timeline, wait: Wait) -> float:
    """Return the wait by frame stamps."""
    last_frame = int(np.ceil(round(wait.from_s / FRAME_S, 6)))
    assert wait.utterance is not None
    item = timeline.agent[wait.utterance].item_id
    came_s = min(
        each.at_s
        for each in recording.events
        if isinstance(each.event, AudioDelta) and each.event.item_id == item
    )
    return came_s - last_frame * FRAME_S


if __name__ == "__main__":
    main()
