"""Time to first audio: the silence between a caller's last word and the answer, as heard.

Definition: docs/reference/scorers/time-to-first-audio.md (limits from callback-voice, EVA and
published production figures; there is no standard). Times are seconds on the recording clock. An
unanswered turn is None, never 0.0.

Realtime services send audio faster than it plays, so packet times do not show when audio is heard.
An agent that begins before the caller has ended has no negative wait: talk-over is kept apart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from harness.errors import Unscorable
from harness.judging.scorers.base import (
    Evidence,
    Measure,
    MeasuredValue,
    Measurement,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    TimeAgainstLimit,
    raise_if_harness_too_late,
    scorer,
    shortened,
    within_own_lateness,
)
from harness.judging.scorers.missing_evidence import (
    BOUNDS_S,
    IN_TEXT,
    estimated_bounds,
    raise_if_held_up,
    raise_if_nameless_call,
    raise_if_near_limit,
    raise_if_not_recorded,
    raise_if_unseen,
    raise_if_untimed,
    unrecorded_wait,
    unseen_tools,
)
from harness.recording.provenance import CallStatus
from harness.scenario.fields import Model
from harness.scenario.model import Scenario, ToolKind
from harness.timeline.model import CutWait, NamelessCall, TextAnswer, ToolCall, Wait
from harness.units import clock, with_uncertainty

CLOCK_TOLERANCE_S = 1e-6
"""Limits are inclusive: less than a sample is a rounding error of two times, no delay."""

UNANSWERED_SHOWN_S = 5.0
"""Maximum duration of an unanswered wait in the evidence."""


TIME_TO_FIRST_AUDIO = Measure("time_to_first_audio", unit="s", per="turn", missing="unanswered")

WITH_TOOL = "with a tool"
"""Kind of a wait with a tool call: such answers are compared only with each other."""

HOLDS_AN_ANSWER_S = 1.0
"""Audio that ends sooner after a caller's turn is the rest of the earlier utterance."""

_TALKED_THROUGH = (
    "the agent spoke on from before the caller's turn until after it, and nothing tells whether "
    "what it said then was the answer"
)

_LINE_LOST = "the line was lost at each of the caller's turns, or before it was answered"


