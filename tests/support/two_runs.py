"""Runs of two agents as data: the verdicts in each scenario and repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from support.synthetic_run import result, run_results, score

from harness.results.compare.measures import Pair
from harness.results.model import CallResult, RunResults

OUTCOMES = {"+": "pass", "-": "fail", "?": "review", ".": "not_applicable"}


def calls(name: str, more: Mapping[str, Any] | None = None, **verdicts: str) -> list[CallResult]:
    """Return the repeats of one scenario; ``rule="+-?."`` gives a scorer's verdict per repeat.

    ``waits`` in ``more`` are the seconds of each repeat's only answer.
    """
    values = dict(more or {})
    waits = values.pop("waits", None)
    made = []
    for repeat in range(len(next(iter(verdicts.values()), waits or ()))):
        scores = [
            score(scorer, OUTCOMES[said[repeat]], f"{scorer} says {said[repeat]}")
            for scorer, said in verdicts.items()
        ]
        if waits is not None:
            took = {"text": "hello", "with_tool": False, "took_s": waits[repeat]}
            scores.append(score("time_to_first_audio", "pass", "quick", waits=[took]))
        made.append(
            result(
                name,
                *scores,
                repeat=repeat,
                seed=7 + repeat,
                suite="desk",
                scenario_hash="s1",
                prompt_hash="p1",
                recording=f"calls/{name}/{repeat + 1:03d}",
                **values,
            )
        )
    return made


def run(*groups: list[CallResult], **more: Any) -> RunResults:
    """Return a run of these calls."""
    made = run_results(tuple(call for group in groups for call in group))
    settings = {"target": "reference", "model": "reference"}
    return replace(made, **{"target_settings": settings, **more})


def pairs(a: list[CallResult], b: list[CallResult]) -> tuple[Pair, ...]:
    """Return calls paired in order."""
    return tuple(Pair(x, y) for x, y in zip(a, b, strict=True))
