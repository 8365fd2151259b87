"""What makes another test, what another agent, and what neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario.load import load_scenario

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
tools:
  - name: note
    kind: write
    description: Keep a note.
    parameters:
      type: object
      properties:
        description: {type: string, description: "What to keep"}
    mock: {returns: {ok: true}}
"""
SCENARIO = """\
format: 1
name: one
description: A caller.
turns:
  - say: Hello.
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "one.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "prompt.md").write_text("Be kind.\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "other_test", "other_agent"),
    [
        ("one.yaml", "Hello", "Hi", True, False),
        ("one.yaml", "A caller", "Someone", False, False),
        ("one.yaml", "format: 1", "# note\nformat: 1", False, False),
        ("one.yaml", "name: one", "name: two", True, False),
        ("suite.yaml", "suite: desk", "suite: shop", True, False),
        ("suite.yaml", "kind: write", "kind: read", True, False),
        ("suite.yaml", "ok: true", "ok: false", True, False),
        ("suite.yaml", "Keep a note", "Write it down", False, True),
        ("suite.yaml", "What to keep", "The words", False, True),
        ("suite.yaml", "description: {type", "text: {type", True, True),
        ("prompt.md", "kind", "short", False, True),
        ("prompt.md", "kind.\n", "kind.\r\n", False, False),
    ],
)
def test_hashes_change_for_their_own_reason(
    desk: Path, file: str, old: str, new: str, other_test: bool, other_agent: bool
) -> None:
    before = load_scenario(desk / "one.yaml")
    path = desk / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())
    after = load_scenario(desk / "one.yaml")
    assert (after.hash != before.hash) is other_test
    assert (after.prompt_hash != before.prompt_hash) is other_agent
    assert len(before.hash) == len(before.prompt_hash) == 64
