"""Kinds of the agent's questions, and the words that a reply can repeat from them.

The rules use the text alone. The question decides how a reply is read: "no, that's all" refuses a
proposal and answers "anything else?" without a decision; "three tickets" adds to "shall I buy
tickets?" and changes "two tickets, right?".

``read_question`` returns the last question of a turn, because the reply answers that question. The
``asks_…`` functions for agreement, information and acting consider all sentences of a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from harness.language.language import Language
from harness.language.numbers import with_digits
from harness.language.phrasebook import Asking, Patterns, around, matches, plain, starts, without
from harness.language.values import ValueKind

# Words and values in a form in which a reply can be held against the question before it.

_DIGITS = re.compile(r"\d+")
_AMOUNT = re.compile(r"\d+\.\d\d")
_ALIKE = 5
"""Letters in common at the start that make two forms of the same word: "reserve", "reservation"."""


def content_words(words: str, language: Language) -> frozenset[str]:
    """Return the words with a meaning of their own."""
    return frozenset(without(language.phrases.wishes.small_words, words).split())


def echoed(word: str, words: frozenset[str]) -> bool:
    """Return whether a word is among the words, in whatever form: "booking" is "book"."""
    return word in words or word[:_ALIKE] in _beginnings(words)


@lru_cache(maxsize=1024)
def _beginnings(words: frozenset[str]) -> frozenset[str]:
    """Return how the words begin that may have another form."""
    return frozenset(word[:_ALIKE] for word in words if len(word) >= _ALIKE)


def spoken_values(text: str, language: Language) -> frozenset[str]:
    """Return the numbers and days in words, each in a form that can be compared.

    A number gives itself and, with the word after it, a quantity: "3", "3 ticke".
    """
    wishes = language.phrases.wishes
    # Phrases with a number word that states no value ("one moment") are taken out first.
    words = without(wishes.no_values, plain(text))
    said = with_digits(re.split(r"[ -]", words), language.numbers)
    # Leading zeros are left out, so that "05" and "5" are the same.
    numbers = (number.lstrip("0") for number in _DIGITS.findall(" ".join(said)))
    counted = (
        f"{number} {unit[:_ALIKE]}"
        for number, unit in pairwise(said)
        if number.isdigit() and unit.isalpha() and without(wishes.small_words, unit)
    )
    days = (found.value for found in language.find(text, ValueKind.DATE))
    named = (word for word in words.split() if matches(wishes.named_values, word))
    return frozenset((*numbers, *counted, *days, *named))


def spoken_codes(text: str, language: Language) -> frozenset[str]:
    """Return the codes and amounts in words, in a single form each."""
    kinds = (ValueKind.AMOUNT, ValueKind.ID)
    return frozenset(found.value for kind in kinds for found in language.find(text, kind))


def other_codes(said: frozenset[str], asked: frozenset[str]) -> bool:
    """Return whether a reply has codes of the form of the asked codes, and no part of those.

    All amounts have the same form, and none is a part of another.
    """
    known = any(_same_code(one, other) for one in said for other in asked)
    alike = any(_form(one) == _form(other) for one in said for other in asked)
    return alike and not known


def _same_code(one: str, other: str) -> bool:
    if _AMOUNT.fullmatch(one) and _AMOUNT.fullmatch(other):
        return one == other
    return one in other or other in one


def _form(code: str) -> tuple[bool, ...]:
    return () if _AMOUNT.fullmatch(code) else tuple(letter.isdigit() for letter in code)


def new_values(said: frozenset[str], asked: frozenset[str]) -> frozenset[str]:
    """Return the values of the reply that the question lacks; quantities only of asked units."""
    units = _units(asked)
    return frozenset(v for v in said - asked if " " not in v or v.partition(" ")[2] in units)


@lru_cache(maxsize=1024)
def _units(asked: frozenset[str]) -> frozenset[str]:
    return frozenset(value.partition(" ")[2] for value in asked)


_CLAUSE = re.compile(r"(?<![,;:.!])[,;:.!]+(?=\s)|\s[-–—]+\s|[–—]")


class QuestionKind(Enum):
    """The kind of an agent's question."""

    LEAVE = "leave"
    """Permission to do something, or agreement to a suggestion."""
    READ_BACK = "read_back"
    """Whether a statement is correct; a statement alone has this kind, too."""
    WISHES = "wishes"
    """Whether the caller wants anything else."""
    NEGATIVE = "negative"
    """Whether something is not wanted: a yes and a no both leave it open."""
    CHOICE = "choice"
    """A choice between several things that the agent named."""
    OPEN = "open"
    """A value, and no agreement."""
    UNKNOWN = "unknown"
    """The text has no sentence."""


