"""The action of a tool, from its name and description, and whether a text mentions it.

A tool's verb is a verb of its name ("shop.cancel_order", "BookAppointment_v2"), else the first of
its description. Verbs with the same meaning are the same action.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from harness.language.phrasebook import Patterns, matches, name_words, plain, starts
from harness.language.phrases import Action, Actions, ToolEffect, VerbForms

_PREFIX = re.compile(r"__|[.:/]")
_SENTENCE = re.compile(r"[.;\n](?:\s|$)")
_CLAUSE = re.compile(r"(?<![.,;:!?…])[.,;:!?…]+(?=\s|$)|\s[-–—]+\s|[–—]")


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a tool: the actions that it may be, or only its own verb, and its object."""

    actions: tuple[Action, ...]
    own: tuple[VerbForms, ...]
    """Verbs that no action holds, and the verbs from the suite."""
    objects: tuple[str, ...]
    known: bool
    """Whether all usual words for its action are known."""
    switching: tuple[Action, ...] = ()
    """Its actions if an argument decides: turn on, or off."""
    asked: Patterns = field(init=False)
    """Phrases that ask for it."""
    said: Patterns = field(init=False)
    """Phrases that announce or propose it."""
    maybe: Patterns = field(init=False)
    """Phrases that may announce it, if its object is named."""
    announced: Patterns = field(init=False)
    """Its verbs that mean little else after "let me" and "I'll"."""
    done: Patterns = field(init=False)
    """Phrases that claim that it is done."""
    _hash: int = field(init=False, repr=False, compare=False)
    """Computed once: results for texts are looked up by meaning, thousands of times a call."""

    def __post_init__(self) -> None:
        for way in ("asked", "said", "done"):
            ways = (getattr(one, way) for one in (*self.own, *self.actions))
            object.__setattr__(self, way, _joined(ways))
        announced = (one.announced for one in self.actions)
        object.__setattr__(self, "announced", _joined(announced))
        maybe = (*(one.maybe for one in self.actions), *(one.said for one in self.switching))
        object.__setattr__(self, "maybe", _joined(maybe))
        known_by = (self.actions, self.own, self.objects, self.known, self.switching)
        object.__setattr__(self, "_hash", hash(known_by))

    def __hash__(self) -> int:
        """Return the hash of the fields that it is made from."""
        return self._hash


def _joined(patterns: Iterable[Patterns]) -> Patterns:
    return tuple(dict.fromkeys(pattern for some in patterns for pattern in some))


_NEAR_WORDS, _SENTENCE_WORDS = 6, 40


@lru_cache(maxsize=1024)
def meaning_of(
    name: str,
    description: str,
    says: tuple[str, ...],
    effect: ToolEffect,
    actions: Actions,
) -> Meaning:
    """Return the meaning of a tool; ``says`` are the verbs from its suite, which then decide."""
    parts = [name_words(part) for part in _PREFIX.split(name)]
    # The last part of a name is the function: "shop.cancel_order". Single letters are versions
    # ("v").
    words = tuple(word for word in next((p for p in reversed(parts) if p), ()) if len(word) > 1)
    words = actions.in_base_form(words)
    told = tuple(actions.in_base_form(part) for part in _description_words(description))
    objects = _objects(words, told, actions)
    candidates = actions.of(effect)
    if says := tuple(filter(None, map(plain, says))):  # compared with plain texts
        own = tuple(actions.forms(verb) for verb in says)
        found = tuple(a for a in candidates if not a.objects and a.names & set(says))
        return Meaning(found, own, objects, known=True)
    found = _by_name(words, candidates, actions)
    found += tuple(a for a in _by_description(told, candidates, actions) if a not in found)
    own = () if found else _own_verb(words, told, actions)
    if effect in (ToolEffect.READS, ToolEffect.HANDS_OVER):
        found = tuple(dict.fromkeys((*found, candidates[0])))
    if any(action.makes for action in found):
        beside = (more for thing in objects for more in sorted(actions.beside.get(thing, ())))
        made = (thing for action in found for thing in sorted(action.made))
        objects = tuple(dict.fromkeys((*objects, *beside, *made)))
    # A verb that no action holds is known by its own forms only: its absence is no evidence.
    return Meaning(found, own, objects, known=bool(found))


