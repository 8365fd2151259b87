"""Faults and quirks of the reference agent, one switch each, to prove the scorers.

The scorers must notice a fault. A quirk looks suspicious and is right: they must not object to it.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from harness.errors import UnknownName
from harness.recording.provenance import CallStatus


class AgentFault(Enum):
    """A single misbehaviour; the rest of the agent is unchanged."""

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
    LATE_RESULT = "late_result"
    FAILS_MID_ANSWER = "fails_mid_answer"
    HANGS_UP_EARLY = "hangs_up_early"
    CLIPS_AUDIO = "clips_audio"
    SENDS_NOISE = "sends_noise"
    SENDS_STEREO = "sends_stereo"
    SENDS_SLOW_AUDIO = "sends_slow_audio"
    DROPS_PACKETS = "drops_packets"
    INVENTS_TOOL = "invents_tool"
    SENDS_WRONG_TYPE = "sends_wrong_type"
    ADDS_ARGUMENT = "adds_argument"
    LEAVES_ARGUMENT_OUT = "leaves_argument_out"
    REPEATS_IN_VAIN = "repeats_in_vain"
    CLAIMS_AFTER_FAILURE = "claims_after_failure"
    TELLS_BEFORE_RESULT = "tells_before_result"
    READS_ERROR_CODE = "reads_error_code"
    READS_JSON = "reads_json"
    OFFERS_NOTHING = "offers_nothing"
    BLAMES_CALLER = "blames_caller"
    TELLS_OTHER_RESULT = "tells_other_result"


class AgentQuirk(Enum):
    """A single unusual behaviour of an agent that is correct."""

    QUIET_VOICE = "quiet_voice"
    SENDS_AUDIO_AHEAD = "sends_audio_ahead"
    ANSWERS_SHORTLY = "answers_shortly"
    LOUD_VOICE = "loud_voice"
    HANGS_UP_LAST = "hangs_up_last"
    RETRIES_ONCE = "retries_once"
    NAMES_FAILED_CHANGE = "names_failed_change"
    PROMISES_LATER = "promises_later"
    TAKES_BLAME = "takes_blame"
    SAYS_WHAT_NEXT = "says_what_next"
    WRITES_DECIMALS = "writes_decimals"


AgentSwitch: TypeAlias = AgentFault | AgentQuirk
"""A behaviour that can be switched on."""

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
    AgentFault.LATE_RESULT: "begins the answer to a tool's result 6 s late",
    AgentFault.FAILS_MID_ANSWER: (
        "ends the answer after a tool's result half-way, as failed (server_error)"
    ),
    AgentFault.HANGS_UP_EARLY: "hangs up once its farewell is sent, which still plays",
    AgentFault.CLIPS_AUDIO: "speaks 30 dB too loudly, so that its audio is clipped",
    AgentFault.SENDS_NOISE: "loses a byte 3 s into an answer: the rest of its audio is noise",
    AgentFault.SENDS_STEREO: "sends two channels as one",
    AgentFault.SENDS_SLOW_AUDIO: "sends audio of 48 kHz as if it had 24 kHz: half the speed",
    AgentFault.DROPS_PACKETS: "leaves 20 ms of every 200 ms of its audio silent",
    AgentFault.INVENTS_TOOL: "looks orders up with a tool that the session does not have",
    AgentFault.SENDS_WRONG_TYPE: "gives an amount as text, where the schema asks for a number",
    AgentFault.ADDS_ARGUMENT: "gives each tool an argument that its schema does not have",
    AgentFault.LEAVES_ARGUMENT_OUT: "leaves the first argument out, which the schema requires",
    AgentFault.REPEATS_IN_VAIN: "makes a call that fails four times in a row",
    AgentFault.CLAIMS_AFTER_FAILURE: "says that a change is made after its call failed",
    AgentFault.TELLS_BEFORE_RESULT: "names a date of delivery before the look-up returned",
    AgentFault.READS_ERROR_CODE: "reads the code of an error to the caller",
    AgentFault.READS_JSON: "reads what a failed tool returned to the caller, as JSON",
    AgentFault.OFFERS_NOTHING: "says that a call failed, and no more",
    AgentFault.BLAMES_CALLER: "blames the caller for a call that failed",
    AgentFault.TELLS_OTHER_RESULT: "tells another date than the look-up returned",
    AgentQuirk.QUIET_VOICE: "speaks 20 dB more quietly",
    AgentQuirk.SENDS_AUDIO_AHEAD: "sends the whole audio of an answer at once",
    AgentQuirk.ANSWERS_SHORTLY: (
        'says only the result after a tool, "Done." after a change, and asks nothing more'
    ),
    AgentQuirk.LOUD_VOICE: "speaks as loudly as it can without clipping",
    AgentQuirk.HANGS_UP_LAST: "hangs up once its farewell was heard",
    AgentQuirk.RETRIES_ONCE: "makes a call that failed once more, without a question",
    AgentQuirk.NAMES_FAILED_CHANGE: (
        'names the change that failed: "I could not cancel your order", and asks whether to retry'
    ),
    AgentQuirk.PROMISES_LATER: "promises to make the change later and to send an e-mail",
    AgentQuirk.TAKES_BLAME: 'says "that is not your fault" after a call that failed',
    AgentQuirk.SAYS_WHAT_NEXT: (
        "says in plain words that a call failed and what the caller can do, and asks nothing"
    ),
    AgentQuirk.WRITES_DECIMALS: "gives a whole amount as 20.0",
}
"""The behaviour of an agent with a fault or a quirk, as a phrase for a person."""

CAUGHT_BY: dict[AgentFault, tuple[str, ...]] = {
    AgentFault.LATE_ANSWER: ("time_to_first_audio",),
    AgentFault.NO_PREAMBLE: ("preamble",),
    AgentFault.MISREAD_CHARACTER: ("entity_confirmation",),
    AgentFault.SKIP_READ_BACK: ("entity_confirmation", "tool_use.read_back"),
    AgentFault.WRITE_WITHOUT_ASKING: ("write_confirmation",),
    AgentFault.WRITE_DESPITE_NO: ("write_confirmation",),
    AgentFault.WRITE_OTHER_VALUE: ("write_confirmation",),
    AgentFault.ACT_ON_INTERRUPTED_READ_BACK: ("entity_confirmation",),
    AgentFault.CLAIMS_WITHOUT_DOING: ("expectations", "tool_use.claims"),
    AgentFault.NEVER_ESCALATES: ("escalation",),
    AgentFault.ESCALATES_WITHOUT_CAUSE: ("escalation",),
    AgentFault.TALKS_OVER_BARGE_IN: ("barge_in_yield",),
    AgentFault.JUMPS_INTO_PAUSES: ("pause_handling",),
    AgentFault.ANSWERS_SIDE_SPEECH: ("selectivity",),
    AgentFault.SILENT_AFTER_TOOL: ("delivery.result",),
    AgentFault.STOPS_MID_ANSWER: ("delivery.incomplete",),
    AgentFault.CUTS_ITSELF_OFF: ("delivery.cancelled",),
    AgentFault.SENDS_CHOPPY_AUDIO: ("audio_quality.gaps",),
    AgentFault.TEXT_WITHOUT_AUDIO: ("delivery.no_audio",),
    AgentFault.LATE_RESULT: ("delivery.late_result",),
    AgentFault.FAILS_MID_ANSWER: ("delivery.failed",),
    AgentFault.HANGS_UP_EARLY: ("delivery.hung_up",),
    AgentFault.CLIPS_AUDIO: ("audio_quality.clipping",),
    AgentFault.SENDS_NOISE: ("audio_quality.noise",),
    AgentFault.SENDS_STEREO: ("audio_quality.stereo",),
    AgentFault.SENDS_SLOW_AUDIO: ("audio_quality.rate",),
    AgentFault.DROPS_PACKETS: ("audio_quality.dropouts",),
    AgentFault.INVENTS_TOOL: ("tool_use.invented_tools",),
    AgentFault.SENDS_WRONG_TYPE: ("tool_use.arguments",),
    AgentFault.ADDS_ARGUMENT: ("tool_use.arguments",),
    AgentFault.LEAVES_ARGUMENT_OUT: ("tool_use.arguments",),
    AgentFault.REPEATS_IN_VAIN: ("tool_use.retries",),
    AgentFault.CLAIMS_AFTER_FAILURE: ("tool_use.claims",),
    AgentFault.TELLS_BEFORE_RESULT: ("tool_use.before_result",),
    AgentFault.READS_ERROR_CODE: ("tool_use.raw_errors",),
    AgentFault.READS_JSON: ("tool_use.raw_errors",),
    AgentFault.OFFERS_NOTHING: ("tool_use.next_step",),
    AgentFault.BLAMES_CALLER: ("tool_use.blame",),
    AgentFault.TELLS_OTHER_RESULT: ("tool_use.against_result",),
}
"""The scorers, or rules of scorers (``proof.RULES``), that must each catch a fault."""

MAY_TRIP: dict[AgentFault, tuple[str, ...]] = {
    AgentFault.LATE_ANSWER: (),
    # then the caller waits for a slow tool in silence
    AgentFault.NO_PREAMBLE: ("time_to_first_audio",),
    AgentFault.MISREAD_CHARACTER: (
        "expectations",  # a caller who corrects it again and again gets no further
        "tool_use.read_back",  # the number without a record is read back wrongly, too
    ),
    AgentFault.SKIP_READ_BACK: ("expectations",),  # a number that the caller would have corrected
    AgentFault.WRITE_WITHOUT_ASKING: ("expectations",),  # a change that the caller did not want
    AgentFault.WRITE_DESPITE_NO: ("expectations",),
    AgentFault.WRITE_OTHER_VALUE: ("expectations",),  # the scenario names the amount
    AgentFault.ACT_ON_INTERRUPTED_READ_BACK: ("write_confirmation",),  # it asks a person
    AgentFault.CLAIMS_WITHOUT_DOING: (),
    AgentFault.NEVER_ESCALATES: (),
    # a caller with two requests gets only the first
    AgentFault.ESCALATES_WITHOUT_CAUSE: ("expectations",),
    AgentFault.TALKS_OVER_BARGE_IN: ("time_to_first_audio",),  # it answers when it is done talking
    AgentFault.JUMPS_INTO_PAUSES: (
        "expectations",
    ),  # a number that is heard in pieces is not recognized as a number
    AgentFault.ANSWERS_SIDE_SPEECH: (),
    AgentFault.SILENT_AFTER_TOOL: (
        "expectations",  # the call ends before the caller's other wishes
        "time_to_first_audio",  # the change is made without words before or after it
    ),
    AgentFault.STOPS_MID_ANSWER: (
        "tool_use.next_step",  # the offer is in the other half
        "expectations",  # and so is the question for another number
    ),
    AgentFault.CUTS_ITSELF_OFF: ("expectations",),  # a turn that waits for words to come
    AgentFault.SENDS_CHOPPY_AUDIO: (
        "entity_confirmation",  # a recognizer does not understand words with gaps in them
        "write_confirmation",
    ),
    AgentFault.TEXT_WITHOUT_AUDIO: (
        "entity_confirmation",  # the caller hears only the beginning of a read-back or a proposal
        "write_confirmation",
        "expectations",  # the caller does not hear a question, and so does not answer it
    ),
    AgentFault.LATE_RESULT: (),
    AgentFault.FAILS_MID_ANSWER: (),
    AgentFault.HANGS_UP_EARLY: (),
    AgentFault.CLIPS_AUDIO: (),
    AgentFault.SENDS_NOISE: ("entity_confirmation",),  # a recognizer does not understand it
    AgentFault.SENDS_STEREO: ("entity_confirmation",),
    AgentFault.SENDS_SLOW_AUDIO: ("entity_confirmation",),
    AgentFault.DROPS_PACKETS: ("entity_confirmation",),
    AgentFault.INVENTS_TOOL: (
        "expectations",  # the right tool is never called
        "escalation",  # the look-up failed twice, by its own doing
    ),
    AgentFault.SENDS_WRONG_TYPE: (),
    AgentFault.ADDS_ARGUMENT: (),
    # so the call has no number
    AgentFault.LEAVES_ARGUMENT_OUT: ("entity_confirmation", "expectations"),
    AgentFault.REPEATS_IN_VAIN: ("escalation",),  # it hands over before the caller heard about it
    AgentFault.CLAIMS_AFTER_FAILURE: (),
    AgentFault.TELLS_BEFORE_RESULT: (),
    AgentFault.READS_ERROR_CODE: (),
    AgentFault.READS_JSON: (),
    AgentFault.OFFERS_NOTHING: (),
    AgentFault.BLAMES_CALLER: (),
    AgentFault.TELLS_OTHER_RESULT: (),
}
"""Scorers or rules that may fail on the consequences of a fault; no other may fail."""

_LOOKUP, _REFUND = ("straight lookup",), ("refund within the limit",)
_FAILED_LOOKUP, _FAILED_CHANGE = ("one failed lookup",), ("failed change",)

SHOWN_BY: dict[AgentSwitch, tuple[str, ...]] = {
    AgentFault.LATE_RESULT: _LOOKUP,
    AgentFault.FAILS_MID_ANSWER: _LOOKUP,
    AgentFault.HANGS_UP_EARLY: _LOOKUP,
    AgentFault.CLIPS_AUDIO: _LOOKUP,
    AgentFault.SENDS_NOISE: _LOOKUP,
    AgentFault.SENDS_STEREO: _LOOKUP,
    AgentFault.SENDS_SLOW_AUDIO: _LOOKUP,
    AgentFault.DROPS_PACKETS: _LOOKUP,
    AgentFault.INVENTS_TOOL: _LOOKUP,
    AgentFault.SENDS_WRONG_TYPE: _REFUND,
    AgentFault.ADDS_ARGUMENT: _LOOKUP,
    AgentFault.LEAVES_ARGUMENT_OUT: _LOOKUP,
    AgentFault.REPEATS_IN_VAIN: ("two failed lookups",),
    AgentFault.CLAIMS_AFTER_FAILURE: _FAILED_CHANGE,
    AgentFault.TELLS_BEFORE_RESULT: _LOOKUP,
    AgentFault.READS_ERROR_CODE: _FAILED_LOOKUP,
    AgentFault.READS_JSON: _FAILED_LOOKUP,
    AgentFault.OFFERS_NOTHING: _FAILED_LOOKUP,
    AgentFault.BLAMES_CALLER: _FAILED_LOOKUP,
    AgentFault.TELLS_OTHER_RESULT: _LOOKUP,
    AgentQuirk.LOUD_VOICE: _LOOKUP,
    AgentQuirk.HANGS_UP_LAST: _LOOKUP,
    AgentQuirk.RETRIES_ONCE: (*_FAILED_CHANGE, *_FAILED_LOOKUP),
    AgentQuirk.NAMES_FAILED_CHANGE: (*_FAILED_CHANGE, *_FAILED_LOOKUP),
    AgentQuirk.PROMISES_LATER: _FAILED_CHANGE,
    AgentQuirk.TAKES_BLAME: (*_FAILED_CHANGE, *_FAILED_LOOKUP),
    AgentQuirk.SAYS_WHAT_NEXT: (*_FAILED_CHANGE, *_FAILED_LOOKUP),
    AgentQuirk.WRITES_DECIMALS: _REFUND,
}
"""Scenarios of the shipped suite that suffice for a switch; other switches run on all of it."""

MAY_END_AS: dict[AgentFault, frozenset[CallStatus]] = {
    AgentFault.SILENT_AFTER_TOOL: frozenset({CallStatus.AGENT_SILENT}),
}
"""How a call may end because of a fault; without one, and with any other, it is completed."""

TALKS_ON_S = 8.0
"""The longest time that ``TALKS_OVER_BARGE_IN`` continues before it notices the caller."""

OTHER_DAY = "2026-05-03"
"""The delivery date that ``TELLS_OTHER_RESULT`` reports."""

EAGER_MS = 128
"""The silence after which ``JUMPS_INTO_PAUSES`` ends a turn."""

LATE_BY_S = 2.0
"""The delay that ``LATE_ANSWER`` adds before an answer."""

CUT_OFF_S = 1.2
"""When ``CUTS_ITSELF_OFF`` detects speech, from the first audio of the answer."""

PHANTOM_TURN_S = 0.3
"""How long that speech seems to last: less than the pause that a caller leaves before a turn."""

BURST_S, BURST_EVERY_S = 0.6, 0.72
"""How much audio ``SENDS_CHOPPY_AUDIO`` sends at once, and how often."""

LONG_ANSWER_WORDS, AUDIO_LEFT_S = 15, 1.0
"""``TEXT_WITHOUT_AUDIO``: from how many words on, and how much audio is left."""

RESULT_LATE_BY_S = 6.0
"""The delay that ``LATE_RESULT`` adds before the answer to a tool's result."""

NOISE_FROM_S = 3.0
"""The amount of audio in an answer after which ``SENDS_NOISE`` loses a byte."""

DROPPED_S, DROPPED_EVERY_S = 0.02, 0.2
"""How much of the audio ``DROPS_PACKETS`` leaves silent, and how often."""

LOUDER_BY_DB = 30.0
"""By how much ``CLIPS_AUDIO`` raises the level."""

LOUDEST = 0.95
"""The peak of ``LOUD_VOICE``, as a share of full scale."""

QUIETER_BY_DB = 20.0
"""By how much ``QUIET_VOICE`` lowers the level."""

_BY_NAME: dict[str, AgentSwitch] = {each.value: each for each in (*AgentFault, *AgentQuirk)}


def fault(name: str) -> AgentSwitch:
    """Return the fault or the quirk of that name.

    Raises:
        UnknownName: unknown name; the error lists the known names.
    """
    if name not in _BY_NAME:
        raise UnknownName("fault", name, tuple(_BY_NAME))
    return _BY_NAME[name]
