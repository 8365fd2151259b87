from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location(
    "same", Path(__file__).parents[2] / "benchmarks" / "same.py"
)
same = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(same)


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("before", "now", "differs"),
    [
        ({"a/x": "one\ntwo"}, {"a/x": "one\ntwo"}, None),
        ({"x": "at 2026-11-26T19:22:07.5Z"}, {"x": "at 2026-11-27T08:00:01Z"}, None),
        ({"x": f'"digest": "{"ab" * 16}"'}, {"x": f'"digest": "{"cd" * 16}"'}, None),
        ({"x": f'"prompt_hash": "{"a" * 64}"'}, {"x": f'"prompt_hash": "{"b" * 64}"'}, "x: line 1"),
        ({"x": "one\ntwo"}, {"x": "one\ntoo"}, "x: line 2: b'two' before, b'too' now"),
        ({"x": "wait 0.31 s"}, {"x": "wait 0.32 s"}, "x: line 1: b'wait 0.31 s' before"),
        ({"x": "one"}, {"x": "one\ntwo"}, "x: 3 bytes before, 7 now"),
        ({"x": "", "y": ""}, {"x": ""}, "y: only before"),
        ({"x": ""}, {"x": "", "y": ""}, "y: only now"),
        ({}, {}, "neither tree wrote a file"),
    ],
)
def test_runs_are_the_same_but_for_their_moments(
    tmp_path: Path, before: dict[str, str], now: dict[str, str], differs: str | None
) -> None:
    found = same.differences(written(tmp_path / "before", before), written(tmp_path / "now", now))
    lines = list(found)
    if differs is None:
        assert lines == []
    else:
        assert len(lines) == 1
        assert lines[0].startswith(differs)
