"""Transcription: a service's transcript of the caller, compared with the utterances; its delay.

Only for sessions of type transcription: their agents do not answer. Words are compared in lower
case and without punctuation. The word error rate is (substituted + left out + added words) / words
said, over the whole call (jiwer). Each turn is compared with its words as they are written
("ORD-4715B") and as they are spoken ("O, R, D, dash, ..."). Words in a silent place are added
words. The delay of a turn is from its last voiced sample to the arrival of its last transcript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import jiwer
from pydantic import Field

from harness.errors import Unscorable
from harness.judging.scorers.base import (
    Better,
    Evidence,
    Measure,
    MeasuredValue,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    raise_if_harness_too_late,
    scorer,
    shortened,
)
from harness.scenario.fields import Duration, Model
from harness.scenario.model import Scenario
from harness.timeline.model import CallerTurn, TranscribedTurn
from harness.timeline.own_lateness import OwnLateness
from harness.units import with_uncertainty

WORD_ERRORS = Measure("transcription_wer", "share", per="turn", better=Better.LOWER)
DELAY = Measure("transcription_delay", "s", per="turn", missing="never written down")

_EVENLY = 1e-9
"""Limits are inclusive, regardless of rounding in a division."""


class TranscriptionOptions(Model):
    """What a scenario or suite may ask of it."""

    wer_limit: Annotated[float, Field(ge=0)] = 0.2
    """Largest word error rate over the call: 0.1 is one word in ten."""
    delay_limit_s: Duration = 2.0
    """Longest time from the end of a turn to its final transcript."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn of the caller and its transcripts."""

    turn: CallerTurn
    written: tuple[TranscribedTurn, ...]
    wrong: int
    words: int

    @property
    def missing(self) -> bool:
        """Whether the turn has words but no transcript."""
        return self.turn.has_words and not any(each.text for each in self.written)

    @property
    def text(self) -> str:
        """The whole transcript of the turn."""
        return " ".join(each.text for each in self.written if each.text)

    @property
    def delay_s(self) -> float | None:
        """Time from the end of the turn to its last transcript; None if there was none."""
        if self.missing or not self.turn.has_words:
            return None
        return max(0.0, max(each.at_s for each in self.written) - self.turn.span.end_s)

    def uncertainty_s(self, own: OwnLateness | None) -> float | None:
        """By how much that delay may be shorter; None if it is unknown, or if there is no delay."""
        if own is None or self.delay_s is None:
            return None
        written_s = max(each.at_s for each in self.written)
        left_s = own.left_late_s(self.turn.span.end_s, written_s)
        return left_s + own.stamped_late_s(written_s, written_s)


@scorer("transcription", version=2, measures=(WORD_ERRORS, DELAY), options=TranscriptionOptions)
@dataclass(frozen=True, slots=True)
class Transcription(Scorer):
    """Pass when every turn was written down in time, and few enough words are wrong."""

    of_transcription = True

    wer_limit: float = 0.2
    delay_limit_s: float = 2.0

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: TranscriptionOptions) -> Transcription:
        """Take the limits from the options."""
        return cls(options.wer_limit, options.delay_limit_s)

    def score(self, call: ScoredCall) -> Score:
        """Score the words of the whole call, and the latest transcript."""
        turns = tuple(_turns(call))
        spoken = [each for each in turns if each.turn.has_words]
        if not turns:
            raise Unscorable("the caller did nothing")
        nobodys = _nobodys(call, turns)
        if not spoken:
            outcome = Outcome.FAIL if nobodys else Outcome.PASS
            quiet = "nothing was written down, and nobody said a word"
            return Score(outcome, nobodys or quiet, details=_details(turns))
        words, wrong = sum(one.words for one in spoken), sum(one.wrong for one in turns)
        # Words before the caller spoke are added words.
        wrong += sum(len(_plain(each.text).split()) for each in _before_all(call))
        rate = wrong / words
        own = call.timeline.own_lateness
        late = max(spoken, key=lambda one: one.delay_s or 0.0)
        too_late = self._too_late(late)
        misheard = [one for one in turns if one.wrong and one.turn.text]
        too_wrong = rate > self.wer_limit + _EVENLY and misheard
        others = [*filter(None, (nobodys, _wrong(misheard) if too_wrong else ""))]
        faults = [*_missing(spoken), *filter(None, (too_late,)), *others]
        # The harness's own lateness cannot explain any other fault.
        if faults == [too_late] and late.delay_s is not None:
            off_s = late.uncertainty_s(own)
            raise_if_harness_too_late(((late.delay_s, self.delay_limit_s, off_s),), "a transcript")
        figures = [f"{wrong} of {words} words wrong ({rate:.0%}, limit {self.wer_limit:.0%})"]
        if late.delay_s is not None:
            took = with_uncertainty(f"{late.delay_s:.2f} s", late.uncertainty_s(own))
            limit = f"limit {self.delay_limit_s:.2f} s"
            figures.append(f"latest transcript {took} after the words, {limit}")
        return Score(
            Outcome.FAIL if faults else Outcome.PASS,
            "; ".join([*faults, *figures]),
            value=rate,
            unit="share",
            evidence=tuple(
                Evidence(one.turn.span.start_s, one.turn.span.end_s, "turn")
                for one in spoken
                if one.wrong or one.missing
            ),
            details=_details(turns),
            measurements=(
                WORD_ERRORS.gave(
                    *(_measured(one, one.wrong / max(1, one.words)) for one in spoken)
                ),
                DELAY.gave(
                    *(
                        replace(_measured(one, one.delay_s), uncertainty_s=one.uncertainty_s(own))
                        for one in spoken
                    )
                ),
            ),
        )

    def _too_late(self, late: _Turn) -> str:
        if (late.delay_s or 0.0) <= self.delay_limit_s + _EVENLY:
            return ""
        return f"{shortened(late.turn.text)!r} was written down too late"


