from __future__ import annotations

import base64

import pytest
from support.agent_driver import LOOKUP, Driver, asked, types_of

from harness.agent.faults import AgentFault
from harness.protocol.commands import (
    AppendAudio,
    CancelResponse,
    ClearAudio,
    ClearOutput,
    ClientCommand,
    CommitAudio,
    ConfigureSession,
    CreateItem,
    CreateResponse,
    DeleteItem,
    ResponseOptions,
    RetrieveItem,
    ServerVad,
    SessionConfig,
    TruncateItem,
)
from harness.protocol.items import Content, ContentKind, Item, ItemKind, Role


def test_a_session_begins_with_its_description() -> None:
    driver = Driver()
    assert types_of(driver.events) == ["session.created"]
    assert driver.events[0]["session"]["audio"]["input"]["turn_detection"]["type"] == "server_vad"


def test_an_update_answers_with_the_session_as_it_stands() -> None:
    driver = Driver()
    driver.do(ConfigureSession(SessionConfig(instructions="Be brief.", tools=(LOOKUP,))))
    updated = driver.do(ConfigureSession(SessionConfig(voice="marin")))[0]["session"]
    assert (updated["instructions"], updated["audio"]["output"]["voice"]) == ("Be brief.", "marin")


def test_a_pushed_turn_becomes_an_item_and_waits_for_a_response_to_be_asked_for() -> None:
    driver = Driver()
    driver.push_to_talk()
    assert driver.talk() == []
    assert types_of(driver.do(CommitAudio())) == [
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
    ]


