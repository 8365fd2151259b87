"""GPT-Live as its server, in front of a Realtime agent: one track in real time, and no turns."""

from __future__ import annotations

import base64
from itertools import count
from typing import Any

import numpy as np
import orjson
import pytest
from support.live_types import check_client, check_served

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SessionConfig, Tool
from harness.protocol.fields import WireFault
from harness.protocol.items import (
    AudioFormat,
    ErrorInfo,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    ResponseUsage,
    Role,
)
from harness.protocol.openai_live.live import OpenAiLive
from harness.protocol.openai_live.server import SESSION_S, WITHOUT_AUDIO_S
from harness.protocol.openai_live.settings import BACKEND
from harness.protocol.server_half import Served

RATE = 24_000
TOOL = Tool("lookup", "Looks up.", {"type": "object"})
WANTED = SessionConfig(instructions="Be brief.", tools=(TOOL,), voice="cedar")
START = 10.0


class Line:
    """A client at one end, an agent at the other; keeps every message that passed the types."""

    def __init__(self, wanted: SessionConfig = WANTED) -> None:
        ids = count(1)
        self.end = OpenAiLive().serve(lambda prefix: f"{prefix}_{next(ids)}")
        self.now = START
        self.messages: list[dict[str, Any]] = []
        self.commands: list[c.ClientCommand] = []
        self.truth: list[dict[str, Any]] = []
        self.named: list[str] = []
        self.over = False
        self.wanted = wanted

    def start(self) -> Line:
        (opening,) = OpenAiLive().session(self.wanted).opening()
        self.take(self.end.receive(opening.message, self.now))
        self.agent(e.SessionUpdated("sess"))
        return self

    def take(self, served: Served) -> list[dict[str, Any]]:
        told = [check_served(message) for message in served.messages]
        self.messages += told
        self.commands += served.commands
        self.named += [told["id"] for told in served.truth if told["kind"] == "session"]
        self.truth += [told for told in served.truth if told["kind"] != "session"]
        self.over = self.over or served.over
        return told

    def client(self, **message: Any) -> list[dict[str, Any]]:
        body = orjson.dumps(message)
        check_client(body)
        return self.take(self.end.receive(body, self.now))

    def agent(self, *events: e.ServerEvent) -> list[dict[str, Any]]:
        return [told for event in events for told in self.take(self.end.send(event, self.now))]

    def caller(self, seconds: float, level: int = 0) -> bytes:
        """Let the caller's audio flow in frames; return the received part of the track."""
        track = b""
        frame = np.full(480, level, "<i2").tobytes()
        for _ in range(round(seconds / 0.02)):
            self.now += 0.02
            for told in self.client(type="session.input_audio.append", audio=_base64(frame)):
                if told["type"] == "session.output_audio.delta":
                    track += base64.b64decode(told["delta"])
        return track

    def says(self, name: str, seconds: float, words: str = "") -> None:
        """Have the agent send a whole answer at once."""
        part = (f"resp_{name}", f"item_{name}", 0, 0)
        response = Response(f"resp_{name}", status=ResponseStatus.IN_PROGRESS)
        self.agent(e.ResponseCreated(response))
        pieces = words.split()
        for number, word in enumerate(pieces):
            self.agent(e.TranscriptDelta(*part, word if number == 0 else f" {word}"))
        self.agent(e.AudioDelta(*part, tone(seconds)))
        self.agent(e.TranscriptDone(*part, words))

    def done(self, name: str, status: ResponseStatus = ResponseStatus.COMPLETED, **more: Any):
        return self.agent(e.ResponseDone(Response(f"resp_{name}", status=status, **more)))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def words(self, side: str) -> str:
        return "".join(each["delta"] for each in self.of(f"session.{side}_transcript.delta"))


def test_the_agents_log_knows_a_session_by_the_id_that_its_client_knows():
    line = Line().start()
    (started,) = line.of("session.started")
    assert line.named == [started["session"]["id"]]


def test_a_remark_and_other_tools_reach_the_agent():
    line = Line().start()
    line.client(type="session.instructions.append", delegation_id=None, content="Be kind.")
    delegation = {"type": "responses", "responses": {"tools": []}}
    line.client(type="session.update", session={"delegation": delegation})
    line.client(type="session.update", session={"delegation": {"type": "responses"}})
    remark, changed, kept = line.commands[1:]
    assert isinstance(remark, c.CreateItem)
    assert (remark.item.role, remark.item.content[0].text) == (Role.SYSTEM, "Be kind.")
    assert [each.config.tools for each in (changed, kept)] == [(), None]


