"""Expectations: the events that the scenario's own ``expect`` requires or forbids.

Definition: scenario-format.md, ``expect`` (tools, never, order, says, never_says, reply, quiet).
Hand-over has its own scorer.

Arguments are compared as values, not as text: "ORD-4715B" is "ord 4715 b". The comparison of words
is described in ``judging/scorers/words.py``.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import orjson

from harness.judging.dialogue.argument_paths import tool_named
from harness.judging.scorers.arguments import (
    each_has_its_own,
    filled,
    fits,
    holds_fields,
    shown_arguments,
    shown_fields,
)
from harness.judging.scorers.base import (
    Check,
    Evidence,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    harm_rank,
    merged,
    scorer,
    shortened,
    whole,
)
from harness.judging.scorers.missing_evidence import (
    nameless_calls,
    off_script,
    unseen,
    unseen_tools,
    untold,
    without_arguments,
)
from harness.judging.scorers.tool_failures import MOST_RETRIES, is_retry
from harness.judging.scorers.words import judge_never_says, judge_says
from harness.protocol.items import ResponseStatus
from harness.recording.model import StepAnswer
from harness.recording.tools import ToolOutcome
from harness.scenario.expectation import AnyTool, EndState, ExpectedTool, Fields, Plain
from harness.scenario.fault_text import SlowExpression, search
from harness.scenario.fields import Model
from harness.scenario.mocked_tools import MockedTools
from harness.scenario.model import Scenario, ToolKind
from harness.scenario.script import OutOfBand
from harness.scenario.world import Record, comparable, same
from harness.timeline.model import NamelessCall, ToolCall

# The end state of a scenario's world, compared with ``expect.world``.
#
# The recorded tool calls are replayed on a fresh world. A result that differs from the recorded
# one shows that the call had another world: the end state is then unscorable.


def judge_world(call: ScoredCall) -> Iterator[Check]:
    """Judge each table of the world; yield no check if the scenario has no ``expect.world``."""
    expected = call.scenario.expect.world
    if not expected:
        return
    if why := _unknown(call):
        yield Check("world", Outcome.UNSCORABLE, why, place=("world",))
        return
    before = MockedTools(call.suite, call.scenario).world
    mocked, differing = _done_again(call)
    if differing:
        yield Check("world", Outcome.UNSCORABLE, differing, place=("world",))
        return
    for table, records in mocked.world.tables.items():
        wanted = EndState() if expected == "unchanged" else expected.get(table, EndState())
        wanted = wanted if isinstance(wanted, EndState) else EndState(records=wanted)
        key = before.key(table)
        problem = _problem(call, key, before.tables[table], records, wanted)
        outcome = Outcome.FAIL if problem else Outcome.PASS
        reason = f"{table}: {problem}" if problem else f"{table} ended as expected"
        evidence = tuple(
            Evidence(tool.requested_s, tool.requested_s, tool.name)
            for tool in call.timeline.tools
            if _works_on(call, tool.name, table, looks_up=False)
        )
        yield Check(f"world {table}", outcome, reason, evidence, place=("world", table))


def end_state_hash(call: ScoredCall) -> str:
    """Return the SHA-256 of the world at the end, in hex; empty without a world, or if unknown."""
    if not call.scenario.world or _unknown(call):
        return ""
    mocked, differing = _done_again(call)
    if differing:
        return ""
    tables = orjson.dumps(mocked.world.tables, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(tables).hexdigest()


def _unknown(call: ScoredCall) -> str:
    """Return why the end state is not known; empty if it is."""
    what = "how the world ended"
    if hidden := unseen_tools(call, (spec.name for spec in call.suite.tools)):
        return unseen(call, hidden, what)
    if came := nameless_calls(call):
        return untold(came, what)
    return ""


def _done_again(call: ScoredCall) -> tuple[MockedTools, str]:
    """Return the mocks after all calls, and the problem if a result differs from its record."""
    if _done_again not in call.worked_out:
        call.worked_out[_done_again] = _replayed(call)
    replayed: tuple[MockedTools, str] = call.worked_out[_done_again]
    return replayed


def _replayed(call: ScoredCall) -> tuple[MockedTools, str]:
    mocked = MockedTools(call.suite, call.scenario)
    for tool in call.timeline.tools:
        if tool_named(call.suite, tool.name) is None or tool.arguments is None:
            continue
        if tool.by_server:
            if any(_works_on(call, tool.name, table) for table in mocked.world.tables):
                return mocked, f"{tool.name} was run by the server, not in the scenario's world"
            continue
        given = mocked.call(tool.name, tool.arguments)
        if tool.output is not None and orjson.dumps(given.output).decode() != tool.output:
            return mocked, f"the result of {tool.name} is not what the scenario's world gives"
    return mocked, ""


def _works_on(call: ScoredCall, name: str, table: str, *, looks_up: bool = True) -> bool:
    """Return whether a tool changes a table; if it ``looks_up``, whether it uses it at all."""
    spec = tool_named(call.suite, name)
    mock = call.scenario.mocks.get(name, None if spec is None else spec.mock)
    mocks = mock if isinstance(mock, tuple) else (mock,)
    worlds = [one.world for one in mocks if one is not None and one.world is not None]
    return any(one.table == table and (looks_up or one.find is None) for one in worlds)


def _problem(
    call: ScoredCall, key: str, before: list[Record], after: list[Record], wanted: EndState
) -> str:
    """Return how a table differs from the expectation; empty if it does not."""
    old = {comparable(one[key]): one for one in before}
    new = {comparable(one[key]): one for one in after}
    moved = [one for name, one in new.items() if name not in old or _differ(old[name], one)]
    for one in after:
        if _is_listed(call, one, key, wanted.removed):
            return f"{one[key]} should be gone, and is there"
    for name, one in old.items():
        if name not in new and not _is_listed(call, one, key, wanted.removed):
            return f"{one[key]} is gone, and should be there"
    for rules in wanted.records:
        # A rule without the key of its record is about a changed or added record.
        if not any(holds_fields(call, one, rules) for one in (after if key in rules else moved)):
            return _unlike(call, rules, key, after)
    return _one_by_one(call, key, moved, old, [one for one in after if one not in moved], wanted)


def _is_listed(call: ScoredCall, record: Record, key: str, names: tuple[Plain, ...]) -> bool:
    """Return whether a record has any of these keys."""
    return any(
        same(record[key], _filled(call, name)) or holds_fields(call, record, {key: name})
        for name in names
    )


def _one_by_one(
    call: ScoredCall,
    key: str,
    moved: list[Record],
    old: Mapping[object, Record],
    kept: list[Record],
    wanted: EndState,
) -> str:
    """Return how records and expected records fail to match, each with its own; empty if not."""
    fitting = [[holds_fields(call, one, rules) for rules in wanted.records] for one in moved]
    for one, matches in zip(moved, fitting, strict=True):
        if not any(matches):
            return _unexpected(one, old.get(comparable(one[key])), key)
    if not each_has_its_own(fitting):
        return _unexpected(moved[-1], old.get(comparable(moved[-1][key])), key)
    # A rule with a key may also be about a record that the call did not change.
    for_rules = [
        [holds_fields(call, one, rules) for one in (*moved, *(kept if key in rules else ()))]
        for rules in wanted.records
    ]
    if not each_has_its_own(for_rules):
        return (
            f"expected {len(wanted.records)} records, got {len(moved)} that were changed or added"
        )
    return ""


def _differ(one: Any, other: Any) -> bool:
    """Return whether two JSON values differ; 1 is not true."""
    first, second = (orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in (one, other))
    return first != second


def _unexpected(one: Record, old: Record | None, key: str) -> str:
    if old is None:
        return f"{_shown(one)} was added, and should not be"
    return f"{one[key]} was changed, and should not be: {_changes(old, one)}"


def _filled(call: ScoredCall, value: Plain) -> Plain:
    return filled(value, call.scenario) if isinstance(value, str) else value


def _unlike(call: ScoredCall, rules: Fields, key: str, after: list[Record]) -> str:
    """Return how the record with the expected key differs, or that there is no such record."""
    by_key = {key: rules[key]} if key in rules else {}
    meant = [one for one in after if by_key and holds_fields(call, one, by_key)]
    if not meant:
        return f"expected {shown_fields(rules, call.scenario)}, got no such record"
    wrong = (name for name in rules if not holds_fields(call, meant[0], {name: rules[name]}))
    told = "; ".join(
        f"{name}: expected {_wanted(call, name, rules)}, got {_end_state_told(meant[0].get(name))}"
        for name in wrong
    )
    return f"{told} (record {_end_state_told(meant[0][key])})"


def _wanted(call: ScoredCall, name: str, rules: Fields) -> str:
    told = shown_fields({name: rules[name]}, call.scenario)
    return told.removeprefix(name).removeprefix("=").strip()


def _changes(old: Record, new: Record) -> str:
    names = [name for name in {**old, **new} if _differ(old.get(name), new.get(name))]
    return ", ".join(
        f"{name} {_end_state_told(old.get(name))} is now {_end_state_told(new.get(name))}"
        for name in names
    )


def _shown(record: Record) -> str:
    return ", ".join(f"{name}={_end_state_told(value)}" for name, value in record.items())


def _end_state_told(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


@scorer("expectations", version=15)
@dataclass(frozen=True, slots=True)
class Expectations(Scorer):
    """Pass when calls were made as expected, words were heard, and what is forbidden was not."""

    expects: bool = False
    """Whether the scenario has anything under ``expect`` that is judged here."""

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: Model) -> Expectations:
        """Store whether the scenario expects anything."""
        expect = scenario.expect
        lists = (expect.tools, expect.never, expect.order, expect.says, expect.never_says)
        return cls(any((*lists, expect.reply == "none", expect.quiet, expect.world)))

    @property
    def owed(self) -> bool:
        """Whether the scenario asks for this verdict."""
        return self.expects

    def score(self, call: ScoredCall) -> Score:
        """Score the whole of ``expect``; value is the share of expectations that hold."""
        checks = _checks(call)
        if not checks:
            return Score(Outcome.NOT_APPLICABLE, "the scenario expects nothing in particular")
        outcome, made = whole(checks)
        decisive = sorted(made, key=lambda check: harm_rank("expectations", check.reason))
        held = sum(check.outcome is Outcome.PASS for check in checks)
        return Score(
            outcome,
            "everything expected happened"
            if outcome is Outcome.PASS
            else merged(check.reason for check in decisive),
            value=held / len(checks),
            unit="share",
            evidence=tuple(e for check in decisive for e in check.evidence),
            details={
                "expected": [_described(check) for check in checks],
                **({"end_state": state} if (state := end_state_hash(call)) else {}),
            },
            by_words=all(check.place[0] in _WORDS for check in decisive),
        )


_FAILED = (ToolOutcome.FAILED, ToolOutcome.TIMED_OUT, ToolOutcome.UNKNOWN_TOOL)

_WORDS = ("says", "never_says")
"""Keys of ``expect`` about words; all others are judged by tool calls and audio."""


def _checks(call: ScoredCall) -> tuple[Check, ...]:
    expect = call.scenario.expect
    checks = _listed("tools", (_tool(call, wanted) for wanted in expect.tools))
    checks += _listed("never", (_never(call, name) for name in expect.never))
    checks += [replace(_order(call, expect.order), place=("order",))] if expect.order else []
    checks += _listed("says", (judge_says(call, words) for words in expect.says))
    checks += _listed("never_says", (judge_never_says(call, words) for words in expect.never_says))
    if expect.reply == "none":
        checks.append(replace(_quiet(call), place=("reply",)))
    checks += judge_world(call)
    checks += _listed("quiet", (_quiet_after(call, turn) for turn in expect.quiet))
    checks += _answered_out_of_band(call)
    if call.timeline.unsaid:
        # A broken-off script (an awaited event did not happen) tests less than it was written for:
        # missing events are then no fault, and a person must look.
        unsaid = Check("the whole script", Outcome.REVIEW, call.timeline.unsaid, place=("turns",))
        checks.append(unsaid)
    return tuple(checks)


def _listed(name: str, checks: Iterable[Check]) -> list[Check]:
    """Return the checks of a list in ``expect``, each with its place there."""
    return [replace(check, place=(name, number)) for number, check in enumerate(checks)]


def _tool(call: ScoredCall, wanted: ExpectedTool | AnyTool) -> Check:
    if isinstance(wanted, ExpectedTool):
        return _one_tool(call, wanted)
    tried = tuple(_one_tool(call, each) for each in wanted.one_of)
    what = " or ".join(check.what for check in tried)
    for outcome in (Outcome.PASS, Outcome.UNSCORABLE):
        made = next((check for check in tried if check.outcome is outcome), None)
        if made is not None:
            return Check(what, outcome, made.reason, made.evidence)
    reason = f"none of these held: {'; '.join(check.reason for check in tried)}"
    return Check(what, Outcome.FAIL, reason, tuple(e for check in tried for e in check.evidence))


def _one_tool(call: ScoredCall, wanted: ExpectedTool) -> Check:
    same_name = [tool for tool in call.timeline.tools if tool.name == wanted.name]
    every = [tool for tool in same_name if fits(call, tool.arguments, wanted)]
    made = [tool for tool in every if _counts(tool, wanted)]
    spec = tool_named(call.suite, wanted.name)
    fewest, most = wanted.counted(reads=spec is not None and spec.kind is ToolKind.READ)
    # The same call made again after a technical failure is a retry, not an extra call.
    retries = sum(is_retry(call, tool) for tool in made)
    what = f"{wanted.name}({shown_arguments(wanted, call.scenario)})"
    evidence = tuple(_at(tool) for tool in same_name)
    if len(made) < fewest and (hidden := unseen_tools(call, (wanted.name,))):
        return Check(what, Outcome.UNSCORABLE, unseen(call, hidden, _whether(what)))
    bare = [why for tool in same_name if tool not in every and (why := without_arguments(tool))]
    if len(made) - retries <= most and bare:
        return Check(
            what, Outcome.UNSCORABLE, f"{bare[0]}; {_whether(what)} is not known", evidence
        )
    # A call without a name may be the missing call, or an extra call.
    if len(made) - retries <= most and (came := _maybe_calls(call, wanted)):
        return _untold(what, came, f"how often {what} was called" if made else _whether(what))
    if len(made) >= fewest and len(made) - retries <= most:
        allowed = "" if made else f" 0 times, allowed {_told(fewest, most)}"
        return Check(what, Outcome.PASS, f"{what} was called{allowed}", evidence)
    others = "; ".join(t.raw_arguments for t in same_name if t not in every)
    also = f" (called with {others})" if others else ""
    also += _left_out(len(every) - len(made), wanted)
    again = f", with at most {MOST_RETRIES} retries in a row" if retries else ""
    reason = f"{what} was called {len(made)} times, expected {_told(fewest, most)}{again}{also}"
    if (
        len(made) < fewest
        and len(every) == len(made)
        and not others
        and (why := off_script(call, wanted.name))
    ):
        return Check(what, Outcome.UNSCORABLE, f"{reason}; {why}", evidence)
    return Check(what, Outcome.FAIL, reason, evidence)


def _counts(tool: ToolCall, wanted: ExpectedTool) -> bool:
    """Return whether a call has the wanted outcome.

    A call is taken to have succeeded if the recording does not show how it ended.
    """
    failed = tool.outcome in _FAILED
    return wanted.outcome == "any" or failed is (wanted.outcome == "failed")


def _left_out(number: int, wanted: ExpectedTool) -> str:
    """Return the number of calls that had another outcome than the wanted outcome."""
    if not number:
        return ""
    how = "failed" if wanted.outcome == "ok" else "did not fail"
    return f" ({number} more {how}; 'outcome: any' counts all)"


def _told(fewest: int, most: float) -> str:
    if fewest == most:
        return str(fewest)
    return f"at least {fewest}" if most == math.inf else f"{fewest} to {most:.0f}"


def _maybe_calls(call: ScoredCall, wanted: ExpectedTool) -> tuple[NamelessCall, ...]:
    """Return the calls without a name that may have been the wanted call."""
    return tuple(
        one
        for one in nameless_calls(call)
        if one.arguments is None or fits(call, one.arguments, wanted)
    )


def _whether(what: str) -> str:
    return f"whether {what} was called"


def _untold(what: str, came: tuple[NamelessCall, ...], question: str) -> Check:
    evidence = tuple(Evidence(one.requested_s, one.requested_s, "without a name") for one in came)
    return Check(what, Outcome.UNSCORABLE, untold(came, question), evidence)


def _never(call: ScoredCall, name: str) -> Check:
    made = tuple(_at(tool) for tool in call.timeline.tools if tool.name == name)
    if made:
        return Check(f"never {name}", Outcome.FAIL, f"{name} was called and never should be", made)
    if hidden := unseen_tools(call, (name,)):
        return Check(f"never {name}", Outcome.UNSCORABLE, unseen(call, hidden, _whether(name)))
    # A call without a name may be the forbidden call.
    if came := nameless_calls(call):
        return _untold(f"never {name}", came, _whether(name))
    return Check(f"never {name}", Outcome.PASS, f"{name} was not called")


def _order(call: ScoredCall, names: tuple[str, ...]) -> Check:
    """Judge the order of the first calls; a tool that was never called has no place in it."""
    what = f"order {', '.join(names)}"
    first: dict[str, ToolCall] = {}
    for tool in call.timeline.tools:
        first.setdefault(tool.name, tool)
    evidence = tuple(_at(first[name]) for name in names if name in first)
    missing = [name for name in names if name not in first]
    if hidden := unseen_tools(call, missing):
        kept = f"whether the {what} was kept"
        return Check(what, Outcome.UNSCORABLE, unseen(call, hidden, kept), evidence)
    if came := nameless_calls(call, before_s=_decided_s(names, first)):
        return _untold(what, came, f"whether the {what} was kept")
    if missing:
        never = "was never called" if len(missing) == 1 else "were never called"
        reason = f"{what}: {', '.join(missing)} {never}"
        excuses = [off_script(call, name) for name in missing]
        if all(excuses):
            return Check(what, Outcome.UNSCORABLE, f"{reason}; {excuses[0]}", evidence)
        return Check(what, Outcome.FAIL, reason, evidence)
    for before, after in pairwise(names):
        if first[after].requested_s < first[before].requested_s:
            reason = f"{what}: {after} was called before {before}"
            return Check(what, Outcome.FAIL, reason, (_at(first[after]), _at(first[before])))
    return Check(what, Outcome.PASS, f"{what} was kept", evidence)


def _decided_s(names: tuple[str, ...], first: Mapping[str, ToolCall]) -> float:
    """Return the moment after which no further call can change whether an order was kept."""
    if any(name not in first for name in names):
        return float("inf")
    for before, after in pairwise(names):
        if first[after].requested_s < first[before].requested_s:
            return first[after].requested_s
    return max((first[name].requested_s for name in names[:-1]), default=0.0)


def _quiet(call: ScoredCall) -> Check:
    spoken = call.timeline.agent
    evidence = tuple(Evidence(u.span.start_s, u.span.end_s, "spoken") for u in spoken)
    if spoken:
        reason = f"the agent spoke {len(spoken)} times and should stay quiet"
        return Check("reply none", Outcome.FAIL, reason, evidence)
    return Check("reply none", Outcome.PASS, "the agent stayed quiet")


def _quiet_after(call: ScoredCall, turn: int) -> Check:
    """Judge the agent's speech from a silence, a noise or a step to the caller's next turn."""
    what = f"quiet after turn {turn}"
    begun = [one.span.start_s for one in call.timeline.caller if one.turn == turn - 1]
    begun += [step.at_s for step in call.timeline.steps if step.turn == turn - 1]
    if not begun:
        return Check(what, Outcome.UNSCORABLE, f"{what}: turn {turn} never came")
    later = [t.span.start_s for t in call.timeline.caller if t.span.start_s > begun[0]]
    until_s = min(later, default=math.inf)
    spoken = [u for u in call.timeline.agent if begun[0] <= u.span.start_s < until_s]
    evidence = tuple(Evidence(u.span.start_s, u.span.end_s, "spoken") for u in spoken)
    if spoken:
        said = shortened(spoken[0].claimed or spoken[0].recognized or "sound")
        return Check(what, Outcome.FAIL, f"{what}: the agent said {said!r}", evidence)
    return Check(what, Outcome.PASS, f"the agent stayed {what}")


def _answered_out_of_band(call: ScoredCall) -> Iterator[Check]:
    """Judge the answers to the script's out-of-band requests."""
    answers = {answer.turn: answer for answer in call.timeline.step_answers}
    taken = {step.turn for step in call.timeline.steps}
    for number, turn in enumerate(call.scenario.turns):
        if turn.out_of_band is not None and (number in taken or turn.when is None):
            check = _answer_out_of_band(turn.out_of_band, number, answers.get(number))
            yield replace(check, place=("turns", number))


def _answer_out_of_band(asked: OutOfBand, number: int, answer: StepAnswer | None) -> Check:
    what = f"out of band in turn {number + 1}"
    if answer is None or answer.status is not ResponseStatus.COMPLETED or not answer.text:
        return Check(what, Outcome.UNSCORABLE, f"{what}: there was no answer")
    evidence = (Evidence(answer.at_s, answer.at_s, what),)
    told = f"{what}: the answer was {shortened(answer.text)!r}"
    try:
        if search(asked.expect, answer.text):
            return Check(what, Outcome.PASS, told, evidence)
    except SlowExpression as slow:
        return Check(what, Outcome.UNSCORABLE, f"{what}: {slow}", evidence)
    return Check(what, Outcome.FAIL, f"{told}, expected '{asked.expect}'", evidence)


def _at(tool: ToolCall) -> Evidence:
    return Evidence(tool.requested_s, tool.requested_s, tool.name)


def _described(check: Check) -> dict[str, Any]:
    described = asdict(check) | {"outcome": check.outcome.value, "place": list(check.place)}
    return {key: value for key, value in described.items() if key != "evidence" and value}
