"""German set phrases and details of actions, as data."""

from __future__ import annotations

from harness.language.de.asking import GERMAN_ASKING
from harness.language.de.replies import GERMAN_ANSWERS
from harness.language.de.wishes import GERMAN_WISHES
from harness.language.phrasebook import Waiting
from harness.language.phrases import Details, End, Phrases

# German: how speakers refer to the details of an action, as data.

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


_MOMENT = r"(?:momentchen|moment|augenblick|sekunde|sekündchen|minute|minütchen|sek)"
_TIME = (
    rf"(?:(?:nur|noch|bitte|gerade|kurz) )*(?:ein(?:en|e)? )?(?:kleinen? |kurzen? "
    rf"|kurze )?{_MOMENT}"
    r"(?: (?:bitte|mal|noch|geduld|nur|kurz))*"
)
_ACTUALLY = r"(?:(?:kurz|eben|mal|bitte|noch|gerade|einfach|einen|moment|so) ?)*"
_STALLING = (
    r"(?:schauen|sehen|gucken) wir mal",
    r"ä+h+m*", r"ö+h+m*", r"h+m+", r"e+h+m*", r"mal (?:sehen|schauen|gucken)", _TIME,
    rf"(?:bitte )?(?:warten|bleiben|gedulden) sie(?: sich)?(?: bitte)? {_ACTUALLY}(?:dran"
    rf"|am apparat)?",
    r"(?:warten|bleiben|gedulden) sie(?: sich)?(?: bitte)?(?: dran| kurz| einen moment)*",
    rf"(?:geben|gib) (?:sie )?mir {_TIME}", r"lassen sie mich (?:kurz )?(?:überlegen|nachdenken)",
    r"ich (?:überlege|denke nach|denke kurz nach|überlege kurz)",
    r"(?:etwas |bitte )?geduld(?: bitte)?",
    r"(?:ich )?bin gleich (?:wieder )?(?:da|bei ihnen|zurück)", r"moment mal",
    r"ich (?:schau|schaue|guck|gucke|seh|sehe)(?: (?:mal|kurz|eben|gleich))+",
    r"(?:ich )?bin (?:schon )?dabei", r"ich kümmere mich(?: gleich| sofort| gern| gerne)? darum",
)  # fmt: skip
_FILLERS = (
    *_STALLING, r"a+h+", r"oh", r"ach so", r"ach", r"also", r"so", r"tja", r"nun", r"na", r"gut",
    r"sehr gut", r"ok(?:ay)?", r"alles klar", r"in ordnung", r"klar", r"sicher", r"natürlich",
    r"selbstverständlich", r"gern", r"gerne", r"sehr gern", r"sehr gerne", r"kein problem",
    r"prima", r"super",
    r"perfekt", r"toll", r"verstehe", r"ich verstehe", r"verstanden", r"ja", r"danke",
    r"danke schön",
    r"vielen dank", r"bitte", r"dann", r"gleich", r"sofort",
    r"ich mache das(?: gern| gerne| sofort| gleich)?",
    r"mach ich", r"wird gemacht",
    r"das (?:dauert|geht) (?:nicht lange|ganz schnell|nur einen moment|schnell)",
)  # fmt: skip
_AT_WORK = (
    r"ich (?:prüfe|überprüfe|suche|schaue|schau|sehe|gucke)(?! (?:sie|ihnen)\b)",
    r"ich bin (?:noch |immer noch |gerade |weiter )*(?:am|beim) (?:prüfen|suchen|nachsehen"
    r"|nachschauen)",
    r"(?:ich (?:werde|muss|will)|lassen sie mich)(?: (?:das|es|noch|kurz|eben|mal|gerade|für sie"
    r"|im system))* (?:prüfen|überprüfen|nachsehen|nachschauen|suchen|schauen)",
)  # fmt: skip
_LOOKED_AT = (
    r"das", r"es", r"noch", r"immer", r"gerade", r"kurz", r"eben", r"mal", r"weiter", r"für",
    r"sie", r"die", r"den", r"der", r"ihre[nr]?", r"nach", r"im", r"system", r"bestellung",
    r"termine?", r"buchung", r"reservierung", r"konto", r"status", r"kalender", r"daten",
)  # fmt: skip
_CLOSINGS = (
    r"(?:sehr )?gern(?:e)?(?: geschehen)?", r"auf wieder(?:hören|sehen)", r"tschüss?", r"bis bald",
    r"(?:einen |noch einen )?schönen (?:tag|abend)(?: noch)?", r"ein schönes wochenende",
    r"kann ich (?:ihnen )?(?:sonst )?noch (?:etwas|mit etwas)(?: für sie)?(?: tun| helfen)?",
)  # fmt: skip
_COURTESIES = (
    r"(?:vielen |herzlichen )?dank(?:e)?(?: ihnen)?(?: sehr| schön)? (?:für|dass) .*",
    r"(?:es|das) tut mir (?:\w+ )?leid.*", r"tut mir (?:\w+ )?leid.*",
    r"(?:ich )?(?:bitte )?(?:entschuldige|entschuldigen sie|entschuldigung|verzeihung)(?: .*)?",
    r"(?:ich|wir) bitten? um (?:entschuldigung|verzeihung|geduld|verständnis).*",
    r"(?:ich|wir) (?:kann|können|verstehe|verstehen) (?:das |sie |ihren |ihre )?.*(?:verstehen"
    r"|gut|ärger|frust)",
    r"(?:ja )?(?:das )?(?:kann|verstehe) ich(?: gut| sehr gut| natürlich| absolut)*(?: verstehen"
    r"| nachvollziehen)?",
    r"guten (?:tag|morgen|abend)(?: .*)?", r"hallo(?: .*)?", r"grüß (?:gott|sie)(?: .*)?",
    r"(?:herzlich )?willkommen(?: .*)?", r"mein name ist .*", r"sie sprechen mit .*",
    r"schön dass sie .*",
    r"(?:(?:da|dabei|das|gern|gerne|sehr|dann|damit) )*(?:helfe|helfen) (?:ich|wir) (?:ihnen )?.*",
    r"(?:ich|wir) (?:helfe|helfen|kann|können) ihnen (?:da |dabei |gern |gerne "
    r"|damit )*(?:weiter|helfen|weiterhelfen)?.*helfen",
    r"ich helfe ihnen (?:da |dabei |gern |gerne |damit )*(?:weiter)?",
    r"(?:ach |oh )?das ist (?:ja |aber |natürlich |wirklich )*(?:ärgerlich|schade|unangenehm"
    r"|schlimm|bedauerlich)", r"da sind sie (?:bei (?:uns|mir) |hier )?(?:genau )?richtig",
    r"das ist (?:eine )?(?:sehr )?gute frage", r"gute frage", r"ich tue mein bestes",
)  # fmt: skip
_TOOLS = (
    r"(?:tools?|funktion(?:en)?|api|apis|schnittstellen?|endpunkt|plugins?|backend"
    r"|datenbank(?:en)?|systemfunktion)"
)
_MACHINERY = (
    rf"(?:nutze|benutze|verwende|rufe|starte|führe|frage)(?: [\w'-]+){{0,5}}? {_TOOLS}",
    rf"{_TOOLS}(?:[- ])?(?:aufruf|anfrage|aufrufen|abfragen)",
    rf"(?:greife|zugreifen|zugriff)(?: [\w'-]+){{0,4}}? (?:auf )?(?:das |die "
    rf"|unsere? )?(?:system|{_TOOLS})",
)  # fmt: skip
_RULES = (
    r"(?:anweisung(?:en)?|richtlinien|vorgaben|prompt|programmierung|systemprompt|instruktionen)"
)
_REASONING = (
    r"(?:ich muss|lassen sie mich|ich sollte)(?: \w+)? (?:überlegen"
    r"|nachdenken)(?: \w+)? (?:welche|was|wie|ob)",
    rf"(?:laut|gemäß|nach|entsprechend) meinen {_RULES}",
    rf"meine {_RULES} (?:sagen|besagen|erlauben|verlangen)",
    r"ich (?:wurde|bin) (?:so )?programmiert", r"gedankengang",
)  # fmt: skip
_GUARANTEES = (
    r"(?:ich |das )?(?:verspreche|garantiere|versichere)(?: ich)? ihnen",
    r"sie bekommen (?:garantiert|auf jeden fall|definitiv)",
)

