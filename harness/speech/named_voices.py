"""Callers by plain names: which of eSpeak's voices is meant by "old woman" or "Scottish man"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedVoice:
    """A person as eSpeak can play them: timbre and pitch, and an accent of their own or none."""

    variant: str
    about: str
    accent: str | None = None
    """eSpeak's voice of a region; None takes the accent of the suite."""


VOICES: Mapping[str, NamedVoice] = {
    "woman": NamedVoice("f2", "a woman; the usual caller"),
    "man": NamedVoice("m6", "a man"),
    "young_woman": NamedVoice("f5", "a young woman, breathy"),
    "deep_man": NamedVoice("m8", "a man with a deep voice"),
    "old_woman": NamedVoice("grandma", "an old woman, trembling"),
    "old_man": NamedVoice("grandpa", "an old man, trembling"),
    "british_woman": NamedVoice("f2", "a woman, southern England", "en-gb-x-rp"),
    "british_man": NamedVoice("m6", "a man, southern England", "en-gb-x-rp"),
    "scottish_woman": NamedVoice("f2", "a woman, Scotland", "en-gb-scotland"),
    "scottish_man": NamedVoice("m3", "a man, Scotland", "en-gb-scotland"),
    "caribbean_woman": NamedVoice("f2", "a woman, Caribbean", "en-029"),
    "new_york_man": NamedVoice("m6", "a man, New York City", "en-us-nyc"),
}
"""Those with an accent of their own are for English; none of them sounds like the agents' voice."""


def espeak_voice(name: str, accent: str = "en-us") -> str:
    """Return eSpeak's own name of a voice, which may be given by a plain one."""
    named = VOICES.get(name)
    return name if named is None else f"{named.accent or accent}+{named.variant}"
