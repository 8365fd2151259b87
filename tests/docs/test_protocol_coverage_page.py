"""The page about the protocols agrees with the code, and covers every event of a vendor."""

from __future__ import annotations

import importlib
import sys
from dataclasses import fields, replace
from typing import Any, get_args

import numpy as np
import orjson
import pytest
from google.genai import types
from openai.types.live.connect_client_event import ConnectClientEvent
from openai.types.live.connect_server_event import ConnectServerEvent
from openai.types.live.fork_server_event import ForkServerEvent
from support.call_script import record
from support.pages import ROOT, page, rows, section
from support.session_logs import sound

from harness.audio.pcm import Pcm
from harness.importing.realtime_log import LoggedMessage
from harness.importing.replay import Replay
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.decoding import Decoder
from harness.protocol.dialect import dialect
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    ResponseUsage,
    Role,
    TranscriptionUsage,
)
from harness.protocol.openai.ga import OpenAiGa
from harness.recording.model import AgentEvent, Direction, GeneratedItem, PlayedSpan, Recording
from harness.scenario.session_settings import SessionSettings
from harness.session.received_audio import Arriving
from harness.timeline.build import build
from harness.timeline.usage import usage


def script(name: str) -> Any:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


COVERAGE = script("protocol_coverage")
PROBES, FIELDS = script("protocol_probes"), script("protocol_fields")
NAMES = tuple(COVERAGE.TITLES)
GUIDES = {"response.cancelled"}
"""Named in a guide of the vendor, and in none of its types."""


def test_the_tables_are_those_that_the_code_gives() -> None:
    found = page("protocol-coverage.md").partition(COVERAGE.BEGIN)[2].partition(COVERAGE.END)[0]
    assert found == f"\n{COVERAGE.tables()}", "run `python benchmarks/protocol_coverage.py` again"


def test_the_installed_packages_have_nothing_that_is_not_in_the_file() -> None:
    """Names that a package no longer has may stay: older services still send them."""
    again = "run `python benchmarks/vendor_protocol.py`, then protocol_coverage.py"
    for name, found in script("vendor_protocol").installed().items():
        kept = PROBES.vendors()[name]
        new = {what: sorted(set(found[what]) - set(kept[what])) for what in found if what != "from"}
        assert not any(new.values()), f"{name}: {new}: {again}"


@pytest.mark.parametrize("name", NAMES)
def test_every_event_and_field_is_used_or_left_out_with_a_reason(name: str) -> None:
    rows = {
        "server": ((row[0], row[1], row[2]) for row in COVERAGE.server_rows(name)),
        "client": COVERAGE.client_rows(name),
        "session": ((row[0], row[1], row[3]) for row in COVERAGE.session_rows(name)),
    }
    for what, found in rows.items():
        for kind, ours, why in found:
            assert bool(ours) != bool(why), f"{name}, {what}: {kind} needs a reason, or has two"


@pytest.mark.parametrize("name", NAMES)
def test_no_reason_is_given_for_what_there_is_not(name: str) -> None:
    vendor = PROBES.vendors()
    others = {*vendor["openai_ga"]["server"], *vendor["openai_beta"]["server"], *GUIDES}
    known = others if name in PROBES.REALTIME else set(vendor[name]["server"])
    assert set(PROBES.ignored(name)) <= known
    assert not set(PROBES.ignored(name)) & set(PROBES.heard(name))
    unsent = {f"session.{path}" for path in vendor[name]["session"]} | set(vendor[name]["client"])
    for told in COVERAGE.UNSENT[name]:
        assert any(each == told or each.startswith(f"{told}.") for each in unsent), told


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_sent_that_the_vendor_does_not_know(name: str) -> None:
    vendor = PROBES.vendors()[name]
    assert PROBES.sent(name) <= set(vendor["client"])
    for path in FIELDS.settings(name):
        assert any(f"{path}.".startswith(f"{each}.") or f"{each}.".startswith(f"{path}.")
                   for each in vendor["session"]), path  # fmt: skip


