"""The state of the agent as the director sees it, from events and from audio as heard.

Pure: fed with (time, event), asked with (time). This module tracks whether the agent speaks, works,
or owes an answer; ``replies.py`` tracks the responses and their text. If responses are not
announced, the first audio after a silence takes up a tool's result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from harness.protocol.events import (
    InputCommitted,
    InputTranscriptDone,
    InputTranscriptFailed,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    SpeechStarted,
    SpeechStopped,
    TextDone,
    WorkDone,
)
from harness.protocol.items import ContentKey, ErrorInfo
from harness.session.playout import Playout
from harness.session.replies import OVER_S, Replies, Reply

# When to request a response again that the service refused because another is in progress.
#
# Real services report that other response before they refuse, and report its end: the request is
# then repeated at once. If the service does not report it, or it had already ended, no event would
# trigger the repeat: so the request is also repeated after a pause, which doubles each time.
#
# ::
#
#     event                            the request
#     a refusal                        waits for the response that is in the way, or for the pause
#     a response within the pause      this response blocks it: waits for its end
#     a response ends                  may be repeated
#     the pause is over                may be repeated, if no response is known to be open
#     MOST_REFUSED refusals            is given up until the caller speaks again
#
# Whether the blocking response contains a tool's result is unknown: it may have begun before it.

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 4.0

MOST_REFUSED = 8
"""After this many refusals in a row, no further response is requested; if the service never reports
the blocking response, the pauses between them add up to 16 s."""


class Refusals:
    """Counts refusals, and decides when to repeat. Pure: fed and asked with the time."""

    def __init__(self) -> None:
        self.words = ""
        """The refused request and the reason; empty if the last request was not refused."""
        self._in_a_row = 0
        self._again_s = -math.inf
        self._waits = self._accepted = False

    def refused(self, at_s: float, error: ErrorInfo) -> bool:
        """Note a refusal; return whether a response must be requested again."""
        self._in_a_row += 1
        times = "" if self._in_a_row == 1 else f" {self._in_a_row} times in a row"
        self.words = f"an answer was refused{times}: {error.words}"
        self._accepted = False
        self._waits = self._in_a_row < MOST_REFUSED
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (self._in_a_row - 1))
        self._again_s = at_s + pause_s
        return self._waits

    def may_ask(self, at_s: float) -> bool:
        """Return whether no refusal blocks a request."""
        return not self._waits or at_s >= self._again_s

    def asked(self) -> None:
        """Note that a response was requested."""
        self.words, self._waits = "", False

    def created(self, at_s: float) -> bool:
        """Note a response; return whether it is the response that blocked the request."""
        in_the_way = not self.may_ask(at_s)
        self._accepted = not in_the_way
        if self._accepted:
            self.asked()
        return in_the_way

    def ended(self) -> None:
        """Note that a response ended."""
        self._waits = False
        if self._accepted:
            self._in_a_row = 0

    def turn_begun(self) -> None:
        """Note that the caller speaks again, which may be answered."""
        self._in_a_row = 0


# The caller transcripts that a transcription session still owes; pure, fed with events.


class Transcribing:
    """Stretches of speech that the service heard, and those that it transcribed."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._done_s: list[float] = []

    def received(self, at_s: float, event: ServerEvent) -> bool:
        """Take note of an event; return whether a stretch is done: transcribed or given up."""
        match event:
            case SpeechStarted(item_id) | InputCommitted(item_id):
                self._open.add(item_id)
            case InputTranscriptDone(item_id) | InputTranscriptFailed(item_id):
                self._open.discard(item_id)
                self._done_s.append(at_s)
                return True
            case _:
                pass
        return False

    @property
    def goes_on(self) -> bool:
        """Whether a stretch of speech is not transcribed yet."""
        return bool(self._open)

    def done_since(self, at_s: float) -> tuple[float, ...]:
        """Return when stretches were done, from that moment on."""
        return tuple(done_s for done_s in self._done_s if done_s >= at_s)


AUTOMATIC_RESPONSE_S = 2.0
"""How long after the caller's end the agent's VAD may take to begin a response by itself."""

