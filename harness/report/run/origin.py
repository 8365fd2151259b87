"""Where a call comes from, as names and values, and the command that makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.recording.provenance import Estimate, Manifest, Origin, SourceKind
from harness.recording.recognition import Recognition
from harness.report import figures
from harness.scenario.identity import given_seed
from harness.timeline.model import Timeline

_AS_NOW = "It reads scenario, prompt and target as they are now."


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
    """Yield what is known of a call that nobody made here: no seed, clock or engine had a part."""
    yield "Imported from", origin.source
    yield "Agent", str(manifest.target.get("target") or "")


def _called(manifest: Manifest) -> Iterator[tuple[str, str]]:
    late = manifest.lateness
    lateness = figures.NONE
    if late is not None and late.p99_s is not None and late.max_s is not None:
        lateness = f"p99 {late.p99_s * 1000:.2f} ms, max {late.max_s * 1000:.2f} ms"
        lateness += f" over {late.frames} frames"
    yield "Seed", f"{manifest.seed}, repeat {manifest.repeat + 1}"
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
"""What each estimate is of, and what it rests on where that is not plain."""


def shown_estimates(estimated: Iterable[Estimate]) -> tuple[Estimate, ...]:
    """Return what to tell of estimates: not that times are unknown if moments are known."""
    found = tuple(estimated)
    return tuple(one for one in found if one is not Estimate.TIMES or Estimate.STAMPS not in found)


def imported(origin: Origin | None) -> str:
    """Return where an imported call comes from and what is estimated; empty for one of ours."""
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
    """Return when the call began; a virtual one takes place at no time, and of an imported one
    nobody may know it.
    """
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


@dataclass(frozen=True, slots=True)
class Again:
    """One line for a shell, and what must be known before it is typed."""

    command: str
    note: str


def again(manifest: Manifest) -> Again | None:
    """Return how to make a call again; None where the recording does not name its scenario, and
    for one that was made elsewhere.
    """
    name = str(manifest.scenario.get("name") or "")
    if manifest.origin is not None:
        return None
    if not manifest.scenario_path or not name:
        return None
    words = ["harness", "run", manifest.scenario_path, "--scenario", name]
    given = given_seed(str(manifest.suite.get("suite") or ""), name, manifest.seed)
    words += ["--seed", str(given), "--repeat", "1"]
    words += ["--target", _target(manifest)]
    if manifest.fault:
        words += ["--fault", manifest.fault]
    if manifest.clock == "real" and manifest.target.get("url") is None:
        words.append("--real-time")
    return Again(shlex.join(words), _note(manifest))


def _target(manifest: Manifest) -> str:
    """Return the target as ``--target`` knows it: the file or URL that was given, or its name."""
    if manifest.target_path:
        return manifest.target_path
    name, url = str(manifest.target.get("target") or ""), manifest.target.get("url")
    if isinstance(url, str) and urlsplit(url).netloc == name:
        return url
    return name


def _note(manifest: Manifest) -> str:
    """Tell what the command does otherwise: no option names a cell or a condition."""
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