@dataclass(frozen=True, slots=True)
class AgentQuestion:
    """A question of the agent, with its words and values."""

    kind: QuestionKind
    asked: str
    """The question itself, as ``phrasebook.plain`` returns it."""
    marked: bool
    """Whether a question mark or a phrase marks it as a question."""
    verb: str
    """The verb of the proposed action: the first or last content word after the asking phrase."""
    about: str
    """The text that it refers to, as ``plain`` returns it: for a read-back, the whole text."""
    words: frozenset[str]
    """The content words of ``about``."""
    values: frozenset[str]
    """Numbers and days that the agent states, and that the caller can change."""
    sides: tuple[frozenset[str], frozenset[str]] | None
    """The words of two alternative offers, each without the words that both contain."""
    codes: frozenset[str] = frozenset()
    """Codes and amounts that the agent states."""
    said: frozenset[str] = frozenset()
    """The content words of the agent's whole turn."""
    turned: bool = False
    """Whether a no confirms the statement: "did I get anything wrong?"."""
    minded: bool = False
    """Whether a no gives permission: "do you mind if I move it?"."""
    suits: bool = False
    """Whether it asks if a time or a thing suits: "does that work for you?"."""
    pointed: bool = False
    """Whether it refers to an earlier statement: "shall I book it?"."""
    offers: bool = False
    """Whether it is an offer that the caller may decline as enough: "would you like one?"."""


def read_question(text: str, language: Language) -> AgentQuestion:
    """Return the last question in a text of the agent."""
    asking = language.phrases.asking
    sentences = [(one, plain(one)) for one in language.sentences(text)]
    if not sentences:
        return AgentQuestion(
            QuestionKind.UNKNOWN, "", False, "", "", frozenset(), frozenset(), None
        )
    # A caller replies to the last question, even if statements follow it; without any question,
    # the last statement may be a read-back.
    asks = [one for one in sentences if "?" in one[0] or _asks(one[1], asking)]
    sentence, asked = asks[-1] if asks else sentences[-1]
    # Transcripts may lack punctuation: then phrases decide where the question begins.
    unmarked = "" if "?" in text else _unmarked(asked, language)
    marked = "?" in sentence or bool(unmarked)
    asked = unmarked or asked
    kind = _kind(asked, asking, marked=marked)
    before = matches((*asking.go_ahead, *asking.pointing), asked)
    # "Is that right?" refers to the sentences before it, so the whole text is compared.
    whole = before or kind in (QuestionKind.READ_BACK, QuestionKind.CHOICE)
    about = text if whole else unmarked or sentence
    return AgentQuestion(
        kind=kind,
        asked=asked,
        marked=marked,
        verb=_proposed(asked, language),
        about=plain(about),
        words=content_words(plain(about), language),
        values=spoken_values(about, language),
        sides=_sides(asked, language),
        codes=spoken_codes(about, language),
        said=content_words(plain(text), language),
        turned=_turned(asked, asking),
        minded=matches(asking.minding, asked),
        suits=matches(asking.suiting, asked),
        pointed=before,
        offers=kind is QuestionKind.LEAVE and matches(asking.wanting, asked),
    )


def is_question(text: str, language: Language) -> bool:
    """Return whether a text is a question, by a question mark or by its phrases."""
    return "?" in text or asks_confirmation(text, language)


def offers_next_step(text: str, language: Language) -> bool:
    """Return whether a text states what the agent or the caller can do next: "call us again"."""
    return matches(language.phrases.asking.next_steps, plain(text))


def asks_confirmation(text: str, language: Language) -> bool:
    """Return whether a text asks for permission or a confirmation, with or without a mark."""
    return any(_asks_yes_or_no(one, language) for one in language.sentences(text))


