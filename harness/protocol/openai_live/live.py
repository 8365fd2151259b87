"""The dialect of OpenAI's GPT-Live sessions: full duplex, without turns, interruptions or ids."""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocol.commands import SessionConfig
from harness.protocol.openai_live.served import LiveServer
from harness.protocol.openai_live.session import LiveSession
from harness.protocol.openai_live.settings import FORMATS
from harness.protocol.serving import NewId, ServerEnd
from harness.protocol.session import Dialect, DialectSession

_TURNS = "its voice takes turns by itself, and nothing can be set about it; take it out"


class OpenAiLive(Dialect):
    """Wire JSON of ``/v1/live/sessions``: a protocol beside the Realtime API's, not a version."""

    name = "openai_live"
    served_as = "live"
    paths: tuple[str, ...] = ("/v1/live/sessions",)
    formats = tuple(FORMATS)
    takes_remarks = takes_updates = True
    roles = ("system",)
    fixed = ("instructions", "voice", "transcription_model")
    lacks = (
        "type",
        *("noise_reduction", "tool_choice", "parallel_tool_calls", "max_output_tokens", "speed"),
        *("truncation", "tracing", "prompt", "include"),
    )

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield also what the protocol has no words for."""
        if wanted.turn_detection is not None or wanted.turn_detection_off:
            yield "turn_detection", f"{self.name}: {_TURNS}"
        if wanted.transcription_model is not None:
            yield "input_transcription", f"{self.name} always transcribes, with a model of its own"
        if wanted.output_format is not wanted.input_format:
            both = "has one format for both directions"
            yield "output_format", f"{self.name} {both}; set input_format to the same"
        yield from super().unfit(wanted)

    def session(self, wanted: SessionConfig) -> DialectSession:
        """Return the caller's end of a new session."""
        return LiveSession(wanted)

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        return LiveServer(new_id)
