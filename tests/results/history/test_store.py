"""A history folder: kept, read back, pruned; foreign files are named and left alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from support.nights import Nights, night_name

from harness.cli.main import Exit, run_command
from harness.errors import OperationError, UsageError
from harness.files import LOCK
from harness.results.history.store import HistoryFolder, began, night_of

NIGHTS = Nights(nights=3, repeats=1, scenarios=("hold music",))


@pytest.fixture(params=["local", "remote"])
def folder(request, tmp_path) -> HistoryFolder:
    place = tmp_path / "h [1]*" if request.param == "local" else f"memory://{uuid.uuid4()}/h"
    return NIGHTS.write(place)


def test_what_was_kept_is_read_back_in_order(folder):
    history = folder.read()
    assert history.nights == tuple(night_name(number) for number in (1, 2, 3))
    assert [entry.run for entry in history.entries] == ["order-desk.staging"] * 3
    assert history.skipped == ()
    assert folder.runs() == {(entry.night, entry.run) for entry in history.entries}
    assert [entry.results.calls[0].scenario for entry in history.entries] == ["hold music"] * 3
    starts = [entry.results.started_at[:10] for entry in history.entries]
    assert starts == [night[:10] for night in history.nights]


def test_a_place_without_anything_is_an_empty_history(tmp_path):
    for place in (tmp_path / "none", "memory://none-at-all"):
        assert HistoryFolder(place).read().entries == ()
        assert HistoryFolder(place).nights() == ()
    assert not (tmp_path / "none").exists()


def test_a_night_can_be_removed_with_all_it_holds(folder):
    folder.remove(folder.removable(folder.read(), night_name(2)))
    assert folder.nights() == (night_name(1), night_name(3))
    assert [entry.night for entry in folder.read().entries] == [night_name(1), night_name(3)]


def test_recordings_go_and_results_stay(tmp_path):
    folder = NIGHTS.write(tmp_path)
    run = tmp_path / night_name(1) / "order-desk.staging"
    (run / "calls/hold-music/001").mkdir(parents=True)
    (run / "calls/hold-music/001/caller.wav").write_bytes(b"x" * 1000)
    (run / "index.html").write_text("page")
    killed = tmp_path / night_name(1) / "killed" / "calls"
    killed.mkdir(parents=True)
    stored = folder.read()
    recordings = folder.removable(stored, night_name(1), recordings_only=True)
    assert recordings.size_bytes == 1000 + len("page")
    folder.remove(recordings)
    assert {path.name for path in run.iterdir()} == {"results.json", LOCK}
    assert killed.exists()
    left = folder.removable(stored, night_name(1)).size_bytes
    assert left == (run / "results.json").stat().st_size
    assert folder.removable(stored, night_name(1), recordings_only=True).size_bytes == 0


def test_foreign_and_broken_things_are_named_and_the_rest_is_read(tmp_path):
    folder = NIGHTS.write(tmp_path)
    night = tmp_path / night_name(1)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "2026-13-99T02-00-00Z/run").mkdir(parents=True)
    (tmp_path / "2026-13-99T02-00-00Z/run/results.json").write_bytes(
        (night / "order-desk.staging/results.json").read_bytes()
    )
    for name, text in {"broken": "{", "newer": '{"format": 99}', "other": "[]"}.items():
        (night / name).mkdir()
        (night / name / "results.json").write_text(text)
    (night / "killed/calls").mkdir(parents=True)
    (night / "stray.txt").write_text("x")
    # these are ours
    (tmp_path / "history.html").write_text("page")
    (tmp_path / "assets").mkdir()
    history = folder.read()
    assert len(history.entries) == 3
    told = {skipped.place: skipped.reason for skipped in history.skipped}
    first = night_name(1)
    assert set(told) == {
        "notes.txt", "2026-13-99T02-00-00Z", f"{first}/broken/results.json",
        f"{first}/newer/results.json", f"{first}/other/results.json", f"{first}/killed",
        f"{first}/stray.txt",
    }  # fmt: skip
    assert "not JSON" in told[f"{first}/broken/results.json"]
    assert "newer" in told[f"{first}/newer/results.json"]
    assert "harness score" in told[f"{first}/killed"]
    assert told["2026-13-99T02-00-00Z"] == "not a night"


# the second has the form of a night, and no calendar has it
@pytest.mark.parametrize("name", ["2026-02-3", "2026-02-30T00-00-00Z", "2026-02-01T25-00-00Z"])
def test_only_what_parses_is_a_night(tmp_path, name):
    (tmp_path / name / "run").mkdir(parents=True)
    folder = NIGHTS.write(tmp_path)
    assert folder.nights() == tuple(night_name(number) for number in (1, 2, 3))
    skipped = folder.read().skipped
    assert [(one.place, one.reason) for one in skipped] == [(name, "not a night")]


def test_a_file_that_cannot_be_read_is_skipped(tmp_path):
    folder = NIGHTS.write(tmp_path)
    path = tmp_path / night_name(2) / "order-desk.staging/results.json"
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    history = folder.read()
    assert len(history.entries) == 2
    assert any("order-desk.staging" in skipped.place for skipped in history.skipped)


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(UsageError) as refused:
        HistoryFolder("ftp://me:geheim@host/nightly")
    assert str(refused.value).startswith("history ftp://…: a password")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("place", ["nonsense://bucket", "hdfs-not-there://x"])
def test_an_unknown_protocol_is_the_users_error(place):
    with pytest.raises(UsageError, match=rf"history {place}: "):
        HistoryFolder(place)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("a file")
    entry = NIGHTS.history().entries[0]
    with pytest.raises(OperationError, match="cannot write history"):
        HistoryFolder(tmp_path / "taken").keep(entry.night, entry.run, entry.results)


def test_only_a_folder_of_this_machine_is_local(tmp_path):
    assert HistoryFolder(tmp_path).local == tmp_path
    assert HistoryFolder(f"file://{tmp_path}").local == tmp_path
    assert HistoryFolder("memory://x").local is None


def test_the_name_of_a_night_is_its_instant():
    instant = datetime(2026, 4, 25, 2, 0, 5, tzinfo=UTC)
    assert night_of(instant) == "2026-04-25T02-00-05Z"
    assert began(night_of(instant)) == instant


def test_what_has_only_the_name_of_a_night_is_none_and_is_named(tmp_path):
    folder = NIGHTS.write(tmp_path / "h")
    outside = NIGHTS.write(tmp_path / "out")
    home, run = tmp_path / "h", f"{night_name(1)}/order-desk.staging"
    (home / "2099-01-01T00-00-00Z").mkdir()
    (home / "2098-01-01T00-00-00Z").write_text("a file")
    (home / "2097-01-01T00-00-00Z").symlink_to(tmp_path / "out" / night_name(1))
    (home / "2096-01-01T00-00-00Z").mkdir()
    (home / "2096-01-01T00-00-00Z/run").symlink_to(tmp_path / "out" / run)
    (home / "2095-01-01T00-00-00Z/killed/calls").mkdir(parents=True)
    (home / night_name(1) / "gone").symlink_to(tmp_path / "nowhere")
    own = tuple(night_name(number) for number in (1, 2, 3))
    assert folder.nights() == folder.read().nights == own
    assert {night for night, _ in folder.runs()} == set(own)
    assert outside.nights() == own
    assert {one.place: one.reason.partition(";")[0] for one in folder.read().skipped} == {
        "2099-01-01T00-00-00Z": "no run in it",
        "2098-01-01T00-00-00Z": "not a night",
        "2097-01-01T00-00-00Z": "a link",
        "2096-01-01T00-00-00Z/run": "a link",
        "2095-01-01T00-00-00Z/killed": "no results.json",
        f"{night_name(1)}/gone": "a link",
    }


def test_a_history_that_is_a_link_itself_is_read(tmp_path):
    NIGHTS.write(tmp_path / "h")
    (tmp_path / "link").symlink_to(tmp_path / "h")
    assert len(HistoryFolder(tmp_path / "link").read().entries) == 3


def test_nights_that_are_yet_to_come_are_kept_named_and_no_nights(tmp_path):
    """A clock that was ahead, or local time taken for UTC, must not make the last night."""
    NIGHTS.write(tmp_path)
    second = began(night_name(2))
    folder = HistoryFolder(tmp_path, now=second + timedelta(hours=3))
    assert folder.nights() == (night_name(1), night_name(2))
    assert {night for night, _ in folder.runs()} == {night_name(1), night_name(2)}
    ((place, reason),) = [(one.place, one.reason) for one in folder.read().skipped]
    assert place == night_name(3)
    assert "dated in the future" in reason
    assert folder.read().entries[-1].night == night_name(2)
    # clocks that are set differ by a little
    assert HistoryFolder(tmp_path, now=second - timedelta(minutes=2)).nights()[-1] == night_name(2)


def test_a_note_beside_the_nights_is_read_back_and_is_nothing_foreign(tmp_path):
    folder = NIGHTS.write(tmp_path)
    assert folder.note("page.json") is None
    folder.keep_note("page.json", b"{}")
    assert folder.note("page.json") == b"{}"
    assert folder.read().skipped == ()


NO_KEY = "Unable to locate credentials"
NOBODY = 'Could not connect to the endpoint URL: "http://127.0.0.1:9/'


@pytest.fixture(params=[("", NO_KEY), ("http://127.0.0.1:9", NOBODY)], ids=["no key", "nobody"])
def lost_store(request, tmp_path, monkeypatch) -> Iterator[str]:
    """Have s3:// lead nowhere; returns why. Its client raises no OSError then."""
    s3 = pytest.importorskip("s3fs").S3FileSystem
    url, why = request.param
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    if url:
        for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, url)
    s3.clear_instance_cache()
    monkeypatch.setattr(s3, "retries", 1)
    yield why
    s3.clear_instance_cache()


def test_a_store_without_a_key_or_a_server_is_one_line(lost_store, capsys):
    place = "s3://bucket/nights"
    entry = NIGHTS.history().entries[0]
    for doing, work in {
        "read": lambda: HistoryFolder(place).read(),
        "write": lambda: HistoryFolder(place).keep(entry.night, entry.run, entry.results),
    }.items():
        with pytest.raises(OperationError) as told:
            work()
        assert str(told.value).startswith(f"cannot {doing} history {place}: {lost_store}")
        assert "\n" not in str(told.value)
    assert run_command(["history", "show", "--history", place]) == Exit.FAILURE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: error: cannot read history {place}: {lost_store}")
