"""Builds the dialogue from the timeline: read-backs, proposals and replies.

The caller's words are the scripted text, which is spoken as written. The agent's words are its own
transcript up to the playout position; its values are cross-checked by ASR.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from harness.judging.dialogue.actions import tool_words
from harness.judging.dialogue.argument_paths import exact_kinds, spoken_kinds
from harness.judging.dialogue.model import (
    CallerAnswer,
    Dialogue,
    Proposal,
    Question,
    spoken_responses,
)
from harness.judging.dialogue.proposals import proposals_in
from harness.judging.dialogue.read_backs import KnownValue, known_values, read_backs
from harness.judging.dialogue.self_repairs import as_meant, unclear
from harness.language.consent import read_reply
from harness.language.identifiers import Repair
from harness.language.known_values import exact_places
from harness.language.language import Language
from harness.language.phrasebook import Patterns
from harness.language.questions import is_question
from harness.language.values import ValueKind
from harness.scenario.model import Scenario, Suite
from harness.timeline.lookup import last_until
from harness.timeline.model import CallerTurn, Timeline


@dataclass(frozen=True, slots=True)
class _Sought:
    """The values to search for in the caller's words."""

    kinds: tuple[ValueKind, ...]
    known: tuple[KnownValue, ...]
    """Values that no pattern finds."""
    language: Language
    today: date | None

    def values(self, text: str) -> tuple[tuple[ValueKind, str], ...]:
        """Return pattern matches in a text that are not known values, then the known values."""
        language, today = self.language, self.today
        # The caller's "half past five" is not another time than the argument of a tool call if it
        # may mean that argument.
        there = [k for k in self.known if exact_places(k.given, text, k.kind, language, today)]
        read = (
            (kind, found.value)
            for kind in self.kinds
            for found in language.find(text, kind, today)
            if not any(one.kind is kind and found.may_be(one.value, kind) for one in there)
        )
        return (*read, *((one.kind, one.value) for one in there))


def read(
    timeline: Timeline,
    scenario: Scenario,
    suite: Suite,
    language: Language,
    *,
    today: date | None = None,
) -> Dialogue:
    """Return the conversation as acts; relative days count from ``today``."""
    exact = exact_kinds(scenario, suite, language)
    kinds = tuple(dict.fromkeys((*spoken_kinds(scenario, suite, language), *exact)))
    known = tuple(known_values(timeline, scenario, suite, language))
    responses = spoken_responses(timeline.agent)
    proposals = tuple(
        proposal
        for number, utterance in responses
        for proposal in proposals_in(utterance, number, tools=suite.tools, language=language)
    )
    questions = tuple(
        Question(number, utterance.span.start_s)
        for number, utterance in responses
        if is_question(utterance.claimed_heard, language)
    )
    untold = tuple(one for one in known if not one.patterned)
    sought = _Sought(kinds, untold, language, today)
    proposing = {proposal.utterance for proposal in proposals}
    return Dialogue(
        read_backs=tuple(
            replace(back, asked=True) if number in proposing else back
            for number, utterance in responses
            for back in read_backs(
                utterance, number, kinds=exact, known=known, language=language, today=today
            )
        ),
        proposals=proposals,
        answers=tuple(_answers(timeline, sought, proposals, questions, suite=suite)),
        questions=questions,
    )


def _answers(
    timeline: Timeline,
    sought: _Sought,
    proposals: tuple[Proposal, ...],
    questions: tuple[Question, ...],
    *,
    suite: Suite,
) -> Iterator[CallerAnswer]:
    """Yield the caller's turns, each as an answer to the agent's words and questions before it."""
    before, asked = _SaidBefore(timeline), _Asked(proposals, questions)
    for number, turn in enumerate(timeline.caller):
        if turn.has_words:
            verbs = _open_verbs(turn, asked, suite=suite, language=sought.language)
            yield _answer(turn, number, sought, question=before.words(turn), verbs=verbs)


class _SaidBefore:
    """The agent's words that turns answer."""

    def __init__(self, timeline: Timeline) -> None:
        self._agent = timeline.agent
        self._begun_s = [utterance.span.start_s for utterance in timeline.agent]
        self._spoken_s = [turn.span.start_s for turn in timeline.caller if turn.has_words]

    def words(self, turn: CallerTurn) -> str:
        """Return all words of the agent since its previous answered turn."""
        stop = bisect_left(self._begun_s, turn.span.start_s)
        if not stop:
            return ""
        answered_s = last_until(self._spoken_s, self._begun_s[stop - 1])
        first = bisect_left(self._begun_s, max(0.0, answered_s))
        return " ".join(utterance.claimed_heard for utterance in self._agent[first:stop])


class _Asked:
    """The newest proposals and questions before a moment."""

    def __init__(self, proposals: tuple[Proposal, ...], questions: tuple[Question, ...]) -> None:
        begun: tuple[Proposal | Question, ...] = (*proposals, *questions)
        acts = sorted((act.start_s, act.utterance) for act in begun)
        self._asked_s = [start_s for start_s, _ in acts]
        self._newest = list(accumulate((utterance for _, utterance in acts), max))
        self._proposed: dict[int, set[str]] = {}
        for proposal in proposals:
            self._proposed.setdefault(proposal.utterance, set()).add(proposal.tool)

    def proposed(self, before_s: float) -> Set[str]:
        """Return the tools of the newest proposal; a newer question closes a proposal."""
        asked = bisect_left(self._asked_s, before_s)
        return self._proposed.get(self._newest[asked - 1], set()) if asked else set()


def _open_verbs(turn: CallerTurn, asked: _Asked, *, suite: Suite, language: Language) -> Patterns:
    """Return the verbs of the tools that are proposed when a turn begins."""
    proposed = asked.proposed(turn.span.start_s)
    tools = [tool for tool in suite.tools if tool.name in proposed]
    return tuple(dict.fromkeys(v for tool in tools for v in tool_words(tool, language).verbs))


def _answer(
    turn: CallerTurn, number: int, sought: _Sought, *, question: str, verbs: Patterns
) -> CallerAnswer:
    """Read a caller turn; a slip is no value."""
    text = as_meant(turn.text, sought.kinds, sought.language, sought.today)
    unsure = unclear(text, sought.language)
    values = sought.values(_without(text, unsure))
    # A value that is cut off is no value.
    if turn.cut_off:
        meant = sought.values(turn.intended)
        values = tuple(value for value in values if value in meant)
    reply = read_reply(text, sought.language, question=question, verbs=verbs)
    return CallerAnswer(
        caller=number,
        consent=reply.consent,
        values=tuple(value for _, value in values),
        start_s=turn.span.start_s,
        end_s=turn.span.end_s,
        kinds=tuple(kind for kind, _ in values),
        changes=reply.changes,
        asks=reply.asks,
        unclear=tuple(reading for one in unsure for reading in one.readings),
    )


def _without(text: str, some: tuple[Repair, ...]) -> str:
    """Blank out numbers whose correction is ambiguous."""
    for one in some:
        text = text[: one.start] + "§" * (one.stop - one.start) + text[one.stop :]
    return text
