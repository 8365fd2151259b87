"""Gemini Live (``BidiGenerateContent``) of the Gemini Developer API and of Vertex AI."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from harness.protocol.commands import SessionConfig
from harness.protocol.dialect import Dialect, DialectSession, Endpoint
from harness.protocol.gemini_live.server import GeminiServer, KeptSessions
from harness.protocol.gemini_live.session import GeminiSession
from harness.protocol.gemini_live.setup import INPUT_FORMATS, OUTPUT_FORMAT, unfit_settings
from harness.protocol.server_half import NewId, ServerEnd

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
"""Path of sessions at the Developer API."""
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"

_METHOD, _FOR_TOKENS = "BidiGenerateContent", "BidiGenerateContentConstrained"
_TOKEN = "auth_tokens/"
_VERTEX = "aiplatform.googleapis.com"


class GeminiLive(Dialect):
    """Gemini Live: ``BidiGenerateContent`` over a WebSocket, of Google AI and of Vertex AI.

    Written in camelCase and standard base64; read in either case and either alphabet, in text
    frames and binary frames. The model is in the first message, the key in a header.
    """

    name = "gemini_live"
    session_class = GeminiSession
    formats = (*INPUT_FORMATS, OUTPUT_FORMAT)
    lacks = (
        "type",
        *("noise_reduction", "tool_choice", "parallel_tool_calls", "speed", "truncation"),
        *("tracing", "prompt", "include", "backend_model"),
    )
    roles = ("user", "assistant")
    fixed = ("voice", "max_output_tokens", "transcription_model", "reasoning_effort")
    needs_model = reports_interruptions = True
    paths = (
        PATH,
        *(
            f"{slash}/google.ai.generativelanguage.{version}.GenerativeService.{method}"
            for slash in ("/ws", "//ws")  # the vendor's client writes two
            for version in ("v1", "v1alpha", "v1beta")
            for method in (_METHOD, _FOR_TOKENS)
        ),
    )

    def __init__(self) -> None:
        self._kept = KeptSessions()

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return the URL, with the vendor's path if it has none, and the header of the key.

        A key of Vertex AI is an access token; an ephemeral token uses a different path.
        """
        parts = urlsplit(url)
        vertex = (parts.hostname or "").endswith(_VERTEX)
        if parts.path in ("", "/"):
            parts = parts._replace(path=VERTEX_PATH if vertex else PATH)
        if key is None:
            return Endpoint(urlunsplit(parts))
        if vertex:
            return Endpoint(urlunsplit(parts), {"Authorization": f"Bearer {key}"})
        if not key.startswith(_TOKEN):
            return Endpoint(urlunsplit(parts), {"x-goog-api-key": key})
        if parts.path.endswith(_METHOD):
            parts = parts._replace(path=parts.path.removesuffix(_METHOD) + _FOR_TOKENS)
        return Endpoint(urlunsplit(parts), {"Authorization": f"Token {key}"})

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield the settings that such a session does not support, and why."""
        yield from self.lacking(wanted)
        yield from unfit_settings(wanted)

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        return GeminiServer(new_id, self._kept)

    def resumed(self, wanted: SessionConfig, resumption: str) -> DialectSession:
        """Return the caller's end of a session that resumes with a handle."""
        return GeminiSession(wanted, resumption)
