"""What the agent proposes to do: the action its words name, the values in them, and the question.

A proposal names the action of a write tool and asks leave for it, in one response: the question
itself names it ("shall I cancel it?"), or asks leave for what was stated before it ("I'll cancel
it. Shall I go ahead?", "... Is that right?"). Words without a question announce, and a question
about something else ("any other questions?") asks nothing. Several actions in one utterance are
several proposals, each with the values of the clauses that name it (all where those hold none).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.dialogue.actions import (
    Named,
    claims_done,
    denies_action,
    names_action,
    names_action_of_it,
    names_object,
    names_other_action,
    names_vaguely,
)
from harness.dialogue.leaves import Leaf
from harness.dialogue.model import Proposal
from harness.dialogue.witness import said_at
from harness.language.language import Language
from harness.language.phrasebook import around, matches, plain, starts
from harness.language.questions import (
    asks_a_value,
    asks_agreement,
    asks_approval,
    asks_leave,
    asks_one_of,
    asks_to_act,
    asks_to_be_told,
    asks_which,
    is_question,
)
from harness.scenario.model import ToolKind, ToolSpec
from harness.timeline.model import AgentUtterance

_SHORT_QUESTION = 8
"""At most so many words are in a question that only checks a value."""

_PAUSE = re.compile(r"[,;:]+(?=\s)|\s[-–—]+\s|[–—]")


def proposals_in(
    utterance: AgentUtterance, number: int, *, tools: tuple[ToolSpec, ...], language: Language
) -> tuple[Proposal, ...]:
    """Return one proposal per write tool whose action the utterance names while asking.

    ``number`` is the utterance's index. What the agent meant to say decides that it proposes.
    """
    claimed = " ".join(utterance.claimed.split())
    start_s = said_at(utterance, 0, len(claimed)).start_s
    return tuple(
        Proposal(number, tool.name, start_s)
        for tool in tools
        if tool.kind is ToolKind.WRITE and asks_for(claimed, tool, language)
    )


class Bearing(Enum):
    """What the agent's words before an answer have to do with a write."""

    PROPOSES = "proposes"
    STATES = "states"
    """No question, but what the caller may answer like one: an announcement, another value."""
    CHOOSES = "chooses"
    """Asks which of several it shall be: naming one agrees to it."""
    MAY = "may"
    """A question that may mean it, as nothing known tells what the tool does."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a write before a turn of the agent, and of its values in that turn."""

    there: Sequence[Leaf]
    """The values that stand in the turn."""
    continues: bool
    """Whether it was proposed before, so that a part of it may be asked again."""
    stated: bool = False
    """Whether the agent's turn before held its values, so that a question may refer to them."""
    requested: bool = False
    """Whether the caller asked for the action, or the turn names its object."""
    whole: bool = False
    """Whether no value that tells what is done is missing in the turn."""
    settled: bool = False
    """Whether the caller asked for the action just before, and told all that is not in the turn."""

    @property
    def telling(self) -> bool:
        """Whether a value of the turn tells what is done."""
        return any(leaf.tells_what for leaf in self.there)


def bearing(
    text: str, tool: ToolSpec, others: Iterable[ToolSpec], language: Language, told: Told
) -> Bearing:
    """Return how what is asked in a text bears on a write of a tool.

    ``others`` are the other tools that write.
    """
    others, there = tuple(others), told.there
    if asks_for(text, tool, language):
        passed = _passed_over(text, tool, others, language)
        return Bearing.MAY if passed else Bearing.PROPOSES
    if there and asks_which(text, language):
        return Bearing.CHOOSES
    if (chosen := _offers_a_choice(text, tool, language, told)) is not None:
        return chosen
    if not asks_agreement(text, language):
        return _stated(text, tool, language, there=there, continues=told.continues)
    open_text = _open(language.sentences(text), tool, language)
    if asked := [other for other in others if asks_for(text, other, language)]:
        return _beside_others(text, tool, asked, language, there=there)
    if told.continues and there:
        return Bearing.PROPOSES
    if told.stated and asks_leave(text, language):
        return Bearing.PROPOSES
    return _asked_otherwise(open_text, tool, language, there=there)


