"""The page on which a person judges a call: the scorer's reason, its sound, the words, keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from harness.recording.model import Recording
from harness.report import figures
from harness.report.pages import Link, PageFrame, render
from harness.report.run.html import read_call, run_title
from harness.report.run.score_cards import Proof, score_cards
from harness.report.run.transcript import TranscriptLine
from harness.results.reviews import ReviewQuestion

AROUND_S = 8.0
"""How much of the transcript stands beside the evidence, before and after."""


class AnswerShown(TypedDict):
    """The verdict on a card: class and word of its badge, by whom, and whether a person gave it."""

    tone: str
    word: str
    said: str
    answered: bool


@dataclass(frozen=True, slots=True)
class AskedOfListener:
    """One question as the page shows it; ``problem`` says why nothing can be played."""

    number: int
    name: str
    scorer: str
    question: str
    outcome: str
    """The scorer's own: pass, fail or review."""
    proofs: tuple[Proof, ...]
    lines: tuple[TranscriptLine, ...]
    shown: AnswerShown
    note: str
    stale: str
    problem: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A call's folder and what was recorded in it, None if that cannot be read."""

    folder: Path
    recording: Recording | None


def review_page(run_folder: Path, asked: Sequence[ReviewQuestion]) -> tuple[str, tuple[Sound, ...]]:
    """Return the page, and the sound of each of its questions.

    Raises RecordingDamaged for a stored path that leads out of the run.
    """
    shown, sounds = [], []
    for number, question in enumerate(asked):
        page, recording = read_call(run_folder, question.call)
        sound = recording if page.has_audio else None
        shown.append(_asked(number, question, page.lines, page.mute))
        sounds.append(Sound(run_folder / question.call.recording, sound))
    frame = PageFrame((Link(run_title(run_folder)), Link("Review")), served=True)
    return render("review.html.j2", frame, asked=shown), tuple(sounds)


def answer_shown(question: ReviewQuestion) -> AnswerShown:
    """Return the verdict on a question as its card shows it."""
    answer, own = question.answer, question.score.outcome
    if answer is None:
        said = "" if question.asks else "by the scorer"
        return AnswerShown(
            tone=own, word="open" if question.asks else own, said=said, answered=False
        )
    tone, said = answer.verdict.value, f"by {answer.by}, {answer.at[:10]}"
    said += f"; the scorer: {own}" if question.is_overturned_by(answer.verdict) else ""
    return AnswerShown(tone=tone, word=tone, said=said, answered=True)


def _asked(
    number: int, question: ReviewQuestion, lines: tuple[TranscriptLine, ...], problem: str
) -> AskedOfListener:
    call, score, stale = question.call, question.score, question.stale
    (card,) = score_cards(replace(call, scores=(score,)))
    return AskedOfListener(
        number=number,
        name=figures.call_title(call),
        scorer=figures.label(score.scorer),
        question=score.reason,
        outcome=score.outcome,
        proofs=card.proofs,
        lines=_near(lines, card.proofs),
        shown=answer_shown(question),
        note=question.answer.note if question.answer else "",
        stale=f"{stale.by} said {stale.verdict.value} on {stale.at[:10]}" if stale else "",
        problem=problem,
    )


def _near(
    lines: tuple[TranscriptLine, ...], proofs: tuple[Proof, ...]
) -> tuple[TranscriptLine, ...]:
    if not proofs:
        return lines
    first_s = min(proof.start_s for proof in proofs) - AROUND_S
    last_s = max(proof.end_s for proof in proofs) + AROUND_S
    return tuple(line for line in lines if line.end_s >= first_s and line.start_s <= last_s)
