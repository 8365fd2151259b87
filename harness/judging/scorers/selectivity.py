"""Selectivity: whether the agent does not react to audio that is not meant for it.

Definition: docs/reference/scorers/selectivity.md (tau-voice: an agent that speaks continues through
a backchannel, words to somebody else or a noise; an agent that is silent answers neither the words
nor the noise).

An agent may speak again for a good reason: a tool's result, or an answer that it still owes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from harness.errors import Unscorable
from harness.judging.scorers.base import (
    Check,
    Evidence,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    scorer,
    share_kept,
    shortened,
)
from harness.judging.scorers.time_to_first_audio import CLOCK_TOLERANCE_S
from harness.recording.model import UtteranceKind
from harness.timeline.barge_ins import FINISHING_S
from harness.timeline.model import BargeInFact, CallerTurn, Distraction
from harness.timeline.utterances import WHOLE_S
from harness.units import clock

BREATH_S = 0.5
"""An agent that is silent for less before the caller's next words may have paused between two
sentences."""

_NAMED = 3
"""Maximum number of sounds that were not judged and that the reason names."""


@scorer("selectivity", version=6)
@dataclass(frozen=True, slots=True)
class Selectivity(Scorer):
    """Pass when the agent neither stops for, nor answers, what is not meant for it."""

    of_words: ClassVar[bool] = False

    stops_within_s: float = 1.0
    """An agent that falls silent within this time has stopped for the sound."""
    answers_within_s: float = 2.0
    """An agent that speaks within this time after the end of a sound has answered it."""

    def score(self, call: ScoredCall) -> Score:
        """Judge every distraction; the value is the share of distractions that changed nothing."""
        sounds = call.timeline.distractions
        if not sounds:
            return Score(Outcome.NOT_APPLICABLE, "no sound came that was not for the agent")
        if call.timeline.origin is not None:
            at = clock(sounds[0].sound.span.start_s)
            raise Unscorable(f"nothing tells whom the sound at {at} was for")
        by_sound = [(sound, self._checks(call, sound)) for sound in sounds]
        checks = tuple(check for _, found in by_sound for check in found)
        if not checks:
            reason = "the agent had nothing to go on with, and could be answering the caller"
            return Score(Outcome.NOT_APPLICABLE, reason)
        score = share_kept(checks, "nothing that was not for the agent changed what it did")
        showed_nothing = [_called(sound.sound) for sound, found in by_sound if not found]
        reason = score.reason + _not_judged(showed_nothing) * (score.outcome is Outcome.PASS)
        return replace(score, reason=reason, by_words=False)

    def _checks(self, call: ScoredCall, sound: Distraction) -> tuple[Check, ...]:
        """Return whether the agent continued to speak, or to be silent.

        With push to talk the harness itself stops playback and asks for an answer.
        """
        if sound.by_hand:
            return ()
        turn = sound.sound
        stops = tuple(
            check
            for fact in sound.over
            if (check := self._despite_delay(call, turn, partial(self._stop, turn, sound, fact)))
            is not None
        )
        stopped = any(check.outcome is not Outcome.PASS for check in stops)
        # Speech after a stop is no second fault; "mm-hm" may answer the agent's question.
        if stopped or turn.kind is UtteranceKind.BACKCHANNEL:
            return stops
        answered = self._despite_delay(call, turn, partial(self._answer, call, turn, sound))
        if answered is None or (stops and answered.outcome is Outcome.PASS):
            return stops
        return (answered,)

    def _despite_delay(
        self, call: ScoredCall, turn: CallerTurn, judged: Callable[[float], Check | None]
    ) -> Check | None:
        """Return a check, unless it depends on the delay of the sound over the network.

        ``judged`` takes the delay in seconds with which the agent may have heard the sound.
        """
        check = judged(0.0)
        off_s = _off_s(call, turn, self.answers_within_s)
        ours = judged(off_s) if off_s and check is not None else check
        if check is not None and ours is not None and ours.outcome is not check.outcome:
            reason = f"{check.reason}: too near to tell, as the harness itself was late"
            return replace(check, outcome=Outcome.UNSCORABLE, reason=reason, by_own_lateness=True)
        held_s = call.timeline.held_up_s(turn.span.start_s, turn.span.end_s)
        delayed = judged(held_s) if held_s else check
        if check is None or delayed is None:
            return None
        if delayed.outcome is check.outcome:
            return check
        what, seen = _called(turn), check.evidence
        reason = f"{what} came up to {held_s:.2f} s late over the network of the scenario"
        return Check(what, Outcome.UNSCORABLE, reason, seen)

    def _stop(
        self, turn: CallerTurn, sound: Distraction, fact: BargeInFact, late_s: float
    ) -> Check | None:
        """Return whether the agent continued its answer; None if the recording cannot show it."""
        what, onset_s = _called(turn), turn.span.start_s
        seen = Evidence(onset_s, turn.span.end_s, what)
        # An agent stops only if it had more to say.
        if not fact.had_more:
            if fact.finished:
                return None
            reason = f"nothing tells whether the agent stopped for {what} or had finished"
            return Check(what, Outcome.UNSCORABLE, reason, (seen,))
        silent_s = onset_s if fact.yielded_s is None else fact.yielded_s
        took_s = silent_s - onset_s
        within_s = self.stops_within_s + late_s
        late = took_s > within_s + CLOCK_TOLERANCE_S
        # The caller may speak again before the silence is long enough to be a stop.
        spoken_into = sound.next_words_s - silent_s < BREATH_S
        after_it = silent_s >= turn.span.end_s + within_s
        if late and (spoken_into or after_it or not _broke_off(fact, took_s)):
            return Check(what, Outcome.PASS, f"the agent went on through {what}", (seen,))
        if spoken_into:
            return None
        seen = Evidence(onset_s, max(turn.span.end_s, silent_s), what)
        if late:
            reason = f"did the agent stop for {what}? It broke off {took_s:.2f} s after that began"
            return Check(what, Outcome.REVIEW, reason, (seen,))
        reason = f"the agent stopped for {what}, {took_s:.2f} s after it began"
        return Check(what, Outcome.FAIL, reason, (seen,))

    def _answer(
        self, call: ScoredCall, turn: CallerTurn, sound: Distraction, late_s: float
    ) -> Check | None:
        """Return whether the agent spoke after a sound; None if it had no time, or no line."""
        what, until_s = _called(turn), turn.span.end_s + self.answers_within_s + late_s
        reply = None if sound.reply is None else call.timeline.agent[sound.reply]
        if call.timeline.line_was_gone(turn.span.start_s, until_s):
            return None
        if reply is None or reply.span.start_s > until_s + CLOCK_TOLERANCE_S:
            if min(sound.next_words_s, call.timeline.duration_s) < until_s - CLOCK_TOLERANCE_S:
                return None
            seen = Evidence(turn.span.start_s, until_s, what)
            return Check(what, Outcome.PASS, f"the agent left {what} alone", (seen,))
        seen = Evidence(turn.span.start_s, max(turn.span.end_s, reply.span.end_s), what)
        words = shortened(reply.claimed_heard)
        if reply.inferred:
            reason = f"did the agent answer {what} with {words!r}, or go on?"
            return Check(what, Outcome.REVIEW, reason, (seen,))
        reason = f"the agent answered {what}: {words!r}"
        return Check(what, Outcome.FAIL, reason, (seen,))


def _off_s(call: ScoredCall, turn: CallerTurn, within_s: float) -> float:
    """Return the maximum by which the agent's reaction to a sound is recorded too late."""
    own, window = call.timeline.own_lateness, (turn.span.start_s, turn.span.end_s + within_s)
    return 0.0 if own is None else own.left_late_s(*window) + own.stamped_late_s(*window)


def _broke_off(fact: BargeInFact, took_s: float) -> bool:
    """Return whether an answer was cut, and did not just continue for long."""
    return fact.unplayed_s > WHOLE_S or took_s <= FINISHING_S


def _not_judged(sounds: Sequence[str]) -> str:
    """Return the sounds that were not judged, as the end of a reason; there may be many."""
    if not sounds:
        return ""
    more = f" and {len(sounds) - _NAMED} more" if len(sounds) > _NAMED else ""
    return f"; not judged, as nothing would show it: {', '.join(sounds[:_NAMED])}{more}"


def _called(turn: CallerTurn) -> str:
    """Return a description of a sound with its time, for a person."""
    at = clock(turn.span.start_s)
    if turn.kind is UtteranceKind.BACKCHANNEL:
        return f"the backchannel {turn.text!r} at {at}"
    return f"the aside {shortened(turn.text)!r} at {at}" if turn.text else f"the noise at {at}"
