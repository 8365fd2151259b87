"""German replies of callers: yes, no and neither, as data."""

from __future__ import annotations

from harness.language.phrasebook import Answers

# German: sayings that agree, refuse, doubt or put off in other words, as data.

_LEAVE_GIVEN = (
    r"nichts spricht dagegen", r"spricht (?:da |absolut |ja |gar |eigentlich )*nichts dagegen",
    r"^(?:und )?warum (?:eigentlich )?nicht$", r"wieso nicht$", r"ich sage nicht nein",
    r"da sage? ich nicht nein", r"sag(?:e)? ich nicht nein",
    r"(?:ich )?(?:habe|hab|hätte) (?:da |ja )?nichts dagegen(?: einzuwenden)?",
    r"nicht dass ich (?:etwas|was) dagegen hätte", r"nichts dagegen",
    r"tun sie sich keinen zwang an", r"immer (?:zu|ran)", r"ran an (?:den|die) \w+",
    r"je (?:eher|schneller|früher) desto besser",
    r"lassen sie sich nicht aufhalten", r"das dürfen sie (?:gern|gerne)",
    r"wäre mir (?:sehr )?(?:recht|lieb)", r"ich wäre ihnen (?:sehr )?dankbar",
    r"ich bitte (?:\w+ )?darum",
    r"nur zu", r"auf geht's", r"schießen sie los", r"haut? rein",
    r"kein problem machen sie(?: das| nur| ruhig)?", r"feuer frei", r"grünes licht",
    r"gehen sie (?:ruhig )?ran",
)  # fmt: skip
_IT_IS_SO = (
    r"so (?:sieht's|sieht es|schaut's) aus", r"sie sagen es", r"da liegen sie richtig",
    r"ins schwarze(?: getroffen)?", r"haargenau", r"wie sie (?:sagen|gesagt haben)", r"punktgenau",
    r"leider ja", r"bedauerlicherweise ja", r"hundertpro(?:zentig)?",
    r"(?:das )?will ich (?:doch )?(?:meinen|hoffen)", r"^bingo$", r"^volltreffer$",
    r"das ist (?:sie|er|es|meine|meiner|meins|unsere)$", r"(?:das )?deckt sich", r"eben(?: drum)?$",
    r"so und nicht anders",
)  # fmt: skip
_FINE = (
    r"(?:das )?(?:ist|wäre) (?:gar |überhaupt |für mich )*kein (?:problem|thema|ding|beinbruch)",
    r"damit kann ich (?:gut |sehr gut )?leben", r"passt schon", r"passt wie angegossen",
    r"soll mir recht sein", r"(?:ist|wäre) mir recht", r"(?:kann|soll) so sein", r"soll so sein",
    r"geht schon in ordnung", r"gebongt", r"geritzt", r"roger",
    r"wunderbar", r"^läuft$", r"^top$", r"^jut$", r"^bass[td]$", r"^eh klar$",
    r"aber bitte(?: doch)?",
    r"^tip+ ?top+$", r"^voll (?:okay|ok|gut|in ordnung)$",
    r"^(?:da|dann) (?:kann|könnte) ich(?: gut| auch)?$",
    r"^(?:da|dann) (?:habe|hab|hätte) ich zeit$",
)  # fmt: skip
_REFUSED = (
    r"nie im leben", r"nur über meine leiche", r"das können sie (?:vergessen|knicken|sich sparen)",
    r"um gottes willen", r"um himmels willen", r"wo denken sie hin",
    r"das wär'? ?(?:ja )?noch schöner", r"sind sie (?:verrückt|wahnsinnig)",
    r"sie spinnen", r"spinnen sie", r"(?:ich|wir) \w+ (?:das |es )?lieber (?:selbst|selber)",
    r"das ist (?:ja )?(?:wucher|abzocke|eine frechheit)", r"nicht mit mir", r"ohne mich",
    r"ich passe$", r"nicht die bohne",
    r"(?:ich|da) muss (?:ich )?(?:leider )?passen", r"danke nein", r"nein danke",
    r"da verzichte ich(?: lieber| gern)?", r"geschenkt", r"pustekuchen", r"denkste", r"von wegen",
    r"da wird nichts draus", r"fehlanzeige", r"keine chance", r"so nicht",
    r"lass(?:en sie)? stecken",
)  # fmt: skip
_HELD_OFF = (
    r"immer mit der ruhe",
    r"nicht so (?:schnell|hastig|eilig)",
    r"moment mal moment mal",
    r"halt stopp?",
    r"halten sie (?:mal )?die luft an",
)
_PUT_OFF = (
    r"(?:das|es) (?:hat|hätte) (?:noch |ja )?zeit", r"(?:das )?eilt (?:ja )?nicht",
    r"(?:ich )?melde mich (?:dann )?(?:noch ?mal|wieder|später)",
    r"ich rufe (?:\w+ )?(?:noch ?mal|wieder|später) (?:\w+ )?(?:an|zurück)",
    r"darüber muss ich (?:erst |noch )?(?:eine nacht )?(?:schlafen|nachdenken)", r"ein andermal",
)  # fmt: skip
_MIXED_UP = (
    r"(?:genau )?(?:anders ?rum|andersherum|umgekehrt)",
    r"(?:sie haben |da haben sie )(?:das|die|den|etwas|was) (?:\w+ )?(?:verwechselt|vertauscht)",
    r"vertauscht",
    r"verwechselt",
)

