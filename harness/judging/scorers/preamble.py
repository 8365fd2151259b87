"""Preamble: before a slow tool, the agent announces its action in one short sentence.

Definition: docs/reference/scorers/preamble.md; source: the Realtime prompting guide, section on
tool preambles.

The sentence must *begin* after the caller's turn and before the tool call, as heard, so the onset
of the audio counts and not the text. The same words twice are wrong. Tools that forbid a preamble,
and announcements without a call, are the negative cases. Text without audio leaves the verdict
open.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from harness.errors import Unscorable
from harness.judging.dialogue.actions import Named, announces_action, claims_done, names_action
from harness.judging.dialogue.argument_paths import spoken_kinds, tool_named
from harness.judging.scorers.base import (
    Evidence,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    merged,
    scorer,
    shortened,
)
from harness.judging.scorers.missing_evidence import (
    cut_by_line,
    missing_agent,
    nameless_calls,
    raise_if_nameless_call,
    raise_if_unseen,
    unseen,
    unseen_tools,
    words_unknown,
)
from harness.judging.scorers.preamble_floor import (
    begun_after,
    calls_around,
    covers_a_call,
    floor_free_s,
    handed_over,
    runs_on,
    spoken_before,
    text_in_place_of_words,
    words_before,
    words_of,
)
from harness.language.language import Language
from harness.language.phrasebook import matches, plain
from harness.language.questions import is_question
from harness.scenario.fields import Model
from harness.scenario.model import PreambleRule, Scenario, ToolKind, ToolSpec
from harness.timeline.model import CallerTurn, NamelessCall, ToolCall, Transcript

# Faults in the words of a preamble, and questions about them for a listener.
#
# Only known faults are faults: fillers, politeness alone, talk of tools, thinking aloud,
# guarantees, too many words. If unknown words may name the action, that is a question, no fault.


@dataclass(frozen=True, slots=True)
class Wording:
    """The fault of the words, or the question about them; both are empty if neither exists."""

    problem: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Brevity:
    """The maximum length of a preamble."""

    max_sentences: int
    max_words: int


def wording_before(call: ScoredCall, tool: ToolCall, text: str, brevity: Brevity) -> Wording:
    """Return the fault of the words before a call that requires a preamble, or the question."""
    phrases = call.language.phrases
    if phrases.is_bare_filler(text):
        return Wording(f"a filler instead of a preamble before {tool.name}: {text!r}")
    if spoiled := never_said(call, text) or told_of_tools(call, text):
        return Wording(f"before {tool.name} {spoiled}: {text!r}")
    sentences = call.language.sentences(text)
    # A filler is no preamble, and next to a sentence it is no second one.
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
    """Return why a text is wrong in any call: reasoning aloud or a guarantee; empty if neither."""
    waiting, said = call.language.phrases.waiting, plain(text)
    if matches(waiting.reasoning, said):
        return "the agent thought aloud"
    return "the agent promised what only the result can tell" * matches(waiting.guarantees, said)


def told_of_tools(call: ScoredCall, text: str) -> str:
    """Return how a text mentions tools instead of the action; empty if it does not."""
    names = (tool.name for tool in call.suite.tools if "_" in tool.name)
    told = matches(call.language.phrases.waiting.machinery, plain(text))
    if told or any(name in text for name in names):
        return "the agent spoke of its tools, not of what happens"
    return ""


def _announced_in(text: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether words name an action that is not done yet: "I've found it" gives a result."""
    if names_action(text, spec, language) is not Named.YES:
        return False
    sentences = language.sentences(text)
    if not any(claims_done(sentence, spec, language) for sentence in sentences):
        return True
    parts = [part for sentence in sentences for part in sentence.split(",")]
    left = [part for part in parts if not claims_done(part, spec, language)]
    return any(names_action(part, spec, language) is Named.YES for part in left)


def _says_what_happens(call: ScoredCall, tool: ToolCall, text: str) -> bool:
    """Return whether words name a tool's action, or say "again" after an earlier call of it."""
    spec = tool_named(call.suite, tool.name)
    if spec is None or _announced_in(text, spec, call.language):
        return True
    earlier = call.timeline.tools[: call.timeline.tools.index(tool)]
    called = any(e.name == tool.name for e in earlier)
    maybe = nameless_calls(call, before_s=tool.requested_s)
    return matches(call.language.phrases.retrying, plain(text)) and bool(called or maybe)


COMMENTARY = "commentary"
"""Phase with which a service marks words before a tool call."""

