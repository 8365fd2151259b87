"""German actions: verb forms, and phrases for tool actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from harness.language.en.actions import ENGLISH_ACTIONS
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
_VERBS = _TABLES.read(dict[str, Words], "verbs")
_CONTEXT = _TABLES.read(dict[str, str], "context")
_GAP = _CONTEXT["gap"]
_NOUNS = _TABLES.fill(NounRows, "nouns")
_STRONG = _TABLES.read(dict[str, Words], "strong")
_SPOKEN = _TABLES.read(dict[str, ActionWords], "spoken")
# Programs write "loesche" for "lösche": both spellings find the verb.
_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@lru_cache(maxsize=1024)
def _split(infinitive: str) -> tuple[str, str, str]:
    """Return the separable prefix ("an"), the stem ("leg") and the ending ("en") of a verb."""
    ending = "en" if infinitive.endswith("en") else "n" if infinitive.endswith("n") else ""
    bare = infinitive.removesuffix(ending) if ending else infinitive
    # Some verbs only look as if they had a prefix that can be parted from them.
    if not bare.startswith(_VERBS["always_joined"]):
        for prefix in _VERBS["separable"]:
            rest = bare.removeprefix(prefix)
            # A rest without a vowel is no stem: the word only looks as if it had this prefix.
            if rest != bare and len(rest) >= 2 and re.search(r"[aeiouäöü]", rest):
                return prefix, rest, ending
    return "", bare, ending


def _participles(prefix: str, stem: str) -> tuple[str, ...]:
    # The longest strong stem at the end: a prefix does not change how a verb is inflected.
    base = next((s for s in sorted(_STRONG, key=len, reverse=True) if stem.endswith(s)), None)
    joined = (
        stem.startswith(_VERBS["inseparable"])
        and base != stem
        and not stem.startswith(("geb", "geh", "ges"))
    )
    # "storniert", not "gestorniert".
    foreign = stem.endswith("ier")
    lead = prefix + ("" if joined or foreign else "ge")
    # "gebucht", but "geredet": an e between two dentals.
    found = [f"{lead}{stem}t" if not stem.endswith(("t", "d")) else f"{lead}{stem}et"]
    if base is not None:
        third = stem.removesuffix(base) + _STRONG[base][2]
        found = [f"{lead}{third}en", f"{lead}{third}t", f"{lead}{third}"]
    return tuple(found)


def _finite(stem: str) -> str:
    """Return an expression for all forms of a stem without its first half."""
    base = next((s for s in sorted(_STRONG, key=len, reverse=True) if stem.endswith(s)), None)
    stems = {stem}
    if base is not None:
        stems |= {stem.removesuffix(base) + other for other in _STRONG[base][:2]}
    endings = r"(?:e|st|t|en|n|et|est|te|ten|ete|eten|le|re)?"
    return rf"(?:{'|'.join(sorted(stems, key=len, reverse=True))}){endings}"


def base_forms(infinitives: Iterable[str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return a function that puts the verbs of tools into a dictionary form among these.

    Programs write "verschiebe_termin", "termin_loeschen", and describe it by "Verschiebt einen
    Termin", "Sagt einen Termin ab".
    """
    bases: dict[tuple[str, str], str] = {}
    for infinitive in infinitives:
        prefix, stem, _ = _split(infinitive)
        for form in _told(stem) if " " not in infinitive else ():
            bases.setdefault((form, prefix), infinitive)
            bases.setdefault((form.translate(_ASCII), prefix), infinitive)
        bases.setdefault((infinitive.translate(_ASCII), ""), infinitive)

    def in_base_form(words: tuple[str, ...]) -> tuple[str, ...]:
        parted = bases.get((words[0], words[-1])) if len(words) > 1 else None
        if parted is not None:
            return (parted, *words[1:-1])
        later = (w if w in _VERBS["also_nouns"] else bases.get((w, ""), w) for w in words[1:])
        return tuple(bases.get((w, ""), w) for w in words[:1]) + tuple(later)

    return in_base_form


def _told(stem: str) -> tuple[str, ...]:
    """Return "storniere" and "storniert" of "stornier"."""
    base = next((s for s in sorted(_STRONG, key=len, reverse=True) if stem.endswith(s)), None)
    present = stem if base is None else stem.removesuffix(base) + _STRONG[base][0]
    # "redet", but "hält": a strong verb that changes its vowel takes no e.
    joint = "e" if present == stem and stem.endswith(("t", "d")) else ""
    third = present if present.endswith("t") and not joint else f"{present}{joint}t"
    return (f"{stem}e", stem, third, present)


