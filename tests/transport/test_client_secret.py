"""A key of its own for every connection, minted at a loopback server just before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import orjson
import pytest
from support.minting import minting
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from harness.errors import ConnectFailed
from harness.runs.routes import route_to, stored_target
from harness.scenario.target import Target
from harness.transport.base import Connection
from harness.transport.client_secret import Mint, secrets_url
from harness.transport.websocket import connect

KEY = {"Authorization": "Bearer sk-long-lived-1", "X-Team": "a"}
SESSION = {"type": "realtime", "model": "m"}


async def opened(mint: Mint, times: int) -> list[tuple[str | None, str | None]]:
    """Open connections with minted keys; return the keys and teams that the service saw."""
    seen: list[tuple[str | None, str | None]] = []

    def check(_: ServerConnection, request: Request) -> Response | None:
        seen.append((request.headers.get("Authorization"), request.headers.get("X-Team")))
        return None

    async def held(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with serve(held, "127.0.0.1", 0, process_request=check) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        for _ in range(times):
            wire = await mint.connecting(connect)(
                f"ws://127.0.0.1:{port}/v1/realtime", headers=KEY, open_timeout_s=5.0
            )
            await wire.close()
    return seen


def test_every_connection_has_a_new_key_and_the_lasting_one_stays_at_home() -> None:
    older = b'{"client_secret": {"value": "ek_two_222"}}'
    with minting(200, b'{"value": "ek_one_111", "expires_at": 1}', older) as (url, asked):
        mint = Mint(url, SESSION)
        seen = asyncio.run(opened(mint, 2))
    assert seen == [("Bearer ek_one_111", "a"), ("Bearer ek_two_222", "a")]
    assert mint.issued == ["ek_one_111", "ek_two_222"]
    assert [key for key, _ in asked] == [KEY["Authorization"]] * 2
    assert orjson.loads(asked[0][1]) == {"session": SESSION}


@pytest.mark.parametrize(
    ("status", "answer", "headers", "told", "again_s"),
    [
        (401, b"no such key: sk-long-lived-1", {}, "HTTP 401: no such key: ***", None),
        (429, b"slow down", {"Retry-After": "7"}, "HTTP 429: slow down", 7.0),
        (429, b"", {}, "HTTP 429", 0.0),
        (
            302,
            b"",
            {"Location": "http://127.0.0.1:9/stolen?key=1"},
            "HTTP 302: it points to http://127.0.0.1:9/stolen",
            None,
        ),
        (200, b"not JSON", {}, "no `value` came", None),
        (200, b"[]", {}, "no `value` came", None),
        (200, b'{"client_secret": "ek"}', {}, "no `value` came", None),
        (200, b'{"value": "a\\nb"}', {}, "no `value` came", None),
    ],
)
def test_what_is_no_key_opens_nothing(
    status: int, answer: bytes, headers: dict[str, str], told: str, again_s: float | None
) -> None:
    async def never(url: str, **_: object) -> Connection:
        raise AssertionError(url)

    with minting(status, answer, headers=headers) as (url, _):
        mint = Mint(url, SESSION)
        with pytest.raises(ConnectFailed) as failed:
            asyncio.run(mint.connecting(never)("ws://here", headers=KEY, open_timeout_s=5.0))
    assert told in str(failed.value)
    assert "sk-long" not in str(failed.value)
    assert (failed.value.again_s, mint.issued) == (again_s, [])


def test_azures_lasting_key_stays_at_home_too() -> None:
    sent: list[Mapping[str, str]] = []

    async def keeping(url: str, *, headers: Mapping[str, str], **_: object) -> Connection:
        sent.append(headers)
        raise ConnectFailed(url, "refused", "enough")

    with minting(200, b'{"value": "ek_one_111"}') as (url, _):
        connecting = Mint(url, SESSION).connecting(keeping)
        headers = {"Api-Key": "azure-long-lived", "X-Team": "a"}
        with pytest.raises(ConnectFailed, match="enough"):
            asyncio.run(connecting("ws://here", headers=headers, open_timeout_s=5.0))
    assert sent == [{"X-Team": "a", "Authorization": "Bearer ek_one_111"}]


def test_no_more_of_an_answer_is_read_than_a_key_needs() -> None:
    answer = b" " * 65_536 + b'{"value": "ek_one_111"}'
    with minting(200, answer) as (url, _):
        mint = Mint(url, SESSION)
        with pytest.raises(ConnectFailed, match="no `value` came"):
            asyncio.run(mint.connecting(connect)("ws://here", headers=KEY, open_timeout_s=5.0))


def test_a_key_that_comes_too_slowly_is_not_waited_for() -> None:
    with minting(200, b"{" + b" " * 100, drip_s=0.05) as (url, _):
        mint = Mint(url, SESSION)
        with pytest.raises(ConnectFailed, match=r"no key was minted within 0\.2 s"):
            asyncio.run(mint.connecting(connect)("ws://here", headers=KEY, open_timeout_s=0.2))


def test_nobody_who_mints_is_told_in_one_line() -> None:
    mint = Mint("http://127.0.0.1:1/mint", SESSION)
    with pytest.raises(ConnectFailed, match=r"127\.0\.0\.1:1/mint: refused: no key was minted"):
        asyncio.run(mint.connecting(connect)("ws://here", headers=KEY, open_timeout_s=5.0))


@pytest.mark.parametrize(
    ("url", "where"),
    [
        (
            "wss://api.openai.com/v1/realtime?model=m",
            "https://api.openai.com/v1/realtime/client_secrets",
        ),
        (
            "wss://r.openai.azure.com/openai/v1/realtime",
            "https://r.openai.azure.com/openai/v1/realtime/client_secrets",
        ),
        ("ws://127.0.0.1:8765/v1/realtime/", "http://127.0.0.1:8765/v1/realtime/client_secrets"),
    ],
)
def test_the_service_mints_beside_its_sessions(url: str, where: str) -> None:
    assert secrets_url(url) == where


@pytest.mark.parametrize(
    ("named", "session", "where", "asked"),
    [
        (True, {}, "https://here/v1/realtime/client_secrets", {"type": "realtime", "model": "m"}),
        ("https://mine/token?key=hush-hush", {}, "https://mine/token?key=hush-hush",
         {"type": "realtime", "model": "m"}),
        (True, {"type": "transcription", "input_transcription": "w"},
         "https://here/v1/realtime/client_secrets", {"type": "transcription"}),
    ],
)  # fmt: skip
def test_a_target_says_where_keys_are_minted(
    monkeypatch: pytest.MonkeyPatch, named: object, session: object, where: str, asked: object
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-hush-1234")
    auth = {"bearer_env": "MY_KEY", "client_secret": named}
    target = Target.model_validate(
        {"format": 1, "target": "t", "url": "wss://here/v1/realtime", "model": "m", "auth": auth,
         "session": session}
    )  # fmt: skip
    mint = route_to(target).mint()
    assert mint is not None
    assert (mint.url, mint.session) == (where, asked)
    assert "hush" not in str(stored_target(target))
    plain = target.model_copy(update={"auth": None})
    assert route_to(plain).mint() is None
