"""The handshake of a session, and a new session after the connection was lost.

Sessions of the Realtime protocol do not resume (its guide: a lost session is started anew). If a
service keeps the conversation, another connection takes it up, and gets the items since then.
Otherwise a client opens another session, with the current settings, and puts the conversation into
it as far as it knows it: the caller's words, the agent's words as far as they were heard, the tool
calls with their results. If the last of these waits for an answer, or the service itself cut the
agent short, it requests a response. Responses in progress in the lost session are gone.

If the line is lost during a caller's utterance, the caller repeats it from the beginning, as
neither session heard it whole. The first half is not added to the next session, no answer is
requested before the repeat, and the recording keeps it as ``lost``. If a service announces that it
will leave, and keeps the conversation, the connection is changed during silence, without loss.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from harness.protocol.commands import CreateItem
from harness.protocol.dialect import dialect
from harness.protocol.events import (
    InputCommitted,
    InputTranscriptDone,
    ResponseDone,
    ServerEvent,
    SpeechStarted,
)
from harness.protocol.items import Item, ItemKind, Response, ResponseStatus, Role
from harness.recording.model import Absence, AbsenceCause, CallerUtterance, UtteranceKind
from harness.recording.provenance import CallStatus, EndCause
from harness.recording.writer import RecordingWriter
from harness.session.call_end import CallTasks, Ending, ServerFault, after_close
from harness.session.call_parts import CallParts
from harness.session.call_plan import CallPlan
from harness.session.caller_actions import React, Say
from harness.session.director import DirectorState
from harness.session.recorded_connection import RecordedConnection
from harness.session.turns import earlier_items, message, tool_items
from harness.transport.base import Closed, Connection, Stalled, transport
from harness.transport.retry import Begins, open_patiently
from harness.units import RATE_HZ

# The beginning of a session: the first messages of either side, until both ends may speak.


async def shake_hands(connection: RecordedConnection, *, timeout_s: float) -> Ending | None:
    """Establish the session; return how the call ended if it could not be established, else None.

    The dialect decides which messages are a refusal. Other messages are left for
    ``RecordedConnection.receive``. Cancelling is safe.
    """
    session = connection.session
    try:
        async with asyncio.timeout(timeout_s):
            await connection.open()
            while session.awaited is not None and session.refused is None:
                await connection.greeting()
    except TimeoutError:
        last = (
            f"its last message was {connection.last_kind}"
            if connection.last_kind
            else "it sent nothing"
        )
        if connection.last_error:
            last = f"it reported: {connection.last_error}"
        detail = f"{session.awaited} did not come within {timeout_s:g} s; {last}"
        return Ending(CallStatus.AGENT_ERROR, detail)
    except ServerFault as fault:
        return fault.ending
    except Closed as closed:
        if session.refused is None:
            ending = after_close(closed, connection.meaning(closed))
            return replace(ending, detail=f"before the session was configured: {ending.detail}")
    if session.refused is None:
        return None
    if connection.expired:
        return Ending(CallStatus.SOCKET_CLOSED, session.refused, EndCause.EXPIRED)
    return Ending(CallStatus.AGENT_ERROR, session.refused)


async def opened(plan: CallPlan, times: int = 0) -> tuple[Connection, str]:
    """Open the connection of a session that follows ``times`` others; return the waits as text.

    Raises as ``open_patiently`` does. Cancelling is safe.
    """
    connect, url = transport(plan.transport), plan.url_again(times) if times else plan.url
    connect = connect if plan.mint is None else plan.mint.connecting(connect)
    return await open_patiently(
        partial(connect, url, headers=plan.headers, open_timeout_s=plan.open_timeout_s),
        url,
        seed=plan.seed + plan.repeat,
        doors=plan.doors,
        begins=Begins.SESSION if times else Begins.CALL,
    )


MOST_IN_VAIN = 3
"""After this many sessions in a row without a finished utterance, the call gives up."""
OF_USE_S = 1.0
"""A shorter session counts as in vain, even with an utterance: else sessions would follow each
other without a pause if each answers without audio and ends."""
_IN_VAIN = (
    f"{MOST_IN_VAIN} further sessions in a row were over before anything was said to its end in "
    "them, so no other was begun"
)


class Rejoining:
    """Leaves a session and begins the next, over one recorded connection."""

    def __init__(
        self,
        plan: CallPlan,
        parts: CallParts,
        tasks: CallTasks,
        *,
        writer: RecordingWriter,
    ) -> None:
        self._plan, self._connection, self._parts = plan, parts.connection, parts
        self._agent, self._tools, self._steps = parts.agent, parts.tools, parts.steps
        self._writer, self._tasks = writer, tasks
        self._words: list[tuple[float, Item]] = []
        self._begun_s: dict[str, float] = {}
        self._absence: Absence | None = None
        self._says_again = False
        self._times = self._in_vain = 0
        self._said_s = self._back_s = float("-inf")
        self._going = False
        """Whether the service announced the end of the session."""
        self._unheard, self._back = asyncio.Event(), asyncio.Event()
        """Set when no event of the old session is heard any more; set when the next knows the
        conversation."""

    def begun(self, at_s: float, action: Say | React) -> None:
        """Leave the session if the turn that begins requires it."""
        turn = action.turn if isinstance(action, Say) else None
        wanted = None if turn is None else self._plan.scenario.turns[turn].disconnect
        if wanted is None or turn is None:
            return
        last = turn + 1 == len(self._plan.scenario.turns)  # no later turn requests an answer
        cut = last and (self._agent.speaking(at_s) or bool(self._agent.open_responses))
        self._leave(Absence(at_s, None, AbsenceCause.DISCONNECT, turn), wanted.how == "drop")
        self._agent.owed = self._agent.owed or cut

    def said(self, utterance: CallerUtterance) -> None:
        """Remember the caller's utterance; come back if the line was gone until its end."""
        gone = self._absence
        if gone is not None and gone.turn is not None and utterance.turn == gone.turn:
            self._tasks.spawn(self._come_back())
        if utterance.lost:
            return
        self._said_s = self._connection.now_s()
        if utterance.kind is UtteranceKind.SPEECH and utterance.text:
            self._remember(utterance.start / RATE_HZ, utterance.text)

    def received(self, at_s: float, event: ServerEvent) -> None:
        """Remember the service's transcripts of a person, the only source of their words."""
        if self._parts.turns is not None:
            return
        match event:
            case SpeechStarted(item_id) | InputCommitted(item_id):
                self._begun_s.setdefault(item_id, at_s)
            case InputTranscriptDone(item_id, _, words) if words.strip():
                self._remember(self._begun_s.get(item_id, at_s), words.strip())
            case _:
                pass

    def _remember(self, begun_s: float, words: str) -> None:
        self._said_s = self._connection.now_s()
        self._words.append((begun_s, message(Role.USER.value, words)))

    def expired(self, at_s: float, ending: Ending) -> bool:
        """Continue in another session if this session expired, and the target configures that.

        Return whether it continues; ``ending`` is how the call ends otherwise. The call ends here
        if every session is over at once.
        """
        if ending.cause is not EndCause.EXPIRED or not self._plan.rejoins:
            return False
        if not self._connection.on_line:
            return True  # the error and the close after it are the same event
        if self._leads_nowhere(at_s):
            self._tasks.end(replace(ending, detail=f"{ending.detail}; {_IN_VAIN}"))
            return True
        cut = self._agent.speaking(at_s) or bool(self._agent.open_responses)
        self._leave(Absence(at_s, None, AbsenceCause.EXPIRED))
        self._agent.owed = self._agent.owed or cut
        self._tasks.spawn(self._come_back())
        return True

    def _leads_nowhere(self, at_s: float) -> bool:
        """Count the session that is over; return whether too many in a row were useless."""
        said = self._said_s > self._back_s
        of_use = said or self._agent.heard_out(at_s, since_s=self._back_s)
        if of_use and at_s - self._back_s >= OF_USE_S:
            self._in_vain = 0
        self._in_vain += 1
        return self._in_vain > MOST_IN_VAIN

    def going_away(self) -> None:
        """Note that the session will be over soon; it is left at a moment without loss."""
        self._going = self._plan.rejoins and self._parts.turns is not None

    def leave_in_time(self, at_s: float) -> None:
        """Change to another connection during silence, if the service keeps the conversation."""
        if not (self._going and self._connection.on_line and self._all_is_kept(at_s)):
            return
        self._going, self._says_again = False, False
        self._absence = Absence(at_s, None, AbsenceCause.EXPIRED)
        self._unheard.clear()
        self._back.clear()
        self._parts.line_changes()
        self._tasks.spawn(self._connection.leave(drop=False))
        self._tasks.spawn(self._come_back())

    def _all_is_kept(self, at_s: float) -> bool:
        speaks = self._parts.director.state is DirectorState.SPEAKING
        if speaks or self._agent.speaking(at_s) or self._agent.open_responses:
            return False
        return self._connection.kept_s is not None and not self._so_far(at_s)

    def _leave(self, absence: Absence, drop: bool = False) -> None:
        """Leave the session: work in progress in it is lost. ``drop`` skips the goodbye."""
        at_s = absence.left_s
        self._absence, self._going = absence, False
        self._unheard.clear()
        self._back.clear()
        broken_off = self._parts.session_lost(at_s)  # before the agent's state is reset
        for name in sorted(self._agent.open_responses):
            over = ResponseDone(Response(name, ResponseStatus.CANCELLED))
            self._agent.received(at_s, over)
            self._tools.received(at_s, over, spawn=self._tasks.spawn)
        self._agent.session_lost(at_s)
        self._says_again = broken_off is not None and broken_off.lost
        if broken_off is not None:
            self._writer.note(broken_off)
            self.said(broken_off)
        self._tasks.spawn(self._connection.leave(drop=drop))

    async def _come_back(self) -> None:
        """Begin the next session, or end the call if that fails; raises ConnectFailed."""
        await self._unheard.wait()  # two sessions at once would be mixed up
        plan = self._plan
        self._times += 1
        wire, waited = await opened(plan, self._times)
        self._connection.resume(wire, dialect(plan.dialect), self._steps.wanted)
        self._connection.waited = self._connection.waited or waited
        refused = await shake_hands(self._connection, timeout_s=plan.open_timeout_s)
        if refused is not None:
            self._tasks.end(refused)
            return
        try:
            await self._tell()
        except Stalled:
            raise
        except Closed:
            pass  # the listener knows how the server ended it
        self._back_s = self._connection.now_s()
        self._begun_s.clear()  # another session may give the same ids
        self._parts.line_back(self._back_s)
        self._noted(self._back_s)
        self._absence = None
        self._back.set()

    async def returned(self) -> None:
        """Wait, once the old session is no longer heard, until the next knows the conversation.

        Cancelling is safe.
        """
        self._unheard.set()
        await self._back.wait()

    def finish(self) -> None:
        """Note an absence that lasted until the end of the call."""
        if self._absence is not None:
            self._noted(None)

    def _noted(self, back_s: float | None) -> None:
        gone = self._absence
        assert gone is not None
        self._writer.note(replace(gone, left_s=round(gone.left_s, 6), back_s=back_s))

    async def _tell(self) -> None:
        told = self._so_far(self._connection.now_s())
        self._tools.begin_anew()
        self._steps.begin_anew()
        injected = [id(item) for _, item in self._steps.injected]  # those items belong to no turn
        last = next((item for item in reversed(told) if id(item) not in injected), Item())
        waits = last.role is Role.USER or last.kind is ItemKind.FUNCTION_CALL_OUTPUT
        self._agent.owed = not self._says_again and (self._agent.owed or waits)
        for item in told:
            self._steps.told_again(await self._connection.tell(CreateItem(item)))

    def _so_far(self, at_s: float) -> list[Item]:
        """Return the conversation as a client knows it, in order of time."""
        sent = () if self._parts.turns is None else self._parts.turns.sent
        parts = [*self._words, *sent, *self._steps.injected]
        for begun_s, words in self._agent.heard(at_s):
            parts.append((begun_s, message(Role.ASSISTANT.value, words)))
        for run in self._tools.runs:
            parts.extend((run.requested_s, item) for item in tool_items(run))
        parts.sort(key=lambda part: part[0])
        if (kept_s := self._connection.kept_s) is not None:
            return [item for begun_s, item in parts if begun_s > kept_s]
        earlier = (item for _, item in earlier_items(self._plan.scenario))
        return [*earlier, *(item for _, item in parts)]
