"""What was before the call, as the items that tell an agent of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.caller.utterances import with_values
from harness.protocol.items import Content, ContentKind, Item, ItemKind, Role
from harness.recording.tools import ToolRun
from harness.scenario.model import Fact, Scenario
from harness.scenario.script import Earlier


def earlier_items(scenario: Scenario) -> Iterator[tuple[int, Item]]:
    """Yield the items of a scenario's history in order, each with the number of its entry.

    An earlier tool call is two of them: the call, and what it gave back.
    """
    for number, earlier in enumerate(scenario.history):
        if earlier.tool is None:
            text = with_values(earlier.text or "", scenario.facts)
            yield number, message(earlier.role or "", text)
        else:
            for item in _call(earlier, f"earlier_{number + 1}", scenario.facts):
                yield number, item


def message(role: str, text: str) -> Item:
    """Return words as an item of whoever they are from: user, assistant or system."""
    kind = ContentKind.OUTPUT_TEXT if role == Role.ASSISTANT.value else ContentKind.INPUT_TEXT
    return Item(kind=ItemKind.MESSAGE, role=Role(role), content=(Content(kind, text=text),))


def _call(earlier: Earlier, call_id: str, facts: Mapping[str, Fact]) -> Iterator[Item]:
    given, returned = (
        orjson.dumps(_filled(each, facts)).decode() for each in (earlier.arguments, earlier.returns)
    )
    kind = ItemKind.FUNCTION_CALL
    yield Item(kind=kind, call_id=call_id, name=earlier.tool, arguments=given)
    yield Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id=call_id, output=returned)


def tool_items(run: ToolRun) -> Iterator[Item]:
    """Yield a call of this conversation as its items: the call, and its result if there is one."""
    kind = ItemKind.FUNCTION_CALL
    yield Item(kind=kind, call_id=run.call_id, name=run.name, arguments=run.arguments)
    if run.output is not None:
        result = ItemKind.FUNCTION_CALL_OUTPUT
        yield Item(kind=result, call_id=run.call_id, output=run.output)


def _filled(value: Any, facts: Mapping[str, Fact]) -> Any:
    if isinstance(value, str):
        return with_values(value, facts)
    if isinstance(value, dict):
        return {key: _filled(inner, facts) for key, inner in value.items()}
    return [_filled(inner, facts) for inner in value] if isinstance(value, list) else value