def _offers_a_choice(text: str, tool: ToolSpec, language: Language, told: Told) -> Bearing | None:
    """Return how a question for one of several, or for approval, bears on a write; else None.

    "9 AM or 3 PM, which is better?" and "Friday at three, okay?" name no action: the caller asked
    for it before.
    """
    one_of = asks_one_of(text, language)
    if told.whole and not told.telling and one_of:
        offers = [s for s in language.sentences(text) if not is_question(s, language)]
        offered = any(
            _names(one, tool, language) for one in offers if not asks_to_be_told(one, language)
        )
        return Bearing.CHOOSES if offered else Bearing.NOT
    if told.settled and told.telling and not one_of and _only_checks(text, language):
        return Bearing.PROPOSES
    if not (told.requested and told.telling):
        return None
    if one_of:
        return Bearing.CHOOSES if told.whole else Bearing.MAY
    questions = [one for one in language.sentences(text) if "?" in one]
    approval = bool(questions) and asks_approval(questions[-1], language)
    return Bearing.PROPOSES if approval else None


def _only_checks(text: str, language: Language) -> bool:
    """Whether a turn is a short question for a yes: "three months, all right?"."""
    short = len(plain(text).split()) <= _SHORT_QUESTION
    alone = len(language.sentences(text)) == 1 and "?" in text
    return short and alone and not asks_a_value(text, language)


def _passed_over(text: str, tool: ToolSpec, others: Iterable[ToolSpec], language: Language) -> bool:
    """Whether another tool's action is named behind the last words that name a tool's own.

    "Some people cancel, but I could put it on hold. Would that help?" asks for the hold.
    """
    clauses = [c for s in language.sentences(text) for c in _PAUSE.split(s)]
    others = tuple(others)
    for clause in reversed(clauses):
        if _names(clause, tool, language):
            return False
        if any(_names(clause, other, language) for other in others):
            return not any(names_vaguely(clause, other, language) for other in others)
    return False


def _beside_others(
    text: str,
    tool: ToolSpec,
    asked: Sequence[ToolSpec],
    language: Language,
    *,
    there: Sequence[Leaf],
) -> Bearing:
    """Return how a question bears on a write where its words name other tools that write.

    It may mean the write where nothing tells what the tool does, or the others are named by no more
    than a verb that is said of anything ("change it to Friday?").
    """
    nameless = names_action("", tool, language) is Named.UNKNOWN
    vaguely = all(names_vaguely(text, other, language) for other in asked)
    telling = any(leaf.tells_what for leaf in there)
    return Bearing.MAY if telling and (nameless or vaguely) else Bearing.NOT


def _asked_otherwise(
    text: str, tool: ToolSpec, language: Language, *, there: Sequence[Leaf]
) -> Bearing:
    """Return how a question bears on a write that it names by no verb that is known for it.

    A verb that nobody here knows denies nothing; what is asked to be done to a value of the write,
    or to the tool's object, may be the write.
    """
    asked = asked_for(text, language)
    if any(denies_action(verb, tool, language) for verb in asked):
        return Bearing.NOT
    telling = [leaf for leaf in there if leaf.tells_what]
    other = any(names_other_action(" ".join(verb.split()[:3]), tool, language) for verb in asked)
    if len(there) >= 2 and telling and (len(telling) >= 2 or not other):
        return Bearing.PROPOSES
    if names_action(text, tool, language) is Named.UNKNOWN:
        return Bearing.MAY
    meant = there or names_object(text, tool, language)
    return Bearing.MAY if meant and asks_to_act(text, language) else Bearing.NOT