@scorer(
    "time_to_first_audio",
    version=10,
    measures=(TIME_TO_FIRST_AUDIO,),
    limited_by={"": "time_to_first_audio_s", WITH_TOOL: "time_to_first_audio_with_tool_s"},
)
@dataclass(frozen=True, slots=True)
class TimeToFirstAudio(Scorer):
    """Pass when every caller turn is answered within its limit in seconds, inclusive."""

    of_words: ClassVar[bool] = False

    limit_s: float = 1.5
    with_tool_limit_s: float = 3.0
    """Limit of a wait in which a tool was called before the agent spoke."""

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: Model) -> TimeToFirstAudio:
        """Take the longest waits from the scenario's ``limits``."""
        return cls(
            limit_s=scenario.limits.time_to_first_audio_s,
            with_tool_limit_s=scenario.limits.time_to_first_audio_with_tool_s,
        )

    def score(self, call: ScoredCall) -> Score:
        """Score the slowest answer; raise ``Unscorable`` if the caller never spoke."""
        if call.scenario.expect.reply == "none":
            return Score(Outcome.NOT_APPLICABLE, "the agent is expected to stay quiet in this call")
        if call.timeline.in_text:
            return Score(Outcome.NOT_APPLICABLE, IN_TEXT)
        raise_if_untimed(call)
        raise_if_not_recorded(call)
        mute = [cut for cut in call.timeline.cut_waits if self._was_mute(call, cut)]
        verdict = self._mute_until_lost(call, mute) if mute else self._verdict(call)
        return replace(verdict, measurements=(self._measured(call),))

    def _verdict(self, call: ScoredCall) -> Score:
        # An agent that is silent on purpose (a no-op tool such as ``wait_for_user`` after "hold on
        # a second") owes no answer.
        waits = [wait for wait in call.timeline.waits if not _quiet_on_purpose(call, wait)]
        details = {"waits": [self._described(call, wait) for wait in call.timeline.waits]}
        if not call.timeline.waits:
            raise Unscorable(_LINE_LOST if call.timeline.absences else "the caller never spoke")
        if waits and self._hung_up(call, waits[-1]):
            waits = waits[:-1]
            if not waits:
                raise Unscorable("the call ended before an answer to the caller was due")
        unanswered = [wait for wait in waits if wait.answered_s is None]
        # An agent that answers in text alone is not silent, but its wait has no end to judge.
        silent = [wait for wait in unanswered if _text_answer(call, wait) is None]
        if owed := [wait for wait in silent if _was_due(call, wait)]:
            return self._unanswered(call, owed, details)
        # A call without a name, or an unseen call, may have been a no-op tool.
        if silent:
            quiet = "whether the agent was quiet on purpose"
            raise_if_nameless_call(call, quiet)
            raise_if_unseen(call, sorted(_no_ops(call)), quiet)
        timed = self._timed(call, waits)
        missing = next(filter(None, (self._unknown(call, wait) for wait in waits)), "")
        if (missing or unanswered) and not self._late(timed):
            unknown = Score(Outcome.UNSCORABLE, missing, details=details)
            return unknown if missing else self._in_text(call, unanswered, details)
        if not timed:
            return Score(
                Outcome.NOT_APPLICABLE,
                "no answer was waited for: the agent talked over the caller or was told to wait",
                details=details,
            )
        late = self._late(timed)
        if late:
            self._raise_if_excused(call, late)
        # A wait this far over its limit is late whatever the error of estimated bounds.
        if not any(took_s - self._limit_s(wait) >= BOUNDS_S for took_s, wait in late):
            self._raise_if_near_limit(call, timed)
        score = self._slowest(timed, details)
        return replace(score, reason=f"{score.reason}{estimated_bounds(call)}")

    def _timed(self, call: ScoredCall, waits: list[Wait]) -> list[tuple[float, Wait]]:
        """Return the waits of known length, with the length."""
        return [
            (wait.took_s, wait)
            for wait in waits
            if wait.took_s is not None and not self._unknown(call, wait)
        ]

    def _unknown(self, call: ScoredCall, wait: Wait) -> str:
        """Return why it is unknown whether a wait was within its limit; empty if it is known."""
        took_s, limit_s, queued_s = wait.took_s, self._limit_s(wait), _queued_s(call, wait)
        if took_s is not None and _exceeds(took_s, limit_s) and took_s - queued_s <= limit_s:
            began = clock(call.timeline.caller[wait.caller].span.start_s)
            return (
                f"{queued_s:.1f} s of older audio were queued at the client when the caller began "
                f"at {began}, and the dialect reports no interruptions: how long the answer took "
                "cannot be told"
            )
        return unrecorded_wait(call, wait)

    def _was_mute(self, call: ScoredCall, cut: CutWait) -> bool:
        """Return whether an answer was overdue while the line was still up."""
        wait = cut.wait
        # The network and the harness may have delayed the caller's audio: the agent waited less.
        silent_s = _lasted_s(cut) - call.timeline.held_up_s(wait.from_s, cut.left_s)
        if (own := call.timeline.own_lateness) is not None:
            silent_s -= own.left_late_s(wait.from_s, cut.left_s)
        owed = self._is_owed(call, wait) and not _talked_through(call, wait)
        return owed and _exceeds(silent_s, self._limit_s(wait))

    def _mute_until_lost(self, call: ScoredCall, mute: list[CutWait]) -> Score:
        worst = max(mute, key=_lasted_s)
        limit = f"{self._limit_s(worst.wait):.2f} s{' with a tool' if worst.wait.with_tool else ''}"
        said = call.timeline.caller[worst.wait.caller].text
        return Score(
            Outcome.FAIL,
            f"no answer to {said!r} in the {_lasted_s(worst):.2f} s until the line was lost, limit "
            f"{limit}",
            unit="s",
            evidence=tuple(Evidence(cut.wait.from_s, cut.left_s, "no answer") for cut in mute),
            details={"waits": [self._described(call, wait) for wait in call.timeline.waits]},
            by_words=False,
        )

    def _raise_if_excused(self, call: ScoredCall, late: list[tuple[float, Wait]]) -> None:
        # An unseen tool call would raise the limit to this: longer waits are late anyway.
        if not any(_exceeds(took_s, self.with_tool_limit_s) for took_s, _ in late):
            every = (tool.name for tool in call.suite.tools)
            raise_if_unseen(call, every, "whether the answer waited for a tool")
        raise_if_harness_too_late(map(self._against_limit, late), "an answer")
        sure = (one for one in late if not within_own_lateness(*self._against_limit(one)))
        held = ((wait.from_s, wait.from_s + took, self._limit_s(wait)) for took, wait in sure)
        raise_if_held_up(call, held, "an answer")

    def _against_limit(self, timed: tuple[float, Wait]) -> TimeAgainstLimit:
        took_s, wait = timed
        return took_s, self._limit_s(wait), wait.uncertainty_s

    def _raise_if_near_limit(self, call: ScoredCall, timed: list[tuple[float, Wait]]) -> None:
        for took_s, wait in timed:
            raise_if_near_limit(call, took_s, self._limit_s(wait), "an answer")

    def _limit_s(self, wait: Wait) -> float:
        return self.with_tool_limit_s if wait.with_tool else self.limit_s

    def _late(self, timed: list[tuple[float, Wait]]) -> list[tuple[float, Wait]]:
        return [(took_s, wait) for took_s, wait in timed if _exceeds(took_s, self._limit_s(wait))]

    def _slowest(self, timed: list[tuple[float, Wait]], details: dict[str, Any]) -> Score:
        late = self._late(timed)
        took_s, wait = max(late or timed, key=lambda pair: pair[0])
        slow = f"slowest answer took {with_uncertainty(f'{took_s:.2f} s', wait.uncertainty_s)}"
        limit = f"limit {self._limit_s(wait):.2f} s{' with a tool' if wait.with_tool else ''}"
        more = f", {len(late)} of {len(timed)} answers too late" if len(late) > 1 else ""
        return Score(
            Outcome.FAIL if late else Outcome.PASS,
            f"{slow}, {limit}{more}",
            value=took_s,
            unit="s",
            evidence=(Evidence(wait.from_s, wait.from_s + took_s, "slowest answer"),),
            details=details,
            by_words=False,
        )

    def _unanswered(
        self, call: ScoredCall, unanswered: list[Wait], details: dict[str, Any]
    ) -> Score:
        if all(_talked_through(call, wait) for wait in unanswered):
            raise Unscorable(_TALKED_THROUGH)
        said = call.timeline.caller[unanswered[0].caller].text
        others = f" and {len(unanswered) - 1} more" if len(unanswered) > 1 else ""
        return Score(
            Outcome.FAIL,
            f"no answer to {said!r}{others}{_cause(call, unanswered[0])}",
            unit="s",
            evidence=tuple(
                Evidence(
                    wait.from_s,
                    max(
                        wait.from_s, min(wait.from_s + UNANSWERED_SHOWN_S, call.timeline.duration_s)
                    ),
                    "no answer",
                )
                for wait in unanswered
            ),
            details=details,
            by_words=False,
        )

    def _in_text(self, call: ScoredCall, waits: list[Wait], details: dict[str, Any]) -> Score:
        answers = [answer for wait in waits if (answer := _text_answer(call, wait)) is not None]
        said = shortened(answers[0].text)
        others = f" and {len(answers) - 1} more" if len(answers) > 1 else ""
        return Score(
            Outcome.UNSCORABLE,
            f"answered in text only, nothing was heard: {said!r}{others}",
            evidence=tuple(
                Evidence(wait.from_s, max(wait.from_s, answer.at_s), "answered in text")
                for wait, answer in zip(waits, answers, strict=True)
            ),
            details=details,
        )

    def _hung_up(self, call: ScoredCall, wait: Wait) -> bool:
        """Return whether an imported call ended before an answer was due: callers hang up then."""
        left_s = call.timeline.duration_s - wait.from_s
        ended = wait.answered_s is None and left_s <= self._limit_s(wait)
        return ended and call.timeline.origin is not None

    def _is_owed(self, call: ScoredCall, wait: Wait) -> bool:
        """Return whether a turn should get an audible answer.

        A text answer is an inaudible answer: such a wait has no end that can be judged.
        """
        quiet = _quiet_on_purpose(call, wait) or _maybe_quiet(call, wait)
        return not (quiet or self._hung_up(call, wait)) and _text_answer(call, wait) is None

    def _measured(self, call: ScoredCall) -> Measurement:
        """Return every wait with an end, and every wait that was owed one; talk-over is no wait."""
        return TIME_TO_FIRST_AUDIO.gave(
            *(
                MeasuredValue(
                    wait.took_s,
                    of=call.timeline.caller[wait.caller].text,
                    kind=WITH_TOOL if wait.with_tool else "",
                    at_s=wait.from_s,
                    uncertainty_s=_plus(wait.uncertainty_s, _queued_s(call, wait)),
                )
                for wait in call.timeline.waits
                if not unrecorded_wait(call, wait)
                and (
                    wait.took_s is not None
                    or (wait.talk_over_s is None and self._is_owed(call, wait))
                )
            )
        )

    def _described(self, call: ScoredCall, wait: Wait) -> dict[str, Any]:
        return {
            "caller": wait.caller,
            "text": call.timeline.caller[wait.caller].text,
            "from_s": wait.from_s,
            "took_s": wait.took_s,
            "uncertainty_s": wait.uncertainty_s,
            "limit_s": self._limit_s(wait),
            "talk_over_s": wait.talk_over_s,
            "with_tool": wait.with_tool,
            "owed": self._is_owed(call, wait),
            "parts": asdict(wait.parts) if wait.parts is not None else None,
        }


