"""Loads scenario and suite files into models, with conditions; all faults in one error.

A fault names file, line, key, the error and the allowed values: ``scenarios/noise/cafe.yaml:14:
caller.noise.snr_db: expected a number, got 'loud'``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from harness.errors import Fault, FaultyFiles
from harness.language.language import Language, language_named
from harness.scenario import identity
from harness.scenario.checks import scenario_faults
from harness.scenario.document import Document, KeyPath, read_document
from harness.scenario.fault_text import Found, misspelt_keys, plain_faults
from harness.scenario.fields import Model, Text
from harness.scenario.media_files import digest_of, filled, folders_of, own_file, own_file_faults
from harness.scenario.model import (
    FORMAT,
    BedNoise,
    PhoneLine,
    Scenario,
    ScorerOptions,
    SecondTalker,
    Suite,
    choice_faults,
    judged_by_nobody,
)
from harness.scenario.scenario_file import ScenarioFile, case_faults, drafts
from harness.scenario.suite_checks import (
    instructions,
    step_faults,
    suite_faults,
    suite_language,
    with_prompts,
)
from harness.scenario.tool_checks import KnownTool, known_tools

# Correct misspelt keys of a file before it is checked, so that each is reported once.
#
# Without this, ``facs:`` would be an unknown key, and an unknown fact in every sentence.

_MOST_ROUNDS = 4
"""A misspelt key inside another misspelt key is found only after the outer key is corrected."""


def with_keys_corrected(
    document: Document, model: type[Model]
) -> tuple[Document, list[tuple[KeyPath, str]]]:
    """Return the document with its misspelt keys renamed, and the fault of each.

    A key is renamed if it is nearly an allowed key that its mapping does not have. Its line numbers
    are found under both names.
    """
    faults: dict[KeyPath, str] = {}
    for _ in range(_MOST_ROUNDS):
        try:
            model.of(document.data)
        except ValidationError as error:
            found = misspelt_keys(error, model, document.data)
        else:
            break
        if not found:
            break
        for place, meant, problem in found:
            faults[place] = problem
            document = _renamed(document, place, meant)
    return document, list(faults.items())


def _renamed(document: Document, place: KeyPath, meant: str) -> Document:
    new = (*place[:-1], meant)
    lines = dict(document.lines)
    for key, line in document.lines.items():
        if key[: len(place)] == place:
            lines[(*new, *key[len(place) :])] = line
    return replace(document, data=_with_key(document.data, place, meant), lines=lines)


def _with_key(data: Any, place: KeyPath, meant: str) -> Any:
    if isinstance(data, list):
        return [
            _with_key(each, place[1:], meant) if number == place[0] else each
            for number, each in enumerate(data)
        ]
    inside: Mapping[str, Any] = data
    if len(place) == 1:
        return {meant if key == place[0] else key: value for key, value in inside.items()}
    return {
        key: _with_key(value, place[1:], meant) if key == place[0] else value
        for key, value in inside.items()
    }


SUITE_FILE = "suite.yaml"
"""Name of the file that makes a folder a suite."""

GATE_FILE = "gates.yaml"
"""The file next to a suite with the conditions of its runs (``results/gates/gate_file.py``)."""

_Loaded = TypeVar("_Loaded", bound=Model)


@dataclass(frozen=True, slots=True)
class LoadedSuite:
    """A suite, its folder, and the text of its prompt."""

    suite: Suite
    folder: Path
    instructions: str

    @property
    def language(self) -> Language:
        """The language of callers and agent; a loaded suite has a language."""
        return language_named(self.suite.language)


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario with its file and suite."""

    scenario: Scenario
    path: Path
    suite: LoadedSuite

    @property
    def hash(self) -> str:
        """Identity of the test: results with different hashes are not of the same test."""
        return identity.scenario_hash(self.scenario, self.suite.suite, self._digests())

    def own_files(self) -> Mapping[str, Path | None]:
        """Return the author's own files by their names in the scenario.

        None means that the file does not exist.
        """
        facts = {"facts": {name: {"value": f.value} for name, f in self.scenario.facts.items()}}
        folders = folders_of(self.path, self.suite.folder)
        needed = [turn.files for turn in self.scenario.turns]
        needed += [answer.files for answer in self.scenario.answers]
        names = (name for files in needed for name in files)
        return {name: own_file(filled(name, facts) or name, folders) for name in names}

    def _digests(self) -> Mapping[str, str]:
        """Return the digests of the author's files."""
        found = self.own_files()
        return {name: "" if path is None else digest_of(path) for name, path in found.items()}

    @property
    def prompt_hash(self) -> str:
        """Identity of the agent's prompt and tools."""
        return identity.prompt_hash(self.suite.suite, self.suite.instructions)


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """A suite's file as far as it could be read: its scenarios are checked against it all the same.

    ``data`` and ``tools`` are None if nothing can be read, ``loaded`` if there are ``faults``,
    ``language`` if the suite names no known language. ``scorers`` are the choices of its scenarios,
    None if calls will not be judged: choices are not checked then.
    """

    data: Mapping[str, Any] | None
    loaded: LoadedSuite | None = None
    faults: tuple[Fault, ...] = ()
    scorers: ScorerOptions | None = None
    tools: Mapping[str, KnownTool] | None = field(init=False)
    language: Language | None = field(init=False)

    def __post_init__(self) -> None:
        tools = None if self.data is None else known_tools(self.data)
        object.__setattr__(self, "tools", tools)  # once for all scenarios: schemas are slow
        language = None if self.data is None else suite_language(self.data)
        object.__setattr__(self, "language", language)


