"""English actions: verb forms, and phrases for tool actions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.language.en.action_tables import BESIDE, CHANGING, HANDING_OVER, READING
from harness.language.phrasebook import Patterns
from harness.language.phrases import Action, Actions, VerbForms

# English: the forms of verbs, and the context in which a form is a verb and no noun.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IRREGULAR = {
    "begin": "began begun", "bring": "brought", "build": "built", "buy": "bought", "cut": "cut",
    "do": "did done", "find": "found", "freeze": "froze frozen", "get": "got gotten",
    "give": "gave given", "go": "went gone", "have": "had", "hold": "held", "keep": "kept",
    "leave": "left", "lend": "lent", "let": "let", "make": "made", "meet": "met", "pay": "paid",
    "put": "put", "read": "read", "reset": "reset", "run": "ran run", "see": "saw seen",
    "sell": "sold", "send": "sent", "set": "set", "show": "showed shown", "shut": "shut",
    "speak": "spoke spoken", "spend": "spent", "split": "split", "take": "took taken",
    "tell": "told", "undo": "undid undone", "withdraw": "withdrew withdrawn",
    "write": "wrote written", "rebuild": "rebuilt", "repay": "repaid", "resend": "resent",
    "redo": "redid redone", "pick": "picked", "hang": "hung", "wake": "woke woken",
}  # fmt: skip

_DOUBLES = _words(
    "cancel drop stop plan swap submit refer tag ban pin log put cut set get run let"
    " transfer unplug dim flag chat admit permit slot skip strip trim rebook opt split shut"
)

_NOUNS_TOO = _words(
    "order book check schedule ticket charge call list report file record name place text"
    " email message note ship mail post track return bill credit visit rate address access"
    " register log store start stop play share move switch request review test set hold"
    " transfer change update run pause search query look view show find quote estimate claim"
    " pay tip use ride hire lease lock block freeze reset restart reboot upgrade downgrade"
    " exchange refund purchase rent cut document page print water heat light time date"
    " number cover balance reserve watch fix ring filter offer grant award issue wire"
    " deposit debit put drop end close open contact help display stream queue patch correct"
    " clear complete void read"
)
"""Verbs whose plain form is a noun or an adjective as well."""

_ALWAYS = _words("refund transfer change update upgrade downgrade exchange purchase")
"""The ones that name the action as nouns, too: "a refund"."""

_VERB_BEFORE = (
    r"(?:^|(?:to|i|we|you|they|i'll|we'll|you'll|i'd|you'd|we'd|let's|me|us|can|could|shall|should"
    r"|will|would|may|might|must|do|don't|not|yes|yeah|okay|ok|sure|alright|great|perfect|then|and|or|so"
    r"|help|please|just|also|now|quickly|first|go|only|simply|happily|gladly) )"
    r"(?:(?:just|also|now|please|quickly|first|then|go ahead and|only|simply) )*"
)
"""Words before a plain form that is a verb."""

_NO_NOUN_BEHIND = (
    r"(?! (?:number|numbers|id|ids|status|history|is|was|has|were|are|date|confirmation|details"
    r"|name|price|fee|fees|amount|account|limit|rate|code))"
)

_NOT_BEHIND = {"ending": r"(?! (?:in|with))", "holding": r"(?! on)", "starting": r"(?! at)"}
"""Text after a form that gives it another meaning: "the card ending in 7334"."""

_BESIDE_NOUNS = _words(
    "order ticket report record file charge credit claim rent rate bill return price book"
)
"""Verbs that are often the first half of a noun: "order number"."""

_QUALITIES = _words("correct clear complete open close right")
"""Verbs that are no verbs at the end of a sentence: "is that correct"."""

_ARTICLES = ("the", "a", "an", "your", "my", "our", "this", "that", "his", "her", "their", "no")
_NO_ARTICLE = "".join(rf"(?<!\b{word} )" for word in _ARTICLES)

_GAP = r"(?: [\w'’.$@-]+){0,8}?"
"""Text that may come inside a verb of two words: "look order 4 7 1 5 up"."""

_HAVE = r"(?:i've|we've|i have|we have|i had|we had|i|we)"
_VERB_IS = r"(?:is|are|was|were|been|got|gotten|you're|they're|[a-z]+'s)"
_ADVERBS = (
    r"(?: (?:now|already|just|successfully|also|all|fully|officially|hereby|gone ahead and|been"
    r"|then|both|again|correctly|safely|indeed|finally|immediately))*"
)


def _stem_third(verb: str) -> str:
    if re.search(r"(?:s|x|z|ch|sh|o)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


def _ing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return verb[:-1] + "ing"
    return verb + "ing"


def _ed(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if re.search(r"[^aeiou]y$", verb) else verb + "ed"


def _inflections(verb: str) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return third person, -ing forms, pasts and participles of a word, in all spellings."""
    ing: tuple[str, ...] = (_ing(verb),)
    past: tuple[str, ...] = (_ed(verb),)
    double = verb + verb[-1]
    if verb in _DOUBLES:
        ing, past = (*ing, double + "ing"), (*past, double + "ed")
    participle = past
    if verb in _IRREGULAR:
        forms = _IRREGULAR[verb].split()
        past, participle = (forms[0],), (forms[-1],)
        if verb == "get":
            participle = ("got", "gotten")
    return _stem_third(verb), ing, past, participle


