"""Worker processes: deaf to Ctrl-C, replaced when they die, gone with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from harness.runs.processes import Workers


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_jobs_run_in_another_process():
    with Workers(1) as workers:
        assert workers.submit(os.getpid).result() != os.getpid()


@pytest.mark.parametrize(("gives_way", "niceness"), [(False, 0), (True, 10)])
def test_workers_beside_live_calls_give_way_to_them(gives_way: bool, niceness: int):
    with Workers(1, gives_way=gives_way) as workers:
        assert workers.submit(os.nice, 0).result() == min(19, os.nice(0) + niceness)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_does_not_see_what_a_group_is_sent(number: signal.Signals):
    with Workers(1) as workers:
        pid, server = (workers.submit(job).result() for job in (os.getpid, os.getppid))
        for process in (pid, server):
            os.kill(process, number)
        assert [workers.submit(job).result() for job in (os.getpid, os.getppid)] == [pid, server]
        assert number not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_program_that_a_worker_starts_heeds_signals_as_ever():
    told = "print(s.getsignal(s.SIGTERM) == s.SIG_DFL, s.SIGTERM in s.pthread_sigmask(0, ()))"
    with Workers(1) as workers:
        program = [sys.executable, "-c", f"import signal as s; {told}"]
        said = workers.submit(subprocess.check_output, program, text=True).result()
    assert said.split() == ["True", "False"]


def test_where_one_worker_dies_the_others_end_with_it():
    with Workers(2) as workers:
        for both_there in [workers.submit(time.sleep, 0.2) for _ in range(2)]:
            both_there.result()
        slow = workers.submit(time.sleep, 600)
        broken = workers.submit(os._exit, 3)
        for future in (slow, broken):
            with pytest.raises(BrokenProcessPool):
                future.result()


def test_workers_have_the_environment_of_today(monkeypatch: pytest.MonkeyPatch):
    for value in ("one", "another"):
        monkeypatch.setenv("HARNESS_TEST_VALUE", value)
        with Workers(1) as workers:
            assert workers.submit(os.getenv, "HARNESS_TEST_VALUE").result() == value
            assert workers.submit(os.getenv, "PYTHONSAFEPATH").result() == os.getenv(
                "PYTHONSAFEPATH"
            )


def test_workers_load_nothing_from_the_folder_in_which_a_command_runs(tmp_path: Path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here/jsonschema.py").write_text("open('loaded', 'w').close()\n")
    (tmp_path / "elsewhere").mkdir()
    script = tmp_path / "elsewhere/parent.py"
    script.write_text(PARENT.format(busy=""))
    command = [sys.executable, str(script)]
    subprocess.run(
        command, cwd=tmp_path / "here", stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    assert not (tmp_path / "here/loaded").exists()


def test_a_worker_that_dies_breaks_what_is_under_way_and_is_replaced():
    with Workers(1) as workers:
        first = workers.submit(os.getpid).result()
        broken = workers.submit(os._exit, 3)
        with pytest.raises(BrokenProcessPool):
            broken.result()
        assert workers.submit(os.getpid).result() != first


def test_killing_the_workers_breaks_what_is_under_way():
    with Workers(1) as workers:
        workers.submit(os.getpid).result()
        slow = workers.submit(time.sleep, 600)
        assert len(workers.processes()) == 1
        workers.kill()
        with pytest.raises(BrokenProcessPool):
            slow.result()


def test_killing_the_workers_leaves_every_other_process_alone():
    with Workers(1) as workers:
        own = workers.submit(os.getpid).result()
        theirs = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
        theirs.start()
        try:
            assert [process.pid for process in workers.processes()] == [own]
            slow = workers.submit(time.sleep, 600)
            workers.kill()
            with pytest.raises(BrokenProcessPool):
                slow.result()
            assert theirs.is_alive()
        finally:
            theirs.kill()
            theirs.join()


def test_an_error_in_the_block_does_not_wait_for_the_workers():
    workers = Workers(1)
    pid = workers.submit(os.getpid).result()
    workers.submit(time.sleep, 600)
    workers.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert gone(pid)


PARENT = """\
import os, sys
from harness.runs.processes import Workers

if __name__ == "__main__":
    workers = Workers(1)
    pid = workers.submit(os.getpid).result()
    {busy}
    print(pid, flush=True)
    sys.stdin.read()
"""


BUSY = """import re; job = workers.submit(re.match, "(a+)+$", 64 * "a" + "b")
    while not job.running(): pass"""
"""Uninterruptible work that takes for ever, in which no other thread gets a turn."""


@pytest.mark.parametrize(
    "busy",
    [
        "",
        pytest.param(BUSY, marks=pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")),
    ],
    ids=["idle", "busy"],
)
def test_a_worker_ends_when_its_parent_is_killed(tmp_path: Path, busy: str):
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(busy=busy))
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, str(script)], stdin=pipe, stdout=pipe) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        until = time.monotonic() + 30
        while not gone(pid):
            assert time.monotonic() < until
            time.sleep(0.02)
