"""A target's settings as a run stores them, flat, and in which of them two runs differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHOWN = 5


def flat_settings(settings: Mapping[str, Any], inside: str = "") -> dict[str, str]:
    """Return settings by their whole name: ``session.voice``."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= flat_settings(value, f"{inside}{key}.")
        else:
            flat[f"{inside}{key}"] = "none" if value is None else str(value)
    return flat


def differing_settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """Return "model x → y, session.voice marin → cedar", the target's name apart.

    Empty where none differs, or where a run of an older harness does not know its settings.
    """
    if not (a and b):
        return ""
    before, after = flat_settings(a), flat_settings(b)
    names = dict.fromkeys(name for name in (*before, *after) if name != "target")
    sides = [(name, before.get(name, "none"), after.get(name, "none")) for name in names]
    found = [f"{name} {old} → {new}" for name, old, new in sides if old != new]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
