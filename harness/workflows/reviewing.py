"""A person's verdicts on a stored run: whom a command means, keeping them, judging the run anew."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from harness.calls.again import CALLS
from harness.errors import UsageError
from harness.results.aggregate import summarize
from harness.results.model import GateResult, RunResults
from harness.results.reviews import (
    ReviewAnswer,
    ReviewQuestion,
    keep_review,
    questions,
    read_reviews,
)
from harness.results.store import RESULTS, check_output, read_results, write_results
from harness.storage import write_whole
from harness.workflows.gating import GateRequest, Gating, gating_of_results

LABELS = (".csv", ".jsonl")


@dataclass(frozen=True, slots=True)
class Reviewing:
    """A stored run that a person judges; the folder is this process's alone."""

    folder: Path
    by: str
    gating: Gating
    """Which gates judge it, found before the first verdict is given."""
    gates: tuple[GateResult, ...]
    """Those that judged it before."""

    def questions(self) -> tuple[ReviewQuestion, ...]:
        """Return what the run asks, with the answers so far."""
        run = read_results(self.folder / RESULTS)
        return questions(run.calls, read_reviews(self.folder) or ())

    def give(self, question: ReviewQuestion, answer: ReviewAnswer, note: str = "") -> None:
        """Keep one verdict; raises StorageFailed."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        keep_review(self.folder, question.answered(answer, by=self.by, at=at, note=note))

    def judge(self, *, today: date) -> RunResults:
        """Judge the run by all verdicts and its gates, write results.json, and return it."""
        run = read_results(self.folder / RESULTS)
        fresh = replace(run, gates=(), quarantined=(), summary=summarize(run.calls))
        judged = self.gating.judge(fresh, today=today)
        write_results(self.folder / RESULTS, judged)
        return judged


def reviewing(run_folder: Path, request: GateRequest, *, by: str) -> Reviewing:
    """Begin to review a stored run.

    Raises:
        RecordingDamaged: its results, or the verdicts on them, cannot be read.
        FaultyFiles: a gate file has faults, or a baseline is missing.
    """
    run = read_results(run_folder / RESULTS)
    return Reviewing(run_folder, by, gating_of_results(run, request), run.gates)


def meant(asked: Iterable[ReviewQuestion], call: str, scorer: str) -> ReviewQuestion:
    """Return the question on a call, named by its folder or its scenario, and a scorer.

    Raises:
        UsageError: there is no such question, or a name fits several calls; says what there is.
    """
    asked = tuple(asked)
    there = [one for one in asked if _is_named(one, call)]
    fitting = [one for one in there if one.score.scorer == scorer]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        places = ", ".join(one.call.recording for one in fitting)
        raise UsageError(f"{call!r} is {len(fitting)} calls: {places}; name one of these folders")
    known = ", ".join(f"{one.call.recording} {one.score.scorer}" for one in there or asked)
    raise UsageError(
        f"{call} {scorer} asks nobody: only a verdict of 'review' takes a person's; "
        f"those of this run: {known or 'none'}"
    )


def _is_named(question: ReviewQuestion, call: str) -> bool:
    place = PurePosixPath(call)
    folder = PurePosixPath(question.call.recording)
    return call == question.call.scenario or folder in (place, CALLS / place)


def write_labels(asked: Iterable[ReviewQuestion], path: Path) -> int:
    """Write the answers that hold as labels, a row each, CSV or JSON lines; returns their number.

    Raises:
        UsageError: the name ends in neither, or the file holds stored results.
        StorageFailed: it cannot be written.
    """
    if path.suffix not in LABELS:
        raise UsageError(f"--export {path}: expected a name that ends in .csv or .jsonl")
    check_output("--export", path)
    rows = [_label(one) for one in asked if one.answer is not None]
    if path.suffix == ".csv":
        text = io.StringIO()
        table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        data = text.getvalue()
    else:
        data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_whole(path, data.encode("utf-8", "replace"))
    return len(rows)


_COLUMNS = (
    *("suite", "scenario", "condition", "repeat", "seed", "recording", "scorer", "version"),
    *("label", "by", "at", "note", "question", "evidence"),
)


def _label(question: ReviewQuestion) -> dict[str, object]:
    call, score, answer = question.call, question.score, question.answer
    assert answer is not None
    spans = ((span.start_s, span.end_s) for span in score.evidence)
    return {
        "suite": call.suite,
        "scenario": call.scenario,
        "condition": call.condition,
        "repeat": call.repeat,
        "seed": call.seed,
        "recording": call.recording,
        "scorer": score.scorer,
        "version": answer.version,
        "label": answer.verdict.value,
        "by": answer.by,
        "at": answer.at,
        "note": answer.note,
        "question": score.reason,
        "evidence": " ".join(f"{start_s:.2f}-{end_s:.2f}" for start_s, end_s in spans),
    }
