"""Rules for the agent's answer to a failed tool call, and repeated tool calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from harness.judging.dialogue.argument_paths import leaves, tool_named
from harness.judging.scorers.base import Evidence, Outcome, ScoredCall
from harness.judging.scorers.result_claims import Finding, Sentence, answer_to, next_words_s
from harness.language.known_values import exact_places
from harness.language.phrasebook import matches, plain
from harness.language.questions import is_question, offers_next_step
from harness.language.values import ValueKind
from harness.recording.tools import ToolOutcome, parsed_output
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.model import ToolKind
from harness.timeline.model import ToolCall

# Which tool calls are the same action again after a technical failure.

TECHNICAL = (ToolOutcome.FAILED, ToolOutcome.TIMED_OUT, ToolOutcome.UNANSWERED)
"""Outcomes after which the same call again is a retry."""


_TOLD = tuple(field.name for field in fields(ToolCall) if field.name != "arguments")

MOST_RETRIES = 3
"""Maximum number of identical retries in a row: a call that keeps failing needs another way."""


def retried(call: ScoredCall, tool: ToolCall) -> ToolCall | None:
    """Return the earlier failed call that this call re-issues: same tool, equivalent arguments."""
    earlier = _same_before(call).get(_told(tool))
    if earlier is None or earlier.outcome not in TECHNICAL:
        return None
    # A call that is issued while the earlier call still runs is no answer to its failure.
    return earlier if _over(earlier, tool) else None


def _same_before(call: ScoredCall) -> Mapping[tuple[object, ...], ToolCall | None]:
    """Return for every tool call the previous call of the same tool with equivalent arguments.

    Computed once per call, because it is needed for each tool call.
    """
    if _same_before not in call.worked_out:
        found: dict[tuple[object, ...], ToolCall | None] = {}
        last: dict[tuple[str, frozenset[tuple[str, str]]], ToolCall] = {}
        for tool in call.timeline.tools:
            same = tool.name, frozenset(equivalent_arguments(call, tool).items())
            found.setdefault(_told(tool), last.get(same))
            last[same] = tool
        call.worked_out[_same_before] = found
    before: Mapping[tuple[object, ...], ToolCall | None] = call.worked_out[_same_before]
    return before


def _told(tool: ToolCall) -> tuple[object, ...]:
    """Return the fields that distinguish a tool call from others."""
    return tuple(getattr(tool, name) for name in _TOLD)


def _over(first: ToolCall, again: ToolCall) -> bool:
    """Return whether a call was over when the next began."""
    if first.answered_s is None:
        # A call that was never answered is over for the response after it.
        return first.response_id != again.response_id
    return first.answered_s <= again.requested_s


def is_retry(call: ScoredCall, tool: ToolCall) -> bool:
    """Return whether a call retries a failed call, at most ``MOST_RETRIES`` times in a row."""
    repeats, first = 0, retried(call, tool)
    while first is not None:
        repeats, first = repeats + 1, retried(call, first)
    return 0 < repeats <= MOST_RETRIES


def equivalent_arguments(call: ScoredCall, tool: ToolCall) -> dict[str, str]:
    """Return the arguments normalized for comparison."""
    spec = tool_named(call.suite, tool.name)
    return {
        name: comparable(
            value, argument_kind(spec, name, call.scenario, call.language), call.language
        )
        for name, value in (tool.arguments or {}).items()
    }


_CODE = re.compile(
    r"\b(?:error|http|server)(?: \w+){0,2}? [45]\d\d\b|\b[45]\d\d (?:error|from the server)\b"
    r"|\bstatus code [45]\d\d\b|\b(?-i:[A-Z]\w+Exception)\b|\btraceback\b|\bstack ?trace\b|[{}\[\]]"
    r"|\b[a-z]+_[a-z_]+\b|\b\w+ underscore \w+",
    re.IGNORECASE,
)
"""Error codes and identifiers, which programs write and people do not say."""

_E_MAIL = re.compile(r"(?<!\S)\S+@\S+")

_NOT_FOUND = re.compile(
    r"not[ _-]?found|no[ _](?:such|match|result|record)|does[ _]not[ _]exist"
    r"|(?:code|status)\W{1,4}404\b",
    re.IGNORECASE,
)
"""The errors of look-ups without a match."""

_READ_ALOUD = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)
"""Kinds of value for which a single wrong character makes a lookup fail."""


def raw_errors(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield sentences after a failure that read an error code or an identifier to the caller."""
    for tool, answer in _answers(call, sentences):
        for one in answer if tool.outcome in TECHNICAL else ():
            # An underscore in an e-mail address is no identifier.
            text = _E_MAIL.sub("", one.text)
            if (code := _CODE.search(text)) is not None and not _is_callers(call, code[0]):
                reason = f"after {tool.name} failed, {code[0]!r} was read out: {one.text!r}"
                yield Finding(Outcome.FAIL, reason, _place(one, "raw error"))


