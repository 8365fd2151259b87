"""Failed connections: the message says the cause and the remedy."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from harness.errors import ConnectFailed, UsageError
from harness.runs.routes import route_to
from harness.scenario.target import Target
from harness.transport.websocket import connect

KEY = "sk-verysecretkey123"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@asynccontextmanager
async def answering(answer: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that sends this (None: no bytes) at once or after a request, and hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            if answer is not None:
                await reader.read(65_536)
                writer.write(answer)
                await writer.drain()
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]


async def said(url: str, **headers: str) -> str:
    with pytest.raises(ConnectFailed) as caught:
        await connect(url, headers=HEADERS | headers, open_timeout_s=10.0)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return f"{caught.value.kind}: {caught.value.detail}"


def http(status: str, body: str = "", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


TROUBLE = "(the server, or what stands before it, is in trouble: try again later)"
ANSWERS = [
    ("ws", b"\x15\x03\x01\x00\x02\x02\x46", "tls: the server speaks TLS at this port: write wss://"
     " instead of ws://"),
    ("ws", b"\x16\x03\x03\x00\x7a\x02", "tls: the server speaks TLS at this port: write wss://"
     " instead of ws://"),
    ("wss", http("400 Bad Request"), "tls: the server does not speak TLS at this port: write ws://"
     " instead of wss://"),
    ("wss", b"SSH-2.0-OpenSSH_9.6\r\n", "tls: the server does not speak TLS at this port: write"
     " ws:// instead of wss://"),
    ("ws", b"SSH-2.0-OpenSSH_9.6\r\n", "rejected: no HTTP server answers here; it sent"
     " 'SSH-2.0-OpenSSH_9.6\\r\\n': look at the port"),
    ("ws", b"220 mail ready", "rejected: no HTTP server answers here; it sent '220 mail ready':"
     " look at the port"),
    ("ws", None, "lost: the server closed the connection before it answered"),
    ("wss", None, "tls: the server closed the connection in the TLS handshake"),
    ("ws", http("200 OK", "<html><title>Hi</title><h1>Welcome,\n you</h1></html>"), "rejected:"
     " HTTP 200: Welcome, you (this is an ordinary web page: look at the path of the URL)"),
    ("ws", http("404 Not Found"), "rejected: HTTP 404 (look at the path of the URL)"),
    ("ws", http("401 Unauthorized", f'{{"error": {{"message": "Bad key {KEY}.", "x": 1}}}}'),
     "rejected: HTTP 401: Bad key ***. (look at the key)"),
    ("ws", http("401 Unauthorized", "x" * 185 + KEY), "rejected: HTTP 401: " + "x" * 185 + "***"
     " (look at the key)"),
    ("ws", http("403 Forbidden", '{"error": "no seat"}'), "rejected: HTTP 403: no seat (the key may"
     " not do this, or not from here)"),
    ("ws", http("418 Teapot", "[1]"), "rejected: HTTP 418: [1]"),
    ("ws", http("429 Too Many", "slow down"), "rejected: HTTP 429: slow down (too many sessions or"
     " requests: wait, or lower --concurrency)"),
    ("ws", http("429 Too Many", Retry_After="20"), "rejected: HTTP 429 (try again in 20 s)"),
    ("ws", http("503 Off", Retry_After="Sun, 22 Nov 2026 11:00:00 GMT"), "rejected: HTTP 503 (not"
     " before Sun, 22 Nov 2026 11:00:00 GMT)"),
    ("ws", http("502 Bad Gateway", "<html>\n<style>b {}</style><h1>Oh</h1></html>"), "rejected:"
     f" HTTP 502: Oh {TROUBLE}"),
    ("ws", http("301 Moved", Location=f"wss://other.example/v1?key={KEY}"), "rejected: HTTP 301: it"
     " points to wss://other.example/v1?key=***; write that address: redirects are not followed,"
     " because the key would travel with them"),
    ("ws", http("302 Found"), "rejected: HTTP 302"),
    ("ws", http("101 Switching Protocols", Upgrade="websocket", Connection="Upgrade"), "rejected:"
     " no WebSocket server answers here: missing Sec-WebSocket-Accept header"),
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize(("scheme", "answer", "expected"), ANSWERS)
async def test_an_answer_that_is_no_session_is_named(scheme, answer, expected):
    async with answering(answer) as port:
        assert await said(f"{scheme}://127.0.0.1:{port}/v1/realtime") == expected


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_port_where_nobody_listens_is_named(host):
    async with answering(None) as port:
        pass
    assert await said(f"ws://{host}:{port}/") == (
        "refused: nobody listens at this address: is the server running, and the port right?"
    )


# --- certificates ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificates:
    """A certificate authority of our own, and its certificates."""

    folder: Path

    def make(self, name: str, *, signer: str, days: int = 2, host: str = "127.0.0.1") -> None:
        kind = "IP" if host[0].isdigit() else "DNS"
        (self.folder / "ext").write_text(f"subjectAltName={kind}:{host}")
        self._openssl(
            f"req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {name}.key"
            f" -out {name}.csr -subj /CN={name}"
        )
        by = f"-signkey {name}.key" if signer == name else f"-CA {signer}.pem -CAkey {signer}.key"
        self._openssl(f"x509 -req -in {name}.csr {by} -days {days} -extfile ext -out {name}.pem")

    def authority(self) -> None:
        self._openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key"
            " -out ca.pem -days 2 -subj /CN=ours -addext basicConstraints=critical,CA:TRUE"
        )

    def server(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def _openssl(self, arguments: str) -> None:
        command = ["openssl", *arguments.split()]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command, to make certificates")
    made = Certificates(tmp_path_factory.mktemp("tls"))
    made.authority()
    made.make("good", signer="ca")
    made.make("expired", signer="ca", days=-1)
    made.make("elsewhere", signer="ca", host="agent.example")
    made.make("own", signer="own")
    return made


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "trusted", "expected"),
    [
        ("good", None, "comes from an authority unknown here: to trust it, set SSL_CERT_FILE"),
        ("own", None, "is signed by itself: to trust it, set SSL_CERT_FILE"),
        ("expired", "ca", "has expired: the server needs a new one"),
        ("elsewhere", "ca", "is for another host: "),
    ],
)
async def test_a_certificate_that_is_not_trusted_says_why(
    certificates, monkeypatch, name, trusted, expected
):
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.folder / f"{trusted}.pem"))
    async with answering(b"", certificates.server(name)) as port:
        text = await said(f"wss://127.0.0.1:{port}/")
    assert text.startswith(f"tls: its certificate {expected}")


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "trusted"), [("good", "ca"), ("own", "own")])
async def test_a_certificate_is_trusted_through_the_environment(
    certificates, monkeypatch, name, trusted
):
    async def echo(peer: ServerConnection) -> None:
        async for message in peer:
            await peer.send(message)

    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.folder / f"{trusted}.pem"))
    async with serve(echo, "127.0.0.1", 0, ssl=certificates.server(name)) as server:
        port = server.sockets[0].getsockname()[1]
        link = await connect(f"wss://127.0.0.1:{port}/", headers=HEADERS, open_timeout_s=10.0)
        async with link as connection:
            await connection.send("hello")
            assert (await connection.recv()).message == "hello"


# --- keys ------------------------------------------------------------------------------------

TARGET = Target.model_validate(
    {
        "format": 1,
        "target": "mine",
        "url": "wss://agent.example/v1",
        "auth": {"bearer_env": "MY_KEY"},
    }
)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("sk-very\nsecret", "MY_KEY holds a line break; a key is one plain line"),
        ("sk-very\rsecret", "MY_KEY holds a line break; a key is one plain line"),
        ("sk-verysäcret", "MY_KEY holds a character that no header may hold; a key"),
        ("sk-very\x07secret", "MY_KEY holds a character that no header may hold; a key"),
    ],
)
def test_a_key_that_cannot_be_sent_is_named_before_anybody_is_called(monkeypatch, key, problem):
    monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(UsageError, match=problem) as caught:
        route_to(TARGET)
    assert "very" not in str(caught.value)


def test_a_line_break_at_the_end_of_a_key_is_not_part_of_it(monkeypatch):
    monkeypatch.setenv("MY_KEY", "  sk-plain\r\n")
    assert route_to(TARGET).headers == {"Authorization": "Bearer sk-plain"}


@pytest.mark.asyncio
async def test_a_header_that_cannot_be_sent_is_named_and_not_sent():
    with pytest.raises(UsageError, match="header X-Room holds a line break, so nothing was sent"):
        await connect("ws://127.0.0.1:9/", headers={"X-Room": "a\nb"}, open_timeout_s=1.0)