_BACKCHANNEL = (
    r"m+[- ]?h+m*", r"h*m+", r"a+h+a*", r"aha", r"a+h+", r"oh", r"ok(?:ay)?", r"ach so", r"ach",
    r"ja", r"jaja",
    r"genau", r"richtig", r"gut", r"schön", r"super", r"prima", r"verstehe", r"ich verstehe",
    r"alles klar", r"klar",
    r"danke", r"danke schön", r"bitte", r"und", r"so", r"also", r"ä+h+m*", r"hallo", r"na gut",
    r"stimmt",
)  # fmt: skip

_NOW = r"(?:dann|jetzt|nun|also|so|gut|gerne|gern|okay|ok|danke|moment|da|einen moment|alles klar)"
_ANNOUNCING = (
    r"lassen sie mich(?! (?:wissen|sicher))(?: [\w-]+){0,8}?",
    rf"(?:^|{_NOW} )(?:ich|wir)(?! (?:brauche|bräuchte|benötige|hätte|möchte|kann|könnte|darf"
    rf"|muss|bin|habe|hab|würde|freue))",
    r"(?:ich|wir) (?:werde|werden)(?: [\w-]+){0,8}?",
    rf"(?:^|{_NOW} )(?!brauche|bräuchte|benötige|hätte|möchte|würde|könnte|habe)\w+e (?:ich|wir)",
    rf"(?:^|{_NOW} )(?!könn|konnt|hab|hatt|hätt|soll|müss|muss|woll|brauch|bräucht|dürf|möcht|wär)"
    r"\w+en wir",
    rf"{_NOW}(?= \w+e (?:ich|wir)\b)",
    rf"(?:^|{_NOW} )(?:trag|schau|guck|seh|mach|hol|klär|prüf|geb|schick|buch|such|frag|schreib|leg"
    rf"|nehm|stell|ruf|notier|verbind|sperr) ich",
    rf"(?:^|{_NOW} )(?:ich|wir) (?:muss|müssen)(?= (?:\w+ ){{0,5}}?(?:nachsehen|nachschauen|prüfen"
    rf"|klären|nachfragen|schauen|checken)\b)", r"ich bin (?:gerade |schon |eben )*dabei",
)  # fmt: skip

