"""Faults and quirks of the reference agent, one switch each, to prove the scorers.

The scorers must notice a fault. A quirk looks suspicious and is right: they must not object to it.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from harness.errors import UnknownName
from harness.recording.provenance import CallStatus


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
    SILENT_AFTER_TOOL = "silent_after_tool"
    STOPS_MID_ANSWER = "stops_mid_answer"
    CUTS_ITSELF_OFF = "cuts_itself_off"
    SENDS_CHOPPY_AUDIO = "sends_choppy_audio"
    TEXT_WITHOUT_AUDIO = "text_without_audio"


class AgentQuirk(Enum):
    """One unusual behaviour of an agent that does everything right."""

    QUIET_VOICE = "quiet_voice"
    SENDS_AUDIO_AHEAD = "sends_audio_ahead"
    ANSWERS_SHORTLY = "answers_shortly"


AgentSwitch: TypeAlias = AgentFault | AgentQuirk
"""One behaviour that can be switched on."""

DOES: dict[AgentSwitch, str] = {
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
    AgentFault.SILENT_AFTER_TOOL: "says nothing after a tool's result: no response begins",
    AgentFault.STOPS_MID_ANSWER: (
        "ends the answer after a tool's result half-way, as incomplete (content_filter)"
    ),
    AgentFault.CUTS_ITSELF_OFF: (
        "detects speech on a silent line 1.2 s into the answer after a tool's result, and cancels"
    ),
    AgentFault.SENDS_CHOPPY_AUDIO: (
        "sends its audio more slowly than it plays: a gap of 0.12 s after every 0.6 s"
    ),
    AgentFault.TEXT_WITHOUT_AUDIO: (
        "sends only the first second of audio of an answer of 15 words or more, and all its text"
    ),
    AgentQuirk.QUIET_VOICE: "speaks 20 dB more quietly",
    AgentQuirk.SENDS_AUDIO_AHEAD: "sends the whole audio of an answer at once",
    AgentQuirk.ANSWERS_SHORTLY: (
        'says only the result after a tool, "Done." after a change, and asks nothing more'
    ),
}
"""What an agent with a fault or a quirk does, in a phrase for a person."""

CAUGHT_BY: dict[AgentFault, tuple[str, ...]] = {
    AgentFault.LATE_ANSWER: ("time_to_first_audio",),
    AgentFault.NO_PREAMBLE: ("preamble",),
    AgentFault.MISREAD_CHARACTER: ("entity_confirmation",),
    AgentFault.SKIP_READ_BACK: ("entity_confirmation",),
    AgentFault.WRITE_WITHOUT_ASKING: ("write_confirmation",),
    AgentFault.WRITE_DESPITE_NO: ("write_confirmation",),
    AgentFault.WRITE_OTHER_VALUE: ("write_confirmation",),
    AgentFault.ACT_ON_INTERRUPTED_READ_BACK: ("entity_confirmation", "write_confirmation"),
    AgentFault.CLAIMS_WITHOUT_DOING: ("expectations", "tool_use"),
    AgentFault.NEVER_ESCALATES: ("escalation",),
    AgentFault.ESCALATES_WITHOUT_CAUSE: ("escalation",),
    AgentFault.TALKS_OVER_BARGE_IN: ("barge_in_yield",),
    AgentFault.JUMPS_INTO_PAUSES: ("pause_handling",),
    AgentFault.ANSWERS_SIDE_SPEECH: ("selectivity",),
    AgentFault.SILENT_AFTER_TOOL: ("delivery",),
    AgentFault.STOPS_MID_ANSWER: ("delivery",),
    AgentFault.CUTS_ITSELF_OFF: ("delivery",),
    AgentFault.SENDS_CHOPPY_AUDIO: ("audio_quality",),
    AgentFault.TEXT_WITHOUT_AUDIO: ("delivery",),
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
    AgentFault.SILENT_AFTER_TOOL: (
        "expectations",  # the call ends before the caller's other wishes
        "time_to_first_audio",  # a change is made without a word before it, and after it
    ),
    AgentFault.STOPS_MID_ANSWER: ("tool_use",),  # what could be done next is in the other half
    AgentFault.CUTS_ITSELF_OFF: ("expectations",),  # a turn that waits for words to come
    AgentFault.SENDS_CHOPPY_AUDIO: (
        "entity_confirmation",  # a recognizer does not understand words with gaps in them
        "write_confirmation",
    ),
    AgentFault.TEXT_WITHOUT_AUDIO: (
        "entity_confirmation",  # a read-back or a proposal of which the caller hears the beginning
        "write_confirmation",
        "expectations",  # a question that the caller does not hear, and so does not answer
    ),
}
"""Scorers that rightly see what follows from a fault; no other scorer may fail."""

MAY_END_AS: dict[AgentFault, frozenset[CallStatus]] = {
    AgentFault.SILENT_AFTER_TOOL: frozenset({CallStatus.AGENT_SILENT}),
}
"""How a call may end because of a fault; without one, and with any other, it is completed."""

TALKS_ON_S = 8.0
"""How long ``TALKS_OVER_BARGE_IN`` goes on at most before it notices the caller."""

EAGER_MS = 128
"""After how much silence ``JUMPS_INTO_PAUSES`` takes a turn for ended."""

LATE_BY_S = 2.0
"""What ``LATE_ANSWER`` adds to the time before an answer."""

CUT_OFF_S = 1.2
"""When ``CUTS_ITSELF_OFF`` detects speech, from the first audio of the answer."""

PHANTOM_TURN_S = 0.3
"""How long that speech seems to last: less than the pause that a caller leaves before a turn."""

BURST_S, BURST_EVERY_S = 0.6, 0.72
"""How much audio ``SENDS_CHOPPY_AUDIO`` sends at once, and how often."""

LONG_ANSWER_WORDS, AUDIO_LEFT_S = 15, 1.0
"""``TEXT_WITHOUT_AUDIO``: from how many words on, and how much audio is left."""

QUIETER_BY_DB = 20.0
"""By how much ``QUIET_VOICE`` lowers the level."""

_BY_NAME: dict[str, AgentSwitch] = {each.value: each for each in (*AgentFault, *AgentQuirk)}


def fault(name: str) -> AgentSwitch:
    """Return the fault or the quirk of that name.

    Raises:
        UnknownName: there is none; the error lists those that exist.
    """
    if name not in _BY_NAME:
        raise UnknownName("fault", name, tuple(_BY_NAME))
    return _BY_NAME[name]
