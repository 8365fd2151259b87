from __future__ import annotations

import re

import pytest
from support.desk_call import DONE, DOWN, FOUND, PROMPT, Call

from harness.agent.desk.de.german import GERMAN_DESK
from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.policy import Desk
from harness.agent.desk.speech_acts import DeskWords
from harness.agent.desk.toolbox import DeskReply, Said, Terms, forced_call, order_sentences
from harness.agent.faults import AgentFault, AgentQuirk
from harness.protocol.commands import Tool

DIALOGUES: dict[str, list[tuple[str, str]]] = {
    "straight lookup": [
        (
            "caller: Height, where is my order? It's over D dash 4715B.",
            "O, R, D, dash, four, seven, one, five, B.*right\\?$",
        ),
        ("caller: Yes, that's right.", "(order|up).* CALL lookup_order.*ORD-4715B"),
        (f"tool: {FOUND}", "shipped.*April twenty-fifth.*anything else"),
        ("caller: No, that's all good by.", "(Goodbye|Bye)\\.$"),
    ],
    "asks for the number, then hears it": [
        ("caller: Hello, I'd like to check on an order.", "number.*\\?|number\\.$"),
        ("caller: Its Oardi Dash 9140x.", "nine, one, four, zero, X"),
    ],
    "a correction is read back whole": [
        ("caller: where is my order it's O R D dash 8263K", "eight, two, six, three, K"),
        (
            "caller: No, sorry, it's so hard to dash, three, five, eight, two, M.",
            "O, R, D, dash, three, five, eight, two, M",
        ),
        ("caller: Yes, that's right.", "CALL lookup_order.*ORD-3582M"),
    ],
    "a plain no asks for the right number": [
        ("caller: where is my order it's O R D dash 8263K", "eight, two, six, three, K"),
        ("caller: No.", "number"),
    ],
    "a cut-off number is asked for again, in other words each time": [
        ("caller: check my order please", "number"),
        ("caller: It's Oardi Dash six, zero, seven.", "(?!.*CALL).*(repeat|again|slowly|spell)"),
        ("caller: It's Oardi Dash six, zero, seven.", "(?!.*CALL).*(repeat|again|slowly|spell)"),
        (
            "caller: Sorry, the number is O R D dash, six, zero, seven, nine, hour.",
            "six, zero, seven, nine, R",
        ),
    ],
    "a cancellation is proposed and agreed": [
        ("caller: please cancel my order. It's O R D dash 4715B", "four, seven, one, five, B"),
        ("caller: Yes, that's right.", "cancel order O, R, D.*can't be undone.*\\?$"),
        ("caller: Yes, please cancel it.", "^ CALL cancel_order .*ORD-4715B"),
        (f"tool: {DONE}", "cancelled.*anything else"),
    ],
    "the action alone agrees to its proposal": [
        ("caller: please cancel my order. It's O R D dash 4715B", "four, seven, one, five, B"),
        ("caller: Cancel it.", "^(?!.*CALL).*four, seven, one, five, B"),
        ("caller: Yes.", "cancel order.*\\?$"),
        ("caller: Refund it.", "^(?!.*CALL)"),
        ("caller: Cancel it.", "^ CALL cancel_order .*ORD-4715B"),
    ],
    "a refused cancellation is left alone": [
        ("caller: I want to cancel my order. It's O R D dash 4715B", "four, seven"),
        ("caller: Yes.", "cancel order.*\\?$"),
        ("caller: No, don't cancel it.", "^(?!.*CALL)(?!.*is cancelled).*else"),
    ],
    "a failed change is not called done": [
        ("caller: please cancel my order. It's O R D dash 4715B", "four, seven"),
        ("caller: Yes.", "\\?$"),
        ("caller: Yes, go ahead.", "CALL cancel_order"),
        (f"tool: {DOWN}", "^(?!.*cancelled).*sorry.*\\?$"),
    ],
    "an address is asked for, proposed and changed": [
        (
            "caller: please change the address for my order. It's O R D dash 3582M",
            "three, five, eight, two, M",
        ),
        ("caller: Yes, that's right.", "address|delivered"),
        ("caller: The new address is twenty five Green Street.", "25 Green Street.*\\?$"),
        ("caller: The ass please do that.", 'CALL change_address .*"25 Green Street"'),
    ],
    "a small refund is made, its amount heard by sound": [
        (
            "caller: I want a refund of twenty dollars for my order. It's O R D dash 9140X",
            "nine, one",
        ),
        ("caller: Yes.", "twenty dollars.*\\?$"),
        ("caller: Yes, please do that.", 'CALL refund_order .*"amount": 20\\b'),
    ],
    "a refund above the limit goes to a human": [
        (
            "caller: Hi, I want to refund a Vady dollars for my order. It's so hard to dash "
            "four, seven, one, five B.",
            "connecting you with a specialist.* CALL escalate_to_human",
        ),
    ],
    "a human is called when asked for": [
        (
            "caller: Hi, I want to talk to a few men, please.",
            "connecting you with a specialist.* CALL escalate_to_human",
        ),
        (f"tool: {DONE}", "line"),
    ],
    "anger once is met with help, twice with a human": [
        ("caller: my order is late and I'm a bit annoyed", "sorry.*number|sorry.*order"),
        ("caller: This is really frustrating.", "CALL escalate_to_human"),
    ],
    "an insult needs no second time": [
        ("caller: This is ridiculous, you are all useless.", "CALL escalate_to_human"),
    ],
    "one failure is tried again, two call a human": [
        ("caller: where is my order it's O R D dash 8263K", "eight"),
        ("caller: Yes.", "CALL lookup_order"),
        (f"tool: {DOWN}", "^(?!.*CALL).*sorry.*\\?$"),
        ("caller: Yes, please try again.", "\\w.* CALL lookup_order.*ORD-8263K"),
        (f"tool: {DOWN}", "connecting you with a specialist.* CALL escalate_to_human"),
    ],
    "two close numbers are asked about": [
        ("caller: check my order please", "number"),
        (
            "caller: it's O R D dash five nine three seven",
            "(?!.*CALL).*(repeat|again|slowly|spell)",
        ),
    ],
    "noise without words is waited through": [
        ("caller: ", "^ CALL wait_for_user \\{\\}$"),
        ("caller: you", "^ CALL wait_for_user \\{\\}$"),
    ],
    "details are told at length": [
        ("caller: where is my order it's O R D dash 8263K", "eight"),
        ("caller: Yes.", "CALL lookup_order"),
        (f"tool: {FOUND}", "shipped"),
        ("caller: Tell me everything about the delivery.", "shipped.*depot.*driver.*depot"),
    ],
}


