"""What the caller heard after each tool: the agent owes an answer with the result.

Rules:

- The answer is the first audible speech of a response that began after the result. Speech of an
  earlier response, such as a preamble that still plays, is no answer. A tool that the server runs
  may be answered in the same response: then speech counts that begins after the result, and of
  which audio arrived after it.
- A wait is as long as the silence in it: what still sounds of a preamble, or of a caller who spoke
  as the result came, is none.
- The last of several tools is owed the answer: one that still runs, or is called before the agent
  speaks, takes over.
- A sound without a syllable is no answer (``waits.py``).
- A wait ends when the line is lost, and another begins when it is back: the next session knows the
  result, and owes the answer.
- A request for approval of a tool is owed an answer, too: speech of a response that began after
  the request was answered. If the tool is called, its own wait takes over.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from harness.protocol.commands import AnswerApproval
from harness.protocol.events import ApprovalAsked
from harness.protocol.items import Response
from harness.recording.absence import Absence
from harness.recording.audible import CLICK_S
from harness.timeline.claims import Claims
from harness.timeline.indexed_call import IndexedCall
from harness.timeline.intervals import TICK_S, on_grid
from harness.timeline.lookup import NEVER_S, SpanLookup, last_until, next_after
from harness.timeline.model import (
    AgentUtterance,
    ApprovalRequest,
    ResultWait,
    Timeline,
    ToolCall,
    WaitEnd,
)
from harness.timeline.waits import onsets_s


def result_waits(told: Timeline, call: IndexedCall) -> Iterator[ResultWait]:
    """Yield one wait per tool that has ended, and per tool of the server that never did."""
    claims = call.claims
    answers, tools = _Answers(told.agent, call), _Tools(told.tools)
    spoken_s = sorted(turn.span.start_s for turn in told.caller if turn.has_words)
    empty = sorted(_silent_ends(told, claims))

    def waited(number: int, tool: ToolCall, from_s: float) -> ResultWait:
        gone = _next_absence(told.absences, from_s)
        ends = {
            WaitEnd.TOOL: tools.next_s(from_s),
            WaitEnd.HEARD: answers.first_s(from_s, by_server=tool.by_server),
            WaitEnd.CALLER: next_after(spoken_s, from_s),
            WaitEnd.CALL: max(from_s, told.duration_s),
            WaitEnd.LINE: NEVER_S if gone is None else max(from_s, on_grid(gone.left_s)),
        }
        end = min(ends, key=lambda which: ends[which])
        first, stop = bisect_left(empty, (from_s,)), bisect_right(empty, (ends[end], "\uffff"))
        silent = tuple(words for _, words in empty[first:stop])
        silent_s = max(from_s, answers.silent_from_s(ends[end]), _still_spoke_s(told, from_s))
        silent_s = min(silent_s, ends[end])
        late_s = _late_s(told, from_s, ends[end])
        return ResultWait(number, from_s, ends[end], end, silent_s, silent, late_s)

    for number, tool in enumerate(told.tools):
        from_s = _result_s(tool)
        while from_s is not None:
            wait = waited(number, tool, from_s)
            yield wait
            gone = _next_absence(told.absences, from_s) if wait.end is WaitEnd.LINE else None
            from_s = None if gone is None else gone.back_s


def _next_absence(absences: tuple[Absence, ...], from_s: float) -> Absence | None:
    """Return the first absence that is not over at ``from_s``; None if there is none."""
    return next((gone for gone in absences if (gone.back_s or NEVER_S) > from_s), None)


def _still_spoke_s(told: Timeline, from_s: float) -> float:
    """Return the end of the words that the caller was saying at a moment."""
    spans = (turn.span for turn in told.caller if turn.has_words)
    return max((s.end_s for s in spans if s.start_s <= from_s < s.end_s), default=from_s)


def _late_s(told: Timeline, from_s: float, until_s: float) -> float:
    """Return how late the harness may have given the result, or have heard the answer."""
    own = told.own_lateness
    if own is None or own.exact:
        return 0.0
    window = from_s, until_s
    ours_s = own.left_late_s(*window) + own.read_late_s(*window) + own.stamped_late_s(*window)
    return on_grid(ours_s)


def approval_requests(told: Timeline, call: IndexedCall) -> Iterator[ApprovalRequest]:
    """Yield every request for approval of a tool, in order; without those whose line was gone."""
    recording = call.recording
    asked_s: dict[str, float] = {}
    tools: dict[str, str] = {}
    answers_s = {
        each.command.item_id: (on_grid(each.at_s), each.command.approve)
        for each in recording.commands
        if isinstance(each.command, AnswerApproval)
    }
    for each in recording.events:
        if isinstance(event := each.event, ApprovalAsked):
            asked_s.setdefault(event.item_id, on_grid(each.at_s))
            tools[event.item_id] = event.tool
            if event.approved is not None:
                answers_s.setdefault(event.item_id, (on_grid(each.at_s), event.approved))
    if not asked_s:
        return
    heard = _Answers(told.agent, call)
    spoken_s = sorted(turn.span.start_s for turn in told.caller if turn.has_words)
    requested_s = sorted(tool.requested_s for tool in told.tools)
    for item_id, at_s in asked_s.items():
        from_s, approved = answers_s.get(item_id, (at_s, None))
        ends = {
            WaitEnd.TOOL: next_after(requested_s, from_s),
            # Strictly later: the request's own response may have begun at the same instant.
            WaitEnd.HEARD: heard.first_s(from_s + TICK_S, by_server=False),
            WaitEnd.CALLER: next_after(spoken_s, from_s),
            WaitEnd.CALL: max(from_s, told.duration_s),
        }
        end = min(ends, key=lambda which: ends[which])
        if not _line_was_gone(told.absences, from_s, ends[end]):
            yield ApprovalRequest(tools[item_id], at_s, approved, from_s, ends[end], end)


def _result_s(tool: ToolCall) -> float | None:
    """Return when the result was there; the call itself for a server's tool that never ended."""
    if tool.answered_s is not None:
        return tool.answered_s
    return tool.requested_s if tool.by_server else None


