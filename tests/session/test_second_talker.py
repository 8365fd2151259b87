"""A second talker: heard on the caller's track, logged to the sample, never the caller."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from support.call_plans import clip

from harness.caller.model import BurstTimes, OtherSentence, SecondTalk
from harness.recording.model import OtherSpeech, UtteranceKind
from harness.session.caller_stream import FRAME, PlacedUtterance, SecondTalker, Uplink
from harness.units import RATE_HZ

MINUTE = 60 * RATE_HZ
LENGTHS_S = (1.0, 2.5, 0.7)
SENTENCES = tuple(
    OtherSentence(f"sentence {number}", np.full(round(length_s * RATE_HZ), 100 + number, np.int16))
    for number, length_s in enumerate(LENGTHS_S)
)


def talk(bursts: BurstTimes | None = None, seed: int = 4) -> SecondTalk:
    return SecondTalk(SENTENCES, bursts, seed)


def heard(talk: SecondTalk, frame: int = FRAME) -> tuple[np.ndarray, tuple[OtherSpeech, ...]]:
    other = SecondTalker(talk)
    track = np.concatenate([other.at(at, frame) for at in range(0, MINUTE, frame)])
    return track, other.said(len(track))


BURSTS = BurstTimes(10 * RATE_HZ, 4 * RATE_HZ, 9)
SHORT = BurstTimes(2 * RATE_HZ, RATE_HZ // 5, 9)


@pytest.mark.parametrize("bursts", [None, BURSTS, SHORT], ids=["always", "bursts", "short"])
def test_what_is_told_is_what_is_heard_to_the_sample(bursts: BurstTimes | None) -> None:
    track, said = heard(talk(bursts))
    told = np.zeros_like(track)
    for number, one in enumerate(said):
        sentence = SENTENCES[number % len(SENTENCES)]
        assert one.text == sentence.text
        assert not told[one.start : one.start + one.samples].any()
        told[one.start : one.start + one.samples] = sentence.samples[: one.samples]
    assert np.array_equal(told, track)
    assert all(one.samples == len(SENTENCES[n % 3].samples) for n, one in enumerate(said[:-1]))


def test_without_bursts_somebody_talks_most_of_the_time_and_pauses_between() -> None:
    track, said = heard(talk())
    pauses = [b.start - a.start - a.samples for a, b in pairwise(said)]
    assert 0.5 < np.count_nonzero(track) / len(track) < 0.9
    assert all(0.3 * RATE_HZ <= pause <= 1.5 * RATE_HZ for pause in pauses)


def test_a_burst_holds_whole_sentences_that_fit() -> None:
    _, said = heard(talk(BURSTS))
    for number in range(6):
        first = BURSTS.first(number)
        inside = [one for one in said if first <= one.start < first + BURSTS.length]
        assert inside
        assert inside[0].start == first
        assert inside[-1].start + inside[-1].samples <= first + BURSTS.length
    assert len(said) > 6


def test_at_least_one_sentence_is_said_in_a_burst_that_is_too_short_for_it() -> None:
    _, said = heard(talk(SHORT))
    assert {one.text for one in said} == {sentence.text for sentence in SENTENCES}


@pytest.mark.parametrize("bursts", [None, BURSTS])
def test_the_same_seed_gives_the_same_whatever_the_frames(bursts: BurstTimes | None) -> None:
    first, again, other = heard(talk(bursts)), heard(talk(bursts), 160), heard(talk(bursts, 5))
    assert np.array_equal(first[0], again[0])
    assert first[1] == again[1]
    assert bursts is not None or first[1] != other[1]


def test_they_are_on_the_callers_track_and_not_in_the_callers_speech() -> None:
    alone, both = Uplink(None), Uplink(None, None, talk())
    frames = []
    for uplink in (alone, both):
        spoken = PlacedUtterance(UtteranceKind.SPEECH, 0, None, barge_in=False)
        uplink.begin(clip("Hi.", 0.5), spoken)
        frames.append([uplink.next() for _ in range(300)])
    assert all(np.array_equal(a.clean, b.clean) for a, b in zip(*frames, strict=True))
    added = np.concatenate([b.sent - a.sent for a, b in zip(*frames, strict=True)])
    assert np.array_equal(added, heard(talk())[0][: len(added)])
    assert both.records() == tuple(
        OtherSpeech(one.start, min(one.samples, len(added) - one.start), one.text)
        for one in heard(talk())[1]
        if one.start < len(added)
    )
    assert alone.records() == ()
