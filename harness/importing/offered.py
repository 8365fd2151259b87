"""Tools that a source describes to its agent, beside those of the suite: what each does.

A schema does not say whether a tool changes anything. Its verb does, where it is one that everybody
uses for it: ``get_order`` reads, ``cancel_order`` writes, ``transfer_to_human`` hands over. A tool
whose verb tells nothing is taken to read, and named in a note: nothing it did can be wrong then.
What the suite says of a tool always wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.importing.model import OfferedTool
from harness.language.actions import Action
from harness.language.language import Language
from harness.language.phrasebook import name_words
from harness.scenario.model import Suite, ToolKind, ToolSpec

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUIET = frozenset({"think", "wait"})
_OPERATORS = frozenset({"human", "humans", "operator", "representative", "supervisor"})
"""Whom a call is handed over to, in the words of programs, whatever the callers speak."""
_RECORDS = frozenset({"status", "info", "information", "details", "history", "list"})
"""What "order" is a thing in front of, and no verb."""


def with_offered(
    suite: Suite, offered: Iterable[OfferedTool], language: Language
) -> tuple[Suite, tuple[str, ...]]:
    """Return the suite with the tools that it does not describe, and what a person should know."""
    known = {tool.name for tool in suite.tools}
    more: list[ToolSpec] = []
    unsure: list[str] = []
    for tool in offered:
        if tool.name in known or not _NAME.fullmatch(tool.name):
            continue
        known.add(tool.name)
        kind = kind_of(tool.name, language)
        unsure += [] if kind is not None else [tool.name]
        more.append(
            ToolSpec(
                name=tool.name,
                kind=kind or ToolKind.READ,
                description=tool.description,
                parameters=dict(tool.parameters) or {"type": "object", "properties": {}},
            )
        )
    if not unsure:
        return suite.model_copy(update={"tools": (*suite.tools, *more)}), ()
    note = (
        f"what {', '.join(unsure)} does is not told by the name, so it is taken to read: "
        "describe it in the suite"
    )
    return suite.model_copy(update={"tools": (*suite.tools, *more)}), (note,)


def kind_of(name: str, language: Language) -> ToolKind | None:
    """Return what a tool of this name does, by the first of its words that is a verb for it."""
    actions = language.actions
    words = name_words(name)
    if _OPERATORS & set(words):
        return ToolKind.ESCALATE
    for word in words:
        if word in _QUIET:
            return ToolKind.NO_OP
        if word in actions.handing_over.names:
            return ToolKind.ESCALATE
        if _is_verb(word, actions.reading):
            return ToolKind.READ
        if word not in actions.rather_objects and _is_verb(word, actions.changing):
            return ToolKind.WRITE
    if words and _is_verb(words[0], actions.changing) and not _RECORDS & set(words):
        return ToolKind.WRITE
    return None


def _is_verb(word: str, actions: Iterable[Action]) -> bool:
    return any(word in action.names for action in actions)
