"""Audio files of the author: every reason for a refusal, reported with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.pictures import JPEG, PNG, chunk, jpeg, png

from harness.errors import FaultyFiles
from harness.scenario.load import load_scenario, load_suite
from harness.scenario.media_files import OwnAudio, image_type, one_channel

RATE = 16_000
SUITE = "format: 1\nsuite: desk\ninstructions: prompt.md\n"
SCENARIO = """\
format: 1
name: one
facts: {{id: {{value: AB-12, kind: id}}}}
turns:
  - say: {line}
"""
LINE = '{{file: "{file}", transcript: "It is {{id}}."{more}}}'

SPEECH = np.concatenate(
    [
        0.3 * np.sin(np.linspace(0, 2 * np.pi * 180 * 0.25, RATE // 4)) * np.hanning(RATE // 4)
        for _ in range(4)
    ]
    + [np.zeros(RATE // 4)]
)
"""Four syllables, and a quarter of a second of silence."""
HISS = np.random.default_rng(7).normal(0, 0.01, 2 * RATE)


def desk(folder: Path, line: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.yaml").write_text(SUITE)
    (folder / "prompt.md").write_text("Be kind.\n")
    (folder / "family").mkdir(exist_ok=True)
    path = folder / "family" / "one.yaml"
    path.write_text(SCENARIO.format(line=line))
    return path


def line_of(file: str, more: str = "") -> str:
    return LINE.format(file=file, more=more)


def fault_of(path: Path) -> str:
    with pytest.raises(FaultyFiles) as caught:
        load_scenario(path)
    (fault,) = caught.value.faults
    return str(fault).replace(f"{path}:", "")


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_recordings_of_these_kinds_are_taken_from_beside_the_scenario(
    tmp_path: Path, kind: str
) -> None:
    path = desk(tmp_path, line_of(f"order.{kind}"))
    soundfile.write(path.parent / f"order.{kind}", SPEECH, RATE)
    (turn,) = load_scenario(path).scenario.turns
    assert turn.say == OwnAudio(file=f"order.{kind}", transcript="It is {id}.")
    assert turn.words == "It is {id}."


def sounds() -> dict[str, tuple[np.ndarray, int]]:
    stereo = np.stack([SPEECH, SPEECH], axis=1)
    return {
        "good.wav": (SPEECH, RATE),
        "slow.wav": (SPEECH[::4], RATE // 4),
        "two.wav": (stereo, RATE),
        "three.wav": (np.concatenate([stereo, SPEECH[:, None]], axis=1), RATE),
        "short.wav": (SPEECH[:800], RATE),
        "long.wav": (np.tile(SPEECH, 50), RATE),
        "still.wav": (np.zeros(RATE), RATE),
        "faint.wav": (SPEECH / 2000, RATE),
        "loud.wav": (np.clip(SPEECH * 6, -0.9, 0.9), RATE),
        "noisy.wav": (np.concatenate([SPEECH, 0 * HISS]) + HISS.repeat(2)[: len(SPEECH) + 2 * RATE],
                      RATE),
    }  # fmt: skip


FAULTS = [
    ("none.wav", "", "say.file: no such file in {family} or {desk}; got 'none.wav'"),
    ("../../out.wav", "",
     "say.file: must stay inside the folder of the suite, got '../../out.wav'"),
    ("../family", "", "say.file: expected a plain file, got '../family'"),
    ("one.yaml", "", "say.file: no sound can be read from it: it is no sound file of a kind that "
     "is known here (WAV, FLAC, OGG, MP3)"),
    *(
        (name, "", "say.file: no sound can be read from it: it is no MP3 file, or damaged: no "
         "sound is in it")
        for name in ("words.mp3", "noise.mp3", "tag.mp3", "video.mp3")
    ),
    ("empty.mp3", "", "say.file: no sound can be read from it: the file is empty"),
    ("cut.flac", "", "say.file: no sound can be read from it: it is damaged, or cut off"),
    ("slow.wav", "", "say.file: expected at least 8000 samples a second, got 4000"),
    ("two.wav", "",
     "say.file: it has two channels; say 'channel: left', 'right' or 'both'"),
    ("good.wav", ", channel: left", "say.channel: it has no two channels"),
    ("three.wav", "", "say.file: expected one channel or two, found 3"),
    ("good.wav", ", channel: centre",
     "say.channel: expected 'left', 'right' or 'both', got 'centre'"),
    ("short.wav", "", "say.file: expected 0.1 to 60 s of sound, got 0.05 s"),
    ("long.wav", "", "say.file: expected 0.1 to 60 s of sound, got 62.50 s"),
    ("still.wav", "", "say.file: nobody is heard in it: it is silent, or below -60 dBFS"),
    ("faint.wav", "", "say.file: nobody is heard in it: it is silent, or below -60 dBFS"),
    ("loud.wav", "",
     "say.file: it is clipped in {n} places; record it lower, or write 'clipped: true'"),
    ("noisy.wav", "",
     "say.file: noise goes on behind the speech, so nobody can tell where it ends; cut it"),
]  # fmt: skip


BROKEN = {
    "words.mp3": b"This is no sound at all.\n" * 99,
    "noise.mp3": np.random.default_rng(1).integers(0, 255, 4_000, np.uint8).tobytes(),
    "tag.mp3": b"ID3\x03\0\0\0\0\0\0" + bytes(500),
    "video.mp3": b"\0\0\0\x20ftypM4A " + bytes(500),
    "empty.mp3": b"",
    "cut.flac": b"fLaC\0\0\0\x22" + bytes(12),
}
"""Files that are called sound, and hold none."""


@pytest.mark.parametrize(("file", "more", "fault"), FAULTS)
def test_a_recording_that_will_not_do_is_told_with_its_line(
    tmp_path: Path, file: str, more: str, fault: str
) -> None:
    path = desk(tmp_path / "desk", line_of(file, more))
    soundfile.write(tmp_path / "out.wav", SPEECH, RATE)
    if file in sounds():
        soundfile.write(path.parent / file, *sounds()[file])
    if file in BROKEN:
        (path.parent / file).write_bytes(BROKEN[file])
    found = fault_of(path)
    told = fault.format(family=path.parent, desk=tmp_path / "desk", n="{n}")
    before, _, after = told.partition("{n}")
    assert found.startswith(f"5: turns[0].{before}")
    assert found.endswith(after)


@pytest.mark.parametrize(
    "more", [", channel: left", ", channel: right", ", channel: both, level: as_recorded"]
)
def test_a_file_of_two_channels_needs_a_choice(tmp_path: Path, more: str) -> None:
    path = desk(tmp_path, line_of("two.wav", more))
    soundfile.write(path.parent / "two.wav", *sounds()["two.wav"])
    load_scenario(path)


def test_the_sides_are_those_that_were_chosen(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "two.wav", np.stack([SPEECH, np.zeros(len(SPEECH))], axis=1), RATE)
    left, right, both = (one_channel(tmp_path / "two.wav", c) for c in ("left", "right", "both"))
    assert not right.samples.any()
    assert both.as_float() == pytest.approx(left.as_float() / 2, abs=1e-4)


def test_clipping_may_be_meant(tmp_path: Path) -> None:
    path = desk(tmp_path, line_of("loud.wav", ", clipped: true"))
    soundfile.write(path.parent / "loud.wav", *sounds()["loud.wav"])
    load_scenario(path)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{file: good.wav}", "say.transcript: this key is required"),
        (line_of("good.wav") + "\n    cut_off: {after_word: 2}",
         "a recording is cut off by 'after_s': where its words are is not told"),
        (line_of("good.wav", ", level: loud"),
         "say.level: expected 'speech' or 'as_recorded', got 'loud'"),
        (line_of("{ids}.wav"), "say.file: unknown fact 'ids'; known: id"),
    ],
)  # fmt: skip
def test_a_line_that_is_a_recording_is_checked_as_others_are(
    tmp_path: Path, line: str, fault: str
) -> None:
    path = desk(tmp_path, line)
    soundfile.write(path.parent / "good.wav", SPEECH, RATE)
    with pytest.raises(FaultyFiles) as caught:
        load_scenario(path)
    assert any(fault in str(one) for one in caught.value.faults)


def test_what_a_file_holds_is_part_of_the_test_and_its_name_is_not(tmp_path: Path) -> None:
    path = desk(tmp_path, line_of("{id}.wav"))
    soundfile.write(tmp_path / "AB-12.wav", SPEECH, RATE)
    before = load_scenario(path).hash
    path.write_text(SCENARIO.format(line=line_of("moved.wav")))
    (tmp_path / "AB-12.wav").rename(path.parent / "moved.wav")
    assert load_scenario(path).hash == before
    soundfile.write(path.parent / "moved.wav", SPEECH / 2, RATE)
    assert load_scenario(path).hash != before


def test_a_suites_answers_may_be_recordings_in_its_folder(tmp_path: Path) -> None:
    path = desk(tmp_path, "'Hello, {id}.'")
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        SUITE + "answers: [{if_agent_asks: right, say: {file: yes.wav, transcript: Yes.}}]\n"
    )
    with pytest.raises(FaultyFiles) as caught:
        load_suite(suite)
    assert "4: answers[0].say.file: no such file in" in str(caught.value)
    soundfile.write(tmp_path / "yes.wav", SPEECH, RATE)
    assert load_scenario(path).scenario.answers[0].words == "Yes."


def with_image(path: Path, image: str) -> Path:
    path.write_text(SCENARIO.format(line='"It is {id}."') + f"  - image: {image}\n")
    return path


@pytest.mark.parametrize(("kind", "made"), [("image/png", png), ("image/jpeg", jpeg)])
def test_a_picture_is_known_by_what_it_holds(
    tmp_path: Path, kind: str, made: Callable[..., bytes]
) -> None:
    path = with_image(desk(tmp_path, "Hi"), "{file: bill, detail: low}")
    (path.parent / "bill").write_bytes(made())
    before = load_scenario(path).hash
    assert image_type(path.parent / "bill") == kind
    (path.parent / "bill").write_bytes(made(9))
    assert load_scenario(path).hash != before
    with_image(path, "bill")
    load_scenario(path)


_DAMAGED = "begins as a {} picture, and is damaged or cut off"
NO_PICTURES = [
    (PNG, _DAMAGED.format("PNG")),
    (png()[:-13], _DAMAGED.format("PNG")),
    (png().replace(b"\x08\0\0\0\0", b"\x08\0\0\0\1", 1), _DAMAGED.format("PNG")),
    (PNG + chunk(b"IEND", b""), _DAMAGED.format("PNG")),
    (PNG + png()[len(PNG) :][:25] + chunk(b"IEND", b""), _DAMAGED.format("PNG")),
    (png(0), "a PNG picture of 0 x 1 pixels is none"),
    (JPEG, _DAMAGED.format("JPEG")),
    (jpeg(end=b""), _DAMAGED.format("JPEG")),
    (jpeg()[:40], _DAMAGED.format("JPEG")),
    (jpeg(3, 0), "a JPEG picture of 3 x 0 pixels is none"),
    (b"GIF89a" + bytes(30), "expected a PNG or JPEG picture, and this one is GIF: convert it"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "expected a PNG or JPEG picture, and this one is WebP: convert it"),
    (b"\0\0\0\x18ftypheic", "expected a PNG or JPEG picture, and this one is HEIC, AVIF or MP4: "
     "convert it"),
    (b"", "expected a PNG or JPEG picture, and the service takes no other"),
]  # fmt: skip


@pytest.mark.parametrize(("held", "fault"), NO_PICTURES)
def test_a_file_that_only_looks_like_a_picture_is_refused(
    tmp_path: Path, held: bytes, fault: str
) -> None:
    path = with_image(desk(tmp_path, "Hi"), "bill.png")
    (path.parent / "bill.png").write_bytes(held)
    assert fault_of(path) == f"6: turns[1].image: {fault}; got 'bill.png'"


@pytest.mark.parametrize(
    ("image", "size", "fault"),
    [
        ("none.png", 0, "image: no such file in {family} or {desk}; got 'none.png'"),
        ("one.yaml", 0, "image: expected a PNG or JPEG picture, and the service takes no other; "
         "got 'one.yaml'"),
        ("{file: big}", 10_000_001,
         "image.file: expected at most 10,000,000 bytes, got 10,000,001"),
    ],
)  # fmt: skip
def test_a_picture_that_will_not_do_is_told_with_its_line(
    tmp_path: Path, image: str, size: int, fault: str
) -> None:
    path = with_image(desk(tmp_path / "desk", "Hi"), image)
    with (path.parent / "big").open("wb") as file:
        file.write(PNG)
        file.truncate(size)
    told = fault.format(family=path.parent, desk=tmp_path / "desk")
    assert fault_of(path) == f"6: turns[1].{told}"
