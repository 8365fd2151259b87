"""Takes secrets out of the recording that a server sent in pieces, over several messages.

Each line is concealed when it is written (``writer``). A key that is spread over deltas is in none
of them, but whole on the page, which joins them. So at the end of a call the texts of a kind are
joined, and what is found only then goes, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

_MOST_CHARACTERS = 4096
"""How far the pieces of one secret may be spread."""


class _Place(NamedTuple):
    """A text in a line."""

    line: int
    holder: Any
    """The dict or list that holds it."""
    key: Any

    @property
    def text(self) -> str:
        return str(self.holder[self.key])


def without_split_secrets(data: bytes, concealed: Callable[[bytes], bytes]) -> bytes:
    """Return the lines of a recording without secrets that several of them make up.

    ``concealed`` takes secrets out of one line; JSON stays JSON.
    """
    lines = data.splitlines(keepends=True)
    rows = [orjson.loads(line) for line in lines]
    channels: dict[tuple[str, ...], list[_Place]] = {}
    for number, row in enumerate(rows):
        ids = tuple(sorted(_ids(row)))
        for path, holder, key in _texts(row, ""):
            channels.setdefault((path, *ids), []).append(_Place(number, holder, key))
    changed: set[int] = set()
    for places in channels.values():
        if len(places) > 1 and _hides(places, concealed):
            changed.update(_cleaned(places, concealed))
    for number in changed:
        lines[number] = orjson.dumps(rows[number], option=orjson.OPT_APPEND_NEWLINE)
    return b"".join(lines)


def _ids(value: Any) -> Iterator[str]:
    """Yield what tells the texts of one item from those of another."""
    if isinstance(value, dict):
        for key, inner in value.items():
            is_id = key in ("id", "kind", "type") or (key.endswith("_id") and key != "event_id")
            if is_id and isinstance(inner, str):
                yield f"{key}={inner}"
            yield from _ids(inner)


def _texts(value: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            name = f"{path}.{key}" if isinstance(value, dict) else path
            if isinstance(one, str):
                yield name, value, key
            else:
                yield from _texts(one, name)


def _without(text: str, concealed: Callable[[bytes], bytes]) -> str:
    """Return a text as it is stored; as JSON, for a text alone may look like another value."""
    return str(orjson.loads(concealed(orjson.dumps(text))))


def _joined(places: list[_Place]) -> str:
    return "".join(place.text for place in places)


def _hides(places: list[_Place], concealed: Callable[[bytes], bytes]) -> bool:
    text = _joined(places)
    return _without(text, concealed) != text


def _cleaned(places: list[_Place], concealed: Callable[[bytes], bytes]) -> Iterator[int]:
    """Take out each secret where it lies; yield the lines that change."""
    first = last = 0
    while last < len(places):
        last += 1
        while len(_joined(places[first:last])) > _MOST_CHARACTERS and first < last - 1:
            first += 1
        if last - first < 2 or not _hides(places[first:last], concealed):
            continue
        while last - first > 1 and _hides(places[first + 1 : last], concealed):
            first += 1
        kept = _without(_joined(places[first:last]), concealed)
        while last < len(places):
            more = _without(_joined(places[first : last + 1]), concealed)
            if len(more) >= len(kept) + len(places[last].text):
                break  # the secret is over
            kept, last = more, last + 1
        for place in places[first:last]:
            place.holder[place.key] = ""
            yield place.line
        places[first].holder[places[first].key] = kept
        first = last
