"""The fixtures: plain tests call the agent, ask for verdicts, and fail in words."""

from __future__ import annotations

import pytest
from support.small_desk import statuses

from .conftest import FAILS, Project

pytest_plugins = ["pytester"]

ASYNC = """\
import asyncio
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.scenario.identity import own_seed

pytestmark = pytest.mark.asyncio


async def test_a_call_leaves_the_loop_free(call_agent):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    result = await call_agent(Path("desk/fine.yaml"))
    ticking.cancel()
    assert ticks > 10
    assert result.passed()
    assert result.passed("expectations")
    assert result.recording.manifest.scenario["name"] == "fine"


async def test_a_failed_verdict_is_shown(call_agent):
    result = await call_agent("desk/wrong.yaml")
    assert result.failed("expectations")
    assert result.score("expectations").outcome == "fail"
    assert not result.passed("expectations", "preamble")
    assert result.passed("expectations")


async def test_repeats_count_their_seeds_up(call_agent):
    results = await call_agent.repeat("desk/fine.yaml", 2, seed=40)
    first = own_seed("small desk", "fine", 40)
    assert [one.result.seed for one in results] == [first, first + 1]
    assert [one.folder.name for one in results] == ["001", "002"]
    with pytest.raises(InputError, match="times=0: expected 1 or more"):
        await call_agent.repeat("desk/fine.yaml", 0)
    assert repr(call_agent) == "<call_agent>"
"""

PLAIN = """\
import pytest

QUIET = '''
format: 1
name: quiet
turns: [{silence: 0.3}]
limits: {time_to_first_audio_s: 0.4, time_to_first_audio_with_tool_s: 0.4, answer_timeout_s: 0.5}
expect: {reply: none}
'''


@pytest.fixture(scope="module")
def call(call_agent):
    return call_agent.sync(QUIET, suite="desk")


def test_text(call, recording, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    call.assert_passed()
    assert recording.manifest.scenario_path == "test_plain.py"


def test_data_of_a_call_before(call_agent, call):
    loaded = call.loaded
    again = call_agent.sync(loaded.scenario.model_dump(mode="json", by_alias=True), suite="desk")
    assert again.loaded.scenario == loaded.scenario
    assert again.folder.parts[-2:] == ("quiet-2", "001")
    assert call_agent.sync(loaded).folder.parts[-2:] == ("quiet", "002")


def test_explained(call_agent):
    call_agent.sync("desk/wrong.yaml").assert_passed()


def test_unknown_scorer(call):
    call.passed("confirmation")


def test_no_such_file(call_agent):
    call_agent.sync("desk/nobody.yaml")


def test_faulty_text(call_agent):
    call_agent.sync(QUIET.replace("0.3", "loud"), suite="desk")


def test_scorer_that_is_not_there(call_agent):
    call_agent.sync(QUIET + "scorers: {preambel: off}", suite="desk")


def test_without_a_suite(call_agent):
    call_agent.sync(QUIET)


def test_unknown_option(call_agent):
    call_agent.sync(QUIET, suite="desk", sead=3)


def test_fault_elsewhere(call_agent):
    call_agent.sync(QUIET, suite="desk", target="ws://127.0.0.1:9", fault="no_preamble")


def test_nobody_there(call_agent):
    result = call_agent.sync(QUIET, suite="desk", target="ws://127.0.0.1:9")
    assert not result.passed()
"""

SAID = """\
E       AssertionError: wrong: failed: expectations
E         expectations failed: lookup_order() was called 0 times, expected at least 1
E             rule: Pass when calls were made as expected, *
E       harness.errors.UnknownName: unknown scorer 'confirmation'; known: *, expectations, *
E       harness.errors.UsageError: call_agent: no such file: */desk/nobody.yaml
E       harness.errors.FaultyFiles: test_plain.py: turns?0?.silence: *'loud'
E       harness.errors.FaultyFiles: test_plain.py: scorers.preambel: unknown scorer 'preambel'; *
E       harness.errors.UsageError: call_agent: no suite.yaml beside test_plain.py or above; *
E       harness.errors.UsageError: call_agent: unknown option 'sead'; known: target, seed, *
E       harness.errors.UsageError: fault no_preamble can be switched on in the embedded *
E       harness.pytest_plugin.outcome.NotCounted: quiet: this call does not *no connection*refused*
"""


@pytest.fixture
def desk(project: Project) -> Project:
    project.scenario("fine")
    project.scenario("wrong", expect=FAILS)
    return project


