"""Faults and quirks in how an answer is delivered: not at all, in part, in pieces, or unusually."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from support.agent_driver import LOOKUP, PROMPT, RATE, Driver, types_of

from harness.agent.faults import (
    AUDIO_LEFT_S,
    BURST_EVERY_S,
    CUT_OFF_S,
    LONG_ANSWER_WORDS,
    LOUDEST,
    NOISE_FROM_S,
    PHANTOM_TURN_S,
    RESULT_LATE_BY_S,
    AgentFault,
    AgentQuirk,
    AgentSwitch,
)
from harness.agent.server.answers import sent_audio
from harness.audio.pcm import Pcm
from harness.protocol.commands import (
    AppendAudio,
    CommitAudio,
    ConfigureSession,
    CreateResponse,
    ServerVad,
    SessionConfig,
)

FOUND = '{"status": "shipped", "eta": "2026-04-25"}'
STARTED, STOPPED = "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"


def looked_up(switch: AgentSwitch | None, *, voice_s: float = 6.0) -> Driver:
    """Return a session with a tool's result that waits for its answer."""
    driver = Driver(switch)
    config = SessionConfig(instructions=PROMPT, tools=(LOOKUP,), turn_detection=ServerVad())
    driver.do(ConfigureSession(config))
    driver.talk()
    driver.do(CommitAudio())
    driver.do(CreateResponse())
    driver.wait(10.0)
    driver.tool_returns(FOUND)
    driver.voice_s, driver.heard_text = voice_s, ""
    return driver


def answer(driver: Driver, *, steps: int = 200) -> list[tuple[float, dict[str, Any]]]:
    """Ask for the answer and return the events sent, with seconds since the request."""
    begin, asked_s = len(driver.events), driver.now
    driver.do(CreateResponse())
    sent = [(0.0, event) for event in driver.events[begin:]]
    for _ in range(steps):
        sent += [(driver.now - asked_s, event) for event in driver.wait(0.1)]
    return sent


