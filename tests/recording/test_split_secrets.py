"""Keys that a server sends in pieces: removed if the pieces make a key, and no other text is."""

from __future__ import annotations

import orjson
import pytest

from harness.recording.writer import without_split_secrets
from harness.transport.redaction import concealer

KEY = "sk-proj-Zq8Lw3TtYb7Vn2Rk5Xc9"


def lines(*texts: str, item: str = "item_1", kind: str = "delta") -> list[bytes]:
    rows = [
        {"at_s": n, "message": {"type": kind, "event_id": f"e{n}", "item_id": item, "delta": text}}
        for n, text in enumerate(texts)
    ]
    return [orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows]


def texts(data: bytes) -> list[str]:
    return [orjson.loads(line)["message"]["delta"] for line in data.splitlines()]


def in_pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 3, 4, 11])
@pytest.mark.parametrize("spelled", [KEY, KEY[::-1], KEY[5:20]], ids=["whole", "reversed", "cut"])
def test_a_key_in_pieces_is_taken_out_and_the_words_around_it_stay(size, spelled):
    data = b"".join(lines("Your key", " is ", *in_pieces(spelled, size), ", thank", " you."))
    clean = without_split_secrets(data, concealer((KEY,)))
    assert "".join(texts(clean)) == "Your key is [redacted], thank you."
    assert len(clean.splitlines()) == len(data.splitlines())
    assert texts(clean)[:2] == ["Your key", " is "]
    assert texts(clean)[-2:] == [", thank", " you."]


def test_two_keys_are_both_taken_out():
    pieces = in_pieces(KEY, 7)
    data = b"".join(lines("a", *pieces, "b", *pieces, "c"))
    clean = without_split_secrets(data, concealer((KEY,)))
    assert "".join(texts(clean)) == "a[redacted]b[redacted]c"


def test_pieces_between_those_of_other_items_are_found():
    mine, others = lines(*in_pieces(KEY, 8)), lines("one ", "two ", "three ", "four", item="item_2")
    data = b"".join(line for pair in zip(mine, others, strict=True) for line in pair)
    found = texts(without_split_secrets(data, concealer((KEY,))))
    assert "".join(found[::2]) == "[redacted]"
    assert found[1::2] == ["one ", "two ", "three ", "four"]


def test_a_long_call_without_a_key_stays_as_it_is():
    data = b"".join(lines(*(f"word {n} " for n in range(2000)))) + b'{"n": 1.50}\n'
    assert without_split_secrets(data, concealer((KEY,))) == data


def test_a_key_far_into_a_long_text_is_found():
    words = [f"word {n} " for n in range(1500)]
    data = b"".join(lines(*words, *in_pieces(KEY, 4)))
    found = "".join(texts(without_split_secrets(data, concealer((KEY,)))))
    assert found == "".join(words) + "[redacted]"