RELUCTANT = (
    r"wenn sie (?:meinen|unbedingt wollen|darauf bestehen)",
    r"wenn(?:'s| es)? (?:sein muss|nicht anders geht|unbedingt sein muss)",
    r"(?:ich )?(?:hab|habe)(?: ja)? (?:wohl )?keine (?:andere )?wahl",
    r"bleibt mir (?:ja )?(?:wohl )?nichts anderes übrig",
    r"notgedrungen",
    r"zur not",
    r"wohl oder übel",
)
SUFFICIENT = (
    r"(?:ich bin|wir sind) (?:\w+ )?(?:versorgt|bedient|zufrieden)(?: danke)?",
    r"(?:das )?reicht(?: mir| uns)?(?: so)?(?: danke)?",
    r"danke (?:das )?(?:reicht|genügt)",
    r"passt so danke",
)
TRAILING = (r"ja(?: bitte| danke| genau| gern| gerne)?$", r"gern(?:e)?$")
PLAINLY = (
    r"ja",
    r"jawohl",
    r"jo",
    r"jep",
    r"genau",
    r"richtig",
    r"stimmt",
    r"natürlich",
    r"klar",
    r"sicher",
    r"doch",
    r"absolut",
    r"schon",
)
MINDING = (
    r"(?:ja )?schon$",
    r"(?:das )?(?:stört|störte|stören) mich(?: schon| sehr)?(?! nicht)",
    r"(?:ich )?(?:habe|hab|hätte) (?:da |schon )?(?:was|etwas) dagegen",
    r"(?:das )?macht mir (?:schon |was |etwas )+aus",
    r"lieber nicht",
    r"ungern",
    r"dagegen",
)
_NOT_MINDING = (
    r"(?:ganz und |überhaupt |gar )*(?:überhaupt|gar|ganz und gar) nicht(?:s)?",
    r"(?:aber |natürlich |ach )*nein(?: nein)*(?: machen sie(?: nur| das| ruhig| mal)?"
    r"| natürlich nicht| gar nicht| überhaupt nicht| kein problem)",
    r"(?:natürlich|selbstverständlich|sicher|bestimmt) nicht",
    r"(?:ich )?(?:habe|hab) (?:da )?(?:gar |überhaupt )?nichts (?:dagegen|einzuwenden)",
    r"(?:das )?(?:stört|störte) mich (?:gar |überhaupt )?nicht",
    r"(?:das )?macht (?:mir )?(?:gar |überhaupt )?nichts(?: aus)?",
    r"kein(?:e)? (?:problem|einwände|ding|thema|bedenken)", r"nicht im geringsten", r"i wo",
    r"nichts dagegen", r"ach wo",
)  # fmt: skip

