"""JSON objects on the wire: typed access to their fields, and errors in undocumented shapes.

A server reads its clients strictly. A client reads its server, and a scorer a stored message,
tolerantly: unusable fields are skipped and noted, and only fields that an event cannot do without
(the text of a delta) are required.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

import orjson

from harness.errors import HarnessError
from harness.protocol.items import ErrorInfo

# JSON objects on the wire, and the faults in reading them.

JsonObject: TypeAlias = dict[str, Any]

DEEPEST = 100
"""Nesting levels of lists and objects in a message: no vendor needs ten.

JSON that can be parsed at a thousand levels cannot be written again.
"""


class WireFault(HarnessError):
    """A message that a server must refuse with an ``error`` event; the session stays open.

    ``param`` is the path of the field at fault (``item.content[0].text``), ``event_id`` the
    client's own id of the message, both None if there is none.
    """

    def __init__(
        self, code: str, message: str, *, param: str | None = None, event_id: str | None = None
    ) -> None:
        self.code, self.message, self.param, self.event_id = code, message, param, event_id
        super().__init__(message)

    @property
    def error(self) -> ErrorInfo:
        """The content of the ``error`` event."""
        return ErrorInfo(
            "invalid_request_error", self.message, self.code, self.param, self.event_id
        )


class Malformed(WireFault):
    """A message that is no JSON object, or a server event without a field that its type requires.

    ``event_type`` is the type in the message, None if it has none; ``lost`` is the neutral event
    that it would have been, if that is known.
    """

    lost: type | None = None

    def __init__(
        self, code: str, message: str, *, param: str | None = None, event_type: str | None = None
    ) -> None:
        super().__init__(code, message, param=param)
        self.event_type = event_type

    @property
    def of_an_object(self) -> bool:
        """Whether the message is a JSON object of any type."""
        return self.event_type is not None or self.param == "type"


def load(message: str | bytes) -> JsonObject:
    """Return the JSON object in a message; raises Malformed if there is none."""
    try:
        raw = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise Malformed("invalid_event", f"The message is not valid JSON: {error}.") from None
    if not isinstance(raw, dict):
        raise Malformed("invalid_event", f"The message is {kind_of_value(raw)}, not a JSON object.")
    if is_too_deep(raw, message):
        raise Malformed("invalid_event", f"The message is nested deeper than {DEEPEST} levels.")
    return raw


def is_too_deep(raw: Any, message: str | bytes) -> bool:
    """Return whether parsed JSON is nested deeper than ``DEEPEST`` levels.

    The tree is walked only if its text has enough brackets, which is rare.
    """
    data = message.encode() if isinstance(message, str) else message
    if data.count(b"{") + data.count(b"[") <= DEEPEST:
        return False
    level: list[Any] = [raw]
    for _ in range(DEEPEST):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def without_none(**values: object) -> JsonObject:
    """Return the values that are not None: an absent field is not sent as null."""
    return {key: value for key, value in values.items() if value is not None}


def kind_of_value(value: object) -> str:
    """Name a JSON value's type for a message, never the value: it may be long or secret."""
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "an array"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "a number")


Default = TypeVar("Default")

MOST = 2**31 - 1
"""No index, time in milliseconds or token count is larger; larger numbers are invalid."""


