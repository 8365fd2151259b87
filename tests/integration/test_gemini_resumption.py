"""A Gemini Live call that outlives its connection, and steps of a script, against both servers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import call_plan, scenario, writer
from support.gemini_server import Act, Close, Script, gemini_server, say
from support.gemini_types import sent, served

from harness.agent.server.websocket_server import ServedAgent, serve
from harness.protocol.server_half import server_half
from harness.recording.model import AbsenceCause, Direction, Recording, StepKind
from harness.recording.provenance import CallStatus, EndCause
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.pipeline import ExpectedCaller, VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.script import Turn
from harness.scenario.session_settings import SessionSettings
from harness.scenario.target import Target
from harness.session.call import run_call
from harness.session.clock import Clock, VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
HANDLE = "handle-SECRET-1"
GIVEN = {"sessionResumptionUpdate": {"newHandle": HANDLE, "resumable": True}}
GO_AWAY = {"goAway": {"timeLeft": "5s"}}
FIRST, SECOND = say("Which one?", 1.0), say("It has shipped.", 1.0)


def held(
    folder: Path, acts: list[Act], turns: list[dict[str, Any]], *, rejoins: bool = True
) -> tuple[Recording, Script]:
    """Make one call to a scripted server; return its recording, and the messages received there."""
    for step in (each for act in acts for each in act if isinstance(each, dict)):
        served(step)
    return played(folder, Script(acts), turns, rejoins=rejoins)


def played(
    folder: Path, script: Script, turns: list[dict[str, Any]], *, rejoins: bool = True
) -> tuple[Recording, Script]:
    """Make one call, even if the server's messages are invalid."""

    async def main() -> None:
        async with gemini_server(script) as address:
            plan = call_plan(
                f"{address}{PATH}",
                scenario(turns, limits={"answer_timeout_s": 4, "call_s": 40}),
                dialect="gemini_live",
                session=SessionSettings.model_validate({"input_format": "pcm16_16k"}),
                model="gemini-live",
                rejoins=rejoins,
            )
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))

    run_virtual(main())
    for message in script.got:
        sent(json.dumps(message))
    return read_recording(folder), script


def setups(script: Script) -> list[Any]:
    found = [each["setup"] for each in script.got if "setup" in each]
    return [each.get("sessionResumption") for each in found]


TURNS: list[dict[str, Any]] = [{"say": "Where is it?"}, {"say": "Thanks."}]


@pytest.mark.parametrize("code", [1000, 1001, 1011])
def test_a_call_goes_on_with_the_newest_handle_and_no_file_holds_it(tmp_path, code) -> None:
    leaves: Act = [*FIRST, GIVEN, 1.5, GO_AWAY, Close(code, "Deadline expired")]
    call, script = held(tmp_path, [leaves, SECOND], TURNS)
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    assert setups(script) == [{}, {"handle": HANDLE}]
    assert [said.claimed for said in build(call).agent] == ["Which one?", "It has shipped."]
    (absence,) = call.absences
    assert (absence.cause, absence.back_s is None) == (AbsenceCause.EXPIRED, False)
    assert not [each for each in script.got if "clientContent" in each], "all of it was kept"
    assert HANDLE.encode() not in files(tmp_path)


