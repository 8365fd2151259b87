"""A person's verdicts on a stored run: selecting a verdict, keeping it, judging the run again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from harness.errors import UsageError, did_you_mean
from harness.files import write_whole
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
from harness.runs.gates import GateRequest, Gating, gating_of_results
from harness.runs.rescore import CALLS

LABELS = (".csv", ".jsonl")

_SHOWN = 10
"""Verdicts that an error message lists."""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """A stored run that a person judges; the folder is this process's alone."""

    folder: Path
    by: str
    gating: Gating
    """The gates that judge it, found before the first verdict is given."""
    gates: tuple[GateResult, ...]
    """The gates that judged it before."""

    def questions(self) -> tuple[ReviewQuestion, ...]:
        """Return all verdicts that a person may give, with the answers so far."""
        run = read_results(self.folder / RESULTS)
        return questions(run.calls, read_reviews(self.folder) or ())

    def give(self, question: ReviewQuestion, answer: ReviewAnswer, note: str = "") -> None:
        """Keep a verdict; raises StorageFailed, UsageError as ``ReviewQuestion.answered``."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        keep_review(self.folder, question.answered(answer, by=self.by, at=at, note=note))

    def judge(self, *, today: date) -> RunResults:
        """Judge the run by all verdicts and its gates, write results.json, and return it."""
        run = read_results(self.folder / RESULTS)
        # The gates of the stored results judged before this verdict was given.
        fresh = replace(run, gates=(), quarantined=(), summary=summarize(run.calls))
        judged = self.gating.judge(fresh, today=today, run_folder=self.folder)
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


@dataclass(frozen=True, slots=True)
class ReviewChoice:
    """Which verdicts a person is asked about; by default those that the scorers left open.

    ``every`` selects all of them, ``call`` those of a call (its folder or its scenario), ``scorer``
    those of a scorer.
    """

    every: bool = False
    call: str | None = None
    scorer: str | None = None

    @property
    def is_default(self) -> bool:
        """Whether only open verdicts are meant."""
        return not self.every and self.call is None and self.scorer is None

    def of(self, asked: Iterable[ReviewQuestion]) -> tuple[ReviewQuestion, ...]:
        """Return the chosen verdicts; by default also those that a person has answered.

        Raises:
            UsageError: a name matches no verdict; names the alternatives.
        """
        asked, scorer = tuple(asked), self.scorer and _scorer_name(self.scorer)
        if self.is_default:
            # Answered ones stay in the list, so that an answer can be seen and changed.
            return tuple(one for one in asked if one.asks or one.answer or one.stale)
        chosen = tuple(
            one
            for one in asked
            if (self.call is None or _is_named(one, self.call))
            and scorer in (None, one.score.scorer)
        )
        if not chosen and (self.call or scorer):
            raise _no_verdict(self.call, scorer, asked)
        return chosen


def meant(asked: Iterable[ReviewQuestion], call: str, scorer: str) -> ReviewQuestion:
    """Return the verdict on a call, named by its folder or its scenario, of a scorer.

    Raises:
        UsageError: there is none, or a name matches several calls; names the alternatives.
    """
    asked, scorer = tuple(asked), _scorer_name(scorer)
    there = [one for one in asked if _is_named(one, call)]
    fitting = [one for one in there if one.score.scorer == scorer]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        places = ", ".join(one.call.recording for one in fitting)
        raise UsageError(f"{call!r} is {len(fitting)} calls: {places}; name one of these folders")
    # If the call is right, only its own verdicts are alternatives.
    raise _no_verdict(call, scorer, there or asked)


def _scorer_name(given: str) -> str:
    """Return a scorer's name from its form in tables: "tool use" is ``tool_use``."""
    return given.strip().replace(" ", "_").replace("-", "_").lower()


def _no_verdict(
    call: str | None, scorer: str | None, there: Sequence[ReviewQuestion]
) -> UsageError:
    calls = [name for one in there for name in (one.call.scenario, one.call.recording)]
    named = any(_is_named(one, call) for one in there) if call else True
    wanted = [f"{call}{'' if named else did_you_mean(call, calls)}"] if call else []
    wanted += [f"{scorer}{did_you_mean(scorer, (x.score.scorer for x in there))}"] if scorer else []
    known = [f"{one.call.recording} {one.score.scorer} ({one.score.outcome})" for one in there]
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return UsageError(
        f"{' '.join(wanted)}: no verdict that a person may give (pass, fail or review); "
        f"this run has: {', '.join(known[:_SHOWN]) or 'none'}{more}"
    )


def _is_named(question: ReviewQuestion, call: str) -> bool:
    place = PurePosixPath(call)
    folder = PurePosixPath(question.call.recording)
    return call == question.call.scenario or folder in (place, CALLS / place)


def write_labels(asked: Iterable[ReviewQuestion], path: Path) -> int:
    """Write the answers that hold as labels, a row each, CSV or JSON lines; returns their number.

    Raises:
        UsageError: the name ends in neither, or the file holds stored results.
        StorageFailed: the file cannot be written.
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
    # An agent's JSON may hold half of a surrogate pair, which UTF-8 cannot encode.
    write_whole(path, data.encode("utf-8", "replace"))
    return len(rows)


_COLUMNS = (
    *("suite", "scenario", "condition", "repeat", "seed", "recording", "scorer", "version"),
    *("outcome", "label", "by", "at", "note", "question", "evidence"),
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
        "outcome": score.outcome,
        "label": answer.verdict.value,
        "by": answer.by,
        "at": answer.at,
        "note": answer.note,
        "question": score.reason,
        "evidence": " ".join(f"{start_s:.2f}-{end_s:.2f}" for start_s, end_s in spans),
    }
