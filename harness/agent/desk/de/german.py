"""The German order desk: sentences, hearing, and words by which prompts ask for behaviour."""

from __future__ import annotations

import re

from harness.agent.desk.de.sayings import GERMAN_LONG_ANSWER, GERMAN_REASONS, GERMAN_SAYINGS
from harness.agent.desk.intents import Intent, IntentWords, NumberWords
from harness.agent.desk.rules import Behaviour, PromptWords
from harness.agent.desk.speech_acts import DeskWords
from harness.agent.desk.toolbox import RecordWords
from harness.language.de.german import GERMAN
from harness.language.language import Language
from harness.language.values import ValueKind

# German: phrases of callers' requests, numbers and sums, and where an address begins.

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
    """Return a number word as figures; the text after it stays: "elf," is "11,"."""
    bare = word.rstrip(",.")
    number = language.numbers.parse([bare.lower()])
    return word if number is None or bare.isdigit() else f"{number}{word[len(bare) :]}"


# German: the words by which instructions ask the desk for a behaviour.

_HUMAN = (
    r"(?:mensch\w*|person\w*|mitarbeiter\w*|kolleg\w*|fachkr\w+|vorgesetzt\w*|eskalier\w*"
    r"|escalat\w*|weiterleit\w*|weiterverbind\w*|übergeb\w*|übergib\w*|verbinde\w*)"
)
_CHANGE = r"(?:stornier|storno|änder|erstatt|schreib|unwiderruf|cancel|change|refund)"
_YES = r"(?:bestätig|zustimm|einverst|einwillig|erlaub|\bja\b|frag\w* .*zuerst|frag\w* vorher)"
_TRIGGERS: dict[Behaviour, str] = {
    Behaviour.PREAMBLE: (
        r"ankündig|bevor du\b.*\b(?:aufruf|nachsieh|nachschau|such)\w*\b.*\b(?:sag|satz)"
        r"|bevor du\b.*\b(?:sag|erklär|kündig)\w*|\bsag\w*\b.*\bwas du\b.*\btu"
        r"|vor jede[mr]\b.*\b(?:aufruf|abfrage|suche)\b.*\b(?:sag|satz)"
    ),
    Behaviour.READ_BACK: (
        r"\b(?:lies|lese|liest)\b.*\b(?:vor|zurück)\b|vorlesen|zeichen für zeichen"
        r"|ziffer für ziffer|buchstabe für buchstabe|wiederhol\w*\b.*\b\w*(?:nummer|wert|mail)"
        r"|(?:nummer|wert|mail)\w*\b.*\bwiederhol\w*"
    ),
    Behaviour.REPEAT_INTERRUPTED: (
        r"(?:unterbr|ins wort fäll)\w*\b.*\b(?:noch ?einmal|erneut|ganze?|wiederhol\w*|lies)"
    ),
    Behaviour.CONFIRM_CHANGES: rf"{_CHANGE}\w*\b.*{_YES}|{_YES}\w*\b.*{_CHANGE}",
    Behaviour.CLARIFY: (
        r"unklar|undeutlich|unverständlich|abgeschnitten|abgebrochen|\brate\b|\braten\b"
        r"|nicht (?:sicher|verst\w+|gehört)|\bfrag\w*\b.*\b(?:nach\b|noch ?einmal|erneut)"
    ),
    Behaviour.ESCALATE_ON_REQUEST: (
        rf"(?:bitte|frag|verlang|wünsch|möchte|will)\w*\b.*\b{_HUMAN}|{_HUMAN}\b.*\b(?:verlang"
        r"|wünsch|möchte|sprechen will)"
    ),
    Behaviour.ESCALATE_ON_ANGER: (
        r"wütend|wut\b|ärger|verärgert|frust|aufgebracht|beleidig|droh|feindselig|beschimpf"
    ),
    Behaviour.ESCALATE_ON_FAILURES: (
        r"(?:zwei|2|zweimal|zweite|mehrer|wiederholt|drei|3)\w*\b.*(?:fehl|scheiter|versuch"
        r"|erfolglos|gescheitert)"
        r"|(?:fehl|scheiter|erfolglos)\w*\b.*(?:zweimal|zwei|2|erneut|wiederholt)"
    ),
    Behaviour.ESCALATE_ON_DANGER: r"sicherheit|gefahr|notfall|verletz|feuer|brand\b",
    Behaviour.ESCALATE_ABOVE_LIMIT: (
        r"(?:erstatt|betrag|auszahl)\w*\b.*\b(?:über|mehr als|oberhalb|höher)\b"
        r"|(?:über|mehr als|oberhalb)\b.*\b(?:erstatt\w*|euro)"
    ),
    Behaviour.QUIET_ON_BACKGROUND: (
        r"(?:stille|schweig|hintergrund|geräusch|lärm|musik|fernseh|niemand)\w*\b.*"
        r"(?:wait_for_user|\bnichts\b|still|warte|nicht (?:antworte|reagier|sprich))"
        r"|(?:wait_for_user|\bnichts\b|nicht (?:antworte|reagier|sprich))\b.*"
        r"(?:stille|hintergrund|geräusch|lärm|musik|niemand)"
    ),
    Behaviour.ONE_AT_A_TIME: (
        r"\b(?:nur |immer )*(?:eine|eines|einem|einer) (?:\w+ ){0,2}(?:auf einmal|zur zeit|zurzeit"
        r"|gleichzeitig)|nacheinander|eine (?:einzige )?frage|(?:nur )?nach einer sache"
    ),
    Behaviour.SHORT_SPEECH: r"\bkurz\w*|knapp|ein(?:em)? oder zwei sätze\w*|wenige worte",
}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


