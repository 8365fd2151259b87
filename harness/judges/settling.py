"""Applies stored answers to the verdicts of the rules. Pure: the same files, the same verdicts.

A model never turns a verdict of the rules into its opposite. With ``settle: review``, and a
sufficient measurement, it turns a review into a pass or a fail. With ``doubt: pass`` it turns a
pass into a review, never into a fail. Otherwise its opinion is only shown.

``agreed`` is a pass only if every argument has a quoted value that equals the value in the call.
``changed`` is a fail only if a quoted value differs from it. A model that contradicts itself does
not decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from harness.judges.answers import majority
from harness.judges.model import (
    AnswerKind,
    JudgeAnswer,
    JudgeAuthority,
    JudgedRecording,
    StoredAnswer,
)
from harness.units import clock

Verdict = Literal["pass", "fail", "review"]


@dataclass(frozen=True, slots=True)
class RuledWrite:
    """A write with the verdict of the rules; ``question`` is the hash of its WriteQuestion.

    ``by_sound``: the question is about audible values, so only a model with the audio decides.
    ``repeats``: it repeats a failed call and has the verdict of the write before it.
    """

    call: int
    tool: str
    outcome: str
    reason: str
    question: str = ""
    by_sound: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class ModelOpinion:
    """A model's opinion on a write, for pages and messages.

    ``decided`` is whether the model decided the verdict; if not, ``note`` is the reason.
    ``start_s`` and ``end_s`` are those of the quoted turn; None if no turn was quoted.
    """

    model: str
    answer: str
    quote: str
    turn: int | None
    start_s: float | None
    end_s: float | None
    decided: bool
    note: str = ""

    @property
    def text(self) -> str:
        """The answer with its quote and time: ``refused, “no, thanks” at 0:12``."""
        quote = f", “{self.quote}”" if self.quote else ""
        at = f" at {clock(self.start_s)}" if self.start_s is not None else ""
        return f"{self.answer.replace('_', ' ')}{quote}{at}"

    def as_details(self) -> dict[str, Any]:
        """Return the opinion for the details of a score."""
        return {
            "model": self.model,
            "answer": self.answer,
            "quote": self.quote,
            "turn": self.turn,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "decided": self.decided,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class SettledWrite:
    """The verdict on a write after stored answers are applied."""

    outcome: str
    reason: str
    opinion: ModelOpinion | None = None


def settle(ruled: Sequence[RuledWrite], judged: JudgedRecording) -> tuple[SettledWrite, ...]:
    """Return the verdicts of writes, in their order, with the stored answers applied."""
    settled: list[SettledWrite] = []
    for number, one in enumerate(ruled):
        before = settled[-1] if settled and one.repeats else None
        same = before is not None and ruled[number - 1].tool == one.tool
        settled.append(before if before is not None and same else _settled(one, judged))
    return tuple(settled)


def verdict_of(answer: JudgeAnswer) -> Verdict:
    """Return the verdict that follows from an answer alone."""
    if answer.answer is AnswerKind.AGREED:
        return "pass" if all(one.same for one in answer.values) else "review"
    if answer.answer is AnswerKind.CHANGED:
        other = any(one.value is not None and not one.same for one in answer.values)
        return "fail" if other else "review"
    decisive = answer.answer in (AnswerKind.REFUSED, AnswerKind.NOT_ASKED)
    return "fail" if decisive else "review"


def _settled(one: RuledWrite, judged: JudgedRecording) -> SettledWrite:
    rules = SettledWrite(one.outcome, one.reason)
    authority = judged.authority
    if authority is None or one.outcome not in ("review", "pass") or not one.question:
        return rules
    if one.outcome == "pass" and not authority.doubts:
        return rules
    stored = judged.find(one.question, model=authority.model, prompt=authority.prompt)
    if stored is None or not stored.complete:
        return rules
    answer = majority(stored.votes)
    if answer is None:
        return rules if one.outcome == "pass" else _undecided(one, authority, stored)
    opinion = _opinion(authority, stored, answer)
    if one.outcome == "pass":
        return _doubted(one, opinion, verdict_of(answer))
    return _decided(one, authority, opinion, verdict_of(answer))


def _doubted(one: RuledWrite, opinion: ModelOpinion, verdict: Verdict) -> SettledWrite:
    if verdict == "pass":
        return SettledWrite(one.outcome, one.reason)
    opinion = replace(opinion, decided=True)
    asked = f"{one.tool}: did the caller agree to it? {opinion.model} doubts it: {opinion.text}"
    return SettledWrite("review", asked, opinion)


def _decided(
    one: RuledWrite, authority: JudgeAuthority, opinion: ModelOpinion, verdict: Verdict
) -> SettledWrite:
    why_not = _why_not(one, authority, opinion, verdict)
    if why_not:
        shown = replace(opinion, note=why_not)
        reason = f"{one.reason} ({opinion.model}: {opinion.text}; not counted: {why_not})"
        return SettledWrite(one.outcome, reason, shown)
    opinion = replace(opinion, decided=True)
    said = "" if verdict == "pass" else f"{one.tool} was called, but the caller had not agreed: "
    said = said or f"{one.tool} was agreed to: "
    return SettledWrite(verdict, f"{said}{opinion.text} (decided by {opinion.model})", opinion)


def _why_not(
    one: RuledWrite, authority: JudgeAuthority, opinion: ModelOpinion, verdict: Verdict
) -> str:
    if not authority.settles:
        return authority.why_not or "the settings do not say 'settle: review'"
    if one.by_sound and not authority.audio:
        return "it did not hear the audio"
    if verdict == "review" and opinion.answer != AnswerKind.UNCLEAR.value:
        return "its values do not fit its answer"
    return "it cannot tell" if verdict == "review" else ""


def _undecided(one: RuledWrite, authority: JudgeAuthority, stored: StoredAnswer) -> SettledWrite:
    void = next((vote.void for vote in stored.votes if vote.void), "")
    why = void or "its votes differ"
    opinion = ModelOpinion(authority.model, "", "", None, None, None, decided=False, note=why)
    return SettledWrite(
        one.outcome, f"{one.reason} ({authority.model} gave no answer: {why})", opinion
    )


def _opinion(authority: JudgeAuthority, stored: StoredAnswer, answer: JudgeAnswer) -> ModelOpinion:
    span = stored.spans.get(str(answer.turn)) if answer.turn is not None else None
    return ModelOpinion(
        model=authority.model,
        answer=answer.answer.value,
        quote=answer.quote,
        turn=answer.turn,
        start_s=None if span is None else span[0],
        end_s=None if span is None else span[1],
        decided=False,
    )
