"""The proof of the scorers: the rules that a planted fault must trip, and those that must not.

A fault is proven when each of its rules catches it in at least one call, and no unrelated rule
fails or asks for review. A good agent must pass every call, also with a quirk: behaviour that looks
suspicious and is right.

A rule is a scorer, or one of several rules of a scorer: "delivery.hung_up". A rule is recognized by
the text of its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.results.model import CallResult, ScoreResult

GOOD = "good agent"
"""Name of the row without any fault or quirk."""

RULES: Mapping[str, Mapping[str, str]] = {
    "tool_use": {
        "invented_tools": "is no tool of this session|in a response that this session never",
        "arguments": "arguments that break its schema",
        "retries": "called again in the same way",
        "claims": "had no result yet|had failed at|it was never called|only afterwards, and"
        "|claimed without a call",
        "before_result": "returned only at",
        "against_result": r"although .* returned ",
        "raw_errors": "was read out",
        "next_step": "offer a next step",
        "blame": "the caller was blamed|is the caller blamed",
        "read_back": "read back after",
        "parallel": "called one by one",
    },
    "delivery": {
        "result": "never reached the caller|was never told",
        "late_result": "came late",
        "approval": "approval",
        "incomplete": "the service stopped an answer",
        "failed": "an answer failed",
        "cancelled": "stopped its answer as if interrupted",
        "hung_up": "hung up during its own answer",
        "foreign": "of a response that this session never began",
        "no_audio": "less audio than text",
        "mid_sentence": "may have ended inside a sentence",
    },
    "audio_quality": {
        "gaps": "broke off",
        "noise": "was noise",
        "clipping": "was clipped",
        "stereo": "two channels as one",
        "rate": "this audio fits",
        "dropouts": "ms of silence from",
    },
}
"""By scorer and rule: a regular expression for the reasons that the rule writes."""

ASKS = frozenset(
    {
        *(
            f"tool_use.{rule}"
            for rule in ("before_result", "against_result", "next_step", "read_back")
        ),
        "delivery.mid_sentence",
    }
)
"""Rules that never fail: they catch a fault by a question to a person."""

_COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A misbehaviour; all of ``caught_by`` must notice it, ``may_trip`` it also concerns.

    Both name rules, or scorers with all of their rules. Many faults have consequences that others
    rightly see (a tool called without consent is also a tool that the scenario forbids): those are
    named in ``may_trip``, with a reason in ``agent/faults.py``.
    """

    name: str
    caught_by: frozenset[str]
    may_trip: frozenset[str]
    may_end_as: frozenset[str] = frozenset()
    """Statuses of calls that end early because of the fault."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the matrix: which scorers failed how many calls, and the problems with that."""

    name: str
    calls: int
    failures: Mapping[str, int]
    problems: tuple[str, ...]
    false_alarms: Mapping[str, int] = field(default_factory=dict)
    """By rule: verdicts against correct behaviour; also counted in the problems."""
    caught: Mapping[str, bool] = field(default_factory=dict)
    """By rule that must catch the fault: whether it did; empty for a good agent."""

    @property
    def proven(self) -> bool:
        """Whether this row is as required."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class RuleProof:
    """The result for a rule: faults caught of those planted for it, and false alarms."""

    rule: str
    caught: int
    planted: int
    false_alarms: int

    @property
    def proven(self) -> bool:
        """Whether it caught each of its faults, and raised no false alarm."""
        return self.caught == self.planted and not self.false_alarms


def judge_row(
    planted: PlantedFault | None, calls: tuple[CallResult, ...], *, name: str = GOOD
) -> Row:
    """Compare the calls of a run with the rules that its fault must, may and must not trip.

    Without a fault it is a good agent of that ``name``.
    """
    may_end_as = {_COMPLETED} | (planted.may_end_as if planted else frozenset())
    expected = planted.caught_by | planted.may_trip if planted else frozenset()
    problems = [
        f"{call.scenario} ended as {call.status}: {call.status_detail}"
        for call in calls
        if call.status not in may_end_as
    ]
    failures: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    caught = dict.fromkeys(sorted(planted.caught_by), False) if planted else {}
    for call in calls:
        for score in call.scores:
            if score.outcome not in ("fail", "review", "broken"):
                continue
            failures[score.scorer] += 1
            for rule in _rules(score):
                if rule in caught:
                    caught[rule] |= score.passed is False or rule in ASKS
                if not {rule, score.scorer} & expected:
                    alarms[rule] += 1
                    problems.append(f"false alarm: {rule} on {call.scenario}: {score.reason}")
    problems += [f"not caught by {rule}" for rule, did in caught.items() if not did]
    return Row(
        planted.name if planted else name, len(calls), failures, tuple(problems), alarms, caught
    )


def proof_of_rules(rows: Sequence[Row]) -> tuple[RuleProof, ...]:
    """Return each rule for which a fault was planted, or that raised a false alarm, by name."""
    names = {rule for row in rows for rule in (*row.caught, *row.false_alarms)}
    return tuple(
        RuleProof(
            rule,
            caught=sum(row.caught.get(rule, False) for row in rows),
            planted=sum(rule in row.caught for row in rows),
            false_alarms=sum(row.false_alarms.get(rule, 0) for row in rows),
        )
        for rule in sorted(names)
    )


def summary(rows: Sequence[Row]) -> str:
    """Return how many rows and rules are proven, faults caught, and verdicts wrong."""
    faults = [all(row.caught.values()) for row in rows if row.caught]
    rules = [rule.proven for rule in proof_of_rules(rows)]
    caught = f"{sum(faults)} of {len(faults)} faults caught"
    caught += f" (recall {sum(faults) / len(faults):.0%})" if faults else ""
    caught += f"; {sum(rules)} of {len(rules)} rules proven"
    alarms = sum(sum(row.false_alarms.values()) for row in rows)
    calls = _counted(sum(row.calls for row in rows), "call")
    proven = f"{sum(row.proven for row in rows)} of {len(rows)} rows as they must be"
    return f"{proven}; {caught}; {_counted(alarms, 'false alarm')} in {calls}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _rules(score: ScoreResult) -> Iterable[str]:
    """Return the rules that a verdict names; the scorer itself if it names none."""
    # A verdict does not name its rule. A reason that matches no pattern counts for the scorer as a
    # whole: if a scorer's text changes, the proof reports the rule as missed.
    patterns = RULES.get(score.scorer, {})
    named = [name for name, says in patterns.items() if re.search(says, score.reason)]
    return [f"{score.scorer}.{name}" for name in named] or [score.scorer]
