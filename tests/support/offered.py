"""Packages with plug-ins for the harness, installed for the length of a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.installed import install

from harness import plugins


def forget_installed() -> None:
    """Make the registries look again; they look once per process."""
    plugins.installed.cache_clear()


def offer(
    monkeypatch: pytest.MonkeyPatch, folder: Path, module: str, code: str, **points: str
) -> None:
    """Install a package of one module; ``transports="mine = module:connect"`` is an entry point."""
    project, site = folder / module, folder / "site"
    project.mkdir(parents=True)
    site.mkdir(exist_ok=True)
    (project / f"{module}.py").write_text(code, encoding="utf-8")
    named = {group: _pair(point) for group, point in points.items()}
    tables = "".join(
        f'[project.entry-points."harness.{group}"]\n{key} = "{value}"\n'
        for group, (key, value) in named.items()
    )
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "{module}"\nversion = "1"\n{tables}', encoding="utf-8"
    )
    install(project, site)
    monkeypatch.syspath_prepend(site)
    forget_installed()


def _pair(point: str) -> tuple[str, str]:
    key, _, value = point.partition(" = ")
    return key, value
