"""The addresses on which ``harness worker`` listens, and that TLS keeps others out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.crew import scheduler, workers
from support.guide_shell import free_port
from support.small_desk import Command, small_desk, statuses

pytest.importorskip("distributed")

import psutil
from distributed import Security

from harness.errors import UsageError
from harness.runs.worker_serving import WorkerRequest, serve_calls

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, has 127.0.0.2")


def listening(numbers: list[int]) -> set[str]:
    """Return the addresses at which processes listen."""
    found = (one for number in numbers for one in psutil.Process(number).net_connections("inet"))
    return {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN}


@linux_only
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"127.0.0.1"}),
        (["--host", "127.0.0.2"], {"127.0.0.1", "127.0.0.2"}),  # 127.0.0.1: its HTTP port
    ],
)
def test_worker_of_a_scheduler_on_loopback_listens_on_loopback_alone(tmp_path, options, expected):
    with scheduler() as address, Command(tmp_path, "worker", address, *options) as worker:
        assert worker.process.stdout is not None
        assert f"worker at tcp://{max(expected)}:".encode() in worker.process.stdout.readline()
        assert listening([worker.process.pid, *worker.left_over()]) == expected


@linux_only
def test_run_with_a_cluster_of_its_own_listens_on_loopback_alone(tmp_path):
    desk = small_desk(tmp_path / "desk", quiet=1)
    options = ["--out", tmp_path / "out", "--repeat", "300", "--executor", "dask"]
    with Command(tmp_path, "run", desk, *options) as command:
        command.when(lambda: "[2/300]" in command.stderr)
        assert listening([command.process.pid, *command.left_over()]) == {"127.0.0.1"}


def test_worker_refuses_a_host_that_is_not_of_this_machine():
    request = WorkerRequest("tcp://127.0.0.1:1", 1, host="192.0.2.7")
    with pytest.raises(UsageError, match="expected an address of this machine, got"):
        serve_calls(request, print)


@pytest.fixture(scope="module")
def credentials(tmp_path_factory) -> Mapping[str, str]:
    """Return dask's settings for TLS, as environment variables."""
    folder, made = tmp_path_factory.mktemp("tls"), Security.temporary()
    found = {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"}
    texts = {"CA_FILE": made.tls_ca_file}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        texts[f"{role}__CERT"] = getattr(made, f"tls_{role.lower()}_cert")
        texts[f"{role}__KEY"] = getattr(made, f"tls_{role.lower()}_key")
    for name, text in texts.items():
        path = folder / name
        path.write_text(text)
        found[f"DASK_DISTRIBUTED__COMM__TLS__{name}"] = str(path)
    return found


@pytest.fixture(scope="module")
def tls_scheduler(credentials) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--protocol", "tls", "--dashboard-address", "127.0.0.1:0"]
    process = subprocess.Popen(
        command, env={**os.environ, **credentials}, stderr=subprocess.DEVNULL
    )
    yield f"tls://127.0.0.1:{port}"
    process.kill()
    process.wait()


def run_at(address: str, folder: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    desk, out = small_desk(folder / "desk", quiet=1), folder / "out"
    command = [sys.executable, "-m", "harness", "run", str(desk), "--out", str(out)]
    command += ["--executor", "dask", *(["--scheduler", address] if address else [])]
    environment = {**os.environ, **more}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_calls_are_made_over_tls(tmp_path, tls_scheduler, credentials):
    with workers(tls_scheduler, tmp_path, env=credentials):
        made = run_at(tls_scheduler, tmp_path, credentials)
    assert made.returncode in (0, 1), made.stderr
    assert statuses(tmp_path / "out") == [("quiet", "completed")]


def test_cluster_of_its_own_uses_tls_where_dask_requires_it(tmp_path, credentials):
    made = run_at("", tmp_path, credentials)
    assert made.returncode in (0, 1), made.stderr
    assert statuses(tmp_path / "out") == [("quiet", "completed")]


REQUIRED = "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"
CA_FILE = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE"


@pytest.mark.parametrize("command", ["run", "worker"])
@pytest.mark.parametrize(
    ("scheme", "settings", "expected"),
    [
        ("tls", {}, " needs dask's settings for TLS: DASK_DISTRIBUTED__COMM__TLS"),
        ("tls", {CA_FILE: "/gone.pem"}, "dask's settings for TLS name no usable file: [Errno 2]"),
        ("tcp", {REQUIRED: "True"}, "require encryption: expected tls://, got tcp://127.0.0.1:"),
    ],
)
def test_settings_for_tls_that_do_not_fit_are_one_line(
    tmp_path, tls_scheduler, credentials, command, scheme, settings, expected
):
    if CA_FILE in settings:
        settings = {**credentials, **settings}
    address = tls_scheduler.replace("tls", scheme)
    more = ["--executor", "dask", "--scheduler"] if command == "run" else []
    first = [str(small_desk(tmp_path / "desk", quiet=1))] if command == "run" else []
    made = subprocess.run(
        [sys.executable, "-m", "harness", command, *first, *more, address],
        env={**os.environ, **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert made.returncode == 2
    assert expected in made.stderr.splitlines()[-1]
    assert "Traceback" not in made.stderr