class _Tools:
    """Which tool takes over the answer that another one is owed."""

    def __init__(self, tools: tuple[ToolCall, ...]) -> None:
        self._requested_s = sorted(tool.requested_s for tool in tools)
        self._ends_s = [tool.answered_s or tool.requested_s for tool in tools]
        begun_s = (tool.requested_s for tool in tools)
        self._running = SpanLookup(zip(begun_s, self._ends_s, strict=True))

    def next_s(self, from_s: float) -> float:
        """Return when a tool takes over: at once if one still runs, else when one is called."""
        if any(self._ends_s[number] > from_s for number in self._running.touching(from_s, from_s)):
            return from_s
        return next_after(self._requested_s, from_s)


class _Answers:
    """When the agent begins to say something, by response."""

    def __init__(self, agent: tuple[AgentUtterance, ...], call: IndexedCall) -> None:
        self._call = call
        self._one_track = any(said.inferred for said in agent)
        """Whether answers are told apart by their sound alone: one may hold two."""
        known = zip(onsets_s(agent), agent, strict=True)
        self._begun = sorted(((at_s, said) for at_s, said in known if at_s is not None), key=_at)
        self._begun_s = [at_s for at_s, _ in self._begun]
        loud = [
            (sound, said)
            for said in agent
            for sound in said.sounds
            if sound.duration_s >= CLICK_S or said.as_text
        ]
        self._sounds = sorted(((sound.start_s, said) for sound, said in loud), key=_at)
        self._ends_s = sorted(sound.end_s for sound, _ in loud)

    def first_s(self, from_s: float, *, by_server: bool) -> float:
        """Return when the answer to a result is first heard; infinity if never."""
        place = bisect_right(self._begun_s, from_s)
        later = (at_s for at_s, said in self._begun[place:] if self._created(said) >= from_s)
        first_s = next(later, NEVER_S)
        if by_server or self._one_track:  # the same response may go on with the result
            place = bisect_right(self._sounds, from_s, key=_at)
            goes_on = (at for at, said in self._sounds[place:] if self._came(said) >= from_s)
            first_s = min(first_s, next(goes_on, NEVER_S))
        return first_s

    def silent_from_s(self, until_s: float) -> float:
        """Return when the last sound before a moment ended; minus infinity if there was none."""
        return last_until(self._ends_s, until_s)

    def _created(self, said: AgentUtterance) -> float:
        return on_grid(self._call.claims.created_s.get(said.response_id, said.span.start_s))

    def _came(self, said: AgentUtterance) -> float:
        """Return when the last audio of an utterance arrived; its end where nothing tells it."""
        parts = self._call.item((said.response_id, said.item_id)).parts
        arrived = (chunk[0] for part in parts for chunk in part.chunks)
        return on_grid(max(arrived, default=said.span.end_s))


def _at(begun: tuple[float, AgentUtterance]) -> float:
    return begun[0]


def _silent_ends(told: Timeline, claims: Claims) -> Iterator[tuple[float, str]]:
    """Yield how responses ended that made no sound and called no tool."""
    loud = {said.response_id for said in told.agent}
    calling = {tool.response_id for tool in told.tools}
    for name, (at_s, response) in claims.ended.items():
        if name not in loud and name not in calling:
            yield at_s, ended_as(response)


def ended_as(response: Response) -> str:
    """Return how a response ended: "cancelled (turn_detected)"."""
    reason = response.reason or (response.error.words if response.error is not None else "")
    return f"{response.status.value} ({reason})" if reason else response.status.value


def _line_was_gone(absences: tuple[Absence, ...], from_s: float, until_s: float) -> bool:
    return any(gone.touches(from_s, until_s) for gone in absences)
