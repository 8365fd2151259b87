"""Judges a recording: timeline, dialogue, costs, and the verdict of every scorer.

All runs, re-scorings, pages and the pytest plugin use this module. Each fact is computed from the
recording on first use and then kept: a page that shows only times computes no dialogue. This
module reads no file, no clock and no folder.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from harness.errors import InputError, Unscorable
from harness.judging.dialogue.build import read
from harness.judging.dialogue.model import Dialogue
from harness.judging.scorers.base import HarnessTooLate, Outcome, Score, ScoredCall, Scorer
from harness.judging.scorers.registry import scorers_of
from harness.language.language import Language, language_named
from harness.language.questions import QuestionKind, read_question
from harness.language.values import ValueKind, same_value
from harness.plugins import plugin_failure
from harness.recording.model import Recognition, Recording
from harness.recording.provenance import Estimate, SourceKind
from harness.scenario.fields import Model
from harness.scenario.model import Scenario, Suite
from harness.timeline.build import build, with_recognition
from harness.timeline.model import Timeline
from harness.timeline.usage import Usage, usage
from harness.units import clock

# Whether a call has more text than the scorers judge.
#
# The limits are sizes, never times: the same call has the same verdicts on any machine. A text of
# 50,000 characters takes about two seconds; the limits leave room for calls of several hours.

MOST_IN_ONE = 100_000
"""Characters of an answer, a turn of the caller, or the arguments of a tool call."""

MOST_IN_OUTPUT = 1_000_000
"""Characters of the output of a tool call: it is searched, not read as speech."""

MOST_IN_CALL = 500_000
"""Characters of all answers, turns and arguments of a call."""

MOST_VALUES = 100
"""Values in the arguments of a tool call: each is searched for in all earlier speech."""


def too_long(timeline: Timeline) -> str:
    """Return why the scorers of speech do not judge a call; empty if they do."""
    whole = 0
    for what, at_s, size in _texts(timeline):
        whole += size
        if size > MOST_IN_ONE:
            return _reason(f"{what} at {clock(at_s)} has {size:,} characters", MOST_IN_ONE)
    if whole > MOST_IN_CALL:
        return _reason(f"the call has {whole:,} characters", MOST_IN_CALL)
    for tool in timeline.tools:
        of_tool = f"{tool.name} at {clock(tool.requested_s)}"
        if (size := len(tool.output or "")) > MOST_IN_OUTPUT:
            return _reason(f"the output of {of_tool} has {size:,} characters", MOST_IN_OUTPUT)
        if (count := _values(tool.arguments or {})) > MOST_VALUES:
            return _reason(f"{of_tool} has {count:,} values in its arguments", MOST_VALUES)
    return ""


def _reason(what: str, most: int) -> str:
    return f"too long to judge by its words: {what}, at most {most:,} are read"


def _texts(timeline: Timeline) -> Iterator[tuple[str, float, int]]:
    """Yield a description of each text of a call, its time in seconds, and its characters."""
    for said in timeline.agent:
        size = max(len(said.claimed), len(said.recognized or ""))
        yield "an answer", said.span.start_s, size
    for turn in timeline.caller:
        size = max(len(turn.text), len(turn.recognized or ""))
        yield "what the caller says", turn.span.start_s, size
    for tool in timeline.tools:
        yield f"the call of {tool.name}", tool.requested_s, len(tool.raw_arguments)


def _values(given: object) -> int:
    """Return the number of single values in a JSON value."""
    left, count = [given], 0
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
        else:
            count += 1
    return count


# Name turns instead of times in the reasons of calls whose times are not known.
#
# The import of a text counts a time for each line, so that order can be judged. Such a time is in
# no source: a reason that shows it would point a listener to a wrong place.

_TIME = re.compile(r"\b(at|from) (\d+:[0-5]\d\.\d)\b")


def with_turns(reason: str, timeline: Timeline) -> str:
    """Return a reason without counted times: "at turn 3" is at the caller's third turn or later.

    The time of a tool call is also counted if only its place among the lines is known.
    Times in a quotation stay: they are not times of this call.
    """
    counted = {clock(at_s): at_s for at_s in _counted(timeline)} if _TIME.search(reason) else {}

    def place(found: re.Match[str]) -> str:
        if found[2] not in counted:
            return found[0]
        at_s = counted[found[2]]
        number = sum(turn.has_words and turn.span.start_s <= at_s for turn in timeline.caller)
        return f"{found[1]} turn {number}" if number else "before turn 1"

    return _TIME.sub(place, reason)


def _counted(timeline: Timeline) -> Iterable[float]:
    """Yield the times of a call that its source does not contain."""
    if timeline.estimates(Estimate.TIMES) and not timeline.estimates(Estimate.STAMPS):
        spans = [*(turn.span for turn in timeline.caller), *(one.span for one in timeline.agent)]
        yield from (at_s for span in spans for at_s in (span.start_s, span.end_s))
    elif not timeline.estimates(Estimate.TOOL_TIMES):
        return
    for tool in timeline.called:
        yield tool.requested_s
    yield from (tool.answered_s for tool in timeline.tools if tool.answered_s is not None)


# Whether the caller kept to the scenario: imported and simulated callers have no script.
#
# A failure that the caller's departure causes is not the agent's: a person decides.

_OF_ONE_THING = (ValueKind.ID, ValueKind.EMAIL, ValueKind.PHONE)
"""Kinds that identify a thing: a caller who gives another value than the scenario means another."""


def left_script(call: ScoredCall, *, missing: bool) -> str:
    """Return how a caller without a script left the scenario; empty if not, or if scripted.

    The caller gave another value than the scenario's fact, or spoke as if it were the agent. If
    something is ``missing``, the caller may have hung up too early for it.
    """
    if call.timeline.origin is None:
        return ""
    left = _another_value(call) or _as_agent(call)
    return left or (_hung_up_first(call) if missing else "")


def _another_value(call: ScoredCall) -> str:
    given = [
        pair
        for answer in call.dialogue.answers
        for pair in zip(answer.kinds, answer.values, strict=True)
    ]
    for name, fact in call.scenario.facts.items():
        if fact.kind not in _OF_ONE_THING:
            continue
        wanted = call.language.normalize(fact.value, fact.kind)
        said = [value for kind, value in given if kind is fact.kind]
        others = [one for one in said if not same_value(one, wanted, fact.kind)]
        if others and len(others) == len(said):
            return f"the caller gave {others[0]} as {name}, the scenario has {fact.value}"
    return ""


def _as_agent(call: ScoredCall) -> str:
    for turn in call.timeline.caller:
        asked = read_question(turn.text, call.language) if turn.has_words and turn.text else None
        if asked is not None and asked.kind is QuestionKind.WISHES:
            at = clock(turn.span.start_s)
            return f"the caller spoke as if it were the agent at {at}: {turn.text!r}"
    return ""


def _hung_up_first(call: ScoredCall) -> str:
    turns = [turn for turn in call.timeline.caller if turn.has_words]
    if not turns:
        return ""
    last_s = turns[-1].span.end_s
    acted = any(said.span.end_s > last_s for said in call.timeline.agent)
    if acted or any(tool.requested_s >= last_s for tool in call.timeline.called):
        return ""
    return f"the call ended with the caller's words at {clock(turns[-1].span.start_s)}"


M = TypeVar("M", bound=Model)

_TOO_BUSY = (
    "this machine was too busy: fewer calls at a time (--concurrency auto), less beside them"
)

_NOT_TAKEN = (
    "the server, or the way to it, took nothing from us for a while: see that the server reads on"
    " whatever else it does"
)

_NOTHING_SAID = Dialogue((), (), (), ())

NOBODY_SPOKE = "nobody spoke to the agent in this call"
REDACTED = "personal data was taken out of this recording: its verdicts are those of before"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of a scorer on a call."""

    scorer: Scorer
    score: Score


