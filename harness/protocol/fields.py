"""Typed access to the fields of a JSON object from the wire: strict for servers, else tolerant.

A server reads its clients strictly. A client reads its server, and a judge a stored message,
tolerantly: what cannot be used is passed over and noted, and only what an event is nothing without
(the words of a delta) is missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from harness.protocol.wire import JsonObject, WireFault, kind_of_value

Default = TypeVar("Default")

MOST = 2**31 - 1
"""No index, time in milliseconds or count of tokens is larger; larger ones are no such numbers."""


class Fields:
    """One JSON object with its place in the message, read field by field.

    ``strict`` objects raise WireFault naming the path, also for fields that nobody knows
    (``only``), as a server does. Tolerant ones let those pass, take an optional field that cannot
    be read for absent, and say so in ``noted``, which all objects of one message share.
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
        """Return a required id; what a server left out, or gave as no id, is empty."""
        value = self.raw.get(key)
        if type(value) is str or self.strict:
            return self.text(key)
        if type(value) is int:
            return str(value)
        self._not_given(key, "a string")
        return ""

    def index(self, key: str) -> int:
        """Return a required index or time; what a server left out, or gave as none, is 0."""
        if self.strict:
            return self.integer(key, least=0)
        value = self.raw.get(key)
        number = int(value) if type(value) is float and 0 <= value <= MOST else value
        if type(number) is int and 0 <= number <= MOST and number == value:
            return number
        self._not_given(key, "an integer")
        return 0

    def integer(self, key: str, *, least: int = -MOST) -> int:
        """Return a required whole number up to ``MOST`` (2.0 counts: JSON has one kind)."""
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
        """Return how many of something; what was left out, or cannot be counted, is 0."""
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
        """Return a required string that is one of the allowed ones."""
        value = self.text(key)
        names = tuple(allowed)
        if value not in names:
            raise self._unknown(key, value, names)
        return value

    def known(self, key: str, allowed: Iterable[str]) -> str | None:
        """Return a string that is one of the allowed ones, or None if the field is none of them."""
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
        """Return an object as it stands, or None if the field is absent or null."""
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
        """Return an object to read on, or None if the field is absent or null."""
        raw = self.mapping(key)
        return None if raw is None else self._child(raw, key)

    def required(self, key: str) -> Fields:
        """Return a required object to read on."""
        value = self._required(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "an object", value)
        return self._child(value, key)

    def part(self, key: str) -> Fields:
        """Return a required object to read on; one that a server left out is empty."""
        if self.strict:
            return self.required(key)
        if self.raw.get(key) is None:
            self._not_given(key, "an object")
        return self.inside(key) or self._child({}, key)

    def _not_given(self, key: str, expected: str) -> None:
        """Note a required field that is not there, or that holds something else."""
        fault = self._wrong(key, expected, self.raw[key]) if key in self.raw else self._missing(key)
        self.noted.append(fault.message)

    def each(self, key: str) -> tuple[Fields, ...] | None:
        """Return the objects of a list to read on, or None if the field is absent or null."""
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
