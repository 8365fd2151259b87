"""Every regular expression of the product, and texts that make each of them try many ways.

``write`` writes the expressions, from a process in which every compile is noted: those of all
modules, of calls such as ``re.sub("…", …)``, of the phrase tables of every language, and those that
are put together while values are looked for.
"""

from __future__ import annotations

import ast
import functools
import importlib
import pickle
import pkgutil
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import partial
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

ROOT = Path(__file__).parents[2] / "harness"


# --- which there are -------------------------------------------------------------------------


@dataclass(frozen=True)
class Expression:
    """One expression of the product."""

    source: str
    """Of bytes, each as the character of its number."""
    of_bytes: bool
    flags: int
    place: str
    ways: tuple[str, ...]
    """The methods by which it is tried on texts."""

    def tried(self, way: str) -> Callable[[str], object]:
        """Return a function that tries it on a text."""
        source: Any = self.source.encode("latin-1") if self.of_bytes else self.source
        method = getattr(re.compile(source, self.flags), way)
        if way in ("sub", "subn"):
            method = partial(method, b"" if self.of_bytes else "")

        def trying(text: str) -> object:
            found = method(text.encode("utf-8", "surrogatepass") if self.of_bytes else text)
            return list(found) if way == "finditer" else found

        return trying


def noted() -> list[Expression]:
    """Return each expression of the product once, from a process that has not compiled any yet."""
    found: dict[tuple[Any, int], Expression] = {}
    compiled = re._compiler.compile  # type: ignore[attr-defined]
    used = _used()

    def note(expression: Any, flags: int, path: Path, line: int, ways: set[str]) -> None:
        of_bytes = isinstance(expression, bytes)
        flags &= ~(re.DEBUG | (re.UNICODE if of_bytes else 0))
        known = found.get((expression, flags))
        place = f"{path.relative_to(ROOT)}:{line}" if known is None else known.place
        both = ways.union(() if known is None else known.ways)
        source = expression.decode("latin-1") if of_bytes else expression
        found[expression, flags] = Expression(source, of_bytes, flags, place, tuple(sorted(both)))

    def noting(expression: Any, flags: int = 0) -> Any:
        made = compiled(expression, flags)
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename in (re.__file__, functools.__file__):
            frame = frame.f_back
        path, line = Path(frame.f_code.co_filename), frame.f_lineno
        if path.is_relative_to(ROOT):
            text = path.read_text(encoding="utf-8").splitlines()[line - 1]
            name, called, here = _NAMED.match(text), _CALLED.search(text), used[path]
            if called:
                ways = {called[1]}
            elif name and name[1] in here:
                ways = here[name[1]]
            elif name:
                ways = {way for each in used.values() for way in each.get(name[1], ())}
            else:  # in a table, or made by a function
                lower = (some for known, some in here.items() if known.islower())
                ways = set().union(*lower) - _OF_TEXTS
            note(expression, made.flags, path, line, ways or {"search"})
        return made

    re._compiler.compile = noting  # type: ignore[attr-defined]
    for path in sorted(ROOT.rglob("*.py")):
        for expression, flags, way, line in _written(path):
            note(expression, compiled(expression, flags).flags, path, line, {way})
    _import_all()
    _speak_all()
    return list(found.values())


_METHODS = "sub|subn|match|search|fullmatch|split|findall|finditer"
_NAMED = re.compile(r"(\w+)(?:: [^=]+)? = re\.compile\(")
_CALLED = re.compile(rf"\bre\.({_METHODS})\(")
_USED = re.compile(rf"(?:\b([A-Za-z_]\w*)|\))\.({_METHODS})\b")
_OF_TEXTS = {"split"}
"""A method of ``str``, too: no evidence that a name other than a constant is an expression."""


def _used() -> dict[Path, dict[str, set[str]]]:
    """Return the methods by which each name is used, per file; "called" is the result of a call."""
    used: dict[Path, dict[str, set[str]]] = {}
    for path in ROOT.rglob("*.py"):
        here = used.setdefault(path, {})
        for name, way in _USED.findall(path.read_text(encoding="utf-8")):
            if name != "re":
                here.setdefault(name or "called", set()).add(way)
    return used


def _written(path: Path) -> Iterator[tuple[str | bytes, int, str, int]]:
    """Yield the expressions in calls such as ``re.sub("…", …)``, and the call's name."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=called),
                args=[ast.Constant(value=str() | bytes() as expression), *_],
            ) if called != "compile" and called in dir(re):
                named = [one.value for one in node.keywords if one.arg == "flags"]
                flags = [getattr(re, one.attr) for one in named if isinstance(one, ast.Attribute)]
                yield expression, sum(flags), called, node.lineno


def _import_all() -> None:
    import harness

    for module in pkgutil.walk_packages(harness.__path__, "harness."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except ImportError:  # an optional package is not there
                continue


def _speak_all() -> None:
    from harness.language.language import language_named
    from harness.language.phrasebook import _alone
    from harness.language.values import ValueKind

    for tag in ("en", "de"):
        language = language_named(tag)
        for patterns in _patterns(language, set()):
            for one in patterns:
                _alone(one)
        for kind in ValueKind:
            for text in ("2", "A-1", "two", "zwei", "on may 5 at 5", "am 5. mai um 5 Uhr", "5 €"):
                language.find(text, kind, date(2026, 1, 1))


def _patterns(value: Any, seen: set[int]) -> Iterator[tuple[str, ...]]:
    """Yield the tuples of expressions that are anywhere in the tables of a language."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, tuple | list | frozenset):
        if value and all(isinstance(one, str) for one in value):
            yield tuple(value)
        for one in value:
            yield from _patterns(one, seen)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _patterns(one, seen)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _patterns(getattr(value, field.name, None), seen)