class Judged:
    """A recording and the results that are computed from it."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    @cached_property
    def timeline(self) -> Timeline:
        """The facts about time."""
        return build(self.recording)

    @cached_property
    def call(self) -> ScoredCall:
        """The input of scorers; a recording alone is enough, no scenario file is read.

        Raises ``Unscorable`` if the stored scenario or suite no longer fits the model, or if its
        language is not known here.
        """
        scenario = _stored(Scenario, self.recording.manifest.scenario)
        suite = _stored(Suite, self.recording.manifest.suite)
        language = _language(suite)
        given = scenario.today or suite.today
        today = given or _recorded_on(self.recording.manifest.started_at)
        return ScoredCall(
            timeline=self.timeline,
            dialogue=_NOTHING_SAID
            if self._too_long
            else read(self.timeline, scenario, suite, language, today=today),
            scenario=scenario,
            suite=suite,
            language=language,
            instructions=self.recording.manifest.instructions,
            today=today,
            judged=self.recording.judged,
        )

    @cached_property
    def usage(self) -> Usage:
        """The cost of the call."""
        return usage(self.recording)

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """Every scorer's verdict, in the scorers' order; raises like ``call``."""
        scorers = scorers_of(self.call.scenario, transcribes=self.timeline.transcribes)
        origin = self.recording.manifest.origin
        if origin is not None and origin.redacted:
            unscorable = Score(outcome=Outcome.UNSCORABLE, reason=REDACTED)
            return tuple(Judgement(scorer, unscorable) for scorer in scorers)
        by_person = origin is not None and origin.kind is SourceKind.PERSON
        if by_person and not any(turn.has_words for turn in self.timeline.caller):
            unscorable = Score(outcome=Outcome.UNSCORABLE, reason=NOBODY_SPOKE)
            return tuple(Judgement(scorer, unscorable) for scorer in scorers)
        if self._too_long:
            unscorable = Score(outcome=Outcome.UNSCORABLE, reason=self._too_long)
            return tuple(
                Judgement(one, unscorable if one.of_words else _score(self.call, one))
                for one in scorers
            )
        return verdicts(self.call, scorers)

    @cached_property
    def _too_long(self) -> str:
        return too_long(self.timeline)

    @cached_property
    def mistimed(self) -> str:
        """Why the harness was too late for a valid call, with a remedy; else empty.

        Its audio stream stalled so long that the agent may have behaved otherwise, or a verdict
        depends on its lateness. Raises like ``call``.
        """
        own = self.timeline.own_lateness
        words = (turn.span for turn in self.timeline.caller if turn.has_words)
        spoken = ((span.start_s, span.end_s) for span in words)
        if own is not None and (stall_s := own.stall_s(spoken)):
            return f"our stream stood still for {stall_s:.2f} s: {self._cause}"
        for one in self.judgements:
            if one.score.by_own_lateness:
                return f"{one.scorer.scorer_name}: {one.score.reason}: {self._cause}"
        return ""

    @property
    def _cause(self) -> str:
        """Why frames were late: some exceeded the permitted lateness, or none did."""
        lateness = self.recording.manifest.lateness
        own_s = None if lateness is None else lateness.max_s
        worst_s = max((late.late_s for late in self.recording.late_frames), default=0.0)
        return _TOO_BUSY if own_s is None or worst_s <= own_s else _NOT_TAKEN

    def recognized_as(self, heard: Recognition) -> Judged:
        """Return the same call with the words of a recognizer; the times stay the same."""
        other = Judged(replace(self.recording, recognition=heard))
        other.timeline = with_recognition(self.timeline, heard)
        return other


def judge(recording: Recording) -> Judged:
    """Return a recording with the results that are computed from it."""
    return Judged(recording)


def verdicts(call: ScoredCall, scorers: Iterable[Scorer]) -> tuple[Judgement, ...]:
    """Return every scorer's verdict; a scorer that cannot judge, or breaks, stops no other."""
    return tuple(Judgement(scorer, _score(call, scorer)) for scorer in scorers)


