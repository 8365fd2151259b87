"""Locates the agent's words in time, and compares claimed values with ASR.

A recognizer garbles spelled letters ("O R D" becomes "our D-pass"), so an exact match cannot be
required. If the engine supports it (``speech/forced_choice.py``), it scores the claimed value
against every value with one character changed, lost or added, and that decides; between ``SURE``
and ``UNLIKELY`` it is undecided. Otherwise the claimed value must come close to the ASR text, and
no value that differs in one dependable character may come clearly closer. Dependable are digits,
and letters after the first digit, each only against characters that sound unlike it. Other voices
and noise than the reference agent's often deceive this rule. Measured:
``docs/research/asr-crosscheck.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from harness.judging.dialogue.model import Agreement
from harness.language.known_values import contained_values, contains_value, sounds_distance
from harness.language.language import Language
from harness.language.places import value_places
from harness.language.sounds import spoken_share
from harness.language.values import ValueKind
from harness.recording.model import WeighedValue
from harness.timeline.intervals import covered_s, on_grid
from harness.timeline.model import AgentUtterance, Span

NOTHING_LIKE_IT = 0.62
"""Distance (0 equal, 1 unrelated) beyond which the value was not heard: badly garbled read-backs
reach 0.56, other sentences begin at 0.70."""

CLEARLY_CLOSER = 0.3
"""Share of the distance between two values by which the other value must be closer."""

SURE = 0.95
"""Minimum forced-choice score at which a value counts as said, whatever the words: figures and
curve in ``docs/research/asr-crosscheck.md``."""

UNLIKELY = 0.15
"""Maximum score at which another value counts as said; in between, ASR is undecided."""

_LONGEST = 64
"""Characters of a value. A longer value is a list, which ASR must write exactly: it has thousands
of near misses."""

_ALIKE_DIGITS = 0.3
_ALIKE_LETTERS = 0.51
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def witness(
    value: str,
    kind: ValueKind,
    hearings: tuple[str, ...],
    language: Language,
    *,
    weighed: tuple[WeighedValue, ...] = (),
) -> Agreement:
    """Compare one normalized value with the ASR texts of its utterance, at one or more paces."""
    if not hearings:
        return Agreement.NO_WITNESS
    # A forced-choice score of the value against its near misses decides if there is any.
    told = [one.sure for one in weighed if (one.kind, one.value) == (kind.value, value)]
    if not told:
        return _by_words(value, kind, hearings, language)
    sure = max(told)
    if sure >= SURE:
        return Agreement.AGREE
    return Agreement.DISAGREE if sure <= UNLIKELY else Agreement.UNHEARD


def _by_words(
    value: str, kind: ValueKind, hearings: tuple[str, ...], language: Language
) -> Agreement:
    """Decide by the ASR text alone."""
    # A single ASR text that agrees is enough: a recognizer that garbles a value garbles it
    # differently at another pace, while a misread value is wrong at every pace.
    if not any(_agrees(value, kind, heard, language) for heard in hearings):
        return Agreement.DISAGREE
    # The letters of an e-mail address said in words sound alike, so ASR must write it exactly.
    if kind is not ValueKind.EMAIL:
        return Agreement.AGREE
    written = any(contains_value(heard, value, kind, language) == 0 for heard in hearings)
    return Agreement.AGREE if written else Agreement.UNHEARD


def _agrees(value: str, kind: ValueKind, heard: str, language: Language) -> bool:
    if len(value) > _LONGEST:
        return any(found.value == value for found in language.find(heard, kind))
    distance = contains_value(heard, value, kind, language)
    if distance == 0:
        return True
    if distance > NOTHING_LIKE_IT:
        return False
    others = tuple(_unlike(value, language))
    for other, theirs in zip(others, contained_values(heard, others, kind, language), strict=True):
        closer = distance - theirs
        if closer <= 0:
            continue
        apart = contains_value(language.speak(other, kind), value, kind, language)
        if closer > CLEARLY_CLOSER * apart > 0:
            return False
    return True


def _unlike(value: str, language: Language) -> Iterator[str]:
    """Yield the values that differ in one dependable character and sound different there."""
    for place, sign in enumerate(value):
        # Every engine mishears the characters before the first digit.
        if sign in _DIGITS:
            others, alike = _DIGITS, _ALIKE_DIGITS
        elif sign in _LETTERS and any(before in _DIGITS for before in value[:place]):
            others, alike = _LETTERS, _ALIKE_LETTERS
        else:
            continue
        for other in others:
            if sounds_distance(sign, other, language.sounds) >= alike:
                yield value[:place] + other + value[place + 1 :]


def heard_as_another(
    given: str, kind: ValueKind, utterance: AgentUtterance, language: Language, today: date | None
) -> bool:
    """Return whether an utterance claims a value, and every ASR text has another value instead.

    For values without a forced-choice score that need not be exact: a garbled value is no evidence.
    Another value is of the same kind and not in the utterance's transcript.
    """
    claimed = utterance.claimed_heard
    # A number counts only if it is an amount: too many words sound like numbers of things.
    counts = kind is ValueKind.COUNT
    kind = ValueKind.AMOUNT if counts else kind
    known = [found.value for found in language.find(claimed, kind, today)]
    value = language.normalize(given, kind)
    there = value in known if counts else value_places(given, claimed, kind, language, today)
    if not utterance.hearings or not there:
        return False
    spelled = kind in (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)
    if spelled and _by_words(value, kind, utterance.hearings, language) is not Agreement.DISAGREE:
        return False
    for heard in utterance.hearings:
        others = [
            found
            for found in language.find(heard, kind, today)
            if not any(found.may_be(one, kind) for one in (value, *known))
            and not (spelled and len(found.value) != len(value))
        ]
        if not others or value_places(given, heard, kind, language, today):
            return False
    return True


def said_at(utterance: AgentUtterance, start: int, stop: int) -> Span:
    """Return the time in which ``claimed[start:stop]`` was heard, without pauses between sounds.

    Accurate to a few tenths of a second; never outside the utterance.
    """
    heard_share = 1.0
    if utterance.interrupted and utterance.generated_s > 0:
        heard_share = utterance.heard_s / utterance.generated_s
    speech_s = covered_s(utterance.sounds) / heard_share
    first, last = (spoken_share(utterance.claimed, at) * speech_s for at in (start, stop))
    return Span(_at(utterance, first), max(_at(utterance, first), _at(utterance, last)))


def _at(utterance: AgentUtterance, speech_s: float) -> float:
    """Return when this much speech of an utterance had been heard."""
    left_s = speech_s
    for sound in utterance.sounds:
        if left_s <= sound.duration_s:
            return on_grid(sound.start_s + left_s)
        left_s -= sound.duration_s
    return utterance.span.end_s
