"""Reasons why a verdict is impossible: text-only answers, unknown tool calls, words and times.

A text answer is inaudible, so its content was neither said nor left unsaid: a verdict that misses
words is kept only if no such answer can contain them. A call without a name may have been a call of
any tool. A tool that the agent's server runs itself may have run unseen, unless the call shows that
this server reports its tools: by its events, or by a notice in the separate channel for them. A
refused notice may have reported any of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from harness.errors import Unscorable
from harness.judging.scorers.base import Evidence, Outcome, Score, ScoredCall, shortened
from harness.recording.model import UtteranceKind
from harness.recording.provenance import Estimate, SourceKind
from harness.scenario.model import RunBy
from harness.timeline.barge_ins import AT_ONCE_S
from harness.timeline.model import (
    AgentUtterance,
    NamelessCall,
    TextAnswer,
    ToolCall,
    Transcript,
    Wait,
)
from harness.units import clock

_UNTIMED = "the source has no times, so no wait can be measured"
_STAMPED = "the transcript has no audio: its times are too coarse to measure a wait"


def unheard(texts: tuple[TextAnswer, ...]) -> str:
    """Return the inaudible text answers as a reason; empty if there are none."""
    if not texts:
        return ""
    answers = "1 answer" if len(texts) == 1 else f"{len(texts)} answers"
    shown = repr(shortened(texts[0].text))
    return f"{answers} came in text only, so nothing of it was heard: {shown}"


def texts_in_one_breath(
    call: ScoredCall, tool: ToolCall, *, from_s: float, until_s: float
) -> tuple[TextAnswer, ...]:
    """Return the texts between two moments, and the text of the response that made a call."""
    return tuple(
        text
        for text in call.timeline.texts
        if from_s <= text.at_s < until_s or text.response_id == tool.response_id
    )


def texts_replied_to(call: ScoredCall, *, before_s: float) -> tuple[TextAnswer, ...]:
    """Return the texts that the caller may have asked for and agreed to before a moment.

    The caller spoke before such a text, and again after it.
    """
    turns = [turn.span for turn in call.timeline.caller if turn.has_words]
    return tuple(
        text
        for text in call.timeline.texts
        if any(span.start_s < text.at_s for span in turns)
        and any(text.at_s < span.end_s <= before_s for span in turns)
    )


def last_reply_s(call: ScoredCall, *, before_s: float) -> float:
    """Return when the caller had last spoken before a moment; -inf for a caller who never did.

    The caller cannot have agreed to anything that the agent said later.
    """
    turns = (turn for turn in call.timeline.caller if turn.has_words)
    ends_s = (turn.span.end_s for turn in turns if turn.span.end_s <= before_s)
    return max(ends_s, default=float("-inf"))


def nameless_calls(call: ScoredCall, *, before_s: float = float("inf")) -> tuple[NamelessCall, ...]:
    """Return the tool calls without a name that came before a moment."""
    return tuple(one for one in call.timeline.nameless if one.requested_s < before_s)


def untold(came: tuple[NamelessCall, ...], what: str) -> str:
    """Return a reason why ``what`` ("whether it was called") is unknown."""
    at = clock(came[0].requested_s)
    if len(came) == 1:
        return f"a tool call came without a name at {at}; {what} cannot be told"
    return f"{len(came)} tool calls came without a name, the first at {at}; {what} cannot be told"


def raise_if_nameless_call(call: ScoredCall, what: str, *, before_s: float = float("inf")) -> None:
    """Raise Unscorable if a tool call without a name leaves ``what`` unknown."""
    came = nameless_calls(call, before_s=before_s)
    if came:
        raise Unscorable(untold(came, what))


def words_unknown(call: ScoredCall, *, from_s: float = -math.inf, until_s: float = math.inf) -> str:
    """Return why the agent's words between two moments are uncertain; empty if they are certain.

    A vendor may send no transcript, or send it in pieces that may belong to either of two answers:
    a search for missing words has then not covered all speech.
    """
    said = [u for u in call.timeline.agent if from_s <= u.span.start_s < until_s]
    unsure = [u for u in said if u.transcript is not Transcript.TOLD]
    if not unsure:
        return ""
    at = clock(unsure[0].span.start_s)
    if unsure[0].transcript is Transcript.ABSENT:
        return f"the agent sent no transcript of what it said at {at}"
    if unsure[0].transcript is Transcript.OVERLAID:
        return f"how much the agent said at {at} is not known: the caller spoke over it"
    if unsure[0].transcript is Transcript.UNRECORDED:
        return f"the recording has no audio of what the agent said at {at}"
    if unsure[0].transcript is Transcript.UNEQUAL:
        return f"what the agent said at {at} is not known: its text does not fit its audio"
    return f"which words the agent said at {at} is not known: they came in pieces without a place"


def partly_heard(call: ScoredCall, *, until_s: float) -> Score | None:
    """Return a review for speech before ``until_s`` whose text and audio do not fit; else None.

    The text does not fit the audio, or the recording has no audio of it. A listener can hear if the
    words were said, which the text cannot show.
    """
    for said in call.timeline.agent:
        if said.transcript is Transcript.UNEQUAL and said.span.start_s < until_s:
            span = said.span
            reason = f"was it said at {clock(span.start_s)}? The text does not fit the audio there"
            place = Evidence(span.start_s, span.end_s, "text does not fit the audio")
            return Score(Outcome.REVIEW, reason, evidence=(place,))
        if said.transcript is Transcript.UNRECORDED and said.span.start_s < until_s:
            reason = f"was it said at {clock(said.span.start_s)}? The recording has no audio there"
            place = Evidence(said.span.start_s, said.span.end_s, "no audio in the recording")
            return Score(Outcome.REVIEW, reason, evidence=(place,))
    return None


def cut_by_line(call: ScoredCall, *, from_s: float, until_s: float) -> str:
    """Return that the line was lost during speech that began in this time; empty if it was not.

    The words or actions that the agent still intended are lost, and that is not its fault.
    """
    for said in call.timeline.agent:
        end_s = said.span.end_s
        begun = from_s <= said.span.start_s < until_s
        if begun and call.timeline.line_was_gone(end_s, end_s + AT_ONCE_S):
            return f"the line was lost as the agent spoke at {clock(said.span.start_s)}"
    return ""


def caller_unknown(call: ScoredCall, *, before_s: float) -> str:
    """Return why the caller's words before a moment are unknown; empty if they are known."""
    for turn in call.timeline.caller:
        spoken = turn.kind is UtteranceKind.SPEECH and turn.span.start_s < before_s
        # Only an imported call can lack them: its source may have had no transcription.
        if call.timeline.origin is not None and spoken and not turn.text:
            at = clock(turn.span.start_s)
            return f"the caller's words at {at} are not in the source"
    return ""