def _score(call: ScoredCall, scorer: Scorer) -> Score:
    """Return a verdict; its reason names turns if the times of the call are not known."""
    score = _timed_score(call, scorer)
    reason = with_turns(score.reason, call.timeline)
    return score if reason == score.reason else replace(score, reason=reason)


def _timed_score(call: ScoredCall, scorer: Scorer) -> Score:
    try:
        score = scorer.score(call)
        if not isinstance(score, Score):
            raise TypeError(f"expected a Score, got {score!r}")
        judged = score.outcome in (Outcome.PASS, Outcome.FAIL, Outcome.REVIEW)
        if judged and score.by_words and (whose := _speaks_otherwise(call)):
            raise Unscorable(f"{whose} does not speak the suite's language, {call.language.name!r}")
        score = _by_heard_words(call, score) if score.by_words else score
        judged_by_talk = score.by_words or scorer.owed
        return _by_caller(call, score, missing=scorer.owed) if judged_by_talk else score
    except Unscorable as unscorable:
        ours = isinstance(unscorable, HarnessTooLate)
        reason = unscorable.reason
        return Score(outcome=Outcome.UNSCORABLE, reason=reason, by_own_lateness=ours)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - task border: recorded, not fatal
        why = plugin_failure(error) or traceback.format_exception_only(error)[-1].strip()
        return Score(outcome=Outcome.BROKEN, reason=f"the scorer broke: {why}")


