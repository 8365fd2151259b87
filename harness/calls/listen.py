"""What a recognizer heard in the agent's played audio, stored with the recording.

Recognition happens here and never inside a scorer, so a stored call can be judged again without
an engine, and by the same words. Each item is heard by itself: two answers that follow each other
without a pause would otherwise come back as one line that belongs to neither. An item whose own
transcript names an exact value is heard again at two slower paces (``dialogue.witness`` tells why).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.audio.pcm import Pcm
from harness.judging.judge import Judged
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.recording.model import Heard, HeardWords, PlayedSpan
from harness.speech.base import Recognizer
from harness.timeline.claims import ItemKey
from harness.timeline.model import AgentUtterance
from harness.units import to_seconds

SLOWER = (0.94, 0.9)
"""Paces at which exact values are heard again."""

EXACT = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)


def listen(judged: Judged, recognizer: Recognizer, language: Language) -> Heard:
    """Hear the agent track of a recording; raises SpeechFailed if the recognizer cannot run."""
    recording = judged.recording
    again = _items_with_values(judged.timeline.agent, language)
    lines = [
        line
        for item, start, stop in played_items(recording.played)
        for pace in (1.0, *(SLOWER if item in again else ()))
        for line in _hear(recognizer, recording.agent, (start, stop), pace)
    ]
    return Heard(recognizer.name, recognizer.version, tuple(lines))


def played_items(played: tuple[PlayedSpan, ...]) -> Iterator[tuple[ItemKey, int, int]]:
    """Yield each item and where it lies on the agent track, in samples [start, stop), in order.

    An item that stalled stays one stretch, gap included; a later item never begins inside it,
    because playback is in order of arrival.
    """
    items: dict[tuple[ItemKey, int], tuple[int, int]] = {}
    for span in played:
        key = (span.response_id, span.item_id), span.content_index
        stop = span.start + span.samples
        start, so_far = items.get(key, (span.start, stop))
        items[key] = (start, max(so_far, stop))
    for (item, _), (start, stop) in items.items():
        yield item, start, stop


def _hear(
    recognizer: Recognizer, track: Pcm, stretch: tuple[int, int], pace: float
) -> Iterator[HeardWords]:
    part = track.cut(*stretch)
    from_s = to_seconds(stretch[0], track.rate_hz)
    for line in recognizer.hear(Pcm(part.samples, round(track.rate_hz * pace))):
        start_s, end_s = from_s + line.start_s * pace, from_s + line.end_s * pace
        yield HeardWords(start_s, end_s, line.text, pace)


def _items_with_values(said: Iterable[AgentUtterance], language: Language) -> frozenset[ItemKey]:
    return frozenset(
        (utterance.response_id, utterance.item_id)
        for utterance in said
        if any(language.find(utterance.claimed, kind) for kind in EXACT)
    )
