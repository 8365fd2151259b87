"""A call written as rows, made into a recording with synthesized sound.

::

    0.0-2.0    caller: Hi, where is my order? It's ORD-4715B.
    2.8-6.0    agent: I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?
    6.5-7.5    caller: Yes, that's right.
    8.3-9.3    agent: Let me look that up for you.
    8.9-10.4   lookup_order order_id=ORD-4715B

Times are seconds. Options in brackets follow the text of a row:

caller: ``[cut-off: whole text]`` ``[barge-in]`` ``[reaction]`` ``[silence]`` ``[noise]``
``[backchannel]`` ``[pauses 1.0-2.2 4.0-4.5]`` when it paused within the line, ``[pressed]`` a
button for it; in a transcription session: ``[written 2.4 words]`` the transcript and its time,
``[unwritten 2.4 reason]`` that it failed, ``[unwritten]`` that no transcript came
agent: ``[of 5.0]`` so much audio was generated, ``[late 0.1]`` silence before its first sound,
``[trails 0.5]`` silence after its last,
``[sounds voice]`` a sound of ``agent_sounds.py`` (default: a tone), ``[pause 2.0-2.5]`` silence
inside, ``[gap 2.5-3.3 4.0-4.1]`` when the rest came late, ``[skip 2.5-3.3]`` when it was dropped,
``[response x]`` its response, ``[created 1.9]`` when that began, ``[stray]`` that it never began,
``[stopped 2.2]`` when the VAD event came, ``[text]`` that it came as text, without audio,
``[heard: words]`` a recognizer's transcript (default: the words claimed), ``[phase x]``,
``[cancelled 3.0]`` when its response was cancelled, ``[done 3.0]`` when it ended by itself,
``[ended 3.0 incomplete max_output_tokens]`` when it ended in another way, and why,
``[cancels 2.9]`` when the harness asked to stop it,
``[came 1.9 2.4]`` when its audio came, in parts of equal length,
``[asked 1.8]`` when the harness asked for it, ``[refused 1.8 1.9]`` when it asked and was refused,
``[timed-out 1.8]`` when the idle time ran out,
``[truncated 1200]`` the ms that the harness sent, ``[untaken 4.5 words]`` when and why the service
refused that, ``[confirmed 4.5]`` when it confirmed that, ``[confirmed]`` that it never did,
``[sure ORD4715B 0.9]`` how sure the recognizer is of an id
response: a response without audio; the row's end is when it ended, ``-`` alone means never; the
text is its status and reason
tool: ``[failed]`` ``[timed_out]`` ``[response x]`` ``[raw x]`` arguments and ``[output x]`` result
as they were sent, ``[server]`` run by the server, ``[begun]`` begun and never finished, so that it
never ran; the row's end is when it was answered, ``-`` alone means never; arguments are
name=value, with ``_`` for a space.
vad: the service noticed speech from the row's start to its end, ``-`` alone means without an end;
``[interrupted]`` it reported an interruption alone
error: the service reported it, in these words
hangs_up: the agent's side closed the call then, and it was over
network: ``[late 0.8]`` the caller's sound came so much later in that time
late: the harness itself was late in that time: ``[frames 0.03]`` left, messages were
``[read 0.02]``, and came as much earlier than their ``[stamps 0.02]``; the call is then a call
in real time
bed: a burst of the noise bed; ``[unsent]`` with the microphone closed
line: it was gone in that time; ``[lost]`` words of the caller were broken off by that
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from support.agent_sounds import RATE_HZ, SOUNDS

from harness.audio.pcm import Pcm
from harness.judging.judge import judge
from harness.judging.scorers.base import ScoredCall
from harness.protocol.commands import (
    CancelResponse,
    ClearAudio,
    ClientCommand,
    CreateResponse,
    TruncateItem,
)
from harness.protocol.events import (
    AudioDelta,
    InputTimedOut,
    InputTranscriptDone,
    InputTranscriptFailed,
    Interrupted,
    ItemTruncated,
    OutputItemAdded,
    OutputItemDone,
    ResponseCreated,
    ResponseDone,
    ServerError,
    ServerEvent,
    SpeechStarted,
    SpeechStopped,
    TextDone,
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
from harness.recording.model import (
    Absence,
    AbsenceCause,
    AgentEvent,
    CallerUtterance,
    GeneratedItem,
    ImpairedSpan,
    Impairment,
    LateArrivals,
    LateFrames,
    NoiseBurst,
    PlayedSpan,
    Recognition,
    RecognizedWords,
    Recording,
    SentCommand,
    Truncation,
    UtteranceKind,
    WeighedValue,
)
from harness.recording.provenance import (
    FORMAT,
    CallStatus,
    EndCause,
    Lateness,
    Manifest,
    Origin,
)
from harness.recording.tools import ToolOutcome, ToolRun

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


@dataclass
class Row:
    """An event of the call; ``end_s`` None: the tool never answered."""

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
        if "text" in row.options:
            return self.write(row, item, response)
        runs, sound = _sounding(row)
        for item_start, start, count in runs:
            self.agent[start : start + count] = sound[item_start : item_start + count]
            self.played.append(PlayedSpan(item, 0, response, item_start, start, count))
        self.tell(row, item, response)
        if "truncated" in row.options:
            heard = sum(count for _, _, count in runs)
            self.truncate(row, item, int(row.options["truncated"]), heard)
        came_s = row.start_s if self.real else row.start_s - 0.1
        times_s = [float(at_s) for at_s in row.options.get("came", str(came_s)).split()]
        bounds = [len(sound) * part // len(times_s) for part in range(len(times_s) + 1)]
        chunks = tuple(
            (at_s, self.made + start, stop - start)
            for at_s, start, stop in zip(times_s, bounds, bounds[1:], strict=False)
        )
        self.generated.append(GeneratedItem(item, 0, response, chunks))
        self.made += len(sound)
        self.made_audio.append(sound)
        words = row.options.get("heard", row.text)
        self.recognized.append(RecognizedWords(row.start_s, row.end_s or 0, words))
        if "sure" in row.options:
            value, sure = row.options["sure"].split()
            given = ("id", value, float(sure), "")
            self.weighed.append(WeighedValue(row.start_s, row.end_s or 0, *given))
        return None

    def tell(self, row: Row, item: str, response: str) -> None:
        """Send the events by which the service reports an utterance and its response."""
        number = len(self.generated)
        if "stray" in row.options:
            self.receive(row.start_s, AudioDelta(response, item, 0, 0))
        else:
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
        ends = {"cancelled": "cancelled", "done": "completed", "ended": ""}
        for option in ends.keys() & row.options.keys():
            at, *how = row.options[option].split()
            self.over(float(at), response, *(how or (ends[option],)))
        if "cancels" in row.options:
            self.send(float(row.options["cancels"]), CancelResponse())

    def over(self, at_s: float, response: str, status: str, reason: str = "") -> None:
        """End a response; the reason of a failed response is the message of its error."""
        failed = ErrorInfo("server_error", reason) if status == "failed" and reason else None
        why = None if failed is not None else reason or None
        over = Response(response, ResponseStatus(status), why, failed)
        self.receive(at_s, ResponseDone(over))

    def write(self, row: Row, item: str, response: str) -> None:
        self.receive(row.start_s, ResponseCreated(Response(response)))
        self.receive(row.end_s or row.start_s, TextDone(response, item, 0, 0, row.text))
        self.over(row.end_s or row.start_s, response, "completed")

    def respond(self, row: Row) -> None:
        name = row.options.get("response") or f"resp_without_audio_{len(self.events)}"
        self.receive(row.start_s, ResponseCreated(Response(name)))
        if row.end_s is not None:
            self.over(row.end_s, name, *row.text.split())

    def truncate(self, row: Row, item: str, told_ms: int, heard: int) -> None:
        at_s = row.end_s or 0
        self.truncations.append(Truncation(at_s, item, 0, told_ms, heard))
        if "untaken" in row.options:
            at, _, words = row.options["untaken"].partition(" ")
            self.send(at_s, TruncateItem(item, 0, told_ms, event_id=f"truncate_{item}"))
            refused = ErrorInfo("invalid_request_error", words, event_id=f"truncate_{item}")
            self.receive(float(at), ServerError(refused))
        if "confirmed" in row.options:
            self.send(at_s, TruncateItem(item, 0, told_ms))
            if at := row.options["confirmed"]:
                self.receive(float(at), ItemTruncated(item, 0, told_ms))

    def notice(self, row: Row) -> None:
        if "interrupted" in row.options:
            self.receive(row.start_s, Interrupted())
            return
        item = f"noticed_{len(self.events)}"
        self.receive(row.start_s, SpeechStarted(item))
        if row.end_s is not None:
            self.receive(row.end_s, SpeechStopped(item))

    def fail(self, row: Row) -> None:
        self.receive(row.start_s, ServerError(ErrorInfo("server_error", row.text)))

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
        response = row.options.get("response") or self.response or "resp_silent"
        if "begun" in row.options:
            call = {"call_id": f"call_begun_{row.start_s:g}", "name": row.who}
            item = Item(f"item_{call['call_id']}", ItemKind.FUNCTION_CALL, **call)
            self.receive(row.start_s, OutputItemAdded(response, 0, item))
            return
        outcome = next(
            (o for o in ToolOutcome if o.value in row.options),
            ToolOutcome.OK if row.end_s is not None else ToolOutcome.UNANSWERED,
        )
        self.tools.append(
            ToolRun(
                call_id=f"call_{len(self.tools)}",
                name=row.who,
                arguments=row.options.get("raw", json.dumps(arguments)),
                response_id=response,
                requested_s=row.start_s,
                answered_s=row.end_s,
                outcome=outcome,
                output=None if row.end_s is None else row.options.get("output", "{}"),
                by_server="server" in row.options,
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
    origin: Origin | None = None,
    in_text: bool = False,
) -> Recording:
    """Return the recording of a call; ``scenario`` and ``suite`` change the usual ones.

    ``unsaid`` is why a script broke off, for a call that ended so. ``origin`` is that of an
    imported call. ``in_text``: the session was asked for text.
    """
    rows = _rows(script) if isinstance(script, str) else script
    duration_s = max([row.end_s or row.start_s for row in rows], default=0.0) + 1.0
    left = [row.start_s for row in rows if row.who == "hangs_up"]
    duration_s = left[0] if left else duration_s
    real = any(row.who == "late" for row in rows)
    call = _Call(_n(duration_s), listened, real=real)
    for row in rows:
        others = {"line": call.gone, "network": call.held_up, "bed": call.burst}
        others |= {"late": call.was_late, "response": call.respond, "vad": call.notice}
        others |= {"error": call.fail, "hangs_up": lambda row: None}
        {"caller": call.caller, "agent": call.speak, **others}.get(row.who, call.tool)(row)
    silence = Pcm(np.zeros(call.length, np.int16), RATE_HZ)
    manifest = _manifest({**SCENARIO, **(scenario or {})}, {**SUITE, **(suite or {})}, status)
    if call.transcribes:
        manifest = replace(manifest, target={"session": {"type": "transcription"}})
    if in_text:
        manifest = replace(manifest, target={"session": {"output": "text"}})
    if left:
        manifest = replace(manifest, end_cause=EndCause.AGENT_HUNG_UP)
    manifest = replace(manifest, origin=origin)
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


def _sounding(row: Row) -> tuple[list[tuple[int, int, int]], np.ndarray]:
    """Return the played parts (place in the item, start on the track, samples), and the audio."""
    holes = [(*_span(one), True) for one in row.options.get("gap", "").split()]
    holes += [(*_span(one), False) for one in row.options.get("skip", "").split()]
    at, place, stop = _n(row.start_s), 0, _n(row.end_s or 0)
    late = sum(last - first for first, last, is_late in holes if is_late)
    generated = _n(float(row.options["of"])) if "of" in row.options else stop - at - late
    sound = SOUNDS[row.options.get("sounds", "tone")](generated)
    sound[: _n(float(row.options.get("late", 0)))] = 0
    sound[generated - _n(float(row.options.get("trails", 0))) :] = 0
    for one in row.options.get("pause", "").split():
        first, last = _span(one)
        sound[first - at : last - at] = 0
    runs = []
    for first, last, is_late in sorted(holes):
        runs.append((place, at, first - at))
        place += first - at if is_late else last - at
        at = last
    runs.append((place, at, min(generated - place, stop - at)))
    return runs, sound


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