def _was_due(call: ScoredCall, wait: Wait) -> bool:
    """Return whether a turn without an answer was owed an answer, as far as the source shows it."""
    return not _maybe_quiet(call, wait) and not unrecorded_wait(call, wait)


def _plus(uncertainty_s: float | None, queued_s: float) -> float | None:
    return None if uncertainty_s is None else uncertainty_s + queued_s


def _queued_s(call: ScoredCall, wait: Wait) -> float:
    """Return how much older audio may be part of a wait, since nothing could stop its playback."""
    return next(
        (each.queued_s for each in call.timeline.barge_ins if each.caller == wait.caller), 0.0
    )


def _cause(call: ScoredCall, wait: Wait) -> str:
    """Return the service's reports during the wait for an answer."""
    from_s = call.timeline.caller[wait.caller].span.start_s
    return call.timeline.error_between(from_s, _next_turn_s(call, wait))


def _talked_through(call: ScoredCall, wait: Wait) -> bool:
    """Return whether audio without bounds continued from before a turn until well after it."""
    turn = call.timeline.caller[wait.caller].span
    return any(
        answer.inferred
        and answer.span.start_s < turn.start_s
        # It may have become the answer without a pause; shorter audio contains no answer.
        and answer.span.end_s - turn.end_s >= HOLDS_AN_ANSWER_S
        for answer in call.timeline.agent
    )


