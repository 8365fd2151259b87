"""The connection is lost and restored: a new session gets the history, and the call continues."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.call_plans import RATE, call_plan, scenario, writer
from support.rejoined_calls import ASKED, FIRST, SAID, SECOND, clip_of, held, told
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.caller.model import CallerScript
from harness.errors import ConnectFailed
from harness.recording.model import Absence, AbsenceCause
from harness.recording.provenance import CallStatus, EndCause
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.reconnect import opened
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build
from harness.timeline.model import WaitEnd
from harness.transport.retry import Begins, Entry, FullAnswer


class ShutDoors:
    """Refuses all clients, and notes the sessions that were to begin."""

    def __init__(self) -> None:
        self.asked: list[Begins] = []

    async def enter(self, begins: Begins = Begins.CALL, here_s: float = 0.0) -> Entry:
        self.asked.append(begins)
        return Entry("shut", here_s, 0.0)

    async def refused(self, answer: FullAnswer) -> bool:
        raise AssertionError(answer)

    def let_in(self) -> None:
        raise AssertionError("nobody was")


@pytest.mark.parametrize(("times", "begins"), [(0, Begins.CALL), (1, Begins.SESSION)])
def test_doors_are_told_whether_a_call_begins_or_a_further_session_of_one(times, begins) -> None:
    doors = ShutDoors()
    plan = call_plan("ws://127.0.0.1:9", scenario([{"silence": 1}]), doors=doors)
    with pytest.raises(ConnectFailed, match="shut"):
        run_virtual(opened(plan, times))
    assert doors.asked == [begins]


GONE = {"disconnect": {"for": "2s"}}
INJECTED = {"inject": {"role": "system", "text": "Be kind."}}


@pytest.mark.parametrize("how", ["close", "drop"])
def test_another_session_is_told_what_was_said_and_the_call_goes_on(
    tmp_path: Path, how: str
) -> None:
    gone = {"disconnect": {"for": "2s", "how": how}}
    call, sessions = held(tmp_path, [ASKED, INJECTED, gone, SAID], Script([FIRST, SECOND]))
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    first, second = sessions
    assert second.received[0]["type"] == "session.update"
    assert second.received[0]["session"] == first.received[0]["session"]
    assert told(second) == [
        ("user", "Where is it?"),
        ("assistant", "Which one?"),
        ("system", "Be kind."),
    ]
    (absence,) = call.absences
    left_s = call.utterances[1].start / RATE
    assert absence == Absence(left_s, absence.back_s, AbsenceCause.DISCONNECT, 2)
    assert absence.back_s == pytest.approx(left_s + 2, abs=0.1)
    facts = build(call)
    assert [said.claimed for said in facts.agent] == [FIRST.text, SECOND.text]
    assert [wait.took_s for wait in facts.waits] == pytest.approx([0.6, 0.6], abs=0.05)
    during = [m for m in call.messages if left_s + 0.1 < m.at_s < left_s + 1.9]
    assert during == []


def test_an_answer_that_was_cut_is_told_as_far_as_it_was_heard(tmp_path: Path) -> None:
    gone = GONE | {"start": {"after_s": 0.5}}
    call, sessions = held(tmp_path, [ASKED, gone, SAID], Script([FIRST, SECOND]))
    (asked, heard) = told(sessions[1])
    assert (asked, heard[0]) == (("user", "Where is it?"), "assistant")
    assert heard[1]
    assert FIRST.text.startswith(heard[1])
    assert heard[1] != FIRST.text
    assert "response.create" not in [message["type"] for message in sessions[1].received]
    facts = build(call)
    assert facts.agent[0].interrupted
    assert (len(facts.waits), facts.barge_ins) == (2, ())


def test_an_answer_that_the_last_turn_cut_is_asked_for_again(tmp_path: Path) -> None:
    """No later words of the caller would give the agent a turn to carry out the request."""
    gone = GONE | {"start": {"after_s": 0.5}}
    call, sessions = held(tmp_path, [ASKED, gone], Script([FIRST, SECOND]))
    assert "response.create" in [message["type"] for message in sessions[1].received]
    assert [said.claimed for said in build(call).agent][-1] == SECOND.text


def test_another_session_has_the_settings_that_hold_by_then(tmp_path: Path) -> None:
    changed = {"session_update": {"instructions": "Be rude.", "tools": ["lookup_order"]}}
    _, sessions = held(tmp_path, [ASKED, changed, GONE, SAID], Script([FIRST, SECOND]))
    first, second = (one.received[0]["session"] for one in sessions)
    assert first["instructions"] != "Be rude."
    assert second["instructions"] == "Be rude."
    assert [tool["name"] for tool in second["tools"]] == ["lookup_order"]
    assert {key: second[key] for key in second.keys() - {"instructions", "tools"}} == {
        key: first[key] for key in first.keys() - {"instructions", "tools"}
    }


def test_an_answer_that_was_lost_is_asked_for_again_and_nobodys_fault(tmp_path: Path) -> None:
    gone = GONE | {"start": {"on_event": "input_audio_buffer.committed"}}
    call, sessions = held(tmp_path, [ASKED, gone, SAID], Script([FIRST, SECOND, SECOND]))
    assert told(sessions[1]) == [("user", "Where is it?")]
    assert "response.create" in [message["type"] for message in sessions[1].received]
    facts = build(call)
    assert len(facts.agent) == 2
    assert [facts.caller[wait.caller].text for wait in facts.waits] == ["ORD-7."]
    assert call.manifest.status is CallStatus.COMPLETED


@pytest.mark.parametrize(
    ("at", "asks"), [({"on_event": "input_audio_buffer.committed"}, True), (None, False)]
)
def test_what_is_put_into_the_conversation_neither_takes_nor_makes_a_turn(
    tmp_path: Path, at: dict[str, str] | None, asks: bool
) -> None:
    """Before the answer, the caller's words wait for it; after it, no action waits."""
    when = {} if at is None else {"start": at}
    inject = {"inject": {"role": "user", "text": "I am in Bath."}} | when
    turns = [ASKED, inject, GONE | when, SAID]
    _, sessions = held(tmp_path, turns, Script([FIRST, SECOND, SECOND]))
    assert told(sessions[1])[-1] == ("user", "I am in Bath.")
    sent = [message["type"] for message in sessions[1].received]
    assert ("response.create" in sent) is asks


