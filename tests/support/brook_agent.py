"""A voice that speaks Brook (``tests/data/packages/brook``): one track each way, and hardly a word.

It runs on the caller's samples: for every tenth of a second that it hears it sends one back, most
of them silence. It hears by level, says a line of its script after each turn of the caller, and
falls silent when the caller talks over it. It does not use ``harness.protocol``, and records the
times of its own acts, so that tests can compare the measured values with them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from harness.agent.desk.speech_acts import desk_named
from harness.agent.server.tts_and_asr import AgentTts
from harness.session.clock import Clock

IN_HZ, OUT_HZ = 16_000, 24_000
CHUNK_S = 0.1
FRAME_S = 0.02
"""The caller's first frame leaves when its last sample was spoken: so much after the beginning."""
LOUD, VOICED = 300, 1_000
SOUND = 350
"""Its utterances begin and end with a sample of this level, which no detector can miss."""
ENDED_S = 0.5
"""Silence after which it takes a turn of the caller to be over."""


@dataclass(frozen=True)
class Line:
    """The agent's reaction to a turn of the caller."""

    say: str
    craft: tuple[str, dict[str, Any]] | None = None
    """Asked for while the words still sound."""
    then: str = ""
    """Said once the outcome has come."""


@dataclass(frozen=True)
class Manners:
    """The agent's behaviour; the defaults are good behaviour."""

    delay_s: float = 0.8
    """From the caller's last loud sample to its own first loud sample."""
    yields_s: float | None = 0.4
    """From the caller's first loud sample to its own last loud sample; None: it talks on."""
    greets: str = ""
    """Its greeting, as soon as it is called."""
    wordless: bool = False
    """Whether it keeps its words to itself."""
    ahead: bool = False
    """Whether it sends what it says at once, not as it is heard."""


@dataclass
class Truth:
    """The times of its acts, in seconds since the caller's first sample was spoken."""

    began_s: list[float] = field(default_factory=list)
    fell_silent_s: list[float] = field(default_factory=list)
    outcomes: list[Any] = field(default_factory=list)


@dataclass
class _Speech:
    """Words under way: ``start`` is the sample of the sent track at which they begin."""

    start: int
    samples: np.ndarray
    words: list[str]
    craft: tuple[str, dict[str, Any]] | None = None
    told: int = 0

    @property
    def stop(self) -> int:
        return self.start + len(self.samples)


