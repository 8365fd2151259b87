"""The tolerant reader: values of a field, values taken for absent, and the messages about them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.protocol.events import ItemAdded, ResponseCreated, ResponseDone, ServerError
from harness.protocol.fields import DEEPEST, MOST, Fields, Malformed, WireFault, load
from harness.protocol.items import ErrorInfo, ItemKind, ResponseStatus
from harness.protocol.openai.ga import OpenAiGa

GA = OpenAiGa()

# reader, value, result, whether a fault is reported
READ: list[tuple[str, Any, Any, bool]] = [
    ("ident", "item_1", "item_1", False),
    ("ident", 7, "7", False),
    ("ident", None, "", True),
    ("ident", {"id": 1}, "", True),
    ("ident", True, "", True),
    ("index", 3, 3, False),
    ("index", 2.0, 2, False),
    ("index", MOST, MOST, False),
    ("index", None, 0, True),
    ("index", MOST + 1, 0, True),
    ("index", -1, 0, True),
    ("index", 0.5, 0, True),
    ("index", 1e300, 0, True),
    ("index", "1", 0, True),
    ("index", False, 0, True),
    ("count", 12, 12, False),
    ("count", 12.0, 12, False),
    ("count", 2**64 - 1, 0, True),
    ("count", -1, 0, True),
    ("count", "12", 0, True),
    ("count", True, 0, True),
    ("optional_text", "words", "words", False),
    ("optional_text", None, None, False),
    ("optional_text", ["words"], None, True),
    ("mapping", {"a": 1}, {"a": 1}, False),
    ("mapping", "Hello.", None, True),
    ("texts", ["a"], ("a",), False),
    ("texts", ["a", 1], None, True),
    ("texts", "a", None, True),
    ("each", "Hello.", None, True),
    ("inside", [], None, True),
]


@pytest.mark.parametrize(("reader", "value", "read", "said"), READ)
def test_a_field_that_cannot_be_read_counts_as_absent_and_is_noted(
    reader: str, value: Any, read: Any, said: bool
) -> None:
    fields = Fields({"key": value})
    assert getattr(fields, reader)("key") == read
    assert [note for note in fields.noted if "'key'" in note] == fields.noted
    assert len(fields.noted) == said


def test_flags_and_choices_have_a_default() -> None:
    assert Fields({"speed": 9}).number("speed", 1.0, most=2.0) == 1.0
    fields = Fields({"flag": "yes", "status": "odd", "kind": "known"})
    assert fields.flag("flag", True) is True
    assert fields.known("status", ("done",)) is None
    assert fields.known("kind", ("known",)) == "known"
    assert len(fields.noted) == 2


def test_a_server_reads_the_same_fields_strictly() -> None:
    fields = Fields({"key": {"id": 1}}, strict=True)
    readers: list[Any] = [
        *(fields.ident, fields.index, fields.count, fields.optional_text, fields.texts),
        lambda key: fields.known(key, ("a",)),
    ]
    for reader in readers:
        with pytest.raises(WireFault, match="'key'"):
            reader("key")
    assert fields.noted == []
    assert Fields({"index": 2.0}, strict=True).index("index") == 2
    assert fields.part("key").raw == {"id": 1}


def test_objects_inside_share_one_list_of_notes_and_what_is_no_object_is_left_out() -> None:
    fields = Fields({"outer": {"list": [1, {"id": []}], "inner": None}})
    outer = fields.part("outer")
    assert [each.ident("id") for each in outer.each("list") or ()] == [""]
    assert outer.part("inner").raw == {}
    assert fields.noted == [
        "Invalid type for 'outer.list[0]': expected an object, got a number.",
        "Invalid type for 'outer.list[1].id': expected a string, got an array.",
        "Invalid type for 'outer.inner': expected an object, got null.",
    ]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_what_is_nested_too_deeply_is_no_message(opening: str, closing: str) -> None:
    def message(depth: int) -> str:
        return f'{{"type":"x","a":{opening * depth}[]{closing * depth}}}'

    assert load(message(DEEPEST - 2))
    with pytest.raises(Malformed, match="deeper than 100 levels"):
        load(message(DEEPEST - 1))


def test_many_brackets_beside_each_other_are_no_depth() -> None:
    assert len(load(orjson.dumps({"a": [[] for _ in range(3 * DEEPEST)]}))["a"]) == 3 * DEEPEST


def noted(**message: Any) -> tuple[Any, tuple[str, ...]]:
    return GA.read(orjson.loads(orjson.dumps(message)))


def test_a_response_without_a_word_on_its_state_has_begun_or_ended_all_the_same() -> None:
    created, _ = noted(type="response.created", response={"id": "r"})
    done, said = noted(type="response.done", response={"id": "r", "status": "odd", "output": "x"})
    bare, missed = noted(type="response.done")
    assert isinstance(created, ResponseCreated)
    assert isinstance(done, ResponseDone)
    assert created.response.status is ResponseStatus.IN_PROGRESS
    assert (done.response.status, done.response.output) == (ResponseStatus.COMPLETED, ())
    assert len(said) == 2
    assert (bare.response.id, missed[0]) == ("", "Missing required parameter: 'response'.")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"error": "overloaded"}, ErrorInfo("", "overloaded")),
        ({"message": "overloaded"}, ErrorInfo("error", "overloaded")),
        ({"error": {"message": "busy", "code": 7}}, ErrorInfo("", "busy", "7")),
        ({"error": []}, ErrorInfo("", "")),
    ],
)
def test_the_message_of_an_error_is_found_wherever_it_stands(
    fields: dict[str, Any], error: ErrorInfo
) -> None:
    assert noted(type="error", **fields)[0] == ServerError(error)


def test_an_item_with_odd_contents_keeps_what_can_be_read() -> None:
    content = [{"type": "output_audio", "audio": "no base64!", "transcript": "Hi."}, 3, {}]
    item = {"id": "i", "type": "message", "role": "robot", "status": 1, "content": content}
    added, said = noted(type="conversation.item.added", item=item)
    assert isinstance(added, ItemAdded)
    assert (added.item.id, added.item.role, added.item.status) == ("i", None, None)
    assert [part.transcript for part in added.item.content] == ["Hi."]
    assert len(said) == 5
    for place in ("robot", "content[1]", "content[0].audio", "content[2].type", "status"):
        assert place in " ".join(said)
    call, _ = noted(type="conversation.item.added", item={"type": "function_call", "name": {}})
    assert (call.item.kind, call.item.name) == (ItemKind.FUNCTION_CALL, None)
    output, _ = noted(type="conversation.item.added", item={"type": "function_call_output"})
    assert (output.item.output, output.item.call_id) == (None, None)


def test_arguments_that_come_as_an_object_are_read_and_said() -> None:
    item = {"id": "i", "type": "function_call", "name": "look", "arguments": {"order_id": "é1"}}
    done, said = noted(type="response.output_item.done", item=item)
    assert done.item.arguments == '{"order_id":"é1"}'
    assert "Invalid type for 'item.arguments': expected a string, got an object." in said
    done, _ = noted(type="response.output_item.done", item={**item, "arguments": [1]})
    assert done.item.arguments is None


@pytest.mark.parametrize(
    ("fields", "read", "said"),
    [
        ({"arguments": {"a": 1}}, '{"a":1}', "Invalid type for 'arguments': expected a string"),
        ({"arguments": [1]}, "", "Invalid type for 'arguments': expected a string"),
        ({}, "", "Missing required parameter: 'arguments'."),
    ],
)
def test_odd_arguments_take_nothing_from_the_rest_of_their_event(
    fields: dict[str, Any], read: str, said: str
) -> None:
    kind, name = "response.function_call_arguments.done", {"name": "look"}
    done, notes = noted(type=kind, response_id="r", item_id="i", output_index=0, **name, **fields)
    assert (done.name, done.call_id, done.arguments) == ("look", "", read)
    assert notes[0] == "Missing required parameter: 'call_id'."
    assert notes[1].startswith(said)
    assert len(notes) == 2


@pytest.mark.parametrize("delta", ["AQI=", "AQI", "AQ\r\nI=", "_-8", "_-8=", "/+8="])
def test_base64_is_read_in_every_dress(delta: str) -> None:
    event, _ = noted(type="response.output_audio.delta", delta=delta)
    assert event.audio in (b"\x01\x02", b"\xff\xef")
    assert (event.response_id, event.item_id, event.output_index, event.content_index) == (
        *("", ""),
        *(0, 0),
    )