@pytest.mark.parametrize("name", DIALOGUES)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_call_goes_as_the_instructions_ask(name: str, seed: int) -> None:
    call = Call(seed=seed)
    for said, expected in DIALOGUES[name]:
        shown = call.hear(said)
        assert re.search(expected, shown, re.S), (said, shown)


def test_no_sentence_of_a_clarification_comes_twice() -> None:
    call = Call()
    said = [call.say("blah blub grmbl").say for _ in range(5)]
    assert len(set(said)) == 5


def test_a_yes_before_the_number_was_heard_whole_gets_another_read_back() -> None:
    call = Call()
    first = call.say("where is my order it's O R D dash 8263K").say
    call.cut = first.index("six")
    again = call.say("Yes, that's right.")
    assert not again.calls
    assert "O, R, D, dash, eight, two, six, three, K" in again.say
    assert again.say != first
    assert call.say("Yes.").calls[0].name == "lookup_order"


def test_a_yes_over_the_closing_question_counts() -> None:
    call = Call()
    first = call.say("where is my order it's O R D dash 8263K").say
    call.cut = first.index("Is that") + 3
    assert call.say("Yes, that's right.").calls[0].name == "lookup_order"


def test_an_interrupted_proposal_is_no_agreement() -> None:
    call = Call()
    call.say("cancel my order it's O R D dash 8263K")
    call.cut = None
    proposal = call.say("Yes.").say
    call.cut = proposal.index("dash")
    assert not call.say("Yes, yes.").calls
    assert call.say("Yes.").calls[0].name == "cancel_order"


