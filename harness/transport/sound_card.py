"""A person's audio at the sound card of this machine: a microphone and a loudspeaker.

The same methods as in a browser. Audio is PCM16 at 24 kHz in blocks of 20 ms; a device that
supports only another rate keeps it, and its audio is resampled here. PortAudio calls from its own
threads, which only store or fetch audio: everything else happens in the running loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import numpy as np

from harness.audio.pcm import Int16Array
from harness.audio.resample import StreamResampler
from harness.errors import SoundCardFailed, UsageError
from harness.units import FRAME_S, RATE_HZ

Direction = Literal["input", "output"]
NAMES: dict[Direction, str] = {"input": "microphone", "output": "loudspeaker"}
CUSHION_S = 0.06
"""Buffer of the loudspeaker, so that a late frame leaves no gap."""
MOST_S = 0.3
"""Limit for the agent's audio that waits for playout: two clocks never run alike."""
NO_DEVICE = "connect one, or leave --mic out and call from the page in a browser that has one"
"""Advice if this machine has no device."""
_MOST_BLOCKS = 100
"""Limit for microphone audio that waits to be taken: two seconds."""
_CHANGE = "name another one with --{}; `harness talk --list-devices` lists them"


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """A device of the sound card as PortAudio names it, with its channels in each direction."""

    number: int
    name: str
    inputs: int
    outputs: int
    rate_hz: int
    is_default: tuple[bool, bool]
    """As a microphone, as a loudspeaker."""

    def channels(self, direction: Direction) -> int:
        """Return the number of channels in a direction."""
        return self.inputs if direction == "input" else self.outputs


def sound_devices() -> tuple[SoundDevice, ...]:
    """Return the devices of this machine.

    Raises:
        UsageError: sounddevice, or PortAudio below it, is not installed.
    """
    driver = _driver()
    heard, played = (int(number) for number in driver.default.device)
    return tuple(
        SoundDevice(
            number,
            str(row["name"]),
            int(row["max_input_channels"]),
            int(row["max_output_channels"]),
            round(row["default_samplerate"]),
            (number == heard, number == played),
        )
        for number, row in enumerate(driver.query_devices())
    )


def chosen_device(
    devices: Sequence[SoundDevice], direction: Direction, asked: str | None
) -> SoundDevice:
    """Return the device with a number, or with a part of its name; by default the system's device.

    Raises UsageError unless exactly one device matches.
    """
    what = NAMES[direction]
    able = [one for one in devices if one.channels(direction)]
    if not able:
        raise UsageError(f"this machine has no {what}; {NO_DEVICE}")
    if asked is None:
        own = [one for one in able if one.is_default[direction == "output"]]
        return (own or able)[0]
    found = [one for one in able if str(one.number) == asked]
    found = found or [one for one in able if asked.casefold() == one.name.casefold()]
    found = found or [one for one in able if asked.casefold() in one.name.casefold()]
    if len(found) != 1:
        listed = ", ".join(f"{one.number} {one.name!r}" for one in found or able)
        meant = "means several" if found else "is none of this machine's"
        raise UsageError(f"--{what} {asked!r} {meant}; name one of {listed}")
    return found[0]


class SoundCardAudio:
    """The person at the microphone, from the start of the streams."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """``tell`` shows the person a sentence."""
        self.tell = tell
        self._loop = asyncio.get_running_loop()
        self._heard: deque[Int16Array] = deque(maxlen=_MOST_BLOCKS)
        self._wake = asyncio.Event()
        self._gone = self._roused = False
        self._waiting = np.zeros(0, np.int16)
        self._flows = False
        self._lock = threading.Lock()

    async def called(self) -> None:
        """Return at once: the person who starts the command is there."""
        self.tell("You are on the line. Speak.")

    async def listen(self, spoke: Callable[[Int16Array], None]) -> None:
        """Pass on the microphone's audio until a device is gone. Cancelling is safe."""
        gone = False
        while not gone:
            await self._wake.wait()
            self._wake.clear()
            self._roused, gone = False, self._gone  # before the last of the audio is taken
            while self._heard:
                spoke(self._heard.popleft())

    def play(self, samples: Int16Array) -> None:
        """Queue audio for the loudspeaker; never waits."""
        with self._lock:
            waiting = np.concatenate([self._waiting, samples])
            self._waiting = waiting[-round(MOST_S * RATE_HZ) :]
            self._flows = self._flows or len(waiting) >= CUSHION_S * RATE_HZ

    def heard(self, samples: Int16Array) -> None:
        """Take audio of the microphone; from any thread."""
        self._heard.append(samples)
        self._rouse()

    def taken(self, count: int) -> Int16Array:
        """Return the next audio for the loudspeaker, silence if there is none; from any thread."""
        played = np.zeros(count, np.int16)
        with self._lock:
            if self._flows:
                sound, self._waiting = self._waiting[:count], self._waiting[count:]
                played[: len(sound)] = sound
                self._flows = len(self._waiting) > 0
        return played

    def lost(self) -> None:
        """End the listening: a device is gone, or the streams are closed; from any thread."""
        self._gone = True
        self._rouse()

    def _rouse(self) -> None:
        if not self._roused:  # a device may call more often than the loop runs
            self._roused = True
            self._loop.call_soon_threadsafe(self._wake.set)


