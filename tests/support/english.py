"""English, as tests pass it to functions that take a language."""

from __future__ import annotations

from harness.language.language import language_named

ENGLISH = language_named("en")