SAYINGS = {
    "nein": _REFUSED,
    "machen sie das": _LEAVE_GIVEN,
    "das stimmt": _IT_IS_SO,
    "das ist gut": _FINE,
    "warten sie": _HELD_OFF,
    "vielleicht später": _PUT_OFF,
    "ändern sie das": _MIXED_UP,
}
NOT_MINDING = {"nein": _NOT_MINDING}

UNSURE = (
    r"nicht dass ich wüsste",
    r"(?:das )?(?:weiß|wüsste) (?:ich )?(?:\w+ )?nicht(?: genau| so genau| mehr)?",
    r"(?:ich )?(?:weiß|wüsste)(?: es| das)?(?: \w+)? nicht", r"keine ahnung",
    r"(?:bin|wäre) (?:ich )?(?:mir )?(?:\w+ )?(?:nicht (?:ganz |so |wirklich )?sicher|unsicher)",
    r"^(?:nur |aber )?(?:sofern|solange|soweit)",
    r"^ich frage? (?:\w+ )?(?:mal|kurz|erst|noch|eben)",
    r"^(?:nur |aber )?wenn", r"^(?:nur |aber )?falls", r"keinen (?:blassen )?schimmer",
    r"(?:kann|könnte|konnte) (?:ich )?(?:\w+ ){0,3}nicht (?:sagen|entscheiden|beurteilen|erinnern)",
    r"(?:kann|könnte) mich nicht (?:entscheiden|erinnern)",
    r"(?:ist|wäre) mir (?:\w+ )?(?:egal|gleich|wurscht|wurst|schnuppe)", r"egal$",
    r"wie sie (?:wollen|möchten|meinen)", r"jein", r"schwer zu sagen", r"weder ja noch nein",
    r"spielt keine rolle", r"weiß nicht", r"hin und her ?gerissen",
)  # fmt: skip
CORRECTING = (
    r"^(?:fast|beinahe|knapp)",
    r"^nicht ganz",
    r"^außer",
    r"^aber",
    r"^nur(?! zu)",
    r"^bis auf",
)
ACKNOWLEDGING = (
    r"ich (?:höre?(?: sie| zu| ihnen zu)?|habe(?: \w+)? gehört|habe verstanden|verstehe"
    r"|verstehe sie"
    r"|bin (?:noch )?dran|bin (?:noch )?da|weiß)", r"oh je", r"oje", r"meine güte",
    r"du meine güte", r"ach du \w+", r"wow", r"hallo", r"guten (?:tag|morgen|abend)", r"am apparat",
    r"hier (?:ist|spricht)", r"ich bin(?: \w+)* dran",
    r"(?:das )?(?:sagten|sagen|haben) sie (?:bereits|schon|mir)",
    r"(?:habe|hab) ich (?:\w+ )?(?:gehört|verstanden)", r"wer ist (?:da|dort)", r"hören sie",
    r"moment", r"es geht um", r"ich glaube (?:schon|ja)",
    r"(?:ich )?(?:möchte|will|würde gern|kann ich|könnte ich)(?: \w+){0,4} (?:sprechen|reden)",
    r"verbinden sie mich",
)  # fmt: skip


_NO_NOT = r"(?! (?:\w+ ){0,2}?(?:nicht|kein\w*|nie)(?!\w))"
_IT = r"(?:das|es|dies|so|alles|die \w+|der \w+|ihr \w+|da|dann)"
_BE = r"(?: (?:ist|sind|wäre|wär|war|klingt|sieht|hört sich|geht|passt|reicht|wären|wird))"
_VERY = (
    r"(?:(?:ja|so|auch|völlig|ganz|sehr|echt|wirklich|mir|für mich|uns|für uns|schon|genau"
    r"|absolut|alles|vollkommen|soweit|immer noch) )*"
)
_RIGHT = r"(?:richtig|korrekt|recht|exakt|wahr|zutreffend|vollständig)"
_GOOD = (
    r"(?:gut|super|prima|perfekt|toll|fein|wunderbar|hervorragend|klasse|spitze|ideal|bestens"
    r"|okay|ok"
    r"|in ordnung|schön|großartig|ausgezeichnet|optimal|top|recht|lieb|nett|wunderbar"
    r"|fantastisch|genial)"
)
_YES = (
    r"(?:ja|jaja|jawohl|jawoll|jo|joa|jep|jepp|jup|yep|yes|jau|jou|klar(?! (?:ist|wäre|war)\b)"
    r"|doch)"
)
_NOT_WANTED = (
    r"(?:möchte|will|brauche|benötige|wünsche|wollte|mag|nehme|bestelle|buche|kann|würde|werde"
    r"|habe|hätte|brauchen|wollen|möchten)"
)
_LATER = (
    r"(?:später|ein ander(?:es)? ?mal|ein andermal|nachher|demnächst|irgendwann|nächstes mal"
    r"|morgen noch ?mal)"
)
_MAYBE = r"(?:vielleicht|eventuell|möglicherweise|unter umständen)"
_MEASURE = (
    r"(?:spät|früh|teuer|viel|wenig|lang|lange|weit|groß|klein|schnell|hoch|knapp|kurz"
    r"|kompliziert|umständlich|laut)"
)

