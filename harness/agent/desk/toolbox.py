"""The session's tools as the order desk uses them, and the data of a conversation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from harness.language.language import Language
from harness.protocol.commands import Tool
from harness.recording.tools import FAILED, unpacked
from harness.scenario.domain import Task, ToolRole, fact_for, purpose_of

# The desk's own data: inputs, replies and calls, and the state between turns.


@dataclass(frozen=True, slots=True)
class Said:
    """The caller's words, as the recognizer heard them; empty for audio without words.

    ``audio_s`` is how long the turn's audio was, None for typed text.
    """

    text: str
    audio_s: float | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A tool's result; ``output`` is the text that the client sent."""

    name: str
    arguments: Mapping[str, Any]
    output: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Both sides were silent for the session's idle time."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The caller sent a picture."""


Input: TypeAlias = Said | Returned | Idle | Shown


@dataclass(frozen=True, slots=True)
class LastWords:
    """The agent's last words, and how much of them the caller can have heard."""

    text: str
    heard: str

    @property
    def whole(self) -> bool:
        """Whether all of it was heard."""
        return len(self.heard) >= len(self.text.rstrip())


@dataclass(frozen=True, slots=True)
class DeskToolCall:
    """A tool to call, with arguments that fit its schema."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeskReply:
    """The content of a response: words first, then calls. Both empty: a response without output."""

    say: str = ""
    calls: tuple[DeskToolCall, ...] = ()
    farewell: bool = False
    """Whether it says goodbye."""

    @property
    def phase(self) -> str | None:
        """ "commentary" for words before a call, "final_answer" for others, None without words."""
        if not self.say:
            return None
        return "commentary" if self.calls else "final_answer"


class Due(Enum):
    """Why a call is handed over to a human."""

    REQUEST = "request"
    DANGER = "danger"
    ANGER = "anger"
    LIMIT = "limit"
    FAILURES = "failures"
    NONE = "none"
    """No reason: only an agent with a fault does this."""


class Asked(Enum):
    """The question that is open."""

    NOTHING = "nothing"
    ORDER = "order"
    READ_BACK = "read_back"
    PROPOSAL = "proposal"
    ADDRESS = "address"
    AMOUNT = "amount"
    RETRY = "retry"
    ANYTHING_ELSE = "anything_else"


@dataclass(frozen=True, slots=True)
class DeskState:
    """A state of a call; never changed, only replaced, so that a false start can be undone."""

    task: Task | None = None
    order: str | None = None
    orders: tuple[str, ...] = ()
    """All orders of a question at once, the first of them ``order``; else empty."""
    confirmed: bool = False
    address: str | None = None
    amount: float | None = None
    asked: Asked = Asked.NOTHING
    running: DeskToolCall | None = None
    """The call whose result is awaited."""
    awaited: tuple[DeskToolCall, ...] = ()
    """Lookups of several orders whose results are not there."""
    unmade: tuple[DeskToolCall, ...] = ()
    """Those that wait for the result of another."""
    told: Mapping[str, str] = field(default_factory=dict)
    """The results to report that have arrived, by order."""
    failures: int = 0
    """Failed calls in a row on the task at hand."""
    anger: int = 0
    unclear: int = 0
    """Turns in a row that were not understood."""
    escalated: bool = False
    greeted: bool = False
    record: Mapping[str, Any] | None = None
    """The order record that was found last."""
    used: frozenset[str] = frozenset()
    """Ways of saying things that were used."""

    @property
    def asked_about(self) -> tuple[str, ...]:
        """The orders that were asked about, at least one once a number is known."""
        if self.order is None:
            return ()
        return self.orders if self.orders[:1] == (self.order,) else (self.order,)

    @property
    def facts(self) -> dict[str, Any]:
        """The values for tool arguments."""
        return {"order_id": self.order, "address": self.address, "amount": self.amount}


_ETA_KEYS = ("eta", "expected", "delivery_date", "arrives", "expected_delivery")
_EMPTY = {"integer": 0, "number": 0, "boolean": False, "array": [], "object": {}, "null": None}
_NOTE_KEYS = ("note", "notes", "details", "message", "description")


@dataclass(frozen=True, slots=True, eq=False)
class RecordWords:
    """A language's patterns for tool results, and its phrases about an order."""

    bad: str
    """A regular expression for plain text that reports a tool's failure; case ignored."""
    missing: str
    """The same for text that reports that there is no such order."""
    states: Mapping[str, str]
    """The state of an order in words, by the status on its record: "is on its way"."""
    other_state: str
    """The same for any other ``{status}``."""
    arriving: str
    """Its ``{state}``, and ``{when}`` it should arrive."""
    standing: str
    """Its ``{state}`` alone."""
    expected: str
    """``{when}`` it should arrive alone."""
    found: str
    """The phrase that the order exists."""
    day: Callable[[str, Language], str]
    """When it should arrive, from an ISO date or from words."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A client's settings for a response."""

    tools: tuple[Tool, ...] = ()
    must_call: bool = False
    """Whether a tool must be called in any case."""
    together: bool = True
    """Whether a response may contain several calls."""
    instructions: str | None = None
    """Replaces the session's instructions, None if these hold."""
    context: str = ""
    """The conversation so far, for instructions that refer to it."""


