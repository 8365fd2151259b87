"""Tests do not believe that they run in somebody's CI, where their failures would be reported."""

from __future__ import annotations

import os

for name in [name for name in os.environ if name.startswith("GITHUB_")]:
    del os.environ[name]