GERMAN_PROMPTS = PromptWords(
    triggers=_TRIGGERS,
    strong=(
        r"\b(?:immer|stets|muss|musst|nie|niemals|auf keinen fall|kein\w*|jede[rsmn]?|nur"
        r"|unbedingt|zwingend)\b"
    ),
    weak=(
        r"\b(?:versuch\w*|solltest?|sollst|kannst|könntest|darfst|wenn (?:möglich|du kannst)"
        r"|falls möglich|möglichst|idealerweise|meist(?:ens)?|gewöhnlich|manchmal|vorzugsweise"
        r"|am besten|gern|nach möglichkeit)\b"
    ),
    dismissed=(
        r"\b(?:nicht (?:nötig|notwendig|erforderlich)|ohne|verzichte auf"
        r"|brauchst\b[^.]{0,30}\b(?:nicht|nichts|keine?))\b[^.]{0,40}"
        r"(?:ankündig\w*|vorzulesen|vorlesen|bestätig\w*|zu fragen)\b"
        r"(?!.*\b(?:wenn|falls|außer|nach|bevor|bis|während|zweimal|erneut)\b)"
    ),
    speaks_up=r"\bfrag\w*|\bbitte\w* (?:um|den|die)|wiederhol",
    quiet=r"wait_for_user|(?:sag|sage|tu|tue) (?:dann )?nichts|schweig|bleib\w* (?:still|stumm)",
    no_preamble=r"\b(?:keine?|nie|niemals|nicht|vermeide)\b[^.:;]{0,30}\b(?:ankündig|ansage)",
    human=_HUMAN,
    no_human=rf"\b(?:nie|niemals|nicht|kein\w*)\b[^.:;]{{0,40}}\b{_HUMAN}"
    rf"|\b{_HUMAN}\b[^.:;]{{0,40}}\b(?:nie|niemals|nicht)\b",
    only_when=(
        r"\b(?:wenn|falls|sobald)\b.*\b(?:unterbr\w+|ins wort fäll\w*|berichtig\w*"
        r"|korrigier\w*)\b"
    ),
    other_values=(
        r"\b(?:telefon|handy|mobil|ruf|karten|konto)\w*nummern?\b|\biban\b|\be-?mail\w*(?:-adressen?)?\b"
        r"|\b\w*(?:adressen?|anschrift(?:en)?)\b|\b(?:postleitzahl(?:en)?|datum|termine?|namen?)\b"
        r"|\b(?:beträge?|betrags?|preise?|summen?)\b"
    ),
    own_values=r"bestell|nummer|code|kennung|referenz|\bwerte?\b|angabe|daten\b|\balles\b",
    money=r"((?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d\d)?)\s?(?:€|euro)",
    thousands=".",
    limit=r"erstatt|zurückzahl|grenze|höchstens",
    quoted=r"[\"“„»]([^\"”“«„»]{8,120})[\"”“«]",
    handing=r"verbind|weiter|Mitarbeiter|Kolleg|Mensch|Fachkr",
    say=(
        r"\b(?:sag|sage|wiederhol|begrüß|antwort|sprich)\w*\b[^\"„»“.!?]{0,60}?"
        r"[\"„»“]([^\"”“«]+)[\"”“«]"
        r"|\b(?:sag|sage|wiederhole)\b[^:\"„.!?]{0,40}:\s*([^\"„\s][^\"„]*)"
    ),
    at_times=r"\b(?:wenn|falls|sobald|bevor|nachdem|außer|bis|immer|jede[rsmn]?)\b",
    one_of=(
        r"\b(?:ein\w* von|ordne|entweder|kategorie|antworte)\b[^.:]{0,60}?"
        r"(?::|\b(?:von|entweder|als|mit|zwischen)\b(?: nur)?)\s*"
        r"((?:[\"„'»]?[\w-]+[\"“'«]?(?:, oder |, | oder | und |/))+[\"„'»]?[\w-]+[\"“'«]?)"
    ),
    between=r",? oder | und |, |/",
    sentence=_sentence,
)


