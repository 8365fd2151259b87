"""Drives a session of the reference agent by hand: the engines answer from a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
from openai.types.realtime import RealtimeServerEvent

from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.policy import Desk
from harness.agent.faults import AgentSwitch
from harness.agent.server.session import ServedSession
from harness.agent.server.session_state import DEFAULTS, Emit, HangUp, Ids, Lifetime, Listen, Speak
from harness.audio.pcm import Pcm
from harness.errors import SpeechFailed
from harness.protocol.commands import (
    TRANSCRIPTION,
    AppendAudio,
    ClientCommand,
    CommitAudio,
    ConfigureSession,
    SessionConfig,
    Tool,
)
from harness.protocol.fields import WireFault
from harness.protocol.openai.ga import OpenAiGa

MODELS: dict[str, Any] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(RealtimeServerEvent)[0])
}
GA = OpenAiGa()
LOOKUP = Tool(
    "lookup_order",
    "",
    {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]},
)
PROMPT = "Before you call a tool, always say one short sentence. Orders: ORD-4715B."
RATE = 24_000


class Driver:
    """One session; every event is checked against the vendor's own types."""

    def __init__(
        self,
        fault: AgentSwitch | None = None,
        *,
        limit_s: float = 3600.0,
        transcribes: bool = False,
    ) -> None:
        self.now, self.heard_text = 100.0, "where is my order, O R D dash 4715B"
        self.session = ServedSession(
            Desk(ENGLISH_DESK, seed=7, fault=fault),
            fault=fault,
            now_s=self.now,
            ids=Ids(7),
            lifetime=Lifetime(limit_s, self.now + limit_s, int(self.now + limit_s)),
            config=replace(DEFAULTS, type=TRANSCRIPTION) if transcribes else DEFAULTS,
        )
        self.events: list[dict[str, Any]] = []
        self.voice_s = 3.0
        self.hung_up: tuple[int, str] | None = None
        self.heard_audio_s: list[float] = []
        self.asked_for_s: list[float] = []
        """The lengths of the audio of which a transcript was requested."""
        self.deaf = False
        self.flush()

    def do(self, command: ClientCommand) -> list[dict[str, Any]]:
        begin = len(self.events)
        self.session.command(command, self.now)
        self.flush()
        return self.events[begin:]

    def send(self, **message: Any) -> list[dict[str, Any]]:
        """Send a client's message in its form on the wire."""
        begin = len(self.events)
        try:
            command = GA.decode_client(json.dumps(message))
        except WireFault as fault:
            self.session.refuse(fault.error, self.now)
            self.flush()
            return self.events[begin:]
        return self.do(command)

    def say(self, text: str) -> str:
        """Type something, ask for the answer and return its words."""
        self.types(text)
        return self.answer()

    def types(self, text: str) -> None:
        """Put a user's text message into the conversation."""
        content = [{"type": "input_text", "text": text}]
        self.send(
            type="conversation.item.create",
            item={"type": "message", "role": "user", "content": content},
        )

    def answer(self) -> str:
        """Ask for a response, wait for its end and return its words."""
        self.send(type="response.create")
        self.wait(30.0)
        parts = [part for item in self.output() for part in item.get("content") or ()]
        return " ".join(part.get("text") or part.get("transcript") for part in parts)

    def output(self) -> list[dict[str, Any]]:
        """Return the items of the last response that is over."""
        done = next(e for e in reversed(self.events) if e["type"] == "response.done")
        return list(done["response"]["output"])

    def tool_returns(self, output: str) -> list[dict[str, Any]]:
        """Give the last call its output."""
        call = next(item for item in reversed(self.output()) if item["type"] == "function_call")
        item = {"type": "function_call_output", "call_id": call["call_id"], "output": output}
        return self.send(type="conversation.item.create", item=item)

    def flush(self) -> None:
        outbox = self.session.state.outbox
        while outbox:
            output = outbox.popleft()
            if isinstance(output, Emit):
                message = GA.encode_server(output.event, f"event_{len(self.events)}")
                raw = MODELS[_type_of(message)].model_validate_json(message, strict=True)
                self.events.append(raw.model_dump())
            elif isinstance(output, HangUp):
                self.hung_up = (output.code, output.reason)
            elif isinstance(output, Listen):
                self.heard_audio_s.append(output.audio.duration_s)
                self.session.recognized(output.job, self._words_of(output), self.now)
            elif isinstance(output, Speak):
                audio = Pcm(np.full(round(self.voice_s * RATE), 1000, np.int16), RATE)
                marks = ((len(output.text), len(audio)),)
                self.session.spoken(output.job, audio, marks, now_s=self.now)

    def _words_of(self, heard: Listen) -> Callable[[], str]:
        text = self.heard_text

        def words() -> str:
            self.asked_for_s.append(heard.audio.duration_s)
            if self.deaf:
                raise SpeechFailed("ears", "deaf")
            return text

        return words

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        begin, until = len(self.events), self.now + seconds
        while (due := self.session.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.session.tick(self.now)
            self.flush()
        self.now = until
        return self.events[begin:]

    def push_to_talk(self) -> None:
        self.do(ConfigureSession(SessionConfig(turn_detection_off=True)))

    def talk(self, seconds: float = 1.0) -> list[dict[str, Any]]:
        return self.do(AppendAudio(np.zeros(round(seconds * RATE), "<i2").tobytes()))


def _type_of(message: bytes) -> str:
    name = GA.read(json.loads(message))
    assert name is not None
    return str(json.loads(message)["type"])


def types_of(events: list[dict[str, Any]]) -> list[str]:
    """Return type names; runs of the same delta are merged."""
    names: list[str] = []
    for event in events:
        name = event["type"]
        if not (name.endswith(".delta") and name in names[-2:]):
            names.append(name)
    return names


def asked(*, limit_s: float = 3600.0) -> Driver:
    driver = Driver(limit_s=limit_s)
    config = SessionConfig(turn_detection_off=True, instructions=PROMPT, tools=(LOOKUP,))
    driver.do(ConfigureSession(config))
    driver.talk()
    driver.do(CommitAudio())
    return driver
