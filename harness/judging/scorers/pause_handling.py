"""Pause handling: whether the agent leaves the floor to a caller who pauses within a turn.

Definition: docs/reference/scorers/pause-handling.md (Full-Duplex-Bench's takeover: an answer of a
second or more, or of more than three words; anything shorter is a backchannel, which a listener may
give).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import ClassVar

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
    whole,
)
from harness.judging.scorers.missing_evidence import IN_TEXT
from harness.judging.scorers.time_to_first_audio import CLOCK_TOLERANCE_S
from harness.timeline.intervals import covered_s
from harness.timeline.model import AgentUtterance, CallerTurn, Span, Transcript
from harness.units import clock


@scorer("pause_handling", version=4)
@dataclass(frozen=True, slots=True)
class PauseHandling(Scorer):
    """Pass when the agent takes the floor in no pause that the caller makes within an utterance."""

    of_words: ClassVar[bool] = False

    floor_s: float = 1.0
    """An answer that is audible for this long takes the floor."""
    backchannel_words: int = 3
    """A shorter answer takes it if it was meant to have more words than these."""

    def score(self, call: ScoredCall) -> Score:
        """Judge every pause; the value is the share of pauses that were left to the caller."""
        if call.timeline.in_text:
            return Score(Outcome.NOT_APPLICABLE, IN_TEXT)
        pauses = [(turn, pause) for turn in call.timeline.caller for pause in turn.pauses]
        if not pauses:
            return Score(Outcome.NOT_APPLICABLE, "the caller does not pause within an utterance")
        checks = tuple(self._check(call, turn, pause) for turn, pause in pauses)
        score = share_kept(checks, "the caller kept the floor in all pauses within an utterance")
        return replace(score, details={"pauses": [asdict(pause) for _, pause in pauses]})

    def _check(self, call: ScoredCall, turn: CallerTurn, pause: Span) -> Check:
        """Judge a pause by the worst of the answers that began in it."""
        # Twice: by the times as they are, and by the earliest times that late stamps allow.
        begun = [u for u in call.timeline.agent if _begins_in(u, turn, pause)]
        maybe = [
            u for u in call.timeline.agent if _begins_in(u, turn, pause, off_s=_off_s(call, u))
        ]
        # An answer is only certain if both agree.
        sure = {u.response_id for u in begun} & {u.response_id for u in maybe}
        responses = dict.fromkeys(utterance.response_id for utterance in (*begun, *maybe))
        said = {
            name: [u for u in call.timeline.agent if u.response_id == name] for name in responses
        }
        checks = tuple(
            _if_there(self._answer(call, pause, all_of_it), sure=name in sure)
            for name, all_of_it in said.items()
        )
        if not checks:
            quiet = Evidence(pause.start_s, pause.end_s, "pause")
            return Check("pause", Outcome.PASS, "the agent was quiet", (quiet,))
        return whole(checks)[1][0]

    def _answer(self, call: ScoredCall, pause: Span, said: list[AgentUtterance]) -> Check:
        """Judge an answer that began in a pause, with all of its utterances."""
        sounds = [sound for utterance in said for sound in utterance.sounds]
        # Audible time, not the span: gaps between its parts are no speech.
        heard_s = covered_s(sounds)
        start_s, end_s = said[0].span.start_s, said[-1].span.end_s
        seen = Evidence(pause.start_s, max(pause.end_s, end_s), "pause")
        at = f"a pause of {pause.duration_s:.2f} s at {clock(pause.start_s)}"
        words = _words(said)
        # A caller who continues cuts the answer short, so its intended words also count.
        if heard_s >= self.floor_s - CLOCK_TOLERANCE_S or len(words) > self.backchannel_words:
            when = f"{start_s - pause.start_s:.2f} s into {at}"
            if start_s >= pause.end_s:
                when = f"over the rest of the line, after {at}"
            what = f": {shortened(' '.join(words))!r}" if words else ""
            reason = f"the agent took the floor {when}{what}, heard for {heard_s:.2f} s"
            if late := _left_late(call, pause, said[0]):
                reason = f"{reason}, and {late}"
                return Check("pause", Outcome.UNSCORABLE, reason, (seen,), by_own_lateness=True)
            if held := _held_up(call, pause, said[0]):
                return Check("pause", Outcome.UNSCORABLE, f"{reason}, and {held}", (seen,))
            return Check("pause", Outcome.FAIL, reason, (seen,))
        if any(_is_open(utterance) for utterance in said):
            reason = f"what the agent began to say in {at} is not known: it sent no words of it"
            return Check("pause", Outcome.UNSCORABLE, reason, (seen,))
        return Check("pause", Outcome.PASS, f"a backchannel in {at}", (seen,))


def _off_s(call: ScoredCall, utterance: AgentUtterance) -> float:
    """Return the maximum by which an utterance began before the time stamp of its messages."""
    own, start_s = call.timeline.own_lateness, utterance.span.start_s
    created_s = start_s if utterance.created_s is None else min(start_s, utterance.created_s)
    return 0.0 if own is None else own.stamped_late_s(created_s, start_s)


def _if_there(check: Check, *, sure: bool) -> Check:
    """Return a check, unscorable if late time stamps may have moved its answer into the pause."""
    if sure or check.outcome is Outcome.PASS:
        return check
    reason = f"{check.reason}; whether it began in the pause is too near to tell"
    return replace(check, outcome=Outcome.UNSCORABLE, reason=reason, by_own_lateness=True)


def _left_late(call: ScoredCall, pause: Span, said: AgentUtterance) -> str:
    """Return why the harness's late frames may have made a pause long enough; empty if not."""
    own = call.timeline.own_lateness
    decided_s = _decided_s(pause, said)
    late_s = 0.0 if own is None else own.left_late_s(pause.start_s, decided_s)
    # Even without the lateness the agent would have decided inside the pause.
    if not late_s or decided_s + late_s < pause.end_s:
        return ""
    return f"the caller's sound left up to {late_s:.3f} s late"