def _day(eta: str, language: Language) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", eta):
        day, month, *_ = language.speak(eta[:10], ValueKind.DATE).split()
        return f"am {day.removesuffix('r')}n {month}"
    begins = re.match(r"(?:am|bis|im|in|heute|morgen|übermorgen|diese|nächste)\w*\b", eta, re.I)
    return eta if begins else f"am {eta}"


_RECORDS = RecordWords(
    bad=r"fehler|fehlgeschlagen|gescheitert|zeitüberschreitung|nicht erreichbar|error|timeout",
    missing=r"not[ _]?found|nicht gefunden|gibt es nicht|existiert nicht|kein\w* bestellung",
    states={
        "in_transit": "ist unterwegs",
        "out_for_delivery": "wird heute zugestellt",
        "pending": "wird vorbereitet",
        "processing": "wird vorbereitet",
        "shipped": "ist verschickt",
        "delivered": "ist zugestellt",
        "cancelled": "ist storniert",
        "canceled": "ist storniert",
        "versandt": "ist verschickt",
        "verschickt": "ist verschickt",
        "unterwegs": "ist unterwegs",
        "in_bearbeitung": "wird vorbereitet",
        "zugestellt": "ist zugestellt",
        "storniert": "ist storniert",
    },
    other_state="ist {status}",
    arriving="Ihre Bestellung {state} und kommt voraussichtlich {when} an.",
    standing="Ihre Bestellung {state}.",
    expected="Ihre Bestellung kommt voraussichtlich {when} an.",
    found="Ich habe Ihre Bestellung gefunden.",
    day=_day,
)

GERMAN_DESK = DeskWords(
    language=GERMAN,
    voice="de+robert",
    sayings=GERMAN_SAYINGS,
    long_answer=GERMAN_LONG_ANSWER,
    reasons=GERMAN_REASONS,
    intents=GERMAN_INTENTS,
    numbers=GERMAN_NUMBER_WORDS,
    prompts=GERMAN_PROMPTS,
    records=_RECORDS,
    address=address_in,
    and_also=" und ",
    names_address=r"(?i)\b(?:auf|an)\b",
)
