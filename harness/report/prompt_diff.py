"""What changed in words, with the lines and tools of a prompt where both texts are known."""

from __future__ import annotations

from collections.abc import Iterable

from harness.history.changes import PROMPT, Change
from harness.results.prompt_diff import PromptChange


def told(changes: Iterable[Change], prompt: PromptChange) -> tuple[str, ...]:
    """Return each change in words; a prompt that is known by its lines and tools by these."""
    return tuple(
        text for one in changes for text in ((one.what == PROMPT and prompt.told) or (str(one),))
    )
