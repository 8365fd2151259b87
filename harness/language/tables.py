"""The words, phrases and patterns of a language, read from TOML files into typed objects.

A table of a file fills a dataclass, key by key, as the fields of the class are typed:

- ``tuple[str, ...]``: a list of rows. ``Words``, ``frozenset[str]``: a text with spaces between the
  words, and "_" in a word of two parts; a ``frozenset[str]`` may be a list, too. Keys that are
  tuples: the items with spaces between them.
- A row may extend over several lines of ``'''``: breaks, and the spaces around them, do not count.
- ``{name}`` in a row is replaced by the text of this name: a key of the same table, a key of the
  table ``[parts]``, or a text from the code that reads the file. A row that is just the name of a
  list is replaced by the rows of that list.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import NoReturn, TypeVar, cast, get_args, get_origin, get_type_hints

from harness.errors import FaultyFiles, did_you_mean

T = TypeVar("T")


class Words(tuple[str, ...]):
    """Words in the order of a file."""

    __slots__ = ()


_NAME = re.compile(r"\{([a-z]\w*)\}")
_PLAIN = {str: "text", bool: "true or false", int: "an integer", float: "a number"}


class Tables:
    """The tables of a TOML file.

    ``texts`` are further texts for names in braces. Without ``named``, names in braces stay as they
    are: the sentences of an agent contain some, to be filled in before the agent says them.

    All methods raise FaultyFiles, which names the file, the key, the value and what is allowed.
    """

    def __init__(
        self, path: Path, texts: Mapping[str, str] | None = None, *, named: bool = True
    ) -> None:
        self._path, self._named = path, named
        try:
            self._file = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise FaultyFiles.at(path, f"cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FaultyFiles.at(path, f"expected TOML in UTF-8: {error}") from error
        self._texts = texts or {}
        self._parts: dict[str, object] = self._file.get("parts", {})

    def fill(self, kind: type[T], table: str, **made: object) -> T:
        """Return an object of a dataclass, filled from a table of the file.

        ``made`` are the fields that the code provides, such as functions; the table has the others.
        """
        return cast(T, self._object(kind, self._found(table), table, made))

    def read(self, kind: type[T], key: str) -> T:
        """Return the value of a key ("table.key") as a type such as ``dict[str, str]``."""
        return cast(T, self._value(kind, self._found(key), key, {}))

    def _found(self, key: str) -> object:
        found: object = self._file
        for name in key.split("."):
            if not isinstance(found, dict) or name not in found:
                raise FaultyFiles.at(self._path, "is missing", key=key)
            found = found[name]
        return found

    def _object(self, kind: type, value: object, key: str, made: Mapping[str, object]) -> object:
        table = self._table(value, key)
        types, required = _fields(kind)
        allowed = [name for name in types if name not in made]
        for name in table:
            if name not in allowed:
                problem = f"unknown key; allowed: {', '.join(allowed)}{did_you_mean(name, allowed)}"
                raise FaultyFiles.at(self._path, problem, key=f"{key}.{name}")
        for name in allowed:
            if name in required and name not in table:
                raise FaultyFiles.at(self._path, "is missing", key=f"{key}.{name}")
        read = {
            name: self._value(types[name], one, f"{key}.{name}", table)
            for name, one in table.items()
        }
        return kind(**read, **made)

    def _value(self, kind: object, value: object, key: str, near: Mapping[str, object]) -> object:
        """Return a value as its type; names in braces may be those of the table ``near``."""
        inner, origin = get_args(kind), get_origin(kind)
        if kind is str:
            return self._text(value, key, near)
        if isinstance(kind, type) and kind in _PLAIN:
            # `type` and not `isinstance`: True is an int, and no number in these files.
            whole = type(value) is int and kind is float
            return value if whole or type(value) is kind else self._refuse(value, key, _PLAIN[kind])
        if kind is Words:
            text = value if isinstance(value, str) else self._refuse(value, key, "text")
            return Words(_words(text))
        if isinstance(kind, type) and is_dataclass(kind):
            return self._object(kind, value, key, {})
        if origin is frozenset and isinstance(value, str):
            return frozenset(_words(value))
        if origin in (frozenset, tuple):
            return self._items(origin, inner, value, key, near)
        if origin is not None and issubclass(origin, Mapping):
            table = self._table(value, key)
            return {
                self._key(inner[0], name, key): self._value(inner[1], one, f"{key}.{name}", table)
                for name, one in table.items()
            }
        return self._member(kind, value, key)

    def _items(
        self,
        kind: type,
        inner: tuple[object, ...],
        value: object,
        key: str,
        near: Mapping[str, object],
    ) -> object:
        if not isinstance(value, list):
            return self._refuse(value, key, "a list")
        types: tuple[object, ...] = inner
        if kind is frozenset or inner[-1] is Ellipsis:
            if inner[0] is str:
                return kind(self._rows(value, key, near))
            # An open tuple or a set has one type for all of its items.
            types = inner[:1] * len(value)
        if len(types) != len(value):
            return self._refuse(value, key, f"a list of {len(types)}")
        return kind(
            self._value(one_kind, one, f"{key}[{at}]", near)
            for at, (one_kind, one) in enumerate(zip(types, value, strict=True))
        )

    def _rows(
        self, value: list[object], key: str, near: Mapping[str, object], within: str = ""
    ) -> list[str]:
        rows: list[str] = []
        for at, row in enumerate(value):
            place = f"{key}[{at}]"
            found = _NAME.fullmatch(row) if self._named and isinstance(row, str) else None
            # A row that is just a name takes all rows of that list; texts of the code are none.
            name = "" if found is None or found[1] in self._texts else found[1]
            some = self._part(name, place, near) if name else None
            if isinstance(some, list):
                self._refuse_circle(name, within, place)
                rows += self._rows(some, place, near, f"{within} {name} ")
            else:
                rows.append(self._text(row, place, near))
        return rows

    def _text(self, value: object, key: str, near: Mapping[str, object], within: str = "") -> str:
        if not isinstance(value, str):
            return self._refuse(value, key, "text")
        # A long expression may be written over several lines.
        if "\n" in value:
            # A long row has line breaks for people only.
            value = "".join(line.strip() for line in value.splitlines())
        if not self._named or "{" not in value:
            return value

        def text(name: re.Match[str]) -> str:
            if name[1] in self._texts:
                return self._texts[name[1]]
            self._refuse_circle(name[1], within, key)
            return self._text(self._part(name[1], key, near), key, near, f"{within} {name[1]} ")

        return _NAME.sub(text, value)

    def _part(self, name: str, key: str, near: Mapping[str, object]) -> object:
        found = [texts[name] for texts in (near, self._parts) if name in texts]
        # A name in two tables would be ambiguous, and the wrong text would be put in without a
        # word.
        if len(found) == 1:
            return found[0]
        if found:
            problem = f"{{{name}}} is both a key of this table and of [parts]"
            raise FaultyFiles.at(self._path, problem, key=key)
        known = (*near, *self._parts, *self._texts)
        problem = f"no text has the name {{{name}}}; names: {', '.join(known) or 'none'}"
        raise FaultyFiles.at(self._path, problem + did_you_mean(name, known), key=key)

    def _refuse_circle(self, name: str, within: str, key: str) -> None:
        # Names lie between spaces, so that a part of a longer name is not taken for it.
        if f" {name} " in within:
            raise FaultyFiles.at(self._path, f"{{{name}}} contains itself", key=key)

    def _key(self, kind: object, name: str, key: str) -> object:
        if get_origin(kind) is tuple:
            return tuple(name.split())
        return name if kind is str else self._member(kind, name, f"{key}.{name}")

    def _member(self, kind: object, value: object, key: str) -> object:
        """Return the member of an enum that has a value."""
        if not (isinstance(kind, type) and issubclass(kind, Enum)):
            raise TypeError(f"{key}: no file can hold a {kind}")
        members = {one.value: one for one in kind}
        if not isinstance(value, str) or value not in members:
            hint = did_you_mean(value, members)
            return self._refuse(value, key, f"one of {', '.join(members)}{hint}")
        return members[value]

    def _table(self, value: object, key: str) -> dict[str, object]:
        return value if isinstance(value, dict) else self._refuse(value, key, "a table")

    def _refuse(self, value: object, key: str, expected: str) -> NoReturn:
        raise FaultyFiles.at(self._path, f"expected {expected}, got {value!r}", key=key)


def _words(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


@cache
def _fields(kind: type) -> tuple[dict[str, object], frozenset[str]]:
    """Return the types of a dataclass's fields by their names, and the names without a default."""
    hints = get_type_hints(kind)
    given = [one for one in fields(kind) if one.init]
    required = (
        one.name for one in given if one.default is MISSING and one.default_factory is MISSING
    )
    return {one.name: hints[one.name] for one in given}, frozenset(required)