def verb_forms(phrase: str) -> VerbForms:
    """Return the forms of a verb as a dictionary has it: "cancel", "call off", "set up"."""
    verb, *particles = phrase.split()
    third, ings, pasts, participles = _inflections(verb)
    if not particles:
        return _one_word(verb, third, ings, pasts=pasts, participles=participles)
    end = " ".join(particles)
    behind = rf"{_GAP} {end}(?! to date)"
    every = rf"(?:{'|'.join(dict.fromkeys((verb, third, *ings, *pasts, *participles)))})"
    return VerbForms(
        words=tuple(f"{form} {end}" for form in (verb, third, *ings, *pasts)),
        asked=(rf"{verb}{behind}",),
        said=(rf"{every}{behind}", rf"{verb}-{end}"),
        done=_done(
            tuple(form + behind for form in pasts), tuple(form + behind for form in participles)
        ),
    )


def _one_word(
    verb: str,
    third: str,
    ings: tuple[str, ...],
    *,
    pasts: tuple[str, ...],
    participles: tuple[str, ...],
) -> VerbForms:
    noun_too = verb in _NOUNS_TOO and verb not in _ALWAYS
    behind = _NO_NOUN_BEHIND if verb in _BESIDE_NOUNS else ""
    behind += r"(?= \w)" if verb in _QUALITIES else ""
    plain = rf"{_VERB_BEFORE}{verb}{behind}" if noun_too else verb
    others = [form + _NOT_BEHIND.get(form, "") for form in ings]
    others += [form for form in (*pasts, *participles) if form != verb]
    if not noun_too:
        others.append(third)
    said = (plain, *(_NO_ARTICLE + form for form in dict.fromkeys(others)))
    return VerbForms(
        words=tuple(dict.fromkeys((verb, third, *ings, *pasts, *participles))),
        asked=(verb,),
        said=said,
        done=_done(pasts, participles),
    )


def _done(pasts: tuple[str, ...], participles: tuple[str, ...]) -> Patterns:
    past = "|".join(dict.fromkeys((*pasts, *participles)))
    participle = "|".join(participles)
    return (
        rf"{_HAVE}{_ADVERBS} (?:{past})",
        rf"{_VERB_IS}{_ADVERBS} (?:{participle})",
        rf"^(?:(?:all|successfully|just|okay|ok|great|perfect|done|now|and|so) )*(?:{participle})",
    )


