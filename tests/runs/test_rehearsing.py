"""The preview of a caller equals the audio that a call sends: compared with a real call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.small_desk import SUITE

from harness.audio.pcm import Pcm
from harness.cli.main import run_command
from harness.errors import FaultyFiles, UsageError
from harness.protocol.audio_bytes import samples_of
from harness.protocol.items import AudioFormat
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.report.listen_page import Rehearsal, RehearsedTurn, SoundlessTurn
from harness.runs.rehearsal import RehearsalRequest, rehearse
from harness.session.received_audio import CallerSound
from harness.units import RATE_HZ

NOISY = "scenarios/order_desk/entity/noisy_id.yaml"
PHONE = "format: 1\ntarget: phone\nurl: ws://127.0.0.1:9/\nsession: {input_format: pcmu}\n"

TURNS = """\
format: 1
name: every moment
caller: {noise: {bed: street, snr_db: 15}}
turns:
  - say: Hi.
  - {say: "No, wait, please.", barge_in: {after_s: 1.5}}
  - {say: "Well, wait a moment.", cut_off: {after_word: 2}}
  - {backchannel: mm-hm}
  - silence: 1
  - noise_only: {bed: hum, for: 1s}
answers:
  - {if_agent_asks: "any(thing)? else", say: "No.", times: 1}
"""


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    out = tmp_path_factory.mktemp("run")
    assert run_command(["run", NOISY, "--out", str(out / "run")]) == 0
    return read_recording(next((out / "run" / "calls").glob("*/001")))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "prompt.md").write_text("Be kind.")
    (tmp_path / "every.yaml").write_text(TURNS)
    return tmp_path


def test_all_that_a_call_says_is_heard_beforehand_to_the_sample(called: Recording) -> None:
    heard = rehearse(RehearsalRequest(NOISY))
    clips = clips_of(heard)
    assert len(called.utterances) > 1
    for said in called.utterances:
        name = f"answer {said.answer + 1}" if said.turn is None else f"turn {said.turn + 1}"
        spoken = called.caller_clean.cut(said.start, said.start + said.samples)
        assert clips[name].clean.cut(0, said.samples) == spoken
        assert clips[name].text == said.text


@pytest.mark.parametrize("wire", [AudioFormat.PCM16_24K, AudioFormat.PCMU, AudioFormat.PCMA])
def test_the_beginning_is_what_the_agent_received(
    called: Recording, wire: AudioFormat, tmp_path: Path
) -> None:
    target = tmp_path / "t.yaml"
    target.write_text(PHONE.replace("pcmu", wire.value))
    heard = rehearse(RehearsalRequest(NOISY, target=str(target)))
    first = called.utterances[0]
    stop = first.start + first.samples // 480 * 480
    sound = CallerSound(wire).sent(called.caller.samples[:stop])
    received = samples_of(sound, wire)
    assert np.array_equal(heard.whole.samples[: len(received)], received)
    assert heard.whole.rate_hz == wire.rate_hz
    noisy = called.caller.cut(first.start, stop)
    opening = clips_of(heard)["turn 1"]
    assert opening.noisy.cut(0, len(noisy)) == noisy
    begins = round(first.start * wire.rate_hz / RATE_HZ)
    sent = opening.sent.samples
    assert np.array_equal(sent, heard.whole.samples[begins : begins + len(sent)])


def moments(heard: Rehearsal) -> dict[str, tuple[str, str, bool]]:
    return {
        turn.name: (turn.called, turn.when, isinstance(turn, RehearsedTurn) and turn.cut_off)
        for turn in heard.turns
    }


def clips_of(heard: Rehearsal) -> dict[str, RehearsedTurn]:
    return {turn.name: turn for turn in heard.turns if isinstance(turn, RehearsedTurn)}


def test_each_turn_says_in_the_words_of_its_file_when_it_comes(desk: Path) -> None:
    assert moments(rehearse(RehearsalRequest(str(desk / "every.yaml")))) == {
        "turn 1": ("speech", "the caller's first words", False),
        "turn 2": ("speech", "barge_in: after_s 1.5", False),
        "turn 3": ("speech", "once the agent has answered", True),
        "turn 4": ("backchannel", "over: after_s 1.0", False),
        "turn 5": ("silence", "once the agent has answered", False),
        "turn 6": ("noise", "once the agent has answered", False),
        "answer 1": ("speech", "if_agent_asks: any(thing)? else, times: 1", False),
    }


LINE = """\
format: 1
name: a bad line
caller:
  noise: {bed: street, snr_db: 12, bursts: {every: 5s, for: 2s}}
  line:
    band: telephone
    codec: pcmu
    loss: {rate: 0.05, burst_ms: 60}
    network: {jitter_ms: 200, stalls: {every: 10s, for: 1s}}
