"""The webhook: receives over HTTP the tool reports of an agent's server, during the calls.

Answers are a line of text. 2xx: all of it was taken; otherwise none of it, except that of an export
of spans the valid spans are taken, as OTLP defines (``partialSuccess``). The port is shared by all
calls of a run. HTTP/1.1 itself is h11's; bodies are bounded, and an idle connection is closed.

Any page in a browser of this machine can reach the port. Browsers name the page (Origin), ask first
if the content type is JSON, and send the name in the address as Host: so posts with an Origin,
without the content type, or to another name are refused, without effect on any call.
"""

from __future__ import annotations

import asyncio
import gzip
import hmac
import io
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import h11
import orjson

from harness.errors import OperationError
from harness.recording.otlp_protobuf import export_answer, read_export
from harness.recording.tool_notices import NoticeFault, SpanRead, read_json, read_notice, read_spans
from harness.scenario.target import ToolsFrom, Webhook
from harness.session.clock import Clock
from harness.session.tool_sources import TRACES, WEBHOOK, CallRegister, ToolSources
from harness.session.tools import NoticeRefused, Why

TRACES_PATH = "/v1/traces"
MOST_BYTES = 1024 * 1024
"""Maximum size of a body, also when unpacked."""
MOST_DROPPED = 16 * MOST_BYTES
"""How much of a too large body is read and dropped, so that its sender gets the answer."""
IDLE_S = 60.0
"""How long a connection may be idle, and how long the body of a post may take."""

_JSON = "application/json"
_PROTOBUF = "application/x-protobuf"
_STATUS = {
    Why.FAULTY: 422,
    Why.UNKNOWN_CALL: 404,
    Why.OVER: 410,
    Why.UNKNOWN_TOOL: 422,
    Why.TIME: 422,
    Why.TWICE: 409,
}


@dataclass(frozen=True, slots=True)
class HookResponse:
    """The response to a post."""

    status: int
    line: str
    kind: str = "text/plain; charset=utf-8"
    packed: bytes | None = None
    """Body to send instead of the line, for clients that use protobuf."""


class _Refusal(Exception):
    """A post that is refused before its content is read."""

    def __init__(self, status: int, line: str, *, counts: bool = False) -> None:
        super().__init__(line)
        self.status, self.counts = status, counts


