"""Small call plans: clips made of tones, a suite with a tool of each kind, a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.pcm import Pcm
from harness.caller.model import Bed, CallerScript, Clip
from harness.recording.provenance import FORMAT, Manifest
from harness.recording.writer import RecordingWriter
from harness.scenario.model import Scenario, Suite
from harness.scenario.session_settings import SessionSettings
from harness.session.call_plan import CallPlan

RATE = 24_000

SUITE = Suite.model_validate(
    {
        "format": 1,
        "suite": "desk",
        "instructions": "prompt.md",
        "tools": (
            {
                "name": "lookup_order",
                "kind": "read",
                "mock": {"returns": {"order_id": "{order_id}"}, "latency_s": 1.5},
            },
            {"name": "cancel_order", "kind": "write", "mock": {"fails": "timeout"}},
            {"name": "wait_for_user", "kind": "no_op"},
        ),
    },
    strict=False,
)


def clip(text: str, seconds: float = 1.0, *, voiced: bool = True, tail_s: float = 0.1) -> Clip:
    """A tone of so many seconds between 50 ms and ``tail_s`` of silence."""
    lead, tail = round(0.05 * RATE), round(tail_s * RATE)
    tone = (8000 * np.sin(np.arange(round(seconds * RATE)) * 0.07)).astype(np.int16)
    if not voiced:
        tone = np.zeros_like(tone)
    audio = np.concatenate([np.zeros(lead, np.int16), tone, np.zeros(tail, np.int16)])
    bounds = (lead, lead + len(tone)) if voiced else (None, None)
    return Clip(Pcm(audio, RATE), Pcm(audio.copy(), RATE), text, text, text, *bounds)


def scenario(turns: list[dict[str, Any]], **more: Any) -> Scenario:
    """A scenario with these turns."""
    return Scenario.model_validate(
        {"format": 1, "name": "test", "turns": turns, **more}, strict=False
    )


def script(wanted: Scenario, *, bed: Bed | None = None) -> CallerScript:
    """Return a script with a clip per turn and answer."""
    turns = tuple(
        clip(turn.words) if turn.words else clip("", turn.silence or 1.0, voiced=False)
        for turn in wanted.turns
    )
    return CallerScript(turns, tuple(clip(a.say) for a in wanted.answers), bed, {"tts": "tone 1"})


def call_plan(
    url: str, wanted: Scenario, *, session: SessionSettings | None = None, **more: Any
) -> CallPlan:
    """A plan for this scenario."""
    return CallPlan(
        scenario=wanted,
        suite=more.pop("suite", SUITE),
        instructions="Be brief.",
        script=more.pop("script", None) or script(wanted),
        url=url,
        seed=7,
        session=session or SessionSettings(),
        **more,
    )


def manifest(**more: Any) -> Manifest:
    """A manifest with the least in it."""
    values: dict[str, Any] = {
        "format": FORMAT,
        "harness_version": "0",
        "call_id": "test-0",
        "scenario": {"name": "test"},
        "scenario_path": "test.yaml",
        "scenario_hash": "00",
        "suite": {},
        "instructions": "Be brief.",
        "target": {},
        "seed": 7,
        "repeat": 0,
        "clock": "virtual",
        "started_at": "2000-01-01T00:00:00+00:00",
    }
    return Manifest(**(values | more))


def writer(folder: Path) -> RecordingWriter:
    """A writer on a fresh folder."""
    return RecordingWriter(folder, manifest())
