"""The server's end of Gemini Live: translation of the agent's events and the client's messages.

Every message that it sends passes the vendor's own types.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from google.genai import types
from support.gemini_types import served

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ServerVad, SessionConfig, Tool
from harness.protocol.dialect import dialect
from harness.protocol.fields import WireFault
from harness.protocol.gemini_live.server import CONNECTION_S, DEADLINE, WARNING_S, KeptSessions
from harness.protocol.gemini_live.session import GREETING
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    ResponseUsage,
    Role,
)
from harness.protocol.server_half import Served, ServerEnd, ServerHalf, server_half

SECOND = bytes(48_000)
SETUP: dict[str, Any] = {"setup": {"model": "models/m"}}
SPENT = ResponseUsage(
    total_tokens=33,
    input_tokens=12,
    output_tokens=21,
    input_text_tokens=10,
    input_audio_tokens=2,
    output_text_tokens=1,
    output_audio_tokens=20,
)


class Line:
    """A server's end, with its clock; notes its messages and its requests to the agent."""

    def __init__(
        self,
        setup: dict[str, Any] = SETUP,
        *,
        half: ServerHalf | None = None,
        limit_s: float | None = None,
    ) -> None:
        ids = count(1)
        half = half or server_half("gemini_live")
        self.end: ServerEnd = half.serve(lambda prefix: f"{prefix}_{next(ids)}")
        self.now_s = 0.0
        self.end.opened(0.0, limit_s)
        self.closed: tuple[int, str] | None = None
        self.asked: list[c.ClientCommand] = []
        self.set_up = self.say(setup)
        self.tell(e.SessionUpdated())

    def tell(self, *events: e.ServerEvent) -> list[str]:
        """The names of the messages that are sent for events of the agent."""
        return [name for event in events for name in self._names(self.end.send(event, self.now_s))]

    def say(self, message: dict[str, Any] | str | bytes) -> list[str]:
        """The commands that a client's message comes to."""
        text = json.dumps(message) if isinstance(message, dict) else message
        done = self.end.receive(text, self.now_s)
        self.asked = list(done.commands)
        return [type(each).__name__ for each in done.commands] + self._names(done)

    def later(self, seconds: float) -> list[str]:
        """Messages that are sent by timers within this time."""
        until_s, found = self.now_s + seconds, []
        while (due_s := self.end.next_due()) is not None and due_s <= until_s:
            self.now_s = max(self.now_s, due_s)
            done = self.end.tick(self.now_s)
            found += self._names(done) + [type(each).__name__ for each in done.commands]
        self.now_s = until_s
        return found

    def _names(self, done: Served) -> list[str]:
        if done.over:
            self.closed = done.code, done.reason
        found = []
        for each in done.messages:
            message = served(json.loads(each))
            content = message.get("serverContent")
            found.append(" ".join(content) if content is not None else next(iter(message)))
        return found


def sound(data: bytes = SECOND) -> e.AudioDelta:
    return e.AudioDelta("r", "i", audio=data)


def over(status: ResponseStatus = ResponseStatus.COMPLETED) -> e.ResponseDone:
    return e.ResponseDone(Response("r", status, usage=SPENT))


def call(call_id: str = "c1") -> e.OutputItemDone:
    kind = ItemKind.FUNCTION_CALL
    item = Item("i", kind, call_id=call_id, name="book", arguments='{"order_id":1}')
    return e.OutputItemDone("r", 0, item)


def result(*call_ids: str) -> dict[str, Any]:
    answers = [{"id": each, "name": "book", "response": {"ok": True}} for each in call_ids]
    return {"toolResponse": {"functionResponses": answers}}


BEGUN = e.ResponseCreated()
WORDS = e.TranscriptDelta("r", "i", delta="Hello")
STARTED, STOPPED = e.SpeechStarted(), e.SpeechStopped()


def test_a_turn_is_complete_once_it_had_the_time_to_be_played() -> None:
    line = Line()
    assert line.tell(BEGUN, WORDS, sound(), sound()) == ["outputTranscription", *["modelTurn"] * 2]
    line.now_s = 0.5
    assert line.tell(over()) == ["generationComplete"]
    assert line.later(1.4) == []
    assert line.later(0.2) == ["turnComplete"]
    assert line.end.next_due() == CONNECTION_S - WARNING_S


