"""The page about the reference agent describes the real agent, and its example runs."""

from __future__ import annotations

import asyncio
from typing import Any

from support.pages import blocks, page, quoted, rows, section

from harness.agent.desk.rules import Behaviour, Strength
from harness.agent.faults import CAUGHT_BY, DOES, MAY_TRIP, AgentFault, AgentQuirk
from harness.agent.server.websocket_server import SEED, serve
from harness.protocol.openai import commands as openai_ga_commands
from harness.session.clock import RealClock


def test_the_fault_table_is_the_one_in_the_code():
    told = {
        quoted(row[0])[0]: (set(quoted(row[1])), set(quoted(row[2])), row[3])
        for row in rows(section(page("reference-agent.md"), "Faults"))
    }
    assert told == {f.value: (set(CAUGHT_BY[f]), set(MAY_TRIP[f]), DOES[f]) for f in AgentFault}


def test_the_quirk_table_is_the_one_in_the_code():
    told = {
        quoted(row[0])[0]: row[1]
        for row in rows(section(page("reference-agent.md"), "Good agents that look suspicious"))
    }
    assert told == {quirk.value: DOES[quirk] for quirk in AgentQuirk}


def test_the_behaviours_read_from_a_prompt_are_told_completely():
    text = section(page("reference-agent.md"), "How it reads a prompt")
    assert [name for row in rows(text) for name in quoted(row[0])] == [b.value for b in Behaviour]


def test_the_sdk_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "O, R, D, dash, four, seven, one, five, B" in asyncio.run(example_said())
    assert (tmp_path / "answer.wav").stat().st_size > 24_000


async def example_said() -> str:
    (code,) = blocks(page("reference-agent.md"), "python")
    code = code.replace("print(asyncio.run(main()))\n", "")
    async with serve(clock=RealClock()) as server:
        names: dict[str, Any] = {}
        exec(code.replace("ws://127.0.0.1:8765", server.url.removesuffix("/v1/realtime")), names)
        return await names["main"]()


def test_the_client_events_are_told_completely():
    table = rows(section(page("reference-agent.md"), "Protocol"))
    told = [name for row in table for name in quoted(row[0])]
    assert sorted(told) == sorted(openai_ga_commands._READERS)


def test_the_chances_of_a_behaviour_and_the_seed_are_told():
    text = page("reference-agent.md")
    clear, vague, absent = (s.value for s in (Strength.CLEAR, Strength.VAGUE, Strength.ABSENT))
    assert f"probability {clear} when clear, {vague} when vague, {absent} when absent" in text
    assert f"a whole number, {SEED} by default" in text