def test_an_agent_that_is_asked_to_speak_greets_once() -> None:
    desk = Call().desk
    greeting, help_ = (desk.respond((), None, Terms()).say for _ in range(2))
    assert greeting in ENGLISH_DESK.sayings["greeting"]
    assert help_ in ENGLISH_DESK.sayings["help"]


@pytest.mark.parametrize(
    ("words", "eta", "when"),
    [
        (ENGLISH_DESK, "2026-04-25", "on April twenty-fifth, twenty twenty-six"),
        (ENGLISH_DESK, "2026-04-25T10:00:00Z", "on April twenty-fifth, twenty twenty-six"),
        (ENGLISH_DESK, "tomorrow", "tomorrow"),
        (ENGLISH_DESK, "Monday", "on Monday"),
        (GERMAN_DESK, "2026-04-25", "am fünfundzwanzigsten April"),
        (GERMAN_DESK, "2026-04-25T10:00:00Z", "am fünfundzwanzigsten April"),
        (GERMAN_DESK, "morgen", "morgen"),
        (GERMAN_DESK, "Montag", "am Montag"),
    ],
)
def test_a_day_of_arrival_is_told_as_people_say_it(words: DeskWords, eta: str, when: str) -> None:
    (said,) = order_sentences({"eta": eta}, words.language, words.records)
    assert said == words.records.expected.format(when=when)


def test_without_tools_it_answers_without_calling_any() -> None:
    call = Call(prompt="", tools=())
    assert call.say("Hello there").say
    assert not call.say("where is my order it's O R D dash 8263K").calls


def test_a_restored_state_forgets_what_was_decided() -> None:
    call = Call()
    before = call.desk.state
    first = call.say("where is my order it's O R D dash 8263K")
    call.desk.restore(before)
    call.reply = DeskReply()
    assert call.say("where is my order it's O R D dash 8263K") == first


def _upto_yes(call: Call, wish: str = "where is") -> DeskReply:
    call.say(f"{wish} my order it's O R D dash 8263K")
    return call.say("Yes, that's right.")


def test_no_preamble_calls_the_tool_without_a_word() -> None:
    reply = _upto_yes(Call(AgentFault.NO_PREAMBLE))
    assert reply.calls
    assert reply.say == ""


def test_misread_character_says_one_character_wrong_and_calls_the_right_one() -> None:
    call = Call(AgentFault.MISREAD_CHARACTER)
    said = call.say("where is my order it's O R D dash 8263K").say
    assert "eight, five, six, three, K" in said
    assert call.say("No. It's O R D dash 8263K.").calls[0].arguments == {"order_id": "ORD-8263K"}


def test_skip_read_back_looks_up_at_once() -> None:
    assert Call(AgentFault.SKIP_READ_BACK).say("where is my order it's O R D dash 8263K").calls


def test_write_without_asking_changes_once_the_number_is_right() -> None:
    assert (
        _upto_yes(Call(AgentFault.WRITE_WITHOUT_ASKING), "cancel").calls[0].name == "cancel_order"
    )


def test_write_despite_no_changes_against_a_no() -> None:
    call = Call(AgentFault.WRITE_DESPITE_NO)
    assert not _upto_yes(call, "cancel").calls
    assert call.say("No, don't cancel it.").calls[0].name == "cancel_order"


def test_write_other_value_refunds_another_amount_of_its_proposal() -> None:
    call = Call(AgentFault.WRITE_OTHER_VALUE)
    call.say("I want a refund of twenty dollars for my order, it's O R D dash 8263K")
    proposed = call.say("Yes, that's right.").say
    assert "thirty-five dollars in all." in proposed
    assert "refund twenty dollars" in proposed
    assert call.say("Yes, please do that.").calls[0].arguments["amount"] == 35.0


