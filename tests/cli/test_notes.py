"""Notes on stderr: each once, with its number."""

from __future__ import annotations

import pytest

from harness.cli.options import merged, print_notes

NOTES: list[tuple[list[str], str]] = [
    ([], ""),
    (["a", "", "b"], "a\nb\n"),
    (["a", "b", "a", "a"], "a (3 times)\nb\n"),
]


@pytest.mark.parametrize(("notes", "told"), NOTES)
def test_a_note_is_printed_once(
    notes: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_notes(notes)
    assert capsys.readouterr().err == told


PROBLEMS: list[tuple[list[tuple[str, str]], list[str]]] = [
    ([], []),
    ([("a.yaml", "odd")], ["a.yaml: odd"]),
    ([("a.yaml", "odd"), ("b.yaml", "even")], ["a.yaml: odd", "b.yaml: even"]),
    ([("a.yaml", "odd"), ("b.yaml", "odd")], ["odd (2 files: a.yaml, b.yaml)"]),
    ([(name, "odd") for name in "abcdef"], ["odd (6 files: a, b, c, d, e, …)"]),
]


@pytest.mark.parametrize(("found", "lines"), PROBLEMS)
def test_a_problem_of_several_files_is_one_line(
    found: list[tuple[str, str]], lines: list[str]
) -> None:
    assert list(merged(found)) == lines
