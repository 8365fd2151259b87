"""Results of format 1, read as this format has them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.results.json_form import to_json
from harness.results.measured import missing_in, numbers_of, values_of
from harness.results.model import FORMAT, ScoreResult
from harness.results.store import read_results
from harness.results.upgrade import with_measurements
from harness.scorers.measure import MeasuredValue

T = "time_to_first_audio"


def stored(name: str, outcome: str, reason: str, **more: object) -> ScoreResult:
    """A score as format 1 had it: without measurements."""
    return replace(score(name, outcome, reason, **more), measurements=())


@pytest.mark.parametrize(
    ("scored", "waits"),
    [
        (stored(T, "pass", "", value=0.8, waits=[{"took_s": 0.5}, {"took_s": 0.8}]), (0.5, 0.8)),
        (stored(T, "fail", "", waits=[{"took_s": None}, {"took_s": 0.4}]), (0.4,)),
        (stored(T, "pass", "", value=0.7), (0.7,)),
        (stored(T, "unscorable", ""), ()),
        (stored("preamble", "pass", "", value=9.0), ()),
    ],
)
def test_waits_are_all_measured_answers_and_never_a_missing_one(
    scored: ScoreResult, waits: tuple[float, ...]
) -> None:
    assert numbers_of(result("a", with_measurements(scored)), T) == waits


@pytest.mark.parametrize(
    ("scored", "unanswered"),
    [
        (stored(T, "fail", "", waits=[{"took_s": None}, {"took_s": 0.4}]), 1),
        (stored(T, "fail", ""), 1),
        (stored(T, "fail", "", waits=[{"took_s": None, "owed": False}, {"took_s": None}]), 1),
        (
            stored(T, "fail", "", waits=[{"took_s": None, "talk_over_s": 0.2}, {"took_s": None}]),
            1,
        ),
        # all owed answers came, one too late: what else has no length was not waited for
        (stored(T, "fail", "", value=4.0, waits=[{"took_s": None}, {"took_s": 4.0}]), 0),
        (stored(T, "pass", "", value=0.4, waits=[{"took_s": None}, {"took_s": 0.4}]), 0),
        (stored(T, "not_applicable", "", waits=[{"took_s": None}]), 0),
        (stored("preamble", "fail", ""), 0),
    ],
)
def test_an_unanswered_turn_is_one_that_was_owed_an_answer(
    scored: ScoreResult, unanswered: int
) -> None:
    assert missing_in(result("a", with_measurements(scored)), T) == unanswered


def test_a_file_of_format_1_has_its_measures_and_loses_nothing(tmp_path: Path) -> None:
    waits = [
        {"caller": 0, "text": "Hi.", "from_s": 2.0, "took_s": 0.5, "with_tool": True, "parts": {}},
        {"caller": 1, "text": "And?", "from_s": 4.0, "took_s": None, "talk_over_s": None},
    ]
    call = result(
        "a",
        score(T, "fail", "no answer", waits=waits),
        score("barge_in_yield", "pass", "", value=0.4),
    )
    document = json.loads(to_json(run_results((call,))))
    document["format"] = 1
    document["summary"]["time_to_first_audio_s"] = document["summary"].pop("measures")[0]["spread"]
    for one in document["calls"][0]["scores"]:
        del one["measurements"]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    found = read_results(path)
    assert found.format == FORMAT
    assert values_of(found.calls[0], T) == (
        MeasuredValue(0.5, "Hi.", "with a tool", 2.0), MeasuredValue(None, "And?", "", 4.0),
    )  # fmt: skip
    assert numbers_of(found.calls[0], "barge_in_yield") == (0.4,)
    assert [score.details for score in found.calls[0].scores] == [{"waits": waits}, {}]
    assert found.summary.measures == run_results((call,)).summary.measures
