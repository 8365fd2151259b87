"""Faults of a suite that involve more than a single key: prompt, tools, mocks, steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from harness.errors import BrokenPlugin, FaultyFiles, UnknownName, did_you_mean
from harness.language.language import LANGUAGES, Language, language_named
from harness.language.values import ValueKind, can_be_said
from harness.scenario.checks import suite_wide_faults
from harness.scenario.document import KeyPath, read_text, stays_inside
from harness.scenario.fault_text import Found, items, listed, mapping, shown, twice, unknown
from harness.scenario.model import DEFAULT_LANGUAGE, ToolKind
from harness.scenario.tool_checks import KnownTool, known_tool, mock_faults
from harness.scenario.turn_checks import recognizer_faults
from harness.scenario.world_checks import given_world_faults


def suite_faults(data: Mapping[str, Any], folder: Path) -> Found:
    """Check a suite's data; ``folder`` is the folder of its file."""
    # A language that does not exist is reported once; the checks that need one are left out.
    language = suite_language(data)
    yield from _language(data.get("language"))
    try:
        instructions(data.get("instructions"), folder)
    except ValueError as error:
        yield ("instructions",), str(error)
    yield from described_tools_faults(data, language)
    yield from recognizer_faults(data)
    yield from suite_wide_faults(data, language)
    yield from given_world_faults(data, language)


def described_tools_faults(data: Mapping[str, Any], language: Language | None) -> Found:
    """Check each tool under ``tools``, and that its name is unique."""
    tools = data.get("tools")
    names: dict[str, int] = {}
    for number, tool in enumerate(tools if isinstance(tools, list) else []):
        if isinstance(tool, dict):
            at: KeyPath = ("tools", number)
            name = tool.get("name")
            if isinstance(name, str) and names.setdefault(name, number) != number:
                yield (*at, "name"), f"{name!r} is the name of tools[{names[name]}] already"
            yield from _tool(tool, mapping(data, "world"), language, at)


def suite_language(data: Mapping[str, Any]) -> Language | None:
    """Return the language of a suite, None if it names no available language."""
    tag = data.get("language", DEFAULT_LANGUAGE)
    try:
        return language_named(tag) if isinstance(tag, str) else None
    except (UnknownName, BrokenPlugin):
        return None


def _language(tag: object) -> Found:
    if not isinstance(tag, str):
        return
    try:
        language_named(tag)
    except UnknownName as error:
        there = f"others come with a package (entry points of {LANGUAGES.group})"
        yield ("language",), f"{unknown('language', tag, error.known)}; {there}"
    except BrokenPlugin as error:
        yield ("language",), str(error)


def instructions(name: object, folder: Path) -> str:
    """Read a suite's prompt.

    Raises:
        ValueError: the path leaves the folder, or there is no UTF-8 text with words in it.
    """
    if not isinstance(name, str) or not name.strip():
        return ""  # the model's own check reports it
    path = folder / name
    if Path(name).is_absolute() or not stays_inside(path, folder):
        raise ValueError(f"expected a file inside the suite's folder, got {shown(name)}")
    try:
        text = read_text(path)
    except FaultyFiles as faulty:
        raise ValueError(f"{path}: {faulty.faults[0].problem}") from faulty
    if not text.strip():
        raise ValueError(f"{path}: the file is empty")
    return text


def _tool(
    tool: Mapping[str, Any], world: Mapping[str, Any], language: Language | None, at: KeyPath
) -> Found:
    name, kind = tool.get("name"), tool.get("kind")
    parameters = tool.get("parameters")
    if parameters is not None:
        yield from _schema(parameters, (*at, "parameters"))
    known = tuple(mapping(mapping(tool, "parameters"), "properties"))
    named: list[tuple[KeyPath, object]] = [
        ((part, key), key) for part in ("kinds", "separators") for key in mapping(tool, part)
    ]
    for listing in ("exact", "unspoken"):
        given = tool.get(listing)
        listed_names = given if isinstance(given, list) else ()
        # All names of arguments are checked in one place, whichever key they stand under.
        named += (((listing, number), key) for number, key in enumerate(listed_names))
        yield from twice(given, (*at, listing))
    for key, argument in named:
        if isinstance(argument, str) and argument not in known:
            problem = f"{name} has no argument {argument!r}; it has: {listed(known)}"
            yield (*at, *key), f"{problem}{did_you_mean(argument, known)}"
    yield from _spoken_of(tool, at)
    yield from _separators(tool, known, at)
    if tool.get("say") is not None and kind != ToolKind.ESCALATE.value:
        yield (*at, "say"), f"only tools of kind escalate have a mandatory sentence, got {kind}"
    if language is not None:
        yield from mock_faults(tool.get("mock"), known_tool(tool), world, language, (*at, "mock"))


