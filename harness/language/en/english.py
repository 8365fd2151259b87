"""English as an object: its vocabulary, sounds, addresses and dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.language.email_addresses import EmailAddresses
from harness.language.en.actions import ENGLISH_ACTIONS
from harness.language.en.numbers import (
    DIGITS,
    ENGLISH_AMOUNTS,
    ENGLISH_COUNTS,
    ENGLISH_NUMBERS,
    ORDINALS,
    SMALL,
    TEENS,
    TENS,
    UNITS,
    cardinal,
    ordinal,
    parse_cardinal,
)
from harness.language.en.times import (
    BETWEEN_DAY_AND_TIME,
    BOTH_DAY_AND_TIME,
    ENGLISH_TIMES,
    MONTH,
    MONTH_NUMBERS,
    MONTHS,
    RELATIVE_DAYS,
    days_meant,
)
from harness.language.language import Language, Streets
from harness.language.numbers import Dates, Day
from harness.language.phrases import Bystanders, phrases_in
from harness.language.sentences import Abbreviations
from harness.language.sounds import PhoneCosts, Sounds, speller, written_ways
from harness.language.spelling import Alphabet, SpelledPart, Token, is_single
from harness.language.tables import Tables, Words
from harness.language.values import WordForms, argument_names

_FOLDER = Path(__file__).parent

# English: how words and letters sound, and how characters are spelled.

_SOUNDS = Tables(_FOLDER / "sounds.toml")
_LETTERS = _SOUNDS.read(dict[str, str], "letters")
_NUMBERS = _SOUNDS.read(dict[str, str], "numbers")
_KNOWN = _LETTERS | _NUMBERS | _SOUNDS.read(dict[str, str], "known")
_spelled = speller(_SOUNDS.read(dict[str, str], "rules"))
_BEFORE_ONE = _SOUNDS.read(frozenset[str], "ordinary.before_one")
_AFTER_ONE = _SOUNDS.read(frozenset[str], "ordinary.after_one")


def _phones_of(word: str) -> str:
    if word.isdigit():
        return "".join(_NUMBERS[DIGITS[int(digit)]] for digit in word)
    if word in _KNOWN:
        return _KNOWN[word]
    bare = word.replace("'", "")
    if not re.search(r"[aeiouy]", bare):
        return "".join(_LETTERS.get(letter, "") for letter in bare)
    # The silent e of "made"; "me" and "be" keep theirs.
    return _spelled(re.sub(r"(?<=[a-z]{2})e$", "", bare))


ENGLISH_SOUNDS = _SOUNDS.fill(
    Sounds,
    "sounds",
    phones_of=_phones_of,
    costs=_SOUNDS.fill(PhoneCosts, "costs"),
    written=written_ways(DIGITS, _LETTERS, _SOUNDS.read(dict[str, tuple[str, ...]], "same_sound")),
)


def _ordinary_first(row: Sequence[Token], low: int, high: int) -> bool:
    """Return whether a run begins with "a", "I", "oh", or the "one" of "this one"."""
    token = row[low]
    after = row[low + 1] if low + 1 < high else None
    if token.text in ("a", "A", "i", "I"):
        joined = after is not None and after.part in (SpelledPart.PAUSE, SpelledPart.SEPARATOR)
        spelled = (
            after is not None
            and is_single(after)
            and token.text.isupper() == (after.text.isupper() or after.text.isdigit())
        )
        return not joined and not (spelled and (token.text != "I" or after is not None))
    # With a capital it begins a sentence: "Oh, 4 7 1 5" has no zero in front.
    if token.text == "Oh":
        return True
    return token.text.lower() == "one" and low > 0 and row[low - 1].text.lower() in _BEFORE_ONE


def _ordinary_last(row: Sequence[Token], low: int, high: int) -> bool:
    """Return whether a run ends with "a" or "I" of the next words, or the "one" of "one more"."""
    token = row[high - 1]
    after = row[high] if high < len(row) else None
    worded = after is not None and after.part in (
        SpelledPart.WORD,
        SpelledPart.LINK,
        SpelledPart.LABEL,
    )
    if after is None or not worded or not after.text[0].isalpha():
        return False
    # "B-A" is joined: the A is a part of the value whatever follows.
    if high - 2 >= low and row[high - 2].text == "-":
        return False
    if token.text in ("a", "i"):
        return True
    if token.text == "I":
        # "… 5 I is the code": the letter is the subject, not the speaker.
        return after.text.lower() not in ("is", "was")
    if token.text == "A":  # a new sentence
        return high - 2 >= low and row[high - 2].text == "."
    return token.text.lower() == "one" and after.text.lower() in _AFTER_ONE


ENGLISH_ALPHABET = _SOUNDS.fill(
    Alphabet,
    "alphabet",
    digits=DIGITS,
    letters={
        word: word[0].upper()
        for word in (*_SOUNDS.read(Words, "spelling.nato"), "zee", "zed", "kay", "jay")
    },
    numbers={
        word: str(value) for word, value in (UNITS | {"oh": 0, "niner": 9} | TEENS | TENS).items()
    },
    tens=frozenset(TENS),
    cardinal=parse_cardinal,
    ordinary_first=_ordinary_first,
    ordinary_last=_ordinary_last,
)


# English: words, addresses and dates.

_TABLES = Tables(_FOLDER / "vocabulary.toml")
ENGLISH_BYSTANDERS = _TABLES.fill(Bystanders, "bystanders")
_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}
_FORMS = _TABLES.fill(WordForms, "word_forms")
_IN_ORDER = {word: f"{number}{_SUFFIXES.get(number, 'th')}" for word, number in ORDINALS.items()}

ENGLISH_EMAILS = _TABLES.fill(
    EmailAddresses,
    "emails",
    numbers=ENGLISH_NUMBERS,
    others={
        f"{word}{kind}": sign
        for word, sign in _TABLES.read(dict[str, str], "email_signs").items()
        for kind in ("", " sign", " symbol", " character")
    }
    | {"full stop": ".", "under score": "_"},
    alphabet=ENGLISH_ALPHABET,
)

_DAY_WORDS = rf"(?:(?:twenty|thirty)[\s-]+)?(?:{'|'.join(ORDINALS)})"
_CARDINAL_DAY = rf"(?:(?:twenty|thirty)[\s-]+)?(?:{'|'.join(SMALL)})"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_DAY_WORDS}|{_CARDINAL_DAY})"
_YEAR_WORD = rf"(?:oh|hundred|{'|'.join(SMALL)})"
_TENS = "|".join(word for word, value in TENS.items() if value > 20)
_TWO_DIGITS = rf"(?:{_TENS})(?:[\s-]+(?:{'|'.join(UNITS)}))?(?=\s*(?:[.,;!?]|$))"
"""A year without its century, at the end of a clause: no noun follows that it could count."""
_YEAR = (
    r"(?:\d{4}|two[\s-]+thousand(?:[\s-]+(?:and[\s-]+)?"
    rf"{_CARDINAL_DAY})?|{_TWO_DIGITS}|(?:nineteen|twenty)(?:[\s-]+{_YEAR_WORD}){{1,2}})"
)


def _read_date(match: re.Match[str]) -> Day | None:
    if match["us"]:
        month, day, year = (int(part) for part in match["us"].split("/"))
        return year, month, day
    if match["short"]:
        month, day = (int(part) for part in match["short"].split("/"))
        return None, month, day
    if match["feast"]:
        return None, *_FEASTS[" ".join(match["feast"].lower().replace("’", "'").split())]
    name, day_text = match["month"] or match["month2"], match["day"] or match["day2"]
    year_text = match["year"] or match["year2"]
    found = _read_day(day_text)
    if found is None:
        return None
    return (
        _read_year(year_text) if year_text else None,
        MONTH_NUMBERS[name.lower().rstrip(".")],
        found,
    )


def _read_day(text: str) -> int | None:
    words = re.split(r"[\s-]+", text.lower())
    if words[-1] in ORDINALS:
        words[-1] = cardinal(ORDINALS[words[-1]])
    elif words[0][0].isdigit():
        return int(re.sub(r"\D", "", words[0]))
    return parse_cardinal(words)


def _read_year(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    words = [word for word in re.split(r"[\s-]+", text.lower()) if word != "and"]
    if "thousand" in words or words[1:] == ["hundred"]:
        return parse_cardinal(words)
    if SMALL[words[0]] > 20:
        return parse_cardinal(words)
    century = SMALL[words[0]]
    if words[1] == "oh":
        return 100 * century + UNITS.get(words[-1], 0)
    rest = parse_cardinal(words[1:])
    return None if rest is None else 100 * century + rest


def _say_date(year: int | None, month: int, day: int) -> str:
    """Return "April twenty-fifth, twenty twenty-six"."""
    spoken = f"{MONTHS[month - 1]} {ordinal(day)}"
    return spoken if year is None else f"{spoken}, {_say_year(year)}"


def _say_year(year: int) -> str:
    century, rest = divmod(year, 100)
    # "nineteen hundred", but "two thousand".
    if rest == 0 and century % 10:
        return f"{cardinal(century)} hundred"
    if year < 1100 or year % 1000 < 10:
        return cardinal(year)
    return f"{cardinal(century)} {f'oh {cardinal(rest)}' if rest < 10 else cardinal(rest)}"


_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun)\.?)"
_FEASTS = _TABLES.read(dict[str, tuple[int, int]], "feasts")
_FEAST = "|".join(re.escape(one) for one in sorted(_FEASTS, key=len, reverse=True))
# Without such a word, "9/10" is more often a share than a day.
_BEFORE_SLASH = "".join(rf"|(?<=\b{word}\s)" for word in ("by", "from", "until", "before", "after"))

ENGLISH_DATES = Dates(
    # slashes are read month first, as in the US
    expression=rf"""(?P<us>\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d{{2}}))
      | (?:(?<=\bon\s){_BEFORE_SLASH}|{_WEEKDAY},?\s+)(?P<short>\d{{1,2}}/\d{{1,2}})(?!\s*/)
      | (?P<feast>{_FEAST})
      | (?:{_WEEKDAY},?\s+)?(?P<month>{MONTH})\s+(?:the\s+)?(?P<day>{_DAY})
          (?:,?\s+(?:of\s+)?(?P<year>{_YEAR}))?
      | (?:{_WEEKDAY},?\s+)?(?:the\s+)?(?P<day2>{_DAY})\s+(?:of\s+)?(?P<month2>{MONTH})
          (?:,?\s+(?P<year2>{_YEAR}))?
    """,
    read=_read_date,
    say=_say_date,
    relative=RELATIVE_DAYS,
    days_of=days_meant,
)


ENGLISH_ARGUMENTS = argument_names(_TABLES)

ENGLISH = _TABLES.fill(
    Language,
    "language",
    numbers=ENGLISH_NUMBERS,
    alphabet=ENGLISH_ALPHABET,
    amounts=ENGLISH_AMOUNTS,
    dates=ENGLISH_DATES,
    emails=ENGLISH_EMAILS,
    streets=_TABLES.fill(Streets, "streets", numbers=ENGLISH_NUMBERS),
    abbreviations=_TABLES.fill(Abbreviations, "abbreviations"),
    sounds=ENGLISH_SOUNDS,
    phrases=phrases_in(_FOLDER),
    actions=ENGLISH_ACTIONS,
    arguments=ENGLISH_ARGUMENTS,
    times=ENGLISH_TIMES,
    between_day_and_time=BETWEEN_DAY_AND_TIME,
    both_day_and_time=BOTH_DAY_AND_TIME,
    counts=ENGLISH_COUNTS,
    word_forms=replace(_FORMS, full={**_FORMS.full, **_IN_ORDER}),
    bystanders=ENGLISH_BYSTANDERS,
    dialogues=_FOLDER / "dialogues.yaml",
)
