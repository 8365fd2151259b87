"""One response of the agent as its events tell it: its words, what is read of them, its failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.protocol.items import ContentKind, ErrorInfo, Response, ResponseStatus
from harness.session.queued_audio import ContentKey

MOST_CHARS = 20_000
"""Words of an answer that a caller reacts to, some 20 minutes of speech: a flood of them would hold
up the call, as each is searched for questions and wrong values."""


@dataclass(slots=True)
class Reply:
    """One response of the agent."""

    name: str
    created_s: float
    announced: bool = False
    """Whether the service said that it begins; some send its sound alone."""
    transcripts: dict[ContentKey, list[str]] = field(default_factory=dict)
    taken: dict[ContentKey, int] = field(default_factory=dict)
    """How many characters of each came in pieces."""
    before: Mapping[ContentKey, int] = field(default_factory=dict)
    """Samples that came under this name before, in answers that nobody announced."""
    texts: dict[ContentKey, list[str]] = field(default_factory=dict)
    """Words that came as text, to be read and not heard."""
    text_done_s: float | None = None
    """When its text was whole, so that it is read; that of one without a beginning, with the text
    itself."""
    error: ErrorInfo | None = None
    stopped: str = ""
    """That the service stopped it, and why."""
    whole: bool = False
    """Whether it came to its end, and was not cut."""

    def speak(self, key: ContentKey, words: str) -> None:
        """Add words to a transcript, as far as the caller listens."""
        self._add(self.transcripts.setdefault(key, []), key, words)

    def add_text(self, key: ContentKey, words: str) -> None:
        """Add words to a text, as far as the caller reads."""
        self._add(self.texts.setdefault(key, []), key, words)

    def text_done(self, at_s: float, key: ContentKey, text: str) -> None:
        """Take a text that is whole; what came of it in pieces stands in it too."""
        self.texts[key] = [text[:MOST_CHARS]]
        if not self.announced and self.text:
            self.text_done_s = at_s

    @property
    def text(self) -> str:
        """All that came as text."""
        texts = ("".join(pieces).strip() for pieces in self.texts.values())
        return " ".join(filter(None, texts))

    def over(self, at_s: float, response: Response) -> None:
        """Take what the end of the response tells of it."""
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