def test_a_response_with_preamble_and_call_has_the_order_of_the_service() -> None:
    driver = asked()
    begin = len(driver.events)
    driver.do(CreateResponse())
    driver.wait(5.0)
    assert types_of(driver.events[begin:]) == [
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    done = driver.events[-1]["response"]
    assert [item["type"] for item in done["output"]] == ["message", "function_call"]
    assert done["output"][0]["phase"] == "commentary"
    assert done["status"] == "completed"
    assert done["usage"]["total_tokens"] > 0


def test_audio_leaves_in_small_pieces_at_three_times_real_time() -> None:
    driver = asked()
    begin = driver.now
    driver.do(CreateResponse())
    deltas = [(driver.now, e) for e in driver.events if e["type"] == "response.output_audio.delta"]
    assert len(deltas[0][1]["delta"]) == 4800 * 4 // 3
    driver.wait(0.9)
    assert not any(e["type"] == "response.output_audio.done" for e in driver.events)
    driver.wait(0.2)
    assert any(e["type"] == "response.output_audio.done" for e in driver.events)
    assert begin + 1.1 == pytest.approx(driver.now)


def test_cancelling_closes_what_is_open_and_sends_nothing_more() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(0.3)
    closing = driver.do(CancelResponse())
    assert types_of(closing) == [
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert closing[-1]["response"]["status_details"]["reason"] == "client_cancelled"
    assert closing[-2]["item"]["status"] == "incomplete"
    assert driver.wait(5.0) == []


def test_truncating_drops_the_text_and_goes_no_further_than_was_sent() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(5.0)
    item = next(i for i in driver.events[-1]["response"]["output"] if i["type"] == "message")
    beyond = driver.do(TruncateItem(item["id"], 0, 3001))
    assert beyond[0]["error"]["code"] == "invalid_value"
    assert types_of(driver.do(TruncateItem(item["id"], 0, 1500))) == ["conversation.item.truncated"]
    assert item["content"][0]["transcript"]
    kept = driver.do(RetrieveItem(item["id"]))[0]["item"]["content"]
    assert [part["transcript"] for part in kept] == [None]


def test_an_item_that_was_cut_while_it_was_spoken_stays_without_text() -> None:
    driver = asked()
    driver.do(CreateResponse())
    item_id = next(
        e["item"]["id"] for e in driver.events if e["type"] == "response.output_item.added"
    )
    driver.wait(0.3)
    driver.do(TruncateItem(item_id, 0, 200))
    driver.wait(5.0)
    kept = driver.do(RetrieveItem(item_id))[0]["item"]["content"]
    assert [part["transcript"] for part in kept] == [None]


def test_a_turn_of_the_user_is_retrieved_with_its_audio() -> None:
    driver = Driver()
    driver.push_to_talk()
    driver.talk(1.0)
    item_id = driver.do(CommitAudio())[0]["item_id"]
    driver.talk(59.5)
    later_id = driver.do(CommitAudio())[0]["item_id"]
    sizes = []
    for one in (item_id, later_id):
        audio = driver.do(RetrieveItem(one))[0]["item"]["content"][0]["audio"]
        sizes.append(None if audio is None else len(base64.b64decode(audio)))
    assert sizes == [None, pytest.approx(59.5 * 48_000, abs=2000)]


def test_a_turn_shorter_than_a_tenth_of_a_second_cannot_be_committed() -> None:
    driver = Driver()
    driver.push_to_talk()
    driver.talk(0.09)
    error = driver.do(CommitAudio())[0]["error"]
    assert error["code"] == "input_audio_buffer_commit_empty"
    assert "90.00ms" in error["message"]
    driver.talk(0.01)
    assert driver.do(CommitAudio())[0]["type"] == "input_audio_buffer.committed"


def test_an_id_that_is_taken_is_refused_as_the_service_does() -> None:
    driver = Driver()
    text = (Content(ContentKind.INPUT_TEXT, text="Hi"),)
    item = Item("item_1", ItemKind.MESSAGE, role=Role.USER, content=text)
    driver.do(CreateItem(item))
    error = driver.do(CreateItem(item))[0]["error"]
    assert error["code"] == "item_create_duplicate_item_id"
    assert error["message"] == "Error adding item: an item with id 'item_1' already exists."


def test_a_tool_result_is_answered_when_asked_for_and_never_by_itself() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(5.0)
    call = driver.events[-1]["response"]["output"][1]
    output = Item(
        None, ItemKind.FUNCTION_CALL_OUTPUT, call_id=call["call_id"], output='{"status": "shipped"}'
    )
    added = driver.do(CreateItem(output))
    assert types_of(added) == ["conversation.item.added", "conversation.item.done"]
    assert driver.wait(3.0) == []
    driver.do(CreateResponse())
    driver.wait(5.0)
    assert "shipped" in driver.events[-1]["response"]["output"][0]["content"][0]["transcript"]


def test_a_text_session_answers_typed_words_in_text() -> None:
    driver = Driver()
    driver.do(ConfigureSession(SessionConfig(modalities=("text",))))
    typed = Content(ContentKind.INPUT_TEXT, text="Hello")
    driver.do(CreateItem(Item(None, ItemKind.MESSAGE, role=Role.USER, content=(typed,))))
    driver.do(CreateResponse())
    driver.wait(3.0)
    names = types_of(driver.events)
    assert "response.output_text.done" in names
    assert not any("audio.delta" in name for name in names)
    assert driver.events[-1]["response"]["output"][0]["content"][0]["type"] == "output_text"


def test_an_out_of_band_response_stays_out_of_the_conversation_and_echoes_its_metadata() -> None:
    driver = Driver()
    options = ResponseOptions(conversation="none", metadata={"topic": "x"}, modalities=("text",))
    driver.do(CreateResponse(options))
    driver.wait(3.0)
    assert not any(e["type"].startswith("conversation.item") for e in driver.events)
    done = driver.events[-1]["response"]
    assert (done["conversation_id"], done["metadata"]) == (None, {"topic": "x"})


def test_transcriptions_are_sent_when_the_session_asks_for_them() -> None:
    driver = Driver()
    config = SessionConfig(turn_detection_off=True, transcription_model="whisper-1")
    driver.do(ConfigureSession(config))
    driver.talk()
    driver.do(CommitAudio())
    last = driver.events[-1]
    assert last["type"] == "conversation.item.input_audio_transcription.completed"
    assert (last["transcript"], last["usage"]) == (
        driver.heard_text,
        {"type": "duration", "seconds": pytest.approx(1.0, abs=0.05)},
    )


def test_silence_for_the_idle_time_is_committed_and_answered() -> None:
    driver = Driver()
    driver.do(ConfigureSession(SessionConfig(turn_detection=ServerVad(idle_timeout_ms=5000))))
    driver.do(CreateResponse())
    driver.wait(1.5)
    assert types_of(driver.wait(6.0)) == []
    later = driver.wait(2.0)
    assert later[0]["type"] == "input_audio_buffer.timeout_triggered"
    assert "response.created" in types_of(later)


REFUSED: list[tuple[ClientCommand, str]] = [
    (CommitAudio(event_id="mine"), "input_audio_buffer_commit_empty"),
    (CancelResponse(event_id="mine"), "response_cancel_not_active"),
    (RetrieveItem("item_x", event_id="mine"), "item_retrieve_invalid_item_id"),
    (DeleteItem("item_x", event_id="mine"), "item_delete_invalid_item_id"),
    (TruncateItem("item_x", 0, 10, event_id="mine"), "item_truncate_invalid_item_id"),
    (ClearOutput(event_id="mine"), "invalid_event"),
    (AppendAudio(b"123", event_id="mine"), "invalid_value"),
    (CreateResponse(ResponseOptions(conversation="other"), event_id="mine"), "invalid_value"),
    (ConfigureSession(SessionConfig(max_output_tokens=4097), event_id="mine"), "invalid_value"),
    (CreateResponse(ResponseOptions(max_output_tokens=4097), event_id="mine"), "invalid_value"),
    (ConfigureSession(SessionConfig(include=("all",)), event_id="mine"), "invalid_value"),
    (
        ConfigureSession(SessionConfig(tools=(LOOKUP, LOOKUP)), event_id="mine"),
        "invalid_value",
    ),
    (
        CreateItem(
            Item(None, ItemKind.FUNCTION_CALL_OUTPUT, call_id="call_x", output=""), event_id="mine"
        ),
        "invalid_tool_call_id",
    ),
]


@pytest.mark.parametrize(("command", "code"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_done_is_an_error_with_the_clients_event_id(
    command: ClientCommand, code: str
) -> None:
    driver = Driver()
    (event,) = driver.do(command)
    assert (event["type"], event["error"]["code"]) == ("error", code)
    assert event["error"]["event_id"] == "mine"
    assert types_of(driver.do(ClearAudio())) == ["input_audio_buffer.cleared"]


def test_a_second_response_at_the_same_time_is_refused() -> None:
    driver = asked()
    driver.do(CreateResponse())
    second = driver.do(CreateResponse())
    assert second[0]["error"]["code"] == "conversation_already_has_active_response"


def test_the_voice_is_locked_once_it_was_heard() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(3.0)
    refused = driver.do(ConfigureSession(SessionConfig(voice="marin")))
    assert refused[0]["error"]["code"] == "cannot_update_voice"


def test_an_item_can_be_placed_retrieved_and_deleted() -> None:
    driver = Driver()
    text = (Content(ContentKind.INPUT_TEXT, text="Hi"),)
    first = Item("item_1", ItemKind.MESSAGE, role=Role.USER, content=text)
    driver.do(CreateItem(first))
    driver.do(CreateItem(Item("item_0", ItemKind.MESSAGE, role=Role.SYSTEM, content=text), "root"))
    assert driver.events[-1]["previous_item_id"] is None
    assert driver.do(RetrieveItem("item_1"))[0]["item"]["id"] == "item_1"
    assert types_of(driver.do(DeleteItem("item_1"))) == ["conversation.item.deleted"]
    assert driver.do(RetrieveItem("item_1"))[0]["type"] == "error"


def test_an_item_that_takes_the_id_of_a_deleted_one_has_nothing_of_its_sound() -> None:
    driver = asked()
    (turn,) = [each["item_id"] for each in driver.events if each["type"].endswith("committed")]
    (kept,) = driver.do(RetrieveItem(turn))
    assert kept["item"]["content"][0]["audio"]
    driver.do(DeleteItem(turn))
    content = (Content(ContentKind.INPUT_AUDIO),)
    driver.do(CreateItem(Item(turn, ItemKind.MESSAGE, role=Role.USER, content=content)))
    (again,) = driver.do(RetrieveItem(turn))
    assert not again["item"]["content"][0].get("audio")


def test_a_late_agent_waits_two_seconds_before_it_answers_the_caller() -> None:
    on_time, late = Driver(), Driver(AgentFault.LATE_ANSWER)
    for driver in (on_time, late):
        driver.session.turns.answer_caller()
        driver.flush()
    assert any("audio.delta" in name for name in types_of(on_time.events))
    late.wait(1.9)
    assert not any("audio.delta" in name for name in types_of(late.events))
    late.wait(0.2)
    assert any("audio.delta" in name for name in types_of(late.events))


def test_an_item_cut_short_cannot_be_cut_later_than_that() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(5.0)
    item = next(i for i in driver.events[-1]["response"]["output"] if i["type"] == "message")
    driver.do(TruncateItem(item["id"], 0, 10))
    beyond = driver.do(TruncateItem(item["id"], 0, 500))
    assert (beyond[0]["type"], beyond[0]["error"]["code"]) == ("error", "invalid_value")
    assert types_of(driver.do(TruncateItem(item["id"], 0, 10))) == ["conversation.item.truncated"]


def test_a_tool_that_is_not_there_cannot_be_chosen() -> None:
    driver, choice = Driver(), {"type": "function", "name": "nope"}
    for command, param in (
        (ConfigureSession(SessionConfig(tools=(LOOKUP,), tool_choice=choice)), "session"),
        (CreateResponse(ResponseOptions(tool_choice=choice)), "response"),
    ):
        error = driver.do(command)[0]["error"]
        assert (error["code"], error["param"]) == ("invalid_value", f"{param}.tool_choice")
    known = {"type": "function", "name": "lookup_order"}
    done = driver.do(ConfigureSession(SessionConfig(tools=(LOOKUP,), tool_choice=known)))
    assert types_of(done) == ["session.updated"]
