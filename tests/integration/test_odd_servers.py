"""Servers that misbehave, as data: each call ends with a status and its cause, and has its page.

Real sockets on loopback, virtual time. The behaviour of each server is a function from a correct
message to the messages that it sends instead.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.odd_server import Manner, Sent, hold
from support.scripted_server import Reply

from harness.protocol.decoding import ids_of
from harness.timeline.build import build

DELTA = "response.output_audio.delta"
WORDS = "response.output_audio_transcript.delta"
AUDIO = (DELTA, "response.output_audio.done")
WORDS_DONE = "response.output_audio_transcript.done"
RESPONSES = ("response.created", "response.done")
Message = dict[str, Any]


def changed(kind: str | tuple[str, ...], change: Callable[[Message], Iterable[Sent]]) -> Manner:
    """Return a manner that changes messages of a kind and lets all others pass."""
    kinds = (kind,) if isinstance(kind, str) else kind
    return lambda message: change(message) if message["type"] in kinds else (message,)


def without(kind: str | tuple[str, ...], *names: str) -> Manner:
    """Leave fields out of a message."""
    return changed(kind, lambda message: [{k: v for k, v in message.items() if k not in names}])


def put(kind: str | tuple[str, ...], **fields: Any) -> Manner:
    """Put other values into a message."""
    return changed(kind, lambda message: [{**message, **fields}])


def left_out(*kinds: str) -> Manner:
    """Never send messages of these kinds."""
    return changed(kinds, lambda message: ())


def before(kind: str, *sent: Sent) -> Manner:
    """Send something more in front of each message of a kind."""
    return changed(kind, lambda message: [*sent, message])


def both(*manners: Manner) -> Manner:
    """Apply the manners in order; a message that is no object passes unchanged."""

    def manner(message: Message) -> Iterable[Sent]:
        sent: list[Sent] = [message]
        for each in manners:
            sent = [
                found for one in sent for found in (each(one) if isinstance(one, dict) else (one,))
            ]
        return sent

    return manner


def audio_as(spell: Callable[[bytes], Any]) -> Manner:
    """Write the audio of deltas in another way."""
    return changed(
        DELTA, lambda message: [{**message, "delta": spell(base64.b64decode(message["delta"]))}]
    )


def in_response(**fields: Any) -> Manner:
    """Put other values into the response of response.done."""
    return changed(
        "response.done", lambda message: [{**message, "response": message["response"] | fields}]
    )


def in_odd_pieces() -> Manner:
    """Cut the audio of each delta into pieces of an odd number of bytes."""

    def cut(message: Message) -> Iterable[Sent]:
        data = base64.b64decode(message["delta"])
        for start in range(0, len(data), 1001):
            yield {**message, "delta": base64.b64encode(data[start : start + 1001]).decode()}

    return changed(DELTA, cut)


def numbered(**names: str) -> Manner:
    """Give every id of a kind the same value."""

    def rename(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: names[key] if key in names and each is not None else rename(each)
                for key, each in value.items()
            }
        return [rename(each) for each in value] if isinstance(value, list) else value

    return lambda message: [rename(message)]


def same_item() -> Manner:
    """Give every item of the agent the same id."""
    return lambda message: [json.loads(_ITEM.sub('"item_1"', json.dumps(message)))]


_ITEM = re.compile(r'"item_\d+"')
_RESPONSE = re.compile(r'"resp_\d+"')


def same_response() -> Manner:
    """Give every response the same id."""
    return lambda message: [json.loads(_RESPONSE.sub('"resp"', json.dumps(message)))]


def text_only() -> Manner:
    """Answer in text although audio was requested."""

    def written(message: Message) -> Iterable[Sent]:
        if message["type"] in (*AUDIO, WORDS):
            return ()
        if message["type"] == "response.output_audio_transcript.done":
            text = message.pop("transcript")
            return ({**message, "type": "response.output_text.done", "text": text},)
        return (json.loads(json.dumps(message).replace("output_audio", "output_text")),)

    return written


GOOD, SILENT, ERROR = "completed", "agent_silent", "agent_error"


@dataclass(frozen=True)
class Odd:
    """A server's behaviour, the end of its call, and the messages in status and page."""

    manner: Manner
    status: str = GOOD
    detail: str = ""
    """Part of the detail of the status; empty: there is none."""
    page: str = ""
    """Part of the page in addition to that."""
    answers: int = 2
    """How many answers were heard."""
    more: dict[str, Any] = field(default_factory=dict)


