"""Labelled dialogues: a label held against the verdict on that very call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.english import ENGLISH

from harness.errors import FaultyFiles, UnknownName, UsageError
from harness.judging.labelled import LabelledDialogue, checked_writes
from harness.scorers.base import Outcome
from harness.workflows.judge_checking import check_files, tallies

TOOLS = [
    {"name": "find_boat", "kind": "read", "description": "Find a boat"},
    {
        "name": "book_boat",
        "kind": "write",
        "description": "Book a boat",
        "parameters": {
            "type": "object",
            "properties": {
                "boat": {"type": "string", "enum": ["canoe", "dinghy"]},
                "day": {"type": "string", "format": "date"},
            },
        },
    },
]
SPOKEN = [
    {"who": "caller", "text": "A boat for tomorrow, please."},
    {"tool": "find_boat", "arguments": {}, "ok": True, "result": {"boats": ["canoe", "dinghy"]}},
    {"who": "agent", "text": "Shall I book the canoe for tomorrow?"},
    {"who": "caller", "text": "Yes, please."},
]
BOOKED = {"tool": "book_boat", "arguments": {"boat": "canoe", "day": "2026-05-12"}, "ok": True}
OTHER = {"tool": "book_boat", "arguments": {"boat": "dinghy", "day": "2026-05-12"}, "ok": True}
ODD = [*SPOKEN[:3], {"who": "caller", "text": "Klaatu barada nikto."}]


def row(turns: list[dict[str, object]], **write: object) -> dict[str, object]:
    made = {"index": len(turns) - 1, "label": "confirmed"} | write
    return {
        "id": "r",
        "tools": TOOLS,
        "turns": turns,
        "writes": [made],
        "services": ["Boats"],
        "today": "2026-05-11",
    }


def stored(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("turns", "label", "outcome", "right"),
    [
        ([*SPOKEN, BOOKED], "confirmed", Outcome.PASS, True),
        ([*SPOKEN, BOOKED], "refused", Outcome.PASS, False),
        ([*SPOKEN, OTHER], "mismatch", Outcome.FAIL, True),
        ([*SPOKEN, OTHER], "confirmed", Outcome.FAIL, False),
        ([*SPOKEN[:3], BOOKED], "unconfirmed", Outcome.FAIL, True),
        ([*ODD, BOOKED], "confirmed", Outcome.REVIEW, False),
        ([*SPOKEN, BOOKED | {"ok": False}, BOOKED], "retry", Outcome.PASS, True),
    ],
)
def test_a_label_is_held_against_the_verdict_on_its_call(
    turns: list[dict[str, object]], label: str, outcome: Outcome, right: bool
) -> None:
    read = LabelledDialogue.model_validate_json(json.dumps(row(turns, label=label)))
    (checked,) = checked_writes(read, ENGLISH, today=read.today)
    assert (checked.outcome, checked.right) == (outcome, right)
    assert checked.false_pass == (outcome is Outcome.PASS and not right)
    assert checked.false_fail == (outcome is Outcome.FAIL and not right)


def test_either_of_two_labels_is_right_and_unclear_ones_are_left_out() -> None:
    also = row([*SPOKEN, BOOKED], label="mismatch", also="confirmed")
    unclear = row([*SPOKEN, BOOKED], label="unclear")
    read = [LabelledDialogue.model_validate_json(json.dumps(one)) for one in (also, unclear)]
    assert [[one.right for one in checked_writes(r, ENGLISH, today=r.today)] for r in read] == [
        [True],
        [],
    ]


def test_counts_are_shares_of_what_was_decided(tmp_path: Path) -> None:
    rows = [
        row([*SPOKEN, BOOKED]),
        row([*SPOKEN, OTHER]),
        row([*ODD, BOOKED]),
        row([*SPOKEN, BOOKED], doubt=True),
    ]
    checked = check_files([stored(tmp_path, *rows)], "en")
    (counted,) = tallies(checked, lambda one: one.trades)
    assert (counted.name, counted.calls, counted.decided, counted.right) == ("Boats", 3, 2, 1)
    assert (counted.false_passes, counted.false_fails, counted.accuracy) == (0, 1, 0.5)
    assert counted.decided_share == pytest.approx(2 / 3)
    assert len(check_files([stored(tmp_path, *rows)], "en", doubtful=True)) == 4


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"id": "r"}], "labelled.jsonl:1: tools: Field required"),
        (
            [row([*SPOKEN, BOOKED]), row([*SPOKEN, BOOKED], index=2)],
            "labelled.jsonl:2: writes: index 2 is no call of a tool",
        ),
        ([row([*SPOKEN, BOOKED], label="maybe")], "labelled.jsonl:1: writes.0.label"),
    ],
)
def test_a_row_that_is_none_is_named_by_its_line(
    tmp_path: Path, rows: list[dict[str, object]], problem: str
) -> None:
    with pytest.raises(FaultyFiles) as told:
        check_files([stored(tmp_path, *rows)], "en")
    assert problem in str(told.value)


def test_files_without_labels_and_languages_that_nobody_brings_are_named(tmp_path: Path) -> None:
    path = stored(tmp_path, row([*SPOKEN, BOOKED]) | {"writes": []})
    with pytest.raises(UsageError, match="no labelled write call"):
        check_files([path], "en")
    with pytest.raises(UnknownName, match="tlh"):
        check_files([path], "tlh")
    with pytest.raises(UsageError, match="cannot be read"):
        check_files([tmp_path / "none.jsonl"], "en")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FaultyFiles, match="expected UTF-8"):
        check_files([path], "en")
