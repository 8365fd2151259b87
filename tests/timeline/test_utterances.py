"""Which words of the agent were heard: as many as their audio can hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record

from harness.language.sounds import heard_words, usual_length_s
from harness.protocol.events import OutputItemDone
from harness.protocol.items import Content, ContentKind, Item, ItemKind, ItemStatus, Role
from harness.recording.model import AgentEvent
from harness.recording.provenance import Origin, SourceKind
from harness.timeline.build import build
from harness.timeline.model import AgentUtterance, Transcript

SHIPPED = "I have found your order, and it was shipped this morning."
TOLD, UNEQUAL, ABSENT = Transcript.TOLD, Transcript.UNEQUAL, Transcript.ABSENT
WHOLE = "all of it"
SOME = "some of it"


def heard(script: str, origin: Origin | None = None) -> AgentUtterance:
    (said,) = build(record(f"0.0-1.0 caller: Tell me.\n{script}", origin=origin)).agent
    return said


@pytest.mark.parametrize(
    ("script", "transcript", "words"),
    [
        (f"2.0-5.5 agent: {SHIPPED}", TOLD, WHOLE),
        (f"2.0-3.5 agent: {SHIPPED}", TOLD, WHOLE),  # a fast voice
        (f"2.0-15.5 agent: {SHIPPED}", TOLD, WHOLE),  # a slow speaker
        (f"2.0-3.0 agent: {SHIPPED}", UNEQUAL, SOME),
        (f"2.0-2.1 agent: {SHIPPED}", UNEQUAL, ""),
        (f"2.0-17.0 agent: {SHIPPED}", UNEQUAL, WHOLE),
        (f"2.0-17.0 agent: {SHIPPED} [pause 5.0-16.0]", TOLD, WHOLE),  # a pause is no speech
        ("2.0-9.0 agent:", ABSENT, ""),
        # cut short, so that its words are few or many by estimate alone
        (f"2.0-3.5 agent: {SHIPPED} [of 3.5]", TOLD, SOME),
        (f"2.0-9.0 agent: {SHIPPED} [of 40.0]", TOLD, SOME),
        # the transcript of an answer that was cut at once holds more than its audio can
        (f"2.0-2.5 agent: {SHIPPED} {SHIPPED} {SHIPPED} [of 0.6]", UNEQUAL, SOME),
    ],
)
def test_words_were_heard_as_far_as_their_audio_can_hold_them(
    script: str, transcript: Transcript, words: str
) -> None:
    said = heard(script)
    assert said.transcript is transcript
    assert said.claimed.startswith(said.claimed_heard)
    if words is WHOLE:
        assert said.claimed_heard == said.claimed
    elif words is SOME:
        assert 0 < len(said.claimed_heard) < len(said.claimed)
    else:
        assert said.claimed_heard == ""


def test_words_that_are_too_many_are_cut_at_the_usual_pace() -> None:
    said = heard(f"2.0-3.0 agent: {SHIPPED}")
    usual_s = usual_length_s(SHIPPED)
    assert said.claimed_heard == heard_words(SHIPPED, heard_s=1.0, generated_s=usual_s)
    assert said.claimed_heard == "I have found your"


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("", SHIPPED),
        ("[done 3.5]", SHIPPED),
        ("[cancelled 3.5]", "I have found your order,"),
        ("[ended 3.5 incomplete max_output_tokens]", "I have found your order,"),
        ("[ended 3.5 failed overloaded]", "I have found your order,"),
    ],
)
def test_the_text_of_an_answer_that_was_stopped_runs_ahead_of_its_audio(
    ended: str, words: str
) -> None:
    """All the audio that came was heard: 1.5 s, of words that take 3.5 s."""
    assert heard(f"2.0-3.5 agent: {SHIPPED} {ended}").claimed_heard == words


def test_an_item_that_was_stopped_is_as_its_response_if_that_was() -> None:
    call = record(f"2.0-3.5 agent: {SHIPPED}")
    said = Content(ContentKind.OUTPUT_AUDIO, transcript=SHIPPED)
    cut = Item("item_0", ItemKind.MESSAGE, ItemStatus.INCOMPLETE, role=Role.ASSISTANT,
               content=(said,))  # fmt: skip
    events = (*call.events, AgentEvent(3.5, OutputItemDone("resp_0", 0, cut)))
    (found,) = build(replace(call, events=events)).agent
    assert found.claimed_heard == "I have found your order,"


def test_a_stopped_answer_that_was_long_enough_was_heard_whole_by_its_length() -> None:
    said = heard(f"2.0-9.0 agent: {SHIPPED} [cancelled 9.0]")
    assert said.claimed_heard.startswith("I have found your order, and it was shipped")


@pytest.mark.parametrize(
    "origin",
    [
        Origin(SourceKind.CHAT, "c.json", sound=False),
        Origin(SourceKind.AUDIO, "c.wav", sound=True, redacted=True),
    ],
    ids=["no audio", "audio that was taken out"],
)
def test_a_call_without_audio_has_no_length_that_words_could_miss(origin: Origin) -> None:
    said = heard(f"2.0-2.1 agent: {SHIPPED}", origin)
    assert (said.transcript, said.claimed_heard) == (TOLD, SHIPPED)