_RAN_ON = (
    "the agent spoke on without a pause until the result of {} was there, and nothing tells which "
    "words came before it"
)
_RULES = (PreambleRule.REQUIRED, PreambleRule.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class _Finding:
    """A tool call or announcement: the words before it, and their fault."""

    problem: str
    evidence: Evidence
    text: str = ""
    question: str = ""
    """The question for a listener; empty if there is none."""
    unheard: str = ""
    """Speech or calls missing in the recording that may be the missing ones; empty if none."""


_NOT_HEARD = (Transcript.UNRECORDED, Transcript.UNEQUAL)
"""Transcript states that do not show whether the words were heard."""


class PreambleOptions(Model):
    """What a scenario may say of how long a preamble may be."""

    max_sentences: Annotated[int, Field(ge=1)] = 2
    max_words: Annotated[int, Field(ge=1)] = 25
    """A short sentence: about eight seconds of calm speech at the most."""


@scorer("preamble", version=12, options=PreambleOptions)
@dataclass(frozen=True, slots=True)
class Preamble(Scorer):
    """Pass when every tool that requires a preamble has a proper one, and nothing else has."""

    max_sentences: int = 2
    max_words: int = 25

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: PreambleOptions) -> Preamble:
        """Take both limits from the options."""
        return cls(options.max_sentences, options.max_words)

    def score(self, call: ScoredCall) -> Score:
        """Score every call whose tool has a rule; value is the share that keeps it."""
        findings = [
            *self._required(call),
            *_forbidden(call),
            *_announced(call),
            *_filled(call),
            *_on_half_a_value(call),
        ]
        missed = [finding for finding in findings if finding.problem]
        broken = [finding for finding in missed if not finding.unheard]
        if missed and not broken:
            raise Unscorable(missed[0].unheard)
        ruled = [tool.name for tool in call.suite.tools if tool.preamble in _RULES]
        if not broken and ruled:
            # A call without a name may have required a preamble.
            raise_if_nameless_call(call, "whether there had to be a preamble")
            raise_if_unseen(call, ruled, "whether there had to be a preamble")
        if not broken and (why := _voiceless(call)):
            raise Unscorable(why)
        if not findings:
            return Score(Outcome.NOT_APPLICABLE, "no tool with a rule about preambles was called")
        asked = [finding for finding in findings if finding.question and not finding.problem]
        outcome = Outcome.FAIL if broken else Outcome.REVIEW if asked else Outcome.PASS
        return Score(
            outcome,
            _reason(broken, asked, findings),
            value=1 - (len(missed) + len(asked)) / len(findings),
            unit="share",
            evidence=tuple(finding.evidence for finding in broken or asked or findings),
        )

    def _required(self, call: ScoredCall) -> Iterator[_Finding]:
        earlier: dict[str, tuple[str, str]] = {}
        for tool in _with_rule(call, PreambleRule.REQUIRED):
            spoken = spoken_before(call, tool)
            in_text = text_in_place_of_words(call, tool, spoken)
            if not spoken:
                since_s = min(floor_free_s(call, tool.requested_s), tool.requested_s)
                silent = Evidence(since_s, tool.requested_s, "silent")
                in_text = in_text or missing_agent(call)
                yield _Finding(f"nothing was heard before {tool.name}", silent, unheard=in_text)
                continue
            text = " ".join(words_before(call, utterance, tool) for utterance in spoken)
            begun_s = spoken[0].span.start_s
            if any(one.transcript in _NOT_HEARD for one in spoken):
                missing = f"nothing was heard before {tool.name}"
                place = Evidence(begun_s, spoken[-1].span.end_s, "preamble")
                unknown = words_unknown(call, from_s=begun_s, until_s=tool.requested_s)
                yield _Finding(missing, place, text, unheard=unknown)
                continue
            if any(runs_on(call, utterance, tool) for utterance in spoken):
                in_text = in_text or _RAN_ON.format(tool.name)
            in_text = in_text or words_unknown(call, from_s=begun_s, until_s=tool.requested_s)
            place = Evidence(begun_s, spoken[-1].span.end_s, "preamble")
            brevity = Brevity(self.max_sentences, self.max_words)
            wording = wording_before(call, tool, text, brevity)
            problem = wording.problem or (in_text and wording.question)
            key = plain(text)
            said_in = spoken[0].response_id, spoken[0].item_id
            if not problem and earlier.get(key, said_in) != said_in:
                problem = f"the same words twice before a call: {text!r}"
            earlier.setdefault(key, said_in)
            yield _Finding(problem, place, text, question=wording.question, unheard=in_text)


def _reason(broken: list[_Finding], asked: list[_Finding], findings: list[_Finding]) -> str:
    if broken:
        return merged(finding.problem for finding in broken)
    if asked:
        return f"{asked[0].question} listen"
    heard = "; ".join(dict.fromkeys(repr(f.text) for f in findings if f.text))
    return f"heard before the call: {heard or 'nothing'}"


