"""German: how callers ask, wish for something and want something else, as data."""

from __future__ import annotations

from harness.language.phrasebook import Wishes

_OTHER = (
    r"(?:(?:ein(?:e[nmrs]?)?|den|die|das|der|etwas|was"
    r"|kein(?:e[nmrs]?)?) )?andere[nmrs]?(?! (?:frage|sache|geschichte|seite))"
)
_PREFERRING = (
    r"lieber (?!nicht|gar|doch|erst)(?:am|um|im|in|an|die|den|das|der|ein\w*|zwei|drei|vier"
    r"|fünf|sechs|mit|ohne|für|auf|zu|etwas|morgens|abends|nachmittags|vormittags|\d+|\w+tag"
    r"|mittwoch|morgen|heute|später|früher|\w+ uhr)",
    r"^(?:doch )?lieber (?!nicht|gar|doch|erst|gleich|sofort|jetzt|ja|schon|so|gern)\w+"
    r"(?: bitte)?$",
    r"(?:wäre|wär|passt|ginge|ist) (?:mir |uns )?(?:\w+ )?(?:besser|lieber|angenehmer|günstiger)",
    r"(?:ich|wir) (?:bevorzuge|bevorzugen|ziehe|würde eher|nehme lieber|hätte lieber"
    r"|möchte lieber|will lieber)", r"(?:hätte|nehme|möchte|will|würde) ich lieber",
)  # fmt: skip

_NO_DENIAL = r"(?!(?:\w+ ){1,7}(?:nicht|kein\w*|nichts|nie)\b)"
_SAID_BEFORE = (
    r"(?:hatte|habe|hab) ich (?:gesagt|bestellt|gemeint)(?: gehabt)?",
    r"(?:wollte|meinte|sagte|heiße|bräuchte) ich(?: haben| gern| eigentlich| nur)*$",
)
_SHORT_WHILE = (
    r"(?:eine?n?|zwei|drei|vier|fünf|zehn|ein paar|\d+)(?: kurze| kleine| kleinen| kurzen)?"
    r" (?:momente?|augenblicke?|sekunden?|minuten?|sekündchen|minütchen)(?: (?:bitte|noch|danke))*"
)

