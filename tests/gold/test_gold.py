"""Tests the rules on short calls of many domains, each with the verdict of a careful reader.

``known_wrong.txt`` lists the verdicts that differ from the reader's, with the current verdict. A
verdict that becomes right must leave the list, and a listed verdict must not become another wrong
verdict, such as a pass instead of a review.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from gold.known import calls, key, known_wrong
from gold.notation import GoldCall, GoldError, read_calls

from harness.judging.scorers.base import Score

ROWS = [(call, scorer) for call in calls() for scorer in call.verdict]
KNOWN = known_wrong()
LEAST_CALLS, LEAST_TRADES = 300, 8

FILE = """
trade: kiosk
tools: [{{name: sell_ticket, kind: write, args: {{line: string, seats?: integer}}}}]
calls:
  one:
    said: |
      caller: A ticket, please.
      {line}
    {verdict}
    why: an example
"""
VERDICT = "verdict: {write_confirmation: fail}"


JUDGED: dict[str, dict[str, Score]] = {}
"""Scores by call id; each call is judged once for all its verdicts."""


def wrong(call: GoldCall, scorer: str) -> str:
    """Return the expected and actual outcome if the verdict is wrong, else an empty string."""
    if call.id not in JUDGED:
        JUDGED[call.id] = call.scores()
    score = JUDGED[call.id][scorer]
    if score.outcome.value in call.verdict[scorer]:
        return ""
    return f"{'|'.join(call.verdict[scorer])}, got {score.outcome.value}: {score.reason}"


@pytest.mark.parametrize(
    ("call", "scorer"),
    [
        pytest.param(call, scorer, id=key(call, scorer))
        for call, scorer in ROWS
        if key(call, scorer) not in KNOWN
    ],
)
def test_a_call_is_judged_as_a_careful_reader_would(call: GoldCall, scorer: str) -> None:
    assert not wrong(call, scorer)


def test_what_came_right_has_left_the_list_of_known_wrong_verdicts() -> None:
    listed = {key(call, scorer): (call, scorer) for call, scorer in ROWS}
    right = {row for row in KNOWN.keys() & listed.keys() if not wrong(*listed[row])}
    gone = KNOWN.keys() - listed.keys()
    assert not right | gone, "remove them from the list: python -m tests.gold.relist"


@pytest.mark.parametrize(
    ("call", "scorer"),
    [
        pytest.param(call, scorer, id=key(call, scorer))
        for call, scorer in ROWS
        if key(call, scorer) in KNOWN
    ],
)
def test_a_verdict_that_is_known_to_be_wrong_is_no_other_one(call: GoldCall, scorer: str) -> None:
    assert f"got {KNOWN[key(call, scorer)]}:" in wrong(call, scorer)


def test_there_are_calls_of_many_trades_and_half_must_not_pass() -> None:
    assert len(calls()) >= LEAST_CALLS
    assert len({call.trade for call in calls()}) >= LEAST_TRADES
    negatives = sum(call.negative for call in calls())
    assert 0.45 <= negatives / len(calls()) <= 0.6


def test_no_two_calls_have_one_name() -> None:
    assert len({call.id for call in calls()}) == len(calls())


@pytest.mark.parametrize(
    ("line", "verdict", "problem"),
    [
        ("sell_tickets {}", VERDICT, "unknown sell_tickets"),
        ("clerk: Here it is.", VERDICT, "neither words nor a tool"),
        ("agent: Here it is. [loud]", VERDICT, "unknown loud"),
        ("agent: Here.", "verdict: {politeness: fail}", "unknown politeness"),
        ("agent: Here.", "verdict: {write_confirmation: failed}", "unknown failed"),
        ("agent: Here.", "verdicts: {write_confirmation: fail}", "unknown verdicts"),
        ("agent: Here.", "", "says no verdict"),
    ],
)
def test_a_file_that_says_something_else_than_it_means_is_refused(
    tmp_path: Path, line: str, verdict: str, problem: str
) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_text(FILE.format(line=line, verdict=verdict), encoding="utf-8")
    with pytest.raises(GoldError, match=problem):
        read_calls(path)
