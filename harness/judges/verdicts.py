"""Checks stored answers of a model judge and applies them to verdicts.

A model never turns a verdict of the rules into its opposite. With ``settle: review``, and a
sufficient measurement, it turns a review into a pass or a fail. With ``doubt: pass`` it turns a
pass into a review, never into a fail. Otherwise its opinion is only shown.

``agreed`` is a pass only if every argument has a quoted value that equals the value in the call.
``changed`` is a fail only if a quoted value differs from it. A model that contradicts itself does
not decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import orjson
from pydantic import ConfigDict, Field, ValidationError

from harness.judges.model import (
    AnswerKind,
    ArgumentAnswer,
    JudgeAnswer,
    JudgeAuthority,
    JudgedRecording,
    JudgedTurn,
    Question,
    StoredAnswer,
    Vote,
)
from harness.scenario.fields import Model
from harness.units import clock

# Checks a model's reply: if the schema, a turn or a quote is wrong, the vote is void.
#
# An answer counts only if the call supports it. A quote must be in the turn that it names, and
# the proof of an agreement must be a turn of the caller. Values are compared with the call here,
# not by the model.

MOST_ANSWER_CHARS = 65_536
MOST_QUOTE_CHARS = 600

_FENCED = re.compile(r"```(?:json)?[^\S\n]*+\n(?P<body>.*)\n[^\S\n]*```", re.DOTALL)
_PROVEN = (AnswerKind.AGREED, AnswerKind.REFUSED, AnswerKind.CHANGED)
"""Answers that a turn of the caller must prove."""
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


class AnswerVoid(Exception):
    """A reply without a valid answer; the message gives the reason."""


class _Reply(Model):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


Quote = Annotated[str, Field(max_length=MOST_QUOTE_CHARS)]


class _Value(_Reply):
    argument: str
    value: Annotated[str, Field(max_length=MOST_QUOTE_CHARS)] | bool | int | float | None
    turn: int | None
    quote: Quote | None


class _Whole(_Reply):
    answer: AnswerKind
    turn: int | None
    quote: Quote | None
    values: tuple[_Value, ...]


def read_answer(text: str, question: Question) -> JudgeAnswer:
    """Return the answer that a reply contains; raises AnswerVoid with the reason.

    A JSON object in a Markdown code fence is accepted, any other text around it is not.
    """
    if len(text) > MOST_ANSWER_CHARS:
        raise AnswerVoid(f"the answer has {len(text)} characters, at most {MOST_ANSWER_CHARS} fit")
    whole = _parsed(text)
    turns = {turn.number: turn for turn in question.turns}
    _check_proof(whole, turns)
    values = _values(whole, question, turns)
    return JudgeAnswer(whole.answer, whole.turn, (whole.quote or "").strip(), values)


def _parsed(text: str) -> _Whole:
    fenced = _FENCED.fullmatch(text.strip())
    body = fenced["body"] if fenced is not None else text
    try:
        orjson.loads(body)  # refuses NaN and half surrogate pairs, which pydantic would take
        return _Whole.model_validate_json(body)
    except orjson.JSONDecodeError:
        raise AnswerVoid("the answer is not one JSON object") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(key) for key in first["loc"]) or "the answer"
        raise AnswerVoid(f"the answer breaks the schema: {place}: {first['msg']}") from None


def _check_proof(whole: _Whole, turns: Mapping[int, JudgedTurn]) -> None:
    if whole.turn is None or not (whole.quote or "").strip():
        if whole.answer in _PROVEN:
            raise AnswerVoid(f"the answer is {whole.answer.value}, without a quote that proves it")
        return
    turn = _quoted_turn(whole.turn, whole.quote or "", turns)
    if whole.answer in _PROVEN and turn.who != "caller":
        told = f"{whole.answer.value} is proven by a turn of the {turn.who}, not of the caller"
        raise AnswerVoid(f"turn {turn.number}: {told}")
    # Agreement needs a proposal of the agent.
    if whole.answer is AnswerKind.AGREED and not _agent_before(turn, turns.values()):
        raise AnswerVoid(f"turn {turn.number}: agreed, before the agent said anything")


def _agent_before(turn: JudgedTurn, turns: Iterable[JudgedTurn]) -> bool:
    return any(one.who == "agent" and one.number < turn.number for one in turns)


def _quoted_turn(number: int, quote: str, turns: Mapping[int, JudgedTurn]) -> JudgedTurn:
    turn = turns.get(number)
    if turn is None:
        raise AnswerVoid(f"turn {number} is not in the transcript")
    if not contains_quote(turn.text, quote):
        raise AnswerVoid(f"the quote {_shown(quote)} is not in turn {number}")
    return turn


def _values(
    whole: _Whole, question: Question, turns: Mapping[int, JudgedTurn]
) -> tuple[ArgumentAnswer, ...]:
    seen: set[str] = set()
    for one in whole.values:
        if one.argument not in question.checked:
            raise AnswerVoid(f"values: {_shown(one.argument)} is no argument to check")
        if one.argument in seen:
            raise AnswerVoid(f"values: {one.argument} is given twice")
        seen.add(one.argument)
        if one.value is None:
            continue
        if one.turn is None or not (one.quote or "").strip():
            raise AnswerVoid(f"values: {one.argument} has no quote that shows its value")
        if _quoted_turn(one.turn, one.quote or "", turns).who == "tool":
            raise AnswerVoid(f"values: {one.argument} is quoted from a tool call, not from speech")
    absent = [name for name in question.checked if name not in seen]
    if absent and whole.answer is AnswerKind.AGREED:
        raise AnswerVoid(f"values: nothing is said of {', '.join(absent)}")
    return tuple(
        ArgumentAnswer(
            one.argument,
            None if one.value is None else _written(one.value),
            one.turn if one.value is not None else None,
            (one.quote or "").strip() if one.value is not None else "",
            one.value is not None
            and same_value(_written(one.value), question.checked[one.argument]),
        )
        for one in whole.values
    )


def _written(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def contains_quote(text: str, quote: str) -> bool:
    """Return whether a text contains a quote as whole words, ignoring case and spacing.

    False for a quote without a letter or digit.
    """
    wanted = _plain(quote).strip(" .,;:!?\"'")
    if not any(sign.isalnum() for sign in wanted):
        return False
    # Lookarounds, because \b does not match next to a quote that begins with a sign ("$5").
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _plain(text)) is not None


def same_value(said: str, given: object) -> bool:
    """Return whether a value that a model wrote equals the value in the tool call.

    Numbers are compared as numbers; text without case, spacing and punctuation at its ends.
    """
    if isinstance(given, bool):  # first, as a bool is an int, too
        return _plain(said).strip() in ({"true", "yes"} if given else {"false", "no"})
    if isinstance(given, int | float):
        try:
            return float(said.replace(",", "")) == float(given)
        except ValueError:
            return False
    return _plain(said).strip(" .,;:!?\"'") == _plain(str(given)).strip(" .,;:!?\"'")


def majority(votes: Sequence[Vote]) -> JudgeAnswer | None:
    """Return the answer of more than half of all votes, from the first such vote; else None.

    Void votes count in the total. Two votes agree if their answer and values are the same.
    """
    for vote in votes:
        if vote.answer is None:
            continue
        key = _key(vote.answer)
        alike = sum(other.answer is not None and _key(other.answer) == key for other in votes)
        if 2 * alike > len(votes):
            return vote.answer
    return None


def _key(answer: JudgeAnswer) -> tuple[AnswerKind, frozenset[tuple[str, bool, bool]]]:
    values = ((one.argument, one.value is None, one.same) for one in answer.values)
    return answer.answer, frozenset(values)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    return " ".join(folded.split())


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")


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
