"""A suite whose calls are very cheap and still have a verdict, for tests of gates and CI."""

from __future__ import annotations

from pathlib import Path

from support.small_desk import QUIET, small_desk

STAYS_QUIET = QUIET + "expect: {reply: none}\ntags: [quiet]\n"
"""Passes: the caller is silent, and the agent must be, too."""

NEVER_CALLED = QUIET + "expect: {tools: [{name: lookup_order}]}\n"
"""Fails: the caller never asks for the call that must happen."""


def ci_desk(folder: Path, *, good: tuple[str, ...] = ("calm",), bad: tuple[str, ...] = ()) -> Path:
    """Write a suite with scenarios that pass and scenarios that fail; return its folder."""
    small_desk(folder)
    for text, names in ((STAYS_QUIET, good), (NEVER_CALLED, bad)):
        for name in names:
            whole = text.replace("{name}", name).replace("{seconds}", "0.3")
            (folder / f"{name}.yaml").write_text(whole, encoding="utf-8")
    return folder
