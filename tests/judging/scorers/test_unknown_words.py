"""Words that a vendor does not send, or that may be of another answer: no verdict fails by them."""

from __future__ import annotations

import runpy
from dataclasses import replace
from typing import Any

import pytest
from support.call_script import SUITE, judged_call, record
from support.pages import ROOT

from harness.errors import Unscorable
from harness.judging.judge import judge, verdicts
from harness.judging.scorers.base import Outcome, ScoredCall, Scorer
from harness.judging.scorers.entity_confirmation import EntityConfirmation
from harness.judging.scorers.escalation import Escalation
from harness.judging.scorers.expectations import Expectations
from harness.judging.scorers.preamble import Preamble
from harness.judging.scorers.write_confirmation import WriteConfirmation
from harness.protocol.events import OutputItemDone
from harness.timeline.model import Transcript

DUE = {"expect": {"escalation": {"tool": "escalate_to_human", "due_after_turn": 1}}}
HUMAN = "0.0-1.0 caller: A human, please.\n"
CONNECTING = "1.5-3.0 agent: I am connecting you with a specialist.\n2.0-2.5 escalate_to_human a=1"
LOOK = "0.0-1.0 caller: Where is my order?\n1.5-2.5 agent: {said}\n2.6-3.0 lookup_order order_id="
ANSWERS = {"answers": [{"if_agent_asks": "right", "say": "Yes."}]}
WANTED = {"expect": {"tools": [{"name": "lookup_order"}], "order": ["lookup_order"]}}
REPLIED = "0.0-1.0 caller: Hi.\n1.5-2.5 agent: Hm.\n2.8-3.2 caller: Yes.\n3.5-4.0 "
NOTHING = "0.0-1.0 caller: Hi.\n1.5-2.5 agent: Hello."
PLAIN = {"tools": [tool for tool in SUITE["tools"] if "preamble" not in tool]}
P, F, NA, UN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNSCORABLE
NONE = "the agent sent no transcript of what it said at 0:01.5"
DEAF = "the agent sent no transcript, so the caller could not answer what it asked"

# scorer, call, notes on the call, the outcome with and without a recognizer, the reason
# without
ROWS: dict[str, tuple[Scorer, str, dict[str, Any], Outcome, Outcome, str]] = {
    "a hand-over sentence": (Escalation(), HUMAN + CONNECTING, {"scenario": DUE}, P, UN, NONE),
    "another sentence": (
        Escalation(), HUMAN + CONNECTING.replace("connecting", "putting"), {"scenario": DUE},
        UN, UN, NONE,
    ),
    "no hand-over, none due": (
        Escalation(), NOTHING, {}, P, UN, f"{NONE}; whether a hand-over was promised cannot be",
    ),
    "no hand-over, and no sentence for one": (
        Escalation(), NOTHING,
        {"suite": {"tools": [{"name": "escalate_to_human", "kind": "escalate"}]}}, P, P, "not due",
    ),
    "a promise that is heard": (
        Escalation(), NOTHING.replace("Hello", "I am connecting you with a specialist"), {},
        F, UN, NONE,
    ),
    "a hand-over that was due": (
        Escalation(), NOTHING, {"scenario": DUE | ANSWERS}, UN, UN,
        f"escalate_to_human was never called; {DEAF}",
    ),
    "a hand-over that was due, nothing to answer": (
        Escalation(), NOTHING, {"scenario": DUE}, F, F, "was due and was never called",
    ),
    "calls that never came": (
        Expectations(), NOTHING, {"scenario": WANTED | ANSWERS}, UN, UN,
        f"lookup_order() was called 0 times, expected at least 1; {DEAF}; order lookup_order: "
        f"lookup_order was never called; {DEAF}",
    ),
    "calls that never came, nothing to answer": (
        Expectations(), NOTHING, {"scenario": WANTED}, F, F, "0 times, expected at least 1",
    ),
    "calls that never came of an agent that never spoke": (
        Expectations(), "0.0-1.0 caller: Hi.", {"scenario": WANTED | ANSWERS}, F, F, "0 times",
    ),
    "a preamble": (Preamble(), LOOK.format(said="Let me look that up.") + "X", {}, P, UN, NONE),
    "a filler": (Preamble(), LOOK.format(said="One moment.") + "X", {}, UN, UN, NONE),
    "silence before a call": (
        Preamble(), "0.0-1.0 caller: Hi.\n2.6-3.0 lookup_order order_id=X", {}, F, F,
        "nothing was heard before lookup_order",
    ),
    "an announcement": (
        Preamble(), NOTHING.replace("Hello", "Let me look up your order"), {}, UN, UN, NONE,
    ),
    "words before no call": (Preamble(), NOTHING, {}, NA, UN, NONE),
    "words in a suite without preambles": (
        Preamble(), NOTHING, {"suite": PLAIN}, NA, NA, "no tool",
    ),
    "a value that was not read back": (
        EntityConfirmation(), REPLIED + "lookup_order order_id=ORD-4715B", {}, UN, UN, NONE,
    ),
    "a value that nobody can have agreed to": (
        EntityConfirmation(), LOOK.format(said="Hm.") + "ORD-4715B", {}, F, F,
        "never read back",
    ),
    "a wrong value": (
        EntityConfirmation(), LOOK.format(said="Hm.") + "ORD-4715D", {}, F, F,
        "the caller's is ORD-4715B",
    ),
    "a write that was not proposed": (
        WriteConfirmation(), REPLIED + "cancel_order order_id=ORD-4715B", {}, UN, UN, NONE,
    ),
    "a write that nobody can have agreed to": (
        WriteConfirmation(), NOTHING + "\n3.0-3.5 cancel_order order_id=ORD-4715B", {}, F, F,
        "cancel_order was called without being proposed",
    ),
    "a write without its value": (
        WriteConfirmation(), NOTHING + "\n3.0-3.5 cancel_order a=1", {}, F, F, "without order_id",
    ),
}  # fmt: skip