def _by_name(
    words: tuple[str, ...], candidates: tuple[Action, ...], actions: Actions
) -> tuple[Action, ...]:
    """Return the meaning of the verb of a name, or of a noun in its place."""
    pairs = tuple(f"{a} {b}" for a, b in pairwise(words))
    special = [a for a in candidates if a.objects & {*words, *pairs}]
    if by_object := _meant(words, tuple(special)):
        return by_object
    usual = tuple(action for action in candidates if not action.objects)
    for pair in pairs:
        if by_pair := tuple(a for a in usual if pair in a.names):
            return by_pair
    verbs = [word for word in words if any(word in action.names for action in usual)]
    verb = next((word for word in verbs if word not in actions.rather_objects), None)
    if verb is None and not any(w in a.nouns for a in usual for w in words if w not in verbs):
        verb = next(iter(verbs), None)
    named = tuple(action for action in usual if verb in action.names)
    if verb is None or verb in actions.light:
        nouns = words if verb is None else words[words.index(verb) + 1 :]
        things = tuple(
            a for word in nouns for a in usual if word in a.nouns or (verb and word in a.names)
        )
        return tuple(dict.fromkeys((*things, *named)))
    return named


def _meant(words: tuple[str, ...], candidates: tuple[Action, ...]) -> tuple[Action, ...]:
    return tuple(a for a in candidates if any(word in a.names for word in words))


