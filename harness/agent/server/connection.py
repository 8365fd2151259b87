"""A client's connection to the reference agent: socket, session, tasks, and the agent's timings."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from harness.agent.server.session import ServedSession
from harness.agent.server.session_state import Emit, HangUp, Listen, Output, Speak
from harness.agent.server.tts_and_asr import AgentTts, Ears, voicing_s
from harness.audio.activity import AUDIBLE_DBFS
from harness.audio.pcm import FULL_SCALE
from harness.errors import SpeechFailed, StorageFailed, UsageError
from harness.protocol.commands import AppendAudio
from harness.protocol.events import AudioDelta, ServerEvent
from harness.protocol.fields import WireFault
from harness.protocol.items import AudioFormat
from harness.protocol.server_half import Served, ServerEnd
from harness.session.clock import Clock
from harness.transport.stamps import Stamped

# A certificate made at startup with trustme (extra ``tls``): some clients connect by wss alone.

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_INSTALL = "python -m pip install 'voice-agent-harness[tls]'"


def own_certificate(host: str, told: Path) -> ssl.SSLContext:
    """Return the TLS context for a host and localhost; clients must trust the file ``told``.

    The key is new every time and is not kept.

    Raises:
        UsageError: trustme is not installed.
        StorageFailed: the certificate cannot be written.
    """
    try:
        authority = import_module("trustme").CA(organization_name="harness agent")
    except ModuleNotFoundError as error:
        raise UsageError(f"--tls needs trustme: {_INSTALL}") from error
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*dict.fromkeys((host, *_LOOPBACK))).configure_cert(context)
    try:
        told.write_bytes(authority.cert_pem.bytes())
    except OSError as error:
        raise StorageFailed(told, error.strerror or str(error)) from error
    return context


# The agent's own times, to check programs that measure the agent.

Truth: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Receives the agent's own times.

``{"at_s", "session", "kind": "append", "samples"}``: caller samples received so far, in wire
samples. ``{"at_s", "session", "kind": "audio", "response_id", "item_id", "samples",
"first_audible", "last_audible"}``: a delta that is handed to the socket; ``first_audible`` is the
index in the item's audio of its first sample at or above ``AUDIBLE_DBFS``, None in all deltas but
the delta with it; ``last_audible`` is that of the last such sample in this delta, None without any.
Times are those of the socket: the read of the last byte, the write of the encoded message. Other
records come from the protocol's own server half, which names their kind: ``session`` is the ``id``
that clients know, if that is a different id.
"""

_AUDIBLE = FULL_SCALE * 10.0 ** (AUDIBLE_DBFS / 20.0)


class SessionTruth:
    """Reports the times of a session."""

    def __init__(self, tell: Truth, session: ServedSession) -> None:
        self._tell, self._session = tell, session
        self._samples: dict[str, int] = {}
        self._audible: set[str] = set()

    def appended(self, read_at_s: float) -> None:
        """Report caller audio that was read and processed by the session."""
        samples, session = self._session.caller.received_samples, self._session.id
        self._tell({"at_s": read_at_s, "session": session, "kind": "append", "samples": samples})

    def sent(self, event: AudioDelta, written_at_s: float) -> None:
        """Report audio that was sent."""
        before = self._samples.get(event.item_id, 0)
        first_audible = last_audible = None
        if self._session.state.output_format is AudioFormat.PCM16_24K:
            samples = np.frombuffer(event.audio, "<i2").astype(np.int32)
            loud = np.flatnonzero(np.abs(samples) >= _AUDIBLE)
            last_audible = before + int(loud[-1]) if len(loud) else None
            if len(loud) and event.item_id not in self._audible:
                self._audible.add(event.item_id)
                first_audible = before + int(loud[0])
            self._samples[event.item_id] = before + len(samples)
        self._tell(
            {
                "at_s": written_at_s,
                "session": self._session.id,
                "kind": "audio",
                "response_id": event.response_id,
                "item_id": event.item_id,
                "samples": self._samples.get(event.item_id, 0) - before,
                "first_audible": first_audible,
                "last_audible": last_audible,
            }
        )

    def told(self, told: Mapping[str, Any], now_s: float) -> None:
        """Report a record of the protocol's own server half."""
        self._tell({"at_s": now_s, "session": self._session.id, **told})


MOST_UNSENT = 16 * 1024 * 1024
"""Characters that may wait for a client to read them, some four minutes of speech.

A client that leaves more unread is disconnected.
"""


class AgentSocket(Stamped, ServerConnection):
    """The agent's end of a client's socket."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The TTS and ASR for all connections of a server."""

    asr: Ears
    voice: AgentTts


@dataclass(frozen=True, slots=True)
class _Leaving:
    """An outgoing message, and the agent's event in it if it is a single event."""

    message: str | bytes
    event: ServerEvent | None = None