def asks_agreement(text: str, language: Language) -> bool:
    """Return whether a text asks for a yes or a no, or to confirm; not for a fact or a choice."""
    asking = language.phrases.asking
    for sentence in language.sentences(text):
        words = plain(sentence)
        if matches(asking.requests, words) or _asks_yes_or_no(sentence, language):
            return True
        if asks_approval(sentence, language):
            return True
        if "?" not in sentence or matches(asking.informing, words):
            continue
        if not starts(asking.open_questions, words):
            return True
    return False


def asks_to_be_told(text: str, language: Language) -> bool:
    """Return whether a text asks for information, with or without a question mark."""
    informing = language.phrases.asking.informing
    return any(matches(informing, plain(sentence)) for sentence in language.sentences(text))


def asks_a_value(sentence: str, language: Language) -> bool:
    """Return whether a sentence asks for a value or a fact, not for agreement: "for what day?"."""
    asking = language.phrases.asking
    words = plain(sentence)
    if "?" not in sentence or matches(asking.offers, words) or asks_approval(sentence, language):
        return False
    if matches(asking.informing, words):
        return True
    # Up to two words may come before the question word: "okay and what day?".
    begin = re.compile(rf"(?:\w+ ){{0,2}}?(?:{'|'.join(asking.open_questions)})\b")
    return any(begin.match(plain(clause)) for clause in _CLAUSE.split(sentence))


def asks_approval(sentence: str, language: Language) -> bool:
    """Return whether a question asks only for approval: "how does that sound?", "all right?".

    All words of its last clause must be in the vocabulary of approval questions.
    """
    approving = language.phrases.asking.approving
    last = _CLAUSE.split(sentence.strip())[-1]
    words = plain(last).split()
    # A single unknown word makes it a question about something: the answer must then be `review`.
    return "?" in sentence and bool(words) and approving.issuperset(words)


def only_informs(sentence: str, language: Language) -> bool:
    """Return whether a sentence asks for a value, or for more wishes, and not for agreement."""
    if asks_a_value(sentence, language):
        return not asks_which(sentence, language)
    return "?" in sentence and read_question(sentence, language).kind is QuestionKind.WISHES


def asks_leave(text: str, language: Language) -> bool:
    """Return whether a text asks for permission, for any action: "so, shall I?"."""
    asking = language.phrases.asking
    return any(_asks_leave(plain(s), asking.leave, asking) for s in language.sentences(text))


def asks_to_act(text: str, language: Language) -> bool:
    """Return whether a text asks for permission to act, or states an action and asks to confirm it.

    "Would you like the address?" offers information: it does not ask for permission to act.
    """
    asking = language.phrases.asking
    sentences = [plain(one) for one in language.sentences(text)]
    if any(_asks_leave(one, (*asking.unmarked, *asking.go_ahead), asking) for one in sentences):
        return True
    # "I'll cancel the order. Is that right?" asks to act, in two sentences.
    declared = any(matches(asking.declared, one) for one in sentences)
    return declared and asks_confirmation(text, language)


def asks_which(text: str, language: Language) -> bool:
    """Return whether the last question asks which item to take: "which of them shall I book?".

    That asks for permission, too; "which one is yours?" is a choice that asks for none.
    """
    asking = language.phrases.asking
    questions = [one for one in language.sentences(text) if "?" in one]
    if not questions:
        return False
    before, after = around(asking.leave, plain(questions[-1]))
    return after is not None and matches(asking.choosing, before)


def asks_one_of(text: str, language: Language) -> bool:
    """Return whether the last question asks for a choice: "9 AM or 3 PM, which is better?"."""
    asking = language.phrases.asking
    asks = [s for s in language.sentences(text) if "?" in s or asks_to_be_told(s, language)]
    words = plain(asks[-1]) if asks else ""
    either = re.search(asking.alternative, words, re.IGNORECASE) is not None and "?" in asks[-1]
    return either or matches((*asking.choosing, *asking.one_of), words)


def main_question(sentence: str, language: Language) -> str:
    """Return an approval question without its alternative; the sentence itself if it has none.

    "Does that work, or would you like something else?" returns "Does that work?".
    """
    first, *rest = re.split(language.phrases.asking.alternative, sentence, flags=re.IGNORECASE)
    main = f"{first.rstrip(' ,;')}?"
    return main if rest and "?" in sentence and asks_approval(main, language) else sentence


