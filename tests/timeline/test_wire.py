"""Facts out of messages in GA and beta spelling."""

from __future__ import annotations

import pytest

from harness.recording.model import Direction, WireEvent
from harness.timeline.wire import read_wire

KEY = ("", "item_1", 0)


def received(kind: str, **message: object) -> WireEvent:
    return WireEvent(1.0, Direction.RECEIVED, {"type": kind, **message})


@pytest.mark.parametrize("kind", ["response.output_audio_transcript", "response.audio_transcript"])
def test_the_final_transcript_replaces_the_pieces(kind: str) -> None:
    pieces = [
        received(f"{kind}.delta", item_id="item_1", content_index=0, delta=d) for d in ("a", " b")
    ]
    assert read_wire(pieces).transcript(KEY) == "a b"
    done = received(f"{kind}.done", item_id="item_1", content_index=0, transcript="a b c")
    assert read_wire([*pieces, done]).transcript(KEY) == "a b c"


@pytest.mark.parametrize(
    "kind",
    ["response.output_item.done", "conversation.item.added", "conversation.item.created"],
)
def test_items_tell_transcript_phase_and_whether_they_are_whole(kind: str) -> None:
    item = {
        "id": "item_1",
        "role": "assistant",
        "status": "incomplete",
        "phase": "commentary",
        "content": [{"type": "output_audio", "transcript": "Hm."}, {"type": "output_text"}],
    }
    facts = read_wire([received(kind, item=item)])
    assert (facts.transcript(KEY), facts.phases, facts.incomplete) == (
        "Hm.",
        {("", "item_1"): "commentary"},
        {("", "item_1")},
    )


def test_a_callers_item_claims_nothing_for_the_agent() -> None:
    item = {"id": "item_1", "role": "user", "content": [{"transcript": "Hello"}]}
    assert read_wire([received("conversation.item.added", item=item)]).transcript(KEY) == ""


def test_responses_begin_once_and_may_be_cancelled() -> None:
    events = [
        WireEvent(1.0, Direction.RECEIVED, {"type": "response.created", "response": {"id": "r"}}),
        WireEvent(2.0, Direction.RECEIVED, {"type": "response.created", "response": {"id": "r"}}),
        WireEvent(
            3.0,
            Direction.RECEIVED,
            {
                "type": "response.done",
                "response": {
                    "id": "r",
                    "status": "cancelled",
                    "output": [{"id": "i", "phase": "final_answer"}],
                },
            },
        ),
        WireEvent(
            4.0,
            Direction.RECEIVED,
            {"type": "response.done", "response": {"id": "s", "status": "completed"}},
        ),
    ]
    facts = read_wire(events)
    assert (facts.created_s, facts.cancelled_s) == ({"r": 1.0}, {"r": 3.0})
    assert facts.phases == {("r", "i"): "final_answer"}


def test_turns_end_with_their_vad_or_with_our_commit() -> None:
    events = [
        WireEvent(1.0, Direction.RECEIVED, {"type": "input_audio_buffer.speech_stopped"}),
        WireEvent(2.0, Direction.SENT, {"type": "input_audio_buffer.commit"}),
        WireEvent(3.0, Direction.RECEIVED, {"type": "input_audio_buffer.commit"}),
        WireEvent(4.0, Direction.RECEIVED, {}),
    ]
    assert read_wire(events).turn_ends_s == [1.0, 2.0]


def test_a_response_without_its_object_is_passed_over_quietly() -> None:
    assert read_wire([received("response.created", response="broken")]).created_s == {"": 1.0}


@pytest.mark.parametrize("words", [None, {"text": "Hello."}, ["Hello."], 7])
def test_words_that_are_no_text_are_no_words(words: object) -> None:
    kind = "response.output_audio_transcript"
    odd = [
        received(f"{kind}.delta", item_id="item_1", content_index=0, delta=words),
        received(f"{kind}.done", item_id="item_1", content_index=0, transcript=words),
    ]
    assert read_wire(odd).transcript(KEY) == ""


@pytest.mark.parametrize("index", [None, "0", -1, 2**64 - 1])
def test_an_index_that_is_none_is_that_of_the_first_part(index: object) -> None:
    kind = "response.output_audio_transcript.done"
    told = received(kind, item_id="item_1", content_index=index, transcript="Hi.")
    assert read_wire([told]).transcript(KEY) == "Hi."


@pytest.mark.parametrize("text", ["", None, {"text": "Hello."}])
def test_a_text_that_is_none_is_no_answer_in_text(text: object) -> None:
    assert (
        read_wire([received("response.output_text.done", response_id="r", text=text)]).texts == {}
    )
