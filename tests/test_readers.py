"""Every place of the product that opens a file to read it: checked for its kind, or explained.

A pipe or a device in the place of a file would keep a command waiting for ever. Files that a user
may name are read with ``storage.open_plain`` or ``read_plain``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import harness

ROOT = Path(harness.__file__).parent

ALLOWED = {
    "audio/ffmpeg.py": "asks open_plain first",
    "audio/wav.py": "asks open_plain first; writes",
    "runs/plan_file.py": "read_plain first, then appends",
    "runs/worker_results.py": "read_plain for a local folder; an object store has no pipes",
    "caller/fixtures.py": "asks is_file first",
    "cli/init.py": "reads and writes files of the package",
    "cli/main.py": "os.devnull",
    "cli/new.py": "reads files of the package; writes new ones",
    "cli/project.py": "asks is_file first",
    "cli/run_output.py": "os.devnull",
    "language/tables.py": "a file of the package, or of the package that brings the language",
    "results/history/store.py": "read_plain for a local folder; an object store has no pipes",
    "pytest_plugin/gates.py": "files of its own temporary folder",
    "recording/writer.py": "its own file, just written",
    "report/ci_formats.py": "appends",
    "report/listen_page.py": "files of the package",
    "report/pages.py": "files of the package",
    "report/review_server.py": "files of the package",
    "results/reviews.py": "asks open_plain first",
    "session/tool_sources.py": "asks is_file first",
    "speech/espeak_process.py": "its own temporary file",
    "speech/moonshine_asr.py": "a file of an installed package",
    "files.py": "asks for the kind itself",
    "transport/stamps.py": "a file of the kernel",
    "runs/embedded.py": "appends",
}
"""Modules that open files without ``open_plain``, and why none of them can wait for ever."""


def opened(tree: ast.AST) -> Iterator[str]:
    """Yield the calls that open a file by another way than ``storage``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id="open"):
                yield "open"
            case ast.Attribute(attr="read_text" | "read_bytes" | "cat_file" | "cat_ranges" as name):
                yield name
            case ast.Attribute(attr="SoundFile" as name):
                yield name
            case ast.Attribute(attr="open", value=value) if _is_of_files(value):
                yield "open"


def _is_of_files(value: ast.expr) -> bool:
    name = ast.unparse(value)
    return name in ("av", "wave", "os") or "path" in name.lower() or "folder" in name


def test_every_reader_of_files_asks_for_their_kind_or_is_explained() -> None:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        if calls := sorted(set(opened(ast.parse(path.read_text(encoding="utf-8"))))):
            found[path.relative_to(ROOT).as_posix()] = calls
    assert sorted(found) == sorted(ALLOWED), found