IN_TEXT = "text only session: nothing in it was to be heard"


def raise_if_untimed(call: ScoredCall) -> None:
    """Raise Unscorable for an imported call whose source has an order but no exact times."""
    if call.timeline.estimates(Estimate.TIMES):
        raise Unscorable(_STAMPED if call.timeline.estimates(Estimate.STAMPS) else _UNTIMED)


def _source(call: ScoredCall) -> str:
    origin = call.timeline.origin
    is_log = origin is not None and origin.kind is SourceKind.REALTIME
    return "log" if is_log else "recording"


def missing_agent(call: ScoredCall) -> str:
    """Return that the source has neither audio nor times of the agent; empty if it has."""
    timeline = call.timeline
    missing = timeline.estimates(Estimate.AGENT_AUDIO)
    if not missing or not all(said.unrecorded for said in timeline.agent):
        return ""
    return f"the agent's audio is not in this {_source(call)}"


def without_sound(call: ScoredCall) -> str:
    """Return that a transcript without audio does not prove playout; empty for other calls."""
    origin = call.timeline.origin
    # The log of a session without audio reports how each answer ended, so it is no such call.
    if origin is None or origin.sound or origin.kind is SourceKind.REALTIME:
        return ""
    return "the transcript has no audio: whether each answer was heard whole is not known"


def missing_caller(call: ScoredCall) -> str:
    """Return that the source has no audio of the caller; empty if it has."""
    turns = [turn for turn in call.timeline.caller if turn.kind is UtteranceKind.SPEECH]
    if not call.timeline.estimates(Estimate.CALLER_AUDIO) or not turns:
        return ""
    missing = all(turn.unrecorded for turn in turns)
    return f"the caller's audio is not in this {_source(call)}" if missing else ""


def raise_if_not_recorded(call: ScoredCall) -> None:
    """Raise Unscorable if the source has no audio of the agent, or none of the caller."""
    if why := missing_agent(call) or missing_caller(call):
        raise Unscorable(why)


def unrecorded_wait(call: ScoredCall, wait: Wait) -> str:
    """Return why the length of a wait is unknown, if the audio at either end is missing."""
    turn = call.timeline.caller[wait.caller]
    if turn.unrecorded:
        at = clock(turn.span.start_s)
        return f"the caller's audio at {at} is not in this {_source(call)}"
    answer = None if wait.utterance is None else call.timeline.agent[wait.utterance]
    if answer is None or not answer.unrecorded:
        return ""
    return f"the agent's audio at {clock(answer.span.start_s)} is not in this {_source(call)}"


BOUNDS_S = 0.1
"""Maximum error of bounds that were found in the audio (benchmarks/imported.py, in noise)."""


