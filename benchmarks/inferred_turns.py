"""How far turns that are inferred from the audio are from the truth, over GPT-Live.

The shipped suite is called over a protocol that reports no turns. The agent logs at which samples
of its track each answer could first and last be heard, and which it cut short because the caller
spoke. Held against that, clean and with noise of 10 dB under the caller: the beginnings and ends of
the inferred answers, the waits for them, and the yields. Answers that follow each other without a
break are one answer to the ear, and are counted.

In virtual time a track plays on from its first piece. With ``--real-time`` the agent is a process
of its own, and the truth is its own clock: a piece of the track leaves when so much of the caller
has come, and plays when it left and the piece before it is over. Delay that the sockets and the
harness add is error. Calls whose frames left too late to count are left out.

Prints a JSON line: for ``clean`` and ``noise_10_db`` the absolute errors of ``begins``, ``ends``,
``waits`` and ``yields`` in milliseconds (``p50``, ``p95``, ``n``), how many answers were ``joined``
with the answer before, ``split``, ``missed`` or ``invented``, how many yields are open (the words
end with a sentence: it may have been over), and how many true waits and yields were ``unseen``.
``--quick`` calls six scenarios.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from latency_truth import read_truth, session_of

from harness.agent.server.websocket_server import ServedAgent, serve
from harness.caller.model import CallerScript
from harness.cli.progress import progress_for
from harness.protocol.openai_live.output_track import DELTA_S
from harness.protocol.server_half import server_half
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.runs.embedded import agent_process
from harness.runs.pipeline import place, prepare
from harness.runs.plan import Job, Repeats, plan_jobs
from harness.runs.real_time import run_real
from harness.runs.routes import embedded_route
from harness.runs.run_suite import RunRequest, plan_of
from harness.scenario.catalog import find
from harness.scenario.load import Condition
from harness.scenario.model import BedNoise
from harness.scenario.target import Target
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build
from harness.timeline.model import Span, Timeline
from harness.units import RATE_HZ

SUITE = Path("scenarios/order_desk")
QUICK = (
    *("lookup/straight", "lookup/slow_tool", "escalation/asked_for_human"),
    *("turn_taking/barge_in_long_answer", "turn_taking/yes_over_read_back"),
    "write/confirmed_cancellation",
)
TARGET = Target(format=1, target="live", dialect="openai_live")
CONDITIONS = {
    "clean": Condition(name="clean"),
    "noise_10_db": Condition(name="noise", noise=BedNoise(bed="cafe", snr_db=10.0)),
}
AT_A_TIME = 2
_NEARLY = 1e-6
_COUNTS = (
    *("answers", "joined", "split", "missed", "invented", "waits_unseen"),
    *("yields_open", "yields_unseen"),
)
_TRUTHS = ("begins", "ends", "waits", "yields")


@dataclass(frozen=True, slots=True)
class TrueAnswer:
    """The span of an audible answer, on the call's clock, and whether it was cut short."""

    span: Span
    cut: bool


@dataclass(slots=True)
class Errors:
    """The measurements of all calls of a condition; errors in seconds."""

    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Call, compare, print."""
    paths = [SUITE / f"{name}.yaml" for name in QUICK] if "--quick" in sys.argv else [SUITE]
    real_time = "--real-time" in sys.argv
    line = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, condition in CONDITIONS.items():
            jobs = plan_jobs(find(tuple(paths)), Repeats(), TARGET, conditions=(condition,))
            found, out = Errors(), Path(scratch) / name
            calls = called_in_real_time(jobs, out) if real_time else called(jobs, out)
            for recording, truth in calls:
                found.counts["calls"] += 1
                compare(build(recording), truth, found)
            line[name] = {"calls": found.counts["calls"], **told(found)}
    print(json.dumps(line))


def called(jobs: Iterable[Job], out: Path) -> Iterator[tuple[Recording, list[TrueAnswer]]]:
    """Make calls in virtual time; yield their recordings, and the true answers on their clocks."""
    for job in jobs:
        recording, log = in_virtual_time(job, out)
        first_s = min((part.chunks[0][0] for part in recording.generated), default=0.0)
        yield recording, [answer(told, first_s, first_s) for told in log if is_answer(told)]


def in_virtual_time(job: Job, out: Path) -> tuple[Recording, list[Mapping[str, Any]]]:
    """Make a call; return its recording, and the agent's own log."""
    truth: list[Mapping[str, Any]] = []
    script = prepare(job)
    assert isinstance(script, CallerScript)

    async def call() -> None:
        clock = VirtualClock()
        agent = ServedAgent(server_half=server_half(TARGET.dialect), truth=truth.append)
        async with serve(agent, clock=clock) as server:
            await place(job, script, embedded_route(server.url, TARGET), out, clock=clock)

    run_virtual(call())
    return read_recording(job.folder(out)), truth


