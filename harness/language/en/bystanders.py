"""English sentences that are heard around a caller."""

from __future__ import annotations

from harness.language.bystanders import Bystanders

ENGLISH_BYSTANDERS = Bystanders(
    news=(
        "The city council has agreed on a new plan for the old harbour.",
        "It stays cold in the north, with a little rain towards the evening.",
        "And now to sport, where the home side could not hold its early lead.",
        "Visitors say that the new museum is well worth a long walk.",
        "The trains are running again after the storm of the weekend.",
        "Stay with us, we will be back right after this short break.",
    ),
    hold=(
        "Thank you for waiting. Your call is important to us.",
        "All our agents are busy at the moment. Please stay on the line.",
        "You will be connected to the next free member of our team.",
    ),
    chat=(
        "And then she said that she would rather stay at home.",
        "Could you pass me the bread, please?",
        "I told him so last summer, but he never listens.",
        "We should really go to the seaside again.",
        "No, that was the other one, with the green door.",
        "Did you see how late it was when they came back?",
    ),
)
