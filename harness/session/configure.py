"""What the harness asks of the session: the agent under test and the target's settings."""

from __future__ import annotations

from harness.protocol.items import AudioFormat
from harness.protocol.settings import SemanticVad, ServerVad, SessionConfig, Tool
from harness.scenario.model import Suite
from harness.scenario.target import SemanticVadSettings, ServerVadSettings, SessionSettings


def session_config(suite: Suite, instructions: str, settings: SessionSettings) -> SessionConfig:
    """Return the session as suite and target want it; unset values stay the service's own."""
    return SessionConfig(
        instructions=instructions,
        tools=tuple(Tool(tool.name, tool.description, tool.parameters) for tool in suite.tools),
        voice=settings.voice,
        input_format=AudioFormat(settings.input_format),
        output_format=AudioFormat.PCM16_24K,
        turn_detection=_turn_detection(settings),
        turn_detection_off=settings.turn_detection == "none",
        transcription_model=settings.input_transcription,
        transcription_language=suite.language if settings.input_transcription else None,
        modalities=("audio",),
        reasoning_effort=settings.reasoning_effort,
    )


def _turn_detection(settings: SessionSettings) -> ServerVad | SemanticVad | None:
    match settings.turn_detection:
        case ServerVadSettings() as vad:
            given = vad.model_dump(exclude={"type"}, exclude_none=True)
            return ServerVad(**given)
        case SemanticVadSettings(eagerness=eagerness, interrupt_response=interrupt):
            return SemanticVad(eagerness, interrupt_response=interrupt is not False)
        case _:
            return None