class _Call:
    def __init__(
        self,
        socket: ServerConnection,
        script: list[Line],
        manners: Manners,
        truth: Truth,
        voiced: dict[str, np.ndarray],
    ) -> None:
        self.socket, self.script, self.manners, self.truth = socket, script, manners, truth
        self.voiced = voiced
        self.recognized = self.sent = 0
        self.first_loud = self.last_loud = -1
        self.speech: _Speech | None = None
        self.awaited: str = ""
        self.planned: _Speech | None = None

    async def run(self, now_s: Callable[[], float]) -> None:
        zero_s = None
        async for message in self.socket:
            if isinstance(message, bytes):
                zero_s = now_s() - FRAME_S if zero_s is None else zero_s
                self.listen(np.frombuffer(message, "<i2").astype(int))
                while self.recognized / IN_HZ >= self.sent / OUT_HZ + CHUNK_S:
                    await self.flow(now_s() - zero_s)
                continue
            said = json.loads(message)
            if said["brook"] == "join":
                await self.tell(brook="flowing")
                if self.manners.greets:
                    self.begin(self.manners.greets, round(0.2 * OUT_HZ))
            else:
                self.truth.outcomes.append(said["outcome"])
                busy = self.speech.stop if self.speech is not None else self.sent
                self.begin(self.awaited, max(self.sent, busy) + round(0.6 * OUT_HZ))

    async def tell(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    def begin(self, text: str, start: int, craft: Any = None) -> None:
        self.planned = _Speech(start, self.voiced[text], text.split(), craft)

    # --- hearing -------------------------------------------------------------------------------

    def listen(self, samples: np.ndarray) -> None:
        loud = np.flatnonzero(np.abs(samples) > LOUD)
        if len(loud) and (self.first_loud >= 0 or np.abs(samples).max() > VOICED):
            if self.first_loud < 0:
                self.first_loud = self.recognized + int(loud[0])
            self.last_loud = self.recognized + int(loud[-1])
        self.recognized += len(samples)
        if self.first_loud >= 0:
            self.give_way()
        if self.first_loud >= 0 and self.recognized - self.last_loud >= ENDED_S * IN_HZ:
            self.first_loud = -1
            self.answer()

    def give_way(self) -> None:
        if self.speech is None or self.manners.yields_s is None:
            return
        last = round((self.first_loud / IN_HZ + self.manners.yields_s) * OUT_HZ)
        if self.speech.start < last < self.speech.stop and last >= self.sent:
            self.speech.samples = _to_last_sound(self.speech.samples[: last - self.speech.start])
            self.speech.words = self.speech.words[: self.speech.told]

    def answer(self) -> None:
        if self.script:
            line = self.script.pop(0)
            start = round((self.last_loud / IN_HZ + self.manners.delay_s) * OUT_HZ)
            if self.speech is not None:
                start = max(start, self.speech.stop + OUT_HZ)
            start = max(start, self.sent + OUT_HZ) if self.manners.ahead else start
            self.awaited = line.then
            self.begin(line.say, start, line.craft)

    # --- speaking ------------------------------------------------------------------------------

    async def flow(self, at_s: float) -> None:
        """Send the next tenth of a second; ``at_s`` is when its first sample is heard."""
        count = round(CHUNK_S * OUT_HZ)
        track = np.zeros(count, "<i2")
        if (
            self.speech is None
            and self.planned is not None
            and self.planned.start < self.sent + count
        ):
            self.speech, self.planned = self.planned, None
            self.truth.began_s.append(at_s + (self.speech.start - self.sent) / OUT_HZ)
        speech = self.speech
        if speech is not None and self.manners.ahead:
            count = max(count, speech.stop - self.sent)
            track = np.zeros(count, "<i2")
        if speech is not None:
            first, stop = max(speech.start, self.sent), min(speech.stop, self.sent + count)
            track[first - self.sent : stop - self.sent] = speech.samples[
                first - speech.start : stop - speech.start
            ]
            await self.murmur(speech, (stop - speech.start) / len(speech.samples))
            if speech.stop <= self.sent + count:
                self.truth.fell_silent_s.append(at_s + (speech.stop - self.sent) / OUT_HZ)
                self.speech = None
        await self.socket.send(track.tobytes())
        self.sent += count

    async def murmur(self, speech: _Speech, share: float) -> None:
        due = speech.words[speech.told : round(share * len(speech.words))]
        speech.told += len(due)
        if due and not self.manners.wordless:
            await self.tell(brook="murmur", bit=" ".join(due) + " ")
        if speech.craft is not None and share >= 0.5:
            (name, arguments), speech.craft = speech.craft, None
            await self.tell(**{"brook": "craft", "named": name, "with": arguments})


def _to_last_sound(samples: np.ndarray) -> np.ndarray:
    return samples[: int(np.flatnonzero(np.abs(samples.astype(int)) >= SOUND)[-1]) + 1]


def _voiced(script: list[Line], greeting: str) -> dict[str, np.ndarray]:
    """Speak all lines beforehand, from the first clear sound of each to its last."""
    voice = AgentTts(desk_named("en"))
    lines = (text for line in script for text in (line.say, line.then))
    texts = {text for text in (greeting, *lines) if text}
    spoken = {text: voice.speak(text, 1.0).audio.samples for text in sorted(texts)}
    return {
        text: _to_last_sound(samples[np.argmax(np.abs(samples.astype(int)) >= SOUND) :])
        for text, samples in spoken.items()
    }


def brook_agent(
    script: list[Line], manners: Manners, truth: Truth
) -> Callable[[Clock, str | None, str], AbstractAsyncContextManager[str]]:
    """Return a server of this script in the running loop; it fills in the truth."""

    @asynccontextmanager
    async def agent(
        clock: Clock, _fault: str | None = None, _spoken: str = "", _caller: Any = None
    ) -> AsyncIterator[str]:
        voiced = _voiced(script, manners.greets)

        async def handler(socket: ServerConnection) -> None:
            with suppress(ConnectionClosed):
                await _Call(socket, list(script), manners, truth, voiced).run(clock.now)

        async with serve(handler, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            port = server.sockets[0].getsockname()[1]
            yield f"ws://127.0.0.1:{port}/brook"

    return agent
