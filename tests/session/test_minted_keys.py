"""A call whose every session has a key of its own: none of them reaches a file."""

from __future__ import annotations

import base64
from pathlib import Path

from support.call_plans import call_plan, scenario, writer
from support.minting import minting
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.transport.client_secret import Mint

KEYS = ("ek_first_11111111", "ek_second_22222222")
LASTING = "sk-lasting-33333333"


def _key(session: Session) -> str:
    request = session.socket.request
    assert request is not None
    return request.headers["Authorization"].removeprefix("Bearer ")


async def _says_its_key_and_expires(session: Session) -> None:
    key = _key(session)
    response = {"id": "resp_key", "status": "in_progress", "output": []}
    await session.send("response.created", response=response)
    packed = base64.b64encode(key.encode()).decode()
    await session.speak("resp_key", Reply(f"Your key is {key}, or {packed}."))
    await session.done("resp_key", "completed", [])
    await session.error("session_expired", f"Key {key} is too old.", {})
    await session.socket.close(1001, "over")


def test_no_minted_key_reaches_a_file_and_each_session_has_a_new_one(tmp_path: Path) -> None:
    here = Reply("Here I am.")
    script = Script([Reply(raw=_says_its_key_and_expires), here, here])
    wanted = scenario([{"say": "Where is it?"}, {"say": "Still there?"}])

    async def main(mint_url: str) -> list[str]:
        async with scripted_server(script) as (url, sessions):
            plan = call_plan(
                url,
                wanted,
                mint=Mint(mint_url, {"type": "realtime"}),
                headers={"Authorization": f"Bearer {LASTING}"},
                secrets=(LASTING,),
                rejoins=True,
            )
            status = await run_call(plan, clock=VirtualClock(), writer=writer(tmp_path))
            assert status is CallStatus.COMPLETED
            return [_key(session) for session in sessions]

    answers = (f'{{"value": "{key}"}}'.encode() for key in KEYS)
    with minting(200, *answers) as (mint_url, asked):
        seen = run_virtual(main(mint_url))
    assert seen == list(KEYS)
    assert [key for key, _ in asked] == [f"Bearer {LASTING}"] * 2
    assert len(read_recording(tmp_path).absences) == 1
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    hidden = [*KEYS, LASTING]
    hidden += [base64.b64encode(key.encode()).decode() for key in hidden]
    assert b"Your key is" in written
    assert [one for one in hidden if one.encode() in written] == []
