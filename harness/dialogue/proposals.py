"""What the agent proposes to do: the action its words name, the values in them, and the question.

A proposal names the action of a write tool and asks leave for it, in one response: the question
itself names it ("shall I cancel it?"), or asks leave for what was stated before it ("I'll cancel
it. Shall I go ahead?", "... Is that right?"). Words without a question announce, and a question
about something else ("any other questions?") asks nothing. Several actions in one utterance are
several proposals, each with the values of the clauses that name it (all where those hold none).
"""

from __future__ import annotations

import re

from harness.dialogue.actions import Named, claims_done, names_action, names_consequence
from harness.dialogue.model import Proposal
from harness.dialogue.witness import said_at
from harness.language.language import Language
from harness.language.phrasebook import Phrases, around, matches, plain, starts
from harness.language.values import ValueKind
from harness.scenario.model import ToolKind, ToolSpec
from harness.timeline.model import AgentUtterance

Values = tuple[tuple[ValueKind, str], ...]

_PAUSE = re.compile(r"[,;:]+(?=\s)|\s[-–—]+\s|[–—]")


def proposals_in(
    utterance: AgentUtterance,
    number: int,
    *,
    tools: tuple[ToolSpec, ...],
    kinds: tuple[ValueKind, ...],
    language: Language,
) -> tuple[Proposal, ...]:
    """Return one proposal per write tool whose action the utterance names while asking.

    ``number`` is the utterance's index. What the agent meant to say decides that it proposes;
    ``whole`` tells whether the caller heard all of it.
    """
    claimed = " ".join(utterance.claimed.split())
    writes = [tool for tool in tools if tool.kind is ToolKind.WRITE]
    named = [tool for tool in writes if _asks_for(claimed, tool, language)]
    whole = len(utterance.claimed_heard) >= len(claimed)
    place = said_at(utterance, 0, len(claimed))
    heard = utterance.claimed_heard
    return tuple(
        Proposal(
            utterance=number,
            tool=tool.name,
            values=tuple(value for _, value in values),
            whole=whole,
            start_s=place.start_s,
            end_s=place.end_s,
            kinds=tuple(kind for kind, _ in values),
            text=heard,
            consequence=names_consequence(heard, tool, language),
        )
        for tool in named
        for values in (
            _values_for(tool, heard, kinds=kinds, language=language, several=len(named) > 1),
        )
    )


def is_question(text: str, phrases: Phrases) -> bool:
    """Return whether the agent asks the caller for something."""
    return "?" in text or phrases.asks_confirmation(text)


def _asks_for(text: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a question in the text asks leave for what a tool does."""
    phrases = language.phrases
    stated: list[str] = []
    fresh: list[str] = []
    for sentence in language.sentences(text):
        asks = is_question(sentence, phrases)
        if asks and (
            _asks_leave(sentence, tool, language)
            or _asks_to_go_ahead(sentence, (*stated, sentence), tool, language=language)
            or _asks_if_so(sentence, (*fresh, sentence), tool, language=language)
        ):
            return True
        if "?" in sentence:
            # What comes before a question is settled by it: "is that right" is about the rest.
            fresh = []
        elif not claims_done(sentence, tool, language):
            stated.append(sentence)
            fresh.append(sentence)
    return False


def _asks_leave(sentence: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a question asks leave and names the action in the words behind that."""
    asking = language.phrases.asking
    clauses = _PAUSE.split(sentence)
    for place, clause in enumerate(clauses):
        words = plain(clause)
        before, after = around(asking.leave, words)
        if after is None and place == len(clauses) - 1:
            before, after = around(asking.declared, words)
        if after is None or matches(asking.open_questions, before):
            continue
        offered = _offered(" ".join((after, *clauses[place + 1 :])), language)
        if _names(offered, tool, language):
            return True
    return False


def _asks_to_go_ahead(
    sentence: str, stated: tuple[str, ...], tool: ToolSpec, *, language: Language
) -> bool:
    """Return whether a question asks leave for an action that was stated."""
    clauses = _PAUSE.split(sentence)
    asked = any(matches(language.phrases.asking.go_ahead, plain(clause)) for clause in clauses)
    return asked and _names(_offered(" ".join(stated), language), tool, language)


def _asks_if_so(
    sentence: str, stated: tuple[str, ...], tool: ToolSpec, *, language: Language
) -> bool:
    """Return whether a question asks to confirm the statement of an action.

    "You can cancel it. Is that right?" asks to confirm a fact, it proposes nothing.
    """
    asking = language.phrases.asking
    clauses = [plain(clause) for clause in _PAUSE.split(sentence)]
    tagged = starts(asking.tags, clauses[-1]) == len(clauses[-1]) > 0
    if not tagged and not any(matches(asking.confirming, clause) for clause in clauses):
        return False
    offered = _offered(" ".join(stated), language)
    certain = re.sub(asking.possible, " ", offered, flags=re.IGNORECASE)
    return _names(certain, tool, language)


def _offered(text: str, language: Language) -> str:
    """Leave out every action that the agent says it will not take."""
    return re.sub(language.phrases.asking.denied, " ", text, flags=re.IGNORECASE)


def _names(text: str, tool: ToolSpec, language: Language) -> bool:
    return names_action(text, tool, language) is Named.YES


def values_in(text: str, kinds: tuple[ValueKind, ...], language: Language) -> Values:
    """Return every value of the kinds in a text, in the order of the kinds."""
    return tuple((kind, found.value) for kind in kinds for found in language.find(text, kind))


def _values_for(
    tool: ToolSpec,
    text: str,
    *,
    kinds: tuple[ValueKind, ...],
    language: Language,
    several: bool,
) -> Values:
    if several:
        clauses = [
            part
            for sentence in language.sentences(text)
            for part in re.split(language.phrases.asking.clause, sentence, flags=re.IGNORECASE)
        ]
        own = [part for part in clauses if _names(part, tool, language)]
        values = tuple(value for part in own for value in values_in(part, kinds, language))
        if values:
            return values
    return values_in(text, kinds, language)
