"""The simulation of false alarms, on calls whose difference is known."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from support.synthetic_run import result, score

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.syspath_prepend(BENCHMARKS)  # as Python has it when it runs the file
    monkeypatch.setitem(sys.modules, name, module)  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


STARTED = [
    path
    for path in sorted(BENCHMARKS.glob("*.py"))
    # To load ``__main__.py`` by its name is to run them all; tests/benchmarks has tests of its own.
    if "__main__" in path.read_text() and path.stem != "__main__"
]


@pytest.mark.parametrize("path", STARTED, ids=lambda path: path.stem)
def test_every_benchmark_can_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main: Callable[[], None] = load(path.stem, monkeypatch).main
    assert main.__doc__


def test_one_simulated_comparison_corrects_for_the_number_of_its_scorers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulation = load("false_alarms", monkeypatch)
    calls = [
        replace(
            result("quiet", *(score(name, "fail" if n % 3 else "pass", "") for name in names)),
            seed=n,
        )
        for names in [("preamble", "escalation", "barge_in_yield")]
        for n in range(40)
    ]
    smallest = [simulation.smallest_p({("desk", "quiet"): calls}, seed) for seed in range(20)]
    assert len(set(smallest)) > 1
    for after, alone in smallest:
        # the three scorers fail together, so Holm's smallest is three times the smallest alone
        assert after == pytest.approx(min(1.0, 3 * alone))
