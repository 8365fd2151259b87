"""What is wrong with the words of a preamble, and what a listener must answer about them.

Wrong is what is known to be: fillers, politeness alone, talk of tools, thinking aloud, guarantees,
too many words. Whether words that are not known say what happens is a question, no fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.dialogue.actions import Named, claims_done, names_action
from harness.dialogue.arguments import spoken_kinds, tool_named
from harness.language.language import Language
from harness.language.phrasebook import matches, plain
from harness.scenario.model import ToolSpec
from harness.scorers.base import ScoredCall, shortened
from harness.scorers.unheard import nameless_calls
from harness.timeline.model import CallerTurn, ToolCall


@dataclass(frozen=True, slots=True)
class Wording:
    """What is wrong with the words, or what must be asked about them; both empty: nothing."""

    problem: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Brevity:
    """How long a preamble may be."""

    max_sentences: int
    max_words: int


def wording_before(call: ScoredCall, tool: ToolCall, text: str, brevity: Brevity) -> Wording:
    """Return how the words before a call that must have a preamble stand."""
    phrases = call.language.phrases
    if phrases.is_bare_filler(text):
        return Wording(f"a filler instead of a preamble before {tool.name}: {text!r}")
    if spoiled := never_said(call, text) or told_of_tools(call, text):
        return Wording(f"before {tool.name} {spoiled}: {text!r}")
    sentences = call.language.sentences(text)
    telling = [sentence for sentence in sentences if not phrases.is_bare_filler(sentence)]
    if len(telling) > brevity.max_sentences:
        most = brevity.max_sentences
        return Wording(f"{len(telling)} sentences before {tool.name}, at most {most}")
    said = len(plain(text).split())
    if said > brevity.max_words:
        return Wording(f"{said} words before {tool.name}, at most {brevity.max_words}")
    if _says_what_happens(call, tool, text):
        return Wording()
    if all(phrases.is_empty(sentence) for sentence in sentences):
        return Wording(f"the words before {tool.name} do not say what it does: {text!r}")
    return Wording(question=f"does {shortened(text)!r} say what {tool.name} is about to do?")


def lost_value(call: ScoredCall, turn: CallerTurn) -> bool:
    """Return whether a turn was cut off inside a value that the caller meant to give."""
    kinds = spoken_kinds(call.scenario, call.suite, call.language) if turn.cut_off else ()
    return any(
        {found.value for found in call.language.find(turn.intended, kind, call.today)}
        - {found.value for found in call.language.find(turn.text, kind, call.today)}
        for kind in kinds
    )


def never_said(call: ScoredCall, text: str) -> str:
    """Return which words of a text have no place in any call, empty if none."""
    waiting, said = call.language.phrases.waiting, plain(text)
    if matches(waiting.reasoning, said):
        return "the agent thought aloud"
    return "the agent promised what only the result can tell" * matches(waiting.guarantees, said)


def told_of_tools(call: ScoredCall, text: str) -> str:
    """Return how a text speaks of tools and not of what happens, empty if it does not."""
    names = (tool.name for tool in call.suite.tools if "_" in tool.name)
    told = matches(call.language.phrases.waiting.machinery, plain(text))
    if told or any(name in text for name in names):
        return "the agent spoke of its tools, not of what happens"
    return ""


def _announced_in(text: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether words name an action, and not as done: "I've found it" tells a result."""
    if names_action(text, spec, language) is not Named.YES:
        return False
    sentences = language.sentences(text)
    if not any(claims_done(sentence, spec, language) for sentence in sentences):
        return True
    parts = [part for sentence in sentences for part in sentence.split(",")]
    left = [part for part in parts if not claims_done(part, spec, language)]
    return any(names_action(part, spec, language) is Named.YES for part in left)


def _says_what_happens(call: ScoredCall, tool: ToolCall, text: str) -> bool:
    """Return whether words name a tool's action, or say "again" where it was called before."""
    spec = tool_named(call.suite, tool.name)
    if spec is None or _announced_in(text, spec, call.language):
        return True
    earlier = call.timeline.tools[: call.timeline.tools.index(tool)]
    called = any(e.name == tool.name for e in earlier)
    maybe = nameless_calls(call, before_s=tool.requested_s)
    return matches(call.language.phrases.retrying, plain(text)) and bool(called or maybe)
