"""Replies to questions of agents in several domains: agreed, declined, changed or left open."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support.english import ENGLISH

from harness.language.consent import Consent, read_reply
from harness.language.language import language_named

TABLE = "I have a table for four on Friday at seven. Shall I book it?"
BRAKES = "So that's new brake pads for the blue van, is that right?"
SEAT = "Would you like the window seat or the aisle seat?"
GYM = "Do you want me to end your gym membership?"
INSURANCE = "So you don't want the travel insurance?"
ROUTER = "Would you like me to restart the router now?"
PILLS = "Please confirm: two boxes of allergy tablets, delivered on Tuesday."
VET = "Should I make an appointment for your dog?"
BANK = "Do you want to move $300 to your savings account?"
ROOM = "How about the garden room on the second floor?"
MORE = "Your parcel goes out today. Is there anything else I can do for you?"
WHEN = "When would you like the plumber to come?"
METER = "I will send the meter reading of 4,210. Can I go ahead?"
CLASS = "You'd like the pottery class without lunch, correct?"
KEEP = "Should I keep your old number?"
CLOSE = "Do you want me to close the account? You would have to open a new one later."
FLIGHTS = "There are two trains, at 9:15 and at 11:40. Which one should I book?"
UPGRADE = (
    "I'd change your ticket to first class, that's 40 more. Please confirm if you would like to"
    " proceed with this change."
)
STEPS = "Would you like me to proceed with the refund, or is there anything else?"
PARTY = "A room for 3 guests on May 2, is that right?"
NO_MILK = "One tea without milk. Is that right?"
CHANGES = "Your claim is for the front bumper. Any changes before I send it?"
DROPPED = "Two teas and a scone. Are we missing anything?"
BREAKFAST = "The room with breakfast is ninety euros a night. Shall I book the room?"
STANDBY = "Is standby fine, or would you prefer to go ahead with the confirmed change for $20?"
SURE = "Shall I order the brass lamp, or is something wrong?"
EAR = "So I'll book the scan of the left ear?"
LAMP = "That's the brass lamp for forty dollars. Shall I order it?"
FAULTS = "I have 5, 1, 7, 7. Did I get anything wrong?"
LAST_TIME = "I have locker B14 from last time. Should I use that one, or do you have another?"
TICKETS = "So that's two tickets to Lisbon, shall I book them?"
SPOKEN = "all right it is available so i can go ahead and rent you the small van for two days"

CASE = "Shall I add a large suitcase to your booking?"
BAG = "So that's Lisbon on Friday with a bag. Shall I book it?"

TAXI = "Shall I order one taxi?"
SUITS = "The piano tuner could come on Tuesday at ten. Does that work for you?"
LESSON = "Shall I cancel Tuesday's piano lesson?"
CALL_BACK = "Do you mind if I call back at ten?"
TWIN = "Shall I book a room with two beds for both of you?"
TIMER = "Shall I set a timer for ten minutes?"

AGREED = [
    (CASE, "Yes, one suitcase."),
    (CASE, "Yes, one please."),
    (CASE, "Yes, two people."),
    (TAXI, "Yes, there are two of us."),
    (TAXI, "Yes, for two people."),
    (TAXI, "Yes, in ten minutes."),
    (TWIN, "Yes, two please."),
    (TWIN, "Yes, both."),
    (TIMER, "Yes, ten minutes please."),
    ("Would you like a table?", "Yes, two please."),
    (CASE, "Yes, a large suitcase, please."),
    (CASE, "Yes, two things."),
    (CASE, "Yes, for two days."),
    (CASE, "Yes, I have two boys with me."),
    (BAG, "Yes, one bag."),
    ("Would you like a room in the old town?", "Yes, please. I need two rooms."),
    (BANK, "Yes, $300."),
    (BANK, "Yes, three hundred dollars please."),
    (BANK, "Yes, I have $200 there already."),
    (TABLE, "Yes, Friday at seven."),
    (TABLE, "Yes, for my wife."),
    (TABLE, "Friday is perfect."),
    (FAULTS, "No."),
    (FAULTS, "No, nothing wrong."),
    (FAULTS, "Nope, that's all right."),
    (FAULTS, "No, none at all."),
    (BREAKFAST, "Yes please, I don't need a receipt."),
    (STANDBY, "Go ahead and book the confirmed change."),
    (TABLE, "Mm-hmm, that works better for me."),
    (TABLE, "You have my okay."),
    (TABLE, "Yes, that would be better."),
    (FAULTS, "No, not that I know of."),
    (FAULTS, "No, it all looks good to me."),
    (CHANGES, "No."),
    (DROPPED, "Nope, nothing."),
    (LAMP, "Yes please, I don't need a receipt."),
    (LAMP, "Yes, please. It's not urgent."),
    (LAMP, "Sure, go ahead, no questions."),
    (LAMP, "Yes please. It's not like I have another."),
    (LAST_TIME, "That one is fine."),
    (LAST_TIME, "Yes, use that one."),
    (KEEP, "Keep it."),
    (KEEP, "Please keep the number."),
    (CLOSE, "Yes, close it, I won't open a new one."),
    (CLOSE, "Yes, please close it. I understand that I need a new one later."),
    (CLOSE, "Please."),
    (CLOSE, "Please do that."),
    (FLIGHTS, "The first one, please."),
    (FLIGHTS, "11:40, please."),
    (FLIGHTS, "I'll take the one at 9:15."),
    (UPGRADE, "Yes, please change it to first class."),
    (UPGRADE, "I would like to proceed with this change."),
    (UPGRADE, "Yes, proceed. Also, do I have any other tickets? If so, when are they?"),
    (STEPS, "Yes, please go ahead with the refund."),
    (PARTY, "3 guests, yes."),
    (NO_MILK, "Uh, yes, I think so, yes."),
    (NO_MILK, "You got that right."),
    (TABLE, "Yes, book it."),
    (TABLE, "Perfect, go with that."),
    (TABLE, "Book it, please."),
    (TABLE, "Duh, obviously."),
    (TABLE, "Yes. Do they have parking?"),
    (TABLE, "Sure, and could you tell me the address?"),
    (TABLE, "That works. What's the dress code?"),
    (TABLE, "No problem, book it."),
    (TABLE, "Please do, thanks."),
    (TABLE, "yeah that'd be great"),
    (TABLE, "Sounds lovely."),
    (TABLE, "I'd love that."),
    (TABLE, "That time works for us."),
    (TABLE, "Confirming to proceed."),
    (TABLE, "Yes, and no additional guests."),
    (BRAKES, "Right."),
    (BRAKES, "That's what I said."),
    (BRAKES, "Thats what I asked for."),
    (BRAKES, "Yes thats what I wanted."),
    (BRAKES, "It is."),
    (BRAKES, "Spot on."),
    (BRAKES, "That is correct and can you tell me the price?"),
    (BRAKES, "Yep, the blue van."),
    (BRAKES, "The blue van is correct."),
    (BRAKES, "Yes. The old ones are no longer needed."),
    (BRAKES, "You've got it."),
    (BRAKES, "All correct, no issues here."),
    (SEAT, "The aisle seat."),
    (SEAT, "I'll take the window, please."),
    (SEAT, "Window seat, please."),
    (GYM, "Yes, end it."),
    (GYM, "Please end my membership."),
    (GYM, "I want to end it."),
    (GYM, "Yes, it is no longer needed."),
    (GYM, "Yes please. I moved to another town."),
    (ROUTER, "Restart it."),
    (ROUTER, "Sure, restart it."),
    (ROUTER, "Could you please restart the router?"),
    (ROUTER, "Ok, do that."),
    (ROUTER, "okay great"),
    (ROUTER, "Go for it."),
    (ROUTER, "By all means, restart it."),
    (PILLS, "Confirmed."),
    (PILLS, "I confirm."),
    (PILLS, "Looks good to me."),
    (PILLS, "Everything is correct."),
    (PILLS, "Two boxes, that's right."),
    (PILLS, "Great, please send them."),
    (PILLS, "Exactly what I need."),
    (VET, "Yes, for Monday at nine."),
    (VET, "I'd like an appointment on Monday."),
    (VET, "Make an appointment for Thursday, please."),
    (VET, "Yes, I prefer the morning."),
    (BANK, "Yes, move it."),
    (BANK, "Move the $300."),
    (BANK, "I do."),
    (ROOM, "That would be perfect."),
    (ROOM, "I'll take the garden room."),
    (ROOM, "Let's go with the garden room."),
    (METER, "Go ahead, send it."),
    (METER, "You can."),
    (CLASS, "Correct, without lunch."),
    (CLASS, "Yes, that's the one."),
    (SPOKEN, "awesome thank you uh can you also send me the receipt"),
    (SPOKEN, "uh yeah that sounds great um what's the deposit for that"),
    (SPOKEN, "okay perfect"),
    (SPOKEN, "perfect yeah go ahead um do they say if they open on sundays"),
    (SPOKEN, "oh yeah that's no problem uh is there a car park"),
    (CLOSE, "Yes, close it. I'd keep the other account."),
    ("Okay to order it?", "Okay."),
    # words after a yes that forbid something else
    (TABLE, "Yes, but don't transfer me."),
    (TABLE, "Yes, and never seat us by the kitchen."),
    (TABLE, "Yes please, just don't tell Otto about it."),
    (LESSON, "Yes, don't send the notes to Otto."),
    # a reason
    (TABLE, "Yes, since it's my birthday."),
    (TABLE, "Because it's my birthday, yes."),
    (TABLE, "Yes, because they don't open on Mondays."),
    (LESSON, "Yes, I'm busy on Tuesday."),
    (LESSON, "Yes please. I have a meeting then."),
    (SUITS, "Yes, I'm at work till nine."),
    (CALL_BACK, "No, I'm at work till three."),
    (BRAKES, "Just what I asked for."),
]

DECLINED = [
    (CASE, "Yes, two suitcases.", True),
    (CASE, "Yes, please add two large suitcases.", True),
    (CASE, "Yes, make it two suitcases.", True),
    (BAG, "Yes, two bags.", True),
    (TAXI, "Yes, two taxis.", True),
    (FAULTS, "Yes.", False),
    (FAULTS, "No, the last one is wrong.", False),
    (FAULTS, "No, the eight.", True),
    (CHANGES, "Yes.", False),
    (DROPPED, "Yes.", False),
    (SURE, "Something is wrong.", False),
    (EAR, "Not the left, the right one.", True),
    (LAMP, "Yes, don't order it.", False),
    (LAMP, "Yes please, it's not the brass lamp.", False),
    (FAULTS, "No, that's wrong.", False),
    (FAULTS, "Yes, it's 5, 1, 7, 8.", False),
    (LAST_TIME, "I have another one.", True),
    (LAST_TIME, "Another.", True),
    (KEEP, "Skip it.", False),
    (CLOSE, "Oh, then leave it.", False),
    (CLOSE, "Just keep it open.", False),
    (FLIGHTS, "Neither of them.", False),
    (UPGRADE, "No, keep my seat.", False),
    (PARTY, "2 guests.", True),
    (PARTY, "We are 2 guests now.", True),
    (NO_MILK, "With milk, please.", True),
    (NO_MILK, "I'd like it with milk.", True),
    (TABLE, "No, leave it.", False),
    (TABLE, "No thanks, that's fine.", False),
    (TABLE, "No, I'm good.", False),
    (TABLE, "Not right now.", False),
    (TABLE, "Maybe later.", False),
    (TABLE, "I don't want to book it.", False),
    (TABLE, "No, that's all for now.", False),
    (TABLE, "I'd rather not.", False),
    (TABLE, "Make it five instead.", True),
    (TABLE, "No, book it for six.", True),
    (TABLE, "Actually, could you make that eight o'clock?", True),
    (TABLE, "We will be 5 people.", True),
    (TABLE, "Can we change it to Saturday?", True),
    (BRAKES, "No, the red van.", False),
    (BRAKES, "That's not right.", False),
    (BRAKES, "Actually, it's the red van.", True),
    (BRAKES, "I'd prefer new discs.", True),
    (GYM, "Please don't end it.", False),
    (GYM, "Nope, keep it.", False),
    (GYM, "Never mind.", False),
    (GYM, "Yes... no, wait.", False),
    (ROUTER, "No need, it works again.", False),
    (ROUTER, "Don't restart it.", False),
    (PILLS, "Make it three boxes.", True),
    (PILLS, "I need 4 boxes.", True),
    (PILLS, "Sorry, change that to Thursday.", True),
    (PILLS, "On second thought, one box will do.", True),
    (BANK, "I'd rather not move it.", False),
    (BANK, "Not today, thank you.", False),
    (METER, "No, it should be 4,120.", True),
    (CLASS, "With lunch.", True),
    (CLASS, "I want it with lunch, please.", True),
    (BANK, "Yes, $200.", True),
    (BANK, "Yes, fifty dollars please.", True),
    (BANK, "Yes, $3,000.", True),
    (BANK, "Yes, 200.", True),
    (TICKETS, "Yes, three tickets.", True),
    (ROOM, "Nah, too small.", False),
    # after a yes, words that forbid the action itself
    (TABLE, "Yes... don't book it.", False),
    (TABLE, "Yes, but don't.", False),
    (TABLE, "Yes, but don't book it outside.", False),
    (TABLE, "Yes, don't do it yet.", False),
    (LESSON, "Yes, but please don't cancel it.", False),
    (TABLE, "Don't transfer me.", False),
    # a reason against a time
    (SUITS, "I'm at work till three.", False),
    (SUITS, "We have a class then.", False),
    (SUITS, "I'm busy on Tuesday.", False),
]

LEFT_OPEN = [
    (CASE, "Yes, two."),
    (CASE, "Yes, two please."),
    (CASE, "Yes, make it two."),
    (CASE, "Yes, two of them."),
    (CASE, "Yes, two big suitcases."),
    (CASE, "Yes, a couple of suitcases."),
    (CASE, "Yes, both."),
    (CASE, "Yes, two minutes please."),
    (CASE, "Yes, give me two minutes."),
    (CASE, "Yes, just a sec."),
    (CASE, "Yes, one moment."),
    (FAULTS, "No, wait."),
    (FAULTS, "No, it's Jenkins."),
    (BREAKFAST, "Yes please, I don't want breakfast."),
    (BREAKFAST, "Go ahead. The breakfast isn't needed."),
    (BREAKFAST, "Yes please. No breakfast."),
    (PARTY, "May 3? That would be better."),
    (CHANGES, "No, it was the rear, actually."),
    (LAMP, "Yes, no onions."),
    (LAMP, "Yes, no need to ring me."),
    (LAMP, "Please. I can't see a thing here."),
    (TICKETS, "Yes, to Porto."),
    (FAULTS, "Yes, that's right."),
    (CLOSE, "Yes, I understand."),
    (CLOSE, "Please, how do I do that?"),
    (FLIGHTS, "The evening train."),
    (FLIGHTS, "Do they go every day?"),
    (ROOM, "I'd like the room's price."),
    (ROOM, "The room is on the street side."),
    (ROOM, "Sounds nice. I want the price, please."),
    (STEPS, "How long does it take?"),
    (TABLE, "Okay."),
    (TABLE, "Uh-huh."),
    (TABLE, "Hm."),
    (TABLE, "Is there a terrace?"),
    (TABLE, "Do they serve fish?"),
    (TABLE, "Maybe."),
    (TABLE, "I'm not sure."),
    (TABLE, "Yes, if they have a high chair."),
    (TABLE, "Let me ask my wife."),
    (TABLE, "Yes, what?"),
    (TABLE, "Thank you."),
    (TABLE, "Hold on, which restaurant is that?"),
    (TABLE, "I would have to check with the others first."),
    (BRAKES, "How long will it take?"),
    (BRAKES, "Can you say that again?"),
    (BRAKES, "What did you say?"),
    (SEAT, "Either."),
    (SEAT, "What's the difference?"),
    (GYM, "What happens to my deposit?"),
    (GYM, "Send it by mail."),
    (GYM, "Tell me about the fee first."),
    (GYM, "It depends."),
    (INSURANCE, "No."),
    (INSURANCE, "Right."),
    (INSURANCE, "Yes."),
    (INSURANCE, "Correct."),
    (ROUTER, "What does that do?"),
    (ROUTER, "I want to know how long it takes."),
    (ROUTER, "I guess so."),
    (PILLS, "How much are they?"),
    (PILLS, "But"),
    (VET, "Give me the address of the practice."),
    (VET, "Could I have their phone number?"),
    (VET, "Are you open on Sundays?"),
    (VET, "I'd like to check my calendar before that."),
    (BANK, "How much is in my account?"),
    (BANK, "Yes, but show me the balance first."),
    (ROOM, "Does the garden room have a bath?"),
    (ROOM, "Nice. Is breakfast included?"),
    (ROOM, "Find me another hotel."),
    (ROOM, "Could I get the price of the room?"),
    (MORE, "No, that's all."),
    (MORE, "No, thank you."),
    (MORE, "Nope, that's it, goodbye."),
    (MORE, "Yes."),
    (MORE, "That will be all."),
    (WHEN, "Friday."),
    (WHEN, "I'd like him to come on Friday."),
    (WHEN, "Tomorrow at ten."),
    (METER, "Yes?"),
    (METER, "Hello?"),
    (METER, "Who is this?"),
    (CLASS, "What's for lunch?"),
    (SPOKEN, "is there a bigger one"),
    (SPOKEN, "sorry what was that"),
    (SPOKEN, "well if it's not too big yes"),
    (TABLE, "Let me call you back."),
    (SPOKEN, "um what's the price for that"),
    # after a yes, words that insist on more
    (TABLE, "Yes, but make sure it's not a booth."),
    (TABLE, "Yes, and see to it that we sit by a window."),
    (TABLE, "Make sure it's by the window."),
    # a reason alone
    (TABLE, "Because it's my birthday."),
    (TABLE, "Since it's my birthday."),
    (LESSON, "I'm busy on Tuesday."),
    (LESSON, "I have a meeting then."),
]


@pytest.mark.parametrize(("question", "reply"), AGREED)
def test_a_reply_that_agrees_is_a_yes(question: str, reply: str) -> None:
    assert read_reply(reply, ENGLISH, question=question).consent is Consent.YES


@pytest.mark.parametrize(("question", "reply", "changes"), DECLINED)
def test_a_reply_that_declines_or_changes_is_a_no(question: str, reply: str, changes: bool) -> None:
    read = read_reply(reply, ENGLISH, question=question)
    assert (read.consent, read.changes) == (Consent.NO, changes)


@pytest.mark.parametrize(
    ("reply", "asks", "words"),
    [
        ("Yes, book it. Is there parking?", True, "yes"),
        ("Hm. Sounds great.", False, "sounds great"),
        ("sorry what was that", True, ""),
        ("Could you please book it?", False, "could you please book it"),
    ],
)
def test_a_reply_tells_whether_it_asks_and_which_words_decided(
    reply: str, asks: bool, words: str
) -> None:
    read = read_reply(reply, ENGLISH, question=TABLE)
    assert (read.asks, read.words) == (asks, words)


@pytest.mark.parametrize(("question", "reply"), LEFT_OPEN)
def test_a_reply_that_settles_nothing_is_unclear(question: str, reply: str) -> None:
    assert read_reply(reply, ENGLISH, question=question).consent is Consent.UNCLEAR


SHORT = [
    (language, rows["question"], reply, consent)
    for language, rows in YAML(typ="safe").load(Path(__file__).with_name("replies.yaml")).items()
    for consent in Consent
    for reply in rows[consent.value]
]


@pytest.mark.parametrize(("language", "question", "reply", "consent"), SHORT)
def test_a_short_reply_is_read(language: str, question: str, reply: str, consent: Consent) -> None:
    assert read_reply(reply, language_named(language), question=question).consent is consent
