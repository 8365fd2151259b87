"""What holds for all tests: they are in nobody's CI, and no example fails for being slow.

In somebody's CI, the failures that they provoke would be reported as real ones.
"""

from __future__ import annotations

import os

from hypothesis import settings

for name in [name for name in os.environ if name.startswith("GITHUB_")]:
    del os.environ[name]

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
