"""The server side of a GPT-Live session, for an agent of the Realtime API.

That agent announces answers, sends them faster than real time, and needs reports of what was not
played. A GPT-Live client knows none of this: so this end acts as the Realtime client for it. It
plays the audio in real time on the single track, drops it when the caller interrupts (by the rule
of ``openai/ga.py``), reports to the agent how much was played, and requests the answer that
follows tool results. Its tool calls become work of a backend.

The caller's audio drives everything: for a tenth of a second of it, a tenth of the track is sent;
without any the session pauses, and expires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from harness.audio.codec import decode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ServerVad, SessionConfig
from harness.protocol.fields import Fields, JsonObject, load, without_none
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    ResponseUsage,
    Role,
)
from harness.protocol.openai.ga import ACTIVE_RESPONSE, Interruption
from harness.protocol.openai.settings import write_voice
from harness.protocol.openai_live.output_track import SessionFlow
from harness.protocol.openai_live.settings import BACKEND, FORMATS, read_change, read_session
from harness.protocol.server_half import NewId, Served, ServerEnd

# Tool calls of an agent as a GPT-Live backend would make them: delegations and their responses.
#
# The agent makes a call in an answer of its own; here a delegation is created for it, and a
# response of the backend contains it. Once its result came, the delegation continues with another
# response, which ends when the voice begins to speak, or calls again.
#
# The events are those of the Responses API (openai 3.57, ``openai.types.responses``), each with its
# ``sequence_number`` inside its response. Their snapshots of a response leave out its input and
# clear its instructions, tools and output, as ``openai.types.live.ResponseEvent`` has it.

_CODES = ("server_error", "rate_limit_exceeded", "invalid_prompt")
"""The vendor's codes for a failed response that an agent may use."""