def _spoken_of(tool: Mapping[str, Any], at: KeyPath) -> Found:
    """Check a suite's spoken forms of a tool and its arguments."""
    exact, unspoken = tool.get("exact"), tool.get("unspoken")
    for number, name in enumerate(unspoken if isinstance(unspoken, list) else ()):
        if isinstance(exact, list) and name in exact:
            problem = f"{name!r} stands in 'exact' too: what must be read back is said aloud"
            yield (*at, "unspoken", number), problem
    consequence = tool.get("consequence")
    words = mapping(tool, "consequence").get("words")
    lists: tuple[tuple[KeyPath, object], ...] = (
        (("says",), tool.get("says")),
        (("consequence", "words"), words),
    )
    for key, phrases in lists:
        for number, phrase in enumerate(phrases if isinstance(phrases, list) else ()):
            if isinstance(phrase, str) and phrase.strip() and not can_be_said(phrase):
                yield (*at, *key, number), f"no voice can say {shown(phrase)}; write words"
    kind = tool.get("kind")
    others = {one.value for one in ToolKind} - {ToolKind.WRITE.value}
    if consequence is not None and isinstance(kind, str) and kind in others:
        problem = f"only tools of kind write are agreed to with what follows, got {kind}"
        yield (*at, "consequence"), f"{problem}; leave it out"


def _separators(tool: Mapping[str, Any], known: tuple[str, ...], at: KeyPath) -> Found:
    """Check the arguments that keep their signs: identifiers that are read back."""
    exact, kinds = tool.get("exact"), mapping(tool, "kinds")
    for name in mapping(tool, "separators"):
        if name not in known:
            continue
        if not isinstance(exact, list) or name not in exact:
            problem = f"{name!r} is not read back; add it to 'exact', or leave this out"
            yield (*at, "separators", name), problem
        elif kinds.get(name, ValueKind.ID.value) != ValueKind.ID.value:
            problem = f"only identifiers have separators to keep, {name!r} is of kind {kinds[name]}"
            yield (*at, "separators", name), f"{problem}; leave it out"


def _schema(parameters: object, at: KeyPath) -> Found:
    if not isinstance(parameters, dict):
        return
    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError as error:
        yield (*at, *error.absolute_path), f"not a valid JSON Schema: {error.message}"
    else:
        if parameters.get("type") != "object":
            yield at, "expected a JSON Schema with type: object"
            return
        known = tuple(mapping(parameters, "properties"))
        required = parameters.get("required", [])
        for number, name in enumerate(required):
            if name not in known:
                problem = f"{name!r} is required, but not among the properties: {listed(known)}"
                yield (*at, "required", number), problem


# Faults of steps, and the prompts that they name: a scenario holds their text, not their path.


def step_faults(
    data: Mapping[str, Any], tools: Mapping[str, KnownTool] | None, folder: Path | None
) -> Found:
    """Check the steps of a scenario; ``tools`` and ``folder`` are its suite's, None without it."""
    for number, turn in items(data, "turns"):
        change, at = mapping(turn, "session_update"), ("turns", number, "session_update")
        named = change.get("tools")
        for place, name in enumerate(named if isinstance(named, list) else ()):
            if tools is not None and isinstance(name, str) and name not in tools:
                yield (*at, "tools", place), unknown("tool", name, sorted(tools))
        chosen = mapping(change, "tool_choice").get("name")
        if isinstance(chosen, str) and tools is not None and chosen not in tools:
            yield (*at, "tool_choice", "name"), unknown("tool", chosen, sorted(tools))
        # The update replaces the tools, so the chosen one must be among the new ones.
        elif isinstance(chosen, str) and isinstance(named, list) and chosen not in named:
            yield (*at, "tool_choice", "name"), f"{chosen} is none of 'tools' beside it"
        if folder is not None:
            try:
                instructions(change.get("instructions_file"), folder)
            except ValueError as error:
                yield (*at, "instructions_file"), str(error)


def with_prompts(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a scenario's data with the text of each prompt that its steps name."""
    turns = [_with_prompt(turn, folder) for turn in data.get("turns") or ()]
    return {**data, "turns": turns} if turns else data


def _with_prompt(turn: dict[str, Any], folder: Path) -> dict[str, Any]:
    change = turn.get("session_update")
    if change is None or change.get("instructions_file") is None:
        return turn
    text = instructions(change["instructions_file"], folder)
    told = {key: value for key, value in change.items() if key != "instructions_file"}
    return {**turn, "session_update": {**told, "instructions": text}}