def _by_heard_words(call: ScoredCall, score: Score) -> Score:
    """Return a verdict on ASR words: a failure becomes a review, as ASR may have misheard."""
    if score.outcome is not Outcome.FAIL or not call.timeline.estimates(Estimate.WORDS):
        return score
    reason = f"{score.reason}; the words are what a recognizer heard: listen"
    return replace(score, outcome=Outcome.REVIEW, reason=reason)


def _speaks_otherwise(call: ScoredCall) -> str:
    """Return the side that speaks another language than the suite's; empty if neither does.

    Computed once per call.
    """
    if _speaks_otherwise not in call.worked_out:
        said = {
            "the agent": " ".join(one.claimed for one in call.timeline.agent),
            "the caller": " ".join(turn.text for turn in call.timeline.caller if turn.has_words),
        }
        foreign = (who for who, text in said.items() if call.language.is_foreign(text))
        call.worked_out[_speaks_otherwise] = next(foreign, "")
    whose: str = call.worked_out[_speaks_otherwise]
    return whose


def _by_caller(call: ScoredCall, score: Score, *, missing: bool) -> Score:
    """Return a verdict on a call whose caller left the scenario: the agent does not fail for it."""
    why = left_script(call, missing=missing) if score.outcome is Outcome.FAIL else ""
    if not why:
        return score
    return replace(score, outcome=Outcome.REVIEW, reason=f"{score.reason}; {why}")


def _recorded_on(started_at: str) -> date | None:
    """Return the day on which a recording began, in the caller's time zone."""
    try:
        return datetime.fromisoformat(started_at).date()
    except ValueError:
        return None


def _language(suite: Suite) -> Language:
    try:
        return language_named(suite.language)
    except InputError as error:
        raise Unscorable(f"the stored suite's language: {error}") from error


def _stored(model: type[M], data: Mapping[str, Any]) -> M:
    """Return a model from JSON data: strict models take lists and enum values only as JSON."""
    try:
        return model.of(dict(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(key) for key in first["loc"])
        raise Unscorable(
            f"the stored {model.__name__.lower()} is not valid here: {place}: {first['msg']}"
        ) from error
