"""German: how agents ask, offer, deny and rule out, as data."""

from __future__ import annotations

from harness.language.phrasebook import Asking

_STATES = tuple(
    frozenset(words.split(", "))
    for words in (
        "shipped, dispatched, sent, versandt, versendet, verschickt, unterwegs, abgeschickt",
        "delivered, arrived, geliefert, zugestellt, ausgeliefert, angekommen",
        "cancelled, canceled, voided, storniert, abgesagt",
        "pending, processing, open, in progress, offen, in bearbeitung",
        "approved, accepted, genehmigt, angenommen", "declined, rejected, denied, abgelehnt",
        "paid, settled, bezahlt, beglichen", "unpaid, overdue, outstanding, unbezahlt, überfällig",
        "refunded, reimbursed, erstattet, zurückgezahlt", "returned, zurückgeschickt",
        "lost, missing, verloren", "delayed, late, verspätet, verzögert", "expired, abgelaufen",
        "suspended, blocked, locked, gesperrt, blockiert",
        "closed, resolved, geschlossen", "active, aktiv",
    )
)  # fmt: skip
_SHALL_I = (
    r"(?:soll|sollen|sollte|darf|dürfen|dürfte|kann|können|könnte) (?:ich|wir)(?: (?:dann|jetzt"
    r"|einfach|bitte|auch|also|nun))*"
)
_WANT_ME = (
    r"(?:möchten|wollen|wünschen|hätten) sie(?: (?:gern|gerne|also|dann|noch|immer|wirklich"
    r"|jetzt))*"
)
_WRONG = r"(?:falsch|verkehrt|nicht richtig|nicht korrekt|unrichtig|missverstanden|verwechselt)"
_DO_IT = (
    r"(?:fortfahren|weitermachen|loslegen|das (?:so )?(?:machen|tun|veranlassen|durchführen"
    r"|ausführen|erledigen|übernehmen|eintragen)|das$|es (?:so )?(?:machen|tun|eintragen)"
    r"|so (?:vorgehen|verfahren|fortfahren)|beides (?:machen|tun))"
)
_MINDING = (
    r"(?:haben|hätten) sie (?:etwas|was|irgendetwas|einwände) (?:dagegen"
    r"|gegen)(?: wenn)?(?: (?:ich|wir))?", r"(?:haben|hätten) sie einwände",
    r"(?:stört|störte|würde) (?:es|das) sie(?: stören)?(?: wenn)?(?: (?:ich|wir))?",
    r"(?:macht|würde) (?:es|das) ihnen etwas (?:aus|ausmachen)(?: wenn)?(?: (?:ich|wir))?",
    r"(?:spricht|gibt es) (?:etwas|was|einwände) dagegen(?: wenn| dass)?(?: (?:ich|wir))?",
)  # fmt: skip
_HELP = (
    r"(?:helfen|weiterhelfen|behilflich|tun|fragen|wissen|hören|ihren namen|ihre? \w+ (?:haben"
    r"|wissen|bekommen|erfahren|aufnehmen)|um ihre? \w+ bitten)"
)
_UNMARKED = (
    rf"{_SHALL_I}(?! (?:\w+ ){{0,5}}?{_HELP}\b)", rf"{_WANT_ME} dass (?:ich|wir)",
    rf"{_WANT_ME}(?=$)", r"sind sie (?:sich )?(?:sicher|einverstanden|damit einverstanden)",
    r"stimmen sie (?:dem |dem so )?zu", r"bestätigen sie(?: das| mir)?",
    r"(?:können|könnten|würden) sie (?:das |mir |bitte )*bestätigen",
    r"sagen sie (?:bitte |einfach |kurz )*ja",
    r"geben sie (?:mir )?(?:kurz |bitte )?(?:bescheid|grünes licht)(?: und| dann)",
)  # fmt: skip
_THAT = r"(?:das|dies|es|alles|das alles|das so|die \w+|der \w+|ihr\w* \w+|die|der|sie|er)"

