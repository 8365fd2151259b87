"""The form of a language's phrase tables, and how their patterns match text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from harness.language.sentences import few_repeats, words

# The literal text that a regular expression needs, so that most searches can be skipped.
#
# A substring search takes a hundredth of the time of a search for an expression with alternatives,
# and most of the phrases of a language are in no given sentence. An expression that is not
# understood here needs no literal: it is always searched.

_PLAIN = re.compile(r"[\w' ]+(?![*?+{])")
_GROUP = re.compile(r"\((?:\?(?::|P<\w+>))?(?!\?)")
_LOOK = re.compile(r"\(\?<?[=!]")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"(?P<times>[*?]|\{[\d,]+\}|(?P<some>\+))[?+]?")
_NOT_LITERAL = frozenset("^$.")


@lru_cache(maxsize=16_384)
def needed_literals(expression: str) -> tuple[str, ...]:
    """Return texts of which every match contains at least one; empty if no such texts are known."""
    try:
        needed, at = _either(expression, 0)
    except _Unknown:
        return ()
    return needed if at == len(expression) else ()


class _Unknown(Exception):
    """A construct that is not read here."""


@dataclass(slots=True)
class _Sequence:
    """The best texts of a sequence so far, and the literal characters since the last gap."""

    best: tuple[str, ...] = ()
    run: str = field(default="")

    def close(self) -> None:
        self.offer((self.run,))
        self.run = ""

    def offer(self, needed: tuple[str, ...]) -> None:
        if _worth(needed) > _worth(self.best):
            self.best = needed


def _worth(needed: tuple[str, ...]) -> int:
    return min((len(one.strip()) for one in needed), default=0)


def _either(expression: str, at: int) -> tuple[tuple[str, ...], int]:
    """Return the literals of alternatives, up to the end or the closing parenthesis."""
    ways: list[tuple[str, ...]] = []
    while True:
        needed, at = _sequence(expression, at)
        ways.append(needed)
        if at == len(expression) or expression[at] == ")":
            break
        at += 1
    together = tuple(dict.fromkeys(one for way in ways for one in way))
    return (together if all(ways) else ()), at


def _sequence(expression: str, at: int) -> tuple[tuple[str, ...], int]:
    read = _Sequence()
    while at < len(expression) and expression[at] not in "|)":
        if plain := _PLAIN.match(expression, at):
            read.run += plain[0]
            at = plain.end()
            continue
        needed, literal, at = _item(expression, at)
        repeat = _REPEAT.match(expression, at)
        if repeat is not None:
            at = repeat.end()
        if repeat is None and literal:
            read.run += literal
            continue
        read.close()
        if repeat is None or repeat["some"]:
            read.offer(needed or (literal,))
    read.close()
    return read.best, at


def _item(expression: str, at: int) -> tuple[tuple[str, ...], str, int]:
    """Return the literals that an item needs, or the literal character that it is, and its end."""
    sign = expression[at]
    if look := _LOOK.match(expression, at):
        return (), "", _closed(expression, _either(expression, look.end())[1])
    if group := _GROUP.match(expression, at):
        needed, at = _either(expression, group.end())
        return needed, "", _closed(expression, at)
    if sign == "[":
        if found := _CLASS.match(expression, at):
            return (), "", found.end()
        raise _Unknown
    if sign == "\\":
        if at + 1 == len(expression):
            raise _Unknown
        after = expression[at + 1]
        return (), "" if after.isalnum() else after, at + 2
    if sign in "(*+?{":
        raise _Unknown
    return (), "" if sign in _NOT_LITERAL else sign, at + 1


def _closed(expression: str, at: int) -> int:
    if at == len(expression):
        raise _Unknown
    return at + 1


Patterns = tuple[str, ...]
"""Regular expressions on lower-case words that are joined by single spaces, whole words only."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How a caller says yes, no and neither; a clause is the text between two pauses."""

    interjections: Patterns
    """Words that answer, or hesitate, alone, also with no pause after them: "yes that's it"."""
    courtesies: Patterns
    """Words next to an answer that do not change it."""
    tags: Patterns
    """Questions after an answer that do not take it back: "cancel it, okay?"."""
    agreeing_alone: Patterns
    """A yes if the clause has no other words."""
    agreeing: Patterns
    """A yes at the start of a clause, whatever follows."""
    contented: Patterns
    """A yes, except after a no, where they decline: "no, that's fine"."""
    liking: Patterns
    """The contented phrases that a caller who has not decided may say of an offer: "nice"."""
    refusing: Patterns
    leaving: Patterns
    """Verbs that refuse unless the agent proposed just that: "keep it"."""
    denying: Patterns
    """Words that make a sentence negative: a no as well, if no other sentence holds a yes."""
    pausing: Patterns
    """Calls to wait: a no, unless the caller then asks something."""
    deferring: Patterns
    """Puts the proposal off: "maybe later"."""
    joining: Patterns
    """Words after which a pause begins no new clause: "sorry, it's five"."""
    sayings: Mapping[str, Patterns]
    """Idioms, by their meaning: "I don't see why not", for "go ahead"."""
    not_minding: Mapping[str, Patterns]
    """The same after "do you mind?": "not at all", for "no"."""
    plainly: Patterns
    """A yes to the words of a question: to "do you mind?" it gives no leave."""
    minding: Patterns
    """How a caller says that they do mind."""
    trailing: Patterns
    """A yes at the end of a clause."""
    reluctant: Patterns
    """A reluctant yes: alone it is no yes and no doubt; it takes no other yes back."""
    sufficient: Patterns
    """Declines an offer, and confirms anything else: "I'm good"."""
    harmless: Patterns
    """Phrases that hold a "no" or an "if" and neither refuse nor put a condition."""
    reasons: Patterns
    """Why a caller who has said yes wants it: they hold a "not" that is not about the question."""
    hedging: Patterns
    """Conditions and doubts: a yes with these is not yet a yes."""
    correcting: Patterns
    """Text around a correction: "nearly, it's the tenth"."""
    unsure: Patterns
    """Doubts and conditions that may contain a "no" themselves and still do not refuse."""
    acknowledging: Patterns
    """Text that makes a "yes" before it a sign of listening: "yes, I heard you"."""
    openings: Patterns
    """The beginnings of a new clause without a pause before it: "great and can you"."""
    value_word: str
    """A word that may replace any number or amount, as an object: "this"."""
    needing: Patterns = ()
    """Says that a thing is still needed: a no if the agent asks to undo it."""
    mending: Patterns = ()
    """Text that takes back a slip in the same breath: "ORD-1, no, sorry, ORD-2"."""
    resuming: Patterns = ()
    """Text that may come with ``mending``, before the correction: "uh, it's"."""
    carrying_on: Patterns = ()
    """How the sentence continues after the correction: "no, 15 dollars *to* your savings"."""
    conceding: Patterns = ()
    """Begins the part that a no leaves open: "not ideal, *but* it will do"."""
    closing: Patterns = ()
    """Says that the caller has no further wish: "that's all"."""
    pronouns: frozenset[str] = frozenset()
    """Refer to the question: "don't do *that*"."""
    because: Patterns = ()
    """Begins a reason, which is no refusal by itself: "since I'm not able to"."""
    forbidding: Patterns = ()
    """Begins a prohibition, after a yes about something else: "don't transfer me"."""
    negating: Patterns = ()
    """Begins a clause that may, after a yes, negate something else: "I don't need a receipt"."""
    ruling_out: Patterns = ()
    """Begins a wish without a thing that the question may hold unsaid: "no onions"."""
    insisting: Patterns = ()
    """Begins a condition after a yes: "but make sure"."""
    contradicting: Patterns = ()
    """Contradicts a negative question: German "doch"."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a caller asks and wishes, and the words that are compared with the agent's question."""

    requesting: Patterns
    """Text that may precede the verb of a request: "could you", "I want you to"."""
    objects: Patterns
    """Text that may follow that verb if the request is just the proposed action."""
    questioning: Patterns
    """How a question or a request for information begins, also without a question mark."""
    retracting: Patterns
    """The beginning of a question that takes a yes back: "what?", "could you repeat that?"."""
    changing: Patterns
    """Words that name something other than the question: "change", "instead"."""
    other: Patterns
    """Says, if the agent asked so, that it is not the named thing: "another", "changed"."""
    preferring: Patterns
    """The ones of ``changing`` that turn down an offer: "I'd prefer the blue one"."""
    staying: Patterns
    """Turns it down for the present state: "I'd rather keep mine"; that is no change."""
    restating: Patterns
    """Repeats a wish: a new value in it was misheard before."""
    contrasting: Patterns
    """Words between the value that is meant and the value that is not: "forty, not fourteen"."""
    giving: Patterns
    """How another detail begins after a "yes, but": "with the blue one"."""
    busy: Patterns
    """Gives the reason why a time does not suit: "I'm at work till three"."""
    setting: Patterns
    """Gives a value: it changes a stated value, or adds to a text without: "make it"."""
    taking_up: Patterns
    """Verbs that ask to carry out the read-back: "book it"."""
    informing: Patterns
    """Verbs that ask for information."""
    inviting: Patterns
    """A sentence of its own that agrees to an offer: "please"."""
    picking: Patterns
    """Names an offer by its place among several: "the first one"."""
    places: Mapping[str, int]
    """Words for the place, from 0 on, the last -1: "second"."""
    stating: Patterns
    """Words that turn a request into a statement: "the tickets are dear"."""
    affirming: Patterns
    """Backchannels that are a yes if the agent asks whether its statement is correct: "right"."""
    opposites: Mapping[str, str]
    """Words to the word that turns the question into its opposite: "with", "without"."""
    undoing: Patterns
    """Words of a question that such a verb would not agree to: "cancel"."""
    no_values: Patterns
    """Phrases with a number word that give no value: "that one"."""
    named_values: Patterns
    """Words that are values, as numbers are: days."""
    small_words: Patterns
    """Words that are no evidence about the proposal if a reply repeats them."""
    articles: frozenset[str]
    """Words that point at a thing: "the"."""
    counting_one: frozenset[str] = frozenset()
    """Words before a single thing of its kind: "a". Two of the thing are another number."""
    several: Patterns = ()
    """Mean several, without a number: "both", "a couple of"."""
    adding: Patterns = ()
    """Words between two things that are asked at once; "both" means them."""
    units: Patterns = ()
    """Words after a number in place of the thing: "two of them"."""
    while_wanted: Patterns = ()
    """As a whole reply, ask for a short while before the action: "two minutes"."""
    restated_before: Patterns = ()
    """The ones of ``restating`` that refer to the words before them, in a language that puts the
    wish first. None in English, in which "that's what I ordered" is a yes."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How an agent asks before it acts; strings are expressions on the text as said."""

    leave: Patterns
    """Asks for leave to do the following action: "shall I"."""
    unmarked: Patterns
    """The ones of ``leave`` that surely ask, even without a question mark: "do you want me to"."""
    declared: Patterns
    """Begins a statement that asks for leave by its tone: "you want me to … ?"."""
    go_ahead: Patterns
    """Asks for leave to do the action stated before: "shall I go ahead"."""
    confirming: Patterns
    """Asks whether a statement is correct: "is that right"."""
    faulting: Patterns
    """Asks whether a statement is wrong: "did I get anything wrong"."""
    faulty: Patterns
    """How a caller says that it is, also after a no: "that's wrong"."""
    minding: Patterns
    """Asks leave so that a no gives it: "do you mind if I"."""
    wanting: Patterns
    """Asks for leave in the form of an offer: "would you like"."""
    choosing: Patterns
    """Asks for a choice among several named things: "which"."""
    one_of: Patterns
    """Asks whether the caller wants any of several things: "would you like one of them?"."""
    circumstance: frozenset[str]
    """Words before a detail that goes with an offer and is no offer itself: "with breakfast"."""
    suiting: Patterns
    """Asks whether a time or a thing suits: "does that work for you"."""
    pointing: Patterns
    """Ends a question about an earlier statement: "shall I book it"."""
    more: Patterns
    """Asks whether there is anything else: no answer to it decides the proposal."""
    negative: Patterns
    """Asks whether something is not wanted: "you don't want"."""
    tags: Patterns
    """Asks the same as the last clause of a question: "…, right?"."""
    requests: Patterns
    """Asks for a yes without a question: "please confirm", "just let me know and I'll …"."""
    offers: Patterns
    """Offers something, or something else: "how about nine?", "what do you say to"."""
    informing: Patterns
    """Asks for information, or offers help: no yes to it agrees to anything."""
    open_questions: Patterns
    """Words before a "should I" that make it ask for something else: "which order should I"."""
    denied: str
    """An action that the agent says it will not take."""
    possible: str
    """An action that is only said to be possible."""
    clause: str
    """The separators of the clauses of a sentence that names several actions."""
    alternative: str
    """The separators of two alternative offers."""
    ruled_out: str
    """Text before a value that is named only to be ruled out."""
    negating: str
    """Plain words before a sentence that turn it into its opposite."""
    keeping: Patterns
    """How a caller takes back an order without a no; they end a retry, they decide no proposal."""
    next_steps: Patterns = ()
    """States the next step that the agent, or the caller, can take: "you can call us again"."""
    approving: frozenset[str] = frozenset()
    """Words of which questions for a plain approval are made: "does that sound all right?"."""
    once_more: Patterns = ()
    """Repeats a failed action: "try again"."""
    states: tuple[frozenset[str], ...] = ()
    """Words for the state of a thing, as results and speakers write them; those of a set are
    alike."""
    in_state: str = r"(?!)"
    """Text before a word that states it: "has been", "is now"."""
    hedging: Patterns = ()
    """Words next to which a statement may not be a statement: "may", "no", "already", "if"."""
    denying: Patterns = ()
    """Words that deny the words next to them."""
    by_agent: str = r"(?!)"
    """Asks whether the agent itself is to do something: "shall I"."""
    own_claim: str = r"(?!)"
    """How a statement about the caller's matter, or about oneself, begins: "your", "I have"."""
    mistaken: Patterns = ()
    """How a caller says that something was wrong."""
    value_requests: Patterns = ()
    """Words that a request for a value names: "number", "spell"."""
    apologizing: Patterns = ()
    """Begins bad news: "unfortunately"."""
    blaming: Patterns = ()
    """Puts a failure on the caller: "you must have given me a wrong number"."""
    maybe_blaming: Patterns = ()
    """May put a failure on the caller: a person must decide."""
    recapping: Patterns = ()
    """Begins an announcement that sums up, and asks no question: "to confirm, I will"."""
    referring: Patterns = ()
    """Words that refer to earlier words: "it", "those"."""
    partial: str = r"(?!)"
    """An expression that ends before a value of which only a part is meant: "half of"."""
    subordinate: Patterns = ()
    """Begins a clause that gives a reason, a time or a condition: "since", "which"."""
    verb_last: bool = False
    """Whether a question has its proposed verb at the end: "soll ich das buchen"."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Phrases of agents while the caller waits that report no progress."""

    fillers: Patterns
    """Words that fill time and describe no action: banned as a whole preamble."""
    stalling: Patterns
    """The fillers that ask for time: banned before a direct answer, too."""
    courtesies: Patterns
    """Whole sentences that are polite, or promise, and describe no action."""
    machinery: Patterns
    """The agent speaks of its tools and not of the effect for the caller."""
    reasoning: Patterns
    """The agent thinks aloud, or speaks of its instructions."""
    guarantees: Patterns
    """The agent promises an outcome that only the result can show."""
    at_work: Patterns = ()
    """Beginnings of sentences by which an agent says that it is looking something up."""
    looked_at: Patterns = ()
    """The rest of such a sentence, if it reports no more than that."""
    closings: Patterns = ()
    """Whole sentences that end a call and report no facts."""


