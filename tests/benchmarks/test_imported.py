"""Our own calls, exported as stereo sound with transcripts and imported: no verdict differs."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from harness.cli.main import run_command
from harness.recording.provenance import Estimate
from harness.recording.store import read_recording
from harness.results.store import RESULTS, read_results

PATH = Path(__file__).parents[2] / "benchmarks" / "imported.py"
CALLED = ("straight lookup", "yes over the read-back", "order number in a noisy cafe")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("imported_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("imported") / "live"
    for number, name in enumerate(CALLED):
        assert run_command(["run", "--scenario", name, "--out", f"{out}-{number}"]) == 0
    return out


@pytest.mark.parametrize("way", ["heard", "meant", "none"])
def test_no_verdict_of_an_imported_call_differs(
    benchmark: ModuleType, live: Path, way: str
) -> None:
    folder = live.parent / way
    rows: dict[str, dict[str, str]] = {}
    before = []
    facts = folder.parent / f"{way}.facts.json"
    for number in range(len(CALLED)):
        run = Path(f"{live}-{number}")
        benchmark.export(run, folder, way)
        rows |= json.loads(facts.read_text())
        before += read_results(run / RESULTS).calls
    facts.write_text(json.dumps(rows))

    calls = benchmark.imported(folder, folder.parent / f"{way}-run")

    found = benchmark.agreement(tuple(before), calls)
    hows = {key[1] for key in found if len(key) == 2}
    allowed = {
        "heard": {"same"},
        "meant": {"same", "unscorable"},
        "none": {"same", "unscorable", "review"},
    }
    assert len(calls) == len(CALLED)
    scores = sum(len(call.scores) for call in before)
    assert sum(found[key] for key in found if len(key) == 2) == scores > 0
    assert hows <= allowed[way], found
    assert {call.call for call in calls} == set(rows)
    words = Estimate.WORDS in _estimated(folder.parent / f"{way}-run" / calls[0].recording)
    assert words is (way == "none")


def _estimated(folder: Path) -> tuple[Estimate, ...]:
    origin = read_recording(folder).manifest.origin
    assert origin is not None
    return origin.estimated
