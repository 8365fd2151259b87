"""The page of one call as plain data: verdict, time axis, words, scores, tools, events, origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.judging.judge import Judged
from harness.protocol.commands import TRANSCRIPTION
from harness.recording.provenance import Estimate
from harness.report.run import transcript
from harness.report.run.call_rows import CallRow, call_row
from harness.report.run.differing import ComparedValue, compared_values
from harness.report.run.event_log import EventRow, ViolationRow, event_rows, violation_rows
from harness.report.run.expected import ExpectedLine, expected
from harness.report.run.head_notes import head_notes
from harness.report.run.lanes import (
    Lanes,
    Silhouette,
    common_scale,
    lanes,
    outline,
    silhouette,
    vad_spans,
)
from harness.report.run.origin import Again, again, imported, origin, protocol, recognized_by
from harness.report.run.score_cards import (
    Problem,
    ScoreCard,
    marked,
    problems,
    score_cards,
    uncalled_tools,
)
from harness.report.run.staged import Staged, staged, told, with_staged
from harness.report.run.wait_bars import WaitBar, parts_shown, wait_bars
from harness.report.run.written import with_written, written_turns
from harness.results.model import CallResult
from harness.scenario.suite_checks import suite_language
from harness.scenario.trade import trade_note


@dataclass(frozen=True, slots=True)
class CallPage:
    """Everything that the call template shows.

    ``problem`` says why there is no recording to show; then the lanes, lines and audio are absent.
    ``left_out`` says why only scores and transcript are shown of a recording that is there, and
    ``damage`` what the recording has lost: what is shown is what is left of it.
    """

    row: CallRow
    description: str
    scores: tuple[ScoreCard, ...]
    problem: str = ""
    left_out: str = ""
    damage: str = ""
    has_audio: bool = False
    untimed_audio: bool = False
    """Whether there is audio, and nothing reports when it was heard: it has no place on an axis."""
    lanes: Lanes | None = None
    peaks: tuple[tuple[float, ...], ...] = ()
    silhouettes: tuple[Silhouette, ...] = ()
    problems: tuple[Problem, ...] = ()
    expected: tuple[ExpectedLine, ...] = ()
    compared: tuple[ComparedValue, ...] = ()
    again: Again | None = None
    prompt: str = ""
    kept_prompt: str = ""
    """Which prompt the agent had in place of the suite's, in words; empty where it was sent."""
    earlier: tuple[tuple[str, str], ...] = ()
    """What the agent was told before the call: whose, and the words."""
    staged: tuple[Staged, ...] = ()
    """What the scenario did beside words, as it is told under the axis."""
    lines: tuple[transcript.TranscriptLine, ...] = ()
    tools: tuple[transcript.ToolCard, ...] = ()
    waits: tuple[WaitBar, ...] = ()
    wait_parts: tuple[tuple[str, str], ...] = ()
    """What the colours of the waits mean; empty where nobody knows the parts of any."""
    violations: tuple[ViolationRow, ...] = ()
    turn_rule: str = ""
    imported: str = ""
    """Where an imported call comes from, and what of it is estimated."""
    events: tuple[EventRow, ...] = ()
    origin: tuple[tuple[str, str], ...] = ()
    note: str = ""
    """What to know before any verdict is believed."""
    notes: tuple[str, ...] = ()
    """What happened beside the verdicts, a sentence each."""

    @property
    def listened(self) -> bool:
        """Whether a recognizer was asked about anything that the agent said."""
        return any(line.recognized is not None for line in self.lines if line.who == "agent")

    @property
    def unheard(self) -> str:
        """That no recognizer ran, told once; empty where one did, or had nothing to hear."""
        said = [line for line in self.lines if line.who == "agent"]
        if self.row.imported or self.listened or all("text" in line.flags for line in said):
            return ""
        return "No recognizer ran: what the agent said is told by its own transcript alone."

    @property
    def mute(self) -> str:
        """Why nothing of this call can be played, in a few words; empty if it can."""
        if self.has_audio:
            return ""
        if self.left_out:
            return "the sound of this call is not in this file"
        if self.untimed_audio:
            return "the source has no times, so its audio has no place in the call"
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
        damage=page.damage,
        turn_rule=page.turn_rule,
        imported=page.imported,
        lines=page.lines,
    )


def player_data(page: CallPage, nonce: str) -> dict[str, object]:
    """Return what the script of the player needs: length in seconds, outlines, style nonce."""
    duration_s = page.lanes.duration_s if page.lanes else 0.0
    return {"duration": duration_s, "peaks": page.peaks, "nonce": nonce}


def call_page(call: CallResult, judged: Judged) -> CallPage:
    """Return the page of one call."""
    recording, timeline = judged.recording, judged.timeline
    tracks = (recording.caller, recording.agent)
    manifest = recording.manifest
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
    drawn = lanes(
        timeline,
        found,
        wanted,
        written,
        duration_s=duration_s,
        uncalled=uncalled_tools(call.scores),
        vad=vad_spans(recording, duration_s=duration_s),
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
        expected=expected(
            call,
            manifest,
            {t.turn for t in timeline.caller if t.turn is not None}
            | {step.turn for step in timeline.steps},
            left_out=(each.turn for each in recording.left_out),
        ),
        compared=compared_values(call, manifest.scenario, lines, suite_language(manifest.suite)),
        again=again(manifest),
        prompt="" if kept_prompt else manifest.instructions,
        kept_prompt=kept_prompt,
        note=""
        if manifest.origin is not None
        else trade_note((manifest.suite,), manifest.target.get("url", "unknown")),
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


def _provenance(judged: Judged) -> tuple[tuple[str, str], ...]:
    recording = judged.recording
    listened = ("Listened", recognized_by(recording.recognition))
    spoken = (("Protocol", protocol(judged.timeline)),) if recording.messages else ()
    return (*origin(recording.manifest), listened, *spoken)


def _kept_prompt(session: Mapping[str, Any]) -> str:
    """Return which prompt the agent had, where the suite's was not sent."""
    asked = session.get("prompt", "suite")
    if session.get("type") == TRANSCRIPTION:
        return "A session that writes down what is said has no prompt"
    if isinstance(asked, Mapping):
        version = f", version {asked['version']}" if asked.get("version") else ""
        return f"The prompt {asked.get('id')}{version} is stored at the service"
    return "" if asked == "suite" else "The agent kept its own prompt"
