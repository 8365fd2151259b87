"""Samples of each platform are imported with no option: who said what, which tools ran."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.platform_samples import (
    ARGS,
    ASKED,
    LINES,
    OUTPUT,
    SAMPLES,
    SIDES_OPEN,
    SIMULATED,
)

from harness.cli.main import Exit, run_command
from harness.importing.audio_call import Told
from harness.importing.model import Estimate, StoredCall
from harness.importing.sources import find_sources
from harness.recording.tools import ToolOutcome
from harness.results.store import read_results

SAID = [(who, text) for who, text, _, _ in LINES]


def write(folder: Path, name: str, data: object) -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def said(call: StoredCall) -> list[tuple[str, str | None]]:
    return [(line.who.value, line.text) for line in call.lines]


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_read_without_an_option(tmp_path: Path, name: str) -> None:
    data, shows_tools = SAMPLES[name]
    (source,) = find_sources([write(tmp_path, name, data)])
    call = source.call
    assert (call.faults, said(call)) == ((), SAID)
    assert (Estimate.TOOLS in call.estimated) is not shows_tools
    told = [(t.name, t.arguments, t.output, t.after_line, t.outcome) for t in call.tools]
    assert told == [("find_boat", ARGS, OUTPUT, ASKED, ToolOutcome.OK)] * (
        shows_tools and "relay" not in name
    )


@pytest.mark.parametrize("name", SIMULATED)
def test_simulations_name_their_calls(tmp_path: Path, name: str) -> None:
    data, call_name = SIMULATED[name]
    (source,) = find_sources([write(tmp_path, name, data)])
    assert (source.call.faults, source.name, said(source.call)) == ((), call_name, SAID)
    (tool,) = source.call.tools
    assert (tool.name, tool.output, tool.after_line) == ("find_boat", OUTPUT, ASKED)


@pytest.mark.parametrize("name", SIDES_OPEN)
def test_speakers_without_roles_are_named_and_never_guessed(tmp_path: Path, name: str) -> None:
    data, speakers = SIDES_OPEN[name]
    path = write(tmp_path, name, data)
    (source,) = find_sources([path])
    agent, caller = speakers.split(", ")
    (fault,) = source.call.faults
    asked = (
        f"nothing tells who of {speakers} is the caller; add --caller {agent} or --caller {caller}"
    )
    assert str(fault).startswith(f"{path}: {asked}")
    (source,) = find_sources([path], told=Told(caller_name=caller))
    assert (source.call.faults, said(source.call)) == ((), SAID)
    (source,) = find_sources([path], told=Told(caller_name="nobody"))
    assert "--caller nobody is none of them" in str(source.call.faults[0])


def test_one_folder_of_all_platforms_is_one_run(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/suite.yaml").write_text("format: 1\nsuite: desk\ninstructions: prompt.md\n")
    (tmp_path / "desk/prompt.md").write_text("You rent out boats.")
    (tmp_path / "calls").mkdir()
    for name, (data, _) in SAMPLES.items():
        write(tmp_path / "calls", name, data)
    out = tmp_path / "run"
    given = [str(tmp_path / "calls"), "--suite", str(tmp_path / "desk"), "--out", str(out)]
    assert run_command(["import", *given]) in (Exit.OK, Exit.GATE_FAILED)
    calls = read_results(out / "results.json").calls
    assert {call.status for call in calls} == {"completed"}
    assert len(calls) == len(SAMPLES)