def load_suite(folder_or_file: Path, scorers: ScorerOptions | None = None) -> LoadedSuite:
    """Load a suite from its folder or its file; its options for ``scorers`` are checked.

    Raises:
        FaultyFiles: with every fault of the suite's file.
    """
    read = read_suite(folder_or_file, scorers)
    if read.loaded is None:
        raise FaultyFiles(read.faults)
    return read.loaded


def read_suite(folder_or_file: Path, scorers: ScorerOptions | None = None) -> SuiteFile:
    """Read a suite from its folder or its file, despite any faults in it."""
    path = folder_or_file / SUITE_FILE if folder_or_file.is_dir() else folder_or_file
    try:
        document = read_document(path, strict=False)
    except FaultyFiles as faulty:
        return SuiteFile(None, None, faulty.faults, scorers)
    try:
        document, misspelt = with_keys_corrected(document, Suite)
        found = [*misspelt, *suite_faults(document.data, path.parent)]
        found += own_file_faults(document.data, (path.parent,), path.parent)
        found += choice_faults(document.data, scorers) if scorers is not None else ()
        suite = model_of(document, Suite, found)
        text = instructions(suite.instructions, path.parent)
    except FaultyFiles as faulty:
        return SuiteFile(document.data, None, faulty.faults, scorers)
    return SuiteFile(document.data, LoadedSuite(suite, path.parent, text), (), scorers)


def load_scenario(
    path: Path, *, suite: LoadedSuite | None = None, scorers: ScorerOptions | None = None
) -> LoadedScenario:
    """Load the single scenario of a file; its suite is the nearest ``suite.yaml`` above.

    Raises:
        FaultyFiles: with every fault of the scenario's file, and of its suite's; or the file holds
            several cases.
    """
    if suite is None:
        read = _nearest(path, scorers)
    else:
        read = SuiteFile(_data_of(suite), suite, (), scorers)
    found = load_file(path, read)
    if len(found) > 1:
        problem = f"holds {len(found)} cases, expected one scenario"
        raise FaultyFiles((read_document(path).fault(("cases",), problem),))
    return found[0]


def load_file(path: Path, suite: SuiteFile) -> tuple[LoadedScenario, ...]:
    """Load the scenario of a file, or those of its cases.

    Raises:
        FaultyFiles: with every fault of the scenario's file, and of its suite's.
    """
    faults, made = list(suite.faults), []
    try:
        document = read_document(path, strict=False)
        if "suite" in document.data and "turns" not in document.data:
            problem = "this is a suite, not a scenario; give its folder to run all of it"
            raise FaultyFiles((document.fault(("suite",), problem),))
        document, misspelt = with_keys_corrected(document, ScenarioFile)
        written = tuple(drafts(document.data, suite.data or {}))
        found = misspelt + [
            (place, problem)
            for draft in written
            for key, problem in _draft_faults(draft.data, suite, path)
            if (place := draft.place(key)) is not None
        ]
        found += [fault for draft in written for fault in draft.lacking_facts()]
        model_of(document, ScenarioFile, [*found, *case_faults(document.data)])
        if suite.loaded is not None:  # values of a faulty suite may be of any type
            full = (with_prompts(draft.data, suite.loaded.folder) for draft in written)
            made = [Scenario.of(data) for data in full]
    except FaultyFiles as faulty:
        faults.extend(faulty.faults)
    if faults or suite.loaded is None:
        raise FaultyFiles(tuple(faults))
    return tuple(LoadedScenario(scenario, path, suite.loaded) for scenario in made)


def _draft_faults(data: Mapping[str, Any], suite: SuiteFile, path: Path) -> Found:
    yield from scenario_faults(data, suite.tools, suite.language, path)
    if suite.loaded is not None:  # else the suite's own folder is unknown
        folder = suite.loaded.folder
        yield from own_file_faults(data, folders_of(path, folder), folder)
    yield from step_faults(data, suite.tools, None if suite.loaded is None else suite.loaded.folder)
    if suite.scorers is not None:
        yield from choice_faults(data, suite.scorers)
        yield from judged_by_nobody(data, suite.scorers)


def _nearest(path: Path, scorers: ScorerOptions | None) -> SuiteFile:
    try:
        return read_suite(suite_file_of(path), scorers)
    except FaultyFiles as faulty:
        return SuiteFile(None, None, faulty.faults, scorers)


