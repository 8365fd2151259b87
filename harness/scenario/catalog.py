"""Finds scenario files and targets, and selects among them by name and tag."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import (
    Fault,
    FaultyFiles,
    MissingVariable,
    UnknownName,
    UsageError,
    did_you_mean,
)
from harness.scenario.document import read_document, stays_inside
from harness.scenario.fault_text import unknown
from harness.scenario.load import (
    GATE_FILE,
    SUITE_FILE,
    LoadedScenario,
    SuiteFile,
    load_file,
    model_of,
    read_suite,
    suite_file_of,
)
from harness.scenario.model import ScorerOptions
from harness.scenario.scenario_file import written_names
from harness.scenario.target import Auth, Target, address_problem, target_faults

# Targets by name or file: the embedded agent, known services, and files under ``targets/``.

TARGETS = "targets"
"""Folder of a suite that holds its target files."""


def load_target(name_or_path: str, folder: Path | None) -> Target:
    """Find a target: built in, a ``ws://`` or ``wss://`` URL, a file, or a name in the suite.

    ``folder`` is the suite's, whose ``targets/NAME.yaml`` are known by name.

    Raises:
        UnknownName: no such target; lists the known ones.
        FaultyFiles: the target's file has faults.
        UsageError: an invalid URL.
        MissingVariable: the built-in ``azure`` without AZURE_OPENAI_ENDPOINT or _DEPLOYMENT.
    """
    if name_or_path.startswith(("ws://", "wss://")):
        if problem := address_problem(name_or_path):
            raise UsageError(f"target: {problem}")
        host = urlsplit(name_or_path).netloc.rpartition("@")[2]  # never user:password in a name
        return Target(format=1, target=host or "url", url=name_or_path)
    files = (
        {file.stem: file for file in sorted((folder / TARGETS).glob("*.yaml"))} if folder else {}
    )
    # A file of the suite wins: a suite can give "openai" settings of its own.
    if name_or_path not in files and name_or_path in BUILT_IN:
        return BUILT_IN[name_or_path]()
    path = files.get(name_or_path, Path(name_or_path))
    if path.suffix not in (".yaml", ".yml"):
        raise UnknownName("target", name_or_path, (*BUILT_IN, *files, "ws://…", "wss://…"))
    document = read_document(path)
    target = model_of(document, Target, list(target_faults(document.data)))
    return target if name_or_path in files else target.read_from(path.as_posix())


def target_file_faults(suites: Iterable[Path], transports: tuple[str, ...]) -> tuple[Fault, ...]:
    """Return every fault of these suites' target files; ``transports`` are the available ones."""
    faults: list[Fault] = []
    for folder in suites:
        for file in sorted((folder / TARGETS).glob("*.yaml")):
            try:
                name = load_target(str(file), None).transport
                if name not in transports:
                    problem = unknown("transport", name, transports)
                    faults.append(read_document(file).fault(("transport",), problem))
            except FaultyFiles as faulty:
                faults += faulty.faults
    return tuple(faults)


def _reference() -> Target:
    return Target(format=1, target="reference", model="reference")


def _openai() -> Target:
    return Target(
        format=1,
        target="openai",
        url="wss://api.openai.com/v1/realtime",
        model="gpt-realtime-2.1",
        auth=Auth(bearer_env="OPENAI_API_KEY"),
    )


def _azure() -> Target:
    endpoint, deployment = (
        _variable(f"AZURE_OPENAI_{name}") for name in ("ENDPOINT", "DEPLOYMENT")
    )
    # Both "https://mine.openai.azure.com/" and the host alone are accepted.
    host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").netloc
    return Target(
        format=1,
        target="azure",
        url=f"wss://{host}/openai/v1/realtime",
        model=deployment,
        auth=Auth(key_env="AZURE_OPENAI_API_KEY"),
    )


def _variable(name: str) -> str:
    if not (value := os.environ.get(name, "").strip()):
        raise MissingVariable(name, "target azure")
    return value


BUILT_IN: dict[str, Callable[[], Target]] = {
    "reference": _reference,
    "openai": _openai,
    "azure": _azure,
}
"""Targets that need no file. A file of the suite with the same name comes first."""


_SHOWN = 30


def default_paths() -> tuple[Path, ...]:
    """Return the default places of scenarios: ``scenarios`` in the current folder."""
    return (Path("scenarios"),)


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection of scenarios; by default all of them.

    Any of ``names`` must fit, if there are any: each is matched against name and file name without
    regard to case, as a glob or as a part of the name. Every item of ``tags`` must fit: a tag, or
    several with commas between them, any of which is enough. A scenario with any of ``not_tags``
    (commas alike) is left out.
    """

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()

    def holds(self, item: LoadedScenario) -> bool:
        """Return whether a scenario is selected."""
        own = set(item.scenario.tags)
        # Items are joined by "and", the tags within an item by "or".
        if not all(own & _split(tags) for tags in self.tags):
            return False
        return not any(own & _split(tags) for tags in self.not_tags) and self.names_one(item)

    def words(self) -> str:
        """The selection as text for messages."""
        wanted = [f"name like {' or '.join(map(repr, self.names))}"] if self.names else []
        wanted += [f"tag {_either(tags)}" for tags in self.tags]
        wanted += [f"no tag {_either(tags)}" for tags in self.not_tags]
        return " and ".join(wanted)

    def names_one(self, item: LoadedScenario) -> bool:
        """Return whether a selected name is a scenario's name; true for all if no name is given."""
        own = (item.scenario.name.lower(), item.path.stem.lower())
        wanted = tuple(name.lower() for name in self.names)
        # as written first: to a glob, the brackets of "name [case]" mean something else
        fits = (part in name or fnmatchcase(name, part) for part in wanted for name in own)
        return not wanted or any(fits)


