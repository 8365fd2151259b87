"""A call written as rows, made into a recording with synthesized sound.

::

    0.0-2.0    caller: Hi, where is my order? It's ORD-4715B.
    2.8-6.0    agent: I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?
    6.5-7.5    caller: Yes, that's right.
    8.3-9.3    agent: Let me look that up for you.
    8.9-10.4   lookup_order order_id=ORD-4715B

Times are seconds. What a row says is followed by options in brackets:

caller: ``[cut-off: whole text]`` ``[barge-in]`` ``[reaction]`` ``[silence]`` ``[noise]``
``[backchannel]`` ``[pauses 1.0-2.2 4.0-4.5]`` when it paused amid the line, ``[pressed]`` a button
for it; in a session that writes down what is said: ``[written 2.4 words]`` what came of it and
when, ``[unwritten 2.4 reason]`` that it failed, ``[unwritten]`` that nothing came
agent: ``[of 5.0]`` so much audio was generated, ``[late 0.1]`` silence before its first sound,
``[trails 0.5]`` silence behind its last, ``[gap 2.5-3.3]`` its audio ran dry in that time,
``[response x]`` its response, ``[created 1.9]`` when that began, ``[stopped 2.2]`` when the VAD
event came, ``[heard: words]`` what a recognizer heard (default: the words claimed), ``[phase x]``,
``[cancelled 3.0]`` when its response was cancelled, ``[done 3.0]`` when it ended by itself,
``[came 1.9]`` when its sound came,
``[asked 1.8]`` when the harness asked for it, ``[refused 1.8 1.9]`` when it asked and was refused,
``[timed-out 1.8]`` when the idle time ran out,
``[truncated 1200]`` what we told in ms, ``[sure ORD4715B 0.9]`` how sure the recognizer is of an id
tool: ``[failed]`` ``[timed_out]`` ``[response x]`` ``[raw x]`` arguments and ``[output x]`` result
as they were sent; the row's end is when it was answered, ``-``
alone means never; arguments are name=value, with ``_`` for a space.
network: ``[late 0.8]`` the caller's sound came so much later in that time
late: the harness itself was late in that time: ``[frames 0.03]`` left, messages were
``[read 0.02]``, and came as much earlier than their ``[stamps 0.02]``; the call is then one in
real time
bed: a burst of the noise bed; ``[unsent]`` with the microphone closed
line: it was gone in that time; ``[lost]`` words of the caller were broken off by that
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from harness.audio.pcm import Pcm
from harness.judging.judge import judge
from harness.protocol.commands import ClearAudio, ClientCommand, CreateResponse
from harness.protocol.events import (
    InputTimedOut,
    InputTranscriptDone,
    InputTranscriptFailed,
    OutputItemDone,
    ResponseCreated,
    ResponseDone,
    ServerError,
    ServerEvent,
    SpeechStarted,
    SpeechStopped,
)
from harness.protocol.items import (
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    Role,
)
from harness.recording.absence import Absence, AbsenceCause
from harness.recording.agent_sound import GeneratedItem, PlayedSpan, Truncation
from harness.recording.caller import CallerUtterance, ImpairedSpan, Impairment, UtteranceKind
from harness.recording.messages import AgentEvent, SentCommand
from harness.recording.model import NoiseBurst, Recording
from harness.recording.own_lateness import LateArrivals, LateFrames
from harness.recording.provenance import FORMAT, CallStatus, EndCause, Lateness, Manifest
from harness.recording.recognition import Recognition, RecognizedWords, WeighedValue
from harness.recording.tools import ToolOutcome, ToolRun
from harness.scorers.base import ScoredCall

RATE_HZ = 24_000

SUITE: dict[str, Any] = {
    "format": 1,
    "suite": "order_desk",
    "instructions": "prompts/baseline.md",
    "tools": [
        {"name": "lookup_order", "kind": "read", "preamble": "required", "exact": ["order_id"],
         "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}}},
        {"name": "cancel_order", "kind": "write", "exact": ["order_id"],
         "consequence": "required",
         "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}}},
        {"name": "change_address", "kind": "write", "exact": ["order_id"],
         "consequence": "required",
         "parameters": {"type": "object", "required": ["order_id", "address"], "properties": {
             "order_id": {"type": "string"}, "address": {"type": "string"}}}},
        {"name": "refund_order", "kind": "write", "exact": ["order_id"],
         "consequence": "required",
         "parameters": {"type": "object", "properties": {
             "order_id": {"type": "string"}, "amount": {"type": "number"}}}},
        {"name": "escalate_to_human", "kind": "escalate", "say": "connecting you with a specialist",
         "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}}},
        {"name": "wait_for_user", "kind": "no_op", "preamble": "forbidden"},
    ],
}  # fmt: skip

SCENARIO: dict[str, Any] = {
    "format": 1,
    "name": "a call",
    "facts": {"order_id": {"value": "ORD-4715B", "kind": "id"}},
    "turns": [{"say": "Where is my order?"}],
}

_ROW = re.compile(r"^\s*([\d.]+)-([\d.]*)\s+(\w+)(:?)\s*(.*?)\s*$")
_OTHER_KINDS = ("silence", "noise", "backchannel")
_OPTION = re.compile(r"\s*\[([\w-]+):?\s*([^\]]*)\]")


def _runs(start: int, count: int, gap: str | None) -> list[tuple[int, int, int]]:
    """Return what plays without a break: first sample of the item and of the track, length."""
    if gap is None:
        return [(0, start, count)]
    stop, again = (_n(float(at_s)) for at_s in gap.split("-"))
    return [(0, start, stop - start), (stop - start, again, start + count - again)]


@dataclass
class Row:
    """One thing that happens; ``end_s`` None: the tool never answered."""

    start_s: float
    end_s: float | None
    who: str
    text: str
    options: dict[str, str]

    @property
    def length_s(self) -> float:
        assert self.end_s is not None
        return self.end_s - self.start_s


@dataclass
class _Call:
    """A recording in the making."""

    length: int
    listened: bool
    utterances: list[CallerUtterance] = field(default_factory=list)
    events: list[AgentEvent] = field(default_factory=list)
    commands: list[SentCommand] = field(default_factory=list)
    played: list[PlayedSpan] = field(default_factory=list)
    generated: list[GeneratedItem] = field(default_factory=list)
    tools: list[ToolRun] = field(default_factory=list)
    truncations: list[Truncation] = field(default_factory=list)
    recognized: list[RecognizedWords] = field(default_factory=list)
    weighed: list[WeighedValue] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    faults: list[ImpairedSpan] = field(default_factory=list)
    bursts: list[NoiseBurst] = field(default_factory=list)
    late_frames: list[LateFrames] = field(default_factory=list)
    late_arrivals: list[LateArrivals] = field(default_factory=list)
    real: bool = False
    turns: int = 0
    made: int = 0
    response: str = ""
    transcribes: bool = False

    def __post_init__(self) -> None:
        self.agent = np.zeros(self.length, np.int16)
        self.noise = np.zeros(self.length, np.int16)
        self.made_audio: list[np.ndarray] = []

    def receive(self, at_s: float, event: ServerEvent) -> None:
        self.events.append(AgentEvent(at_s, event))

    def send(self, at_s: float, command: ClientCommand) -> None:
        self.commands.append(SentCommand(at_s, command))

    def burst(self, row: Row) -> None:
        self.bursts.append(NoiseBurst(_n(row.start_s), _n(row.length_s)))
        if "unsent" not in row.options:
            self.noise[_n(row.start_s) : _n(row.end_s or 0)] = 300

    def was_late(self, row: Row) -> None:
        late = {name: float(row.options.get(name, 0)) for name in ("frames", "read", "stamps")}
        assert row.end_s is not None
        if late["frames"]:
            frames = LateFrames(_n(row.start_s), _n(row.length_s), late["frames"])
            self.late_frames.append(frames)
        came = LateArrivals(row.start_s, row.end_s, late["read"], late["stamps"])
        self.late_arrivals.append(came)

    def caller(self, row: Row) -> None:
        self.response = ""
        start, stop = _n(row.start_s), _n(row.end_s or 0)
        kind = next((k for k in _OTHER_KINDS if k in row.options), "speech")
        speech = kind not in ("silence", "noise")
        reaction = "reaction" in row.options
        self.utterances.append(
            CallerUtterance(
                index=len(self.utterances),
                turn=None if reaction else self.turns,
                kind=UtteranceKind(kind),
                text=row.text,
                spoken=row.text,
                intended=row.options.get("cut-off") or row.text,
                start=start,
                samples=stop - start,
                voiced_start=start if speech and stop > start else None,
                voiced_stop=stop if speech and stop > start else None,
                cut_off="cut-off" in row.options,
                lost="lost" in row.options,
                barge_in="barge-in" in row.options,
                answer=0 if reaction else None,
                pauses=tuple(_span(span) for span in row.options.get("pauses", "").split()),
            )
        )
        if "pressed" in row.options:
            self.send(row.start_s, ClearAudio())
        self.turns += not reaction and "lost" not in row.options
        self.write_down(row, f"heard_{len(self.utterances)}")

    def write_down(self, row: Row, item: str) -> None:
        for option in ("written", "unwritten"):
            at, _, words = row.options.get(option, "").partition(" ")
            self.transcribes |= option in row.options
            if at:
                self.receive(row.start_s + 0.1, SpeechStarted(item))
                failed = InputTranscriptFailed(item, 0, ErrorInfo("server_error", words))
                done = InputTranscriptDone(item, 0, words)
                self.receive(float(at), done if option == "written" else failed)

    def speak(self, row: Row) -> None:
        number = len(self.generated)
        item = f"item_{number}"
        response = row.options.get("response") or f"resp_{number}"
        self.response = response
        generated = _n(float(row.options.get("of", row.length_s)))
        late = _n(float(row.options.get("late", 0)))
        sound = np.tile(np.array([8000, -8000], np.int16), generated // 2 + 1)[:generated]
        sound[:late] = 0
        sound[generated - _n(float(row.options.get("trails", 0))) :] = 0
        start, count = _n(row.start_s), min(generated, _n(row.end_s or 0) - _n(row.start_s))
        runs = _runs(start, count, row.options.get("gap"))
        for item_start, at, samples in runs:
            self.agent[at : at + samples] = sound[item_start : item_start + samples]
        created_s = float(row.options.get("created", row.start_s - 0.2))
        self.receive(created_s, ResponseCreated(Response(response)))
        if "asked" in row.options:
            self.send(float(row.options["asked"]), CreateResponse())
        if "refused" in row.options:
            self.refuse(*map(float, row.options["refused"].split()), f"ask_{number}")
        if "timed-out" in row.options:
            self.receive(float(row.options["timed-out"]), InputTimedOut("item_idle", 0, 0))
        if "stopped" in row.options:
            self.receive(float(row.options["stopped"]), SpeechStopped())
        said = Content(ContentKind.OUTPUT_AUDIO, transcript=row.text)
        whole = Item(
            item, ItemKind.MESSAGE, role=Role.ASSISTANT, content=(said,),
            phase=row.options.get("phase"),
        )  # fmt: skip
        self.receive(row.start_s, OutputItemDone(response, 0, whole))
        if "cancelled" in row.options:
            over = Response(response, ResponseStatus.CANCELLED)
            self.receive(float(row.options["cancelled"]), ResponseDone(over))
        if "done" in row.options:
            over = Response(response, ResponseStatus.COMPLETED)
            self.receive(float(row.options["done"]), ResponseDone(over))
        if "truncated" in row.options:
            at_s = row.end_s or 0
            told = int(row.options["truncated"])
            self.truncations.append(Truncation(at_s, item, 0, told, count))
        came_s = row.start_s if self.real else row.start_s - 0.1
        chunk = (float(row.options.get("came", came_s)), self.made, generated)
        self.generated.append(GeneratedItem(item, 0, response, (chunk,)))
        self.played += [PlayedSpan(item, 0, response, *run) for run in runs]
        self.made += generated
        self.made_audio.append(sound)
        words = row.options.get("heard", row.text)
        self.recognized.append(RecognizedWords(row.start_s, row.end_s or 0, words))
        if "sure" in row.options:
            value, sure = row.options["sure"].split()
            given = ("id", value, float(sure), "")
            self.weighed.append(WeighedValue(row.start_s, row.end_s or 0, *given))

    def refuse(self, asked_s: float, refused_s: float, asked: str) -> None:
        self.send(asked_s, CreateResponse(event_id=asked))
        full = ErrorInfo("rate_limit_error", "Too many requests", "rate_limit_exceeded")
        self.receive(refused_s, ServerError(replace(full, event_id=asked)))

    def gone(self, row: Row) -> None:
        self.absences.append(Absence(row.start_s, row.end_s, AbsenceCause.EXPIRED))

    def held_up(self, row: Row) -> None:
        late_s = float(row.options["late"])
        fault = ImpairedSpan(Impairment.LATE, _n(row.start_s), _n(row.length_s), late_s)
        self.faults.append(fault)

    def tool(self, row: Row) -> None:
        arguments: dict[str, Any] = {}
        for pair in row.text.split():
            name, _, value = pair.partition("=")
            arguments[name] = value.replace("_", " ")
        if "amount" in arguments:
            arguments["amount"] = float(arguments["amount"])
        outcome = next(
            (o for o in ToolOutcome if o.value in row.options),
            ToolOutcome.OK if row.end_s is not None else ToolOutcome.UNANSWERED,
        )
        self.tools.append(
            ToolRun(
                call_id=f"call_{len(self.tools)}",
                name=row.who,
                arguments=row.options.get("raw", json.dumps(arguments)),
                response_id=row.options.get("response") or self.response or "resp_silent",
                requested_s=row.start_s,
                answered_s=row.end_s,
                outcome=outcome,
                output=None if row.end_s is None else row.options.get("output", "{}"),
            )
        )


def record(
    script: str | list[Row],
    *,
    scenario: dict[str, Any] | None = None,
    suite: dict[str, Any] | None = None,
    listened: bool = True,
    status: CallStatus | None = CallStatus.COMPLETED,
    unsaid: str = "",
) -> Recording:
    """Return the recording of a call; ``scenario`` and ``suite`` change the usual ones.

    ``unsaid`` is why a script broke off, for a call that ended so.
    """
    rows = _rows(script) if isinstance(script, str) else script
    duration_s = max([row.end_s or row.start_s for row in rows], default=0.0) + 1.0
    real = any(row.who == "late" for row in rows)
    call = _Call(_n(duration_s), listened, real=real)
    for row in rows:
        others = {"line": call.gone, "network": call.held_up, "bed": call.burst}
        others["late"] = call.was_late
        {"caller": call.caller, "agent": call.speak, **others}.get(row.who, call.tool)(row)
    silence = Pcm(np.zeros(call.length, np.int16), RATE_HZ)
    manifest = _manifest({**SCENARIO, **(scenario or {})}, {**SUITE, **(suite or {})}, status)
    if call.transcribes:
        manifest = replace(manifest, target={"session": {"type": "transcription"}})
    if real:
        worst_s = max((one.late_s for one in call.late_frames), default=0.0)
        late = Lateness(100, 0.0, 0.0, worst_s, noted_s=0.0)
        manifest = replace(manifest, clock="real", lateness=late)
    if unsaid:
        manifest = replace(manifest, status_detail=unsaid, end_cause=EndCause.CUE_NEVER_CAME)
    return Recording(
        manifest=manifest,
        messages=(),
        events=tuple(sorted(call.events, key=lambda event: event.at_s)),
        commands=tuple(sorted(call.commands, key=lambda command: command.at_s)),
        violations=(),
        utterances=tuple(call.utterances),
        played=tuple(call.played),
        generated=tuple(call.generated),
        tools=tuple(call.tools),
        truncations=tuple(call.truncations),
        absences=tuple(call.absences),
        impaired=tuple(call.faults),
        bursts=tuple(call.bursts),
        late_frames=tuple(call.late_frames),
        late_arrivals=tuple(call.late_arrivals),
        caller=Pcm(call.noise, RATE_HZ),
        caller_clean=silence,
        agent=Pcm(call.agent, RATE_HZ),
        agent_generated=Pcm(np.concatenate([np.zeros(0, np.int16), *call.made_audio]), RATE_HZ),
        recognition=Recognition("table", "1", tuple(call.recognized), tuple(call.weighed))
        if listened
        else None,
    )


def judged_call(script: str | list[Row], **changes: Any) -> ScoredCall:
    """Return a call as scorers see it; ``changes`` as for ``record``."""
    return judge(record(script, **changes)).call


def _rows(script: str) -> list[Row]:
    return [_parse(line) for line in script.strip().splitlines() if line.strip()]


def _parse(line: str) -> Row:
    match = _ROW.match(line)
    assert match, f"not a row: {line!r}"
    start, end, who, _, text = match.groups()
    options = dict(_OPTION.findall(text))
    return Row(float(start), float(end) if end else None, who, _OPTION.sub("", text), options)


def _n(at_s: float) -> int:
    return round(at_s * RATE_HZ)


def _span(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return _n(float(first)), _n(float(last))


def _manifest(
    scenario: dict[str, Any], suite: dict[str, Any], status: CallStatus | None
) -> Manifest:
    return Manifest(
        format=FORMAT, harness_version="0", call_id="call", scenario=scenario,
        scenario_path="a.yaml", scenario_hash="0", suite=suite, instructions="", target={},
        seed=1, repeat=0, clock="virtual", started_at="2026-01-01T00:00:00+00:00", status=status,
    )  # fmt: skip
