"""Trusted runs as a baseline, and how another run differs from it in tests and prompts.

A single lucky run makes every later build look worse. With several, a build is compared with all of
them, and their own variation is known (``matched.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles, UsageError
from harness.results.gates.baseline import Baseline, BaselineCall, new_scorers, scorer_versions
from harness.results.model import (
    AgentPrompt,
    DiffLine,
    RunResults,
    at_most,
    change_texts,
    changed_lines,
    prompt_change,
)
from harness.results.rates import SECONDS, ScenarioKey, scenario_key
from harness.results.verdicts import counts
from harness.text import counted

_SHOWN = 8
"""Differences that are listed; a whole suite that changed needs no list."""


def together(parts: Sequence[tuple[Baseline, Path]]) -> Baseline:
    """Return the baselines of single runs, which came from these folders, as one.

    Raises:
        UsageError: they are of other tests or agents, or some run is a copy of another.
    """
    parts = sorted(parts, key=lambda part: part[0].started_at)
    for (one, folder), (other, place) in combinations(parts, 2):
        for problem in _differences(one, other):
            raise UsageError(
                f"{folder} and {place} make no baseline together: {problem}; "
                "save runs of the same test and agent"
            )
    _check_no_copies(parts)
    newest = parts[-1][0]
    tests = {
        (test.suite, test.scenario, test.condition): test
        for baseline, _ in parts
        for test in baseline.tests
    }
    calls = (
        replace(call, run=number)
        for number, (baseline, _) in enumerate(parts)
        for call in baseline.calls
    )
    prompts = {prompt.hash: prompt for part, _ in parts for prompt in part.prompts}
    scorers = {name: version for part, _ in parts for name, version in part.scorers.items()}
    measures = {name: ones for part, _ in parts for name, ones in part.measures.items()}
    return replace(
        newest,
        tests=tuple(tests.values()),
        scorers=scorers,
        measures=measures,
        calls=tuple(calls),
        prompts=tuple(prompts.values()),
    )


def _differences(one: Baseline, other: Baseline) -> Iterator[str]:
    if (one.target_settings, one.clock) != (other.target_settings, other.clock):
        both = f"{one.target}, {one.clock}; {other.target}, {other.clock}"
        yield f"of another target, other settings of it, or another clock ({both})"
    known = {(test.suite, test.scenario, test.condition): test for test in one.tests}
    for test in other.tests:
        before = known.get((test.suite, test.scenario, test.condition), test)
        if before.scenario_hash != test.scenario_hash:
            yield f"scenario {test.scenario!r} changed in between"
        if before.prompt_hash != test.prompt_hash:
            yield f"the prompt changed in between (scenario {test.scenario!r})"
    for name, version in other.scorers.items():
        if one.scorers.get(name, version) != version:
            yield f"scorer {name} has versions {one.scorers[name]} and {version}"


def _check_no_copies(parts: Sequence[tuple[Baseline, Path]]) -> None:
    """Refuse copies of a run, which would count one draw as several."""
    # In virtual time the same seeds give the same calls. Independent calls never take the same
    # time to the microsecond.
    seen: dict[tuple[object, ...], Path] = {}
    for baseline, folder in parts:
        for call in baseline.calls:
            if (
                _has_times(call, baseline)
                and (other := seen.setdefault(_fingerprint(call), folder)) != folder
            ):
                raise UsageError(
                    f"{other} and {folder} hold the same call of {call.scenario!r} (seed "
                    f"{call.seed}, the same times to the microsecond): one run counts once; in "
                    "virtual time the same seeds are the same calls, so save one run, of more "
                    "--repeat"
                )


def _has_times(call: BaselineCall, baseline: Baseline) -> bool:
    """Return whether a call contains any time."""
    # Without times, two independent calls may well be alike.
    measures = (one for ones in baseline.measures.values() for one in ones)
    return any(one.unit == SECONDS and call.measured.get(one.name) for one in measures)


def _fingerprint(call: BaselineCall) -> tuple[object, ...]:
    values = tuple(sorted(call.measured.items()))
    return call.suite, call.scenario, call.condition, call.repeat, call.seed, values


@dataclass(frozen=True, slots=True)
class Subject:
    """The tests of a finished or planned run, to check that a baseline is of the same tests."""

    tests: Mapping[ScenarioKey, str]
    """Scenario hashes."""
    scorers: Mapping[ScenarioKey, Mapping[str, int]]
    """Versions of the scorers of each scenario."""
    target_settings: Mapping[str, Any]
    clock: str


def subject_of(results: RunResults) -> Subject:
    """Return the tests of a finished run."""
    tests: dict[ScenarioKey, str] = {}
    scorers: dict[ScenarioKey, dict[str, int]] = {}
    for call in filter(counts, results.calls):
        key = (call.suite, call.scenario, call.condition)
        tests[key] = call.scenario_hash
        scorers.setdefault(key, {}).update(scorer_versions((call,)))
    return Subject(tests, scorers, results.target_settings, results.clock)


def check_same_tests(path: Path, baseline: Baseline, subject: Subject) -> None:
    """Check that a baseline is of the same tests as a run.

    Scenarios that are only in the run, or only in the baseline, do not matter.

    Raises:
        FaultyFiles: it is of other tests; each line names a difference.
    """
    problems = [*_other_tests(baseline, subject), *_other_scorers(baseline, subject)]
    problems += _other_settings(
        {"clock": baseline.clock, **baseline.target_settings},
        {"clock": subject.clock, **subject.target_settings},
    )
    if problems:
        shown = problems[:_SHOWN]
        if len(problems) > _SHOWN:
            shown.append(("", f"and {len(problems) - _SHOWN} more differences"))
        shown.append(("", "cannot be compared with; save a new one: harness baseline save DIR"))
        raise FaultyFiles(tuple(Fault(path, None, key, problem) for key, problem in shown))


def changes_since(
    baseline: Baseline, results: RunResults, prompts: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the differences between a baseline and a run of the same tests, in a few words each.

    ``prompts`` are the differences of the prompts (``PromptsSince.words``).

    Another scenario, another version of a scorer and other target settings are no such differences:
    ``check_same_tests`` refuses them.
    """
    before = {(one.suite, one.scenario, one.condition) for one in baseline.tests}
    now = {scenario_key(call) for call in results.calls}
    common = now & before
    found = list(prompts)
    if baseline.harness_version != results.harness_version:
        found.append(f"harness {baseline.harness_version} → {results.harness_version}")
    for number, what in (
        (len(now) - len(common), "new"),
        (len(before) - len(common), "not called"),
    ):
        if number:
            found.append(f"{counted(number, 'scenario')} {what}")
    if new := new_scorers(baseline, results.calls):
        found.append(f"new scorer: {', '.join(new)}")
    return tuple(found)


