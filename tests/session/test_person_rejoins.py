"""A person whose session is over during their utterance: informed, reconnected, heard again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from support.call_plans import call_plan, scenario, writer
from support.rejoined_calls import FIRST, SECOND, told
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.caller.model import CallerScript
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.call_parts import BACK, LOST, Person
from harness.session.caller_stream import FRAME
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual


def talked(
    folder: Path, script: Script, speaks_s: list[tuple[float, float]], *, leaves_s: float
) -> tuple[Recording, list[Session], list[str]]:
    """Let a person make sound in these stretches of their time, and hang up after it."""
    shown: list[str] = []
    person = Person(lambda _: None, shown.append, call_s=30.0, agent_opens=False)

    async def speak() -> None:
        for number in range(round(leaves_s / 0.02)):
            at_s = number * 0.02
            voiced = any(start <= at_s < stop for start, stop in speaks_s)
            person.spoke(np.full(FRAME, 8000 if voiced else 0, np.int16))
            await asyncio.sleep(0.02)
        person.hang_up()

    async def main() -> list[Session]:
        async with scripted_server(script) as (url, sessions):
            wanted = scenario([{"say": "Hi."}])
            nobody = CallerScript((), (), None, {})
            plan = call_plan(url, wanted, script=nobody, rejoins=True)
            speaking = asyncio.create_task(speak())
            await run_call(plan, clock=VirtualClock(), writer=writer(folder), person=person)
            speaking.cancel()
            return sessions

    sessions = run_virtual(main())
    return read_recording(folder), sessions, shown


def test_a_person_is_told_and_what_they_say_again_is_answered(tmp_path: Path) -> None:
    script = Script([FIRST], lasts_s=[1.5])
    call, sessions, shown = talked(tmp_path, script, [(0.5, 2.0), (3.0, 4.0)], leaves_s=8.0)
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    assert shown == [LOST, BACK]
    assert len(sessions) == 2
    assert call.agent.samples.any()
    assert [gone.back_s is not None for gone in call.absences] == [True]


def test_a_person_may_hang_up_while_the_line_is_gone(tmp_path: Path) -> None:
    """The second session is silent for longer than any caller would wait."""
    script = Script([FIRST], lasts_s=[1.5], silent_from=1)
    call, _, shown = talked(tmp_path, script, [(0.5, 2.0)], leaves_s=4.0)
    assert shown == [LOST]
    assert call.manifest.status is CallStatus.COMPLETED
    assert call.manifest.duration_s == pytest.approx(4.0, abs=0.1)
    assert [gone.back_s for gone in call.absences] == [None]


async def _writes_down(session: Session) -> None:
    await session.send(
        "conversation.item.input_audio_transcription.completed",
        item_id=f"item_user_{session.turns}",
        content_index=0,
        transcript="Where is it?\n",
    )
    await session.reply(session.new("resp"), FIRST)


def test_what_the_service_wrote_down_of_a_person_is_told_to_the_next_session(
    tmp_path: Path,
) -> None:
    script = Script([Reply(raw=_writes_down), SECOND], lasts_s=[4.5])
    _, sessions, _ = talked(tmp_path, script, [(0.5, 1.5), (6.0, 7.0)], leaves_s=10.0)
    assert told(sessions[1]) == [("user", "Where is it?"), ("assistant", FIRST.text)]
