"""What the agent is doing, as far as its events and its audio as heard tell: the director's view.

Pure: fed with (time, event), asked with (time). A response belongs to the caller turn during or
after which it was created; that is how an answer is told from the rest of an older one.

Words as heard: transcripts run ahead of audio, and audio runs ahead of hearing, so a transcript is
cut at the share of the item's audio that was heard so far (characters in proportion to samples).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.protocol.events import (
    AudioDone,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    SpeechStarted,
    SpeechStopped,
    TranscriptDelta,
    TranscriptDone,
)
from harness.protocol.items import ErrorInfo, Response, ResponseStatus
from harness.session.playout import ContentKey, Playout

AUTOMATIC_RESPONSE_S = 2.0
"""How long after the caller's end the agent's VAD may take to begin a response by itself."""


@dataclass(slots=True)
class _Reply:
    """One response of the agent."""

    created_s: float
    active: bool = True
    transcripts: dict[ContentKey, str] = field(default_factory=dict)
    error: ErrorInfo | None = None


class AgentSide:
    """The agent, seen from the caller's end of the line.

    The call also tells it what the wire does not: which tools run here, and that a response was
    asked for.
    """

    def __init__(self, playout: Playout) -> None:
        self.playout = playout
        self.tools_running: set[str] = set()
        self.audio_done: set[ContentKey] = set()
        self.owed = False
        """Whether tool results were sent that no response has taken up yet."""
        self._caller_speaks = False
        self._caller_stopped_s: float | None = None
        self._replies: dict[str, _Reply] = {}
        self._asked_s: float | None = None
        self._idle_since_s = float("-inf")
        self._silent: list[tuple[str, float]] = []

    def received(self, at_s: float, event: ServerEvent) -> None:
        """Take note of one event."""
        match event:
            case ResponseCreated(response):
                self._asked_s = self._caller_stopped_s = None
                self.owed = False
                self._replies[response.id] = _Reply(at_s)
            case ResponseDone(response):
                self._ended(at_s, response)
            case TranscriptDelta(response_id, item_id, _, content_index, delta):
                words = self._reply(at_s, response_id).transcripts
                words[item_id, content_index] = words.get((item_id, content_index), "") + delta
            case TranscriptDone(response_id, item_id, _, content_index, transcript):
                self._reply(at_s, response_id).transcripts[item_id, content_index] = transcript
            case AudioDone(_, item_id, _, content_index):
                self.audio_done.add((item_id, content_index))
            case SpeechStarted():
                self._caller_speaks = True
            case SpeechStopped():
                self._caller_speaks, self._caller_stopped_s = False, at_s
            case _:
                pass

    def asked(self, at_s: float) -> None:
        """Note that a response was asked for."""
        self._asked_s = at_s

    def refused(self, at_s: float) -> None:
        """Note that the response asked for will not come."""
        self._asked_s = None
        self._idle_since_s = at_s

    def tool_started(self, call_id: str) -> None:
        """Note that a tool of the agent runs."""
        self.tools_running.add(call_id)

    def tool_ended(self, at_s: float, call_id: str) -> None:
        """Note that a tool's result was sent."""
        self.tools_running.discard(call_id)
        self._idle_since_s = at_s

    def answered_silently(self, at_s: float, response_id: str) -> None:
        """Note an answer that consists in doing nothing (a ``no_op`` tool)."""
        self._silent.append((response_id, at_s))

    @property
    def open_responses(self) -> frozenset[str]:
        """Responses that have not ended."""
        return frozenset(name for name, reply in self._replies.items() if reply.active)

    @property
    def busy(self) -> bool:
        """Whether more is to come: a response is open or asked for, or a tool runs."""
        return (
            self.owed
            or self._asked_s is not None
            or bool(self.tools_running)
            or bool(self.open_responses)
        )

    def may_be_asked(self, at_s: float) -> bool:
        """Return True if a response may be asked for: none is open, and none comes by itself.

        The agent's VAD answers a caller who speaks, or has just stopped, without being asked.
        """
        if self._asked_s is not None or self.open_responses or self._caller_speaks:
            return False
        stopped_s = self._caller_stopped_s
        return stopped_s is None or at_s - stopped_s >= AUTOMATIC_RESPONSE_S

    def quiet_since_s(self, at_s: float) -> float | None:
        """Return since when the agent neither spoke nor worked; None while it does."""
        if self.busy or self.playout.playing_at(at_s):
            return None
        heard_s = self.playout.last_heard_s(at_s)
        return self._idle_since_s if heard_s is None else max(heard_s, self._idle_since_s)

    def last_sign_s(self, at_s: float) -> float:
        """Return when the agent was last heard, or ended a piece of work: callers wait from it."""
        if self.tools_running:
            return at_s
        heard_s = self.playout.last_heard_s(at_s)
        return self._idle_since_s if heard_s is None else max(heard_s, self._idle_since_s)

    def first_heard_s(self, at_s: float, *, since_s: float, after_s: float) -> float | None:
        """Return when the caller first heard an answer; None if not yet.

        Only responses created from ``since_s`` on count, and what of them was audible after
        ``after_s``.
        """
        firsts = []
        for name in self._since(since_s):
            first_s = self.playout.first_audible_s(name, at_s, after_s=after_s)
            if first_s is not None:
                firsts.append(first_s)
        return min(firsts, default=None)

    def silent_answer_s(self, since_s: float) -> float | None:
        """Return when the agent chose to say nothing, in a response created from then on."""
        names = self._since(since_s)
        return max((at_s for name, at_s in self._silent if name in names), default=None)

    def failure(self, since_s: float) -> str | None:
        """Return why a response created from then on failed; None if none did."""
        for name in self._since(since_s):
            error = self._replies[name].error
            if error is not None:
                return error.message or error.code or error.type
        return None

    def words(self, at_s: float, *, since_s: float) -> str:
        """Return what the caller has heard the agent say in responses created from then on."""
        heard = []
        for name in self._since(since_s):
            for key, text in self._replies[name].transcripts.items():
                generated = self.playout.arrived_samples(key)
                if generated:
                    share = self.playout.heard_samples(key, at_s) / generated
                    heard.append(text[: int(len(text) * share)].strip())
        return " ".join(part for part in heard if part)

    def _since(self, since_s: float) -> list[str]:
        return [name for name, reply in self._replies.items() if reply.created_s >= since_s]

    def _reply(self, at_s: float, response_id: str) -> _Reply:
        return self._replies.setdefault(response_id, _Reply(at_s, active=False))

    def _ended(self, at_s: float, response: Response) -> None:
        reply = self._reply(at_s, response.id)
        reply.active = False
        self._idle_since_s = at_s
        if response.status is ResponseStatus.FAILED:
            reply.error = response.error or ErrorInfo("failed", "the response failed")