GERMAN_ANSWERS = Answers(
    interjections=(
        _YES, r"(?:nein)+(?! eigentlich)", r"nope", r"nee+", r"nö+", r"ne", r"nä", r"naa",
        r"na(?! (?:gut|klar|dann|schön|sicher|und|ja))", r"na ja", r"naja",
        r"ok(?:ay)?", r"gut(?! (?:dass|ist|war|wäre)\b)", r"oh", r"ach(?! so)", r"ach so", r"also",
        r"ä+h+m*", r"ö+h+m*",
        r"h*m+", r"m+[- ]?h+m*",
        r"so(?! (?:ist|machen|passt|bitte|nicht|war|sieht|nehmen|gut|hätte?|will|möchte|wollte)\b)",
        r"und", r"tja", r"danke(?: schön| sehr| ihnen)?", r"vielen dank", r"nun", r"hach", r"puh",
    ),
    courtesies=(
        r"bitte(?: schön| sehr)?", r"danke(?: schön| sehr| ihnen)?", r"vielen(?: herzlichen)? dank",
        r"einfach", r"dann", r"jetzt",
        r"mal", r"doch mal", r"gleich", r"sofort", r"direkt", r"gern", r"gerne", r"sehr gern",
        r"sehr gerne", r"so", r"halt",
        r"eben", r"schon", r"auch", r"noch", r"für mich", r"für uns", r"ihnen", r"also", r"und",
        r"ok(?:ay)?", r"gut", r"ach", r"oh",
        r"ä+h+m*", r"h*m+", r"herr \w+", r"frau \w+", r"entschuldigung", r"wie gesagt", r"sehr",
        r"genau", r"heute", r"ruhig",
        r"ich sagte", r"bloß", r"doch bitte", r"vielen", r"schön", r"nochmals", r"noch ?mal",
        r"auf jeden fall",
    ),
    tags=(
        r"ok(?:ay)?", r"ja", r"danke", r"gell", r"ne", r"gut", r"oder", r"nicht wahr",
        r"richtig", r"gern",
    ),
    agreeing_alone=(
        _YES, r"ok(?:ay)?(?! aber)", r"gern(?:e)?", r"sehr gern(?:e)?", r"genau", r"ganz genau",
        r"exakt", r"richtig", r"korrekt",
        r"stimmt(?: genau| so)?", r"sicher(?:lich)?", r"na sicher", r"natürlich",
        r"selbstverständlich", r"absolut",
        r"auf jeden fall", r"unbedingt", r"na klar", r"aber klar", r"klar doch", r"logisch",
        r"freilich", r"gewiss", r"bestimmt",
        r"jedenfalls", r"einverstanden", r"in ordnung", r"von mir aus", r"meinetwegen", r"na gut",
        r"na schön", r"na dann",
        r"aber gern(?:e)?", r"aber sicher", r"aber natürlich", r"ich bitte darum",
        r"passt(?: so| schon| gut| super| mir| mir gut)?",
        r"bin ich(?: einverstanden| sicher)?", r"notiere? ich(?: mir)?",
        r"ich bin (?:einverstanden|sicher|mir sicher|ganz sicher)", r"das bin ich", r"will ich",
        r"das will ich", r"möchte ich",
        r"das möchte ich", r"hätte ich gern(?:e)?", r"haben sie", r"das haben sie", r"dürfen sie",
        r"können sie(?: machen)?", r"tut es", r"tun sie das",
        r"geht klar", r"alles klar", r"mit vergnügen", r"positiv", r"bestätigt",
        r"(?:hiermit )?bestätige ich(?: das| es| hiermit)*", r"ist? gut",
        r"hundert(?:prozentig| prozent)", r"100 prozent",
        r"eben", r"so ist es", r"so ist das", r"so machen wir(?:'s| es| das)", r"jederzeit",
        r"herzlich gern(?:e)?", r"sowieso", r"ich will(?: das| es)?$",
        r"wir auch", r"geht in ordnung", r"aber hallo", r"(?:ich )?stimme (?:dem )?zu",
        r"tatsächlich", r"gebongt", r"abgemacht", r"immer",
    ),
    agreeing=(
        rf"(?:machen|mach|tun|tu)(?: sie| wir)? (?:das|es|so|ruhig|nur"
        rf"|mal)(?: {_NO_NOT})?{_NO_NOT}", r"machen sie(?: bitte)?$",
        r"(?:machen|tun) sie's(?: bitte| ruhig)*$", r"nur zu", r"legen sie los",
        r"fahren sie fort", r"weiter so", r"los geht's", r"gehen sie vor",
        r"(?:ich|wir) (?:bestätige|bestätigen|stimme zu|stimme dem zu|bin einverstanden"
        r"|nehme das|nehme es|nehmen das|nehme die|nehme den|bin dafür)" + _NO_NOT,
        rf"{_IT}{_BE} {_VERY}{_RIGHT}{_NO_NOT}",
        rf"(?:{_IT} )?(?:stimmt|stimmen)(?: so| alles| genau)?{_NO_NOT}", rf"{_VERY}{_RIGHT}$",
        r"alles richtig", r"alles korrekt",
        r"(?:so )?machen wir(?: das| es)?(?: so)?", r"(?:das|so) machen wir(?: so)?",
        r"(?:das )?haben sie (?:richtig|korrekt|gut)",
        r"sie haben (?:recht|das richtig|es richtig|alles richtig|richtig)",
        r"(?:das )?können sie (?:gern |gerne |ruhig )?(?:machen|tun|so machen|so eintragen)",
        r"(?:das )?dürfen sie", r"da haben sie recht",
        r"das (?:ist|bin|war) (?:ich|sie|er|es|meine|die richtige|der richtige|das richtige)" +
        _NO_NOT,
        r"ich bitte darum", r"her damit", r"immer her damit",
        r"dann machen (?:sie|wir)(?: das| es| mal)?" + _NO_NOT,
        r"(?:bitte )?(?:tragen|geben|nehmen|schreiben) sie (?:es|das|sie|ihn"
        r"|mich) (?:so )?(?:ein|auf|vor)" , r"so (?:bitte|ist es|passt|nehmen)",
        r"von mir aus", r"meinetwegen", r"genau so", r"genauso", r"ich hätte das gern(?:e)?",
        r"so (?:hätte?|will|möchte|wollte) ich(?:'s| es| das)?(?: gern(?:e)?| haben)*$",
        r"das nehme ich", r"die nehme ich", r"den nehme ich", r"nehm ich", r"nehme ich",
    ),
    contented=(
        rf"{_IT}{_BE} {_VERY}{_GOOD}{_NO_NOT}", rf"(?:klingt|hört sich) {_VERY}{_GOOD}(?: an)?",
        rf"(?:das |des |es |so |mir )?passt(?: mir| uns| für mich| das| es)?(?: {_GOOD}| so| prima"
        rf"| perfekt| wunderbar| schon)*{_NO_NOT}",
        rf"{_VERY}{_GOOD}$",
        r"(?:das |es )?(?:ist|wäre|geht) (?:für mich |für uns )?(?:okay|ok|in ordnung|gut"
        r"|kein problem|machbar|möglich)",
        r"(?:das )?geht(?: so| klar| in ordnung| gut| bei mir)*$",
        r"damit (?:bin ich|kann ich|sind wir) (?:einverstanden|leben|zufrieden)",
        r"(?:das |so )?(?:gefällt|reicht|genügt) mir",
        r"(?:das |es )?geht sich (?:(?:gut|locker|schon|prima|super) )?aus",
        r"genau (?:das|so|die|der|den)", r"alles (?:gut|bestens|klar|in ordnung|prima|dabei)",
        r"(?:es )?bleibt dabei",
        r"(?:das )?wäre (?:super|toll|prima|schön|nett|gut|klasse|lieb|perfekt|wunderbar)",
        r"das freut mich",
    ),
    liking=(
        rf"(?:das |es )?(?:ist|klingt|wäre|hört sich) {_VERY}(?:nett|interessant|schön|okay"
        rf"|ok)(?: an)?", r"(?:das )?gefällt mir",
    ),
    refusing=(
        r"dann (?:lieber )?nicht$",
        r"(?:nein)+", r"nope", r"widersprech\w*", r"nee+", r"nö+", r"ne(?! frage)", r"nä",
        r"auf keinen fall", r"keinesfalls",
        r"auf gar keinen fall", r"niemals", r"bloß nicht", r"lieber nicht", r"besser nicht",
        r"eher nicht",
        r"bitte nicht", r"noch nicht", r"jetzt nicht",
        r"nicht (?:jetzt|heute|nötig|notwendig|wirklich|ganz|richtig|korrekt|so|das|die|den"
        r"|der|unbedingt|am|um|im|für|mehr nötig)", r"doch nicht", r"gar nicht", r"überhaupt nicht",
        rf"{_NOT_WANTED} (?:ich|wir)(?: \w+){{0,4}}? (?:nicht|kein\w*|nichts)(?! mehr als)",
        rf"(?:ich|wir) {_NOT_WANTED}(?: \w+){{0,5}}? (?:nicht|kein\w*|nichts)",
        r"(?:stimmt|passt|geht|klappt|gefällt|reicht)(?: \w+){0,3}? nicht",
        r"(?:das|es|die \w+|der \w+|so)(?: ist| war| sind| wäre| kann)?(?: \w+){0,2}? (?:nicht"
        r"|falsch|verkehrt)", r"falsch", r"verkehrt", r"unrichtig",
        r"anders überlegt", r"kommt nicht in ?frage", r"vergessen sie(?:'s| es| das)",
        r"vergiss es",
        r"lassen wir(?:'s| es| das)(?: (?:lieber|mal|doch|bitte|sein|bleiben|gut sein))*$",
        r"lass(?:en sie)?(?:'s| es| das)? (?:mal|sein|gut sein|bleiben)", r"lass mal",
        r"kein interesse", r"kein bedarf", r"weder noch",
        r"(?:sie )?(?:haben|hast)(?: \w+)? (?:mich |sich |das )?(?:verhört|vertan"
        r"|falsch verstanden|missverstanden|geirrt)",
        r"da haben sie sich (?:verhört|vertan|geirrt)", r"ein (?:irrtum|fehler|missverständnis)",
        r"ich (?:sagte|meinte|habe .* gesagt)",
        r"(?<!wie )ich (?:sagte|meinte)", r"sondern", r"das war(?:'s)? nicht",
        r"(?:stornieren|machen|buchen|tun|ändern|schicken|löschen) sie (?:\w+ ){0,3}?(?:nicht"
        r"|nichts|kein\w*)",
        rf"(?<!nicht )(?:viel |etwas |ein bisschen |bisschen |doch |leider |mir )*zu {_MEASURE}",
        r"geht (?:leider )?gar nicht", r"negativ", r"lehne ich ab", r"ich lehne ab",
        r"ich verzichte", r"(?:da|darauf) verzichte ich", r"bin ich nicht", r"nichts da",
        r"im gegenteil",
        r"^nicht$", r"^kein\w*", r"auch nicht", r"dagegen$",
    ),
    leaving=(
        r"lassen (?:sie|wir) (?:das|es|sie|ihn|die|den|alles|mal)(?: \w+)?(?: so| sein"
        r"| bleiben| stehen| dabei)?", r"(?:ich )?(?:behalte|behalten)(?: \w+){0,3}",
        r"(?:soll|sollte|kann) (?:so |alles |es )?bleiben",
        r"(?:bleibt|bleiben wir) (?:so|dabei|beim alten|wie)",
    ),
    needing=(
        r"(?:den|die|das|sie|ihn|es) (?:brauche|brauchen|benötige|benötigen|nutze|will"
        r"|möchte) (?:ich|wir)(?: \w+)? noch",
        r"(?:ich|wir) (?:brauche|brauchen|benötige|benötigen|nutze) (?:den|die|das|sie|ihn|es"
        r"|\w+ \w+)(?: \w+)? noch",
        r"(?:soll|sollte) (?:ja |noch )?(?:weiter ?laufen|bestehen bleiben)",
    ),
    denying=(r"nicht", r"nichts", r"kein(?:e[nmrs]?)?", r"nie(?:mals)?", r"weder"),
    pausing=(
        r"stopp?", r"halt(?=$| mal| stopp?| warten)",
        r"(?<!ich )(?<!wir )(?:warten|warte) (?:sie|mal)", r"^warte$", r"moment stopp?",
        r"nicht so schnell", r"langsam", r"immer langsam",
    ),
    deferring=(
        rf"{_MAYBE}(?: \w+){{0,3}} {_LATER}", rf"{_LATER} {_MAYBE}", rf"^(?:lieber )?{_LATER}$",
        rf"(?:mache|machen|kann|rufe|melde|entscheide)(?: \w+){{0,6}} {_LATER}",
    ),
    joining=(r"nicht", r"eigentlich", r"entschuldigung", r"sorry", r"also"),
    conceding=(r"aber", r"obwohl", r"doch"),
    sayings=SAYINGS,
    not_minding=NOT_MINDING,
    plainly=PLAINLY,
    minding=MINDING,
    trailing=TRAILING,
    reluctant=RELUCTANT,
    sufficient=SUFFICIENT,
    harmless=(
        r"kein(?:e)? (?:problem|thema|ding|ursache|frage|einwände|eile|sorge|zweifel|hektik"
        r"|bedenken|stress|umstände|not)(?: \w+ (?:damit|mit))?", r"nichts dagegen",
        r"habe nichts dagegen", r"nicht schlecht", r"nicht übel", r"macht nichts",
        r"(?:ich habe |haben wir |ich hab )?(?:da |daran |dagegen )?nichts (?:auszusetzen"
        r"|einzuwenden|dagegen)", r"ohne weiteres",
        r"wenn (?:sie|es) (?:so (?:nett|freundlich|lieb|gut) (?:sind|wären)|mögen|möchten"
        r"|wollen|können|könnten|geht|möglich ist|ginge|keine umstände macht)",
        r"wenn's geht", r"wenn möglich", r"falls möglich", r"keine weiteren \w+", r"nicht nur",
        r"nichts zu danken", r"nicht wahr", r"sonst nichts", r"nichts weiter", r"weiter nichts",
        r"ohne (?:zweifel|frage|weiteres|probleme?|umschweife|einschränkung\w*|bedenken|zögern"
        r"|vorbehalte?|wenn und aber)", r"machen sie sich keine \w+", r"(?:das )?ist nicht schlimm",
        r"gar kein problem",
        r"kann (?:es )?(?:kaum|nicht) (?:erwarten|abwarten)", r"nichts anderes",
        r"nicht zu vergessen", r"könnte nicht besser sein", r"unbedingt erforderlich",
    ),
    reasons=(
        r"(?:denn |weil |da )?(?:ich|wir) (?:brauche|brauchen|benötige|nutze|will|möchte"
        r"|wollen|kann|können|habe|haben|benutze|mag|trage|bin|sind)(?: \w+){0,4}? (?:nicht"
        r"|kein\w*)(?: mehr)?(?: \w+){0,3}",
        r"(?:es|sie|er|das|die \w+|der \w+|das \w+) (?:passt|passen|funktioniert|funktionieren"
        r"|kam|kommt|ist|sind|gefällt|gefallen|schmeckt|geht)(?: \w+){0,3}? (?:nicht|nie"
        r"|kein\w*)(?: \w+){0,3}",
        r"(?:es|das|sie) (?:ist|war|waren|sind) (?:leider )?(?:der|die|das) falsche\w*",
        r"ich habe (?:leider )?(?:den|die|das) falsche\w* \w+",
        r"(?:brauche|benötige|nutze|will|möchte) ich (?:\w+ ){0,2}nicht mehr", r"weil .*",
    ),
    hedging=(
        r"sobald", r"erst wenn", r"nachdem",
        r"aber", r"außer", r"wenn", r"falls", r"obwohl", r"allerdings", r"jedoch", r"vielleicht",
        r"eventuell", r"möglicherweise", r"wahrscheinlich", r"vermutlich",
        r"jein",
        r"(?:ich )?(?:glaube?|denke?|schätze?|vermute?|nehme? an)(?! (?:nicht|das ist gut))",
        r"(?:ich )?weiß (?:ich )?(?:noch )?nicht", r"keine ahnung", r"fast", r"beinahe",
        r"teilweise", r"zum teil", r"halb$", r"halb und halb",
        r"(?:muss|müsste|will|möchte)(?: \w+){0,5}? (?:überlegen|nachdenken|nachsehen"
        r"|nachschauen|prüfen|fragen|besprechen|schauen|klären|abklären)",
        r"mal (?:sehen|schauen|gucken)", r"(?:zu)?erst(?! \w*te)", r"vorher", r"zuvor",
        r"(?:ich )?schaue(?: \w+)? nach", r"ich (?:sehe|gucke|schaue)(?: \w+)? nach",
        r"(?:ein(?:en)? )?(?:moment|augenblick|sekunde)", r"nur wenn", r"sofern", r"vorausgesetzt",
        r"es sei denn", r"(?:ich )?melde mich",
        r"rufe (?:sie )?(?:noch mal |wieder )?(?:an|zurück)", r"(?:eine|ne) frage", r"fragen",
        r"kommt (?:ganz )?(?:drauf|darauf) an",
        r"hängt davon ab", r"so halb", r"mehr oder weniger", r"sozusagen", r"irgendwie",
        r"bin (?:mir )?(?:\w+ )?nicht sicher", r"unsicher", r"gut zu wissen", r"was passiert",
        r"solange", r"angeblich", r"eine nacht drüber", r"darüber schlafen",
    ),
    correcting=CORRECTING,
    unsure=UNSURE,
    acknowledging=ACKNOWLEDGING,
    openings=(
        r"(?:und |aber |auch |dann )*(?:können|könnten|würden) sie",
        r"(?<!was )(?<!wie )(?<!wann )(?<!wo )(?:und |aber |auch |dann )*(?:kann|könnte"
        r"|darf) (?:ich|man)", r"ä+h+m*", r"h*m+",
        r"(?:und )?(?:was ist|was kostet|wie viel|wie lange|wann|wo ist|wie hoch|gibt es|warum"
        r"|welche\w*)", r"und (?:ich|was|wo|wann|wie|kann|können|ist|sind|dann)",
        r"(?:vielen dank|danke)", r"aber(?= (?:mit|für|von|bitte|nur|am|um|in|auf) )",
    ),
    value_word="das",
    contradicting=(r"doch",),
    mending=(
        r"nein", r"nee", r"entschuldigung", r"sorry", r"verzeihung", r"pardon", r"ich meine(?:te)?",
        r"quatsch", r"moment", r"falsch", r"besser gesagt", r"vielmehr", r"korrektur",
        r"das war falsch", r"stimmt nicht", r"(?:ich )?wollte sagen",
    ),
    resuming=(
        r"ä+h*m*", r"h*m+", r"es ist", r"das ist", r"also", r"sie lautet", r"ich", r"um", r"am",
    ),
    carrying_on=(
        r"für", r"an", r"auf", r"mit", r"von", r"vom", r"aus", r"um", r"bei", r"in", r"im", r"am",
        r"ab", r"bis", r"nach", r"zu", r"zum", r"zur", r"pro", r"je",
    ),
)  # fmt: skip