def deep(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value


ITEM_DONE = "response.output_item.done"
MESSAGE = {"id": "item_x", "type": "message", "role": "assistant"}
SERVERS: dict[str, Odd] = {
    "as it should be": Odd(lambda message: [message]),
    # audio that can be read in some way is heard
    "deltas without indexes": Odd(without(DELTA, "output_index", "content_index")),
    "deltas without an item": Odd(without(AUDIO, "item_id")),
    "deltas without a response": Odd(without(AUDIO, "response_id")),
    "bare deltas": Odd(without(AUDIO, "response_id", "item_id", "output_index", "content_index")),
    "indexes that are null": Odd(put(AUDIO, output_index=None, content_index=None)),
    "indexes that are text": Odd(put(AUDIO, output_index="0", content_index="0")),
    "indexes beyond 64 bits": Odd(put(AUDIO, content_index=2**64 - 1)),
    "negative indexes": Odd(put(AUDIO, content_index=-1)),
    "ids that are numbers": Odd(put(AUDIO, item_id=7)),
    "ids that are objects": Odd(put(AUDIO, item_id={"id": "item_1"})),
    "base64 without padding": Odd(audio_as(lambda d: base64.b64encode(d).decode().rstrip("="))),
    "base64 for URLs": Odd(audio_as(lambda d: base64.urlsafe_b64encode(d).decode())),
    "base64 in lines": Odd(audio_as(lambda d: base64.encodebytes(d).decode())),
    "odd byte counts": Odd(in_odd_pieces()),
    "beta names": Odd(
        lambda message: [
            {**message, "type": message["type"].replace("output_audio", "audio")}
        ]
    ),
    "indented JSON": Odd(lambda message: [json.dumps(message, indent=2)]),
    # unreadable audio is reported, and the agent is not called silent
    "deltas that are objects": Odd(
        put(DELTA, delta={"audio": "AAAA"}),
        ERROR,
        "10 audio messages were not heard: Invalid type for 'delta': expected a string, got an "
        "object. (10 times)",
        page="its audio was not heard",
        answers=0,
        more={"replies": [Reply("It is on its way.", 2.0)]},
    ),
    "deltas without their audio": Odd(
        without(DELTA, "delta"), ERROR, "Missing required parameter: 'delta'.", answers=0,
        page="its audio was not heard",
    ),
    "audio under another name": Odd(
        changed(DELTA, lambda m: [{"audio": m.pop("delta"), **m}]), ERROR,
        "Missing required parameter: 'delta'.", answers=0,
    ),
    "base64 that is none": Odd(
        put(DELTA, delta="<not base64>"), ERROR, "not valid base64", answers=0,
        page="its audio was not heard",
    ),
    "audio in bytes written as numbers": Odd(
        put(DELTA, delta=[0, 1, 2]), ERROR, "expected a string, got an array", answers=0
    ),
    "one delta of many that is none": Odd(
        before("response.output_audio.done", {"type": DELTA, "delta": None}),
        detail="2 audio messages were not heard",
        page="its audio was not heard",
    ),
    "audio of a type nobody knows": Odd(
        put(DELTA, type="audio.chunk"), SILENT, "audio.chunk", answers=0
    ),
    # odd values outside the audio do no harm
    "content that is text": Odd(put(ITEM_DONE, item={**MESSAGE, "content": "Hello."})),
    "content that is null": Odd(put(ITEM_DONE, item={**MESSAGE, "content": None})),
    "content of numbers": Odd(put(ITEM_DONE, item={**MESSAGE, "content": [1, None, "x"]})),
    "items without a type": Odd(put(ITEM_DONE, item={"id": "item_x"})),
    "items that are text": Odd(put(ITEM_DONE, item="item_x")),
    "items that are missing": Odd(without(ITEM_DONE, "item")),
    "roles that nobody has": Odd(put(ITEM_DONE, item={**MESSAGE, "role": "bot", "content": []})),
    "audio in items that is none": Odd(
        put(ITEM_DONE, item={**MESSAGE, "content": [{"type": "output_audio", "audio": "?"}]})
    ),
    "transcripts that are objects": Odd(put(WORDS, delta={"text": "It is"})),
    "transcripts that are null": Odd(put("response.output_audio_transcript.done", transcript=None)),
    "transcripts that are lists": Odd(put("response.output_audio_transcript.done", transcript=[1])),
    "a usage of 2^64-1": Odd(
        in_response(usage={"total_tokens": 2**64 - 1, "input_token_details": {
            "text_tokens": 2**64 - 1, "audio_tokens": 1e300}, "output_tokens": -1})
    ),
    "a usage of text": Odd(in_response(usage="a lot")),
    "a usage of lists": Odd(in_response(usage={"output_token_details": [1, 2]})),
    "a status that nobody knows": Odd(in_response(status="finished")),
    "a status that is a number": Odd(in_response(status=200)),
    "an output that is text": Odd(in_response(output="Hello.")),
    "details that are text": Odd(in_response(status_details="fine")),
    "metadata that is a list": Odd(in_response(metadata=[1])),
    "responses without a status": Odd(without(RESPONSES, "status")),
    "a response.done that is bare": Odd(without("response.done", "response")),
    "a response.created that is bare": Odd(without("response.created", "response")),
    "bare responses and bare deltas": Odd(
        both(without(RESPONSES, "response"), without(AUDIO, "response_id", "item_id"))
    ),
    "VAD events that are bare": Odd(
        without(
            ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"),
            "item_id", "audio_start_ms", "audio_end_ms",
        )
    ),
    "VAD times that are text": Odd(put("input_audio_buffer.speech_started", audio_start_ms="now")),
    "VAD times beyond 64 bits": Odd(put("input_audio_buffer.speech_started", audio_start_ms=1e300)),
    "rate limits that are text": Odd(
        before("response.created", {"type": "rate_limits.updated", "rate_limits": "none"})
    ),
    "rate limits beyond all bounds": Odd(
        before("response.created", {"type": "rate_limits.updated", "rate_limits": [
            {"name": 7, "limit": 2**64 - 1, "remaining": -1, "reset_seconds": "soon"}]})
    ),
    "an error that is text": Odd(
        before("response.created", {"type": "error", "error": "something small"})
    ),
    "types that are lists of everything": Odd(
        before("response.created", {"type": "surprise", "data": [1, {"a": None}], "deep": deep(90)})
    ),
    "a field twice": Odd(
        before("response.created", '{"type":"response.created","type":"surprise","a":1,"a":2}')
    ),
    "half a character": Odd(
        before("response.created", '{"type":"surprise","text":"\\ud83d"}'),
        detail="2 message(s) of the server were not JSON",
        page="the message was passed over",
    ),
    "a number that is none": Odd(
        before("response.created", '{"type":"surprise","a":NaN}'),
        detail="2 message(s) of the server were not JSON",
    ),
    "a number without end": Odd(
        before("response.created", '{"type":"surprise","a":1e999}'),
        detail="2 message(s) of the server were not JSON",
    ),
    "nesting without end": Odd(
        before("response.created", '{"type":"surprise","a":' + "[" * 900 + "]" * 900 + "}"),
        detail="2 message(s) of the server were not JSON",
    ),
    "bytes that are no text": Odd(
        before("response.created", b'{"type":"surprise","a":"\xff\xfe"}'),
        detail="2 message(s) of the server were not JSON",
    ),
    "words of another direction": Odd(put(WORDS, delta="‮<script>alert(1)</script>\x00")),
    # ids that identify no item
    "one item id for all": Odd(same_item()),
    "no response events": Odd(left_out(*RESPONSES)),
    "nothing but audio": Odd(
        both(
            left_out(*RESPONSES, "response.output_item.added", ITEM_DONE),
            without((*AUDIO, WORDS, WORDS_DONE), "response_id", "item_id"),
        )
    ),
    "nothing but audio of one id": Odd(
        both(
            left_out(*RESPONSES, "response.output_item.added", ITEM_DONE),
            same_response(),
            same_item(),
        )
    ),
    "answers in text": Odd(
        text_only(), ERROR, "'It is on its way.'", page="text only, not heard", answers=0
    ),
    "one response id for all": Odd(same_response()),
    "one id for all responses and items": Odd(both(same_response(), same_item())),
    "deltas of one item id, no other events": Odd(
        both(same_item(), left_out("response.output_item.added", ITEM_DONE))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SERVERS)
def test_a_call_with_an_odd_server_ends_with_its_status_its_cause_and_its_page(
    tmp_path: Path, name: str
) -> None:
    odd = SERVERS[name]
    held = hold(tmp_path, odd.manner, **odd.more)
    result = held.result
    assert result.status == odd.status, result.status_detail
    assert odd.detail in result.status_detail
    assert bool(odd.detail) == bool(result.status_detail), result.status_detail
    assert "</html>" in held.page
    assert "bug in the harness" not in held.page
    assert odd.page in held.page
    assert len({spoken.response_id for spoken in build(held.recording).agent}) == odd.answers
    if odd.answers == 2:
        assert held.outcome("time_to_first_audio") == "pass"
        assert held.outcome("barge_in_yield") == "not_applicable"
        assert sum(span.samples for span in held.recording.played) == 2 * 24_000
    elif odd.status == ERROR:
        assert result.passed is None


def test_an_answer_of_bare_deltas_is_stopped_by_the_caller_and_the_next_one_is_heard(
    tmp_path: Path,
) -> None:
    bare = both(
        left_out(*RESPONSES, "response.output_item.added", ITEM_DONE),
        without((*AUDIO, WORDS, WORDS_DONE), "response_id", "item_id"),
    )
    turns = [{"say": "Tell me all of it."}, {"say": "Stop.", "barge_in": {"after_s": 0.5}}]
    replies = [Reply("A long story.", 6.0), Reply("All right.", 1.0)]
    held = hold(tmp_path, bare, turns=turns, replies=replies)
    assert held.result.status == GOOD
    first, second = build(held.recording).agent
    assert (first.response_id, second.response_id) == ("unnamed_1", "unnamed_2")
    given = [each for each in held.recording.events if each.assumed]
    assert {each.assumed for each in given} == {("response_id", "item_id")}
    assert ids_of(given[-1].event) == {"response_id": "unnamed_2", "item_id": "unnamed_2_item"}
    assert first.heard_s < 3.0
    assert second.heard_s == 1.0
    assert held.outcome("barge_in_yield") == "pass"
