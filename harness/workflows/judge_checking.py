"""Labelled dialogues from files, judged: how often the judges are right where they decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from harness.errors import Fault, FaultyFiles, UsageError
from harness.judging.labelled import CheckedWrite, LabelledDialogue, checked_writes
from harness.language.language import language_named


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of verdicts on labelled calls; the shares are None where there is nothing to share."""

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
    paths: Iterable[Path], language: str, *, today: date | None = None, doubtful: bool = False
) -> tuple[CheckedWrite, ...]:
    """Judge every labelled write of JSON Lines files, in their order.

    Without ``doubtful``, calls whose label is in doubt are left out. Raises FaultyFiles with every
    row that is none, UsageError where nothing is labelled, UnknownName for a language.
    """
    spoken = language_named(language)
    rows: list[LabelledDialogue] = []
    faults: list[Fault] = []
    for path in paths:
        for line, text in enumerate(_lines(path), start=1):
            try:
                rows.append(_row(text))
            except ValueError as error:
                faults.append(_fault(path, line, error))
    if faults:
        raise FaultyFiles(tuple(faults))
    checked = tuple(
        one
        for row in rows
        for one in checked_writes(row, spoken, today=row.today or today)
        if doubtful or not one.write.doubt
    )
    if not checked:
        raise UsageError("no labelled write call in these files; a row names them in 'writes'")
    return checked


def tallies(
    checked: Iterable[CheckedWrite], names: Callable[[CheckedWrite], Iterable[str]]
) -> tuple[Tally, ...]:
    """Return one tally per name, in the order of names; a call may count under several."""
    groups: dict[str, list[CheckedWrite]] = {}
    for one in checked:
        for name in names(one):
            groups.setdefault(name, []).append(one)
    return tuple(_tally(name, groups[name]) for name in sorted(groups))


def _tally(name: str, checked: list[CheckedWrite]) -> Tally:
    return Tally(
        name=name,
        calls=len(checked),
        decided=sum(one.decided for one in checked),
        right=sum(one.right for one in checked),
        false_passes=sum(one.false_pass for one in checked),
        false_fails=sum(one.false_fail for one in checked),
    )


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FaultyFiles((Fault(path, None, "", f"expected UTF-8: {error}"),)) from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return text.splitlines()


def _row(text: str) -> LabelledDialogue:
    row = LabelledDialogue.model_validate_json(text)
    for write in row.writes:
        if not 0 <= write.index < len(row.turns) or row.turns[write.index].tool is None:
            raise ValueError(f"writes: index {write.index} is no call of a tool among the turns")
    return row


def _fault(path: Path, line: int, error: ValueError) -> Fault:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        return Fault(path, line, key, str(first["msg"]))
    return Fault(path, line, "", str(error))