def _decided_s(pause: Span, said: AgentUtterance) -> float:
    created_s = said.span.start_s if said.created_s is None else said.created_s
    return max(created_s, pause.start_s)


def _begins_in(
    utterance: AgentUtterance, turn: CallerTurn, pause: Span, *, off_s: float = 0.0
) -> bool:
    """Return whether an utterance begins in a pause, or is created there and begins after it.

    Audio from before the pause takes no floor there. ``off_s`` is subtracted from its times.
    """
    start_s, created_s = utterance.span.start_s - off_s, utterance.created_s
    created_s = None if created_s is None else created_s - off_s
    if pause.start_s <= start_s < pause.end_s:
        return True
    # A slow agent decides in the pause and is audible only after the caller has continued.
    decided = created_s is not None and pause.start_s <= created_s < pause.end_s
    return decided and pause.end_s <= start_s < turn.span.end_s


def _held_up(call: ScoredCall, pause: Span, said: AgentUtterance) -> str:
    """Return why the network may have made a pause long enough; empty if not.

    If the caller's audio arrives late, a silence begins earlier for the listener: without the
    delay, the agent would have decided that much later.
    """
    decided_s = _decided_s(pause, said)
    held_s = call.timeline.held_up_s(pause.start_s, decided_s)
    if not held_s or decided_s + held_s < pause.end_s:
        return ""
    return f"the caller's sound came up to {held_s:.2f} s late over the network of the scenario"


def _words(said: list[AgentUtterance]) -> list[str]:
    """Return the intended words of an answer; the recognizer's if there is no transcript."""
    return [word for one in said for word in (_told(one) or one.recognized or "").split()]


def _told(utterance: AgentUtterance) -> str:
    return utterance.claimed if utterance.transcript is Transcript.TOLD else ""


def _is_open(utterance: AgentUtterance) -> bool:
    """Return whether an utterance may have had more words than are known."""
    unknown = utterance.recognized is None or utterance.interrupted
    overlaid = utterance.transcript is Transcript.OVERLAID
    return not _told(utterance) and (unknown or overlaid)
