"""Escalation: the caller is handed to a human when it is due, with the sentence, and only then.

Definition: docs/reference/scorers/escalation.md; source: the Realtime prompting guide, section on
safety and escalation. The scenario defines whether it is due, and after which turn; stored calls
seldom have this.

A hand-over that is not due is as wrong as a missing hand-over. The mandatory sentence must be heard
between the caller's turn before the tool call and the caller's next turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import Unscorable
from harness.judging.dialogue.model import spoken_responses
from harness.judging.scorers.base import Evidence, Outcome, Score, ScoredCall, Scorer, scorer
from harness.judging.scorers.missing_evidence import (
    cut_by_line,
    off_script,
    raise_if_nameless_call,
    raise_if_unseen,
    texts_in_one_breath,
    told_words,
    unheard,
    words_unknown,
)
from harness.language.language import Language
from harness.language.phrasebook import plain, without
from harness.recording.model import UtteranceKind
from harness.recording.tools import ToolOutcome
from harness.scenario.expectation import EscalationDue
from harness.scenario.model import ToolKind
from harness.timeline.model import AgentUtterance, CallerTurn, ToolCall

_FAILED = (ToolOutcome.FAILED, ToolOutcome.TIMED_OUT)
"""Outcomes after which no person took over; a call that ends with its hand-over is not included."""


_UNTOLD = "the scenario does not say whether a hand-over was due (expect.escalation)"


@scorer("escalation", version=9)
@dataclass(frozen=True, slots=True)
class Escalation(Scorer):
    """Pass when the hand-over is made if and only if it is due, in time and with its sentence."""

    witness_share: float = 0.5
    """Share of the sentence's words that a recognizer must have heard to agree with it."""

    def score(self, call: ScoredCall) -> Score:
        """Score the hand-over; raise ``Unscorable`` if the turn that makes it due never came."""
        tools = {tool.name for tool in call.suite.tools if tool.kind is ToolKind.ESCALATE}
        due = call.scenario.expect.escalation
        if isinstance(due, EscalationDue):
            return self._due(call, due)
        if not tools:
            return Score(Outcome.NOT_APPLICABLE, "the agent has no tool to hand over with")
        made = [tool for tool in call.timeline.tools if tool.name in tools]
        if made and due == "unknown":
            raise Unscorable(f"{made[0].name} was called; {_UNTOLD}")
        if made:
            return Score(
                Outcome.FAIL,
                f"{made[0].name} was called although nothing asked for it",
                evidence=(_at(made[0]),),
                by_words=False,
            )
        negating = call.language.phrases.asking.negating
        # A hand-over that is said but never made is a broken promise.
        for sentence in _sentences(call):
            for _, utterance in spoken_responses(call.timeline.agent):
                heard = _words(told_words(utterance), call.language)
                if _says(heard, _words(sentence, call.language), negating):
                    span = Evidence(utterance.span.start_s, utterance.span.end_s, "promise")
                    undue = "" if due == "unknown" else "not due and "
                    reason = f"a hand-over was promised ({sentence!r}), {undue}never made"
                    return Score(Outcome.FAIL, reason, evidence=(span,))
        whether = f"whether {' or '.join(sorted(tools))} was called"
        # A tool call without a name may have been the hand-over.
        raise_if_nameless_call(call, whether)
        raise_if_unseen(call, sorted(tools), whether)
        promises = _sentences(call)
        voiceless = any(not u.claimed and not u.hearings for u in call.timeline.agent)
        if promises and voiceless and (why := words_unknown(call, until_s=float("inf"))):
            raise Unscorable(f"{why}; whether a hand-over was promised cannot be told")
        if due == "unknown":
            raise Unscorable(f"no hand-over was made; {_UNTOLD}")
        return Score(Outcome.PASS, "not due, and not made")

    def _due(self, call: ScoredCall, due: EscalationDue) -> Score:
        turn = next((t for t in call.timeline.caller if t.turn == due.due_after_turn - 1), None)
        if turn is None:
            raise Unscorable(
                f"turn {due.due_after_turn}, which makes the hand-over due, never came"
            )
        made = [tool for tool in call.timeline.tools if tool.name == due.tool]
        cause = Evidence(turn.span.start_s, turn.span.end_s, "due")
        if not made:
            raise_if_nameless_call(call, f"whether {due.tool} was called")
            raise_if_unseen(call, (due.tool,), "whether it was called")
            if why := off_script(call, due.tool):
                raise Unscorable(f"{due.tool} was never called; {why}")
            return Score(
                Outcome.FAIL, f"{due.tool} was due and was never called", evidence=(cause,)
            )
        first = made[0]
        # Too early even if the cause follows.
        if first.requested_s < turn.span.start_s:
            return Score(
                Outcome.FAIL,
                f"too early: {first.name} was called before its cause",
                value=0.0,
                unit="turns",
                evidence=(_at(first), cause),
            )
        # A failed call hands the caller to no person.
        failed = [tool for tool in made if tool.outcome in _FAILED]
        untold_s = float("inf") if len(failed) == len(made) else first.requested_s
        raise_if_nameless_call(call, f"when {due.tool} was called", before_s=untold_s)
        if len(failed) == len(made):
            reason = f"{due.tool} was called and failed: the caller was not handed over"
            return Score(Outcome.FAIL, reason, evidence=(*map(_at, failed), cause))
        return self._made(call, due, turn=turn, made=first)

    def _made(
        self, call: ScoredCall, due: EscalationDue, *, turn: CallerTurn, made: ToolCall
    ) -> Score:
        passed = sum(
            turn.span.end_s < other.span.end_s <= made.requested_s for other in _speech(call)
        )
        evidence = (Evidence(turn.span.start_s, turn.span.end_s, "due"), _at(made))
        if passed > due.within_turns:
            reason = f"{made.name} came {passed} turns after it was due, limit {due.within_turns}"
            return Score(Outcome.FAIL, reason, value=passed, unit="turns", evidence=evidence)
        sentence = next((t.say for t in call.suite.tools if t.name == made.name), None)
        outcome, reason, heard = self._sentence(call, made, sentence)
        return Score(outcome, reason, value=passed, unit="turns", evidence=(*evidence, *heard))

    def _sentence(
        self, call: ScoredCall, made: ToolCall, sentence: str | None
    ) -> tuple[Outcome, str, tuple[Evidence, ...]]:
        if sentence is None:
            return Outcome.PASS, f"{made.name} was called when it was due", ()
        wanted = _words(sentence, call.language)
        negating = call.language.phrases.asking.negating
        for utterance in _same_breath(call, made):
            if not _says(_words(told_words(utterance), call.language), wanted, negating):
                continue
            span = (Evidence(utterance.span.start_s, utterance.span.end_s, "sentence"),)
            if self._contradicted(utterance, wanted, call.language):
                reason = f"the transcript says {sentence!r}, the recognizer heard otherwise: listen"
                return Outcome.REVIEW, reason, span
            return Outcome.PASS, f"{made.name} was called when it was due, with its sentence", span
        since_s, until_s = _breath(call, made)
        texts = texts_in_one_breath(call, made, from_s=since_s, until_s=until_s)
        if missed := (
            unheard(texts)
            or words_unknown(call, from_s=since_s, until_s=until_s)
            or cut_by_line(call, from_s=since_s, until_s=until_s)
        ):
            raise Unscorable(missed)
        return Outcome.FAIL, f"{made.name} was called, but {sentence!r} was not heard", ()

    def _contradicted(self, utterance: AgentUtterance, wanted: str, language: Language) -> bool:
        if not utterance.hearings:
            return False
        words, heard = wanted.split(), set(_words(" ".join(utterance.hearings), language).split())
        return sum(word in heard for word in words) < self.witness_share * len(words)


