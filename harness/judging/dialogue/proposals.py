"""Proposals of the agent: the action, its values, and the question for permission.

A proposal names the action of a write tool and asks for permission in the same response: the
question names the action ("shall I cancel it?"), or refers to a statement before it ("I'll cancel
it. Shall I go ahead?", "... Is that right?"). Words without a question are an announcement, and an
unrelated question ("any other questions?") does not ask for permission. Each action in an utterance
is a proposal of its own, with the values of the clauses that name it (all values if those have
none).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.judging.dialogue.actions import (
    Named,
    claims_done,
    denies_action,
    may_name,
    names_action,
    names_action_of_it,
    names_object,
    names_other_action,
    names_vaguely,
    tool_words,
)
from harness.judging.dialogue.argument_paths import Leaf
from harness.judging.dialogue.asr_crosscheck import said_at
from harness.judging.dialogue.mentions import choice_words
from harness.judging.dialogue.model import Proposal
from harness.language.language import Language
from harness.language.phrasebook import around, matches, name_words, plain, starts, without
from harness.language.places import value_places
from harness.language.questions import (
    asks_a_value,
    asks_agreement,
    asks_approval,
    asks_leave,
    asks_one_of,
    asks_to_act,
    asks_to_be_told,
    asks_which,
    content_words,
    echoed,
    is_question,
)
from harness.language.values import ValueKind
from harness.scenario.model import ToolKind, ToolSpec
from harness.timeline.model import AgentUtterance

_PAUSE = re.compile(r"(?<![,;:])[,;:]+(?=\s)|\s[-–—]+\s|[–—]")


def proposals_in(
    utterance: AgentUtterance, number: int, *, tools: tuple[ToolSpec, ...], language: Language
) -> tuple[Proposal, ...]:
    """Return a proposal for each write tool whose action the utterance asks permission for.

    ``number`` is the utterance's index. The agent's own transcript is read, not the recognizer's.
    """
    claimed = " ".join(utterance.claimed.split())
    start_s = said_at(utterance, 0, len(claimed)).start_s
    return tuple(
        Proposal(number, tool.name, start_s)
        for tool in tools
        if tool.kind is ToolKind.WRITE and asks_for(claimed, tool, language)
    )


class Bearing(Enum):
    """How the agent's words before an answer relate to a write."""

    PROPOSES = "proposes"
    STATES = "states"
    """No question, but the caller may answer it like a question: an announcement, another value."""
    CHOOSES = "chooses"
    """Asks the caller to choose from several options: naming an option agrees to it."""
    MAY = "may"
    """A question that may propose it: the tool's action cannot be recognized."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Told:
    """The context of an agent turn: earlier mentions of a write, and its values in the turn."""

    there: Sequence[Leaf]
    """The values that the turn contains."""
    continues: bool
    """Whether the write was proposed before, so that the turn may ask for a part of it again."""
    stated: bool = False
    """Whether the agent's previous turn had the values, so that a question may refer to them."""
    requested: bool = False
    """Whether the caller requested the action, or the turn names its object."""
    whole: bool = False
    """Whether the turn contains every value that describes the action."""
    settled: bool = False
    """Whether the caller just requested the action and gave all values missing in the turn."""

    @property
    def telling(self) -> bool:
        """Whether a value in the turn describes the action."""
        return any(leaf.tells_what for leaf in self.there)


