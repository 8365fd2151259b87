"""German: how callers say what they want, numbers and sums, and where an address begins."""

from __future__ import annotations

import re

from harness.agent.desk.intents import Intent, IntentWords
from harness.agent.desk.order_numbers import NumberWords
from harness.language.language import Language

_ORDER = r"(?:bestellung|auftrag|paket|lieferung|sendung|ware)"
_PERSON = (
    r"(?:mensch(?:en)?|mitarbeiter(?:in)?s?|kolleg(?:e|en|in)|person|berater(?:in)?|jemand(?:em|en)?"
    r"|vorgesetzten?|chef(?:in)?|fachkraft)"
)
_PATTERNS: dict[Intent, str] = {
    Intent.LOOK_UP: (
        rf"\bwo (?:ist|sind|bleibt|steckt)\b.*\b(?:{_ORDER}|sie|es)\b|\bstatus\b|verfolg\w*"
        rf"|\bwann (?:kommt|wird|ist)\b.*\b{_ORDER}|{_ORDER}\b.*\b(?:verspätet|zu spät|noch nicht)"
        rf"|(?:nachsehen|nachschauen|erkundigen|nachfragen|prüfen)\b"
        rf"|\bsuch\w*\b.*\b{_ORDER}|\bverspätet\b|schon wieder zu spät"
    ),
    Intent.CANCEL: r"\bstornier\w*|storno|abbestell\w*|\b(?:bestell\w*\b.*\bab|rückgängig)\b",
    Intent.CHANGE_ADDRESS: (
        r"(?:änder\w*|neu\w*|ander\w*|falsch\w*|umgezogen)\b.*\b(?:liefer)?(?:adresse|anschrift)"
        r"|(?:adresse|anschrift)\b.*\b(?:änder\w*|falsch|neu)|woandershin"
        r"|an eine andere (?:adresse|anschrift)"
    ),
    Intent.REFUND: r"erstatt\w*|geld zurück|zurückzahl\w*|rückzahlung|zurückbekomm\w*",
    Intent.HUMAN: (
        rf"(?:sprech\w*|verbind\w*|red\w*|möchte|will|brauche|geben|holen)\b.*\b{_PERSON}\b"
        rf"|\b{_PERSON},? bitte|durchstell\w*|stellen sie mich\b.*\bdurch"
    ),
    Intent.DANGER: (
        r"\bnotfall|\bbrennt\b|in flammen|rauch\w*\b|explodier\w*|verletz\w*|stromschlag|vergift\w*"
        r"|\b(?:mir|jemandem) etwas antun"
    ),
    Intent.VERY_ANGRY: (
        r"unverschäm\w*|frechheit|unerhört|wütend|stinksauer|anwalt|anzeige\b|verklag\w*|idiot\w*"
        r"|unfähig\w*|skandal\w*|betrug|betrüger\w*|schnauze voll|es reicht mir|mir reicht es"
        r"|das letzte|schlimmste|verdammt|polizei|lächerlich"
    ),
    Intent.ANNOYED: (
        r"\b(?:ver)?ärger\w*|\bgenervt|nervt|frustrier\w*|unzufrieden|enttäusch\w*|nicht zufrieden"
        r"|schon wieder|immer wieder|viel zu lange"
    ),
    Intent.RETRY: r"noch (?:ein)?mal (?:versuchen|probieren)|versuch\w* (?:sie )?es noch|erneut",
    Intent.DETAILS: (
        r"(?:sagen|erzählen) sie mir\b.*\b(?:alles|mehr)|alles über|(?:mehr|alle|weitere) "
        r"(?:details|einzelheiten)|im einzelnen|was (?:können|wissen) sie (?:noch|sonst)"
        r"|wie läuft die lieferung"
    ),
    Intent.REPEAT: r"(?:sagen sie|wiederholen sie) (?:das|es)|wie bitte|was haben sie gesagt",
    Intent.GOODBYE: (r"wieder(?:hören|sehen)|\btschüss?\b|das war(?:'s| es| alles)|schönen tag"),
    Intent.NOTHING_ELSE: (
        r"sonst nichts|nichts (?:mehr|weiter)|nein,? danke|das (?:war|wäre|ist) (?:es|alles)"
    ),
    Intent.GREETING: r"\b(?:guten (?:tag|morgen|abend)|hallo|grüß gott|moin|servus)\b",
    Intent.CORRECTION: (
        r"\b(?:nein|nicht|falsch|entschuldigung|verzeihung|doch|sondern|eigentlich|stattdessen"
        r"|ich meine|ich meinte|irrtum|versehen)\b"
    ),
    Intent.NEVER_MIND: (
        r"vergessen sie(?: es| das)|lassen sie (?:es|das)|schon gut|hat sich erledigt"
        r"|(?:es mir )?anders überlegt|lieber nicht"
    ),
}