def test_what_a_turn_has_cost_is_told_with_its_end() -> None:
    line = Line()
    line.tell(BEGUN, sound(), over())
    (message,) = line.end.tick(2.0).messages
    assert json.loads(message)["usageMetadata"] == {
        "promptTokenCount": 12,
        "responseTokenCount": 21,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 10}, {"modality": "AUDIO", "tokenCount": 2},
        ],
        "responseTokensDetails": [
            {"modality": "TEXT", "tokenCount": 1}, {"modality": "AUDIO", "tokenCount": 20},
        ],
        "totalTokenCount": 33,
    }  # fmt: skip


def test_a_silent_turn_is_an_empty_one() -> None:
    line = Line()
    silent = Response("r", ResponseStatus.COMPLETED)
    assert line.tell(BEGUN, e.ResponseDone(silent)) == []
    assert line.later(0.1) == ["turnComplete"]


def test_a_caller_who_speaks_into_an_answer_cuts_it() -> None:
    line = Line()
    line.tell(BEGUN, sound())
    cancelled = over(ResponseStatus.CANCELLED)
    assert line.tell(STARTED, cancelled) == ["interrupted", "turnComplete"]
    assert line.later(9.0) == []


def test_a_caller_who_speaks_into_what_only_plays_cuts_it_too() -> None:
    line = Line()
    line.tell(BEGUN, sound(), over())
    assert line.later(0.5) == []
    assert line.tell(STARTED) == ["interrupted", "turnComplete"]
    assert line.later(9.0) == []


@pytest.mark.parametrize("before", [(), (BEGUN, over(ResponseStatus.CANCELLED))])
def test_nothing_is_cut_where_nothing_was_said(before: tuple[e.ServerEvent, ...]) -> None:
    assert Line().tell(*before, STARTED) == []


def test_an_agent_that_talks_on_is_not_cut() -> None:
    detection = {"realtimeInputConfig": {"activityHandling": "NO_INTERRUPTION"}}
    line = Line({"setup": {"model": "m", **detection}})
    line.tell(BEGUN, sound(), over())
    assert line.tell(STARTED) == []


def test_a_turn_whose_playback_nobody_waits_for_ends_before_the_next() -> None:
    line = Line()
    line.tell(BEGUN, sound(), over())
    assert line.tell(BEGUN) == ["turnComplete"]


def test_calls_come_together_and_their_results_are_answered_once_all_are_there() -> None:
    line = Line()
    assert line.tell(BEGUN, sound(), call("c1"), call("c2"), over()) == ["modelTurn", "toolCall"]
    assert line.later(3.0) == []
    assert line.say(result("c1")) == ["CreateItem"]
    assert line.later(3.0) == []
    assert line.say(result("c2")) == ["CreateItem"]
    assert line.later(0.1) == ["CreateResponse"]
    assert line.tell(BEGUN, sound(), over()) == ["modelTurn", "generationComplete"]


def test_a_call_names_its_arguments_as_an_object() -> None:
    line = Line()
    line.tell(BEGUN, call())
    (message,) = line.end.send(over(), 0.0).messages
    (told,) = json.loads(message)["toolCall"]["functionCalls"]
    assert told == {"id": "c1", "name": "book", "args": {"order_id": 1}}


def test_results_wait_for_an_open_response_and_for_the_caller() -> None:
    line = Line()
    line.tell(BEGUN, call(), over(), BEGUN)
    line.say(result("c1"))
    assert line.later(1.0) == []
    assert line.tell(STARTED, over(ResponseStatus.CANCELLED)) == []
    assert line.later(1.0) == []
    line.tell(STOPPED)
    assert line.later(0.1) == ["CreateResponse"]


def test_results_that_another_response_has_taken_up_are_not_owed() -> None:
    line = Line()
    line.tell(BEGUN, call(), over(), STARTED)
    line.say(result("c1"))
    line.tell(STOPPED, BEGUN, over())
    assert "CreateResponse" not in line.later(9.0)


def test_a_call_that_was_cancelled_is_not_told() -> None:
    line = Line()
    assert line.tell(BEGUN, call(), over(ResponseStatus.CANCELLED)) == []


def test_what_was_heard_of_the_caller_is_told() -> None:
    assert Line().tell(e.InputTranscriptDelta(delta="Hi")) == ["inputTranscription"]
    assert Line().tell(e.InputCleared(), e.SessionUpdated()) == []


def test_an_engine_that_broke_closes_the_session() -> None:
    line = Line()
    line.tell(BEGUN, over(ResponseStatus.FAILED))
    assert line.closed == (1011, "Internal error encountered.")