def test_calls_are_awaited_in_a_running_loop(desk: Project):
    (desk.path / "test_async.py").write_text(ASYNC)
    result = desk.run("test_async.py", "--harness-report", "out")
    result.assert_outcomes(passed=2, failed=1)
    why = "expectations failed: lookup_order() was called 0 times, expected at least 1"
    result.stdout.fnmatch_lines(
        [
            f"E       AssertionError: assert <{why}>",
            "*where passed = <call 'wrong': failed>.passed",
            "*- voice calls -*",
            "wrong: failed: expectations",
            f"  {why}",
            f"  open {desk.path}/out/calls/wrong/001/index.html",
            "voice calls: In 1 of 4 calls: lookup_order() was called 0 times, expected at least 1. "
            "1 of 4 calls failed: expectations. *",
        ]
    )
    names = [name for name, _ in statuses(desk.path / "out")]
    assert names == ["fine", "fine", "fine", "wrong"]


def test_plain_tests_and_fixtures_call_too_and_wrong_use_is_one_line(desk: Project):
    (desk.path / "test_plain.py").write_text(PLAIN)
    result = desk.run("test_plain.py")
    result.assert_outcomes(passed=2, failed=9)
    for line in SAID.splitlines():
        result.stdout.fnmatch_lines([line])
    assert "harness/pytest_plugin/" not in result.stdout.str().replace("\n", " ")


AGENT = """\
import pytest

STORED = "out/calls/fine/001"


@pytest.mark.parametrize("recording", [STORED], indirect=True)
def test_a_stored_recording(recording):
    assert recording.manifest.scenario["name"] == "fine"


def test_no_call_yet(recording):
    pass


def test_the_agent_listens(reference_agent, call_agent):
    assert reference_agent.host == "127.0.0.1"
    result = call_agent.sync("desk/fine.yaml", target=reference_agent.url)
    assert result.recording.manifest.clock == "real"
    assert result.recording.manifest.target["url"] == reference_agent.url
    assert str(reference_agent.port) in result.target
    again = call_agent.sync("desk/fine.yaml", real_time=True)
    assert again.recording.manifest.clock == "real"
    assert again.target == "reference"
"""


CROWD = """\
import pytest


@pytest.mark.asyncio
async def test_a_crowd(call_agent):
    results = await call_agent.repeat("desk/fine.yaml", 4, real_time=True)
    assert {one.recording.manifest.clock for one in results} == {"real"}
    assert all(one.note.startswith("2 calls at a time on 1 cores") for one in results)
"""


def test_calls_in_real_time_are_few_at_a_time_and_that_is_said(desk: Project):
    one_core = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])"
    (desk.path / "conftest.py").write_text(one_core)
    (desk.path / "test_crowd.py").write_text(CROWD)
    result = desk.run("test_crowd.py")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["voice calls: timing: 2 calls at a time on 1 cores, *"])


def test_the_reference_agent_and_stored_recordings(desk: Project):
    desk.run("desk/fine.yaml", "--harness-report", "out").assert_outcomes(passed=1)
    (desk.path / "test_agent.py").write_text(AGENT)
    result = desk.run("test_agent.py")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["recording: no call was made yet; make it in a fixture *"])


def test_a_worker_that_dies_spoils_its_call_only(desk: Project):
    (desk.path / "test_killed.py").write_text(
        "import os, signal, threading, time, pytest\n"
        "from multiprocessing import active_children\n"
        "def kill():\n"
        "    while not active_children():\n"
        "        time.sleep(0.01)\n"
        "    for child in active_children():\n"
        "        os.kill(child.pid, signal.SIGKILL)\n"
        "def test_killed(call_agent):\n"
        "    threading.Thread(target=kill).start()\n"
        "    result = call_agent.sync('desk/fine.yaml')\n"
        "    assert result.result.status == 'harness_error'\n"
        "    assert 'worker process died' in result.result.status_detail\n"
        "    assert call_agent.sync('desk/fine.yaml').passed()\n"
    )
    desk.run("test_killed.py").assert_outcomes(passed=1)


STOPPED = """\
import os, signal, threading, time
from pathlib import Path

def test_first(call_agent):
    assert call_agent.sync("desk/fine.yaml").passed()

def test_second(call_agent):
    # A shell starts what runs in the background deaf to it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt).start()
    call_agent.sync("desk/long.yaml", real_time=True)

def interrupt():
    while not Path("out/calls/long/001/manifest.json").exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
"""


def test_an_interrupted_session_gives_up_the_call_and_keeps_what_is_done(desk: Project):
    long = desk.scenario("long")
    long.write_text(long.read_text().replace("silence: 0.3", "silence: 250"))
    (desk.path / "test_stopped.py").write_text(STOPPED)
    result = desk.run("test_stopped.py", "--harness-report", "out")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert result.duration < 200
    result.stdout.fnmatch_lines(["voice calls: * The run was interrupted; *"])
    assert statuses(desk.path / "out") == [("fine", "completed")]