def wordless(script: str, *, listened: bool, **said: Any) -> ScoredCall:
    """Return a call whose vendor sends no transcript."""
    call = record(script, listened=listened, **said)
    told = (
        replace(each, event=replace(each.event, item=replace(each.event.item, content=())))
        if isinstance(each.event, OutputItemDone)
        else each
        for each in call.events
    )
    return judge(replace(call, events=tuple(told))).call


@pytest.mark.parametrize("listened", [True, False], ids=["a recognizer listened", "nobody did"])
@pytest.mark.parametrize("name", ROWS)
def test_without_a_transcript_nothing_fails_for_words_that_are_missed(
    name: str, listened: bool
) -> None:
    scorer, script, said, with_ears, without, reason = ROWS[name]
    (judged,) = verdicts(wordless(script, listened=listened, **said), (scorer,))
    assert judged.score.outcome is (with_ears if listened else without), judged.score.reason
    if not listened:
        assert reason in judged.score.reason


def marked(call: ScoredCall, transcript: Transcript) -> ScoredCall:
    """Return a call of whose words no more is known than this."""
    unsure = (replace(said, transcript=transcript) for said in call.timeline.agent)
    return replace(call, timeline=replace(call.timeline, agent=tuple(unsure)))


@pytest.mark.parametrize(
    ("scorer", "script"),
    [
        (EntityConfirmation(), REPLIED + "lookup_order order_id=ORD-4715B"),
        (Preamble(), LOOK.format(said="Hm.") + "ORD-4715B"),
    ],
)
def test_words_that_may_be_of_another_answer_are_missed_by_nobody(
    scorer: Scorer, script: str
) -> None:
    call = judged_call(script)
    (told,) = verdicts(marked(call, Transcript.PLACED), (scorer,))
    assert told.score.outcome is UN
    assert told.score.reason == (
        "which words the agent said at 0:01.5 is not known: they came in pieces without a place"
    )
    (known,) = verdicts(call, (scorer,))
    assert known.score.outcome is F


def test_a_caller_who_could_follow_the_agent_excuses_no_call_that_never_came() -> None:
    call = judged_call(NOTHING, scenario=WANTED | ANSWERS)
    (judged,) = verdicts(call, (Expectations(),))
    assert judged.score.outcome is F
    assert DEAF not in judged.score.reason


AGREED = """
0.0-2.0 caller: Please cancel my order.
3.0-6.0 agent: I would cancel order ORD-4715B. That can't be undone. Shall I go ahead?
6.5-7.5 caller: Yes, please do.
8.5-9.0 cancel_order order_id=ORD-4715B
"""
OVER = "the caller spoke over the read-back of ORD-4715B: listen whether all of it was said"
PROPOSAL = (
    "cancel_order: the caller spoke over the proposal, and nothing tells how much of it was said"
    " (agent at 0:03.0)"
)


@pytest.mark.parametrize(
    ("scorer", "listened", "outcome", "reason"),
    [
        (EntityConfirmation(), True, P, "was read back and accepted"),
        (EntityConfirmation(), False, Outcome.REVIEW, OVER),
        (WriteConfirmation(), True, Outcome.REVIEW, PROPOSAL),
        (WriteConfirmation(), False, Outcome.REVIEW, PROPOSAL),
    ],
)
def test_what_the_caller_spoke_over_is_listened_to_before_it_is_believed(
    scorer: Scorer, listened: bool, outcome: Outcome, reason: str
) -> None:
    call = judged_call(AGREED, listened=listened)
    (known,) = verdicts(call, (scorer,))
    assert known.score.outcome is P
    (judged,) = verdicts(marked(call, Transcript.OVERLAID), (scorer,))
    assert judged.score.outcome is outcome
    assert reason in judged.score.reason


def test_words_that_are_missed_in_what_the_caller_spoke_over_may_have_been_said() -> None:
    call = judged_call(REPLIED + "lookup_order order_id=ORD-4715B")
    (judged,) = verdicts(marked(call, Transcript.OVERLAID), (EntityConfirmation(),))
    assert judged.score.outcome is UN
    said = "how much the agent said at 0:01.5 is not known: the caller spoke over it"
    assert judged.score.reason == said


def test_the_scorer_that_harness_new_writes_passes_no_answer_without_words() -> None:
    path = ROOT / "harness/cli/plugin_starter/scorer/example_scorer.py"
    written = runpy.run_path(str(path))["ExampleScorer"](max_words=3)
    said = "0.0-1.0 caller: Hello.\n1.5-3.0 agent: A long answer in six words."
    assert written.score(judge(record(said)).call).outcome is F
    with pytest.raises(Unscorable, match="the agent sent no transcript"):
        written.score(wordless(said, listened=False))