turns:
  - say: ["Well, it's", {pause: 1.2s}, "one, two."]
  - sound: cough
  - aside: {say: "Not now, please."}
  - text: "It's 12."
  - inject: {role: system, text: Be brief.}
  - disconnect: {for: 2s}
  - say: Bye.
"""


@pytest.fixture
def bad_line(desk: Path) -> Rehearsal:
    (desk / "line.yaml").write_text(LINE)
    return rehearse(RehearsalRequest(str(desk / "line.yaml")))


def test_the_head_names_the_noise_and_all_that_the_line_does(bad_line: Rehearsal) -> None:
    told = dict(bad_line.facts)
    assert {name: told[name] for name in ("Noise", "Line", "Loss", "Network")} == {
        "Noise": "street, 12 dB under the speech, in bursts of 2 s, one in every 5 s",
        "Line": "telephone band, codec pcmu",
        "Loss": "5 % of packets, 60 ms at a time",
        "Network": "jitter of 200 ms, stalls of 1 s, one in every 10 s; "
        "not heard here: all of it comes, but late",
    }


def test_with_noise_is_in_front_of_the_line_and_as_sent_behind_it(bad_line: Rehearsal) -> None:
    aside = clips_of(bad_line)["turn 3"]

    def high_share(sound: Pcm) -> float:
        power = np.abs(np.fft.rfft(sound.samples)) ** 2
        return float(power[round(4000 * len(sound) / sound.rate_hz) :].sum() / power.sum())

    assert high_share(aside.noisy) > 1e-3
    assert high_share(aside.sent) < 1e-4


def test_each_turn_is_called_what_it_is_and_those_without_sound_are_told(
    bad_line: Rehearsal,
) -> None:
    assert [(turn.name, turn.called) for turn in bad_line.turns] == [
        ("turn 1", "speech"),
        ("turn 2", "cough"),
        ("turn 3", "aside"),
        ("turn 4", "typed"),
        ("turn 5", "put into the conversation"),
        ("turn 6", "no line to the agent"),
        ("turn 7", "speech"),
    ]
    texts = [turn.text for turn in bad_line.turns if isinstance(turn, SoundlessTurn)]
    assert texts == ["It's 12.", "system: Be brief.", "close, back after 2 s"]


def test_no_pauses_are_told_but_those_of_the_script(bad_line: Rehearsal) -> None:
    pauses = {name: turn.pauses for name, turn in clips_of(bad_line).items() if turn.pauses}
    assert list(pauses) == ["turn 1"]
    ((first, stop),) = pauses["turn 1"]
    assert (stop - first) / RATE_HZ == pytest.approx(1.2)


def test_the_noise_goes_on_through_pauses_and_silence(desk: Path) -> None:
    silence = clips_of(rehearse(RehearsalRequest(str(desk / "every.yaml"))))["turn 5"]
    assert not silence.clean.samples.any()
    assert silence.noisy.level_dbfs() == pytest.approx(-38, abs=4)


def test_the_same_seed_sounds_the_same_and_another_does_not(desk: Path) -> None:
    one, same, other = (
        rehearse(RehearsalRequest("every moment", (desk,), seed=seed)).whole for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_a_whole_name_goes_before_parts_of_names(desk: Path) -> None:
    (desk / "more.yaml").write_text(TURNS.replace("every moment", "every moment more"))
    assert rehearse(RehearsalRequest("every moment", (desk,))).scenario == "every moment"
    with pytest.raises(UsageError) as caught:
        rehearse(RehearsalRequest("every", (desk,)))
    assert str(caught.value) == (
        "'every' means several scenarios; name one of 'every moment', 'every moment more'"
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("say: Hi.", "sya: Hi.", "every.yaml:5: turns[0]"),
        ("street", "moon", "unknown noise bed 'moon'"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(desk: Path, old: str, new: str, told: str) -> None:
    (desk / "every.yaml").write_text(TURNS.replace(old, new))
    with pytest.raises(FaultyFiles) as caught:
        rehearse(RehearsalRequest(str(desk / "every.yaml")))
    assert told in str(caught.value)
