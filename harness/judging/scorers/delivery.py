"""Delivery: whether the caller heard what the agent owed, and each answer to its end.

Definition: docs/reference/scorers/delivery.md. Difficulties: a preamble does not answer a tool's
result; an answer that the caller interrupts is no fault; and an agent that hangs up owes no more
words.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.errors import Unscorable
from harness.judging.scorers.base import (
    Better,
    Evidence,
    Measure,
    MeasuredValue,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    raise_if_harness_too_late,
    scorer,
    shortened,
)
from harness.judging.scorers.missing_evidence import missing_agent, without_sound
from harness.judging.scorers.result_claims import is_settled, next_words_s
from harness.language.phrases import Phrases
from harness.language.questions import is_question
from harness.recording.provenance import Estimate
from harness.recording.tools import ToolOutcome
from harness.scenario.fields import Duration, Model
from harness.scenario.model import Scenario, ToolKind
from harness.timeline.model import (
    AgentUtterance,
    ApprovalRequest,
    BreakCause,
    BrokenAnswer,
    ResultWait,
    ToolCall,
    Transcript,
    WaitEnd,
)
from harness.units import clock

RESULT_WAIT = Measure("result_wait", unit="s", per="tool", missing="never")
"""From a tool's result to the agent's first audio after it."""

WHOLE_ANSWERS = Measure("whole_answers", unit="share", better=Better.HIGHER)
"""The share of the agent's answers that reached the caller whole, or that the caller cut off."""

PHANTOM_TURNS = Measure("phantom_turns", unit="per minute")
"""How often the agent noticed speech on a silent line."""

_UNTIL = {
    WaitEnd.CALLER: "until the caller spoke again",
    WaitEnd.LINE: "until the line was lost",
}

_MOST_PREAMBLE_WORDS = 25
"""Words that only report work in progress are no more than this; more may be an answer."""

_GOES_ON = re.compile(
    r"pending|queued|progress|process|running|start|accepted|scheduled|wait|job|retry|later|async",
    re.IGNORECASE,
)
"""Words in a result which may mean that work continues after it."""

_SHOWN_S = 5.0
"""Maximum duration of a silence in the evidence."""

_BROKE: dict[BreakCause, str] = {
    BreakCause.INCOMPLETE: "the service stopped an answer ({detail})",
    BreakCause.FAILED: "an answer failed ({detail})",
    BreakCause.CANCELLED: "the agent stopped its answer as if interrupted, on a silent line",
    BreakCause.HUNG_UP: "the agent hung up during its own answer ({detail})",
    BreakCause.FOREIGN: "audio came of a response that this session never began",
    BreakCause.NO_AUDIO: "an answer had less audio than text ({detail})",
    BreakCause.MID_SENTENCE: "an answer may have ended inside a sentence ({detail})",
}

_DOUBTED = (BreakCause.FOREIGN, BreakCause.MID_SENTENCE)
"""Causes that a person must judge."""


class DeliveryOptions(Model):
    """What a scenario may say of it."""

    result_s: Duration = 5.0
    """Longest silence after a tool's result."""
    broken_answers: int = 0
    """How many answers may break."""


@dataclass(frozen=True, slots=True)
class _Findings:
    """The waits for results and approvals, and the broken answers of a call."""

    measured: list[ResultWait]
    late: list[ResultWait]
    unheard: list[ApprovalRequest]
    """Requests for approval that left the caller without an answer."""
    put_off: list[tuple[str, Evidence, bool]]
    broken: tuple[BrokenAnswer, ...]

    @property
    def doubted(self) -> bool:
        """Whether all faults are doubtful: one certain fault makes the verdict certain."""
        sure = bool(self.late or self.unheard) or any(never for _, _, never in self.put_off)
        return not sure and all(one.cause in _DOUBTED for one in self.broken)


