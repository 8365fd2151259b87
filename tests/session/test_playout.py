"""The playback model: what the caller heard, never more and never twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.recording.model import PlayedSpan
from harness.session.playout import Playout, Unheard

RATE = 100
"""A tiny rate: one sample is 10 ms, so that cases can be read."""

A, B = ("a", 0), ("b", 0)


def tone(count: int, value: int = 1000):
    return np.full(count, value, np.int16)


def test_audio_plays_from_its_arrival_and_queues_behind_what_still_plays():
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=tone(50))
    playout.arrived(1.1, A, response_id="r", samples=tone(50))
    playout.arrived(3.0, B, response_id="r", samples=tone(10))
    assert playout.playing_at(3.09)
    assert not playout.playing_at(3.1)
    assert playout.finish(9.0) == (
        PlayedSpan("a", 0, "r", 0, 100, 100),
        PlayedSpan("b", 0, "r", 0, 300, 10),
    )


@pytest.mark.parametrize(
    ("at_s", "start"),
    [(1.0, 100), (1.001, 101), (1.0099, 101), (1.01, 101), (0.1 + 0.2, 30), (-0.5, 0)],
)
def test_arrival_is_rounded_up_to_a_whole_sample(at_s, start):
    playout = Playout(RATE)
    playout.arrived(at_s, A, response_id="r", samples=tone(5))
    assert playout.finish(9.0)[0].start == start


@pytest.mark.parametrize(
    ("at_s", "heard"), [(1.0, 0), (1.0099, 0), (1.01, 1), (1.499, 49), (2, 50)]
)
def test_a_sample_is_heard_once_it_is_over(at_s, heard):
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=tone(50))
    assert playout.heard_samples(A, at_s) == heard
    assert playout.playing_at(at_s) == (heard < 50)


def test_a_flush_drops_what_is_unheard_and_names_every_part_of_it():
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=tone(50))
    playout.arrived(1.0, B, response_id="r", samples=tone(50))
    assert playout.flush(1.255) == [Unheard("a", 0, "r", 25), Unheard("b", 0, "r", 0)]
    assert not playout.playing_at(1.255)
    assert playout.finish(9.0) == (PlayedSpan("a", 0, "r", 0, 100, 25),)


def test_what_was_heard_to_its_end_is_told_once_and_only_when_nothing_can_continue_it():
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=tone(10))
    assert playout.ended(1.1) == ()
    playout.arrived(1.1, A, response_id="r", samples=tone(10))
    assert playout.ended(1.15) == ()
    playout.arrived(1.2, B, response_id="r", samples=tone(10))
    assert playout.ended(1.25) == (PlayedSpan("a", 0, "r", 0, 100, 20),)
    assert playout.ended(1.25) == ()
    assert playout.ended(1.31) == (PlayedSpan("b", 0, "r", 0, 120, 10),)
    playout.arrived(2.0, B, response_id="r", samples=tone(10))
    assert playout.finish(2.05) == (PlayedSpan("b", 0, "r", 10, 200, 5),)


def test_audio_of_a_flushed_response_stays_unheard_but_counts_as_generated():
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=tone(50))
    playout.flush(1.2)
    assert not playout.arrived(1.3, A, response_id="r", samples=tone(50))
    assert not playout.arrived(1.3, B, response_id="r", samples=tone(50))
    assert playout.arrived(1.3, ("c", 0), response_id="next", samples=tone(50))
    assert playout.arrived_samples(A) == 100
    assert [span.item_id for span in playout.finish(9.0)] == ["a", "c"]


def test_a_flush_of_nothing_cuts_nothing():
    playout = Playout(RATE)
    assert playout.flush(1.0) == []
    playout.arrived(1.0, A, response_id="r", samples=tone(10))
    assert playout.flush(2.0) == []
    assert playout.arrived(2.0, A, response_id="r", samples=tone(10))


def test_a_part_that_played_dry_while_its_response_goes_on_is_cut_too():
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=tone(10))
    playout.arrived(1.0, B, response_id="r", samples=tone(10))
    cut = playout.flush(2.0, open_responses=frozenset({"r"}), complete=frozenset({A}))
    assert cut == [Unheard("b", 0, "r", 10)]


@pytest.mark.parametrize(("samples", "end_ms"), [(0, 0), (23, 0), (24, 1), (24_023, 1000)])
def test_truncation_never_claims_more_than_was_heard(samples, end_ms):
    assert Unheard("a", 0, "r", samples).audio_end_ms() == end_ms


def test_the_first_audible_sample_is_known_once_it_is_heard():
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=np.concatenate([tone(20, 100), tone(30)]))
    assert playout.first_audible_s("r", 1.2) is None
    assert playout.first_audible_s("r", 1.21) == 1.2
    assert playout.first_audible_s("r", 1.3, after_s=1.25) == 1.25
    assert playout.first_audible_s("r", 2.0, after_s=1.5) is None
    assert playout.first_audible_s("other", 2.0) is None
    assert playout.last_heard_s(0.5) is None
    assert playout.last_heard_s(1.3) == 1.3
    assert playout.last_heard_s(5.0) == 1.5


def test_what_was_silent_when_the_flush_came_was_never_audible():
    playout = Playout(RATE)
    playout.arrived(1.0, A, response_id="r", samples=np.concatenate([tone(20, 100), tone(30)]))
    playout.flush(1.1)
    assert playout.first_audible_s("r", 9.0) is None


STEPS = st.lists(
    st.tuples(
        st.floats(0, 0.8),
        st.sampled_from(["arrive", "arrive", "arrive", "flush", "take"]),
        st.integers(0, 3),
        st.integers(0, 120),
    ),
    max_size=25,
)


@given(steps=STEPS)
def test_what_is_heard_is_what_was_generated_in_order_and_without_overlap(steps):
    playout, now_s, serial = Playout(RATE), 0.0, 1
    generated: dict[str, list[int]] = {}
    flushes: list[int] = []
    blocked: set[str] = set()
    tracks, spans = [], []
    for wait_s, what, item, count in steps:
        now_s += wait_s
        name = f"i{item}.{len(flushes)}" if what == "arrive" else ""
        if what == "arrive":
            samples = np.arange(serial, serial + count, dtype=np.int16)
            serial += count
            generated.setdefault(name, []).extend(samples.tolist())
            playout.arrived(now_s, (name, 0), response_id=name, samples=samples)
        elif what == "flush":
            blocked.update(part.item_id for part in playout.flush(now_s))
            flushes.append(int(np.floor(now_s * RATE + 1e-6)))
            assert not playout.playing_at(now_s)
        else:
            tracks.append(playout.take(now_s))
            spans += playout.ended(now_s)
    end_s = now_s + 50
    tracks.append(playout.take(end_s))
    track = np.concatenate(tracks)
    spans += playout.finish(end_s)
    assert len(track) == int(np.floor(end_s * RATE + 1e-6))
    silent = np.ones(len(track), bool)
    last_stop = 0
    for span in spans:
        assert span.start >= last_stop
        assert span.samples > 0
        last_stop = span.start + span.samples
        source = generated[span.item_id][span.item_start : span.item_start + span.samples]
        assert track[span.start : last_stop].tolist() == source
        assert not any(span.start < cut < last_stop for cut in flushes)
        silent[span.start : last_stop] = False
    assert not track[silent].any()
    for name, values in generated.items():
        heard = [v for span in spans if span.item_id == name for v in _of(track, span)]
        assert heard == values[: len(heard)]
        assert len(heard) == playout.heard_samples((name, 0), end_s)
        if name not in blocked:
            assert len(heard) == len(values)


def _of(track, span):
    return track[span.start : span.start + span.samples].tolist()
