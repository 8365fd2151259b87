"""After a call: the ASR transcript of the agent, and its certainty about the exact values.

Recognition happens here and never inside a scorer, so a stored call can be judged again without an
engine and with the same transcript. Each item is recognized separately. The engine scores exact
values in an item's own transcript against alternatives, and recognizes an item again at two slower
paces if that does not settle its values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from harness.audio.pcm import Pcm
from harness.judging.judge import Judged
from harness.language.consent import Consent
from harness.language.language import Language
from harness.language.values import Found, ValueKind
from harness.recording.model import PlayedSpan, Recognition, RecognizedWords, WeighedValue
from harness.recording.provenance import Estimate
from harness.speech.base import Recognizer, SpokenValue, WeighingRecognizer
from harness.timeline.indexed_call import ItemKey
from harness.units import to_samples, to_seconds

SLOWER = (0.94, 0.9)
"""Paces at which values are recognized again if one transcript does not settle them."""

EXACT = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)

_OTHERS = tuple(kind for kind in ValueKind if kind not in EXACT)

_WORD = re.compile(r"[^\W\d_]+")

_MARGIN_S = 0.2
"""Margin around a reply that is recognized too, as the reply's bounds may be estimated."""

_LONGEST_S = 20.0
"""Longer items are not scored: past this length a recognizer loses its place in the text."""


