"""Installs a project as ``pip install`` would, into a folder on the path, without any network.

``python -m support.installed ./mine`` replaces ``python -m pip install ./mine`` while a guide is
run; packages from outside the page (the harness itself, pytest) are installed already.
"""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

SITE = "HARNESS_TEST_SITE"
"""Environment variable that names the folder."""


def install(project: Path, site: Path) -> None:
    """Make a project's entry points known and its modules importable."""
    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = site / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    info.mkdir()
    known = f"Name: {about['name']}\nVersion: {about['version']}\n"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{known}")
    lines = []
    for group, points in about.get("entry-points", {}).items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for module in project.glob("*.py"):
        (site / module.name).symlink_to(module.resolve())


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if Path(argument, "pyproject.toml").is_file():
            install(Path(argument), Path(os.environ[SITE]))
