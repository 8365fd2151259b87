"""``run_call``: a single call from a script, as a notebook makes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.pages import ROOT

from harness.api import run_call
from harness.errors import FaultyFiles

SCENARIO = ROOT / "scenarios/order_desk/escalation/one_failed_lookup.yaml"

# Without `if __name__ == "__main__"`: the workers must not run the script again.
SCRIPT = """
from pathlib import Path
from harness.api import read_recording, run_call
result = run_call({scenario!r}, out={out!r}, fault="skip_read_back")
recording = read_recording(Path({out!r}) / result.recording)
print(result.passed, [one.scorer for one in result.scores if one.outcome == "fail"])
print(len(recording.played) > 0)
"""


def test_a_script_without_a_main_guard_makes_a_call(tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    (tmp_path / "script.py").write_text(SCRIPT.format(scenario=str(SCENARIO), out=out))
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["False ['entity_confirmation']", "True"]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        ".harness.lock", "calls", "plan.json", "results.json",
    ]  # fmt: skip


def test_a_faulty_scenario_is_refused_before_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("format: 1\nname: x\nturn: []\n")
    with pytest.raises(FaultyFiles):
        run_call(path, out=tmp_path / "run")
    assert not (tmp_path / "run/plan.json").exists()