CALLS = Reply(calls=(("lookup_order", '{"order_id":"ORD-7"}'),))


@pytest.mark.parametrize(("latency_s", "with_result"), [(0.3, True), (3.0, False)])
def test_calls_of_tools_are_told_with_their_results_or_answered_when_these_come(
    tmp_path: Path, latency_s: float, with_result: bool
) -> None:
    mock = {"lookup_order": {"returns": {"ok": True}, "latency_s": latency_s}}
    gone = GONE | {"start": {"on_tool": "lookup_order"}}
    call, sessions = held(
        tmp_path,
        [ASKED, gone, SAID],
        Script([CALLS, FIRST, SECOND]),
        scenario={"mocks": mock},
    )
    items = told(sessions[1])
    assert items == [
        ("user", "Where is it?"),
        ("function_call", '{"order_id":"ORD-7"}'),
        ("function_call_output", '{"ok":true}'),
    ]
    ids = {m["item"]["call_id"] for m in sessions[1].received[2:4]}
    assert len(ids) == 1
    (result,) = [m for m in call.commands if getattr(m.command, "item", None) is not None][-1:]
    assert (result.at_s < (call.absences[0].back_s or 0) + 0.1) is with_result
    assert call.manifest.status_detail == ""
    assert [one.claimed for one in build(call).agent] == [FIRST.text, SECOND.text]


@pytest.mark.parametrize(("expires", "session"), [(True, "expired"), (False, "left by the script")])
def test_a_session_that_follows_owes_the_answer_to_a_result(
    tmp_path: Path, expires: bool, session: str
) -> None:
    mock = {"lookup_order": {"returns": {"ok": True}, "latency_s": 0.3}}
    gone = GONE | {"start": {"on_tool": "lookup_order"}}
    call, sessions = held(
        tmp_path,
        [ASKED, SAID] if expires else [ASKED, gone],
        Script([CALLS, Reply(raw=Session.expire)] if expires else [CALLS]),
        scenario={"mocks": mock},
        rejoins=expires,
    )
    assert (len(sessions), len(call.absences)) == (2, 1), session
    back_s = call.absences[0].back_s or 0.0
    wait = build(call).result_waits[-1]
    assert (wait.end, wait.from_s) == (WaitEnd.CALL, pytest.approx(back_s, abs=1e-3))
    assert call.manifest.status is CallStatus.AGENT_SILENT


def test_a_tool_that_is_called_after_the_line_came_back_is_run(tmp_path: Path) -> None:
    mock = {"lookup_order": {"returns": {"ok": True}, "latency_s": 0.1}}
    script = Script([CALLS, FIRST, CALLS, SECOND])
    call, _ = held(tmp_path, [ASKED, GONE, SAID], script, scenario={"mocks": mock})
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    assert [run.name for run in call.tools] == ["lookup_order"] * 2
    assert [one.claimed for one in build(call).agent] == [FIRST.text, SECOND.text]


