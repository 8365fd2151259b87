"""The command that makes a call again makes the same call."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from support.small_desk import small_desk
from support.synthetic_run import manifest

from harness.recording.provenance import CallStatus
from harness.report.run.setup_view import again
from harness.runs.run_suite import RunRequest, planned
from harness.scenario.identity import given_seed

HELD = replace(
    manifest("it's [odd]", seed=11, status=CallStatus.COMPLETED, duration_s=1.0),
    scenario_path="my suite/a.yaml",
)
URL = "ws://user:key@127.0.0.1:8080/v1"


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ({}, ["--target", "reference"]),
        ({"fault": "late_answer"}, ["--target", "reference", "--fault", "late_answer"]),
        ({"clock": "real"}, ["--target", "reference", "--real-time"]),
        ({"target": {"target": "openai", "url": "wss://api.openai.com"}, "clock": "real"},
         ["--target", "openai"]),
        ({"target": {"target": "h:80", "url": "ws://h:80/v1"}, "clock": "real"},
         ["--target", "ws://h:80/v1"]),
        ({"target": {"target": "mine", "url": "ws://h:80/v1"}, "target_path": "my own/agent.yaml",
          "clock": "real"}, ["--target", "my own/agent.yaml"]),
        ({"target_path": "patient.yaml", "clock": "real"},
         ["--target", "patient.yaml", "--real-time"]),
    ],
)  # fmt: skip
def test_the_command_names_scenario_seed_target_and_fault(change, end) -> None:
    found = again(replace(HELD, **change))
    assert found
    assert shlex.split(found.command) == [
        "harness", "run", "my suite/a.yaml", "--scenario", "it's [odd]", "--seed",
        str(given_seed("order desk", "it's [odd]", 11)),
        "--repeat", "1", *end,
    ]  # fmt: skip


def test_the_seed_of_the_command_is_told_apart_from_the_call_s_own() -> None:
    found = again(HELD)
    assert found
    assert found.seed == given_seed("order desk", "it's [odd]", HELD.seed) != HELD.seed
    assert found.note.startswith("`--seed` is where the seeds of a run begin")


def test_what_the_command_cannot_repeat_is_said() -> None:
    for under, cell, told in (
        ("cafe", "", "under 'cafe', .* calls the scenario as it is written"),
        ("none pcmu", "none pcmu", "in the cell 'none pcmu', .* calls every cell of the target's"),
        ("none, cafe", "none", "under 'none, cafe', .* matrix, and the scenario as it is written"),
    ):
        found = again(replace(HELD, condition=under, cell=cell))
        assert found
        assert re.search(f"{told}.*`harness run --failed DIR`", found.note)
    by_path = again(replace(HELD, condition="none", cell="none", target_path="my agent.yaml"))
    assert by_path
    assert "`harness run --failed DIR --target 'my agent.yaml'`" in by_path.note
    plain = again(HELD)
    assert plain
    assert "--failed" not in plain.note
    assert again(replace(HELD, scenario_path="")) is None
    assert again(replace(HELD, scenario={})) is None


def test_it_is_the_same_call(tmp_path: Path) -> None:
    desk = small_desk(tmp_path / "desk", one=1, other=1)
    first = planned(RunRequest(paths=(desk,), repeat=3, out=tmp_path / "out")).jobs
    for job in first:
        scenario = job.loaded.scenario
        held = replace(
            HELD, scenario={"name": scenario.name}, scenario_path=str(job.loaded.path),
            seed=job.seed, repeat=job.repeat, suite={"suite": job.loaded.suite.suite.suite},
        )  # fmt: skip
        found = again(held)
        assert found
        words = shlex.split(found.command)
        asked = dict(zip(words[3::2], words[4::2], strict=True))
        (second,) = planned(
            RunRequest(
                paths=(Path(words[2]),), scenario=(asked["--scenario"],), seed=int(asked["--seed"]),
                repeat=int(asked["--repeat"]), target=asked["--target"], out=tmp_path / "again",
            )
        ).jobs  # fmt: skip
        assert (second.loaded.scenario, second.seed) == (scenario, job.seed)
