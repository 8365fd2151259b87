"""Answers that came in text alone: nobody hears them, so what stood in them was neither said nor
left unsaid.

A verdict that misses words is kept only where no such answer can hold them.
"""

from __future__ import annotations

from harness.recording.model import UtteranceKind
from harness.scorers.base import ScoredCall, shortened
from harness.timeline.model import TextAnswer, ToolCall


def unheard(texts: tuple[TextAnswer, ...]) -> str:
    """Return what was not heard, to be told as a reason; empty where there is no such answer."""
    if not texts:
        return ""
    answers = "1 answer" if len(texts) == 1 else f"{len(texts)} answers"
    shown = repr(shortened(texts[0].text))
    return f"{answers} came in text only, so nothing of it was heard: {shown}"


def texts_in_one_breath(
    call: ScoredCall, tool: ToolCall, *, from_s: float, until_s: float
) -> tuple[TextAnswer, ...]:
    """Return the texts between two moments, and that of the response that made a call."""
    return tuple(
        text
        for text in call.timeline.texts
        if from_s <= text.at_s < until_s or text.response_id == tool.response_id
    )


def texts_replied_to(call: ScoredCall, *, before_s: float) -> tuple[TextAnswer, ...]:
    """Return the texts that the caller may have asked for and agreed to before a moment.

    The caller spoke before such a text, and again after it.
    """
    turns = [turn.span for turn in call.timeline.caller if turn.kind is UtteranceKind.SPEECH]
    return tuple(
        text
        for text in call.timeline.texts
        if any(span.start_s < text.at_s for span in turns)
        and any(text.at_s < span.end_s <= before_s for span in turns)
    )
