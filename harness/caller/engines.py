"""Whether the speech engines that files ask for are there, before anybody is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.errors import Fault, FaultyFiles
from harness.scenario.document import KeyPath, read_document
from harness.scenario.load import SUITE_FILE, LoadedScenario
from harness.scenario.wording import did_you_mean, listed, shown
from harness.speech.registry import recognizer_names, synthesizer_names

DEFAULT = "default"
"""Recorded lines where there are some, else eSpeak."""


def check_engines(scenarios: Iterable[LoadedScenario]) -> None:
    """See that the voice of every scenario, and the recognizer of its suite, are known.

    Raises:
        FaultyFiles: with the line of each engine that no installed package offers.
    """
    speakers, listeners = (DEFAULT, *synthesizer_names()), recognizer_names()
    faults: dict[Fault, None] = {}  # a suite is that of many scenarios, and faulty once
    for loaded in scenarios:
        suite = loaded.suite
        voice = loaded.scenario.caller.voice.engine
        ears = suite.suite.recognizer
        for fault in (
            *_unknown(voice, speakers, loaded.path, ("caller", "voice", "engine")),
            *_unknown(ears, listeners, suite.folder / SUITE_FILE, ("recognizer",)),
        ):
            faults[fault] = None
    if faults:
        raise FaultyFiles(tuple(faults))


def _unknown(name: str, known: tuple[str, ...], path: Path, place: KeyPath) -> Iterator[Fault]:
    if name not in known:
        near = did_you_mean(name, known)
        problem = f"expected one of {listed(known)}, got {shown(name)}{near}"
        yield read_document(path).fault(place, problem)
