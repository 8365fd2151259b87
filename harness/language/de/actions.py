"""German actions: verb forms, and phrases for tool actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from harness.language.de.action_tables import NOUNS, SAID
from harness.language.en.actions import ENGLISH_ACTIONS
from harness.language.phrasebook import Patterns
from harness.language.phrases import Action, Actions, VerbForms

# German: the forms of verbs, whose first half may be the last word: "ich lege ... an".

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
"""Stems that are never split, however they begin."""

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
"""A noun follows an article: "hebe die Sperre auf", but "die sperre ich"."""
_GAP = r"(?: [\w'’.$@€,-]+){0,12}?"
"""Words that may come between the halves of a verb, or between it and "have"."""
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
    """Return the separable prefix ("an"), the stem ("leg") and the ending ("en") of a verb."""
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
    """Return an expression for all forms of a stem without its first half."""
    base = next((s for s in sorted(_STRONG, key=len, reverse=True) if stem.endswith(s)), None)
    stems = {stem}
    if base is not None:
        stems |= {stem.removesuffix(base) + other for other in _STRONG[base][:2]}
    endings = r"(?:e|st|t|en|n|et|est|te|ten|ete|eten|le|re)?"
    return rf"(?:{'|'.join(sorted(stems, key=len, reverse=True))}){endings}"


_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ALSO_NOUNS = frozenset({"teile", "miete", "suche", "frage", "sperre", "ende"})
"""Objects that a tool may have, if they are not the first word."""


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

    Words before it belong to it ("rückgängig machen"); any other verb, such as the English verb of
    a tool's name, has only its own form.
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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PERSON = (
    r"(?:mensch(?:en)?|person|kolleg(?:e|en|in|innen)|mitarbeiter(?:n|in|innen)?|berater(?:n|in)?"
    r"|kundenservice|kundendienst|spezialist(?:en|in)?|fachabteilung|abteilung|experten?"
    r"|vorgesetzten?|chef(?:in)?|(?:werkstatt)?meister(?:in)?|(?:filial|abteilungs)?leiter(?:in)?|team|support|jemand(?:en|em)?|zentrale|sachbearbeiter(?:in)?)"
)
_TO_A_PERSON = (
    rf"(?:verbind|leit|stell|geb|übergeb|hol|reich|verweis)\w*(?: [\w']+){{0,8}}? {_PERSON}",
    rf"{_PERSON} (?:übernimmt|übernehmen|hilft ihnen|kümmert sich|meldet sich)",
    r"verbind\w* (?:ich )?sie", r"(?:stelle|leite)n? (?:ich )?sie(?: \w+){0,3} (?:durch|weiter)",
)  # fmt: skip
_ALSO_SAID: Mapping[str, Patterns] = {
    "look up": (
        r"(?:werf|nehm|wirf)\w*(?: \w+){0,4} (?:blick|augenschein)", r"mach\w* mich schlau",
        r"schau\w*(?: \w+){0,4} (?:ob|was|wann|wo|wie|in|nach|auf|ins)", r"gehe(?: \w+){0,3} durch",
        r"seh\w*(?: \w+){0,3} (?:nach|mir|ob|ins|in)",
    ),
    "escalate": _TO_A_PERSON,
    "hand over": _TO_A_PERSON,
    "refund": (r"geld zurück", r"zurück auf (?:ihr|ihre|das|die) \w+"),
    "block": (r"sperre (?:ein\w*|setzen|veranlassen|einrichten)",),
    "pay": (r"(?:buch|zieh|belast)\w*(?: \w+){0,6} (?:ab|ein|karte|konto)",),
    "change": (r"als (?:ihre[nmrs]? |die |den |das )?neue[nmrs]? (?:\w+ ){0,2}\w+",),
}  # fmt: skip
_ALSO_DONE: Mapping[str, Patterns] = {
    "look up": (r"ich sehe (?:hier |da |dass |schon )?(?:ihr|die|den|das|sie)(?!.* nach\b)",
    r"hier (?:ist|sind|haben wir) (?:die|ihr)", r"da (?:ist|haben wir) (?:sie|er|es|die|ihre?)"),
    "hand over": (r"(?:sie )?(?:werden|wurden) (?:jetzt |nun )?(?:verbunden|weitergeleitet)",),
}  # fmt: skip

_DOING = (
    r"(?:mach|führ|nehm|tätig|veranlass|leit|stell|lös|geb|reich|bearbeit|schließ|bestätig"
    r"|vornehm|durchführ|einleit|auslös)\w*"
    r"|möcht\w*|woll\w*|will|brauch\w*"
)
_ADVERBS = (
    r"(?:(?:jetzt|nun|bereits|schon|soeben|gerade|auch|damit|somit|erfolgreich|für sie|hiermit"
    r"|eben|alles|komplett|vollständig) )*"
)
_FINISHED = (
    r"(?:bestätigt|abgeschlossen|erledigt|fertig|gemacht|durch|durchgeführt|veranlasst"
    r"|eingeleitet|vorgenommen"
    r"|eingetragen|gespeichert|angelegt|aufgegeben|gebucht|reserviert|erfolgt|unterwegs"
    r"|verschickt|versendet|beauftragt"
    r"|ausgeführt|aufgenommen|gesetzt|hinterlegt|erfolgreich|vereinbart|ausgestellt"
    r"|übermittelt|geschafft|perfekt)"
)
_OUT = r"(?:drin|raus(?! aus)|draußen|erfasst|aktiv)"
"""The same of a thing with a name of its own: "die Sperre ist drin"."""
_LOOSE = _words(
    "geben schicken senden holen machen sehen schauen öffnen nehmen finden suchen setzen stellen"
    " bestätigen anbieten vergeben halten rufen laden melden anzeigen teilen"
)
"""Verbs that announce much else: "Ich gebe Ihnen die Nummer"."""


def _rows(text: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    cells: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            cells = {}
            yield line, cells
            continue
        key, *words = line.split()
        cells.setdefault(key, []).extend(word.replace("_", " ") for word in words)


_CELLS = dict(list(_rows(SAID)))


def _spoken(english: Action) -> Action:
    """Return an action as Germans speak of it, under the names that programs give it."""
    cells = _CELLS.get(english.verb, {})
    named = [verb_forms(one) for one in cells.get("names", ())]
    forms = [*named, *(verb_forms(one) for one in cells.get("also", ()))]
    maybe = [verb_forms(one) for one in cells.get("maybe", ())]
    things = cells.get("things", [])
    nouns = "|".join(f"{thing}(?:en|s|es|n|e)?" for thing in things) or "(?!)"
    told = (
        rf"(?:{nouns})(?! ?(?:nummer|gebühr\w*|bedingung\w*|frist|datum|details|richtlinie\w*"
        rf"|kosten)"
        r"|(?: \w+)? auf(?:heben|gehoben)?$)"
    )
    others = (word for one in named for word in one.words[1:])
    return replace(
        english,
        names=english.names | frozenset(cells.get("names", ())),
        nouns=english.nouns | frozenset((*things, *others)),
        asked=tuple(pattern for one in named for pattern in one.asked),
        said=(
            *(pattern for one in forms for pattern in one.said),
            *((told,) if things and english.verb not in _MADE else ()),
            rf"(?:{_DOING})(?: (?!nicht)[\w'.-]+){{0,4}}? (?:{nouns})",
            *_ALSO_SAID.get(english.verb, ()),
        ),
        done=(
            *(pattern for one in forms for pattern in one.done),
            *_finished(nouns),
            *_ALSO_DONE.get(english.verb, ()),
        ),
        announced=tuple(p for one in named if one.words[0] not in _LOOSE for p in one.asked),
        maybe=tuple(pattern for one in maybe for pattern in one.said),
        objects=english.objects | (_GERMAN_PERSONS if "human" in english.objects else frozenset()),
    )


_MADE = frozenset({"place", "buy", "book"})
"""Actions whose nouns are also their results: "your booking" is no proposal."""
_GERMAN_PERSONS = _words("mensch menschen mitarbeiter berater kollege person")


def _finished(things: str) -> Patterns:
    """Return the phrases that claim that an action is done, by its noun."""
    behind = r"(?: (?!nicht|kein\w*|ist\b|wird\b|noch nicht)[\w'.,-]+){0,8}?"
    done = rf"(?:{_FINISHED}|{_OUT})"
    return (
        rf"(?:{things}){behind} (?:ist|sind|wurde|wurden|war|habe ich|haben wir) {_ADVERBS}{done}",
        rf"(?:habe|hab|(?<=wir )haben|haben(?= wir))(?: (?!nicht"
        rf"|kein\w*)[\w'.-]+){{0,5}}? (?:{things})(?: (?!nicht)[\w'.-]+){{0,4}}? {_FINISHED}",
        rf"^(?:\w+ ){{0,3}}(?:{things}) {_FINISHED}",
    )


def _nouns() -> dict[str, str]:
    """Return the expressions for the nouns of tools."""
    found: dict[str, str] = {}
    for line in NOUNS.strip().splitlines():
        english, _, german = line.partition(": ")
        said = "|".join(_number(one) for one in german.split())
        for one in english.split():
            found[one] = f"{found[one]}|{said}" if one in found else said
    return found


_UMLAUTS = str.maketrans({"a": "[aä]", "o": "[oö]", "u": "[uü]"})


def _number(noun: str) -> str:
    """Return an expression for a German noun in both numbers and all cases."""
    if noun.endswith("e"):
        return f"{noun}n?"
    stem = noun[-4:].translate(_UMLAUTS) if len(noun) < 6 else noun[-4:]
    return f"{noun[:-4]}{stem}(?:en|e[rs]?|ern?|innen|n|s)?"


_NOUNS = _nouns()


@lru_cache(maxsize=1024)
def _plurals(noun: str) -> str:
    """Return an expression for a noun of a tool, in English or German, in both numbers."""
    singular = next(
        (n for n in (noun, noun.removesuffix("s"), noun.removesuffix("es")) if n in _NOUNS), None
    )
    return f"(?:{_NOUNS[singular]}|{_number(noun)})" if singular is not None else _number(noun)


_COUNTED = r"(?:ein(?:e[nmrs]?)?|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|zehn|\d+)"
_A = rf"(?:{_COUNTED}|de[nmr]|die|das|ihre?n?|diese[nsmr]?)"
_BETWEEN = r"(?: (?!nicht|kein\w*)[\w'.-]+){0,4}?"


def _getting(things: str) -> Patterns:
    return (
        rf"(?:möchten|wollen|hätten|brauchen|bekommen|nehmen|wünschen|kriegen|mach\w*|nehme"
        rf"|gebe|besorge|will|hätte|brauche)"
        rf"(?: sie| wir| ich| ihnen| mir| gern| gerne| dann| noch| also"
        rf"| bitte)* {_A}{_BETWEEN} {things}",
        rf"^(?:(?:also|gut|okay|dann|und|so) )*{_COUNTED}(?: [\w'-]+){{0,3}}? {things}",
        rf"(?:für sie|ihnen) {_A}{_BETWEEN} {things}",
    )


def _settled_object(things: str) -> Patterns:
    return _finished(things)


_CHANGING = tuple(_spoken(action) for action in ENGLISH_ACTIONS.changing)

GERMAN_ACTIONS = Actions(
    reading=tuple(_spoken(action) for action in ENGLISH_ACTIONS.reading),
    handing_over=_spoken(ENGLISH_ACTIONS.handing_over),
    changing=_CHANGING,
    in_base_form=base_forms(
        name for cells in _CELLS.values() for name in cells.get("names", ())
    ),
    switches=ENGLISH_ACTIONS.switches | _words("aktiv eingeschaltet an"),
    switching=tuple(
        one for verb in ("turn on", "turn off") for one in _CHANGING if one.verb == verb
    ),
    forms=verb_forms,
    light=ENGLISH_ACTIONS.light |
    _words("machen durchführen ausführen vornehmen erstellen anlegen"),
    rather_objects=ENGLISH_ACTIONS.rather_objects,
    lead_in=ENGLISH_ACTIONS.lead_in
    | _words(
        "das dieses diese werkzeug tool funktion dient zum zur um zu ermöglicht erlaubt es dem den"
        " nutzer kunden anrufer agent die der"
    ),
    no_objects=ENGLISH_ACTIONS.no_objects
    | _words(
        "nummer daten details angaben kunde kunden anrufer neu neue neuen neues alle für von der"
        " die das ein eine einen des dem den zu aus in mit und oder seine ihre etwas liste ergebnis"
    ),
    object_ends=ENGLISH_ACTIONS.object_ends
    | _words("für von aus an in mit bei zu auf nach über anhand per durch und oder wenn als am um"),
    beside=ENGLISH_ACTIONS.beside,
    plurals=_plurals,
    getting=_getting,
    settled=(
        rf"(?:das|es|alles|dies)(?: (?:ist|wäre|habe ich|haben wir|wurde)) {_ADVERBS}{_FINISHED}",
        rf"(?:damit|somit|hiermit|nun|jetzt) (?:ist|wäre|wurde) (?:das|es|alles|die \w+) "
        rf"{_ADVERBS}{_FINISHED}",
        rf"(?:habe|hab|haben) (?:ich|wir) {_ADVERBS}{_FINISHED}$",
        rf"ich habe (?:das|es|alles) {_ADVERBS}{_FINISHED}",
        r"^(?:(?:so|schon|alles|und|okay|gut) )*(?:erledigt|fertig|geschafft|gebucht"
        r"|abgeschlossen)$",
        r"(?:ist|wäre) (?:schon |bereits |jetzt |alles )*(?:erledigt|passiert|geschehen)",
        r"hat (?:alles )?(?:geklappt|funktioniert)",
        r"sie sind (?:jetzt |nun |damit )*(?:gebucht|angemeldet|eingetragen|dabei|vorgemerkt)",
    ),
    settled_object=_settled_object,
    unless=(
        r"nichts?", r"kein\w*", r"nie", r"wenn", r"sobald", r"falls", r"bis", r"bevor", r"ehe",
        r"nachdem", r"sofern",
        r"wird", r"werden", r"würde", r"würden", r"soll", r"kann", r"können", r"könnte", r"möchten",
        r"noch nicht", r"müsste", r"bitte bestätigen",
    ),
)  # fmt: skip
