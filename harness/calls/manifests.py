"""What is known of a call before it begins, as its recording says it; how late we were in one."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__
from harness.caller.model import CallerScript
from harness.calls.plan import Job
from harness.calls.routes import Route, stored_target
from harness.errors import RecordingDamaged
from harness.recording.manifest import load_manifest
from harness.recording.provenance import FORMAT, Manifest
from harness.scenario.model import Scenario, Suite
from harness.session.clock import Clock

EPOCH = "2000-01-01T00:00:00+00:00"
"""When a virtual call is said to start: it takes place at no time, and must not differ by it."""


def manifest_of_call(
    job: Job,
    script: CallerScript,
    route: Route,
    clock: Clock,
    pacing: Mapping[str, object] | None = None,
) -> Manifest:
    """Return what is known of a call as it begins; ``pacing``: of the process that paces it."""
    virtual = clock.name == "virtual"
    plain = manifest_of(job, job.loaded.scenario, job.loaded.suite.suite)
    return replace(
        plain,
        machine=plain.machine if pacing is None else {**plain.machine, "pacing": pacing},
        fault=route.fault or "",
        target=stored_target(route.target),
        target_path=job.target.file,
        clock=clock.name,
        started_at=EPOCH if virtual else datetime.now(UTC).isoformat(timespec="milliseconds"),
        engines=script.engines,
    )


def manifest_of(job: Job, scenario: Scenario, suite: Suite) -> Manifest:
    """Return what is known of any call beforehand; ``scenario`` and ``suite`` are as it has them.

    The clock is the real one, and when the call started is left open.
    """
    loaded = job.loaded
    return Manifest(
        format=FORMAT,
        harness_version=__version__,
        call_id=job.recording.as_posix(),
        scenario=scenario.model_dump(mode="json", by_alias=True),
        scenario_path=loaded.path.as_posix(),
        scenario_hash=loaded.hash,
        prompt_hash=loaded.prompt_hash,
        condition=job.condition,
        cell=job.cell,
        suite=suite.model_dump(mode="json", by_alias=True),
        instructions=loaded.suite.instructions,
        target=stored_target(job.target),
        seed=job.seed,
        repeat=job.repeat,
        clock="real",
        started_at="",
        machine=_machine(),
    )


def own_lateness_s(folder: Path) -> float | None:
    """Return how late our frames left in a recorded call (p99); None where nothing tells."""
    try:
        lateness = load_manifest(folder).lateness
    except RecordingDamaged:  # nothing was recorded: the call never came about
        return None
    return None if lateness is None else lateness.p99_s


def _machine() -> dict[str, object]:
    """Return where this runs, as manifests hold it."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
