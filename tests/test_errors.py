"""Errors cross the border of a worker process whole."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from harness.errors import (
    Fault,
    FaultyFiles,
    HarnessError,
    RecordingDamaged,
    SpeechFailed,
    StorageFailed,
    UnknownName,
    Unscorable,
    UsageError,
)

ERRORS = [
    StorageFailed(Path("a.html"), "disk full"),
    RecordingDamaged(Path("events.jsonl"), "line 3"),
    UnknownName("scorer", "x", ("a", "b")),
    FaultyFiles((Fault(Path("a.yaml"), 3, "turns[0]", "expected text"),)),
    UsageError("give both"),
    Unscorable("nobody spoke"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_arrives_with_its_sentence_and_its_data(error: HarnessError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)


def test_a_long_text_is_quoted_by_its_beginning() -> None:
    said = str(SpeechFailed("pyttsx3", "it hung", "Hello. " * 4000))
    assert said.endswith("Hell… (28,000 characters)': it hung")
    assert len(said) < 300
    assert str(SpeechFailed("e", "no", "Hi")) == "speech engine e failed on 'Hi': no"


def test_a_fault_with_a_name_of_a_hundred_kilobytes_is_one_short_line() -> None:
    said = str(Fault(Path("a.json"), 3, "tools[0]", f"unknown tool '{'a' * 100_000}'"))
    assert said.startswith("a.json:3: tools[0]: unknown tool 'aaa")
    assert said.endswith("aaa… (100,015 characters)")
    assert len(said) < 2100
