"""Errors that are reported in a shape which no protocol documents: relays and gateways have theirs.

What such a message says is quoted: its words where they can be found, else the JSON as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from harness.protocol.fields import Fields
from harness.protocol.items import ErrorInfo
from harness.protocol.wire import JsonObject

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
"""Keys under which protocols name what a message is."""


def reported_error(raw: JsonObject, kind: str) -> ErrorInfo | None:
    """Return the error in a message of an unknown shape, None if it reports none.

    It reports one if it is called an error, or has something under a key that is.
    """
    named = [value for key in _KINDS if isinstance(value := raw.get(key), str)]
    called = any("error" in name.lower() for name in named)
    if not called and not any(raw.get(key) for key in ("error", "errors")):
        return None
    return ErrorInfo(kind, error_words(raw))


def other_words(error: object) -> str:
    """Return what an ``error`` says outside the fields that protocols have for it, "" for nothing.

    ``error`` is its value, or the whole message where it has none.
    """
    if isinstance(error, dict):
        error = {key: value for key, value in error.items() if value and key not in _USUAL}
    return error_words(error) if error else ""


def error_code(fields: Fields) -> str | None:
    """Return the code of an error; some services count theirs."""
    value = fields.raw.get("code")
    return str(value) if type(value) is int else fields.optional_text("code")


def error_words(value: object) -> str:
    """Return what an error of any shape says; without words of its own, its JSON."""
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
