"""English phrases of the desk, several for each purpose, so that no sentence repeats in a call."""

from __future__ import annotations

from harness.agent.desk.toolbox import Due

ENGLISH_SAYINGS: dict[str, tuple[str, ...]] = {
    "greeting": ("Hello, this is the order desk. How can I help?",),
    "still_here": (
        "I'm still here. What can I do for you?",
        "Are you still there?",
        "Take your time. I'm listening.",
    ),
    "picture": (
        "I got your picture, but I can't read pictures.",
        "Thank you for the picture. Please tell me what is on it, as I can't read it.",
    ),
    "help": (
        "How can I help with your order?",
        "What can I do for you today?",
        "What would you like to do with your order?",
    ),
    "ask_order": (
        "What is the order number?",
        "Please tell me your order number.",
        "Which order is it? Please give me the number.",
        "Could you give me the number of the order?",
    ),
    "ask_order_and_wish": ("What is the order number, and what should I do with it?",),
    "ask_again": (
        "Sorry, I didn't catch that number. Could you repeat it?",
        "I heard only a part of it. Please say the whole order number again.",
        "I'm having trouble hearing you. Could you say the number slowly, one character at a time?",
        "I still did not get it. Please spell the order number once more.",
        "The line is noisy. Please repeat the order number from the start.",
        "My apologies. Would you say the full number one more time?",
        "Almost there, but I missed some characters. Could you spell it again?",
    ),
    "ask_right_number": (
        "Sorry about that. What is the right order number?",
        "My mistake. Please tell me the number again.",
        "All right, let's correct it. Which number is it?",
        "I see. Could you give me the correct number once more?",
    ),
    "clarify": (
        "Sorry, I didn't catch that. Could you repeat it?",
        "I'm not sure I understood. Could you say that again?",
        "Pardon me, could you say that in other words?",
        "I did not get that. What would you like to do?",
        "The line is not clear. Please say it once more.",
        "I missed that. Could you tell me again?",
    ),
    "read_back": (
        "I have {spoken}. Is that right?",
        "Let me read the whole number: {spoken}. Is that correct?",
        "Once more, from the start: {spoken}. Is that right?",
        "The full number is {spoken}. Is that correct?",
        "Reading it all again: {spoken}. Is that right now?",
        "So the number is {spoken}. Is that right?",
    ),
    "preamble": (
        "Let me look that up for you.",
        "I'll check that order now.",
        "I'm looking up your order.",
        "Let me find that order for you.",
    ),
    "preamble_retry": (
        "Let me look that up once more.",
        "I'll check that order once more.",
        "I'm looking up your order once more.",
    ),
    "cancel": (
        "I'm about to cancel order {spoken}. That can't be undone. Shall I go ahead?",
        "To be clear, I would cancel order {spoken}, for good. Shall I proceed?",
        "Again, this will cancel order {spoken}, and it cannot be undone. Shall I go ahead now?",
        "I would cancel order {spoken}. You can't take that back. Do you want me to do it?",
    ),
    "change_address": (
        "I'm about to change the address of order {spoken} to {address}. It will be delivered "
        "there. Shall I go ahead?",
        "To be clear, I would change order {spoken} so that it is delivered to {address}. "
        "Shall I proceed?",
        "Again, I would change the address of order {spoken}. It will go to {address}. Do you "
        "want me to do it?",
    ),
    "refund": (
        "I'm about to refund {amount} for order {spoken}. It is paid back the way you paid. "
        "Shall I go ahead?",
        "To be clear, I would refund {amount} for order {spoken}, paid back the way you paid. "
        "Shall I proceed?",
        "Again, this will refund {amount} for order {spoken}, and can't be taken back. Do you "
        "want me to do it?",
    ),
    "order_total": ("Your order came to {amount} in all.",),
    "ask_address": (
        "What is the new address?",
        "Where should it be delivered?",
        "Please tell me the new delivery address.",
    ),
    "ask_address_again": (
        "Sorry, I didn't catch the address. Could you repeat it?",
        "Could you say the street and the house number again?",
    ),
    "ask_amount": (
        "How much should I refund?",
        "What amount would you like back?",
        "Which amount in dollars is it?",
    ),
    "declined": (
        "All right, I won't do that. Is there anything else I can help with?",
        "Okay, nothing was changed. Can I help with anything else?",
        "Understood, I leave it as it is. Is there anything else?",
    ),
    "done": ("Done.",),
    "done_cancel": ("Your order is cancelled. Is there anything else I can help with?",),
    "done_change_address": ("The address is changed. Is there anything else I can help with?",),
    "done_refund": ("The refund is on its way. Is there anything else I can help with?",),
    "anything_else": (
        "Is there anything else I can help with?",
        "Can I help with anything else?",
        "Is there anything else?",
        "Would you like anything else today?",
    ),
    "failed_retry": (
        "I'm sorry, the order system did not answer. Should I try again?",
        "I'm sorry, that did not work. Should I try once more?",
    ),
    "failed_not_found": (
        "I'm sorry, I found no order with that number. Could you give me the number again?",
        "That number is not in the system. Which order number do you have?",
    ),
    "failed_for_good": (
        "I'm sorry, it still does not work. Please call again later. Is there anything else?",
        "I'm sorry, I could not do that today. Can I help with anything else?",
    ),
    "failed_code": ("I'm sorry, the order system returned error code 503. Should I try again?",),
    "failed_json": ('The order system says {{"error": "{why}"}}. Should I try again?',),
    "failed_blame": (
        "That did not work. You must have given me a wrong number. Should I try again?",
    ),
    "failed_no_blame": (
        "I'm sorry, that did not work, and it is not your fault. Should I try again?",
    ),
    "failed_only": ("I'm sorry, that did not work.",),
    "failed_what_next": (
        "I'm sorry, the order system is not available right now. You can call us again in an "
        "hour, or I can try it once more for you now.",
    ),
    "could_not_look_up": ("I'm sorry, I could not look up your order. Should I try again?",),
    "could_not_cancel": ("I'm sorry, I could not cancel your order. Should I try again?",),
    "could_not_change_address": (
        "I'm sorry, the address could not be changed. Should I try again?",
    ),
    "could_not_refund": ("I'm sorry, the amount could not be refunded. Should I try again?",),
    "later_cancel": (
        "I'm sorry, that did not work. I'll cancel your order as soon as the system is back, "
        "and send you an e-mail when it is cancelled. Is there anything else?",
    ),
    "told_early": ("It should arrive on May the third.",),
    "stay": ("Please stay on the line.", "It will only take a moment. Please stay on the line."),
    "handover_done": ("A specialist will be with you soon.",),
    "handover_failed": (
        "I'm sorry, the hand-over did not work. Can I help you with your order instead?",
    ),
    "no_handover": (
        "I can help you with that myself. What is the order number?",
        "Let's see what I can do here. Which order is it about?",
        "I would like to solve this with you. What should I do with the order?",
    ),
    "sorry": (
        "I'm sorry about that.",
        "I'm sorry for the trouble.",
        "I understand, and I'm sorry.",
    ),
    "order_found": ("About {spoken}: {said}",),
    "order_missing": ("I couldn't find {spoken}.", "There is no {spoken} that I could find."),
    "working": ("I'm still working on it.", "It is taking a little longer. I'm still on it."),
    "cannot": (
        "I'm sorry, I can't do that in this call. Is there anything else?",
        "I have no way to do that here, I'm sorry. Can I help with anything else?",
    ),
    "goodbye": (
        "Goodbye.",
        "Thank you for calling. Goodbye.",
        "Have a good day. Goodbye.",
        "Take care. Bye.",
    ),
    "no_details": ("I can tell you more once I have your order. What is the order number?",),
    "out_of_band_help": ("I can find, cancel and change orders, and refund small amounts.",),
    "hand_over": ("I'm connecting you with a specialist.",),
    "chatter": ("Thank you so much for your patience while I was checking that.",),
}
"""As in ``words.DeskWords``."""

ENGLISH_LONG_ANSWER = (
    "Your parcel goes by rail to the regional depot and then by van to your door.",
    "The driver comes during the day, and somebody should be there to take it.",
    "If nobody is at home, the driver leaves a card and tries again on the next working day.",
    "After the second try it waits for you at the nearest pick-up point for one week.",
    "You can still change the address until it leaves the depot.",
)

ENGLISH_REASONS: dict[Due, str] = {
    Due.REQUEST: "the caller asks for a human",
    Due.DANGER: "the caller reports a danger",
    Due.ANGER: "the caller is very angry",
    Due.LIMIT: "the refund is above the limit",
    Due.FAILURES: "the order system failed twice",
    Due.NONE: "the caller may need more help",
}