def test_what_is_asked_of_the_code_is_all_that_there_is() -> None:
    assert set(FIELDS.SETTINGS) == set(SessionSettings.model_fields)
    assert {type(each) for each in PROBES.COMMANDS} | {c.ConfigureSession} == set(
        get_args(c.ClientCommand)
    )
    assert set(FIELDS.OPTIONS) == {each.name for each in fields(c.ResponseOptions)}


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in NAMES for kind in PROBES.ignored(name)]
)
def test_what_is_ignored_knowingly_is_no_unknown_message_of_a_call(name: str, kind: str) -> None:
    arriving = Arriving(Decoder(dialect(name)), AudioFormat.PCM16_24K)
    outer, _, inner = kind.partition(".")
    message = {outer: {inner: {}} if inner else {}} if name == "gemini_live" else {"type": kind}
    assert arriving.take(orjson.dumps(message), 0.0).decoded.breaches == ()
    assert arriving.unknown == ""
    arriving.take(b'{"type": "x.new"}', 0.1)
    assert "x.new" in arriving.unknown or "type" in arriving.unknown


INSIDE = (
    "FunctionDeclaration", "FunctionCall", "FunctionResponse", "LiveServerSetupComplete",
    "Transcription",
)  # fmt: skip


@pytest.mark.parametrize("name", INSIDE)
def test_every_field_inside_a_message_of_gemini_is_named(name: str) -> None:
    named = section(page("protocol-coverage.md"), "Fields inside Gemini messages")
    (row,) = (row for row in rows(named) if row[0] == f"`{name}`")
    model = getattr(types, name)
    for field in model.model_fields.values():
        assert f"`{field.alias}`" in row[1] + row[2], field.alias


def test_every_event_beside_a_call_of_gpt_live_is_named() -> None:
    told = page("protocol-coverage.md")
    for union in (ConnectServerEvent, ConnectClientEvent, ForkServerEvent):
        for model in get_args(get_args(union)[0]):
            (kind,) = get_args(model.model_fields["type"].annotation)
            assert f"`{kind}`" in told, kind


@pytest.mark.parametrize("name", PROBES.REALTIME)
def test_every_field_of_one_response_is_asked_or_named_as_not(name: str) -> None:
    told = page("protocol-coverage.md").partition(f"Dialect `{name}`")[2]
    (sentence,) = (
        line for line in told.partition("\n## ")[0].splitlines() if "for one response" in line
    )
    for path in PROBES.vendors()[name]["response"]:
        assert f"`{path}`" in sentence or f"`{path.partition('.')[0]}`" in sentence, path


# --- judged --------------------------------------------------------------------------------------

SAID = Content(ContentKind.OUTPUT_AUDIO, transcript="Your order is on its way.")
ITEM = Item(
    "item_0", ItemKind.MESSAGE, ItemStatus.INCOMPLETE, Role.ASSISTANT, (SAID,), "commentary"
)
AT = ("resp_0", "item_0")
CUT = Response("resp_0", ResponseStatus.CANCELLED, usage=ResponseUsage(9, 5, 4))
EVENTS: tuple[e.ServerEvent, ...] = (
    e.SessionCreated(),
    e.SessionUpdated(),
    e.InputCommitted(),
    e.InputCleared(),
    e.InputTimedOut(),
    e.InputTranscriptDelta(delta="Where"),
    e.InputTranscriptDone(usage=TranscriptionUsage(seconds=2.0)),
    e.InputTranscriptFailed(),
    e.SpeechStopped(),
    e.ResponseCreated(Response("resp_0")),
    e.RateLimitsUpdated(()),
    e.OutputItemAdded("resp_0", 0, ITEM),
    e.ItemAdded(ITEM),
    e.PartAdded(*AT, 0, 0, SAID),
    e.TranscriptDelta(*AT, delta="Your order"),
    e.TranscriptDone(*AT, transcript="Your order is on its way."),
    e.TextDelta("resp_1", "item_1", delta="Hello."),
    e.TextDone("resp_1", "item_1", text="Hello."),
    e.AudioDone(*AT),
    e.ArgumentsDelta("resp_2", "item_2", delta="{}"),
    e.ArgumentsDone("resp_2", "item_2", arguments="{}"),
    e.PartDone(*AT, 0, 0, SAID),
    e.OutputItemDone("resp_0", 0, ITEM),
    e.ItemDone(ITEM),
    e.ResponseDone(CUT),
    e.UsageTold(ResponseUsage(9, 5, 4)),
    e.SessionLasted(3.0),
    e.ItemRetrieved(ITEM),
    e.ItemDeleted("item_0"),
    e.ItemTruncated("item_0", 0, 900),
    e.ToolCallCancelled("call_0"),
    e.ApprovalAsked("item_3", "lookup_order"),
    e.WorkDone(),
    e.GoingAway(1.0),
    e.OutputBufferStarted("resp_0"),
    e.OutputBufferStopped("resp_0"),
    e.OutputBufferCleared("resp_0"),
    e.UnknownEvent("x"),
)
"""An event of each kind that a recording holds as such, in the order of a call."""
ON_THE_WIRE = {e.AudioDelta, e.SpeechStarted, e.ServerToolCall, e.ServerError}
"""The effects of these are in the tracks, the calls and the status of a recording."""
CALL = record(
    """
    0.0-2.0    caller: Where is my order?
    2.3-2.7    caller: It is late.
    3.0-6.0    agent: Your order is on its way.
    """
)
"""A call whose first turn is committed before the second begins."""