def test_an_error_closes_the_session_with_what_fits_into_the_frame() -> None:
    line = Line()
    line.tell(e.ServerError(ErrorInfo(message="ä" * 200)))
    assert line.closed == (1007, "ä" * 60)


# --- messages of a client ----------------------------------------------------------------------


def test_the_first_message_sets_the_session_up_and_is_answered() -> None:
    line = Line()
    assert line.set_up == ["ConfigureSession"]
    end = server_half("gemini_live").serve(lambda prefix: f"{prefix}_1")
    (message,) = end.send(e.SessionUpdated(), 0.0).messages
    assert json.loads(message) == {"setupComplete": {"sessionId": "sess_1"}}


def test_what_the_client_asks_for_is_what_it_wanted() -> None:
    parameters = {
        "type": "object",
        "properties": {"order_id": {"type": "string"}, "days": {"type": "array"}},
        "required": ["order_id"],
    }
    wanted = SessionConfig(
        instructions="Be brief.",
        tools=(Tool("book", "Books.", parameters), Tool("wait", "Waits.")),
        voice="Kore",
        modalities=("audio",),
        turn_detection=ServerVad(silence_duration_ms=700, interrupt_response=False),
    )
    (message,) = dialect("gemini_live").session(wanted).opening()
    end = server_half("gemini_live").serve(lambda prefix: prefix)
    (command,) = end.receive(message.message, 0.0).commands
    assert isinstance(command, c.ConfigureSession)
    assert command.config == SessionConfig(
        instructions="Be brief.",
        tools=wanted.tools,
        voice="Kore",
        modalities=("audio",),
        turn_detection=wanted.turn_detection,
        transcription_model="reference",
    )