@lru_cache(maxsize=1024)
def verb_forms(verb: str) -> VerbForms:
    """Return the forms of a verb as a dictionary has it: "stornieren", "anlegen".

    Words before it belong to it ("rückgängig machen"); any other verb, such as the English verb of
    a tool's name, has only its own form.
    """
    *words, infinitive = verb.split()
    # German infinitives end in -en, -ern, -eln or -tun. So does an English name such as "cancel",
    # which then has German forms as well.
    if not re.search(r"(?:e[nrl]|rn|ln|un)$", infinitive) or len(infinitive) < 4:
        return VerbForms(words=(verb,), asked=(verb,), said=(verb,), done=())
    prefix, stem, ending = _split(infinitive)
    with_words = f"{' '.join(words)} " if words else ""
    # "abzusagen", "zu stornieren".
    zu = f"{prefix}zu{stem}{ending}" if prefix else f"zu {infinitive}"
    participles = _participles(prefix, stem)
    participle = rf"{with_words}(?:{'|'.join(participles)})"
    finite = _finite(stem)
    behind = f"{_GAP} {prefix}" if prefix else f"{_GAP} {with_words}".rstrip() if words else ""
    last = rf"{with_words}(?:{infinitive}|{zu})"
    if infinitive in _VERBS["also_reflexive"]:
        finite, last = rf"{finite}(?! (?:mich|uns|sich)\b)", rf"(?<!mich )(?<!uns )(?<!sich ){last}"
    joined = (rf"{with_words}{prefix}{finite}",) if prefix or words else ()
    noun = _noun(prefix + stem, infinitive)
    first = rf"{_CONTEXT['no_noun']}{finite}{behind}"
    # Up to six words between the question and its verb at the end: "den Termin am Freitag
    # absagen". Words that negate or restrict the request end the search.
    objects = r"(?:(?!nicht|kein\w*|nie\b|nur\b|aber\b|wenn\b|ob\b)[\w'’.-]{1,60} ){1,6}?"
    return VerbForms(
        words=(infinitive, *participles, *noun) if not words else (verb,),
        asked=(first, last, rf"{objects}{last}$"),
        said=(first, last, participle, *joined, *(f"{with_words}{one}" for one in noun)),
        done=_done(participle),
    )


def _noun(stem: str, infinitive: str) -> tuple[str, ...]:
    return (f"{stem}ung(?:en)?",) if len(stem) > 3 and infinitive.endswith(("n",)) else ()


def _done(participle: str) -> Patterns:
    return (
        rf"{_CONTEXT['have']}{_CONTEXT['not_between']} {participle}",
        rf"^(?:(?:so|gut|okay|erfolgreich|soeben|fertig|alles|bereits|schon|gerade) )*{participle}",
        rf"{participle} (?:habe|hab|haben|ist|sind|wurde|wurden)(?: ich| wir)?",
    )


def _spoken(english: Action) -> Action:
    """Return an action as Germans speak of it, under the names that programs give it."""
    words = _SPOKEN.get(english.verb, ActionWords())
    nouns = "|".join(f"{thing}(?:en|s|es|n|e)?" for thing in words.things) or "(?!)"
    named = words.things and english.verb not in _VERBS["made"]
    action = words.action(
        english.verb,
        verb_forms,
        loose=frozenset(_VERBS["loose"]),
        said=about((*(_NOUNS.thing if named else ()), *_NOUNS.made), nouns),
        done=about(_NOUNS.settled_object, nouns),
    )
    persons = _VERBS["persons"] if "human" in english.objects else ()
    return replace(
        action,
        names=english.names | action.names,
        nouns=english.nouns | action.nouns,
        objects=english.objects.union(persons),
        made=english.made,
        makes=english.makes,
        vague=english.vague,
        ends=english.ends,
    )


_UMLAUTS = str.maketrans({"a": "[aä]", "o": "[oö]", "u": "[uü]"})


def _number(noun: str) -> str:
    """Return an expression for a German noun in both numbers and all cases."""
    if noun.endswith("e"):
        return f"{noun}n?"
    # A plural may change the vowel of a short noun: "Platz", "Plätze".
    stem = noun[-4:].translate(_UMLAUTS) if len(noun) < 6 else noun[-4:]
    return f"{noun[:-4]}{stem}(?:en|e[rs]?|ern?|innen|n|s)?"


_OBJECTS = {
    noun: "|".join(map(_number, german))
    for noun, german in by_each_word(_TABLES.read(dict[str, Words], "objects")).items()
}


@lru_cache(maxsize=1024)
def _plurals(noun: str) -> str:
    """Return an expression for a noun of a tool, in English or German, in both numbers."""
    singular = next(
        (n for n in (noun, noun.removesuffix("s"), noun.removesuffix("es")) if n in _OBJECTS), None
    )
    return f"(?:{_OBJECTS[singular]}|{_number(noun)})" if singular is not None else _number(noun)


def _also(key: str, english: frozenset[str]) -> frozenset[str]:
    """Return English words with the German ones: programs name tools in both."""
    return english | _TABLES.read(frozenset[str], f"also.{key}")


_CHANGING = tuple(_spoken(action) for action in ENGLISH_ACTIONS.changing)

GERMAN_ACTIONS = _TABLES.fill(
    Actions,
    "actions",
    reading=tuple(_spoken(action) for action in ENGLISH_ACTIONS.reading),
    handing_over=_spoken(ENGLISH_ACTIONS.handing_over),
    changing=_CHANGING,
    in_base_form=base_forms(name for words in _SPOKEN.values() for name in words.names),
    switches=_also("switches", ENGLISH_ACTIONS.switches),
    switching=tuple(
        one for verb in ("turn on", "turn off") for one in _CHANGING if one.verb == verb
    ),
    forms=verb_forms,
    light=_also("light", ENGLISH_ACTIONS.light),
    rather_objects=ENGLISH_ACTIONS.rather_objects,
    lead_in=_also("lead_in", ENGLISH_ACTIONS.lead_in),
    no_objects=_also("no_objects", ENGLISH_ACTIONS.no_objects),
    object_ends=_also("object_ends", ENGLISH_ACTIONS.object_ends),
    beside=ENGLISH_ACTIONS.beside,
    plurals=_plurals,
    getting=partial(about, _NOUNS.getting),
    settled_object=partial(about, _NOUNS.settled_object),
)
