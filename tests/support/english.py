"""English, as tests hand it to what takes a language."""

from __future__ import annotations

from harness.language.language import language_named

ENGLISH = language_named("en")