def _with_rule(call: ScoredCall, rule: PreambleRule) -> list[ToolCall]:
    named = {tool.name for tool in call.suite.tools if tool.preamble is rule}
    return [tool for tool in call.timeline.tools if tool.name in named]


def _forbidden(call: ScoredCall) -> Iterator[_Finding]:
    """Yield every call of a tool that forbids a preamble, with its response's words before it."""
    for tool in _with_rule(call, PreambleRule.FORBIDDEN):
        own = [
            utterance
            for utterance in call.timeline.agent
            if utterance.response_id == tool.response_id
            and utterance.span.start_s < tool.requested_s
        ]
        text = " ".join(utterance.claimed for utterance in own)
        problem = f"{tool.name} forbids a preamble, heard {text!r}" if own else ""
        at_s = own[0].span.start_s if own else tool.requested_s
        yield _Finding(problem, Evidence(at_s, tool.requested_s, tool.name), text)


def _announced(call: ScoredCall) -> Iterator[_Finding]:
    """Yield announcements that no call follows: a preamble without a tool call.

    Announcements are utterances that a service marks as commentary, or that say "let me" and name
    the action of a tool that permits a preamble; a question announces no action.
    """
    takers = [
        tool
        for tool in call.suite.tools
        if tool.preamble is not PreambleRule.FORBIDDEN and tool.kind is not ToolKind.NO_OP
    ]
    for utterance in call.timeline.agent:
        text = words_of(utterance)
        # The phase is never needed: not every service sends it.
        announces = utterance.phase == COMMENTARY or any(
            announces_action(sentence, tool, call.language)
            for sentence in call.language.sentences(text)
            for tool in takers
        )
        if not announces or is_question(text, call.language) or calls_around(call, utterance):
            continue
        if begun_after(call, utterance):
            continue  # the caller interrupted the call that was announced
        place = Evidence(utterance.span.start_s, utterance.span.end_s, "announcement")
        problem = f"announced, but no tool was called: {text!r}"
        begun_s = utterance.span.start_s
        there = {"from_s": begun_s, "until_s": math.nextafter(begun_s, math.inf)}
        unsure = words_unknown(call, **there) or cut_by_line(call, **there)
        hidden = unseen_tools(call, (tool.name for tool in takers))
        unknown = unseen(call, hidden, f"whether one followed {text!r}") if hidden else unsure
        yield _Finding(problem, place, text, unheard=unknown)


def _filled(call: ScoredCall) -> Iterator[_Finding]:
    """Yield faults of words that are not required: optional preambles, and answers without a call.

    They ask for time without need, or the agent thinks aloud.
    """
    for utterance in call.timeline.agent:
        begun_s, text = utterance.span.start_s, words_of(utterance)
        around = calls_around(call, utterance)
        after = [one for one in around if one.requested_s > begun_s]
        first = after[0] if after else None
        if isinstance(first, NamelessCall) or covers_a_call(call, begun_s):
            continue
        if handed_over(call, begun_s):
            continue
        spec = None if first is None else tool_named(call.suite, first.name)
        if spec is not None and spec.preamble in _RULES:
            continue
        parts = call.language.sentences(text) if first is None else (text,)
        stalls = any(map(call.language.phrases.stalls, parts)) and (after or not around)
        spoiled = "a filler" if stalls else never_said(call, text)
        spoiled = spoiled or (told_of_tools(call, text) if first is not None else "")
        if spoiled:
            place = Evidence(begun_s, utterance.span.end_s, "filler")
            before = "a direct answer" if first is None else first.name
            yield _Finding(f"before {before} {spoiled}: {text!r}", place, text)


def _on_half_a_value(call: ScoredCall) -> Iterator[_Finding]:
    """Yield calls announced after a turn that was cut off inside a value.

    The agent must ask about words that it did not understand, not announce an action on them.
    """
    for tool in call.timeline.tools:
        turns = [turn for turn in call.timeline.caller if turn.span.start_s < tool.requested_s]
        spoken = spoken_before(call, tool)
        if not spoken or not turns or not lost_value(call, turns[-1]):
            continue
        text = " ".join(words_of(utterance) for utterance in spoken)
        place = Evidence(spoken[0].span.start_s, spoken[-1].span.end_s, "preamble")
        half = shortened(turns[-1].text)
        problem = f"{tool.name} was announced though the caller was cut off at {half!r}: {text!r}"
        yield _Finding(problem, place, text)


def _voiceless(call: ScoredCall) -> str:
    """Return why it is unknown whether the agent announced an action; empty if it is known.

    The question arises only for an agent with tools that require a preamble.
    """
    if not any(tool.preamble is PreambleRule.REQUIRED for tool in call.suite.tools):
        return ""
    if all(words_of(utterance) for utterance in call.timeline.agent):
        return ""
    return words_unknown(call, until_s=math.inf)
