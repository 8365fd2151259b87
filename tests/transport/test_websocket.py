"""The client against real servers on loopback, good and bad ones."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Request, Response, ServerConnection, serve

from harness.errors import ConnectFailed, UsageError
from harness.transport.base import Closed
from harness.transport.redaction import scrubbed, shown_url
from harness.transport.websocket import connect

pytestmark = pytest.mark.asyncio
KEY = "sk-verysecretkey123"
HEADERS = {"Authorization": f"Bearer {KEY}"}
Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, **options: object) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type]
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"


@asynccontextmanager
async def plain_tcp(answer: bytes | None, close: bool) -> AsyncIterator[int]:
    peers: list[asyncio.Future[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(asyncio.get_running_loop().create_future())
        try:
            await reader.read(65_536)
            writer.write(answer or b"")
            while not close and await reader.read(65_536):
                pass
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        finally:
            peers.pop().set_result(None)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        async with asyncio.timeout(10.0):
            await asyncio.gather(*peers)


async def echo(peer: ServerConnection) -> None:
    async for message in peer:
        await peer.send(message)


async def failure(url: str, open_timeout_s: float = 5.0) -> ConnectFailed:
    with pytest.raises(ConnectFailed) as caught:
        await connect(url, headers=HEADERS, open_timeout_s=open_timeout_s)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return caught.value


@pytest.mark.parametrize("message", ["héllo", b'{"type":"x"}', "x" * 3_000_000])
async def test_text_and_bytes_go_and_come_as_what_they_are(
    message: str | bytes,
) -> None:
    kinds: list[type] = []

    async def handle(peer: ServerConnection) -> None:
        async for received in peer:
            kinds.append(type(received))
            await peer.send(received)

    async with (
        serving(handle, max_size=None) as url,
        await connect(url, headers={}, open_timeout_s=5.0) as connection,
    ):
        await connection.send(message)
        arrival = await connection.recv()
    assert arrival.message == message
    assert kinds == [type(message)]


async def test_text_that_is_no_utf8_arrives_all_the_same() -> None:
    async def handle(peer: ServerConnection) -> None:
        await peer.send(b'{"a":"\xff"}', text=True)
        await peer.send([b"\xff", b"\xfe"])
        await peer.recv()

    async with (
        serving(handle) as url,
        await connect(url, headers={}, open_timeout_s=5.0) as connection,
    ):
        odd, binary = await connection.recv(), await connection.recv()
        await connection.send("bye")
    assert isinstance(odd.message, str)
    assert odd.message.encode("utf-8", "surrogateescape") == b'{"a":"\xff"}'
    assert binary.message == b"\xff\xfe"


async def test_arrivals_are_stamped_when_read_from_the_socket_not_when_fetched() -> None:
    async def handle(peer: ServerConnection) -> None:
        await peer.send("one")
        await peer.send(["two ", "fragments"])
        sent.set()
        await peer.recv()

    sent = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with (
        serving(handle) as url,
        await connect(url, headers={}, open_timeout_s=5.0) as connection,
    ):
        before_s = loop.time()
        await sent.wait()
        await (await connection._socket.ping())  # its pong comes after both messages
        read_s = loop.time()
        await asyncio.sleep(0.05)
        arrivals = [await connection.recv(), await connection.recv()]
        await connection.send("bye")
    assert [each.message for each in arrivals] == ["one", "two fragments"]
    assert all(each.at_s <= read_s for each in arrivals)
    assert arrivals[0].at_s <= arrivals[1].at_s
    assert before_s - 5.0 < arrivals[0].at_s


async def test_headers_and_the_query_reach_the_server_without_compression() -> None:
    seen: list[Request] = []

    async def handle(peer: ServerConnection) -> None:
        assert peer.request is not None
        seen.append(peer.request)

    async with serving(handle) as url:
        connection = await connect(f"{url}?model=reference", headers=HEADERS, open_timeout_s=5.0)
        with pytest.raises(Closed):
            await connection.recv()
        await connection.close()
    assert seen[0].path == "/v1/realtime?model=reference"
    assert seen[0].headers["Authorization"] == f"Bearer {KEY}"
    assert "Sec-WebSocket-Extensions" not in seen[0].headers


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, ""), (4000, "invalid_request_error.beta_api_shape_disabled")]
)
async def test_a_close_in_mid_call_names_the_servers_code_and_reason(
    code: int, reason: str
) -> None:
    async def handle(peer: ServerConnection) -> None:
        await peer.send("last words")
        await peer.close(code, reason)

    async with serving(handle) as url:
        connection = await connect(url, headers={}, open_timeout_s=5.0)
        assert (await connection.recv()).message == "last words"
        with pytest.raises(Closed) as caught:
            await connection.recv()
        assert (caught.value.code, caught.value.reason) == (code, reason)
        with pytest.raises(Closed):
            await connection.send("too late")
        assert connection.closed is not None
        await connection.close()


async def test_a_server_that_vanishes_is_closed_with_1006() -> None:
    async def handle(peer: ServerConnection) -> None:
        await peer.send("one")
        peer.transport.abort()

    async with (
        serving(handle) as url,
        await connect(url, headers={}, open_timeout_s=5.0) as connection,
    ):
        assert [each.message async for each in connection] == ["one"]
        assert connection.closed is not None
        assert (connection.closed.code, str(connection.closed)) == (1006, "connection closed: 1006")


async def test_a_refusal_tells_status_and_body_but_never_the_key() -> None:
    def refuse(peer: ServerConnection, request: Request) -> Response:
        return peer.respond(
            HTTPStatus.UNAUTHORIZED,
            f"Incorrect API key provided: {KEY} (sk-ve***123). " + "x" * 900,
        )

    async with serving(echo, process_request=refuse) as url:
        error = await failure(f"{url}?api-key=topsecretvalue&model=m")
    assert error.kind == "rejected"
    assert error.detail.startswith("HTTP 401: Incorrect API key provided: *** (***). xxx")
    assert len(error.detail) < 300
    assert error.url.endswith("?api-key=***&model=m")


async def test_a_refusal_without_a_body_and_a_redirect_are_rejected() -> None:
    def move(peer: ServerConnection, request: Request) -> Response:
        response = peer.respond(HTTPStatus.FOUND, "")
        response.headers["Location"] = "ws://127.0.0.1:9/elsewhere"
        return response

    async with serving(echo, process_request=move) as url:
        error = await failure(url)
    assert error.kind == "rejected"
    assert error.detail.startswith("HTTP 302: it points to ws://127.0.0.1:9/elsewhere; write that")


async def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        error = await failure(f"ws://127.0.0.1:{held.getsockname()[1]}/")
    assert error.kind == "refused"


async def test_a_server_that_never_answers_times_out() -> None:
    async with plain_tcp(None, close=False) as port:
        error = await failure(f"ws://localhost:{port}/", open_timeout_s=0.1)
    assert (error.kind, error.detail) == ("timeout", "no session within 0.1 s")


async def test_a_server_that_hangs_up_is_lost() -> None:
    async with plain_tcp(None, close=True) as port:
        assert (await failure(f"ws://127.0.0.1:{port}/")).kind == "lost"


async def test_a_server_that_is_no_websocket_server_is_rejected() -> None:
    async with plain_tcp(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", close=False) as port:
        assert (await failure(f"ws://127.0.0.1:{port}/")).kind == "rejected"


async def test_tls_to_a_server_without_tls_is_a_tls_failure() -> None:
    async with plain_tcp(b"HTTP/1.1 400 Bad Request\r\n\r\n", close=True) as port:
        assert (await failure(f"wss://127.0.0.1:{port}/")).kind == "tls"


async def test_an_unknown_host_is_a_dns_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    assert (await failure("ws://agent.invalid/", open_timeout_s=30.0)).kind == "dns"


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{port}", "gopher://127.0.0.1:{port}"])
async def test_a_proxy_that_does_not_connect_is_named(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with plain_tcp(b"HTTP/1.1 403 Forbidden\r\n\r\n", close=False) as port:
        monkeypatch.setenv("http_proxy", proxy.format(port=port))
        monkeypatch.setenv("https_proxy", proxy.format(port=port))
        error = await failure("wss://agent.invalid/")
    assert error.kind == "refused"
    assert "proxy" in error.detail


async def test_an_address_that_is_no_websocket_url_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"'http://127\.0\.0\.1/'"):
        await connect("http://127.0.0.1/", headers={}, open_timeout_s=1.0)


async def test_shown_urls_and_texts_hold_no_secret() -> None:
    url = "wss://me:passw0rd@h:1/p?token=abcdefgh&model=m#frag"
    assert shown_url(url) == "wss://h:1/p?token=***&model=m"
    text = "passw0rd abcdefgh m Bearer sk-verysecretkey123"
    assert scrubbed(text, url, HEADERS) == "*** *** m Bearer ***"
