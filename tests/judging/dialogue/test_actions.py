"""Actions of tools in many domains, and phrases that name, claim or concern another action."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.judging.dialogue.actions import (
    Named,
    claims_done,
    names_action,
    names_consequence,
    tool_words,
)
from harness.scenario.model import ConsequenceRule, ToolKind, ToolSpec

YES, NO, UNKNOWN = Named.YES, Named.NO, Named.UNKNOWN


def tool(name: str, description: str = "", *, kind: str = "write", **keys: object) -> ToolSpec:
    return ToolSpec.model_validate(
        {"name": name, "kind": ToolKind(kind), "description": description, **keys}
    )


# the tool's name and description, the agent's utterance, and whether it names the tool's action
CHANGES = [
    # a shop
    ("cancel_order", "", "Shall I cancel order 4471?", YES),
    ("cancel_order", "", "I can call that off for you.", YES),
    ("cancel_order", "", "We'd go ahead with the cancellation.", YES),
    ("cancel_order", "", "I have your order here.", UNKNOWN),
    ("cancel_order", "", "Shall I refund your order?", NO),
    ("cancel_order", "", "The weather is nice.", NO),
    ("cancel_order", "", "It goes on your card ending in 7334.", NO),
    ("cancel_order", "", "Then I'd stop the order.", YES),
    ("cancel_order", "", "I'd stop there.", UNKNOWN),
    ("book_flight", "", "That would save you some money.", UNKNOWN),
    ("order_cancel", "", "Cancelling it now.", YES),
    ("orderCancellation", "", "Do you want me to cancel it?", YES),
    ("mcp__shop__cancel_order", "", "Let me cancel it.", YES),
    ("shop-cancel-order", "", "Let me cancel it.", YES),
    ("process_refund", "", "You'd get your money back on the card.", YES),
    ("process_refund", "", "I'll process the cancellation.", NO),
    ("place_order", "", "Shall I order the blue one?", YES),
    ("place_order", "", "Your order number is 4471.", UNKNOWN),
    # a restaurant, a clinic, a hotel
    ("ReserveRestaurant", "Reserve a table.", "Would you like a table for two?", YES),
    ("ReserveRestaurant", "Reserve a table.", "To confirm: a table for two at seven.", YES),
    ("ReserveRestaurant", "Reserve a table.", "A reservation for two at seven?", YES),
    ("ReserveHotel", "", "You'd be staying two nights in a double room.", YES),
    ("ReserveHotel", "", "Rooms are cheaper in May.", UNKNOWN),
    ("ReserveHotel", "", "Shall I cancel the room?", NO),
    ("ReserveRestaurant", "Reserve a table at a restaurant", "Should I book it for 7?", YES),
    ("ReserveRestaurant", "Reserve a table at a restaurant", "Shall I make the reservation?", YES),
    ("ReserveTable", "", "They have no table by a window.", UNKNOWN),
    ("BookAppointment_v2", "", "I could set you up with Dr. Lee at nine.", YES),
    ("BookAppointment_v2", "", "Shall I cancel your appointment?", NO),
    ("BookAppointment_v2", "", "Your appointment was on Monday.", UNKNOWN),
    ("reschedule_visit", "", "I'd move it to Friday at ten.", YES),
    ("reschedule_visit", "", "I'd push it back by a week.", YES),
    ("reschedule_visit", "", "I'd delete your profile.", NO),
    ("renew_prescription", "", "Shall I refill it at the same pharmacy?", YES),
    ("renew_prescription", "", "That prescription is for 30 tablets.", UNKNOWN),
    # a bank, an insurer, a utility
    ("TransferMoney", "", "I'd send 200 dollars to Ana.", YES),
    ("TransferMoney", "", "Wire it to savings?", YES),
    ("TransferMoney", "", "Shall I block your card?", NO),
    ("pay_bill", "", "I'll charge your card for it.", YES),
    ("pay_bill", "", "The bill is from March.", UNKNOWN),
    ("freeze_card", "", "I'm going to lock the card.", YES),
    ("freeze_card", "", "I'm going to unlock the card.", NO),
    ("file_claim", "", "Shall I open a claim for the windscreen?", YES),
    ("file_claim", "", "Your claim is with the assessor.", UNKNOWN),
    ("report_outage", "", "I can log an outage at your address.", YES),
    # a telephone company, a help desk, a home, an office
    ("upgrade_plan", "", "I'd switch you to the larger plan.", YES),
    ("upgrade_plan", "", "I'd send you a text.", NO),
    ("reset_password", "", "Shall I reset it?", YES),
    ("create_ticket", "", "Let me open a ticket for that.", YES),
    ("create_ticket", "", "I'm sorry about the printer.", NO),
    ("turn_on_lights", "", "I'll turn the kitchen lights on.", YES),
    ("turn_on_lights", "", "I'll turn the kitchen lights off.", NO),
    ("set_thermostat", "", "I'd set it to 20 degrees.", YES),
    ("submit_leave_request", "", "I'd put in the request for May.", YES),
    ("GetRide", "Call a taxi to head to a given destination", "Shall I book a cab?", YES),
    ("GetRide", "Call a taxi to head to a given destination", "Would you like a ride there?", YES),
    ("GetRide", "Call a taxi to head to a given destination", "I'll check the price.", NO),
    ("request_time_off", "", "I'd put in the time off for May.", YES),
    ("swap_shift", "", "You'd trade shifts with Kim.", YES),
    ("enroll_benefits", "", "Shall I sign you up for the dental plan?", YES),
    ("dispatch_technician", "", "I'd send a technician on Tuesday.", YES),
    ("update_payment_method", "", "Shall I pay the bill?", NO),
    ("pay_bill", "", "Let me update your payment method.", NO),
    ("unlock_doors", "", "I'll lock the front door.", NO),
    ("extend_loan", "", "I'd renew the book for two weeks.", YES),
    ("end_subscription", "", "Shall I cancel it?", YES),
    ("apply_discount", "", "I'd take ten percent off.", YES),
    ("do_thing", "Cancels the visit of a patient.", "Shall I call the visit off?", YES),
    # verbs that no group holds, and tools without a known action
    ("laminate_badge", "Laminates a badge.", "I'd laminate it today.", YES),
    ("laminate_badge", "Laminates a badge.", "I'd put it in plastic today.", UNKNOWN),
    ("xq7", "", "Shall I cancel it?", UNKNOWN),
    ("prescription", "", "Here is your prescription.", UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("name", "description", "said", "named"), CHANGES)
def test_words_name_what_a_tool_does_by_any_usual_verb_and_never_by_its_nouns(
    name: str, description: str, said: str, named: Named
) -> None:
    assert names_action(said, tool(name, description), ENGLISH) is named


@pytest.mark.parametrize(
    ("name", "said", "named"),
    [
        ("get_chart", "Let me pull up your chart.", YES),
        ("available_slots", "Checking availability now.", YES),
        ("find_times", "I'm going to see what appointments are open.", YES),
        ("order_status", "I'll verify that before we make any changes.", YES),
        ("verify_identity", "I just need to make sure it's you.", YES),
        ("calculate_premium", "Let me work that out.", YES),
        ("get_chart", "I'll cancel it.", NO),
        ("get_balance", "Your balance is low.", UNKNOWN),
    ],
)
def test_a_tool_that_reads_looks_something_up(name: str, said: str, named: Named) -> None:
    assert names_action(said, tool(name, kind="read"), ENGLISH) is named


def test_a_tool_that_hands_over_is_named_by_who_takes_over() -> None:
    spec = tool("call_the_dentist", kind="escalate")
    assert names_action("I'm putting you through to a specialist.", spec, ENGLISH) is YES
    assert names_action("I'm looking for free times.", spec, ENGLISH) is NO


def test_the_verbs_of_the_suite_decide() -> None:
    spec = tool("zap", "Cancels a thing.", says=("beam up", "cancel"))
    assert names_action("Shall I beam it up?", spec, ENGLISH) is YES
    assert names_action("Shall I call it off?", spec, ENGLISH) is YES
    assert names_action("Shall I book it?", spec, ENGLISH) is NO
    assert names_action("Shall I cancel it?", tool("cancel_x", says=("zap",)), ENGLISH) is NO


@pytest.mark.parametrize("says", ["BEAM UP", "beam (up)", "beam up.", "beam\\ up", "*beam* up["])
def test_a_verb_of_the_suite_is_words_whatever_stands_between_them(says: str) -> None:
    spec = tool("zap", says=(says,))
    assert names_action("Shall I beam it up?", spec, ENGLISH) is YES


@pytest.mark.parametrize(
    ("name", "said", "claimed"),
    [
        ("cancel_order", "Your order is cancelled.", True),
        ("cancel_order", "I've cancelled order O, R, D, dash, four.", True),
        ("cancel_order", "The cancellation has gone through.", True),
        ("cancel_order", "I'll cancel your order now.", False),
        ("cancel_order", "Is it cancelled?", False),
        ("cancel_order", "It has not been cancelled.", False),
        ("cancel_order", "Once it is cancelled, it is gone.", False),
        ("refund_order", "Your refund has been issued.", True),
        ("refund_order", "Your refund takes five days.", False),
        ("change_address", "The address has been updated.", True),
        ("book_table", "I've booked your table for seven.", True),
        ("book_table", "Your table for two is confirmed.", True),
        ("book_table", "There is a table for two at seven.", False),
        ("book_table", "It will be booked tomorrow.", False),
        ("book_table", "Please confirm that a table for two is booked at seven.", False),
        ("book_table", "Reservation complete.", True),
        ("book_table", "I've made your reservation.", True),
        ("play_song", "It has started playing.", True),
        ("play_song", "I'll be playing it in the kitchen.", False),
        ("schedule_visit", "You're all set for Monday.", True),
        ("schedule_visit", "Your visit is scheduled for Monday at ten.", True),
        ("schedule_visit", "Your visit takes an hour.", False),
        ("transfer_money", "Done, I sent it to your savings.", True),
        ("laminate_badge", "I've laminated it.", True),
        ("laminate_badge", "I can laminate it.", False),
    ],
)
def test_a_claim_says_that_it_is_done(name: str, said: str, claimed: bool) -> None:
    assert claims_done(said, tool(name), ENGLISH) is claimed


def test_a_tool_is_asked_for_by_its_verbs_and_has_things() -> None:
    words = tool_words(tool("BuyEventTickets", "Buy tickets for an event."), ENGLISH)
    assert {"buy", "purchase"} <= set(words.verbs)
    assert words.objects[:2] == ("event", "tickets")
    assert not {"cancel", "refund"} & set(words.verbs)


@pytest.mark.parametrize(
    ("consequence", "rule"),
    [
        ({}, ConsequenceRule.OPTIONAL),
        ({"consequence": ConsequenceRule.OFF}, ConsequenceRule.OFF),
        ({"consequence": {"required": True}}, ConsequenceRule.REQUIRED),
        ({"consequence": {"words": ("the seat is given away",)}}, ConsequenceRule.OPTIONAL),
    ],
)
def test_a_consequence_has_one_rule_however_it_is_written(
    consequence: dict[str, object], rule: ConsequenceRule
) -> None:
    assert tool("cancel_seat", **consequence).consequence_rule is rule


def test_a_suite_may_tell_in_which_words_a_consequence_is_told() -> None:
    spec = tool("cancel_seat", consequence={"words": ("the seat is given away",)})
    assert names_consequence("Then the seat is given away.", spec, ENGLISH)
    assert names_consequence("That can't be undone.", spec, ENGLISH)
    assert not names_consequence("Then the seat is given away.", tool("cancel_seat"), ENGLISH)
