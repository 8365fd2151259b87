"""The distractor kit: pairs that differ in a single value; the call contains both values."""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from harness.judging.labelled import LabelledDialogue
from harness.judging.scorers.base import Outcome

FOLDER = Path(__file__).parents[2] / "benchmarks"
MODULES = ("distractors", "distractor_pairs", "distractor_values")


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("distractors")
    sys.path.remove(str(FOLDER))
    for name in MODULES:
        del sys.modules[name]


@pytest.fixture(scope="module")
def made(bench):
    return list(bench.pairs())


def write_of(row):
    (write,) = row["writes"]
    return row["turns"][write["index"]]


def test_same_seed_gives_same_pairs_and_another_seed_gives_others(bench, made) -> None:
    assert list(bench.pairs()) == made
    others = list(bench.pairs(2))
    assert [pair.right["id"] for pair in others] == [pair.right["id"] for pair in made]
    differing = sum(a.right["turns"] != b.right["turns"] for a, b in zip(made, others, strict=True))
    assert differing > 0.9 * len(made)


def test_every_kind_form_and_length_has_three_pairs_or_more(made) -> None:
    counts = Counter((pair.kind, pair.form, pair.length) for pair in made)
    assert len(made) >= 600
    assert len(counts) == 12 * 8 * 3
    assert min(counts.values()) >= 3
    assert len({pair.right["services"][0] for pair in made}) >= 12
    ids = [row["id"] for pair in made for row in (pair.right, pair.wrong)]
    assert len(set(ids)) == len(ids)


def test_each_makes_several_of_every_cell(bench, made) -> None:
    assert len(list(bench.pairs(each=2))) == 2 * len(made)


def test_a_twin_differs_in_exactly_one_argument(made) -> None:
    for pair in made:
        right, wrong = write_of(pair.right)["arguments"], write_of(pair.wrong)["arguments"]
        assert [name for name in right if right[name] != wrong[name]] == [pair.argument]
        assert right.keys() == wrong.keys()
        index = pair.right["writes"][0]["index"]
        for turn, twin in zip(pair.right["turns"], pair.wrong["turns"], strict=True):
            assert turn == twin or turn is pair.right["turns"][index]
        assert pair.right["writes"][0]["label"] == "confirmed"
        assert pair.wrong["writes"][0]["label"] == "mismatch"


def test_both_values_are_said_in_the_proposing_turn(made) -> None:
    for pair in made:
        index = pair.right["writes"][0]["index"]
        proposal, reply = pair.right["turns"][index - 2 : index]
        assert (proposal["who"], reply["who"]) == ("agent", "caller")
        for said in (pair.said, pair.other_said):
            assert said.lower() in proposal["text"].lower(), pair.right["id"]
        assert pair.said != pair.other_said
        assert "{" not in json.dumps([turn.get("text", "") for turn in pair.right["turns"]])


def test_turns_are_as_long_as_their_length_says(made) -> None:
    limits = {"one": (1, 2), "three to four": (3, 4), "six to eight": (6, 8)}
    for pair in made:
        low, high = limits[pair.length]
        assert low <= pair.sentences <= high, pair.right["id"]


def test_rows_are_labelled_dialogues_and_calls_follow_their_schemas(made) -> None:
    for pair in made:
        for row in (pair.right, pair.wrong):
            LabelledDialogue.model_validate_json(json.dumps(row))
            call = write_of(row)
            (tool,) = (each for each in row["tools"] if each["name"] == call["tool"])
            jsonschema.validate(call["arguments"], tool["parameters"])
            assert 1 <= len(call["arguments"]) <= 4
            assert sum(each["kind"] == "write" for each in row["tools"]) >= 3


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "zero"), (14, "fourteen"), (40, "forty"), (97, "ninety-seven"), (300, "three hundred"),
     (2500, "two thousand five hundred")],
)  # fmt: skip
def test_numbers_in_words(bench, number, words) -> None:
    assert sys.modules["distractor_values"].number_words(number) == words


def test_figures_and_table_count_verdicts(bench, made) -> None:
    verdicts = ((Outcome.PASS, Outcome.FAIL), (Outcome.REVIEW, Outcome.PASS))
    judged = [bench.JudgedPair(made[0], *each) for each in verdicts]
    assert bench.figures(judged) == {
        "pairs": 2,
        "wrong_passes": 1,
        "wrong_failed": 0.5,
        "right_passed": 0.5,
        "right_fails": 0,
        "broken": 0,
    }
    lines = bench.table(judged).splitlines()
    assert lines[2].split() == ["all", "pairs", "1", "0", "1", "1", "1", "0"]
    assert [line for line in lines if line.startswith("by ")] == ["by kind", "by form", "by length"]


def test_the_benchmark_prints_its_figures_and_writes_rows(bench, made, tmp_path, capsys) -> None:
    rows = tmp_path / "rows.jsonl"
    bench.main(["--kind", "person", "--out", str(rows)])
    shown = capsys.readouterr()
    persons = [pair for pair in made if pair.kind == "person"]
    figures = json.loads(shown.out)
    assert (figures["pairs"], figures["broken"]) == (len(persons), 0)
    assert "wrong twins" in shown.err
    assert [json.loads(line) for line in rows.read_text().splitlines()] == [
        row for pair in persons for row in (pair.right, pair.wrong)
    ]
