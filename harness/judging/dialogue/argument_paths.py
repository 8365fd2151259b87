"""The arguments of a tool call as leaf values with paths, kinds and parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from harness.language.language import Language
from harness.language.phrasebook import matches, name_words, plain, without
from harness.language.values import ValueKind
from harness.scenario.argument_checks import (
    argument_kind,
    argument_schema,
    comparable,
    inner_schema,
    item_schema,
    value_kind,
)
from harness.scenario.model import Scenario, Suite, ToolSpec
from harness.timeline.model import ToolCall

# The kinds of value that tool arguments have, and that can be searched for in speech.

PATTERNED = (
    ValueKind.ID,
    ValueKind.PHONE,
    ValueKind.EMAIL,
    ValueKind.AMOUNT,
    ValueKind.DATE,
    ValueKind.TIME,
    ValueKind.DATETIME,
)
"""Kinds that a pattern recognizes in running text; a count may count anything."""

EXACT = (*PATTERNED, ValueKind.COUNT)
"""Kinds whose values can be compared exactly: a different value is never a paraphrase."""

_ALSO_BARE = (ValueKind.TIME, ValueKind.DATETIME)
"""Patterned kinds that speakers also say without a marker of the kind: "five thirty"."""


def whole_units(name: str, description: object, value: Any, language: Language) -> Any:
    """Return an amount in whole units, converted from hundredths if needed: 18900 is 189.0."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    small = language.arguments.hundredths
    told = (*name_words(name), plain(description) if isinstance(description, str) else "")
    return value / 100 if any(matches(small, words) for words in told) else value


def is_findable(value: Any, kind: ValueKind, language: Language) -> bool:
    """Whether the pattern of its kind finds a value in speech without knowing the value."""
    if kind not in PATTERNED or kind in _ALSO_BARE:
        return False
    wanted = comparable(value, kind, language)
    said = language.speak(wanted, kind)
    return any(found.value == wanted for found in language.find(said, kind))


def spoken_kinds(scenario: Scenario, suite: Suite, language: Language) -> tuple[ValueKind, ...]:
    """Return the kinds to search for in speech: those of facts and of tool arguments."""
    kinds = {fact.kind for fact in scenario.facts.values()}
    for tool in suite.tools:
        for argument in {*tool.exact, *properties(tool)}:
            kinds.add(argument_kind(tool, argument, scenario, language))
    return tuple(kind for kind in PATTERNED if kind in kinds)


def exact_kinds(scenario: Scenario, suite: Suite, language: Language) -> tuple[ValueKind, ...]:
    """Return the kinds that must be read back: those of the tools' exact arguments."""
    kinds = {argument_kind(t, name, scenario, language) for t in suite.tools for name in t.exact}
    return tuple(kind for kind in PATTERNED if kind in kinds)


def properties(tool: ToolSpec) -> tuple[str, ...]:
    """Return the argument names of a tool's JSON Schema."""
    named = tool.parameters.get("properties")
    return tuple(named) if isinstance(named, Mapping) else ()


def tool_named(suite: Suite, name: str) -> ToolSpec | None:
    """Return the suite's tool of that name, None if the agent invented it."""
    return next((tool for tool in suite.tools if tool.name == name), None)


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


# The parts of a value that can change separately, such as the day and time of a date-time.

_DAYS = (ValueKind.DATE, ValueKind.TIME)
_TOKEN = re.compile(r"\w+(?:-\w+)*")

_CHANGING = (ValueKind.COUNT, ValueKind.AMOUNT, *_DAYS)


def names_other_time(
    text: str, values: Sequence[Leaf], language: Language, today: date | None
) -> bool:
    """Return whether a text names a day or a time of day, and none that a write uses."""
    parts = [part for leaf in values for part in value_parts(leaf)]
    for kind in _DAYS:
        own = [part.value for part in parts if part.kind is kind]
        found = language.find(text, kind, today) if own else ()
        if found and not any(one.may_be(value, kind) for one in found for value in own):
            return True
    return False


