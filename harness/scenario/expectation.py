"""The expectations for a finished call: tool calls, words, hand-over, quiet."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator
from typing_extensions import TypeAliasType

from harness.scenario.fields import Model, Text

Plain = str | bool | int | float
"""A value as a file writes it; texts may name facts."""

Bound = float | str
"""An end of a range: a number, or a date with its year."""


LOWER_FIRST = "a range begins with its lower end"


Wanted = TypeAliasType(
    "Wanted",
    "Annotated[Annotated[Plain, Tag('value')] | Annotated[ArgumentMatch, Tag('rule')]"
    " | Annotated[tuple[Wanted, ...], Tag('items')] | Annotated[dict[str, Wanted], Tag('fields')],"
    " Discriminator(_shape)]",
)
"""The expectation for a place in the arguments; the items of a list in this order."""

Fields = dict[str, Wanted]
"""The expected fields of an object; fields that are not listed are free."""


class ArgumentMatch(Model):
    """What an argument must be like: a value of several, a pattern, a range, items or fields."""

    one_of: Annotated[tuple[Plain, ...], Field(min_length=1)] | None = None
    matches: Text | None = None
    """Regular expression searched in the argument as it was sent; case is ignored."""
    min: Bound | None = None
    max: Bound | None = None
    between: tuple[Bound, Bound] | None = None
    """The same as ``min`` and ``max``, both ends included."""
    any_order: Annotated[tuple[Wanted, ...], Field(min_length=1)] | None = None
    """A list of these items and no others, in any order."""
    contains: Annotated[tuple[Wanted, ...], Field(min_length=1)] | None = None
    """A list that has these items, and may have others."""
    fields: Fields | None = None
    """An object with these fields: for names that are rules, as ``min``."""
    optional: bool = False
    """Whether the argument may also be left out."""

    @model_validator(mode="after")
    def _one_rule(self) -> ArgumentMatch:
        single = (self.one_of, self.matches, self.between, self.any_order, self.contains)
        rules = [rule for rule in (*single, self.fields) if rule is not None]
        # `min` and `max` count as one rule.
        if len(rules) + (self.min is not None or self.max is not None) != 1:
            raise ValueError(
                "an argument has exactly one of 'one_of', 'matches', 'between', 'any_order', "
                "'contains', 'fields', or 'min' and 'max' or either of them"
            )
        low, high = self.ends
        if low is None or high is None:
            return self
        if isinstance(low, str) is not isinstance(high, str):
            raise ValueError("a range is of numbers or of dates, not of both")
        if not isinstance(low, str) and not isinstance(high, str) and low > high:
            raise ValueError(f"{LOWER_FIRST}, got {low:g} and {high:g}")
        return self

    @field_validator("between", mode="before")
    @classmethod
    def _two_ends(cls, between: object) -> object:
        if isinstance(between, list) and len(between) == 2:
            return tuple(between)
        got = f"a list of {len(between)}" if isinstance(between, list) else repr(between)
        raise ValueError(
            f"expected both ends of a range, such as [1, 3], got {got}; "
            "for one end write {min: 1} or {max: 3}"
        )

    @property
    def ends(self) -> tuple[Bound | None, Bound | None]:
        """The lower and the upper end of the range, both included."""
        return self.between if self.between is not None else (self.min, self.max)


RULES = frozenset(ArgumentMatch.model_fields)
"""A mapping with one of these keys is a rule; any other mapping is an object with fields."""


def _shape(wanted: object) -> str:
    """Return the tag of the shape in which an expected argument is written."""
    if isinstance(wanted, ArgumentMatch):
        return "rule"
    if isinstance(wanted, Mapping):
        # An empty mapping is a rule, whose check then reports that it is empty.
        return "fields" if wanted and RULES.isdisjoint(wanted) else "rule"
    return "items" if isinstance(wanted, list | tuple) else "value"


_TIMES = re.compile(r"(?:>=\s*(\d+)|(\d+)\s*\.\.\s*(\d+))")


class ExpectedTool(Model):
    """A call that must have happened, with these arguments ({fact} filled in), so many times."""

    name: Text
    arguments: Fields = Field(default_factory=dict)
    times: Annotated[int, Field(ge=1)] | Text | None = None
    """A number, ">=1" or "0..2"; if left out, once, and for a read tool at least once."""
    outcome: Literal["ok", "failed", "any"] = "ok"
    """Which calls count: those that succeeded, those that failed, or all."""

    @field_validator("times")
    @classmethod
    def _range(cls, times: int | str | None) -> int | str | None:
        found = _TIMES.fullmatch(times) if isinstance(times, str) else None
        if isinstance(times, str) and found is None:
            raise ValueError(f"expected a number from 1 on, '>=1' or '0..2', got {times!r}")
        if found is not None:
            fewest, most = _ends(found)
            if fewest > most:
                problem = f"{LOWER_FIRST}: write '{most}..{fewest}', got {times!r}"
                raise ValueError(problem)
        return times

    def counted(self, *, reads: bool) -> tuple[int, float]:
        """Return the fewest and the most calls; ``reads`` for a tool that only looks up."""
        if self.times is None:
            # A second look-up does no harm; a second change does.
            return 1, math.inf if reads else 1
        if isinstance(self.times, int):
            return self.times, self.times
        found = _TIMES.fullmatch(self.times)
        assert found is not None
        return _ends(found)


def _ends(found: re.Match[str]) -> tuple[int, float]:
    if found[1] is not None:
        return int(found[1]), math.inf
    return int(found[2]), int(found[3])


class AnyTool(Model):
    """Calls of which at least one must have happened as it says."""

    one_of: Annotated[tuple[ExpectedTool, ...], Field(min_length=2)]


class Words(Model):
    """Words of the agent: a phrase ({fact} filled in), one of several, or a pattern; and where."""

    phrase: Text | None = None
    one_of: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None
    """Phrases of which any will do."""
    matches: Text | None = None
    """Regular expression on the words; case is ignored."""
    turn: Annotated[int, Field(ge=0)] | None = None
    """Only in the answer to this caller turn, counted from 1; 0 is before the caller speaks."""
    before: Text | None = None
    """Only before the first call of this tool."""
    after: Text | None = None
    """Only after the first call of this tool."""

    @model_validator(mode="after")
    def _one_rule(self) -> Words:
        if sum(rule is not None for rule in (self.phrase, self.one_of, self.matches)) != 1:
            raise ValueError("words are exactly one of 'phrase', 'one_of', 'matches'")
        if sum(place is not None for place in (self.turn, self.before, self.after)) > 1:
            raise ValueError("words are looked for in one place: 'turn', 'before' or 'after'")
        return self

    @property
    def phrases(self) -> tuple[str, ...]:
        """The phrases, any of which is enough; none if a pattern is searched for."""
        return (self.phrase,) if self.phrase is not None else self.one_of or ()


class EscalationDue(Model):
    """The hand-over must come, once this turn (counted from 1) is spoken."""

    due_after_turn: Annotated[int, Field(ge=1)]
    tool: Text = "escalate_to_human"
    within_turns: Annotated[int, Field(ge=0)] = 1
    """How many further caller turns may pass before it."""


class EndState(Model):
    """What a table of the world must hold at the end; all its other records are as they were."""

    records: tuple[Fields, ...] = ()
    """Records that were changed or added; fields that are not listed are free."""
    removed: tuple[Plain, ...] = ()
    """Keys of records that must be gone."""


class Expectation(Model):
    """What must be true when the call is over."""

    tools: tuple[ExpectedTool | AnyTool, ...] = ()
    never: tuple[str, ...] = ()
    order: tuple[Text, ...] = ()
    """Tools whose first calls come in this order."""
    says: tuple[Text | Words, ...] = ()
    """What the agent must be heard to say; a text is a phrase."""
    never_says: tuple[Text | Words, ...] = ()
    """What the agent must never be heard to say."""
    escalation: Literal["none", "unknown"] | EscalationDue = "none"
    """Whether a hand-over is due; "unknown" where nobody says it, as of stored calls."""
    reply: Literal["spoken", "none"] = "spoken"
    """"none": the agent must stay quiet in the whole call (silence, background)."""
    world: dict[str, tuple[Fields, ...] | EndState] | Literal["unchanged"] = Field(
        default_factory=dict
    )
    """Tables that were changed, with their records; every other table is as it was."""
    quiet: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Silences and noises of the caller, as turns counted from 1, after which it must not speak."""

    @property
    def calls(self) -> tuple[ExpectedTool, ...]:
        """Every expected call, each alternative on its own."""
        return tuple(
            call
            for wanted in self.tools
            for call in (wanted.one_of if isinstance(wanted, AnyTool) else (wanted,))
        )