def name_words(identifier: str) -> tuple[str, ...]:
    """Return the words of a name as programs write it: snake_case, camelCase, kebab-case."""
    parted = re.sub(r"([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", identifier)
    return tuple(re.findall(r"[^\W\d_]+", parted.lower()))


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """Return the words in lower case, joined by single spaces."""
    return " ".join(words(text))


@lru_cache(maxsize=16_384)
def matches(patterns: Patterns, plain_text: str) -> bool:
    """Return whether any of the patterns occurs in words as ``plain`` returns them."""
    sought = _sought(patterns)
    # "in" on text takes a hundredth of the time of a search for an expression.
    for literal, some in sought.by_literal:
        if literal in plain_text and any(_alone(one).search(plain_text) for one in some):
            return True
    return bool(sought.others) and _compiled(sought.others).search(plain_text) is not None


def without(patterns: Patterns, plain_text: str) -> str:
    """Return the words without the parts that the patterns match."""
    return " ".join(_compiled(patterns).sub(" ", plain_text).split())


def starts(patterns: Patterns, plain_text: str) -> int:
    """Return how many characters at the start of the words the patterns match, 0 if they do not."""
    found = _compiled(patterns).match(plain_text)
    return 0 if found is None else found.end()


def begins_inside(patterns: Patterns, plain_text: str) -> int:
    """Return the first index after the first word at which the patterns match, 0 if they do not."""
    found = _compiled(patterns).search(plain_text, 1)
    return 0 if found is None else found.start()