@asynccontextmanager
async def open_sound_card(
    microphone: SoundDevice, loudspeaker: SoundDevice, *, tell: Callable[[str], None]
) -> AsyncIterator[SoundCardAudio]:
    """Run both devices until the block ends.

    Raises:
        UsageError: sounddevice, or PortAudio below it, is not installed.
        SoundCardFailed: a device cannot be opened: another program has it, or it is gone.
    """
    driver, person = _driver(), SoundCardAudio(tell)
    with ExitStack() as streams:
        streams.enter_context(_played(driver, loudspeaker, person))
        streams.enter_context(_heard(driver, microphone, person))
        yield person


@contextmanager
def _heard(driver: Any, device: SoundDevice, person: SoundCardAudio) -> Iterator[None]:
    rate_hz = _rate(driver, device, "input")
    resampler = StreamResampler(rate_hz, RATE_HZ)

    def take(data: Any, frames: int, time: object, status: object) -> None:
        person.heard(resampler.feed(np.frombuffer(bytes(data), np.int16)))

    with _running(driver, device, "input", rate_hz, take, person):
        yield


@contextmanager
def _played(driver: Any, device: SoundDevice, person: SoundCardAudio) -> Iterator[None]:
    rate_hz = _rate(driver, device, "output")
    resampler = StreamResampler(RATE_HZ, rate_hz)
    ready = np.zeros(0, np.int16)

    def fill(data: Any, frames: int, time: object, status: object) -> None:
        nonlocal ready
        while len(ready) < frames:
            more = resampler.feed(person.taken(round(FRAME_S * RATE_HZ)))
            ready = np.concatenate([ready, more])
        data[:] = ready[:frames].tobytes()
        ready = ready[frames:]

    with _running(driver, device, "output", rate_hz, fill, person):
        yield


@contextmanager
def _running(
    driver: Any,
    device: SoundDevice,
    direction: Direction,
    rate_hz: int,
    callback: Callable[[Any, int, object, object], None],
    person: SoundCardAudio,
) -> Iterator[None]:
    kind = driver.RawInputStream if direction == "input" else driver.RawOutputStream
    try:
        stream = kind(
            device=device.number,
            samplerate=rate_hz,
            blocksize=round(FRAME_S * rate_hz),
            channels=1,
            dtype="int16",
            callback=callback,
            finished_callback=person.lost,
        )
        stream.start()
    except driver.PortAudioError as error:
        raise _failed(device, direction, error) from error
    try:
        yield
    finally:
        stream.close(ignore_errors=True)


def _rate(driver: Any, device: SoundDevice, direction: Direction) -> int:
    """Return 24 kHz if the device supports it, else the device's own rate."""
    check = driver.check_input_settings if direction == "input" else driver.check_output_settings
    for rate_hz in (RATE_HZ, device.rate_hz):
        try:
            check(device=device.number, channels=1, dtype="int16", samplerate=rate_hz)
        except driver.PortAudioError as error:
            refused = error
        else:
            return int(rate_hz)
    raise _failed(device, direction, refused) from refused


def _failed(device: SoundDevice, direction: Direction, error: Exception) -> SoundCardFailed:
    what = NAMES[direction]
    detail = " ".join(str(error).split())
    return SoundCardFailed(
        what,
        device.name,
        f"{detail}; close the program that has it, or {_CHANGE.format(what)}",
    )


def _driver() -> Any:
    """Return sounddevice, imported only if a person calls with it."""
    needed = "python -m pip install 'voice-agent-harness[mic]'"
    page = "without --mic you call from a page in the browser, which needs nothing"
    try:
        return import_module("sounddevice")
    except ModuleNotFoundError as error:
        raise UsageError(f"--mic needs sounddevice ({needed}); {page}") from error
    except OSError as error:  # the package includes PortAudio on Windows and macOS only
        raise UsageError(
            f"--mic needs PortAudio, which is not installed (Debian, Ubuntu: apt-get install "
            f"libportaudio2; Fedora: dnf install portaudio); {page}"
        ) from error
