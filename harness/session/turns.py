"""Sends the turns of the script: spoken, typed, as a whole item, or with a button held.

With push-to-talk the caller presses a button while it speaks: the press stops the agent, and the
audio is committed when the button is released. While it is released, no audio is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from harness.audio.codec import encode_base64
from harness.audio.resample import resample
from harness.caller.model import CallerScript, Clip
from harness.caller.utterances import with_values
from harness.language.language import language_named
from harness.protocol.audio_bytes import bytes_of
from harness.protocol.commands import (
    CancelResponse,
    ClearAudio,
    ClientCommand,
    CommitAudio,
    ConfigureSession,
    CreateItem,
    CreateResponse,
    ResponseOptions,
    merged,
)
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    Role,
)
from harness.recording.model import ASKED, CallerUtterance, StepKind, StepTaken, UtteranceKind
from harness.recording.provenance import CallStatus
from harness.recording.tools import ToolRun
from harness.recording.writer import RecordingWriter
from harness.scenario.model import Fact, Scenario
from harness.scenario.script import Earlier, Inject, OutOfBand, SessionChange
from harness.session.agent_side import AgentSide
from harness.session.call_end import Ending
from harness.session.call_plan import CallPlan, tools_of
from harness.session.caller_actions import React, Say
from harness.session.caller_stream import PlacedUtterance, Uplink, clip_times, kind_of
from harness.session.director import Director, DirectorState
from harness.session.network import Network
from harness.session.recorded_connection import RecordedConnection
from harness.session.tool_calls import Hearing, ToolWork
from harness.transport.base import Closed

# Content that is sent as an item instead of on the line: typed text, a picture, or audio.
#
# A recording does not hold the pictures and audio themselves, but a name of hash and size in their
# place, in every message, event and command that contains them.


def contents(clip: Clip, wire: AudioFormat) -> tuple[Content, ...]:
    """Return the contents of a clip that is sent as an item: text, then picture; or its audio."""
    if clip.item is not None:
        sound = bytes_of(resample(clip.item, wire.rate_hz).samples, wire)
        return (Content(ContentKind.INPUT_AUDIO, audio=sound),)
    words = Content(ContentKind.INPUT_TEXT, text=clip.text)
    if clip.picture is None:
        return (words,)
    shown = Content(ContentKind.INPUT_IMAGE, image_url=clip.picture.url, detail=clip.picture.detail)
    return (words, shown) if clip.text else (shown,)


def without_blobs(script: CallerScript, wire: AudioFormat) -> Callable[[bytes], bytes]:
    """Return a function that replaces the script's pictures and audio by hash and size."""
    marks = {}
    for clip in script.turns:
        for part in contents(clip, wire) if clip.item or clip.picture else ():
            if part.audio is not None:
                marks[encode_base64(part.audio).encode()] = _mark(part.audio)
            elif clip.picture is not None and part.image_url is not None:
                mark = _mark(clip.picture.data)
                marks[part.image_url.encode()] = mark
                marks[encode_base64(clip.picture.data).encode()] = mark  # also as plain base64

    def marked(line: bytes) -> bytes:
        for blob, mark in marks.items():
            line = line.replace(blob, mark)
        return line

    return marked


def _mark(data: bytes) -> bytes:
    return f"sha256:{hashlib.sha256(data).hexdigest()} ({len(data)} bytes)".encode()