@pytest.mark.parametrize("rejoins", [True, False])
def test_a_session_that_expires_ends_the_call_or_is_followed_by_another(
    tmp_path: Path, rejoins: bool
) -> None:
    script = Script([FIRST, Reply(raw=Session.expire), SECOND])
    call, sessions = held(tmp_path, [ASKED, SAID], script, rejoins=rejoins)
    manifest = call.manifest
    if not rejoins:
        assert (manifest.status, manifest.end_cause) == (
            CallStatus.SOCKET_CLOSED,
            EndCause.EXPIRED,
        )
        assert (len(sessions), call.absences) == (1, ())
        return
    assert (manifest.status, manifest.status_detail) == (CallStatus.COMPLETED, "")
    assert told(sessions[1]) == [
        ("user", "Where is it?"),
        ("assistant", "Which one?"),
        ("user", "ORD-7."),
    ]
    (absence,) = call.absences
    assert (absence.cause, absence.turn) == (AbsenceCause.EXPIRED, None)
    facts = build(call)
    assert [one.claimed for one in facts.agent] == [FIRST.text, SECOND.text]
    assert [wait.caller for wait in facts.waits] == [0]


async def _goes_away(session: Session) -> None:
    await session.socket.close(1001, "restart")


def test_the_longest_time_of_a_session_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second session closes when the call is old enough, and the session is not."""
    monkeypatch.setattr("harness.session.call_end.LONGEST_S", 36.0)
    script = Script([FIRST, Reply(raw=Session.expire), SECOND, Reply(raw=_goes_away)])
    turns = [ASKED, SAID, {"say": "Thanks.", "start": {"after_answer_s": 1}}]
    call, sessions = held(tmp_path, turns, script, rejoins=True)
    assert call.manifest.duration_s > 6.0
    assert len(sessions) == 2
    manifest = call.manifest
    assert (manifest.status, manifest.end_cause) == (CallStatus.SOCKET_CLOSED, None)


async def _expires_amid(session: Session) -> None:
    response = {"id": "resp_cut", "status": "in_progress", "output": []}
    await session.send("response.created", response=response)
    await session.speak("resp_cut", Reply("I have O R D seven, is that right?", 3.0))
    await session.expire()


def test_an_answer_that_the_service_cuts_by_its_time_is_asked_for_again(tmp_path: Path) -> None:
    script = Script([Reply(raw=_expires_amid), SECOND])
    call, sessions = held(tmp_path, [ASKED], script, rejoins=True)
    (asked, heard) = told(sessions[1])
    assert (asked, heard[0]) == (("user", "Where is it?"), "assistant")
    assert [m["type"] for m in sessions[1].received].count("response.create") == 1
    assert [one.claimed for one in build(call).agent][1:] == [SECOND.text]
    assert call.manifest.status is CallStatus.COMPLETED


def test_what_was_typed_is_told_again_as_it_was_sent(tmp_path: Path) -> None:
    turns = [{"text": "ORD-7, please."}, GONE, SAID]
    _, sessions = held(tmp_path, turns, Script([FIRST, SECOND]))
    assert told(sessions[1]) == [("user", "ORD-7, please."), ("assistant", FIRST.text)]


def test_a_session_that_is_not_told_all_ends_the_call(tmp_path: Path) -> None:
    script = Script([FIRST, SECOND], refuse_role="assistant")
    call, _ = held(tmp_path, [ASKED, GONE, SAID], script)
    assert call.manifest.status is CallStatus.AGENT_ERROR
    assert call.manifest.status_detail == (
        "what was said before the line came back was refused: No such role. (invalid_value)"
    )


def test_a_call_that_ends_while_the_line_is_gone_says_so(tmp_path: Path) -> None:
    gone = {"disconnect": {"for": "4s"}}
    limits = {"limits": {"call_s": 5, "answer_timeout_s": 3, "time_to_first_audio_with_tool_s": 3}}
    wanted = scenario([ASKED, gone, SAID], **limits)
    clips = tuple(clip_of(turn) for turn in wanted.turns)

    async def main() -> None:
        async with scripted_server(Script([FIRST, SECOND])) as (url, _):
            plan = call_plan(url, wanted, script=CallerScript(clips, (), None, {}))
            await run_call(plan, clock=VirtualClock(), writer=writer(tmp_path))

    run_virtual(main())
    call = read_recording(tmp_path)
    assert call.manifest.status_detail == "the call reached its limit of 5 s"
    assert [absence.back_s for absence in call.absences] == [None]