_CONDITIONAL = (
    r"wenn", r"falls", r"sobald", r"sofern", r"nachdem", r"damit ich", r"nicht", r"kann", r"könnte",
    r"bevor", r"soll", r"sollen", r"(?:nennen|geben|sagen|buchstabieren) sie mir",
)  # fmt: skip

_MONEY = r"(?:[€$£] ?\d|\d[\d.,]* ?(?:€|euro|franken|cent)|[\wäöüß]+ (?:euro|franken|dollar|cent))"
_CONSEQUENCE = (
    r"\b(nicht wieder|kommt auf (?=\d)|rückgängig|endgültig"
    r"|unwiderruflich|dauerhaft|für immer|nicht mehr|zurück(?:erstattet"
    r"|gezahlt|überwiesen|gebucht|geschickt)?"
    r"|erstattet|gutgeschrieben|gutschrift|erstattung|geliefert|lieferung|verschickt"
    r"|zugestellt|versendet|geht (?:\w+ )?an|gehen (?:\w+ )?an|zurück(?:zu)?nehmen"
    r"|auf dem(?:selben)? weg"
    r"|(?:be|ver)rechne[nt]?|belastet|abgebucht|gebühr(?:en)?|kosten|kostet|kostenlos|kostenfrei|gratis"
    r"|bedeutet|das heißt|innerhalb|binnen|werktage?n?"
    r"|verlieren|verliert|verfällt|verfallen|erlischt|gelöscht|gesperrt|geschlossen|storno\w*"
    r"|frist|gesamt(?:betrag|preis|summe)"
    r"|(?:wird|werden|würde|würden) (?:\w+ ){0,6}(?:gelöscht|gesperrt|beendet|ungültig"
    r"|überschrieben|abgemeldet|fällig|zurückgeschickt)"
    r"|müssten? (?:sie|dann)|müssen sie|nicht (?:änderbar|erstattbar|umtauschbar|übertragbar"
    r"|stornierbar)|wirksam|ab sofort|zusätzlich)\b"
    rf"|\b(für|um|weitere|noch|zusätzlich|insgesamt|gesamt|macht|beträgt|sind|über"
    rf"|von) (?:dann |nur |etwa |zusammen )?{_MONEY}"
    r"|\b(?:ist|sind|wäre|wären) (?:\w+ ){1,4}(?:weg|verloren|hinfällig)\b"
    rf"|{_MONEY} (mehr|extra|pro|je|im monat|gebühr|aufpreis|günstiger|teurer)\b"
)

_RETRYING = (
    r"(?:versuche|probiere|mache|starte)n? (?:ich )?(?:es|das)?(?: gleich"
    r"| jetzt)? (?:noch ?(?:ein)?mal|erneut|nochmals|wieder)",
    r"(?:noch ?(?:ein)?mal|erneut|nochmals) (?:versuchen|probieren)",
    r"(?:ein )?(?:neuer|weiterer|zweiter|neuen|weiteren|zweiten) versuch",
    r"versuche es(?: gleich)? (?:noch ?(?:ein)?mal|erneut|nochmals)",
)  # fmt: skip

GERMAN_PHRASES = Phrases(
    waiting=Waiting(
        fillers=_FILLERS,
        stalling=_STALLING,
        courtesies=_COURTESIES,
        at_work=_AT_WORK,
        looked_at=_LOOKED_AT,
        closings=_CLOSINGS,
        machinery=_MACHINERY,
        reasoning=_REASONING,
        guarantees=_GUARANTEES,
    ),
    answers=GERMAN_ANSWERS,
    wishes=GERMAN_WISHES,
    asking=GERMAN_ASKING,
    details=GERMAN_DETAILS,
    backchannel=_BACKCHANNEL,
    announcing=_ANNOUNCING,
    conditional=_CONDITIONAL,
    consequence=_CONSEQUENCE,
    retrying=_RETRYING,
)