def _stated(
    text: str, tool: ToolSpec, language: Language, *, there: Sequence[Leaf], continues: bool
) -> Bearing:
    """Return how words without a question bear on a write.

    Values stated anew, after a proposal, continue it: "okay, three tickets then". An announcement
    may be heard as a question. An offer of something else ("how about nine?") does so, too.
    """
    asking = language.phrases.asking
    offers = any(matches(asking.offers, plain(one)) for one in language.sentences(text))
    if "?" in text and not offers:
        return Bearing.NOT
    if continues and there:
        return Bearing.PROPOSES if offers else Bearing.STATES
    named = _names(
        _certain(_open(language.sentences(text), tool, language), language), tool, language
    )
    may = not offers and (len(there) >= 2 or (named and there))
    return Bearing.MAY if may else Bearing.NOT


def asks_for(text: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a text asks leave for what a tool does, or to confirm that it is meant."""
    if _asks_to_confirm(text, tool, language):
        return True
    stated: list[str] = []
    fresh: list[str] = []
    for sentence in language.sentences(text):
        asks = is_question(sentence, language)
        if asks and (
            _asks_leave(sentence, " ".join(stated), tool, language)
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


def _asks_to_confirm(text: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a text requests a yes without a question: "Please confirm: …"."""
    asking, sentences = language.phrases.asking, language.sentences(text)
    if not any(matches(asking.requests, plain(sentence)) for sentence in sentences):
        return False
    return _names(_certain(_open(sentences, tool, language), language), tool, language)


def _open(sentences: Iterable[str], tool: ToolSpec, language: Language) -> str:
    """Return what is not claimed to be done already."""
    return " ".join(s for s in sentences if not claims_done(s, tool, language))


def _asks_leave(sentence: str, stated: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a question asks leave and names the action in the words behind that.

    They may point to the object that was named before: "A work order, then. Shall I raise it?".
    """
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
        if matches(asking.pointing, words) and names_action_of_it(offered, stated, tool, language):
            return True
    return False


def asked_for(text: str, language: Language) -> list[str]:
    """Return what stands behind words that ask leave, or declare: a verb and its objects."""
    asking, found = language.phrases.asking, []
    for sentence in language.sentences(text):
        for clause in _PAUSE.split(sentence):
            words = plain(clause)
            after = around(asking.leave, words)[1] or around(asking.declared, words)[1]
            if after:
                found.append(after)
    return found


def _asks_to_go_ahead(
    sentence: str, stated: tuple[str, ...], tool: ToolSpec, *, language: Language
) -> bool:
    """Return whether a question asks leave for an action that was stated."""
    clauses = _PAUSE.split(sentence)
    asking = language.phrases.asking
    asked = any(matches(asking.go_ahead, plain(clause)) for clause in clauses)
    if asked:
        return _names(_offered(" ".join(stated), language), tool, language)
    if not asks_approval(sentence, language) or matches(asking.confirming, plain(clauses[-1])):
        return False
    return _names(_certain(" ".join(stated), language), tool, language)


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
    return _names(_certain(" ".join(stated), language), tool, language)


def own_clauses(text: str, tool: ToolSpec, others: Iterable[ToolSpec], language: Language) -> str:
    """Return the clauses that are about a tool, nothing where none is about another one.

    A clause is about another tool where it begins with that one's verb, one that names no action
    goes with the clause before it. What comes before the first action is about all of them.
    """
    others, theirs, shared = tuple(others), False, True
    own: list[str] = []
    for sentence in language.sentences(text):
        for clause in re.split(language.phrases.asking.clause, sentence, flags=re.IGNORECASE):
            if _names(clause, tool, language):
                theirs = False
            elif any(_names(" ".join(clause.split()[:3]), other, language) for other in others):
                theirs, shared = True, False
            if not theirs:
                own.append(clause)
    return "" if shared else " ".join(own)


def _offered(text: str, language: Language) -> str:
    """Leave out every action that the agent says it will not take."""
    return re.sub(language.phrases.asking.denied, " ", text, flags=re.IGNORECASE)


def _certain(text: str, language: Language) -> str:
    """Leave out every action that is denied, or only said to be possible."""
    possible = language.phrases.asking.possible
    return re.sub(possible, " ", _offered(text, language), flags=re.IGNORECASE)


def _names(text: str, tool: ToolSpec, language: Language) -> bool:
    return names_action(text, tool, language) is Named.YES
