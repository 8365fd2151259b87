"""A terminal, a disk and a folder that are gone: one line, or none, and the right exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.scenario.fault_text import expression_fault

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="has /dev/full and a POSIX shell")


def in_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line in which H is the harness."""
    command = line.replace("H ", f"{sys.executable} -m harness ", 1)
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("H list voices >&-", 0, ""),
        ("H list voices >&- 2>&- <&-", 0, ""),
        ("H schema scenario >&-", 0, ""),
        ("H list voices >/dev/full", 3, "cannot write to the standard output: No space left"),
        ("H --version >/dev/full", 3, "cannot write to the standard output: No space left"),
        ("H scenarios check gone.yaml 2>/dev/full", 2, ""),
        ("H scenarios check gone.yaml >/dev/full 2>/dev/full", 2, ""),
        ("H list voices | true", 0, ""),
        ("mkdir x; cd x; rmdir ../x; H list voices", 2, "the folder in which this was started is"),
        ("mkdir x; cd x; rmdir ../x; H run y", 2, "the folder in which this was started is gone"),
    ],
)
def test_odd_surroundings_are_one_line_and_the_right_exit_code(tmp_path, line, code, told):
    ended = in_shell(line, tmp_path)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (code, int(bool(told))), ended
    assert told in ended.stderr


@pytest.mark.parametrize("text", ["(" * 5000, "(" * 5000 + ")" * 5000, "(?:a{1,9}" * 600])
def test_brackets_without_end_are_a_fault_of_the_expression(text):
    fault = expression_fault(text)
    assert fault is not None
    assert "nested too deeply" in fault


def test_a_set_that_python_may_read_otherwise_one_day_is_no_warning():
    assert expression_fault("[[a]") is None
