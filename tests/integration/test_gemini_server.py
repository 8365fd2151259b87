"""Calls to a scripted Gemini Live server: every course and end of a call is classified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import call_plan, scenario, writer
from support.gemini_server import (
    RESULT,
    Act,
    Close,
    Script,
    call,
    content,
    gemini_server,
    say,
    speech,
)
from support.gemini_types import sent, served

from harness.protocol.dialect import dialect
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.recording.tools import ToolOutcome
from harness.scenario.session_settings import SessionSettings
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build
from harness.timeline.model import Timeline

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
TURNS: list[dict[str, Any]] = [{"say": "Where is it?"}, {"say": "Thanks."}]
HELLO, BYE = say("It is on its way.", 1.0), say("Goodbye.", 1.0)
GO_AWAY = {"goAway": {"timeLeft": "50s"}}


class Held:
    """One call in virtual time: its recording, its timeline, and the server's received messages."""

    def __init__(
        self,
        folder: Path,
        acts: list[Act],
        *,
        turns: list[dict[str, Any]] | None = None,
        path: str = PATH,
        session: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **manner: Any,
    ) -> None:
        self.script = Script(acts, **manner)
        for act in acts:
            for step in act:
                if isinstance(step, dict) and "newThing" not in str(step):
                    served(step)
        settings = {"input_format": "pcm16_16k", **(session or {})}

        async def main() -> None:
            async with gemini_server(self.script) as address:
                plan = call_plan(
                    f"{address}{path}",
                    scenario(turns or TURNS, limits={"answer_timeout_s": 4, "call_s": 40}),
                    dialect="gemini_live",
                    session=SessionSettings.model_validate(settings),
                    model="gemini-live",
                    headers=headers or {},
                )
                await run_call(plan, clock=VirtualClock(), writer=writer(folder))

        run_virtual(main())
        self.recording: Recording = read_recording(folder)
        self.timeline: Timeline = build(self.recording)
        for message in self.script.got:
            sent(json.dumps(message))

    @property
    def ending(self) -> tuple[CallStatus | None, str]:
        return self.recording.manifest.status, self.recording.manifest.status_detail

    @property
    def claimed(self) -> list[str]:
        return [each.claimed for each in self.timeline.agent]

    @property
    def results(self) -> list[dict[str, Any]]:
        told = (each["toolResponse"] for each in self.script.got if "toolResponse" in each)
        return [answer for each in told for answer in each["functionResponses"]]


@pytest.mark.parametrize("manner", [{}, {"binary": True}, {"url_safe": True}])
def test_a_normal_call_in_any_dress(tmp_path, manner) -> None:
    held = Held(tmp_path, [HELLO, BYE], **manner)
    assert held.ending == (CallStatus.COMPLETED, "")
    assert held.claimed == ["It is on its way.", "Goodbye."]
    assert [wait.took_s is not None for wait in held.timeline.waits] == [True, True]
    assert held.timeline.violations == ()


@pytest.mark.parametrize(
    "path", [PATH, f"/{PATH}", PATH.replace("v1beta", "v1"), f"{PATH}Constrained?access_token=x"]
)
def test_an_address_of_any_version_is_called(tmp_path, path) -> None:
    held = Held(tmp_path, [HELLO], turns=TURNS[:1], path=path)
    assert held.ending == (CallStatus.COMPLETED, "")


def test_the_key_is_sent_as_the_vendor_takes_it(tmp_path) -> None:
    place = dialect("gemini_live").endpoint("ws://x", model="m", key="k1")
    held = Held(tmp_path, [HELLO], turns=TURNS[:1], headers=dict(place.headers))
    assert held.script.headers["x-goog-api-key"] == "k1"
    assert held.script.got[0]["setup"]["model"] == "models/gemini-live"


