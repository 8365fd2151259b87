"""The log of a Realtime session as a call: decoded again, its audio played as it arrived.

Messages are read by the dialect that their names identify (GA or beta), as in a live call, so
events, tool calls and faults of messages are the same. The caller's turns are the turns that the
server committed and, if the session had a transcription, their words are its words. The client of
the session ran the tools: a result is the item that the client created for a call.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.audio.pcm import Pcm
from harness.importing.model import (
    Estimate,
    OfferedTool,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
    StoredSession,
)
from harness.importing.realtime_log import (
    APPEND,
    HELD_S,
    CallerStream,
    LoggedMessage,
    caller_stream,
    in_order,
    read_log,
)
from harness.importing.replay import Replay
from harness.language.sounds import usual_length_s
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.fields import WireFault
from harness.protocol.items import AudioFormat, ContentKey, ContentKind, ItemKind, Role
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.openai_beta.beta import OpenAiBeta
from harness.recording.model import AgentEvent, Direction, GeneratedItem, PlayedSpan
from harness.recording.provenance import CallStatus
from harness.timeline.indexed_call import Claims
from harness.timeline.model import Span
from harness.units import RATE_HZ

# When the answers of a Realtime session were played, if its log does not contain their audio.
#
# Over WebRTC and SIP the audio has a media track of its own, and some programs leave it out of
# their logs. ``output_audio_buffer`` events report when the service played a response. Without
# them, an answer begins at the arrival of its first words and takes as long as its text usually
# takes: this is an estimate, and no verdict on time may rest on it.

_SHORTEST_S = 0.1


def with_unrecorded_answers(
    session: StoredSession, caller_starts_s: Sequence[float], *, timed: bool
) -> StoredSession | None:
    """Return a session without any audio of the agent, with its answers at their playout times.

    ``caller_starts_s`` are the starts of the caller's turns in seconds; ``timed`` is whether the
    log has times. None if the log contains audio of the agent, or no spoken answer at all.
    """
    if len(session.agent_generated):
        return None
    answers = _Answers(timed=timed)
    for each in session.events:
        answers.take(each)
    spans = list(answers.spans(session, sorted(caller_starts_s)))
    if not spans:
        return None
    played = tuple(_run(key, span) for key, span in spans)
    generated = tuple(_generated(run, answers) for run in played)
    return replace(session, played=played, generated=generated)


def _run(key: ContentKey, span: Span) -> PlayedSpan:
    response_id, item_id, content_index = key
    start, stop = (round(at_s * RATE_HZ) for at_s in (span.start_s, span.end_s))
    return PlayedSpan(item_id, content_index, response_id, 0, start, stop - start)


def _generated(run: PlayedSpan, answers: _Answers) -> GeneratedItem:
    """Return an item whose audio is on no track.

    All of it was played, unless the service dropped the rest.
    """
    samples = run.samples
    if run.response_id in answers.cleared:
        whole_s = usual_length_s(answers.claims.transcript(run.key))
        samples = max(run.samples + round(_SHORTEST_S * RATE_HZ), round(whole_s * RATE_HZ))
    chunk = (run.start / RATE_HZ, 0, samples)
    return GeneratedItem(run.item_id, run.content_index, run.response_id, (chunk,))


@dataclass(slots=True)
class _Answers:
    """Feed it the events of a session in order."""

    timed: bool
    claims: Claims = field(default_factory=Claims)
    started_s: dict[str, float] = field(default_factory=dict)
    stopped_s: dict[str, float] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    """Responses whose rest the service dropped."""
    words_s: dict[str, float] = field(default_factory=dict)
    """When the first words of an item came, by its id."""
    responses_s: dict[str, float] = field(default_factory=dict)
    """When the first spoken part of a response came."""

    def take(self, each: AgentEvent) -> None:
        self.claims.take(each.at_s, each.event, inferred=each.inferred)
        match each.event:
            case e.OutputBufferStarted(name):
                self.started_s.setdefault(name, each.at_s)
            case e.OutputBufferStopped(name):
                self.stopped_s.setdefault(name, each.at_s)
            case e.OutputBufferCleared(name):
                self.stopped_s.setdefault(name, each.at_s)
                self.cleared.add(name)
            case e.TranscriptDelta(item_id=item) | e.TranscriptDone(item_id=item):
                self.words_s.setdefault(item, each.at_s)
            case e.ResponseDone(response):
                spoken = (item for item in response.output if item.role is Role.ASSISTANT)
                for item in spoken:
                    self.words_s.setdefault(item.id or "", each.at_s)
            case e.ItemDone(item) if item.role is Role.ASSISTANT:
                self.words_s.setdefault(item.id or "", each.at_s)
            case e.AudioDone(name) | e.AudioDelta(name):
                self.responses_s.setdefault(name, each.at_s)
            case _:
                pass

    def spans(
        self, session: StoredSession, caller_starts_s: Sequence[float]
    ) -> Iterator[tuple[ContentKey, Span]]:
        """Yield the playout span of each part, in order."""
        latest_s = 0.0
        for name, keys in self._by_response():
            span = self._played(name)
            if span is None:
                span = self._estimated(keys, session, caller_starts_s, not_before_s=latest_s)
            latest_s = max(latest_s, span.end_s)
            yield from _shares(keys, span, self.claims)

    def _by_response(self) -> list[tuple[str, list[ContentKey]]]:
        """Return the spoken parts of each response, in the order in which they began."""
        by_item: dict[tuple[str, int], ContentKey] = {}
        for key in (*self.claims.transcripts, *self.claims.deltas):
            kept = by_item.setdefault(key[1:], key)
            if not kept[0] and key[0]:  # the conversation's items name no response
                by_item[key[1:]] = key
        found: dict[str, list[ContentKey]] = {}
        for key in by_item.values():
            if self.claims.transcript(key):
                found.setdefault(key[0] or key[1], []).append(key)
        for name in (*self.started_s, *self.responses_s):
            found.setdefault(name, [ContentKey(name, "", 0)])
        return sorted(found.items(), key=lambda pair: self._begun_s(*pair))

    def _begun_s(self, name: str, keys: list[ContentKey]) -> float:
        if self.timed and name in self.started_s:
            return self.started_s[name]
        came = [self.words_s[key[1]] for key in keys if key[1] in self.words_s]
        known = self.started_s.get(name, self.responses_s.get(name, 0.0))
        return min(came, default=known)

    def _played(self, name: str) -> Span | None:
        """Return when the service played a response; None if no event reports its end."""
        start_s, end_s = self.started_s.get(name), self.stopped_s.get(name)
        if not self.timed or start_s is None or end_s is None:
            return None
        return Span(start_s, max(end_s, start_s + _SHORTEST_S))

    def _estimated(
        self,
        keys: list[ContentKey],
        session: StoredSession,
        caller_starts_s: Sequence[float],
        *,
        not_before_s: float,
    ) -> Span:
        """Return the approximate playout time of a response, by its text.

        It begins before its own tool calls. A whole answer ends before the caller's next turn and
        before the result of its own tool.
        """
        name = keys[0][0]
        start_s = self._begun_s(name or keys[0][1], keys)
        if not (self.timed and name in self.started_s):
            start_s = max(start_s, not_before_s)
            called_s = (run.requested_s for run in session.tools if run.response_id == name)
            start_s = max(0.0, min([start_s, *(at_s - _SHORTEST_S for at_s in called_s)]))
        words = " ".join(self.claims.transcript(key) for key in keys)
        end_s = start_s + max(usual_length_s(words), _SHORTEST_S)
        if not any(self.claims.stopped(key[:2]) for key in keys):
            following = caller_starts_s[bisect_right(caller_starts_s, start_s) :]
            results_s = (
                run.answered_s
                for run in session.tools
                if run.response_id == name and run.answered_s is not None
            )
            end_s = min([end_s, *following[:1], *(at_s for at_s in results_s if at_s > start_s)])
        return Span(start_s, max(end_s, start_s + _SHORTEST_S))


def _shares(
    keys: Sequence[ContentKey], span: Span, claims: Claims
) -> Iterator[tuple[ContentKey, Span]]:
    """Yield the parts of a response in sequence, each as long as its words take."""
    lengths = [max(usual_length_s(claims.transcript(key)), _SHORTEST_S) for key in keys]
    scale, at_s = span.duration_s / sum(lengths), span.start_s
    for key, length_s in zip(keys, lengths, strict=True):
        yield key, Span(at_s, at_s + length_s * scale)
        at_s += length_s * scale


_OLDER = (
    "response.audio.",
    "response.audio_transcript.",
    "response.text.",
    "conversation.item.created",
)
"""Beginnings of the names that only the beta has."""

_SESSIONS = ("session.created", "session.updated", "session.update")

NO_AGENT = "The agent's audio is not in this log: its words are those of its transcripts."
PLAYED = "When it spoke is reported by the service's output_audio_buffer events."
NOT_PLAYED = "No event reports when it spoke: no time of it is judged."
NO_CALLER = (
    "The caller's audio is not in this log: when the caller spoke is reported by the service."
)


def read_realtime(path: Path) -> StoredCall:
    """Return the call in the log of a session.

    Raises FaultyFiles with all its faults.
    """
    log = read_log(path)
    older = any(each.type.startswith(_OLDER) for each in log)
    dialect = OpenAiBeta() if older else OpenAiGa()
    config = _config(log, dialect)
    heard = config.input_format or AudioFormat.PCM16_24K
    answers = config.output_format or AudioFormat.PCM16_24K
    timed = log[0].at_s is not None
    log = log if timed else in_order(log, heard, answers)
    stream = caller_stream(log, heard)
    session = _Session(Replay(dialect, answers), stream, config)
    session.take(log)
    estimated = set() if timed and stream.held_s <= HELD_S else {Estimate.TIMES}
    return session.call(path, frozenset(estimated))


def _config(log: Sequence[LoggedMessage], dialect: OpenAiGa) -> c.SessionConfig:
    """Return the session's settings in the log, the last value of each."""
    found: dict[str, object] = {}
    for each in log:
        if each.type in _SESSIONS and isinstance(each.message.get("session"), dict):
            config = _told(each, dialect)
            settings = ((name, getattr(config, name)) for name in config.__slots__)
            found |= {name: value for name, value in settings if value is not None}
    return c.SessionConfig(**found)  # type: ignore[arg-type]


