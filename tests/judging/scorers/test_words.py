"""Words that must be heard, or never: transcript and recognizer, and the evidence of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome
from harness.judging.scorers.expectations import Expectations
from harness.timeline.model import TextAnswer

FACTS = {
    "order_id": {"value": "ORD-4715B", "kind": "id"},
    "due": {"value": "2026-04-05", "kind": "date"},
    "price": {"value": "$5", "kind": "amount"},
    "shop": {"value": "Zyphora", "kind": "name"},
    "place": {"value": "12 Oak St.", "kind": "address"},
}
TURNS = [{"say": "Hello, where is my order?"}, {"say": "Thank you. Bye."}]

HELLO = "1.0-2.0 caller: Hello, where is my order?\n"
BYE = "8.0-9.0 caller: Thank you. Bye.\n"
GREETED = "0.0-0.93 agent: Thank you for calling Zyphora. [response r1]\n" + HELLO
LOOKUP = "4.0-5.0 lookup_order order_id=ORD-4715B\n"
P, F, R, U = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.UNSCORABLE


def agent(text: str, *options: str, at: str = "2.5-4.0") -> str:
    return f"{at} agent: {text} {' '.join(options)}\n"


# the required words, the call, the verdict, a part of the reason
SAYS: dict[str, tuple[Any, str, Outcome, str]] = {
    "said and heard": ("thank you", HELLO + agent("Thank you for waiting."), P, "everything"),
    "no part of another word": ("thank", HELLO + agent("Thanks for waiting."), R, "very like"),
    "neither claimed nor heard": ("goodbye", HELLO + agent("Let me look."), F, "was not heard"),
    "the agent said nothing": ("goodbye", HELLO, F, "said nothing there"),
    "one of several": (
        {"one_of": ["good morning", "thank you"]}, HELLO + agent("Thank you."), P, "",
    ),
    "a pattern": ({"matches": r"order \w+"}, HELLO + agent("Your order is here."), P, ""),
    "a pattern without a match": ({"matches": "refund"}, HELLO + agent("Hello."), F, "'refund'"),
    "a name that the recognizer does not know": (
        "thank you for calling {shop}",
        HELLO + agent("Thank you for calling Zyphora.", "[heard: thank you for calling zaifora]"),
        P, "",
    ),
    "a number said in letters": (
        "order {order_id}",
        HELLO + agent("Order O, R, D, dash, four, seven, one, five, B."), P, "",
    ),
    "a number with one other digit": (
        "order {order_id}",
        HELLO + agent("Order O, R, D, dash, four, seven, one, eight, B."), F, "'order ORD-4715B'",
    ),
    "a number that was heard as another": (
        "{order_id}",
        HELLO + agent("ORD-4715B.", "[heard: O R D four seven one eight B]"), R, "otherwise",
    ),
    "an amount in words": ("{price}", HELLO + agent("That is five dollars."), P, ""),
    "a date without its year": ("on {due}", HELLO + agent("It comes on April fifth."), P, ""),
    "another date": ("on {due}", HELLO + agent("It comes on April sixth."), F, ""),
    "an address in words": ("{place}", HELLO + agent("To twelve Oak Street."), P, ""),
    "only claimed": (
        "goodbye", HELLO + agent("Goodbye.", "[heard: let me see the weather]"), R,
        "the transcript says it, the recognizer heard otherwise",
    ),
    "only heard": (
        "let me check your order",
        HELLO + agent("Certainly.", "[heard: let me check your order]"), R,
        "the recognizer heard it, the transcript says otherwise",
    ),
    "nearly heard, not claimed": (
        "let me check your order",
        HELLO + agent("Certainly.", "[heard: led me check you order]"), R,
        "something very like it",
    ),
    "a short word nearly heard, not claimed": (
        "hello", HELLO + agent("Certainly.", "[heard: yellow]"), R, "something very like it",
    ),
    "a short word claimed, nearly heard": (
        "hello", HELLO + agent("Hello.", "[heard: yellow]"), R, "listen",
    ),
    "heard, and there is no transcript": (
        "thank you", HELLO + agent("", "[heard: thank you]"), P, "",
    ),
    "the recognizer heard nothing": (
        "goodbye", HELLO + agent("One moment.", "[heard: ]"), U, "heard no words",
    ),
    "claimed where nothing was heard": (
        "one moment", HELLO + agent("One moment.", "[heard: ]"), R, "listen",
    ),
    "cut before it was said": (
        "have a wonderful day and goodbye",
        HELLO + agent("Your order is on its way, have a wonderful day and goodbye.", "[of 6.0]",
                      "[heard: your order is]"), F, "",
    ),
    "greets": ({"phrase": "calling {shop}", "turn": 0}, GREETED, P, ""),
    "greets too late": (
        {"phrase": "calling {shop}", "turn": 0}, HELLO + agent("You are calling Zyphora."), F,
        "at first",
    ),
    "in the answer to a turn": (
        {"phrase": "goodbye", "turn": 2},
        HELLO + agent("Hi.") + BYE + agent("Goodbye.", at="10-11"), P, "",
    ),
    "in the answer to another turn": (
        {"phrase": "goodbye", "turn": 2},
        HELLO + agent("Goodbye.") + BYE + agent("Hm.", at="10-11"), F, "in answer to turn 2",
    ),
    "a turn that never came": ({"phrase": "goodbye", "turn": 2}, HELLO + agent("Goodbye."), U,
                               "turn 2 never came"),
    "before a tool": (
        {"phrase": "let me look", "before": "lookup_order"},
        HELLO + agent("Let me look.", at="2.5-3.5") + LOOKUP, P, "",
    ),
    "after it, asked before": (
        {"phrase": "let me look", "before": "lookup_order"},
        HELLO + LOOKUP + agent("Let me look.", at="5.5-6.5"), F, "before lookup_order",
    ),
    "begun before a tool, heard to its end after it": (
        {"phrase": "look at your order", "before": "lookup_order"},
        HELLO + agent("Let me take a look at your order.", at="3.6-6.6") + LOOKUP, P, "",
    ),
    "a pattern on the side where the transcript has it": (
        {"matches": "searching", "after": "lookup_order"},
        HELLO + agent("Let me look. I am still searching for it.", at="2.5-6.5") + LOOKUP, P, "",
    ),
    "after a tool": (
        {"phrase": "it is on its way", "after": "lookup_order"},
        HELLO + LOOKUP + agent("It's on its way.", at="5.5-6.5"), P, "",
    ),
    "before it, asked after": (
        {"phrase": "it is on its way", "after": "lookup_order"},
        HELLO + agent("It's on its way.", at="2.5-3.5") + LOOKUP, F, "after lookup_order",
    ),
    "on the side where the transcript has it": (
        {"phrase": "let me look", "after": "lookup_order"},
        HELLO + agent("Let me look. I am still searching for it.", at="2.5-6.5") + LOOKUP, F, "",
    ),
    "a tool that was never called": (
        {"phrase": "let me look", "before": "lookup_order"}, HELLO + agent("Let me look."), U,
        "lookup_order was never called",
    ),
    "a name that no fact has stays as it is": (
        "good {nobody} wonderful", HELLO + agent("Hello."), F, "'good {nobody} wonderful'",
    ),
    "a pattern without end": (
        {"matches": "^(a|aa)+$"}, HELLO + agent("a" * 60 + "!", "[heard: hm]"), U, "not done after",
    ),
}  # fmt: skip
AI = {"matches": r"\b(an? (ai|robot)|artificial)\b"}
NEVER: dict[str, tuple[Any, str, Outcome, str]] = {
    "not said, and all was heard": (AI, HELLO + agent("Hello, this is Anna."), P, "everything"),
    "said and heard": (AI, HELLO + agent("I am an AI."), F, "it was heard"),
    "said in other words for the same": ("I am an AI", HELLO + agent("Well, I'm an AI."), F, ""),
    "only claimed": (AI, HELLO + agent("I'm an AI.", "[heard: i am in the sky]"), R, "listen"),
    "only heard": (AI, HELLO + agent("I am Anna.", "[heard: i am an ai]"), R, "listen"),
    "claimed, and heard as it sounds": (
        "I am a computer program",
        HELLO + agent("I am a computer program.", "[heard: I am a computer brogram]"), F, "heard",
    ),
    "nothing was heard": (AI, HELLO + agent("Hello.", "[heard: ]"), U, "heard no words"),
    "too short a sound to hold it": (
        "I am a computer program", HELLO + agent("Hm.", "[heard: ]", at="2.5-2.8"), P, "",
    ),
    "the agent was silent": (AI, HELLO, P, ""),
    "what sounds like a short phrase is no proof": ("AI", HELLO + agent("I see, a high I."), P, ""),
    "claimed, and a short phrase heard as it sounds": (
        "hello", HELLO + agent("Hello.", "[heard: yellow]"), R, "listen",
    ),
    "a short phrase without a transcript": (
        "a bot", HELLO + agent("", "[heard: yes a bot]"), R, "too short to be sure",
    ),
    "a long phrase without a transcript": (
        "I am a computer program", HELLO + agent("", "[heard: i am a computer program]"), F, "",
    ),
    "a pattern that finds little, without a transcript": (
        AI, HELLO + agent("", "[heard: yes an ai]"), R, "too short to be sure",
    ),
    "a pattern that finds much, without a transcript": (
        {"matches": "i am a? (bot|computer program)"},
        HELLO + agent("", "[heard: hello i am a computer program]"), F, "",
    ),
    "said after the tool in what began before it": (
        {"phrase": "it is cancelled", "before": "lookup_order"},
        HELLO + agent("One moment please, I will see. It is cancelled.", at="2.5-6.5") + LOOKUP,
        P, "",
    ),
    "a turn that never came": (
        {"phrase": "goodbye", "turn": 2}, HELLO + agent("Goodbye."), U, "turn 2 never came",
    ),
    "nearly heard": (
        "I am a computer program", HELLO + agent("I am Anna.", "[heard: I am a computer brogram]"),
        R, "very like it",
    ),
    "said after the tool, forbidden before": (
        {"phrase": "it is cancelled", "before": "lookup_order"},
        HELLO + LOOKUP + agent("It is cancelled.", at="5.5-6.5"), P, "",
    ),
    "said before the tool": (
        {"phrase": "it is cancelled", "before": "lookup_order"},
        HELLO + agent("It is cancelled.", at="2.5-3.5") + LOOKUP, F, "before lookup_order",
    ),
}  # fmt: skip


def judged(expect: dict[str, Any], script: str, **changes: Any) -> Any:
    scenario = {"expect": expect, "facts": FACTS, "turns": TURNS}
    call = judged_call(script, scenario=scenario, **changes)
    (told,) = verdicts(call, (Expectations(),))
    return told.score


@pytest.mark.parametrize(("words", "script", "outcome", "reason"), SAYS.values(), ids=SAYS.keys())
def test_what_must_be_said_is_judged_by_both_witnesses(
    words: Any, script: str, outcome: Outcome, reason: str
) -> None:
    score = judged({"says": [words]}, script)
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize(("words", "script", "outcome", "reason"), NEVER.values(), ids=NEVER.keys())
def test_what_must_never_be_said_is_judged_by_both_witnesses(
    words: Any, script: str, outcome: Outcome, reason: str
) -> None:
    score = judged({"never_says": [words]}, script)
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize("part", ["says", "never_says"])
def test_without_a_recognizer_nothing_is_known_of_words(part: str) -> None:
    score = judged({part: ["goodbye"]}, HELLO + agent("Hello."), listened=False)
    assert (score.outcome, score.reason) == (
        U,
        f"{part.replace('_', ' ')} 'goodbye': no recognizer listened",
    )


@pytest.mark.parametrize(
    ("part", "words", "outcome"),
    [("says", "hello", P), ("says", "goodbye", F), ("never_says", "hello", F),
     ("never_says", "goodbye", P)],
)  # fmt: skip
def test_a_text_that_was_read_needs_no_recognizer(part: str, words: str, outcome: Outcome) -> None:
    scenario = {"expect": {part: [words]}, "facts": FACTS, "turns": TURNS}
    call = judged_call(HELLO + agent("Hello."), scenario=scenario, listened=False)
    read = tuple(replace(one, as_text=True) for one in call.timeline.agent)
    call = replace(call, timeline=replace(call.timeline, agent=read))
    (told,) = verdicts(call, (Expectations(),))
    assert told.score.outcome is outcome, told.score.reason


@pytest.mark.parametrize("part", ["says", "never_says"])
def test_without_a_recognizer_the_transcript_alone_decides_nothing(part: str) -> None:
    score = judged({part: ["hello"]}, HELLO + agent("Hello."), listened=False)
    assert (score.outcome, score.reason) == (
        U,
        f"{part.replace('_', ' ')} 'hello': the transcript says it, and no recognizer listened",
    )


def test_the_stretch_that_decided_it_is_the_evidence_and_both_texts_stand_in_the_details() -> None:
    long = "Your order is on its way to you now. Thank you for calling."
    score = judged({"says": ["thank you"]}, HELLO + agent(long, at="2.0-8.0"))
    (span,) = score.evidence
    assert 5.0 < span.start_s < span.end_s < 8.0
    (told,) = score.details["expected"]
    assert told == {
        "what": "says 'thank you'",
        "outcome": "pass",
        "reason": "says 'thank you': was heard",
        "heard": long,
        "claimed": long,
        "place": ["says", 0],
    }


def test_the_worst_of_several_expectations_decides() -> None:
    expect = {"says": ["hello"], "never_says": ["hello"], "tools": [{"name": "lookup_order"}]}
    score = judged(expect, HELLO + agent("Hello.", "[heard: some flowers]") + LOOKUP)
    assert (score.outcome, score.value) == (R, 1 / 3)
    score = judged(expect, HELLO + agent("Hello.") + LOOKUP)
    assert (score.outcome, score.value) == (F, 2 / 3)
    assert score.reason == "never says 'hello': it was heard"


@pytest.mark.parametrize("part", ["says", "never_says"])
def test_words_that_came_as_text_were_neither_said_nor_left_unsaid(part: str) -> None:
    call = judged_call(HELLO + agent("Hello."), scenario={"expect": {part: ["goodbye"]}})
    written = replace(call.timeline, texts=(TextAnswer("t", 4.0, "Goodbye."),))
    (told,) = verdicts(replace(call, timeline=written), (Expectations(),))
    assert told.score.outcome is U
    assert "1 answer came in text only" in told.score.reason