# name: acts of the server, the status, its detail, the claimed words of the answers
CALLS: dict[str, tuple[list[Act], CallStatus, str, list[str]]] = {
    "words behind their sound, in pieces": (
        [[*speech("It is", 1.0), content(generationComplete=True),
          content(outputTranscription={"text": " here."}), content(turnComplete=True)], BYE],
        CallStatus.COMPLETED, "", ["It is here.", "Goodbye."],
    ),
    "no generationComplete": (
        [[*speech("Hello.", 1.0), content(turnComplete=True)], BYE],
        CallStatus.COMPLETED, "", ["Hello.", "Goodbye."],
    ),
    "no turnComplete": (
        [[*speech("Hello.", 1.0), content(generationComplete=True)],
         [content(inputTranscription={"text": "Thanks."}), *BYE]],
        CallStatus.COMPLETED, "", ["Hello.", "Goodbye."],
    ),
    "no end of an answer, and another that cannot be told from it": (
        [speech("Hello.", 1.0), [content(inputTranscription={"text": "Thanks."}), *BYE]],
        CallStatus.AGENT_ERROR, "nothing told of an end: it may be two",
        ["Hello.Goodbye."],
    ),
    "words behind the end of their turn, and the next answer behind them": (
        [[*speech("", 1.0)[1:], content(generationComplete=True), content(turnComplete=True),
          content(outputTranscription={"text": "It is here."})], BYE],
        CallStatus.COMPLETED, "", ["It is here.", "Goodbye."],
    ),
    "interrupted while nothing is said, and turns that turnComplete alone ends": (
        [[content(interrupted=True), *speech("Hello.", 1.0), content(turnComplete=True)],
         [content(interrupted=True), *speech("Bye.", 1.0), content(turnComplete=True)]],
        CallStatus.COMPLETED, "", ["Hello.", "Bye."],
    ),
    "turnComplete held back until playback is over": (
        [[*speech("Hello.", 2.0), content(generationComplete=True), 1.8,
          content(turnComplete=True)], BYE],
        CallStatus.COMPLETED, "", ["Hello.", "Goodbye."],
    ),
    "messages and flags of an unknown kind": (
        [[{"newThing": {"a": 1}}, {"serverContent": {"newThing": True}}, *HELLO], BYE],
        CallStatus.COMPLETED, "", ["It is on its way.", "Goodbye."],
    ),
    "an empty turn": (
        [[content(turnComplete=True)], BYE],
        CallStatus.AGENT_SILENT, "no answer within 4 s", [],
    ),
    "a turn that was rejected": (
        [[content(turnComplete=True, turnCompleteReason="RESPONSE_REJECTED")]],
        CallStatus.AGENT_SILENT, "the service stopped its answer: RESPONSE_REJECTED", [],
    ),
    "unknown messages alone": (
        [[{"newThing": {"a": 1}}]],
        CallStatus.AGENT_SILENT, "message types that are not known here: newThing", [],
    ),
    "a key that is refused later": (
        [[Close(1008, "API key expired")]],
        CallStatus.AGENT_ERROR, "closed the session with 1008: API key expired", [],
    ),
    "an internal error": (
        [[*speech("It", 0.4), 0.6, Close(1011, "Internal error encountered.")]],
        CallStatus.AGENT_ERROR, "1011: Internal error encountered. (an error inside", ["It"],
    ),
    "a reason of two lines": (
        [[Close(1011, "Internal error.\nTry again.")]],
        CallStatus.AGENT_ERROR, "1011: Internal error. Try again. (an error inside", [],
    ),
    "an invalid argument": (
        [[Close(1007, "Request contains an invalid argument.")]],
        CallStatus.AGENT_ERROR, "1007: Request contains an invalid argument. (the service", [],
    ),
    "goAway, and the call is over in time": (
        [[GO_AWAY, *HELLO], BYE], CallStatus.COMPLETED, "", ["It is on its way.", "Goodbye."],
    ),
    "goAway, then the deadline": (
        [[GO_AWAY, *HELLO, 0.5, Close(1011, "Deadline expired")]],
        CallStatus.SOCKET_CLOSED, "as it had said (goAway, time left 50s", ["It is on its way."],
    ),
    "goAway, then an orderly close": (
        [[GO_AWAY, *HELLO, 0.5, Close(1000)]],
        CallStatus.SOCKET_CLOSED, "a connection lasts about 10 minutes), with 1 turn(s) unsaid",
        ["It is on its way."],
    ),
    "a handle to resume by, which nobody asked for": (
        [[{"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}}, *HELLO, 1.1,
          Close(1011)]],
        CallStatus.AGENT_ERROR, "closed the session with 1011", ["It is on its way."],
    ),
    "it hangs up": (
        [[*HELLO], [*BYE, Close(1000)]],
        CallStatus.COMPLETED, "the agent hung up", ["It is on its way."],
    ),
    "sound of another rate": (
        [[{"serverContent": {"modelTurn": {"parts": [
            {"inlineData": {"mimeType": "audio/pcm;rate=16000", "data": "AAAA"}}]}}},
          content(turnComplete=True)]],
        CallStatus.AGENT_ERROR, "1 audio message was not heard: sound as audio/pcm;rate=16000", [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_whatever_it_does_the_call_ends_in_a_classified_status(tmp_path, name) -> None:
    acts, status, said, claimed = CALLS[name]
    held = Held(tmp_path, acts)
    assert held.ending[0] is status, held.ending
    assert said in held.ending[1]
    assert held.claimed == claimed


@pytest.mark.parametrize(
    ("code", "reason", "status", "said"),
    [
        (1007, "API key not valid.", CallStatus.AGENT_ERROR, "1007: API key not valid. (the serv"),
        (1008, "models/x is not found", CallStatus.AGENT_ERROR, "look at the name of the model"),
        (1000, "", CallStatus.SOCKET_CLOSED, "before the session was configured: connection clos"),
    ],
)
def test_a_setup_that_is_refused_says_why(tmp_path, code, reason, status, said) -> None:
    held = Held(tmp_path, [], refuses=Close(code, reason))
    assert held.ending[0] is status
    assert held.ending[1].startswith("before the session was configured: ")
    assert said in held.ending[1]


# --- tools -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call_id", "before", "after"),
    [
        ("fc1", [], []),
        ("fc1", speech("One moment.", 0.6), []),
        ("fc1", speech("One moment.", 0.6), [content(turnComplete=True)]),
        (None, [], [content(generationComplete=True)]),
    ],
)
def test_a_tool_call_is_answered_by_name_and_the_answer_waited_for(
    tmp_path, call_id, before, after
) -> None:
    act = [*before, call("lookup_order", call_id, order_id="A1"), *after, RESULT, *HELLO]
    held = Held(tmp_path, [act, BYE])
    assert held.ending == (CallStatus.COMPLETED, "")
    (tool,) = held.timeline.tools
    assert (tool.name, tool.arguments, tool.outcome) == (
        "lookup_order", {"order_id": "A1"}, ToolOutcome.OK,
    )  # fmt: skip
    told = {} if call_id is None else {"id": call_id}
    assert held.results == [{**told, "name": "lookup_order", "response": {"order_id": "A1"}}]
    assert held.claimed[-2:] == ["It is on its way.", "Goodbye."]
    assert [wait.with_tool for wait in held.timeline.waits] == [True, False]


@pytest.mark.parametrize("order", ["A1", "A2"])
def test_two_calls_of_one_id_are_both_answered(tmp_path, order) -> None:
    again = [call("lookup_order", order_id=order), RESULT, *BYE]
    held = Held(tmp_path, [[call("lookup_order", order_id="A1"), RESULT, *HELLO], again])
    assert held.ending == (CallStatus.COMPLETED, "")
    assert [tool.arguments for tool in held.timeline.tools] == [
        {"order_id": "A1"}, {"order_id": order},
    ]  # fmt: skip
    assert [each["id"] for each in held.results] == ["fc1", "fc1"]


def test_a_call_that_is_taken_back_is_not_answered(tmp_path) -> None:
    taken_back = {"toolCallCancellation": {"ids": ["fc1", "fc9"]}}
    act = [call("lookup_order", order_id="A1"), 0.5, taken_back, *HELLO]
    held = Held(tmp_path, [act, BYE])
    assert held.ending == (CallStatus.COMPLETED, "")
    (tool,) = held.timeline.tools
    assert (tool.outcome, tool.answered_s) == (ToolOutcome.UNANSWERED, None)
    assert held.results == []


def test_saying_nothing_may_be_the_answer(tmp_path) -> None:
    act = [call("wait_for_user"), RESULT, content(turnComplete=True)]
    held = Held(tmp_path, [act, BYE])
    assert held.ending == (CallStatus.COMPLETED, "")
    assert held.claimed == ["Goodbye."]


# --- interruptions -----------------------------------------------------------------------------

BARGE_IN: list[dict[str, Any]] = [
    {"say": "Tell me."}, {"barge_in": {"after_s": 0.8}, "say": "Stop, please."},
]  # fmt: skip


def test_a_caller_who_talks_over_it_cuts_it_short(tmp_path) -> None:
    story = [*speech("A very long story.", 6.0), 6.0, content(generationComplete=True)]
    held = Held(tmp_path, [story, BYE], turns=BARGE_IN)
    assert held.ending == (CallStatus.COMPLETED, "")
    (fact,) = held.timeline.barge_ins
    assert fact.had_more
    assert fact.yielded_s is not None
    assert fact.yielded_s - fact.onset_s < 0.2
    assert fact.audio_end_ms is not None
    assert held.claimed == ["A very long story.", "Goodbye."]
    assert held.timeline.agent[0].claimed_heard != "A very long story."
    assert not any("truncate" in str(each) for each in held.script.got)


def test_it_may_be_cut_after_all_was_generated(tmp_path) -> None:
    story = [*say("A very long story.", 6.0), 6.0]
    held = Held(tmp_path, [story, BYE], turns=BARGE_IN)
    (fact,) = held.timeline.barge_ins
    assert (fact.had_more, held.claimed[-1]) == (True, "Goodbye.")


def test_one_that_does_not_notice_is_heard_to_talk_on(tmp_path) -> None:
    story = say("A very long story.", 6.0)
    held = Held(tmp_path, [story, BYE], turns=BARGE_IN, interrupts=False)
    (fact,) = held.timeline.barge_ins
    assert fact.yielded_s is not None
    assert fact.yielded_s - fact.onset_s > 4.0


def test_answers_that_are_lost_behind_an_interruption_are_no_silence(tmp_path) -> None:
    story: Act = [*speech("Long.", 2.0), 0.3, content(interrupted=True), *speech("New.", 1.0)]
    held = Held(tmp_path, [[content(interrupted=True), content(turnComplete=True)], story])
    assert held.ending[0] is CallStatus.AGENT_SILENT
    turns = [{"say": "Tell me."}, {"say": "And?"}]
    lost: list[Act] = [story, speech("Newer.", 1.0)]
    held = Held(tmp_path / "lost", lost, turns=turns)
    assert held.ending[0] is CallStatus.AGENT_ERROR
    assert "after interrupted, before turnComplete" in held.ending[1]


# --- who speaks, and who begins ----------------------------------------------------------------


def test_push_to_talk_marks_what_the_caller_says(tmp_path) -> None:
    held = Held(tmp_path, [HELLO, BYE], session={"turn_detection": "none"})
    assert held.ending == (CallStatus.COMPLETED, "")
    told = [next(iter(each["realtimeInput"])) for each in held.script.got[1:]]
    assert told == ["activityStart", "activityEnd"] * 2


def test_an_agent_that_opens_is_asked_to_by_text(tmp_path) -> None:
    opening: Act = say("Hello, how can I help?", 1.0)
    held = Held(tmp_path, [opening, BYE], turns=TURNS[1:], session={"opening": "agent"})
    assert held.claimed == ["Hello, how can I help?", "Goodbye."]
    assert held.ending == (CallStatus.COMPLETED, "")