class Toolbox:
    """The tools of a response, by purpose; a purpose without a tool is absent."""

    def __init__(self, tools: Iterable[Tool], kinds: Mapping[str, str] | None = None) -> None:
        """``kinds`` of arguments by name, if the agent was given them."""
        self._kinds = kinds or {}
        self._tools: dict[Task | ToolRole, Tool] = {}
        for tool in tools:
            purpose = purpose_of(tool.name)
            if purpose is not None:
                self._tools.setdefault(purpose, tool)

    def has(self, purpose: Task | ToolRole) -> bool:
        """Whether some tool serves this purpose."""
        return purpose in self._tools

    def call(self, purpose: Task | ToolRole, facts: Mapping[str, Any]) -> DeskToolCall | None:
        """Return a call with arguments taken from ``facts``, None if no valid call can be made.

        Facts are matched with the schema's property names (``order_id`` also serves ``order`` and
        ``id``, ``amount`` also ``refund_amount``) and turned into the type that it asks for.
        """
        tool = self._tools.get(purpose)
        if tool is None:
            return None
        properties = tool.parameters.get("properties") or {}
        arguments: dict[str, Any] = {}
        for name, schema in properties.items():
            fact = fact_for(name, self._kinds)
            value = None if fact is None else facts.get(fact)
            if value is not None:
                arguments[name] = _as_type(value, schema if isinstance(schema, dict) else {})
        return DeskToolCall(tool.name, arguments) if _fits(arguments, tool.parameters) else None


def forced_call(
    tools: Iterable[Tool], facts: Mapping[str, Any], kinds: Mapping[str, str] | None = None
) -> DeskToolCall | None:
    """Return a call of the first tool that fits the known facts; unknown values are empty.

    As with a model that must make a call: None only if there are no tools.
    """
    made: DeskToolCall | None = None
    for tool in tools:
        purpose = purpose_of(tool.name)
        fitting = None if purpose is None else Toolbox((tool,), kinds).call(purpose, facts)
        if fitting is not None:
            # As with a model that must make a call, an unfitting call is better than none.
            return fitting
        made = made or DeskToolCall(tool.name, _guessed(tool.parameters, facts, kinds))
    return made


def _guessed(
    schema: Mapping[str, Any], facts: Mapping[str, Any], kinds: Mapping[str, str] | None
) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    guessed: dict[str, Any] = {}
    for name in schema.get("required") or ():
        told = properties.get(name)
        asked = told if isinstance(told, dict) else {}
        known = facts.get(fact_for(name, kinds) or "")
        allowed = asked.get("enum") or [_EMPTY.get(str(asked.get("type")), "")]
        guessed[name] = _as_type(known, asked) if known is not None else allowed[0]
    return guessed


def _as_type(value: Any, schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "number" and isinstance(value, float):
        return int(value) if value.is_integer() else value
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "string" and isinstance(value, float):
        return f"{value:g}"
    return value


def _fits(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    if not schema:
        return True
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        # A client's schema may be invalid: then no call can be checked against it.
        return False
    return bool(Draft202012Validator(schema).is_valid(arguments))


def parsed(output: str, words: RecordWords) -> Mapping[str, Any]:
    """Return a tool's output as an object, from any packing of the client's framework.

    Plain text becomes ``{"message": text}``, or ``{"error": text}`` if it reports a failure; of a
    list of records, the first counts. Output without content is empty.
    """
    given = unpacked(output)
    result = _as_object(given.value, words)
    if not given.failed or failure(result) is not None:
        return result
    note = next((str(result[key]) for key in _NOTE_KEYS if result.get(key)), "error")
    return {"error": note}


def _as_object(value: Any, words: RecordWords) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        record = next((each for each in value if isinstance(each, dict)), None)
        return record if record is not None else _told(", ".join(map(str, value)), words)
    if isinstance(value, bool):
        return {"ok": value}
    return {} if value is None else _told(str(value), words)


def _told(text: str, words: RecordWords) -> Mapping[str, Any]:
    if not text.strip():
        return {}
    return {"error" if re.search(f"{words.bad}|{words.missing}", text, re.I) else "message": text}


def failure(result: Mapping[str, Any]) -> str | None:
    """Return why a tool failed ("not_found", "timeout", …), None for a success."""
    error = result.get("error")
    if isinstance(error, dict):
        return str(error.get("code") or error.get("message") or "error")
    if error:
        return str(error)
    refused = any(result.get(flag) is False for flag in ("ok", "success"))
    if refused or str(result.get("status", "")).lower() in FAILED:
        return str(result.get("reason") or result.get("message") or "error")
    return None


def order_sentences(result: Mapping[str, Any], language: Language, words: RecordWords) -> list[str]:
    """Return the content of an order record in sentences: the answer first, then additions."""
    status = str(result.get("status") or result.get("state") or "").lower().replace(" ", "_")
    other = words.other_state.format(status=status.replace("_", " ")) if status else ""
    state = words.states.get(status, other)
    eta = next((str(result[key]) for key in _ETA_KEYS if result.get(key)), "")
    when = words.day(eta, language) if eta else ""
    way = {
        (True, True): words.arriving,
        (True, False): words.standing,
        (False, True): words.expected,
    }.get((bool(state), bool(when)), "")
    said = [way.format(state=state, when=when)] if way else []
    note = next((str(result[key]) for key in _NOTE_KEYS if result.get(key)), "")
    if note:
        said.append(" ".join(note.split()))
    return said or [words.found]
