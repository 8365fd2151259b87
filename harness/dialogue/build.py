"""Timeline to dialogue: read-backs, proposals and replies, from what was heard and what was said.

The caller's words are the script's: the scripted text is what was spoken. The agent's are its own
transcript, as far as it was played; a recognizer that listened is a second witness to its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.dialogue.arguments import exact_kinds, spoken_kinds
from harness.dialogue.model import CallerReply, Dialogue, Proposal, Question, ReadBack
from harness.dialogue.places import said_at
from harness.dialogue.proposals import is_question, proposals_in, values_in
from harness.dialogue.responses import spoken_responses
from harness.dialogue.witness import witness
from harness.language.consent import consent
from harness.language.language import Language
from harness.language.phrasebook import Phrases
from harness.language.values import ValueKind
from harness.recording.model import UtteranceKind
from harness.scenario.model import Scenario, Suite
from harness.timeline.model import AgentUtterance, CallerTurn, Timeline


def read(timeline: Timeline, scenario: Scenario, suite: Suite, language: Language) -> Dialogue:
    """Return the conversation as acts."""
    kinds = spoken_kinds(scenario, suite, language)
    exact = exact_kinds(scenario, suite, language)
    responses = spoken_responses(timeline.agent)
    proposals = tuple(
        proposal
        for number, utterance in responses
        for proposal in proposals_in(
            utterance, number, tools=suite.tools, kinds=kinds, language=language
        )
    )
    questions = tuple(
        Question(number, utterance.span.start_s)
        for number, utterance in responses
        if is_question(utterance.claimed_heard, language.phrases)
    )
    proposing = {proposal.utterance for proposal in proposals}
    return Dialogue(
        read_backs=tuple(
            replace(back, asked=True) if number in proposing else back
            for number, utterance in responses
            for back in _read_backs(utterance, number, kinds=exact, language=language)
        ),
        proposals=proposals,
        replies=tuple(
            _reply(turn, number, kinds=kinds, language=language, verbs=verbs)
            for number, turn in enumerate(timeline.caller)
            if turn.kind is UtteranceKind.SPEECH and turn.span.duration_s > 0
            for verbs in (_open_verbs(turn, proposals, questions, phrases=language.phrases),)
        ),
        questions=questions,
    )


def _open_verbs(
    turn: CallerTurn,
    proposals: tuple[Proposal, ...],
    questions: tuple[Question, ...],
    *,
    phrases: Phrases,
) -> tuple[str, ...]:
    """Return the verbs of what is proposed when a turn begins; a newer question closes it."""
    begun: tuple[Proposal | Question, ...] = (*proposals, *questions)
    asked = [act for act in begun if act.start_s < turn.span.start_s]
    newest = max((act.utterance for act in asked), default=None)
    open_tools = [p.tool for p in proposals if p.utterance == newest]
    return tuple(dict.fromkeys(verb for tool in open_tools for verb in phrases.verbs_of(tool)))


def _ruled_out(before: str, phrases: Phrases) -> bool:
    """Return whether a value is named only to be ruled out, by the words in front of it."""
    return re.search(phrases.asking.ruled_out, before, re.IGNORECASE) is not None


def _read_backs(
    utterance: AgentUtterance, number: int, *, kinds: tuple[ValueKind, ...], language: Language
) -> Iterator[ReadBack]:
    """Yield every exact value that an utterance meant to say and of which something was heard."""
    claimed = " ".join(utterance.claimed.split())
    heard = utterance.claimed_heard
    for kind in kinds:
        for found in language.find(claimed, kind):
            if found.start >= len(heard) or _ruled_out(claimed[: found.start], language.phrases):
                continue
            place = said_at(utterance, found.start, found.stop)
            yield ReadBack(
                utterance=number,
                value=found.value,
                whole=found.stop <= len(heard),
                start_s=place.start_s,
                end_s=place.end_s,
                asked=_asked(heard, found.start, language),
                witness=witness(found.value, kind, utterance.hearings, language),
                kind=kind,
            )


def _asked(heard: str, start: int, language: Language) -> bool:
    """Return whether the caller was asked about a value that begins at ``start``.

    The sentence with the value is a question, or a later one asks to confirm; a question about
    something else ("anything else?") asks nothing about the value.
    """
    at = 0
    for sentence in language.sentences(heard):
        at = heard.index(sentence, at) + len(sentence)
        if at <= start:
            continue
        holds_it = at - len(sentence) <= start
        asks = is_question(sentence, language.phrases)
        if asks and (holds_it or language.phrases.asks_confirmation(sentence)):
            return True
    return False


def _reply(
    turn: CallerTurn,
    number: int,
    *,
    kinds: tuple[ValueKind, ...],
    language: Language,
    verbs: tuple[str, ...],
) -> CallerReply:
    """Read a caller turn; what a cut-off turn holds of a value is no value."""
    values = values_in(turn.text, kinds, language)
    if turn.cut_off:
        meant = values_in(turn.intended, kinds, language)
        values = tuple(value for value in values if value in meant)
    return CallerReply(
        caller=number,
        consent=consent(turn.text, language, verbs),
        values=tuple(value for _, value in values),
        start_s=turn.span.start_s,
        end_s=turn.span.end_s,
        kinds=tuple(kind for kind, _ in values),
    )
