"""The setup of a call: its origin, and actions of the scenario other than speech."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from harness.recording.model import (
    AbsenceCause,
    ImpairedSpan,
    Impairment,
    Recognition,
    Recording,
    UtteranceKind,
)
from harness.recording.provenance import Estimate, Manifest, Origin, SourceKind
from harness.report import figures
from harness.report.figures import called
from harness.report.run.transcript import TranscriptLine, absence_text
from harness.scenario.identity import given_seed
from harness.text import counted
from harness.timeline.model import CallerTurn, Timeline
from harness.units import RATE_HZ

_TROUBLES = {
    Impairment.LOST: "sound lost",
    Impairment.DROPPED: "line gone",
    Impairment.LATE: "sound late",
}
_BURST = "burst"
_SUMMED = {
    Impairment.LOST.value: _TROUBLES[Impairment.LOST],
    Impairment.LATE.value: _TROUBLES[Impairment.LATE],
    _BURST: "burst of noise",
}
_LEFT_OUT = "left out: what it asks for had not happened"


@dataclass(frozen=True, slots=True)
class Staged:
    """An action or impairment that the scenario planned, or an event of the service.

    Times are the recording's seconds.
    """

    start_s: float
    end_s: float
    kind: str
    text: str
    late_s: float = 0.0
    """How late it came, at most; 0 if it was not delayed."""


def staged(recording: Recording, timeline: Timeline) -> tuple[Staged, ...]:
    """Return all of it in order of time; each stretch of impaired audio by itself."""
    found = [*_pauses(timeline), *_side_speech(timeline), *map(_fault, recording.impaired)]
    found += [*_sounds(recording, timeline), *_bursts(recording)]
    for other in recording.others:
        start_s, stop_s = (at / RATE_HZ for at in (other.start, other.start + other.samples))
        found.append(Staged(start_s, stop_s, "other", f"somebody near the caller: {other.text}"))
    for gone in recording.absences:
        # A caller who never came back is away until the end.
        back_s = timeline.duration_s if gone.back_s is None else gone.back_s
        kind = "gone" if gone.cause is AbsenceCause.DISCONNECT else gone.cause.value
        found.append(Staged(gone.left_s, back_s, kind, absence_text(gone)))
    for step in recording.steps:
        text = f"{step.step.value}: {step.text}"
        found.append(Staged(step.at_s, step.at_s, "step", text))
    for each in recording.left_out:
        text = f"turn {each.turn + 1} was {_LEFT_OUT}"
        found.append(Staged(each.at_s, each.at_s, "left_out", text))
    return tuple(sorted(found, key=lambda one: (one.start_s, one.kind)))


def told(found: Sequence[Staged]) -> tuple[Staged, ...]:
    """Return it for reading: packets and bursts, of which there may be hundreds, are summed."""
    shown: list[Staged] = []
    for kind in dict.fromkeys(one.kind for one in found):
        same = [one for one in found if one.kind == kind]
        # A bad line loses hundreds of packets; a list of them would bury the rest.
        shown += [_summed(same)] if kind in _SUMMED and len(same) > 1 else same
    return tuple(sorted(shown, key=lambda one: one.start_s))


def _summed(same: Sequence[Staged]) -> Staged:
    """Return many stretches of a kind, in order of time, as a single one with their count."""
    first, last = same[0], same[-1]
    often = f"{_SUMMED[first.kind]} {len(same)} times until {figures.clock(last.end_s)}"
    if first.kind == Impairment.LATE.value:
        worst = max(same, key=lambda one: one.late_s)
        at_worst = f"at worst by {figures.seconds(worst.late_s)} at {figures.clock(worst.start_s)}"
        text = f"{often}, {at_worst}"
    else:
        took = figures.seconds(sum(one.end_s - one.start_s for one in same))
        text = f"{often}, for {took} in all"
    return replace(first, end_s=last.end_s, text=text)


def with_staged(
    lines: Iterable[TranscriptLine], recording: Recording, timeline: Timeline
) -> tuple[TranscriptLine, ...]:
    """Return the transcript with staged actions: flags of the caller's lines, turns left out."""
    # A line and its turn have the same start to the bit: both come from the same sample.
    turns = {turn.span.start_s: turn for turn in timeline.caller}
    faults = [(one.what, *_span_s(one)) for one in recording.impaired]
    marked = [
        _marked(line, turns[line.start_s], faults, recording.manifest.scenario)
        if line.who == "caller" and line.start_s in turns
        else line
        for line in lines
    ]
    marked += [
        TranscriptLine(
            who="script",
            start_s=each.at_s,
            end_s=each.at_s,
            clock=figures.clock(each.at_s),
            flags=(),
            tool=f"turn {each.turn + 1}",
            outcome=_LEFT_OUT,
        )
        for each in recording.left_out
    ]
    return tuple(sorted(marked, key=lambda line: line.start_s))


