"""Pieces of keys as a server may echo them: cut, reversed, escaped, or spread over a list."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from harness.transport.redaction import concealer, hidden, may_hold_pieces, without_pieces

KEYS = ("sk-proj-Zq8Lw3TtYb7Vn2Rk5Xc9", 'a"b\\c/d+e=f&g%h~secretKey99')


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _escaped(text: str, escape: str) -> str:
    return "".join(f"{escape}{ord(sign):02x}" for sign in text)


def _in_sixes(key: str) -> list[str]:
    return [key[at : at + 6] for at in range(0, len(key), 6)]


WAYS: dict[str, Callable[[str], Any]] = {
    "reversed": lambda key: key[::-1],
    "reversed, upper case": lambda key: key[::-1].upper(),
    "reversed, JSON in JSON": lambda key: json.dumps(json.dumps(key[::-1])),
    "reversed, then base64": lambda key: _base64(key[::-1]),
    "base64, then reversed": lambda key: _base64(key)[::-1],
    "base64 of base64": lambda key: _base64(_base64(key)),
    "base64 of base64 with a user": lambda key: _base64(_base64(f"me:{key}")),
    "base64 of a piece": lambda key: _base64(key[:21]),
    "hex, reversed": lambda key: key.encode().hex()[::-1],
    "hex of the reversed": lambda key: key[::-1].encode().hex(),
    "its end, in upper case": lambda key: key[-18:].upper(),
    "its end, reversed": lambda key: key[-18:][::-1],
    "its end, escaped for JSON": lambda key: _escaped(key[-18:], "\\u00"),
    "its end, escaped for JSON twice": lambda key: _escaped(key[-18:], "\\\\u00"),
    "its end, escaped for a URL": lambda key: _escaped(key[-18:], "%"),
    "its end, escaped for a URL twice": lambda key: _escaped(key[-18:], "%25"),
    "two halves": lambda key: f"{key[:14]}...{key[14:]}",
    "with dashes": lambda key: "-".join(_in_sixes(key)),
    "over lines": lambda key: "\\n".join(_in_sixes(key)),
    "items of a list": _in_sixes,
    "items of a list as text": lambda key: json.dumps(_in_sixes(key)),
    "values of an object": lambda key: {"a": {"b": key[:9]}, "c": [key[9:18], {"d": key[18:]}]},
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("way", WAYS)
def test_no_piece_of_a_key_is_left(way: str, key: str) -> None:
    written = WAYS[way](key)
    line = orjson.dumps({"error": {"message": written}}, option=orjson.OPT_APPEND_NEWLINE)
    row = json.loads(concealer((key,))(line))
    assert "[redacted]" in json.dumps(row)
    assert not may_hold_pieces(orjson.dumps(row), (key,))
    if isinstance(written, str):
        assert "***" in hidden(f"refused: {written}!", (key,))
        assert len(row["error"]["message"].replace("[redacted]", "")) < 26


# texts that hold no key, and a line of numbers, words and audio in base64
ORDINARY = (
    "Your order ORD-4715B ships on Monday, April 25th, 2026, and costs 24.95 EUR.",
    "project secret key proj sk-proj- Key99 secret",
    "0000000000000000000000000000000000000000000000000000",
    _base64("\0" * 300),
    "KEY-" * 50,
    "100 % sure, C:\\new\\table %41%42 \\u0041\\u0042",
    "",
)


@pytest.mark.parametrize("key", [*KEYS, "0" * 40, "aaaabbbbaaaabbbbaaaabbbb"])
@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str, key: str) -> None:
    line = orjson.dumps({"text": text, "n": 12, "on": True, "none": None, "list": [text, 1.5]})
    if key in text:
        return
    assert concealer((key,))(line) == line
    assert hidden(text, (key,)) == text


def test_a_value_of_json_keeps_its_shape() -> None:
    key = KEYS[0]
    value = {"a": [1, None, key[8:22], {"b": True}], key[:3]: "x"}
    assert without_pieces(value, (key,), "***") == {
        "a": [1, None, "***", {"b": True}], key[:3]: "x"
    }  # fmt: skip


def test_a_line_that_is_no_json_loses_its_pieces() -> None:
    line = f"{{half: {KEYS[0][8:22]} \udcff".encode("utf-8", "surrogateescape")
    assert concealer((KEYS[0],))(line) == b"{half: [redacted] \xff"


def test_each_text_is_compared_in_one_pass() -> None:
    """The number of stretches depends on the key alone, so time grows with the text."""
    flood = ("\\" * 100_000) + "%" * 100_000
    assert hidden(flood, KEYS) == flood