_PERSON = (
    r"(?:humans?|persons?|people|someone|somebody|agents?|colleagues?|representatives?|rep"
    r"|specialists?|supervisors?|managers?|operators?|staff|team(?: members?)?)"
)
_TO_A_PERSON = (
    r"(?:connect|transfer|pass|hand|put|forward|bring|get|escalat|refer|redirect|rout|patch)"
    rf"(?:e|ing|ting|ring|)(?: [\w']+){{0,8}}? {_PERSON}",
    rf"(?:let|have)(?: [\w']+){{0,3}} {_PERSON}(?: [\w']+){{0,3}} (?:take over|help|call)",
    rf"{_PERSON} (?:will|can|is going to) (?:take over|help you|assist you|call you|be with you)",
    r"connect(?:ing)? you (?:to|with)", r"put(?:ting)? you through",
    r"transfer(?:ring)? (?:you|your call|the call)",
)  # fmt: skip

_SAID: Mapping[str, Patterns] = {
    "look up": (
        r"(?:tak|hav|giv)(?:e|ing) (?:\w+ ){0,2}(?:look|peek|glance)", r"mak(?:e|ing) sure",
        r"see (?:if|what|what's|which|when|where|who|how|whether)",
        r"get(?:ting)? (?:\w+ ){0,3}(?:details|status|information|info|record)",
        r"grab(?:bing)? (?:the|your|those|that)", r"get(?:ting)? (?:that|this|it) for you",
        r"open(?:ing)? (?:up )?your",
        r"(?:run|running|do|doing) (?:a|the) (?:\w+ )?(?:check|search)",
    ),
    "verify": (r"mak(?:e|ing) sure", r"security (?:check|question)s?"),
    "calculate": (r"run(?:ning)? the numbers",),
    "escalate": _TO_A_PERSON,
    "hand over": _TO_A_PERSON,
    "call a ride": (r"(?:cab|taxi|ride|driver)(?: \w+){0,6} (?:is|on) (?:coming|\w+ way)",),
    "play": (r"(?:like|want|wish|love) to (?:see|hear|watch|listen)",),
    "pay": (r"(?:put|pay|charge|bill)(?:ting|ing)? (?:\w+ ){0,6}(?:card|account|wallet)",),
    "refund": (
        r"(?:your|the|full|all) money back",
        r"back (?:to|on|onto) (?:your|the) (?:\w+ ){0,3}(?:card|account|payment)",
    ),
    "block": (
        r"(?:put|plac|set)(?:e|ting|ing)? (?:a |an )?(?:[\w-]+ ){0,2}?"
        r"(?:hold|freeze|block|lock|suspension|pause|stop) (?:on|to)",
    ),
    "change": (r"mak(?:e|ing) (?:it|that|them)", r"as (?:the|your) new (?:\w+ ){0,2}\w+"),
}  # fmt: skip

_DONE: Mapping[str, Patterns] = {
    "look up": (
        r"i (?:can )?see (?:that |here )?(?:your|the|there|it)",
        r"here(?:'s| is| are) (?:the|your)",
    ),
    "play": (
        r"(?:is|are|^now) (?:now )?playing", r"(?:has|have) (?:now )?(?:started|begun)",
        r"(?:is|are) (?:now )?(?:starting|on)", r"enjoy (?:the|your|it|listening)", r"starting now",
        r"starts",
    ),
    "start": (r"(?:is|are) (?:now )?(?:running|starting|underway|on)",),
}  # fmt: skip

_DOING = (
    r"(?:mak(?:e|es|ing)|made|do|doing|plac(?:e|ing)|process(?:ing)?|proceed(?:ing)? with"
    r"|put(?:ting)?(?: through| in)?|go(?:ing)? (?:ahead|through|on) with|complet(?:e|ing)"
    r"|finali[sz](?:e|ing)|issu(?:e|ing)|submit(?:ting)?|initiat(?:e|ing)|start(?:ing)?"
    r"|set(?:ting)? up|get(?:ting)?|arrang(?:e|ing)|request(?:ing)?|confirm(?:ing)?|perform(?:ing)?"
    r"|offer|want|like|need|give you|take care of|handl(?:e|ing))"
)
_BETWEEN = r"(?: (?!to\b|you\b|cancel)[\w'$.]+){0,4}?"
_IS = r"(?:is|are|has|have|was|were)(?: (?:been|now|all|already|just|successfully))*"
_FINISHED = (
    r"(?:confirmed|complete|completed|done|set|set up|finali[sz]ed|in place|processed|through"
    r"|gone through|went through|made|issued|placed|on (?:its|their|the) way|successful|submitted"
    r"|sent|saved|initiated|good to go|taken care of|a success|verified|reserved|booked)"
)
_HAVE_MADE = (
    r"(?:i've|i have|we've|we have|i|we)(?: (?:now|just|already|also|successfully|gone ahead and))*"
    r" (?:made|done|placed|processed|completed|finali[sz]ed|issued|submitted|confirmed|verified"
    r"|secured|set up|put in|put through|initiated|sent)"
)
_NO_ACTION_BEHIND = (
    r"(?! (?:methods?|details?|cards?|info|information|policy|policies|status|window|fees?|period"
    r"|terms|charges?|insurance|option))"
)


