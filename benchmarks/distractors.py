"""Measures how often another value of the same dialogue passes for the agreed value.

Makes pairs of calls (``distractor_pairs.py``): in the right call the tool gets the value that the
agent proposed and the caller agreed to, in its wrong twin another value from the same turn. Judges
all calls. Prints a table to standard error (by kind of value, by form, by length of the proposing
turn), then a line of JSON: ``wrong_passes`` and ``right_fails`` are counts, ``wrong_failed`` and
``right_passed`` are shares. Calls that neither pass nor fail are at review.

Usage: ``python benchmarks/distractors.py [--seed N] [--each N] [--kind KIND] [--out FILE]``.
``--out`` writes the calls as JSON Lines for ``harness judge-check``; ``--each`` makes N pairs of
every task, form and length; ``--kind`` leaves out all other kinds of value.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from distractor_pairs import Pair, pairs, tasks

from harness.judging.labelled import LabelledDialogue, checked_writes
from harness.judging.scorers.base import Outcome
from harness.language.language import language_named

ENGLISH = language_named("en")
AXES: dict[str, Callable[[Pair], str]] = {
    "all": lambda pair: "all pairs",
    "kind": lambda pair: pair.kind,
    "form": lambda pair: pair.form,
    "length": lambda pair: pair.length,
}
KINDS = tuple(dict.fromkeys(task["kind"] for task in tasks()))
SHOWN = (Outcome.PASS, Outcome.REVIEW, Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A pair and its verdicts."""

    pair: Pair
    right: Outcome
    wrong: Outcome


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pairs, judge them, print the verdicts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1, help="of the values and the wording")
    options.add_argument("--each", type=int, default=1, help="pairs of a task, form and length")
    options.add_argument("--kind", choices=KINDS, help="only pairs of this kind of value")
    options.add_argument("--out", type=Path, help="file for the calls, as JSON Lines")
    asked = options.parse_args(arguments)
    made = [pair for pair in pairs(asked.seed, each=asked.each) if asked.kind in (None, pair.kind)]
    if asked.out:
        rows = (row for pair in made for row in (pair.right, pair.wrong))
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        asked.out.write_text(lines, encoding="utf-8")
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        judged = list(pool.map(judged_pair, made, chunksize=32))
    print(table(judged), file=sys.stderr)
    print(json.dumps(figures(judged)))


def judged_pair(pair: Pair) -> JudgedPair:
    """Judge both calls of a pair."""
    rows = [
        LabelledDialogue.model_validate_json(json.dumps(row)) for row in (pair.right, pair.wrong)
    ]
    ((right,), (wrong,)) = (tuple(checked_writes(row, ENGLISH, today=row.today)) for row in rows)
    return JudgedPair(pair, right.outcome, wrong.outcome)


def figures(judged: Iterable[JudgedPair]) -> dict[str, float | int]:
    """Return the figures for the JSON line."""
    ones = list(judged)
    wrong, right = Counter(one.wrong for one in ones), Counter(one.right for one in ones)
    return {
        "pairs": len(ones),
        "wrong_passes": wrong[Outcome.PASS],
        "wrong_failed": round(wrong[Outcome.FAIL] / len(ones), 3),
        "right_passed": round(right[Outcome.PASS] / len(ones), 3),
        "right_fails": right[Outcome.FAIL],
        "broken": wrong[Outcome.BROKEN] + right[Outcome.BROKEN],
    }


def table(judged: Iterable[JudgedPair]) -> str:
    """Return the verdicts by each axis, as text."""
    ones = list(judged)
    lines = [
        f"{'':<22}{'wrong twins':^27}{'right originals':^27}",
        f"{'':<22}" + 2 * "".join(f"{outcome.value:>9}" for outcome in SHOWN),
    ]
    for axis, name_of in AXES.items():
        lines += ["", f"by {axis}"] if axis != "all" else []
        for name in dict.fromkeys(name_of(one.pair) for one in ones):
            of_name = [one for one in ones if name_of(one.pair) == name]
            counts = [Counter(one.wrong for one in of_name), Counter(one.right for one in of_name)]
            numbers = "".join(f"{each[outcome]:>9}" for each in counts for outcome in SHOWN)
            lines.append(f"{name:<22}{numbers}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
