"""Sends the turns of the script: spoken, typed, as a whole item, or with a button held.

With push-to-talk the caller presses a button while it speaks: the press stops the agent, and the
audio is committed when the button is released. While it is released, no audio is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from harness.audio.codec import encode_base64
from harness.audio.resample import resample
from harness.caller.model import CallerScript, Clip
from harness.language.language import language_named
from harness.protocol.commands import CancelResponse, ClearAudio, CommitAudio, CreateItem
from harness.protocol.items import AudioFormat, Content, ContentKind, Item, ItemKind, Role
from harness.protocol.sound import bytes_of
from harness.recording.model import CallerUtterance, UtteranceKind
from harness.session.agent_side import AgentSide
from harness.session.caller_actions import React, Say
from harness.session.caller_stream import PlacedUtterance, Uplink, clip_times, kind_of
from harness.session.director import Director, DirectorState
from harness.session.hearing import Hearing
from harness.session.network import Network
from harness.session.plan import CallPlan
from harness.session.recorded_connection import RecordedConnection
from harness.session.toolwork import ToolWork

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