_LOOSE = _words(
    "get list view show read load open start make put set give confirm access provide offer leave"
    " ask request send call note new use move hold apply record contact connect enter"
)
"""Verbs that announce much else: "I'll get back to you", "let me give you the number"."""


def _table(text: str) -> tuple[Action, ...]:
    """Read a table of actions."""
    rows: list[tuple[str, dict[str, list[str]]]] = []
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            rows.append((line, {}))
            continue
        key, *words = line.split()
        rows[-1][1].setdefault(key, []).extend(word.replace("_", " ") for word in words)
    return tuple(_action(verb, cells) for verb, cells in rows)


def _action(verb: str, cells: Mapping[str, list[str]]) -> Action:
    named = [verb_forms(one) for one in cells["names"]]
    forms = [*named, *(verb_forms(one) for one in cells.get("also", ()))]
    maybe = [verb_forms(one) for one in cells.get("maybe", ())]
    things, results = cells.get("things", []), cells.get("results", [])
    made = [rf"{_DOING}{_BETWEEN} {one}s?" for one in results]
    nouns = [*things, *results]
    behind = r"(?: (?!is\b|has\b|was\b)[\w'$.-]+){0,10}?"
    finished = [rf"{one}s?{behind} {_IS} {_FINISHED}" for one in nouns]
    finished += [rf"{_HAVE_MADE}(?: [\w'-]+){{0,4}}? {one}s?" for one in nouns]
    finished += [rf"^(?:\w+ ){{0,3}}{one}s? {_FINISHED}" for one in nouns]
    others = [word for one in named for word in one.words[1:]]
    return Action(
        verb=verb,
        names=frozenset(cells["names"]),
        nouns=frozenset((*nouns, *(f"{noun}s" for noun in nouns), *others)),
        asked=tuple(pattern for one in named for pattern in one.asked),
        said=(
            *(pattern for one in forms for pattern in one.said),
            *(f"{one}s?{_NO_ACTION_BEHIND}" for one in things),
            *made,
            *_SAID.get(verb, ()),
        ),
        done=(*(pattern for one in forms for pattern in one.done), *finished, *_DONE.get(verb, ())),
        announced=tuple(p for one in named if one.words[0] not in _LOOSE for p in one.asked),
        maybe=tuple(pattern for one in maybe for pattern in one.said),
        objects=frozenset(cells.get("objects", ())),
        made=frozenset(results),
        makes="makes" in cells,
        vague="vague" in cells,
        ends="ends" in cells,
    )


def _plurals(noun: str) -> str:
    """Return an expression for a noun in both numbers, whichever it is given in."""
    for end, stem in (("ies", f"{noun[:-3]}(?:y|ies)"), ("ses", f"{noun[:-2]}(?:es)?")):
        if noun.endswith(end):
            return stem
    if noun.endswith("s") and not noun.endswith("ss"):
        return f"{noun}?"
    return (
        f"{noun[:-1]}(?:y|ies)"
        if noun.endswith("y") and noun[-2:-1] not in "aeiou"
        else f"{noun}(?:s|es)?"
    )


_COUNTED = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|\d+)"
_A = rf"(?:{_COUNTED}|the|this|that|these|those|some|your|my)"