GERMAN_WISHES = Wishes(
    requesting=(
        rf"{_NO_DENIAL}(?:ich|wir) (?:möchte|möchten|will|wollen|würde|würden|hätte|hätten|brauche"
        r"|brauchen)(?: (?:gern|gerne|bitte|doch|jetzt|dann|lieber|dass|sie|nur|noch))*",
        rf"{_NO_DENIAL}(?:möchte|will|würde|hätte|brauche|könnte|kann|darf) (?:ich|wir)"
        r"(?: (?:gern|gerne|bitte|doch|jetzt|dann|mal|vielleicht|auch|noch))*",
        r"(?:können|könnten|würden) sie(?: (?:bitte|mir|mich|uns|das|dann|mal|doch|noch|auch"
        r"|gern|gerne))*", r"(?:bitte|dann|doch|mal|einfach)", r"geben sie (?:mir|uns)",
        r"dass sie", r"lassen sie uns",
        r"sie (?:können|dürfen|sollen)(?: (?:gern|gerne|ruhig|bitte))*", r"nehmen wir",
    ),
    objects=(
        r"sie", r"sie's", r"es", r"das", r"ihn", r"die", r"den", r"dies(?:e[nmrs]?)?", r"alles",
        r"beide(?:s)?", r"mir", r"mich", r"uns", r"wir", r"so",
        r"(?:die |meine |diese |ihre )?bestellung",
        r"(?:den |meinen |diesen )?(?:termin|auftrag|vertrag|tisch|flug|platz)",
        r"(?:die |meine |diese )?(?:buchung|karte|karten|adresse|fahrt|reise|reservierung"
        r"|rückzahlung)",
        r"(?:die|der|das|den|dem|meine|meinen|mein|diese|diesen|dieses|ihre"
        r"|ihren)(?: ganze[ns]?| gesamte[ns]?)? (?!(?:für|bitte|jetzt|dann|heute|als|und"
        r"|andere[ns]?|am|um|in|mit|falls|wenn|aber|nicht)\b)\w+", r"ein", r"um", r"an", r"ab",
    ),
    questioning=(
        r"(?:was|wo|wer|wem|wen|wessen|wann|wie|wohin|woher|warum|wieso|weshalb|welche[nmrs]?"
        r"|wie ?viele?|wozu|wofür|womit)(?! (?:ich|wir) (?:gesagt|sagte|wollte|möchte|brauche"
        r"|gesagt habe))",
        r"(?!haben sie$)(?:ist|sind|war|waren|wird|werden|hat|haben"
        r"|kann|können|darf|muss|müssen|gibt|geht"
        r"|kommt|kostet|bekomme|bekommen|kriege|brauche|soll|dauert|gilt|stimmt|habe|könnte"
        r"|wäre|hätten|wissen|liefern) (?:es|das|da|der|die|den|man|ich|wir|sie|denn|mir|ihr"
        r"|euch|dann|mein|meine)(?! ja)",
        r"(?:können|könnten|würden|haben|sind|wissen) sie(?!$)",
        r"(?:bitte )?(?:sagen|nennen|erklären|verraten|zeigen) sie (?:mir|uns)",
        r"(?:ich )?(?:wollte|möchte|würde gern|will)(?: \w+)? (?:fragen|wissen)",
        r"(?:ich )?(?:wüsste|frage mich)", r"ob(?= )", r"lassen sie mich wissen", r"und was",
        r"und wie", r"und wann", r"und wo",
    ),
    retracting=(
        r"was$", r"was (?:denn )?(?:sonst )?noch$", r"wie(?: bitte| war das| meinen sie das)?$",
        r"was (?:haben sie gesagt|sagten sie|meinen sie|heißt das|passiert|war das|ist wenn)",
        r"bitte$", r"entschuldigung$", r"hallo$", r"wer (?:ist da|spricht|sind sie)",
        r"(?:können|könnten|würden) sie (?:das |bitte |mir )*(?:noch ?(?:ein)?mal|wiederholen"
        r"|erklären|langsamer|buchstabieren)", r"wiederholen sie", r"warum(?! nicht)",
        r"wieso(?! nicht)",
        r"(?:sind|ist) (?:sie|das) (?:sicher|richtig|ihr ernst|wirklich|ein|endgültig|kostenlos)",
        r"echt$", r"wirklich$", r"aber", r"hä+", r"wenn", r"ernsthaft",
        r"kann ich (?:\w+ )*(?:überlegen|sprechen|reden|ändern|stornieren)",
        r"gibt es (?:da |dabei )?(?:eine gebühr|gebühren|kosten|einen haken)",
        r"was ist mit (?:der|dem|den|meiner|meinem) ander\w+", r"kostet (?:das|es) (?:was|etwas)",
    ),
    changing=(
        r"(?<!nichts )(?:ändern|änder|ändere|geändert|änderung)", r"stattdessen", r"statt ?dessen",
        r"anstatt", r"(?<!im )wechseln",
        r"(?:soll|sollte|muss|müsste)(?:te|ten)?(?: \w+){0,2}? (?:heißen|lauten|sein)(?! gut)",
        r"ich meinte", r"eigentlich (?:ist|heißt|sind|war|wollte|sollte|möchte|lieber|am|um)",
        rf"{_OTHER}", r"jemand anders", r"woanders", r"doch lieber",
        r"etwas anderes", r"was anderes", r"korrigieren",
        r"(?:wäre|passt|ginge) (?:mir |uns )?(?:\w+ )?(?:besser|lieber)", r"umändern",
        r"^ohne \w+$", r"austauschen", r"tauschen(?! sich)",
        r"ich habe mich (?:vertan|versprochen|geirrt)",
        r"versprochen$", *_PREFERRING,
    ),
    preferring=_PREFERRING,
    staying=(
        r"lieber (?:\w+ ){0,4}?(?:behalten|bleiben|lassen|warten)",
        r"(?:behalte|behalten|bleibe|bleiben|lasse)(?: \w+){0,3} lieber",
    ),
    restating=(
        r"ich (?:sagte|meinte|wollte|hatte gesagt|habe gesagt|bestellte)", *_SAID_BEFORE,
    ),
    restated_before=_SAID_BEFORE,
    contrasting=(
        r"(?:(?<!noch )(?<!doch )(?<!bitte )(?<!lieber )(?<!warum )(?<!ich )(?<!gar )(?<!ist "
        r")(?<!sie )(?<!stimmt )(?<!passt )(?<!geht )(?<!weiß )(?<!besser )(?<!eher "
        r")(?<!überhaupt )(?<!es )(?<!mir )(?<!mich )(?<!das )nicht(?! mehr| nötig| ganz"
        r"| richtig| so| sicher)|und nicht|anstatt|statt(?! dessen)|anstelle von)",
    ),
    giving=(
        r"(?:mit|ohne|für|am|um|im|in|auf|an|ab|bis|von|zu|zum|zur|nach|gegen|bei|aus|unter"
        r"|als)(?! jeden fall| keinen fall| ordnung| mich| wiederhören| sich)",
        r"(?:machen|nehmen|buchen) sie (?:es|das|mir|uns)?(?: bitte)?",
        r"(?:ich|wir) (?:möchte|hätte gern|hätte gerne|brauche|will) (?:es|das|sie|ihn)",
    ),
    busy=(
        r"(?:da|dann) (?:bin|sind|arbeite|arbeiten) (?:ich|wir)(?: \w+){0,4}",
        r"(?:da|dann) muss ich (?:\w+ ){0,2}(?:arbeiten|weg|los|fort|zum|zur|in|auf)\b",
        r"(?:da|dann) (?:habe|haben) (?:ich|wir) (?:\w+ ){0,2}(?:termine?|schule|dienst|zeit)",
        r"(?:ich|wir) (?:bin|sind) (?:(?:da|dann|noch|leider|schon) )*(?:unterwegs|verreist"
        r"|im urlaub|bei der arbeit|auf arbeit|in der schule|nicht da|nicht zu hause|weg"
        r"|im büro|beschäftigt|verhindert)", r"(?:ich|wir) (?:arbeite|arbeiten)(?: \w+)? bis",
        r"(?:ich|wir) (?:habe|haben) (?:da |dann |leider )?(?:einen termin|termine|schule"
        r"|dienst|schicht|keine zeit)",
    ),
    other=(r"andere[nmrs]?", r"anderer", r"neue[nmrs]?", r"geändert", r"sonst", r"verschieden\w*"),
    setting=(
        r"(?:bitte |dann |können sie |könnten sie |und )*(?:machen|nehmen|schreiben) (?:sie"
        r"|wir) (?:es|das|mal|bitte|dann)*",
        r"(?:ich|wir) (?:bevorzuge|hätte gern|hätte gerne|möchte)",
        r"für (?:die|den|das|ein\w*|zwei|drei|vier|\d+)",
    ),
    taking_up=(
        r"(?:buchen|reservieren|bestellen|kaufen|nehmen) (?:sie|wir)?(?: mir| uns| mich| bitte"
        r"| dann| das| die| den)*", r"(?:tragen|legen|schicken|senden|geben|richten) sie",
        r"bestätigen sie", r"eintragen", r"(?:buche|reserviere|bestelle|nehme) (?:ich|wir)?",
        r"(?:buchen|reservieren|bestellen|eintragen|anlegen|abschicken|bestätigen|speichern"
        r"|starten|überweisen)",
    ),
    informing=(
        r"(?:sagen|nennen|erklären|zeigen|verraten|suchen|empfehlen|beschreiben|finden|schauen"
        r"|prüfen|gucken) sie", r"wissen", r"erfahren",
        r"schicken sie mir (?:die|eine) (?:info\w*|details|e-mail)", r"hören", r"empfehlen",
        r"nachsehen", r"nachschauen", r"helfen",
    ),
    inviting=(r"bitte(?: schön| sehr)?", r"ich bitte darum"),
    picking=(
        r"^(?:ja |dann |bitte |lieber |gern |gerne |ich nehme )*(?:de[nmr]|die"
        r"|das)? ?(?:erste[nmrs]?|zweite[nmrs]?|dritte[nmrs]?|vierte[nmrs]?|letzte[nmrs]?"
        r"|letztere[nmrs]?|erstere[nmrs]?|frühere[nmrs]?|spätere[nmrs]?|günstigere[nmrs]?"
        r"|billigere[nmrs]?|größere[nmrs]?|kleinere[nmrs]?|schnellere[nmrs]?)(?: bitte| termin"
        r"| variante| option| möglichkeit| uhrzeit)?$",
    ),
    places={
        r"erste[nmrs]?": 0, r"erstere[nmrs]?": 0, r"zweite[nmrs]?": 1, r"dritte[nmrs]?": 2,
        r"vierte[nmrs]?": 3, r"letzte[nmrs]?": -1, r"letztere[nmrs]?": -1,
    },
    stating=(
        r"ist", r"sind", r"war", r"waren", r"wird", r"würde", r"scheint", r"klingt", r"sieht",
        r"hat", r"hatte", r"kostet", r"zu", r"passt", r"geht", r"wäre",
    ),
    affirming=(r"richtig", r"genau", r"stimmt", r"korrekt", r"passt"),
    opposites={"mit": "ohne", "ohne": "mit"},
    undoing=(
        r"(?:stornier|storno|kündig|lösch|entfern|erstatt|schließ|beend|absag|abbestell"
        r"|zurückgeb|abbrech|abmeld)\w*", r"sagen? .* ab", r"bestelle? .* ab",
    ),
    no_values=(
        r"(?:noch |nur )?ein(?:e[nmrs]?)?", r"eins (?:noch|von)", r"noch eins", r"die beiden",
        r"zum (?:ersten|zweiten|letzten) mal", r"das erste mal",
    ),
    named_values=(
        r"(?:mon|diens|donners|frei|sams|sonn)tag(?:s)?", r"mittwoch", r"sonnabend", r"heute",
        r"(?<!guten )morgen", r"übermorgen", r"mittag", r"mitternacht", r"januar", r"februar",
        r"märz", r"april", r"juni", r"juli", r"august", r"september", r"oktober", r"november",
        r"dezember",
    ),
    small_words=(
        r"ich", r"sie", r"wir", r"mir", r"mich", r"uns", r"ihnen", r"mein(?:e[nmrs]?)?",
        r"ihr(?:e[nmrs]?)?", r"unser(?:e[nmrs]?)?", r"es", r"das", r"dass", r"dies(?:e[nmrs]?)?",
        r"die", r"der", r"den", r"dem", r"des", r"er", r"ihn", r"ihm", r"ein(?:e[nmrs]?)?", r"von",
        r"zu", r"zum", r"zur", r"für", r"aus", r"auf", r"in", r"im",
        r"an", r"am", r"bei", r"beim", r"mit", r"als", r"und", r"oder", r"aber", r"so", r"wenn",
        r"ob", r"ist", r"sind", r"war", r"waren", r"sein", r"bin", r"wäre", r"wird", r"werde",
        r"werden", r"würde", r"würden", r"kann", r"können", r"könnte", r"könnten", r"soll",
        r"sollen", r"sollte", r"darf", r"muss", r"möchte", r"möchten", r"will", r"wollen",
        r"hätte", r"hätten", r"habe", r"haben", r"hat", r"brauche", r"bitte", r"nur", r"dann",
        r"jetzt", r"da", r"dort", r"hier", r"auch", r"noch", r"schon", r"mal", r"alle[nmrs]?",
        r"alles", r"ok(?:ay)?", r"ja", r"nein", r"nicht", r"kein(?:e[nmrs]?)?", r"was",
        r"welche[nmrs]?", r"wann", r"wo", r"wer", r"wie", r"eins", r"machen", r"mache", r"mach",
        r"gut", r"gern", r"gerne", r"lieber", r"doch", r"sehr", r"viel", r"richtig", r"korrekt",
        r"genau", r"stimmt", r"passt", r"bestätig\w*", r"um", r"ab", r"über", r"eigentlich",
        r"sicher", r"also", r"halt", r"eben", r"uhr", r"mehr", r"danke", r"denn", r"man", r"sich",
        r"heute", r"vor", r"nach", r"gegen", r"hin", r"her", r"damit", r"darf", r"sonst", r"etwas",
        r"einverstanden",
    ),
    articles=frozenset({"der", "die", "das", "den", "mein", "meine", "meinen", "ihr", "ihre"}),
    counting_one=frozenset({"ein", "eine", "einen", "einem", "einer"}),
    several=(r"(?:alle )?beide", r"(?:ein )?paar", r"mehrere", r"einige"),
    adding=(r"und", r"sowie"),
    units=(r"stück$", r"davon$", r"von denen$"),
    while_wanted=(
        rf"^(?:(?:nur|noch|bitte|kurz|so) )*{_SHORT_WHILE}$",
        rf"(?:geben|gib|lassen) (?:sie )?(?:mir|uns) (?:(?:bitte|noch|kurz|nur) )*{_SHORT_WHILE}$",
        rf"^(?:ich|wir) (?:brauche|brauchen) (?:(?:bitte|noch|kurz|nur) )*{_SHORT_WHILE}$",
    ),
)  # fmt: skip
