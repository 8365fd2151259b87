"""German: the words by which instructions ask the desk for a behaviour."""

from __future__ import annotations

from harness.agent.desk.rules import Behaviour, PromptWords

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