def bearing(
    text: str, tool: ToolSpec, others: Iterable[ToolSpec], language: Language, told: Told
) -> Bearing:
    """Return how the question in a text relates to a write of a tool.

    ``others`` are the other write tools.
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
    """Return how a question for a choice or for approval relates to a write; None for others."""
    one_of = asks_one_of(text, language)
    if told.whole and not told.telling and one_of:
        offers = [s for s in language.sentences(text) if not is_question(s, language)]
        offered = any(
            _names(one, tool, language) for one in offers if not asks_to_be_told(one, language)
        )
        return Bearing.CHOOSES if offered else Bearing.NOT
    if told.settled and told.telling and not one_of and _only_checks(text, tool, told, language):
        return Bearing.PROPOSES
    # "9 AM or 3 PM, which is better?" and "Friday at three, okay?" name no action, because the
    # caller requested it before.
    if not (told.requested and told.telling):
        return None
    if one_of:
        return Bearing.CHOOSES if told.whole else Bearing.MAY
    questions = [one for one in language.sentences(text) if "?" in one]
    approval = bool(questions) and asks_approval(questions[-1], language)
    return Bearing.PROPOSES if approval else None


def _only_checks(text: str, tool: ToolSpec, told: Told, language: Language) -> bool:
    """Whether a turn ends in a question and only checks known values.

    "Three months, all right?" and "Noon. Want it?" do. "Will you be away for three months?" asks
    for information.
    """
    if not text.rstrip().endswith("?") or asks_a_value(text, language):
        return False
    known = frozenset(
        (
            *language.phrases.asking.approving,
            *(word for leaf in told.there for word in name_words(leaf.name)),
            *(word for leaf in told.there for word in plain(leaf.said).split()),
            *tool_words(tool, language).objects,
        )
    )
    words = plain(text)
    for kind in (ValueKind.DATE, ValueKind.TIME, ValueKind.AMOUNT, ValueKind.COUNT):
        for found in reversed(language.find(words, kind)):
            words = f"{words[: found.start]} {words[found.stop :]}"
    words = without(language.phrases.wishes.named_values, words)
    return all(echoed(word, known) for word in content_words(words, language))


def _passed_over(text: str, tool: ToolSpec, others: Iterable[ToolSpec], language: Language) -> bool:
    """Whether another tool's action is named after the last words that name this tool's."""
    clauses = [c for s in language.sentences(text) for c in _PAUSE.split(s)]
    others = tuple(others)
    for clause in reversed(clauses):
        if _names(clause, tool, language):
            return False
        # "Some people cancel, but I could put it on hold. Would that help?" asks about the hold.
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
    """Return how a question relates to a write if its words name other write tools.

    It may still mean the write if the tool's action cannot be recognized, or if the others are
    named only by a generic verb ("change it to Friday?").
    """
    nameless = names_action("", tool, language) is Named.UNKNOWN
    vaguely = all(names_vaguely(text, other, language) for other in asked)
    telling = any(leaf.tells_what for leaf in there)
    return Bearing.MAY if telling and (nameless or vaguely) else Bearing.NOT


def _asked_otherwise(
    text: str, tool: ToolSpec, language: Language, *, there: Sequence[Leaf]
) -> Bearing:
    """Return how a question relates to a write if it has no known verb of the tool."""
    asked = asked_for(text, language)
    if any(denies_action(verb, tool, language) for verb in asked):
        return Bearing.NOT
    telling = [leaf for leaf in there if leaf.tells_what]
    if any(may_name(verb, tool, language) for verb in asked) and any(
        _is_target(leaf, one, tool, language)
        for leaf in there
        for one in language.sentences(text)
        if asks_to_act(one, language)
    ):
        return Bearing.PROPOSES
    other = any(names_other_action(" ".join(verb.split()[:3]), tool, language) for verb in asked)
    if len(there) >= 2 and telling and (len(telling) >= 2 or not other):
        return Bearing.PROPOSES
    if names_action(text, tool, language) is Named.UNKNOWN:
        return Bearing.MAY
    # An unknown verb excludes no action: a request that concerns a value of the write, or the
    # tool's object, may be the write.
    meant = there or names_object(text, tool, language)
    return Bearing.MAY if meant and asks_to_act(text, language) else Bearing.NOT


def _is_target(leaf: Leaf, words: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether words name a value as the new state of the object: "move you to Plus"."""
    objects, new = tool_words(tool, language).objects, language.phrases.details.new_before
    places = value_places(leaf.said, words, leaf.kind, language)
    starts_at = [start for start, _ in places]
    if leaf.choices and (said := choice_words(leaf, str(leaf.given), words, language)):
        starts_at.append(words.find(said))
    return any(word in objects for word in name_words(leaf.name)) and any(
        re.search(new, words[:start], re.IGNORECASE) for start in starts_at
    )