def test_act_on_interrupted_read_back_takes_the_interruption_for_a_yes() -> None:
    call = Call(AgentFault.ACT_ON_INTERRUPTED_READ_BACK)
    first = call.say("where is my order it's O R D dash 8263K").say
    call.cut = first.index("dash")
    assert call.say("Yes, that's right.").calls[0].name == "lookup_order"


def test_claims_without_doing_says_that_it_is_done_and_calls_nothing() -> None:
    call = Call(AgentFault.CLAIMS_WITHOUT_DOING)
    _upto_yes(call, "cancel")
    reply = call.say("Yes, please cancel it.")
    assert re.search("cancell?ed", reply.say)
    assert not reply.calls
    assert _upto_yes(Call(AgentFault.CLAIMS_WITHOUT_DOING)).calls[0].name == "lookup_order"


def test_answers_shortly_says_only_the_result_and_asks_nothing() -> None:
    call = Call(AgentQuirk.ANSWERS_SHORTLY)
    _upto_yes(call)
    assert re.fullmatch(r"Your order[^.]+April twenty-fifth[^.]*\.", call.give(FOUND).say)
    _upto_yes(call := Call(AgentQuirk.ANSWERS_SHORTLY), "cancel")
    assert call.say("Yes, please cancel it.").calls
    assert call.give('{"ok": true}').say == "Done."


def test_never_escalates_keeps_the_caller() -> None:
    assert not Call(AgentFault.NEVER_ESCALATES).say("I want to speak to a human").calls


def test_escalates_without_cause_hands_over_after_a_good_answer() -> None:
    call = Call(AgentFault.ESCALATES_WITHOUT_CAUSE)
    _upto_yes(call)
    assert call.give(FOUND).calls[0].name == "escalate_to_human"


@pytest.mark.parametrize(
    ("left_out", "shown_by"),
    [
        ("Before you call lookup_order", lambda call: _upto_yes(call).say == ""),
        (
            "Always read every order number back",
            lambda call: bool(call.say("where is my order it's O R D dash 8263K").calls),
        ),
        ("Before you cancel, change or refund", lambda call: bool(_upto_yes(call, "cancel").calls)),
        ("On silence or background noise", lambda call: call.say("", 3.0).say != ""),
        ("- the caller asks for a human", lambda call: not call.say("I want a human").calls),
    ],
)
def test_leaving_a_rule_out_of_the_prompt_changes_what_the_desk_does(
    left_out: str, shown_by: object
) -> None:
    assert callable(shown_by)
    kept = "\n".join(line for line in PROMPT.splitlines() if not line.startswith(left_out))
    assert not any(shown_by(Call(seed=seed)) for seed in range(5))
    assert sum(shown_by(Call(seed=seed, prompt=kept)) for seed in range(30)) >= 20


CODED = Tool(
    "lookup_booking_status",
    "",
    {
        "type": "object",
        "properties": {"locator": {"type": "string"}},
        "required": ["locator"],
    },
)


@pytest.mark.parametrize(
    ("kinds", "called"), [({"locator": "id"}, {"locator": "ORD-4715B"}), ({}, None)]
)
def test_an_argument_of_a_known_kind_is_filled(
    kinds: dict[str, str], called: dict[str, str] | None
) -> None:
    desk = Desk(ENGLISH_DESK, seed=7, kinds=kinds)
    desk.configure(PROMPT)
    terms = Terms(tools=(CODED,))
    desk.respond([Said("where is my order it's O R D dash 4715B")], None, terms)
    reply = desk.respond([Said("Yes, that's right.")], None, terms)
    assert [call.arguments for call in reply.calls] == ([] if called is None else [called])
    forced = forced_call((CODED,), {"order_id": "ORD-4715B"}, kinds)
    assert forced is not None
    assert forced.arguments == (called or {"locator": ""})
