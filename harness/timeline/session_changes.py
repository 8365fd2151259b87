"""Changes that a service made to a running session, although no client asked for them.

A client decodes audio and expects turns as negotiated. A change that it requests later is not one
of the service's own. After a reconnect, the comparison starts with the new session.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.protocol.commands import ConfigureSession, SessionConfig, merged
from harness.protocol.differences import differences
from harness.protocol.events import SessionCreated, SessionUpdated
from harness.recording.model import Recording
from harness.timeline.intervals import on_grid
from harness.timeline.model import SessionChange

_COMPARED = ("input_format", "output_format", "voice", "turn_detection")
"""Settings by which a client decodes audio, or by which a caller notices a change."""


def session_changes(recording: Recording) -> Iterator[SessionChange]:
    """Yield every change of a setting that was known before, in order of time."""
    asked = [
        (each.at_s, each.command.config)
        for each in recording.commands
        if isinstance(each.command, ConfigureSession)
    ]
    told = [
        (each.at_s, each.event)
        for each in recording.events
        if isinstance(each.event, SessionCreated | SessionUpdated)
    ]
    held: SessionConfig | None = None
    for at_s, what in sorted((*asked, *told), key=lambda one: one[0]):
        if isinstance(what, SessionCreated):
            held = None
        elif isinstance(what, SessionConfig):
            held = held and _after(held, what)
        else:
            yield from () if held is None else _changed(at_s, held, what.config)
            held = what.config if held is None else _after(held, what.config)


def _after(session: SessionConfig, change: SessionConfig) -> SessionConfig:
    found = merged(session, change)
    return replace(found, turn_detection=None) if change.turn_detection_off else found


def _changed(at_s: float, held: SessionConfig, served: SessionConfig) -> Iterator[SessionChange]:
    for found in differences(held, served, another=lambda ours, theirs: False):
        if found.setting.partition(".")[0] in _COMPARED:
            yield SessionChange(on_grid(at_s), found.setting, found.asked, found.served)