TAKEN_UP_S = 2.0
"""Silence after which an agent that announces no responses has finished with work that was done
while it spoke; the vendor's own grouping of words waits as long (openai 3.54,
``TranscriptGrouper``)."""

_SHOWN = 200


class OwedKind(Enum):
    """Why the caller is owed an answer for a tool; the value is a reason for never hearing it."""

    RESULT = "the result of {tool} never reached the caller"
    RUNNING = "{tool}, which the server runs, never ended, and the caller heard no result"
    UNAPPROVED = "the service asked for approval of {tool} and nobody gave it"
    REFUSED = "approval of {tool} was refused, and the caller heard no answer after it"


@dataclass(frozen=True, slots=True)
class OwedResult:
    """A result of a tool, or of a tool that the server runs, that the caller has not heard yet."""

    tool: str
    at_s: float
    by_server: bool = False
    kind: OwedKind = OwedKind.RESULT

    @property
    def words(self) -> str:
        """Describe what the caller never heard, as a reason."""
        return self.kind.value.format(tool=self.tool)


class AgentSide:
    """The agent, seen from the caller's end of the line.

    The call also reports to it, as the wire does not: which tools run here, and that a response was
    requested.
    """

    def __init__(self, playout: Playout, *, reads: bool = False, transcribes: bool = False) -> None:
        self.playout = playout
        self.transcribing = Transcribing() if transcribes else None
        """Transcripts that the agent still owes, if the session only transcribes."""
        self.reads = reads
        """Whether the session answers in text, which the caller reads once it is whole."""
        self.tools_running: set[int] = set()
        self.asked_out_of_band: set[int] = set()
        """Turns of the script whose out-of-band question was not answered yet."""
        self.news = 0
        """Grows with every event about the agent: while it is equal, only time changes the
        state."""
        self._result: OwedResult | None = None
        self._telling: set[str] = set()
        """Responses whose audio contains the result, if it is longer than a click."""
        self._sounded_s = float("-inf")
        self._answered_s = float("-inf")
        """When audible audio, text or a silent answer last came."""
        self._owed = False
        self._server_works = self._server_worked = False
        self._caller_stopped_s: float | None = None
        self._replies = Replies(playout, reads=reads)
        self._refusals = Refusals()
        self._asked_s: float | None = None
        self._done_s: float | None = None
        self._idle_since_s = float("-inf")
        self._silent: list[tuple[str, float]] = []
        self._errors: list[tuple[float, ErrorInfo]] = []
        self._called: dict[str, tuple[str, float]] = {}
        self._sent: dict[str, float] = {}

    @property
    def owed(self) -> bool:
        """Whether tool results, or a turn, wait for a response that must be requested."""
        return self._owed

    @owed.setter
    def owed(self, owed: bool) -> None:
        self._owed = owed
        self.news += 1

    @property
    def time_tells(self) -> bool:
        """Whether only time may show what the agent does: it announces no responses."""
        unannounced = self._replies.unannounced or self._done_s is not None
        return unannounced or self.reads or self.transcribing is not None

    def received(self, at_s: float, event: ServerEvent) -> None:
        """Take note of one event."""
        self.news += 1
        match event:
            case ResponseCreated(response):
                self._asked_s = self._caller_stopped_s = None
                self._server_works = False
                in_the_way = self._refusals.created(at_s)
                self.owed = self._owed and in_the_way
                self._replies.created(at_s, response.id)
            case ResponseDone(response):
                self._replies.ended(at_s, response)
                if self.reads and self._replies.has_text(response.id):
                    self._read(at_s, response.id)
                self._refusals.ended()
                self._idle_since_s = at_s
            case WorkDone():
                self._done_s = at_s
            case SpeechStarted():
                self._replies.caller_speaks = True
            case SpeechStopped():
                self._replies.caller_speaks, self._caller_stopped_s = False, at_s
            case _:
                self._replies.told(at_s, event)
                if self.reads and isinstance(event, TextDone):
                    self._read(at_s, event.response_id)
        if self.transcribing is not None and self.transcribing.received(at_s, event):
            self._idle_since_s = at_s

    def session_lost(self, at_s: float) -> None:
        """Note that this session sends no more; open requests must be repeated."""
        self.news += 1
        self.playout.flush(at_s, complete=frozenset(self.audio_done))
        self.owed = self.owed or self._asked_s is not None
        self._refusals = Refusals()
        self._asked_s = self._caller_stopped_s = None
        self._server_works = self._replies.caller_speaks = False
        self._idle_since_s = at_s
        self.asked_out_of_band.clear()

    def turn_begun(self, at_s: float) -> None:
        """Note that the caller takes the floor."""
        self.news += 1
        self._replies.turn_begun(at_s)
        self._refusals.turn_begun()
        self._server_works = False

    def sounded(self, at_s: float, response_id: str, *, audible: bool) -> bool:
        """Note audio that arrives, before it is queued; return whether its response was announced.

        Otherwise the first audio after a silence takes up the pending request.
        """
        self.news += 1
        self._server_works = self._server_works and not self._server_worked
        breaks = audible and self._replies.breaks(at_s, response_id)
        announced = self._replies.sounded(at_s, response_id, audible=audible)
        if audible:
            self._sounded_s = self._answered_s = at_s
            if self._may_tell(response_id):
                self._telling.add(response_id)
        if breaks and not announced:
            self.owed, self._asked_s, self._done_s = False, None, None
            self._refusals.asked()
        return announced

    def _taken_up(self, at_s: float) -> bool:
        """Return whether the last answer must cover the pending request: it was done meanwhile."""
        heard_s = self.playout.last_heard_s(at_s)
        if heard_s is None or self._asked_s is None or self._done_s is None:
            return False
        return self._asked_s <= self._done_s <= heard_s and at_s - heard_s >= TAKEN_UP_S

    def failed(self, at_s: float, error: ErrorInfo) -> None:
        """Note an error that the service reports instead of an answer."""
        self.news += 1
        self._errors.append((at_s, error))

    def asked(self, at_s: float) -> None:
        """Note that a response was requested."""
        self.news += 1
        self._asked_s = at_s
        self._refusals.asked()

    def refused(self, at_s: float, in_the_way: ErrorInfo | None = None) -> None:
        """Note that the requested response will not come.

        With ``in_the_way`` the request is repeated: the service reports another response in
        progress.
        """
        self._asked_s = None
        self._idle_since_s = at_s
        self.owed = in_the_way is not None and self._refusals.refused(at_s, in_the_way)

    @property
    def refusal(self) -> str:
        """Why the last request for an answer was refused; empty if it was not."""
        return self._refusals.words

    def result_came(
        self, at_s: float, tool: str, *, by_server: bool = False, ended: bool = True
    ) -> None:
        """Note that the caller is owed an answer for a tool; without a name, that none is owed.

        A server may have spoken the result before it reports the tool: then no answer is owed.
        """
        self.news += 1
        told = by_server and self._sounded_s > at_s
        kind = OwedKind.RESULT if ended else OwedKind.RUNNING
        self._result = OwedResult(tool, at_s, by_server, kind) if tool and not told else None
        self._telling.clear()

    def is_foreign(self, response_id: str) -> bool:
        """Return whether a response was never begun, in a session that announces its responses."""
        return (
            bool(response_id)
            and self._replies.announces
            and not self._replies.is_announced(response_id)
        )

    def owes(self, at_s: float, tool: str, kind: OwedKind) -> None:
        """Note that the caller is owed an answer after a request for approval of a tool."""
        self.news += 1
        self._result = OwedResult(tool, at_s, kind is OwedKind.RUNNING, kind)
        self._telling.clear()

    @property
    def owed_result(self) -> OwedResult | None:
        """Return the tool result that the caller has not heard; None if no result is owed."""
        result = self._result
        if result is not None and any(
            self.playout.holds_speech(one, after_s=result.at_s) for one in self._telling
        ):
            self._result = None
        return self._result

    def _read(self, at_s: float, response_id: str) -> None:
        """Note the text of an answer that the caller reads."""
        self._answered_s = at_s
        if self._may_tell(response_id):
            self._result = None

    def _may_tell(self, response_id: str) -> bool:
        """Return whether a response may contain the owed result: it began after the result.

        With a server tool, and if responses are not announced, the same response may continue.
        """
        if self._result is None:
            return False
        goes_on = self._result.by_server or not self._replies.is_announced(response_id)
        return goes_on or self._replies.begun_s(response_id) >= self._result.at_s

    def tool_started(self, call: int) -> None:
        """Note that a tool of the agent runs; ``call`` is its number among the calls."""
        self.news += 1
        self.tools_running.add(call)

    def tool_ended(self, at_s: float, call: int) -> None:
        """Note that a tool's result was sent."""
        self.news += 1
        self.tools_running.discard(call)
        self._idle_since_s = at_s

    def server_works(self, at_s: float) -> None:
        """Note that the server runs a tool: with its result it continues by itself.

        With another response, or, once the tool has ended, with more words in the same.
        """
        self.news += 1
        self._server_works, self._server_worked = True, False
        self._idle_since_s = at_s

    def server_worked(self, at_s: float) -> None:
        """Note that such a tool has ended."""
        self.news += 1
        self._server_worked = True
        self._idle_since_s = at_s

    def answered_silently(self, at_s: float, response_id: str) -> None:
        """Note a silent answer (a ``no_op`` tool)."""
        self.news += 1
        self._silent.append((response_id, at_s))
        self._answered_s = at_s
        self._result = None

    def calls(self, at_s: float, call_id: str, name: str) -> None:
        """Note that the agent calls a tool, on whichever end; a repeated report is no new call."""
        self.news += 1
        self._called.setdefault(call_id, (name, at_s))

    def sends(self, at_s: float, kind: str) -> None:
        """Note a message of the service, by the service's name for such messages."""
        self.news += 1
        self._sent[kind] = at_s

    def has_called(self, name: str, *, since_s: float = float("-inf")) -> bool:
        """Return whether the agent has called a tool after that."""
        return any(tool == name and at_s > since_s for tool, at_s in self._called.values())

    def has_sent(self, kind: str, *, since_s: float) -> bool:
        """Return whether such a message came after that."""
        return self._sent.get(kind, float("-inf")) > since_s

    @property
    def has_begun(self) -> bool:
        """Whether any event came from the agent."""
        return self.has_begun_since(float("-inf"))

    def has_begun_since(self, at_s: float) -> bool:
        """Return whether a response began at a moment or after it."""
        return bool(self._replies.since(at_s))

    @property
    def went_on(self) -> bool:
        """Whether audio of an earlier answer came since the caller took the floor."""
        return self._replies.went_on

    @property
    def audio_done(self) -> set[ContentKey]:
        """Parts whose audio has come in full."""
        return self._replies.audio_done

    @property
    def open_responses(self) -> frozenset[str]:
        """Responses that have not ended."""
        return frozenset(self._replies.open)

    @property
    def asked_for(self) -> bool:
        """Whether a requested response has not begun."""
        return self._asked_s is not None

    @property
    def busy(self) -> bool:
        """Whether more is to come: a response is open or requested, or a tool runs."""
        asked = self.owed or self._asked_s is not None
        if self.transcribing is not None and self.transcribing.goes_on:
            return True
        return asked or self._server_works or bool(self.tools_running) or bool(self._replies.open)

    def may_be_asked(self, at_s: float) -> bool:
        """Return True if a response may be requested: none is open, and none comes by itself.

        The agent's VAD answers a caller who speaks, or has just stopped, without a request.
        """
        if self._asked_s is not None or self._replies.open or self._replies.caller_speaks:
            return False
        if not self._refusals.may_ask(at_s):
            return False
        stopped_s = self._caller_stopped_s
        return stopped_s is None or at_s - stopped_s >= AUTOMATIC_RESPONSE_S

    def quiet_since_s(self, at_s: float) -> float | None:
        """Return since when the agent neither spoke nor worked; None while it may continue.

        If the agent announces no responses, this also notes the pending request as taken up: only
        the silence shows it.
        """
        if self._taken_up(at_s):
            self._asked_s = None
        if self.busy or self.playout.playing_at(at_s):
            return None
        since_s = self._quiet_s(at_s)
        return None if self._replies.unannounced and at_s - since_s < OVER_S else since_s

    def last_sign_s(self, at_s: float) -> float:
        """Return when the agent was last heard, or ended a piece of work: callers wait from it."""
        return at_s if self.tools_running else self._quiet_s(at_s)

    def speaking(self, at_s: float) -> bool:
        """Return whether the agent is in the middle of an utterance, as far as the events show."""
        return self._replies.speaking(at_s)

    def first_heard_s(self, at_s: float, *, since_s: float, after_s: float) -> float | None:
        """Return when an answer was first heard or read, as ``Replies`` does."""
        return self._replies.first_heard_s(at_s, since_s=since_s, after_s=after_s)

    def words(self, at_s: float, *, since_s: float) -> str:
        """Return the text that the caller heard or read of responses created since then."""
        return self._replies.words(at_s, since_s=since_s)

    def heard(self, at_s: float) -> list[tuple[float, str]]:
        """Return the words of each response as far as they were heard, and when it began."""
        return self._replies.heard(at_s)

    def heard_out(self, at_s: float, *, since_s: float) -> bool:
        """Return whether a response that began since then is complete, and heard to its end."""
        return self._replies.heard_out(at_s, since_s=since_s)

    def silent_answer_s(self, since_s: float) -> float | None:
        """Return when the agent chose to stay silent, in a response created since ``since_s``.

        If responses are not announced, the time of that choice decides. A session that only
        transcribes also answers in this way.
        """
        names = {reply.name for reply in self._replies.since(since_s)}
        chosen = (
            at_s
            for name, at_s in self._silent
            if at_s >= since_s and (name in names or not self._replies.is_announced(name))
        )
        written = () if self.transcribing is None else self.transcribing.done_since(since_s)
        return max((*chosen, *written), default=None)

    def failure(self, since_s: float) -> str | None:
        """Return why no answer was heard since then that is not the agent's fault; None if unknown.

        Reasons: a failed response, an error of the service, a refused response, or an agent that
        has only ever answered in text. An earlier error is the reason, too, if the agent has given
        no answer after it.
        """
        replies = self._replies.since(since_s)
        for reply in replies:
            if reply.error is not None:
                return reply.error.words
        for at_s, error in self._errors:
            if at_s >= min(since_s, self._answered_s):
                return error.words
        in_text = "" if self._was_heard else self._in_text(replies)
        return in_text or self.refusal or None

    def silence(self, since_s: float) -> str:
        """Return the reason for a missing audible answer since then; empty if unknown.

        That is a response that the service stopped, a text-only response, or an empty response.
        """
        owed = self._result
        replies = self._replies.since(since_s if owed is None else max(since_s, owed.at_s))
        stopped = next((reply.stopped for reply in replies if reply.stopped), "")
        called = any(at_s >= since_s for _, at_s in self._called.values()) and owed is None
        empty = any(reply.whole and not self._is_audible(reply) for reply in replies)
        came = "its answer was empty" if empty and not called else ""
        return stopped or self._in_text(replies) or came

    @property
    def _was_heard(self) -> bool:
        return self._sounded_s > float("-inf")

    def _is_audible(self, reply: Reply) -> bool:
        return bool(self.playout.arrived_parts(reply.name))

    def _in_text(self, replies: list[Reply]) -> str:
        text = " ".join(filter(None, (reply.text for reply in replies)))
        if not text or self.reads:
            return ""
        shown = f"{text[:_SHOWN]}..." if len(text) > _SHOWN else text
        return f"the agent answered in text, which no caller hears: {shown!r}"

    def _quiet_s(self, at_s: float) -> float:
        """Return when the agent last spoke or worked."""
        heard_s = self.playout.last_heard_s(at_s)
        return self._idle_since_s if heard_s is None else max(heard_s, self._idle_since_s)
