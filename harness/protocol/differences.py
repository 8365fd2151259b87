"""Where a session is not as it was asked for: what we set, beside what the service says of it.

Only what both sides say is compared: what was not asked is the service's own, and what the service
does not tell may be as it was asked. Settings are named as target files name them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig, Tool
from harness.protocol.items import AudioFormat


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that was asked for, and is another."""

    setting: str
    asked: str
    served: str

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.setting}: asked {self.asked}, served {self.served}"


_NAMES = {
    "transcription_model": "input_transcription.model",
    "transcription_language": "input_transcription.language",
    "transcription_prompt": "input_transcription.prompt",
    "modalities": "output",
}
_MODELS = ("model", "backend_model")
_ELSEWHERE = frozenset({"turn_detection", "turn_detection_off", "resumption", *_MODELS})
"""What is compared by itself."""

_ROUNDED = 1e-6
"""Services keep numbers as 32-bit ones: 0.9 comes back as 0.8999999762."""


def differences(
    asked: SessionConfig, served: SessionConfig, *, another: Callable[[str, str], bool]
) -> tuple[Difference, ...]:
    """Return what is not as it was asked for, in the order of the settings.

    Services name models in full, and deployments as they like: the vendor knows whether the name
    that was asked for and the one that is served are of ``another`` model.
    """
    models = _models(asked, served, another)
    return (*models, *_settings(asked, served), *_turn_detection(asked, served))


def _models(
    asked: SessionConfig, served: SessionConfig, another: Callable[[str, str], bool]
) -> Iterator[Difference]:
    for name in _MODELS:
        ours, theirs = getattr(asked, name), getattr(served, name)
        if ours is not None and theirs is not None and another(ours, theirs):
            yield Difference(name, ours, theirs)


def _settings(asked: SessionConfig, served: SessionConfig) -> Iterator[Difference]:
    for name in (each.name for each in fields(SessionConfig) if each.name not in _ELSEWHERE):
        ours, theirs = getattr(asked, name), getattr(served, name)
        if not _fits(ours, theirs):
            yield Difference(_NAMES.get(name, name), *_shown(name, ours, theirs))


def _turn_detection(asked: SessionConfig, served: SessionConfig) -> Iterator[Difference]:
    ours, theirs = _kind(asked), _kind(served)
    if not _fits(ours, theirs):
        yield Difference("turn_detection", str(ours), str(theirs))
    elif asked.turn_detection is not None and served.turn_detection is not None:
        told = asdict(served.turn_detection)
        for name, value in asdict(asked.turn_detection).items():
            if not _fits(value, told[name]):
                yield Difference(f"turn_detection.{name}", _text(value), _text(told[name]))


def _kind(session: SessionConfig) -> str | None:
    match session.turn_detection:
        case ServerVad():
            return "server_vad"
        case SemanticVad():
            return "semantic_vad"
        case _:
            return "none" if session.turn_detection_off else None


def _fits(asked: Any, served: Any) -> bool:
    """Return whether what is served is what was asked, or nothing is known to the contrary."""
    if asked is None or served is None:
        return True
    if isinstance(asked, Mapping) and isinstance(served, Mapping):
        return all(_fits(value, served.get(name)) for name, value in asked.items())
    if isinstance(asked, float) and isinstance(served, int | float):
        return math.isclose(asked, served, rel_tol=_ROUNDED)
    if isinstance(asked, str) and isinstance(served, str):
        return asked.strip() == served.strip()
    if isinstance(asked, tuple):
        return _names(asked) == _names(served)
    return bool(asked == served)


def _names(values: tuple[Any, ...]) -> list[str]:
    """Return tools by their names, as services write their parameters anew; anything in order."""
    return sorted(value.name if isinstance(value, Tool) else str(value) for value in values)


def _shown(name: str, asked: Any, served: Any) -> tuple[str, str]:
    if name == "instructions":
        return f"{len(asked):,} characters", f"other words, {len(served):,} characters"
    return _text(asked), _text(served)


def _text(value: Any) -> str:
    """Return a value as a target file has it."""
    match value:
        case bool():
            return str(value).lower()
        case AudioFormat():
            return value.value
        case tuple():
            return ", ".join(_names(value)) or "none"
        case Mapping():
            told = ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
            return f"{{{told}}}"
        case _:
            return str(value)
