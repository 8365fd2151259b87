"""A call to the desk as text, in any language it speaks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.policy import Desk
from harness.agent.desk.speech_acts import DeskWords
from harness.agent.desk.toolbox import DeskReply, LastWords, Returned, Said, Terms
from harness.agent.faults import AgentSwitch
from harness.protocol.commands import Tool

PROMPT = """\
Before you call lookup_order, always say one short sentence about it.
Always read every order number back character by character and ask whether it is right.
When the caller interrupts your read-back, always read the whole number again.
Before you cancel, change or refund, always state it and wait for a clear yes.
When the caller is unclear, always ask again. Never guess.
Always ask for one thing at a time. Keep it short.
On silence or background noise always call wait_for_user and say nothing.

Always call escalate_to_human and say "connecting you with a specialist" when:
- the caller asks for a human;
- the caller is very angry or frustrated more than once;
- two lookups have failed;
- the caller wants a refund above 50 dollars.

Orders: ORD-4715B, ORD-8263K, ORD-9140X, ORD-3582M, ORD-6079R, ORD-5937P, ORD-5937T.
"""


FOUND = json.dumps({"status": "shipped", "eta": "2026-04-25"})
DOWN = json.dumps({"error": "unavailable"})
DONE = json.dumps({"ok": True})


def _tool(name: str, **properties: str) -> Tool:
    schema = {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in properties.items()},
        "required": list(properties),
        "additionalProperties": False,
    }
    return Tool(name, "", schema)


TOOLS = (
    _tool("lookup_order", order_id="string"),
    _tool("cancel_order", order_id="string"),
    _tool("change_address", order_id="string", address="string"),
    _tool("refund_order", order_id="string", amount="number"),
    _tool("escalate_to_human", reason="string"),
    _tool("wait_for_user"),
)


class DeskCall:
    """A call as text: caller lines and tool outputs go in, the desk's replies come out."""

    def __init__(
        self,
        fault: AgentSwitch | None = None,
        *,
        words: DeskWords,
        prompt: str,
        seed: int = 7,
        tools: Sequence[Tool] = TOOLS,
    ) -> None:
        self.desk, self.tools = Desk(words, seed=seed, fault=fault), tools
        self.desk.configure(prompt)
        self.reply = DeskReply()
        self.cut: int | None = None

    def say(self, text: str, audio_s: float = 2.0) -> DeskReply:
        words = None
        if self.reply.say:
            words = LastWords(self.reply.say, self.reply.say[: self.cut])
        self.cut = None
        self.reply = self.desk.respond((Said(text, audio_s),), words, Terms(self.tools))
        return self.reply

    def give(self, output: str) -> DeskReply:
        call = self.reply.calls[0]
        self.reply = self.desk.respond(
            (Returned(call.name, call.arguments, output),), None, Terms(self.tools)
        )
        return self.reply

    def hear(self, line: str) -> str:
        """Take "caller: words" or "tool: output"; return the words, and the calls after them."""
        who, _, text = line.partition(": ")
        reply = self.say(text, 1.0) if who == "caller" else self.give(text)
        calls = "".join(
            f" CALL {call.name} {json.dumps(call.arguments, ensure_ascii=False)}"
            for call in reply.calls
        )
        return reply.say + calls


class Call(DeskCall):
    """A call with the English desk."""

    def __init__(
        self, fault: AgentSwitch | None = None, *, prompt: str = PROMPT, **choices: Any
    ) -> None:
        super().__init__(fault, words=ENGLISH_DESK, prompt=prompt, **choices)
