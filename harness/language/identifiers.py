"""Identifiers and phone numbers in a text, and their self-repairs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from harness.language.phrasebook import matches, plain, starts, without
from harness.language.phrases import Phrases
from harness.language.spelling import (
    Alphabet,
    SpelledPart,
    Token,
    characters,
    is_letter,
    is_single,
    readings,
    speak_characters,
    speak_groups,
    spelled_out,
    tokens,
)
from harness.language.values import Found, ValueKind

_LEAST_DIGITS = 4
_LEAST_PHONE_DIGITS = 7
_FEWEST, _MOST = 3, 15
"""Digits of a phone number in a file; E.164 allows 15."""

_ACCOUNT = re.compile(r"[A-Z]{2}\d{2}")
_LEAST_GROUPS = 4
"""The beginning of an account number, and the fewest groups that it has."""

_NEAR = 64
"""Tokens before and after a token that decide whether a value continues there: a longer list of
them is no value, and would take time in proportion to its square."""

_SIGNS = " -/_.+#"
_DOTTED = re.compile(r"(?<=\d{3})\.(?=\d{3})")
"""The full stops of a phone number: 555.012.3456."""
# "+49 (30) 123-456", "030/123456".
_WRITTEN_PHONE = re.compile(r"\+?[0-9\s().\-/]+")

_SOLID = (SpelledPart.CHARACTERS, SpelledPart.SEPARATOR)
"""Parts of a value that is written without a space."""
_SPOKEN = (*_SOLID, SpelledPart.PAUSE, SpelledPart.REPEAT)
"""Parts of a spoken value."""
_BETWEEN = (SpelledPart.LINK, SpelledPart.LABEL, SpelledPart.PAUSE)
"""Parts that may come between two parts of a value."""


@dataclass(frozen=True, slots=True, eq=False)
class Identifiers:
    """Values that are said character by character and mix letters and digits, or are long."""

    alphabet: Alphabet

    def speak(self, value: str) -> str:
        """Return a value letter by letter: "O, R, D, dash, four"."""
        return speak_characters(value, self.alphabet)

    def normalize(self, value: str) -> str:
        """Return the upper-case letters and digits of a value, written or spoken."""
        return characters(value, self.alphabet)

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every run of characters that mixes letters and digits or has four digits or more.

        A written identifier that starts with letters and continues without a space ("ORD-4715B") is
        a run by itself; anything else joins over spaces, commas, dashes, the full stops of dotted
        letters, and the words that lead on to a last letter or from the letters to the digits
        ("O-R-D, then 4-7-1-5, and the letter B").
        """
        return tuple(
            found for found in spelled_runs(text, self.alphabet) if is_identifier(found.value)
        )

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if the value is no identifier, else None."""
        known = (is_letter(s, self.alphabet) or s in "0123456789" or s in _SIGNS for s in value)
        if all(known) and self.normalize(value):
            return None
        further = "".join(sorted(self.alphabet.further_letters)).upper()
        letters = f"A-Z{further and ', '}{further}"
        return f"expected letters {letters} and digits, with - / _ . + # or spaces between"


@dataclass(frozen=True, slots=True, eq=False)
class Phones:
    """Phone numbers, said digit by digit in groups."""

    alphabet: Alphabet

    def speak(self, value: str) -> str:
        """Return a number digit by digit, with a comma between its groups of three and four."""
        return speak_groups(value, self.alphabet)

    def normalize(self, value: str) -> str:
        """Return the digits."""
        return "".join(sign for sign in characters(value, self.alphabet) if sign.isdigit())

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every run of seven digits or more without other characters."""
        return tuple(
            found
            for found in spelled_runs(_DOTTED.sub("-", text), self.alphabet)
            if found.value.isdigit() and len(found.value) >= _LEAST_PHONE_DIGITS
        )

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if the value is no phone number, else None."""
        digits = sum(sign.isdigit() for sign in value)
        if _WRITTEN_PHONE.fullmatch(value.strip()) and _FEWEST <= digits <= _MOST:
            return None
        allowed = "with + in front and spaces, ( ) - . or / between"
        return f"expected {_FEWEST} to {_MOST} digits, {allowed}"


def is_identifier(value: str) -> bool:
    """Whether characters mix letters and digits, or are four digits or more."""
    digits = sum(sign.isdigit() for sign in value)
    return digits >= _LEAST_DIGITS or 0 < digits < len(value)


@lru_cache(maxsize=4096)
def spelled_runs(text: str, alphabet: Alphabet) -> tuple[Found, ...]:
    """Return every run of characters, spelled or written, whatever it may be."""
    return tuple(_runs(text, alphabet))


def _runs(text: str, alphabet: Alphabet) -> Iterator[Found]:
    row = tokens(text, alphabet)
    start = 0
    for stop in range(len(row) + 1):
        if stop < len(row) and not _ends(row, start, stop, alphabet):
            continue
        # First cut the run at values that are written whole, then take ordinary words off their
        # ends.
        for low, high in _written_apart(row, start, stop, alphabet):
            low, high = _trimmed(row, low, high, alphabet)
            all_of_it = readings(row[low:high], alphabet)
            if all_of_it[0]:
                yield Found(all_of_it[0], row[low].start, row[high - 1].stop, all_of_it)
        start = stop + 1


def _ends(row: Sequence[Token], start: int, at: int, alphabet: Alphabet) -> bool:
    """Return whether the token ends a run: any word, and a full stop that ends a sentence."""
    token = row[at]
    if token.part in (SpelledPart.LINK, SpelledPart.LABEL):
        return not _leads_on(row, start, at, alphabet)
    if token.part is SpelledPart.WORD:
        return True
    if token.text != "." or at + 1 == len(row):
        return False
    start = max(start, at - _NEAR)
    if all(one.part is SpelledPart.PAUSE for one in row[start:at]):
        return False
    before, after = row[at - 1], row[at + 1]
    if "." in (before.text, after.text):  # ". . .", a pause
        return False
    if _dotted(row[start : at + 2]):
        return False
    if is_single(before) and is_single(after):
        # "A.B" and "A. B. C", but not "4 7 1 5. 2 items"
        return row[at].stop < after.start and at - 2 >= start and row[at - 2].text != "."
    return not (is_single(before) and after.part is SpelledPart.SEPARATOR)


def _dotted(run: Sequence[Token]) -> bool:
    """Say whether single characters, also in words, are parted by full stops alone: "Six. Zero"."""
    begun = next(at for at, one in enumerate(run) if one.part is not SpelledPart.PAUSE)
    said, stops = run[begun::2], run[begun + 1 :: 2]
    return all(one.text == "." for one in stops) and all(len(one.characters) == 1 for one in said)


def _leads_on(row: Sequence[Token], start: int, at: int, alphabet: Alphabet) -> bool:
    """Return whether the word at ``at`` is between two parts of the same value.

    It does between letters that are explained ("B as in bravo, then T as in tango"), between
    letters and at least three digits ("O R D, then 4 7 1 5"), between digits and a last letter ("4
    7 1 5 and B"), and before the last of digits that were said singly ("4, 7, 1 and 5."); "letter"
    leads on to another character. Two whole numbers ("4715 and 2958") stay two.
    """
    start, end = max(start, at - _NEAR), min(len(row), at + _NEAR)
    low, high = at, at
    while low > start and row[low - 1].part in _BETWEEN:
        low -= 1
    while high < end and row[high].part in _BETWEEN:
        high += 1
    before = spelled_out(row[start:low], alphabet)
    if not before or high == end or row[high].part is not SpelledPart.CHARACTERS:
        return False
    one_more = len(row[high].characters) == 1 or before.isalpha()
    labelled = row[high - 1].part is SpelledPart.LABEL and one_more
    if labelled or _explained(row[low - 1], row[high]):
        return True
    stop = high
    while stop < end and row[stop].part in _SPOKEN:
        stop += 1
    after = spelled_out(row[high:stop], alphabet)
    # Letters need three digits or more behind them: "A B and 2 tickets" is no identifier.
    if len(before) > 1 and before.isalpha():
        return after[:3].isdigit() and len(after) >= 3
    if len(after) != 1 or not before[-1].isdigit():
        return False
    # A last digit only after digits that were said singly, and not if it counts the next word.
    return after.isalpha() or (_one_by_one(row[start:low]) and not _goes_on(row, high + 1))


def _one_by_one(run: Sequence[Token]) -> bool:
    """Return whether three characters or more were said, and each with a pause before the next."""
    said = [one for one in run if one.part is SpelledPart.CHARACTERS]
    pauses = sum(one.part is SpelledPart.PAUSE for one in run)
    single = all(len(one.characters) == 1 for one in said)
    return single and len(said) > _FEWEST - 1 and pauses >= len(said) - 1


def _goes_on(row: Sequence[Token], at: int) -> bool:
    """Return whether a word follows without a pause: "and 5 tickets"."""
    return at < len(row) and row[at].part is SpelledPart.WORD and row[at].text[0].isalnum()


def _explained(before: Token, after: Token) -> bool:
    """Return whether both are letters with a word that begins with them."""
    return all(len(one.characters) == 1 and " " in one.text for one in (before, after))


def _written_apart(
    row: Sequence[Token], start: int, stop: int, alphabet: Alphabet
) -> Iterator[tuple[int, int]]:
    """Split a run around identifiers written without a space, such as ORD-4715B."""
    low = start
    at = start
    while at < stop:
        end = at + 1
        while end < stop and row[end].start == row[end - 1].stop and row[end].part in _SOLID:
            end += 1
        while end > at + 1 and row[end - 1].part is SpelledPart.SEPARATOR:
            end -= 1
        end = _grouped_to(row, at, end, stop)
        chunk = spelled_out(row[at:end], alphabet)
        # "ORD-4715B", but not "AB1".
        if chunk[:2].isalpha() and len(chunk) >= 4 and any(sign.isdigit() for sign in chunk):
            yield low, at
            low = at
            # "ORD-4715, letter B" continues: the written part is not the whole value.
            if not _labelled(row, end, stop):
                yield at, end
                low = end
        at = end
    yield low, stop


def _grouped_to(row: Sequence[Token], at: int, end: int, stop: int) -> int:
    """Return the index after an account's number that is written in groups of four.

    So ISO 13616 prints it: "DE89 3704 0044 0532 0130 00". Any other run keeps its end.
    """
    if end - at != 1 or not _ACCOUNT.fullmatch(row[at].text):
        return end
    after = at + 1
    while after < stop and re.fullmatch(r"[A-Z0-9]{4}", row[after].text):
        after += 1
    if after - at < _LEAST_GROUPS:
        return end
    # The last group of an IBAN may have one to three signs.
    short = after < stop and re.fullmatch(r"[A-Z0-9]{1,3}", row[after].text) is not None
    return after + short


def _labelled(row: Sequence[Token], at: int, stop: int) -> bool:
    """Return whether the next character of a run is announced: "and the letter B"."""
    while at < stop and row[at].part in (SpelledPart.PAUSE, SpelledPart.LINK):
        at += 1
    return at < stop and row[at].part is SpelledPart.LABEL


def _trimmed(row: Sequence[Token], low: int, high: int, alphabet: Alphabet) -> tuple[int, int]:
    """Leave out signs and ordinary words at both ends."""
    changed = True
    # Again from the start, as a word that is taken off may uncover another one.
    while changed and low < high:
        changed = False
        if (
            row[low].part in (*_BETWEEN, SpelledPart.SEPARATOR)
            or alphabet.ordinary_first(row, low, high)
            or _lone_word(row, low, high, alphabet)
        ):
            low, changed = low + 1, True
        elif row[high - 1].part is not SpelledPart.CHARACTERS or alphabet.ordinary_last(
            row, low, high
        ):
            high, changed = high - 1, True
    return low, high


def _lone_word(row: Sequence[Token], low: int, high: int, alphabet: Alphabet) -> bool:
    """Return whether a run begins with a lone word like "hotel" that no other such word follows."""
    if row[low].text.lower() not in alphabet.letters:
        return False
    return not any(token.text.lower() in alphabet.letters for token in row[low + 1 : high])


# Repairs of digits and letters while they are said: "four seven one five, no, one six".
#
# The characters after the words that take a slip back replace as many of the last characters before
# them, and speakers begin again at a character that stays (Levelt 1983: reparandum, editing term,
# repair with retracing). So "one five, no, one six" is sure by its first digit, "three two, no, two
# three" by the same two; "four seven one, no, two five" may be 425 or 4725: that has both readings.
#
# Only spelled values, identifiers and phone numbers are repaired: "twenty, no, five" is five.

MENDED_KINDS = (ValueKind.ID, ValueKind.PHONE)
"""Kinds that are always spelled: for any other kind, the correction is a whole value."""

_SENTENCE_ENDS = re.compile(r"[.!?]")
_OVER = re.compile(r"\s*(?:$|[,.;!?…–—-]+(?!\w))")

_HALF = 0.5

_LONGEST = 400
"""Characters of a slip, or of the text after it, that are read: more is a list, and takes long."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A slip in ``text[start:stop]`` and its replacement."""

    start: int
    stop: int
    readings: tuple[str, ...]
    """All possible meanings, the likeliest first; a single reading is sure."""
    words: str
    """The meaning, in the words that were said."""
    spelled: bool = False
    """Whether the slip was said sign by sign."""

    @property
    def sure(self) -> bool:
        """Whether there is only a single reading."""
        return len(self.readings) == 1

    def overlaps(self, start: int, stop: int) -> bool:
        """Whether it overlaps another stretch of the text."""
        return self.start < stop and start < self.stop


def takes_back(between: str, phrases: Phrases) -> bool:
    """Return whether words between two values only take the first value back."""
    answers, words = phrases.answers, plain(between)
    told = "?" not in between and matches(answers.mending, words)
    return told and not without((*answers.mending, *answers.resuming), words)


def denied(before: str, phrases: Phrases) -> bool:
    """Return whether the sentence denies a value before it names it."""
    sentence = _SENTENCE_ENDS.split(before)[-1]
    return matches(phrases.answers.denying, plain(sentence))


@lru_cache(maxsize=4096)
def repairs(text: str, alphabet: Alphabet, phrases: Phrases) -> tuple[Repair, ...]:
    """Return the repairs of characters in a text, in order."""
    # Most texts hold no such words: this spares them the search for runs.
    if not matches(phrases.answers.mending, plain(text)):
        return ()
    return tuple(_repairs(text, alphabet, phrases))


def _repairs(text: str, alphabet: Alphabet, phrases: Phrases) -> Iterator[Repair]:
    """Yield repairs; a repair of a repair is joined: "one five, no, one six, sorry, one seven"."""
    open_: Repair | None = None
    last: Repair | None = None
    for run in spelled_runs(text, alphabet):
        said = Repair(run.start, run.stop, (run.value,), text[run.start : run.stop])
        if last is not None and takes_back(text[last.stop : run.start], phrases):
            # A repair of a repair mends the first slip, whose beginning still counts.
            slip = open_ or last
            mended = _mended(slip, run, text, alphabet=alphabet, phrases=phrases)
            if mended is not None:
                open_ = last = mended
                continue
        if open_ is not None:
            yield open_
        open_, last = None, said
    if open_ is not None:
        yield open_


def _mended(
    slip: Repair, run: Found, text: str, *, alphabet: Alphabet, phrases: Phrases
) -> Repair | None:
    """Return the repair that a slip and the run after it make, None if the run repairs nothing."""
    old, new, words = slip.readings[0], run.value, text[run.start : run.stop]
    spelled = slip.spelled or _sign_by_sign(slip, alphabet)
    if denied(text[: slip.start], phrases) or not (spelled or _mends(slip, words, alphabet)):
        return None
    place = _begins_again(old, new)
    over = is_over(text[run.stop :], phrases)
    # "no, one moment": words follow at once, and nothing shows that the number mends the value.
    if not over and (place is None or len(new) == 1):
        return None
    whole = replace(slip, stop=run.stop, spelled=spelled)
    if place is None or not over or not slip.sure:
        readings = dict.fromkeys((*_readings(old, new, place), *(() if over else (old,))))
        return replace(whole, readings=(*readings,), words=text[slip.start : run.stop])
    kept = _kept(slip.words, place, alphabet)
    said = f"{old[:place]}{new}" if kept is None else f"{kept}{words}"
    return replace(whole, readings=(f"{old[:place]}{new}",), words=said)


def is_over(behind: str, phrases: Phrases) -> bool:
    """Return whether words end at once: "no, one six."; not "no, one moment", "no, two bags"."""
    return _OVER.match(behind) is not None or (
        starts(phrases.answers.courtesies, plain(behind[:_LONGEST])) > 0
    )


def _sign_by_sign(slip: Repair, alphabet: Alphabet) -> bool:
    said = [token for token in tokens(slip.words[:_LONGEST], alphabet) if token.characters]
    single = len(said) > 1 and all(len(token.characters) == 1 for token in said)
    return single and any(sign.isdigit() for sign in slip.readings[0])


def _mends(slip: Repair, words: str, alphabet: Alphabet) -> bool:
    """Return whether a slip is as long as identifiers are, or both are tokens of equal length."""
    if is_identifier(slip.readings[0]) or not slip.sure:
        return True
    old, new = (
        [token.characters for token in tokens(one, alphabet) if token.characters]
        for one in (slip.words, words)
    )
    return len(old) == len(new) == 1 and 1 < len(old[0]) == len(new[0])


def _begins_again(old: str, new: str) -> int | None:
    """Return from which character of a slip on the new characters replace it, None if unclear."""
    if len(new) == 1:
        # A digit replaces a digit, a letter a letter; the same sign again mends nothing.
        alike = old[-1] != new and old[-1].isdigit() == new.isdigit()
        return len(old) - 1 if alike else None
    first = max(0, len(old) - len(new))
    likeness = {at: _alike(old[at:], new) for at in range(first, len(old) - 1)}
    best = max(likeness, key=lambda at: likeness[at], default=0)
    if is_identifier(new) and (new[0].isalpha() or (is_identifier(old) and len(old) == len(new))):
        # Another identifier, all of it: unless it may as well be a part that is said again.
        return 0 if best == 0 or not likeness[best] else None
    most = likeness.get(best, 0.0)
    return best if most and list(likeness.values()).count(most) == 1 else None


def _alike(old: str, new: str) -> float:
    """Return the share of the new characters that equal the replaced ones, 0 for too few.

    More than half of them do, or half with the first, if speakers begin again; or they are the same
    characters in another order. If all are equal, they repair nothing.
    """
    pairs = list(zip(old, new, strict=False))
    share = sum(one == other for one, other in pairs) / len(pairs)
    # The same characters again repair nothing.
    if share == 1:
        return 0.0
    if share > _HALF or (share == _HALF and old[0] == new[0]):
        return share
    # The same signs in another order: "seven four" of "four seven".
    return _HALF if sorted(old) == sorted(new[: len(old)]) else 0.0


def _readings(old: str, new: str, place: int | None) -> Iterator[str]:
    """Yield the readings of a repair, from each place at which it may begin."""
    first = max(0, len(old) - len(new))
    yield from (old[:place] + new,) if place is not None else ()
    yield from (old[:at] + new for at in range(first, len(old)))
    for at in range(first):
        if old[at] == new[0]:
            yield old[:at] + new
            yield old[:at] + new + old[at + len(new) :]
    if is_identifier(new):
        yield new
    yield old + new


def _kept(words: str, count: int, alphabet: Alphabet) -> str | None:
    """Return the words of the first characters, None if a word says more than those."""
    row = tokens(words, alphabet)
    for at, token in enumerate(row):
        if len(spelled_out(row[:at], alphabet)) == count and token.characters:
            return words[: token.start]
    return None
