"""German: what tools do, put together from tables of verbs and nouns, and set phrases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from harness.language.actions import Action, Actions
from harness.language.de.action_tables import SAID
from harness.language.de.nouns import NOUNS
from harness.language.de.verbs import base_forms, verb_forms
from harness.language.en.actions import ENGLISH_ACTIONS
from harness.language.phrasebook import Patterns


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
"""The same of what has a name of its own: "die Sperre ist drin"."""
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
"""Actions whose nouns are also what they make: "your booking" proposes none."""
_GERMAN_PERSONS = _words("mensch menschen mitarbeiter berater kollege person")


def _finished(things: str) -> Patterns:
    """Return how one claims that something is done, by the noun for it."""
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