def _lasted_s(cut: CutWait) -> float:
    return cut.left_s - cut.wait.from_s


def _exceeds(took_s: float, limit_s: float) -> bool:
    return took_s - limit_s > CLOCK_TOLERANCE_S


def _text_answer(call: ScoredCall, wait: Wait) -> TextAnswer | None:
    """Return the text answer to a turn, from its start to the start of the next turn."""
    if wait.answered_s is not None:
        return None
    turns = call.timeline.caller
    next_s = _next_turn_s(call, wait)
    from_s = turns[wait.caller].span.start_s
    return next((text for text in call.timeline.texts if from_s <= text.at_s < next_s), None)


def _next_turn_s(call: ScoredCall, wait: Wait) -> float:
    starts = (turn.span.start_s for turn in call.timeline.caller)
    return min((at_s for at_s in starts if at_s > wait.from_s), default=float("inf"))


def _quiet_on_purpose(call: ScoredCall, wait: Wait) -> bool:
    """Return whether the agent answered a turn with a no-op tool instead of speech.

    The scenario's expectations decide whether it should have; a call that ended because the agent
    stayed silent is never excused.
    """
    no_ops = _no_ops(call)
    if wait.answered_s is not None or not no_ops:
        return False
    return any(
        tool.name in no_ops and _in_place_of_words(call, wait, tool) for tool in call.timeline.tools
    )


def _maybe_quiet(call: ScoredCall, wait: Wait) -> bool:
    """Return whether a no-op tool may have been called there: without a name, or unseen."""
    if wait.answered_s is not None or call.timeline.status is CallStatus.AGENT_SILENT:
        return False
    no_ops = _no_ops(call)
    came = any(_in_place_of_words(call, wait, one) for one in call.timeline.nameless)
    return (came and bool(no_ops)) or bool(unseen_tools(call, no_ops))


def _no_ops(call: ScoredCall) -> set[str]:
    return {tool.name for tool in call.suite.tools if tool.kind is ToolKind.NO_OP}


def _in_place_of_words(call: ScoredCall, wait: Wait, tool: ToolCall | NamelessCall) -> bool:
    if wait.answered_s is not None or call.timeline.status is CallStatus.AGENT_SILENT:
        return False
    until_s = max(_next_turn_s(call, wait), wait.from_s + UNANSWERED_SHOWN_S)
    return wait.from_s <= tool.requested_s < until_s