@scorer(
    "delivery",
    version=4,
    measures=(RESULT_WAIT, WHOLE_ANSWERS, PHANTOM_TURNS),
    options=DeliveryOptions,
)
@dataclass(frozen=True, slots=True)
class Delivery(Scorer):
    """Pass when each result was followed by speech within result_s, and no answer broke."""

    result_s: float = 5.0
    broken_answers: int = 0

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: DeliveryOptions) -> Delivery:
        """Take the limits from the options."""
        return cls(options.result_s, options.broken_answers)

    def score(self, call: ScoredCall) -> Score:
        """Score every result and every answer; value is the share of whole answers."""
        if (why := missing_agent(call)) and not call.timeline.broken:
            raise Unscorable(why)
        found, answers = self._findings(call), call.timeline.answers
        if not found.measured and not answers and not found.unheard:
            return Score(Outcome.NOT_APPLICABLE, "no tool was called, and no answer was begun")
        soundless = without_sound(call)
        broke = len({one.response_id for one in found.broken})
        whole = 1 - broke / answers if answers and not soundless else None
        faults = [*self._silences(call, found.late), *_unapproved(call, found.unheard)]
        if broke > self.broken_answers:
            faults += _breaks(found.broken)
        else:
            self._raise_if_harness_too_late(found)
        faults += [words for words, _, _ in found.put_off]
        if soundless and not faults:
            raise Unscorable(soundless)
        bad = Outcome.REVIEW if found.doubted else Outcome.FAIL
        return Score(
            bad if faults else Outcome.PASS,
            "; ".join(faults) or _good(found.measured, answers),
            value=whole,
            unit="share",
            evidence=(
                *map(_silence, found.late),
                *map(_silence, found.unheard),
                *map(_break, found.broken),
                *(place for _, place, _ in found.put_off),
            ),
            details={"broken": [_described(one) for one in found.broken]},
            measurements=(
                RESULT_WAIT.gave(
                    *(_value(call, wait) for wait in found.measured),
                    *(MeasuredValue(None, of=one.tool, at_s=one.from_s) for one in found.unheard),
                ),
                WHOLE_ANSWERS.gave(*(() if whole is None else (whole,))),
                PHANTOM_TURNS.gave(*_phantoms(call)),
            ),
            # Silences and breaks are facts of the audio: no recognizer's doubt about words weakens
            # them.
            by_words=False,
        )

    def _findings(self, call: ScoredCall) -> _Findings:
        owed = [wait for wait in call.timeline.result_waits if _is_owed(call, wait)]
        # A wait that ends with missing audio has no length to judge.
        waits = [wait for wait in owed if not _ends_unrecorded(call, wait)]
        timed = not (call.timeline.estimates(Estimate.TIMES) or _untimed_tools(call))
        late = [wait for wait in waits if timed and self._is_late(wait)]
        asked = call.timeline.approvals if timed else ()
        return _Findings(
            measured=[w for w in waits if (timed and w.end is WaitEnd.HEARD) or w in late],
            late=late,
            unheard=[each for each in asked if self._is_owed(call, each)],
            put_off=list(_put_off(call, waits)),
            broken=call.timeline.broken,
        )

    def _raise_if_harness_too_late(self, found: _Findings) -> None:
        heard = [wait for wait in found.late if wait.end is WaitEnd.HEARD]
        # The harness's own lateness cannot explain an answer that never came.
        if len(heard) == len(found.late) and not found.unheard:
            against = ((wait.took_s, self.result_s, wait.uncertainty_s) for wait in heard)
            raise_if_harness_too_late(against, "an answer to a tool's result")

    def _is_owed(self, call: ScoredCall, asked: ApprovalRequest) -> bool:
        """Return whether a request for approval left the caller without an answer.

        An unanswered request stops the tool, which needs no time limit as proof.
        """
        late = asked.approved is None or asked.took_s > self.result_s
        return asked.silent and late and _wants_words(call, asked.tool, asked.from_s, asked.until_s)

    def _is_late(self, wait: ResultWait) -> bool:
        return wait.took_s > self.result_s

    def _silences(self, call: ScoredCall, late: list[ResultWait]) -> Iterator[str]:
        """Yield a sentence per tool whose result the agent gave too late, or never."""
        by_tool: dict[str, list[ResultWait]] = defaultdict(list)
        for wait in late:
            by_tool[call.timeline.tools[wait.tool].name].append(wait)
        for name, each in by_tool.items():
            longest = max(each, key=lambda wait: wait.took_s)
            what = _what(call, name, longest)
            times = f" ({len(each)} times)" if len(each) > 1 else ""
            silence = f"{longest.took_s:.1f} s of silence from {clock(longest.silent_from_s)}"
            if longest.end is WaitEnd.HEARD:
                yield f"{what} came late{times}: {silence}, limit {self.result_s:g} s"
            else:
                until = _until(longest.end)
                ends = ", ".join(dict.fromkeys(longest.empty_responses))
                came = f"; a response came without a sound: {ends}" if ends else ""
                came += call.timeline.error_between(longest.from_s, longest.until_s)
                yield f"{what} never reached the caller{times}: {silence} {until}{came}"


