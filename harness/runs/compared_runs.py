"""Compares runs with the first of them: checked, paired, judged, with a noise floor if known."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import __version__
from harness.errors import RecordingDamaged, UsageError
from harness.recording.manifest import load_manifest
from harness.recording.provenance import Manifest
from harness.results.compare.measures import (
    SAME_AGENT,
    Pairing,
    check_comparable,
    notes,
    pair_calls,
    same_agent,
    told_losses,
    variant_keys,
    voices_note,
)
from harness.results.compare.noise_floor import (
    NoiseFloor,
    share_a_scenario,
    two_sets,
    unpaired_notes,
)
from harness.results.compare.store import (
    FORMAT,
    Comparison,
    Contrast,
    EarlierLook,
    Variant,
    look_alpha,
    read_floor,
)
from harness.results.compare.verdict import Compared, Names, Terms, judge, look_level
from harness.results.gates.baseline import default_path
from harness.results.model import RunResults
from harness.results.store import RESULTS, read_results
from harness.results.verdicts import counts
from harness.runs.run_folder import check_is_run, own_runs


@dataclass(frozen=True, slots=True)
class Side:
    """One agent's run in a comparison; ``prompt`` is the agent's prompt.

    ``own`` means that it was made for the comparison, and is in its folder.
    """

    key: str
    name: str
    run: RunResults
    folder: Path
    prompt: str
    own: bool = False
    voices: str = ""
    """The engines that spoke its callers, with versions; empty if no recording has them."""

    @property
    def label(self) -> str:
        """The agent in a sentence: "B (terse.md)"."""
        key = self.key.upper()
        return key if self.name.upper() == key else f"{key} ({self.name})"


@dataclass(frozen=True, slots=True)
class Looks:
    """The number of this look, the number of planned looks, and its repeats."""

    number: int = 1
    planned: int = 1
    repeats: int = 0
    earlier: tuple[EarlierLook, ...] = ()
    """Unplanned looks at fewer repeats."""


def check_stored(folders: Sequence[Path]) -> None:
    """Check whether folders can be compared, before a place is taken for them.

    Raises:
        UsageError: fewer than two, or too many; a folder holds no run, or is named twice.
    """
    if len(folders) < 2:
        raise UsageError(f"{folders[0]} is one run; name another one to compare it with")
    # Raises the error for too many folders; the keys are not needed here.
    variant_keys(len(folders))
    seen: set[Path] = set()
    for folder in folders:
        check_is_run(folder)
        # Resolved: a link to a run is the same run.
        if folder.resolve() in seen:
            raise UsageError(f"{folder} is named twice; a run says nothing beside itself")
        seen.add(folder.resolve())


def stored_sides(folders: Sequence[Path], out: Path) -> tuple[Side, ...]:
    """Return stored runs, the first the reference, to be compared in ``out``.

    Runs that an earlier comparison there made for itself stay its own.

    Raises:
        UsageError: see ``check_stored``.
        RecordingDamaged: a results file, or the earlier comparison, cannot be read.
    """
    check_stored(folders)
    sides: list[Side] = []
    known = own_runs(out)
    for key, folder in zip(variant_keys(len(folders)), folders, strict=True):
        run = read_results(folder / RESULTS)
        name, manifest = folder.resolve().name, _first_manifest(folder, run)
        prompt, voices = ("", "") if manifest is None else _prompt_and_voices(manifest)
        own = key in known and os.path.relpath(folder, out) == key
        sides.append(Side(key, name, run, folder, prompt, own=own, voices=voices))
    return tuple(sides)


def judge_runs(
    sides: Sequence[Side],
    out: Path,
    *,
    level: float,
    looks: Looks = Looks(),
    aa: bool = False,
    unpaired: bool = False,
) -> Comparison:
    """Return how the runs of the agents compare with the first; ``out`` is the output folder.

    Runs of the same scenarios without a call in common, and ``unpaired`` ones, are compared as two
    sets of calls of different callers.

    Raises:
        UsageError: the runs may not be compared; names the differences.
    """
    first, *others = sides
    interrupted = any(side.run.interrupted for side in sides)
    compared: list[Compared] = []
    said = _floor_for(first, aa=aa)
    losses: dict[str, str] = {}
    for side in others:
        pairing = pair_calls(first.run.calls, side.run.calls, same_seeds=not aa)
        letter, again = side.key.upper(), aa or not side.own
        names = Names(first.label, side.label, side.key)
        # Own runs have the same callers by design: without a pair they were stopped, not made of
        # others.
        apart = not (pairing.pairs or side.own) and share_a_scenario(first.run, side.run)
        if unpaired or apart:
            remarks = unpaired_notes(first.run, side.run, other=letter)
            losses[side.key] = told_losses(first.run, side.run, None, other=letter)
            compared.append((names, two_sets(first.run, side.run), remarks))
            continue
        if interrupted and not pairing.pairs:
            continue  # stopped before both were called: no result yet
        check_comparable(first.run, side.run, pairing, again=again, other=letter)
        # With aa this is what was asked for; otherwise it is told, because no difference can be
        # found.
        twice = not aa and same_agent(first.run, side.run, pairing.pairs)
        known = (SAME_AGENT.format(letter),) if twice else ()
        voices = voices_note(first.voices, side.voices, other=letter)
        remarks = (*known, *notes(first.run, side.run, pairing, other=letter), *voices, *said.notes)
        losses[side.key] = told_losses(first.run, side.run, pairing, other=letter)
        compared.append((names, pairing, remarks))
    # Each unplanned look halves the error rate that is left.
    whole = 1 - look_alpha(level, len(looks.earlier))
    terms = Terms(look_level(whole, looks.planned), floor=said.floor)
    return Comparison(
        format=FORMAT,
        harness_version=__version__,
        started_at=min(side.run.started_at for side in sides),
        level=level,
        look=looks.number,
        looks=looks.planned,
        repeats=looks.repeats or _repeats(compared),
        aa=aa,
        interrupted=interrupted,
        variants=tuple(_variant(side, out) for side in sides),
        contrasts=tuple(
            replace(_of_itself(one) if aa else one, losses=losses[one.key])
            for one in judge(compared, terms)
        ),
        earlier=looks.earlier,
    )


def _of_itself(contrast: Contrast) -> Contrast:
    """Return a contrast of an agent with itself, which has no loss to look for."""
    return replace(contrast, takes="")


def kept_floor_path(run: RunResults) -> Path:
    """Return the path of the noise floor of a run's suite and target."""
    return _floor_path({call.suite for call in run.calls}, run.target)


