"""One agreement, one write: repeated calls, values proposed to the caller, values never proposed.

Each row is a call of a garden desk or a salon, with the verdict and a part of its reason.
"""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.scorers.write_confirmation import WriteConfirmation

PLOTS: list[dict[str, Any]] = [
    {
        "name": "water_plot",
        "kind": "write",
        "description": "Water a garden plot.",
        "parameters": {
            "type": "object",
            "properties": {"plot": {"type": "string"}, "minutes": {"type": "integer"}},
        },
    }
]
ASKED = "0.0-2.0 caller: Please water my plot.\n"
ONE = "3.0-5.0 agent: Shall I water plot G12 for 20 minutes?\n5.5-6.0 caller: Yes.\n"
TWO = ONE.replace("plot G12", "plots G12 and G13")
G12, G13 = "water_plot plot=G12 minutes=20", "water_plot plot=G13 minutes=20"
FIRST = f"{ASKED}{ONE}7.0-7.5 {G12}\n"
AGAIN = f"11.0-11.5 {G12}"

LEDGER = {
    "the same call after it succeeded": (
        f"{FIRST}8.0-8.5 {G12}", "fail", "water_plot was called again on one agreement",
    ),
    "the same call after it failed": (
        f"{ASKED}{ONE}7.0-7.5 {G12} [failed]\n8.0-8.5 {G12}", "pass", "made as agreed",
    ),
    "a call that failed": (
        f"{ASKED}{ONE}7.0-7.5 {G12} [failed]", "pass",
        "water_plot was proposed, clearly agreed to, and called as agreed; it failed",
    ),
    "a call without a result": (
        f"{ASKED}{ONE}7.0- {G12}", "pass", "and called as agreed; it had no result",
    ),
    "the same call before the first is answered": (
        f"{ASKED}{ONE}7.0- {G12}\n8.0-8.5 {G12}", "fail", "again on one agreement",
    ),
    "another value than was proposed": (
        f"{FIRST}8.0-8.5 water_plot plot=G12 minutes=30", "fail", "the caller agreed to '20'",
    ),
    "a call that differs in no value of the proposal": (
        f"{FIRST}8.0-8.5 water_plot plot=G12", "review", "again on one agreement",
    ),
    "two values in one proposal": (
        f"{ASKED}{TWO}7.0-7.5 {G12}\n8.0-8.5 {G13}", "pass", "made as agreed",
    ),
    "two values in one proposal, and the first again": (
        f"{ASKED}{TWO}7.0-7.5 {G12}\n8.0-8.5 {G13}\n8.6-8.9 {G12}", "fail", "again on one",
    ),
    "proposed anew": (
        f"{FIRST}8.0-9.4 agent: Shall I water plot G12 for 20 minutes again?\n"
        f"9.5-9.9 caller: Yes.\n{AGAIN}", "pass", "made as agreed",
    ),
    "proposed anew in short": (
        f"{FIRST}8.0-9.0 agent: Done. Shall I do it once more?\n9.5-9.9 caller: Yes.\n{AGAIN}",
        "pass", "made as agreed",
    ),
    "proposed anew, then refused": (
        f"{FIRST}8.0-9.4 agent: Shall I water plot G12 for 20 minutes again?\n"
        f"9.5-9.9 caller: No.\n{AGAIN}", "fail", "the caller said no",
    ),
    "proposed anew, and something else answered since": (
        f"{ASKED}{ONE}6.2-6.4 {G12}\n6.5-7.9 agent: Shall I water plot G12 for 20 minutes again?\n"
        "8.0-8.4 caller: Yes.\n8.5-9.5 agent: What is your name?\n9.8-10.0 caller: Otto.\n"
        f"{AGAIN}", "review", "again on one agreement",
    ),
    "nothing proposed in between": (
        f"{FIRST}8.0-9.0 agent: Done. Anything else?\n9.5-9.9 caller: No.\n{AGAIN}",
        "fail", "again on one agreement",
    ),
    "another one proposed in between": (
        f"{FIRST}8.0-9.4 agent: Done. Shall I water plot G13 for 20 minutes?\n"
        f"9.5-9.9 caller: Yes.\n{AGAIN}", "fail", "the caller agreed to 'G13'",
    ),
    "the other one that was proposed in between": (
        f"{FIRST}8.0-9.4 agent: Done. Shall I water plot G13 for 20 minutes?\n"
        f"9.5-9.9 caller: Yes.\n11.0-11.5 {G13}", "pass", "made as agreed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("script", "outcome", "reason"), LEDGER.values(), ids=LEDGER.keys())
def test_one_agreement_covers_each_call_once(script: str, outcome: str, reason: str) -> None:
    score = WriteConfirmation().score(judged_call(script, suite={"tools": PLOTS}))
    assert (score.outcome.value, reason in score.reason) == (outcome, True), score.reason


SALON: list[dict[str, Any]] = [
    {
        "name": "book_haircut",
        "kind": "write",
        "description": "Book a haircut.",
        "parameters": {
            "type": "object",
            "properties": {
                "date": {"type": "string", "format": "date"},
                "time": {"type": "string", "format": "time"},
            },
        },
    },
    {"name": "cancel_haircut", "kind": "write", "description": "Cancel a haircut."},
]
WISH = "Please book a haircut."
ALL = "Please book a haircut for May 12 at 3 PM."
SHALL = "Shall I book the haircut for May 12 at 3 PM?"
EITHER = "3 PM or 5 PM on May 12, which is better?"
SUMMARY = "Here is what I have: haircut, May 12, 3 PM."
MAYBE = "did the agent ask for it at 0:02.0?"
NEVER = "without being proposed"
IS_YES = "a yes to the proposal at 0:02.0?"

# the caller's wish, the agent's words, the reply; the verdict on a haircut on May 12 at 3 PM
PUT: list[tuple[str, str, str, str, str]] = [
    # words that put the write to the caller, or may
    (WISH, "May 12 at 3 PM, okay?", "Yes.", "pass", "made as agreed"),
    ("Please book a haircut on May 12.", "3 PM then, okay?", "Yes.", "pass", "made as agreed"),
    (WISH, "Would 3 PM on May 12 be good?", "Lovely.", "pass", "made as agreed"),
    ("Hi.", "Is 3 PM still your favourite hour?", "Yes.", "review", MAYBE),
    ("Hi.", "Great, and the colour stays?", "Yes.", "review", MAYBE),
    # words that ask for a value or for more, or state something else
    (WISH, "For what day?", "May 12 at 3 PM.", "fail", NEVER),
    (ALL, "Okay, what name?", "Otto.", "fail", NEVER),
    (ALL, "Anything else?", "No.", "fail", NEVER),
    ("Hi.", "The salon is open till six.", "Great.", "fail", NEVER),
    ("Hi.", "Shall I cancel your haircut?", "Yes.", "fail", NEVER),
    ("Hi.", "I booked your haircut.", "Great.", "fail", NEVER),
    ("Hi.", "Here is what I have: May 12.", "Yes.", "fail", NEVER),
    # a summary without a question or an action may be a proposal
    ("Hi.", SUMMARY, "Yes.", "review", "did the caller agree to book_haircut?"),
    # a choice of several
    (WISH, EITHER, "3 PM.", "pass", "made as agreed"),
    (WISH, EITHER, "5 PM.", "fail", "the caller agreed to '5 PM'"),
    (WISH, EITHER, "Yes.", "review", MAYBE),
    ("Hi.", "Shall I cancel or book a haircut?", "Yes.", "review", "book_haircut"),
    # replies to a proposal: a no, a no that goes on as a yes does, another value
    ("Hi.", SHALL, "No.", "fail", "the caller said no"),
    ("Hi.", SHALL, "No, not today.", "fail", "the caller said no"),
    ("Hi.", SHALL, "No, that's perfect.", "review", IS_YES),
    ("Hi.", SHALL, "No, but go ahead.", "review", IS_YES),
    ("Hi.", SHALL, "No, 4 PM.", "fail", "changed what was proposed"),
    ("Hi.", SHALL, "Klaatu barada nikto.", "review", IS_YES),
    ("Hi.", SHALL, "", "fail", "the caller had not answered"),
    # a question after the proposal
    ("Hi.", f"{SHALL} And what name shall I use?", "Yes, please. It's Otto.", "pass", "agreed"),
    ("Hi.", f"{SHALL} And what's your number?", "Yes please, 555 0142.", "pass", "agreed"),
    ("Hi.", f"{SHALL} Is there anything else?", "Yes, please.", "pass", "agreed"),
    ("Hi.", f"{SHALL} And what name shall I use?", "It's Otto.", "review", IS_YES),
    ("Hi.", f"What name shall I use? {SHALL}", "It's Otto.", "review", IS_YES),
]  # fmt: skip


def salon(wish: str, said: str, reply: str) -> str:
    replied = f"4.0-5.0 caller: {reply}\n" if reply else ""
    return (
        f"0.0-1.5 caller: {wish}\n2.0-3.9 agent: {said}\n{replied}"
        "6.0-6.5 book_haircut date=2026-05-12 time=15:00"
    )


@pytest.mark.parametrize(("wish", "said", "reply", "outcome", "reason"), PUT)
def test_what_was_put_to_the_caller_and_what_the_reply_is(
    wish: str, said: str, reply: str, outcome: str, reason: str
) -> None:
    script = salon(wish, said, reply)
    score = WriteConfirmation().score(judged_call(script, suite={"tools": SALON}))
    assert (score.outcome.value, reason in score.reason) == (outcome, True), score.reason


BOOKED = "11.0-11.5 book_haircut date=2026-05-12 time=15:00"
AGREED = f"0.0-1.0 caller: Hi.\n2.0-3.5 agent: {SHALL}\n4.0-4.6 caller: Yes, please.\n"
NOTED = AGREED.replace("3 PM", "4 PM")


@pytest.mark.parametrize(
    ("before", "said", "outcome", "reason"),
    [
        # a summary without a question leaves the agreement before it as it is
        (AGREED, "To confirm, I'll book the haircut for May 12 at 3 PM.", "pass", "agreed"),
        (AGREED, "Then I'd book the haircut for May 12 at 3 PM, okay?", "review", "at 0:06.0"),
        (NOTED, "To confirm, I'll book the haircut for May 12 at 3 PM.", "fail", "not answered"),
        ("0.0-1.0 caller: Hi.\n", "To confirm, I'll book the haircut for May 12 at 3 PM.", "fail",
         "had not answered"),
    ],
)  # fmt: skip
def test_what_is_summed_up_behind_an_agreement_asks_for_no_other(
    before: str, said: str, outcome: str, reason: str
) -> None:
    script = f"{before}6.0-8.0 agent: {said}\n{BOOKED}"
    score = WriteConfirmation().score(judged_call(script, suite={"tools": SALON}))
    assert (score.outcome.value, reason in score.reason) == (outcome, True), score.reason


CHAT = "0.0-1.0 caller: Hi.\n1.5-2.5 agent: Great, and the colour stays?\n2.8-3.2 caller: Yes.\n"
OPEN = "3.5-4.5 agent: We are open till six.\n"


@pytest.mark.parametrize(
    ("reply", "outcome"), [("Fine.", "review"), ("Please book a haircut.", "fail")]
)
def test_what_was_said_before_the_wish_did_not_put_it_to_the_caller(
    reply: str, outcome: str
) -> None:
    script = f"{CHAT}{OPEN}5.0-6.0 caller: {reply}\n{BOOKED}"
    score = WriteConfirmation().score(judged_call(script, suite={"tools": SALON}))
    assert score.outcome.value == outcome, score.reason
