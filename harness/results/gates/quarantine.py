"""Known failures: they run and are shown, and no gate counts them until they expire.

Gates do not see a quarantined scenario at all; with a scorer named, only that scorer's verdict is
removed, and the call's own verdict is computed from the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from harness.results.gates.gate_file import Quarantine, is_meant
from harness.results.model import CallResult, GateKind, GateResult, Quarantined, ScoreResult
from harness.results.verdicts import call_passed, is_open


@dataclass(frozen=True, slots=True)
class Remaining(CallResult):
    """A call as gates see it, and the verdicts that are hidden from them."""

    left_out: tuple[ScoreResult, ...] = ()

    def lost_failure(self, scorer: str | None = None) -> bool:
        """Return whether a failure was left out: that of a scorer, or any."""
        failed = (score.scorer for score in self.left_out if score.passed is False)
        return any(scorer in (None, name) for name in failed)


def says_nothing(call: CallResult) -> bool:
    """Return whether a call has no verdict only because verdicts were left out."""
    if not isinstance(call, Remaining) or call.passed is not None:
        return False
    return bool(call.left_out) and not any(map(is_open, call.scores))


@dataclass(frozen=True, slots=True)
class Released:
    """The calls that gates see, the quarantined calls, and the entries that have expired."""

    calls: tuple[CallResult, ...]
    quarantined: tuple[Quarantined, ...]
    expired: tuple[GateResult, ...]


def release(
    calls: Sequence[CallResult], entries: Sequence[Quarantine], *, today: date, suite: str = ""
) -> Released:
    """Remove known failures from the calls; an entry whose last day is over has no effect.

    ``suite`` is the suite of the calls and entries; empty for all.
    """
    held = [entry for entry in entries if today <= entry.last_day]
    judged = (_without(call, held) for call in calls)
    return Released(
        calls=tuple(call for call in judged if call is not None),
        quarantined=tuple(replace(_shown(entry, calls), suite=suite) for entry in held),
        expired=tuple(_expired(entry) for entry in entries if entry not in held),
    )


def known_failure(call: CallResult, quarantined: Sequence[Quarantined]) -> Quarantined | None:
    """Return the entry that covers a failed call; None if it also fails by other verdicts."""
    covered = {
        entry.scorer: entry
        for entry in reversed(quarantined)
        if entry.suite in ("", call.suite) and is_meant(call.scenario, entry.scenario)
    }
    # A call that also fails by other verdicts is no known failure.
    rest = _rest(call, covered)
    if call.passed is not False or (rest is not None and rest.passed is False):
        return None
    failing = (score.scorer for score in call.scores if score.passed is False)
    return next((covered[name] for name in ("", *failing) if name in covered), None)


def _without(call: CallResult, held: Sequence[Quarantine]) -> CallResult | None:
    concerning = (entry for entry in held if is_meant(call.scenario, entry.scenario))
    return _rest(call, {entry.scorer or "" for entry in concerning})


def _rest(call: CallResult, hidden: Collection[str]) -> CallResult | None:
    """Return a call without these scorers' verdicts; "" means the whole call."""
    if "" in hidden:
        return None
    return without_scorers(call, hidden)


def without_scorers(call: CallResult, hidden: Collection[str]) -> CallResult:
    """Return a call as the other scorers judged it; unchanged if none of these judged it."""
    left_out = tuple(score for score in call.scores if score.scorer in hidden)
    if not left_out:
        return call
    scores = tuple(score for score in call.scores if score.scorer not in hidden)
    values = {field.name: getattr(call, field.name) for field in fields(CallResult)}
    values |= {"scores": scores, "passed": call_passed(call.status, scores)}
    # Kept, so that a gate can report them.
    earlier = call.left_out if isinstance(call, Remaining) else ()
    return Remaining(**values, left_out=(*earlier, *left_out))


def _shown(entry: Quarantine, calls: Sequence[CallResult]) -> Quarantined:
    concerned = [call for call in calls if is_meant(call.scenario, entry.scenario)]
    return Quarantined(
        scenario=entry.scenario,
        scorer=entry.scorer or "",
        reason=entry.reason,
        expires=entry.expires,
        calls=len(concerned),
        failed=sum(_fails(call, entry.scorer) for call in concerned),
    )


def _fails(call: CallResult, scorer: str | None) -> bool:
    if scorer is None:
        return call.passed is False
    return any(score.scorer == scorer and score.passed is False for score in call.scores)


def _expired(entry: Quarantine) -> GateResult:
    what = f"{entry.scenario}, {entry.scorer}" if entry.scorer else entry.scenario
    return GateResult(
        gate=f"quarantine of {what}",
        kind=GateKind.QUARANTINE,
        passed=False,
        value=None,
        limit=None,
        unit="",
        reason=f"expired on {entry.expires} ({entry.reason}): mend it, or give it a new date",
    )
