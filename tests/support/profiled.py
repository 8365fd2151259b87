"""How often functions are called: work counted, which no busy machine makes slower."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def functions_called() -> Iterator[Counter[str]]:
    """Count by name the functions that this thread calls in the block, those in C too."""
    called: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            called[frame.f_code.co_name] += 1
        elif event == "c_call":
            called[argument.__name__] += 1

    sys.setprofile(count)
    try:
        yield called
    finally:
        sys.setprofile(None)
