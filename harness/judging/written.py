"""Calls written as lines of text, judged as they are read: for tests of scorers and languages.

::

    caller: Please cancel my order ORD-4715B.
    agent: Shall I cancel order O, R, D, dash, 4, 7, 1, 5, B?
    caller: Yes, please.
    cancel_order {order: ORD-4715B} -> {cancelled: true}
    agent: It is cancelled.

A line is ``caller: words``, ``agent: words``, or a tool with its arguments and ``-> result`` or
``-> failed``, optionally followed by an error. Arguments and results are YAML. There is no audio:
each utterance was heard whole, one after the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.judging.labelled import LabelledDialogue, LabelledTool, LabelledTurn, scored_call
from harness.judging.scorers.base import ScoredCall
from harness.language.language import Language
from harness.scenario.document import read_value
from harness.scenario.expectation import Expectation

TOOL_LINE = re.compile(r"^(?:([\d.]+)-([\d.]+)\s+)?([\w-]+)(?:\s*(\{.*?\}))?(?:\s+->\s+(\S.*))?$")
"""Start and end, name, arguments and answer of a tool's line; times are for notations with them."""
ENDED = re.compile(r"^(failed|timed_out|unanswered)\b\s*(.*)$")
_SAID = re.compile(r"^(caller|agent):\s*(.*)$")
_TYPES = {name: {"type": name} for name in ("string", "integer", "number", "boolean")}
_TYPES["date"] = {"type": "string", "format": "date"}


def written_call(
    said: str,
    language: Language,
    *,
    tools: Iterable[Mapping[str, Any]] = (),
    today: date | None = None,
    expect: Expectation | None = None,
    name: str = "written",
) -> ScoredCall:
    """Return a written call as the input of scorers.

    ``tools`` have the keys of a suite's tools, or ``args`` as in ``described_tool``.

    Raises:
        UsageError: a line is neither an utterance nor a call of one of the tools.
    """
    described = [described_tool(tool) for tool in tools]
    known = {tool["name"] for tool in described}
    row = LabelledDialogue(
        id=name,
        tools=tuple(LabelledTool.model_validate_json(json.dumps(tool)) for tool in described),
        turns=tuple(_turns(said, known, name)),
        writes=(),
    )
    return scored_call(row, language, today=today, expect=expect)


def _turns(said: str, tools: set[str], name: str) -> Iterator[LabelledTurn]:
    place = Path(name)
    for line in filter(None, map(str.strip, said.splitlines())):
        spoken, called = _SAID.match(line), TOOL_LINE.match(line)
        if spoken is not None:
            yield LabelledTurn.model_validate({"who": spoken[1], "text": spoken[2]})
        elif called is not None and called[3] in tools and called[1] is None:
            ended = ENDED.match(called[5] or "")
            yield LabelledTurn(
                tool=called[3],
                arguments=read_value(called[4] or "{}", place),
                ok=ended is None,
                result=read_value((ended[2] if ended else called[5]) or "", place),
            )
        else:
            listed = ", ".join(sorted(tools)) or "none"
            raise UsageError(
                f"{name}: expected `caller: …`, `agent: …` or a tool ({listed}), got {line!r}"
            )


def described_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tool as a suite describes it; ``args`` are a short form of its parameters.

    They are ``string``, ``integer``, ``number``, ``boolean``, ``date``, a list of choices or a
    schema, by name; ``?`` after a name makes the argument optional. ``kind`` is ``read`` if it is
    left out.
    """
    rest = {"kind": "read", **tool}
    arguments = rest.pop("args", None)
    if arguments is None:
        return rest
    properties = {name.rstrip("?"): _schema(kind) for name, kind in arguments.items()}
    required = [name for name in arguments if not name.endswith("?")]
    schema = {"type": "object", "properties": properties, "required": required}
    return {**rest, "parameters": schema}


def _schema(kind: Any) -> dict[str, Any]:
    if isinstance(kind, list):
        return {"type": "string", "enum": kind}
    return kind if isinstance(kind, dict) else _TYPES[kind]
