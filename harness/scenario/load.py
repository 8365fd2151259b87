"""Scenario, suite and target files into models; every fault of a file in one error.

A fault names file, line, key, what is wrong and what is allowed:
``scenarios/noise/cafe.yaml:14: caller.noise.snr_db: expected a number, got 'loud'``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from harness.errors import Fault, FaultyFiles, MissingVariable, UnknownName
from harness.language.spoken import speak_value
from harness.scenario import identity
from harness.scenario.checks import PLACEHOLDER, scenario_faults
from harness.scenario.document import Document, KeyPath, read_document
from harness.scenario.fields import Model
from harness.scenario.model import FORMAT, Fact, Scenario, Suite
from harness.scenario.suite_checks import instructions, suite_faults
from harness.scenario.target import BearerAuth, Target, target_faults
from harness.scenario.wording import plain_faults

SUITE_FILE = "suite.yaml"
"""Name of the file that makes a folder a suite."""

GATE_FILE = "gates.yaml"
"""Name of the file beside a suite that says what its runs must keep (``results/gate_file.py``)."""

TARGETS = "targets"
"""Folder of a suite that holds its target files."""

_Loaded = TypeVar("_Loaded", bound=Model)


@dataclass(frozen=True, slots=True)
class LoadedSuite:
    """A suite, the folder it stands in, and the text of its prompt."""

    suite: Suite
    folder: Path
    instructions: str


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario with its file and suite."""

    scenario: Scenario
    path: Path
    suite: LoadedSuite

    @property
    def hash(self) -> str:
        """Identity of the test: results with different hashes are not of the same test."""
        return identity.scenario_hash(self.scenario, self.suite.suite)

    @property
    def prompt_hash(self) -> str:
        """Identity of what the agent is told."""
        return identity.prompt_hash(self.suite.suite, self.suite.instructions)


def load_suite(folder_or_file: Path) -> LoadedSuite:
    """Load a suite from its folder or its file.

    Raises:
        FaultyFiles: with every fault of the suite's file.
    """
    path = folder_or_file / SUITE_FILE if folder_or_file.is_dir() else folder_or_file
    document = read_document(path)
    suite = model_of(document, Suite, list(suite_faults(document.data, path.parent)))
    return LoadedSuite(suite, path.parent, instructions(suite.instructions, path.parent))


def load_scenario(path: Path, *, suite: LoadedSuite | None = None) -> LoadedScenario:
    """Load one scenario; its suite is the nearest ``suite.yaml`` in its folder or above.

    ``suite`` spares reading that one again.

    Raises:
        FaultyFiles: with every fault of the scenario's file, and of its suite's.
    """
    faults: list[Fault] = []
    if suite is None:
        try:
            suite = load_suite(suite_file_of(path))
        except FaultyFiles as faulty:
            faults.extend(faulty.faults)
    try:
        document = read_document(path)
        if "suite" in document.data and "turns" not in document.data:
            problem = "this is a suite, not a scenario; give its folder to run all of it"
            raise FaultyFiles((document.fault(("suite",), problem),))
        found = scenario_faults(document.data, suite.suite if suite else None)
        scenario = model_of(document, Scenario, list(found))
    except FaultyFiles as faulty:
        faults.extend(faulty.faults)
    if faults or suite is None:
        raise FaultyFiles(tuple(faults))
    return LoadedScenario(scenario, path, suite)


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
    raise FaultyFiles((Fault(path, None, "", problem),))


def load_target(name_or_path: str, folder: Path | None) -> Target:
    """Find a target: built in, a ``ws://`` or ``wss://`` URL, a file, or a name in the suite.

    ``folder`` is the suite's, whose ``targets/NAME.yaml`` are known by name.

    Raises:
        UnknownName: no such target; lists the known ones.
        FaultyFiles: the target's file has faults.
        MissingVariable: the built-in ``azure`` without AZURE_OPENAI_ENDPOINT or _DEPLOYMENT.
    """
    if name_or_path.startswith(("ws://", "wss://")):
        host = urlsplit(name_or_path).netloc.rpartition("@")[2]  # never user:password in a name
        return Target(format=1, target=host or "url", url=name_or_path)
    files = (
        {file.stem: file for file in sorted((folder / TARGETS).glob("*.yaml"))} if folder else {}
    )
    if name_or_path not in files and name_or_path in BUILT_IN:
        return BUILT_IN[name_or_path]()
    path = files.get(name_or_path, Path(name_or_path))
    if path.suffix not in (".yaml", ".yml"):
        raise UnknownName("target", name_or_path, (*BUILT_IN, *files, "ws://…", "wss://…"))
    document = read_document(path)
    return model_of(document, Target, list(target_faults(document.data)))


def _reference() -> Target:
    return Target(format=1, target="reference", model="reference")


def _openai() -> Target:
    return Target(
        format=1,
        target="openai",
        url="wss://api.openai.com/v1/realtime",
        model="gpt-realtime-2",
        auth=BearerAuth(bearer_env="OPENAI_API_KEY"),
    )


def _azure() -> Target:
    endpoint, deployment = (
        _variable(f"AZURE_OPENAI_{name}") for name in ("ENDPOINT", "DEPLOYMENT")
    )
    host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").netloc
    return Target(
        format=1,
        target="azure",
        url=f"wss://{host}/openai/v1/realtime",
        model=deployment,
        auth=BearerAuth(bearer_env="AZURE_OPENAI_API_KEY"),
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


def with_values(text: str, facts: Mapping[str, Fact]) -> str:
    """Fill each ``{fact}`` with its value, as written.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return PLACEHOLDER.sub(lambda match: _fact(match[1], facts).value, text)


def spoken_text(say: str, facts: Mapping[str, Fact]) -> tuple[str, str]:
    """Return a caller's line with the values as written, and as the words that are spoken.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return with_values(say, facts), PLACEHOLDER.sub(
        lambda match: _said(_fact(match[1], facts)), say
    )


def _fact(name: str, facts: Mapping[str, Fact]) -> Fact:
    if name not in facts:
        raise UnknownName("fact", name, tuple(facts))
    return facts[name]


def _said(fact: Fact) -> str:
    return fact.spoken if fact.spoken is not None else speak_value(fact.value, fact.kind)


def model_of(document: Document, model: type[_Loaded], extra: list[tuple[KeyPath, str]]) -> _Loaded:
    """Make the model of a document.

    Raises:
        FaultyFiles: with all faults, pydantic's and the ``extra`` ones.
    """
    number = document.data.get("format")
    if isinstance(number, int) and number > FORMAT:
        problem = f"format {number} is newer than this harness, which reads {FORMAT}; update it"
        raise FaultyFiles((document.fault(("format",), problem),))
    found, made = list(extra), None
    try:
        # As JSON, because lists and plain text are then fine for tuples and enums, strictly.
        made = model.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        plain = plain_faults(error, model, document.data)
        # A fault of the whole document comes from a check that `extra` has made, with its place.
        found.extend(item for item in plain if item[0] or not extra)
    if found or made is None:
        faults = {document.fault(key, problem): None for key, problem in found}
        raise FaultyFiles(tuple(sorted(faults, key=lambda fault: (fault.line or 0, fault.key))))
    return made
