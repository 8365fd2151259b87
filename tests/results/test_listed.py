"""A document taken apart, and results that are read call by call."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.synthetic_run import run_results, three_calls

from harness.errors import RecordingDamaged
from harness.files import sealed, sealed_pieces, to_json
from harness.results.store import from_json, taken_apart

RESULTS = run_results(three_calls())
STORED = to_json(RESULTS)
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=4), min_size=1),
    st.dictionaries(st.sampled_from(["a", "calls", "z"]), VALUES),
)
def test_a_document_of_our_layout_is_the_same_together_again(listed, inner) -> None:
    document = {"before": inner, "calls": listed, "after": [inner, listed]}
    apart = taken_apart(json.dumps(document, indent=2).encode(), "calls")
    assert apart is not None
    without, elements = apart
    assert json.loads(without) == {**document, "calls": []}
    assert [json.loads(element) for element in elements] == listed


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"calls": [{"a": 1}]}',
        b'{\n  "calls": []\n}',
        b'{\n  "calls": [\n    {\n      "a": 1',
        b'{\n "calls": [\n  {\n   "a": 1\n  }\n ]\n}',
    ],
)
def test_a_document_of_another_layout_is_left_whole(raw) -> None:
    assert taken_apart(raw, "calls") is None


@pytest.mark.parametrize("indent", [None, 1, 2, 4])
def test_results_are_read_in_whatever_layout_they_stand(indent) -> None:
    raw = json.dumps(json.loads(STORED), indent=indent).encode()
    assert from_json(raw, Path("results.json")) == from_json(STORED, Path("results.json"))


def test_of_a_key_that_is_there_twice_the_last_counts() -> None:
    one = to_json(replace(RESULTS, calls=RESULTS.calls[:1])).rstrip()[:-1].rstrip()
    begin = STORED.index(b'  "calls"')
    calls = STORED[begin : STORED.index(b"\n  ]", begin)] + b"\n  ]"
    twice = one + b",\n" + calls + b"\n}\n"
    assert from_json(twice, Path("results.json")).calls == RESULTS.calls


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"repeat": 1', b'"repeat": "often"', r"calls\.1\.repeat: Input should be a valid int"),
        (b'"repeat": 1', b'"repeat": }', "not JSON: "),
        (b'"target": "reference"', b'"target": 7', "target: Input should be a valid string"),
        (b'"format": 2', b'"format": 99', "format 99 is newer"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_as_if_it_were_read_whole(old, new, said) -> None:
    assert old in STORED
    with pytest.raises(RecordingDamaged, match=said):
        from_json(STORED.replace(old, new, 1), Path("results.json"))


def test_written_piece_by_piece_it_is_the_same_to_the_byte() -> None:
    for results in (RESULTS, run_results(()), replace(RESULTS, note="a\nb", gates=())):
        assert b"".join(sealed_pieces(results)) == sealed(to_json(results))