_UNAPPROVED = {
    None: "the service asked for approval of {tool} and nobody gave it",
    True: "{tool} was approved and its result never reached the caller",
    False: "approval of {tool} was refused, and the caller heard no answer after it",
}


def _unapproved(call: ScoredCall, unheard: list[ApprovalRequest]) -> Iterator[str]:
    """Yield a sentence per kind of request after which the caller heard no speech."""
    by_words: dict[str, list[ApprovalRequest]] = defaultdict(list)
    for asked in unheard:
        by_words[_UNAPPROVED[asked.approved].format(tool=asked.tool or "a tool")].append(asked)
    for words, each in by_words.items():
        longest = max(each, key=lambda asked: asked.took_s)
        times = f" ({len(each)} times)" if len(each) > 1 else ""
        silence = f"{longest.took_s:.1f} s without an answer from {clock(longest.from_s)}"
        came = call.timeline.error_between(longest.from_s, longest.until_s)
        yield f"{words}{times}: {silence} {_until(longest.end)}{came}"


def _put_off(call: ScoredCall, waits: list[ResultWait]) -> Iterator[tuple[str, Evidence, bool]]:
    """Yield a sentence per result after which the agent only said that it is still working.

    A preamble is no answer: the agent said no other words until the caller spoke or the call ended.
    The flag is True if the agent never gave the result; else the sentence is a question.
    """
    phrases, agent = call.language.phrases, call.timeline.agent
    tools = sorted(call.timeline.tools, key=_requested_s)
    for wait in waits:
        if wait.end is not WaitEnd.HEARD:
            continue
        until_s = next_words_s(call, wait.until_s)
        # One utterance earlier: it may have begun before the result and continued after it.
        first = max(0, bisect_left(agent, wait.until_s, key=_start_s) - 1)
        rest = agent[first : bisect_left(agent, until_s, key=_start_s)]
        said = [one for one in rest if one.span.end_s >= wait.until_s]
        next_call = bisect_right(tools, wait.until_s, key=_requested_s)
        called = next_call < len(tools) and tools[next_call].requested_s < until_s
        known = all(one.transcript is Transcript.TOLD for one in said)
        words = " ".join(one.claimed_heard for one in said)
        sentences = call.language.sentences(words)
        only = bool(sentences) and all(
            phrases.is_empty(one)
            or (_puts_off(one, phrases) and not is_question(one, call.language))
            for one in sentences
        )
        # More words may be an answer.
        short = len(words.split()) <= _MOST_PREAMBLE_WORDS
        if (
            known
            and only
            and short
            and not called
            and any(_puts_off(s, phrases) for s in sentences)
        ):
            tool = call.timeline.tools[wait.tool]
            place = Evidence(said[0].span.start_s, said[-1].span.end_s, "no answer to a result")
            sure = all(phrases.is_empty(s) or phrases.only_at_work(s) for s in sentences)
            never = sure and _is_never_told(call, tool, said, until_s)
            told = f"the caller was never told the result of {tool.name}: the"
            asked = f"did the agent give the result of {tool.name}? The"
            yield f"{told if never else asked} agent only said {shortened(words)!r}", place, never


def _puts_off(sentence: str, phrases: Phrases) -> bool:
    return phrases.announces(sentence) or phrases.is_at_work(sentence)


def _is_never_told(
    call: ScoredCall, tool: ToolCall, said: Sequence[AgentUtterance], until_s: float
) -> bool:
    """Return whether a lookup had a result, and afterwards the agent only closed the call.

    ``said`` is the agent's first speech after it, until the caller spoke at ``until_s``. If the
    result itself may mean that work continues, this speech may report it.
    """
    reads = any(one.name == tool.name and one.kind is ToolKind.READ for one in call.suite.tools)
    cut = any(one.interrupted or one.span.end_s > until_s for one in said)
    # A result may itself mean that work continues, so that these words report it.
    settled = is_settled(call, tool) and not _GOES_ON.search(tool.output or "")
    if not reads or cut or tool.outcome is not ToolOutcome.OK or not settled:
        return False
    after = call.timeline.agent[bisect_left(call.timeline.agent, until_s, key=_start_s) :]
    # Speech without a transcript may have given the result.
    known = all(one.transcript is Transcript.TOLD for one in after)
    sentences = (s for one in after for s in call.language.sentences(one.claimed_heard))
    return known and all(call.language.phrases.closes(one) for one in sentences)


