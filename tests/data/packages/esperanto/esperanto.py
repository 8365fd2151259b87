"""Esperanto as far as two calls to an order desk need it: a language that comes with a package."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from harness.language.email_addresses import EmailAddresses
from harness.language.language import Language, Streets
from harness.language.numbers import Amounts, CountWords, Dates, Day, Numbers
from harness.language.phrasebook import Answers, Asking, Waiting, Wishes
from harness.language.phrases import Action, Actions, Details, End, Phrases, VerbForms
from harness.language.sentences import Abbreviations
from harness.language.sounds import PhoneCosts, Sounds
from harness.language.spelling import Alphabet
from harness.language.times import TimeOfDay, Times
from harness.language.values import ArgumentNames, ValueKind, WordForms

DIGITS = ("nul", "unu", "du", "tri", "kvar", "kvin", "ses", "sep", "ok", "naŭ")
MONTHS = (
    "januaro", "februaro", "marto", "aprilo", "majo", "junio",
    "julio", "aŭgusto", "septembro", "oktobro", "novembro", "decembro",
)  # fmt: skip
NEVER = r"(?!)"


def part(number: int, ten: str) -> str:
    return ("" if number == 1 else DIGITS[number]) + ten


WORDS = (
    {word: value for value, word in enumerate(DIGITS)}
    | {part(n, "dek"): 10 * n for n in range(1, 10)}
    | {part(n, "cent"): 100 * n for n in range(1, 10)}
)
BY_VALUE = {value: word for word, value in WORDS.items()}


def cardinal(number: int) -> str:
    if not 0 <= number <= 999:
        raise ValueError(f"expected 0 to 999, got {number}")
    places = (number // 100 * 100, number % 100 // 10 * 10, number % 10)
    return " ".join(BY_VALUE[place] for place in places if place) or "nul"


def parse(words: Sequence[str]) -> int | None:
    values = [int(word) if word.isdecimal() else WORDS.get(word, -1) for word in words]
    sizes = [len(str(value)) for value in values]
    falling = all(a > b for a, b in pairwise(sizes))
    return sum(values) if values and min(values) >= 0 and falling else None


NUMBERS = Numbers(DIGITS, 999, cardinal, parse, WORDS.__contains__)


def read_amount(match: re.Match[str]) -> tuple[int, int] | None:
    return read_written(match["written"] or match["euros"])


def read_written(text: str) -> tuple[int, int] | None:
    number = re.fullmatch(r"(\d+)(?:,(\d\d))?", text)
    if number is not None:
        return int(number[1]), int(number[2] or 0)
    said = parse(text.lower().split())
    return None if said is None else (said, 0)


def read_date(match: re.Match[str]) -> Day:
    year = match["year"]
    return int(year) if year else None, MONTHS.index(match["month"].lower()) + 1, int(match["day"])


def say_amount(whole: int, part: int, written: str) -> str:
    return f"{cardinal(whole)} eŭroj" + (f" {cardinal(part)}" if part else "")


def say_date(year: int | None, month: int, day: int) -> str:
    return f"la {day}-a de {MONTHS[month - 1]}" + (f" {year}" if year else "")


RELATIVE = {"hodiaŭ": 0, "morgaŭ": 1, "postmorgaŭ": 2}


def days_of(match: re.Match[str], today: date) -> tuple[date, ...]:
    return (today + timedelta(RELATIVE[match[0].lower()]),)


def read_time(match: re.Match[str]) -> tuple[TimeOfDay, ...]:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    return ((hour, minute),) if hour < 24 and minute < 60 else ()


def say_time(hour: int, minute: int) -> str:
    return f"je la {hour}-a" + (f" kaj {minute}" if minute else "")


def phones_of(word: str) -> str:
    names = "".join(DIGITS[int(digit)] for digit in word) if word.isdecimal() else word
    return "".join(
        sign for sign in names.translate(str.maketrans("ĉĝĥĵŝŭ", "cghjsu")) if sign in SIGNS
    )


def forms(verb: str) -> VerbForms:
    stem = verb.removesuffix("i")
    said = (rf"{stem}\w+",)
    return VerbForms(words=(verb,), asked=said, said=said, done=(rf"(?:estas|mi) {stem}it?a?s?",))


def action(verb: str, name: str, done: tuple[str, ...] = ()) -> Action:
    found = forms(verb)
    return Action(
        verb=verb,
        names=frozenset({name}),
        nouns=frozenset(),
        asked=found.asked,
        said=found.said,
        done=(*found.done, *done),
    )


VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnprstvzqwxy"
SIGNS = VOWELS + CONSONANTS

ESPERANTO = Language(
    name="eo",
    voice="eo",
    numbers=NUMBERS,
    alphabet=Alphabet(
        digits=DIGITS,
        signs={"-": "streko", "+": "plus"},
        letters={f"{sign}o": sign.upper() for sign in CONSONANTS},
        numbers={word: str(value) for word, value in WORDS.items() if value < 100},
    ),
    amounts=Amounts(
        numbers=NUMBERS,
        expression=rf"€\s?(?P<written>\d+(?:,\d\d)?)|(?P<euros>\d+(?:,\d\d)?|{'|'.join(DIGITS)})\s+eŭroj",
        read=read_amount,
        read_bare=read_written,
        say=say_amount,
        examples="49,90",
    ),
    dates=Dates(
        rf"la\s+(?P<day>\d\d?)-a\s+de\s+(?P<month>{'|'.join(MONTHS)})(?:\s+(?P<year>\d{{4}}))?",
        read_date,
        say_date,
        relative="|".join(sorted(RELATIVE, key=len, reverse=True)),
        days_of=days_of,
    ),
    times=Times(
        expression=r"je\s+la\s+(?P<hour>\d\d?)-a(?:\s+kaj\s+(?P<minute>\d\d?))?",
        read=read_time,
        say=say_time,
    ),
    between_day_and_time=r"[\s,]*",
    counts=CountWords(named={"paron da": 2}),
    word_forms=WordForms(full={"d-ro": "doktoro"}, endings=r"n$"),
    emails=EmailAddresses(
        NUMBERS,
        names={".": "punkto", "-": "streko", "_": "substreko", "+": "plus", "@": "heliko"},
        others={},
    ),
    streets=Streets(NUMBERS, {"str": "strato"}),
    abbreviations=Abbreviations(frozenset({"ktp", "s-ro"})),
    contractions={},
    sounds=Sounds(
        phones_of,
        PhoneCosts(
            vowels=VOWELS,
            consonants=CONSONANTS,
            alike=(("bp", 0.4), ("dt", 0.4), ("mn", 0.4)),
            vowel_cost=0.5,
            lost={},
            lost_vowel=0.5,
            lost_consonant=0.9,
        ),
    ),
    phrases=Phrases(
        waiting=Waiting(
            fillers=(r"nu", r"bone", r"momenton"),
            stalling=(r"nu", r"momenton"),
            courtesies=(r"dankon pro .*",),
            machinery=(r"ilon",),
            reasoning=(r"miaj instrukcioj",),
            guarantees=(r"mi promesas",),
        ),
        answers=Answers(
            interjections=(r"jes", r"ne", r"nu"),
            courtesies=(r"bonvolu", r"dankon"),
            tags=(r"ĉu ne",),
            agreeing_alone=(r"jes", r"certe", r"tio ĝustas"),
            agreeing=(r"daŭrigu", r"faru tion"),
            contented=(r"en ordo",),
            liking=(r"bone",),
            refusing=(r"ne",),
            leaving=(r"lasu ĝin",),
            denying=(r"ne",),
            pausing=(r"atendu", r"haltu"),
            deferring=(r"eble poste",),
            correcting=(r"preskaŭ",),
            sayings={},
            not_minding={},
            plainly=(r"jes",),
            minding=(r"ĝenas min",),
            trailing=(r"jes$",),
            reluctant=(r"se necese",),
            sufficient=(r"sufiĉas",),
            joining=(),
            harmless=(r"ne gravas",),
            reasons=(),
            hedging=(r"sed", r"eble", r"se"),
            unsure=(r"mi ne scias",),
            acknowledging=(r"mi aŭdis",),
            openings=(r"ĉu vi",),
            value_word="tio",
        ),
        wishes=Wishes(
            requesting=(r"ĉu vi povas", r"mi volas"),
            objects=(r"ĝin", r"la mendon"),
            questioning=(r"kiam", r"kio", r"kie", r"ĉu"),
            retracting=(r"kio$", r"kiu parolas"),
            changing=(r"anstataŭe", r"ŝanĝu ĝin", r"prefere"),
            other=(r"alia",),
            preferring=(r"prefere",),
            staying=(r"prefere restu",),
            restating=(r"mi diris",),
            contrasting=(r"anstataŭ",),
            giving=(r"kun", r"por"),
            busy=(r"mi laboras",),
            setting=(r"faru ĝin por",),
            taking_up=(r"mendu", r"sendu"),
            informing=(r"diru", r"montru"),
            inviting=(r"bonvolu",),
            picking=(r"la unua",),
            places={"unua": 0},
            stating=(r"estas",),
            affirming=(r"ĝuste",),
            opposites={"kun": "sen", "sen": "kun"},
            undoing=(r"nulig\w*",),
            no_values=(r"tiu unu",),
            named_values=(r"hodiaŭ", r"morgaŭ"),
            small_words=(r"mi", r"vi", r"la", r"ĝin", r"tio", r"ĉu", r"por", r"volas"),
            articles=frozenset({"la"}),
        ),
        asking=Asking(
            leave=(r"ĉu mi",),
            unmarked=(r"ĉu mi",),
            declared=(),
            go_ahead=(r"ĉu mi (?:daŭrigu|faru tion)",),
            confirming=(r"ĉu tio (?:ĝustas|pravas)",),
            faulting=(r"ĉu io malĝustas",),
            faulty=(r"malĝuste",),
            minding=(r"ĉu ĝenas",),
            wanting=(r"ĉu vi volas",),
            choosing=(r"kiu",),
            one_of=(r"unu el ili",),
            circumstance=frozenset({"kun", "por"}),
            suiting=(r"ĉu tio taŭgas",),
            pointing=(r"ĝin$",),
            more=(r"ĉu io alia",),
            negative=(r"vi ne volas",),
            tags=(r"ĉu ne",),
            requests=(r"bonvolu konfirmi",),
            offers=(r"ĉu vi volas",),
            informing=(r"kiom",),
            open_questions=(r"kiu", r"kio"),
            denied=NEVER,
            possible=r"\bvi povas\b",
            clause=r"\bkaj\b",
            alternative=r"\baŭ\b",
            ruled_out=r"\bne\s*$",
            negating=NEVER,
            keeping=(r"lasu",),
        ),
        details=Details(
            helping=frozenset({"estas"}),
            opposites={},
            unwanted=r"\bsen\b",
            counted=frozenset({"nombro"}),
            people=frozenset({"personoj"}),
            starts=End(frozenset({"de"}), r"\bde\s*$"),
            ends=End(frozenset({"al"}), r"\bal\s*$"),
            names="",
            clauses=r"[.!?;,]|\bkaj\b",
            shares=NEVER,
            ending=NEVER,
            only=NEVER,
            not_meant=r"§ estas plena\b",
            kept=r"\blas\w+",
            now_before=r"\b(?:de|anstataŭ)\s*$",
            new_before=r"\bal\s*$",
            giving=(r"je", r"bonvolu"),
        ),
        backchannel=(r"mhm", r"nu"),
        announcing=(r"mi (?:nun )?\w+os",),
        conditional=(r"se", r"kiam"),
        consequence=r"\b(definitiva|nerevokebla)\b",
        retrying=(r"denove",),
    ),
    actions=Actions(
        reading=(action("serĉi", "serchi", (r"mi trovis",)),),
        handing_over=action("konekti", "konekti"),
        changing=(action("nuligi", "nuligi"),),
        forms=forms,
        light=frozenset(),
        rather_objects=frozenset(),
        lead_in=frozenset(),
        no_objects=frozenset(),
        object_ends=frozenset({"de", "por"}),
        beside={},
        plurals=lambda noun: rf"{noun}j?n?",
        getting=lambda things: (rf"havi {things}",),
        settled=(r"farite",),
        settled_object=lambda things: (rf"{things} estas preta",),
        unless=(r"ne", r"se"),
    ),
    arguments=ArgumentNames(
        kinds={"numero": ValueKind.ID, "nomo": ValueKind.NAME, "dato": ValueKind.DATE},
        before={},
        links=frozenset({"de"}),
        counted=frozenset({"nombro"}),
    ),
)