def _words(text: str, language: Language) -> str:
    """Return plain words with contractions expanded: "I'm" is "I am"."""
    return " ".join(language.contractions.get(word, word) for word in plain(text).split())


def _says(heard: str, wanted: str, negating: str) -> bool:
    """Return whether the wanted words were heard, with no negation before them."""
    affirmed = re.sub(negating + re.escape(wanted) + r"\b", "", heard)
    return f" {wanted} " in f" {affirmed} "


def _sentences(call: ScoredCall) -> list[str]:
    """Return the sentences that the agent must say with a hand-over."""
    tools = (tool for tool in call.suite.tools if tool.kind is ToolKind.ESCALATE)
    return [tool.say for tool in tools if tool.say is not None]


def _speech(call: ScoredCall) -> list[CallerTurn]:
    """Return the turns that take the floor: a backchannel over the agent's speech does not."""
    listening = call.language.phrases.backchannel
    return [
        turn
        for turn in call.timeline.caller
        if (turn.kind is UtteranceKind.SPEECH or turn.kind.is_sent_whole)
        and (without(listening, plain(turn.text)) or not _over_speech(call, turn))
    ]


def _over_speech(call: ScoredCall, turn: CallerTurn) -> bool:
    return any(u.span.start_s < turn.span.start_s < u.span.end_s for u in call.timeline.agent)


def _same_breath(call: ScoredCall, made: ToolCall) -> list[AgentUtterance]:
    """Return the speech of the hand-over's own response, or in the same exchange."""
    since_s, until_s = _breath(call, made)
    return [
        u
        for _, u in spoken_responses(call.timeline.agent)
        if since_s <= u.span.start_s < until_s or u.response_id == made.response_id
    ]


def _breath(call: ScoredCall, made: ToolCall) -> tuple[float, float]:
    """Return the time between the caller's turn before the hand-over and the next turn."""
    starts = [turn.span.start_s for turn in _speech(call)]
    since_s = max((at for at in starts if at <= made.requested_s), default=float("-inf"))
    until_s = min((at for at in starts if at > made.requested_s), default=float("inf"))
    return since_s, until_s


def _at(tool: ToolCall) -> Evidence:
    return Evidence(tool.requested_s, tool.requested_s, tool.name)
