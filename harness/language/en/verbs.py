"""English: the forms of verbs, and in which company a form is a verb and no noun."""

from __future__ import annotations

import re

from harness.language.actions import VerbForms
from harness.language.phrasebook import Patterns


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
"""Those of them that name the action as nouns, too: "a refund"."""

_VERB_BEFORE = (
    r"(?:^|(?:to|i|we|you|they|i'll|we'll|you'll|i'd|you'd|we'd|let's|me|us|can|could|shall|should"
    r"|will|would|may|might|must|do|don't|not|yes|yeah|okay|ok|sure|alright|great|perfect|then|and|or|so"
    r"|help|please|just|also|now|quickly|first|go|only|simply|happily|gladly) )"
    r"(?:(?:just|also|now|please|quickly|first|then|go ahead and|only|simply) )*"
)
"""What stands in front of a plain form that is a verb."""

_NO_NOUN_BEHIND = (
    r"(?! (?:number|numbers|id|ids|status|history|is|was|has|were|are|date|confirmation|details"
    r"|name|price|fee|fees|amount|account|limit|rate|code))"
)

_NOT_BEHIND = {"ending": r"(?! (?:in|with))", "holding": r"(?! on)", "starting": r"(?! at)"}
"""What behind a form makes it say something else: "the card ending in 7334"."""

_BESIDE_NOUNS = _words(
    "order ticket report record file charge credit claim rent rate bill return price book"
)
"""Verbs that are often the first half of a noun: "order number"."""

_QUALITIES = _words("correct clear complete open close right")
"""Verbs that are no verbs where nothing follows: "is that correct"."""

_ARTICLES = ("the", "a", "an", "your", "my", "our", "this", "that", "his", "her", "their", "no")
_NO_ARTICLE = "".join(rf"(?<!\b{word} )" for word in _ARTICLES)

_GAP = r"(?: [\w'’.$@-]+){0,8}?"
"""What may stand inside a verb of two words: "look order 4 7 1 5 up"."""

_HAVE = r"(?:i've|we've|i have|we have|i had|we had|i|we)"
_IS = r"(?:is|are|was|were|been|got|gotten|you're|they're|[a-z]+'s)"
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
    """Return third person, -ing forms, pasts and participles of one word, in all spellings."""
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
        rf"{_IS}{_ADVERBS} (?:{participle})",
        rf"^(?:(?:all|successfully|just|okay|ok|great|perfect|done|now|and|so) )*(?:{participle})",
    )
