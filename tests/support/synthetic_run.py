"""A small run made without any agent: recordings with synthesized sound, scores, results.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from support.measured import with_measurements
from support.stored_messages import decoded

from harness.audio.pcm import Pcm, from_float
from harness.recording.model import (
    CallerUtterance,
    Direction,
    GeneratedItem,
    PlayedSpan,
    Recognition,
    RecognizedWords,
    Recording,
    Truncation,
    UtteranceKind,
    WireMessage,
)
from harness.recording.provenance import CallStatus, Lateness, Manifest
from harness.recording.saving import write_recording
from harness.recording.tools import ToolOutcome, ToolRun
from harness.report.pages import Link, PageFrame, copy_assets, render, write
from harness.report.run.call_timeline import lanes, strip
from harness.report.run.view import index_page
from harness.results.aggregate import summarize
from harness.results.model import FORMAT, CallResult, EvidenceSpan, RunResults, ScoreResult
from harness.results.store import write_results
from harness.results.verdicts import call_passed
from harness.timeline.build import build

RATE_HZ = 24_000
HOSTILE = '<script>window.attacked = 1</script><img src=x onerror="window.attacked = 2">'


@dataclass
class Talk:
    """A call put together piece by piece; times in seconds."""

    duration_s: float
    utterances: list[CallerUtterance] = field(default_factory=list)
    messages: list[WireMessage] = field(default_factory=list)
    played: list[PlayedSpan] = field(default_factory=list)
    generated: list[GeneratedItem] = field(default_factory=list)
    tools: list[ToolRun] = field(default_factory=list)
    truncations: list[Truncation] = field(default_factory=list)
    recognized: list[RecognizedWords] = field(default_factory=list)
    generated_audio: list[Pcm] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = round(self.duration_s * RATE_HZ)
        self.caller = np.zeros(count)
        self.agent = np.zeros(count)

    def says(self, at_s: float, for_s: float, text: str, *, barge_in: bool = False) -> None:
        start, samples = round(at_s * RATE_HZ), round(for_s * RATE_HZ)
        self.caller[start : start + samples] += voice(samples, 140.0)
        index = len(self.utterances)
        self.utterances.append(
            CallerUtterance(
                index=index, turn=index, kind=UtteranceKind.SPEECH, text=text, spoken=text,
                intended=text, start=start, samples=samples, voiced_start=start,
                voiced_stop=start + samples, barge_in=barge_in,
            )
        )  # fmt: skip
        self._sent(at_s, for_s)
        end_ms = round((at_s + for_s) * 1000)
        self.receive(at_s + for_s + 0.5, type="input_audio_buffer.speech_stopped",
                     item_id=f"item_u{index}", audio_end_ms=end_ms)  # fmt: skip

    def answers(
        self, at_s: float, for_s: float, text: str, *, heard: str, played_s: float | None = None
    ) -> None:
        number = len(self.generated)
        item_id, response_id = f"item_a{number}", f"resp_{number}"
        samples = round(for_s * RATE_HZ)
        first = sum(len(part) for part in self.generated_audio)
        sound = voice(samples, 210.0)
        self.generated_audio.append(from_float(sound, RATE_HZ))
        self.receive(at_s - 0.3, type="response.created",
                     response={"id": response_id, "status": "in_progress"})  # fmt: skip
        chunk = RATE_HZ // 5
        for place in range(0, samples, chunk):
            payload = {"track": "agent_generated", "start": first + place,
                       "samples": min(chunk, samples - place)}  # fmt: skip
            self.receive(at_s - 0.1 + place / RATE_HZ / 3, type="response.output_audio.delta",
                         item_id=item_id, response_id=response_id, delta=payload)  # fmt: skip
        self.receive(at_s + for_s / 3, type="response.output_audio_transcript.done",
                     item_id=item_id, content_index=0, transcript=text)  # fmt: skip
        chunks = ((at_s - 0.1, first, samples),)
        self.generated.append(GeneratedItem(item_id, 0, response_id, chunks))
        count = samples if played_s is None else round(played_s * RATE_HZ)
        start = round(at_s * RATE_HZ)
        self.agent[start : start + count] += sound[:count]
        self.played.append(PlayedSpan(item_id, 0, response_id, 0, start, count))
        self.recognized.append(RecognizedWords(at_s, at_s + count / RATE_HZ, heard))
        if played_s is not None:
            end_ms = int(played_s * 1000)
            self.truncations.append(Truncation(at_s + played_s + 0.02, item_id, 0, end_ms, count))

    def calls(self, at_s: float, answered_s: float | None, name: str, **arguments: str) -> None:
        raw = json.dumps(arguments)
        output = (
            None if answered_s is None else json.dumps({"status": "in transit", "eta": "Friday"})
        )
        outcome = ToolOutcome.OK if answered_s is not None else ToolOutcome.UNANSWERED
        call_id = f"call_{len(self.tools)}"
        self.tools.append(ToolRun(call_id, name, raw, None, at_s, answered_s, outcome, output))
        self.receive(at_s, type="response.function_call_arguments.done", call_id=call_id,
                     name=name, arguments=raw)  # fmt: skip

    def receive(self, at_s: float, **message: object) -> None:
        self.messages.append(WireMessage(at_s, Direction.RECEIVED, message))

    def _sent(self, at_s: float, for_s: float) -> None:
        for n in range(round(for_s / 0.02)):
            payload = {
                "track": "caller",
                "start": round((at_s + n * 0.02) * RATE_HZ),
                "samples": 480,
            }
            message = {"type": "input_audio_buffer.append", "audio": payload}
            self.messages.append(WireMessage(at_s + n * 0.02, Direction.SENT, message))

    def recording(self, scenario: str, *, seed: int, status: CallStatus | None) -> Recording:
        generated = np.concatenate(
            [p.samples for p in self.generated_audio] or [np.zeros(0, np.int16)]
        )
        clean = from_float(self.caller, RATE_HZ)
        noise = np.random.default_rng(seed).normal(0, 0.006, len(self.caller))
        spoken = Recording(
            manifest=manifest(scenario, seed=seed, status=status, duration_s=self.duration_s),
            messages=(),
            events=(),
            commands=(),
            violations=None,
            utterances=tuple(self.utterances),
            played=tuple(self.played),
            generated=tuple(self.generated),
            tools=tuple(self.tools),
            truncations=tuple(self.truncations),
            caller=from_float(self.caller + noise, RATE_HZ),
            caller_clean=clean,
            agent=from_float(self.agent, RATE_HZ),
            agent_generated=Pcm(generated, RATE_HZ),
            recognition=Recognition("moonshine", "0.0.73", tuple(self.recognized)),
        )
        messages = sorted(self.messages, key=lambda message: message.at_s)
        return replace(decoded(spoken, messages), violations=None)


def voice(samples: int, pitch_hz: float) -> np.ndarray:
    """Return something with the rhythm of speech: a buzz in syllables."""
    at = np.arange(samples) / RATE_HZ
    syllables = 0.25 + 0.75 * np.abs(np.sin(2 * np.pi * 2.1 * at + 0.4 * np.sin(3.3 * at)))
    buzz = sum(np.sin(2 * np.pi * pitch_hz * k * at) / k for k in (1, 2, 3, 5))
    return 0.16 * syllables * buzz * (0.7 + 0.3 * np.sin(1.7 * at))


def manifest(
    scenario: str, *, seed: int, status: CallStatus | None, duration_s: float | None
) -> Manifest:
    return Manifest(
        format=FORMAT, harness_version="0.1.0", call_id=f"{scenario}-{seed}",
        scenario={"name": scenario, "description": "The caller asks where an order is."},
        scenario_path=f"scenarios/order_desk/{scenario}.yaml", scenario_hash="5d2c0f0e9a",
        suite={"suite": "order desk"}, instructions="Read back every order id.",
        target={"target": "reference", "model": "reference"}, seed=seed, repeat=0,
        clock="virtual", started_at="2026-01-01T00:00:00+00:00", machine={"python": "3.11"},
        engines={"caller": "fixture 1", "recognizer": "moonshine 0.0.73"}, status=status,
        duration_s=duration_s if status else None,
        lateness=Lateness(900, 0.0001, 0.0006, 0.0011),
    )  # fmt: skip


def good_call() -> Talk:
    talk = Talk(28.0)
    talk.says(0.4, 3.1, "Hi, where is my order? It's ORD-4715B.")
    talk.answers(4.5, 3.6, "I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?",
                 heard="I have O R D dash four seven one five B is that right")  # fmt: skip
    talk.says(8.8, 1.2, "Yes, that's right.")
    talk.answers(10.9, 1.3, "Let me look that up for you.", heard="let me look that up for you")
    talk.calls(12.3, 13.8, "lookup_order", order_id="ORD-4715B")
    talk.answers(14.4, 4.2, "Your order is in transit and arrives on Friday. Anything else?",
                 heard="your order is in transit and arrives on friday anything else")  # fmt: skip
    talk.says(19.6, 2.0, "That's all, thank you. Goodbye.")
    talk.answers(22.5, 1.0, "Goodbye!", heard="goodbye")
    return talk


def bad_call() -> Talk:
    """A late answer full of markup, talked into by the caller, and a tool never answered."""
    talk = Talk(21.0)
    talk.says(0.3, 2.4, "I want to cancel order ORD-8302K, and my name is مريم.")
    talk.answers(6.1, 7.0, f"One moment. {HOSTILE} I will now tell you all about our cancellation "
                 "policy, which has many parts, and then some.", heard="one moment I will now tell "
                 "you all about our cancellation", played_s=3.4)  # fmt: skip
    talk.says(8.9, 2.1, "No, stop. Just cancel it.", barge_in=True)
    talk.calls(12.0, None, "cancel_order", order_id="ORD-8302X")
    talk.answers(12.6, 2.2, "It is done.\u202e dekcirt " + "very " * 400, heard="it is done")
    return talk


def score(name: str, outcome: str, reason: str, *spans: tuple[float, float], **more: object):
    value = more.pop("value", None)
    return with_measurements(ScoreResult(
        scorer=name, version=1, outcome=outcome,
        passed={"pass": True, "fail": False}.get(outcome), value=value, unit="s" if value else "",
        reason=reason, evidence=tuple(EvidenceSpan(a, b, "") for a, b in spans), details=more,
    ))  # fmt: skip


def result(name: str, *scores: ScoreResult, **more: object) -> CallResult:
    values: dict[str, object] = {
        "scenario": name, "scenario_path": f"scenarios/{name}.yaml", "repeat": 0, "seed": 7,
        "status": "completed", "status_detail": "", "recording": f"calls/{name}-0",
        "duration_s": 20.0, "tags": (),
    }  # fmt: skip
    values.update(more)
    passed = call_passed(str(values["status"]), scores)
    return CallResult(**values, passed=passed, scores=scores)  # type: ignore[arg-type]


def run_results(calls: tuple[CallResult, ...]) -> RunResults:
    return RunResults(
        format=FORMAT, harness_version="0.1.0", started_at="2026-01-01T00:00:00+00:00",
        target="reference", clock="virtual", interrupted=False, calls=calls,
        summary=summarize(calls),
    )  # fmt: skip


def three_calls() -> tuple[CallResult, ...]:
    waits = [{"from_s": 3.5, "took_s": 1.0, "with_tool": False},
             {"from_s": 10.0, "took_s": 0.9, "with_tool": False},
             {"from_s": 21.6, "took_s": 0.9, "with_tool": False}]  # fmt: skip
    late = [{"from_s": 2.7, "took_s": 3.4, "with_tool": False},
            {"from_s": 11.0, "took_s": 1.6, "with_tool": True}]  # fmt: skip
    return (
        result(
            "straight lookup",
            score("time_to_first_audio", "pass", "slowest answer took 1.00 s, limit 1.50 s",
                  (3.5, 4.5), value=1.0, waits=waits),
            score("entity_confirmation", "pass", "ORD-4715B was read back",
                  (4.5, 8.1)),
            score("preamble", "pass", "spoke before lookup_order", (10.9, 12.2)),
            score("write_confirmation", "not_applicable", "no write tool was called"),
            tags=("lookup", "positive"), duration_s=28.0, recording="calls/straight-lookup-0",
        ),
        result(
            "barge-in cancel",
            score("time_to_first_audio", "fail", "slowest answer took 3.40 s, limit 1.50 s",
                  (2.7, 6.1), value=3.4, waits=late),
            score("write_confirmation", "fail", f"cancelled without asking; said {HOSTILE}",
                  (12.0, 12.6), (8.9, 11.0), expected="ORD-8302K", called_with="ORD-8302X"),
            score("entity_confirmation", "review", "the transcript and the recognizer disagree",
                  (6.1, 9.5)),
            score("preamble", "unscorable", "no tool in this call needs one"),
            tags=("barge-in", "write"), duration_s=21.0, recording="calls/barge-in-cancel-0",
            seed=8, repeat=1,
        ),
        result("slow tool", status="socket_closed", status_detail="1006 after 4.2 s",
               recording="calls/slow-tool-0", duration_s=4.2, seed=9),
    )  # fmt: skip


def write_run(folder: Path) -> Path:
    """Write results.json and the recordings of two calls; the third call left none."""
    calls = three_calls()
    talks = (good_call(), bad_call())
    for call, talk in zip(calls, talks, strict=False):
        recording = talk.recording(call.scenario, seed=call.seed, status=CallStatus.COMPLETED)
        write_recording(folder / call.recording, recording)
    write_results(folder / "results.json", run_results(calls))
    return folder


def write_large_index(folder: Path, count: int) -> Path:
    """Write the index page of many calls, as if the recordings were those of two."""
    good, bad, lost = three_calls()
    kinds = ((good,) * 6 + (bad,)) * 14 + (lost, good)
    calls = tuple(
        replace(
            kinds[n % len(kinds)],
            scenario=f"scenario {n % 40:02d}",
            repeat=n // 40,
            seed=n,
            recording=f"calls/{n}",
        )
        for n in range(count)
    )
    copy_assets(folder)
    glances = [
        strip(lanes(build(talk.recording("", seed=1, status=None)), duration_s=talk.duration_s))
        for talk in (good_call(), bad_call())
    ]
    strips = {call.recording: glances[call.passed is False] for call in calls}
    page = index_page(run_results(calls), strips, title="large")
    write(folder / "index.html", render("index.html.j2", PageFrame((Link("large"),)), page=page))
    return folder
