"""A Gemini Live session from the client's end: the meaning and order of messages, and our messages.

The tables hold the vendor's messages; each passes the vendor's own types first.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.gemini_types import sent, served

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SessionConfig, Tool
from harness.protocol.decoding import Decoded, Decoder
from harness.protocol.dialect import PASSED_OVER, dialect
from harness.protocol.fields import Malformed
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    Item,
    ItemKind,
    ItemStatus,
    ResponseStatus,
    Role,
)

Message = dict[str, Any]
PCM = np.array([-5, 500, -500, 1, -2, 30_000], "<i2").tobytes()
"""Its base64 has a letter that differs from alphabet to alphabet."""


def content(**fields: Any) -> Message:
    return {"serverContent": fields}


def sound(data: str = encode_base64(PCM), mime: str = "audio/pcm;rate=24000") -> Message:
    parts = [{"inlineData": {"mimeType": mime, "data": data}}]
    return content(modelTurn={"role": "model", "parts": parts})


def words(text: str, **more: Any) -> Message:
    return content(outputTranscription={"text": text, **more})


def caller(text: str) -> Message:
    return content(inputTranscription={"text": text})


def call(name: str = "book", **fields: Any) -> Message:
    return {"toolCall": {"functionCalls": [{"id": "fc1", "name": name, **fields}]}}


READY: Message = {"setupComplete": {"sessionId": "s1"}}
SOUND, WORDS = sound(), words("Hello")
TWO_S = sound(encode_base64(PCM * 8000))
MOMENT, CARD = words("One moment, I will check that."), words("Please bring your card.")
GENERATED = content(generationComplete=True)
TURN = content(turnComplete=True)
CUT = content(interrupted=True)


class Told:
    """Messages of a session, read as a call reads them."""

    def __init__(self, **wanted: Any) -> None:
        self.decoder = Decoder(dialect("gemini_live"), SessionConfig(**wanted))

    def decoded(self, message: Message | str | bytes, at_s: float = 0.0) -> Decoded:
        text = json.dumps(served(message)) if isinstance(message, dict) else message
        return self.decoder.take(text, at_s)

    def log(self, *messages: Message) -> list[str]:
        """The events of messages, in short; concluded events are in brackets."""
        found = []
        for message in messages:
            for each in self.decoded(message).events:
                text = short(each.event)
                found.append(f"({text})" if each.inferred else text)
        return found

    def send(self, command: c.ClientCommand) -> Message:
        (message,) = self.decoder.sent(command)
        return sent(message.message)

    def result(self, call_id: str, output: str) -> Message:
        item = Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id=call_id, output=output)
        return self.send(c.CreateItem(item))


def short(event: e.ServerEvent) -> str:
    match event:
        case e.ResponseCreated(response):
            return f"created {response.id}"
        case e.ResponseDone(response):
            return f"{response.status.value} {response.id}"
        case e.AudioDelta(response_id):
            return f"sound {response_id}"
        case e.AudioDone(response_id):
            return f"sound done {response_id}"
        case e.TranscriptDelta(response_id, delta=text):
            return f"words {response_id} {text!r}"
        case e.OutputItemDone(response_id, _, item):
            return f"call {response_id} {item.name} {item.arguments}"
        case _:
            return type(event).__name__


A, B = "unnamed_1", "unnamed_2"

# messages in an open session, and their events; "result" is our answer to a call
STORIES: dict[str, tuple[tuple[Message | str, ...], list[str]]] = {
    "a normal answer": (
        (WORDS, SOUND, SOUND, GENERATED, TURN),
        [f"(created {A})", f"words {A} 'Hello'", f"sound {A}", f"sound {A}", f"sound done {A}",
         f"completed {A}"],
    ),
    "two answers": (
        (SOUND, GENERATED, TURN, SOUND, GENERATED, TURN),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}",
         f"(created {B})", f"sound {B}", f"sound done {B}", f"completed {B}"],
    ),
    "turnComplete alone ends it": (
        (SOUND, TURN), [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}"],
    ),
    "generationComplete alone ends it": (
        (SOUND, GENERATED, caller("and?"), WORDS, SOUND),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}",
         "InputTranscriptDelta", f"(created {B})", f"words {B} 'Hello'", f"sound {B}"],
    ),
    "content and the turn's end in one message": (
        (content(modelTurn=SOUND["serverContent"]["modelTurn"], turnComplete=True),),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}"],
    ),
    "words behind generationComplete belong to what was said": (
        (TWO_S, MOMENT, GENERATED, words(" Wait."), TURN, words("Next")),
        [f"(created {A})", f"sound {A}", f"words {A} 'One moment, I will check that.'",
         f"sound done {A}", f"completed {A}", f"words {A} ' Wait.'", f"(created {B})",
         f"words {B} 'Next'"],
    ),
    "all words behind turnComplete": (
        (TWO_S, TURN, MOMENT, CARD, TWO_S),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}",
         f"words {A} 'One moment, I will check that.'", f"(created {B})",
         f"words {B} 'Please bring your card.'", f"sound {B}"],
    ),
    "the last words behind turnComplete, in pieces": (
        (TWO_S, words("One moment, I"), TURN, words(" will"), words(" check that."), CARD),
        [f"(created {A})", f"sound {A}", f"words {A} 'One moment, I'", f"sound done {A}",
         f"completed {A}", f"words {A} ' will'", f"words {A} ' check that.'", f"(created {B})",
         f"words {B} 'Please bring your card.'"],
    ),
    "words behind turnComplete once the caller was transcribed": (
        (TWO_S, TURN, caller("and?"), MOMENT),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}",
         "InputTranscriptDelta", f"(created {B})", f"words {B} 'One moment, I will check that.'"],
    ),
    "more words behind turnComplete than its sound can hold": (
        (SOUND, TURN, MOMENT),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}", f"(created {B})",
         f"words {B} 'One moment, I will check that.'"],
    ),
    "words in a script whose syllables are not counted": (
        (TWO_S, TURN, words("お待ちください"), words("ご用件は")),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}",
         f"words {A} 'お待ちください'", f"(created {B})", f"words {B} 'ご用件は'"],
    ),
    "words without sound": (
        (WORDS, GENERATED), [f"(created {A})", f"words {A} 'Hello'", f"completed {A}"],
    ),
    "a turn that ends before anything began": (
        (TURN, GENERATED, SOUND), [f"(created {A})", f"sound {A}"]),
    "an empty turn": (
        (TWO_S, TURN, GENERATED, TURN, MOMENT, SOUND),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}",
         "(created empty_turn_1)", "completed empty_turn_1",
         f"words {A} 'One moment, I will check that.'", f"(created {B})", f"sound {B}"],
    ),
    "an empty turn of a model that wants more": (
        (SOUND, TURN, content(turnComplete=True, turnCompleteReason="NEED_MORE_INPUT")),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}"],
    ),
    "the end of a turn that was interrupted before anything": (
        (SOUND, TURN, CUT, TURN, TURN),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}", "Interrupted",
         "(created empty_turn_1)", "completed empty_turn_1"],
    ),
    "a stray turnComplete behind a tool call": (
        (SOUND, call(), TURN, "result", SOUND, GENERATED, TURN),
        [f"(created {A})", f"sound {A}", f"call {A} book {{}}", f"(completed {A})",
         f"(created {B})", f"sound {B}", f"sound done {B}", f"completed {B}"],
    ),
    "generationComplete while a tool runs": (
        (call(args={"day": "Mon"}), GENERATED, "result", WORDS),
        [f"(created {A})", f'call {A} book {{"day":"Mon"}}', f"(completed {A})",
         f"(created {B})", f"words {B} 'Hello'"],
    ),
    "late words while a tool runs": (
        (TWO_S, words("One"), call(), words(" moment, I will check that."), "result",
         words("It is")),
        [f"(created {A})", f"sound {A}", f"words {A} 'One'", f"call {A} book {{}}",
         f"(completed {A})", f"words {A} ' moment, I will check that.'", f"(created {B})",
         f"words {B} 'It is'"],
    ),
    "late words behind a result": (
        (TWO_S, call(), "result", MOMENT, words("It is")),
        [f"(created {A})", f"sound {A}", f"call {A} book {{}}", f"(completed {A})",
         f"words {A} 'One moment, I will check that.'", f"(created {B})", f"words {B} 'It is'"],
    ),
    "words of another answer while a tool runs, before their sound": (
        (TWO_S, MOMENT, call(), CARD, TWO_S, TURN, "result", words("It is")),
        [f"(created {A})", f"sound {A}", f"words {A} 'One moment, I will check that.'",
         f"call {A} book {{}}", f"(completed {A})", f"(created {B})",
         f"words {B} 'Please bring your card.'", f"sound {B}", f"sound done {B}",
         f"completed {B}", "(created unnamed_3)", "words unnamed_3 'It is'"],
    ),
    "words before their sound, behind a call without any": (
        (call(), CARD, TWO_S),
        [f"(created {A})", f"call {A} book {{}}", f"(completed {A})", f"(created {B})",
         f"words {B} 'Please bring your card.'", f"sound {B}"],
    ),
    "it talks on while a tool runs": (
        (call(), SOUND, "result", SOUND),
        [f"(created {A})", f"call {A} book {{}}", f"(completed {A})", f"(created {B})",
         f"sound {B}", f"(completed {B})", "(created unnamed_3)", "sound unnamed_3"],
    ),
    "an answer that is cut": (
        (WORDS, SOUND, CUT, TURN, SOUND),
        [f"(created {A})", f"words {A} 'Hello'", f"sound {A}", "Interrupted", f"cancelled {A}",
         f"(created {B})", f"sound {B}"],
    ),
    "old sound behind interrupted": (
        (SOUND, CUT, SOUND, words("old"), TURN),
        [f"(created {A})", f"sound {A}", "Interrupted", f"sound {A}", f"words {A} 'old'",
         f"cancelled {A}"],
    ),
    "interrupted twice": (
        (SOUND, CUT, CUT, TURN),
        [f"(created {A})", f"sound {A}", "Interrupted", "Interrupted", f"cancelled {A}"],
    ),
    "the turnComplete of a cut answer never comes": (
        (SOUND, CUT, GENERATED, WORDS),
        [f"(created {A})", f"sound {A}", "Interrupted", f"cancelled {A}", f"(created {B})",
         f"words {B} 'Hello'"],
    ),
    "a call behind a cut answer": (
        (SOUND, CUT, call()),
        [f"(created {A})", f"sound {A}", "Interrupted", f"(cancelled {A})", f"(created {B})",
         f"call {B} book {{}}", f"(completed {B})"],
    ),
    "interrupted while playback is assumed, and its late turnComplete": (
        (SOUND, GENERATED, CUT, SOUND, TURN, SOUND, TURN),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}", "Interrupted",
         f"(created {B})", f"sound {B}", f"sound {B}", f"sound done {B}", f"completed {B}"],
    ),
    "interrupted before anything": (
        (CUT, TURN, SOUND), ["Interrupted", f"(created {A})", f"sound {A}"],
    ),
    "interrupted while nothing is owed, and an answer that turnComplete alone ends": (
        (SOUND, GENERATED, TURN, CUT, SOUND, TURN, SOUND),
        [f"(created {A})", f"sound {A}", f"sound done {A}", f"completed {A}", "Interrupted",
         f"(created {B})", f"sound {B}", f"sound done {B}", f"completed {B}",
         "(created unnamed_3)", "sound unnamed_3"],
    ),
    "a turn that fails": (
        (content(turnComplete=True, turnCompleteReason="RESPONSE_REJECTED"),),
        [f"(created {A})", f"incomplete {A}"],
    ),
    "a turn that wants more": (
        (content(turnComplete=True, turnCompleteReason="NEED_MORE_INPUT"),), [],
    ),
    "thoughts, and what carries nothing": (
        (content(modelTurn={"parts": [{"text": "hm", "thought": True}, {}]}), content(),
         content(waitingForInput=True, interactionStatus="IDLE"),
         content(interimInputTranscription={"text": "hi"}),
         {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}}),
        [],
    ),
    "text": ((content(modelTurn={"parts": [{"text": "Hi"}]}),), [f"(created {A})", "TextDelta"]),
    "what the service heard": (
        ({"voiceActivity": {"voiceActivityType": "ACTIVITY_START", "audioOffset": "1.500s"}},
         {"voiceActivity": {"voiceActivityType": "ACTIVITY_END"}},
         {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_SOS"}},
         {"voiceActivity": {"voiceActivityType": "TYPE_UNSPECIFIED"}}),
        ["SpeechStarted", "SpeechStopped", "SpeechStarted"],
    ),
    "pictures": ((sound(mime="image/png"), {"goAway": {"timeLeft": "soon"}}), ["GoingAway"]),
    "a type in capitals": (
        (sound(mime="AUDIO/PCM; rate=24000"),), [f"(created {A})", f"sound {A}"],
    ),
    "it goes away": (({"goAway": {"timeLeft": "50s"}},), ["GoingAway"]),
    "a call is taken back": (({"toolCallCancellation": {"ids": ["fc1"]}},), ["ToolCallCancelled"]),
    "no calls": (({"toolCall": {}},), []),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_messages_mean_what_the_table_says(name: str) -> None:
    messages, log = STORIES[name]
    told = Told()
    told.decoded(READY)
    found = []
    for message in messages:
        if isinstance(message, str):
            told.result("fc1", "{}")
        else:
            found += told.log(message)
    assert found == log


@pytest.mark.parametrize(("at_s", "late"), [(3.4, True), (3.6, False)])
def test_words_that_come_long_after_the_sound_was_played_are_the_next_answers(
    at_s: float, late: bool
) -> None:
    told = Told()
    for message in (READY, TWO_S, TURN):
        told.decoded(message)
    found = [short(each.event) for each in told.decoded(MOMENT, at_s).events]
    assert (f"created {B}" in found) is not late


def test_words_behind_an_answer_that_was_cut_are_the_next_answers() -> None:
    told = Told()
    for message in (READY, TWO_S, CUT, TURN):
        told.decoded(message)
    assert told.log(MOMENT)[0] == f"(created {B})"


# --- single messages ---------------------------------------------------------------------------


def one(message: Message, **wanted: Any) -> Any:
    """The last event of a message in an open session."""
    told = Told(**wanted)
    told.decoded(READY)
    return told.decoded(message).events[-1].event


def test_the_session_stands_with_the_first_message() -> None:
    told = Told()
    assert told.decoder.session.awaited == "setupComplete"
    assert one(READY).session_id == "s1"
    told.decoded(READY)
    assert told.decoder.session.awaited is None


URL_SAFE = base64.urlsafe_b64encode(PCM).decode()


@pytest.mark.parametrize("data", [encode_base64(PCM), URL_SAFE, URL_SAFE.rstrip("=")])
def test_sound_is_read_in_either_alphabet(data: str) -> None:
    assert encode_base64(PCM) != URL_SAFE
    assert one(sound(data)).audio == PCM


def test_a_message_may_be_binary_and_its_names_of_either_case() -> None:
    told = Told()
    data = encode_base64(PCM)
    part = {"inline_data": {"mime_type": "audio/pcm", "data": data}}
    both = {"server_content": {"model_turn": {"parts": [part]}, "turn_complete": True}}
    arrived = told.decoded(json.dumps(both).encode())
    assert (arrived.kind, arrived.json) == ("modelTurn turnComplete", True)
    assert [type(each.event) for each in arrived.events] == [
        e.ResponseCreated, e.AudioDelta, e.AudioDone, e.ResponseDone
    ]  # fmt: skip


def test_names_in_arguments_are_the_tools_own() -> None:
    arguments = {"order_id": "A1", "gift_wrap": {"paper_kind": "red"}}
    item = Told().decoded(call(args=arguments)).events[1].event.item
    assert json.loads(item.arguments) == arguments


def test_several_things_in_one_message_all_count() -> None:
    spent = {"promptTokenCount": 10, "totalTokenCount": 30}
    message = content(inputTranscription={"text": "Hi"}, turnComplete=True) | {
        "usageMetadata": spent
    }
    arrived = Told().decoded(message)
    assert arrived.kind == "inputTranscription turnComplete usageMetadata"
    assert [short(each.event) for each in arrived.events] == ["InputTranscriptDelta", "UsageTold"]


def test_what_the_service_heard_has_its_time() -> None:
    began = one({"voiceActivity": {"voiceActivityType": "ACTIVITY_START", "audioOffset": "1.500s"}})
    over = one({"voiceActivity": {"voiceActivityType": "ACTIVITY_END", "audioOffset": "soon"}})
    assert (began.audio_start_ms, over.audio_end_ms) == (1500, None)


@pytest.mark.parametrize("offset", ["nans", "infs", "soon", ""])
def test_a_time_that_is_none_is_left_open(offset: str) -> None:
    heard = {"voiceActivityType": "ACTIVITY_START", "audioOffset": offset}
    assert one({"voiceActivity": heard}) == e.SpeechStarted(audio_start_ms=None)


@pytest.mark.parametrize(
    ("left", "seconds"), [({"timeLeft": "50s"}, 50.0), ({"timeLeft": "nans"}, None), ({}, None)]
)
def test_it_says_when_it_goes(left: Message, seconds: float | None) -> None:
    assert one({"goAway": left}).left_s == seconds


def test_usage_is_told_by_kind() -> None:
    def kinds(**count: int) -> list[Message]:
        return [{"modality": kind, "tokenCount": n} for kind, n in count.items()]

    prompt = [*kinds(TEXT=60, AUDIO=30, IMAGE=4, VIDEO=6), *kinds(TEXT=1)]

    told = one(
        {
            "usageMetadata": {
                "promptTokenCount": 100,
                "toolUsePromptTokenCount": 5,
                "cachedContentTokenCount": 40,
                "responseTokenCount": 20,
                "thoughtsTokenCount": 7,
                "totalTokenCount": 132,
                "promptTokensDetails": prompt,
                "cacheTokensDetails": kinds(TEXT=40),
                "responseTokensDetails": kinds(AUDIO=20),
            }
        }
    ).usage
    assert (told.total_tokens, told.input_tokens, told.output_tokens) == (132, 105, 27)
    assert (told.input_text_tokens, told.input_audio_tokens, told.input_image_tokens) == (
        61,
        30,
        10,
    )
    assert (told.cached_tokens, told.cached_text_tokens) == (40, 40)
    assert (told.output_text_tokens, told.output_audio_tokens) == (7, 20)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (sound(mime="audio/pcm;rate=16000"), "sound as audio/pcm;rate=16000"),
        (sound(mime="audio/opus"), "sound as audio/opus"),
        (sound(mime="audio/L16;rate=24000"), "sound as audio/l16;rate=24000"),
        (sound(mime="audio/pcm;rate=" + "9" * 5000), "sound as audio/pcm;rate=" + "9" * 45 + ":"),
    ],
)
def test_sound_of_another_kind_is_told_and_not_played(message: Message, said: str) -> None:
    told = Told()
    arrived = told.decoded(message)
    assert arrived.events == ()
    assert arrived.unheard.startswith(said)
    (found,) = told.decoder.session.differences
    assert str(found).startswith("output_format: asked pcm16_24k, served audio/")


def test_sound_that_is_no_base64_is_told() -> None:
    parts = [{"inlineData": {"data": "!!"}}]
    arrived = Told().decoded(json.dumps(content(modelTurn={"parts": parts})))
    assert "sound that cannot be read" in arrived.unheard


def test_old_sound_behind_an_interruption_is_told_as_unheard() -> None:
    told = Told()
    told.log(SOUND, CUT)
    assert "after interrupted, before turnComplete" in told.decoded(SOUND).unheard


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ({"newThing": {}}, ["newThing"]),
        ({"serverContent": {"newFlag": True}}, ["serverContent.newFlag"]),
        ({"serverContent": 5, "other": 1}, ["other"]),
    ],
)
def test_what_nobody_knows_is_kept_by_name(message: Message, names: list[str]) -> None:
    arrived = Told().decoded(json.dumps(message))
    assert [each.event.name for each in arrived.events] == names


@pytest.mark.parametrize(
    ("message", "kind", "effect"),
    [
        ("[1]", "not a JSON object", PASSED_OVER),
        (b"\xff\x00", "not a JSON object", PASSED_OVER),
        ('{"serverContent":{"turnComplete":"yes"}}', "turnComplete", ""),
        ('{"toolCall":{"functionCalls":[{"id":5,"name":"a"}]}}', "toolCall", ""),
    ],
)
def test_what_cannot_be_read_is_told(message: str | bytes, kind: str, effect: str) -> None:
    arrived = Told().decoded(message)
    assert (arrived.kind, {each.effect for each in arrived.breaches}) == (kind, {effect})


@pytest.mark.parametrize(
    ("message", "kind"),
    [({}, "an empty message"), (content(), "serverContent"), (TURN, "turnComplete")],
)
def test_a_message_is_named_by_what_it_holds(message: Message, kind: str) -> None:
    assert Told().decoded(message).kind == kind


def test_an_answer_that_was_cut_names_its_item_as_incomplete() -> None:
    told = Told()
    heard = told.decoded(SOUND).events[-1].event
    told.decoded(CUT)
    (over,) = (each.event.response for each in told.decoded(TURN).events)
    assert (over.status, over.reason) == (ResponseStatus.CANCELLED, "interrupted")
    assert [(each.id, each.status) for each in over.output] == [
        (heard.item_id, ItemStatus.INCOMPLETE)
    ]


def test_a_call_that_was_cut_before_any_sound_has_no_item() -> None:
    told = Told()
    told.log(content(modelTurn={"parts": [{"text": "Hi"}]}), CUT)
    (over,) = (each.event.response for each in told.decoded(TURN).events)
    assert over.output == ()


def test_a_turn_that_failed_says_why() -> None:
    told = Told()
    failed = content(turnComplete=True, turnCompleteReason="GENERATED_AUDIO_SAFETY")
    assert told.decoded(failed).events[-1].event.response.reason == "GENERATED_AUDIO_SAFETY"


# --- our messages ------------------------------------------------------------------------------


def text(words: str, role: Role = Role.USER) -> Item:
    parts = (Content(ContentKind.INPUT_TEXT, text=words),)
    return Item(kind=ItemKind.MESSAGE, role=role, content=parts)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            c.AppendAudio(PCM),
            {"audio": {"mimeType": "audio/pcm;rate=16000", "data": encode_base64(PCM)}},
        ),
        (c.ClearAudio(), {"activityStart": {}}),
        (c.CommitAudio(), {"activityEnd": {}}),
        (c.CreateItem(text("Hello"), turn=True), {"text": "Hello"}),
    ],
)
def test_what_is_sent_while_it_runs(command: c.ClientCommand, message: Message) -> None:
    assert Told().send(command) == {"realtimeInput": message}


@pytest.mark.parametrize(
    "command",
    [
        c.CreateResponse(),
        c.CancelResponse("r1"),
        c.TruncateItem("i1", 0, 300),
        c.CreateItem(Item(kind=ItemKind.MESSAGE, role=Role.USER)),
    ],
)
def test_what_it_has_no_message_for_is_not_sent(command: c.ClientCommand) -> None:
    assert Told().decoder.sent(command) == ()


PICTURE = Content(ContentKind.INPUT_IMAGE, image_url="data:image/png;base64,AAAA")
BLOB = {"mimeType": "image/png", "data": "AAAA"}
CALL = Item(kind=ItemKind.FUNCTION_CALL, call_id="c1", name="book", arguments='{"day":"Mon"}')
GIVEN = Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id="c1", output='"ok"')
ASK = {"clientContent": {"turnComplete": True}}


def turn(role: str, *parts: Message, complete: bool = False) -> Message:
    turns = [{"role": role, "parts": list(parts)}]
    return {"clientContent": {"turns": turns, "turnComplete": complete}}


@pytest.mark.parametrize(
    ("commands", "sent_as"),
    [
        ((c.CreateItem(text("Hi")),), [turn("user", {"text": "Hi"})]),
        ((c.CreateItem(text("Hi", Role.ASSISTANT)),), [turn("model", {"text": "Hi"})]),
        ((c.CreateItem(text("Hi")), c.CreateResponse(), c.CreateResponse()),
         [turn("user", {"text": "Hi"}), ASK]),
        ((c.CreateItem(text("Hi")), c.CommitAudio(), c.CreateResponse()),
         [turn("user", {"text": "Hi"}), {"realtimeInput": {"activityEnd": {}}}]),
        ((c.CreateItem(text("Hi")), c.CreateItem(text("And?"), turn=True), c.CreateResponse()),
         [turn("user", {"text": "Hi"}), {"realtimeInput": {"text": "And?"}}]),
        ((c.CreateItem(CALL), c.CreateItem(GIVEN), c.CreateResponse()),
         [turn("model", {"functionCall": {"id": "c1", "name": "book", "args": {"day": "Mon"}}}),
          turn("user", {"functionResponse":
                        {"id": "c1", "name": "book", "response": {"output": "ok"}}}),
          ASK]),
        ((c.CreateItem(replace(CALL, arguments='{"day')),),
         [turn("model", {"functionCall":
                         {"id": "c1", "name": "book", "args": {"arguments": '{"day'}}})]),
        ((c.CreateItem(Item(kind=ItemKind.MESSAGE, role=Role.USER, content=(PICTURE,)), turn=True),
          c.CreateResponse()),
         [turn("user", {"inlineData": BLOB}, complete=True)]),
        ((c.CreateItem(Item(kind=ItemKind.MESSAGE, role=Role.USER,
                            content=(*text("What is it?").content, PICTURE)), turn=True),),
         [{"realtimeInput": {"video": BLOB}}, {"realtimeInput": {"text": "What is it?"}}]),
        ((c.ConfigureSession(SessionConfig(instructions="New.")),),
         [{"contextUpdate": {"systemInstruction": {"parts": [{"text": "New."}]}}}]),
        ((c.ConfigureSession(SessionConfig(tools=())),),
         [{"contextUpdate": {"tools": {"tools": []}}}]),
        ((c.ConfigureSession(SessionConfig(tools=(Tool("wait", "Waits."),))),),
         [{"contextUpdate": {"tools": {"tools": [{"functionDeclarations": [
             {"name": "wait", "description": "Waits."}]}]}}}]),
    ],
)  # fmt: skip
def test_what_is_written_into_the_conversation_fits_the_vendors_types(commands, sent_as) -> None:
    told = Told()
    found = [sent(each.message) for one in commands for each in told.decoder.sent(one)]
    assert found == sent_as


def test_an_answer_that_begins_is_asked_for_by_nobody_else() -> None:
    told = Told()
    told.decoder.sent(c.CreateItem(text("Hi")))
    told.decoded(SOUND)
    assert told.decoder.sent(c.CreateResponse()) == ()


def update(**told: Any) -> Message:
    return {"sessionResumptionUpdate": told}


@pytest.mark.parametrize(
    ("updates", "handle"),
    [
        ([], None),
        ([update(newHandle="h1", resumable=True)], "h1"),
        ([update(newHandle="h1", resumable=True), update(resumable=False)], "h1"),
        ([update(newHandle="h1", resumable=True), update(newHandle="h2", resumable=True)], "h2"),
        ([update(newHandle="", resumable=True), update(newHandle="h9", resumable=False)], None),
        ([{"sessionResumptionUpdate": []}], None),
    ],
)
def test_a_session_goes_on_with_the_newest_handle_and_no_recording_has_one(updates, handle) -> None:
    told = Told(resumption=True)
    for each in updates:
        shown = told.decoder.take(json.dumps(each), 0.0).shown
        assert shown is None or ("***" in shown and str(handle) not in shown)
    session = told.decoder.session
    assert session.resumption == handle
    wanted = SessionConfig(resumption=True)
    (again,) = dialect("gemini_live").resumed(wanted, handle or "h0").opening()
    setup = sent(again.message)["setup"]
    assert setup["sessionResumption"] == {"handle": handle or "h0"}
    assert setup["contextWindowCompression"] == {"slidingWindow": {}}
    assert json.loads(again.shown or "")["setup"]["sessionResumption"] == {"handle": "***"}


def test_handles_are_asked_for_where_another_connection_may_go_on() -> None:
    gemini = dialect("gemini_live")
    (plain,) = gemini.session(SessionConfig()).opening()
    (kept,) = gemini.session(SessionConfig(resumption=True)).opening()
    assert sent(kept.message)["setup"]["sessionResumption"] == {}
    assert "sessionResumption" not in sent(plain.message)["setup"]
    assert (plain.shown, kept.shown) == (None, None)


def test_the_rate_of_the_callers_sound_is_declared() -> None:
    message = Told(input_format=AudioFormat.PCM16_24K).send(c.AppendAudio(PCM))
    assert message["realtimeInput"]["audio"]["mimeType"] == "audio/pcm;rate=24000"


def test_silence_is_written_once() -> None:
    session = Told().decoder.session
    assert session.append_audio(bytes(640)) is session.append_audio(bytes(640))
    assert session.append_audio(PCM) is not session.append_audio(bytes(640))
    nothing = json.loads(Told().decoder.session.append_audio(b""))
    assert nothing["realtimeInput"]["audio"]["data"] == ""


def test_it_is_asked_to_speak_first_with_a_line_of_text() -> None:
    told = Told()
    (request,) = told.decoder.session.greet()
    assert "Greet the caller" in sent(request.message)["realtimeInput"]["text"]
    assert isinstance(request.says, c.CreateItem)


@pytest.mark.parametrize(
    ("output", "response"),
    [
        ('{"ok":true}', {"ok": True}),
        ('"done"', {"output": "done"}),
        ("[1]", {"output": [1]}),
        ("", {"output": None}),
    ],
)
def test_a_result_is_an_object_and_names_its_call(output: str, response: Message) -> None:
    told = Told()
    told.log(call("book"))
    assert told.result("fc1", output) == {
        "toolResponse": {"functionResponses": [{"id": "fc1", "name": "book", "response": response}]}
    }


def test_calls_without_ids_get_one_of_ours_that_is_not_told() -> None:
    told = Told()
    calls = {"toolCall": {"functionCalls": [{"name": "book"}, {"name": "find"}]}}
    found = [each.event.item for each in told.decoded(calls).events[1:3]]
    assert [each.call_id for each in found] == ["unnamed_call_1", "unnamed_call_2"]
    assert told.result("unnamed_call_2", "{}") == {
        "toolResponse": {"functionResponses": [{"name": "find", "response": {}}]}
    }


def test_an_id_that_is_used_again_is_another_call_and_is_answered_under_it() -> None:
    told = Told()
    told.log(call("book"), call("find"))
    told.decoded({"toolCall": {"functionCalls": [{"id": "fc1", "name": "look"}] * 2}})
    for ours, name in (("fc1", "book"), ("fc1#2", "find"), ("fc1#3", "look"), ("fc1#4", "look")):
        answer = told.result(ours, "{}")["toolResponse"]["functionResponses"][0]
        assert (answer["id"], answer["name"]) == ("fc1", name)
    taken_back = told.decoded({"toolCallCancellation": {"ids": ["fc1", "fc9"]}}).events
    assert [each.event.call_id for each in taken_back] == ["fc1#4", "fc9"]


# --- how it ends -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (1007, "Invalid argument", "closed the session with 1007: Invalid argument (the service"),
        (1008, "", "closed the session with 1008 (the service refuses"),
        (1011, "Deadline expired", "an error inside the service"),
    ],
)
def test_a_close_is_its_way_to_tell_of_an_error(code: int, reason: str, said: str) -> None:
    meaning = Told().decoder.session.closed(code, reason)
    assert meaning is not None
    assert meaning.failed
    assert said in meaning.words


@pytest.mark.parametrize("code", [1000, 1001, 1006])
def test_other_closes_mean_what_they_mean_everywhere(code: int) -> None:
    assert Told().decoder.session.closed(code, "") is None


@pytest.mark.parametrize("code", [1000, 1011])
def test_a_close_behind_go_away_is_no_error(code: int) -> None:
    told = Told()
    told.decoded({"goAway": {"timeLeft": "50s"}})
    meaning = told.decoder.session.closed(code, "Deadline expired")
    assert meaning is not None
    assert not meaning.failed
    assert "goAway, time left 50s" in meaning.words


HANDLES = {
    "twice": ('{"sessionResumptionUpdate": {"newHandle": "aa", "newHandle": "bb"}}', ["aa", "bb"]),
    "binary": (b'{"session_resumption_update": {"new_handle": "aa"}}', ["aa"]),
    "escaped": ('{"sessionResumptionUpdate": {"newHandle": "a\\/\\u003d"}}', ["a/="]),
    "cut": ('{"sessionResumptionUpdate": {"newHandle": "aa', ["aa"]),
    "no JSON": ('{"sessionResumptionUpdate": {"newHandle": "a\\q"}}', ["a\\q"]),
    "empty": ('{"sessionResumptionUpdate": {"newHandle": "", "resumable": false}}', []),
    "a tool's own": ('{"toolCall": {"args": {"newHandle": "door"}}}', []),
}


@pytest.mark.parametrize(("message", "handles"), HANDLES.values(), ids=HANDLES)
def test_every_handle_in_a_message_is_a_secret(message, handles) -> None:
    session = dialect("gemini_live").session(SessionConfig())
    with suppress(Malformed):
        session.receive(message)
    assert session.secrets == tuple(handles)