def announces_only(text: str, language: Language) -> bool:
    """Return whether a text has no question mark, and no request outside a recap of the action."""
    recapping = language.phrases.asking.recapping
    sentences = [plain(one) for one in language.sentences(text)]
    rest = [one for one in sentences if not starts(recapping, one)]
    return "?" not in text and not any(
        matches(language.phrases.asking.requests, one) for one in rest
    )


def _asks_yes_or_no(sentence: str, language: Language) -> bool:
    asking, words = language.phrases.asking, plain(sentence)
    return (
        matches((*asking.confirming, *asking.faulting), words)
        or ("?" in sentence and _tagged(words, asking))
        or _asks_leave(words, asking.unmarked, asking)
    )


def _tagged(words: str, asking: Asking) -> bool:
    """Return whether words end in a question tag, which may have two words."""
    *before, last = words.split() or [""]
    # "Isn't it" is a single tag of two words.
    two = " ".join((*before[-1:], last))
    return matches(asking.tags, last) or not without(asking.tags, two)


def _asks_leave(words: str, leave: Patterns, asking: Asking) -> bool:
    before, after = around(leave, words)
    return after is not None and not matches(asking.open_questions, before)


def _turned(asked: str, asking: Asking) -> bool:
    """Return whether a question asks for errors, and not also for a yes.

    "Shall I send it, or is something wrong?" asks for a yes.
    """
    first = re.split(asking.alternative, asked)[0]
    offered = matches(_offering(asking), first) and not matches(asking.faulting, first)
    confirmed = matches(asking.confirming, asked)
    return matches(asking.faulting, asked) and not (confirmed or offered)


def _asks(words: str, asking: Asking) -> bool:
    asks = (asking.leave, asking.go_ahead, asking.more, asking.faulting)
    return any(matches(patterns, words) for patterns in asks)


def _offering(asking: Asking) -> Patterns:
    return (*asking.leave, *asking.offers)


def _unmarked(words: str, language: Language) -> str:
    """Return the final question of a transcript without punctuation, empty if there is none."""
    phrases = language.phrases
    begin = (*_offering(phrases.asking), *phrases.wishes.questioning)
    before, after = around(begin, words)
    asked = ""
    while after is not None:
        asked, words = words[len(before) :].strip(), after
        before, after = around(begin, words)
    return asked


def _kind(asked: str, asking: Asking, *, marked: bool) -> QuestionKind:
    # The order of these tests decides if phrases of several kinds match: the more specific come
    # first.
    if _turned(asked, asking):
        return QuestionKind.READ_BACK
    if matches(asking.minding, asked):
        return QuestionKind.LEAVE
    # "Shall I book it, or is there anything else?" proposes; only the part before the "or"
    # decides.
    first = re.split(asking.alternative, asked)[0]
    offered = matches(_offering(asking), first) and not matches(asking.more, first)
    if matches(asking.more, asked) and (marked or starts(asking.more, asked)) and not offered:
        return QuestionKind.WISHES
    if matches(asking.choosing, asked):
        return QuestionKind.CHOICE
    if matches(asking.negative, asked):
        return QuestionKind.NEGATIVE
    if matches(asking.confirming, asked):
        return QuestionKind.READ_BACK
    if matches(_offering(asking), asked):
        return QuestionKind.LEAVE
    if starts(asking.open_questions, asked):
        return QuestionKind.OPEN
    if not marked or starts(asking.declared, asked):
        return QuestionKind.READ_BACK
    return QuestionKind.READ_BACK if _tagged(asked, asking) else QuestionKind.LEAVE


def _proposed(asked: str, language: Language) -> str:
    asking = language.phrases.asking
    _, behind = around(asking.leave, asked)
    words = without(language.phrases.wishes.small_words, behind or "")
    return words.rpartition(" ")[2] if asking.verb_last else words.partition(" ")[0]


def _sides(asked: str, language: Language) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the words that only one of two offers has, None if there are no alternatives."""
    before, *behind = re.split(language.phrases.asking.alternative, asked)
    if not behind:
        return None
    first = content_words(before, language)
    second = content_words(" ".join(behind), language)
    return first - second, second - first
