"""No spelling of a key gets through: the ways in which servers, URLs, JSON and mail write it."""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.transport.redaction import concealer, hidden, secrets_of

KEY = "sk-te/st+4f7Q9zLm2X=cVb81"
PLAIN = "q8Rt5Yp3LwZ0"
BACKSLASHED = "q8Rt5Yp3\\LwZ0\\n1"
"""With a backslash at each line break in the key."""
URL = "wss://host/v1?model=m"


def every_percent(key: str) -> str:
    return "".join(f"%{byte:02X}" for byte in key.encode())


def lowered_percent(key: str) -> str:
    return "".join(f"%{byte:02x}" for byte in key.encode())


def escaped(key: str) -> str:
    return "".join(f"\\u{ord(sign):04x}" for sign in key)


def basic(user: str) -> Callable[[str], str]:
    return lambda key: base64.b64encode(f"{user}:{key}".encode()).decode()


def basic_for_urls(key: str) -> str:
    return base64.urlsafe_b64encode(f"a:{key}".encode()).decode().rstrip("=")


def wrapped(text: str, every: int, by: str) -> str:
    return by.join(text[start : start + every] for start in range(0, len(text), every))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "percent where needed": lambda key: quote(key, safe=""),
    "percent where needed, small letters": lambda key: re.sub(
        "%..", lambda match: match[0].lower(), quote(key, safe="")
    ),
    "percent, every sign": every_percent,
    "percent, every sign in small letters": lowered_percent,
    "percent, twice": lambda key: quote(quote(key, safe=""), safe=""),
    "as in a form": quote_plus,
    "base64": basic(""),
    "base64, behind one more sign": basic("a"),
    "base64, behind two more": basic("ab"),
    "base64, in the middle": lambda key: base64.b64encode(f"a:{key}:rest".encode()).decode(),
    "base64 for URLs": basic_for_urls,
    "base64 in lines of 76": lambda key: base64.encodebytes(f"user:{key * 4}".encode()).decode(),
    "base64 in short lines": lambda key: wrapped(basic("ab")(key), 5, "\n"),
    "base64 in a URL": lambda key: quote(basic("a")(key), safe=""),
    "JSON": lambda key: json.dumps(key),
    "JSON, slashes escaped": lambda key: key.replace("/", "\\/"),
    "JSON, every sign": escaped,
    "JSON in JSON": lambda key: json.dumps(json.dumps(escaped(key))),
    "Python bytes": lambda key: "".join(f"\\x{byte:02x}" for byte in key.encode()),
    "hex": lambda key: key.encode().hex(),
    "hex, large": lambda key: key.encode().hex().upper(),
    "hex with colons": lambda key: key.encode().hex(":"),
    "hex dump": lambda key: key.encode().hex(" "),
    "HTML": lambda key: html.escape(key),
    "HTML, every sign": lambda key: "".join(f"&#{ord(sign)};" for sign in key),
    "HTML in hex": lambda key: "".join(f"&#x{ord(sign):x};" for sign in key),
    "mail": lambda key: quopri.encodestring(key.encode()).decode(),
    "over two lines": lambda key: wrapped(key, 9, "\n"),
    "over two lines, indented": lambda key: wrapped(key, 9, "\r\n    "),
    "over two lines, escaped": lambda key: wrapped(key, 9, "\\n"),
}  # fmt: skip


