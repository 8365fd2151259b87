"""Where a call comes from: its provenance as names and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.recording.model import Heard, Manifest
from harness.report import figures
from harness.timeline.model import Timeline


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
