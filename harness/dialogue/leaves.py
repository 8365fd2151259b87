"""Flattens the arguments of a tool call into leaf values of lists and nested objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.dialogue.arguments import whole_units
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.argument_kinds import argument_kind, comparable, value_kind
from harness.scenario.argument_schemas import argument_schema, inner_schema, item_schema
from harness.scenario.model import Scenario, ToolSpec
from harness.timeline.model import ToolCall

_FLAGS = {"true": True, "false": False, "yes": True, "no": False}

_WRITTEN = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*"), ValueKind.DATETIME),
    (re.compile(r"\d{4}-\d\d-\d\d"), ValueKind.DATE),
    (re.compile(r"\d\d:\d\d(?::\d\d)?"), ValueKind.TIME),
    (re.compile(r"\d{1,2}"), ValueKind.COUNT),
)
"""Kinds by the written form of a value, if neither schema nor name gives a kind."""

_WHOSE = (ValueKind.ID, ValueKind.NAME, ValueKind.EMAIL, ValueKind.PHONE, ValueKind.ADDRESS)
_LONGEST_CODE = 2
"""Maximum number of words in an identifier."""

_CODE = re.compile(r"^(?=.*\d)(?=.*[A-Za-z])[\w-]+$")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a call; ``path`` is its place in the arguments: "flights[0].date"."""

    path: str
    name: str
    """The argument, or the key of the innermost object."""
    given: Any
    value: str
    """The value normalized for comparison within its kind."""
    kind: ValueKind
    said: str
    """The form to search for in speech: whole units if the program uses hundredths."""
    choices: tuple[str, ...] = ()
    """All values that the schema allows, if it lists them."""
    exact: bool = False
    never_spoken: bool = False

    @property
    def flag(self) -> bool | None:
        """Return the value as a boolean, None if it is not a flag."""
        return _FLAGS.get(str(self.given).strip().lower())

    @property
    def tells_what(self) -> bool:
        """Whether it describes the action, and not only the person or record: a time, a number.

        A question that contains only names and identifiers is a read-back, not a proposal.
        """
        return self.kind not in _WHOSE and self.flag is None and not _CODE.search(str(self.given))

    @property
    def inner(self) -> bool:
        """Whether it is inside a list or an object."""
        return self.path != self.name

    @property
    def nothing(self) -> bool:
        """Whether the value is empty: false, none, an empty text, or zero."""
        return self.flag is False or self.given in (None, "", 0, 0.0, "0", "none", "None")


def leaves(
    tool: ToolCall, spec: ToolSpec, scenario: Scenario, language: Language
) -> tuple[Leaf, ...]:
    """Return every value of a call with the kind from its schema, its name or its form."""
    return tuple(
        leaf
        for name, given in (tool.arguments or {}).items()
        for leaf in _Argument(spec, name, scenario, language).leaves(
            name, name, given, argument_schema(spec, name)
        )
    )


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument of a call, with the context that determines the kinds of its values."""

    spec: ToolSpec
    argument: str
    scenario: Scenario
    language: Language

    def leaves(self, path: str, name: str, given: Any, schema: Mapping[str, Any]) -> Iterator[Leaf]:
        """Yield the leaf values of a value, which may contain others, in order."""
        if isinstance(given, Mapping):
            for key, value in given.items():
                inner = inner_schema(schema, key, self.spec)
                yield from self.leaves(f"{path}.{key}", key, value, inner)
        elif isinstance(given, list | tuple):
            for at, value in enumerate(given):
                items = item_schema(schema, self.spec)
                yield from self.leaves(f"{path}[{at}]", name, value, items)
        else:
            yield self._leaf(path, name, given, schema)

    def _leaf(self, path: str, name: str, given: Any, schema: Mapping[str, Any]) -> Leaf:
        language = self.language
        if path == self.argument:
            named = argument_kind(self.spec, self.argument, self.scenario, language)
        else:
            named = value_kind(name, schema, language) or ValueKind.TEXT
        kind = _told_by_value(given, named, language, listed="enum" in schema)
        meant = given
        if kind in (ValueKind.AMOUNT, ValueKind.COUNT):
            meant = whole_units(name, schema.get("description"), given, language)
            kind = kind if meant is given else ValueKind.AMOUNT
        choices = schema.get("enum")
        return Leaf(
            path=path,
            name=name,
            given=given,
            value=comparable(meant, kind, language),
            kind=kind,
            said=str(meant),
            choices=tuple(map(str, choices)) if isinstance(choices, list) else (),
            exact=self.argument in self.spec.exact,
            never_spoken=self.argument in self.spec.unspoken,
        )


def _told_by_value(given: Any, named: ValueKind, language: Language, *, listed: bool) -> ValueKind:
    """Return the kind of a value: ``named`` if the value fits it, else the kind of its form."""
    text, kind = str(given), named
    if kind is ValueKind.COUNT and language.problem(text, kind) is not None:
        kind = ValueKind.TEXT  # a plural name may hold a single item: "seats": "C14"
    if kind is ValueKind.TEXT and not listed:
        kind = next((k for form, k in _WRITTEN if form.fullmatch(text.strip())), kind)
    if kind is ValueKind.TEXT and isinstance(given, int | float) and not isinstance(given, bool):
        kind = ValueKind.COUNT if isinstance(given, int) or given.is_integer() else ValueKind.AMOUNT
    if kind is ValueKind.ID and len(text.split()) > _LONGEST_CODE:
        kind = ValueKind.TEXT  # "reference" may be a code or the words on a statement
    if kind is ValueKind.TEXT and text in language.word_forms.regions:
        kind = ValueKind.ADDRESS
    return kind
