"""A scenario file as written, with its cases, and the JSON Schemas of all files."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from harness.errors import FaultyFiles, did_you_mean
from harness.language.values import ValueKind
from harness.scenario.document import KeyPath, key_text, read_document
from harness.scenario.fault_text import (
    PLACEHOLDER,
    Found,
    items,
    listed,
    mapping,
    record_texts,
    texts_with_facts,
)
from harness.scenario.fields import DURATION_PATTERN, Model, Text, seconds
from harness.scenario.model import (
    FORMAT,
    OTHERS,
    Scenario,
    ScorerOptions,
    Suite,
    joined,
    place_of_choice,
)
from harness.scenario.target import Target
from harness.scenario.vendor_settings import installed_models
from harness.scenario.world import Record


class FilledFact(Model):
    """A fact, or the part of one that a case fills."""

    value: Text | None = None
    """Needed here, or from every case."""
    kind: ValueKind = ValueKind.TEXT
    spoken: str | None = None


class Case(Model):
    """One call of a file with several: its name, and what it fills in."""

    name: Text
    facts: dict[str, Text | FilledFact] = Field(default_factory=dict)
    """Values of facts (their kind is the file's), or whole facts."""
    tags: tuple[str, ...] = ()
    """Beside those of the file."""


class OwnTable(Model):
    """The records of a table in this scenario, in place of those of the suite."""

    key: Text | None = None
    """The field whose value is unique for each record; left out, that of the suite's table."""
    records: tuple[Record, ...] = ()


class ScenarioFile(Scenario):
    """One caller, one call; or with ``cases`` one call for each of them."""

    facts: dict[str, FilledFact] = Field(default_factory=dict)  # type: ignore[assignment]  # a case may fill it
    world: dict[str, OwnTable] = Field(default_factory=dict)  # type: ignore[assignment]  # the suite may have the key
    """Tables by name, each in place of the suite's of that name."""
    cases: Annotated[tuple[Case, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _someone_to_interrupt(self) -> ScenarioFile:
        """The suite may set who speaks first, so this is checked in each scenario."""
        return self


@dataclass(frozen=True, slots=True)
class Draft:
    """The data of a scenario, merged from its suite, its file and its case."""

    data: dict[str, Any]
    own: Mapping[str, Any]
    """The data of the file."""
    case: int | None = None

    def place(self, key: KeyPath) -> KeyPath | None:
        """Return the place of a key of ``data`` in the file; None if it comes from the suite."""
        if key[:1] == ("facts",) and len(key) > 1:
            return self._place_of_fact(key)
        if key[:1] == ("scorers",):
            return place_of_choice(key, mapping(self.own, "scorers"))
        part, name = key[:1], key[1] if len(key) > 1 else None
        if part == ("world",) and name is not None and name not in mapping(self.own, "world"):
            return None
        limits = mapping(self.own, "limits")
        if part == ("limits",) and name is not None and name not in limits:
            # the place of either of two limits that contradict each other
            return part if limits else None
        answers = self.own.get("answers")
        count = len(answers) if isinstance(answers, list) else 0
        return None if part == ("answers",) and isinstance(name, int) and name >= count else key

    def lacking_facts(self) -> Found:
        """Yield the facts that the suite's tables name and this scenario does not have."""
        facts, own = mapping(self.data, "facts"), mapping(self.own, "world")
        for key, text in record_texts(self.data):
            for name in PLACEHOLDER.findall(text):
                if key[1] not in own and name not in facts:
                    yield (
                        ("facts",),
                        f"the suite's {key_text(key)} names the fact {name!r}, which this scenario "
                        f"does not have; it has: {listed(facts)}{did_you_mean(name, facts)}",
                    )

    def _place_of_fact(self, key: KeyPath) -> KeyPath | None:
        name, rest = str(key[1]), key[2:]
        own = mapping(self.own, "facts")
        if self.case is not None:
            here: KeyPath = ("cases", self.case, "facts")
            filled = mapping(_cases(self.own)[self.case], "facts")
            if name in filled:
                given = filled[name]
                inside = isinstance(given, dict) and (not rest or rest[0] in given)
                if inside or (not isinstance(given, dict) and rest in ((), ("value",))):
                    return (*here, name, *(rest if inside else ()))
            if rest == ("value",) and "value" not in mapping(own, name):
                return (*here, name)
        return key if name in own else None


def scenarios_in(path: Path) -> int:
    """Return how many scenarios a file that was loaded before holds."""
    return max(1, len(_cases(read_document(path).data)))


def written_names(path: Path) -> tuple[str, ...]:
    """Return the names of a file's scenarios as far as they can be read, despite other faults."""
    try:
        data = read_document(path, strict=False).data
    except FaultyFiles:
        return ()
    own = data.get("name")
    named = drafts(data, {}) if isinstance(own, str) and own else ()
    return tuple(dict.fromkeys(draft.data["name"] for draft in named))


def case_faults(data: Mapping[str, Any]) -> Found:
    """Check that the cases of a file have distinct names."""
    names: dict[object, int] = {}
    for number, case in _cases(data).items():
        name = case.get("name")
        if isinstance(name, str) and names.setdefault(name, number) != number:
            problem = f"{name!r} is the name of cases[{names[name]}] already"
            yield ("cases", number, "name"), problem


def drafts(data: Mapping[str, Any], suite: Mapping[str, Any]) -> Iterator[Draft]:
    """Yield the scenarios of a file as plain data; ``suite`` is the data of its suite.

    The suite's facts are taken if the file names them and has none of its own; its answers come
    after the file's, without those on the same condition; its limits, and who speaks first, if the
    file has none; its scorers' options if the file sets no others. For stored calls it is unknown
    whether a hand-over was due, unless the file says it.
    """
    cases = _cases(data)
    alone = {key: value for key, value in data.items() if key != "cases"}
    for number, case in cases.items():
        yield Draft(_with_suite(_filled(alone, case), suite), data, number)
    if not cases:
        yield Draft(_with_suite(alone, suite), data)


def _cases(data: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return dict(items(data, "cases"))


def _filled(data: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = dict(mapping(data, "facts"))
    for name, given in mapping(case, "facts").items():
        part = given if isinstance(given, dict) else {"value": given}
        facts[name] = {**mapping(facts, name), **part}
    own, more = data.get("tags", []), case.get("tags", [])
    tags = [*own, *more] if isinstance(own, list) and isinstance(more, list) else own
    name = f"{data.get('name', '')} [{case.get('name', '')}]"
    return {**data, "name": name, "facts": facts, **({"tags": tags} if tags else {})}


def _with_suite(data: dict[str, Any], suite: Mapping[str, Any]) -> dict[str, Any]:
    own = [answer for _, answer in items(data, "answers")]
    more = [answer for _, answer in items(suite, "answers") if not _same_condition(answer, own)]
    stored = data.get("stored") is not None  # answers and opening have no use in finished calls
    answers = data.get("answers", [])
    limits = {**mapping(suite, "limits"), **mapping(data, "limits")}
    if more and isinstance(answers, list) and not stored:
        data = {**data, "answers": [*answers, *more]}
    if stored and isinstance(data.get("expect", {}), dict):
        data = {**data, "expect": {"escalation": "unknown", **mapping(data, "expect")}}
    if limits and isinstance(data.get("limits", {}), dict):
        data = {**data, "limits": limits}
    for key in ("today",) if stored else ("opening", "today"):
        if suite.get(key) is not None and data.get(key) is None:
            data = {**data, key: suite[key]}
    scorers = joined(mapping(suite, "scorers"), mapping(data, "scorers"))
    if scorers and isinstance(data.get("scorers", {}), dict):
        data = {**data, "scorers": scorers}
    world = _joined_tables(mapping(suite, "world"), mapping(data, "world"))
    if world and isinstance(data.get("world", {}), dict) and not stored:
        data = {**data, "world": world}
    facts = mapping(data, "facts")
    named = {name for _, text in texts_with_facts(data) for name in PLACEHOLDER.findall(text)}
    named |= {str(answer.get("if_agent_says_wrong")) for answer in [*own, *more]}
    given = {
        name: fact
        for name, fact in mapping(suite, "facts").items()
        if name in named and name not in facts
    }
    return {**data, "facts": {**facts, **given}} if given else data


def _joined_tables(given: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return all tables; a scenario's own table without a key gets that of the suite's table."""
    tables = {**given, **own}
    for name, table in own.items():
        key = mapping(given, name).get("key")
        if isinstance(table, dict) and "key" not in table and key is not None:
            tables[name] = {"key": key, **table}
    return tables


def _same_condition(answer: Mapping[str, Any], own: list[Mapping[str, Any]]) -> bool:
    keys = ("if_agent_asks", "if_agent_says_wrong")
    return any(all(answer.get(key) == other.get(key) for key in keys) for other in own)


# JSON Schemas of the three kinds of files, made from the models: for editors and for the docs.

Kind = Literal["suite", "scenario", "target"]
"""The kinds of files."""

KINDS: dict[Kind, type[Model]] = {"suite": Suite, "scenario": ScenarioFile, "target": Target}
"""The model of each kind of file."""

_ID = "https://voice-agent-harness.invalid/schema/v{format}/{kind}.json"
_DURATION: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 3600},
        {"type": "string", "pattern": DURATION_PATTERN},
    ],
    "description": "Seconds, or text with a unit: 6, 0.25, '6s', '250 ms'.",
}


_SWITCH: dict[str, Any] = {"enum": [True, False, "on", "off"]}


def schema_for(kind: Kind, scorers: ScorerOptions) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind of file; unknown keys do not validate.

    The schema covers constraints on single keys; ``load.py`` checks more (facts, tools, files). It
    allows the given ``scorers``, with their options.
    """
    options = scorers if kind != "target" else {}
    vendors = installed_models() if kind == "target" else {}
    wanted = dict.fromkeys((KINDS[kind], *options.values(), *vendors.values()))
    places, whole = models_json_schema(
        [(model, "validation") for model in wanted], schema_generator=_Generator
    )
    place_of = {model: place for (model, _), place in places.items()}
    body: dict[str, Any] = whole["$defs"].pop(place_of[KINDS[kind]]["$ref"].rpartition("/")[2])
    body["$defs"] = whole["$defs"]
    if options:
        choices = {name: {"anyOf": [_SWITCH, place_of[one]]} for name, one in options.items()}
        body["properties"]["scorers"] = {
            "description": body["properties"]["scorers"]["description"],
            "type": "object",
            "properties": {**choices, OTHERS: _SWITCH},
            "additionalProperties": False,
        }
    if vendors:
        body["allOf"] = [_of_dialect(name, place_of[one]) for name, one in vendors.items()]
        for one in vendors.values():
            _allow_variables(body["$defs"][place_of[one]["$ref"].rpartition("/")[2]])
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": _ID.format(format=FORMAT, kind=kind),
    }
    return head | body | {"title": f"Voice-agent harness: {kind} file"}


def _of_dialect(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition that a target with this dialect has these settings in ``vendor``."""
    spoken = {"properties": {"dialect": {"const": name}}, "required": ["dialect"]}
    return {"if": spoken, "then": {"properties": {"vendor": settings}}}


def _allow_variables(settings: dict[str, Any]) -> None:
    for name, value in settings.get("properties", {}).items():
        settings["properties"][name] = {"anyOf": [value, {"$ref": "#/$defs/FromEnvironment"}]}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with durations as they are written and descriptions in one line.

    Pydantic would read the fields' docstrings whenever the models are imported, at a tenth of a
    command's start time; only a schema shows them.
    """

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Each field is described by the docstring below it."""
        body = super().model_schema(schema)
        model = schema["cls"]
        for name, told in _told_below_fields(model).items():
            body["properties"][model.model_fields[name].alias or name]["description"] = told
        return body

    def tagged_union_schema(self, schema: Any) -> dict[str, Any]:
        """A value that fits two shapes is valid: undiscriminated unions become ``anyOf``."""
        body = super().tagged_union_schema(schema)
        if "discriminator" not in body and "oneOf" in body:
            body["anyOf"] = body.pop("oneOf")
        return body

    def function_before_schema(self, schema: Any) -> dict[str, Any]:
        """Durations are shown as they are written."""
        if schema["function"]["function"] is seconds:
            return dict(_DURATION)
        return super().function_before_schema(schema)


def _told_below_fields(model: type[Model]) -> dict[str, str]:
    told = {}
    for one in reversed(model.__mro__):
        if not issubclass(one, Model):
            continue
        (source,) = ast.parse(inspect.getsource(one)).body
        assert isinstance(source, ast.ClassDef)
        for field, below in pairwise(source.body):
            match field, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    told[name] = inspect.cleandoc(text)
    return told