def _marked(
    line: TranscriptLine,
    turn: CallerTurn,
    faults: Iterable[tuple[Impairment, float, float]],
    scenario: Mapping[str, Any],
) -> TranscriptLine:
    flags, made = line.flags, _made(turn, scenario)
    if made is not None:
        flags = tuple(made[0] if flag == turn.kind.value else flag for flag in flags)
    told = "" if made is None else made[1]
    return replace(line, flags=(*flags, *_flags(turn, faults)), made=told)


def _flags(turn: CallerTurn, faults: Iterable[tuple[Impairment, float, float]]) -> tuple[str, ...]:
    heard = not turn.kind.is_sent_whole  # a typed turn has no audio that could be lost
    over = {what for what, start, end in faults if heard and _shares(turn, start, end)}
    named = (name for what, name in _TROUBLES.items() if what in over)
    paused = ("paused",) if turn.pauses else ()
    return (*paused, *named)


def _shares(turn: CallerTurn, start_s: float, end_s: float) -> bool:
    return turn.span.start_s < end_s and start_s < turn.span.end_s


def _pauses(timeline: Timeline) -> Iterator[Staged]:
    for span in (span for turn in timeline.caller for span in turn.pauses):
        took = figures.seconds(span.duration_s)
        yield Staged(span.start_s, span.end_s, "pause", f"the caller paused {took} inside a line")


def _side_speech(timeline: Timeline) -> Iterator[Staged]:
    for turn in (turn for turn in timeline.caller if turn.is_side_speech):
        text = f"said to somebody else: {turn.text}"
        yield Staged(turn.span.start_s, turn.span.end_s, "aside", text)


def _sounds(recording: Recording, timeline: Timeline) -> Iterator[Staged]:
    for turn in timeline.caller:
        made = _made(turn, recording.manifest.scenario)
        if made is not None and turn.turn is not None:
            text = f"{made[1]} for {figures.seconds(turn.span.duration_s)}"
            yield Staged(turn.span.start_s, turn.span.end_s, "sound", text)


