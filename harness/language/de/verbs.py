"""German: the forms of verbs, whose first half may stand behind all else: "ich lege ... an"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from harness.language.actions import VerbForms
from harness.language.phrasebook import Patterns

_SEPARABLE = (
    "zusammen", "zurück", "heraus", "hinaus", "herein", "hinein", "durch", "weiter", "fest", "frei",
    "nach", "raus", "rein", "auf", "aus", "bei", "ein", "fort", "her", "hin", "los", "mit", "vor",
    "weg", "zu", "ab", "an", "um", "bereit", "gut", "statt", "dar", "rückgängig",
)  # fmt: skip
_INSEPARABLE = (
    "be",
    "emp",
    "ent",
    "er",
    "ge",
    "miss",
    "ver",
    "zer",
    "über",
    "unter",
    "wieder",
    "wider",
)
_ALWAYS_JOINED = (
    "überweis",
    "überprüf",
    "übernehm",
    "übermittel",
    "unterbrech",
    "widerruf",
    "wiederhol",
    "umgeh",
    "durchsuch",
    "einig",
    "antwort",
)
"""Stems of which nothing is split off, however they begin."""

_STRONG = {
    "nehm": ("nimm", "nahm", "nomm"), "geb": ("gib", "gab", "geb"), "seh": ("sieh", "sah", "seh"),
    "les": ("lies", "las", "les"), "sprech": ("sprich", "sprach", "sproch"), "schließ": ("schließ",
    "schloss", "schloss"),
    "schieb": ("schieb", "schob", "schob"), "heb": ("heb", "hob", "hob"), "ruf": ("ruf", "rief",
    "ruf"),
    "zieh": ("zieh", "zog", "zog"), "find": ("find", "fand", "fund"), "schreib": ("schreib",
    "schrieb", "schrieb"),
    "trag": ("träg", "trug", "trag"), "halt": ("hält", "hielt", "halt"), "lass": ("läss", "ließ",
    "lass"),
    "geh": ("geh", "ging", "gang"), "steh": ("steh", "stand", "stand"), "bring": ("bring", "bracht",
    "bracht"),
    "send": ("send", "sandt", "sandt"), "weis": ("weis", "wies", "wies"), "brech": ("brich",
    "brach", "broch"),
    "werf": ("wirf", "warf", "worf"), "biet": ("biet", "bot", "bot"), "kenn": ("kenn", "kannt",
    "kannt"),
    "lad": ("läd", "lud", "lad"), "hol": ("hol", "holt", "holt"), "tu": ("tu", "tat", "ta"), "fahr":
    ("fähr", "fuhr", "fahr"),
    "bind": ("bind", "band", "bund"), "treff": ("triff", "traf", "troff"), "beginn": ("beginn",
    "begann", "begonn"),
    "gieß": ("gieß", "goss", "goss"), "schneid": ("schneid", "schnitt", "schnitt"), "leih": ("leih",
    "lieh", "lieh"),
}  # fmt: skip
"""Stems to those of the present, the past and the participle."""

_NO_NOUN = r"(?:(?<!die )(?<!eine )|(?=\w+ (?:ich|wir)\b))"
"""Behind an article stands a noun: "hebe die Sperre auf", but "die sperre ich"."""
_GAP = r"(?: [\w'’.$@€,-]+){0,12}?"
"""What may stand between the halves of a verb, or between it and "have"."""
_ALSO_REFLEXIVE = frozenset({"melden"})
"""Verbs that mean something else of oneself: "ich melde mich"."""
_HAVE = (
    r"(?:habe|hab|(?<=wir )haben|haben(?= wir)|ich hatte|hatte ich|wurde|wurden|worden|ist|sind"
    r"|war|waren|bin|wäre)"
)
_NOT_BETWEEN = (
    r"(?: (?!nicht(?! nur)|kein\w*|nie\b|noch nicht|soll|wenn|sobald)[\w'’.$@€,-]+){0,12}?"
)


@lru_cache(maxsize=1024)
def _split(infinitive: str) -> tuple[str, str, str]:
    """Return what is split off ("an"), the stem ("leg") and the ending ("en") of a verb."""
    ending = "en" if infinitive.endswith("en") else "n" if infinitive.endswith("n") else ""
    bare = infinitive.removesuffix(ending) if ending else infinitive
    if not bare.startswith(_ALWAYS_JOINED):
        for prefix in _SEPARABLE:
            rest = bare.removeprefix(prefix)
            if rest != bare and len(rest) >= 2 and re.search(r"[aeiouäöü]", rest):
                return prefix, rest, ending
    return "", bare, ending


def _participles(prefix: str, stem: str) -> tuple[str, ...]:
    base = next((s for s in sorted(_STRONG, key=len, reverse=True) if stem.endswith(s)), None)
    joined = (
        stem.startswith(_INSEPARABLE)
        and base != stem
        and not stem.startswith(("geb", "geh", "ges"))
    )
    foreign = stem.endswith("ier")
    lead = prefix + ("" if joined or foreign else "ge")
    found = [f"{lead}{stem}t" if not stem.endswith(("t", "d")) else f"{lead}{stem}et"]
    if base is not None:
        third = stem.removesuffix(base) + _STRONG[base][2]
        found = [f"{lead}{third}en", f"{lead}{third}t", f"{lead}{third}"]
    return tuple(found)


def _finite(stem: str) -> str:
    """Return one expression for all forms of a stem without its first half."""
    base = next((s for s in sorted(_STRONG, key=len, reverse=True) if stem.endswith(s)), None)
    stems = {stem}
    if base is not None:
        stems |= {stem.removesuffix(base) + other for other in _STRONG[base][:2]}
    endings = r"(?:e|st|t|en|n|et|est|te|ten|ete|eten|le|re)?"
    return rf"(?:{'|'.join(sorted(stems, key=len, reverse=True))}){endings}"


_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ALSO_NOUNS = frozenset({"teile", "miete", "suche", "frage", "sperre", "ende"})
"""What a tool may be about, where it does not stand first."""


def base_forms(infinitives: Iterable[str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return what puts the verbs of tools into the form of a dictionary, if it is one of these.

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
        later = (w if w in _ALSO_NOUNS else bases.get((w, ""), w) for w in words[1:])
        return tuple(bases.get((w, ""), w) for w in words[:1]) + tuple(later)

    return in_base_form


def _told(stem: str) -> tuple[str, ...]:
    """Return "storniere" and "storniert" of "stornier"."""
    base = next((s for s in sorted(_STRONG, key=len, reverse=True) if stem.endswith(s)), None)
    present = stem if base is None else stem.removesuffix(base) + _STRONG[base][0]
    joint = "e" if present == stem and stem.endswith(("t", "d")) else ""
    third = present if present.endswith("t") and not joint else f"{present}{joint}t"
    return (f"{stem}e", stem, third, present)


@lru_cache(maxsize=1024)
def verb_forms(verb: str) -> VerbForms:
    """Return the forms of a verb as a dictionary has it: "stornieren", "anlegen".

    Words before it belong to it ("rückgängig machen"); of what is no German infinitive, such as
    the English verb of a tool's name, only itself is known.
    """
    *words, infinitive = verb.split()
    if not re.search(r"(?:e[nrl]|rn|ln|un)$", infinitive) or len(infinitive) < 4:
        return VerbForms(words=(verb,), asked=(verb,), said=(verb,), done=())
    prefix, stem, ending = _split(infinitive)
    with_words = f"{' '.join(words)} " if words else ""
    zu = f"{prefix}zu{stem}{ending}" if prefix else f"zu {infinitive}"
    participles = _participles(prefix, stem)
    participle = rf"{with_words}(?:{'|'.join(participles)})"
    finite = _finite(stem)
    behind = f"{_GAP} {prefix}" if prefix else f"{_GAP} {with_words}".rstrip() if words else ""
    last = rf"{with_words}(?:{infinitive}|{zu})"
    if infinitive in _ALSO_REFLEXIVE:
        finite, last = rf"{finite}(?! (?:mich|uns|sich)\b)", rf"(?<!mich )(?<!uns )(?<!sich ){last}"
    joined = (rf"{with_words}{prefix}{finite}",) if prefix or words else ()
    noun = _noun(prefix + stem, infinitive)
    first = rf"{_NO_NOUN}{finite}{behind}"
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
        rf"{_HAVE}{_NOT_BETWEEN} {participle}",
        rf"^(?:(?:so|gut|okay|erfolgreich|soeben|fertig|alles|bereits|schon|gerade) )*{participle}",
        rf"{participle} (?:habe|hab|haben|ist|sind|wurde|wurden)(?: ich| wir)?",
    )
