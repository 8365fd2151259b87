"""What the agent is doing, as far as its events and its audio as heard tell: the director's view.

Pure: fed with (time, event), asked with (time). A response belongs to the caller turn during or
after which it was created; that is how an answer is told from the rest of an older one.

A response that nobody announces is known by its sound alone. It begins with the first sound after
BREAK_S of silence, once the caller has said more, and it is over after OVER_S of silence: until
then more may come. A tool's result is taken up by the first sound after such a break.

Words as heard: transcripts run ahead of audio, and audio runs ahead of hearing, so a transcript is
cut at the share of the item's audio that was heard so far (characters in proportion to samples).
On a track of which silence is a part, that share is never whole, as what came last is still to be
heard: there, all was said once the agent has left the floor.
"""

from __future__ import annotations

from bisect import bisect_left

from harness.protocol.events import (
    AudioDone,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    SpeechStarted,
    SpeechStopped,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
    WorkDone,
)
from harness.protocol.items import ErrorInfo, Response
from harness.session.playout import ContentKey, Playout
from harness.session.reply import MOST_CHARS, Reply
from harness.session.writing import Writing

AUTOMATIC_RESPONSE_S = 2.0
"""How long after the caller's end the agent's VAD may take to begin a response by itself."""

BREAK_S = 0.5
"""Silence that parts two answers that nobody announces: pauses inside a sentence are shorter."""

TAKEN_UP_S = 2.0
"""Silence after which such an agent has nothing more to say of work that was done while it spoke;
the vendor's own grouping of words waits as long (openai 3.54, ``TranscriptGrouper``)."""

OVER_S = 1.0
"""Silence after which such an agent has left the floor to the caller."""

_SHOWN = 200