def _made(turn: CallerTurn, scenario: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return a sound without words as a word and as a description; None for any other turn."""
    if turn.kind is not UtteranceKind.NOISE or turn.is_side_speech:
        return None
    turns = scenario.get("turns") or ()
    written = turns[turn.turn] if turn.turn is not None and turn.turn < len(turns) else {}
    word = called(turn.kind, sound=written.get("sound"))
    bed = (written.get("noise_only") or {}).get("bed")
    return word, f"{word}: {bed}" if bed else word


def _bursts(recording: Recording) -> Iterator[Staged]:
    """Yield the bursts of a bed that were sent: while the line was lost, none was."""
    for burst in recording.bursts:
        stop = burst.start + burst.samples
        if recording.caller.samples[burst.start : stop].any():
            text = f"{_SUMMED[_BURST]} for {figures.seconds(burst.samples / RATE_HZ)}"
            yield Staged(burst.start / RATE_HZ, stop / RATE_HZ, _BURST, text)


def _fault(fault: ImpairedSpan) -> Staged:
    start_s, end_s = _span_s(fault)
    text = f"{_TROUBLES[fault.what]} for {figures.seconds(end_s - start_s)}"
    if fault.late_s:
        text += f", by up to {figures.seconds(fault.late_s)}"
    return Staged(start_s, end_s, fault.what.value, text, fault.late_s)


def _span_s(fault: ImpairedSpan) -> tuple[float, float]:
    return fault.start / RATE_HZ, (fault.start + fault.samples) / RATE_HZ


# The origin of a call, as names and values, and the command that makes it again.

_AS_NOW = "It reads scenario, prompt and target as they are now."
_OWN_SEED = (
    "`--seed` is where the seeds of a run begin, and `--repeat 1` makes a single call: this one."
)


def origin(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return the provenance of a call as names and values."""
    made_here = manifest.origin is not None and manifest.origin.kind is SourceKind.PERSON
    stored = None if made_here else manifest.origin
    return (
        ("Call", manifest.call_id),
        ("Scenario file", manifest.scenario_path),
        ("Scenario hash", manifest.scenario_hash),
        *_started(manifest),
        ("Harness", manifest.harness_version),
        ("Recording format", str(manifest.format)),
        ("Machine", _flat(manifest.machine)),
        *(_called(manifest) if stored is None else _stored(manifest, stored)),
        (
            "Ended",
            manifest.status.value if manifest.status else "not finished (crashed or running)",
        ),
    )


def _stored(manifest: Manifest, origin: Origin) -> Iterator[tuple[str, str]]:
    """Yield the known facts of an imported call: no seed, clock or engine had a part."""
    yield "Imported from", origin.source
    yield "Agent", str(manifest.target.get("target") or "")


def _called(manifest: Manifest) -> Iterator[tuple[str, str]]:
    late = manifest.lateness
    lateness = figures.NONE
    if late is not None and late.p99_s is not None and late.max_s is not None:
        lateness = f"p99 {late.p99_s * 1000:.2f} ms, max {late.max_s * 1000:.2f} ms"
        lateness += f" over {late.frames} frames"
    command = again(manifest)
    typed = f" (in the command: --seed {command.seed})" if command else ""
    yield "Seed", f"{manifest.seed}{typed}, repeat {manifest.repeat + 1}"
    if manifest.cell:
        yield "Cell of the matrix", manifest.cell
    if manifest.condition != manifest.cell:
        yield "Condition", manifest.condition
    yield "Clock", manifest.clock
    yield "Target", _flat(manifest.target)
    if manifest.differences:
        yield "Served otherwise", "; ".join(map(str, manifest.differences))
    if manifest.fault:
        yield "Planted fault", manifest.fault
    yield "Engines", _flat(manifest.engines)
    yield "Own send lateness", lateness


ESTIMATED = {
    Estimate.BOUNDS: ("where speech begins and ends", "found in the sound"),
    Estimate.TIMES: ("all times", "only the order is told, so none is shown"),
    Estimate.STAMPS: (
        "how long anything took",
        "the transcript's own times are shown; without audio no wait is measured",
    ),
    Estimate.TOOL_TIMES: ("when tools were called", "only their place among the lines is told"),
    Estimate.TOOLS: ("whether any tool was called", "nothing tells of it"),
    Estimate.WORDS: ("the words", "heard by a recognizer"),
    Estimate.HEARD: ("how much was heard of what the caller spoke over", ""),
    Estimate.SIDES: ("whose voice sounds", "one channel holds both"),
    Estimate.AGENT_AUDIO: ("when the agent spoke", "some or all of its audio is missing"),
    Estimate.CALLER_AUDIO: ("when the caller spoke", "some or all of the audio is missing"),
}
"""The estimated fact, and its basis if that is not obvious."""


def shown_estimates(estimated: Iterable[Estimate]) -> tuple[Estimate, ...]:
    """Return the estimates to show: not that times are unknown if moments are known."""
    found = tuple(estimated)
    return tuple(one for one in found if one is not Estimate.TIMES or Estimate.STAMPS not in found)


def imported(origin: Origin | None) -> str:
    """Return the source of an imported call and its estimates; empty for a call of the harness."""
    if origin is None:
        return ""
    told = "; ".join(
        f"{what} ({how})" if how else what
        for what, how in (ESTIMATED[one] for one in shown_estimates(origin.estimated))
    )
    estimated = f" Estimated: {told}." if told else ""
    told = "" if origin.kind is SourceKind.PERSON else f"Imported from {origin.source}."
    return " ".join(filter(None, (f"{told}{estimated}".strip(), *origin.notes)))


def _started(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return when the call began; empty for a virtual call, and if an import does not know it."""
    # Two virtual runs are the same to the byte, so no page shows when they were made.
    if manifest.clock == "virtual" or not manifest.started_at:
        return ()
    return (("Started", figures.instant(manifest.started_at)),)


def recognized_by(heard: Recognition | None) -> str:
    """Return who listened to the agent's played audio."""
    return "nobody" if heard is None else f"{heard.engine} {heard.version}"


def protocol(timeline: Timeline) -> str:
    """Return in words whether the server kept to its protocol."""
    if timeline.violations is None:
        return "not looked at: the dialect is not known here"
    if not timeline.violations:
        return "no violation"
    return f"{counted(len(timeline.violations), 'violation')}, listed above the event log"


def _flat(values: Mapping[str, Any]) -> str:
    return ", ".join(_pairs(values)) or figures.NONE


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield "name value", inner names joined by dots, unset values left out."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _pairs(value))
        # 0 and False are values, and shown.
        elif value not in (None, "", []):
            yield f"{name} {value}"


@dataclass(frozen=True, slots=True)
class Again:
    """A command line, its value of ``--seed``, and its caveats."""

    command: str
    seed: int
    note: str


def again(manifest: Manifest) -> Again | None:
    """Return how to make a call again; None if the recording does not name its scenario, and for an
    imported call.
    """
    name = str(manifest.scenario.get("name") or "")
    if manifest.origin is not None:
        return None
    if not manifest.scenario_path or not name:
        return None
    words = ["harness", "run", manifest.scenario_path, "--scenario", name]
    # The recorded seed is derived from the typed one and the scenario: this finds the typed one.
    given = given_seed(str(manifest.suite.get("suite") or ""), name, manifest.seed)
    words += ["--seed", str(given), "--repeat", "1"]
    words += ["--target", _target(manifest)]
    if manifest.fault:
        words += ["--fault", manifest.fault]
    # Only the embedded agent has a choice of clocks.
    if manifest.clock == "real" and manifest.target.get("url") is None:
        words.append("--real-time")
    return Again(shlex.join(words), given, f"{_OWN_SEED} {_note(manifest)}")


def _target(manifest: Manifest) -> str:
    """Return the target in the form of ``--target``: the given file or URL, or its name."""
    if manifest.target_path:
        return manifest.target_path
    name, url = str(manifest.target.get("target") or ""), manifest.target.get("url")
    # A URL as target has no file; its host became the name.
    if isinstance(url, str) and urlsplit(url).netloc == name:
        return url
    return name


def _note(manifest: Manifest) -> str:
    """Return how the command differs from the call: no option names a cell or a condition."""
    if not manifest.condition:
        return _AS_NOW
    under, calls = "under", "the scenario as it is written"
    if manifest.condition == manifest.cell:
        under, calls = "in the cell", "every cell of the target's matrix"
    elif manifest.cell:
        calls = "every cell of the target's matrix, and the scenario as it is written"
    words = ["harness", "run", "--failed", "DIR"]
    words += ["--target", manifest.target_path] if manifest.target_path else []
    return (
        f"This call was made {under} {manifest.condition!r}, for which `harness run` has no "
        f"option: the command calls {calls}. `{shlex.join(words)}`, with the folder of this run, "
        f"calls what did not pass in it again, each as it was called. {_AS_NOW}"
    )