def _other_tests(baseline: Baseline, subject: Subject) -> list[tuple[str, str]]:
    known = {(one.suite, one.scenario, one.condition): one for one in baseline.tests}
    if not subject.tests:
        return [("tests", "no call of this run is valid, so there is nothing to compare")]
    if not known.keys() & subject.tests.keys():
        return [("tests", f"none of its {len(known)} scenarios is in this run")]
    return [
        (
            f"scenario {' / '.join(part for part in key[1:] if part)!r}",
            f"is another test now (hash {one.scenario_hash[:8]} → {subject.tests[key][:8]})",
        )
        for key, one in known.items()
        if key in subject.tests and subject.tests[key] != one.scenario_hash
    ]


def _other_scorers(baseline: Baseline, subject: Subject) -> list[tuple[str, str]]:
    """Compare test by test: a scenario may switch a scorer off, and a run may have only some.

    A scorer that is nowhere in the baseline is newer: it has no rate there, and is not compared
    (``no_worse.py``).
    """
    judged: dict[ScenarioKey, set[str]] = {}
    for call in baseline.calls:
        judged.setdefault((call.suite, call.scenario, call.condition), set()).update(call.scores)
    changes = {
        (name, baseline.scorers[name] if name in before else None, now.get(name))
        for key, now in subject.scorers.items()
        if (before := judged.get(key)) is not None
        for name in {*before, *now} & baseline.scorers.keys()
    }
    return [
        (f"scorer {name}", f"version {_or_none(old)} → {_or_none(new)}")
        for name, old, new in sorted(changes, key=str)
        if old != new
    ]