def answered_with(
    leaf: Leaf, reply: str, values: Sequence[Leaf], language: Language, today: date | None
) -> str:
    """Return another day, time or amount that a clause of a reply consists of: "yes, 10:30 please".

    A value next to other words may refer to something else: "until 10:30 I'm out".
    """
    taken = [part for one in values for part in value_parts(one)]
    for part in value_parts(leaf):
        for clause in re.split(language.phrases.details.clauses, reply) if _told(part) else ():
            for found in language.find(clause, part.kind, today):
                own = [one.value for one in taken if one.kind is part.kind]
                beside = plain(f"{clause[: found.start]} {clause[found.stop :]}")
                alone = not without(language.phrases.details.giving, beside)
                if alone and not any(found.may_be(value, part.kind) for value in own):
                    return clause[found.start : found.stop]
    return ""


def counted_otherwise(leaf: Leaf, reply: str, proposal: str, language: Language) -> str:
    """Return another number with the same noun, if a clause of a reply consists of it.

    "Yes, but two nights, please": the noun follows the proposal's number or is in the argument's
    name.
    """
    nouns = {*name_words(leaf.name), *_nouns_behind(leaf, proposal, language)}
    small = (*language.phrases.details.giving, *language.phrases.wishes.small_words)
    for clause in re.split(language.phrases.details.clauses, reply):
        for found in language.find(clause, ValueKind.COUNT):
            noun, _, behind = clause[found.stop :].strip().partition(" ")
            beside = without(small, plain(f"{clause[: found.start]} {behind}"))
            counts = any(language.same_noun(plain(noun), one) for one in nouns)
            if counts and not beside and not found.may_be(leaf.value, leaf.kind):
                return clause[found.start : found.stop]
    return ""


def code_instead(leaf: Leaf, reply: str, proposal: str, language: Language) -> str:
    """Return another code of the same form, if a clause of a reply consists of it.

    "Yes, M3311." and "use card_1150 for the difference": words of the proposal may surround it.
    """
    shape = _shape(str(leaf.given))
    if not {"0", "A"}.issubset(shape) or leaf.kind in _CHANGING or leaf.choices:
        return ""
    phrases = language.phrases
    small = (*phrases.details.giving, *phrases.wishes.giving, *phrases.wishes.small_words)
    known = set(plain(proposal).split())
    for clause in re.split(phrases.details.clauses, reply):
        codes = [one[0] for one in _TOKEN.finditer(clause) if _shape(one[0]) == shape]
        others = [one for one in codes if one.lower() != str(leaf.given).lower()]
        if len(codes) == len(others) == 1 and plain(others[0]) not in known:
            beside = without(small, plain(clause.replace(others[0], " ")))
            if known.issuperset(beside.split()):
                return others[0]
    return ""


def _shape(code: str) -> str:
    """Return the order of letters, digits and other signs in a code: "A_0" for "card_1150"."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "0", code))


def _nouns_behind(leaf: Leaf, proposal: str, language: Language) -> tuple[str, ...]:
    words = [
        plain(proposal[one.stop :]).split()[:1]
        for one in language.find(proposal, ValueKind.COUNT)
        if one.may_be(leaf.value, leaf.kind)
    ]
    return tuple(word for one in words for word in one)


def is_hour(number: str, values: Sequence[Leaf]) -> bool:
    """Return whether a number may be the hour of a time among values: "seven" for 19:00."""
    times = (part.value for leaf in values for part in value_parts(leaf) if _is_time(part))
    return number.isdecimal() and any(int(number) % 12 == int(one[:2]) % 12 for one in times)


def _is_time(part: Leaf) -> bool:
    return part.kind is ValueKind.TIME and part.value[:2].isdecimal()


def _told(part: Leaf) -> bool:
    return part.kind in (*_DAYS, ValueKind.AMOUNT) and not part.nothing


def value_parts(leaf: Leaf) -> tuple[Leaf, ...]:
    """Return the parts of a value that can change separately: the day and the time of a date-time.

    A bare number is also returned as an amount.
    """
    if leaf.kind is ValueKind.COUNT and leaf.value.isdecimal() and not leaf.choices:
        amount = f"{leaf.value}.00"
        return leaf, replace(leaf, said=amount, value=amount, kind=ValueKind.AMOUNT)
    if leaf.kind is not ValueKind.DATETIME:
        return (leaf,) if leaf.kind in _CHANGING or leaf.choices else ()
    day, _, time = leaf.value.partition("T")
    halves = ((day, ValueKind.DATE), (time, ValueKind.TIME))
    return tuple(replace(leaf, said=half, value=half, kind=kind) for half, kind in halves if half)
