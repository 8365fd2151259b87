"""When a model that is served is another than was asked for, as far as OpenAI's names tell."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"gpt(-live|-(?:4o-|4o-mini-)?realtime(?:-mini|-preview)?)?(?:-(\d(?:\.\d+)?))?(-mini|-nano)?"
    r"(?:-\d{4}-\d{2}-\d{2})?"
)
"""Family, version, size and day of a model."""


def is_another(asked: str, served: str) -> bool:
    """Return whether these are names of two models; a deployment's own name is no model's.

    A name without a version stands for the newest one, and so does one without a day.
    """
    ours, theirs = _NAME.fullmatch(asked), _NAME.fullmatch(served)
    if ours is None or theirs is None:
        return False
    kinds = ours.group(1, 3), theirs.group(1, 3)
    return kinds[0] != kinds[1] or (None not in (ours[2], theirs[2]) and ours[2] != theirs[2])
