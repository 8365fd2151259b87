"""A session that only writes down: what became of each turn, beside what was said in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.report import figures
from harness.report.run.transcript import TranscriptLine
from harness.results.model import ScoreResult
from harness.timeline.model import Timeline

_SCORER = "transcription"


@dataclass(frozen=True, slots=True)
class WrittenTurn:
    """One turn of the caller as the scorer judged it; times in the recording's seconds."""

    start_s: float
    end_s: float
    text: str
    judged: str
    """How many words are wrong, and how late it came, for a person."""
    delay_s: float | None
    """None where nothing was written down, or nothing had to be."""


def written_turns(timeline: Timeline, scores: Iterable[ScoreResult]) -> tuple[WrittenTurn, ...]:
    """Return the turns as the scorer of transcripts has judged them; none where it did not."""
    details = next((one.details for one in scores if one.scorer == _SCORER), {})
    told = details.get("turns", ())
    if not timeline.transcribes or len(told) != len(timeline.caller):
        return ()
    return tuple(
        WrittenTurn(
            turn.span.start_s,
            turn.span.end_s,
            str(one["written"]),
            ", ".join(_judged(one)),
            one["delay_s"],
        )
        for turn, one in zip(timeline.caller, told, strict=True)
    )


def _judged(one: Mapping[str, Any]) -> Iterator[str]:
    wrong, words, delay_s = one["wrong"], one["words"], one["delay_s"]
    if words:
        share = figures.percent(wrong / words) if wrong else "0 %"
        yield f"{wrong} of {figures.counted(words, 'word')} wrong ({share})"
    elif wrong:
        yield f"{figures.counted(wrong, 'word')} that nobody said"
    if delay_s is not None:
        yield f"written down {figures.seconds(delay_s)} after the words"


def with_written(
    lines: Iterable[TranscriptLine], found: Sequence[WrittenTurn]
) -> tuple[TranscriptLine, ...]:
    """Return the transcript with what was written down beside what the caller said."""
    turns = {turn.start_s: turn for turn in found}
    return tuple(
        replace(line, written=turns[line.start_s].text, judged=turns[line.start_s].judged)
        if line.who == "caller" and line.start_s in turns
        else line
        for line in lines
    )
