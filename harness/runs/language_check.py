"""Checks a language: which parts it has of its own, and how its stock dialogues are judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from harness.errors import Fault, FaultyFiles
from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome
from harness.judging.scorers.registry import SCORERS, scorers_for
from harness.judging.written import written_call
from harness.language.language import Language, language_named
from harness.scenario.document import Document, read_document
from harness.scenario.expectation import Expectation
from harness.scenario.fault_text import plain_faults
from harness.scenario.fields import Model, Text


class Origin(Enum):
    """The origin of a part of a language."""

    OWN = "own"
    ENGLISH = "still English's"
    LEFT_OUT = "left out"


class StockDialogue(Model):
    """A dialogue in the notation of ``harness.judging.written``.

    ``verdict`` has the outcome by scorer, or two defensible ones (``fail|review``). If it is left
    out, verdict and ``expect`` are those of the English dialogue of this name.
    """

    said: Text
    verdict: dict[str, str] = Field(default_factory=dict)
    expect: Expectation = Expectation()


class StockDialogues(Model):
    """A file of dialogues by name, and the tools in them."""

    tools: tuple[dict[str, Any], ...]
    dialogues: dict[str, StockDialogue]


@dataclass(frozen=True, slots=True)
class CheckedDialogue:
    """A dialogue with the expected and the given outcome of a scorer."""

    name: str
    scorer: str
    expected: str
    outcome: Outcome
    reason: str

    @property
    def right(self) -> bool:
        """Whether the outcome is one of those that are expected."""
        return self.outcome.value in self.expected.split("|")


@dataclass(frozen=True, slots=True)
class LanguageCheck:
    """The parts of a language by name, the judged dialogues, and the missing stock dialogues."""

    parts: Mapping[str, Origin]
    checked: tuple[CheckedDialogue, ...]
    missing: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether all stock dialogues are there, and all dialogues are judged as expected."""
        return not self.missing and all(one.right for one in self.checked)


def check_language(language: Language) -> LanguageCheck:
    """Compare a language with English, and judge its dialogues.

    Raises:
        FaultyFiles: its file of dialogues has faults.
        UsageError: a line of a dialogue is neither an utterance nor a call of a tool.
    """
    english = language_named("en")
    assert english.dialogues is not None
    stock = _read(english.dialogues, {}).dialogues
    own = StockDialogues(tools=(), dialogues={})
    if language.dialogues is not None:
        own = _read(language.dialogues, stock)
    return LanguageCheck(
        parts=dict(_parts(language, english)),
        checked=tuple(_judged(own, stock, language)),
        missing=tuple(name for name in stock if name not in own.dialogues),
    )


def _parts(language: Language, english: Language) -> Iterator[tuple[str, Origin]]:
    same = language is english
    for name, origin in _compared(language, english, same=same):
        if name not in ("name", "kinds", "phrases"):
            yield name, origin
    for name, origin in _compared(language.phrases, english.phrases, same=same):
        yield f"phrases.{name}", origin


def _compared(own: Any, english: Any, *, same: bool) -> Iterator[tuple[str, Origin]]:
    for field in fields(own):
        value = getattr(own, field.name)
        default = field.default
        if field.default_factory is not MISSING:
            default = field.default_factory()
        if value == default:
            origin = Origin.LEFT_OUT
        elif not same and value == getattr(english, field.name):
            origin = Origin.ENGLISH
        else:
            origin = Origin.OWN
        yield field.name, origin


def _judged(
    own: StockDialogues, stock: Mapping[str, StockDialogue], language: Language
) -> Iterator[CheckedDialogue]:
    for name, dialogue in own.dialogues.items():
        expected = dialogue if dialogue.verdict else stock[name]
        call = written_call(
            dialogue.said, language, tools=own.tools, expect=expected.expect, name=name
        )
        asked = [one for one in scorers_for(call.scenario) if one.scorer_name in expected.verdict]
        for one in verdicts(call, asked):
            scorer = one.scorer.scorer_name
            said, score = expected.verdict[scorer], one.score
            yield CheckedDialogue(name, scorer, said, score.outcome, score.reason)


def _read(path: Path, stock: Mapping[str, StockDialogue]) -> StockDialogues:
    document = read_document(path)
    try:
        found = StockDialogues.model_validate(document.data, strict=False)
    except ValidationError as error:
        problems = plain_faults(error, StockDialogues, document.data)
        raise FaultyFiles(tuple(document.fault(*each) for each in problems)) from error
    if faults := tuple(_faults(document, found, stock)):
        raise FaultyFiles(faults)
    return found


def _faults(
    document: Document, found: StockDialogues, stock: Mapping[str, StockDialogue]
) -> Iterator[Fault]:
    outcomes = {one.value for one in Outcome}
    for name, dialogue in found.dialogues.items():
        at = ("dialogues", name)
        if not dialogue.verdict and name not in stock:
            yield document.fault(at, "no stock dialogue has this name, so it needs a verdict")
        for scorer, expected in dialogue.verdict.items():
            if scorer not in SCORERS.names():
                known = ", ".join(SCORERS.names())
                yield document.fault((*at, "verdict", scorer), f"no such scorer; known: {known}")
            elif unknown := set(expected.split("|")) - outcomes:
                yield document.fault(
                    (*at, "verdict", scorer),
                    f"expected {', '.join(sorted(outcomes))}, got {', '.join(sorted(unknown))}",
                )
