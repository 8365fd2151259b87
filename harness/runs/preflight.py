"""Checks before the first call, for faults that would spoil every call of a run."""

from __future__ import annotations

import platform
import socket
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from harness.audio.ffmpeg import load_opus
from harness.errors import Fault, FaultyFiles, OperationError, UnknownName, UsageError
from harness.judging.scorers.registry import scorers_for
from harness.runs.plan import Job, Machines
from harness.runs.routes import route_to
from harness.runs.worker_results import UrlFolder
from harness.scenario.document import read_document
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target
from harness.session.virtual_time import missing_hook
from harness.transport.base import transport

_ANSWERS_S = 3.0


def check_virtual_time() -> None:
    """Raise UsageError if this Python does not support virtual time."""
    missing = missing_hook()
    if missing:
        raise UsageError(
            f"no virtual time with Python {platform.python_version()}: its asyncio has no "
            f"{missing}; call with --real-time, or use a Python that README names"
        )


def check_target(target: Target, *, here: bool = True) -> None:
    """Check a target for faults that would otherwise spoil every call.

    Keys are required only if the calls are made ``here``: workers have their own.

    Raises:
        UsageError: its transport is not known.
        MissingVariable: its key is not set.
    """
    try:
        transport(target.transport)
    except UnknownName as error:
        raise UsageError(f"target {target.target}: {error}") from error
    # Built and thrown away: building it reads the key from the environment.
    if here and target.url is not None:
        route_to(target)


def check_scenarios(scenarios: tuple[LoadedScenario, ...]) -> None:
    """Check for faults that would spoil every call: a broken scorer package, or an unknown choice.

    Raises:
        InputError: two packages with the same name; a scorer or an option that does not exist
            (loaded files are checked already, with their lines).
    """
    if stored := tuple(_stored(scenarios)):
        raise FaultyFiles(stored)
    for loaded in scenarios:
        scorers_for(loaded.scenario)
        line = loaded.scenario.caller.line
        if line is not None and line.codec == "opus":
            load_opus()  # load now: a load during a call would delay its frames


def _stored(scenarios: tuple[LoadedScenario, ...]) -> Iterator[Fault]:
    for loaded in scenarios:
        if loaded.scenario.stored is not None:
            problem = (
                f"{loaded.scenario.name!r} is for stored calls and has no turns, so nobody can "
                "call with it; `harness import` judges stored calls by it"
            )
            yield read_document(loaded.path).fault(("stored",), problem)


def check_suites(scenarios: tuple[LoadedScenario, ...]) -> None:
    """Raise UsageError for two suites of one name, which separates results and baselines."""
    folders: dict[str, Path] = {}
    for loaded in scenarios:
        name, folder = loaded.suite.suite.suite, loaded.suite.folder
        first = folders.setdefault(name, folder)
        # One folder by two paths, for example through a link, is a single suite.
        if first.resolve() != folder.resolve():
            raise UsageError(
                f"{first} and {folder} are both the suite {name!r}: results are told apart by "
                "its name; rename one, or run them apart"
            )


def check_fault(name: str, *, embedded: bool) -> None:
    """Check whether the agent supports the fault ``name``.

    Raises:
        UsageError: the agent is not the embedded one.
        UnknownName: no fault has that name.
    """
    from harness.agent.faults import fault

    if not embedded:
        raise UsageError("--fault works on the embedded reference agent only; drop --target")
    fault(name)


def check_machines(machines: Machines, jobs: Iterable[Job], *, virtual: bool) -> None:
    """Check whether workers of dask can make these calls, and whether a scheduler is there.

    Raises:
        UsageError: dask is not installed; the embedded agent is called in real time; a target's
            server reports its tools; an output URL that cannot be used.
        OperationError: no scheduler answers at the address.
    """
    if find_spec("distributed") is None:
        raise UsageError(
            "--executor dask needs dask.distributed, which is not installed: "
            "python -m pip install 'voice-agent-harness[distributed]'"
        )
    # By identity, because targets hold mappings and cannot be hashed.
    for target in {id(job.target): job.target for job in jobs}.values():
        if target.url is None and not virtual:
            raise UsageError(
                "--executor dask calls the embedded agent in virtual time only; drop --real-time, "
                "or serve it with `harness agent` and give its address as --target"
            )
        if target.tools_from is not None:
            raise UsageError(
                f"--executor dask: target {target.target} has tools_from, and what its server "
                "tells comes to one machine; call it without --executor"
            )
    if machines.url is not None:
        UrlFolder(machines.url)
    if machines.scheduler is not None:
        _check_answers(machines.scheduler)


def _check_answers(address: str) -> None:
    place = urlsplit(address)
    try:
        # A plain connection: dask's own client would wait and retry much longer.
        with socket.create_connection((place.hostname, place.port), timeout=_ANSWERS_S):
            pass
    except OSError as error:
        raise OperationError(
            f"no dask scheduler answers at {address}: {error.strerror or error}; start one there "
            "with `dask scheduler`, or drop --scheduler to use this machine alone"
        ) from error
