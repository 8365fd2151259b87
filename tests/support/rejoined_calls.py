"""Calls whose line goes and comes back, with a scripted server, in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.call_plans import RATE, call_plan, clip, scenario, writer
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.audio.pcm import silence
from harness.caller.model import CallerScript, Clip
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual

FIRST, SECOND = Reply("Which one?", 1.0), Reply("It has shipped.", 1.0)
ASKED, SAID = {"say": "Where is it?"}, {"say": "ORD-7."}


def held(
    folder: Path, turns: list[dict[str, Any]], script: Script, **more: Any
) -> tuple[Recording, list[Session]]:
    """Make one call; return its recording, and the server's sessions."""
    wanted = scenario(turns, limits={"answer_timeout_s": 3}, **more.pop("scenario", {}))
    clips = more.pop("clips", None) or tuple(clip_of(turn) for turn in wanted.turns)
    answers = tuple(clip(answer.say) for answer in wanted.answers)

    async def main() -> list[Session]:
        async with scripted_server(script) as (url, sessions):
            plan = call_plan(url, wanted, script=CallerScript(clips, answers, None, {}), **more)
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))
            return sessions

    sessions = run_virtual(main())
    return read_recording(folder), sessions


def clip_of(turn: Any) -> Clip:
    if isinstance(turn.say, str):
        return clip(turn.say)
    still = silence(round(turn.quiet_s * RATE), RATE)
    text = turn.text or ""
    return Clip(still, still, text, text, text, None, None)


def told(session: Session) -> list[tuple[str, str]]:
    """Return the items that a session was given: role or kind, and words."""
    items = [m["item"] for m in session.received if m["type"] == "conversation.item.create"]
    return [
        (one["role"], one["content"][0]["text"])
        if one["type"] == "message"
        else (one["type"], one.get("arguments") or one.get("output"))
        for one in items
    ]
