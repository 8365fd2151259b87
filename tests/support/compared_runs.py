"""A finished comparison of two small synthetic runs, with sound, flips and hostile words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
from support.synthetic_run import HOSTILE, write_run

from harness.report.compare.html import write_comparison_pages
from harness.results.aggregate import summarize
from harness.results.model import CallResult
from harness.results.store import read_results, write_results
from harness.results.verdicts import call_passed
from harness.runs.comparison import compare_stored

FLIPS = {"straight lookup": "entity_confirmation", "barge-in cancel": "write_confirmation"}
"""The changes with B, by scenario: the first is lost, the second gained."""


def write_comparison_of_two_runs(folder: Path) -> Path:
    """Write two runs and their comparison; return the comparison's folder."""
    first, second = (write_run(folder / name) for name in ("first run", "second run"))
    results = read_results(second / "results.json")
    calls = tuple(_flipped(call) for call in results.calls)
    write_results(second / "results.json", replace(results, calls=calls, summary=summarize(calls)))
    for path in second.rglob("manifest.json"):
        told = f"Never read back.\n{HOSTILE}\nBe \u202ekind."
        path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "instructions": told}))
    out = folder / "out"
    compare_stored((first, second), out, level=0.95, force=False)
    write_comparison_pages(out)
    return out


def _flipped(call: CallResult) -> CallResult:
    scores = tuple(
        replace(
            score,
            outcome="fail" if score.passed else "pass",
            passed=not score.passed,
            reason=f"now otherwise {HOSTILE}",
        )
        if score.scorer == FLIPS.get(call.scenario)
        else score
        for score in call.scores
    )
    passed = call_passed(call.status, scores)
    return replace(call, scores=scores, passed=passed, prompt_hash="another")
