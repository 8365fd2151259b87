"""The results of many calls as stored in ``results.json``, with settings and prompts."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from itertools import groupby
from typing import Any, TypeVar

from pydantic import TypeAdapter

from harness.files import LEFT_OUT
from harness.judging.scorers.base import Measure, Measurement
from harness.recording.provenance import Estimate
from harness.text import counted
from harness.timeline.usage import Usage

T = TypeVar("T")


@cache  # to make one takes long
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def adapter_of(kind: type[T]) -> TypeAdapter[T]:
    """Return the reader and writer of a dataclass that is stored as JSON."""
    hashable: Any = kind
    return _adapter(hashable)


# The difference of two prompts: lines, number of changed lines, and changed tools.

_CONTEXT_LINES = 3

_SIGNS = {"added": "+", "removed": "−"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of the difference of two prompts: kept, removed, added, or a gap."""

    kind: str
    text: str

    @property
    def sign(self) -> str:
        """The sign before the line, empty for an unchanged line."""
        return _SIGNS.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class AgentPrompt:
    """The instructions and the tools of an agent.

    ``hash`` is the ``prompt_hash`` of calls, and ``tools`` has a checksum of each tool's
    description and parameters by its name.
    """

    hash: str
    instructions: str
    tools: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptChange:
    """How two prompts differ; ``tools`` has a text for each changed tool: "look_up is new"."""

    lines: tuple[DiffLine, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The change in words: "prompt changed in 4 lines", "tools: look_up is new"."""
        return change_texts(changed_lines(self.lines), self.tools)


def prompt_change(before: AgentPrompt, after: AgentPrompt) -> PromptChange:
    """Return the differences; the order of the tools is ignored."""
    was, now = before.tools, after.tools
    tools = (
        *(f"{name} is new" for name in now if name not in was),
        *(f"{name} is gone" for name in was if name not in now),
        *(f"{name} changed" for name in now if name in was and now[name] != was[name]),
    )
    return PromptChange(diff_lines(before.instructions, after.instructions), tools)


def change_texts(lines: int, tools: Collection[str]) -> tuple[str, ...]:
    """Return "prompt changed in 4 lines" and "tools: look_up is new", each if there is a change."""
    texts = []
    if lines:
        texts.append(f"prompt changed in {counted(lines, 'line')}")
    if tools:
        texts.append(f"tools: {', '.join(tools)}")
    return tuple(texts)


def diff_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """Return the difference of two texts line by line, empty if they are the same."""
    lines: list[DiffLine] = []
    old, new = before.splitlines(), after.splitlines()
    for line in difflib.unified_diff(old, new, lineterm="", n=_CONTEXT_LINES):
        if line.startswith(("---", "+++")) and not lines:
            continue
        if line.startswith("@@"):
            lines.append(DiffLine("gap", line))
        else:
            kind = {"+": "added", "-": "removed"}.get(line[:1], "kept")
            lines.append(DiffLine(kind, line[1:]))
    return tuple(lines)


def changed_lines(lines: Iterable[DiffLine]) -> int:
    """Return how many lines changed; a line that replaces another counts once.

    A line removed at one position and a line added at another count as two.
    """
    runs = groupby(lines, key=lambda line: line.kind in _SIGNS)
    kinds = ([line.kind for line in run] for changed, run in runs if changed)
    return sum(max(run.count("added"), run.count("removed")) for run in kinds)


def at_most(lines: Sequence[DiffLine], most: int) -> tuple[DiffLine, ...]:
    """Return the first ``most`` lines of a difference, and a gap with the number of the others."""
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[:most], DiffLine("gap", f"and {len(lines) - most} more lines"))


FORMAT = 2
"""Version of results.json."""


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """A stretch of a call, in seconds on the recording clock."""

    start_s: float
    end_s: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A person's verdict on a score; ``question`` is the scorer's own reason."""

    by: str
    at: str
    note: str
    question: str
    outcome: str = "review"
    """The scorer's own outcome: pass, fail or review."""


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """A scorer's verdict on a call; ``outcome`` is the value of ``scorers.base.Outcome``."""

    scorer: str
    version: int
    outcome: str
    passed: bool | None
    value: float | None
    unit: str
    reason: str
    evidence: tuple[EvidenceSpan, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    review: Review | None = None
    """A person's review, if there is one. If it agrees with the scorer, or was about other
    evidence, ``outcome`` is still the scorer's."""
    measurements: tuple[Measurement, ...] = ()
    """Every measure of the scorer, including those without a value."""
    owed: bool = False
    """Whether the scenario requires this verdict: a call without it has no verdict either."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """A call: how it ended and how it was judged.

    ``recording`` is the folder relative to results.json; ``passed`` is False when a scorer failed,
    None when it is not valid (see ``recording.provenance.CallStatus``) or no scorer judged it.
    """

    scenario: str
    scenario_path: str
    repeat: int
    seed: int
    status: str
    status_detail: str
    recording: str
    duration_s: float | None
    passed: bool | None
    scores: tuple[ScoreResult, ...] = ()
    tags: tuple[str, ...] = ()
    suite: str = ""
    condition: str = ""
    """The condition of the call: the cell of the target's matrix, the condition of a nightly
    file, or both ("server_vad, cafe"). Empty for neither."""
    scenario_hash: str = ""
    prompt_hash: str = ""
    """Identities of the test and of the agent's prompt and tools (``scenario/identity.py``)."""
    usage: Usage | None = None
    """The tokens and seconds that the call used; None if no usage was recorded."""
    end_cause: str = ""
    """Why it ended so (``recording.provenance.EndCause``), empty if the status is enough."""
    kept: bool = True
    """False if the recording was removed on purpose: by ``--keep``, or with an old nightly run."""
    call: str = ""
    """Name of an imported call, which is no repeat of another; empty if the harness made it."""
    estimated: tuple[str, ...] = ()
    """Data that the source of an imported call lacked (``recording.provenance.Estimate``)."""
    differences: tuple[str, ...] = ()
    """Session settings that the service reports other than requested, in words."""
    cell: str = ""
    """The cell of the target's matrix alone; empty for a target without a matrix, and in results
    that are older than this field."""

    confirms: bool = field(default=False, metadata=LEFT_OUT)
    """Whether it was made only because its scenario had failed: it is in the run's attempts, and
    enters no rate and no history."""

    @property
    def timed(self) -> bool:
        """Whether its times are known; else they only give the order of events."""
        return Estimate.TIMES.value not in self.estimated or Estimate.STAMPS.value in self.estimated


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its Wilson 95 % interval; all None if no call was counted."""

    passed: int
    counted: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """A distribution; p95 is withheld below 20 values and p99 below 100.

    ``missing`` of the ``count`` values were expected and never came: they are worse than any other,
    and a figure that falls on them is None, too. ``least`` is the distribution if every time were
    as short as its uncertainty allows: each true figure lies between both. None if all are exact.
    """

    count: int
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    min: float | None = None
    missing: int = 0
    least: Percentiles | None = field(default=None, metadata=LEFT_OUT)


@dataclass(frozen=True, slots=True)
class MeasureSummary:
    """A measure over all valid calls."""

    measure: Measure
    spread: Percentiles


@dataclass(frozen=True, slots=True)
class ScorerSummary:
    """A scorer over all valid calls."""

    scorer: str
    pass_rate: Rate
    review: int
    not_applicable: int
    unscorable: int
    broken: int


@dataclass(frozen=True, slots=True)
class PassK:
    """Of k calls of a scenario, the chance that at least one passes (pass@k), that each does
    (pass^k); over several scenarios, the mean of those judged at least k times.
    """

    k: int
    scenarios: int
    at_least_one: float
    each: float


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """A scenario under a condition, over its repeats.

    ``flaky`` when it passed some and failed some; ``unjudged`` repeats are valid but gave no
    verdict, ``uncounted`` repeats are not valid (infrastructure).
    """

    suite: str
    scenario: str
    condition: str
    pass_rate: Rate
    flaky: bool
    unjudged: int
    uncounted: int
    pass_k: tuple[PassK, ...]


class GateKind(str, Enum):
    """The reference that a gate compares a run with."""

    ABSOLUTE = "absolute"
    """A limit."""
    BASELINE = "baseline"
    """An earlier run."""
    CONFIRMATION = "confirmation"
    """An earlier run, if the calls that were to confirm a loss are missing."""
    QUARANTINE = "quarantine"
    """The last day of a known failure."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate: held (True), broken (False), or not to be judged (None), and why.

    ``value`` and ``limit`` are in ``unit``: ``share``, ``s``, or the scorer's own.
    """

    gate: str
    kind: GateKind
    passed: bool | None
    value: float | None
    limit: float | None
    unit: str
    reason: str
    short: str = field(default="", metadata=LEFT_OUT)
    """The loss, for a headline: "entity confirmation 12 of 15 → 5 of 15"; else empty."""
    details: str = field(default="", metadata=LEFT_OUT)
    """The figures of the reason, for ``--explain``."""

    @property
    def breaks(self) -> bool:
        """Whether the gate makes the run red: it is broken, or required and cannot be judged.

        A baseline gate requires no evidence of a loss, and may end without any.
        """
        return self.passed is False or (self.passed is None and self.kind is not GateKind.BASELINE)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A known failure that no gate counts through the day ``expires``; no ``scorer`` means all.

    ``calls`` of the run are of the scenario; ``failed`` of them failed by a quarantined verdict.
    ``suite`` is the suite of the gate file; empty if the gates are those of all suites.
    """

    scenario: str
    scorer: str
    reason: str
    expires: str
    calls: int
    failed: int
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The run in numbers; ``statuses`` counts every call, rates only the valid calls.

    ``gates_passed`` is the verdict of the exit code: of the run's gates if it has any, else of the
    default gate (``aggregate.summarize``).
    """

    calls: int
    counted: int
    statuses: dict[str, int]
    pass_rate: Rate
    scorers: tuple[ScorerSummary, ...]
    gates_passed: bool
    measures: tuple[MeasureSummary, ...] = ()
    """Every measure of the scorers, in their order."""
    scenarios: tuple[ScenarioSummary, ...] = ()
    pass_k: tuple[PassK, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCost:
    """The cost of a run by the prices given then; as ``history.cost.Cost``.

    ``budget`` is the allowed cost, None for no limit.
    """

    currency: str
    amount: float | None
    least: float | None
    unpriced: tuple[str, ...] = ()
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class RunResults:
    """A run of a suite against a target."""

    format: int
    harness_version: str
    started_at: str
    target: str
    clock: str
    interrupted: bool
    calls: tuple[CallResult, ...]
    summary: Summary
    target_settings: dict[str, Any] = field(default_factory=dict)
    """The target file as validated, without secrets."""
    fault: str = ""
    """Misbehaviour planted in the embedded agent, empty for none."""
    gates: tuple[GateResult, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    note: str = ""
    """A caveat to read before any verdict is believed, or empty."""
    attempts: tuple[CallResult, ...] = ()
    """Earlier attempts at calls that were made again (``convert.py``), and calls that confirm a
    loss (``results/gates/matched_calls.py``): shown, and in no rate."""
    cost: RunCost | None = None
    """None without prices."""
    changes: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)
    """Differences from the baseline of the gates; empty without a baseline."""
    prompt_diff: tuple[DiffLine, ...] | None = field(default=None, metadata=LEFT_OUT)
    """How the prompt differs from the baseline's; None if it does not, or if this is unknown."""
    would_notice: str | None = field(default=None, metadata=LEFT_OUT)
    """The loss that the baseline gates would have noticed; None if any broke, or without any."""

    @property
    def recorded(self) -> tuple[CallResult, ...]:
        """The calls, followed by the earlier attempts."""
        return (*self.calls, *self.attempts)


# A target's settings, flat, as a run stores them, and the settings in which two runs differ.

_SHOWN = 5


def flat_settings(settings: Mapping[str, Any], inside: str = "") -> dict[str, str]:
    """Return settings by their full name: ``session.voice``."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= flat_settings(value, f"{inside}{key}.")
        else:
            flat[f"{inside}{key}"] = "none" if value is None else str(value)
    return flat


def differing_settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """Return "model x → y, session.voice marin → cedar", without the target's name.

    Empty if none differs, or if a run of an older harness does not contain its settings.
    """
    if not (a and b):
        return ""
    before, after = flat_settings(a), flat_settings(b)
    names = dict.fromkeys(name for name in (*before, *after) if name != "target")
    sides = [(name, before.get(name, "none"), after.get(name, "none")) for name in names]
    found = [f"{name} {old} → {new}" for name, old, new in sides if old != new]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
