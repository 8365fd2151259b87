"""How the prompts of a run differ from those of a baseline: in words, and line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.gates.baseline import Baseline
from harness.results.model import RunResults
from harness.results.prompt_diff import (
    AgentPrompt,
    DiffLine,
    at_most,
    change_texts,
    changed_lines,
    prompt_change,
)
from harness.results.rates import ScenarioKey, scenario_key

MOST_LINES = 400
"""Lines of a difference that results keep."""

_CHANGED = "the prompt changed"


@dataclass(frozen=True, slots=True)
class PromptsSince:
    """What differs in the prompts; empty if they are the same.

    ``words`` has texts such as "the prompt changed in 4 lines" and "tools: look_up changed".
    """

    words: tuple[str, ...] = ()
    lines: tuple[DiffLine, ...] = ()


def prompts_since(
    baseline: Baseline, results: RunResults, prompts: Iterable[AgentPrompt]
) -> PromptsSince:
    """Return what changed since the baseline; ``prompts`` are the recorded ones of the run."""
    before: Mapping[ScenarioKey, str] = {
        (one.suite, one.scenario, one.condition): one.prompt_hash for one in baseline.tests
    }
    now = {scenario_key(call): call.prompt_hash for call in results.calls}
    common = [key for key in now if key in before]
    differing = [key for key in common if before[key] != now[key]]
    if not differing:
        return PromptsSince()
    where = ""
    if len(differing) < len(common):
        where = f" in {len(differing)} of {len(common)} scenarios"
    suites = {(before[key], now[key]): key[0] for key in differing}
    old = {one.hash: one for one in baseline.prompts}
    new = {one.hash: one for one in prompts}
    known = {
        suite: prompt_change(old[was], new[is_now])
        for (was, is_now), suite in suites.items()
        if was in old and is_now in new
    }
    lines = tuple(
        line
        for suite, change in known.items()
        if change.lines
        for line in (*([DiffLine("gap", suite)] if len(suites) > 1 else []), *change.lines)
    )
    tools = dict.fromkeys(tool for change in known.values() for tool in change.tools)
    number = sum(changed_lines(change.lines) for change in known.values())
    words = list(change_texts(number, tools))
    if number:
        words[0] = f"the {words[0]}{where}"
    if not words or len(known) < len(suites):
        unknown = "" if len(known) == len(suites) else _not_known(suites, old)
        others = "of other suites " if words else ""
        words.append(f"the prompt or the tools' descriptions {others}differ{where}{unknown}")
    return PromptsSince(tuple(words), at_most(lines, MOST_LINES))


def prompt_sentence(changes: Iterable[str]) -> str:
    """Return "The prompt changed in 4 lines." if that is among ``changes``, else an empty text."""
    found = [one for one in changes if one.startswith(_CHANGED)]
    return f"{found[0][0].upper()}{found[0][1:]}." if found else ""


def _not_known(pairs: Iterable[tuple[str, str]], old: Mapping[str, AgentPrompt]) -> str:
    """Say why the lines of a prompt are not known."""
    if any(was not in old for was, _ in pairs):
        return " (in which lines is not known: the baseline has no text; save it again)"
    return " (in which lines is not known: no recording of the run is kept)"
