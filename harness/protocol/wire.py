"""Reading JSON objects from the wire: typed access to fields, and the faults that come of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeAlias

import orjson

from harness.errors import HarnessError
from harness.protocol.items import ErrorInfo, Json

JsonObject: TypeAlias = dict[str, Any]


class WireFault(HarnessError):
    """A message that a server must refuse with an ``error`` event; the session stays open.

    ``param`` is the path of the field at fault (``item.content[0].text``), ``event_id`` the
    client's own id of the message, both None where there is none.
    """

    def __init__(
        self, code: str, message: str, *, param: str | None = None, event_id: str | None = None
    ) -> None:
        self.code, self.message, self.param, self.event_id = code, message, param, event_id
        super().__init__(message)

    @property
    def error(self) -> ErrorInfo:
        """What the ``error`` event says."""
        return ErrorInfo(
            "invalid_request_error", self.message, self.code, self.param, self.event_id
        )


class Malformed(WireFault):
    """A message that is no JSON object, or a server event without what its type requires.

    ``event_type`` is the type that the message claims, None where it claims none.
    """

    event_type: str | None = None


def load(message: str | bytes) -> JsonObject:
    """Return the JSON object in a message; raises Malformed if there is none."""
    try:
        raw = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise Malformed("invalid_event", f"The message is not valid JSON: {error}.") from None
    if not isinstance(raw, dict):
        raise Malformed("invalid_event", f"The message is {_kind(raw)}, not a JSON object.")
    return raw


class Fields:
    """One JSON object with its place in the message, read field by field.

    Every reader raises WireFault naming the path. ``strict`` objects also refuse fields that
    nobody knows (``only``), as a server does; tolerant ones let them pass.
    """

    __slots__ = ("event_id", "path", "raw", "strict")

    def __init__(
        self, raw: JsonObject, *, path: str = "", strict: bool = False, event_id: str | None = None
    ) -> None:
        self.raw, self.path, self.strict, self.event_id = raw, path, strict, event_id

    def at(self, key: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, code: str, key: str, message: str) -> WireFault:
        """Return the fault of one field, ready to raise."""
        return WireFault(code, message, param=self.at(key), event_id=self.event_id)

    def only(self, known: Collection[str]) -> None:
        """Refuse fields beside the known ones, if strict."""
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
            raise self.refuse(
                "missing_required_parameter",
                key,
                f"Missing required parameter: '{self.at(key)}'.",
            ) from None

    def _wrong(self, key: str, expected: str, value: object) -> WireFault:
        return self.refuse(
            "invalid_type",
            key,
            f"Invalid type for '{self.at(key)}': expected {expected}, got {_kind(value)}.",
        )

    def text(self, key: str) -> str:
        """Return a required string."""
        value = self._required(key)
        if type(value) is not str:
            raise self._wrong(key, "a string", value)
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a string, or None if the field is absent or null."""
        return None if self.raw.get(key) is None else self.text(key)

    def integer(self, key: str, *, least: int | None = None) -> int:
        """Return a required whole number (2.0 counts, as JSON has one kind of number)."""
        value = self._required(key)
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise self._wrong(key, "an integer", value)
        if least is not None and value < least:
            raise self.refuse(
                "invalid_value", key, f"Invalid '{self.at(key)}': {value} is below {least}."
            )
        return value

    def number(
        self, key: str, default: float, *, least: float | None = None, most: float | None = None
    ) -> float:
        """Return a number, or the default if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return default
        if type(value) not in (int, float):
            raise self._wrong(key, "a number", value)
        if (least is not None and value < least) or (most is not None and value > most):
            raise self.refuse(
                "invalid_value",
                key,
                f"Invalid '{self.at(key)}': {value} is not between {least} and {most}.",
            )
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """Return a boolean, or the default if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return default
        if type(value) is not bool:
            raise self._wrong(key, "a boolean", value)
        return value

    def choice(self, key: str, allowed: Iterable[str]) -> str:
        """Return a required string that is one of the allowed ones."""
        value = self.text(key)
        names = tuple(allowed)
        if value not in names:
            listed = ", ".join(f"'{name}'" for name in names)
            raise self.refuse(
                "invalid_value", key, f"Invalid value: '{value}'. Supported values are: {listed}."
            )
        return value

    def mapping(self, key: str) -> Json | None:
        """Return an object as it stands, or None if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(key, "an object", value)
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of strings, or None if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(type(each) is str for each in value):
            raise self._wrong(key, "an array of strings", value)
        return tuple(value)

    def inside(self, key: str) -> Fields | None:
        """Return an object to read on, or None if the field is absent or null."""
        raw = self.mapping(key)
        return None if raw is None else self._child(raw, key)

    def required(self, key: str) -> Fields:
        """Return a required object to read on."""
        value = self._required(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "an object", value)
        return self._child(value, key)

    def each(self, key: str) -> tuple[Fields, ...] | None:
        """Return the objects of a list to read on, or None if the field is absent or null."""
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self._wrong(key, "an array of objects", value)
        for index, entry in enumerate(value):
            if not isinstance(entry, dict):
                raise self._wrong(f"{key}[{index}]", "an object", entry)
        return tuple(self._child(entry, f"{key}[{index}]") for index, entry in enumerate(value))

    def _child(self, raw: Mapping[str, Any], key: str) -> Fields:
        return Fields(
            dict(raw) if not isinstance(raw, dict) else raw,
            path=self.at(key),
            strict=self.strict,
            event_id=self.event_id,
        )


def without_none(**values: object) -> JsonObject:
    """Return the values that are there: an absent field is not sent as null."""
    return {key: value for key, value in values.items() if value is not None}


def _kind(value: object) -> str:
    """Name a JSON value's type for a message, never the value: it may be long or secret."""
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "an array"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "a number")
