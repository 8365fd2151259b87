"""The event log."""

from __future__ import annotations

from types import MappingProxyType

from harness.recording.model import Direction, WireEvent
from harness.report.run.event_log import event_rows, pretty, violation_rows
from harness.timeline.model import Violation

SENT, RECEIVED = Direction.SENT, Direction.RECEIVED


def event(at_s: float, direction: Direction, **message: object) -> WireEvent:
    return WireEvent(at_s, direction, message)


def audio(at_s: float, samples: int) -> WireEvent:
    payload = {"track": "caller", "start": 0, "samples": samples}
    return event(at_s, SENT, type="input_audio_buffer.append", audio=payload)


def delta(at_s: float, samples: int) -> WireEvent:
    payload = {"track": "agent_generated", "start": 0, "samples": samples}
    return event(at_s, RECEIVED, type="response.output_audio.delta", delta=payload)


def test_interleaved_audio_becomes_one_row_per_kind_until_something_else_happens() -> None:
    rows = event_rows(
        [audio(0.0, 480), delta(0.01, 4800), audio(0.02, 480), delta(0.03, 4800),
         event(0.05, RECEIVED, type="response.done", response={"status": "completed"}),
         audio(0.06, 480)]
    )  # fmt: skip
    assert [row.type.rsplit(".", 1)[-1] for row in rows] == ["append", "delta", "done", "append"]
    assert rows[0].summary == "2 × audio sent in 0.02 s: 0.04 s of audio"
    assert rows[1].summary == "2 × audio received in 0.02 s: 0.40 s of audio"
    assert rows[2].summary == "completed"
    assert '"samples": 480' in rows[3].body


def test_transcript_pieces_are_joined() -> None:
    kind = "response.output_audio_transcript.delta"
    rows = event_rows(event(n / 10, RECEIVED, type=kind, delta=w) for n, w in enumerate("ab"))
    assert rows[0].summary == "2 × transcript in pieces in 0.10 s: ab"


def test_each_kind_of_message_shows_what_a_reader_looks_for() -> None:
    rows = event_rows(
        [event(0, RECEIVED, type="error", error={"message": "no such item"}),
         event(1, RECEIVED, type="input_audio_buffer.speech_started", audio_start_ms=120),
         event(2, RECEIVED, type="conversation.item.done",
               item={"type": "message", "role": "user"}),
         event(3, SENT, type="session.update", session={}),
         event(4, SENT, no="type")]
    )  # fmt: skip
    summaries = [row.summary for row in rows]
    assert summaries == ["no such item", "audio_start_ms 120", "message user", "", ""]
    assert rows[4].type == "(no type)"


def test_what_json_does_not_know_is_written_as_text() -> None:
    assert pretty({"a": MappingProxyType({"b": 1}), "c": 2j}).split() == [
        "{", '"a":', "{", '"b":', "1", "},", '"c":', '"2j"', "}",
    ]  # fmt: skip


def test_malformed_text_is_kept_and_shown() -> None:
    (row,) = event_rows([WireEvent(1.0, RECEIVED, {}, malformed="{oops")])
    assert (row.type, row.summary, row.body) == ("malformed", "not JSON", "{oops")


def test_an_enormous_message_is_cut_and_says_so() -> None:
    (row,) = event_rows([event(0, RECEIVED, type="x", note="y" * 100_000)])
    assert len(row.body) < 5_000
    assert "characters in all" in row.body


def test_a_violation_that_comes_again_is_one_row_with_its_count() -> None:
    delta = "response.output_audio.delta"
    rows = violation_rows(
        (
            Violation(1.0, delta, "item m1 was not added"),
            Violation(1.2, "response.done", "unfinished items: m1"),
            Violation(1.4, delta, "item m1 was not added"),
        )
    )
    assert [(row.at_s, row.type, row.text) for row in rows] == [
        (1.0, delta, "item m1 was not added (2 times)"),
        (1.2, "response.done", "unfinished items: m1"),
    ]
