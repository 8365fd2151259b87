"""No known handle gets through, in any spelling; text that only looks like a handle does."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest

from harness.transport.redaction import Handles

HANDLE = "HNDLsecret/7f3a+9c/Zz=="
LONG = "projects/acme/locations/us-central1/sessions/" + "Ab3_" * 60


def concealed(text: str, *handles: str) -> str:
    known = Handles()
    known.learn(handles)
    return known.hidden(text)


SPELLINGS = {
    "as it is": HANDLE,
    "JSON in JSON": json.dumps(json.dumps(HANDLE)).replace("/", "\\\\/"),
    "escapes for HTML": HANDLE.replace("=", "\\u003d").replace("+", "\\u002B"),
    "in a URL": quote(HANDLE, safe=""),
    "in a URL within a URL": quote(quote(HANDLE, safe=""), safe=""),
    "cut": HANDLE[:16],
    "cut later": HANDLE[:20],
    "base64": base64.b64encode(HANDLE.encode()).decode(),
    "base64 behind one": base64.b64encode(b"x" + HANDLE.encode() + b"yz").decode(),
    "base64 behind two, for URLs": base64.urlsafe_b64encode(b"xy" + HANDLE.encode()).decode(),
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_goes(spelled: str) -> None:
    for text in (f"Session {spelled} is not known.", json.dumps({"said": f"{spelled}..."})):
        left = concealed(text, "another-handle", HANDLE)
        assert "[redacted]" in left
        assert spelled[4:12] not in left


@pytest.mark.parametrize("length", [16, 30, 80, 100, len(LONG)])
def test_a_long_one_goes_wherever_it_is_cut(length: int) -> None:
    left = concealed(f"Invalid: {LONG[:length]}... try again", LONG)
    assert left == "Invalid: [redacted]... try again"


KEPT = {
    "what goes on otherwise": "projects/acme/locations/us-central1/publishers/google",
    "fewer characters": "HNDLsecret/7f3...",
    "other texts": "100 % of C:\\\\u00e9t\\\\u0065",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_is_no_handle_stays(text: str) -> None:
    assert concealed(text, HANDLE, LONG) == text


def test_words_are_no_handles() -> None:
    assert concealed("a word", "word", "a") == "a word"


def test_of_two_that_begin_alike_both_go() -> None:
    assert concealed(f"{HANDLE}2 and {HANDLE}", HANDLE, f"{HANDLE}2") == "[redacted] and [redacted]"


def test_many_of_them_cost_little_where_none_turns_up() -> None:
    known = Handles()
    known.learn(f"{number:04}{LONG}" for number in range(300))
    line = json.dumps({"said": "Nothing / of \\ it. " * 20}).encode()
    begun_s = time.process_time()
    for _ in range(100):
        assert known.concealed(line) == line
    assert time.process_time() - begun_s < 2.0, "0.05 s on a slow machine"
