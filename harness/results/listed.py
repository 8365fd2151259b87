"""A JSON document with one long list in it, taken apart: only one element at a time is JSON.

What ``storage.sealed_pieces`` writes has each element of a list between a line of ``    {`` and one
of ``    }``. No string of JSON holds a line break, so that such a line is nothing else. A document
of another layout is not taken apart.
"""

from __future__ import annotations

from collections.abc import Iterator

_BEGIN, _BETWEEN, _END = b"[\n    {\n", b"\n    },\n    {\n", b"\n    }\n  ]"


def taken_apart(raw: bytes, name: str) -> tuple[bytes, Iterator[bytes]] | None:
    """Return the document with this list empty, and the elements; None where it cannot be done.

    The elements are as they stand there: whoever reads them finds out whether they are JSON.
    """
    key = b'\n  "' + name.encode() + b'": '
    found = raw.find(key + _BEGIN)
    first = found + len(key + _BEGIN)
    end = raw.find(_END, first)
    if found < 0 or end < 0:
        return None
    emptied = raw[: found + len(key)] + b"[]" + raw[end + len(_END) :]
    return emptied, _elements(raw, first, end)


def _elements(raw: bytes, at: int, end: int) -> Iterator[bytes]:
    while (stop := raw.find(_BETWEEN, at, end)) >= 0:
        yield b"{" + raw[at:stop] + b"}"
        at = stop + len(_BETWEEN)
    yield b"{" + raw[at:end] + b"}"
