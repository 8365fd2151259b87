"""The places of a call's problems: on its time axis and in its transcript."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import result, score

from harness.report.run.score_cards import marked, problems, score_cards
from harness.report.run.transcript import TranscriptLine


def line(who: str, start_s: float, end_s: float) -> TranscriptLine:
    return TranscriptLine(who=who, start_s=start_s, end_s=end_s, clock="", flags=())


LINES = (
    line("caller", 0.0, 2.0), line("agent", 4.0, 8.0), line("tool", 8.0, 9.5),
    line("agent", 8.0, 8.5), line("caller", 10.0, 12.0),
)  # fmt: skip


def test_verdicts_on_one_stretch_are_one_problem_and_the_gravest_names_it() -> None:
    found = problems(
        (
            score("b", "review", "", (5.0, 6.0)),
            score("a", "fail", "", (5.001, 6.002), (1.0, 1.0)),
            score("c", "pass", "", (3.0, 4.0)),
            score("d", "unscorable", "", (3.0, 4.0)),
            score("e", "fail", "without a place"),
            score("f", "broken", "", (-0.5, -0.1)),
        )
    )
    assert [(p.start_s, p.end_s, p.outcome, p.scorers) for p in found] == [
        (0.0, 0.0, "broken", ("f",)), (1.0, 1.0, "fail", ("a",)), (5.0, 6.0, "fail", ("b", "a")),
    ]  # fmt: skip
    assert found[2].text == "b, a"


@pytest.mark.parametrize(
    ("span", "places"),
    [
        ((4.02, 7.98), [1]),  # exactly a line
        ((5.0, 11.0), [1, 2, 3, 4]),  # over several
        ((8.0, 8.0), [2]),  # the instant of a tool, not the words at that time
        ((10.0, 10.0), [4]),
        ((9.8, 10.0), [4]),
        ((5.0, 5.0), [1]),  # inside a line
        ((2.0, 4.0), [1]),  # a silence, which the answer ends
        ((12.5, 14.0), [4]),  # a silence at the end
    ],
)
def test_a_problem_stands_at_the_lines_that_it_is_about(span, places) -> None:
    told = marked(LINES, problems((score("wait", "fail", "", span),)))
    assert [place for place, one in enumerate(told) if one.problems] == places


def test_a_line_with_two_verdicts_has_both_and_no_line_has_none() -> None:
    found = problems((score("a", "review", "", (4, 8)), score("b", "fail", "", (5, 6))))
    assert marked(LINES, found)[1].problems == (("review", "a"), ("fail", "b"))
    assert marked((), found) == ()
    assert marked(LINES, ()) == LINES


def test_a_write_that_is_in_question_shows_how_each_of_its_values_stands() -> None:
    values = [
        {"argument": "day", "given": "2026-05-12", "standing": "agreed", "instead": ""},
        {
            "argument": "time",
            "given": "10:45",
            "standing": "contradicted",
            "instead": "a quarter to ten",
        },
        {"argument": "slot", "given": "sk", "standing": "implied", "instead": ""},
        {"argument": "pets", "given": "2", "standing": "unsaid", "instead": ""},
        {"argument": "room", "given": "attic", "standing": "open", "instead": "the suite"},
        {"argument": "order", "given": "****", "standing": "open", "instead": ""},
    ]
    writes = [{"outcome": "pass", "values": values[:1]}, {"outcome": "fail", "values": values}]
    (card,) = score_cards(result("move", score("write_confirmation", "fail", "x", writes=writes)))
    assert [(one.argument, one.standing, one.open) for one in card.written] == [
        ("day", "in the proposal, or in the reply to it", False),
        ("time", "not as agreed: “a quarter to ten”", True),
        ("slot", "need not be said", False),
        ("pets", "said by nobody", True),
        ("room", "not clearly agreed to; the words also have “the suite”", True),
        ("order", "not clearly agreed to", True),
    ]
    (card,) = score_cards(result("move", score("write_confirmation", "pass", "", writes=writes)))
    assert card.written == ()


def test_a_card_has_one_button_for_a_stretch() -> None:
    twice = score("wait", "fail", "", (1.0, 2.0), (1.0, 2.0), (3.0, 4.0))
    (card,) = score_cards(result("x", twice))
    assert [proof.start_s for proof in card.proofs] == [1.0, 3.0]


def test_a_card_plays_the_read_backs_that_were_not_those_of_a_value() -> None:
    back = {"read_back": "TK991", "words": "T K nine nine one", "start_s": 3.0, "end_s": 4.5}
    values = [{"value": "ORD4715B", "considered": [back]}, {"value": "B7"}, "not of ours"]
    one = score("entity_confirmation", "fail", "", (2.0, 9.0), values=values)
    (card,) = score_cards(result("x", one))
    assert [(proof.start_s, proof.end_s) for proof in card.proofs] == [(2.0, 9.0), (3.0, 4.5)]
    assert card.proofs[1].text == "0:03.0–0:04.5 other read-back: TK991"
    assert [(p.start_s, p.end_s) for p in problems((one,))] == [(2.0, 9.0)]


@pytest.mark.parametrize(
    ("outcome", "value", "shown"),
    [
        ("fail", 1.0, ""),
        ("review", 1.0, ""),
        ("pass", 1.0, "100 %"),
        ("fail", 0.5, "50 %"),
        ("pass", 0.5, ""),
        ("fail", None, ""),
    ],
)
def test_a_card_shows_no_share_against_its_verdict(outcome, value, shown) -> None:
    (card,) = score_cards(result("x", replace(score("a", outcome, ""), value=value, unit="share")))
    assert card.value == shown