EVERY = Selection()
"""Selects every scenario."""


def find(
    paths: tuple[Path, ...],
    selection: Selection = EVERY,
    scorers: ScorerOptions | None = None,
) -> tuple[LoadedScenario, ...]:
    """Load the scenarios of files and folders (a suite, a family, several suites), by path.

    Scenarios that are not selected are checked all the same. Scorer options are checked if
    ``scorers`` are given.

    Raises:
        FaultyFiles: with all faults of all files, duplicate names in a suite among them.
        UsageError: a path that does not exist, or an empty selection; lists the choices.
    """
    found = survey(paths, scorers)
    if found.faults:
        raise FaultyFiles(found.faults)
    chosen = tuple(item for item in found.loaded if selection.holds(item))
    if not chosen:
        raise UsageError(nothing_found(paths, selection, found.loaded))
    return chosen


def scenario_files(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the scenario files of files and folders, each once, by path.

    Raises:
        UsageError: a path that does not exist.
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
            # resolve() would fail on a link to itself; reading it reports that
            # By the real path: a file that two given paths contain is called once.
            files.setdefault(Path(os.path.realpath(file)), file)
    return tuple(sorted(files.values()))


def is_scenario_file(inside: Path) -> bool:
    """Return whether a YAML file, given relative to its suite or a folder above, is a scenario."""
    hidden = any(part.startswith(".") for part in inside.parts)
    named = inside.name not in (SUITE_FILE, GATE_FILE)
    return named and TARGETS not in inside.parts[:-1] and not hidden


@dataclass(frozen=True, slots=True)
class Survey:
    """The content of some places: the scenarios without faults, and every fault.

    ``suites`` are the folders of the suites, faulty suites too.
    """

    loaded: tuple[LoadedScenario, ...]
    faults: tuple[Fault, ...]
    suites: tuple[Path, ...]


def survey(paths: tuple[Path, ...], scorers: ScorerOptions | None = None) -> Survey:
    """Load all valid scenarios, each suite once, and gather the faults of all files, as ``find``.

    Raises:
        UsageError: a path that does not exist.
    """
    suites: dict[Path, SuiteFile] = {}
    faults: list[Fault] = []
    loaded: list[LoadedScenario] = []
    names: dict[Path, tuple[str, ...]] = {}
    for file in scenario_files(paths):
        try:
            made = load_of_suite(file, suites, scorers)
            names[file] = tuple(item.scenario.name for item in made)
            loaded.extend(made)
        except FaultyFiles as faulty:
            faults.extend(faulty.faults)
            # Names of faulty files count, too, or a duplicate would only appear after the next
            # correction.
            names[file] = written_names(file)
    faults.extend(_same_names(names))
    folders = tuple(file.parent for file in suites)
    return Survey(tuple(loaded), tuple(dict.fromkeys(faults)), folders)


def load_of_suite(
    file: Path, suites: dict[Path, SuiteFile], scorers: ScorerOptions | None = None
) -> tuple[LoadedScenario, ...]:
    """Load the scenarios of a file; ``suites`` caches each suite for the next file.

    Raises:
        FaultyFiles: with every fault of the scenario's file, and of its suite's; or a file is
            a link to somewhere outside the suite's folder.
    """
    try:
        suite_file = suite_file_of(file)
    except FaultyFiles as faulty:
        return load_file(file, SuiteFile(None, None, faulty.faults, scorers))
    for each in (suite_file, file):
        if not stays_inside(each, suite_file.parent):
            problem = f"a link that leads out of the suite's folder {suite_file.parent}; copy it"
            raise FaultyFiles.at(each, problem)
    # A suite of many scenarios is read and checked once.
    if suite_file not in suites:
        suites[suite_file] = read_suite(suite_file, scorers)
    return load_file(file, suites[suite_file])


def _same_names(names: Mapping[Path, tuple[str, ...]]) -> Iterator[Fault]:
    """Yield a fault for each file with the same name as another file of its suite."""
    first: dict[tuple[Path, str], Path] = {}
    for file, name in ((file, name) for file, own in names.items() for name in own):
        try:
            suite = suite_file_of(file).parent.resolve()
        except FaultyFiles:
            continue
        other = first.setdefault((suite, name), file)
        if other is not file:
            problem = f"{name!r} is the name of {other} too; results are told apart by name"
            yield read_document(file, strict=False).fault(("name",), problem)


def _split(tags: str) -> set[str]:
    return {tag.strip() for tag in tags.split(",")}


def _either(tags: str) -> str:
    return " or ".join(repr(tag.strip()) for tag in tags.split(","))


def nothing_found(
    paths: tuple[Path, ...], selection: Selection, loaded: tuple[LoadedScenario, ...]
) -> str:
    """Return the message that no scenario was selected, with the available names."""
    places = ", ".join(str(path) for path in paths) or "nowhere"
    if not loaded:
        return f"no scenario files (*.yaml beside or below a {SUITE_FILE}) in {places}"
    names = [item.scenario.name for item in loaded]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    known = sorted({tag for item in loaded for tag in item.scenario.tags})
    wanted = [
        tag for tags in (*selection.tags, *selection.not_tags) for tag in sorted(_split(tags))
    ]
    meant = "".join(did_you_mean(tag, known) for tag in wanted if tag not in known)
    if not any(selection.names_one(item) for item in loaded):
        meant += "".join(did_you_mean(name, names) for name in selection.names)
    return (
        f"no scenario with {selection.words()} in {places}{meant}; "
        f"names: {', '.join(names[:_SHOWN])}{more}; tags: {', '.join(known) or 'none'}"
    )
