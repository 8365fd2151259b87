"""Faults of a file in plain words: checks of its data, and its regular expressions."""

from __future__ import annotations

import re
import types
import typing
import warnings
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import regex
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness.errors import OperationError, did_you_mean
from harness.scenario.document import KeyPath
from harness.scenario.fields import Model

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "tuple_type": "a list",
}

_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}

# The allowed shapes of keys with several shapes. Pydantic lists an error for each shape; if no
# shape fits at all, a reader needs the list of shapes.
_SHAPES = {
    "dtmf": "keys of a telephone ('12#'), or {keys: …, tone_ms: 70, pause_ms: 70}",
    "image": "a PNG or JPEG file, or {file: …, detail: auto, low or high}",
    "latency_s": "seconds (0.3, '300 ms'), {normal: [mean, deviation]} or {uniform: [low, high]}",
    "mock": "one mock ({returns: …}, {world: …} or {fails: …}) or a list of them",
    "mocks": "one mock ({returns: …}, {world: …} or {fails: …}) or a list of them",
    "arguments": "a value, a list, fields, {one_of: […]}, {matches: PATTERN} or another rule",
    "one_of": "a value",
    "says": "a phrase, {phrase: …}, {one_of: [phrases]} or {matches: PATTERN}",
    "never_says": "a phrase, {phrase: …}, {one_of: [phrases]} or {matches: PATTERN}",
    "facts": "a value, or {value: …, spoken: …}",
    "times": "a number from 1 on, '>=1' or '0..2'",
    "tools": "{name: TOOL, arguments: …} or {one_of: [calls]}",
    "escalation": "'none', 'unknown' or {due_after_turn: …}",
    "world": "{TABLE: [records]}, {TABLE: {records: …, removed: […]}} or 'unchanged'",
    "gates": "a rule ('pass_rate >= 0.95'), {check: RULE, tag: …} or {no_worse_than_baseline: …}",
    "confirm": "'off' or {calls: NUMBER}",
    "turn_detection": "{type: server_vad}, {type: semantic_vad}, 'none' or 'keep'",
    "prompt": "'suite', 'keep' or {id: …, version: …, variables: {NAME: TEXT}}",
    "input_transcription": "a model, or {model: …, language: …, prompt: …}",
    "tool_choice": "'none', 'auto', 'required' or {type: function, name: TOOL}",
    "truncation": "'auto', 'disabled' or {type: retention_ratio, retention_ratio: 0 to 1}",
    "tracing": "'auto' or {workflow_name: …, group_id: …, metadata: {NAME: TEXT}}",
    "max_output_tokens": "1 to 4096, or 'inf'",
    "scorers": "on, off, true, false or {OPTION: value, …}",
    "consequence": "required, optional, off or {required: true, words: [phrases]}",
    "headers": "text or {env: VARIABLE}",
    "query": "text or {env: VARIABLE}",
}

_CONFIDENTIAL = frozenset({"auth", "headers", "key_env", "query", "secret_env"})
"""Keys at or below which a secret may have been written by mistake."""

_FORMS = {
    r"^[A-Za-z_][A-Za-z0-9_]*$": "the name of an environment variable (letters, digits, _)",
    r"^[A-Za-z0-9_-]{1,64}$": "1 to 64 letters, digits, _ or -",
    r"^https?://\S+$": "an address (https://…)",
    r"^https?://[^\s@?#]+$": "an address (https://…) without user, password, query or fragment",
    r"^/[!-~]*$": "a path (/tools)",
}
"""Regular expressions of the models, in words."""

_SHOWN = 60

_MISSPELLING = 0.8
"""Similarity (difflib's ratio, 0 to 1) from which a name is a misspelling of another."""