def _told(logged: LoggedMessage, dialect: OpenAiGa) -> c.SessionConfig:
    """Return the settings in a message of either side: both have the same format."""
    try:
        event, _ = dialect.read({**logged.message, "type": "session.updated"})
    except WireFault:
        return c.SessionConfig()
    return event.config if isinstance(event, e.SessionUpdated) else c.SessionConfig()


@dataclass(slots=True)
class _Turn:
    """A turn of the caller, as far as messages report it; times are those of their arrival."""

    item_id: str
    started_s: float | None = None
    ended_s: float | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    text: str | None = None


@dataclass(slots=True)
class _Session:
    """Takes the messages of a session, and makes a call of them."""

    replay: Replay
    stream: CallerStream
    config: c.SessionConfig
    turns: dict[str, _Turn] = field(default_factory=dict)
    last_s: float = 0.0
    committed_s: float = 0.0
    broken: str = ""

    def take(self, log: Sequence[LoggedMessage]) -> None:
        """Take all messages, in order."""
        ranges = iter(self.stream.ranges)
        for each in log:
            at_s = round((each.at_s or 0.0) - self.stream.zero_s, 6)
            self.last_s = max(self.last_s, at_s)
            if each.type == APPEND:
                self.replay.append(at_s, each, next(ranges))
            elif each.direction is Direction.SENT:
                self._typed(at_s, self.replay.sent(at_s, each))
            else:
                for event in self.replay.received(at_s, each):
                    self._heard(at_s, event)

    def call(self, path: Path, estimated: frozenset[Estimate]) -> StoredCall:
        """Return the call."""
        end_s = max(self.last_s, self.stream.track.duration_s)
        session, heard = self.replay.over(end_s)
        agent: Pcm | None = heard
        lines = tuple(sorted(self._lines(), key=lambda line: line.start_s or 0.0))
        tools = self.config.tools or ()
        notes = []
        if lines and not len(self.stream.track):
            notes = [NO_CALLER]
            estimated |= {Estimate.CALLER_AUDIO}
        starts_s = [line.start_s or 0.0 for line in lines]
        timed = Estimate.TIMES not in estimated
        if (unrecorded := with_unrecorded_answers(session, starts_s, timed=timed)) is not None:
            session, agent = unrecorded, None
            estimated |= {Estimate.AGENT_AUDIO, Estimate.HEARD}
            reported = any(isinstance(each.event, e.OutputBufferStarted) for each in session.events)
            notes = [f"{NO_AGENT} {PLAYED if reported and timed else NOT_PLAYED}", *notes]
        return StoredCall(
            name=path.stem,
            kind=SourceKind.REALTIME,
            source=str(path),
            lines=lines,
            caller=self.stream.track.padded_to(len(heard)) if len(self.stream.track) else None,
            agent=agent,
            instructions=self.config.instructions,
            estimated=estimated,
            notes=(*notes, *self.replay.problems),
            offered=tuple(OfferedTool(t.name, t.description, t.parameters) for t in tools),
            status=CallStatus.AGENT_ERROR if self.broken else CallStatus.COMPLETED,
            status_detail=self.broken,
            session=session,
        )

    def _turn(self, item_id: str) -> _Turn:
        return self.turns.setdefault(item_id, _Turn(item_id))

    def _heard(self, at_s: float, event: e.ServerEvent) -> None:
        match event:
            case e.SpeechStarted(item_id, start_ms):
                turn = self._turn(item_id)
                turn.started_s, turn.start_ms = at_s, start_ms
            case e.SpeechStopped(item_id, end_ms):
                turn = self._turn(item_id)
                turn.ended_s, turn.end_ms = at_s, end_ms
            case e.InputCommitted(item_id):
                turn = self._turn(item_id)
                turn.ended_s = at_s if turn.ended_s is None else turn.ended_s
                if turn.started_s is None:
                    turn.started_s = self.committed_s
                self.committed_s = at_s
            case e.InputTranscriptDone(item_id, _, transcript):
                self._turn(item_id).text = transcript.strip() or None
            case e.ServerError(error, fatal=True):
                self.broken = error.words
            case _:
                pass

    def _typed(self, at_s: float, command: c.ClientCommand | None) -> None:
        """Take the client's commands for the caller side: typed words, audio to be dropped."""
        if isinstance(command, c.ClearAudio):
            self.committed_s = at_s
        if not isinstance(command, c.CreateItem) or command.item.kind is not ItemKind.MESSAGE:
            return
        item = command.item
        words = " ".join(p.text or "" for p in item.content if p.kind is ContentKind.INPUT_TEXT)
        if item.role is Role.USER and words.strip():
            name = item.id or f"typed_{len(self.turns) + 1}"
            self.turns[name] = _Turn(name, at_s, at_s, text=words.strip())

    def _lines(self) -> Iterator[StoredLine]:
        for turn in self.turns.values():
            if turn.started_s is None and turn.ended_s is None:
                continue  # words of a turn that no message places
            start_s = self._spoken_s(turn.start_ms, turn.started_s)
            end_s = self._spoken_s(turn.end_ms, turn.ended_s)
            vad = self.config.turn_detection and c.documented(self.config.turn_detection)
            if isinstance(vad, c.ServerVad):
                before_ms, after_ms = vad.prefix_padding_ms or 0, vad.silence_duration_ms or 0
                start_s += before_ms / 1000 if turn.start_ms is not None else 0.0
                end_s -= after_ms / 1000 if turn.end_ms is not None else 0.0
            yield StoredLine(
                Speaker.CALLER,
                turn.text,
                start_s=max(0.0, start_s),
                end_s=max(0.0, start_s, end_s),
                item_id=turn.item_id,
            )

    def _spoken_s(self, server_ms: int | None, arrived_s: float | None) -> float:
        """Return a bound of a turn by the server's audio clock, else by its message's arrival."""
        if server_ms is None:
            return self.last_s if arrived_s is None else arrived_s
        return self.stream.spoken_s(server_ms / 1000)
