"""Labelled dialogues: a label held against the verdict on that very call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.english import ENGLISH

from harness.errors import FaultyFiles, UnknownName, UsageError
from harness.judging.labelled import LabelledDialogue, checked_writes
from harness.judging.scorers.base import Outcome
from harness.runs.judge_check import check_files, tallies

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


CALLS = [*SPOKEN, BOOKED]


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        (
            [{"id": "", "tools": [], "turns": []}],
            ["1: id: expected text, got nothing", "1: writes: this key is required"],
        ),
        (
            [row(CALLS), row(CALLS, index=2), row(CALLS, index=9)],
            [
                "2: writes[0].index: turn 2 is no call of a tool; calls are at: 1, 4",
                "3: writes[0].index: turn 9 is no call of a tool; calls are at: 1, 4",
            ],
        ),
        (
            [row(CALLS, index=1)],
            ["1: writes[0].index: turn 1 calls 'find_boat' of kind read; only writes are judged"],
        ),
        (
            [row(CALLS) | {"tools": TOOLS[:1]}],
            ["1: writes[0].index: turn 4 calls 'book_boat', which is not among 'tools'; add it"],
        ),
        (
            [row(CALLS) | {"writes": [{"index": 4, "label": "confirmed"}] * 2}],
            ["1: writes[1].index: turn 4 has a label already; a second one goes under 'also'"],
        ),
        (
            [row(CALLS, label="maybe")],
            [
                "1: writes[0].label: expected 'confirmed', 'retry', 'mismatch', 'unconfirmed',"
                " 'refused' or 'unclear', got 'maybe'"
            ],
        ),
        (
            [row([{"text": "Hello."}, {"who": "agent", "text": "Hi.", "tool": "x"}, *CALLS])],
            [
                f"1: turns[{number}]: a turn is either words ('who' and 'text') or a call ('tool')"
                for number in (0, 1)
            ],
        ),
        (
            [row(CALLS) | {"today": "2026-13-41"}],
            ["1: today: expected a day like 2026-04-25, got '2026-13-41'"],
        ),
        (
            [row(CALLS) | {"tools": [TOOLS[1] | {"exact": ["phone"]}]}],
            ["1: tools[0].exact[0]: book_boat has no argument 'phone'; it has: boat, day"],
        ),
    ],
)
def test_all_that_is_wrong_with_a_row_is_told_with_its_line(
    tmp_path: Path, rows: list[dict[str, object]], problems: list[str]
) -> None:
    with pytest.raises(FaultyFiles) as told:
        check_files([stored(tmp_path, *rows)], "en")
    assert str(told.value).splitlines() == [f"{tmp_path}/labelled.jsonl:{one}" for one in problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"id": \n{"id": ', ":1: not JSON: Expecting value (column 8)"),
        ("[]", ":1: expected one dialogue ({…}), got a list"),
        ('{"id":\n "a"}', ": one JSON document over several lines; write one dialogue a line"),
        ('{"id": "\\ud800"}', ":1: not JSON: half of a surrogate pair, or nested too deep"),
        ("[" * 5000, ":1: not JSON that can be read: maximum recursion depth"),
    ],
)
def test_what_is_no_line_of_json_is_told(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyFiles) as told:
        check_files([path], "en")
    assert str(told.value).splitlines()[0].startswith(f"{path}{problem}")


def test_blank_lines_a_byte_order_mark_and_line_separators_inside_texts_are_fine(
    tmp_path: Path,
) -> None:
    path = tmp_path / "labelled.jsonl"
    one = row([{"who": "caller", "text": "Good\u2028day\x85"}, *CALLS])
    path.write_text("\ufeff" + json.dumps(one, ensure_ascii=False) + "\r\n\n", encoding="utf-8")
    assert [one.right for one in check_files([path], "en")] == [True]


def test_tools_are_judged_as_a_suite_describes_them(tmp_path: Path) -> None:
    """A suite's description of a tool counts here as it does in a call: here, a consequence."""
    due = [TOOLS[0], TOOLS[1] | {"consequence": "required"}, {"name": "human", "kind": "escalate"}]
    checked = check_files([stored(tmp_path, row(CALLS), row(CALLS) | {"tools": due})], "en")
    assert [one.outcome is Outcome.PASS for one in checked] == [True, False]


def test_numbers_without_end_break_no_row(tmp_path: Path) -> None:
    endless = BOOKED | {"arguments": {"boat": 10**400, "day": "2026-05-12"}}
    (checked,) = check_files([stored(tmp_path, row([*SPOKEN, endless]))], "en")
    assert checked.outcome in (Outcome.FAIL, Outcome.REVIEW)


def test_files_without_labels_and_languages_that_nobody_brings_are_named(tmp_path: Path) -> None:
    path = stored(tmp_path, row([*SPOKEN, BOOKED]) | {"writes": []})
    with pytest.raises(UsageError, match="no labelled write call"):
        check_files([path], "en")
    with pytest.raises(UnknownName, match="tlh"):
        check_files([path], "tlh")
    with pytest.raises(UsageError, match="cannot be read"):
        check_files([tmp_path / "none.jsonl"], "en")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FaultyFiles, match="not UTF-8 text"):
        check_files([path], "en")
