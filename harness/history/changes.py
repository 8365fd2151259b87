"""What was different between two nights: prompt, scenarios, model, session, harness, scorers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.history.series import Night, NightCall
from harness.results.convert import counts
from harness.results.model import RunResults

_SHORT = 12
"""Signs of a hash that are shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was not the same; empty text for what was not there."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return the change as people read it."""
        if not self.before:
            return f"{self.what} is new ({self.after})"
        if not self.after:
            return f"{self.what} is gone (was {self.before})"
        return f"{self.what} changed: {self.before} → {self.after}"


def changes_by_night(
    nights: Sequence[Night], scorer: str | None = None
) -> tuple[tuple[Change, ...], ...]:
    """Return for every night what was not as known before; with a scorer, only its own version.

    What is missing is gone only if the night was whole: a run that was interrupted, or a call that
    the connection spoilt, did not drop a scenario or a scorer.
    """
    known: dict[str, str] = {}
    found: list[tuple[Change, ...]] = []
    for night in nights:
        now = _identity(night, scorer)
        missing = [what for what in known if what not in now] if _whole(night) else []
        gone = [Change(what, known.pop(what), "") for what in missing]
        other = [
            Change(what, known.get(what, ""), value)
            for what, value in now.items()
            if known.get(what) != value
        ]
        found.append((*other, *gone) if night is not nights[0] else ())
        known |= now
    return tuple(found)


def _whole(night: Night) -> bool:
    return all(counts(kept.call) and not kept.entry.results.interrupted for kept in night.calls)


def _identity(night: Night, scorer: str | None) -> dict[str, str]:
    """Return everything that is known of who was called, with what, and who judged."""
    found: dict[str, set[str]] = {}
    runs = {kept.entry.run: kept.entry.results for kept in night.calls}
    for parts in (*map(_run_parts, runs.values()), *(_parts(kept, scorer) for kept in night.calls)):
        for what, value in parts.items():
            found.setdefault(what, set()).add(value)
    return {what: ", ".join(sorted(values)) for what, values in found.items() if any(values)}


def _run_parts(results: RunResults) -> dict[str, str]:
    """Return what all calls of a run have in common."""
    settings = _settings("", results.target_settings)
    return {**settings, "harness": results.harness_version, "clock": results.clock}


def _parts(kept: NightCall, scorer: str | None) -> dict[str, str]:
    call = kept.call
    return {
        "prompt": call.prompt_hash[:_SHORT],
        f"scenario {call.scenario!r}": call.scenario_hash[:_SHORT],
        **{
            f"scorer {score.scorer}": f"version {score.version}"
            for score in call.scores
            if scorer in (None, score.scorer)
        },
    }


def _settings(inside: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return a target's settings flat: ``session.voice``."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _settings(f"{inside}{key}.", value)
        else:
            flat[f"{inside}{key}"] = "none" if value is None else str(value)
    return flat
