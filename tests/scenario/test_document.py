"""YAML files as data with lines, and refusals of other files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import FaultyFiles
from harness.scenario.document import MAX_BYTES, read_document


def refusal(tmp_path: Path, raw: bytes) -> str:
    path = tmp_path / "x.yaml"
    path.write_bytes(raw)
    with pytest.raises(FaultyFiles) as caught:
        read_document(path)
    return str(caught.value).replace(f"{path}", "x")


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 107)
)


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (a_pipe, "a pipe"),
        (a_socket, "a socket"),
        (Path.mkdir, "a folder"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
    ],
)
def test_what_is_no_plain_file_is_refused_before_it_is_opened(
    tmp_path: Path, make: Callable[[Path], None], kind: str
) -> None:
    make(tmp_path / "x.yaml")
    with pytest.raises(FaultyFiles) as caught:
        read_document(tmp_path / "x.yaml")
    assert (
        str(caught.value)
        == f"{tmp_path / 'x.yaml'}: cannot read the file: expected a plain file, got {kind}"
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "x: the file is empty"),
        (b"# only a comment\n", "x: the file is empty"),
        (b"- a\n", "x:1: expected keys and values at the top, got a list"),
        (b"word\n", "x:1: expected keys and values at the top, got 'word'"),
        (b"a: 1\nb: caf\xe9\n", "x:2: not UTF-8 text (byte 0xe9); save it as UTF-8"),
        (b"a: 1\na: 2\n", "x:2: a: the key stands twice (first in line 1)"),
        (b"a:\n  - b: 1\n    b: 2\n", "x:3: a[0].b: the key stands twice (first in line 2)"),
        (b"a: [1, 2\nb: 3\n", "x:2: YAML syntax: "),
        (b"a: b: c\n", "x:1: YAML syntax: mapping values are not allowed here"),
        (b"a: 'open\nb: 1\n", "x:1: YAML syntax: this quotation mark is never closed"),
        (b"a: 1\n\tb: 2\n", "x:2: YAML syntax: a tab where YAML takes only spaces"),
        (b"a:\n   b: 1\n  c: 2\n", "x:3: YAML syntax: this line does not stand under those"),
        (b"a: \x01\n", "x:1: YAML syntax: a character that YAML does not allow"),
        (b"a: 1\n---\nb: 2\n", "x:2: YAML syntax: expected a single document"),
        (b"a: !!python/name:os.system x\n", "x:1: a: tags such as "),
        (b"a: &a {b: 1}\nc: {<<: *a}\n", "x:2: c: expected text as a key, got '<<'; merge keys"),
        (b"1: a\n", "x:1: expected text as a key, got '1'; put it in quotes"),
        (b"[a]: a\n", "x:1: expected text as a key, got a list"),
        (b"a: .nan\n", "x:1: a: expected a finite number, got .nan"),
        (b"a: 1e999\n", "x:1: a: expected a finite number, got 1e999"),
        (b"a: " + b"9" * 5000, "x:1: a: expected a number of sensible size"),
        (b'a: "\\ud800"\n', "x:1: a: half of a surrogate pair is not a character"),
        (BOMB, "more than 50,000 values, aliases counted where used"),
        (b"a: &a [*a]\n", "nested deeper than 60 levels"),
        (b"a: " + b"[" * 100 + b"]" * 100, "x:1: nested deeper than 60 levels"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "x: nested deeper than 60 levels"),
        (b"a" * (MAX_BYTES + 1), "x: the file is larger than 1,000,000 bytes"),
    ],
)
def test_what_is_no_such_file_is_refused_in_one_sentence(
    tmp_path: Path, raw: bytes, message: str
) -> None:
    assert message in refusal(tmp_path, raw)


def test_a_file_that_is_not_there_or_is_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaultyFiles, match=r"none\.yaml: cannot read the file: No such file"):
        read_document(tmp_path / "none.yaml")
    with pytest.raises(FaultyFiles, match="expected a plain file, got a folder"):
        read_document(tmp_path)


def test_values_are_those_of_yaml_1_2_and_a_bare_date_is_text(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(
        b"\xef\xbb\xbfa: yes\nb: true\nc: 0o17\nd: 0x1F\ne: -1.5e3\nf: 2026-04-25\ng: ~\nh: '1'\n"
        b"i: &i [1]\nj: *i\n"
    )
    assert read_document(path).data == {
        "a": "yes", "b": True, "c": 15, "d": 31, "e": -1500.0, "f": "2026-04-25", "g": None,
        "h": "1", "i": [1], "j": [1],
    }  # fmt: skip


def test_a_fault_has_the_line_of_its_key_or_of_what_should_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\nturns:\n  - say: >\n      hello\n    n: 2\n")
    document = read_document(path)
    assert str(document.fault(("turns", 0, "n"), "bad")) == f"{path}:5: turns[0].n: bad"
    assert document.fault(("turns", 0, "missing"), "bad").line == 3
    assert document.fault((), "bad").line == 1


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e9, 1e9)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), values, max_size=4))
def test_every_json_document_is_read_as_json_reads_it(tmp_path: Path, data: object) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_document(path).data == data