def check_kept_floor(suites: set[str], target: str) -> None:
    """Check that the noise floor for runs of these suites and target can be read.

    A comparison finds out before its first call. Raises RecordingDamaged.
    """
    path = _floor_path(suites, target)
    if path.exists():
        read_floor(path)


def _floor_path(suites: set[str], target: str) -> Path:
    path = default_path(suites, target)
    return path.with_name(f"noise-{path.name}")


@dataclass(frozen=True, slots=True)
class _Floor:
    floor: NoiseFloor | None = None
    notes: tuple[str, ...] = ()


def _floor_for(first: Side, *, aa: bool) -> _Floor:
    """Return the noise floor of A, the reference, and a note about it."""
    path = kept_floor_path(first.run)
    # An agent against itself measures the floor, so it cannot be held against one.
    if aa or not first.run.calls:
        return _Floor()
    if not path.exists():
        return _Floor(notes=("No noise floor is known; `harness compare --aa` measures it.",))
    floor = read_floor(path)
    if reason := floor.why_not(first.run):
        return _Floor(notes=(f"The noise floor {path} is not used: {reason}.",))
    return _Floor(floor, (f"Noise floor: {path}, measured {floor.measured_at[:10]}.",))


def _repeats(others: Sequence[Compared]) -> int:
    pairings = (of for _, of, _ in others if isinstance(of, Pairing))
    return max((len({p.a.repeat for p in pairing.pairs}) for pairing in pairings), default=0)


def _variant(side: Side, out: Path) -> Variant:
    run = side.run
    return Variant(
        key=side.key,
        name=side.name,
        run=Path(os.path.relpath(side.folder, out)).as_posix(),
        target=run.target,
        prompt=side.prompt,
        calls=len(run.calls),
        counted=sum(counts(call) for call in run.calls),
        own=side.own,
    )


def _first_manifest(folder: Path, run: RunResults) -> Manifest | None:
    """Return the manifest of the first recording of a run; None if none can be read."""
    # The next one if a recording was deleted or is damaged.
    for call in run.calls:
        try:
            return load_manifest(folder / call.recording)
        except RecordingDamaged:
            continue
    return None


def _prompt_and_voices(manifest: Manifest) -> tuple[str, str]:
    """Return the agent's prompt, and the engine that spoke the caller."""
    return manifest.instructions, manifest.engines.get("caller", "")