_FILLERS = frozenset(
    {
        "äh", "ähm", "hm", "hmm", "mm", "mhm", "oh", "ah", "ach", "so", "und", "die", "der",
        "das", "ein", "es", "ich", "danke", "also", "na",
    }
)  # fmt: skip

GERMAN_INTENTS = IntentWords(
    patterns=_PATTERNS,
    no_human=rf"\b(?:kein\w*|nicht (?:mit|zu) (?:einem|einer)|nicht unbedingt)\s+(?:\w+\s+){{0,2}}"
    rf"{_PERSON}",
    no_cancellation=(
        r"\b(?:nicht|nie|keinesfalls|bitte nicht)\s+(?:\w+\s+){0,2}(?:stornier\w*|abbestell\w*)"
        r"|stornier\w*\s+(?:\w+\s+){0,3}nicht\b"
    ),
    subject=rf"\b{_ORDER}",
    fillers=_FILLERS,
    goes_on=(
        r"\b(?:der|die|den|dem|des|ein|eine|einen|einem|einer|meine?|meinen|meiner)"
        r"|\b(?:von|für|mit|bei|nach|über|unter|zwischen|bis|seit|als|wegen|ins|im|zum|zur)"
        r"|\b(?:und|oder|aber|weil|wenn|dass|ob|damit|also|denn|sondern)"
        r"|\b(?:äh+m?|öh+m?|hm+|na ja|moment|sekunde|sagen wir)"
        r"|\b(?:ich|wir|lautet|heißt|(?:möchte|wollte|würde|könnte|hätte)(?: gerne?)?)"
        r"|(?:nummer|adresse) ist"
        r"|\b(?:minus|strich|bindestrich|punkt)"
    ),
    complete=r"(?:ja|nein|doch)\b,? (?:das|ich|wir) \w+",
)

GERMAN_NUMBER_WORDS = NumberWords(
    sign=(
        r"\d|\b(?:null|eins?|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|minus|strich"
        r"|bindestrich)\b"
    ),
    bare_amount=r"\berstatt\w*\s+(?:\w+\s+){0,3}(\d{1,4}(?:,\d\d)?)\b",
    near_amount=r"((?:\S+\s+){1,2})(?:euro|cent)\b",
    joined=r",? \b(?:und|sowie)\b(?: auch)?",
    currency="Euro",
)

_LEAD_IN = re.compile(
    r"^.*?\b(?:(?:adresse|anschrift),?(?: (?:ist|lautet|soll sein))?"
    r"|(?:liefern|schicken|senden) sie (?:sie|es|das paket) (?:bitte )?(?:an|in|nach)(?: die)?"
    r"|(?:sie|das) (?:ist|lautet)|auf|an|in)\s+(?=\S)",
    re.I,
)


def address_in(text: str, language: Language) -> str | None:
    """Return an address as written: what follows the lead-in, number words as digits."""
    words = _LEAD_IN.sub("", text, count=1).strip(" .,!?").split()
    if len(words) < 2:
        return None
    written = " ".join(_as_digits(word, language) for word in words)
    return re.sub(r"(?<=\b\d) (?=\d\b)", "", written)  # a postcode is said digit by digit


def _as_digits(word: str, language: Language) -> str:
    """Return a number word as figures; what stands behind it stays: "elf," is "11,"."""
    bare = word.rstrip(",.")
    number = language.numbers.parse([bare.lower()])
    return word if number is None or bare.isdigit() else f"{number}{word[len(bare) :]}"