def test_a_client_is_told_the_session_that_it_asked_for():
    line = Line().start()
    (started,) = line.of("session.started")
    on = OpenAiLive().session(WANTED)
    on.receive(orjson.dumps(started).decode())
    assert on.differences == ()
    told = started["session"]
    assert (told["instructions"], told["audio"]["output"]) == ("Be brief.", {"voice": "cedar"})
    responses = told["delegation"]["responses"]
    assert [tool["name"] for tool in responses["tools"]] == ["lookup"]
    responses["model"] = "gpt-5.4"
    on.receive(orjson.dumps(started).decode())
    assert list(map(str, on.differences)) == ["backend_model: asked gpt-5.5, served gpt-5.4"]


def tone(seconds: float) -> bytes:
    return np.full(round(seconds * RATE), 5000, "<i2").tobytes()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sounds(track: bytes) -> tuple[float, float]:
    """Return the spans of a track with audio, in seconds."""
    loud = np.flatnonzero(np.frombuffer(track, "<i2"))
    return int(loud[0]) / RATE, (int(loud[-1]) + 1) / RATE


def call(number: int = 1) -> e.OutputItemDone:
    item = Item(
        f"fc_{number}",
        ItemKind.FUNCTION_CALL,
        call_id=f"call_{number}",
        name="lookup",
        arguments="{}",
    )
    return e.OutputItemDone("resp_a", 0, item)


# --- the beginning -----------------------------------------------------------------------------


def test_the_server_says_nothing_first_and_tells_the_session_once_it_is_started():
    line = Line()
    assert line.agent(e.SessionCreated("sess"), e.RateLimitsUpdated(())) == []
    line.start()
    (told,) = line.messages
    assert told["session"]["audio"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "output": {"voice": "cedar"},
    }
    (configured,) = line.commands
    assert isinstance(configured, c.ConfigureSession)
    asked = configured.config
    assert (asked.instructions, asked.tools, asked.voice) == ("Be brief.", (TOOL,), "cedar")
    assert asked.input_format is asked.output_format is AudioFormat.PCM16_24K
    assert asked.turn_detection is not None


def test_a_prompt_of_the_backend_s_own_stands_behind_that_of_the_voice():
    line = Line()
    backend = {"model": "m", "instructions": "Rules.", "tools": [{"type": "web_search"}]}
    session = {
        "model": "gpt-live-1",
        "instructions": "Be brief.",
        "audio": {"output": {"voice": {"id": "voice_7"}}},
        "delegation": {"type": "responses", "responses": backend},
    }
    line.client(type="session.start", session=session)
    (configured,) = line.commands
    assert isinstance(configured, c.ConfigureSession)
    assert configured.config.instructions == "Be brief.\n\nRules."
    assert (configured.config.tools, configured.config.voice) == ((), "voice_7")


