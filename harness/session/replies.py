"""The agent's responses in one call: how they are separated, and the text of each as heard.

Pure: fed with (time, event), asked with (time). A response belongs to the caller turn during or
after which it was created; this separates an answer from the rest of an older response.

An unannounced response is known by its audio alone. It begins with the first audio after BREAK_S of
silence, once the caller has spoken again, and it is over after OVER_S of silence: until then more
audio may come.

Words as heard: transcripts run ahead of audio, and audio runs ahead of hearing, so a transcript is
cut at the share of the item's audio that was heard so far (characters in proportion to samples). On
a track that contains silence, that share never reaches the whole, as the latest audio is still to
be heard: there, the whole text counts once the agent has left the floor.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.language.sounds import spoken_words, usual_length_s
from harness.protocol.events import (
    AudioDone,
    ServerEvent,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
)
from harness.protocol.items import ContentKey, ContentKind, ErrorInfo, Response, ResponseStatus
from harness.session.playout import Playout

# One response of the agent from its events: its words, the text that is read, its failure.

MOST_CHARS = 20_000
"""Words of an answer that a caller reacts to, some 20 minutes of speech: a flood of them would
delay the call, as each is searched for questions and wrong values."""


@dataclass(slots=True)
class Reply:
    """One response of the agent."""

    name: str
    created_s: float
    announced: bool = False
    """Whether the service announced it; some send its audio alone."""
    transcripts: dict[ContentKey, list[str]] = field(default_factory=dict)
    taken: dict[ContentKey, int] = field(default_factory=dict)
    """How many characters of each part came in pieces."""
    before: Mapping[ContentKey, int] = field(default_factory=dict)
    """Samples that came under this name before, in unannounced answers."""
    texts: dict[ContentKey, list[str]] = field(default_factory=dict)
    """Answers in text, to be read and not heard."""
    text_done_s: float | None = None
    """When its text was complete, so that it is read; for text without a beginning, when the text
    came."""
    error: ErrorInfo | None = None
    stopped: str = ""
    """The service's reason for stopping it; empty if it did not."""
    whole: bool = False
    """Whether it is complete, not cut."""

    def speak(self, key: ContentKey, words: str) -> None:
        """Add words to a transcript, up to the limit that the caller listens to."""
        self._add(self.transcripts.setdefault(key, []), key, words)

    def add_text(self, key: ContentKey, words: str) -> None:
        """Add words to a text, up to the limit that the caller reads."""
        self._add(self.texts.setdefault(key, []), key, words)

    def text_done(self, at_s: float, key: ContentKey, text: str) -> None:
        """Take a complete text; it includes the pieces that came before."""
        self.texts[key] = [text[:MOST_CHARS]]
        if not self.announced and self.text:
            self.text_done_s = at_s

    @property
    def text(self) -> str:
        """All that came as text."""
        texts = ("".join(pieces).strip() for pieces in self.texts.values())
        return " ".join(filter(None, texts))

    def over(self, at_s: float, response: Response) -> None:
        """Take the end of the response, with its details."""
        if not self.texts:
            for item in response.output:
                for index, part in enumerate(item.content):
                    if part.kind is ContentKind.OUTPUT_TEXT:
                        key = ContentKey(self.name, item.id or "", index)
                        self.text_done(at_s, key, part.text or "")
        if self.text:
            self.text_done_s = at_s
        self.whole = response.status is ResponseStatus.COMPLETED
        if response.status is ResponseStatus.FAILED:
            self.error = response.error or ErrorInfo("failed", "the response failed")
        elif response.status is ResponseStatus.INCOMPLETE:
            why = response.reason or "without a reason"
            self.stopped = f"the service stopped its answer: {why}"

    def _add(self, pieces: list[str], key: ContentKey, words: str) -> None:
        room = MOST_CHARS - self.taken.get(key, 0)
        if room > 0:
            pieces.append(words[:room])
            self.taken[key] = self.taken.get(key, 0) + len(words)


BREAK_S = 0.5
"""Silence that separates two unannounced answers: pauses inside a sentence are shorter."""

MOST_REPLIES = 50
"""The caller considers this many of the first and of the newest responses of a turn. They are
examined in every frame, so a server that announces thousands of them would delay the call, and the
other calls with it."""

OVER_S = 1.0
"""Silence after which such an agent has left the floor to the caller."""