class BackendWork:
    """The delegations of a session; every method returns the Responses events to send now.

    ``at_s`` is the server's clock in seconds, for ``created_at``.
    """

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._response: JsonObject | None = None
        self._sequence = self._calls = 0
        self._model = ""
        self.delegation_id: str | None = None
        """The newest delegation."""

    def configured(self, model: str) -> None:
        """Note the backend model that the client requested."""
        self._model = model

    def called(self, call: Item, at_s: float) -> tuple[JsonObject | None, tuple[JsonObject, ...]]:
        """Return the delegation, if a call begins a new delegation, and the events of the call."""
        begun: tuple[JsonObject, ...] = ()
        delegation: JsonObject | None = None
        if self._response is None:
            begun = tuple(self._begin(at_s))
            self.delegation_id = self._new_id("item")
            delegation = {
                "id": self.delegation_id,
                "type": "delegation",
                "target": "responses",
                "response_id": self._snapshot["id"],
            }
        events = tuple(self._call(call))
        self._calls += 1
        return delegation, (*begun, *events)

    def resumed(self, at_s: float) -> tuple[JsonObject, ...]:
        """Continue with the results that came."""
        return () if self._response is not None else tuple(self._begin(at_s))

    def spoken(self) -> tuple[JsonObject, ...]:
        """End the active response when the voice speaks, unless the response has calls."""
        return () if self._calls else tuple(self._end("completed"))

    def done(self, response: Response, *, failed: bool) -> tuple[JsonObject, ...]:
        """End the active response: the agent's answer, which contained it, has ended."""
        return tuple(self._end("failed" if failed else "completed", response))

    @property
    def _snapshot(self) -> JsonObject:
        assert self._response is not None  # only called while a response is active
        return self._response

    def _event(self, kind: str, **fields: object) -> JsonObject:
        event = {"type": f"response.{kind}", "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return event

    def _begin(self, at_s: float) -> Iterator[JsonObject]:
        self._sequence = self._calls = 0
        self._response = {
            "id": self._new_id("resp"),
            "object": "response",
            "created_at": int(at_s),
            "status": "in_progress",
            "model": self._model,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "output": [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": None,
        }
        yield self._event("created", response=self._response)
        yield self._event("in_progress", response=self._response)

    def _call(self, call: Item) -> Iterator[JsonObject]:
        item = {
            "type": "function_call",
            "id": self._new_id("fc"),
            "status": "completed",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments,
        }
        place = {"output_index": self._calls}
        named = {"item_id": item["id"], **place}
        begun = {**item, "status": "in_progress", "arguments": ""}
        yield self._event("output_item.added", **place, item=begun)
        yield self._event("function_call_arguments.delta", **named, delta=call.arguments)
        whole = {"name": call.name, "arguments": call.arguments}
        yield self._event("function_call_arguments.done", **named, **whole)
        yield self._event("output_item.done", **place, item=item)

    def _end(self, status: str, response: Response | None = None) -> Iterator[JsonObject]:
        if self._response is None:
            return
        ended = {**self._response, "status": status}
        if response is not None and response.usage is not None:
            ended["usage"] = _usage(response.usage)
        if response is not None and response.error is not None:
            ended["error"] = _error(response.error)
        yield self._event(status, response=ended)
        self._response, self._calls = None, 0


def _usage(used: ResponseUsage) -> JsonObject:
    """Return the tokens of a backend, which reads and writes text alone."""
    cached = {"cached_tokens": used.cached_text_tokens, "cache_write_tokens": 0}
    return {
        "input_tokens": used.input_text_tokens,
        "input_tokens_details": cached,
        "output_tokens": used.output_text_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.input_text_tokens + used.output_text_tokens,
    }


def _error(error: ErrorInfo) -> JsonObject:
    code = error.code if error.code in _CODES else _CODES[0]
    return {"code": code, "message": error.message}


WITHOUT_AUDIO_S = 31.0
"""Time limit without any caller audio: the service's limit, measured once."""

SESSION_S = 3600.0

_APPENDS = {
    f"session.{name}.append": f"session.{name}.appended"
    for name in ("instructions", "thinking", "commentary")
}
_COMMENTARY = "session.commentary.append"
_INSTRUCTIONS = "session.instructions.append"
_ENVELOPE = ("type", "event_id")


class LiveServer(ServerEnd):
    """A connection of a client; its session begins with ``session.start``."""

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._wanted = SessionConfig()
        self._told: JsonObject = {}
        """The session as its client requested it."""
        self._session: JsonObject = {}
        self._flow: SessionFlow | None = None
        self._work = BackendWork(new_id)
        self._interruption = Interruption()
        self._open: set[str] = set()
        self._asked = self._owed = self._caller_speaks = False
        self._muted = False
        self._expires_s: float | None = None
        self._handlers: dict[str, Callable[[Fields, float], Served]] = {
            "session.start": self._start,
            "session.update": self._update,
            "session.input_audio.append": self._append,
            "session.input_audio.mute": self._mute,
            "session.input_audio.unmute": self._mute,
            **dict.fromkeys(_APPENDS, self._context),
            "response.item.create": self._create_item,
            "response.create": self._create_response,
            "session.close": self._close,
        }

    # --- the client ----------------------------------------------------------------------

    def receive(self, message: str | bytes, now_s: float) -> Served:
        """Take a client's message; raises WireFault, for the error that answers it."""
        raw = load(message)
        own_id = raw.get("event_id")
        fields = Fields(raw, strict=True, event_id=own_id if isinstance(own_id, str) else None)
        kind = fields.choice("type", self._handlers)
        if (kind == "session.start") is bool(self._session):
            what = "has started already" if self._session else "begins with session.start"
            raise fields.refuse("invalid_event", "type", f"The session {what}.")
        return self._handlers[kind](fields, now_s)

    def _start(self, fields: Fields, now_s: float) -> Served:
        fields.only((*_ENVELOPE, "session"))
        self._told = fields.required("session").raw
        self._wanted = read_session(fields.required("session"))
        self._work.configured(self._wanted.backend_model or BACKEND)
        self._expires_s = now_s + WITHOUT_AUDIO_S
        asked = SessionConfig(
            instructions=self._wanted.instructions,
            tools=self._wanted.tools,
            voice=self._wanted.voice,
            input_format=self._wanted.input_format,
            output_format=self._wanted.output_format,
            turn_detection=ServerVad(),
            transcription_model=self._wanted.model,
        )
        return Served(commands=(c.ConfigureSession(asked, fields.event_id),))

    def _update(self, fields: Fields, now_s: float) -> Served:
        fields.only((*_ENVELOPE, "session"))
        session = fields.required("session")
        session.only(("delegation", "triggers"))
        tools = read_change(session)
        return Served(commands=(c.ConfigureSession(SessionConfig(tools=tools), fields.event_id),))

    def _append(self, fields: Fields, now_s: float) -> Served:
        fields.only((*_ENVELOPE, "audio"))
        kind = self._wanted.input_format or AudioFormat.PCM16_24K
        try:
            audio = decode_base64(fields.text("audio"))
        except ValueError:
            raise fields.refuse("invalid_audio", "audio", "The audio is not base64.") from None
        if len(audio) % kind.sample_bytes:
            raise fields.refuse("invalid_audio", "audio", "The audio ends within a sample.")
        assert self._flow is not None  # the session has started
        self._expires_s = self._session["expires_at"]
        if self._muted:
            audio = self._flow.track.silence(len(audio) // kind.sample_bytes)
        heard = Served(commands=(c.AppendAudio(audio, fields.event_id),))
        return _joined(heard, self._flow.append(audio))

    def _mute(self, fields: Fields, now_s: float) -> Served:
        fields.only(_ENVELOPE)
        self._muted = fields.text("type").endswith(".mute")
        kind = f"session.input_audio.{'muted' if self._muted else 'unmuted'}"
        return Served((self._message(kind, client_event_id=fields.event_id),))

    def _context(self, fields: Fields, now_s: float) -> Served:
        """Take a remark; a spoken remark (commentary) makes the agent speak."""
        fields.only((*_ENVELOPE, "content", "delegation_id"))
        fields.text("content")
        if "delegation_id" not in fields.raw:
            fields.required("delegation_id")
        kind = fields.text("type")
        at_ms = 0 if self._flow is None else self._flow.now_ms
        told = self._message(
            _APPENDS[kind], start_ms=at_ms, end_ms=at_ms, client_event_id=fields.event_id
        )
        if kind == _INSTRUCTIONS:
            words = (Content(ContentKind.INPUT_TEXT, text=fields.text("content")),)
            remark = Item(kind=ItemKind.MESSAGE, role=Role.SYSTEM, content=words)
            return Served((told,), (c.CreateItem(remark),))
        speak = kind == _COMMENTARY and not self._open
        self._asked = self._asked or speak
        return Served((told,), (c.CreateResponse(),) if speak else ())

    def _create_item(self, fields: Fields, now_s: float) -> Served:
        fields.only((*_ENVELOPE, "item"))
        item = fields.required("item")
        item.choice("type", ("function_call_output",))
        result = Item(
            kind=ItemKind.FUNCTION_CALL_OUTPUT,
            call_id=item.text("call_id"),
            output=item.text("output"),
        )
        return Served(commands=(c.CreateItem(result, event_id=fields.event_id),))

    def _create_response(self, fields: Fields, now_s: float) -> Served:
        fields.only(_ENVELOPE)
        self._owed = True
        told = tuple(self._backend(self._work.resumed(now_s)))
        return _joined(Served(told), self._ask_if_owed())

    def _close(self, fields: Fields, now_s: float) -> Served:
        fields.only(_ENVELOPE)
        return self._closed("close_requested", fields.event_id)

    # --- the agent -----------------------------------------------------------------------

    def send(self, event: e.ServerEvent, now_s: float) -> Served:
        """Take an event of the agent; audio and text are sent later, in real time."""
        if isinstance(event, e.ServerError):
            return self._error(event.error)
        if isinstance(event, e.SessionUpdated):
            return self._configured(event, now_s)
        if (flow := self._flow) is None:
            return Served()
        match event:
            case e.AudioDelta(response_id, item_id, _, index, audio):
                flow.track.sound((response_id, item_id, index), audio, flow.received)
                return Served(tuple(self._backend(self._work.spoken())))
            case e.TranscriptDelta(response_id, item_id, _, index, delta):
                flow.track.words((response_id, item_id, index), delta)
            case e.TranscriptDone(response_id, item_id, _, index):
                flow.track.whole((response_id, item_id, index))
            case e.OutputItemDone(item=item) if item.kind is ItemKind.FUNCTION_CALL:
                return Served(tuple(self._delegated(item, flow.now_ms, now_s)))
            case e.InputTranscriptDelta(item_id, _, delta):
                return Served(tuple(flow.heard(item_id, delta)))
            case _:
                return self._follow(event, flow)
        return Served()

    def _follow(self, event: e.ServerEvent, flow: SessionFlow) -> Served:
        """Apply the rules of a Realtime client: interruption, and answers to tool results."""
        rule, stops = self._interruption, False
        done: tuple[JsonObject, ...] = ()
        match event:
            case e.SpeechStarted(item_id, start_ms):
                self._caller_speaks = True
                flow.turn(item_id, start_ms=start_ms)
                stops = rule.speech_started(frozenset(self._open))
            case e.SpeechStopped(item_id, end_ms):
                self._caller_speaks = False
                flow.turn(item_id, end_ms=end_ms)
            case e.ResponseCreated(response):
                stops = rule.response_created(asked_for=self._asked)
                self._open.add(response.id)
                self._asked = self._owed = False
            case e.ResponseDone(response):
                stops = rule.response_done(response)
                self._open.discard(response.id)
                failed = response.status is ResponseStatus.FAILED
                done = tuple(self._work.done(response, failed=failed))
            case _:
                return Served()
        told = Served(tuple(self._backend(done)))
        cut = flow.cut() if stops else Served()
        return _joined(told, cut, self._ask_if_owed())

    def _ask_if_owed(self) -> Served:
        """Request the answer to tool results; an answer to the caller comes by itself."""
        if not self._owed or self._open or self._asked or self._caller_speaks:
            return Served()
        self._asked = True
        return Served(commands=(c.CreateResponse(),))

    def _error(self, error: ErrorInfo) -> Served:
        if error.code == ACTIVE_RESPONSE:
            # This is the server's own request: the active answer uses the results.
            self._asked = False
            return Served()
        told = without_none(
            type=error.type,
            code=error.code or error.type,
            message=error.message,
            param=error.param,
            client_event_id=error.event_id,
        )
        return Served((self._message("error", error=told),))

    def _configured(self, event: e.SessionUpdated, now_s: float) -> Served:
        started = bool(self._session)
        spoken = self._wanted.output_format or AudioFormat.PCM16_24K
        if not started:
            self._flow = SessionFlow(spoken, self._message)
            voice = self._wanted.voice or "marin"
            self._session = {
                "id": self._new_id("live"),
                "expires_at": int(now_s + SESSION_S),
                "status": "active",
                **self._told,
                "audio": {"format": FORMATS[spoken], "output": {"voice": write_voice(voice)}},
            }
        kind = "session.updated" if started else "session.started"
        named = {"kind": "session", "id": self._session["id"]}
        return Served((self._message(kind, session=self._session),), truth=(named,))

    # --- messages ------------------------------------------------------------------------

    def next_due(self) -> float | None:
        """Return when the session expires."""
        return self._expires_s

    def tick(self, now_s: float) -> Served:
        """End a session that has expired."""
        if self._expires_s is None or now_s < self._expires_s - 1e-9:
            return Served()
        return self._closed("expired", None)

    def _closed(self, reason: str, event_id: str | None) -> Served:
        self._expires_s = None
        told = self._message(
            "session.closed",
            reason=reason,
            usage=self._usage,
            session=self._session,
            client_event_id=event_id,
        )
        truth = () if self._flow is None else tuple(self._flow.track.over())
        return Served((told,), truth=truth, over=True)

    def _delegated(self, call: Item, at_ms: int, now_s: float) -> Iterator[str]:
        new, events = self._work.called(call, now_s)
        if new is not None:
            yield self._message("session.delegation.created", offset_ms=at_ms, delegation=new)
        yield from self._backend(events)

    def _backend(self, events: tuple[JsonObject, ...]) -> Iterator[str]:
        for event in events:
            yield self._message(
                "response.event", delegation_id=self._work.delegation_id, event=event
            )

    @property
    def _usage(self) -> JsonObject:
        return {"seconds": 0.0} if self._flow is None else self._flow.usage

    def _message(self, kind: str, /, **fields: Any) -> str:
        message = {"type": kind, "event_id": self._new_id("event"), **without_none(**fields)}
        return orjson.dumps(message).decode()


def _joined(*parts: Served) -> Served:
    return Served(
        tuple(message for part in parts for message in part.messages),
        tuple(command for part in parts for command in part.commands),
        tuple(told for part in parts for told in part.truth),
        any(part.over for part in parts),
    )
