"""Items of the same response, joined."""

from __future__ import annotations

from harness.judging.dialogue.model import spoken_responses
from harness.timeline.model import AgentUtterance, Span


def said(text: str, start_s: float, *, response: str = "r", **changes: object) -> AgentUtterance:
    span = Span(start_s, start_s + 1.0)
    given = {"claimed_heard": text, "recognized": text, "recognized_again": (), **changes}
    return AgentUtterance(
        item_id=text, response_id=response, span=span, sounds=(span,), claimed=text,
        generated_s=1.0, heard_s=1.0, **given,  # type: ignore[arg-type]
    )  # fmt: skip


def test_items_of_a_response_are_one_utterance_numbered_by_the_first() -> None:
    agent = (said("Hi.", 0, response="a"), said("I have", 2), said("it.", 3))
    (_, (number, joined)) = spoken_responses(agent)
    assert (number, joined.claimed, joined.claimed_heard, joined.recognized) == (
        1, "I have it.", "I have it.", "I have it.",
    )  # fmt: skip
    assert (joined.span, joined.generated_s) == (Span(2, 4), 2.0)


def test_an_item_that_was_not_heard_whole_ends_what_is_joined() -> None:
    agent = (said("I have it", 0, claimed_heard="I"), said("again", 1))
    assert [u.claimed for _, u in spoken_responses(agent)] == ["I have it", "again"]


def test_hearings_are_joined_pace_by_pace_and_the_usual_one_fills_in() -> None:
    agent = (said("one", 0, recognized_again=("won",)), said("two", 1))
    assert spoken_responses(agent)[0][1].hearings == ("one two", "won two")


def test_without_a_recognizer_nothing_was_heard() -> None:
    agent = (said("one", 0, recognized=None), said("two", 1, recognized=None))
    assert spoken_responses(agent)[0][1].hearings == ()


def test_one_line_that_covers_both_items_is_given_once() -> None:
    agent = (said("one", 0, recognized="one two"), said("two", 1, recognized="one two"))
    assert spoken_responses(agent)[0][1].recognized == "one two"