def leaks(text: str, key: str) -> bool:
    """Return whether half of the key, or of its base64, is in a text in any case."""
    bare = "".join(text.split()).lower()
    parts = [key[start : start + len(key) // 2].lower() for start in range(len(key) // 2 + 1)]
    coded = [base64.b64encode(part.encode()).decode()[2:-4].lower() for part in parts]
    return any(part in bare for part in (*parts, *coded) if len(part) >= 5)


@pytest.mark.parametrize("key", [KEY, PLAIN, BACKSLASHED])
@pytest.mark.parametrize("name", SPELLINGS)
def test_a_key_is_hidden_in_every_spelling(name: str, key: str) -> None:
    spelled = SPELLINGS[name](key)
    conceal = concealer((key,))
    for text in (spelled, f"bad key: {spelled}", f"a\\{spelled}", f"{spelled}\\n is wrong"):
        shown = hidden(text, (key,))
        assert "***" in shown
        assert not leaks(shown, key)
        line = orjson.dumps({"kind": "wire", "message": {"text": text, text: [text]}})
        kept = conceal(line)
        assert b"[redacted]" in kept
        found = orjson.loads(kept)
        assert not leaks(found["message"]["text"], key)
        assert not leaks(kept.decode(), key)


KEYS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'<>"), min_size=6
)


@settings(max_examples=200, deadline=None)
@given(
    key=KEYS,
    name=st.sampled_from([name for name in SPELLINGS if name != "HTML"]),
    before=st.text(max_size=6),
    after=st.text(max_size=6),
)
def test_any_key_is_hidden_anywhere_and_json_stays_json(
    key: str, name: str, before: str, after: str
) -> None:
    text = before + SPELLINGS[name](key) + after
    assert "***" in hidden(text, (key,))
    conceal = concealer((key,))
    line = json.dumps({"at_s": 1.5, "text": text, "list": [1, None, text]}).encode() + b"\n"
    kept = conceal(line)
    row = orjson.loads(kept)
    assert kept.endswith(b"\n")
    assert (row["at_s"], row["list"][:2]) == (1.5, [1, None])
    assert "[redacted]" in row["text"]


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80))
def test_text_without_a_key_stays_as_it_is(text: str) -> None:
    assert hidden(text, (KEY,)) == text
    assert hidden(text, ()) == text
    line = orjson.dumps({"text": text}) if text.isascii() else b'{"text":"x"}'
    assert concealer((KEY,))(line) == line
    assert concealer(())(line) == line


@pytest.mark.parametrize("key", [KEY, PLAIN, "/\\+key", "\\secret"])
def test_a_flood_of_backslashes_is_looked_at_once(key: str) -> None:
    conceal = concealer((key,))
    line = orjson.dumps({"words": "\\" * 100_000})
    begun_s = time.process_time()
    assert conceal(line) == line
    assert time.process_time() - begun_s < 10.0  # it takes 0.05 s; from each of them, minutes


def test_a_line_that_is_no_json_is_concealed_too() -> None:
    conceal = concealer((PLAIN,))
    assert conceal(f"no {PLAIN}".encode()) == b"no [redacted]"
    number = concealer(("123456789",))
    assert number(b'{"echo":123456789,"n":1.5}') == b'{"echo":"[redacted]","n":1.5}'


@pytest.mark.parametrize(
    ("url", "headers", "secrets"),
    [
        (URL, {"Authorization": f"Bearer {KEY}"}, (KEY,)),
        (
            URL,
            {"Authorization": f"Basic {base64.b64encode(f'user:{PLAIN}'.encode()).decode()}"},
            (base64.b64encode(f"user:{PLAIN}".encode()).decode(), PLAIN),
        ),
        ("wss://user:pass%2Fword1@host/", {}, ("pass%2Fword1", "pass/word1")),
        ("wss://host/?api-key=topsecret&model=gpt-model", {}, ("topsecret",)),
        (URL, {"x": "short"}, ()),
        (URL, {"Authorization": "Bearer DIGEST", "x-kind": "bearer"}, ("DIGEST",)),
    ],
)
def test_the_secrets_are_those_of_url_and_headers(
    url: str, headers: dict[str, str], secrets: tuple[str, ...]
) -> None:
    assert secrets_of(url, headers) == secrets


def test_what_stands_in_the_file_is_no_secret() -> None:
    url, headers = "wss://host/?tenant=acme-corp&t=topsecret", {"X-Env": "production", "X-T": KEY}
    assert set(secrets_of(url, headers)) == {"acme-corp", "topsecret", "production", KEY}
    assert set(secrets_of(url, headers, plain={"tenant", "x-env"})) == {"topsecret", KEY}


LONG_KEY = "sk-proj-Zq8Lw3TtYb7Vn2Rk5Xc9"


@pytest.mark.parametrize(
    "written",
    [
        LONG_KEY[::-1],
        LONG_KEY[:12],
        LONG_KEY[5:],
        LONG_KEY[8:22],
        base64.b64encode(base64.b64encode(LONG_KEY.encode())).decode(),
        base64.b64encode(b"a " + base64.b64encode(b"user:" + LONG_KEY.encode()) + b" b").decode(),
    ],
)
def test_reversed_and_cut_keys_and_base64_of_base64_are_hidden(written):
    line = orjson.dumps({"text": f"It is {written}, my friend"})
    for found in (hidden(f"It is {written}!", (LONG_KEY,)), concealer((LONG_KEY,))(line).decode()):
        assert found.startswith(("It is ", '{"text":"It is '))
        assert "***" in found or "[redacted]" in found
        assert written not in found


def test_eleven_characters_of_a_key_are_kept():
    assert hidden(LONG_KEY[3:14], (LONG_KEY,)) == LONG_KEY[3:14]
