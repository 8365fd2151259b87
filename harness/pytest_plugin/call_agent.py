"""The fixture ``call_agent``: a test speaks a scenario to the agent and asks how it went."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias, TypedDict, Unpack
from urllib.parse import urlsplit

from harness.errors import FaultyFiles, InputError, UsageError
from harness.judging.scorers.registry import known_options
from harness.pytest_plugin.call_runner import PlannedCall, aimed, planned_call, switchboard
from harness.pytest_plugin.outcome import CallOutcome
from harness.pytest_plugin.scenario_items import load, short
from harness.pytest_plugin.session import Options, PluginRun
from harness.runs.preflight import check_scenarios
from harness.scenario.identity import seed_offset
from harness.scenario.load import (
    SUITE_FILE,
    LoadedScenario,
    load_scenario,
    load_suite,
    suite_file_of,
)
from harness.scenario.target import Target

AnyScenario: TypeAlias = LoadedScenario | Mapping[str, Any] | Path | str
"""Accepted scenarios: a loaded scenario, its data, its file, or its YAML text."""


class CallOptions(TypedDict, total=False):
    """Options of a single call; the plugin's options supply the others."""

    target: str | Target
    seed: int
    fault: str | None
    real_time: bool
    suite: Path | str
    """Folder of the suite of a scenario that is no file; the nearest above the test if left out."""


@dataclass(frozen=True, slots=True)
class ReferenceAgent:
    """A reference agent in a process of its own, in real time."""

    url: str

    @property
    def host(self) -> str:
        """The address that it listens on."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return urlsplit(self.url).port or 0


class CallAgent:
    """Calls the agent: ``result = await call_agent("scenarios/desk/straight.yaml")``."""

    def __init__(self, session: PluginRun) -> None:
        self._session = session

    def __repr__(self) -> str:
        return "<call_agent>"

    async def __call__(self, scenario: AnyScenario, **options: Unpack[CallOptions]) -> CallOutcome:
        """Make a call and return it judged; the running loop continues meanwhile.

        Raises:
            InputError: the scenario, or an option, is wrong.
            OperationError: no call can be made here.
        """
        __tracebackhide__ = True
        (planned,) = self._planned(scenario, 1, options)
        return await switchboard(self._session).call_async(planned)

    async def repeat(
        self, scenario: AnyScenario, times: int, **options: Unpack[CallOptions]
    ) -> tuple[CallOutcome, ...]:
        """Make several calls with seeds that count up, some at the same time; raises likewise."""
        __tracebackhide__ = True
        board = switchboard(self._session)
        planned = self._planned(scenario, times, options)
        return tuple(await asyncio.gather(*map(board.call_async, planned)))

    def sync(self, scenario: AnyScenario, **options: Unpack[CallOptions]) -> CallOutcome:
        """Make a call from a test or fixture that is not a coroutine; raises likewise."""
        __tracebackhide__ = True
        (planned,) = self._planned(scenario, 1, options)
        return switchboard(self._session).call(planned)

    def _planned(
        self, scenario: AnyScenario, times: int, options: CallOptions
    ) -> tuple[PlannedCall, ...]:
        __tracebackhide__ = True
        if unknown := set(options) - set(CallOptions.__annotations__):
            known = ", ".join(CallOptions.__annotations__)
            raise UsageError(f"call_agent: unknown option {min(unknown)!r}; known: {known}")
        if times < 1:
            raise UsageError(f"call_agent: times={times}: expected 1 or more")
        try:
            loaded = self._loaded(scenario, options.get("suite"))
            check_scenarios((loaded,))
            wished = _with(self._session.options, options)
            if "target" not in options:
                wished = aimed(self._session.config, loaded, wished)
            first, offset = self._first_repeat_and_offset(loaded, wished, options, times)
            return tuple(
                planned_call(loaded, wished, repeat=first + number, seed_offset=offset)
                for number in range(times)
            )
        except InputError as error:  # a fault of the test's own: our frames do not help to see it
            raise error.with_traceback(None) from None

    def _first_repeat_and_offset(
        self, loaded: LoadedScenario, wished: Options, options: CallOptions, times: int
    ) -> tuple[int, int]:
        """Return the first repeat of the test's calls, and the offset of its seeds.

        Both are 0 if the test gives a seed: then it means exactly that call.
        """
        if "seed" in options:
            return 0, 0
        owner = self._session.owners.owner(self._session.test)
        if not owner:
            return 0, 0
        agent = wished.target if isinstance(wished.target, str) else wished.target.target
        kind = (owner, loaded.hash, agent, wished.fault, wished.real_time)
        return self._session.owners.take(kind, times), seed_offset(owner)

    def _loaded(self, scenario: AnyScenario, suite: Path | str | None) -> LoadedScenario:
        if isinstance(scenario, LoadedScenario):
            return scenario
        if isinstance(scenario, Mapping):
            return self._written(json.dumps(scenario, indent=1), suite)
        if isinstance(scenario, str) and "\n" in scenario:
            return self._written(scenario, suite)
        return _only(load(self._session, self._found(Path(scenario))))

    def _written(self, text: str, suite: Path | str | None) -> LoadedScenario:
        """Load a scenario written in a test; faults are reported at the test's file."""
        test = self._session.test
        place = self._session.config.rootpath / "conftest.py" if test is None else test.path
        shown = short(self._session, place)
        folder = _suite_beside(place, shown) if suite is None else self._found(Path(suite))
        # A folder, because Windows opens no file a second time that is open for writing.
        with TemporaryDirectory() as scratch:
            inside = Path(scratch, "scenario.yaml")
            inside.write_text(text, encoding="utf-8")
            try:
                scorers = known_options()
                suite_there = load_suite(folder, scorers)
                loaded = load_scenario(inside, suite=suite_there, scorers=scorers)
                return replace(loaded, path=shown)
            except FaultyFiles as faulty:
                faults = (
                    replace(fault, path=shown, line=None) if fault.path == inside else fault
                    for fault in faulty.faults
                )
                raise FaultyFiles(tuple(faults)) from faulty

    def _found(self, path: Path) -> Path:
        """Resolve a path relative to pytest's root folder, or to the folder of its invocation."""
        config = self._session.config
        places = (config.rootpath / path, config.invocation_params.dir / path)
        found = next((place for place in places if place.exists()), None)
        if found is None:
            looked = " and ".join(dict.fromkeys(str(place) for place in places))
            raise UsageError(f"call_agent: no such file: {looked}")
        return found


def _only(found: tuple[LoadedScenario, ...]) -> LoadedScenario:
    if len(found) > 1:
        raise UsageError(
            f"call_agent: {found[0].path} holds {len(found)} cases, and one call is one scenario; "
            "its cases are tests of their own"
        )
    return found[0]


def _suite_beside(place: Path, shown: Path) -> Path:
    try:
        return suite_file_of(place).parent
    except FaultyFiles:
        raise UsageError(
            f"call_agent: no {SUITE_FILE} beside {shown} or above; name the suite's folder: suite=…"
        ) from None


def _with(options: Options, given: CallOptions) -> Options:
    changes: dict[str, Any] = {key: value for key, value in given.items() if key != "suite"}
    return replace(options, repeat=None, **changes)