START_OF = {"type": "session.start", "session": {"model": "gpt-live-1"}}


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([{"type": "session.close"}], "The session begins with session.start."),
        ([START_OF, START_OF], "The session has started already."),
        ([{"type": "session.begin"}], "Invalid value: 'session.begin'."),
        (
            [{"type": "session.start", "session": {"model": "m", "voice": "x"}}],
            "Unknown parameter: 'session.voice'.",
        ),
        (
            [{"type": "session.start", "session": {}}],
            "Missing required parameter: 'session.model'.",
        ),
        (
            [
                {
                    "type": "session.start",
                    "session": {
                        "model": "m",
                        "audio": {"format": {"type": "audio/pcm", "rate": 8000}},
                    },
                }
            ],
            "Invalid 'audio.format': known are",
        ),
        (
            [
                {
                    "type": "session.start",
                    "session": {"model": "m", "delegation": {"type": "client"}},
                }
            ],
            "This server hands no work to its client: give the tools in delegation.responses",
        ),
        ([START_OF, {"type": "session.input_audio.append", "audio": "*"}], "not base64"),
        ([START_OF, {"type": "session.input_audio.append", "audio": "AAAA"}], "within a sample"),
        (
            [START_OF, {"type": "session.commentary.append", "content": "x"}],
            "Missing required parameter: 'delegation_id'.",
        ),
        (
            [START_OF, {"type": "response.item.create", "item": {"type": "message"}}],
            "Supported values are: 'function_call_output'",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_the_client_s_own_id(messages, said):
    line = Line()
    *before, refused = (orjson.dumps({**message, "event_id": "c1"}) for message in messages)
    for message in before:
        line.take(line.end.receive(message, line.now))
        line.agent(e.SessionUpdated("sess"))
    with pytest.raises(WireFault) as fault:
        line.end.receive(refused, line.now)
    assert said in str(fault.value)
    assert fault.value.error.event_id == "c1"


def test_an_error_names_the_command_and_one_that_is_ours_alone_is_kept_from_the_client():
    line = Line().start()
    (told,) = line.agent(e.ServerError(ErrorInfo("invalid", "No.", event_id="c1")))
    assert told["error"] == {
        "type": "invalid",
        "code": "invalid",
        "message": "No.",
        "client_event_id": "c1",
    }
    active = ErrorInfo("invalid", "busy", "conversation_already_has_active_response")
    assert line.agent(e.ServerError(active)) == []


# --- the track ---------------------------------------------------------------------------------


def test_the_track_flows_with_the_caller_s_audio_silence_included():
    line = Line().start()
    track = line.caller(1.05)
    assert len(track) == 2 * RATE
    assert not np.frombuffer(track, "<i2").any()


def test_an_answer_is_played_in_real_time_and_its_words_as_they_are_said():
    line = Line().start()
    line.caller(0.5)
    line.says("a", 2.0, "one two three four")
    early = line.caller(1.0)
    assert sounds(early) == (0.0, 1.0)
    assert line.words("output") == "one two three"
    line.caller(2.0)
    assert line.words("output") == "one two three four"
    assert line.truth == [
        {
            "kind": "answer",
            "response_id": "resp_a",
            "item_id": "item_a",
            "begins_s": 0.5,
            "ends_s": 2.5,
            "cut": False,
        }
    ]
    line.says("b", 0.1, "five")
    line.caller(0.3)
    assert line.words("output") == "one two three four five"
    steps = {(each["start_ms"] % 200) for each in line.of("session.output_transcript.delta")}
    assert steps == {0}


def test_words_are_told_at_a_usual_pace_until_all_of_the_answer_is_known():
    line = Line().start()
    part = ("r", "i", 0, 0)
    for word in ("aaaaa", " bbbbb", " ccccc"):
        line.agent(e.TranscriptDelta(*part, word))
    line.caller(0.4)
    assert line.words("output") == ""
    line.agent(e.AudioDelta(*part, tone(3.0)))
    line.caller(0.6)
    assert line.words("output") == "aaaaa bbbbb"


def test_a_second_piece_of_sound_follows_the_first_and_a_late_one_leaves_a_gap():
    line = Line().start()
    part = ("r", "i", 0, 0)
    line.agent(e.AudioDelta(*part, tone(0.1)), e.AudioDelta(*part, tone(0.1)))
    line.caller(0.4)
    line.agent(e.AudioDelta(*part, tone(0.1)), e.TranscriptDone(*part, ""))
    track = line.caller(0.4)
    assert sounds(track) == (0.0, 0.1)
    (truth,) = line.truth
    assert (truth["begins_s"], truth["ends_s"]) == (0.0, 0.5)


def test_an_answer_that_cannot_be_heard_is_no_answer():
    line = Line().start()
    part = ("r", "i", 0, 0)
    line.agent(e.AudioDelta(*part, bytes(RATE)), e.TranscriptDone(*part, ""))
    line.caller(1.0)
    assert line.truth == []


# --- interruptions -----------------------------------------------------------------------------


def test_a_caller_who_speaks_into_a_whole_answer_ends_it_and_the_agent_is_told():
    line = Line().start()
    line.says("a", 3.0, "one two three four five six")
    line.done("a")
    line.caller(1.0)
    line.agent(e.SpeechStarted("item_u", 900))
    assert line.commands[-1] == c.TruncateItem("item_a", 0, 1000)
    assert not np.frombuffer(line.caller(1.0), "<i2").any()
    assert line.truth[0] | {"ends_s": 1.0, "cut": True} == line.truth[0]
    assert line.words("output") == "one two three"


def test_an_answer_under_way_goes_on_until_the_agent_cancels_it():
    line = Line().start()
    line.says("a", 3.0)
    line.says("b", 1.0)
    line.caller(1.0)
    line.agent(e.SpeechStarted("item_u", 900))
    assert sounds(line.caller(0.2)) == (0.0, 0.2)
    line.done("b", ResponseStatus.CANCELLED)
    cut = [each for each in line.commands if isinstance(each, c.TruncateItem)]
    assert cut == [c.TruncateItem("item_a", 0, 1200), c.TruncateItem("item_b", 0, 0)]
    assert not np.frombuffer(line.caller(3.0), "<i2").any()
    assert [truth["item_id"] for truth in line.truth] == ["item_a"]


def test_what_was_played_already_is_not_cut():
    line = Line().start()
    line.says("a", 0.5)
    line.done("a")
    line.caller(1.0)
    line.agent(e.SpeechStarted("item_u", 900))
    assert not [each for each in line.commands if isinstance(each, c.TruncateItem)]


# --- the caller's words ------------------------------------------------------------------------


def test_what_the_caller_said_comes_late_in_fragments_over_its_time():
    line = Line().start()
    line.caller(2.0)
    line.agent(e.SpeechStarted("u", 400), e.SpeechStopped("u", 1000))
    line.agent(e.InputTranscriptDelta("u", 0, "where is my order"))
    line.agent(e.InputTranscriptDelta("v", 0, "hello"), e.SpeechStopped("w", 1900))
    line.agent(e.InputTranscriptDelta("w", 0, "you"), e.RateLimitsUpdated(()))
    line.agent(e.SpeechStarted("x", 0), e.SpeechStopped("x", 1900))
    line.agent(e.InputTranscriptDelta("x", 0, "well"))
    told = line.of("session.input_transcript.delta")
    assert [(each["start_ms"], each["delta"]) for each in told[:3]] == [
        (400, "where"),
        (600, " is my"),
        (800, " order"),
    ]
    assert line.words("input") == "where is my order hello you well"


# --- the backend -------------------------------------------------------------------------------


def test_a_call_is_work_of_a_backend_which_goes_on_with_its_result():
    line = Line().start()
    line.agent(e.ResponseCreated(Response("resp_a", status=ResponseStatus.IN_PROGRESS)))
    delegation, *told = line.agent(call(1), call(2))
    assert delegation["type"] == "session.delegation.created"
    backend = [each["event"] for each in told]
    begun, called = (
        ["response.created", "response.in_progress"],
        [
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
        ],
    )
    assert [each["type"] for each in backend] == [*begun, *called, *called]
    assert delegation["delegation"]["response_id"] == backend[0]["response"]["id"]
    assert (backend[0]["response"]["model"], backend[0]["response"]["created_at"]) == (BACKEND, 10)
    added, _, whole, first = backend[2:6]
    assert added["item"] | {"status": "completed", "arguments": "{}"} == first["item"]
    assert (added["item"]["status"], added["item"]["arguments"]) == ("in_progress", "")
    assert (whole["item_id"], whole["arguments"]) == (first["item"]["id"], "{}")
    second = backend[-1]
    assert [each["item"]["call_id"] for each in (first, second)] == ["call_1", "call_2"]
    assert [each["output_index"] for each in (first, second)] == [0, 1]
    used = ResponseUsage(input_text_tokens=5, output_text_tokens=2, cached_text_tokens=3)
    (over,) = line.done("a", usage=used)
    usage = over["event"]["response"]["usage"]
    assert (usage["total_tokens"], usage["input_tokens_details"]["cached_tokens"]) == (7, 3)
    numbers = [each["sequence_number"] for each in (*backend, over["event"])]
    assert numbers == list(range(len(numbers)))
    output = {"type": "function_call_output", "call_id": "call_1", "output": "{}"}
    line.client(type="response.item.create", item=output)
    assert line.commands[-1] == c.CreateItem(
        Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id="call_1", output="{}")
    )
    resumed, running = line.client(type="response.create")
    assert resumed["delegation_id"] == delegation["delegation"]["id"]
    assert [each["event"]["sequence_number"] for each in (resumed, running)] == [0, 1]
    assert line.commands[-1] == c.CreateResponse()
    line.agent(e.ResponseCreated(Response("resp_b", status=ResponseStatus.IN_PROGRESS)))
    (spoken,) = line.agent(e.AudioDelta("resp_b", "item_b", 0, 0, tone(1.0)))
    assert spoken["event"]["type"] == "response.completed"
    assert line.agent(e.AudioDelta("resp_b", "item_b", 0, 0, tone(1.0))) == []
    assert line.done("b") == []


