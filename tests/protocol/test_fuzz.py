"""Any server, any order: events at random and events made odd, into decoder and state machine.

500 cases in each run, as many as HARNESS_FUZZ_CASES says at night, and then others each night. A
case is a session: the server's messages, ours in between, and every question that a call asks of
the agent's state. None may raise an exception: if a dialect fails on a message, the exception is
`DialectBroke`, and a bug in our dialect.
"""

from __future__ import annotations

import copy
import json
import os
from contextlib import suppress
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.odd_messages import ODD, paths, with_value
from support.pages import ROOT
from support.wire_strategies import COMMANDS, EVENTS, SESSIONS

from harness.audio.activity import audible_places
from harness.language.language import language_named
from harness.protocol.commands import CreateItem, SessionConfig
from harness.protocol.decoding import Decoder
from harness.protocol.dialect import DIALECTS, Dialect, can, dialect
from harness.protocol.events import AudioDelta, Interrupted, OutputItemDone, ServerEvent
from harness.protocol.fields import WireFault
from harness.protocol.items import AudioFormat, Item, ItemKind
from harness.protocol.server_half import server_half
from harness.recording.model import ASKED, UtteranceKind
from harness.scenario.document import read_document
from harness.scenario.model import Scenario
from harness.session.agent_side import AgentSide
from harness.session.caller_actions import ClipTimes, React, Say, TakeStep
from harness.session.director import Director
from harness.session.playout import Playout
from harness.session.received_audio import Arriving
from harness.session.tool_calls import OutOfBand
from harness.units import FRAME_S, RATE_HZ

SLOWEST = timedelta(seconds=20)
"""Time limit of a case, on a busy machine: cases take milliseconds."""


