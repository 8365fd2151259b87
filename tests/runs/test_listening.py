from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record
from support.english import ENGLISH

from harness.audio.pcm import Pcm
from harness.judging.judge import Judged
from harness.language.values import ValueKind
from harness.recording.model import PlayedSpan
from harness.recording.provenance import Estimate, Origin, SourceKind
from harness.runs.recognition import listen, played_items, spoken_value
from harness.speech.base import RecognizedSegment, SpokenValue, Weighed


def span(item: str, start: int, samples: int) -> PlayedSpan:
    return PlayedSpan(item, 0, "resp", 0, start, samples)


@pytest.mark.parametrize(
    ("played", "stretches"),
    [
        ((), []),
        ((span("a", 10, 5),), [(("resp", "a"), 10, 15)]),
        # back to back, and still two
        ((span("a", 10, 5), span("b", 15, 5)), [(("resp", "a"), 10, 15), (("resp", "b"), 15, 20)]),
        # stalled once in the middle, and still a single item
        (
            (span("a", 10, 5), span("a", 40, 5), span("b", 45, 1)),
            [(("resp", "a"), 10, 45), (("resp", "b"), 45, 46)],
        ),
    ],
)
def test_each_item_is_heard_by_itself_and_whole(
    played: tuple[PlayedSpan, ...], stretches: list[tuple[tuple[str, str], int, int]]
) -> None:
    assert list(played_items(played)) == stretches


class Scales:
    """A recognizer without a transcript that scores every value it is asked about."""

    name, version = "scales", "1"

    def __init__(self) -> None:
        self.asked: list[tuple[SpokenValue, float]] = []

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        return ()

    def weigh(self, audio: Pcm, said: SpokenValue) -> Weighed | None:
        self.asked.append((said, audio.duration_s))
        return Weighed(0.5, "A1") if said.before != "No" else None


@pytest.mark.parametrize(
    ("agent", "values"),
    [
        ("0.5-4.0 agent: I have ORD-4715B, is that right?", [("id", "ORD4715B")]),
        ("0.5-4.0 agent: It is 5550142 and 4471.", [("id", "5550142"), ("phone", "5550142")]),
        ("0.5-4.0 agent: Shall I go on?", []),
        ("0.5-4.0 agent: No: ORD-4715B.", []),
        ("0.5-24.0 agent: I have ORD-4715B, is that right?", []),
        ("0.5-4.0 agent: Write to jane at example dot com.", []),
        ("0.5-0.6 agent: I have ORD-4715B, is that right? [of 5]", []),
    ],
    ids=["an id", "two", "none", "it cannot say", "too long", "said in words", "not heard"],
)
def test_exact_values_are_weighed_where_they_were_heard(
    agent: str, values: list[tuple[str, str]]
) -> None:
    ears = Scales()
    heard = listen(Judged(record(f"{agent}\n30.0-30.5 caller: Yes.")), ears, ENGLISH)
    told = {(one.kind, one.value) for one in heard.weighed}
    assert told >= set(values)
    assert bool(told) is bool(values)
    assert {(one.start_s, one.sure, one.rival) for one in heard.weighed} <= {(0.5, 0.5, "A1")}
    assert all(length_s == pytest.approx(3.5) for _, length_s in ears.asked)


