"""German: how the details of an action are spoken of, as data."""

from __future__ import annotations

from harness.language.details import Details, End

_WHOLLY = (
    r"(?:alle|alles|schon|bereits|jetzt|noch|derzeit|komplett|leider|ganz|momentan|auch"
    r"|im moment)"
)
_ARTICLE = r"(?:de[rmns]|die|das|ein(?:e[nmr]?)?|ihr(?:e[nmr]?)?|unser(?:e[nmr]?)?)"

GERMAN_DETAILS = Details(
    helping=frozenset(
        {
            "is", "has", "have", "are", "with", "include", "includes", "included", "add", "added",
            "want", "wants", "wanted", "need", "needs", "needed", "use", "should", "required", "to",
            "allowed", "available", "enable", "enabled", "request", "requested", "option", "flag",
            "of", "the", "a", "an", "for", "in", "on", "mode", "type", "additional", "ist", "hat",
            "mit", "gewünscht", "inklusive", "soll", "zusätzlich", "der", "die", "das",
        }
    ),
    opposites={
        "smoking": (r"nichtraucher\w*", r"rauchfrei"),
        "raucher": (r"nichtraucher\w*", r"rauchfrei"),
        "private": (r"öffentlich",), "privat": (r"öffentlich",),
        "public": (r"privat",), "öffentlich": (r"privat",),
        "on": (r"aus",), "an": (r"aus",),
    },
    unwanted=(
        r"\b(?:nicht|ohne|kein(?:e[nmrs]?)?|nie|weder|weglassen|verzichte\w*|abzüglich|außer|statt"
        r"|anstatt|aus|ausgeschlossen)\b"
    ),
    counted=frozenset({"number", "count", "size", "quantity", "num", "total", "anzahl", "menge",
    "zahl"}),
    people=frozenset(
        {
            "people", "persons", "person", "guests", "passengers", "travelers", "travellers",
            "adults", "party", "group", "seats", "diners", "attendees", "participants", "members",
            "personen", "gäste", "gast", "leute", "erwachsene", "erwachsenen", "teilnehmer",
            "reisende", "reisenden", "mann", "plätze", "fahrgäste", "gästen",
        }
    ),
    starts=End(
        frozenset(
            {"from", "origin", "source", "departure", "start", "begin", "checkin", "von", "abfahrt",
            "anreise"}
        ),
        rf"\b(?:von|ab|aus|beginn|anreise|vom|check-?in)(?: (?:am|um|{_ARTICLE}))*[\s:,]*$",
    ),
    ends=End(
        frozenset({"to", "destination", "target", "arrival", "end", "until", "checkout", "nach",
        "ziel", "abreise"}),
        rf"\b(?:nach|bis|zum|zur|abreise|check-?out|auf)(?: (?:am|zum|um|{_ARTICLE}))*[\s:,]*$",
    ),
    names=(
        r"(?:(?<=Dr\. )|(?<=Prof\. )|(?<=Doktor )|(?<=Herr )|(?<=Herrn )|(?<=Frau ))"
        r"[A-ZÄÖÜ][\w-]+"
    ),
    clauses=(
        r"[!?;,]|\.(?!\d)(?<!\d\.)|(?<=\d)\.(?=\s+(?:Soll|Ist|Passt|Ich|Das|Stimmt|Wir|Und|Dann"
        r"|$))|\b(?:und|aber)\b"
    ),
    shares=(
        r"(?:je(?:weils)?|pro|im (?:monat|jahr)|die (?:nacht|woche|stunde)|am tag|das stück"
        r"|monatlich|jährlich)\b"
    ),
    ending=(
        r"\b(?:mit )?(?:der |den )?(?:endziffern?|endet auf|endend auf"
        r"|letzten (?:\w+ )?(?:ziffern|stellen))(?: lauten| sind)? (\w+)"
    ),
    only=(
        r"\b(?:[Nn]ur|lediglich|ausschließlich) (?:für )?(?:eine?n?|de[nrm]|die"
        r"|das) (?:erste[nrms]?|zweite[nrms]?|dritte[nrms]?|letzte[nrms]?)"
    ),
    not_meant=(
        r"\blass\w*(?: \w+){0,3} § (?:\w+ )?(?:unberührt|unverändert|weg|so|in ruhe)"
        rf"|§(?: \w+)? (?:ist|sind|war|waren|wäre)(?: {_WHOLLY})* "
        r"(?:voll\b(?! von)|krank|geschlossen|weg|vergeben|belegt|besetzt|ausverkauft"
        r"|ausgebucht|vergriffen"
        r"|nicht (?:mehr )?(?:verfügbar|frei|möglich|lieferbar|da|zu haben|vorrätig)|im urlaub)\b"
        rf"|§(?: \w+)?(?: {_WHOLLY})* (?:geht|gehen|klappt|funktioniert"
        rf"|passt)(?: {_WHOLLY})* nicht\b"
        r"|(?:ist|sind|war|waren)(?: \w+){0,2} §(?: \w+)? (?:leider |schon )?(?:ausgebucht"
        r"|belegt|ausverkauft|vergeben|voll|nicht (?:mehr )?frei)"
        rf"|\b(?:können wir|kann ich)(?: ihnen)?(?: {_ARTICLE})? §(?: \w+)* nicht (?:mehr "
        rf")?(?:anbieten|machen|liefern|buchen)"
        r"|\b(?:nichts|keine?n? \w+)(?: mehr)?(?: frei)? (?:am|um|für|in) §|\baußer (?:de[rmn]"
        r"|die)? ?§"
        rf"|(?:am|um) §(?: {_WHOLLY})* (?:ist|haben wir)(?: {_WHOLLY})* (?:nichts|kein\w*)"
    ),
    kept=r"\b(?:bleib(?:t|en|e)|behalt(?:e|en)|behält|lass(?:e|en)|lässt)\b",
    now_before=(
        r"(?:\bvon|\bvom|\bstatt|\banstatt|\banstelle von|\bnicht|\bnicht mehr|\balte[nrms]?"
        r"|\bbisherige[nrms]?"
        r"|\b(?:derzeit|aktuell|momentan|bisher|bislang|zurzeit|ursprünglich|jetzt noch"
        r"|im moment)\b[^.;?!→()]*?"
        rf"|\bsie haben (?:jetzt |derzeit |aktuell )?)(?:\s+(?:{_ARTICLE}|am|um|für"
        rf"|auf))*\s*[:,]?\s*$"
    ),
    new_before=(
        r"(?:\bauf|\bzu|\bzum|\bzur|\bneue[nrms]?(?:\s+\w+){0,2}|→|->|=>|\bwird|\bsondern"
        r"|\blieber|\bdafür)"
        rf"(?:\s+(?:{_ARTICLE}|am|um))*\s*:?\s*$"
    ),
    relative_times=(
        r"(?:eine?[nr]?|(?:eine )?halbe|zwei|drei|vier|fünf|\w+zehn|\w+zig|\d+) (?:stunden?"
        r"|minuten?|tage?|wochen?|monate?) (?:später|früher|danach|davor|vorher)",
        r"(?:am|den) (?:nächsten )?(?:tag|abend|morgen) (?:danach|davor|darauf|vorher)",
    ),
    giving=(
        r"(?:ja|jep|jo|ok|okay|gut|bitte|gern|gerne|danke|dann|lieber|eher|doch|sagen wir)",
        r"(?:äh|ähm|hm)",
        r"(?:ist|wäre|passt|geht|ginge) ?(?:gut|besser|okay|ok|super|mir|uns|auch)*",
        r"(?:um|am|für|auf|den|die|das|gegen|bis|zu|zum|ab)",
        r"(?:machen|buchen|nehmen|tragen) (?:sie|wir)", r"(?:machen|nehmen)",
        r"(?:können|könnten) wir", r"ach", r"moment",
        r"(?:ich )?(?:sagte|meinte|meine|hatte gesagt)",
    ),
)  # fmt: skip