def fuzzing(asked: str | None, usual: settings) -> settings:
    """Return how to fuzz, with so many cases as are asked for.

    On a build server Hypothesis takes the same cases in each run: at night they are to be others.
    """
    return settings(
        usual,
        max_examples=max(1, int(asked or 500) // 2 // len(DIALECTS.builtin)),
        deadline=SLOWEST,
        suppress_health_check=list(HealthCheck),
        derandomize=usual.derandomize and not asked,
        print_blob=True,
    )


FUZZ = fuzzing(os.environ.get("HARNESS_FUZZ_CASES"), settings.default)
IDS = frozenset({"id", "item_id", "response_id", "call_id", "previous_item_id", "event_id"})
NAMES = ("a", "b", "c")
Step = tuple[Any, float, Any]
"""An event (or command), seconds since the previous one, and how it is changed on the way."""

WANTED = Scenario.model_validate(
    {
        "format": 1,
        "name": "fuzz",
        "turns": [
            {"out_of_band": {"instructions": "?", "expect": "yes"}, "start": {"at_s": 0.1}},
            {"say": "Hello?"},
            {"say": "Stop.", "barge_in": {"after_s": 0.2}},
            {"say": "Thanks.", "barge_in": {"on_text": "(?i)order|x"}},
        ],
        "answers": [{"if_agent_asks": "(?i)what|which|\\?", "say": "Yes."}],
    },
    strict=False,
)
SPEECH = ClipTimes(UtteranceKind.SPEECH, 0.4, 0.5)


def few_names(value: Any, names: st.DataObject) -> Any:
    """Return a message whose ids are few, so that they meet; so do our questions' own marks."""
    if isinstance(value, dict):
        return {key: named(key, each, names) for key, each in value.items()}
    return [few_names(each, names) for each in value] if isinstance(value, list) else value


def named(key: str, value: Any, names: st.DataObject) -> Any:
    if key in IDS and isinstance(value, str):
        return names.draw(st.sampled_from(NAMES))
    if key == "metadata" and names.draw(st.booleans()):
        return {ASKED: "0"}
    return few_names(value, names)


class Notes:
    """Takes the records that a recording would keep."""

    def note(self, *records: Any) -> None:
        assert all(isinstance(each.text, str) for each in records)


class Session:
    """A session of a dialect, with all that a call derives from it."""

    def __init__(self, name: str, asked: SessionConfig, resumption: str | None) -> None:
        self.decoder = Decoder(dialect(name), asked, resumption)
        self.arriving = Arriving(self.decoder, AudioFormat.PCM16_24K)
        self.playout = Playout()
        self.agent = AgentSide(self.playout)
        self.beside = OutOfBand(self.agent, Notes())  # type: ignore[arg-type]
        self.director = Director(
            WANTED, language_named("en"), turns=(SPEECH,) * 4, answers=(SPEECH,)
        )
        self.at_s = 0.0

    def receives(self, message: str | bytes) -> None:
        arrived = self.arriving.take(message, self.at_s)
        assert arrived.decoded.kind
        for each in arrived.events:
            event = each.event
            if self.beside.take(self.at_s, event):
                continue
            if isinstance(event, AudioDelta) and each.samples is not None:
                loud = bool(len(audible_places(each.samples, RATE_HZ)))
                told = self.agent.sounded(self.at_s, event.response_id, audible=loud)
                key = event.key
                self.playout.arrived(self.at_s, key, each.samples, told=told)
            elif isinstance(event, Interrupted):
                self.playout.flush(self.at_s, open_responses=self.agent.open_responses)
            else:
                self.agent.received(self.at_s, event)
            if isinstance(event, OutputItemDone) and event.item.kind is ItemKind.FUNCTION_CALL:
                call_id = event.item.call_id
                result = Item("", ItemKind.FUNCTION_CALL_OUTPUT, call_id=call_id, output="{}")
                self.decoder.sent(CreateItem(result))

    def passes(self, seconds: float) -> None:
        """Let time pass frame by frame, as a call does."""
        for _ in range(round(seconds / FRAME_S)):
            action = self.director.decide(self.at_s, self.agent)
            if isinstance(action, Say | React):
                self.agent.turn_begun(self.at_s)
            elif isinstance(action, TakeStep):
                self.agent.asked_out_of_band.add(action.turn)
            self.playout.take(self.at_s)
            self.at_s += FRAME_S

    def answers(self) -> None:
        """Ask every question that a call may ask at any time."""
        at_s, agent = self.at_s, self.agent
        assert (agent.quiet_since_s(at_s) or 0.0) <= at_s
        assert agent.last_sign_s(at_s) <= at_s
        assert agent.may_be_asked(at_s) in (True, False)
        assert isinstance(agent.words(at_s, since_s=float("-inf")), str)
        assert isinstance(agent.failure(float("-inf")) or "", str)
        assert "\n" not in self.arriving.unheard + self.arriving.unknown
        session = self.decoder.session
        assert isinstance(session.undecided, str)
        assert all(each.asked != each.served for each in session.differences)
        assert session.resumption != ""


def session_of(name: str, steps: list[Step], data: st.DataObject) -> None:
    """Hold a session; any exception is a defect."""
    half, resumes = server_half(name), can(dialect(name), Dialect.resumed)
    goes_on = resumes and data.draw(st.booleans())
    asked = SessionConfig(resumption=goes_on or None)
    session = Session(name, asked, data.draw(st.sampled_from((None, "h1"))) if goes_on else None)
    server = half.serve(lambda kind: f"{kind}_1")
    server.opened(0.0, data.draw(st.sampled_from((None, 2.0))))
    with suppress(WireFault):  # a handle that the session never had
        for each in session.decoder.session.opening():
            server.receive(each.message, 0.0)
    for thing, wait_s, change in steps:
        session.passes(wait_s)
        if isinstance(thing, str | bytes):
            session.receives(thing)
            continue
        if not isinstance(thing, get_args(ServerEvent)):
            session.decoder.sent(thing)
            continue
        for message in written(server, thing, session.at_s):
            raw = few_names(json.loads(message), data)
            session.receives(json.dumps(change(raw, data)))
    session.passes(1.0)
    session.answers()


def written(server: Any, event: ServerEvent, at_s: float) -> list[str]:
    with suppress(WireFault, ValueError):  # a command that the protocol lacks
        found = (*server.send(event, at_s).messages, *server.tick(at_s).messages)
        return [each.decode() if isinstance(each, bytes) else each for each in found]
    return []


def is_result(command: Any) -> bool:
    """Whether a command is the result of a tool; no call sends a result without a tool call."""
    made = isinstance(command, CreateItem)
    return made and command.item.kind is ItemKind.FUNCTION_CALL_OUTPUT


def kept(raw: Any, data: st.DataObject) -> Any:
    return raw


def made_odd(raw: Any, data: st.DataObject) -> Any:
    """Change, remove or add a value."""
    ways = list(paths(raw))
    if not ways:
        return raw
    for _ in range(data.draw(st.integers(0, 3))):
        ways = list(paths(raw))
        if ways:
            raw = with_value(raw, data.draw(st.sampled_from(ways)), data.draw(VALUES))
    return copy.deepcopy(raw)


VALUES = st.sampled_from((..., *(odd for odd in ODD if not isinstance(odd, float) or odd == odd)))
WAITS = st.sampled_from((0.0, 0.0, 0.0, 0.0, 0.02, 0.3, 1.0))
SAID = EVENTS | EVENTS | SESSIONS | COMMANDS.filter(lambda command: not is_result(command))


NOISE = st.binary(max_size=24) | st.text(max_size=24)


def steps(said: st.SearchStrategy[Any], change: Any) -> st.SearchStrategy[list[Step]]:
    return st.lists(st.tuples(said, WAITS, st.just(change)), max_size=14)


@pytest.mark.parametrize("name", DIALECTS.builtin)
@FUZZ
@given(steps(SAID, kept), st.data())
def test_valid_events_in_any_order_break_nothing(name, said, data):
    session_of(name, said, data)


@pytest.mark.parametrize("name", DIALECTS.builtin)
@FUZZ
@given(steps(SAID | NOISE, made_odd), st.data())
def test_events_made_odd_break_nothing(name, said, data):
    session_of(name, said, data)


def test_every_night_other_cases_come_than_in_each_run():
    night = read_document(ROOT / ".github/workflows/fuzz.yml").data["jobs"]["sessions"]
    assert night["steps"][-1]["run"].split()[-1] == "tests/protocol/test_fuzz.py"
    server = settings.get_profile("ci")
    told = [fuzzing(each, server) for each in (None, night["env"]["HARNESS_FUZZ_CASES"])]
    assert [(each.max_examples, each.derandomize) for each in told] == [(62, True), (1250, False)]
