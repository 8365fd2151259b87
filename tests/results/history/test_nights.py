"""Pruning removes only the files of our own runs, whatever lies among them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.nights import Nights, night_name

from harness.cli.main import run_command
from harness.errors import FolderInUse, OperationError
from harness.files import HOLDER, LOCK, check_free, taken
from harness.results.history.store import HistoryFolder, too_old

NIGHTS = Nights(nights=3, repeats=1, scenarios=("hold music",))
OLD = night_name(1)
RUN = f"{OLD}/order-desk.staging"
LINK = "a link; links are not followed"
KILLED = "no results.json; if its run was killed, `harness score` makes one"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A history of three nights with recordings, next to a folder that must stay untouched."""
    NIGHTS.write(tmp_path / "h")
    for number in (1, 2, 3):
        call = tmp_path / "h" / night_name(number) / "order-desk.staging/calls/hold-music/001"
        call.mkdir(parents=True)
        (call / "caller.wav").write_bytes(b"x" * 1000)
    (tmp_path / "outside/r").mkdir(parents=True)
    (tmp_path / "outside/r/mine.txt").write_text("mine")
    (tmp_path / "outside/r/results.json").write_bytes(
        (tmp_path / "h" / RUN / "results.json").read_bytes()
    )
    return tmp_path / "h"


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def put(place: str, text: str = "x") -> Callable[[Path], None]:
    def lay(home: Path) -> None:
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text(text)

    return lay


def link(place: str, to: str) -> Callable[[Path], None]:
    def lay(home: Path) -> None:
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).symlink_to(home.parent / to)

    return lay


def folder(place: str) -> Callable[[Path], None]:
    return lambda home: (home / place).mkdir(parents=True)


# (a foreign file or folder, its place, the message about it): the old nights go all the same
FOREIGN = [
    (folder("2099-01-01T00-00-00Z"), "2099-01-01T00-00-00Z", "no run in it"),
    (folder("2020-01-01T00-00-00Z"), "2020-01-01T00-00-00Z", "no run in it"),
    (put("2020-01-01T00-00-00Z/photos/a.jpg"), "2020-01-01T00-00-00Z/photos", KILLED),
    (put("2099-01-01T00-00-00Z/photos/a.jpg"), "2099-01-01T00-00-00Z/photos", KILLED),
    (put("2020-01-01T00-00-00Z/a.txt"), "2020-01-01T00-00-00Z/a.txt", "not a run"),
    (
        put("2020-01-01T00-00-00Z/r/results.json", "{"),
        "2020-01-01T00-00-00Z/r/results.json",
        "not JSON",
    ),
    (put("2020-03-01T00-00-00Z"), "2020-03-01T00-00-00Z", "not a night"),
    (link("2020-02-01T00-00-00Z", "outside"), "2020-02-01T00-00-00Z", LINK),
    (link("2020-02-01T00-00-00Z/r", "outside/r"), "2020-02-01T00-00-00Z/r", LINK),
    (link("2020-02-01T00-00-00Z", "nowhere"), "2020-02-01T00-00-00Z", LINK),
]


@pytest.mark.parametrize("words", [(), ("--recordings-only",)], ids=["all", "recordings"])
@pytest.mark.parametrize(("lay", "place", "told"), FOREIGN)
def test_what_is_no_night_of_ours_is_named_and_neither_counts_nor_goes(
    home, capsys, lay, place, told, words
):
    ours = everything(home)
    lay(home)
    foreign = everything(home) - ours
    outside = everything(home.parent / "outside")
    asked = ["history", "prune", "--history", str(home), "--keep-nights", "2", *words]
    assert run_command(asked) == 0
    assert everything(home) == ours | foreign
    assert run_command([*asked, "--yes"]) == 0
    out, err = capsys.readouterr()
    assert f"harness: skipped {place}: {told}" in err
    assert f"harness: 1 thing skipped in {home}\n" in err
    assert "1 night removed" in out
    gone = {one for one in ours if one == OLD or one.startswith(f"{OLD}/")}
    kept = {OLD, RUN, f"{RUN}/results.json", f"{RUN}/{LOCK}"} if words else set()
    assert everything(home) == (ours - gone) | kept | foreign
    assert everything(home.parent / "outside") == outside


