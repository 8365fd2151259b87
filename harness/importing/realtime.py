"""The log of a Realtime session as a call: decoded again, its sound played as it arrived.

Messages are read by the dialect that their names tell (GA or beta), as in a live call, so events,
tool calls, and what is wrong with messages are the same. Who the caller was is told by the turns
that the server committed and, where the session had a transcription, by its words. Tools were run
by whoever held the session: a result is the item that the client created for a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.audio.pcm import Pcm
from harness.importing.model import (
    Estimate,
    OfferedTool,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
)
from harness.importing.realtime_clock import HELD_S, CallerStream, caller_stream, in_order
from harness.importing.realtime_log import APPEND, LoggedMessage, read_log
from harness.importing.replay import Replay
from harness.importing.unrecorded_answers import with_unrecorded_answers
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.items import AudioFormat, ContentKind, ItemKind, Role
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.openai_beta.beta import OpenAiBeta
from harness.protocol.wire import WireFault
from harness.recording.messages import Direction
from harness.recording.provenance import CallStatus

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
    """Return the call in the log of one session.

    Raises FaultyFiles with all that is wrong in it.
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
    """Return what the log tells of the session, the last word of each setting."""
    found: dict[str, object] = {}
    for each in log:
        if each.type in _SESSIONS and isinstance(each.message.get("session"), dict):
            config = _told(each, dialect)
            settings = ((name, getattr(config, name)) for name in config.__slots__)
            found |= {name: value for name, value in settings if value is not None}
    return c.SessionConfig(**found)  # type: ignore[arg-type]


def _told(logged: LoggedMessage, dialect: OpenAiGa) -> c.SessionConfig:
    """Return the settings in a message of either side: they are written alike."""
    try:
        event, _ = dialect.read({**logged.message, "type": "session.updated"})
    except WireFault:
        return c.SessionConfig()
    return event.config if isinstance(event, e.SessionUpdated) else c.SessionConfig()


@dataclass(slots=True)
class _Turn:
    """One turn of the caller, as far as messages tell of it; times are those of their arrival."""

    item_id: str
    started_s: float | None = None
    ended_s: float | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    text: str | None = None


@dataclass(slots=True)
class _Session:
    """Takes the messages of one session, and makes a call of them."""

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
        """Take what the client says of the caller: typed words, audio that is to be forgotten."""
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
        """Return a bound of a turn by the server's audio clock, else by when it was told."""
        if server_ms is None:
            return self.last_s if arrived_s is None else arrived_s
        return self.stream.spoken_s(server_ms / 1000)
