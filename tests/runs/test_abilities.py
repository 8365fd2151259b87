"""Scenarios that need what a dialect's session class does not override are refused."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_plans import scenario

from harness.protocol.dialect import Dialect, DialectSession, Incoming, Messages
from harness.runs.plan import unspeakable


class Bare(DialectSession):
    def receive(self, message: str | bytes) -> Incoming:
        return Incoming("x")

    def append_audio(self, audio: bytes) -> bytes:
        return audio


def sends(*_: object, **__: object) -> Messages:
    return ()


TYPED: list[dict[str, Any]] = [{"text": "Hi."}]
INJECTED: list[dict[str, Any]] = [{"inject": {"role": "system", "text": "Hi."}}]
SPOKEN: list[dict[str, Any]] = [{"say": "Hi."}]
ASIDE: list[dict[str, Any]] = [{"out_of_band": {"instructions": "Sum up.", "expect": "x"}}]
SAID = [{"role": "user", "text": "Hi."}, {"role": "assistant", "text": "Hello."}]
CALLED = [*SAID, {"tool": "look", "arguments": {}, "returns": {}}]
EVERY = ("system", "user", "assistant")


@pytest.mark.parametrize(
    ("able", "roles", "turns", "history", "refused"),
    [
        ((), EVERY, SPOKEN, [], []),
        ((), EVERY, TYPED, [], [("turns", 0, "text")]),
        (("add_text",), EVERY, TYPED, [], []),
        (("add_text",), ("system",), TYPED, [], [("turns", 0, "text")]),
        (("add_text",), ("user",), TYPED, SAID, [("history",)]),
        (("add_text",), ("user",), INJECTED, [], [("turns", 0, "inject", "role")]),
        (("add_text",), EVERY, INJECTED, SAID, []),
        (("add_text",), EVERY, SPOKEN, CALLED, [("history", 2, "tool")]),
        (("add_text", "add_tool_call"), EVERY, SPOKEN, CALLED, []),
        ((), EVERY, ASIDE, [], [("turns", 0, "out_of_band")]),
        (("ask_out_of_band",), EVERY, ASIDE, [], []),
        ((), EVERY, [{"session_update": {"voice": "marin"}}], [], [("turns", 0, "session_update")]),
        (("update_session",), EVERY, [{"session_update": {"voice": "marin"}}], [], []),
    ],
)  # fmt: skip
def test_an_ability_that_is_not_overridden_is_refused(
    able: tuple[str, ...],
    roles: tuple[str, ...],
    turns: list[dict[str, Any]],
    history: list[dict[str, Any]],
    refused: list[tuple[object, ...]],
) -> None:
    spoken = Dialect()
    spoken.name, spoken.roles = "bare", roles
    spoken.session_class = type("Able", (Bare,), dict.fromkeys(able, sends))
    wanted = scenario([*SPOKEN, *turns] if turns != SPOKEN else turns, history=history)
    shift = len(wanted.turns) - len(turns)
    found = [key for key, _ in unspeakable(wanted, spoken)]
    assert found == [
        (key[0], key[1] + shift, *key[2:]) if key[0] == "turns" else key for key in refused
    ]
