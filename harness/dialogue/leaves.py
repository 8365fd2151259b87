"""The arguments of a tool call one by one: lists and nested objects, leaf by leaf."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.dialogue.arguments import argument_kind, comparable, value_kind, whole_units
from harness.dialogue.schemas import argument_schema, inner_schema, item_schema
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.model import Scenario, ToolSpec
from harness.timeline.model import ToolCall

_FLAGS = {"true": True, "false": False, "yes": True, "no": False}

_WRITTEN = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*"), ValueKind.DATETIME),
    (re.compile(r"\d{4}-\d\d-\d\d"), ValueKind.DATE),
    (re.compile(r"\d\d:\d\d(?::\d\d)?"), ValueKind.TIME),
    (re.compile(r"\d{1,2}"), ValueKind.COUNT),
)
"""What a value tells of itself where neither schema nor name do, as machines write it."""

_WHOSE = (ValueKind.ID, ValueKind.NAME, ValueKind.EMAIL, ValueKind.PHONE, ValueKind.ADDRESS)
_LONGEST_CODE = 2
"""Words of an identifier as programs hold it."""

_CODE = re.compile(r"^(?=.*\d)(?=.*[A-Za-z])[\w-]+$")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a call; ``path`` tells where it stands: "flights[0].date"."""

    path: str
    name: str
    """The argument, or the key of the innermost object."""
    given: Any
    value: str
    """As values of its kind are compared."""
    kind: ValueKind
    said: str
    """As it is looked for in words: in whole units where the program counts in hundredths."""
    choices: tuple[str, ...] = ()
    """All values that the schema allows, where it lists them."""
    exact: bool = False
    never_spoken: bool = False

    @property
    def flag(self) -> bool | None:
        """Return whether something is wanted or not, None for any other value."""
        return _FLAGS.get(str(self.given).strip().lower())

    @property
    def tells_what(self) -> bool:
        """Whether it says what is done, and not only whose matter it is: a time, a number.

        A question with names and identifiers alone reads back; it proposes nothing.
        """
        return self.kind not in _WHOSE and self.flag is None and not _CODE.search(str(self.given))

    @property
    def inner(self) -> bool:
        """Whether it stands in a list or an object, as records have them."""
        return self.path != self.name

    @property
    def nothing(self) -> bool:
        """Whether it asks for nothing: no, none, an empty text, zero of something."""
        return self.flag is False or self.given in (None, "", 0, 0.0, "0", "none", "None")


def leaves(
    tool: ToolCall, spec: ToolSpec, scenario: Scenario, language: Language
) -> tuple[Leaf, ...]:
    """Return every value of a call with the kind that its schema, its name or itself tells."""
    return tuple(
        leaf
        for name, given in (tool.arguments or {}).items()
        for leaf in _leaves(
            name, name, given, schema=argument_schema(spec, name), top=(spec, name, scenario),
            language=language,
        )
    )  # fmt: skip


def _leaves(
    path: str,
    name: str,
    given: Any,
    *,
    schema: Mapping[str, Any],
    top: tuple[ToolSpec, str, Scenario],
    language: Language,
) -> Iterator[Leaf]:
    if isinstance(given, Mapping):
        for key, value in given.items():
            yield from _leaves(
                f"{path}.{key}", key, value, schema=inner_schema(schema, key, top[0]), top=top,
                language=language,
            )  # fmt: skip
    elif isinstance(given, list | tuple):
        for at, value in enumerate(given):
            yield from _leaves(
                f"{path}[{at}]", name, value, schema=item_schema(schema, top[0]), top=top,
                language=language,
            )  # fmt: skip
    else:
        yield _leaf(path, name, given, schema=schema, top=top, language=language)


def _leaf(
    path: str,
    name: str,
    given: Any,
    *,
    schema: Mapping[str, Any],
    top: tuple[ToolSpec, str, Scenario],
    language: Language,
) -> Leaf:
    spec, argument, scenario = top
    if path == argument:
        kind = argument_kind(spec, argument, scenario, language)
    else:
        kind = value_kind(name, schema, language) or ValueKind.TEXT
    if kind is ValueKind.COUNT and language.problem(str(given), kind) is not None:
        kind = ValueKind.TEXT  # what is called by what it counts may be one of them: "seats": "C14"
    if kind is ValueKind.TEXT and "enum" not in schema:
        kind = next((k for form, k in _WRITTEN if form.fullmatch(str(given).strip())), kind)
    if kind is ValueKind.TEXT and isinstance(given, int | float) and not isinstance(given, bool):
        kind = ValueKind.COUNT if isinstance(given, int) or given.is_integer() else ValueKind.AMOUNT
    if kind is ValueKind.ID and len(str(given).split()) > _LONGEST_CODE:
        kind = ValueKind.TEXT  # "reference" may be a code or the words on a statement
    if kind is ValueKind.TEXT and str(given) in language.word_forms.regions:
        kind = ValueKind.ADDRESS
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
        exact=argument in spec.exact,
        never_spoken=argument in spec.unspoken,
    )