def _stated(
    text: str, tool: ToolSpec, language: Language, *, there: Sequence[Leaf], continues: bool
) -> Bearing:
    """Return how words without a question relate to a write."""
    asking = language.phrases.asking
    offers = any(matches(asking.offers, plain(one)) for one in language.sentences(text))
    if "?" in text and not offers:
        return Bearing.NOT
    # New values after a proposal continue it: "okay, three tickets then". So does an offer of
    # another value: "how about nine?".
    if continues and there:
        return Bearing.PROPOSES if offers else Bearing.STATES
    named = _names(
        _certain(_open(language.sentences(text), tool, language), language), tool, language
    )
    # The caller may take an announcement for a question.
    may = not offers and (len(there) >= 2 or (named and there))
    return Bearing.MAY if may else Bearing.NOT


def asks_for(text: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a text asks permission for a tool's action, or asks to confirm it."""
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
            # A question settles the sentences before it: "is that right" refers to the later ones.
            fresh = []
        elif not claims_done(sentence, tool, language):
            stated.append(sentence)
            fresh.append(sentence)
    return False


def _asks_to_confirm(text: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a text requests confirmation without a question: "Please confirm: …"."""
    asking, sentences = language.phrases.asking, language.sentences(text)
    if not any(matches(asking.requests, plain(sentence)) for sentence in sentences):
        return False
    return _names(_certain(_open(sentences, tool, language), language), tool, language)


def _open(sentences: Iterable[str], tool: ToolSpec, language: Language) -> str:
    """Return the sentences that do not claim the action is already done."""
    return " ".join(s for s in sentences if not claims_done(s, tool, language))


def _asks_leave(sentence: str, stated: str, tool: ToolSpec, language: Language) -> bool:
    """Return whether a question asks for permission and then names the action."""
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
        # It may refer to an object that was named before: "A work order, then. Shall I raise it?".
        if matches(asking.pointing, words) and names_action_of_it(offered, stated, tool, language):
            return True
    return False


def asked_for(text: str, language: Language) -> list[str]:
    """Return the verb and objects after each phrase that asks permission or declares intent."""
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
    """Return whether a question asks permission for an action that was stated before."""
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
    """Return whether a question asks to confirm the statement of an action."""
    asking = language.phrases.asking
    clauses = [plain(clause) for clause in _PAUSE.split(sentence)]
    tagged = starts(asking.tags, clauses[-1]) == len(clauses[-1]) > 0
    if not tagged and not any(matches(asking.confirming, clause) for clause in clauses):
        return False
    # "You can cancel it. Is that right?" asks to confirm a fact and is not a proposal.
    return _names(_certain(" ".join(stated), language), tool, language)


def own_clauses(text: str, tool: ToolSpec, others: Iterable[ToolSpec], language: Language) -> str:
    """Return the clauses that are about a tool; empty if no clause is about another tool.

    A clause is about another tool if it begins with that tool's verb. A clause without an action
    belongs to the action before it. Clauses before the first action belong to all tools.
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
    """Remove every action that the agent says it will not take."""
    return re.sub(language.phrases.asking.denied, " ", text, flags=re.IGNORECASE)


def _certain(text: str, language: Language) -> str:
    """Remove every action that is denied or only possible."""
    possible = language.phrases.asking.possible
    return re.sub(possible, " ", _offered(text, language), flags=re.IGNORECASE)


def _names(text: str, tool: ToolSpec, language: Language) -> bool:
    return names_action(text, tool, language) is Named.YES
