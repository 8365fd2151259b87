"""Changes in words, with the changed lines and tools of a prompt if both texts are known."""

from __future__ import annotations

from collections.abc import Iterable

from harness.history.changes import PROMPT, Change
from harness.results.prompt_diff import PromptChange


def texts_of(changes: Iterable[Change], prompt: PromptChange) -> tuple[str, ...]:
    """Return each change in words; a changed prompt by its lines and tools, if they are known."""
    texts: list[str] = []
    for one in changes:
        texts += prompt.texts if one.what == PROMPT and prompt.texts else (str(one),)
    return tuple(texts)
