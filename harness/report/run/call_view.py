"""The page of one call as plain data: verdict, time axis, words, scores, tools, events, origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.recording.model import Heard, Manifest, Recording
from harness.report import figures
from harness.report.run import transcript
from harness.report.run.event_log import EventRow, ViolationRow, event_rows, pretty, violation_rows
from harness.report.run.lanes import Lanes, lanes
from harness.report.run.peaks import common_scale, outline
from harness.report.run.view import CallRow, call_row
from harness.results.model import CallResult, EvidenceSpan, ScoreResult
from harness.timeline.model import LatencyParts, Timeline

_ORDER = ("fail", "broken", "review", "pass", "unscorable", "not_applicable")
CONTEXT_S = 0.5
"""What is played before and after a piece of evidence."""
SMALLEST_PART_S = 0.005
"""A shorter part would read as 0.00 s and be too narrow to see."""
_PARTS = (
    ("endpointing", "noticing the end of speech"),
    ("tool", "a tool running"),
    ("created", "starting a response"),
    ("first_delta", "first audio"),
    ("playout", "playing it"),
    ("lead_in", "silence before the voice"),
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A stretch of the call that can be played."""

    start_s: float
    end_s: float
    text: str

    @property
    def play_from_s(self) -> float:
        """Where playing begins: an instant, or a silence, is understood by what is around it."""
        return max(0.0, self.start_s - CONTEXT_S)

    @property
    def play_to_s(self) -> float:
        """Where playing stops."""
        return self.end_s + CONTEXT_S


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """One scorer's verdict on this call."""

    scorer: str
    label: str
    version: int
    outcome: str
    outcome_text: str
    reason: str
    value: str
    proofs: tuple[Proof, ...]
    plain: tuple[tuple[str, str], ...]
    """Details that are single values."""
    nested: str
    """The other details as JSON, empty if there are none."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a wait; positions in percent of the slowest wait."""

    name: str
    meaning: str
    left: float
    width: float
    took: str


