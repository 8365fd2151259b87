"""English actions: verb forms, and phrases for tool actions."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.language.phrasebook import Patterns
from harness.language.phrases import (
    Action,
    Actions,
    ActionWords,
    NounRows,
    VerbForms,
    about,
    by_each_word,
)
from harness.language.tables import Tables, Words

_TABLES = Tables(Path(__file__).parent / "actions.toml", {"things": "{things}"})
_VERBS = _TABLES.read(dict[str, frozenset[str]], "verbs")
_CONTEXT = _TABLES.read(dict[str, str], "context")
_NOUNS = _TABLES.fill(NounRows, "nouns")
_NOT_BEHIND = _TABLES.read(dict[str, str], "not_behind")
_IRREGULAR = _TABLES.read(dict[str, Words], "irregular")


def _stem_third(verb: str) -> str:
    if re.search(r"(?:s|x|z|ch|sh|o)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


def _ing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return verb[:-1] + "ing"
    return verb + "ing"


def _ed(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if re.search(r"[^aeiou]y$", verb) else verb + "ed"


def _inflections(verb: str) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return third person, -ing forms, pasts and participles of a word, in all spellings."""
    ing: tuple[str, ...] = (_ing(verb),)
    past: tuple[str, ...] = (_ed(verb),)
    # "cancelled" and "canceled": both spellings are in use.
    double = verb + verb[-1]
    if verb in _VERBS["doubles"]:
        ing, past = (*ing, double + "ing"), (*past, double + "ed")
    participle = past
    if verb in _IRREGULAR:
        forms = _IRREGULAR[verb]
        past, participle = (forms[0],), (forms[-1],)
        if verb == "get":
            participle = ("got", "gotten")
    return _stem_third(verb), ing, past, participle


def verb_forms(phrase: str) -> VerbForms:
    """Return the forms of a verb as a dictionary has it: "cancel", "call off", "set up"."""
    verb, *particles = phrase.split()
    third, ings, pasts, participles = _inflections(verb)
    if not particles:
        return _one_word(verb, third, ings, pasts=pasts, participles=participles)
    end = " ".join(particles)
    # "set it up", but not "bring it up to date".
    behind = rf"{_CONTEXT['gap']} {end}(?! to date)"
    every = rf"(?:{'|'.join(dict.fromkeys((verb, third, *ings, *pasts, *participles)))})"
    return VerbForms(
        words=tuple(f"{form} {end}" for form in (verb, third, *ings, *pasts)),
        asked=(rf"{verb}{behind}",),
        said=(rf"{every}{behind}", rf"{verb}-{end}"),
        done=_done(
            tuple(form + behind for form in pasts), tuple(form + behind for form in participles)
        ),
    )


def _one_word(
    verb: str,
    third: str,
    ings: tuple[str, ...],
    *,
    pasts: tuple[str, ...],
    participles: tuple[str, ...],
) -> VerbForms:
    # "order" and "book" are nouns as well, so as verbs they need a word that shows it.
    noun_too = verb in _VERBS["nouns_too"] and verb not in _VERBS["always"]
    behind = _CONTEXT["no_noun_behind"] if verb in _VERBS["beside_nouns"] else ""
    behind += r"(?= \w)" if verb in _VERBS["qualities"] else ""
    plain = rf"{_CONTEXT['verb_before']}{verb}{behind}" if noun_too else verb
    others = [form + _NOT_BEHIND.get(form, "") for form in ings]
    others += [form for form in (*pasts, *participles) if form != verb]
    if not noun_too:
        others.append(third)
    said = (plain, *(_CONTEXT["no_article"] + form for form in dict.fromkeys(others)))
    return VerbForms(
        words=tuple(dict.fromkeys((verb, third, *ings, *pasts, *participles))),
        asked=(verb,),
        said=said,
        done=_done(pasts, participles),
    )


def _done(pasts: tuple[str, ...], participles: tuple[str, ...]) -> Patterns:
    past = "|".join(dict.fromkeys((*pasts, *participles)))
    participle = "|".join(participles)
    return (
        rf"{_CONTEXT['have']}{_CONTEXT['adverbs']} (?:{past})",
        rf"{_CONTEXT['verb_is']}{_CONTEXT['adverbs']} (?:{participle})",
        rf"^(?:(?:all|successfully|just|okay|ok|great|perfect|done|now|and|so) )*(?:{participle})",
    )


def _actions(table: str) -> tuple[Action, ...]:
    rows = _TABLES.read(dict[str, ActionWords], table)
    return tuple(_action(verb, words) for verb, words in rows.items())


def _action(verb: str, words: ActionWords) -> Action:
    nouns = (*words.things, *words.results)
    action = words.action(
        verb,
        verb_forms,
        loose=_VERBS["loose"],
        said=(
            *(row for one in words.things for row in about(_NOUNS.thing, one)),
            *(row for one in words.results for row in about(_NOUNS.made, one)),
        ),
        done=tuple(about((row,), one)[0] for row in _NOUNS.done for one in nouns),
    )
    return replace(action, nouns=action.nouns | {f"{noun}s" for noun in nouns})


def _plurals(noun: str) -> str:
    """Return an expression for a noun in both numbers, whichever it is given in."""
    for end, stem in (("ies", f"{noun[:-3]}(?:y|ies)"), ("ses", f"{noun[:-2]}(?:es)?")):
        if noun.endswith(end):
            return stem
    if noun.endswith("s") and not noun.endswith("ss"):
        return f"{noun}?"
    return (
        f"{noun[:-1]}(?:y|ies)"
        if noun.endswith("y") and noun[-2:-1] not in "aeiou"
        else f"{noun}(?:s|es)?"
    )


_CHANGING = _actions("changing")

ENGLISH_ACTIONS = _TABLES.fill(
    Actions,
    "actions",
    reading=_actions("reading"),
    handing_over=_actions("handing_over")[0],
    changing=_CHANGING,
    switching=tuple(
        one for verb in ("turn on", "turn off") for one in _CHANGING if one.verb == verb
    ),
    forms=verb_forms,
    beside={
        thing: frozenset(words)
        for thing, words in by_each_word(_TABLES.read(dict[str, Words], "beside")).items()
    },
    plurals=_plurals,
    getting=partial(about, _NOUNS.getting),
    settled_object=partial(about, _NOUNS.settled_object),
)