class Fields:
    """A JSON object with its path in the message, read field by field.

    ``strict`` objects raise WireFault with the path, also for unknown fields (``only``), as a
    server does. Tolerant objects ignore unknown fields, treat an unreadable optional field as
    absent, and note it in ``noted``, which all objects of a message share.
    """

    __slots__ = ("event_id", "noted", "path", "raw", "strict")

    def __init__(
        self, raw: JsonObject, *, path: str = "", strict: bool = False, event_id: str | None = None
    ) -> None:
        self.raw, self.path, self.strict, self.event_id = raw, path, strict, event_id
        self.noted: list[str] = []

    def at(self, key: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, code: str, key: str, message: str) -> WireFault:
        """Return the fault of a field, ready to raise."""
        return WireFault(code, message, param=self.at(key), event_id=self.event_id)

    def only(self, known: Collection[str]) -> None:
        """Refuse fields other than the known fields, if strict."""
        if self.strict:
            for key in self.raw:
                if key not in known:
                    raise self.refuse(
                        "unknown_parameter", key, f"Unknown parameter: '{self.at(key)}'."
                    )

    def _required(self, key: str) -> Any:
        try:
            return self.raw[key]
        except KeyError:
            raise self._missing(key) from None

    def _missing(self, key: str) -> WireFault:
        problem = f"Missing required parameter: '{self.at(key)}'."
        return self.refuse("missing_required_parameter", key, problem)

    def _wrong(self, key: str, expected: str, value: object) -> WireFault:
        return self.refuse(
            "invalid_type",
            key,
            f"Invalid type for '{self.at(key)}': expected {expected}, got {kind_of_value(value)}.",
        )

    def _passed_over(self, fault: WireFault) -> None:
        """Raise the fault of an optional field if strict, else note it."""
        if self.strict:
            raise fault
        self.noted.append(fault.message)

    def text(self, key: str) -> str:
        """Return a required string."""
        value = self._required(key)
        if type(value) is not str:
            raise self._wrong(key, "a string", value)
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a string, or None if the field is absent or null."""
        value = self.raw.get(key)
        if value is None or type(value) is str:
            return value
        self._passed_over(self._wrong(key, "a string", value))
        return None

    def ident(self, key: str) -> str:
        """Return a required id; empty if a server left it out, or sent an invalid id."""
        value = self.raw.get(key)
        if type(value) is str or self.strict:
            return self.text(key)
        if type(value) is int:
            return str(value)
        self._not_given(key, "a string")
        return ""

    def index(self, key: str) -> int:
        """Return a required index or time; 0 if a server left it out, or sent an invalid number."""
        if self.strict:
            return self.integer(key, least=0)
        value = self.raw.get(key)
        number = int(value) if type(value) is float and 0 <= value <= MOST else value
        if type(number) is int and 0 <= number <= MOST and number == value:
            return number
        self._not_given(key, "an integer")
        return 0

    def integer(self, key: str, *, least: int = -MOST) -> int:
        """Return a required whole number up to ``MOST``; 2.0 is valid, JSON has one number type."""
        value = self._required(key)
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise self._wrong(key, "an integer", value)
        if not least <= value <= MOST:
            problem = f"is below {least}" if value < least else f"is above {MOST}"
            raise self.refuse("invalid_value", key, f"Invalid '{self.at(key)}': {value} {problem}.")
        return value

    def number(
        self, key: str, default: Default, *, least: float | None = None, most: float | None = None
    ) -> float | Default:
        """Return a number, or the default if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return default
        if type(value) not in (int, float):
            self._passed_over(self._wrong(key, "a number", value))
            return default
        if (least is not None and value < least) or (most is not None and value > most):
            problem = f"Invalid '{self.at(key)}': {value} is not between {least} and {most}."
            self._passed_over(self.refuse("invalid_value", key, problem))
            return default
        return float(value)

    def count(self, key: str) -> int:
        """Return a count; 0 if it is absent or not a valid count."""
        return int(self.number(key, 0, least=0, most=MOST))

    def flag(self, key: str, default: Default) -> bool | Default:
        """Return a boolean, or the default if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return default
        if type(value) is not bool:
            self._passed_over(self._wrong(key, "a boolean", value))
            return default
        return value

    def choice(self, key: str, allowed: Iterable[str]) -> str:
        """Return a required string that is among the allowed strings."""
        value = self.text(key)
        names = tuple(allowed)
        if value not in names:
            raise self._unknown(key, value, names)
        return value

    def known(self, key: str, allowed: Iterable[str]) -> str | None:
        """Return a string that is among the allowed strings, or None."""
        value, names = self.optional_text(key), tuple(allowed)
        if value is None or value in names:
            return value
        self._passed_over(self._unknown(key, value, names))
        return None

    def _unknown(self, key: str, value: str, names: tuple[str, ...]) -> WireFault:
        listed = ", ".join(f"'{name}'" for name in names)
        return self.refuse(
            "invalid_value", key, f"Invalid value: '{value}'. Supported values are: {listed}."
        )

    def mapping(self, key: str) -> JsonObject | None:
        """Return an object unchanged, or None if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._passed_over(self._wrong(key, "an object", value))
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of strings, or None if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(type(each) is str for each in value):
            self._passed_over(self._wrong(key, "an array of strings", value))
            return None
        return tuple(value)

    def inside(self, key: str) -> Fields | None:
        """Return an object as ``Fields``, or None if the field is absent or null."""
        raw = self.mapping(key)
        return None if raw is None else self._child(raw, key)

    def required(self, key: str) -> Fields:
        """Return a required object as ``Fields``."""
        value = self._required(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "an object", value)
        return self._child(value, key)

    def part(self, key: str) -> Fields:
        """Return a required object as ``Fields``; empty if a server left it out."""
        if self.strict:
            return self.required(key)
        if self.raw.get(key) is None:
            self._not_given(key, "an object")
        return self.inside(key) or self._child({}, key)

    def _not_given(self, key: str, expected: str) -> None:
        """Note a required field that is absent, or that has another type."""
        fault = self._wrong(key, expected, self.raw[key]) if key in self.raw else self._missing(key)
        self.noted.append(fault.message)

    def each(self, key: str) -> tuple[Fields, ...] | None:
        """Return the objects of a list as ``Fields``, or None if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self._passed_over(self._wrong(key, "an array of objects", value))
            return None
        found = []
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                found.append(self._child(entry, f"{key}[{index}]"))
            else:
                self._passed_over(self._wrong(f"{key}[{index}]", "an object", entry))
        return tuple(found)

    def _child(self, raw: JsonObject, key: str) -> Fields:
        child = Fields(raw, path=self.at(key), strict=self.strict, event_id=self.event_id)
        child.noted = self.noted
        return child


# Errors in a shape that no protocol documents: relays and gateways have their own.
#
# The message is quoted: its text if that can be found, else the JSON as it is.

MOST_CHARS = 200
"""Characters of a quoted error."""

_DEEPEST = 4
_WORDS = (
    *("message", "msg", "error_message", "errorMessage", "detail", "details", "description"),
    *("error_description", "reason", "title", "text"),
)
_AROUND = ("error", "errors", "data", "body", "payload", "response", "exception")
_USUAL = ("type", "code", "param", "event_id", "client_event_id")
_KINDS = ("type", "event", "event_type", "kind", "status", "level")
"""Keys under which protocols name the type of a message."""


def reported_error(raw: JsonObject, kind: str) -> ErrorInfo | None:
    """Return the error in a message of an unknown shape, None if it reports none.

    It reports an error if its type contains "error", or if it has a value under an error key.
    """
    named = [value for key in _KINDS if isinstance(value := raw.get(key), str)]
    called = any("error" in name.lower() for name in named)
    if not called and not any(raw.get(key) for key in ("error", "errors")):
        return None
    return ErrorInfo(kind, error_words(raw))


def other_words(error: object) -> str:
    """Return the text of an ``error`` outside the documented fields, "" if there is none.

    ``error`` is its value, or the whole message if it has no such field.
    """
    if isinstance(error, dict):
        error = {key: value for key, value in error.items() if value and key not in _USUAL}
    return error_words(error) if error else ""


def error_code(fields: Fields) -> str | None:
    """Return the code of an error; some services send numbers."""
    value = fields.raw.get("code")
    return str(value) if type(value) is int else fields.optional_text("code")


def error_words(value: object) -> str:
    """Return the text of an error of any shape; its JSON if it contains no text."""
    found = "; ".join(dict.fromkeys(_words(value, _DEEPEST)))
    words = " ".join((found or orjson.dumps(value).decode()).split())
    return words if len(words) <= MOST_CHARS else f"{words[:MOST_CHARS].rstrip()}…"


def _words(value: object, levels: int) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list) and levels:
        for each in value:
            yield from _words(each, levels - 1)
    elif isinstance(value, dict) and levels:
        for key in (*_WORDS, *_AROUND):
            found = tuple(_words(value.get(key), levels - 1))
            if found:
                yield from found
                return