# --- adversarial texts -----------------------------------------------------------------------

_MOST_PARTS = 12
_ANY = "a1 .-,'\n<é"


class Adversary:
    """Makes texts from the literals, sets and repeats of one expression."""

    def __init__(self, expression: str, flags: int) -> None:
        self._tree = _parser.parse(expression, flags)
        self._random = random.Random(len(expression))
        self._ways: list[tuple[str, str]] = []
        self.alphabet = sorted(set(self._literals(self._tree)) | set(_ANY))
        self._walk(self._tree, "")
        if self._ways:  # else no part of it may be repeated without end
            whole = [self._sample(self._tree) for _ in range(3)]
            self._ways += [("", one) for one in (*whole, *(f"{each} " for each in whole))]

    def texts(self, length: int) -> Iterator[str]:
        """Yield texts of about a length: a part again and again, between its start and no end."""
        for start, part in dict.fromkeys(self._ways):
            if part:
                for end in ("", "\0"):
                    yield start + part * max(1, (length - len(start)) // len(part)) + end

    def _walk(self, tree: Any, before: str) -> None:
        for kind, value in tree:
            if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
                _, most, inner = value
                if most > 20:
                    parts = {self._sample(inner) for _ in range(3)}
                    parts |= {self._sample(inner) + self._sample(inner) for _ in range(2)}
                    parts |= {one for one in self.alphabet if self._fits(inner, one)}
                    self._ways += [(before, part) for part in sorted(parts)[:_MOST_PARTS]]
                self._walk(inner, before)
            elif kind is op.SUBPATTERN:
                self._walk(value[3], before)
            elif kind is op.ATOMIC_GROUP:
                self._walk(value, before)
            elif kind is op.BRANCH:
                for one in value[1]:
                    self._walk(one, before)
            elif kind in (op.ASSERT, op.ASSERT_NOT):
                self._walk(value[1], before)
            before += self._sample([(kind, value)])

    def _fits(self, inner: Any, sign: str) -> bool:
        return len(inner) == 1 and inner[0][0] is op.IN and sign in self._in(inner[0][1])

    def _sample(self, tree: Any) -> str:
        return "".join(self._one(kind, value) for kind, value in tree)

    def _one(self, kind: Any, value: Any) -> str:
        if kind is op.LITERAL:
            return chr(value)
        if kind is op.NOT_LITERAL:
            return self._random.choice([one for one in self.alphabet if one != chr(value)])
        if kind is op.ANY:
            return self._random.choice(self.alphabet)
        if kind is op.IN:
            return self._random.choice(self._in(value) or ["a"])
        if kind is op.BRANCH:
            return self._sample(self._random.choice(value[1]))
        if kind is op.SUBPATTERN:
            return self._sample(value[3])
        if kind is op.ATOMIC_GROUP:
            return self._sample(value)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            least, most, inner = value
            return "".join(self._sample(inner) for _ in range(min(max(least, 1), most)))
        return ""

    def _in(self, signs: Any) -> list[str]:
        """Return the signs of the alphabet that a set holds."""
        negated = signs and signs[0][0] is op.NEGATE
        kept = [one for one in self.alphabet if any(_holds(each, one) for each in signs)]
        if negated:
            return [one for one in self.alphabet if one not in kept]
        return kept or [chr(value[0]) for kind, value in signs if kind is op.RANGE]

    def _literals(self, tree: Any) -> Iterator[str]:
        for kind, value in tree:
            if kind in (op.LITERAL, op.NOT_LITERAL):
                yield chr(value)
            elif kind is op.IN:
                yield from (chr(each[1]) for each in value if each[0] is op.LITERAL)
                yield from (chr(each[1][0]) for each in value if each[0] is op.RANGE)
            elif kind is op.BRANCH:
                for one in value[1]:
                    yield from self._literals(one)
            elif kind is op.SUBPATTERN:
                yield from self._literals(value[3])
            elif kind is op.ATOMIC_GROUP:
                yield from self._literals(value)
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
                yield from self._literals(value[2])
            elif kind in (op.ASSERT, op.ASSERT_NOT):
                yield from self._literals(value[1])


_CATEGORIES = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
    op.CATEGORY_NOT_DIGIT: lambda sign: not sign.isdigit(),
    op.CATEGORY_NOT_SPACE: lambda sign: not sign.isspace(),
    op.CATEGORY_NOT_WORD: lambda sign: not (sign.isalnum() or sign == "_"),
}


def _holds(each: Any, sign: str) -> bool:
    kind, value = each
    if kind is op.LITERAL:
        return chr(value) == sign
    if kind is op.RANGE:
        return value[0] <= ord(sign) <= value[1]
    return bool(kind is op.CATEGORY and _CATEGORIES[value](sign))


def write(path: str) -> None:
    """Write all expressions to a file."""
    Path(path).write_bytes(pickle.dumps(noted()))