class Turns:
    """Begins the director's actions, over a connection."""

    def __init__(
        self,
        plan: CallPlan,
        connection: RecordedConnection,
        agent: AgentSide,
        *,
        tools: ToolWork,
        hearing: Hearing,
    ) -> None:
        self._plan, self._connection, self._agent = plan, connection, agent
        self._tools, self._hearing = tools, hearing
        self._kinds = tuple(kind_of(turn) for turn in plan.scenario.turns)
        self.director = _director(plan, self._kinds)
        self.uplink = Uplink(plan.script.bed, plan.script.line, plan.script.second_talk)
        self.network = Network(connection, plan.script.line)
        self._pressed, self._push_to_talk = False, plan.push_to_talk
        self.sent: list[tuple[float, Item]] = []
        """Items that the caller sent, and when."""

    async def begin(self, border_s: float, action: Say | React) -> None:
        """Put the decided utterance on the line from this border on, or send it."""
        script = self._plan.script
        if isinstance(action, React):
            clip = script.answers[action.answer]
            utterance = PlacedUtterance(UtteranceKind.SPEECH, None, action.answer, barge_in=False)
        else:
            clip, kind = script.turns[action.turn], self._kinds[action.turn]
            utterance = PlacedUtterance(kind, action.turn, None, action.barge_in)
        self.uplink.begin(clip, utterance)  # first: the line may be lost meanwhile
        whole = utterance.kind.is_sent_whole
        pressed = not whole and utterance.kind is not UtteranceKind.BACKCHANNEL
        leaves = isinstance(action, Say) and self._plan.scenario.turns[action.turn].disconnect
        if self._plan.push_to_talk and pressed and not leaves:
            await self._press(border_s)
        if not self.director.only_listens:
            self._agent.turn_begun(round(border_s, 6))  # rounded like the times of events
        if whole:
            await self._send(border_s, clip)

    async def _send(self, at_s: float, clip: Clip) -> None:
        """Send text, a picture or audio as an item, and request the answer."""
        content = contents(clip, AudioFormat(self._plan.session.input_format))
        item = Item(kind=ItemKind.MESSAGE, role=Role.USER, content=content)
        self.sent.append((at_s, item))
        await self._connection.command(CreateItem(item, turn=True))
        await self._tools.ask_for_answer(at_s)

    async def _press(self, at_s: float) -> None:
        """Press the button of push-to-talk: the agent stops, and hears the caller from now on."""
        self._pressed = True
        await self._connection.command(ClearAudio())
        for response_id in sorted(self._agent.open_responses):
            await self._connection.command(CancelResponse(response_id))
        await self._hearing.interrupt(at_s, dropped=self._agent.open_responses)

    async def ended(self, at_s: float) -> None:
        """Release the button, if it was held for the clip that has just ended."""
        if self._pressed:
            self._pressed = False
            await self.network.flush()
            await self._connection.command(CommitAudio())
            if not self._plan.session.transcribes:
                await self._tools.ask(at_s=at_s)

    def session_lost(self, at_s: float) -> CallerUtterance | None:
        """Release all that is on its way to a lost session; return the utterance broken off.

        The button is released: it is pressed again for the repeated utterance.
        """
        self._pressed = False
        self.network.session_lost()
        said = self.uplink.session_lost()
        self.director.session_lost(at_s, said, self._agent)
        return said

    @property
    def is_heard(self) -> bool:
        """Whether the microphone's audio goes to the agent."""
        return self._pressed or not self._push_to_talk

    @property
    def holds_button(self) -> bool:
        """Whether the caller speaks with a button held: no answer is requested meanwhile."""
        return self._push_to_talk and self.director.state is DirectorState.SPEAKING


def _director(plan: CallPlan, kinds: tuple[UtteranceKind, ...]) -> Director:
    """Return the director of a scripted caller."""
    clips = zip(plan.script.turns, kinds, strict=True)
    return Director(
        plan.scenario,
        language_named(plan.suite.language),
        turns=tuple(clip_times(clip, kind) for clip, kind in clips),
        answers=tuple(clip_times(clip, UtteranceKind.SPEECH) for clip in plan.script.answers),
        agent_opens=plan.agent_opens,
    )


# Steps of the script that change the session: history, items and settings.
#
# The service may refuse any of them. Then the call ends, as the script cannot be played; the end
# names the entry of the script.

# The history before the call, as the items that give it to an agent.


def earlier_items(scenario: Scenario) -> Iterator[tuple[int, Item]]:
    """Yield the items of a scenario's history in order, each with the number of its entry.

    An earlier tool call becomes two items: the call, and its result.
    """
    for number, earlier in enumerate(scenario.history):
        if earlier.tool is None:
            text = with_values(earlier.text or "", scenario.facts)
            yield number, message(earlier.role or "", text)
        else:
            for item in _call(earlier, f"earlier_{number + 1}", scenario.facts):
                yield number, item


def message(role: str, text: str) -> Item:
    """Return text as an item of its author: user, assistant or system."""
    kind = ContentKind.OUTPUT_TEXT if role == Role.ASSISTANT.value else ContentKind.INPUT_TEXT
    return Item(kind=ItemKind.MESSAGE, role=Role(role), content=(Content(kind, text=text),))


def _call(earlier: Earlier, call_id: str, facts: Mapping[str, Fact]) -> Iterator[Item]:
    given, returned = (
        orjson.dumps(_filled(each, facts)).decode() for each in (earlier.arguments, earlier.returns)
    )
    kind = ItemKind.FUNCTION_CALL
    yield Item(kind=kind, call_id=call_id, name=earlier.tool, arguments=given)
    yield Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id=call_id, output=returned)


