"""Find scenario files under folders, and select among them by name and tag."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path

from harness.errors import Fault, FaultyFiles, UsageError
from harness.scenario.document import read_document, stays_inside
from harness.scenario.load import (
    GATE_FILE,
    SUITE_FILE,
    TARGETS,
    LoadedScenario,
    LoadedSuite,
    load_scenario,
    load_suite,
    suite_file_of,
)

_SHOWN = 30


def default_paths() -> tuple[Path, ...]:
    """Where scenarios are looked for when nobody names a place: ``scenarios`` here."""
    return (Path("scenarios"),)


def find(
    paths: tuple[Path, ...], *, name_glob: str | None = None, tags: tuple[str, ...] = ()
) -> tuple[LoadedScenario, ...]:
    """Load the scenarios of files and folders (a suite, a family, several suites), by path.

    ``name_glob`` is matched against name and file name without regard to case, and a plain word
    finds names that hold it; a scenario needs every one of ``tags``. What is not selected is
    checked all the same.

    Raises:
        FaultyFiles: with all faults of all files, duplicate names in a suite among them.
        UsageError: a path that is not there, or nothing selected; says what there is.
    """
    loaded = _load_all(scenario_files(paths))
    chosen = tuple(item for item in loaded if _selected(item, name_glob, tags))
    if not chosen:
        raise UsageError(_nothing_found(paths, name_glob, tags, loaded))
    return chosen


def scenario_files(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the scenario files of files and folders, each once, by path.

    Raises:
        UsageError: a path that is not there.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            found = [*path.rglob("*.yaml"), *path.rglob("*.yml")]
            inside = [file for file in found if is_scenario_file(file.relative_to(path))]
        elif path.exists():
            inside = [path]
        else:
            start = "; `harness init DIR` writes a suite to start from"
            hint = start if path in default_paths() else ""
            raise UsageError(f"{path}: no such file or folder{hint}")
        for file in inside:
            # resolve() would fail on a link to itself; reading it has the words for that
            files.setdefault(Path(os.path.realpath(file)), file)
    return tuple(sorted(files.values()))


def is_scenario_file(inside: Path) -> bool:
    """Whether a YAML file, given relative to its suite or to a folder above, is a scenario's."""
    hidden = any(part.startswith(".") for part in inside.parts)
    named = inside.name not in (SUITE_FILE, GATE_FILE)
    return named and TARGETS not in inside.parts[:-1] and not hidden


def _load_all(files: tuple[Path, ...]) -> list[LoadedScenario]:
    """Load each file, and each suite once; raise the faults of all together."""
    suites: dict[Path, LoadedSuite | None] = {}
    faults: list[Fault] = []
    loaded: list[LoadedScenario] = []
    for file in files:
        try:
            loaded.append(load_of_suite(file, suites))
        except FaultyFiles as faulty:
            faults.extend(faulty.faults)
    faults.extend(_same_names(loaded))
    if faults:
        raise FaultyFiles(tuple(dict.fromkeys(faults)))
    return loaded


def load_of_suite(file: Path, suites: dict[Path, LoadedSuite | None]) -> LoadedScenario:
    """Load one of several scenarios; ``suites`` keeps each suite that was read, for the next one.

    Raises:
        FaultyFiles: with every fault of the scenario's file, and of its suite's.
    """
    return load_scenario(file, suite=_suite_of(file, suites))


def _suite_of(file: Path, suites: dict[Path, LoadedSuite | None]) -> LoadedSuite | None:
    """Return a scenario's suite, from ``suites`` if it was read before; None if it is faulty.

    Raises:
        FaultyFiles: the file, or its suite's, is a link to somewhere outside the suite's folder.
    """
    try:
        suite_file = suite_file_of(file)
    except FaultyFiles:
        return None
    for each in (suite_file, file):
        if not stays_inside(each, suite_file.parent):
            problem = f"a link that leads out of the suite's folder {suite_file.parent}; copy it"
            raise FaultyFiles((Fault(each, None, "", problem),))
    if suite_file not in suites:
        try:
            suites[suite_file] = load_suite(suite_file)
        except FaultyFiles:  # told with each of its scenarios' own faults, and kept once
            suites[suite_file] = None
    return suites[suite_file]


def _same_names(loaded: list[LoadedScenario]) -> list[Fault]:
    first: dict[tuple[Path, str], Path] = {}
    faults = []
    for item in loaded:
        name = item.scenario.name
        other = first.setdefault((item.suite.folder.resolve(), name), item.path)
        if other is not item.path:
            problem = f"{name!r} is the name of {other} too; results are told apart by name"
            faults.append(read_document(item.path).fault(("name",), problem))
    return faults


def _selected(item: LoadedScenario, name_glob: str | None, tags: tuple[str, ...]) -> bool:
    if not set(tags) <= set(item.scenario.tags):
        return False
    if name_glob is None:
        return True
    pattern = name_glob.lower()
    if not set(pattern) & set("*?["):
        pattern = f"*{pattern}*"
    return any(fnmatchcase(name.lower(), pattern) for name in (item.scenario.name, item.path.stem))


def _nothing_found(
    paths: tuple[Path, ...],
    name_glob: str | None,
    tags: tuple[str, ...],
    loaded: list[LoadedScenario],
) -> str:
    places = ", ".join(str(path) for path in paths) or "nowhere"
    if not loaded:
        return f"no scenario files (*.yaml beside or below a {SUITE_FILE}) in {places}"
    wanted = [f"name like {name_glob!r}"] if name_glob is not None else []
    wanted += [f"tag {tag!r}" for tag in tags]
    names = [item.scenario.name for item in loaded]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    known = sorted({tag for item in loaded for tag in item.scenario.tags})
    return (
        f"no scenario with {' and '.join(wanted)} in {places}; "
        f"names: {', '.join(names[:_SHOWN])}{more}; tags: {', '.join(known) or 'none'}"
    )
