"""Models that OpenAI has announced to shut down, with the day, and what takes their place.

As the types of its Python package say (openai 3.57: ``RealtimeSessionCreateRequest.model``,
``AudioTranscription.model``) and its page of deprecations. A model that is not here may end, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocol.commands import SessionConfig

_REALTIME, _WRITTEN = "2027-01-20", "2027-02-26"
_BY_NAME: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("gpt-realtime", "gpt-realtime-2025-08-28"), (_REALTIME, "gpt-realtime-2.1")),
    **dict.fromkeys(
        ("gpt-realtime-mini", "gpt-realtime-mini-2025-12-15"), (_REALTIME, "gpt-realtime-2.1-mini")
    ),
    **dict.fromkeys(
        (
            *("whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize"),
            *("gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15"),
        ),
        (_WRITTEN, "gpt-transcribe or gpt-live-transcribe"),
    ),
}


def retiring(wanted: SessionConfig) -> Iterator[tuple[str, str]]:
    """Yield each model that is asked for and will end: when, and what to do."""
    for key, name in (
        ("model", wanted.model),
        ("session.input_transcription", wanted.transcription_model),
    ):
        if name in _BY_NAME:
            day, instead = _BY_NAME[name]
            yield f"{key} {name}: OpenAI has announced its shutdown for {day}", f"use {instead}"