def listen(
    judged: Judged,
    recognizer: Recognizer,
    language: Language,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Recognition:
    """Transcribe the agent track of a recording; raises SpeechFailed if the recognizer cannot run.

    ``tell`` receives the current step, for a person to read: each step takes seconds.
    """
    recording = judged.recording
    claimed, expect = _items_with_values(judged, language), judged.call.scenario.expect
    words_decide = bool(expect.says or expect.never_says)
    lines: list[RecognizedWords] = []
    weighed: list[WeighedValue] = []
    items = tuple(_with_audio(recording.agent, played_items(recording.played)))
    for number, (item, start, stop) in enumerate(items, start=1):
        tell(f"listening to the agent {number}/{len(items)}")
        sound = _Sound(recording.agent, start, stop)
        # By item: two answers without a pause between them would become a line that belongs to
        # neither.
        first = tuple(_hear(recognizer, sound, 1.0))
        lines += first
        if (claims := claimed.get(item)) is None:
            continue
        told: tuple[WeighedValue, ...] = ()
        # Reason for the forced choice: ``asr_crosscheck.py``.
        if isinstance(recognizer, WeighingRecognizer):
            tell(f"listening to the agent {number}/{len(items)}, for exact values")
            told = tuple(_weigh(recognizer, sound, claims, language))
        weighed += told
        # Again for values that could not be scored, for amounts, dates and numbers that the first
        # transcript lacks, and if the scenario expects phrases: a phrase counts if any transcript
        # contains it, and the miss rate of a single transcript was not measured.
        if words_decide or not _is_settled(claims, first, told, language):
            lines += [line for pace in SLOWER for line in _hear(recognizer, sound, pace)]
    replies = tuple(_hear_replies(judged, recognizer))
    name, version = recognizer.name, recognizer.version
    return Recognition(name, version, tuple(lines), tuple(weighed), replies)


def _hear_replies(judged: Judged, recognizer: Recognizer) -> Iterator[RecognizedWords]:
    """Yield the ASR transcript of each caller reply that agrees or refuses, as a single line.

    A scripted caller's words are known from the script. For other callers only the transcription
    gives them, and some services transcribe words that no speaker said.
    """
    origin, track = judged.recording.manifest.origin, judged.recording.caller
    told = origin is not None and origin.sound and not origin.redacted
    if origin is None or not told or set(origin.estimated) & {Estimate.WORDS, Estimate.SIDES}:
        return
    for answer in judged.call.dialogue.answers:
        span = judged.timeline.caller[answer.caller].span
        if answer.consent not in (Consent.YES, Consent.NO) or span.duration_s <= 0:
            continue
        if not len(track) or judged.timeline.caller[answer.caller].unrecorded:
            continue  # missing audio confirms no value
        start, stop = (to_samples(at_s, track.rate_hz) for at_s in (span.start_s, span.end_s))
        margin = to_samples(_MARGIN_S, track.rate_hz)
        sound = track.cut(max(0, start - margin), min(len(track), stop + margin))
        text = " ".join(line.text.strip() for line in recognizer.hear(sound))
        yield RecognizedWords(span.start_s, span.end_s, text.strip())


def _with_audio(
    track: Pcm, items: Iterable[tuple[ItemKey, int, int]]
) -> Iterator[tuple[ItemKey, int, int]]:
    """Yield the items that have audio on the track: an imported call may lack it."""
    for item, start, stop in items:
        if track.cut(start, stop).samples.any():
            yield item, start, stop


def played_items(played: tuple[PlayedSpan, ...]) -> Iterator[tuple[ItemKey, int, int]]:
    """Yield each item with its span on the agent track, in samples [start, stop), in order.

    An item that stalled stays one span, gap included; a later item never begins inside it, because
    playback is in order of arrival.
    """
    items: dict[tuple[ItemKey, int], tuple[int, int]] = {}
    for span in played:
        key = (span.response_id, span.item_id), span.content_index
        stop = span.start + span.samples
        start, so_far = items.get(key, (span.start, stop))
        items[key] = (start, max(so_far, stop))
    for (item, _), (start, stop) in items.items():
        yield item, start, stop


@dataclass(frozen=True, slots=True)
class _Sound:
    """An item on the agent track: its samples [start, stop)."""

    track: Pcm
    start: int
    stop: int

    @property
    def audio(self) -> Pcm:
        return self.track.cut(self.start, self.stop)

    @property
    def span_s(self) -> tuple[float, float]:
        rate_hz = self.track.rate_hz
        return to_seconds(self.start, rate_hz), to_seconds(self.stop, rate_hz)


def _hear(recognizer: Recognizer, sound: _Sound, pace: float) -> Iterator[RecognizedWords]:
    audio, (from_s, _) = sound.audio, sound.span_s
    for line in recognizer.hear(Pcm(audio.samples, round(audio.rate_hz * pace))):
        start_s, end_s = from_s + line.start_s * pace, from_s + line.end_s * pace
        yield RecognizedWords(start_s, end_s, line.text, pace)


@dataclass(frozen=True, slots=True)
class _Claims:
    """The exact values in an item's transcript, as far as the item was played."""

    text: str
    values: tuple[tuple[ValueKind, Found], ...]


def _items_with_values(judged: Judged, language: Language) -> dict[ItemKey, _Claims]:
    """Return the items whose transcript contains exact values, found by pattern or known."""
    found: dict[ItemKey, _Claims] = {}
    for utterance in judged.timeline.agent:
        text = utterance.claimed_heard
        values = {(kind, one.value): one for kind in EXACT for one in language.find(text, kind)}
        for back in judged.call.dialogue.read_backs:
            start = text.find(back.said) if back.said and back.kind in EXACT else -1
            if start >= 0:
                place = Found(back.value, start, start + len(back.said))
                values.setdefault((back.kind, back.value), place)
        if values or any(language.find(utterance.claimed, kind) for kind in EXACT):
            claimed = tuple((kind, one) for (kind, _), one in values.items())
            found[utterance.response_id, utterance.item_id] = _Claims(text, claimed)
    return found


def _is_settled(
    claims: _Claims,
    first: tuple[RecognizedWords, ...],
    weighed: tuple[WeighedValue, ...],
    language: Language,
) -> bool:
    """Return whether recognizing an item again could add no evidence on the values that it claims.

    For a value with a forced-choice score, a transcript adds no evidence (``asr_crosscheck.py``). A
    value of another kind is misheard only if no transcript contains it: a single match is enough.
    """
    told = {(one.kind, one.value) for one in weighed}
    if not claims.values or any((kind.value, one.value) not in told for kind, one in claims.values):
        return False
    heard = " ".join(line.text for line in first)
    return all(
        any(other.may_be(one.value, kind) for other in language.find(heard, kind))
        for kind in _OTHERS
        for one in language.find(claims.text, kind)
        if not any(exact.overlaps(one) for _, exact in claims.values)
    )


def _weigh(
    recognizer: WeighingRecognizer, sound: _Sound, claims: _Claims, language: Language
) -> Iterator[WeighedValue]:
    """Yield the recognizer's certainty about each value in an item."""
    start_s, end_s = sound.span_s
    if end_s - start_s > _LONGEST_S:
        return
    for kind, found in claims.values:
        said = spoken_value(claims.text, found, kind, language)
        weighed = None if said is None else recognizer.weigh(sound.audio, said)
        if weighed is not None:
            given = (kind.value, found.value, weighed.sure, weighed.rival)
            yield WeighedValue(start_s, end_s, *given)


def spoken_value(
    text: str, found: Found, kind: ValueKind, language: Language
) -> SpokenValue | None:
    """Return a value from claimed words in the form that a recognizer scores.

    None if the value is not said sign by sign: letters are explained ("C as in Charlie"), digits
    doubled, or an e-mail address is said in words, whose letters cannot be told apart by ear.
    """
    written = language.sounds.written
    words = text[found.start : found.stop]
    if not written or _says_more(words, found.value, kind, language):
        return None
    signs = spoken_signs(found.value, kind, language)
    alone = sum(len(sign) == 1 for sign in signs)
    spelled = sum(len(word) == 1 for word in words.replace("-", " ").split())
    if kind is ValueKind.EMAIL and spelled < alone / 2:
        return None
    before, after = text[: found.start].strip(" ,:;.-"), text[found.stop :].strip(" ,:;.-?!")
    ways, dash = [signs], language.alphabet.signs.get("-", "")
    if dash and ("-" in words or dash in words.lower()):
        ways += _with_dash(signs, dash)
    return SpokenValue(before, tuple(ways), after, written)


def _says_more(words: str, value: str, kind: ValueKind, language: Language) -> bool:
    """Return whether words contain more than a value's own characters and their usual names."""
    named = {way.lower() for ways in language.sounds.written.values() for way in ways}
    usual = {
        *named,
        *_WORD.findall(language.speak(value, kind).lower()),
        *language.alphabet.signs.values(),
    }
    return any(
        len(word) > 1 and word not in usual and word not in value.lower()
        for word in _WORD.findall(words.lower())
    )


def _with_dash(signs: tuple[str, ...], dash: str) -> Iterator[tuple[str, ...]]:
    """Yield the signs with a dash between letters and digits."""
    for place, (before, after) in enumerate(pairwise(signs), start=1):
        if before.isdigit() is not after.isdigit():
            yield (*signs[:place], dash, *signs[place:])


def spoken_signs(value: str, kind: ValueKind, language: Language) -> tuple[str, ...]:
    """Return a value as it is said: digits and capital letters singly, words whole."""
    signs = {
        way.lower(): sign
        for sign, ways in language.sounds.written.items()
        for way in (ways[0], sign)
    }
    words = language.speak(value, kind).replace(",", " ").split()
    return tuple(signs.get(word.lower(), word) for word in words)