def left_alone(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield answers to a failure without a question, an offer, or another tool call."""
    for tool, answer in _answers(call, sentences):
        until_s = next_words_s(call, tool.answered_s or 0.0)
        calls_again = any(
            later.requested_s < until_s
            for later in call.timeline.tools
            if later.requested_s > tool.requested_s
        )
        asks = any(
            is_question(one.text, call.language) or offers_next_step(one.text, call.language)
            for one in answer
        )
        if tool.outcome in TECHNICAL and answer and not calls_again and not asks:
            words = " ".join(one.text for one in answer)
            reason = f"does the answer offer a next step after {tool.name} failed? {words!r}"
            place = Evidence(answer[0].span.start_s, answer[-1].span.end_s, "after a failure")
            yield Finding(Outcome.REVIEW, reason, place)


def blamed(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield sentences after a failure that blame the caller, or may do so."""
    asking = call.language.phrases.asking
    for tool, answer in _answers(call, sentences):
        for one in answer:
            clauses = [plain(clause) for clause in re.split(r"[,;:–—]", one.text)]
            clauses = [words for words in clauses if not matches(asking.denying, words)]
            if is_question(one.text, call.language):
                continue
            # If the caller had reported a mistake, its mention is not clearly blame.
            sure = not (matches(asking.hedging, plain(one.text)) or _owned_up(call, one))
            blamed = any(matches(asking.blaming, words) for words in clauses)
            if blamed and sure:
                reason = f"after {tool.name} failed, the caller was blamed: {one.text!r}"
                yield Finding(Outcome.FAIL, reason, _place(one, "blame"))
            elif blamed or any(matches(asking.maybe_blaming, words) for words in clauses):
                reason = f"is the caller blamed after {tool.name} failed? {one.text!r}"
                yield Finding(Outcome.REVIEW, reason, _place(one, "blame"))


def not_read_back(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield answers that ask again after a lookup without a match but never read its value back."""
    for tool, answer in _answers(call, sentences):
        asks = any(
            is_question(one.text, call.language)
            and matches(call.language.phrases.asking.value_requests, plain(one.text))
            for one in answer
        ) and not _found_later(call, tool, answer)
        spec = tool_named(call.suite, tool.name)
        if spec is None or spec.kind is not ToolKind.READ or not asks or not _found_nothing(tool):
            continue
        said = " ".join(
            one.claimed_heard
            for one in call.timeline.agent
            if one.span.start_s < answer[-1].span.end_s
        )
        for leaf in leaves(tool, spec, call.scenario, call.language):
            aloud = leaf.kind in _READ_ALOUD and not leaf.never_spoken
            if aloud and not exact_places(leaf.value, said, leaf.kind, call.language, call.today):
                reason = (
                    f"was {leaf.given!r} read back after {tool.name} found nothing? "
                    f"{' '.join(one.text for one in answer)!r}"
                )
                place = Evidence(answer[0].span.start_s, answer[-1].span.end_s, "nothing found")
                yield Finding(Outcome.REVIEW, reason, place)


def _is_callers(call: ScoredCall, words: str) -> bool:
    """Return whether words with an underscore come from the caller, or from an argument."""
    told = [turn.text for turn in call.timeline.caller]
    told += [tool.raw_arguments for tool in call.timeline.tools]
    said = " underscore " in words.lower() and any("_" in text for text in told)
    return said or ("_" in words and any(words in text for text in told))


def _owned_up(call: ScoredCall, one: Sentence) -> bool:
    """Return whether the caller had said before that something was wrong."""
    asking = call.language.phrases.asking
    turns = (turn for turn in call.timeline.caller if turn.span.start_s < one.span.start_s)
    return any(matches(asking.mistaken, plain(turn.text)) for turn in turns)


def _found_later(call: ScoredCall, tool: ToolCall, answer: list[Sentence]) -> bool:
    """Return whether a later call succeeded before the agent answered."""
    return any(
        other.outcome is ToolOutcome.OK
        and other.requested_s > tool.requested_s
        and other.answered_s is not None
        and other.answered_s <= answer[-1].span.start_s
        for other in call.timeline.tools
    )


def _answers(
    call: ScoredCall, sentences: tuple[Sentence, ...]
) -> Iterator[tuple[ToolCall, list[Sentence]]]:
    """Yield each tool call that failed or found no record, with the answer to the caller's turn."""
    for tool in call.timeline.tools:
        if tool.answered_s is not None and (tool.outcome in TECHNICAL or _found_nothing(tool)):
            yield tool, list(answer_to(call, sentences, tool.answered_s))


def _found_nothing(tool: ToolCall) -> bool:
    if tool.outcome is ToolOutcome.FAILED:
        return _NOT_FOUND.search(tool.output or "") is not None
    if tool.outcome is not ToolOutcome.OK:
        return False
    result = parsed_output(tool.output)
    return result == [] or (isinstance(result, dict) and _is_empty(result))


def _is_empty(result: Any) -> bool:
    """Return whether a result holds only empty lists and nulls, or ``found: false``."""
    if isinstance(result, dict):
        empty = bool(result) and all(map(_is_empty, result.values()))
        return empty or result.get("found") is False
    return result is None or result == []


def _place(one: Sentence, label: str) -> Evidence:
    return Evidence(one.span.start_s, one.span.end_s, label)
