"""The caller's stream, its deadlines, tool follow-ups, and the session's settings."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from support.call_plans import SUITE, call_plan, clip, scenario

from harness.caller.model import Bed
from harness.protocol.commands import SemanticVad, ServerVad
from harness.protocol.items import AudioFormat
from harness.recording.model import UtteranceKind
from harness.recording.provenance import Lateness
from harness.scenario.session_settings import SessionSettings
from harness.session.caller_stream import FRAME, PlacedUtterance, Uplink, clip_times
from harness.session.stream import Pacer
from harness.session.tool_calls import FollowUps, Settled
from harness.session.virtual_time import START_S, run_virtual

SAID = PlacedUtterance(UtteranceKind.SPEECH, turn=0, answer=None, barge_in=True)


def test_a_clip_begins_at_the_border_at_which_it_was_put_on():
    uplink = Uplink(None)
    assert uplink.next().silent
    said = clip("Hi.", 0.1)
    uplink.begin(said, SAID)
    frames = []
    while (utterance := uplink.ended()) is None:
        frames.append(uplink.next())
    sent = np.concatenate([frame.sent for frame in frames])
    assert np.array_equal(sent[: len(said.audio)], said.audio.samples)
    assert not sent[len(said.audio) :].any()
    assert utterance.start == FRAME
    assert utterance.samples == len(said.audio)
    assert (utterance.voiced_start, utterance.voiced_stop) == (FRAME + 1200, FRAME + 3600)
    assert (utterance.index, utterance.turn, utterance.barge_in) == (0, 0, True)
    assert uplink.ended() is None
    assert uplink.next().silent


def test_two_clips_at_once_are_a_bug():
    uplink = Uplink(None)
    uplink.begin(clip("Hi."), SAID)
    with pytest.raises(ValueError, match="still on the line"):
        uplink.begin(clip("Hi."), SAID)


def test_hanging_up_before_a_word_leaves_an_utterance_without_voice():
    uplink = Uplink(None)
    uplink.begin(clip("Hi."), SAID)
    uplink.next()
    said = uplink.ended(hung_up_at=FRAME)
    assert said is not None
    assert (said.samples, said.voiced_start, said.voiced_stop) == (FRAME, None, None)


def test_the_mix_saturates():
    uplink = Uplink(Bed("loud", np.full(1000, 30_000, np.int16)))
    uplink.begin(clip("Hi."), SAID)
    for _ in range(10):
        frame = uplink.next()
    assert frame.sent.max() == 32_767
    assert frame.clean.max() < 8_001


def test_clip_times_are_whole_frames_and_the_last_voiced_sample():
    times = clip_times(clip("Hi.", 0.105), UtteranceKind.SPEECH)
    assert times.voiced_end_s == pytest.approx(0.155)
    assert times.length_s == pytest.approx(0.26)
    quiet = clip_times(clip("", 0.1, voiced=False), UtteranceKind.SILENCE)
    assert quiet.voiced_end_s == 0.25


def test_frames_are_due_at_absolute_times_and_never_skipped():
    async def main() -> tuple[list[float], Lateness]:
        loop = asyncio.get_running_loop()
        pacer, left = Pacer(loop.time()), []
        for k in range(6):
            if k == 2:
                await asyncio.sleep(0.05)
            await asyncio.sleep(pacer.deadline_s - loop.time())
            pacer.begins(loop.time())
            left.append(loop.time() - START_S)
        return left, pacer.lateness()

    left, late = run_virtual(main())
    assert left == pytest.approx([0.02, 0.04, 0.09, 0.09, 0.1, 0.12])
    assert late.frames == 6
    assert late.max_s == pytest.approx(0.03)
    assert late.p50_s == 0.0


def test_no_frames_have_no_lateness():
    assert Pacer(0.0).lateness() == Lateness(0, None, None, None)


def test_a_response_is_settled_once_ended_and_answered():
    flow = FollowUps()
    flow.called("r", 1, silent=False)
    flow.called("r", 2, silent=True)
    assert flow.answered("r", 1) is None
    assert flow.ended("r") is None
    assert flow.answered("r", 2) == Settled("r", silent=False)
    assert flow.ended("other") is None
    flow.called("s", 3, silent=True)
    assert flow.answered("s", 3) is None
    assert flow.ended("s") == Settled("s", silent=True)


@pytest.mark.parametrize(
    ("settings", "vad", "off"),
    [
        ({}, ServerVad(), False),
        (
            {"turn_detection": {"type": "server_vad", "silence_duration_ms": 200}},
            ServerVad(silence_duration_ms=200),
            False,
        ),
        (
            {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}},
            SemanticVad("low"),
            False,
        ),
        ({"turn_detection": "none"}, None, True),
        ({"turn_detection": "keep"}, None, False),
    ],
)
def test_the_session_is_asked_for_what_the_target_says(settings, vad, off):
    wanted = SessionSettings.model_validate(settings | {"voice": "v", "input_transcription": "m"})
    config = call_plan("ws://h", scenario([{"say": "Hi."}]), session=wanted).wanted
    assert (config.turn_detection, config.turn_detection_off) == (vad, off)
    assert (config.voice, config.transcription_model) == ("v", "m")
    assert config.transcription_language == "en"
    assert config.instructions == "Be brief."
    assert config.input_format is config.output_format is AudioFormat.PCM16_24K
    assert config.tools is not None
    assert [tool.name for tool in config.tools] == [tool.name for tool in SUITE.tools]


def test_an_agent_as_it_is_gets_nothing_of_the_suites():
    kept = SessionSettings.model_validate({"prompt": "keep", "tools": "keep"})
    config = call_plan("ws://h", scenario([{"say": "Hi."}]), session=kept).wanted
    assert (config.instructions, config.tools) == (None, None)


@pytest.mark.parametrize("chosen", ["pcm16_8k", "pcmu"])
def test_formats_are_asked_for_as_the_target_says(chosen):
    wanted = SessionSettings.model_validate({"input_format": chosen, "output_format": chosen})
    config = wanted.wanted()
    assert config.input_format is config.output_format is AudioFormat(chosen)