def called_in_real_time(
    jobs: tuple[Job, ...], out: Path
) -> Iterator[tuple[Recording, list[TrueAnswer]]]:
    """Make calls to an agent in a process of its own; yield as ``called`` does."""
    plan = plan_of(RunRequest(real_time=True, concurrency=AT_A_TIME, out=out), jobs)
    log_path = out.with_suffix(".jsonl")
    with (
        agent_process(None, TARGET.dialect, truth=log_path) as url,
        progress_for(plan) as progress,
    ):
        calls, _ = run_real(plan, lambda job: embedded_route(url, job.target), progress)
    logs = read_truth(log_path).values()
    sessions = {told["id"]: log for log in logs for told in log if told["kind"] == "session"}
    for folder in (
        out / call.recording for call in calls if call.status == CallStatus.COMPLETED.value
    ):
        recording = read_recording(folder)
        log = sessions[session_of(recording)]
        played = Played.of(log)
        yield (
            recording,
            [
                answer(told, played.late_s(told["begins_s"]), played.late_s(told["ends_s"]))
                for told in log
                if is_answer(told)
            ],
        )


@dataclass(frozen=True, slots=True)
class Played:
    """How late the agent's track was played, by its own clock, against that of the caller."""

    late: tuple[float, ...]
    """By piece of the track, in seconds; it never decreases: a late piece delays the following."""

    @classmethod
    def of(cls, log: list[dict[str, Any]]) -> Played:
        """Read it from when the caller's audio came: with it, the track's pieces leave."""
        appends = [(told["at_s"], told["samples"]) for told in log if told["kind"] == "append"]
        stream_start_s = min(at_s - samples / RATE_HZ for at_s, samples in appends)
        late: list[float] = []
        for at_s, samples in appends:
            while (len(late) + 1) * DELTA_S <= samples / RATE_HZ + _NEARLY:
                own_s = at_s - stream_start_s - len(late) * DELTA_S
                late.append(max([own_s, *late[-1:]]))
        return cls(tuple(late))

    def late_s(self, track_s: float) -> float:
        """Return the seconds to add to a time on the track."""
        return self.late[min(int(track_s / DELTA_S), len(self.late) - 1)]


def is_answer(told: Mapping[str, Any]) -> bool:
    """Separate the log's answers from its other entries."""
    return bool(told["kind"] == "answer")


def answer(told: Mapping[str, Any], begins_late_s: float, ends_late_s: float) -> TrueAnswer:
    """Return a true answer on the call's clock."""
    span = Span(told["begins_s"] + begins_late_s, told["ends_s"] + ends_late_s)
    return TrueAnswer(span, told["cut"])


def compare(timeline: Timeline, truth: list[TrueAnswer], found: Errors) -> None:
    """Compare the turns inferred in a call with the truth."""
    inferred = [utterance.span for utterance in timeline.agent]
    meets = {number: list(_meeting(span, truth)) for number, span in enumerate(inferred)}
    for number, own in meets.items():
        found.counts["answers"] += len(own)
        found.counts["joined"] += max(0, len(own) - 1)
        found.counts["invented"] += not own
        if own:
            found.errors["begins"].append(inferred[number].start_s - own[0].span.start_s)
            found.errors["ends"].append(inferred[number].end_s - own[-1].span.end_s)
    for each in truth:
        times = sum(each in own for own in meets.values())
        found.counts["missed"] += times == 0
        found.counts["split"] += max(0, times - 1)
    for wait in timeline.waits:
        turn = timeline.caller[wait.caller].span
        true_s = _answered_s(timeline, turn, truth)
        if true_s is None or wait.answered_s is None:
            found.counts["waits_unseen"] += (true_s is None) is not (wait.answered_s is None)
        else:
            found.errors["waits"].append(wait.answered_s - true_s)
    _yields(timeline, truth, found)


def _yields(timeline: Timeline, truth: list[TrueAnswer], found: Errors) -> None:
    facts = {timeline.caller[fact.caller].span: fact for fact in timeline.barge_ins}
    for each in truth:
        over = [
            turn.span
            for turn in timeline.caller
            if each.cut and each.span.start_s < turn.span.start_s < each.span.end_s
        ]
        if over:
            fact = facts.get(over[-1])
            at_s = None if fact is None else fact.yielded_s
            is_open = fact is not None and not fact.finished and at_s is None
            found.counts["yields_open"] += is_open
            found.counts["yields_unseen"] += at_s is None and not is_open
            found.errors["yields"] += [] if at_s is None else [at_s - each.span.end_s]


def _meeting(span: Span, truth: list[TrueAnswer]) -> Iterator[TrueAnswer]:
    for each in truth:
        if each.span.start_s < span.end_s and span.start_s < each.span.end_s:
            yield each


def _answered_s(timeline: Timeline, turn: Span, truth: list[TrueAnswer]) -> float | None:
    """Return when the first answer begins that is begun in a turn or after it, and outlasts it."""
    later = (other.span.start_s for other in timeline.caller if other.span.start_s > turn.start_s)
    until_s = min(later, default=float("inf"))
    begins = (
        each.span.start_s
        for each in truth
        if turn.start_s <= each.span.start_s < until_s and each.span.end_s > turn.end_s
    )
    return min(begins, default=None)


def told(found: Errors) -> dict[str, Any]:
    """Return the printed figures of a condition."""
    line: dict[str, Any] = {}
    for name in _TRUTHS:
        errors = 1000 * np.abs(found.errors[name])
        p50, p95 = np.percentile(errors, [50, 95]) if len(errors) else (np.nan, np.nan)
        line[name] = {"p50": round(float(p50), 2), "p95": round(float(p95), 2), "n": len(errors)}
    return {**line, **{name: found.counts[name] for name in _COUNTS}}


if __name__ == "__main__":
    main()