def _getting(things: str) -> Patterns:
    return (
        r"(?:get|getting|grab|make|making|do|have|take|set|want|like|need|put|enter|place|leave)"
        rf"(?: you| me| up| in)?(?: for you)? {_A}{_BETWEEN} {things}",
        rf"(?:get|getting|buying|grab|want|like) (?:you |me )?(?:\w+ )?{things}",
        rf"(?:confirm|confirming|verify)(?: (?!cancel|to\b)[\w'$.:-]+){{0,8}}? {things}",
        rf"^(?:(?:so|okay|ok|alright|great|and|now|then) )*{_COUNTED}(?: [\w'-]+){{0,3}}? {things}",
        rf"(?:want|like|love|plan|planning|intend|wish|looking|going)(?: \w+)? to {things}",
        rf"you(?:'re| are|'ll be| will be|'ll| will|'d be| would be)(?: \w+){{0,2}}? {things}",
    )


def _settled_object(things: str) -> Patterns:
    behind = r"(?: (?!is\b|has\b|was\b|will\b|be\b)[\w'$.-]+){0,10}?"
    return (
        rf"{things}{behind} {_IS} {_FINISHED}",
        rf"{_HAVE_MADE}(?: [\w'-]+){{0,4}}? {things}",
        rf"^(?:\w+ ){{0,3}}{things} {_FINISHED}",
    )


def _beside() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in BESIDE.strip().splitlines():
        things, _, beside = line.partition(": ")
        said = frozenset(word.replace("_", " ") for word in beside.split())
        found |= {thing: found.get(thing, frozenset()) | said for thing in things.split()}
    return found


_CHANGING = _table(CHANGING)

ENGLISH_ACTIONS = Actions(
    reading=_table(READING),
    handing_over=_table(HANDING_OVER)[0],
    changing=_CHANGING,
    switches=_words("enable enabled active activate activated"),
    switching=tuple(
        one for verb in ("turn on", "turn off") for one in _CHANGING if one.verb == verb
    ),
    forms=verb_forms,
    light=_words(
        "make do process perform execute handle submit initiate issue request place start create"
        " complete"
    ),
    rather_objects=_words(
        "order book ticket report record charge call list schedule account request transfer return"
        " check message text email note credit file bill payment issue claim quote page watch ring"
        " offer grant award mail post contact shift deposit query log store start"
    ),
    lead_in=_words(
        "this that these tool function action endpoint api method use used uses using to in order"
        " for allows allow lets let user users customer customers caller callers you agent agents"
        " the a an it will can when please helps help is"
    ),
    no_objects=_words(
        "id ids uuid number details detail info information data user users customer customers"
        " caller api tool function new all by for of the a an to from in on with and or their my"
        " your whole specific given one it them something anything time date name list result"
        " results service system item items amount"
    ),
    object_ends=_words(
        "for of at in on to from with by using that which based given and or between as if when so"
        " into onto under via after before about"
    ),
    beside=_beside(),
    plurals=_plurals,
    getting=_getting,
    settled=(
        r"you(?:'re| are) (?:now )?(?:all )?(?:set|good to go|booked|in|confirmed|done)",
        rf"(?:it|that|this|everything|all)(?:'s| {_IS})(?: (?:now|all|been))* {_FINISHED}",
        r"(?:it|that)(?:'s)? (?:went|gone) through", r"^(?:all )?(?:done|set|confirmed)$",
        r"(?:i've|i have|we've|we have) (?:now |just |already )?(?:done (?:it|that|this)"
        r"|taken care of|completed|finished|processed|confirmed|gone ahead)",
    ),
    settled_object=_settled_object,
    unless=(
        r"not", r"nothing", r"never", r"cannot", r"\w+n't", r"if", r"once", r"when", r"until",
        r"unless",
        r"before", r"ensure", r"make sure", r"please (?:\w+ )?(?:confirm|verify)", r"want",
        r"will be", r"to be", r"after", r"as soon as", r"would be", r"can be",
    ),
)  # fmt: skip