def shown(value: object) -> str:
    """Return a value of a file for a message, cut if it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "keys and values" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def listed(names: Iterable[str]) -> str:
    """Join names for a message; an empty list gives a text too."""
    return ", ".join(names) or "none"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that this name misspells, None if it is near to none."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=_MISSPELLING)), None)


def plain_faults(
    error: ValidationError, root: type[Model], data: Mapping[str, Any]
) -> list[tuple[KeyPath, str]]:
    """Translate a validation of ``data`` against ``root``: place and phrase of every fault."""
    found = [
        _located(details, data)
        for details in error.errors(include_url=False)
        if not _counts_only_valid_items(details)
    ]
    return [(item.key, _phrase(item, root)) for item in _chosen(found)]


def misspelt_keys(
    error: ValidationError, root: type[Model], data: Mapping[str, Any]
) -> list[tuple[KeyPath, str, str]]:
    """Return the unknown keys that nearly match a key which is allowed there and missing.

    Each has its place, the intended key, and the phrase of its fault. Keys have distinct places.
    """
    found: dict[KeyPath, tuple[KeyPath, str, str]] = {}
    details = (one for one in error.errors(include_url=False) if not _counts_only_valid_items(one))
    for item in _chosen([_located(one, data) for one in details]):
        if item.kind != "extra_forbidden":
            continue
        meant = nearest(str(item.key[-1]), _allowed_keys(item, root))
        inside: Any = data
        for part in item.key[:-1]:
            inside = inside[part]
        if meant is not None and meant not in inside:
            new = (*item.key[:-1], meant)
            found.setdefault(new, (item.key, meant, _phrase(item, root)))
    return list(found.values())


def _counts_only_valid_items(details: ErrorDetails) -> bool:
    """Return whether a list is too short only because of faulty items, which are reported."""
    return details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]


class _Located:
    """A pydantic error with the real place and the branches of unions it went through."""

    def __init__(self, details: ErrorDetails) -> None:
        self.details = details
        self.key: KeyPath = ()
        self.branches: list[tuple[KeyPath, str]] = []
        self.others: list[str] = []  # keys that the discarded shapes allow in this place

    @property
    def kind(self) -> str:
        return str(self.details["type"])


def _located(details: ErrorDetails, data: Any) -> _Located:
    """Separate keys of the file from names of union members, which pydantic mixes in ``loc``."""
    item, here = _Located(details), data
    for position, part in enumerate(details["loc"]):
        # What is not in the data is the name of a union's member.
        inside = part in here if isinstance(here, dict) else False
        if isinstance(here, list) and isinstance(part, int):
            inside = 0 <= part < len(here)
        absent = item.kind == "missing" and position == len(details["loc"]) - 1
        if inside or absent:
            item.key = (*item.key, part)
            here = here[part] if inside else None
        else:
            item.branches.append((item.key, str(part)))
    return item


def _chosen(found: list[_Located]) -> list[_Located]:
    """Keep, for each union, the errors of the shape that the writer most likely meant."""
    unions = {place for item in found for place, _ in item.branches}
    # Outer unions first: their choice may drop all errors of an inner one.
    for place in sorted(unions, key=len):
        branches: dict[str, list[_Located]] = {}
        for item in found:
            for where, branch in item.branches:
                if where == place:
                    branches.setdefault(branch, []).append(item)
        if len(branches) < 2:
            continue
        best = min(branches.values(), key=lambda items: _distance(items, place))
        others = [item for items in branches.values() if items is not best for item in items]
        for item in best:
            item.others += [_expected(other) for other in others if _same_choice(item, other)]
        dropped = {id(item) for item in others} - {id(item) for item in best}
        found = [item for item in found if id(item) not in dropped]
    return found


def _same_choice(one: _Located, other: _Located) -> bool:
    return one.kind == other.kind == "literal_error" and one.key == other.key


def _expected(item: _Located) -> str:
    return str(item.details.get("ctx", {}).get("expected", ""))


def _distance(items: list[_Located], place: KeyPath) -> tuple[bool, int, int]:
    """Return the distance of the data from a shape: other kind of value, wrong type tag, faults."""
    return (
        # A value of another kind altogether is farthest from a shape.
        any(item.key == place and item.kind != "value_error" for item in items),
        sum(item.kind in ("literal_error", "missing") for item in items),
        len(items),
    )


def _phrase(item: _Located, root: type[Model]) -> str:
    details, kind = item.details, item.kind
    # A key that was written in place of its variable's name must not reach a log.
    hides = isinstance(details["input"], str) and not _CONFIDENTIAL.isdisjoint(item.key)
    got = "another text (not shown)" if hides else shown(details["input"])
    context: dict[str, Any] = details.get("ctx", {})
    if kind == "missing":
        return "this key is required"
    if kind == "extra_forbidden":
        return _unknown_key(item, root)
    if any(place == item.key for place, _ in item.branches) and kind != "value_error":
        # names of scorers may be words of the format, too
        parts = item.key[:1] if item.key[:1] == ("scorers",) else reversed(item.key)
        name = next((part for part in parts if part in _SHAPES), None)
        if name is not None:
            return f"expected {_SHAPES[str(name)]}, got {got}"
    if kind in _TYPES:
        return f"expected {_TYPES[kind]}, got {got}"
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"expected {words} {context[name]:g}, got {got}"
    if kind in ("literal_error", "enum"):
        expected = " or ".join((_expected(item), *item.others))
        allowed = expected.replace("'", "").replace(" or ", ", ").split(", ")
        return f"expected {expected}, got {got}{did_you_mean(details['input'], allowed)}"
    return _other(kind, details, got)


def _other(kind: str, details: ErrorDetails, got: str) -> str:
    context: dict[str, Any] = details.get("ctx", {})
    if kind in ("string_too_short", "too_short"):
        thing = "text" if kind == "string_too_short" else "a list with at least one item"
        return f"expected {thing}, got nothing"
    if kind == "string_pattern_mismatch":
        if context["pattern"] == r"\S":
            return "expected text, got only spaces"
        form = _FORMS.get(context["pattern"], f"text of the form {context['pattern']}")
        return f"expected {form}, got {got}"
    if kind == "value_error":
        return str(context["error"])
    return f"{details['msg'][:1].lower()}{details['msg'][1:]}, got {got}"


def _unknown_key(item: _Located, root: type[Model]) -> str:
    allowed = _allowed_keys(item, root)
    return f"unknown key; allowed: {listed(allowed)}{did_you_mean(item.key[-1], allowed)}"


def _allowed_keys(item: _Located, root: type[Model]) -> list[str]:
    owners = _models_at(root, item.key[:-1])
    labels = [branch for _, branch in item.branches]
    named = [owner for owner in owners if any(owner.__name__ in label for label in labels)]
    return _keys((named or owners)[0]) if owners else []


def _keys(model: type[Model]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_at(annotation: Any, key: KeyPath) -> list[type[Model]]:
    """Find the models that a place of the file may hold, by following the type annotations."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _models_at(arguments[0], key)
    if origin in (typing.Union, types.UnionType):
        return [model for argument in arguments for model in _models_at(argument, key)]
    if origin in (tuple, dict) and key:
        inner = arguments[0] if origin is tuple else arguments[1]
        same = isinstance(key[0], int) == (origin is tuple)
        return _models_at(inner, key[1:]) if same else []
    if isinstance(annotation, type) and issubclass(annotation, Model):
        if not key:
            return [annotation]
        for name, field in annotation.model_fields.items():
            if (field.alias or name) == key[0]:
                return _models_at(field.annotation, key[1:])
    return []


