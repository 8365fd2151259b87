"""The available choices: scenarios, targets, faults, and everything that plug-ins offer."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from harness.agent.desk.speech_acts import DESKS
from harness.agent.faults import CAUGHT_BY, DOES, AgentFault, AgentQuirk
from harness.audio.noise import BEDS, SOUNDS
from harness.errors import HarnessError
from harness.judges.base import JUDGES
from harness.judging.scorers.registry import SCORERS, scorer_class
from harness.language.language import LANGUAGES, language_named
from harness.plugins import Registry
from harness.protocol.dialect import DIALECTS, dialect
from harness.scenario.catalog import BUILT_IN, TARGETS, find, load_target
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target
from harness.scenario.turn_checks import DEFAULT
from harness.speech.base import RECOGNIZERS, SYNTHESIZERS
from harness.speech.fixture_tts import MANIFEST, fixtures_folder, read_manifest
from harness.speech.pyttsx3_tts import VOICES, espeak_variants, espeak_voice, espeak_voices
from harness.transport.base import TRANSPORTS
from harness.transport.redaction import shown_url


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry with its name, a short description, and the rest as plain data."""

    name: str
    about: str
    details: Mapping[str, Any] = field(default_factory=dict)


Listing = tuple[ListedEntry, ...]
Suites = tuple[LoadedScenario, ...]
"""The scenarios of the suites in question."""


def listing(kind: str, paths: tuple[Path, ...]) -> Listing:
    """Return everything of a kind; suites are those under ``paths``, none if there are no paths.

    Raises:
        InputError: a file has faults, or a path is not there.
    """
    return tuple(LISTED[kind](find(paths) if paths and kind in OF_SUITES else ()))


def _scenarios(scenarios: Suites) -> Iterator[ListedEntry]:
    for one in scenarios:
        scenario = one.scenario
        details = {
            "suite": one.suite.suite.suite,
            "path": one.path.as_posix(),
            "tags": list(scenario.tags),
            "repeat": scenario.repeat,
        }
        yield ListedEntry(scenario.name, scenario.description, details)


def _tags(scenarios: Suites) -> Iterator[ListedEntry]:
    counts = Counter(tag for one in scenarios for tag in one.scenario.tags)
    for tag, count in sorted(counts.items()):
        yield ListedEntry(tag, f"{count} scenario{'s' if count > 1 else ''}", {"scenarios": count})


def _voices(_: Suites) -> Iterator[ListedEntry]:
    yield ListedEntry(DEFAULT, "recorded lines where a call has all of them, else pyttsx3")
    for engine in SYNTHESIZERS.names():
        if engine == "pyttsx3":
            voices = [voice for name in LANGUAGES.names() for voice in espeak_voices(name)]
            named = {"package": "harness", "voices": voices, "variants": espeak_variants()}
            yield ListedEntry(engine, "eSpeak, with a variant after a plus sign: en-us+f3", named)
            for name, voice in VOICES.items():
                yield ListedEntry(name, f"{voice.about} (eSpeak)", {"espeak": espeak_voice(name)})
        elif engine == "fixture":
            named = {"package": "harness", "voices": _recorded()}
            yield ListedEntry(engine, "recorded lines (audio_fixtures/)", named)
        else:
            yield _plugin(SYNTHESIZERS, engine, SYNTHESIZERS.get)


def _recorded() -> tuple[str, ...]:
    folder = fixtures_folder(Path.cwd())
    if folder is None:
        return ()
    return tuple(sorted({line.voice for line in read_manifest(folder / MANIFEST)}))


def _beds(_: Suites) -> Iterator[ListedEntry]:
    yield from (ListedEntry(bed, SOUNDS[bed]) for bed in BEDS)


def _faults(_: Suites) -> Iterator[ListedEntry]:
    for fault in AgentFault:
        yield ListedEntry(fault.value, DOES[fault], {"caught_by": list(CAUGHT_BY[fault])})
    for quirk in AgentQuirk:
        yield ListedEntry(quirk.value, DOES[quirk], {"caught_by": []})


def _targets(scenarios: Suites) -> Iterator[ListedEntry]:
    folders = {one.suite.folder: one.suite.suite.suite for one in scenarios}
    for folder, suite in folders.items():
        for path in sorted((folder / TARGETS).glob("*.yaml")):
            yield _target(path.stem, partial(load_target, str(path), None), suite)
    for name, built in BUILT_IN.items():
        yield _target(name, built, "")


def _target(name: str, load: Callable[[], Target], suite: str) -> ListedEntry:
    try:
        target = load()
    except HarnessError as error:  # such as a variable that is not set
        return ListedEntry(name, str(error), {"suite": suite})
    details = {"suite": suite, "url": target.url and shown_url(target.url), "model": target.model}
    if target.url is None:
        return ListedEntry(name, "the reference agent, which the harness starts itself", details)
    key = (target.auth.bearer_env or target.auth.key_env) if target.auth else None
    there = "set" if key and os.environ.get(key) else "not set"
    about = f"{details['url']}{f', key in {key} ({there})' if key else ''}"
    return ListedEntry(name, about, details | {"key": key})


def _scorers(_: Suites) -> Iterator[ListedEntry]:
    for name in SCORERS.names():
        entry = _plugin(SCORERS, name, scorer_class)
        if "broken" not in entry.details:
            scorer = scorer_class(name)
            given = scorer.options().model_dump(mode="json")
            about = {"version": scorer.scorer_version, "options": given}
            entry = replace(entry, details={**entry.details, **about})
        yield entry


def _plugins(
    registry: Registry[Any], check: Callable[[str], object], _: Suites
) -> Iterator[ListedEntry]:
    yield from (_plugin(registry, name, check) for name in registry.names())


def _plugin(registry: Registry[Any], name: str, check: Callable[[str], object]) -> ListedEntry:
    """Return a plug-in with its package; ``check`` raises HarnessError if it is broken."""
    details = {"package": registry.package(name)}
    try:
        check(name)
        return ListedEntry(name, registry.summary(name), details)
    except HarnessError as error:
        return ListedEntry(name, str(error), {**details, "broken": True})


# An engine is imported and not made: that may load a model. A judge needs settings to be made.
LISTED: Mapping[str, Callable[[Suites], Iterator[ListedEntry]]] = {
    "scenarios": _scenarios,
    "tags": _tags,
    "voices": _voices,
    "beds": _beds,
    "faults": _faults,
    "targets": _targets,
    "scorers": _scorers,
    "dialects": partial(_plugins, DIALECTS, dialect),
    "transports": partial(_plugins, TRANSPORTS, TRANSPORTS.get),
    "languages": partial(_plugins, LANGUAGES, language_named),
    "recognizers": partial(_plugins, RECOGNIZERS, RECOGNIZERS.get),
    "judges": partial(_plugins, JUDGES, JUDGES.get),
    "desks": partial(_plugins, DESKS, DESKS.get),
}
OF_SUITES = ("scenarios", "tags", "targets")
"""Kinds that suites define too."""
