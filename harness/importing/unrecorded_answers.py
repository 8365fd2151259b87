"""When the answers of a Realtime session were played, if its log does not contain their audio.

Over WebRTC and SIP the audio has a media track of its own, and some programs leave it out of their
logs. ``output_audio_buffer`` events report when the service played a response. Without them, an
answer begins where its first words came and takes as long as its text usually takes: this is an
estimate, and no verdict on time may rest on it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.importing.model import StoredSession
from harness.language.word_lengths import usual_length_s
from harness.protocol import events as e
from harness.protocol.items import Role
from harness.recording.agent_sound import GeneratedItem, PlayedSpan
from harness.recording.messages import AgentEvent
from harness.timeline.claims import Claims, PartKey
from harness.timeline.model import Span
from harness.units import RATE_HZ

_SHORTEST_S = 0.1


def with_unrecorded_answers(
    session: StoredSession, caller_starts_s: Sequence[float], *, timed: bool
) -> StoredSession | None:
    """Return a session without any audio of the agent, with its answers where they were played.

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


def _run(key: PartKey, span: Span) -> PlayedSpan:
    response_id, item_id, content_index = key
    start, stop = (round(at_s * RATE_HZ) for at_s in (span.start_s, span.end_s))
    return PlayedSpan(item_id, content_index, response_id, 0, start, stop - start)


def _generated(run: PlayedSpan, answers: _Answers) -> GeneratedItem:
    """Return an item whose audio is on no track: all of it was played, unless the service dropped
    the rest.
    """
    key = run.response_id, run.item_id, run.content_index
    samples = run.samples
    if run.response_id in answers.cleared:
        whole_s = usual_length_s(answers.claims.transcript(key))
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
    """Responses of which the service dropped the rest."""
    words_s: dict[str, float] = field(default_factory=dict)
    """When the first words of an item came, by its id."""
    responses_s: dict[str, float] = field(default_factory=dict)
    """When something of a response came that is spoken."""

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
    ) -> Iterator[tuple[PartKey, Span]]:
        """Yield where each part was played, in order."""
        latest_s = 0.0
        for name, keys in self._by_response():
            span = self._played(name)
            if span is None:
                span = self._estimated(keys, session, caller_starts_s, not_before_s=latest_s)
            latest_s = max(latest_s, span.end_s)
            yield from _shares(keys, span, self.claims)

    def _by_response(self) -> list[tuple[str, list[PartKey]]]:
        """Return the spoken parts of each response, in the order in which they began."""
        by_item: dict[tuple[str, int], PartKey] = {}
        for key in (*self.claims.transcripts, *self.claims.deltas):
            kept = by_item.setdefault(key[1:], key)
            if not kept[0] and key[0]:  # the conversation's items name no response
                by_item[key[1:]] = key
        found: dict[str, list[PartKey]] = {}
        for key in by_item.values():
            if self.claims.transcript(key):
                found.setdefault(key[0] or key[1], []).append(key)
        for name in (*self.started_s, *self.responses_s):
            found.setdefault(name, [(name, "", 0)])
        return sorted(found.items(), key=lambda pair: self._begun_s(*pair))

    def _begun_s(self, name: str, keys: list[PartKey]) -> float:
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
        keys: list[PartKey],
        session: StoredSession,
        caller_starts_s: Sequence[float],
        *,
        not_before_s: float,
    ) -> Span:
        """Return when a response was about played, by its text.

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


def _shares(keys: Sequence[PartKey], span: Span, claims: Claims) -> Iterator[tuple[PartKey, Span]]:
    """Yield the parts of a response one after the other, as long as their words take."""
    lengths = [max(usual_length_s(claims.transcript(key)), _SHORTEST_S) for key in keys]
    scale, at_s = span.duration_s / sum(lengths), span.start_s
    for key, length_s in zip(keys, lengths, strict=True):
        yield key, Span(at_s, at_s + length_s * scale)
        at_s += length_s * scale
