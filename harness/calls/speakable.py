"""What of a scenario a target's dialect has no words for."""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocol.session import Dialect
from harness.scenario.document import KeyPath
from harness.scenario.model import Scenario
from harness.scenario.script import Turn
from harness.scenario.steps import STEPS

_NOT_SPOKEN = ("text", "image", "audio_item", "disconnect", *STEPS)
"""Keys of a turn that is not speech on the line."""

_NOTHING_WRITTEN = "in which nothing can be written into a conversation"

_KEYS = {"transcription_model": "input_transcription"}
"""What a scenario calls a setting, where that is another name."""


def unspeakable(scenario: Scenario, dialect: Dialect) -> Iterator[tuple[KeyPath, str]]:
    """Yield the keys of a scenario that cannot be said in a dialect, and why."""
    if scenario.history and not dialect.takes_items:
        yield ("history",), _NOTHING_WRITTEN
    for number, earlier in enumerate(scenario.history if dialect.takes_items else ()):
        if earlier.role not in (None, *dialect.roles):
            yield ("history", number, "role"), _no_words_of(earlier.role)
    for number, turn in enumerate(scenario.turns):
        for key, problem in _of_turn(turn, dialect):
            yield ("turns", number, *key), problem


def _of_turn(turn: Turn, dialect: Dialect) -> Iterator[tuple[KeyPath, str]]:
    if turn.audio_item and not dialect.takes_sounds:
        yield ("audio_item",), "in which sound is on the line alone"
    if turn.image is not None and not dialect.takes_images:
        yield ("image",), "which takes no pictures"
    if turn.text is not None and not dialect.takes_items:
        yield ("text",), _NOTHING_WRITTEN
    inject, puts_in = turn.inject, dialect.takes_items or dialect.takes_remarks
    if inject is not None and not puts_in:
        yield ("inject",), _NOTHING_WRITTEN
    elif inject is not None and inject.role not in dialect.roles:
        yield ("inject", "role"), _no_words_of(inject.role)
    yield from _of_session(turn, dialect)


def _of_session(turn: Turn, dialect: Dialect) -> Iterator[tuple[KeyPath, str]]:
    if turn.disconnect is not None and not (dialect.takes_items or dialect.resumes):
        yield ("disconnect",), "in which a session cannot be told what was said before it"
    if turn.out_of_band is not None and not dialect.answers_out_of_band:
        yield ("out_of_band",), "in which nothing can be asked beside the conversation"
    change = turn.session_update
    if change is not None and not dialect.takes_updates:
        yield ("session_update",), "in which a session stays as it began"
    elif change is not None:
        wanted = change.wanted()
        for name, _ in dialect.lacking(wanted):
            yield ("session_update", name), "which has no such setting"
        for name in dialect.fixed:
            if getattr(wanted, name) is not None:
                yield ("session_update", _KEYS.get(name, name)), "in which that stays as it began"


def _no_words_of(role: str | None) -> str:
    return f"in which nothing is written as the words of {role!r}"


def unwritable(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Yield what means nothing where a service only writes down speech, and why."""
    problem = "and asks for a transcription session, into which only speech goes"
    if scenario.history:
        yield ("history",), problem
    for number, turn in enumerate(scenario.turns):
        for key in _NOT_SPOKEN:
            if getattr(turn, key) is not None:
                yield ("turns", number, key), problem