def raise_if_near_limit(call: ScoredCall, took_s: float, limit_s: float, what: str) -> None:
    """Raise Unscorable if a time is so near to its limit that estimated bounds decide."""
    if call.timeline.estimates(Estimate.BOUNDS) and abs(took_s - limit_s) < BOUNDS_S:
        raise Unscorable(
            f"{what} took {took_s:.2f} s, limit {limit_s:.2f} s: too near, as where speech begins "
            f"and ends was found in the sound, to about {BOUNDS_S:g} s"
        )


def raise_if_held_up(
    call: ScoredCall, waits: Iterable[tuple[float, float, float]], what: str
) -> None:
    """Raise Unscorable if the scenario's network alone may have made the agent late.

    ``waits`` are the waits that were too long: when each began and ended, and its limit in seconds.
    """
    found = [
        (end_s - from_s, limit_s, call.timeline.held_up_s(from_s, end_s))
        for from_s, end_s, limit_s in waits
    ]
    if all(took_s - limit_s <= held_s for took_s, limit_s, held_s in found):
        took_s, limit_s, held_s = max(found)
        raise Unscorable(
            f"{what} took {took_s:.2f} s, limit {limit_s:.2f} s, and the caller's sound came up to "
            f"{held_s:.2f} s late over the network of the scenario"
        )


def estimated_bounds(call: ScoredCall) -> str:
    """Return the suffix of a time that rests on estimated bounds; empty for exact bounds."""
    return " (bounds estimated)" if call.timeline.estimates(Estimate.BOUNDS) else ""


def _deaf_caller(call: ScoredCall) -> str:
    """Return why the caller could not follow the agent, so that later events prove nothing."""
    agent = call.timeline.agent
    if not agent or not call.scenario.answers:
        return ""
    # Callers react to words; of an agent that never sends a transcript they hear only audio.
    if any(utterance.transcript is not Transcript.ABSENT for utterance in agent):
        return ""
    return "the agent sent no transcript, so the caller could not answer what it asked"


def off_script(call: ScoredCall, tool: str = "") -> str:
    """Return why the caller may be the cause of a missing event; empty if not."""
    begun = {turn.turn for turn in call.timeline.caller}
    awaited = {
        turn.start.on_tool
        for index, turn in enumerate(call.scenario.turns)
        if turn.start is not None and index not in begun
    }
    # A script that broke off has not tried its later turns, but it waited for its awaited tool to
    # the end: if that tool is missing, the agent is the cause.
    if call.timeline.unsaid and (not tool or tool not in awaited):
        return call.timeline.unsaid
    return _deaf_caller(call)


def told_words(utterance: AgentUtterance) -> str:
    """Return the heard words of an utterance; the recognizer's if there is no transcript."""
    if utterance.transcript is Transcript.ABSENT:
        return utterance.recognized or ""
    return utterance.claimed_heard


def unseen_tools(call: ScoredCall, names: Iterable[str]) -> tuple[str, ...]:
    """Return the tools that may have run without a sign of it in this call."""
    if call.timeline.estimates(Estimate.TOOLS):
        return tuple(dict.fromkeys(names))
    shown = any(tool.by_server for tool in call.timeline.tools)
    heard = any(source.heard for source in call.timeline.notice_sources)
    # A refused notice may have reported any of the tools.
    if (shown or heard) and not _refused(call):
        return ()
    servers = {tool.name for tool in call.suite.tools if tool.run_by is RunBy.SERVER}
    return tuple(name for name in dict.fromkeys(names) if name in servers)


def unseen(call: ScoredCall, names: tuple[str, ...], what: str) -> str:
    """Return a reason why ``what`` ("whether it was called") is unknown of unseen tools."""
    if call.timeline.estimates(Estimate.TOOLS):
        return f"nothing tells which tools were called; {what} cannot be told"
    run = "is run" if len(names) == 1 else "are run"
    why = f"{', '.join(names)} {run} by the server, which showed no call of its tools"
    told = [source.source for source in call.timeline.notice_sources]
    if refused := _refused(call):
        why = f"{', '.join(names)} {run} by the server, and what it told was refused ({refused})"
    elif told:
        why = f"{why}, and told nothing of this call by {' or '.join(told)}"
    return f"{why}; {what} cannot be told"


def _refused(call: ScoredCall) -> str:
    """Return why a notice was refused that may have reported a tool; empty if none was."""
    notices = (notice for source in call.timeline.notice_sources for notice in source.refused)
    return next((notice.reason for notice in notices if notice.counts), "")


def without_arguments(tool: ToolCall) -> str:
    """Return why the arguments of a call are not known; empty if they are, or could be."""
    if not tool.by_server or tool.raw_arguments:
        return ""
    return f"the server told no arguments of its call of {tool.name}"


def raise_if_unseen(call: ScoredCall, names: Iterable[str], what: str) -> None:
    """Raise Unscorable if ``what`` is unknown, as the server may have run these tools unseen."""
    if found := unseen_tools(call, names):
        raise Unscorable(unseen(call, found, what))
