"""The playback model: the audio that the caller heard, never more and never twice."""

from __future__ import annotations

import cProfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.recording.model import CLICK_S, PlayedSpan
from harness.session.playout import ContentKey, Playout, Unheard

RATE = 100
"""A tiny rate: one sample is 10 ms, so that cases can be read."""

A, B = ContentKey("r", "a", 0), ContentKey("r", "b", 0)


def tone(count: int, value: int = 1000):
    return np.full(count, value, np.int16)


def test_audio_plays_from_its_arrival_and_queues_behind_what_still_plays():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(50))
    playout.arrived(1.1, A, tone(50))
    playout.arrived(3.0, B, tone(10))
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
    playout.arrived(at_s, A, tone(5))
    assert playout.finish(9.0)[0].start == start


@pytest.mark.parametrize(
    ("at_s", "heard"), [(1.0, 0), (1.0099, 0), (1.01, 1), (1.499, 49), (2, 50)]
)
def test_a_sample_is_heard_once_it_is_over(at_s, heard):
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(50))
    assert playout.heard_samples(A, at_s) == heard
    assert playout.playing_at(at_s) == (heard < 50)


def test_a_flush_drops_what_is_unheard_and_names_every_part_of_it():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(50))
    playout.arrived(1.0, B, tone(50))
    assert playout.flush(1.255) == [Unheard("a", 0, "r", 25), Unheard("b", 0, "r", 0)]
    assert not playout.playing_at(1.255)
    assert playout.finish(9.0) == (PlayedSpan("a", 0, "r", 0, 100, 25),)


def test_what_was_heard_to_its_end_is_told_once_and_only_when_nothing_can_continue_it():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(10))
    assert playout.ended(1.1) == ()
    playout.arrived(1.1, A, tone(10))
    assert playout.ended(1.15) == ()
    playout.arrived(1.2, B, tone(10))
    assert playout.ended(1.25) == (PlayedSpan("a", 0, "r", 0, 100, 20),)
    assert playout.ended(1.25) == ()
    assert playout.ended(1.31) == (PlayedSpan("b", 0, "r", 0, 120, 10),)
    playout.arrived(2.0, B, tone(10))
    assert playout.finish(2.05) == (PlayedSpan("b", 0, "r", 10, 200, 5),)


def test_audio_of_a_flushed_response_stays_unheard_but_counts_as_generated():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(50))
    playout.flush(1.2)
    assert not playout.arrived(1.3, A, tone(50))
    assert not playout.arrived(1.3, B, tone(50))
    assert playout.arrived(1.3, ContentKey("next", "c", 0), tone(50))
    assert playout.arrived_samples(A) == 100
    assert [span.item_id for span in playout.finish(9.0)] == ["a", "c"]


def test_a_flush_of_nothing_cuts_nothing():
    playout = Playout(RATE)
    assert playout.flush(1.0) == []
    playout.arrived(1.0, A, tone(10))
    assert playout.flush(2.0) == []
    assert playout.arrived(2.0, A, tone(10))


def test_a_part_that_played_dry_while_its_response_goes_on_is_cut_too():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(10))
    playout.arrived(1.0, B, tone(10))
    cut = playout.flush(2.0, open_responses=frozenset({"r"}), complete=frozenset({A}))
    assert cut == [Unheard("b", 0, "r", 10)]


@pytest.mark.parametrize(("samples", "end_ms"), [(0, 0), (23, 0), (24, 1), (24_023, 1000)])
def test_truncation_never_claims_more_than_was_heard(samples, end_ms):
    assert Unheard("a", 0, "r", samples).audio_end_ms() == end_ms


def test_the_first_audible_sample_is_known_once_it_is_heard():
    playout = Playout(RATE)
    playout.arrived(1.0, A, np.concatenate([tone(20, 100), tone(30)]))
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
    playout.arrived(1.0, A, np.concatenate([tone(20, 100), tone(30)]))
    playout.flush(1.1)
    assert playout.first_audible_s("r", 9.0) is None


@pytest.mark.parametrize("pieces", [1, 2, 3, 77, 1000])
def test_while_anything_is_queued_the_agent_was_last_heard_now(pieces):
    playout = Playout()
    for _ in range(pieces):
        playout.arrived(0.5, ContentKey("r", "i", 0), tone(4800))
    end_s = 0.5 + 0.2 * pieces
    assert playout.last_heard_s(0.5) is None
    for at_s in (0.6, 0.25 + end_s / 2, end_s - 0.1):
        assert playout.playing_at(at_s)
        assert playout.last_heard_s(at_s) == pytest.approx(at_s)
    assert not playout.playing_at(end_s)
    assert playout.last_heard_s(end_s + 5) == pytest.approx(end_s)


def test_a_response_that_takes_an_old_name_is_a_new_one():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(50))
    playout.flush(1.2)
    playout.begin("r")
    assert playout.arrived_samples(A) == 0
    assert playout.arrived(2.0, A, tone(30))
    assert playout.heard_samples(A, 2.1) == 10
    assert playout.finish(9.0) == (
        PlayedSpan("a", 0, "r", 0, 100, 20),
        PlayedSpan("a", 0, "r", 0, 200, 30),
    )