class Ears(Scales):
    """A recognizer that hears the same words at any pace, and weighs as ``Scales`` does."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        return (RecognizedSegment(self._words, 0.0, audio.duration_s),)


class Deaf(Ears):
    """A recognizer that cannot score any value."""

    def weigh(self, audio: Pcm, said: SpokenValue) -> Weighed | None:
        return None


ONCE, SLOWLY = [1.0], [1.0, 0.94, 0.9]
READ_BACK = "0.5-4.0 agent: I have ORD-4715B, is that right?"
REFUND = "0.5-6.0 agent: I refund twenty dollars for order ORD-4715B, is that right?"


@pytest.mark.parametrize(
    ("agent", "ears", "paces"),
    [
        (READ_BACK, Ears("I have our D-pass four"), ONCE),
        (READ_BACK, Deaf("I have our D-pass four"), SLOWLY),
        ("0.5-4.0 agent: No: ORD-4715B.", Ears("No"), SLOWLY),
        ("0.5-0.6 agent: I have ORD-4715B, is that right? [of 5]", Ears("I"), SLOWLY),
        ("0.5-4.0 agent: Shall I refund twenty dollars?", Ears("Shall I"), ONCE),
        (REFUND, Ears("I refund twenty dollars for our D-pass"), ONCE),
        (REFUND, Ears("I refund 20 dollars for our D-pass"), ONCE),
        (REFUND, Ears("I refund thirty dollars for our D-pass"), SLOWLY),
        (REFUND, Ears("I re-find when he"), SLOWLY),
    ],
    ids=[
        *("weighed", "not weighed", "one that cannot be", "cut off", "no exact value"),
        *("and an amount", "in figures", "another amount", "no amount"),
    ],
)
def test_an_item_is_heard_again_only_where_its_values_are_open(
    agent: str, ears: Ears, paces: list[float]
) -> None:
    heard = listen(Judged(record(f"{agent}\n30.0-30.5 caller: Yes.")), ears, ENGLISH)
    assert [line.pace for line in heard.lines] == paces
    assert {round(line.end_s - line.start_s, 6) for line in heard.lines} == {
        round(heard.lines[0].end_s - heard.lines[0].start_s, 6)
    }


@pytest.mark.parametrize("part", ["says", "never_says"])
def test_where_words_of_the_agent_are_expected_all_hearings_are_made(part: str) -> None:
    call = record(f"{READ_BACK}\n30.0-30.5 caller: Yes.", scenario={"expect": {part: ["refund"]}})
    heard = listen(Judged(call), Ears("I have our D-pass four"), ENGLISH)
    assert [line.pace for line in heard.lines] == SLOWLY


def test_a_code_of_letters_is_weighed_once_a_tool_was_called_with_it() -> None:
    call = record(
        "0.5-4.0 agent: I have G H N W M Y, is that right?\n4.5-5.0 caller: Yes.\n"
        "6.0-6.5 lookup_order order_id=GHNWMY"
    )
    (one,) = listen(Judged(call), Scales(), ENGLISH).weighed
    assert (one.kind, one.value) == ("id", "GHNWMY")


@pytest.mark.parametrize(
    ("text", "kind", "ways"),
    [
        ("It is ORD4715B.", ValueKind.ID, ["O R D 4 7 1 5 B"]),
        ("It is O, R, D, four, seven, one, five, B.", ValueKind.ID, ["O R D 4 7 1 5 B"]),
        (
            "It is ORD-4715B.",
            ValueKind.ID,
            ["O R D 4 7 1 5 B", "O R D dash 4 7 1 5 B", "O R D 4 7 1 5 dash B"],
        ),
        ("It is j a n e at example dot com.", ValueKind.EMAIL, ["J A N E at example dot com"]),
    ],
)
def test_a_value_is_asked_about_sign_by_sign(text: str, kind: ValueKind, ways: list[str]) -> None:
    (found,) = ENGLISH.find(text, kind)
    said = spoken_value(text, found, kind, ENGLISH)
    assert said is not None
    assert (said.before, [" ".join(way) for way in said.ways], said.after) == ("It is", ways, "")


@pytest.mark.parametrize(
    "words",
    [
        "B as in bravo, four, seven, one, five",
        "B, four, seven, one, double five",
        "B, 4, 7, 1, fifteen",
    ],
)
def test_a_value_that_is_explained_is_left_to_the_words(words: str) -> None:
    text = f"It is {words}."
    (found,) = ENGLISH.find(text, ValueKind.ID)
    assert spoken_value(text, found, ValueKind.ID, ENGLISH) is None


def test_a_language_that_does_not_tell_how_signs_are_written_weighs_nothing() -> None:
    silent = replace(ENGLISH, sounds=replace(ENGLISH.sounds, written={}))
    (found,) = ENGLISH.find("It is ORD-4715B.", ValueKind.ID)
    assert spoken_value("It is ORD-4715B.", found, ValueKind.ID, silent) is None


def test_replies_are_heard_where_only_a_transcription_tells_them() -> None:
    recording = record(
        "0.0-2.0 caller: Please cancel my order.\n"
        "2.5-5.5 agent: I would cancel your order for good. Shall I go ahead?\n"
        "6.0-7.0 caller: Yes, please.\n"
    )
    heard: list[float] = []

    class Ear(Deaf):
        def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
            heard.append(round(audio.duration_s, 3))
            return super().hear(audio)

    ear = Ear("no, thanks")
    assert listen(Judged(recording), ear, ENGLISH).caller == ()
    stored = Origin(SourceKind.REALTIME, "log.jsonl", sound=True)
    imported = replace(recording, manifest=replace(recording.manifest, origin=stored))
    heard.clear()
    (reply,) = listen(Judged(imported), ear, ENGLISH).caller
    assert (reply.start_s, reply.end_s, reply.text) == (6.0, 7.0, "no, thanks")
    assert heard[-1] == 1.4  # with a margin on both sides
    unsure = replace(stored, estimated=(Estimate.WORDS,))
    guessed = replace(recording, manifest=replace(recording.manifest, origin=unsure))
    assert listen(Judged(guessed), ear, ENGLISH).caller == ()