@dataclass(frozen=True, slots=True)
class Hook:
    """The handling of a post, independent of the HTTP transport."""

    settings: Webhook
    secret: str | None
    register: CallRegister
    clock: Clock

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> HookResponse:
        """Take a post and return its answer; ``body`` is a byte too long if more came."""
        try:
            self._check(method, path, headers)
            row = _read(body, headers, spans=path == TRACES_PATH)
        except _Refusal as refusal:
            self._refused(path, str(refusal), counts=refusal.counts)
            return HookResponse(refusal.status, str(refusal))
        if path != TRACES_PATH:
            return self._notices(row)
        return self._traces(row, packed=_kind(headers) == _PROTOBUF)

    def broke_off(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Note a post whose end never came: it may have reported any tool."""
        with suppress(_Refusal):
            self._check(method, path, headers)
            self._refused(path, "a post broke off before its end", counts=True)

    def _refused(self, path: str, line: str, *, counts: bool) -> None:
        source = TRACES if path == TRACES_PATH else WEBHOOK
        self.register.refuse(source, NoticeRefused(Why.FAULTY, line), counts=counts)

    def _check(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        if path not in (self.settings.path, TRACES_PATH):
            places = f"{self.settings.path} and {TRACES_PATH}"
            raise _Refusal(404, f"tools are told of at {places}, not at {path[:200]}")
        if "origin" in headers:
            line = "Origin: expected a post of a server, got one of a web page"
            raise _Refusal(403, f"{line} ({headers['origin'][:200]})")
        host = headers.get("host", "")
        if not self.settings.is_host(host):
            line = f"Host: expected a name of this machine, got {host[:200]!r}"
            raise _Refusal(421, f"{line}; where it is reached by another, add it as url")
        if method != "POST":
            raise _Refusal(405, f"expected POST, got {method}")
        scheme, _, given = headers.get("authorization", "").partition(" ")
        token = given.strip().encode() if scheme.lower() == "bearer" else b""
        if self.secret and not hmac.compare_digest(token, self.secret.encode()):
            raise _Refusal(401, "Authorization: expected Bearer and the secret of the target file")

    def _notices(self, row: Any) -> HookResponse:
        try:
            notices = [read_notice(each) for each in (row if isinstance(row, list) else [row])]
        except NoticeFault as fault:
            refused = NoticeRefused(Why.FAULTY, str(fault))
            self.register.refuse(WEBHOOK, refused, counts=True)
            return HookResponse(422, str(fault))
        try:
            self.register.take(WEBHOOK, notices, self.clock.wall())
        except NoticeRefused as refused:
            return HookResponse(_STATUS[refused.why], str(refused))
        return HookResponse(200, f"{len(notices)} taken")

    def _traces(self, row: Any, *, packed: bool) -> HookResponse:
        try:
            spans = read_spans(row)
        except NoticeFault as fault:
            self.register.refuse(TRACES, NoticeRefused(Why.FAULTY, str(fault)), counts=True)
            return HookResponse(400, str(fault))
        lines = [line for span in spans if (line := self._span(span))]
        if packed:
            data = export_answer(len(lines), "; ".join(lines))
            return HookResponse(200, "", _PROTOBUF, data)
        if not lines:
            return HookResponse(200, "{}", _JSON)
        told = {"rejectedSpans": str(len(lines)), "errorMessage": "; ".join(lines)}
        return HookResponse(200, orjson.dumps({"partialSuccess": told}).decode(), _JSON)

    def _span(self, span: SpanRead) -> str:
        """Take a span; return why it is refused, empty if it is not."""
        if span.notice is None:
            line = f"{span.place}: {span.fault}"
            self.register.refuse(TRACES, NoticeRefused(Why.FAULTY, line), counts=True)
            return line
        try:
            self.register.take(TRACES, [span.notice], self.clock.wall())
        except NoticeRefused as refused:
            return f"{span.place}: {refused}"
        return ""


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _read(body: bytes, headers: Mapping[str, str], *, spans: bool) -> Any:
    """Return the JSON in a body, or its equivalent; raises _Refusal."""
    too_large = _Refusal(413, f"expected at most {MOST_BYTES} bytes in one post", counts=True)
    if len(body) > MOST_BYTES:
        raise too_large
    kind, known = _kind(headers), (_JSON, _PROTOBUF) if spans else (_JSON,)
    if kind not in known:
        line = f"Content-Type: expected {' or '.join(known)}, got {kind or 'nothing'}"
        raise _Refusal(415, line, counts=True)
    packing = headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip"):
        raise _Refusal(415, f"Content-Encoding: expected gzip or none, got {packing}", counts=True)
    try:
        if packing == "gzip":
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
                body = packed.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise too_large
        return read_export(body) if kind == _PROTOBUF else read_json(body)
    except (NoticeFault, OSError, EOFError, zlib.error) as error:
        said = error if isinstance(error, NoticeFault) else f"no gzip: {error}"
        raise _Refusal(400, f"the body is {said}", counts=True) from None


@asynccontextmanager
async def hooked(
    settings: ToolsFrom, clock: Clock, *, secret: str | None
) -> AsyncIterator[ToolSources]:
    """Take notices for one target inside the block, by its webhook if it has one, and its file.

    Raises:
        OperationError: the address cannot be listened on.
    """
    register, hook = CallRegister(), settings.webhook
    if hook is None:
        yield ToolSources(settings, clock, register, "")
        return
    async with _listening(Hook(hook, secret, register, clock)) as port:
        host = f"[{hook.host}]" if ":" in hook.host else hook.host
        yield ToolSources(settings, clock, register, hook.url or f"http://{host}:{port}{hook.path}")


@asynccontextmanager
async def _listening(hook: Hook) -> AsyncIterator[int]:
    """Answer posts inside the block; yields the port."""
    clients: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        clients.add(me)
        try:
            await _Served(hook, reader, writer).run()
        except (ConnectionError, TimeoutError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass  # the connection is gone, malformed, or no longer wanted; taken notices stay
        finally:
            clients.discard(me)
            writer.close()

    host, port = hook.settings.host, hook.settings.port
    try:
        server = await asyncio.start_server(serve, host, port)
    except OSError as error:
        place = f"tools_from.webhook: cannot listen on {host}, port {port}"
        raise OperationError(f"{place}: {error.strerror or error}") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for client in tuple(clients):  # kept-alive connections would otherwise be waited for
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        await server.wait_closed()


class _Served:
    """A connection of a client, which may post several times."""

    def __init__(
        self, hook: Hook, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._hook, self._reader, self._writer = hook, reader, writer
        self._http = h11.Connection(h11.SERVER)

    async def run(self) -> None:
        """Answer until either side closes."""
        while True:
            try:
                request = await self._event()
            except h11.RemoteProtocolError as error:
                if self._http.our_state is h11.IDLE:
                    status = error.error_status_hint
                    await self._send(HookResponse(status, f"no request of HTTP/1.1: {error}"))
                return
            if not isinstance(request, h11.Request):
                return
            headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
            path = request.target.decode("latin-1").partition("?")[0]
            method = request.method.decode()
            try:
                async with asyncio.timeout(IDLE_S):
                    body = await self._body()
            except (ConnectionError, TimeoutError, h11.RemoteProtocolError):
                self._hook.broke_off(method, path, headers)
                raise
            answer = self._hook.answer(method, path, headers, body)
            await self._send(answer)
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _body(self) -> bytes:
        """Return the body, or enough of a body that is too large to show that it is."""
        body = b""
        if self._http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            self._writer.write(self._http.send(go_on) or b"")
        came = 0
        while came <= MOST_DROPPED:
            part = await self._event()
            if not isinstance(part, h11.Data):
                break
            came += len(part.data)
            body = (body + part.data)[: MOST_BYTES + 1]
        return body

    async def _event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            async with asyncio.timeout(IDLE_S):
                self._http.receive_data(await self._reader.read(65_536))

    async def _send(self, answer: HookResponse) -> None:
        data = f"{answer.line}\n".encode() if answer.packed is None else answer.packed
        headers = [("Content-Type", answer.kind), ("Content-Length", str(len(data)))]
        if self._http.their_state is not h11.DONE:  # do not wait for the rest of the body
            headers.append(("Connection", "close"))
        for part in (
            h11.Response(status_code=answer.status, headers=headers),
            h11.Data(data=data),
            h11.EndOfMessage(),
        ):
            self._writer.write(self._http.send(part) or b"")
        await self._writer.drain()