def test_a_chain_of_calls_stays_one_delegation_and_trouble_is_told():
    line = Line().start()
    line.agent(call(1))
    line.done("a")
    line.client(type="response.create")
    assert line.client(type="response.create") == []
    assert {each["type"] for each in line.agent(call(2))} == {"response.event"}
    assert line.agent(e.AudioDelta("r", "i", 0, 0, tone(0.1))) == []
    error = ErrorInfo("server_error", "broke")
    (failed,) = line.done("b", ResponseStatus.FAILED, error=error)
    assert failed["event"]["response"]["error"] == {"code": "server_error", "message": "broke"}


@pytest.mark.parametrize(
    ("code", "told"), [("rate_limit_exceeded",) * 2, ("tool_broke", "server_error")]
)
def test_a_backend_names_its_failure_by_a_code_of_the_vendors(code, told):
    line = Line().start()
    line.agent(call(1))
    (failed,) = line.done("a", ResponseStatus.FAILED, error=ErrorInfo("", "broke", code))
    assert failed["event"]["response"]["error"] == {"code": told, "message": "broke"}


def test_results_wait_for_the_caller_and_for_the_answer_under_way():
    line = Line().start()
    line.agent(e.SpeechStarted("u", 0))
    line.client(type="response.create")
    assert not [each for each in line.commands if isinstance(each, c.CreateResponse)]
    line.agent(e.SpeechStopped("u", 100))
    assert line.commands[-1] == c.CreateResponse()
    line.agent(e.ResponseCreated(Response("resp_a", status=ResponseStatus.IN_PROGRESS)))
    line.commands.clear()
    line.client(type="response.create")
    assert line.commands == []
    line.done("a")
    assert line.commands == [c.CreateResponse()]