def _other_settings(
    old: Mapping[str, Any], new: Mapping[str, Any], place: str = "target setting"
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        where = f"{place} {key}" if place == "target setting" else f"{place}.{key}"
        if isinstance(before, dict) and isinstance(after, dict):
            found += _other_settings(before, after, where)
        elif before != after:
            found.append((where, f"{_or_none(before)} → {_or_none(after)}"))
    return found


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)


# How the prompts of a run differ from those of a baseline: in words, and line by line.

MOST_LINES = 400
"""Most lines of a difference that results keep."""

_CHANGED = "the prompt changed"


@dataclass(frozen=True, slots=True)
class PromptsSince:
    """The differences of the prompts; empty if they are the same.

    ``words`` has texts such as "the prompt changed in 4 lines" and "tools: look_up changed".
    """

    words: tuple[str, ...] = ()
    lines: tuple[DiffLine, ...] = ()


def prompts_since(
    baseline: Baseline, results: RunResults, prompts: Iterable[AgentPrompt]
) -> PromptsSince:
    """Return the changes since the baseline; ``prompts`` are the recorded prompts of the run."""
    before: Mapping[ScenarioKey, str] = {
        (one.suite, one.scenario, one.condition): one.prompt_hash for one in baseline.tests
    }
    now = {scenario_key(call): call.prompt_hash for call in results.calls}
    common = [key for key in now if key in before]
    differing = [key for key in common if before[key] != now[key]]
    if not differing:
        return PromptsSince()
    where = ""
    if len(differing) < len(common):
        where = f" in {len(differing)} of {len(common)} scenarios"
    suites = {(before[key], now[key]): key[0] for key in differing}
    old = {one.hash: one for one in baseline.prompts}
    new = {one.hash: one for one in prompts}
    known = {
        suite: prompt_change(old[was], new[is_now])
        for (was, is_now), suite in suites.items()
        if was in old and is_now in new
    }
    lines = tuple(
        line
        for suite, change in known.items()
        if change.lines
        for line in (*([DiffLine("gap", suite)] if len(suites) > 1 else []), *change.lines)
    )
    tools = dict.fromkeys(tool for change in known.values() for tool in change.tools)
    number = sum(changed_lines(change.lines) for change in known.values())
    words = list(change_texts(number, tools))
    if number:
        words[0] = f"the {words[0]}{where}"
    if not words or len(known) < len(suites):
        unknown = "" if len(known) == len(suites) else _not_known(suites, old)
        others = "of other suites " if words else ""
        words.append(f"the prompt or the tools' descriptions {others}differ{where}{unknown}")
    return PromptsSince(tuple(words), at_most(lines, MOST_LINES))


def prompt_sentence(changes: Iterable[str]) -> str:
    """Return "The prompt changed in 4 lines." if that is among ``changes``, else an empty text."""
    found = [one for one in changes if one.startswith(_CHANGED)]
    return f"{found[0][0].upper()}{found[0][1:]}." if found else ""


def _not_known(pairs: Iterable[tuple[str, str]], old: Mapping[str, AgentPrompt]) -> str:
    """Return why the lines of a prompt are unknown."""
    if any(was not in old for was, _ in pairs):
        return " (in which lines is not known: the baseline has no text; save it again)"
    return " (in which lines is not known: no recording of the run is kept)"
