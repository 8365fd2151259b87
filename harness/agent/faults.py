"""Known misbehaviours of the reference agent, one switch each, to prove that the scorers notice."""

from __future__ import annotations

from enum import Enum

from harness.errors import UnknownName


class AgentFault(Enum):
    """One misbehaviour; the rest of the agent stays as it is."""

    LATE_ANSWER = "late_answer"
    NO_PREAMBLE = "no_preamble"
    MISREAD_CHARACTER = "misread_character"
    SKIP_READ_BACK = "skip_read_back"
    WRITE_WITHOUT_ASKING = "write_without_asking"
    WRITE_DESPITE_NO = "write_despite_no"
    WRITE_OTHER_VALUE = "write_other_value"
    ACT_ON_INTERRUPTED_READ_BACK = "act_on_interrupted_read_back"
    CLAIMS_WITHOUT_DOING = "claims_without_doing"
    NEVER_ESCALATES = "never_escalates"
    ESCALATES_WITHOUT_CAUSE = "escalates_without_cause"
    TALKS_OVER_BARGE_IN = "talks_over_barge_in"
    JUMPS_INTO_PAUSES = "jumps_into_pauses"
    ANSWERS_SIDE_SPEECH = "answers_side_speech"


DOES: dict[AgentFault, str] = {
    AgentFault.LATE_ANSWER: "every answer to the caller begins 2 s later",
    AgentFault.NO_PREAMBLE: "calls tools without a word before them",
    AgentFault.MISREAD_CHARACTER: (
        "reads one character of the number wrongly, and still uses the right one"
    ),
    AgentFault.SKIP_READ_BACK: "uses the number without reading it back",
    AgentFault.WRITE_WITHOUT_ASKING: "makes a change as soon as the number is known",
    AgentFault.WRITE_DESPITE_NO: "asks, and makes the change although the caller said no",
    AgentFault.WRITE_OTHER_VALUE: (
        "names the total of the order with the refund that it proposes, and refunds the total"
    ),
    AgentFault.ACT_ON_INTERRUPTED_READ_BACK: (
        "takes whatever interrupts a read-back or a proposal as agreement to all of it"
    ),
    AgentFault.CLAIMS_WITHOUT_DOING: "says that an agreed change is made, and calls no tool",
    AgentFault.NEVER_ESCALATES: "keeps the caller, whatever was asked or failed",
    AgentFault.ESCALATES_WITHOUT_CAUSE: "hands over although nothing asks for it",
    AgentFault.TALKS_OVER_BARGE_IN: "talks on, at most 8 s, and notices the caller only then",
    AgentFault.JUMPS_INTO_PAUSES: "takes every silence of an eighth of a second for the end",
    AgentFault.ANSWERS_SIDE_SPEECH: (
        "takes whoever speaks in the room for the caller, and stops for them and answers them"
    ),
}
"""What an agent with a fault does, in a phrase for a person."""

CAUGHT_BY: dict[AgentFault, tuple[str, ...]] = {
    AgentFault.LATE_ANSWER: ("time_to_first_audio",),
    AgentFault.NO_PREAMBLE: ("preamble",),
    AgentFault.MISREAD_CHARACTER: ("entity_confirmation",),
    AgentFault.SKIP_READ_BACK: ("entity_confirmation",),
    AgentFault.WRITE_WITHOUT_ASKING: ("write_confirmation",),
    AgentFault.WRITE_DESPITE_NO: ("write_confirmation",),
    AgentFault.WRITE_OTHER_VALUE: ("write_confirmation",),
    AgentFault.ACT_ON_INTERRUPTED_READ_BACK: ("entity_confirmation", "write_confirmation"),
    AgentFault.CLAIMS_WITHOUT_DOING: ("expectations",),
    AgentFault.NEVER_ESCALATES: ("escalation",),
    AgentFault.ESCALATES_WITHOUT_CAUSE: ("escalation",),
    AgentFault.TALKS_OVER_BARGE_IN: ("barge_in_yield",),
    AgentFault.JUMPS_INTO_PAUSES: ("pause_handling",),
    AgentFault.ANSWERS_SIDE_SPEECH: ("selectivity",),
}
"""The scorers that know a fault: at least one of them must catch it."""

MAY_TRIP: dict[AgentFault, tuple[str, ...]] = {
    AgentFault.LATE_ANSWER: (),
    AgentFault.NO_PREAMBLE: ("time_to_first_audio",),  # a slow tool is then waited for in silence
    AgentFault.MISREAD_CHARACTER: (
        "expectations",
    ),  # who corrects it again and again gets no further
    AgentFault.SKIP_READ_BACK: ("expectations",),  # a number that the caller would have corrected
    AgentFault.WRITE_WITHOUT_ASKING: ("expectations",),  # a change that the caller did not want
    AgentFault.WRITE_DESPITE_NO: ("expectations",),
    AgentFault.WRITE_OTHER_VALUE: ("expectations",),  # the scenario names the amount
    AgentFault.ACT_ON_INTERRUPTED_READ_BACK: (),
    AgentFault.CLAIMS_WITHOUT_DOING: (),
    AgentFault.NEVER_ESCALATES: (),
    AgentFault.ESCALATES_WITHOUT_CAUSE: ("expectations",),  # a caller with two wishes gets only one
    AgentFault.TALKS_OVER_BARGE_IN: ("time_to_first_audio",),  # it answers when it is done talking
    AgentFault.JUMPS_INTO_PAUSES: (
        "expectations",
    ),  # a number that is heard in pieces is no number
    AgentFault.ANSWERS_SIDE_SPEECH: (),
}
"""Scorers that rightly see what follows from a fault; no scorer beside these may fail."""

TALKS_ON_S = 8.0
"""How long ``TALKS_OVER_BARGE_IN`` goes on at most before it notices the caller."""

EAGER_MS = 128
"""After how much silence ``JUMPS_INTO_PAUSES`` takes a turn for ended."""

LATE_BY_S = 2.0
"""What ``LATE_ANSWER`` adds to the time before an answer."""


def fault(name: str) -> AgentFault:
    """Return the fault of that name.

    Raises:
        UnknownName: there is none; the error lists those that exist.
    """
    try:
        return AgentFault(name)
    except ValueError:
        raise UnknownName("fault", name, tuple(f.value for f in AgentFault)) from None