class Replies:
    """All responses of a call, over the playout of their audio."""

    def __init__(self, playout: Playout, *, reads: bool) -> None:
        """``reads``: the session answers in text, which the caller reads once it is whole."""
        self.playout, self.reads = playout, reads
        self.open: set[str] = set()
        """Names of responses that were announced and have not ended."""
        self.audio_done: set[ContentKey] = set()
        self.caller_speaks = False
        self.went_on = False
        """Whether audio of an earlier answer came since the caller took the floor."""
        self._turn_s = float("-inf")
        self._by_name: dict[str, Reply] = {}
        self._in_order: list[Reply] = []

    def turn_begun(self, at_s: float) -> None:
        """Note that the caller takes the floor."""
        self._turn_s, self.went_on = at_s, False

    def created(self, at_s: float, response_id: str) -> None:
        """Note that the service announced a response."""
        self.open.add(response_id)
        self._begin(at_s, response_id, announced=True)

    def ended(self, at_s: float, response: Response) -> None:
        """Note that the service reported the end of a response."""
        self.open.discard(response.id)
        self._of(at_s, response.id).over(at_s, response)

    def told(self, at_s: float, event: ServerEvent) -> None:
        """Take the words in an event, or the end of an audio part."""
        match event:
            case TranscriptDelta():
                self._spoken(at_s, event.response_id).speak(event.key, event.delta)
            case TranscriptDone(transcript=text):
                self._of(at_s, event.response_id).transcripts[event.key] = [text[:MOST_CHARS]]
            case TextDelta():
                self._of(at_s, event.response_id).add_text(event.key, event.delta)
            case TextDone():
                self._of(at_s, event.response_id).text_done(at_s, event.key, event.text)
            case AudioDone():
                self.audio_done.add(event.key)
            case _:
                pass

    def breaks(self, at_s: float, response_id: str) -> bool:
        """Return whether audio that comes now begins after a silence, or after a stop."""
        return not self.speaking(at_s) or self.playout.is_stopped(response_id)

    def sounded(self, at_s: float, response_id: str, *, audible: bool) -> bool:
        """Note audio that arrives, before it is queued; return whether its response was announced.

        Some servers send audio without events for responses, under the same name for all: audio
        after a silence is another answer, once the caller has spoken again or playback was stopped,
        and unless the caller still speaks. Late audio of an announced and stopped response is no
        answer: it stays unheard.
        """
        reply = self._by_name.get(response_id)
        if audible and reply is not None and reply.created_s < self._turn_s:
            self.went_on = True
        if reply is not None and reply.announced and self._continues(at_s, reply):
            return True
        if audible:
            anew = self.breaks(at_s, response_id)
            if reply is None or (anew and not self._continues(at_s, reply)):
                self._begin(at_s, response_id, announced=False)
        return False

    def speaking(self, at_s: float) -> bool:
        """Return whether the agent is in the middle of an utterance, as far as the events show."""
        if self.playout.playing_at(at_s):
            return True
        heard_s = self.playout.last_heard_s(at_s)
        return self.unannounced and heard_s is not None and at_s - heard_s < BREAK_S

    @property
    def unannounced(self) -> bool:
        """Whether only audio shows the last response."""
        return bool(self._in_order) and not self._in_order[-1].announced

    @property
    def announces(self) -> bool:
        """Whether the service announced all responses so far."""
        return bool(self._in_order) and all(reply.announced for reply in self._in_order)

    def is_announced(self, response_id: str) -> bool:
        """Return whether the service announced a response of that name."""
        reply = self._by_name.get(response_id)
        return reply is not None and reply.announced

    def begun_s(self, response_id: str) -> float:
        """Return when the last response of that name began."""
        reply = self._by_name.get(response_id)
        return float("-inf") if reply is None else reply.created_s

    def has_text(self, response_id: str) -> bool:
        """Return whether the last response of that name has words that are read."""
        reply = self._by_name.get(response_id)
        return reply is not None and bool(reply.text)

    def since(self, since_s: float) -> list[Reply]:
        """Return the responses that began at a moment or after it, in order.

        Of a flood only the first and the newest.
        """
        first = bisect_left(self._in_order, since_s, key=lambda reply: reply.created_s)
        newest = max(first, len(self._in_order) - MOST_REPLIES)
        return self._in_order[first : min(newest, first + MOST_REPLIES)] + self._in_order[newest:]

    def words(self, at_s: float, *, since_s: float) -> str:
        """Return the text that the caller heard or read of responses created since then."""
        heard = (self._heard_of(reply, at_s) for reply in self.since(since_s))
        return " ".join(words for words in heard if words)[-MOST_CHARS:]

    def heard(self, at_s: float) -> list[tuple[float, str]]:
        """Return the words of each response as far as they were heard, and when it began."""
        told = ((each.created_s, self._heard_of(each, at_s)) for each in self._in_order)
        return [(begun_s, words) for begun_s, words in told if words]

    def heard_out(self, at_s: float, *, since_s: float) -> bool:
        """Return whether a response that began since then is complete, and heard to its end.

        A response without audio (a tool call) counts as soon as it is complete.
        """
        for reply in self.since(since_s):
            parts = self.playout.arrived_parts(reply.name)
            heard = (self.playout.heard_samples(key, at_s) >= parts[key] for key in parts)
            if reply.whole and all(heard):
                return True
        return False

    def first_heard_s(self, at_s: float, *, since_s: float, after_s: float) -> float | None:
        """Return when the caller first heard, or read, an answer; None if not yet.

        Only responses created from ``since_s`` on count, and only their audio after ``after_s``.
        """
        firsts = []
        for reply in self.since(since_s):
            if self.reads and reply.text_done_s is not None:
                firsts.append(max(after_s, reply.text_done_s))
            from_s = after_s if reply.announced else max(after_s, reply.created_s)
            first_s = self.playout.first_audible_s(reply.name, at_s, after_s=from_s)
            if first_s is not None:
                firsts.append(first_s)
        return min(firsts, default=None)

    def _heard_of(self, reply: Reply, at_s: float) -> str:
        heard, left = [], self._left_the_floor(at_s)
        if self.reads and reply.text_done_s is not None:
            heard.append(reply.text)
        for key, pieces in reply.transcripts.items():
            before = reply.before.get(key, 0)
            generated = self.playout.arrived_samples(key) - before
            if generated:
                text = "".join(pieces)
                whole = left and not reply.announced
                samples = self.playout.heard_samples(key, at_s) - before
                if not (left or reply.whole or key in self.audio_done):
                    # The text may be ahead of the audio that is still to come.
                    usual = round(usual_length_s(text) * self.playout.rate_hz)
                    generated = max(generated, usual)
                share = 1.0 if whole else max(0, samples) / generated
                heard.append(spoken_words(text, share))
        return " ".join(part for part in heard if part)

    def _left_the_floor(self, at_s: float) -> bool:
        """Return whether all audio was heard, and a long silence of the agent followed."""
        heard_s = self.playout.last_heard_s(at_s)
        if heard_s is None or self.playout.playing_at(at_s):
            return False
        return at_s - heard_s >= OVER_S

    def _continues(self, at_s: float, reply: Reply) -> bool:
        """Return whether audio or text that comes now under a response's name belongs to it."""
        if reply.name in self.open or self.playout.playing_at(at_s) or self.caller_speaks:
            return True
        if self.playout.is_stopped(reply.name):
            return reply.announced
        return reply.created_s >= self._turn_s

    def _begin(self, at_s: float, response_id: str, *, announced: bool) -> Reply:
        """Begin a response; it is independent of an earlier response with the same name.

        Only a response that was never announced nor stopped may be a continuous track.
        """
        goes_on = not announced and not self.is_announced(response_id)
        if goes_on and not self.playout.is_stopped(response_id):
            before = self.playout.arrived_parts(response_id)
        else:
            before = {}
            self.playout.begin(response_id)
        self.audio_done = {key for key in self.audio_done if key.response_id != response_id}
        reply = Reply(response_id, at_s, announced, before=before)
        self._by_name[response_id] = reply
        self._in_order.append(reply)
        return reply

    def _spoken(self, at_s: float, response_id: str) -> Reply:
        """Return the response that spoken words belong to: they may come before their audio."""
        reply = self._of(at_s, response_id)
        if reply.announced or self.speaking(at_s) or self._continues(at_s, reply):
            return reply
        return self._begin(at_s, response_id, announced=False)

    def _of(self, at_s: float, response_id: str) -> Reply:
        known = self._by_name.get(response_id)
        return known or self._begin(at_s, response_id, announced=False)
