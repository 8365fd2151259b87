"""The page of a call as plain data: verdict, time axis, scores, tools, events, origin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.judging.judge import Judged
from harness.judging.scorers.delivery import how_broken
from harness.protocol.commands import TRANSCRIPTION
from harness.recording.model import Recording
from harness.recording.provenance import Estimate, Manifest
from harness.report import figures
from harness.report.run import transcript
from harness.report.run.call_rows import CallRow, call_row
from harness.report.run.call_timeline import (
    Lanes,
    Silhouette,
    common_scale,
    lanes,
    outline,
    silhouette,
    vad_spans,
)
from harness.report.run.event_log import EventRow, ViolationRow, event_rows, violation_rows
from harness.report.run.expectations import ExpectedLine, expected
from harness.report.run.score_cards import (
    Problem,
    ScoreCard,
    marked,
    problems,
    score_cards,
    uncalled_tools,
)
from harness.report.run.setup_view import (
    Again,
    Staged,
    again,
    imported,
    origin,
    protocol,
    recognized_by,
    staged,
    told,
    with_staged,
)
from harness.report.run.transcript import (
    ComparedValue,
    compared_values,
    with_written,
    written_turns,
)
from harness.results.model import CallResult
from harness.scenario.domain import trade_note
from harness.scenario.suite_checks import suite_language
from harness.timeline.model import LatencyParts, Timeline
from harness.units import clock, with_uncertainty

# Notes for a reader of a call's page in addition to the verdicts, in a sentence each.

_MOST = 5
"""Broken answers, and different errors, that are shown."""


_SIDES = {"agent": Estimate.AGENT_AUDIO, "caller": Estimate.CALLER_AUDIO}
_HOW = "see where it comes from, at the transcript"


def head_notes(timeline: Timeline) -> tuple[str, ...]:
    """Return the notes at the head of a call's page, in order of time."""
    return tuple(words for _, words in sorted(_notes(timeline)))


def _notes(timeline: Timeline) -> Iterator[tuple[float, str]]:
    for side, estimate in _SIDES.items():
        if timeline.estimates(estimate):
            # Before all notes that have a time.
            yield -1.0, f"The {side}'s audio is missing in the source of this call: {_HOW}"
    yield from _unjudged_calls(timeline)
    for asked in timeline.approvals:
        if not asked.approved:
            answer = "nobody gave it" if asked.approved is None else "it was refused"
            words = f"asked for approval of {asked.tool or 'a tool'}, and {answer}"
            yield asked.at_s, f"At {clock(asked.at_s)} the service {words}"
    for broken in timeline.broken[:_MOST]:
        begun_s = broken.span.start_s
        yield begun_s, f"At {clock(begun_s)} {how_broken(broken)}"
    for change in timeline.session_changes:
        words = f"changed {change.setting} from {change.before} to {change.after}, unasked"
        yield change.at_s, f"At {clock(change.at_s)} the service {words}"
    if (at_s := timeline.unended_speech_s) is not None:
        yield at_s, f"Your server noticed speech at {clock(at_s)} and never its end"
    often = Counter(error.words for error in timeline.errors)
    # Reversed, so that the first time of each error is the one that stays in the mapping.
    first_s = {error.words: error.at_s for error in reversed(timeline.errors)}
    for words, number in list(often.items())[:_MOST]:
        times = f" ({number} times)" if number > 1 else ""
        at = clock(first_s[words])
        yield first_s[words], f"At {at} the service reported: {words}{times}"


def _unjudged_calls(timeline: Timeline) -> Iterator[tuple[float, str]]:
    for begun in timeline.begun_calls:
        words = f"began to call {begun.name} and was interrupted; nobody ran the call"
        yield begun.at_s, f"At {clock(begun.at_s)} the agent {words}"
    for foreign in timeline.foreign_calls:
        words = f"{foreign.name} was called in a response that this session never began"
        yield foreign.requested_s, f"At {clock(foreign.requested_s)} {words}; it is not judged"


# The parts of a call's waiting time: every answered wait with its parts, on a shared scale.

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
class WaitPart:
    """A part of a wait; positions in percent of the slowest wait."""

    name: str
    meaning: str
    left: float
    width: float
    took: str


@dataclass(frozen=True, slots=True)
class WaitBar:
    """A wait with the parts that add up to it."""

    at_s: float
    end_s: float
    clock: str
    after: str
    took: str
    with_tool: bool
    parts: tuple[WaitPart, ...]
    parts_off: str = ""
    """The uncertainty of each part, " ± 2 ms"; empty for exact parts."""