# (a foreign file in a night of ours, its place, the message about it): the runs go, and it stays
AMONG = [
    (put(f"{OLD}/photos/a.jpg"), f"{OLD}/photos", KILLED),
    (put(f"{OLD}/a.txt"), f"{OLD}/a.txt", "not a run"),
    (folder(f"{OLD}/empty"), f"{OLD}/empty", KILLED),
    (put(f"{OLD}/broken/results.json", "{"), f"{OLD}/broken/results.json", "not JSON"),
    (link(f"{OLD}/gone", "nowhere"), f"{OLD}/gone", LINK),
    (link(f"{OLD}/r", "outside/r"), f"{OLD}/r", LINK),
    (link(f"{RUN}/gone", "nowhere"), f"{RUN}/gone", LINK),
    (link(f"{RUN}/calls/more", "outside"), f"{RUN}/calls/more", LINK),
    (link(f"{RUN}/calls/a.txt", "outside/r/mine.txt"), f"{RUN}/calls/a.txt", LINK),
]


@pytest.mark.parametrize(("lay", "place", "told"), AMONG)
def test_what_lies_among_our_runs_is_named_and_stays(home, capsys, lay, place, told):
    before = everything(home)
    lay(home)
    added = everything(home) - before
    outside = everything(home.parent / "outside")
    asked = ["history", "prune", "--history", str(home), "--keep-nights", "1", "--yes"]
    assert run_command([*asked, "--recordings-only"]) == 0
    assert (home / RUN / "results.json").is_file()
    assert not (home / RUN / "calls/hold-music").exists()
    assert added <= everything(home)
    capsys.readouterr()
    assert run_command(asked) == 0
    out, err = capsys.readouterr()
    assert f"harness: skipped {place}: {told}" in err
    assert f"removing {OLD} (0.0 MB) but for 1 thing not of its runs" in out
    assert added <= everything(home)
    assert not (home / RUN / "results.json").exists()
    assert not (home / night_name(2)).exists()
    assert (home / night_name(3) / "order-desk.staging/calls/hold-music/001/caller.wav").is_file()
    assert everything(home.parent / "outside") == outside
    # the rest of the night counts no longer and stays for good
    assert run_command(asked) == 0
    assert capsys.readouterr().out == "nothing is old enough to go\n"
    assert added <= everything(home)


def test_a_run_whose_results_are_a_link_counts_and_is_left_alone(home, capsys):
    kept = home.parent / "kept.json"
    (home / RUN / "results.json").rename(kept)
    (home / RUN / "results.json").symlink_to(kept)
    before = everything(home / OLD)
    asked = ["history", "prune", "--history", str(home), "--keep-nights", "2", "--yes"]
    assert run_command(asked) == 0
    out, err = capsys.readouterr()
    assert f"harness: skipped {RUN}: its results.json is no plain file" in err
    assert out == "nothing is old enough to go\n"
    assert everything(home / OLD) == before
    assert len(HistoryFolder(home).nights()) == 3


def test_a_folder_that_may_not_be_read_is_named_and_stays(home, monkeypatch):
    store = HistoryFolder(home)
    stored = store.read()
    listed = store._files.ls

    def ls(path: str, **kwargs: bool) -> object:
        if path.endswith("hold-music"):
            raise PermissionError(13, "Permission denied")
        return listed(path, **kwargs)

    monkeypatch.setattr(store._files, "ls", ls)
    what = store.removable(stored, OLD)
    assert [(one.place, one.reason) for one in what.stays] == [
        (f"{RUN}/calls/hold-music", "cannot be read: Permission denied")
    ]
    store.remove(what)
    assert (home / RUN / "calls/hold-music/001/caller.wav").is_file()


def test_a_file_system_that_lists_a_folder_in_itself_is_no_circle(home, monkeypatch):
    store = HistoryFolder(home)
    stored = store.read()
    before = store.removable(stored, OLD)
    listed = store._files.ls

    def ls(path: str, **kwargs: bool) -> list[object]:
        return [{"name": f"{path}/", "type": "directory", "size": 0}, *listed(path, **kwargs)]

    monkeypatch.setattr(store._files, "ls", ls)
    assert store.removable(stored, OLD) == before


