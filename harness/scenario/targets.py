"""Targets by name or file: the embedded agent, known services, and files under ``targets/``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import Fault, FaultyFiles, MissingVariable, UnknownName, UsageError
from harness.scenario.document import read_document
from harness.scenario.load import model_of
from harness.scenario.pieces import unknown
from harness.scenario.target import Auth, Target, address_problem, target_faults

TARGETS = "targets"
"""Folder of a suite that holds its target files."""


def load_target(name_or_path: str, folder: Path | None) -> Target:
    """Find a target: built in, a ``ws://`` or ``wss://`` URL, a file, or a name in the suite.

    ``folder`` is the suite's, whose ``targets/NAME.yaml`` are known by name.

    Raises:
        UnknownName: no such target; lists the known ones.
        FaultyFiles: the target's file has faults.
        UsageError: a URL that is none.
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
    if name_or_path not in files and name_or_path in BUILT_IN:
        return BUILT_IN[name_or_path]()
    path = files.get(name_or_path, Path(name_or_path))
    if path.suffix not in (".yaml", ".yml"):
        raise UnknownName("target", name_or_path, (*BUILT_IN, *files, "ws://…", "wss://…"))
    document = read_document(path)
    target = model_of(document, Target, list(target_faults(document.data)))
    return target if name_or_path in files else target.read_from(path.as_posix())


def target_file_faults(suites: Iterable[Path], transports: tuple[str, ...]) -> tuple[Fault, ...]:
    """Return every fault of the target files beside these suites; ``transports`` are there."""
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
