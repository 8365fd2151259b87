"""Expectations: what the scenario's own ``expect`` says must, or must not, have happened.

Definition: scenario-format.md, ``expect`` (tools, never, reply). Hand-over has a scorer of its own.

What makes it hard: arguments are compared as values, not as text ("ORD-4715B" is "ord 4715 b"), and
the same call made again after a technical failure is a retry, not one call too many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.dialogue.arguments import argument_kind, comparable, tool_named
from harness.scenario.model import ExpectedTool
from harness.scorers.base import Evidence, Outcome, Score, ScoredCall, scorer
from harness.scorers.facts import filled
from harness.scorers.retries import is_retry
from harness.timeline.model import ToolCall


@scorer("expectations", version=1)
@dataclass(frozen=True, slots=True)
class Expectations:
    """Pass when every expected call was made, no forbidden one was, and quiet was kept if asked."""

    scorer_name: ClassVar[str]
    scorer_version: ClassVar[int]

    def score(self, call: ScoredCall) -> Score:
        """Score the whole of ``expect``; value is the share of expectations that hold."""
        expect = call.scenario.expect
        checks = [self._tool(call, wanted) for wanted in expect.tools]
        checks += [self._never(call, name) for name in expect.never]
        if expect.reply == "none":
            checks.append(self._quiet(call))
        if not checks:
            return Score(Outcome.NOT_APPLICABLE, "the scenario expects nothing in particular")
        broken = [check for check in checks if check[0]]
        return Score(
            Outcome.FAIL if broken else Outcome.PASS,
            "; ".join(problem for problem, _ in broken) or "everything expected happened",
            value=1 - len(broken) / len(checks),
            unit="share",
            evidence=tuple(e for _, evidence in broken or checks for e in evidence),
        )

    def _tool(self, call: ScoredCall, wanted: ExpectedTool) -> tuple[str, tuple[Evidence, ...]]:
        same_name = [tool for tool in call.timeline.tools if tool.name == wanted.name]
        made = [tool for tool in same_name if _fits(call, tool, wanted)]
        retries = sum(is_retry(call, tool) for tool in made)
        evidence = tuple(Evidence(t.requested_s, t.requested_s, t.name) for t in same_name)
        if len(made) >= wanted.times and len(made) - retries <= wanted.times:
            return "", evidence
        asked = ", ".join(f"{k}={filled(v, call.scenario)}" for k, v in wanted.arguments.items())
        others = "; ".join(t.raw_arguments for t in same_name if t not in made)
        also = f" (called with {others})" if others else ""
        problem = (
            f"{wanted.name}({asked}) was called {len(made)} times, expected {wanted.times}{also}"
        )
        return problem, evidence

    def _never(self, call: ScoredCall, name: str) -> tuple[str, tuple[Evidence, ...]]:
        made = [tool for tool in call.timeline.tools if tool.name == name]
        evidence = tuple(Evidence(t.requested_s, t.requested_s, t.name) for t in made)
        return (f"{name} was called and never should be" if made else ""), evidence

    def _quiet(self, call: ScoredCall) -> tuple[str, tuple[Evidence, ...]]:
        spoken = call.timeline.agent
        evidence = tuple(Evidence(u.span.start_s, u.span.end_s, "spoken") for u in spoken)
        return (
            f"the agent spoke {len(spoken)} times and should stay quiet" if spoken else ""
        ), evidence


def _fits(call: ScoredCall, tool: ToolCall, wanted: ExpectedTool) -> bool:
    spec = tool_named(call.suite, tool.name)
    for name, text in wanted.arguments.items():
        kind = argument_kind(spec, name, call.scenario)
        given = (tool.arguments or {}).get(name)
        if given is None:
            return False
        if comparable(given, kind) != comparable(filled(text, call.scenario), kind):
            return False
    return True
