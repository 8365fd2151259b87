"""Judges labelled dialogues from files: how often the judges are right when they decide."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from harness.errors import Fault, FaultyFiles, UsageError
from harness.files import read_plain
from harness.importing.json_files import numbered_lines, parsed
from harness.judging.labelled import (
    AGREED,
    CheckedWrite,
    LabelledDialogue,
    LabelledWrite,
    checked_writes,
)
from harness.language.language import Language, language_named
from harness.scenario.document import KeyPath, decoded, key_text
from harness.scenario.fault_text import listed, plain_faults, shown
from harness.scenario.model import ToolKind
from harness.scenario.suite_checks import described_tools_faults


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """Counts of verdicts on labelled calls; a share is None if its denominator is zero."""

    name: str
    calls: int
    decided: int
    right: int
    false_passes: int
    false_fails: int

    @property
    def accuracy(self) -> float | None:
        """Share of the decided verdicts that agree with the label."""
        return self.right / self.decided if self.decided else None

    @property
    def decided_share(self) -> float:
        """Share of all calls whose verdict is pass or fail."""
        return self.decided / self.calls


def check_files(
    paths: Iterable[Path],
    language: str,
    *,
    today: date | None = None,
    doubtful: bool = False,
    with_questions: bool = False,
) -> tuple[CheckedWrite, ...]:
    """Judge every labelled write of JSON Lines files, in their order.

    Without ``doubtful``, calls whose label is in doubt are left out. Raises FaultyFiles with every
    invalid row and every label that contradicts another label of the same call, UsageError if there
    are no labels, UnknownName for a language.
    """
    labels = _Labels()
    spoken = language_named(language)
    rows: list[LabelledDialogue] = []
    faults: list[Fault] = []
    for path in paths:
        for line, text in _lines(path):
            row, found = _read(text, spoken)
            rows += [] if row is None else [row]
            found = [*found, *(labels.contradictions(row, path, line) if row is not None else ())]
            faults += (Fault(path, line, key_text(key), problem) for key, problem in found)
    if faults:
        raise FaultyFiles(tuple(faults))
    checked = tuple(
        one
        for row in rows
        for one in checked_writes(
            row, spoken, today=row.today or today, with_questions=with_questions
        )
        if doubtful or not one.write.doubt
    )
    if not checked:
        raise UsageError("no labelled write call in these files; a row names them in 'writes'")
    return checked


def tallies(
    checked: Iterable[CheckedWrite], names: Callable[[CheckedWrite], Iterable[str]]
) -> tuple[CheckCounts, ...]:
    """Return a tally per name, in the order of names; a call may count under several."""
    groups: dict[str, list[CheckedWrite]] = {}
    for one in checked:
        for name in names(one):
            groups.setdefault(name, []).append(one)
    return tuple(_tally(name, groups[name]) for name in sorted(groups))


def _tally(name: str, checked: list[CheckedWrite]) -> CheckCounts:
    return CheckCounts(
        name=name,
        calls=len(checked),
        decided=sum(one.decided for one in checked),
        right=sum(one.right for one in checked),
        false_passes=sum(one.false_pass for one in checked),
        false_fails=sum(one.false_fail for one in checked),
    )


def _lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines that are not blank, with their numbers; ``-`` is the standard input."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else read_plain(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    text = decoded(raw, path)
    lines = numbered_lines(text)
    if len(lines) > 1 and parsed(lines[0][1])[1] and not parsed(text)[1]:
        problem = "one JSON document over several lines; write one dialogue a line (jq -c)"
        raise FaultyFiles.at(path, problem)
    return lines


def _read(
    text: str, language: Language
) -> tuple[LabelledDialogue | None, list[tuple[KeyPath, str]]]:
    """Return the dialogue of a line, or None and all its faults."""
    data, problem = parsed(text)
    if problem or not isinstance(data, dict):
        return None, [((), problem or f"expected one dialogue ({{…}}), got {shown(data)}")]
    # Third parties write their schemas as they like: only the parts that the harness reads are
    # checked.
    found = [
        (key, told)
        for key, told in described_tools_faults(data, language)
        if "parameters" not in key
    ]
    try:
        row = LabelledDialogue.model_validate_json(text)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            return None, [((), "not JSON: half of a surrogate pair, or nested too deep")]
        return None, [*plain_faults(error, LabelledDialogue, data), *found]
    found += _label_faults(row)
    return (None if found else row), found


class _Labels:
    """The labels of all files, to find contradictions about the same call."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[LabelledWrite, str]] = {}

    def contradictions(
        self, row: LabelledDialogue, path: Path, line: int | None
    ) -> Iterator[tuple[KeyPath, str]]:
        """Yield the labels of a row that contradict an earlier label of the same call.

        The same call has the same turns up to it, whatever follows and however the row is named.
        """
        turns = [turn.model_dump(mode="json") for turn in row.turns]
        for number, write in enumerate(row.writes):
            if write.label == "unclear" or write.doubt:
                continue
            key = json.dumps(turns[: write.index + 1], sort_keys=True)
            before, place = self._seen.setdefault(key, (write, f"{path}:{line}"))
            if not _verdicts(before) & _verdicts(write):
                yield (
                    ("writes", number, "label"),
                    f"{write.label!r} contradicts {before.label!r}, the label of the same call at "
                    f"{place}; keep one, give the other as 'also', or mark one with 'doubt'",
                )


def _verdicts(write: LabelledWrite) -> set[bool]:
    """Return whether a call was agreed to, by each label that can be defended."""
    labels = [write.label, *([write.also] if write.also else [])]
    return {label in AGREED for label in labels}


def _label_faults(row: LabelledDialogue) -> Iterator[tuple[KeyPath, str]]:
    """Yield the labels that are not at a call of a write tool, or that repeat a label."""
    kinds = {tool.name: tool.kind for tool in row.tools}
    places = [place for place, turn in enumerate(row.turns) if kinds.get(turn.tool or "")]
    seen: set[int] = set()
    for number, write in enumerate(row.writes):
        at: KeyPath = ("writes", number, "index")
        called = row.turns[write.index].tool if 0 <= write.index < len(row.turns) else None
        if called is None:
            calls = listed(str(place) for place in places)
            yield at, f"turn {write.index} is no call of a tool; calls are at: {calls}"
        elif called not in kinds:
            yield at, f"turn {write.index} calls {called!r}, which is not among 'tools'; add it"
        elif kinds[called] is not ToolKind.WRITE:
            kind = kinds[called].value
            problem = f"turn {write.index} calls {called!r} of kind {kind}; only writes are judged"
            yield at, problem
        elif write.index in seen:
            yield at, f"turn {write.index} has a label already; a second one goes under 'also'"
        seen.add(write.index)