# --- remarks, muting, updates ------------------------------------------------------------------


def test_a_remark_that_may_be_spoken_makes_the_agent_speak_and_others_do_not():
    line = Line().start()
    for kind in ("thinking", "instructions"):
        (told,) = line.client(type=f"session.{kind}.append", content="x", delegation_id=None)
        assert told["type"] == f"session.{kind}.appended"
    assert not [each for each in line.commands if isinstance(each, c.CreateResponse)]
    remark = {"type": "session.commentary.append", "content": "Greet.", "delegation_id": None}
    (told,) = line.client(**remark, event_id="c7")
    assert (told["start_ms"], told["client_event_id"]) == (0, "c7")
    assert line.commands[-1] == c.CreateResponse()
    line.agent(e.ResponseCreated(Response("resp_a", status=ResponseStatus.IN_PROGRESS)))
    line.commands.clear()
    line.client(**remark)
    assert line.commands == []


def test_a_muted_caller_is_silence():
    line = Line().start()
    assert line.client(type="session.input_audio.mute")[0]["type"].endswith(".muted")
    line.caller(0.02, level=700)
    assert line.commands[-1] == c.AppendAudio(bytes(960))
    line.client(type="session.input_audio.unmute")
    line.caller(0.02, level=700)
    assert line.commands[-1] != c.AppendAudio(bytes(960))


def test_other_tools_may_be_given_while_the_session_lasts():
    line = Line().start()
    tool = {"type": "function", "name": "other"}
    delegation = {"type": "responses", "responses": {"model": "m", "tools": [tool]}}
    line.client(type="session.update", session={"delegation": delegation})
    assert line.commands[-1] == c.ConfigureSession(SessionConfig(tools=(Tool("other"),)))
    assert line.agent(e.SessionUpdated("sess"))[0]["type"] == "session.updated"


# --- the end -----------------------------------------------------------------------------------


def test_usage_is_told_every_quarter_of_a_minute_and_at_the_end_always_all_of_it():
    line = Line().start()
    line.caller(31.0)
    line.client(type="session.close", event_id="c9")
    told = [each["usage"]["seconds"] for each in line.of("session.usage.updated")]
    assert told == pytest.approx([15.0, 30.0], abs=0.1)
    (closed,) = line.of("session.closed")
    assert closed["usage"]["seconds"] == pytest.approx(31.0)
    assert (closed["reason"], closed["client_event_id"], line.over) == (
        "close_requested",
        "c9",
        True,
    )
    assert line.end.next_due() is None


def test_a_session_without_any_audio_expires_and_so_does_one_that_is_too_long():
    line = Line()
    assert (line.end.next_due(), line.end.tick(START)) == (None, Served())
    line.start()
    assert line.end.next_due() == START + WITHOUT_AUDIO_S == START + 31.0  # as was measured
    assert line.take(line.end.tick(START)) == []
    line.caller(0.02)
    assert line.end.next_due() == START + SESSION_S
    assert line.take(line.end.tick(START + SESSION_S))[0]["reason"] == "expired"
    assert line.over


def test_a_session_that_never_stood_expires_too():
    line = Line()
    line.take(line.end.receive(orjson.dumps(START_OF), START))
    assert line.end.tick(START + WITHOUT_AUDIO_S).over


@pytest.mark.parametrize("kind", [AudioFormat.PCM16_16K, AudioFormat.PCMU, AudioFormat.PCMA])
def test_other_formats_flow_at_their_own_rate(kind):
    line = Line(SessionConfig(input_format=kind, output_format=kind)).start()
    frame = bytes(round(0.1 * kind.rate_hz) * kind.sample_bytes)
    (told,) = line.client(type="session.input_audio.append", audio=_base64(frame))
    assert len(base64.b64decode(told["delta"])) == len(frame)