class AgentSide:
    """The agent, seen from the caller's end of the line.

    The call also tells it what the wire does not: which tools run here, and that a response was
    asked for.
    """

    def __init__(self, playout: Playout, *, reads: bool = False, transcribes: bool = False) -> None:
        self.playout = playout
        self.writing = Writing() if transcribes else None
        """What it has yet to write down, where that is all that it does."""
        self.reads = reads
        """Whether the session answers in text, which the caller reads once it is whole."""
        self.tools_running: set[int] = set()
        self.audio_done: set[ContentKey] = set()
        self.asked_beside: set[int] = set()
        """Turns of the script whose question beside the conversation was not answered yet."""
        self.owed = False
        """Whether tool results, or a turn, wait for a response that must be asked for."""
        self._server_works = self._server_worked = False
        self._caller_speaks = False
        self._caller_stopped_s: float | None = None
        self._turn_s = float("-inf")
        self.went_on = False
        """Whether sound of an answer from before came since the caller took the floor."""
        self._replies: dict[str, Reply] = {}
        self._in_order: list[Reply] = []
        self._open: set[str] = set()
        self._asked_s: float | None = None
        self._done_s: float | None = None
        self._idle_since_s = float("-inf")
        self._silent: list[tuple[str, float]] = []
        self._errors: list[tuple[float, ErrorInfo]] = []
        self._called: dict[str, tuple[str, float]] = {}
        self._sent: dict[str, float] = {}

    def received(self, at_s: float, event: ServerEvent) -> None:
        """Take note of one event."""
        match event:
            case ResponseCreated(response):
                self._asked_s = self._caller_stopped_s = None
                self.owed = self._server_works = False
                self._open.add(response.id)
                self._begin(at_s, response.id, announced=True)
            case ResponseDone(response):
                self._ended(at_s, response)
            case TranscriptDelta(response_id, item_id, _, content_index, delta):
                key = ContentKey(response_id, item_id, content_index)
                self._spoken(at_s, response_id).speak(key, delta)
            case TranscriptDone(response_id, item_id, _, content_index, transcript):
                key = ContentKey(response_id, item_id, content_index)
                self._reply(at_s, response_id).transcripts[key] = [transcript[:MOST_CHARS]]
            case TextDelta(response_id, item_id, _, content_index, text):
                key = ContentKey(response_id, item_id, content_index)
                self._reply(at_s, response_id).write(key, text)
            case TextDone(response_id, item_id, _, content_index, text):
                key = ContentKey(response_id, item_id, content_index)
                self._reply(at_s, response_id).written(at_s, key, text)
            case AudioDone(response_id, item_id, _, content_index):
                self.audio_done.add(ContentKey(response_id, item_id, content_index))
            case _:
                self._noted(at_s, event)
        if self.writing is not None and self.writing.received(at_s, event):
            self._idle_since_s = at_s

    def _noted(self, at_s: float, event: ServerEvent) -> None:
        match event:
            case WorkDone():
                self._done_s = at_s
            case SpeechStarted():
                self._caller_speaks = True
            case SpeechStopped():
                self._caller_speaks, self._caller_stopped_s = False, at_s
            case _:
                pass

    def line_lost(self, at_s: float) -> None:
        """Note that nothing more comes of this session; what was asked for must be asked again."""
        self.playout.flush(at_s, complete=frozenset(self.audio_done))
        self.owed = self.owed or self._asked_s is not None
        self._asked_s = self._caller_stopped_s = None
        self._server_works = self._caller_speaks = False
        self._idle_since_s = at_s
        self.asked_beside.clear()

    def turn_begun(self, at_s: float) -> None:
        """Note that the caller takes the floor."""
        self._turn_s = at_s
        self._server_works = self.went_on = False

    def sounded(self, at_s: float, response_id: str, *, audible: bool) -> bool:
        """Note audio that arrives, before it is queued; return whether its response was announced.

        Some servers send it without a word about responses, under one name for all: what comes
        after a silence is another answer, once the caller has said more or playback was stopped,
        and unless the caller still speaks. What comes late of a response that was announced, and
        stopped, is none: it stays unheard.
        """
        self._server_works = self._server_works and not self._server_worked
        reply = self._replies.get(response_id)
        if audible and reply is not None and reply.created_s < self._turn_s:
            self.went_on = True
        if reply is not None and reply.announced and self._continues(at_s, reply):
            return True
        if audible:
            broken = not self.speaking(at_s) or self.playout.is_stopped(response_id)
            if reply is None or (broken and not self._continues(at_s, reply)):
                self._begin(at_s, response_id, announced=False)
            if broken:
                self.owed, self._asked_s, self._done_s = False, None, None
        return False

    def _taken_up(self, at_s: float) -> bool:
        """Return whether what was asked for must be in what was said: it was done meanwhile."""
        heard_s = self.playout.last_heard_s(at_s)
        if self._asked_s is None or self._done_s is None or self._done_s < self._asked_s:
            return False
        spoken = heard_s is not None and heard_s >= self._done_s
        return heard_s is not None and spoken and at_s - heard_s >= TAKEN_UP_S

    def _continues(self, at_s: float, reply: Reply) -> bool:
        """Return whether what comes now under the name of a response belongs to it."""
        if reply.name in self._open or self.playout.playing_at(at_s) or self._caller_speaks:
            return True
        if self.playout.is_stopped(reply.name):
            return reply.announced
        return reply.created_s >= self._turn_s

    def failed(self, at_s: float, error: ErrorInfo) -> None:
        """Note an error that the service reports instead of an answer."""
        self._errors.append((at_s, error))

    def asked(self, at_s: float) -> None:
        """Note that a response was asked for."""
        self._asked_s = at_s

    def refused(self, at_s: float) -> None:
        """Note that the response asked for will not come."""
        self._asked_s = None
        self._idle_since_s = at_s

    def tool_started(self, call: int) -> None:
        """Note that a tool of the agent runs; ``call`` is its number among the calls."""
        self.tools_running.add(call)

    def tool_ended(self, at_s: float, call: int) -> None:
        """Note that a tool's result was sent."""
        self.tools_running.discard(call)
        self._idle_since_s = at_s

    def server_works(self, at_s: float) -> None:
        """Note that the server runs a tool: with its result it goes on by itself.

        With another response, or, once the tool has ended, with more words in the same.
        """
        self._server_works, self._server_worked = True, False
        self._idle_since_s = at_s

    def server_worked(self, at_s: float) -> None:
        """Note that such a tool has ended."""
        self._server_worked = True
        self._idle_since_s = at_s

    def answered_silently(self, at_s: float, response_id: str) -> None:
        """Note an answer that consists in doing nothing (a ``no_op`` tool)."""
        self._silent.append((response_id, at_s))

    def calls(self, at_s: float, call_id: str, name: str) -> None:
        """Note that the agent calls a tool, whoever runs it; what is told again is no new call."""
        self._called.setdefault(call_id, (name, at_s))

    def sends(self, at_s: float, kind: str) -> None:
        """Note a message of the service, by the name that it has for such messages."""
        self._sent[kind] = at_s

    def has_called(self, name: str, *, since_s: float = float("-inf")) -> bool:
        """Return whether the agent has called a tool after that."""
        return any(tool == name and at_s > since_s for tool, at_s in self._called.values())

    def has_sent(self, kind: str, *, since_s: float) -> bool:
        """Return whether such a message came after that."""
        return self._sent.get(kind, float("-inf")) > since_s

    @property
    def has_begun(self) -> bool:
        """Whether anything came of the agent."""
        return bool(self._in_order)

    def has_begun_since(self, at_s: float) -> bool:
        """Return whether a response began at a moment or after it."""
        return bool(self._since(at_s))

    @property
    def open_responses(self) -> frozenset[str]:
        """Responses that have not ended."""
        return frozenset(self._open)

    @property
    def asked_for(self) -> bool:
        """Whether a response was asked for that has not begun."""
        return self._asked_s is not None

    @property
    def busy(self) -> bool:
        """Whether more is to come: a response is open or asked for, or a tool runs."""
        asked = self.owed or self._asked_s is not None
        if self.writing is not None and self.writing.goes_on:
            return True
        return asked or self._server_works or bool(self.tools_running) or bool(self._open)

    def may_be_asked(self, at_s: float) -> bool:
        """Return True if a response may be asked for: none is open, and none comes by itself.

        The agent's VAD answers a caller who speaks, or has just stopped, without being asked.
        """
        if self._asked_s is not None or self._open or self._caller_speaks:
            return False
        stopped_s = self._caller_stopped_s
        return stopped_s is None or at_s - stopped_s >= AUTOMATIC_RESPONSE_S

    def quiet_since_s(self, at_s: float) -> float | None:
        """Return since when the agent neither spoke nor worked; None while it may go on."""
        if self._taken_up(at_s):
            self._asked_s = None
        if self.busy or self.playout.playing_at(at_s):
            return None
        since_s = self._quiet_s(at_s)
        return None if self._unannounced and at_s - since_s < OVER_S else since_s

    def _left_the_floor(self, at_s: float) -> bool:
        """Return whether all that sounds was heard, and the agent was silent for long after it."""
        heard_s = self.playout.last_heard_s(at_s)
        silent = heard_s is not None and not self.playout.playing_at(at_s)
        return heard_s is not None and silent and at_s - heard_s >= OVER_S

    def speaking(self, at_s: float) -> bool:
        """Return whether the agent is in the middle of what it says, as far as anybody can tell."""
        if self.playout.playing_at(at_s):
            return True
        heard_s = self.playout.last_heard_s(at_s)
        return self._unannounced and heard_s is not None and at_s - heard_s < BREAK_S

    def last_sign_s(self, at_s: float) -> float:
        """Return when the agent was last heard, or ended a piece of work: callers wait from it."""
        return at_s if self.tools_running else self._quiet_s(at_s)

    def first_heard_s(self, at_s: float, *, since_s: float, after_s: float) -> float | None:
        """Return when the caller first heard, or read, an answer; None if not yet.

        Only responses created from ``since_s`` on count, and what of them was audible after
        ``after_s``.
        """
        firsts = []
        for reply in self._since(since_s):
            if self.reads and reply.written_s is not None:
                firsts.append(max(after_s, reply.written_s))
            from_s = after_s if reply.announced else max(after_s, reply.created_s)
            first_s = self.playout.first_audible_s(reply.name, at_s, after_s=from_s)
            if first_s is not None:
                firsts.append(first_s)
        return min(firsts, default=None)

    def silent_answer_s(self, since_s: float) -> float | None:
        """Return when the agent chose to say nothing, in a response created from then on.

        Where responses are not announced, when it chose so tells it. So it is answered, too, where
        all that it does is to write down what was said.
        """
        names = {reply.name for reply in self._since(since_s)}
        chosen = (
            at_s
            for name, at_s in self._silent
            if at_s >= since_s and (name in names or not self._is_announced(name))
        )
        written = () if self.writing is None else self.writing.done_since(since_s)
        return max((*chosen, *written), default=None)

    def failure(self, since_s: float) -> str | None:
        """Return why no answer was heard since then that the agent cannot help; None if unknown.

        A response that failed or was stopped, an error of the service, or an answer in text alone.
        """
        replies = self._since(since_s)
        for reply in replies:
            if reply.error is not None:
                return reply.error.words
        for at_s, error in self._errors:
            if at_s >= since_s:
                return error.words
        text = " ".join(filter(None, (reply.text for reply in replies)))
        if text and not self.reads:
            shown = f"{text[:_SHOWN]}..." if len(text) > _SHOWN else text
            return f"the agent answered in text, which no caller hears: {shown!r}"
        return None

    def words(self, at_s: float, *, since_s: float) -> str:
        """Return what the caller has heard or read of responses created from then on."""
        heard = (self._heard_of(reply, at_s) for reply in self._since(since_s))
        return " ".join(words for words in heard if words)[-MOST_CHARS:]

    def heard(self, at_s: float) -> list[tuple[float, str]]:
        """Return the words of each response as far as they were heard, and when it began."""
        told = ((each.created_s, self._heard_of(each, at_s)) for each in self._in_order)
        return [(begun_s, words) for begun_s, words in told if words]

    def heard_out(self, at_s: float, *, since_s: float) -> bool:
        """Return whether a response that began since then is whole, and heard to its end."""
        for reply in self._since(since_s):
            parts = self.playout.arrived_parts(reply.name)
            heard = (self.playout.heard_samples(key, at_s) >= parts[key] for key in parts)
            if reply.whole and all(heard):
                return True
        return False

    def _heard_of(self, reply: Reply, at_s: float) -> str:
        heard, left = [], self._left_the_floor(at_s)
        if self.reads and reply.written_s is not None:
            heard.append(reply.text)
        for key, pieces in reply.transcripts.items():
            before = reply.before.get(key, 0)
            generated = self.playout.arrived_samples(key) - before
            if generated:
                text = "".join(pieces)
                whole = left and not reply.announced
                samples = self.playout.heard_samples(key, at_s) - before
                share = 1.0 if whole else max(0, samples) / generated
                heard.append(text[: int(len(text) * share)].strip())
        return " ".join(part for part in heard if part)

    def _since(self, since_s: float) -> list[Reply]:
        first = bisect_left(self._in_order, since_s, key=lambda reply: reply.created_s)
        return self._in_order[first:]

    def _begin(self, at_s: float, response_id: str, *, announced: bool) -> Reply:
        """Begin a response; one of the same name before it has nothing to do with it.

        Only what was never announced nor stopped may be one track that goes on.
        """
        goes_on = not announced and not self._is_announced(response_id)
        if goes_on and not self.playout.is_stopped(response_id):
            before = self.playout.arrived_parts(response_id)
        else:
            before = {}
            self.playout.begin(response_id)
        self.audio_done = {key for key in self.audio_done if key.response_id != response_id}
        reply = Reply(response_id, at_s, announced, before=before)
        self._replies[response_id] = reply
        self._in_order.append(reply)
        return reply

    @property
    def _unannounced(self) -> bool:
        """Whether nothing but sound tells of the last response."""
        return bool(self._in_order) and not self._in_order[-1].announced

    def _is_announced(self, response_id: str) -> bool:
        reply = self._replies.get(response_id)
        return reply is not None and reply.announced

    def _quiet_s(self, at_s: float) -> float:
        """Return when the agent last spoke or worked."""
        heard_s = self.playout.last_heard_s(at_s)
        return self._idle_since_s if heard_s is None else max(heard_s, self._idle_since_s)

    def _spoken(self, at_s: float, response_id: str) -> Reply:
        """Return the response that spoken words belong to: they may come before their sound."""
        reply = self._reply(at_s, response_id)
        if reply.announced or self.speaking(at_s) or self._continues(at_s, reply):
            return reply
        return self._begin(at_s, response_id, announced=False)

    def _reply(self, at_s: float, response_id: str) -> Reply:
        known = self._replies.get(response_id)
        return known or self._begin(at_s, response_id, announced=False)

    def _ended(self, at_s: float, response: Response) -> None:
        reply = self._reply(at_s, response.id)
        self._open.discard(response.id)
        self._idle_since_s = at_s
        reply.over(at_s, response)