def _description_words(description: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a first sentence, part by part, the last part after a colon first."""
    first = _SENTENCE.split(description.strip(), maxsplit=1)[0]
    return tuple(tuple(plain(part).split()) for part in reversed(first.split(":")))


def _by_description(
    told: tuple[tuple[str, ...], ...], candidates: tuple[Action, ...], actions: Actions
) -> tuple[Action, ...]:
    """Return the meaning of the first verb of a description."""
    for words in told:
        verb, behind = _first_verb(words, actions)
        special = [a for a in candidates if a.objects & set(behind)]
        usual = [a for a in candidates if not a.objects]
        for some in (special, usual):
            pair = " ".join((verb, *behind[:1]))
            for name in (pair, verb):
                if found := tuple(a for a in some if name in a.names or name in a.nouns):
                    return found
    return ()


def _first_verb(words: tuple[str, ...], actions: Actions) -> tuple[str, tuple[str, ...]]:
    """Return the first word after the usual beginnings, and the words after it."""
    at = 0
    while at < len(words) and words[at] in actions.lead_in:
        at += 1
    return (words[at], words[at + 1 :]) if at < len(words) else ("", ())


def _own_verb(
    words: tuple[str, ...], told: tuple[tuple[str, ...], ...], actions: Actions
) -> tuple[VerbForms, ...]:
    """Return the forms of a verb that no action holds: a verb in name and description, or the first
    word of a name that the description does not use as a thing.
    """
    for word in words:
        forms = actions.forms(word)
        if any(_first_verb(part, actions)[0] in forms.words for part in told):
            return (forms,)
    described = {word for part in told for word in part}
    # A name of one word may as well be a noun.
    first = words[0] if len(words) > 1 else None
    if first is None or first in actions.no_objects or first in described:
        return ()
    return (actions.forms(first),)


def _objects(
    words: tuple[str, ...], told: tuple[tuple[str, ...], ...], actions: Actions
) -> tuple[str, ...]:
    """Return the things that a tool is about: in its name, and after its description's verb."""
    verbs = frozenset().union(*(a.names for a in actions.every() if not a.objects))
    behind_it = set(words[1:]) - actions.rather_objects
    things = [w for n, w in enumerate(words) if n or (w not in verbs and len(words) == 1)]
    if words[:1] and words[0] in actions.rather_objects and behind_it & verbs:
        things = [word for word in words if word not in verbs or word == words[0]]
    for part in told[:1]:
        behind: list[str] = []
        for word in _first_verb(part, actions)[1]:
            if word in actions.object_ends:
                break
            behind.append(word)
        things += behind[-1:]
    return tuple(
        dict.fromkeys(
            word
            for word in things
            if word not in actions.no_objects
            and (word not in verbs or word in actions.rather_objects)
        )
    )


def says(text: str, patterns: Patterns) -> bool:
    """Return whether words contain any of the patterns, as they run on or between two pauses."""
    return any(matches(patterns, words) for words in _stretches(text))


@lru_cache(maxsize=16_384)
def _stretches(text: str) -> tuple[str, ...]:
    """Return the words of a text as they run on, then those between its pauses."""
    return tuple(dict.fromkeys((plain(text), *(plain(part) for part in _CLAUSE.split(text)))))


def says_getting(text: str, meaning: Meaning, actions: Actions) -> bool:
    """Return whether words ask for, or promise, the thing that a tool makes."""
    if not any(action.makes for action in meaning.actions) or not meaning.objects:
        return False
    return says(text, _getting(meaning, actions))


@lru_cache(maxsize=1024)
def _getting(meaning: Meaning, actions: Actions) -> Patterns:
    things = "|".join(actions.plurals(thing) for thing in meaning.objects)
    return actions.getting(f"(?:{things})")


def may_say(text: str, meaning: Meaning) -> bool:
    """Return whether words contain a verb for the tool's action that has other uses as well."""
    return says(text, meaning.maybe)


def announces(sentence: str, meaning: Meaning, beginnings: Patterns) -> bool:
    """Return whether a sentence announces the action of a tool."""
    return says(sentence, _announcing(meaning, beginnings))


@lru_cache(maxsize=1024)
def _announcing(meaning: Meaning, beginnings: Patterns) -> Patterns:
    verbs = (*meaning.announced, *(pattern for one in meaning.own for pattern in one.asked))
    begin = "|".join(beginnings)
    return tuple(rf"(?:{begin})(?: [\w']+){{0,2}}? {verb}" for verb in verbs)


def says_object(text: str, meaning: Meaning, actions: Actions) -> bool:
    """Return whether words name the object of a tool."""
    return says(text, _things(meaning, actions))


@lru_cache(maxsize=1024)
def _things(meaning: Meaning, actions: Actions) -> Patterns:
    return tuple(actions.plurals(thing) for thing in meaning.objects)


def says_other(text: str, meaning: Meaning, actions: Actions) -> bool:
    """Return whether words clearly name another change than those of a tool."""
    others = (a for a in actions.changing if a not in meaning.actions)
    return any(says(text, a.said) for a in others if not a.objects and not a.vague)


def says_opposite(text: str, meaning: Meaning, actions: Actions) -> bool:
    """Return whether words begin with a verb of the opposite effect: ends or makes its object."""
    mine = meaning.actions
    if not mine or any(one.vague and not (one.makes or one.ends) for one in mine):
        return False
    ends = {one.ends for one in mine}
    others = (a for a in actions.changing if a not in mine and not a.objects and not a.vague)
    return any(starts(one.asked, text) for one in others if ends == {not one.ends})


def says_only_reading(text: str, actions: Actions) -> bool:
    """Return whether words begin with a verb that only looks something up."""
    reads = any(starts(one.asked, text) for one in actions.reading)
    return reads and not any(starts(one.said, text) for one in actions.changing)


@lru_cache(maxsize=16_384)
def claims(sentence: str, meaning: Meaning, actions: Actions) -> bool:
    """Return whether a sentence claims that a tool's action is done; a question does not."""
    if sentence.rstrip("\"'”’)").endswith("?"):
        return False
    words = plain(sentence)
    done = _done(meaning, actions)
    return matches(done, words) and not matches(_barred(done, actions.unless), words)


@lru_cache(maxsize=16_384)
def claims_by_verb(sentence: str, meaning: Meaning, actions: Actions) -> bool:
    """Return whether a sentence claims, with a verb of the tool, that its action is done."""
    if sentence.rstrip("\"'”’)").endswith("?"):
        return False
    words = plain(sentence)
    barred = _barred(meaning.done, actions.unless, within=_SENTENCE_WORDS)
    return matches(meaning.done, words) and not matches(barred, words)


@lru_cache(maxsize=1024)
def _done(meaning: Meaning, actions: Actions) -> Patterns:
    """Return the phrases which claim that a tool's action is done, or that its thing is."""
    patterns = (*meaning.done, *actions.settled)
    things = _things(meaning, actions)
    return (*patterns, *actions.settled_object(f"(?:{'|'.join(things)})")) if things else patterns


@lru_cache(maxsize=1024)
def _barred(patterns: Patterns, unless: Patterns, *, within: int = _NEAR_WORDS) -> Patterns:
    """Return the same claims after words that cancel them, with up to ``within`` words between."""
    # "not", "once", up to six words before: farther away it is about something else.
    before = "|".join(unless)
    return tuple(f"(?:{before})(?: [^ ]+){{0,{within}}}? (?:{pattern})" for pattern in patterns)
