from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from harness.agent.server.connection import own_certificate
from harness.agent.server.websocket_server import serve
from harness.errors import StorageFailed, UsageError
from harness.session.clock import RealClock


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_certificate_holds_a_session_by_wss(
    tmp_path: Path, name: str
) -> None:
    told = tmp_path / "cert.pem"

    async def main() -> tuple[str, str]:
        async with serve(clock=RealClock(), tls=own_certificate("127.0.0.1", told)) as server:
            trusts = ssl.create_default_context(cafile=str(told))
            place = server.url.replace("127.0.0.1", name)
            async with connect(place, ssl=trusts) as socket:
                first = json.loads(await socket.recv())
            with pytest.raises(ssl.SSLCertVerificationError):
                await connect(place, ssl=ssl.create_default_context())
            return place, str(first["type"])

    place, first = asyncio.run(main())
    assert place.startswith(f"wss://{name}:")
    assert first == "session.created"


def test_only_the_certificate_is_written_and_every_one_is_new(tmp_path: Path) -> None:
    told = tmp_path / "cert.pem"
    written = set()
    for _ in range(2):
        own_certificate("agent.example", told)
        written.add(told.read_text())
    assert len(written) == 2
    assert not any("PRIVATE" in text for text in written)
    assert list(tmp_path.iterdir()) == [told]


def test_a_certificate_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match=r"cert\.pem"):
        own_certificate("localhost", tmp_path / "nowhere" / "cert.pem")


def test_a_missing_extra_is_one_line_with_what_to_install(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(UsageError, match=r"--tls needs trustme: .*\[tls\]'$"):
        own_certificate("localhost", tmp_path / "cert.pem")