# Access to a file's plain data piece by piece; values of the wrong shape are skipped.

Found = Iterator[tuple[KeyPath, str]]
"""Places and their faults."""

SAID = ("say", "backchannel", "aside")
"""Keys of a turn or answer that hold words of the caller."""

_FILLED = (*SAID, "text", "inject", "dtmf", "image")
"""Keys of a turn in which facts are filled in."""

TOLD = ("text", "arguments", "returns")
"""Keys of an earlier item that hold the agent's inputs."""

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
"""``{name}`` in a text."""


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """Return the message for an unknown name, with the known names."""
    known = tuple(known)
    return f"unknown {kind} {shown(name)}; known: {listed(known)}{did_you_mean(name, known)}"


def twice(values: object, at: KeyPath) -> Found:
    """Yield the repeated items of a list."""
    given = values if isinstance(values, list) else []
    for number, value in enumerate(given):
        if value in given[:number]:
            yield (*at, number), f"{shown(value)} stands there twice"


def mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the keys and values at a key, empty if there are none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def items(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the items of a list that are keys and values, each with its number."""
    value = data.get(key)
    for number, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield number, item


def texts(value: object, key: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every text inside a value, however deep, with its place."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, (*key, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, (*key, number))


def texts_with_facts(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text of a scenario in which ``{fact}`` is filled in, with its place."""
    for part, keys in (("turns", _FILLED), ("answers", SAID), ("history", TOLD)):
        for number, item in items(data, part):
            for key in keys:
                yield from texts(item.get(key), (part, number, key))
    yield from others_words(data)
    yield from record_texts(data)
    yield from _expected_texts(mapping(data, "expect"))


def record_texts(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text in the records of a world, with its place."""
    world = mapping(data, "world")
    for name in world:
        yield from texts(mapping(world, name).get("records"), ("world", name, "records"))


def others_words(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield the words of a person near the caller, sentence by sentence."""
    other = mapping(mapping(data, "caller"), "second_talker")
    yield from texts(other.get("say"), ("caller", "second_talker", "say"))


def _expected_texts(expect: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for at, call in expected_calls(expect):
        yield from _wanted_texts(call.get("arguments"), (*at, "arguments"))
    yield from _wanted_texts(expect.get("world"), ("expect", "world"))
    for key, words in expected_words(expect):
        if isinstance(words, str):
            yield key, words
        else:
            for part in ("phrase", "one_of"):
                yield from texts(words.get(part), (*key, part))


def expected_calls(expect: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield every expected call in the data of ``expect``, each alternative on its own."""
    for number, call in items(expect, "tools"):
        at: KeyPath = ("expect", "tools", number)
        if "one_of" not in call:
            yield at, call
        for place, alternative in items(call, "one_of"):
            yield (*at, "one_of", place), alternative


def expected_words(
    expect: Mapping[str, Any],
) -> Iterator[tuple[KeyPath, str | Mapping[str, Any]]]:
    """Yield the items of ``says`` and ``never_says``, with their places."""
    for part in ("says", "never_says"):
        listed_words = expect.get(part)
        for number, words in enumerate(listed_words if isinstance(listed_words, list) else []):
            if isinstance(words, str | dict):
                yield ("expect", part, number), words


def _wanted_texts(value: object, at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of expected fields; in a regular expression, braces count repetitions."""
    return (found for found in texts(value, at) if found[0][-1] != "matches")


# Regular expressions of scenario files: either case alike, and never longer than a limit.

LIMIT_S = 0.5
"""How long a search may take. An ordinary search takes microseconds."""


MOST_PLACES = 100_000
"""How long an expression may be once its counted repeats are written out, as engines do."""

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]?|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)
"""One piece: an escape, a set, a counted repeat (least, most), or a character."""


class SlowExpression(OperationError):
    """An expression that backtracks without end on the agent's words."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        super().__init__(
            f"the regular expression {expression!r} was not done after {LIMIT_S:g} s; "
            "it repeats a repetition, such as (a+)+: write it without"
        )


def proof_fault(pattern: object) -> str | None:
    """Return why an expression cannot show that a text was said; None if it can."""
    problem = expression_fault(pattern)
    if problem is None and isinstance(pattern, str) and pattern and search(pattern, ""):
        return f"matches where nothing is said, so it proves nothing; got {shown(pattern)}"
    return problem


def search(expression: str, text: str, *, limit_s: float = LIMIT_S) -> bool:
    """Return whether the expression matches anywhere in a text.

    Raises:
        SlowExpression: the search took longer than ``limit_s``.
    """
    return first_match(expression, text, limit_s=limit_s) is not None


def first_match(expression: str, text: str, *, limit_s: float = LIMIT_S) -> tuple[int, int] | None:
    """Return the span of the first match, as characters [start, stop); raises as above."""
    try:
        match = regex.search(expression, text, regex.IGNORECASE, timeout=limit_s)
    except TimeoutError as error:
        raise SlowExpression(expression) from error
    return None if match is None else match.span()


def expression_fault(expression: object) -> str | None:
    """Return why a text is no regular expression; None if it is valid (or no text at all)."""
    problem = _problem(expression) if isinstance(expression, str) else None
    return f"not a regular expression: {problem}, in {shown(expression)}" if problem else None


def _places(expression: str) -> int:
    """Return how many characters, sets and escapes there are with counted repeats written out."""
    groups, last = [0], 0
    for piece in _PIECE.finditer(expression):
        least, most = piece.groups()
        if piece[0] == "(":
            groups.append(0)
            last = 0
        elif piece[0] == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif least is not None:
            repeated = last * max(int((most or least)[:9]), 1)  # more digits are as much too many
            groups[-1] += repeated - last
            last = repeated
        else:
            last = 1
            groups[-1] += 1
    return sum(groups)


def _problem(expression: str) -> str | None:
    if _places(expression) > MOST_PLACES:
        return f"its repeats, written out, are longer than {MOST_PLACES:,} places"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # "[[": Python may read it as a set
            re.compile(expression)  # the syntax is Python's; the other engine only keeps time
            regex.compile(expression, regex.IGNORECASE)
    except re.error as error:
        return error.msg
    except regex.error as error:
        return str(error)
    except (RecursionError, OverflowError):
        return "its groups are nested too deeply"
    return None