def files(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


KEY = "HNDLsecret/7f3a+9c/Zz=="
UPDATE = {"newHandle": KEY, "resumable": True}
IS_GIVEN = {"sessionResumptionUpdate": UPDATE}
OVER: Act = [1.5, GO_AWAY, Close(1000, "bye")]
REFUSED = {"error": {"code": 400, "message": f"bad handle {KEY}", "status": "INVALID_ARGUMENT"}}
ECHO = {"setupComplete": {}, "sessionResumption": {"handle": KEY}}
HOSTILE: dict[str, tuple[Act, Act]] = {
    "reason": ([IS_GIVEN, *OVER], [Close(1007, f"Session handle {KEY} is not known.")]),
    "a part of it": ([IS_GIVEN, *OVER], [Close(1008, f"Invalid handle: {KEY[:16]}...")]),
    "first reason": ([IS_GIVEN, 1.5, Close(1011, f"session {KEY} over")], []),
    "a reason in good order": ([IS_GIVEN, 1.5, GO_AWAY, Close(1000, f"bye {KEY}")], []),
    "error": ([IS_GIVEN, *OVER], [REFUSED, Close(1007, "bad")]),
    "its id of the session": ([IS_GIVEN, *OVER], [{"setupComplete": {"sessionId": KEY}}]),
    "echo": ([IS_GIVEN, *OVER], [ECHO]),
    "said": ([IS_GIVEN, 0.5, *say(f"Your handle is {KEY}.", 1.0), *OVER], []),
    "a second name": ([{"sessionResumptionUpdate": {**UPDATE, "token": KEY}}, *OVER], []),
    "a list": ([{"sessionResumptionUpdate": [UPDATE]}, *OVER], []),
    "snake case": ([{"session_resumption_update": {"new_handle": KEY}}, *OVER], []),
    "half a message": ([json.dumps(IS_GIVEN)[:-1], *OVER], []),
    "cut within": ([f'{{"sessionResumptionUpdate": {{"newHandle": "{KEY}', *OVER], []),
    "twice": ([json.dumps(IS_GIVEN).replace(", ", ', "newHandle": "x", ', 1), *OVER], []),
    "escaped": ([json.dumps(IS_GIVEN).replace("/", "\\/").replace("=", "\\u003d"), *OVER], []),
    "a broken escape": ([json.dumps(IS_GIVEN).replace("==", "==\\q"), *OVER], []),
}


@pytest.mark.parametrize(("gives", "resumed"), HOSTILE.values(), ids=HOSTILE)
def test_no_file_holds_a_handle_wherever_the_service_repeats_it(tmp_path, gives, resumed) -> None:
    script = Script([[*FIRST, *gives], SECOND], resumed=resumed)
    call, _ = played(tmp_path, script, TURNS)
    kept = files(tmp_path)
    assert b"esumption" in kept, "the handle came"
    assert KEY[:16].encode() not in kept.replace(b"\\/", b"/")
    assert KEY[:16] not in call.manifest.status_detail


def test_what_was_said_since_the_handle_is_told_again(tmp_path) -> None:
    leaves: Act = [*SECOND, 1.5, GO_AWAY, Close(1011)]
    turns = [*TURNS, {"say": "Goodbye."}]
    call, script = held(tmp_path, [[*FIRST, GIVEN], leaves, FIRST], turns)
    assert call.manifest.status is CallStatus.COMPLETED
    told = [each["clientContent"] for each in script.got if "clientContent" in each]
    assert [(each["turns"][0]["role"], each["turns"][0]["parts"]) for each in told] == [
        ("user", [{"text": "Thanks."}]),
        ("model", [{"text": "It has shipped."}]),
    ]
    assert not any(each["turnComplete"] for each in told)


@pytest.mark.parametrize("rejoins", [False, True])
def test_without_a_handle_or_a_wish_it_is_over_by_its_time_or_told_all(tmp_path, rejoins) -> None:
    leaves: Act = [*FIRST, 1.5, GO_AWAY, Close(1011)]
    call, script = held(tmp_path, [leaves, SECOND], TURNS, rejoins=rejoins)
    if rejoins:
        assert setups(script) == [{}, {}]
        assert len([each for each in script.got if "clientContent" in each]) == 2
        assert call.manifest.status is CallStatus.COMPLETED
    else:
        assert setups(script) == [None]
        assert call.manifest.status is CallStatus.SOCKET_CLOSED
        assert call.manifest.end_cause is EndCause.EXPIRED


def test_a_line_that_the_caller_drops_comes_back_with_the_handle(tmp_path) -> None:
    gone = {"disconnect": {"for": "2s"}}
    turns = [TURNS[0], gone, TURNS[1]]
    call, script = held(tmp_path, [[*FIRST, GIVEN], SECOND], turns, rejoins=False)
    assert call.manifest.status is CallStatus.COMPLETED
    assert setups(script) == [{}, {"handle": HANDLE}]


# --- the reference agent -----------------------------------------------------------------------


def called(
    folder: Path, name: str, steps: tuple[dict[str, Any], ...] = (), limit_s: float | None = None
) -> tuple[CallResult, Recording]:
    """Call the embedded agent over Gemini Live, steps before the script's own turns."""

    @asynccontextmanager
    async def agent(
        clock: Clock, _fault: str | None, _spoken: str, _caller: ExpectedCaller
    ) -> AsyncIterator[str]:
        served_as = ServedAgent(server_half=server_half("gemini_live"), session_s=limit_s)
        async with serve(served_as, clock=clock) as server:
            yield server.url

    (loaded,) = find((DESK / f"{name}.yaml",))
    turns = tuple(Turn.model_validate(each, strict=False) for each in steps)
    played = loaded.scenario.model_copy(update={"turns": (*turns, *loaded.scenario.turns)})
    data = {
        "format": 1,
        "target": "gemini",
        "dialect": "gemini_live",
        "session": {"input_format": "pcm16_16k"},
        "on_expiry": "reconnect",
    }
    target = Target.model_validate(data)
    (job,) = plan_jobs((replace(loaded, scenario=played),), Repeats(), target)
    call = call_virtually(VirtualOrder(job, folder, agent, None))
    return call, read_recording(folder / call.recording)


def test_the_agent_goes_on_where_the_handle_was_given(tmp_path: Path) -> None:
    call, recording = called(tmp_path, "lookup/straight", limit_s=16.0)
    assert (call.status, call.passed) == ("completed", True)
    assert [run.name for run in recording.tools] == ["lookup_order"]
    assert len(recording.absences) == 2
    assert not any("clientContent" in str(each.message) for each in recording.messages)


def test_an_agent_loses_a_tool_and_learns_of_the_caller(tmp_path: Path) -> None:
    steps = (
        {"session_update": {"tools": ["lookup_order"]}},
        {"inject": {"role": "user", "text": "I am calling from Bath."}},
    )
    call, recording = called(tmp_path, "escalation/asked_for_human", steps)
    assert call.status == "completed"
    assert [step.step for step in recording.steps] == [StepKind.SESSION_UPDATE, StepKind.INJECT]
    client_said = "".join(
        str(each.message) for each in recording.messages if each.direction is Direction.SENT
    )
    assert "contextUpdate" in client_said
    assert "I am calling from Bath." in client_said
    assert "transfer_to_human" not in [run.name for run in recording.tools]