def stored_scenario(suite: LoadedSuite) -> LoadedScenario:
    """Return the scenario of stored calls for a suite that defines none, under the suite's name."""
    name = suite.suite.suite
    (draft,) = drafts({"format": FORMAT, "name": name, "stored": {}}, _data_of(suite))
    made = Scenario.of(draft.data)
    return LoadedScenario(made, suite.folder / SUITE_FILE, suite)


def _data_of(suite: LoadedSuite) -> Mapping[str, Any]:
    data: Mapping[str, Any] = suite.suite.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return data


def suite_file_of(path: Path) -> Path:
    """Find the suite of a scenario file.

    Raises:
        FaultyFiles: no folder from the file's up to the root holds a ``suite.yaml``.
    """
    near = list(path.parents)  # relative as the user wrote it, so that messages stay short
    for folder in (*near, *path.absolute().parents):
        if (folder / SUITE_FILE).is_file():
            return folder / SUITE_FILE
    problem = (
        f"no {SUITE_FILE} in its folder or above, so nobody knows the agent under test; "
        f"create {SUITE_FILE} beside it, or start from the one that `harness init DIR` writes"
    )
    raise FaultyFiles.at(path, problem)


_SIGNS = {
    "a scenario": {"name", "turns"},
    "a suite": {"suite", "instructions"},
    "a target": {"target"},
    "a nightly file": {"nightly", "suites"},
    "a file of gates": {"gates"},
    "a file of prices": {"currency", "models"},
}
"""Keys that identify a file given in place of another."""


def _other_kind(data: Mapping[str, Any], model: type[Model]) -> str | None:
    """Return the kind of a file that has no key of the expected kind and all of another kind."""
    fields = model.model_fields
    needed = {name for name, field in fields.items() if field.is_required()} - {"format"}
    if not data.keys() <= {"format"} | needed and not needed & data.keys():
        for kind, signs in _SIGNS.items():
            if signs <= data.keys() - fields.keys() and "turns" not in data.keys() - signs:
                return f"this is {kind}, which is not the kind of file that is wanted here"
    return None


def model_of(document: Document, model: type[_Loaded], extra: list[tuple[KeyPath, str]]) -> _Loaded:
    """Make the model of a document.

    Raises:
        FaultyFiles: with all faults, pydantic's and the ``extra`` ones.
    """
    if other := _other_kind(document.data, model):
        raise FaultyFiles((document.fault((), other),))
    number = document.data.get("format")
    if isinstance(number, int) and number > FORMAT:
        problem = f"format {number} is newer than this harness, which reads {FORMAT}; update it"
        raise FaultyFiles((document.fault(("format",), problem),))
    found, made = list(extra), None
    try:
        # As JSON, because lists and plain text are then fine for tuples and enums, strictly.
        made = model.of(document.data)
    except ValidationError as error:
        plain = plain_faults(error, model, document.data)
        # A fault of the whole document comes from a check that `extra` has made, with its place.
        found.extend(item for item in plain if item[0] or not extra)
    if found or made is None or document.faults:
        faults = dict.fromkeys(document.faults)
        # the value at these places is not the intended value
        spoilt = {fault.key for fault in document.faults}
        faults |= {
            fault: None
            for key, problem in found
            if (fault := document.fault(key, problem)).key not in spoilt
        }
        raise FaultyFiles(tuple(sorted(faults, key=lambda fault: (fault.line or 0, fault.key))))
    return made


# Conditions: the same callers in a louder place, on a worse line, or faster: a named patch.


class Condition(Model):
    """What is different about every caller; what is not named stays as the scenario says."""

    name: Text
    noise: BedNoise | None = None
    """A noise bed under the whole call, in place of the scenario's own."""
    voice: Text | None = None
    """Who calls, as the ``name`` of a caller's voice. Recorded lines have theirs: eSpeak speaks."""
    voice_rate: Annotated[float, Field(gt=0.25, le=4)] | None = None
    """The caller's pace; 1.3 is 30 % faster. Recorded lines have one pace: eSpeak speaks others."""

    line: PhoneLine | None = None
    """What the line does to all callers, in place of the scenario's own line."""
    second_talker: SecondTalker | None = None
    """Somebody near all callers who talks, in place of the scenario's own."""

    def applied(self, loaded: LoadedScenario) -> LoadedScenario:
        """Return the scenario under this condition: another test, with a hash of its own."""
        caller = loaded.scenario.caller
        own = {"noise": self.noise, "line": self.line, "second_talker": self.second_talker}
        caller = caller.model_copy(update={key: one for key, one in own.items() if one is not None})
        if self.voice is not None:
            voice = caller.voice.model_copy(update={"name": self.voice})
            caller = caller.model_copy(update={"voice": voice})
        if self.voice_rate is not None:
            voice = caller.voice.model_copy(update={"rate": self.voice_rate})
            caller = caller.model_copy(update={"voice": voice})
        return replace(loaded, scenario=loaded.scenario.model_copy(update={"caller": caller}))
