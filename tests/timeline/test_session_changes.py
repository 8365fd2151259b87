"""Settings that a service changes in a running session, although no client asked for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record

from harness.protocol.commands import ConfigureSession, SemanticVad, ServerVad, SessionConfig
from harness.protocol.events import SessionCreated, SessionUpdated
from harness.protocol.items import AudioFormat
from harness.recording.model import AgentEvent, Recording, SentCommand
from harness.timeline.build import build

PCM, MULAW = AudioFormat.PCM16_24K, AudioFormat.PCMU
AGREED = SessionConfig(
    voice="marin", input_format=PCM, output_format=PCM, turn_detection=ServerVad(0.5, 300, 500)
)
OFF = replace(AGREED, turn_detection=None, turn_detection_off=True)
Told = SessionConfig | SessionCreated | ConfigureSession


def call(*told: Told) -> Recording:
    """Return a call: the service's reports of the session, and the client's requests, by second."""
    found = record("1.0-20.0 agent: A long story.")
    events = [*found.events]
    commands = [*found.commands]
    for at_s, one in enumerate(told):
        if isinstance(one, ConfigureSession):
            commands.append(SentCommand(float(at_s), one))
        else:
            event = SessionUpdated("s", one) if isinstance(one, SessionConfig) else one
            events.append(AgentEvent(float(at_s), event))
    return replace(found, events=tuple(events), commands=tuple(commands))


def asked(**changes: object) -> ConfigureSession:
    return ConfigureSession(SessionConfig(**changes))  # type: ignore[arg-type]


def but(**changes: object) -> SessionConfig:
    return replace(AGREED, **changes)  # type: ignore[arg-type]


ROWS: dict[str, tuple[tuple[Told, ...], list[tuple[float, str, str, str]]]] = {
    "told once": ((AGREED,), []),
    "told again": ((AGREED, AGREED), []),
    "never told": ((), []),
    "another output format": (
        (AGREED, but(output_format=MULAW)),
        [(1.0, "output_format", "pcm16_24k", "pcmu")],
    ),
    "another input format": (
        (AGREED, but(input_format=MULAW)),
        [(1.0, "input_format", "pcm16_24k", "pcmu")],
    ),
    "another voice": ((AGREED, but(voice="ash")), [(1.0, "voice", "marin", "ash")]),
    "another kind of turn detection": (
        (AGREED, but(turn_detection=SemanticVad())),
        [(1.0, "turn_detection", "server_vad", "semantic_vad")],
    ),
    "another threshold": (
        (AGREED, but(turn_detection=ServerVad(0.9, 300, 500))),
        [(1.0, "turn_detection.threshold", "0.5", "0.9")],
    ),
    "turn detection off, told twice": (
        (AGREED, OFF, OFF),
        [(1.0, "turn_detection", "server_vad", "none")],
    ),
    "a change that stays is told once": (
        (AGREED, but(voice="ash"), but(voice="ash")),
        [(1.0, "voice", "marin", "ash")],
    ),
    "a change and back": (
        (AGREED, but(voice="ash"), AGREED),
        [(1.0, "voice", "marin", "ash"), (2.0, "voice", "ash", "marin")],
    ),
    # --- harmless look-alikes
    "less is told": ((AGREED, SessionConfig(voice="marin")), []),
    "more is told": ((SessionConfig(), AGREED), []),
    "other instructions": ((but(instructions="Be quick."), but(instructions="Be kind.")), []),
    "asked for": ((AGREED, asked(voice="ash"), but(voice="ash")), []),
    "asked for, and not served": (
        (AGREED, asked(voice="ash"), AGREED),
        [(2.0, "voice", "ash", "marin")],
    ),
    "asked for before the session stands": ((asked(voice="ash"), AGREED), []),
    "asked to switch turn detection off": (
        (AGREED, asked(turn_detection_off=True), OFF),
        [],
    ),
    "the server's default before it is configured": (
        (SessionCreated("s", but(output_format=MULAW)), AGREED),
        [],
    ),
    "another session": ((AGREED, SessionCreated("t"), but(voice="ash")), []),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_service_changes_a_session_unasked(name: str) -> None:
    told, changes = ROWS[name]
    found = build(call(*told)).session_changes
    assert [(one.at_s, one.setting, one.before, one.after) for one in found] == changes