GERMAN_ASKING = Asking(
    unmarked=_UNMARKED,
    leave=(
        *_UNMARKED, rf"{_WANT_ME}(?! (?:\w+ )?(?:wissen|hören|erfahren|sprechen))", *_MINDING,
        r"(?:ist|wäre) (?:es|das) (?:für sie )?(?:in ordnung|okay|ok|recht"
        r"|ihnen recht)(?: für sie)?(?: wenn| dass)?(?: (?:ich|wir))?",
        r"(?:sind|wären) sie (?:damit )?einverstanden(?: wenn| dass)?(?: (?:ich|wir))?",
        r"ist ihnen recht", r"darf's", r"(?:passt|ginge) es ihnen wenn",
    ),
    declared=(
        r"^(?:(?:und|also|dann|ok(?:ay)?|gut|so) )*(?:sie (?:möchten|wollen|hätten gern"
        r"|hätten gerne|wünschen)|(?:ich|wir) (?:würden?|werden?|möchten?|wollen?))(?: (?:also"
        r"|dann|gern|gerne))*", r"^(?:(?:und|also|dann|ok(?:ay)?|gut|so) )*\w+ (?:ich|wir)(?= )",
        r"^(?:(?:und|also|dann|ok(?:ay)?|gut|so) )*(?:ich|wir)(?= (?!haben?\b|lesen?\b))",
    ),
    go_ahead=(
        rf"{_SHALL_I}(?:$| {_DO_IT})",
        rf"{_WANT_ME}(?:$| (?:das|es|dies)(?: so)?$| dass (?:ich|wir) {_DO_IT}| dass (?:ich"
        rf"|wir) (?:das|es|so) )", r"sind sie (?:damit |sich )?(?:einverstanden|sicher)",
        r"(?:ist|wäre) (?:das|dies|es) (?:so )?(?:für sie )?(?:in ordnung|okay|ok|recht|gut)",
        r"(?:passt|geht|ginge) (?:das|es|ihnen das)(?: so)?(?: für sie)?$",
        r"(?:soll|darf|kann) ich (?:das|es|dies)(?: so| jetzt| nun| für sie"
        r"| dann)* \w+(?: lassen)?$", r"einverstanden$", r"in ordnung$", r"ok(?:ay)?(?: für sie)?$",
        r"haben sie (?:etwas|einwände) dagegen$",
    ),
    confirming=(
        rf"(?:ist|war|sind|wäre|waren) {_THAT}(?: \w+)? (?:so )?(?:richtig|korrekt|okay|ok"
        rf"|in ordnung|recht|gut|vollständig|zutreffend|richtig so)(?! (?:\w+ ){{0,2}}(?:wenn"
        rf"|dass))",
        rf"(?:stimmt|stimmen|passt|passen) {_THAT}?(?: so)?(?: für sie| ihnen| alles)?",
        r"(?:habe|hab|haben) (?:ich|wir) (?:das|sie|es|alles|ihr\w* \w+"
        r"|die \w+)(?: \w+){0,3}? (?:richtig|korrekt|recht)(?: \w+)?",
        r"(?:habe|hab) ich (?:richtig|korrekt) (?:verstanden|notiert|gehört)",
        r"sind sie (?:sich )?(?:ganz |wirklich )?(?:sicher|einverstanden)",
        r"sind sie damit einverstanden", r"(?:bestätigen|bestätigst) sie(?: das| mir)?",
        r"(?:können|könnten|würden) sie (?:das |mir |bitte )*bestätigen",
        r"sagen sie (?:bitte |einfach )*ja", r"trifft das zu",
        r"(?:habe ich|bekomme ich) (?:ihr|dafür ihr) (?:okay|einverständnis|ja|zustimmung)",
        r"(?:ist das|ist es) (?:richtig|korrekt) so",
        r"(?:so )?(?:richtig|korrekt|einverstanden|in ordnung)$", r"passt (?:ihnen )?das",
        r"wäre das (?:so )?(?:richtig|in ordnung|okay|recht)", r"ist (?:das|es) ihnen recht",
        r"geht das (?:so )?(?:für sie |in ordnung|klar)",
    ),
    faulting=(
        rf"(?:habe|hab|haben) (?:ich|wir) (?:etwas|was|irgendwas|irgendetwas|da was"
        rf"|mich)(?: \w+){{0,2}}? (?:{_WRONG}|vergessen|verhört|übersehen|ausgelassen|vertan"
        rf"|falsch \w+)(?: \w+)?",
        rf"(?:ist|war|sind) (?:etwas|was|irgendetwas|irgendwas|daran etwas|da was"
        rf"|da etwas)(?: \w+){{0,2}}? {_WRONG}",
        r"(?:gibt es|haben sie) (?:\w+ )?(?:fehler|korrekturen|änderungswünsche)",
        r"(?:fehlt|fehlen) (?:etwas|noch etwas|was)",
        r"(?:muss|soll|sollte)(?: ich)? (?:etwas|noch etwas|was"
        r"|irgendetwas)(?: \w+)? (?:korrigier|änder|anpass|berichtig)\w+",
        r"stimmt (?:etwas|was|irgendwas|daran etwas) nicht",
        r"habe ich mich (?:verhört|vertan|geirrt)",
    ),
    faulty=(
        r"^(?:nein |ja |das |es |ist |war |die \w+ |der \w+ |leider "
        r"|immer noch )*(?<!nichts )(?:falsch|verkehrt|nicht (?:richtig|korrekt|ganz richtig)"
        r"|stimmt nicht)$", r"(?:das |die \w+ )?stimmt (?:so )?nicht$",
    ),
    minding=_MINDING,
    wanting=(
        _WANT_ME, r"wie wäre es mit", r"wie wär's mit",
        r"(?:darf|kann) (?:es|ich ihnen) (?:\w+ ){0,4}?(?:sein|anbieten|empfehlen)",
        r"brauchen sie", r"(?:hätten|haben) sie (?:lust|interesse)",
    ),
    choosing=(r"welche[nmrs]?", r"was für (?:ein|eine|einen)"),
    one_of=(
        r"ein(?:e[nmrs]?)? (?:davon|von (?:diesen|den|beiden|ihnen))",
        r"(?:möchten|wollen|nehmen) sie lieber", r"was (?:ist|wäre) ihnen lieber",
    ),
    circumstance=frozenset({"mit", "ohne", "am", "um", "in", "im", "für", "bei", "von", "nach",
    "auf", "zu"}),
    suiting=(
        r"(?:passt|passen|ginge|geht|würde|klappt) (?:das|es|ihnen|das ihnen|ihnen das"
        r"|der termin|die zeit)(?: \w+){0,2}", r"haben sie (?:da |dann )?zeit",
        r"(?:sind|wären) sie (?:da|dann|zu hause|erreichbar)",
    ),
    pointing=(
        r"(?:das|es|sie|ihn|dies|ihnen das|die|den|diesen|diese)(?: (?:so|für sie|jetzt|dann"
        r"|nun|bitte|gleich|also|direkt|schon|fix|fest|verbindlich|sofort))*"
        r" \w+(?:en|rn|ln|tun)(?: lassen| dürfen)?$",
        r"(?:das|es|sie|ihn)(?: so)? (?:für sie )?\w+(?:en|rn|ln|tun)$",
        r"(?:die |ihre )?(?:zahlung|buchung|bestellung|reservierung|überweisung|anmeldung"
        r"|änderung) (?:jetzt |so |nun |dann )*(?:abschicken|abschließen|durchführen|ausführen"
        r"|bestätigen|absenden|vornehmen|auslösen)$",
        r"(?:dass|wenn) (?:ich|wir) (?:das|es|sie|ihn)(?: \w+){0,3} \w+(?:e|en)$",
    ),
    more=(
        r"(?:sonst|darüber hinaus) (?:noch )?(?:etwas|was|irgendetwas|einen wunsch|fragen|wünsche)",
        r"(?:noch|weitere) (?:etwas|was|fragen|wünsche|weitere \w+|andere \w+|irgendwelche \w+"
        r"|einen wunsch)",
        r"(?:darf|kann) (?:es|ich) (?:sonst )?(?:noch )?(?:etwas|was) (?:sein|anderes|für sie tun)",
        r"(?:kann|darf|können) (?:ich|wir) (?:ihnen |für sie )?(?:sonst |noch |sonst noch "
        r"|darüber hinaus )+", r"(?:war|ist|wäre) das (?:alles|dann alles)",
        r"weiter(?:e|en) (?:fragen|wünsche|anliegen)",
        r"noch (?:irgend)?etwas (?:für sie )?(?:tun|sein)",
        r"(?:kann|darf|können) (?:ich|wir) (?:ihnen )?(?:sonst |noch )+(?:\w+ )?(?:behilflich"
        r"|helfen|weiterhelfen)",
        r"(?:ist|wär|wäre)(?:'s| es| das) (?:das |es )?(?:dann|für heute)$",
        r"(?:noch )?etwas auf dem herzen",
        r"(?:brauchen|benötigen|wünschen) sie (?:sonst |noch )+(?:was|etwas)", r"sonst noch",
    ),
    negative=(
        r"sie (?:(?:also|dann|doch|wirklich) )*(?:möchten|wollen|brauchen|wünschen"
        r"|haben)(?: \w+){0,6}? (?:nicht|kein\w*)",
        r"(?:möchten|wollen|brauchen) sie(?: \w+){0,6}? (?:nicht(?! lieber doch)|kein\w*)",
        r"(?:soll|sollen|sollte) (?:ich|wir)(?: \w+){0,6}? nicht(?! nur)",
    ),
    tags=(
        r"richtig", r"korrekt", r"ok(?:ay)?", r"ja", r"oder", r"nicht wahr", r"stimmt's", r"stimmt",
        r"gell", r"einverstanden", r"ne",
    ),
    requests=(
        r"(?:bitte )?bestätigen sie(?: bitte| mir| das)*",
        r"(?:können|könnten|würden) sie (?:\w+ ){0,4}?bestätigen",
        r"(?:bitte )?(?:prüfen|überprüfen|kontrollieren) sie",
        r"^(?:(?:also|und|gut|okay|so|dann|nochmals) )*(?:zur bestätigung|zur sicherheit"
        r"|ich bestätige|ich wiederhole|nur zur sicherheit|damit ich)(?! nicht)",
        r"(?:sagen|antworten) sie (?:\w+ )?(?:bitte )?(?:mit )?ja\b",
        r"wenn (?:das|alles|dies|es) (?:so )?(?:richtig|korrekt|in ordnung|okay) ist",
        r"wenn (?:das|es|alles)(?: so)? (?:stimmt|passt)",
        r"(?:brauche|benötige|bräuchte) (?:ich )?(?:noch )?(?:nur )?(?:noch )?ihr(?:e)? "
        r"(?:bestätigung|zustimmung|okay|einverständnis|ja)",
        r"sobald sie (?:\w+ )?(?:bestätigen|zustimmen|bestätigt haben)",
        r"lassen sie mich wissen ob", r"geben sie mir (?:bitte |kurz )?(?:bescheid|grünes licht)",
    ),
    offers=(
        r"wie (?:wäre|wär's|wäre es|klingt|passt|sieht es) .*", r"wie wäre es mit",
        r"wie wär's mit", r"was halten sie (?:davon|von)", r"was meinen sie",
        r"warum (?:nicht|nehmen wir nicht)", r"ich (?:könnte|kann) ihnen .*anbieten",
        r"(?:möchten|wollen) sie (?:dass|das|es|den|die|lieber)",
    ),
    next_steps=(
        r"(?:sie (?:können|könnten|dürfen)|(?:können|könnten) sie|bitte|(?:ich|wir) (?:kann|können"
        r"|könnte|könnten|werde|werden)|(?:kann|könnte|werde) ich)"
        r"(?: (?!nicht|kein|keine|nie)\w+){0,7}? (?:anrufen|versuchen|schreiben|mailen|wenden"
        r"|melden|schicken|senden|verbinden|zurückrufen|vorbeikommen|benachrichtigen)",
        r"(?:(?:rufen|versuchen|schreiben|melden|wenden) sie|(?:ich|wir)? ?(?:rufe|rufen|versuche"
        r"|versuchen|schreibe|schreiben|melde|melden|schicke|schicken|sende|senden|verbinde"
        r"|verbinden) (?:ich |wir )?(?:sie|ihnen|es|mich|uns))(?! nicht)",
    ),
    informing=(
        r"(?:sonst|noch) (?:etwas|was|jemand)", r"(?:helfen|weiterhelfen|behilflich|hilfe)",
        r"^(?:\w+ ){0,2}(?:haben|hatten|waren|sind|kennen|wissen) sie(?! (?:sicher"
        r"|einverstanden|damit|sich|etwas dagegen|was dagegen|einwände))",
        r"(?:darf|kann|könnte|dürfte) ich (?:bitte |mal )*(?:ihren?|ihre|um|den|die"
        r"|das)(?: \w+){0,4} (?:haben|wissen|bekommen|erfahren|erfragen|bitten)",
        r"(?:können|könnten|würden) sie (?:mir )?(?:bitte )?(?:\w+ ){0,4}?(?:sagen|nennen"
        r"|geben|mitteilen|buchstabieren|wiederholen|beschreiben|erklären)",
        r"(?:sagen|nennen|geben|buchstabieren|wiederholen|teilen|verraten) sie (?:mir |bitte "
        r"|uns )*(?:\w+ ){0,3}(?:name|namen|nummer|\w+nummer|adresse|datum|was|wann|wo|wie"
        r"|welche\w*|ihr\w*)", r"gibt es (?:ein|eine|einen|etwas)",
        r"(?:mehr|näheres|details) (?:über|zu|wissen|erfahren)",
    ),
    open_questions=(
        r"welche[nmrs]?", r"was", r"warum", r"wieso", r"wer", r"worum", r"wofür", r"womit", r"wozu",
        r"worüber", r"wem", r"wen", r"wo", r"wohin",
        r"woher", r"wie", r"wann",
        r"(?:um|an|auf|für|mit|zu|bis|in|ab|seit) (?:wie|wann|welche[nmrs]?|wen|wem|was)",
    ),
    denied=(
        r"(?:\b(?:kann|können|werde|werden|darf|dürfen|könnte|konnte|will|wollen)\s+(?:ich|wir"
        r"|das|es|sie|man)|\b(?:ich|wir|man)\s+(?:kann|können|werde|werden|darf|dürfen|könnte"
        r"|konnte))\b[^.,;:!?]*?\b(?:nicht(?!\s+nur)|kein\w*)\b[^.,;:!?]*"
        r"|\bohne\b[^.,;:!?]*\bzu\s+\w+|\bnicht\s+(?!nur|wahr)\w+(?:en|t)\b"
    ),
    possible=(
        r"\b(?:sie|man)\s+(?:können|kann|könnten|könnte|dürfen|darf)\b[^.,;:!?]*|\b(?:können"
        r"|könnten|dürfen|kann|könnte|darf)\s+(?:sie|man)\b[^.,;:!?]*"
        r"|\b(?:kann|können|könnte|könnten|lässt|lassen)\b(?!\s+(?:ich"
        r"|wir))[^.,;:!?]*\b(?:werden|sich)\b[^.,;:!?]*|\b(?:wenn|falls|sofern)\s+(?:sie|ich"
        r"|wir)\b[^.,;:!?]*"
    ),
    clause=r"(?:,\s*)?\b(?:und dann|und auch|und|dann|oder)\b",
    alternative=r"\b(?:oder|beziehungsweise)\b(?!\s*(?:\?|$|nicht))",
    ruled_out=(
        r"(?:(?<!warum )\bnicht|\bstatt|\banstatt|\banstelle (?:von|der|des)"
        r"|\bund nicht)(?:\s+(?:de[rmn]|die|das|am|um|\w+nummer|nummer))*[\s,:\"'„“‘]*$"
    ),
    negating=r"(?:\bnicht|\bkein\w*|\bnie)(?: (?:mehr|jetzt|gerade|derzeit|noch|sofort))* ",
    keeping=(
        r"behalt\w*", r"lass\w* (?:es|das|sie)", r"vergiss\w*", r"vergessen sie", r"stattdessen",
        r"doch nicht", r"nicht mehr", r"lieber nicht",
    ),
    states=_STATES,
    in_state=(
        r"\b(?:ist|sind|war|waren|wurde|wurden|hat|haben)(?: (?:bereits|schon|jetzt|nun|gerade|noch"
        r"|heute|gestern|als|leider))*"
    ),
    hedging=(
        r"nicht", r"nichts", r"kein\w*", r"nie", r"niemand", r"weder", r"ohne", r"vielleicht",
        r"möglicherweise", r"eventuell", r"könnte\w*", r"sollte\w*", r"wäre\w*", r"würde\w*",
        r"hätte\w*", r"bezweifle\w*", r"ob", r"dachte", r"bereits", r"schon", r"andere\w*",
        r"wenn", r"falls", r"sofern", r"aber", r"jedoch", r"letzte\w*", r"morgen", r"später",
        r"normalerweise",
    ),
    denying=(r"nicht", r"nichts", r"kein\w*", r"nie", r"niemand", r"weder"),
    by_agent=r"\b(?:ich|wir)\b",
    own_claim=(
        r"^(?:(?:okay|ok|gut|sehr gut|super|prima|perfekt|so|ja|also|danke|alles klar) )*"
        r"(?:ihre?\w*|deine?\w*|es|das|ich|wir|erledigt|alles)\b"
    ),
    mistaken=(r"falsch\w*", r"fehler\w*", r"verkehrt\w*", r"vertan", r"vertippt"),
    value_requests=(
        r"\w*nummer\w*", r"\w*namen?", r"e-?mail\w*", r"\w*adresse\w*", r"\w*code\w*",
        r"buchstabier\w*", r"wiederhol\w*", r"prüfen", r"richtig", r"andere\w*", r"noch ?mals?",
        r"noch einmal", r"welche\w*",
    ),
    apologizing=(r"leider", r"entschuldig\w+", r"tut (?:mir|uns) leid", r"bedau\w+"),
    blaming=(
        r"(?<!wenn )(?<!falls )(?:haben|müssen|hatten) sie(?: \w+){0,5}? (?:falsche?\w*"
        r"|verkehrte?\w*|ungültige?\w*|fehler|vertippt|geirrt|vertan)",
        r"(?<!wenn )(?<!falls )sie (?:haben|müssen|hatten)(?: \w+){0,5}? (?:falsche?\w*"
        r"|verkehrte?\w*|ungültige?\w*|fehler|vertippt|geirrt|vertan)",
        r"(?:das|es) (?:ist|war|liegt) (?:ihr (?:eigener )?fehler|ihre (?:eigene )?schuld"
        r"|an ihnen)",
    ),
    maybe_blaming=(
        r"^(?!.*\b(?:ich|wir) (?:\w+ ){0,3}(?:habe|haben|hatte|verstanden)\b).*"
        r"\b(?:sie|ihre?\w*)\b.* (?:falsch\w*|verkehrt\w*|ungültig\w*)",
        r"sie hätten",
    ),
    once_more=(
        r"(?:noch ?mals?|noch einmal|erneut|ein (?:zweites|weiteres) mal) (?:\w+ )?(?:versuch\w*"
        r"|probier\w*)", r"(?:zweiten|weiteren|neuen) versuch",
    ),
    verb_last=True,
    approving=frozenset(
        {
            "das", "dies", "es", "so", "alles", "ist", "sind", "wäre", "waren", "passt", "passen",
            "geht", "ginge", "für", "sie", "ihnen", "ihr", "mit", "mir", "uns", "ich", "wir",
            "soll", "sollen", "darf", "dürfen", "kann", "können", "möchten", "wollen", "würden",
            "wenn", "ob", "dann", "jetzt", "noch", "in", "ordnung", "okay", "ok", "gut", "recht",
            "richtig", "korrekt", "einverstanden", "klingt", "hört", "sich", "an", "ja", "bitte",
            "gern", "gerne", "weiter", "fortfahren", "machen", "tun", "zu", "und", "oder", "die",
            "der", "den", "dem", "ein", "eine",
        }
    ),
    referring=(
        r"(?:es|das|dies|diese[nrs]?|sie|ihn)(?= (?:für|auf|in|jetzt|nun|dann|so|mit|bei|an|auch"
        r"|ab|zu)\b|$)",
        r"(?:soll|darf|kann|möchten) (?:ich|wir) (?:es|das|dies|sie|ihn|beide[ns]?)",
    ),
    subordinate=(
        r"da", r"weil", r"obwohl", r"während", r"nachdem", r"bevor", r"wenn", r"falls", r"sobald",
        r"bis", r"statt", r"anstatt", r"nicht", r"denn", r"seit", r"außer", r"trotz", r"der",
        r"die",
        r"welche[rs]?",
    ),
)  # fmt: skip
