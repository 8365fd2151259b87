"""A write and the words of its proposal, in the form that the agreement rules take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from support.english import ENGLISH

from harness.judging.dialogue.argument_paths import Leaf, leaves
from harness.judging.dialogue.binding import Binding
from harness.judging.dialogue.conflicting_values import Rivals
from harness.judging.dialogue.proposed_writes import AgreedWords, SaidWords
from harness.recording.tools import ToolOutcome
from harness.scenario.model import Scenario, ToolKind, ToolSpec
from harness.scenario.script import Turn
from harness.timeline.model import ToolCall

SCENARIO = Scenario(format=1, name="x", turns=(Turn(say="Hi."),))
TODAY = date(2026, 3, 2)
"""A Monday."""


@dataclass(frozen=True)
class Trade:
    """A tool that writes; ``schemas`` are those of its arguments (default: text)."""

    name: str
    description: str = ""
    schemas: Mapping[str, Any] | None = None

    def spec(self, arguments: Mapping[str, Any]) -> ToolSpec:
        """Return the tool with a schema for each argument."""
        given = self.schemas or {}
        properties = {name: given.get(name, {"type": "string"}) for name in arguments}
        return ToolSpec(
            name=self.name,
            kind=ToolKind.WRITE,
            description=self.description,
            parameters={"type": "object", "properties": properties},
        )


def called(name: str, arguments: dict[str, Any], *, output: str = "") -> ToolCall:
    """Return a call that succeeded."""
    return ToolCall(
        call_id="c1", name=name, arguments=arguments, raw_arguments="", requested_s=1.0,
        answered_s=2.0, outcome=ToolOutcome.OK, output=output, response_id="r1",
    )  # fmt: skip


@dataclass(frozen=True)
class OneWrite:
    """A write with its arguments, and the utterances and tool calls before it."""

    trade: Trade
    arguments: dict[str, Any]
    proposal: str
    reply: str = "Yes."
    before: Sequence[str] = ()
    tools: tuple[ToolCall, ...] = ()

    @property
    def values(self) -> tuple[Leaf, ...]:
        """All values of the write."""
        spec = self.trade.spec(self.arguments)
        return leaves(called(spec.name, self.arguments), spec, SCENARIO, ENGLISH)

    def leaf(self, name: str) -> Leaf:
        """Return the value of an argument."""
        return next(leaf for leaf in self.values if leaf.path == name)

    @property
    def rivals(self) -> Rivals:
        """The search for other values in the words of the proposal."""
        made = AgreedWords(
            proposal=self.proposal,
            own="",
            reply=self.reply,
            later=(),
            before=tuple(SaidWords(text, by_caller=True) for text in self.before),
            replied_s=9.0,
            tools=self.tools,
        )
        return Rivals(self.values, made, ENGLISH, TODAY)

    @property
    def binding(self) -> Binding:
        """The decision which words of the proposal bind."""
        return Binding(self.rivals, self.trade.spec(self.arguments))
