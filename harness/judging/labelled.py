"""Labelled dialogues: write calls with a reader's label, and the judges' verdicts on them.

A row is a conversation in text with its tools and tool calls: a stored call without audio, one
turn after another, each heard whole. A label is compared with the verdict of
``write_confirmation`` on the same call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from harness.importing.assemble import assemble
from harness.importing.model import SourceKind, Speaker, StoredCall, StoredLine, StoredTool
from harness.judges.model import WriteQuestion
from harness.judging.dialogue.build import read
from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome, ScoredCall
from harness.judging.scorers.write_confirmation import WriteConfirmation
from harness.judging.scorers.write_findings import write_question
from harness.language.language import Language
from harness.recording.provenance import FORMAT, Manifest
from harness.recording.tools import ToolOutcome
from harness.scenario.expectation import Expectation
from harness.scenario.fields import Day, Model, Text
from harness.scenario.model import Scenario, Suite, ToolSpec
from harness.scenario.script import Turn
from harness.timeline.build import build

_MANIFEST = Manifest(
    format=FORMAT,
    harness_version="",
    call_id="",
    scenario={},
    scenario_path="",
    scenario_hash="",
    suite={},
    instructions="",
    target={},
    seed=0,
    repeat=0,
    clock="",
    started_at="",
)
"""These calls are not stored: they are judged as they are read."""

Label = Literal["confirmed", "retry", "mismatch", "unconfirmed", "refused", "unclear"]

AGREED: frozenset[Label] = frozenset({"confirmed", "retry"})
"""Labels of calls that the caller had agreed to."""


class _Row(Model):
    """Rows of others may hold more than is asked for here."""

    model_config = ConfigDict(extra="ignore")


class LabelledTool(ToolSpec):
    """A tool of the agent, as its schema was published or as a suite describes it."""

    model_config = ConfigDict(extra="ignore")


class LabelledTurn(_Row):
    """Words of one side (``who``, ``text``), or a call (``tool``, ``arguments``, ``ok``)."""

    who: Literal["agent", "caller"] | None = None
    text: str = ""
    tool: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    ok: bool = True
    result: Any = None

    @model_validator(mode="after")
    def _one_thing(self) -> LabelledTurn:
        if (self.tool is None) == (self.who is None) or (self.tool is not None and self.text):
            raise ValueError("a turn is either words ('who' and 'text') or a call ('tool')")
        return self


class LabelledWrite(_Row):
    """The label of one call; ``also`` is a second one that a careful reader could defend."""

    index: int
    label: Label
    also: Label | None = None
    doubt: bool = False
    why: str = ""


class LabelledDialogue(_Row):
    """One row: a conversation and the labels of its write calls."""

    id: Text
    tools: tuple[LabelledTool, ...]
    turns: tuple[LabelledTurn, ...]
    writes: tuple[LabelledWrite, ...]
    services: tuple[str, ...] = ()
    """Trades; where none is named, all rows are of one."""
    edit: str = ""
    """How the row was made, where it was."""
    today: Day | None = None


@dataclass(frozen=True, slots=True)
class CheckedWrite:
    """A labelled call and the verdict on it."""

    dialogue: str
    write: LabelledWrite
    tool: str
    trades: tuple[str, ...]
    edit: str
    outcome: Outcome
    reason: str
    question: WriteQuestion | None = None
    """The question for a model judge; made only on request."""

    @property
    def decided(self) -> bool:
        """Whether the verdict is pass or fail."""
        return self.outcome in (Outcome.PASS, Outcome.FAIL)

    @property
    def right(self) -> bool:
        """Whether the verdict is decided and agrees with a label."""
        # Where careful readers differ, either verdict is right.
        labels = [self.write.label, *([self.write.also] if self.write.also else [])]
        return self.decided and any(
            (label in AGREED) == (self.outcome is Outcome.PASS) for label in labels
        )

    @property
    def differs(self) -> bool:
        """Whether a person should look: the verdict is wrong or missing."""
        return self.outcome is Outcome.BROKEN or (self.decided and not self.right)

    @property
    def false_pass(self) -> bool:
        """Whether a call passes although the caller had not agreed to it."""
        return self.outcome is Outcome.PASS and not self.right

    @property
    def false_fail(self) -> bool:
        """Whether a call fails although the caller had agreed to it."""
        return self.outcome is Outcome.FAIL and not self.right


def checked_writes(
    row: LabelledDialogue,
    language: Language,
    *,
    today: date | None = None,
    with_questions: bool = False,
) -> Iterator[CheckedWrite]:
    """Yield each labelled write of a row with its verdict; ``today`` is for rows without a day."""
    call = scored_call(row, language, today=today)
    score = verdicts(call, (WriteConfirmation(),))[0].score
    found: dict[int, Mapping[str, Any]] = {
        one["call"]: one for one in score.details.get("writes", ())
    }
    # Labels count turns; verdicts count tool calls.
    calls = [index for index, turn in enumerate(row.turns) if turn.tool is not None]
    for write in row.writes:
        # No reader can say which verdict is right.
        if write.label == "unclear":
            continue
        number = calls.index(write.index)
        verdict = found.get(number, {})
        yield CheckedWrite(
            dialogue=row.id,
            write=write,
            tool=row.turns[write.index].tool or "",
            trades=row.services,
            edit=row.edit,
            outcome=Outcome(verdict.get("outcome", score.outcome.value)),
            reason=str(verdict.get("reason", score.reason)),
            question=write_question(call, number) if with_questions else None,
        )


def scored_call(
    row: LabelledDialogue,
    language: Language,
    *,
    today: date | None = None,
    expect: Expectation | None = None,
) -> ScoredCall:
    """Return a row as the input of scorers; ``expect`` is the expectation of its scenario."""
    suite = Suite(
        format=1, suite="labelled", instructions="-", language=language.name, tools=row.tools
    )
    # A scenario needs a turn; this one is never played.
    scenario = Scenario(
        format=1, name=row.id, turns=(Turn(silence=0.0),), expect=expect or Expectation()
    )
    timeline = build(assemble(_stored(row), _MANIFEST, language))
    return ScoredCall(
        timeline=timeline,
        dialogue=read(timeline, scenario, suite, language, today=today),
        scenario=scenario,
        suite=suite,
        language=language,
        today=today,
    )


def _stored(row: LabelledDialogue) -> StoredCall:
    """Return a row as a stored call of text alone."""
    lines: list[StoredLine] = []
    tools: list[StoredTool] = []
    for index, turn in enumerate(row.turns):
        if turn.tool is not None:
            tools.append(_tool(index, turn, after_line=len(lines)))
        else:
            lines.append(StoredLine(Speaker(turn.who), turn.text))
    return StoredCall(row.id, SourceKind.CHAT, row.id, tuple(lines), tuple(tools))


def _tool(index: int, turn: LabelledTurn, *, after_line: int) -> StoredTool:
    output = turn.result
    if output is not None and not isinstance(output, str):
        output = json.dumps(output)
    outcome = ToolOutcome.OK if turn.ok else ToolOutcome.FAILED
    return StoredTool(
        name=turn.tool or "",
        arguments=json.dumps(turn.arguments),
        after_line=after_line,
        output=output,
        call_id=f"call_{index}",
        outcome=outcome,
    )