@dataclass(frozen=True, slots=True)
class _HangingUp:
    """The end of the connection, as its close frame reports it."""

    code: int
    reason: str


class ServedConnection:
    """Runs a session until its client leaves."""

    def __init__(
        self,
        socket: AgentSocket,
        session: ServedSession,
        *,
        clock: Clock,
        server_end: ServerEnd,
        engines: Engines,
        truth: Truth | None,
    ) -> None:
        self._socket, self._session = socket, session
        self._clock, self._server_end, self._engines = clock, server_end, engines
        self._truth = None if truth is None else SessionTruth(truth, session)
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._outgoing: asyncio.Queue[_Leaving | _HangingUp] = asyncio.Queue()
        self._unsent = 0

    async def run(self) -> None:
        """Serve until the socket closes; cancelling is safe."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                ticker = tasks.create_task(self._tick())
                sender = tasks.create_task(self._send())
                self._drain()
                await self._receive()
                ticker.cancel()
                sender.cancel()
        finally:
            if self._timer is not None:
                self._timer.cancel()

    async def _receive(self) -> None:
        session, clock = self._session, self._clock
        try:
            async for message in self._socket:
                now_s, read_at_s = clock.now(), self._socket.stamps.popleft().at_s
                try:
                    served = self._server_end.receive(message, now_s)
                except WireFault as fault:
                    session.refuse(fault.error, now_s)
                else:
                    self._carry_out(served, read_at_s=read_at_s)
                self._drain()
        except ConnectionClosed:
            return

    async def _send(self) -> None:
        try:
            while isinstance(leaving := await self._outgoing.get(), _Leaving):
                await self._socket.send(leaving.message)
                self._unsent -= len(leaving.message)
                if self._truth is not None and isinstance(leaving.event, AudioDelta):
                    self._truth.sent(leaving.event, self._socket.written_at_s)
            await self._socket.close(leaving.code, leaving.reason)
        except ConnectionClosed:
            return

    async def _tick(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._session.tick(self._clock.now())
            self._drain_outbox()
            self._carry_out(self._server_end.tick(self._clock.now()))
            self._drain()

    def _drain(self) -> None:
        """Carry out the session's pending actions, and set the timer for planned ones."""
        self._drain_outbox()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        planned = (self._session.next_due(), self._server_end.next_due())
        due_s = min((time for time in planned if time is not None), default=None)
        if due_s is not None:
            # A time that has passed must not give a negative delay.
            delay_s = max(0.0, due_s - self._clock.now())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._wake.set)

    def _drain_outbox(self) -> None:
        outbox = self._session.state.outbox
        while outbox:
            self._do(outbox.popleft())

    def _do(self, output: Output) -> None:
        if isinstance(output, Emit):
            self._carry_out(
                self._server_end.send(output.event, self._clock.now()), event=output.event
            )
        elif isinstance(output, HangUp):
            self._outgoing.put_nowait(_HangingUp(output.code, output.reason))
        elif isinstance(output, Listen):
            self._tasks.create_task(self._listen(output))
        else:
            self._tasks.create_task(self._speak(output))

    def _carry_out(
        self, served: Served, *, event: ServerEvent | None = None, read_at_s: float | None = None
    ) -> None:
        """Carry out the requests of the server's end; the session's output is left in its outbox.

        ``event`` is used in the messages, ``read_at_s`` is when the client's message was read.
        """
        for message in served.messages:
            self._outgoing.put_nowait(_Leaving(message, event))
            self._unsent += len(message)
        if self._unsent > MOST_UNSENT:
            self._socket.transport.abort()  # no close frame gets past the client's unread data
        if served.over:
            self._outgoing.put_nowait(_HangingUp(served.code, served.reason))
        now_s = self._clock.now()
        for command in served.commands:
            self._session.command(command, now_s)
            if self._truth is not None and isinstance(command, AppendAudio):
                self._truth.appended(now_s if read_at_s is None else read_at_s)
        if self._truth is not None:
            for told in served.truth:
                self._truth.told(told, now_s)

    async def _listen(self, job: Listen) -> None:
        ears = self._engines.asr
        try:
            charged_s = ears.listening_s(job.audio)
            words = await self._clock.engine_if_asked(lambda: ears.hear(job.audio), charged_s)
            self._session.recognized(job.job, words, self._clock.now())
        except SpeechFailed as failed:
            self._session.failed(job.job, str(failed), self._clock.now())
        self._drain()

    async def _speak(self, job: Speak) -> None:
        speak = self._engines.voice.speak
        try:
            voiced = await self._clock.engine(
                lambda: speak(job.text, job.speed), voicing_s(job.text)
            )
        except SpeechFailed as failed:
            self._session.failed(job.job, str(failed), self._clock.now())
        else:
            self._session.spoken(job.job, voiced.audio, voiced.marks, now_s=self._clock.now())
        self._drain()
