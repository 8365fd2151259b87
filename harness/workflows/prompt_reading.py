"""What the reference agent takes from the prompt and the tools of a suite, and what it ignores.

It is no language model, so a call may fail as it read nothing from a sentence that matters.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.agent.desk.rules import Behaviour, ReadSentence, Rules, Strength, read_rules
from harness.agent.desk.rules import read_sentences as sentences_of
from harness.agent.desk.words import DESKS
from harness.scenario.load import LoadedScenario, LoadedSuite
from harness.scenario.model import ToolKind
from harness.scenario.trade import purpose_of, why_unusable
from harness.workflows.embedded import desk_language

_LEGEND = (
    "clear: shown in each call; vague: in 8 of 10; absent: in 1 of 10. How it reads: "
    "docs/reference-agent.md"
)
_SHOWN = 100
"""Characters of a sentence that are shown."""


@dataclass(frozen=True, slots=True)
class PromptReading:
    """One suite as the reference agent reads it."""

    suite: LoadedSuite
    rules: Rules
    sentences: tuple[ReadSentence, ...]
    tools: tuple[tuple[str, str], ...]
    """Each tool with what the agent uses it for; empty where it cannot use it."""
    reasons: Mapping[str, str]
    """By tool, why it cannot use it."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """The sentences from which it takes nothing."""
        return tuple(one.text for one in self.sentences if one.ignored)


def readings(scenarios: Iterable[LoadedScenario]) -> Iterator[PromptReading]:
    """Yield how the agent reads each of the suites of these scenarios."""
    suites = {(str(one.suite.folder), one.suite.instructions): one.suite for one in scenarios}
    for suite in suites.values():
        words = DESKS.get(desk_language(suite.suite.language)).prompts
        rules = read_rules(suite.instructions, words)
        sentences = tuple(sentences_of(suite.instructions, words))
        yield PromptReading(suite, rules, sentences, *_tools(suite))


def _tools(suite: LoadedSuite) -> tuple[tuple[tuple[str, str], ...], Mapping[str, str]]:
    """Return each tool with its use, and by tool why it has none."""
    tools, reasons = [], {}
    for tool in suite.suite.tools:
        purpose, idle = purpose_of(tool.name), tool.kind is ToolKind.NO_OP
        why = "" if idle else why_unusable(tool.model_dump(mode="json"))
        use = "wait" if idle else "" if why or purpose is None else purpose.value
        tools.append((tool.name, use))
        if why:
            reasons[tool.name] = why
    return tuple(tools), reasons


def reading_lines(read: Iterable[PromptReading]) -> Iterator[str]:
    """Yield for each suite, in one line, what the agent took from its prompt and what it ignored.

    Tools that it cannot use are named before the run (``scenario.trade.trade_note``).
    """
    for number, found in enumerate(read):
        line = _reading(found)
        yield line if number else f"the reference agent is no language model. {line}"


def _reading(found: PromptReading) -> str:
    taken = [_named(found, one) for one in Behaviour if one in found.rules.strengths]
    absent = [one.value for one in Behaviour if one not in found.rules.strengths]
    ignored, every = len(found.ignored), len(found.sentences)
    taken_in = ", ".join(taken) or "nothing"
    told = f"From the prompt of {found.suite.suite.suite!r} it took: {taken_in}"
    told += f"; nothing asks for: {', '.join(absent)}" if absent else ""
    told += f"; it ignored {ignored} of {every} sentences"
    folder = shlex.quote(str(found.suite.folder))
    return f"{told}. A call may fail for that: `harness agent --explain {folder}` shows which"


def explanation(found: PromptReading) -> str:
    """Return, in lines, what the agent takes from a suite, sentence by sentence."""
    lines = [f"suite {found.suite.suite.suite}: what the reference agent takes from its prompt"]
    for one in Behaviour:
        strength = found.rules.strength(one).name.lower()
        lines.append(f"  {strength:7} {one.value:21} {_reason(found, one)}")
    lines += [f"  {name:29} {value}" for name, value in _facts(found.rules)]
    lines += ["tools"]
    for name, use in found.tools:
        lines += [f"  {name:29} {use or f'cannot be used: {found.reasons[name]}'}"]
    ignored = f"{len(found.ignored)} of {len(found.sentences)} sentences"
    lines += [f"ignored, also where it does so by itself: {ignored}"]
    lines += [f"  {_short(text)}" for text in found.ignored]
    return "\n".join((*lines, _LEGEND, ""))


def _named(found: PromptReading, behaviour: Behaviour) -> str:
    vague = found.rules.strength(behaviour) is Strength.VAGUE
    return f"{behaviour.value} (vague)" if vague else behaviour.value


def _reason(found: PromptReading, behaviour: Behaviour) -> str:
    """Return the sentence that asks for a behaviour most strongly."""
    asking = (one for one in found.sentences if behaviour in one.asks)
    strongest = max(asking, key=lambda one: one.asks[behaviour].value, default=None)
    return "no sentence asks for it" if strongest is None else _short(strongest.text)


def _facts(rules: Rules) -> Iterator[tuple[str, str]]:
    yield "orders on file", ", ".join(rules.orders) or "none: it takes only what it hears clearly"
    if rules.refund_limit is not None:
        yield "refund limit", f"{rules.refund_limit:g}"
    if rules.handover:
        yield "said when handing over", rules.handover


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
