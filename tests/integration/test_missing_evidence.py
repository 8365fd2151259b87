"""Facts that a vendor does not report make a verdict unscorable at most: they never reverse it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli.progress import progress_for
from harness.judging.judge import judge
from harness.protocol import events as e
from harness.protocol.decoding import Gaps, ids_of
from harness.protocol.items import Content, Item
from harness.recording.model import AgentEvent, Recording
from harness.recording.store import read_recording
from harness.recording.tools import ToolOutcome
from harness.runs.run_suite import RunRequest, carry_out, planned

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
GOOD = (
    "lookup/straight",
    "turn_taking/barge_in_long_answer",
    "write/confirmed_cancellation",
    "escalation/asked_for_human",
    "noise/nobody_there",
)
FAULTY = {
    "talks_over_barge_in": "turn_taking/barge_in_long_answer",
    "write_without_asking": "write/confirmed_cancellation",
    "no_preamble": "lookup/straight",
}

Strip = Callable[[Recording], Recording]
Outcomes = dict[str, tuple[str, str]]
Known = tuple[Recording, Outcomes]


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value with every value inside it changed, from the inside out."""
    if isinstance(value, tuple):
        return tuple(changed(each, change) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        inner = {f.name: changed(getattr(value, f.name), change) for f in fields(value) if f.init}
        value = replace(value, **inner)
    return change(value)


def without_events(*kinds: type) -> Strip:
    def strip(call: Recording) -> Recording:
        left = tuple(each for each in call.events if not isinstance(each.event, kinds))
        return replace(call, events=left)

    return strip


def with_values(change: Callable[[Any], Any]) -> Strip:
    def strip(call: Recording) -> Recording:
        told = (replace(each, event=changed(each.event, change)) for each in call.events)
        return replace(call, events=tuple(told))

    return strip


def all_of(*strips: Strip) -> Strip:
    def strip(call: Recording) -> Recording:
        for one in strips:
            call = one(call)
        return call

    return strip


def wordless_content(value: Any) -> Any:
    return replace(value, transcript=None) if isinstance(value, Content) else value


def uncalled(value: Any) -> Any:
    return replace(value, call_id=None, id=None) if isinstance(value, Item) else value


def without_ids(*names: str) -> Strip:
    """Leave out ids of responses or items, and fill them in as a call does."""

    def strip(call: Recording) -> Recording:
        gaps, given, told = Gaps(), {}, []
        for each in call.events:
            bare = _bare(each.event, names)
            filled, assumed = gaps.filled(bare)
            for name, new in ids_of(filled).items():
                given.setdefault((name, ids_of(each.event)[name]), new)
            told.append(replace(each, event=filled, assumed=tuple(assumed)))
        return _renamed(replace(call, events=tuple(told)), given)

    return strip


def _bare(event: e.ServerEvent, names: tuple[str, ...]) -> e.ServerEvent:
    blank = {name: "" for name in names if hasattr(event, name)}
    if isinstance(event, e.ResponseCreated | e.ResponseDone) and "response_id" in names:
        return replace(event, response=replace(event.response, id=""))
    return replace(event, **blank) if blank else event


def _renamed(call: Recording, given: Mapping[tuple[str, str], str]) -> Recording:
    def renamed(each: Any) -> Any:
        ids = {
            name: given.get((name, getattr(each, name)), getattr(each, name))
            for name in ("response_id", "item_id")
            if getattr(each, name, None) is not None
        }
        return replace(each, **ids)

    return replace(
        call,
        generated=tuple(map(renamed, call.generated)),
        played=tuple(map(renamed, call.played)),
        truncations=tuple(map(renamed, call.truncations)),
        tools=tuple(map(renamed, call.tools)),
    )


def unseen_results(call: Recording) -> Recording:
    return replace(
        call,
        tools=tuple(
            replace(run, answered_s=None, output=None, outcome=ToolOutcome.UNANSWERED)
            for run in call.tools
        ),
    )


def text_in_pieces(call: Recording) -> Recording:
    """Report every transcript word by word instead of whole."""

    def pieces(each: AgentEvent) -> Iterator[AgentEvent]:
        if isinstance(each.event, e.TranscriptDelta):
            for word in each.event.delta.split(" "):
                yield replace(each, event=replace(each.event, delta=f"{word} "))
        else:
            yield each

    return replace(call, events=tuple(one for each in call.events for one in pieces(each)))


RESPONSES = without_events(e.ResponseCreated, e.ResponseDone)
VAD = without_events(e.SpeechStarted, e.SpeechStopped, e.InputCommitted)
WHOLE_WORDS = all_of(without_events(e.TranscriptDone), with_values(wordless_content))
NO_WORDS = all_of(WHOLE_WORDS, without_events(e.TranscriptDelta))
STRIPS: dict[str, Strip] = {
    "response ids": without_ids("response_id"),
    "item ids": without_ids("item_id"),
    "both ids": without_ids("response_id", "item_id"),
    "speech events": VAD,
    "response events": RESPONSES,
    "response events and ids": all_of(RESPONSES, without_ids("response_id", "item_id")),
    "turns of any kind": all_of(RESPONSES, VAD, without_ids("response_id", "item_id")),
    "the words": NO_WORDS,
    "the words, and who listened": all_of(NO_WORDS, lambda call: replace(call, recognition=None)),
    "whole words": WHOLE_WORDS,
    "pieces of words": without_events(e.TranscriptDelta),
    "all but pieces of words, and turns": all_of(WHOLE_WORDS, text_in_pieces, RESPONSES, VAD),
    "who listened": lambda call: replace(call, recognition=None),
    "ids of tool calls": with_values(uncalled),
    "results of tools": unseen_results,
    "ends of audio": without_events(e.AudioDone, e.PartDone),
    "responses, and what was truncated": all_of(
        RESPONSES, lambda call: replace(call, truncations=())
    ),
    "nearly all": all_of(
        RESPONSES,
        VAD,
        NO_WORDS,
        unseen_results,
        without_events(e.AudioDone, e.PartDone, e.PartAdded, e.ItemAdded, e.ItemDone),
        without_ids("response_id", "item_id"),
    ),
}
OPEN = ("unscorable", "review")


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Known]:
    """Calls of the order desk by name: good calls, and a call for each planted fault."""
    found = {}
    for fault, names in ((None, GOOD), *((fault, (name,)) for fault, name in FAULTY.items())):
        out = tmp_path_factory.mktemp("calls")
        paths = tuple(DESK / f"{name}.yaml" for name in names)
        request = RunRequest(paths=paths, concurrency=2, out=out, fault=fault)
        carry_out(planned(request), progress_for)
        for path in sorted(out.glob("calls/*/*/manifest.json")):
            recording = read_recording(path.parent)
            name = fault or recording.manifest.scenario["name"]
            found[name] = (recording, outcomes(recording))
    assert len(found) == len(GOOD) + len(FAULTY)
    return found


def outcomes(call: Recording) -> Outcomes:
    return {
        one.scorer.scorer_name: (one.score.outcome.value, one.score.reason)
        for one in judge(call).judgements
    }


@pytest.mark.parametrize("strip", STRIPS)
def test_a_vendor_that_tells_less_turns_no_verdict_around(
    calls: dict[str, Known], strip: str
) -> None:
    turned = []
    for name, (call, known) in calls.items():
        left = outcomes(STRIPS[strip](call))
        turned += [
            f"{name}, {scorer}: {was} ({why}) became {now} ({instead})"
            for scorer, (was, why) in known.items()
            for now, instead in (left[scorer],)
            if now != was and now not in OPEN
        ]
    assert not turned, "\n".join(turned)