def audio_of(sent: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, int]]:
    """Return when audio left, and how many samples."""
    return [
        (at_s, len(base64.b64decode(event["delta"])) // 2)
        for at_s, event in sent
        if event["type"] == "response.output_audio.delta"
    ]


def done(sent: list[tuple[float, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [event["response"] for _, event in sent if event["type"] == "response.done"]


def test_silent_after_tool_begins_no_response_until_the_caller_speaks_again() -> None:
    driver = looked_up(AgentFault.SILENT_AFTER_TOOL)
    assert answer(driver) == []
    assert "shipped" in driver.say("Hello? Are you there?")


def test_stops_mid_answer_ends_the_answer_half_way_as_incomplete() -> None:
    driver = looked_up(AgentFault.STOPS_MID_ANSWER)
    sent = answer(driver)
    (response,) = done(sent)
    assert (response["status"], response["status_details"]["reason"]) == (
        "incomplete",
        "content_filter",
    )
    assert sum(samples for _, samples in audio_of(sent)) == pytest.approx(3.0 * RATE, abs=RATE / 5)


def test_stops_mid_answer_leaves_words_before_a_call_alone() -> None:
    driver = looked_up(AgentFault.STOPS_MID_ANSWER)
    statuses = [e["response"]["status"] for e in driver.events if e["type"] == "response.done"]
    assert statuses == ["completed"]


def test_cuts_itself_off_detects_a_turn_of_silence_and_cancels() -> None:
    driver = looked_up(AgentFault.CUTS_ITSELF_OFF)
    sent = answer(driver)
    turn = [(at_s, event) for at_s, event in sent if event["type"] in (STARTED, STOPPED)]
    assert [event["type"] for _, event in turn] == [STARTED, STOPPED]
    assert [at_s for at_s, _ in turn] == pytest.approx(
        [CUT_OFF_S, CUT_OFF_S + PHANTOM_TURN_S], abs=0.11
    )
    cancelled, to_silence = done(sent)
    assert cancelled["status_details"]["reason"] == "turn_detected"
    assert to_silence["status"] == "completed"
    at_s = [at_s for at_s, event in sent if event.get("response_id") == cancelled["id"]]
    assert CUT_OFF_S <= max(at_s) <= CUT_OFF_S + 0.11


def test_cuts_itself_off_counts_from_where_the_answer_is_heard() -> None:
    driver = looked_up(AgentFault.CUTS_ITSELF_OFF, voice_s=9.0)
    playing = driver.session.state.playing
    assert playing is not None
    playing.began_s = driver.now - 2.5  # its preamble plays for another half second
    started = [at_s for at_s, event in answer(driver) if event["type"] == STARTED]
    assert started == pytest.approx([0.5 + CUT_OFF_S], abs=0.11)


@pytest.mark.parametrize(
    ("detection", "voice_s"),
    [(ServerVad(interrupt_response=False), 6.0), (ServerVad(), 3.0)],
    ids=["nothing interrupts", "all was sent before"],
)
def test_cuts_itself_off_needs_an_answer_to_cancel(detection: ServerVad, voice_s: float) -> None:
    driver = looked_up(AgentFault.CUTS_ITSELF_OFF, voice_s=voice_s)
    driver.do(ConfigureSession(SessionConfig(turn_detection=detection)))
    sent = answer(driver)
    assert STARTED not in types_of([event for _, event in sent])
    assert [response["status"] for response in done(sent)] == ["completed"]


def test_a_phantom_turn_is_over_when_the_caller_begins_one() -> None:
    driver = looked_up(AgentFault.CUTS_ITSELF_OFF)
    driver.do(CreateResponse())
    driver.wait(CUT_OFF_S + 0.05)
    begin = len(driver.events)
    driver.session.caller.noticed.append(driver.session.caller.phantom_begins())
    driver.do(AppendAudio(b""))
    names = types_of(driver.events[begin:])
    assert [name for name in names if name in (STARTED, STOPPED)] == [STOPPED, STARTED]


def test_choppy_audio_comes_in_bursts_more_slowly_than_it_plays() -> None:
    driver = looked_up(AgentFault.SENDS_CHOPPY_AUDIO)
    sent = audio_of(answer(driver))
    plays_until_s, gaps_s = 0.0, []
    for at_s, samples in sent:
        gaps_s.append(max(0.0, at_s - plays_until_s))
        plays_until_s = max(plays_until_s, at_s) + samples / RATE
    assert sum(samples for _, samples in sent) == 6 * RATE
    assert len([gap for gap in gaps_s if gap > 0.01]) >= 7
    assert sent[-1][0] == pytest.approx(9 * BURST_EVERY_S, abs=0.11)


def test_text_without_audio_sends_a_second_of_a_long_answer_and_all_words() -> None:
    driver = looked_up(AgentFault.TEXT_WITHOUT_AUDIO)
    sent = answer(driver)
    (response,) = done(sent)
    (item,) = response["output"]
    words = item["content"][0]["transcript"].split()
    assert (response["status"], item["status"]) == ("completed", "completed")
    assert len(words) >= LONG_ANSWER_WORDS
    assert words[-1].endswith("?")
    assert sum(samples for _, samples in audio_of(sent)) == AUDIO_LEFT_S * RATE


def test_text_without_audio_leaves_short_answers_whole() -> None:
    audio = Pcm(np.full(3 * RATE, 1000, np.int16), RATE)
    short = " ".join(["word"] * (LONG_ANSWER_WORDS - 1))
    assert sent_audio(short, audio, AgentFault.TEXT_WITHOUT_AUDIO) == audio
    assert len(sent_audio(f"{short} more", audio, AgentFault.TEXT_WITHOUT_AUDIO)) == RATE


def test_a_quiet_voice_is_whole_and_20_db_lower() -> None:
    audio = Pcm(np.full(RATE, 10_000, np.int16), RATE)
    quiet = sent_audio("Hello there.", audio, AgentQuirk.QUIET_VOICE)
    assert len(quiet) == len(audio)
    assert audio.level_dbfs() - quiet.level_dbfs() == pytest.approx(20.0, abs=0.01)


def test_audio_sent_ahead_leaves_at_once_and_is_whole() -> None:
    driver = looked_up(AgentQuirk.SENDS_AUDIO_AHEAD)
    sent = answer(driver, steps=1)
    assert {at_s for at_s, _ in audio_of(sent)} == {0.0}
    assert sum(samples for _, samples in audio_of(sent)) == 6 * RATE
    assert [response["status"] for response in done(sent)] == ["completed"]


def test_fails_mid_answer_ends_the_answer_half_way_as_failed() -> None:
    driver = looked_up(AgentFault.FAILS_MID_ANSWER)
    sent = answer(driver)
    (response,) = done(sent)
    assert (response["status"], response["status_details"]["error"]["type"]) == (
        "failed",
        "server_error",
    )
    assert sum(samples for _, samples in audio_of(sent)) == pytest.approx(3.0 * RATE, abs=RATE / 5)


def test_late_result_begins_the_answer_later_and_no_other_response() -> None:
    driver = looked_up(AgentFault.LATE_RESULT)
    assert audio_of(answer(driver))[0][0] == pytest.approx(RESULT_LATE_BY_S, abs=0.11)
    driver.types("Where is my order?")
    assert audio_of(answer(driver))[0][0] == pytest.approx(0.0, abs=0.11)


@pytest.mark.parametrize(
    ("switch", "after_s"),
    [(None, None), (AgentFault.HANGS_UP_EARLY, 1.0), (AgentQuirk.HANGS_UP_LAST, 3.1)],
    ids=["leaves it to the caller", "once all is sent", "once all was heard"],
)
def test_an_agent_hangs_up_after_its_farewell(
    switch: AgentSwitch | None, after_s: float | None
) -> None:
    driver = looked_up(switch, voice_s=3.0)
    answer(driver)
    assert driver.hung_up is None
    driver.types("No, that's all. Goodbye.")
    driver.do(CreateResponse())
    for step in range(60):
        if driver.hung_up is not None:
            assert after_s is not None
            assert step / 10 == pytest.approx(after_s, abs=0.11)
            assert driver.hung_up == (1000, "")
            return
        driver.wait(0.1)
    assert after_s is None


def test_a_caller_who_goes_on_after_the_farewell_is_answered_first() -> None:
    driver = looked_up(AgentQuirk.HANGS_UP_LAST, voice_s=3.0)
    answer(driver)
    driver.types("No, that's all. Goodbye.")
    driver.do(CreateResponse())
    driver.wait(1.5)
    driver.types("Where is my order?")
    driver.do(CreateResponse())
    driver.wait(10.0)
    assert driver.hung_up is None


SPEECH = Pcm((8000 * np.sin(np.arange(6 * RATE) / 20)).astype(np.int16), RATE)


def test_loud_and_clipped_audio() -> None:
    loud = sent_audio("Hello.", SPEECH, AgentQuirk.LOUD_VOICE).samples.astype(np.int32)
    clipped = sent_audio("Hello.", SPEECH, AgentFault.CLIPS_AUDIO).samples.astype(np.int32)
    assert np.abs(loud).max() == pytest.approx(LOUDEST * 32768, abs=2)
    assert np.mean(np.abs(clipped) >= 32767) > 0.5
    silent = sent_audio("Hello.", Pcm(np.zeros(10, np.int16), RATE), AgentQuirk.LOUD_VOICE)
    assert not silent.samples.any()


def test_noise_begins_with_a_lost_byte() -> None:
    noisy = sent_audio("Hello.", SPEECH, AgentFault.SENDS_NOISE)
    clean = round(NOISE_FROM_S * RATE)
    assert noisy.cut(0, clean) == SPEECH.cut(0, clean)
    assert noisy.cut(clean).to_bytes() == SPEECH.cut(clean).to_bytes()[1:-1]


def test_stereo_has_each_sample_twice() -> None:
    stereo = sent_audio("Hello.", SPEECH, AgentFault.SENDS_STEREO).samples
    assert len(stereo) == 2 * len(SPEECH)
    assert (stereo[::2] == stereo[1::2]).all()


def test_slow_audio_has_twice_the_samples() -> None:
    slow = sent_audio("Hello.", SPEECH, AgentFault.SENDS_SLOW_AUDIO)
    assert (len(slow), slow.rate_hz) == (2 * len(SPEECH), RATE)


def test_dropped_packets_are_silent_and_the_rest_is_as_it_was() -> None:
    dropped = sent_audio("Hello.", SPEECH, AgentFault.DROPS_PACKETS).samples
    every, length = RATE // 5, RATE // 50
    silent = np.zeros(len(dropped), bool)
    for at in range(every, len(dropped), every):
        silent[at : at + length] = True
    assert silent.any()
    assert not dropped[silent].any()
    assert (dropped[~silent] == SPEECH.samples[~silent]).all()
