"""The literal text that a regular expression needs, so that most searches can be skipped.

To look for a substring takes a hundredth of the time of a search for an expression with
alternatives, and most of the phrases of a language are in no given sentence. What is not understood
here needs nothing: the search is then made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_PLAIN = re.compile(r"[\w' ]+(?![*?+{])")
_GROUP = re.compile(r"\((?:\?(?::|P<\w+>))?(?!\?)")
_LOOK = re.compile(r"\(\?<?[=!]")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"(?P<times>[*?]|\{[\d,]+\}|(?P<some>\+))[?+]?")
_NOT_LITERAL = frozenset("^$.")


@lru_cache(maxsize=16_384)
def needed_literals(expression: str) -> tuple[str, ...]:
    """Return texts of which one is in every match; empty if no such texts are known."""
    try:
        needed, at = _either(expression, 0)
    except _Unknown:
        return ()
    return needed if at == len(expression) else ()


class _Unknown(Exception):
    """A construct that is not read here."""


@dataclass(slots=True)
class _Sequence:
    """The best texts of a sequence so far, and the literal characters since the last gap."""

    best: tuple[str, ...] = ()
    run: str = field(default="")

    def close(self) -> None:
        self.offer((self.run,))
        self.run = ""

    def offer(self, needed: tuple[str, ...]) -> None:
        if _worth(needed) > _worth(self.best):
            self.best = needed


def _worth(needed: tuple[str, ...]) -> int:
    return min((len(one.strip()) for one in needed), default=0)


def _either(expression: str, at: int) -> tuple[tuple[str, ...], int]:
    """Return what alternatives need, up to the end or the parenthesis that closes them."""
    ways: list[tuple[str, ...]] = []
    while True:
        needed, at = _sequence(expression, at)
        ways.append(needed)
        if at == len(expression) or expression[at] == ")":
            break
        at += 1
    together = tuple(dict.fromkeys(one for way in ways for one in way))
    return (together if all(ways) else ()), at


def _sequence(expression: str, at: int) -> tuple[tuple[str, ...], int]:
    read = _Sequence()
    while at < len(expression) and expression[at] not in "|)":
        if plain := _PLAIN.match(expression, at):
            read.run += plain[0]
            at = plain.end()
            continue
        needed, literal, at = _item(expression, at)
        repeat = _REPEAT.match(expression, at)
        if repeat is not None:
            at = repeat.end()
        if repeat is None and literal:
            read.run += literal
            continue
        read.close()
        if repeat is None or repeat["some"]:
            read.offer(needed or (literal,))
    read.close()
    return read.best, at


def _item(expression: str, at: int) -> tuple[tuple[str, ...], str, int]:
    """Return what one item needs, or the literal character that it is, and where it ends."""
    sign = expression[at]
    if look := _LOOK.match(expression, at):
        return (), "", _closed(expression, _either(expression, look.end())[1])
    if group := _GROUP.match(expression, at):
        needed, at = _either(expression, group.end())
        return needed, "", _closed(expression, at)
    if sign == "[":
        if found := _CLASS.match(expression, at):
            return (), "", found.end()
        raise _Unknown
    if sign == "\\":
        if at + 1 == len(expression):
            raise _Unknown
        after = expression[at + 1]
        return (), "" if after.isalnum() else after, at + 2
    if sign in "(*+?{":
        raise _Unknown
    return (), "" if sign in _NOT_LITERAL else sign, at + 1


def _closed(expression: str, at: int) -> int:
    if at == len(expression):
        raise _Unknown
    return at + 1