def _turns(call: ScoredCall) -> Iterator[_Turn]:
    for index, turn in enumerate(call.timeline.caller):
        written = tuple(each for each in call.timeline.transcribed if each.caller == index)
        text = _plain(" ".join(each.text for each in written))
        # Words that were not for the agent may be transcribed, and may be left out.
        said = (turn.text, turn.spoken) if turn.has_words else ("", turn.text, turn.spoken)
        ways = [_plain(way) for way in said]
        counted = [(_errors(way, text), len(way.split())) for way in ways]
        # The nearer form counts, as a service may write either.
        wrong, words = min(counted, key=lambda pair: pair[0] / max(1, pair[1]))
        yield _Turn(turn, written, wrong, words)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w']+", " ", text.lower()).split())


def _errors(said: str, written: str) -> int:
    """Return the number of wrong words; jiwer returns 0 if no word was said."""
    if not said:
        return len(written.split())
    found = jiwer.process_words(said, written)
    return int(found.substitutions + found.deletions + found.insertions)


def _missing(spoken: list[_Turn]) -> Iterator[str]:
    for one in spoken:
        if one.missing:
            why = next((f" ({each.failed})" for each in one.written if each.failed), "")
            yield f"{shortened(one.turn.text)!r} was never written down{why}"


def _before_all(call: ScoredCall) -> list[TranscribedTurn]:
    """Return the transcripts that came before the caller did anything."""
    return [each for each in call.timeline.transcribed if each.caller is None]


def _nobodys(call: ScoredCall, turns: tuple[_Turn, ...]) -> str:
    """Return transcribed words of turns without speech; empty if there are none."""
    silent = (one.text for one in turns if not (one.turn.has_words or one.turn.text))
    texts = [text for text in (*(one.text for one in _before_all(call)), *silent) if _plain(text)]
    told = ", ".join(repr(shortened(text)) for text in texts)
    return f"{told} was written down where nobody said a word" if told else ""


def _wrong(misheard: list[_Turn]) -> str:
    """Return the turn with the most wrong words, for a reason."""
    worst = max(misheard, key=lambda one: one.wrong)
    return f"{shortened(worst.turn.text)!r} was written down as {shortened(worst.text)!r}"


def _measured(one: _Turn, value: float | None) -> MeasuredValue:
    return MeasuredValue(value, of=one.turn.text, at_s=one.turn.span.end_s)


def _details(turns: tuple[_Turn, ...]) -> dict[str, object]:
    return {"turns": [_described(one) for one in turns]}


def _described(one: _Turn) -> dict[str, object]:
    return {
        "said": one.turn.text,
        "written": one.text,
        "wrong": one.wrong,
        "words": one.words,
        "delay_s": one.delay_s,
    }