def test_what_is_looked_at_late_is_neither_lost_nor_cut_out_of_the_past():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(50))
    assert len(playout.take(1.4)) == 140
    assert playout.flush(1.2) == [Unheard("a", 0, "r", 40)]
    playout.arrived(1.3, ContentKey("s", "c", 0), tone(10))
    assert playout.take(2.0)[:10].tolist() == [1000] * 10
    assert [(span.start, span.samples) for span in playout.finish(9.0)] == [(100, 40), (140, 10)]


def test_a_burst_of_thousands_of_pieces_costs_no_frame_more_than_its_share():
    """Calls of functions are counted, not time: the old scans made 20,000 for every frame."""
    playout = Playout()
    for _ in range(20_000):
        playout.arrived(0.0, ContentKey("r", "i", 0), tone(24))

    def one_frame(at_s: float) -> None:
        playout.take(at_s)
        playout.ended(at_s - 0.02)
        playout.last_heard_s(at_s)
        playout.first_audible_s("r", at_s, after_s=at_s - 0.1)
        playout.heard_samples(ContentKey("r", "i", 0), at_s)

    profile = cProfile.Profile()
    profile.enable()
    for frame in range(100):
        one_frame(frame * 0.02)
    profile.disable()
    assert sum(entry.callcount for entry in profile.getstats()) < 100 * 300


def test_a_flush_of_thousands_of_pieces_leaves_the_first_audible_sample_alone():
    playout = Playout(RATE)
    playout.arrived(1.0, A, tone(10, 100))
    for _ in range(5_000):
        playout.arrived(1.0, A, tone(10))
    playout.flush(1.25)
    assert playout.first_audible_s("r", 9.0) == 1.1
    assert playout.first_audible_s("r", 9.0, after_s=1.25) is None
    assert playout.heard_samples(A, 9.0) == 25


QUEUED = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30), st.booleans()), max_size=20)


@example(queued=[(0, 2, True)], at=1, after=1, cut=2)  # heard up to the very instant that is asked
@given(queued=QUEUED, at=st.integers(0, 900), after=st.integers(0, 900), cut=st.integers(0, 900))
def test_what_is_asked_of_the_playback_is_what_a_list_of_samples_says(queued, at, after, cut):
    """The oracle is a list of (response, audible) per track sample; flushed at ``cut``.

    Audio of a response that is shorter than a syllable is no beginning of it.
    """
    playout, track, now, runs = Playout(RATE), [], 0, []
    for place, (wait, count, loud) in enumerate(queued):
        now += wait
        if now > cut:
            break
        name = f"r{place % 2}"
        playout.arrived(now / RATE, ContentKey(name, "i", 0), tone(count, 1000 if loud else 0))
        track += [None] * (now - len(track)) + [(name, loud)] * count
        runs += [(name, len(track) - count, min(len(track), cut))] if loud else []
    playout.flush(cut / RATE)
    track = track[:cut]
    heard = [at_ for at_, sample in enumerate(track[:at]) if sample is not None]
    last_s = playout.last_heard_s(at / RATE)
    assert last_s == (None if not heard else pytest.approx((heard[-1] + 1) / RATE))
    for name in ("r0", "r1"):
        mine = sum(sample is not None and sample[0] == name for sample in track[:at])
        assert playout.heard_samples(ContentKey(name, "i", 0), at / RATE) == mine
        first_s = playout.first_audible_s(name, at / RATE, after_s=after / RATE)
        loud_ = [n for n, s in enumerate(track) if s == (name, True) and n + 1 > after]
        left = [(start, stop) for one, start, stop in runs if one == name and stop > after]
        click = left and max(stop for _, stop in left) - left[0][0] < CLICK_S * RATE
        expected = loud_ and loud_[0] < at and loud_[0] <= at and not click
        assert first_s == (pytest.approx(max(loud_[0], after) / RATE) if expected else None)


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
            playout.arrived(now_s, ContentKey(name, name, 0), samples)
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
        assert len(heard) == playout.heard_samples(ContentKey(name, name, 0), end_s)
        if name not in blocked:
            assert len(heard) == len(values)


def _of(track, span):
    return track[span.start : span.start + span.samples].tolist()


def test_up_to_when_sound_goes_on_without_a_break():
    playout, key = Playout(1000), ContentKey("r", "i", 0)
    assert playout.sounds_until_s(0.0) is None
    for at_s in (1.0, 1.0, 2.5):
        playout.arrived(at_s, key, np.full(500, 5000, np.int16))
    told = {0.9: None, 1.0: 2.0, 1.7: 2.0, 2.0: None, 2.4: None, 2.5: 3.0, 3.0: None}
    assert {at_s: playout.sounds_until_s(at_s) for at_s in told} == told
