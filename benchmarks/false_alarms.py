"""How often ``harness compare`` gives a false alarm: an agent against itself, 1,000 times.

Prints a JSON line: ``false_alarm_rate`` is the share of simulated comparisons in which any
measure was significant after Holm (over the tests that can be, Tarone), ``stated_rate`` the
maximum that the comparison promises;
``without_holm`` is the share if every scorer were tested for itself.
Each simulated comparison splits the stored calls of every scenario (``seeds`` of them, all of one
agent) at random into A and B, and tests them with the measures and the correction of the product.
``rates`` are the agent's own pass rates: an agent that never fails cannot give a false alarm, so
this agent has a vague prompt.

Usage: ``python benchmarks/false_alarms.py [FOLDER]``. FOLDER is a finished ``harness compare
--aa``; without it, a comparison of 40 seeds and five scenarios is made (200 calls in virtual time).
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from harness.cli.progress import progress_for
from harness.results.compare.measures import Pair, measures
from harness.results.compare.power import Design
from harness.results.compare.statistics import LEVEL, holm_tarone
from harness.results.model import CallResult
from harness.results.store import read_results
from harness.results.verdicts import counts
from harness.runs.comparison import carry_out_comparison
from harness.runs.variants import CompareRequest, plan_comparison

COMPARISONS = 1_000
SEEDS = 40
SUITE = Path(__file__).parents[1].resolve() / "scenarios" / "order_desk"
PATHS = (SUITE / "write", SUITE / "lookup" / "straight.yaml")

Groups = dict[tuple[str, str], list[CallResult]]


def main() -> None:
    """Simulate on a stored comparison, or on a new comparison."""
    if len(sys.argv) > 1:
        print(json.dumps(simulate(stored(Path(sys.argv[1])))))
        return
    # the noise floor that it leaves is of no real agent, so it stays in the scratch folder, too
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        make(Path(scratch))
        print(json.dumps(simulate(stored(Path(scratch)))))


def make(out: Path) -> None:
    """Call an agent with a vague prompt twice, with 20 seeds each."""
    prompt = out / "vague.md"
    clear = (SUITE / "prompts" / "baseline.md").read_text(encoding="utf-8")
    prompt.write_text(clear.replace("always ", "try to ").replace("Always", "Try to"))
    plan = plan_comparison(
        CompareRequest(paths=PATHS, prompts=(prompt,), aa=True, repeat=SEEDS // 2, out=out)
    )
    carry_out_comparison(plan, progress_for)


def stored(folder: Path) -> Groups:
    """Return the calls of both halves by scenario: they are all of the same agent."""
    groups: Groups = defaultdict(list)
    for half in ("a", "b"):
        for call in read_results(folder / half / "results.json").calls:
            if counts(call):
                groups[call.suite, call.scenario].append(call)
    return dict(groups)


def simulate(groups: Groups) -> dict[str, object]:
    """Return the line to print."""
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(partial(smallest_p, groups), range(COMPARISONS), chunksize=50))
    alarm = 1 - LEVEL
    return {
        "false_alarm_rate": sum(after < alarm for after, _ in found) / COMPARISONS,
        "stated_rate": round(alarm, 6),
        "comparisons": COMPARISONS,
        "seeds": max(len(calls) for calls in groups.values()),
        "scenarios": len(groups),
        "calls": sum(len(calls) for calls in groups.values()),
        "without_holm": sum(alone < alarm for _, alone in found) / COMPARISONS,
        "rates": rates(groups),
    }


def smallest_p(groups: Groups, seed: int) -> tuple[float, float]:
    """Return the smallest probability of a simulated comparison, after Holm and before."""
    draw = random.Random(seed)
    pairs: list[Pair] = []
    for calls in groups.values():
        mixed = draw.sample(calls, len(calls))
        half = len(mixed) // 2
        pairs += [Pair(a, b) for a, b in zip(mixed[:half], mixed[half:], strict=False)]
    found = measures(pairs)
    design = Design(tests=len(found))
    alone = [measure.p(design) for measure in found]
    after = holm_tarone(alone, [measure.min_attainable_p for measure in found], 1 - LEVEL)
    return min(after), min(alone)


def rates(groups: Groups) -> dict[str, float]:
    """Return the share of calls that each scorer passed."""
    verdicts: dict[str, list[bool]] = defaultdict(list)
    for calls in groups.values():
        for call in calls:
            for score in call.scores:
                if score.passed is not None:
                    verdicts[score.scorer].append(score.passed)
    return {name: round(sum(said) / len(said), 3) for name, said in sorted(verdicts.items())}


if __name__ == "__main__":
    main()
