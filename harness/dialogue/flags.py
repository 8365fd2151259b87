"""Compares a flag of a write with the agreement: on, off, or not mentioned."""

from __future__ import annotations

import re

from harness.dialogue.agreed_words import AgreedWords
from harness.dialogue.leaves import Leaf
from harness.dialogue.value_finding import Standing, ValueFinding
from harness.language.language import Language
from harness.language.phrasebook import matches, name_words, plain
from harness.language.tool_meaning import says


def flag_finding(leaf: Leaf, made: AgreedWords, language: Language) -> ValueFinding:
    """Judge a flag by the words of its argument's name, with or without a negation."""
    wanted = bool(leaf.flag)
    for text in (*reversed(made.later), made.reply, made.proposal):
        told = flag_told(leaf, text, language)
        if told is not None:
            if told is wanted:
                return ValueFinding(leaf, Standing.AGREED)
            # "On" and "off" are unambiguous; other words of a name may mean something else.
            switch = leaf.name in language.actions.switches and not leaf.inner
            sure = switch and _switches_once(text, language)
            standing = Standing.CONTRADICTED if sure else Standing.OPEN
            return ValueFinding(leaf, standing, _part_of(text, leaf, language))
    told, words = _flag_before(leaf, made, language)
    if told is wanted:
        return ValueFinding(leaf, Standing.CARRIED)
    if told and _names_all(leaf, words, language):
        return ValueFinding(leaf, Standing.REPLACED, words)
    return ValueFinding(leaf, Standing.UNSAID if wanted else Standing.IMPLIED)


def _flag_before(leaf: Leaf, made: AgreedWords, language: Language) -> tuple[bool | None, str]:
    """Return the state of a flag in earlier turns, and its words; a no to a question is off."""
    refused = False
    for said in reversed(made.before):
        told = flag_told(leaf, said.text, language)
        if told is not None:
            wanted = told and not (refused and not said.by_caller and "?" in said.text)
            return wanted, said.text
        refused = said.refuses
    return None, ""


def flag_told(leaf: Leaf, text: str, language: Language) -> bool | None:
    """Return whether a text turns a flag on; None if it does not mention the flag.

    A flag is recognized by the words of its name only.
    """
    told: bool | None = None
    details = language.phrases.details
    if leaf.name in language.actions.switches and not leaf.inner:
        return _switched(text, language)
    words = [word for word in name_words(leaf.name) if word not in details.helping]
    opposites = tuple(one for word in words for one in details.opposites.get(word, ()))
    named = tuple(language.actions.plurals(word) for word in words)
    for clause in re.split(details.clauses, text):
        said = plain(clause)
        if matches(opposites, said):
            told = False
        elif named and all(matches((one,), said) for one in named):
            told = re.search(details.unwanted, said) is None
    return told


def _switched(text: str, language: Language) -> bool | None:
    """Return True if a text turns something on, False for off, None for neither or both."""
    told: bool | None = None
    details = language.phrases.details
    for clause in re.split(details.clauses, text):
        on, off = (says(clause, one.asked) for one in language.actions.switching)
        if on is not off:
            told = on and re.search(details.unwanted, plain(clause)) is None
    return told


def _switches_once(text: str, language: Language) -> bool:
    """Whether all clauses that turn something on or off agree."""
    told = {_switched(one, language) for one in re.split(language.phrases.details.clauses, text)}
    return len(told - {None}) == 1


def _names_all(leaf: Leaf, text: str, language: Language) -> bool:
    """Whether a text contains all words of a flag's name: "at the end of the period"."""
    helping = language.phrases.details.helping
    words = [word for word in name_words(leaf.name) if word not in helping]
    named = [(language.actions.plurals(word),) for word in words]
    return bool(named) and all(matches(one, plain(text)) for one in named)


def _part_of(text: str, leaf: Leaf, language: Language) -> str:
    sentences = language.sentences(text)
    return next((s for s in sentences if flag_told(leaf, s, language) is not None), text)
