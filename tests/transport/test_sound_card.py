"""A person at the sound card: the device, its rate, audio both ways, and failures."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.audio.pcm import Int16Array
from harness.cli.main import run_command
from harness.errors import SoundCardFailed, UsageError
from harness.transport.sound_card import (
    CUSHION_S,
    MOST_S,
    SoundDevice,
    chosen_device,
    open_sound_card,
    sound_devices,
)

INNER = SoundDevice(0, "Inner", 2, 2, 48_000, (True, True))
HEADSET = SoundDevice(1, "USB headset", 1, 2, 48_000, (False, False))
HEADSET_MIC = SoundDevice(2, "USB headset mono", 1, 0, 24_000, (False, False))
SCREEN = SoundDevice(3, "HDMI", 0, 2, 48_000, (False, False))
ALL = (INNER, HEADSET, HEADSET_MIC, SCREEN)
CUSHION = round(CUSHION_S * 24_000)


class PortAudioError(Exception):
    """The exception of sounddevice."""


class Card:
    """A module in the shape of sounddevice, whose streams a test runs by hand."""

    PortAudioError = PortAudioError

    def __init__(self, *, rates: tuple[int, ...] = (24_000,), busy: str = "") -> None:
        self.default = SimpleNamespace(device=[0, 3])
        self.streams: dict[str, SimpleNamespace] = {}
        self._rates, self._busy = rates, busy

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {
                "name": one.name,
                "max_input_channels": one.inputs,
                "max_output_channels": one.outputs,
                "default_samplerate": float(one.rate_hz),
            }
            for one in ALL
        ]

    def _check(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        assert (channels, dtype) == (1, "int16")
        if samplerate not in self._rates:
            raise PortAudioError("Invalid sample rate\n[PaErrorCode -9997]")

    check_input_settings = check_output_settings = _check

    def RawInputStream(self, **asked: Any) -> SimpleNamespace:
        return self._stream("input", asked)

    def RawOutputStream(self, **asked: Any) -> SimpleNamespace:
        return self._stream("output", asked)

    def _stream(self, direction: str, asked: dict[str, Any]) -> SimpleNamespace:
        if direction == self._busy:
            raise PortAudioError("Device unavailable [PaErrorCode -9985]")
        ended: list[bool] = []
        stream = SimpleNamespace(
            **asked, start=lambda: None, close=lambda ignore_errors: ended.append(True), ended=ended
        )
        self.streams[direction] = stream
        return stream


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Card]:
    def plug(**shape: Any) -> Card:
        card = Card(**shape)
        monkeypatch.setitem(sys.modules, "sounddevice", card)  # type: ignore[arg-type]
        return card

    return plug


def test_the_devices_of_the_machine_are_listed(plugged: Callable[..., Card]) -> None:
    plugged()
    found = sound_devices()
    assert [one.name for one in found] == [one.name for one in ALL]
    assert [one.is_default for one in found] == [
        (True, False),
        *[(False, False)] * 2,
        (False, True),
    ]


@pytest.mark.parametrize(("direction", "own"), [("input", HEADSET), ("output", SCREEN)])
def test_the_machines_own_device_is_taken_wherever_it_is_listed(
    direction: Any, own: SoundDevice
) -> None:
    marked = replace(own, is_default=(direction == "input", direction == "output"))
    others = [replace(one, is_default=(False, False)) for one in ALL if one is not own]
    assert chosen_device([*others, marked], direction, None) is marked


def test_a_machine_without_devices_says_so(
    plugged: Callable[..., Card], capsys: pytest.CaptureFixture[str]
) -> None:
    card = plugged()
    card.query_devices = list  # type: ignore[method-assign]
    assert run_command(["talk", "--list-devices"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "no microphone and no loudspeaker here; connect one, or leave --mic out and call from the "
        "page in a browser that has one"
    ]


@pytest.mark.parametrize(
    ("direction", "asked", "found"),
    [
        ("input", None, INNER),
        ("output", None, INNER),
        ("input", "2", HEADSET_MIC),
        ("output", "usb", HEADSET),
        ("input", "usb headset", HEADSET),
        ("output", "hdmi", SCREEN),
    ],
)
def test_a_device_is_chosen_by_number_or_name(
    direction: Any, asked: str | None, found: SoundDevice
) -> None:
    assert chosen_device(ALL, direction, asked) is found


@pytest.mark.parametrize(
    ("devices", "direction", "asked", "told"),
    [
        (ALL, "input", "usb h", "'usb h' means several; name one of 1 'USB headset', 2 'USB"),
        (ALL, "input", "hdmi", "--microphone 'hdmi' is none of this machine's; name one of 0 'Inn"),
        (ALL, "output", "9", "--loudspeaker '9' is none of this machine's"),
        ((SCREEN,), "input", None, "no microphone; connect one, or leave --mic out"),
        ((HEADSET_MIC,), "output", "usb", "no loudspeaker; connect one"),
    ],
)
def test_what_is_no_device_or_several_is_refused(
    devices: tuple[SoundDevice, ...], direction: Any, asked: str | None, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        chosen_device(devices, direction, asked)


def test_a_missing_package_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"--mic needs sounddevice .*\[mic\].*page in the browser"):
        sound_devices()


def test_a_missing_portaudio_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise OSError("PortAudio library not found")

    monkeypatch.setattr("harness.transport.sound_card.import_module", missing)
    with pytest.raises(UsageError, match=r"PortAudio, which is not installed .*libportaudio2"):
        sound_devices()


@pytest.mark.parametrize("busy", ["input", "output"])
@pytest.mark.asyncio
async def test_a_device_that_is_taken_is_told(plugged: Callable[..., Card], busy: str) -> None:
    card = plugged(busy=busy)
    told = r"'Inner': Device unavailable .*close the program that has it, or name another one with"
    with pytest.raises(SoundCardFailed, match=told):
        async with open_sound_card(INNER, INNER, tell=print):
            pass
    assert all(stream.ended for stream in card.streams.values())


@pytest.mark.asyncio
async def test_a_device_without_any_rate_is_told(plugged: Callable[..., Card]) -> None:
    plugged(rates=())
    with pytest.raises(SoundCardFailed, match="Invalid sample rate"):
        async with open_sound_card(INNER, INNER, tell=print):
            pass


def played(card: Card, frames: int) -> Int16Array:
    data = bytearray(2 * frames)
    card.streams["output"].callback(memoryview(data), frames, None, None)
    return np.frombuffer(bytes(data), np.int16)


@pytest.mark.asyncio
async def test_sound_goes_both_ways_from_threads_of_the_card(plugged: Callable[..., Card]) -> None:
    card, told = plugged(), []
    heard: asyncio.Queue[Int16Array] = asyncio.Queue()
    sound = np.arange(480, dtype=np.int16)
    async with open_sound_card(INNER, INNER, tell=told.append) as person:
        assert {stream.samplerate for stream in card.streams.values()} == {24_000}
        assert {stream.blocksize for stream in card.streams.values()} == {480}
        await person.called()
        listening = asyncio.create_task(person.listen(heard.put_nowait))
        take = card.streams["input"].callback
        caller = threading.Thread(target=take, args=(sound.tobytes(), 480, None, None))
        caller.start()
        assert np.array_equal(await heard.get(), sound)
        caller.join()
        person.play(sound)
        assert not played(card, 480).any()  # the cushion is not there yet
        person.play(np.ones(CUSHION - 480, np.int16))
        assert np.array_equal(played(card, 480), sound)
        person.tell("Over.")
        card.streams["input"].finished_callback()
        await listening
    assert told == ["You are on the line. Speak.", "Over."]
    assert all(stream.ended for stream in card.streams.values())


@pytest.mark.asyncio
async def test_the_loudspeaker_falls_silent_and_never_far_behind(
    plugged: Callable[..., Card],
) -> None:
    card, most = plugged(), round(MOST_S * 24_000)
    async with open_sound_card(INNER, INNER, tell=print) as person:
        person.play(np.ones(most, np.int16))
        person.play(np.full(most, 2, np.int16))
        assert (played(card, most) == 2).all()
        assert not played(card, 480).any()
        person.play(np.ones(480, np.int16))
        assert not played(card, 480).any()  # it waits for its cushion again


@pytest.mark.asyncio
async def test_a_device_that_has_its_own_rate_alone_is_resampled(
    plugged: Callable[..., Card],
) -> None:
    card, heard = plugged(rates=(48_000,)), []
    tone = (8_000 * np.sin(np.arange(9_600) / 48_000 * 2 * np.pi * 440)).astype(np.int16)
    async with open_sound_card(INNER, INNER, tell=print) as person:
        assert {stream.samplerate for stream in card.streams.values()} == {48_000}
        assert {stream.blocksize for stream in card.streams.values()} == {960}
        listening = asyncio.create_task(person.listen(heard.append))
        for start in range(0, len(tone), 960):
            card.streams["input"].callback(tone[start : start + 960].tobytes(), 960, None, None)
        card.streams["input"].finished_callback()
        await listening
        half = tone[::2]
        person.play(half)
        found = played(card, len(tone) - 960)
    took = np.concatenate(heard)
    assert len(took) == pytest.approx(len(half), abs=60)
    assert np.abs(took[100:-100].astype(int) - half[100 : len(took) - 100]).max() < 200
    assert np.abs(found[200:-200].astype(int) - tone[200 : len(found) - 200]).max() < 200