def tool_items(run: ToolRun) -> Iterator[Item]:
    """Yield a call of this conversation as its items: the call, and its result if there is one."""
    kind = ItemKind.FUNCTION_CALL
    yield Item(kind=kind, call_id=run.call_id, name=run.name, arguments=run.arguments)
    if run.output is not None:
        result = ItemKind.FUNCTION_CALL_OUTPUT
        yield Item(kind=result, call_id=run.call_id, output=run.output)


def _filled(value: Any, facts: Mapping[str, Fact]) -> Any:
    if isinstance(value, str):
        return with_values(value, facts)
    if isinstance(value, dict):
        return {key: _filled(inner, facts) for key, inner in value.items()}
    return [_filled(inner, facts) for inner in value] if isinstance(value, list) else value


_OURS = "invalid_request_error"
"""The service's type for client errors: an item or action that does not exist, or not now."""


class Steps:
    """Sends the history and the script's steps, and maps the ids of sent items to their entries."""

    def __init__(
        self,
        plan: CallPlan,
        connection: RecordedConnection,
        agent: AgentSide,
        *,
        writer: RecordingWriter,
    ) -> None:
        self._plan, self._connection, self._writer = plan, connection, writer
        self._agent = agent
        self._told: dict[str, tuple[str, bool]] = {}
        """The entry that a message belongs to, and whether it was sent mid-call, by its id."""
        self.injected: list[tuple[float, Item]] = []
        """Items added to the conversation during the call, and when."""
        self.wanted = plan.wanted
        """The session settings requested so far."""

    async def tell_history(self) -> None:
        """Send the agent the history before the call, before the recording begins."""
        with suppress(Closed):  # the listener knows how the server ended the call
            for number, item in earlier_items(self._plan.scenario):
                message_id = await self._connection.command(CreateItem(item))
                self._told[message_id] = f"history[{number}]", False

    async def take(self, at_s: float, turn: int) -> None:
        """Do what a turn of the script does to the session; raises Closed."""
        kind, text, command = self._done_in(turn)
        if kind is StepKind.OUT_OF_BAND:
            self._agent.asked_out_of_band.add(turn)
        self._writer.note(StepTaken(round(at_s, 6), turn, kind, text))
        if isinstance(command, CreateItem):  # before sending: the line may be lost
            self.injected.append((at_s, command.item))
        elif isinstance(command, ConfigureSession):
            self.wanted = merged(self.wanted, command.config)
        message_id = await self._connection.command(command)
        self._told[message_id] = f"turn {turn + 1} ({kind.value})", True

    def begin_anew(self) -> None:
        """Forget the items sent in a session that is gone: another session gives the same ids."""
        self._told.clear()

    def told_again(self, message_id: str) -> None:
        """Take note of a part of the conversation that is sent again to another session."""
        self._told[message_id] = "what was said before the line came back", False

    def refused(self, error: ErrorInfo) -> Ending | None:
        """Return how an error ends the call; None if it is about no sent item."""
        entry, midway = self._told.get(error.event_id or "", ("", False))
        if not entry:
            return None
        ours = midway and error.type == _OURS
        status = CallStatus.CALLER_INVALID if ours else CallStatus.AGENT_ERROR
        return Ending(status, f"{entry} was refused: {error.words}")

    def _done_in(self, turn: int) -> tuple[StepKind, str, ClientCommand]:
        step = self._plan.scenario.turns[turn].step
        if isinstance(step, Inject):
            text = with_values(step.text, self._plan.scenario.facts)
            return StepKind.INJECT, f"{step.role}: {text}", CreateItem(message(step.role, text))
        if isinstance(step, OutOfBand):
            return StepKind.OUT_OF_BAND, step.instructions, _question(step, turn)
        assert isinstance(step, SessionChange)
        return StepKind.SESSION_UPDATE, ", ".join(step.given), self._changed(step)

    def _changed(self, step: SessionChange) -> ConfigureSession:
        wanted, kept = step.wanted(), step.tools
        if kept is not None:
            tools = tuple(tool for tool in tools_of(self._plan.suite) if tool.name in kept)
            wanted = replace(wanted, tools=tools)
        return ConfigureSession(wanted)


def _question(step: OutOfBand, turn: int) -> CreateResponse:
    """Return an out-of-band question, without tools: a tool call would have effects."""
    options = ResponseOptions(
        conversation="none",
        instructions=step.instructions,
        modalities=("text",),
        metadata={ASKED: str(turn)},
        tool_choice="none",
        input=() if step.input == "none" else None,
    )
    return CreateResponse(options)
