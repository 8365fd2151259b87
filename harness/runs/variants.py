"""The agents to compare, and their calls: the options of ``harness compare`` as a plan.

All agents get the same calls: same scenarios, repeats and seeds (agent against itself: other seeds
for the second half). Seeds differ between scenarios, so that pairs are independent as the
statistics assume (``results/compare/statistics.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from harness.errors import UsageError
from harness.judging.scorers.registry import known_measures, scorer_class
from harness.results.compare.measures import the_same, variant_keys
from harness.results.compare.statistics import LEVEL, fewest_pairs
from harness.results.compare.verdict import look_level
from harness.runs.capacity import Capacity
from harness.runs.plan import Budget, Job, Machines, StartRate
from harness.runs.run_folder import dated_folder
from harness.runs.run_suite import EMBEDDED, RunRequest, planned, rate_of
from harness.scenario.document import read_text
from harness.scenario.identity import within

REPEATS = 10
"""The default number of calls of each scenario with each agent."""

LOOKS = 4
"""The most looks of ``until_decided``: after an eighth, a quarter, half and all repeats."""


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """The options of ``harness compare`` that make calls, as given; ``targets`` and ``prompts``
    name the variants, the first of them the reference.
    """

    paths: tuple[Path, ...] = ()
    targets: tuple[str, ...] = ()
    prompts: tuple[Path, ...] = ()
    aa: bool = False
    repeat: int | None = None
    scenario: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    seed: int | None = None
    concurrency: int | None = None
    max_calls_per_minute: int | None = None
    real_time: bool = False
    out: Path | None = None
    level: float = LEVEL
    until_decided: bool = False
    machines: Machines | None = None


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """An agent with its calls; ``key`` is its folder: a, b, c …"""

    key: str
    name: str
    instructions: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class ComparePlan:
    """The complete data before the first call.

    ``looks`` are the numbers of repeats after which the results are looked at, the last being all;
    ``level`` holds over all of them.
    """

    variants: tuple[PlannedVariant, ...]
    out: Path
    suite: str
    aa: bool
    level: float
    looks: tuple[int, ...]
    virtual: bool
    concurrency: int
    budget: Budget | None = None
    """The costs and the limit for the calls of all agents together."""
    machines: Machines | None = None
    """The machines that make the calls, if this machine does not."""
    capacity: Capacity | None = None
    """The capacity of this machine just before, if it decided ``concurrency``."""
    rate: StartRate | None = None
    """How many calls of all agents are started in a minute."""

    def jobs(self, repeats: int) -> tuple[Job, ...]:
        """Return the calls of the first repeats, interleaved: callers in order, agents in turn."""
        rows = sorted(
            (
                row
                for row in zip(*(planned.jobs for planned in self.variants), strict=True)
                if row[0].repeat < repeats
            ),
            key=lambda row: row[0].repeat,
        )
        # The calls of a caller are consecutive and the first agent rotates, so that an hour in
        # which a service is slow, or the effect of being called second, affects all agents.
        turned = (row[n % len(row) :] + row[: n % len(row)] for n, row in enumerate(rows))
        return tuple(chain.from_iterable(turned))


def plan_comparison(request: CompareRequest) -> ComparePlan:
    """Read the files and return the plan.

    Raises:
        InputError: anything wrong in files, options or environment; the same agent twice without
            ``aa``; too few repeats for any finding, with how many it takes.
    """
    asked_for = _asked_for(request)
    keys = variant_keys(len(asked_for))
    repeats = request.repeat or REPEATS
    plans = [planned(_run_request(request, target, repeats)) for _, target, _ in asked_for]
    variants = tuple(
        PlannedVariant(key, name, text or "", _told(plan.jobs, key, text))
        for key, plan, (name, _, text) in zip(keys, plans, asked_for, strict=True)
    )
    virtual = all(plan.virtual for plan in plans)
    if request.aa:
        variants = (variants[0], _other_seeds(variants[1], repeats))
    else:
        _check_differ(variants)
    return ComparePlan(
        variants=variants,
        out=request.out or dated_folder(),
        suite=variants[0].jobs[0].loaded.suite.suite.suite,
        aa=request.aa,
        level=request.level,
        looks=_looks(request, variants, repeats),
        virtual=virtual,
        concurrency=min(plan.concurrency for plan in plans),
        machines=request.machines,
        rate=rate_of(request.max_calls_per_minute, virtual=virtual, machines=request.machines),
    )


def _asked_for(request: CompareRequest) -> list[tuple[str, str, str | None]]:
    """Return name, target and prompt (None: the suite's own) of each agent, reference first."""
    targets, prompts = request.targets, request.prompts
    if request.aa:
        if len(targets) > 1 or len(prompts) > 1:
            raise UsageError("--aa calls one agent twice; give it at most one target and prompt")
        if request.until_decided:
            raise UsageError("--until-decided has nothing to decide with --aa; give --repeat")
        target, text = _only(targets), _prompt(prompts[0]) if prompts else None
        return [("first half", target, text), ("second half", target, text)]
    if len(targets) > 1 and prompts:
        raise UsageError(
            "several targets and prompts at once: a difference could be due to either; "
            "give --prompt with one target, or targets without --prompt"
        )
    if prompts:
        own: list[tuple[str, str, str | None]] = []
        if len(prompts) == 1:
            own = [("the suite's prompt", _only(targets), None)]
        names = _names(prompts)
        pairs = zip(names, prompts, strict=True)
        return own + [(name, _only(targets), _prompt(path)) for name, path in pairs]
    if len(targets) < 2:
        raise UsageError(
            "nothing to compare with: give --a and --b, two --target, --prompt with a prompt file, "
            "two folders of runs, or --aa for the noise floor"
        )
    return [(_target_name(target), target, None) for target in targets]


def _only(targets: Sequence[str]) -> str:
    return targets[0] if targets else EMBEDDED


def _target_name(target: str) -> str:
    return Path(target).stem if target.endswith((".yaml", ".yml")) else target


def _names(prompts: Sequence[Path]) -> list[str]:
    short = [path.name for path in prompts]
    # Two prompts of one name, in two folders, are told apart by their paths.
    return short if len(set(short)) == len(short) else [str(path) for path in prompts]


def _prompt(path: Path) -> str:
    text = read_text(path)
    if not text.strip():
        raise UsageError(f"{path}: the prompt is empty")
    return text


def _run_request(request: CompareRequest, target: str, repeats: int) -> RunRequest:
    return RunRequest(
        paths=request.paths,
        target=target,
        scenario=request.scenario,
        tags=request.tags,
        not_tags=request.not_tags,
        repeat=repeats,
        seed=request.seed,
        concurrency=request.concurrency,
        real_time=request.real_time,
        machines=request.machines,
    )


def _told(jobs: Sequence[Job], key: str, text: str | None) -> tuple[Job, ...]:
    """Return the jobs as this agent's own run, with its prompt if it has one."""
    jobs = [replace(job, run=key) for job in jobs]
    if text is None:
        return tuple(jobs)
    suites = {job.loaded.suite.folder: job.loaded.suite for job in jobs}
    if len(suites) > 1:
        names = ", ".join(sorted(suite.suite.suite for suite in suites.values()))
        raise UsageError(
            f"--prompt belongs to one suite, but these scenarios have several: {names}"
        )
    told = {folder: replace(suite, instructions=text) for folder, suite in suites.items()}
    return tuple(
        replace(job, loaded=replace(job.loaded, suite=told[job.loaded.suite.folder]))
        for job in jobs
    )


def _other_seeds(half: PlannedVariant, repeats: int) -> PlannedVariant:
    # With equal seeds there would be no chance variation to measure.
    jobs = tuple(replace(job, seed=within(job.seed + repeats)) for job in half.jobs)
    return replace(half, jobs=jobs)


def _check_differ(variants: Sequence[PlannedVariant]) -> None:
    seen: dict[tuple[object, ...], PlannedVariant] = {}
    for one in variants:
        prompts = tuple(job.loaded.prompt_hash for job in one.jobs)
        # Without its name: two files may describe the same agent.
        target = one.jobs[0].target.model_dump_json(exclude={"target"})
        other = seen.setdefault((target, prompts), one)
        if other is not one:
            raise the_same(other.name, one.name)


def _looks(
    request: CompareRequest, variants: Sequence[PlannedVariant], repeats: int
) -> tuple[int, ...]:
    """Return after how many repeats to look; raises UsageError if even all are too few."""
    per_repeat = len(variants[0].jobs) / repeats
    transcribes = variants[0].jobs[0].target.session.transcribes
    judging = [
        measures
        for name, measures in known_measures().items()
        if scorer_class(name).of_transcription is transcribes
    ]
    per_pair = sum(1 + len(measures) for measures in judging)
    tests = per_pair * (len(variants) - 1)
    wanted = [repeats]
    if request.until_decided:
        # Halved each time; a set, because few repeats give the same number twice.
        wanted = sorted({max(1, repeats >> shift) for shift in range(LOOKS)})
    while wanted:
        level = look_level(request.level, len(wanted))
        needed = fewest_pairs(level, tests=tests)
        if wanted[0] * per_repeat >= needed:
            return tuple(wanted)
        # The first look is too early for any finding; fewer looks also leave each a larger level.
        wanted.pop(0)
    # Rounded up: -(-a // b).
    takes = -int(-fewest_pairs(request.level, tests=tests) // per_repeat)
    raise UsageError(
        f"--repeat {repeats} gives {repeats * per_repeat:.0f} pairs: too few for any finding at "
        f"{request.level * 100:g} % confidence over {tests} tests; "
        f"it takes --repeat {takes} or more"
    )
