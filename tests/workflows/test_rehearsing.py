"""What is heard of a caller beforehand is what a call sends: held against a real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.small_desk import SUITE

from harness.cli.main import run_command
from harness.errors import FaultyFiles, UsageError
from harness.protocol.items import AudioFormat
from harness.protocol.sound import samples_of
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.report.listen.page import Rehearsal
from harness.session.wire_audio import CallerSound
from harness.units import RATE_HZ
from harness.workflows.rehearsing import RehearsalRequest, rehearse

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
    clips = {turn.name: turn for turn in heard.turns}
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
    assert heard.turns[0].noisy.cut(0, len(noisy)) == noisy
    begins = round(first.start * wire.rate_hz / RATE_HZ)
    sent = heard.turns[0].sent.samples
    assert np.array_equal(sent, heard.whole.samples[begins : begins + len(sent)])


def moments(heard: Rehearsal) -> dict[str, tuple[str, str, bool]]:
    return {turn.name: (turn.kind.value, turn.when, turn.cut_off) for turn in heard.turns}


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


def test_the_noise_goes_on_through_pauses_and_silence(desk: Path) -> None:
    silence = rehearse(RehearsalRequest(str(desk / "every.yaml"))).turns[4]
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