WHOLE = {
    "type": "object",
    "properties": {"order_id": {"type": "string"}, "max_days": {"type": ["integer", "null"]}},
    "required": ["order_id"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("key", ["parametersJsonSchema", "parameters_json_schema"])
def test_json_schema_of_a_tool_is_taken_as_it_is(key: str) -> None:
    declared = {"name": "book", "description": "Books.", key: WHOLE}
    asked = {"setup": {"model": "m", "tools": [{"functionDeclarations": [declared]}]}}
    types.FunctionDeclaration.model_validate(declared)
    line = Line()
    line.end = server_half("gemini_live").serve(lambda prefix: prefix)
    line.say(asked)
    (configured,) = line.asked
    assert isinstance(configured, c.ConfigureSession)
    assert configured.config.tools == (Tool("book", "Books.", WHOLE),)


def test_a_tool_with_both_kinds_of_parameters_is_refused() -> None:
    both = {"name": "book", "parameters": {"type": "OBJECT"}, "parametersJsonSchema": WHOLE}
    end = server_half("gemini_live").serve(lambda prefix: prefix)
    asked = {"setup": {"model": "m", "tools": [{"functionDeclarations": [both]}]}}
    with pytest.raises(WireFault, match="Only one of parameters and parametersJsonSchema"):
        end.receive(json.dumps(asked), 0.0)


def test_words_of_a_client_that_joins_them_keep_their_spaces() -> None:
    end = server_half("gemini_live").serve(lambda prefix: prefix)
    end.receive(json.dumps(SETUP), 0.0)
    heard, said = "", ""
    for event in (
        e.InputTranscriptDelta("u1", delta="Where is it?"),
        e.TranscriptDelta("r", "i", delta="One"),
        e.TranscriptDelta("r", "i", delta=" moment."),
        e.TranscriptDelta("r", "j", delta="It has shipped."),
        e.TranscriptDelta("r", "k", delta=" So."),
        e.InputTranscriptDelta("u2", delta="Thanks."),
    ):
        for message in end.send(event, 0.0).messages:
            content = json.loads(message)["serverContent"]
            heard += content.get("inputTranscription", {}).get("text", "")
            said += content.get("outputTranscription", {}).get("text", "")
    assert heard == "Where is it? Thanks."
    assert said == "One moment. It has shipped. So."


def test_push_to_talk_is_asked_for_and_told_by_hand() -> None:
    disabled = {"automaticActivityDetection": {"disabled": True}}
    line = Line({"setup": {"realtimeInputConfig": disabled}})
    line.tell(BEGUN, sound(), over())
    pressed = line.say({"realtimeInput": {"activityStart": {}}})
    assert pressed == ["ClearAudio", "interrupted", "turnComplete"]
    assert line.say({"realtimeInput": {"activityEnd": {}}}) == ["CommitAudio", "CreateResponse"]
    line.tell(BEGUN)
    assert line.say({"realtimeInput": {"activityStart": {}}}) == ["ClearAudio", "CancelResponse"]


def audio(rate: str, data: bytes = bytes(4)) -> dict[str, Any]:
    blob = {"mime_type": f"audio/pcm{rate}", "data": encode_base64(data)}
    return {"realtime_input": {"audio": blob}}


def test_sound_is_taken_at_the_rate_that_it_declares() -> None:
    line = Line()
    assert line.say(audio(";rate=16000")) == ["ConfigureSession", "AppendAudio"]
    (configured, _) = line.asked
    assert isinstance(configured, c.ConfigureSession)
    assert configured.config == SessionConfig(input_format=AudioFormat.PCM16_16K)
    assert line.say(audio("")) == ["AppendAudio"]
    assert line.say(audio(";rate=24000")) == ["ConfigureSession", "AppendAudio"]
    assert line.say({"realtimeInput": {"audioStreamEnd": True}}) == []


def test_text_is_said_by_the_caller_and_cuts_an_answer() -> None:
    line = Line()
    assert line.say({"realtimeInput": {"text": "Hi"}}) == ["CreateItem", "CreateResponse"]
    line.tell(BEGUN)
    spoken = {"realtimeInput": {"text": "Hi"}}
    assert line.say(spoken) == ["CancelResponse", "CreateItem", "CreateResponse"]
    typed = {"turns": [{"parts": [{"text": "Hi"}]}, {"parts": []}], "turnComplete": True}
    assert line.say({"clientContent": typed}) == ["CancelResponse", "CreateItem", "CreateResponse"]
    put_in = {"clientContent": typed | {"turnComplete": False}}
    assert line.say(put_in) == ["CancelResponse", "CreateItem"]
    line.tell(over(ResponseStatus.CANCELLED))
    assert line.say(put_in) == ["CreateItem"]
    assert line.say({"clientContent": {"turnComplete": True}}) == ["CreateResponse"]
    assert line.say({"clientContent": {"turns": [{"parts": [{}]}]}}) == []


def test_what_our_end_writes_is_read_as_what_it_was() -> None:
    picture = Content(ContentKind.INPUT_IMAGE, image_url="data:image/png;base64,AAAA")
    heard = Content(ContentKind.INPUT_TEXT, text="It is broken.")
    said = Content(ContentKind.OUTPUT_TEXT, text="Oh.")
    items = (
        Item(kind=ItemKind.MESSAGE, role=Role.USER, content=(heard, picture)),
        Item(kind=ItemKind.MESSAGE, role=Role.ASSISTANT, content=(said,)),
        Item(kind=ItemKind.FUNCTION_CALL, call_id="c1", name="book", arguments='{"day":1}'),
        Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id="c1", output='{"ok":true}'),
    )
    line, client = Line(), dialect("gemini_live").session(SessionConfig())
    for item in items:
        for each in client.send(c.CreateItem(item)):
            line.say(each.message)
            assert line.asked == [c.CreateItem(item)]
    shown = client.send(c.CreateItem(items[0], turn=True))
    read = [command for each in shown if line.say(each.message) for command in line.asked]
    parts = [each.item.content for each in read if isinstance(each, c.CreateItem)]
    assert parts == [(picture,), (heard,)]


def test_a_prompt_and_tools_may_change() -> None:
    line, client = Line(), dialect("gemini_live").session(SessionConfig())
    for change in (
        SessionConfig(instructions="New."),
        SessionConfig(tools=(Tool("wait", "Waits."),)),
        SessionConfig(tools=()),
    ):
        (message,) = client.send(c.ConfigureSession(change))
        line.say(message.message)
        assert line.asked == [c.ConfigureSession(change)]


KEPT: dict[str, Any] = {"setup": {"model": "m", "sessionResumption": {}}}


def message(role: Role, words: str, item_id: str) -> e.ItemDone:
    kind = ContentKind.INPUT_AUDIO if role is Role.USER else ContentKind.OUTPUT_AUDIO
    said = (Content(kind, transcript=words or None),)
    return e.ItemDone(Item(item_id, ItemKind.MESSAGE, role=role, content=said))


def test_a_session_is_kept_as_it_stood_when_its_handle_was_given() -> None:
    half = server_half("gemini_live")
    line = Line(KEPT, half=half)
    line.tell(message(Role.USER, "", "u1"), e.InputTranscriptDone("u1", transcript="Where is it?"))
    assert line.tell(BEGUN, sound()) == ["sessionResumptionUpdate", "modelTurn"]
    line.tell(message(Role.ASSISTANT, "Which one?", "a1"), e.ItemDone(call().item), over())
    (_, told) = line.end.tick(9.0).messages
    update = json.loads(told)["sessionResumptionUpdate"]
    assert update["resumable"]
    line.tell(message(Role.USER, "Lost.", "u2"))

    goes_on = {"setup": {"model": "m", "sessionResumption": {"handle": update["newHandle"]}}}
    again = Line(goes_on, half=half)
    assert again.set_up == ["ConfigureSession", *["CreateItem"] * 3]
    line.say({"realtimeInput": {"audioStreamEnd": True}})
    end = half.serve(lambda prefix: f"{prefix}_9")
    (_, *items) = end.receive(json.dumps(goes_on), 0.0).commands
    assert items[2:] == [c.CreateItem(replace(call().item, id=None))]
    assert items[:2] == [
        c.CreateItem(Item(kind=ItemKind.MESSAGE, role=role, content=(Content(kind, text=words),)))
        for role, kind, words in (
            (Role.USER, ContentKind.INPUT_TEXT, "Where is it?"),
            (Role.ASSISTANT, ContentKind.OUTPUT_TEXT, "Which one?"),
        )
    ]


def test_handles_are_given_to_who_asks_and_the_oldest_are_forgotten() -> None:
    line = Line()
    assert line.tell(BEGUN, sound(), over()) == ["modelTurn", "generationComplete"]
    assert line.later(2.0) == ["turnComplete"]
    kept = KeptSessions()
    for number in range(300):
        kept.keep(f"h{number}", ())
    assert (kept.of("h299"), kept.of("h43")) == ((), None)


def test_a_connection_says_that_it_will_end_and_ends() -> None:
    line = Line(limit_s=20.0)
    assert line.later(9.9) == []
    assert line.later(0.2) == ["goAway"]
    assert line.later(9.0) == []
    assert line.closed is None
    line.later(2.0)
    assert line.closed == (1011, DEADLINE)


def test_our_line_for_a_greeting_asks_for_one() -> None:
    assert Line().say({"realtimeInput": {"text": GREETING}}) == ["CreateResponse"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("[]", "not a JSON object"),
        ({"greeting": {}}, "Unknown parameter: 'greeting'"),
        ({"setup": {}}, "setup may come once"),
        ({"realtimeInput": {"mediaChunks": []}}, "Unknown parameter: 'realtimeInput.mediaChunks'"),
        (audio(";rate=11025"), "audio/pcm;rate=11025 is not taken"),
        ({"realtimeInput": {"audio": {"mimeType": "audio/opus", "data": ""}}}, "is not taken"),
        ({"realtimeInput": {"audio": {"mimeType": "audio/pcm", "data": "!"}}}, "no base64"),
        ({"toolResponse": {"functionResponses": [{"name": "a"}]}}, "functionResponses[0].id"),
        ({"contextUpdate": {"voice": "Kore"}}, "Unknown parameter: 'contextUpdate.voice'"),
        ({"realtimeInput": {"video": {"mimeType": "video/mp4", "data": ""}}}, "video/mp4 is not"),
    ],
)
def test_what_it_cannot_take_is_a_fault(message: dict[str, Any] | str, said: str) -> None:
    line = Line()
    with pytest.raises(WireFault) as caught:
        line.say(message)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"realtimeInput": {"text": "Hi"}}, "The first message must be setup"),
        ({"setup": {"voice": "Kore"}}, "Unknown parameter: 'setup.voice'"),
        ({"setup": {"generationConfig": {"responseModalities": ["TEXT"]}}}, "Only AUDIO"),
        ({"setup": {"realtimeInputConfig": {"vad": 1}}}, "realtimeInputConfig.vad"),
        ({"setup": {"sessionResumption": {"handle": "h"}}}, "No session has this handle"),
        (
            {"setup": {"realtimeInputConfig": {"automaticActivityDetection": {"x": 1}}}},
            "automaticActivityDetection.x",
        ),
    ],
)
def test_a_session_begins_with_settings_that_there_are(message, said) -> None:
    end = server_half("gemini_live").serve(lambda prefix: prefix)
    with pytest.raises(WireFault) as caught:
        end.receive(json.dumps(message), 0.0)
    assert said in str(caught.value)
