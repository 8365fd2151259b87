"""Which call of A belongs to which call of B, and when two runs may be compared at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from harness.errors import UsageError
from harness.results.convert import CallKey, check_single, counts, key_of
from harness.results.lost import counted_calls, why_lost
from harness.results.model import CallResult, RunResults
from harness.results.reviews import overturned_text
from harness.results.settings import differing_settings

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """The same caller, once with A and once with B."""

    a: CallResult
    b: CallResult

    @property
    def counts(self) -> bool:
        """Whether both calls took place as they should."""
        return counts(self.a) and counts(self.b)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pairs in A's order; the calls left over are counted."""

    pairs: tuple[Pair, ...]
    unpaired: int


def pair_calls(a: Sequence[CallResult], b: Sequence[CallResult], *, same_seeds: bool) -> Pairing:
    """Pair by suite, scenario, condition and repeat, and by seed too where both have the same.

    A and A are called with different seeds, so that they differ as much as chance lets them.

    Raises:
        UsageError: a call is there several times: copies are no independent pairs.
    """
    for calls, what in ((a, "the first run"), (b, "the second run")):
        check_single(calls, what)
    there = {_key(call, same_seeds): call for call in b}
    pairs = tuple(
        Pair(call, there[_key(call, same_seeds)]) for call in a if _key(call, same_seeds) in there
    )
    return Pairing(pairs, len(a) + len(b) - 2 * len(pairs))


def variant_keys(number: int) -> str:
    """Return a letter for each variant, which names its folder; raises UsageError for too many."""
    if number > len(ascii_lowercase):
        raise UsageError(f"at most {len(ascii_lowercase)} agents at once, got {number}")
    return ascii_lowercase[:number]


def check_comparable(
    a: RunResults, b: RunResults, pairing: Pairing, *, again: bool, other: str = "B"
) -> None:
    """Refuse runs that differ in more than the agent, or not even in that.

    ``other`` is how ``b`` is called beside the first, A.

    Raises:
        UsageError: nothing in common; another test under the same name; scorers of other versions;
            or the same agent twice where ``again`` does not say that this is meant.
    """
    if not pairing.pairs:
        raise UsageError(
            "the runs have no call in common (same suite, scenario, condition, repeat and seed); "
            "compare runs of the same scenarios, repeats and seeds, or give --unpaired for stored "
            "calls of different callers"
        )
    if changed := sorted({p.a.scenario for p in pairing.pairs if _test_changed(p)}):
        raise UsageError(
            f"not the same test in both runs: {_listed(changed)} changed in between "
            "(scenario_hash); make the older run again"
        )
    if versions := _versions_changed(pairing.pairs):
        raise UsageError(
            f"judged by scorers of other versions: {', '.join(versions)}; "
            "`harness score` judges the recordings of the older run again"
        )
    if not again and same_agent(a, b, pairing.pairs):
        raise the_same("A", other)


SAME_AGENT = (
    "A and {} are the same agent, told the same: what differs is chance, or a service that changed "
    "between the runs."
)
"""With the name of the other side."""


def same_agent(a: RunResults, b: RunResults, pairs: Iterable[Pair]) -> bool:
    """Say whether both runs called one agent that was told the same."""
    one, other = ({k: v for k, v in run.target_settings.items() if k != "target"} for run in (a, b))
    # runs of older harnesses do not know their settings: then the name has to do
    same = a.fault == b.fault and one == other if one or other else a.target == b.target
    return same and all(pair.a.prompt_hash == pair.b.prompt_hash for pair in pairs)


def the_same(a: str, b: str) -> UsageError:
    """Return the refusal to compare an agent with itself by mistake."""
    return UsageError(
        f"{a} and {b} are the same agent: same target settings, same prompt; "
        "`harness compare --aa` measures how far an agent differs from itself"
    )


def notes(a: RunResults, b: RunResults, pairing: Pairing, *, other: str = "B") -> tuple[str, ...]:
    """Return what a reader should know before believing the comparison, as sentences.

    ``other`` is how ``b`` is called beside the first, A.
    """
    said = []
    only = {
        name: sorted({c.scenario for c in one.calls} - {c.scenario for c in without.calls})
        for name, one, without in (("A", a, b), (other, b, a))
    }
    for name, scenarios in only.items():
        if scenarios:
            said.append(f"Only {name} has {_listed(scenarios)}; what both have is compared.")
    if pairing.unpaired and not any(only.values()):
        said.append(f"Left out, having no like in the other run: {pairing.unpaired} of all calls.")
    if a.clock != b.clock:
        said.append(
            f"A was called in {a.clock} time and {other} in {b.clock} time: "
            "times are not comparable."
        )
    prompts = any(pair.a.prompt_hash != pair.b.prompt_hash for pair in pairing.pairs)
    said += settings_note(a, b, other=other, prompts=prompts)
    for name, run in (("A", a), (other, b)):
        if overturned := overturned_text(run.calls):
            said.append(f"{name}: {overturned}")
    return tuple(said)


def settings_note(
    a: RunResults, b: RunResults, *, other: str, prompts: bool = False
) -> tuple[str, ...]:
    """Return a note on the settings (model, voice …) in which the agents differ; empty for none.

    ``prompts``: their prompts differ, too.
    """
    found = differing_settings(a.target_settings, b.target_settings)
    if not found:
        return ()
    also = ", and in the prompt: a difference may come from either" if prompts else ""
    return (f"A and {other} differ in the target's settings ({found}){also}.",)


def voices_note(a: str, b: str, *, other: str) -> tuple[str, ...]:
    """Return a note that other engines spoke the callers; empty if equal, or if one is unknown.

    ``a`` and ``b`` are engines with their versions, as recordings name them.
    """
    if not (a and b) or a == b:
        return ()
    return (
        f"The callers of A were spoken by {a}, those of {other} by {b}: a difference may come from "
        "the callers.",
    )


def told_losses(a: RunResults, b: RunResults, pairing: Pairing | None, *, other: str = "B") -> str:
    """Return how many calls each side lost, and why; empty where none did, and none was stopped.

    A pair needs both calls, so what one side lost is left out of the other, too: unequal halves
    are not held against each other. ``pairing`` is None for calls of different callers.
    """
    sides = [_losses(run, name) for name, run in (("A", a), (other, b))]
    if not any(lost for lost, _ in sides):
        return ""
    told = "; ".join(told for _, told in sides)
    if pairing is None:
        return f"{told}."
    left_out = sum(not pair.counts for pair in pairing.pairs)
    return f"{told}; {left_out} of {len(pairing.pairs)} pairs left out."


def _losses(run: RunResults, name: str) -> tuple[bool, str]:
    lost = sum(not counts(call) for call in run.calls)
    told = f"{name} lost {lost or 'none'} of {counted_calls(len(run.calls))}"
    told += f" ({why_lost(run.calls)})" if lost else ""
    return bool(lost) or run.interrupted, told + (" and was stopped" if run.interrupted else "")


def _key(call: CallResult, with_seed: bool) -> CallKey:
    suite, scenario, condition, repeat, seed = key_of(call)
    return suite, scenario, condition, repeat, seed if with_seed or call.call else 0


def _test_changed(pair: Pair) -> bool:
    return pair.a.scenario_hash != pair.b.scenario_hash


def _versions_changed(pairs: Iterable[Pair]) -> list[str]:
    changed = set()
    for pair in pairs:
        before = {score.scorer: score.version for score in pair.a.scores}
        for score in pair.b.scores:
            old = before.get(score.scorer, score.version)
            if old != score.version:
                changed.add(f"{score.scorer} {old} → {score.version}")
    return sorted(changed)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