def around(patterns: Patterns, plain_text: str) -> tuple[str, str | None]:
    """Return the words before and after the first match; all words and None without a match."""
    found = _compiled(patterns).search(plain_text)
    if found is None:
        return plain_text, None
    return plain_text[: found.start()].strip(), plain_text[found.end() :].strip()


@dataclass(frozen=True, slots=True)
class _Sought:
    """Patterns, sorted by the literals that a text needs before a search is worth its time."""

    by_literal: tuple[tuple[str, Patterns], ...]
    others: Patterns
    """Those that need no literal text."""


@lru_cache(maxsize=4096)
def _sought(patterns: Patterns) -> _Sought:
    by_literal: dict[str, list[str]] = {}
    others: list[str] = []
    for pattern in patterns:
        literals = needed_literals(pattern)
        for literal in literals:
            by_literal.setdefault(literal, []).append(pattern)
        if not literals:
            others.append(pattern)
    return _Sought(
        tuple((literal, tuple(some)) for literal, some in by_literal.items()), tuple(others)
    )


@lru_cache(maxsize=8192)
def _alone(pattern: str) -> re.Pattern[str]:
    """Return the expression of a pattern, on whole words."""
    return re.compile(_on_whole_words((pattern,)))


@lru_cache(maxsize=2048)
def _compiled(patterns: Patterns) -> re.Pattern[str]:
    """Return a single expression for all, on whole words; the longest source is tried first.

    Without patterns it never matches; an empty expression would match anywhere.
    """
    ordered = sorted(patterns, key=len, reverse=True) or ["(?!)"]
    return re.compile(_on_whole_words(ordered))


def _on_whole_words(patterns: Sequence[str]) -> str:
    return rf"\b(?:{'|'.join(map(few_repeats, patterns))})(?!['\w])"