@dataclass(frozen=True, slots=True)
class WaitBar:
    """One wait with the parts that add up to it."""

    at_s: float
    end_s: float
    clock: str
    after: str
    took: str
    with_tool: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class CallPage:
    """Everything that the call template shows.

    ``problem`` says why there is no recording to show; then the lanes, lines and audio are absent.
    ``left_out`` says why only scores and transcript are shown of a recording that is there.
    """

    row: CallRow
    description: str
    scores: tuple[ScoreCard, ...]
    problem: str = ""
    left_out: str = ""
    has_audio: bool = False
    lanes: Lanes | None = None
    peaks: tuple[tuple[float, ...], ...] = ()
    lines: tuple[transcript.Line, ...] = ()
    tools: tuple[transcript.ToolCard, ...] = ()
    waits: tuple[WaitBar, ...] = ()
    violations: tuple[ViolationRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    origin: tuple[tuple[str, str], ...] = ()

    @property
    def mute(self) -> str:
        """Why nothing of this call can be played, in a few words; empty if it can."""
        if self.has_audio:
            return ""
        if self.left_out:
            return "the sound of this call is not in this file"
        return "there is no recording" if self.problem else "the recording holds no audio"


def scores_page(call: CallResult, problem: str) -> CallPage:
    """Return the page of a call without its recording: its scores, and why there is no more."""
    return CallPage(row=call_row(call), description="", scores=score_cards(call), problem=problem)


def transcript_page(page: CallPage, left_out: str) -> CallPage:
    """Return a call's page cut down to what is text and short: its scores and its transcript."""
    if page.problem:
        return page
    return CallPage(
        row=page.row,
        description=page.description,
        scores=page.scores,
        left_out=left_out,
        lines=page.lines,
    )


def player_data(page: CallPage, nonce: str) -> dict[str, object]:
    """Return what the script of the player needs: length in seconds, outlines, style nonce."""
    duration_s = page.lanes.duration_s if page.lanes else 0.0
    return {"duration": duration_s, "peaks": page.peaks, "nonce": nonce}


def call_page(call: CallResult, recording: Recording, timeline: Timeline) -> CallPage:
    """Return the page of one call."""
    tracks = (recording.caller, recording.agent)
    has_audio = any(len(track) for track in tracks)
    duration_s = max(timeline.duration_s, *(track.duration_s for track in tracks), 1.0)
    scale = common_scale(*tracks)
    return CallPage(
        row=call_row(call),
        description=str(recording.manifest.scenario.get("description") or ""),
        scores=score_cards(call),
        has_audio=has_audio,
        lanes=lanes(timeline, duration_s=duration_s),
        peaks=tuple(outline(track, duration_s=duration_s, scale=scale) for track in tracks),
        lines=transcript.lines(timeline),
        tools=transcript.tool_cards(timeline),
        waits=wait_bars(timeline),
        violations=violation_rows(timeline.violations or ()),
        events=event_rows(recording.events),
        origin=(
            *origin(recording.manifest),
            ("Listened", heard_by(recording.heard)),
            ("Protocol", protocol(timeline)),
        ),
    )


def score_cards(call: CallResult) -> tuple[ScoreCard, ...]:
    """Return the scores, what failed first."""
    known = {outcome: place for place, outcome in enumerate(_ORDER)}
    ordered = sorted(call.scores, key=lambda s: (known.get(s.outcome, 0), s.scorer))
    return tuple(_score_card(score) for score in ordered)


def _score_card(score: ScoreResult) -> ScoreCard:
    plain = {k: v for k, v in score.details.items() if isinstance(v, str | int | float)}
    nested = {k: v for k, v in score.details.items() if k not in plain and v not in (None, [], {})}
    return ScoreCard(
        scorer=score.scorer,
        label=figures.label(score.scorer),
        version=score.version,
        outcome=score.outcome,
        outcome_text=figures.label(score.outcome),
        reason=score.reason,
        value=figures.value(score),
        proofs=tuple(_proof(span) for span in score.evidence),
        plain=tuple((figures.label(name), _plain(value)) for name, value in plain.items()),
        nested=pretty(nested) if nested else "",
    )


def _plain(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _proof(span: EvidenceSpan) -> Proof:
    times = f"{figures.clock(span.start_s)}–{figures.clock(span.end_s)}"
    return Proof(span.start_s, span.end_s, f"{times} {span.label}".strip())


def wait_bars(timeline: Timeline) -> tuple[WaitBar, ...]:
    """Return every answered wait with its parts, on one scale."""
    answered = [(wait, wait.took_s) for wait in timeline.waits if wait.took_s is not None]
    slowest = max((took_s for _, took_s in answered), default=0.0)
    return tuple(
        WaitBar(
            at_s=wait.from_s,
            end_s=wait.from_s + took_s,
            clock=figures.clock(wait.from_s),
            after=timeline.caller[wait.caller].text,
            took=figures.seconds(took_s),
            with_tool=wait.with_tool,
            parts=_parts(wait.parts, took_s, slowest),
        )
        for wait, took_s in answered
    )


def _parts(parts: LatencyParts | None, took_s: float, slowest: float) -> tuple[Part, ...]:
    scale = 100 / slowest if slowest else 0.0
    if parts is None:
        return (
            Part("whole", "whole wait", 0.0, round(took_s * scale, 2), figures.seconds(took_s)),
        )
    drawn, at_s = [], 0.0
    for name, meaning in _PARTS:
        part_s: float | None = getattr(parts, f"{name}_s")
        if part_s is not None and part_s >= SMALLEST_PART_S:
            left, width = round(at_s * scale, 2), round(part_s * scale, 2)
            drawn.append(Part(name, meaning, left, width, figures.seconds(part_s)))
        at_s += part_s or 0.0
    return tuple(drawn)


def origin(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return the provenance of a call as names and values."""
    late = manifest.lateness
    lateness = figures.NONE
    if late is not None and late.p99_s is not None and late.max_s is not None:
        lateness = f"p99 {late.p99_s * 1000:.2f} ms, max {late.max_s * 1000:.2f} ms"
        lateness += f" over {late.frames} frames"
    return (
        ("Call", manifest.call_id),
        ("Scenario file", manifest.scenario_path),
        ("Scenario hash", manifest.scenario_hash),
        ("Seed", f"{manifest.seed}, repeat {manifest.repeat + 1}"),
        ("Clock", manifest.clock),
        *_started(manifest),
        ("Target", _flat(manifest.target)),
        *((("Planted fault", manifest.fault),) if manifest.fault else ()),
        ("Harness", manifest.harness_version),
        ("Recording format", str(manifest.format)),
        ("Engines", _flat(manifest.engines)),
        ("Machine", _flat(manifest.machine)),
        ("Own send lateness", lateness),
        (
            "Ended",
            manifest.status.value if manifest.status else "not finished (crashed or running)",
        ),
    )


def _started(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return when the call began; a virtual one takes place at no time."""
    if manifest.clock == "virtual":
        return ()
    return (("Started", figures.instant(manifest.started_at)),)


def heard_by(heard: Heard | None) -> str:
    """Return who listened to the agent's played audio."""
    return "nobody" if heard is None else f"{heard.engine} {heard.version}"


def protocol(timeline: Timeline) -> str:
    """Return in words whether the server kept to its protocol."""
    if timeline.violations is None:
        return "not looked at: the dialect is not known here"
    if not timeline.violations:
        return "no violation"
    return f"{figures.counted(len(timeline.violations), 'violation')}, listed above the event log"


def _flat(values: Mapping[str, Any]) -> str:
    return ", ".join(_pairs(values)) or figures.NONE


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield "name value", inner names joined by dots, what is not set left out."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _pairs(value))
        elif value not in (None, "", []):
            yield f"{name} {value}"