def wait_bars(timeline: Timeline) -> tuple[WaitBar, ...]:
    """Return every answered wait with its parts, on a shared scale."""
    answered = [(wait, wait.took_s) for wait in timeline.waits if wait.took_s is not None]
    slowest = max((took_s for _, took_s in answered), default=0.0)
    return tuple(
        WaitBar(
            at_s=wait.from_s,
            end_s=wait.from_s + took_s,
            clock=figures.clock(wait.from_s),
            after=timeline.caller[wait.caller].text,
            took=figures.uncertain(took_s, wait.uncertainty_s),
            with_tool=wait.with_tool,
            parts_off=with_uncertainty("each", wait.parts_uncertainty_s).removeprefix("each"),
            parts=_parts(wait.parts, took_s, slowest),
        )
        for wait, took_s in answered
    )


def parts_shown(bars: tuple[WaitBar, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names and meanings of the parts that are known of any of these waits."""
    there = {part.name for bar in bars for part in bar.parts}
    return tuple(part for part in _PARTS if part[0] in there)


def _parts(parts: LatencyParts | None, took_s: float, slowest: float) -> tuple[WaitPart, ...]:
    scale = 100 / slowest if slowest else 0.0
    if parts is None:
        return (
            WaitPart("whole", "whole wait", 0.0, round(took_s * scale, 2), figures.seconds(took_s)),
        )
    drawn, at_s = [], 0.0
    for name, meaning in _PARTS:
        part_s: float | None = getattr(parts, f"{name}_s")
        if part_s is not None and part_s >= SMALLEST_PART_S:
            left, width = round(at_s * scale, 2), round(part_s * scale, 2)
            drawn.append(WaitPart(name, meaning, left, width, figures.seconds(part_s)))
        # Also for a part that is too short to be drawn: the next one keeps its place.
        at_s += part_s or 0.0
    return tuple(drawn)


@dataclass(frozen=True, slots=True)
class CallPage:
    """Everything that the call template shows.

    ``problem`` is why there is no recording to show; then the lanes, lines and audio are absent.
    ``left_out`` is why only scores and transcript of an existing recording are shown, and
    ``damage`` the lost part of a recording of which the rest is shown.
    """

    row: CallRow
    description: str
    scores: tuple[ScoreCard, ...]
    problem: str = ""
    left_out: str = ""
    damage: str = ""
    has_audio: bool = False
    untimed_audio: bool = False
    """Whether there is audio without reported times: it has no place on an axis."""
    lanes: Lanes | None = None
    peaks: tuple[tuple[float, ...], ...] = ()
    silhouettes: tuple[Silhouette, ...] = ()
    problems: tuple[Problem, ...] = ()
    expected: tuple[ExpectedLine, ...] = ()
    compared: tuple[ComparedValue, ...] = ()
    again: Again | None = None
    prompt: str = ""
    kept_prompt: str = ""
    """Which prompt the agent had in place of the suite's; empty if the suite's was sent."""
    earlier: tuple[tuple[str, str], ...] = ()
    """The messages that the agent had before the call: role and text."""
    staged: tuple[Staged, ...] = ()
    """Actions of the scenario other than speech, as listed under the axis."""
    lines: tuple[transcript.TranscriptLine, ...] = ()
    tools: tuple[transcript.ToolCard, ...] = ()
    waits: tuple[WaitBar, ...] = ()
    wait_parts: tuple[tuple[str, str], ...] = ()
    """Meanings of the colours of the waits; empty if the parts of all waits are unknown."""
    violations: tuple[ViolationRow, ...] = ()
    turn_rule: str = ""
    imported: str = ""
    """The source of an imported call, and which facts of it are estimated."""
    events: tuple[EventRow, ...] = ()
    origin: tuple[tuple[str, str], ...] = ()
    note: str = ""
    """A caveat to read before any verdict."""
    notes: tuple[str, ...] = ()
    """Events of the call in addition to the verdicts, a sentence each."""

    @property
    def listened(self) -> bool:
        """Whether a recognizer transcribed any utterance of the agent."""
        return any(line.recognized is not None for line in self.lines if line.who == "agent")

    @property
    def unheard(self) -> str:
        """The note that no recognizer ran; empty if one ran or there was no speech to recognize."""
        said = [line for line in self.lines if line.who == "agent"]
        if self.row.imported or self.listened or all("text" in line.flags for line in said):
            return ""
        return "No recognizer ran: what the agent said is told by its own transcript alone."

    @property
    def mute(self) -> str:
        """Why the audio of this call cannot be played, in a few words; empty if it can."""
        if self.has_audio:
            return ""
        if self.left_out:
            return "the sound of this call is not in this file"
        if self.untimed_audio:
            return "the source has no times, so its audio has no place in the call"
        return "there is no recording" if self.problem else "the recording holds no audio"


def scores_page(call: CallResult, problem: str) -> CallPage:
    """Return the page of a call without its recording: its scores, and why the rest is missing."""
    return CallPage(row=call_row(call), description="", scores=score_cards(call), problem=problem)


def transcript_page(page: CallPage, left_out: str) -> CallPage:
    """Return a call's page reduced to short text: its scores and its transcript."""
    if page.problem:
        return page
    return CallPage(
        row=page.row,
        description=page.description,
        scores=page.scores,
        left_out=left_out,
        damage=page.damage,
        turn_rule=page.turn_rule,
        imported=page.imported,
        lines=page.lines,
    )


def player_data(page: CallPage, nonce: str) -> dict[str, object]:
    """Return the data for the player's script: length in seconds, outlines, style nonce."""
    duration_s = page.lanes.duration_s if page.lanes else 0.0
    return {"duration": duration_s, "peaks": page.peaks, "nonce": nonce}


def call_page(call: CallResult, judged: Judged) -> CallPage:
    """Return the page of a call."""
    recording, timeline = judged.recording, judged.timeline
    tracks = (recording.caller, recording.agent)
    manifest = recording.manifest
    # At least a second: an axis of no length has no positions.
    duration_s = max(timeline.duration_s, *(track.duration_s for track in tracks), 1.0)
    scale = common_scale(*tracks)
    peaks = tuple(outline(track, duration_s=duration_s, scale=scale) for track in tracks)
    found = problems(call.scores)
    wanted = staged(recording, timeline)
    written = written_turns(timeline, call.scores)
    lines = with_staged(transcript.lines(timeline), recording, timeline)
    lines = with_written(lines, written)
    session = manifest.target.get("session") or {}
    kept_prompt = _kept_prompt(session)
    timed = not timeline.estimates(Estimate.TIMES)
    waits = wait_bars(timeline) if timed else ()
    uncalled, vad = uncalled_tools(call.scores), vad_spans(recording, duration_s=duration_s)
    drawn = lanes(
        timeline, found, wanted, written, duration_s=duration_s, uncalled=uncalled, vad=vad
    )
    return CallPage(
        row=call_row(call),
        description=str(manifest.scenario.get("description") or ""),
        scores=score_cards(call),
        damage=recording.damage,
        has_audio=timed and any(map(len, tracks)),
        untimed_audio=not timed and any(map(len, tracks)),
        lanes=drawn if timed else None,
        peaks=peaks,
        silhouettes=tuple(map(silhouette, peaks)),
        problems=found,
        expected=_expected(call, recording, timeline),
        compared=compared_values(call, manifest.scenario, lines, suite_language(manifest.suite)),
        again=again(manifest),
        prompt="" if kept_prompt else manifest.instructions,
        kept_prompt=kept_prompt,
        note=_note(manifest),
        earlier=transcript.earlier(recording),
        staged=told(wanted) if timed else (),
        lines=marked(lines, found),
        tools=transcript.tool_cards(timeline),
        waits=waits,
        wait_parts=parts_shown(waits),
        violations=violation_rows(timeline.violations or ()),
        turn_rule=timeline.turn_rule,
        notes=head_notes(timeline),
        imported=imported(manifest.origin),
        events=event_rows(recording) if recording.messages or not manifest.origin else (),
        origin=_provenance(judged),
    )


def _expected(
    call: CallResult, recording: Recording, timeline: Timeline
) -> tuple[ExpectedLine, ...]:
    spoken = {turn.turn for turn in timeline.caller if turn.turn is not None}
    reached = spoken | {step.turn for step in timeline.steps}
    left_out = (each.turn for each in recording.left_out)
    return expected(call, recording.manifest, reached, left_out=left_out)


def _note(manifest: Manifest) -> str:
    """Return a note on a suite whose tools the reference agent cannot use; none for imports."""
    if manifest.origin is not None:
        return ""
    return trade_note((manifest.suite,), manifest.target.get("url", "unknown"))


def _provenance(judged: Judged) -> tuple[tuple[str, str], ...]:
    recording = judged.recording
    listened = ("Listened", recognized_by(recording.recognition))
    spoken = (("Protocol", protocol(judged.timeline)),) if recording.messages else ()
    return (*origin(recording.manifest), listened, *spoken)


def _kept_prompt(session: Mapping[str, Any]) -> str:
    """Return which prompt the agent had, if the suite's was not sent."""
    asked = session.get("prompt", "suite")
    if session.get("type") == TRANSCRIPTION:
        return "A session that writes down what is said has no prompt"
    if isinstance(asked, Mapping):
        version = f", version {asked['version']}" if asked.get("version") else ""
        return f"The prompt {asked.get('id')}{version} is stored at the service"
    return "" if asked == "suite" else "The agent kept its own prompt"