def test_what_stops_a_removal_leaves_a_run_that_the_next_one_finds(home, monkeypatch):
    store = HistoryFolder(home)
    what = store.removable(store.read(), OLD)
    assert what.files[-1] == f"{RUN}/results.json"

    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(store._files, "rm_file", refused)
        with pytest.raises(OperationError) as raised:
            store.remove(what)
    assert f"cannot remove {RUN}/calls/hold-music/001/caller.wav from history" in str(raised.value)
    assert store.nights()[0] == OLD
    store.remove(what)
    store.remove(what)  # gone already, which is as it should be
    assert not (home / OLD).exists()


@pytest.mark.parametrize("words", [(), ("--recordings-only",)], ids=["all", "recordings"])
def test_a_night_in_which_somebody_works_is_refused_and_stays_whole(home, capsys, words):
    before = everything(home / OLD)
    asked = ["history", "prune", "--history", str(home), "--keep-nights", "1", "--yes", *words]
    with taken(home / RUN, by="harness score"):
        assert run_command(asked) != 0
        assert everything(home / OLD) == before | {
            f"order-desk.staging/{name}" for name in (LOCK, HOLDER)
        }
    told = capsys.readouterr().err
    assert f"{home / RUN} is in use by process" in told
    assert "(harness score, since " in told
    assert run_command(asked) == 0
    assert (home / OLD).exists() == bool(words)


@pytest.mark.parametrize("recordings_only", [False, True])
def test_nobody_else_may_work_in_a_run_while_it_is_removed(home, monkeypatch, recordings_only):
    store = HistoryFolder(home)
    what = store.removable(store.read(), OLD, recordings_only=recordings_only)
    remove, seen = store._files.rm_file, []

    def watched(path: str) -> None:
        if not seen:
            with pytest.raises(FolderInUse) as refused:
                check_free(home / RUN)
            seen.append(str(refused.value))
        remove(path)

    monkeypatch.setattr(store._files, "rm_file", watched)
    store.remove(what)
    assert "(harness history prune, since " in seen[0]
    left = {f"order-desk.staging{name}" for name in ("", "/results.json", f"/{LOCK}")}
    assert everything(home / OLD) == (left if recordings_only else set())


def test_what_came_since_the_list_was_made_stays(home):
    store = HistoryFolder(home)
    what = store.removable(store.read(), OLD)
    (home / RUN / "calls/new.txt").write_text("x")
    store.remove(what)
    assert everything(home / OLD) == {
        "order-desk.staging", "order-desk.staging/calls", "order-desk.staging/calls/new.txt",
    }  # fmt: skip


def test_a_remote_history_is_pruned_the_same(capsys):
    place = f"memory://{uuid.uuid4()}/h"
    store = NIGHTS.write(place)
    store._files.pipe_file(f"{store._root}/2099-01-01T00-00-00Z/photos/a.jpg", b"x")
    store._files.pipe_file(f"{store._root}/{OLD}/photos/a.jpg", b"x")
    asked = ["history", "prune", "--history", place, "--keep-nights", "1", "--yes"]
    assert run_command(asked) == 0
    assert "2 nights removed" in capsys.readouterr().out
    assert store.nights() == (night_name(3),)
    left = {path[len(store._root) + 1 :] for path in store._files.find(store._root)}
    assert left == {
        "2099-01-01T00-00-00Z/photos/a.jpg",
        f"{OLD}/photos/a.jpg",
        f"{night_name(3)}/order-desk.staging/results.json",
    }


@pytest.mark.parametrize("days", [999_999_999, 1_000_000_000, 10**30])
def test_more_days_than_there_are_keep_everything(days):
    nights = ["0001-01-01T00-00-00Z", night_name(1), night_name(2)]
    now = datetime(9999, 12, 31, tzinfo=UTC)
    assert too_old(nights, keep_nights=None, keep_days=days, now=now) == ()