def _start_s(said: AgentUtterance) -> float:
    return said.span.start_s


def _requested_s(tool: ToolCall) -> float:
    return tool.requested_s


def _until(end: WaitEnd) -> str:
    return _UNTIL.get(end, "until the call ended")


def _what(call: ScoredCall, name: str, wait: ResultWait) -> str:
    if call.timeline.tools[wait.tool].answered_s is None:
        return f"{name}, which the server runs, never ended: its result"
    failed = call.timeline.tools[wait.tool].outcome is ToolOutcome.FAILED
    return f"the result of {name}{' (it failed)' if failed else ''}"


def _is_owed(call: ScoredCall, wait: ResultWait) -> bool:
    """Return whether the agent owed words after a tool: not for a hand-over or a no-op."""
    tool = call.timeline.tools[wait.tool].name
    owed = wait.end is not WaitEnd.TOOL
    return owed and _wants_words(call, tool, wait.from_s, wait.until_s)


def _wants_words(call: ScoredCall, tool: str, from_s: float, until_s: float) -> bool:
    kinds = {spec.name: spec.kind for spec in call.suite.tools}
    # An agent that is silent on purpose, or hands over, owes no more words.
    if kinds.get(tool) in (ToolKind.NO_OP, ToolKind.ESCALATE):
        return False
    in_text = any(from_s <= text.at_s <= until_s for text in call.timeline.texts)
    return not in_text and call.scenario.expect.reply != "none"


def _ends_unrecorded(call: ScoredCall, wait: ResultWait) -> bool:
    """Return whether a wait ends with speech whose audio, and so its time, is missing."""
    return bool(missing_agent(call)) or any(
        said.unrecorded and said.span.start_s <= wait.until_s <= said.span.end_s
        for said in call.timeline.agent
    )


def _untimed_tools(call: ScoredCall) -> bool:
    return call.timeline.estimates(Estimate.TOOL_TIMES) or call.timeline.estimates(Estimate.TOOLS)


def how_broken(one: BrokenAnswer) -> str:
    """Return how an answer broke, as a phrase for a report."""
    return _BROKE[one.cause].format(detail=one.detail or "without a reason")


def _breaks(broken: tuple[BrokenAnswer, ...]) -> Iterator[str]:
    """Yield a sentence per kind of break, with its number and first place."""
    by_words: dict[str, list[BrokenAnswer]] = defaultdict(list)
    for one in broken:
        words = how_broken(one)
        by_words[words].append(one)
    for words, each in by_words.items():
        times = f", {len(each)} times" if len(each) > 1 else ""
        yield f"{words} at {clock(each[0].span.start_s)}{times}"


def _good(measured: list[ResultWait], answers: int) -> str:
    told = f"all {answers} answers were whole" if answers > 1 else "the answer was whole"
    slowest = max((wait.took_s for wait in measured), default=None)
    return told if slowest is None else f"{told}, slowest after a tool's result {slowest:.2f} s"


def _silence(wait: ResultWait | ApprovalRequest) -> Evidence:
    # The page plays the evidence: a minute of silence proves no more than its beginning.
    until_s = min(wait.until_s, wait.from_s + _SHOWN_S)
    return Evidence(wait.from_s, until_s, "silence after a result")


def _break(one: BrokenAnswer) -> Evidence:
    return Evidence(one.span.start_s, one.span.end_s, "broken answer")


def _described(one: BrokenAnswer) -> dict[str, Any]:
    return {"cause": one.cause.value, "detail": one.detail, **asdict(one.span)}


def _value(call: ScoredCall, wait: ResultWait) -> MeasuredValue:
    took_s = wait.took_s if wait.end is WaitEnd.HEARD else None
    return MeasuredValue(took_s, of=call.timeline.tools[wait.tool].name, at_s=wait.from_s)


def _phantoms(call: ScoredCall) -> tuple[float, ...]:
    found, length_s = call.timeline.phantom_turns_s, call.timeline.duration_s
    if found is None or not length_s:
        return ()
    return (round(len(found) * 60 / length_s, 3),)
