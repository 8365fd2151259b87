"""Parcels in a folder, in an object store and in memory: handed over once, taken once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from harness.errors import OperationError, UsageError
from harness.results.model import CallResult
from harness.runs.worker_results import FolderParcels, Parcels, UrlFolder, UrlParcels, publish

RESULT = CallResult(
    scenario="a",
    scenario_path="desk/a.yaml",
    repeat=0,
    seed=7,
    status="completed",
    status_detail="",
    recording="calls/a/001",
    duration_s=1.0 / 3.0,
    passed=True,
)
CALL = Path("b/calls/a/001")


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Serve S3 on loopback, as any program would reach it; yields the URL of a bucket."""
    server = pytest.importorskip("moto.server")
    import fsspec

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    it = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    it.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{it.get_host_and_port()[1]}")
        patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3").mkdir("bucket")
        yield "s3://bucket"
    it.stop()


@pytest.fixture(params=["folder", "s3", "memory"])
def parcels(request, tmp_path) -> Parcels:
    if request.param == "folder":
        return FolderParcels.of(tmp_path / "out", "token")
    root = request.getfixturevalue("store") if request.param == "s3" else "memory://bucket"
    return UrlParcels(f"{root}/{uuid4().hex}", "token")


def recording(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text(text)
    (folder / "wav").mkdir()
    (folder / "wav" / "agent.wav").write_bytes(text.encode() * 1000)
    return folder


def test_of_two_that_made_a_call_the_first_counts_whole(tmp_path, parcels):
    first, second = recording(tmp_path / "1", "first"), recording(tmp_path / "2", "second")
    out = tmp_path / "out"
    assert not parcels.is_open()
    parcels.open()
    assert parcels.is_open()
    assert not parcels.has("key")
    assert parcels.hand_over("key", first, RESULT)
    assert not parcels.hand_over("key", second, replace(RESULT, passed=False))
    assert parcels.has("key")
    assert parcels.take("key", CALL, out) == RESULT
    assert (out / CALL / "manifest.json").read_text() == "first"
    assert (out / CALL / "wav/agent.wav").read_bytes() == b"first" * 1000
    parcels.close()
    assert not parcels.is_open()


def test_what_comes_after_the_run_is_thrown_away(tmp_path, parcels):
    parcels.open()
    parcels.close()
    assert not parcels.hand_over("key", recording(tmp_path / "1", "late"), RESULT)
    assert not parcels.is_open()
    assert not parcels.has("key")


def test_a_call_that_was_never_recorded_is_a_parcel_too(tmp_path, parcels):
    parcels.open()
    assert parcels.hand_over("key", tmp_path / "nothing", RESULT)
    assert parcels.take("key", CALL, tmp_path / "out") == RESULT
    assert not (tmp_path / "out" / CALL).exists()
    parcels.close()


def test_a_run_in_a_store_is_there_as_it_is_here(tmp_path, store):
    url = f"{store}/{uuid4().hex}"
    parcels, out = UrlParcels(url, "token"), tmp_path / "out"
    parcels.open()
    parcels.hand_over("key", recording(tmp_path / "1", "first"), RESULT)
    parcels.take("key", CALL, out)
    parcels.close()
    (out / "results.json").write_text("{}")
    (out / ".harness.lock").touch()
    publish(out, url)
    names = {"results.json", f"{CALL.as_posix()}/manifest.json"}
    assert UrlFolder(url).listed().keys() == {*names, f"{CALL.as_posix()}/wav/agent.wav"}
    (out / CALL / "wav/agent.wav").unlink()  # a file removed here is removed there
    publish(out, url)
    assert UrlFolder(url).listed().keys() == names
    with pytest.raises(UsageError, match=r"already holds a run; give another --out"):
        UrlParcels(url, "other").open()


def test_a_store_without_rights_is_told_in_one_line(store):
    with pytest.raises(OperationError, match=r"^cannot write s3://no-bucket/x: .*does not exist$"):
        UrlParcels("s3://no-bucket/x", "token").open()
    with pytest.raises(OperationError, match=r"^cannot read s3://bucket: "):
        UrlFolder("s3://bucket").read("nothing")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftx://a/b", "ftx://a/b: Protocol not known: ftx"),
        ("s3://me:word@bucket/x", "a password in an address ends up in files"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_before_any_call(url, told):
    with pytest.raises(UsageError, match=told):
        UrlFolder(url)


def elsewhere(*_: object) -> None:
    raise OSError("another disk")


def test_a_folder_that_is_full_is_an_error_and_leaves_nothing(tmp_path, monkeypatch):
    parcels = FolderParcels.of(tmp_path / "out", "token")
    parcels.open()
    broken = recording(tmp_path / "1", "first")
    (broken / "link").symlink_to(tmp_path / "not there")
    monkeypatch.setattr(Path, "rename", elsewhere)
    with pytest.raises(OperationError, match="cannot write"):
        parcels.hand_over("key", broken, RESULT)
    assert list(parcels.folder.iterdir()) == []
