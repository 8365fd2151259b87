"""The verdict on B beside A in sentences: what was found, what it takes, what would be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.measures import amount
from harness.compare.model import ComparisonVerdict, Finding
from harness.results.measured import SHARE

TOO_LATE_TO_TELL = (
    "cannot tell, as the harness was late itself and the difference may count or not without that; "
    "compare again with fewer calls at a time (--concurrency auto)"
)
"""Why a difference of times is no finding, and what helps."""


@dataclass(frozen=True, slots=True)
class Names:
    """What A and B are called in sentences, and B's key among the variants."""

    a: str
    b: str
    key: str


def found(
    names: Names,
    findings: Sequence[Finding],
    *,
    pairs: int = 0,
    calls: tuple[int, int] | None = None,
) -> str:
    """Return what got worse or better, or that nothing is decided, in one sentence.

    ``calls`` of A and B are those of different callers, which have no pairs.
    """
    parts = []
    for verdict in (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER):
        told = [_told_effect(f) for f in findings if f.verdict is verdict]
        if told:
            parts.append(f"{verdict.value} on {joined(told)}")
    if parts:
        others = "" if calls is None else "; the callers are different ones"
        return f"{names.b} is {', but '.join(parts)} than {names.a}{others}."
    if calls is not None:
        if not all(calls):
            return f"Nothing is known of {names.b} beside {names.a}: one side has no valid call."
        in_calls = f"{calls[0]} and {calls[1]} calls of different callers"
        return f"No evidence that {names.b} differs from {names.a} in {in_calls}."
    if not pairs:
        return f"Nothing is known of {names.b} beside {names.a}: no pair of calls counts."
    in_pairs = f"{pairs} pair{'' if pairs == 1 else 's'}"
    return f"No evidence that {names.b} differs from {names.a} in {in_pairs}."


def takes(findings: Sequence[Finding]) -> str:
    """Return from how many repeats on a difference like the one seen would count.

    It is the loss that would count first, or the gain where nothing was lost. Empty where something
    is decided, and where no difference was seen that could ever count. What our own lateness keeps
    open is said instead: no repeats help there.
    """
    if any(finding.verdict is not ComparisonVerdict.NO_EVIDENCE for finding in findings):
        return ""
    if late := [_told_effect(one) for one in findings if one.reason == TOO_LATE_TO_TELL]:
        return f"On {joined(late)}: {TOO_LATE_TO_TELL}."
    seen = [
        (finding.loss < 0, finding.repeats_to_count, finding)
        for finding in findings
        if finding.repeats_to_count is not None
    ]
    if not seen:
        return ""
    gain, repeats, finding = min(seen, key=lambda one: one[:2])
    size = f"{'gain' if gain else 'loss'} of the size seen on {_told_effect(finding)}"
    return f"A {size} would count from --repeat {repeats}."


def sees(findings: Sequence[Finding], *, of: str = "pairs") -> str:
    """Return what so many pairs (or calls) would have found, and what it takes to see 5 points.

    Empty where something is decided: then there is less left to look for.
    """
    if any(finding.verdict is not ComparisonVerdict.NO_EVIDENCE for finding in findings):
        return ""
    shares = [f for f in findings if not f.measure]
    seeing = [f for f in shares if f.minimum_detectable is not None]
    if not seeing:
        return f"These {of} are too few to show any difference."
    blindest = max(seeing, key=lambda f: f.minimum_detectable or 0)
    seen = blindest.minimum_detectable or 0.0
    blind = [_spoken(f) for f in shares if f.minimum_detectable is None]
    start = f"For {joined(blind)} these {of} are too few to show any; a" if blind else "A"
    on = "any other scorer" if blind else "any scorer"
    least = f"least sure: {_spoken(blindest)}"
    points = amount(seen, SHARE).removeprefix("+")
    told = f"{start} difference of {points} on {on} would have been found ({least})"
    needed = blindest.repeats_needed
    if seen <= blindest.wanted_effect or needed <= blindest.repeats:
        return f"{told}."
    wanted = round(blindest.wanted_effect * 100)
    return f"{told}; to see a difference of {wanted} points takes --repeat {needed}."


def joined(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _told_effect(finding: Finding) -> str:
    """Return "write confirmation (−92 points)"."""
    return f"{_spoken(finding)} ({amount(finding.difference, finding.unit)})"


def _spoken(finding: Finding) -> str:
    return f"{finding.name.replace('_', ' ')} {finding.kind or ''}".rstrip()