def facts(call: Recording, *events: e.ServerEvent) -> object:
    told = tuple(AgentEvent(2.0 + number / 10, each) for number, each in enumerate(events))
    call = replace(call, events=told)
    return build(call), usage(call)


def test_every_event_is_held_against_what_is_said_of_it() -> None:
    kinds = {type(each) for each in EVENTS} | ON_THE_WIRE | {e.Interrupted}
    assert kinds == set(get_args(e.ServerEvent))
    assert set(COVERAGE.JUDGED) <= kinds


@pytest.mark.parametrize("event", EVENTS, ids=lambda each: type(each).__name__)
def test_an_event_changes_the_facts_of_a_call_if_it_is_said_to_be_judged(
    event: e.ServerEvent,
) -> None:
    without = [e.UnknownEvent("x") if each is event else each for each in EVENTS]
    alone = facts(CALL, event) != facts(CALL)
    missed = facts(CALL, *EVENTS) != facts(CALL, *without)
    assert (alone or missed) == (type(event) in COVERAGE.JUDGED)


def test_a_stop_of_playback_parts_two_answers() -> None:
    tone = np.tile(np.array([8000, -8000], np.int16), 24_000)
    chunks = ((3.0, 0, 24_000), (4.1, 24_000, 24_000))
    played = (
        PlayedSpan("", 0, "", 0, 72_000, 24_000),
        PlayedSpan("", 0, "", 24_000, 99_000, 24_000),
    )
    sounds = replace(
        CALL,
        generated=(GeneratedItem("", 0, "", chunks),),
        played=played,
        agent_generated=Pcm(tone, 24_000),
    )
    counts = []
    for events in ((), (AgentEvent(4.05, e.Interrupted()),)):
        counts.append(len(build(replace(sounds, events=events)).agent))
    assert counts == [1, 2]


MCP = {"id": "m", "type": "mcp_call", "name": "look", "arguments": "{}", "output": "1"}
WIRE: tuple[dict[str, Any], ...] = (
    {"type": "response.created", "response": {"id": "r"}},
    {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": sound(2)},
    {"type": "response.done", "response": {"id": "r", "status": "completed"}},
    {"type": "response.mcp_call_arguments.done", "item_id": "m", "arguments": "{}"},
    {"type": "response.output_item.done", "response_id": "r", "item": MCP},
    {"type": "input_audio_buffer.speech_started", "audio_start_ms": 900},
)


@pytest.mark.parametrize(
    "event",
    [
        "response.output_audio.delta",
        "response.output_item.done",
        "input_audio_buffer.speech_started",
    ],
)
def test_what_changes_the_tracks_and_calls_of_a_recording_is_judged(event: str) -> None:
    def held(left_out: str) -> object:
        replay = Replay(OpenAiGa(), AudioFormat.PCM16_24K)
        for number, message in enumerate(WIRE):
            if message["type"] != left_out:
                replay.received(
                    1.0 + number / 10, LoggedMessage(str(number), None, Direction.RECEIVED, message)
                )
        session, agent = replay.over(5.0)
        return session.played, session.tools, agent.samples.tobytes()

    assert held(event) != held("")
    assert COVERAGE.JUDGED.keys() >= {e.AudioDelta, e.ServerToolCall, e.SpeechStarted}
