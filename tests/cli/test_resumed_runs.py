"""``harness run --resume``: a run that was killed, or stopped, and then carried to its end."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from support.small_desk import Command, results_of, small_desk

from harness.cli.main import run_command
from harness.files import sealed
from harness.runs.plan import Job
from harness.runs.plan_file import read_journal

REPEATS = 4


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a desk, in which the starting points of tests are made once."""
    folder = tmp_path_factory.mktemp("kept")
    small_desk(folder / "desk", one=0.2, two=0.2)
    return folder


@pytest.fixture
def desk(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(kept / "desk", "desk")
    return Path("desk")


@pytest.fixture
def killed(kept: Path, desk: Path) -> Callable[[int], Path]:
    """Return a function that gives the folder of a run killed after so many calls."""

    def die(after: int) -> Path:
        there = kept / f"killed-{after}"
        if not there.exists():
            leave_killed(kept, there.name, after)
        shutil.copytree(there, "out")
        return Path("out")

    return die


def leave_killed(folder: Path, name: str, after: int) -> None:
    noted = iter(range(after))

    def ended(self: object, job: object, result: object) -> None:
        if next(noted, None) is None:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("harness.cli.progress._Lines.ended", ended)
        run_command(["run", "desk", "--repeat", "2", "--concurrency", "1", "--out", name])


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> str:
    capsys.readouterr()
    found = run_command(list(arguments))
    error = capsys.readouterr().err
    assert found == code, error
    return error


def pages(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}


def same_run(first: Path, second: Path) -> bool:
    """Whether two results differ only in their time of start."""
    one, other = results_of(first), results_of(second)
    for results in (one, other):
        del results["started_at"]
        results.pop("digest", None)
    return one == other and list(one) == list(other)


class _StopsAfter:
    """Asks a run to stop when a call has ended."""

    def __init__(self, label: str) -> None:
        self.label = label

    def started(self, job: Job) -> None:
        pass

    def ended(self, job: Job, _result: object) -> None:
        if job.label == self.label:
            signal.raise_signal(signal.SIGINT)


def test_what_need_not_stay_goes_when_a_run_reaches_its_end_not_when_it_is_stopped(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    small_desk(Path("desk"), a=0.2, b=0.2)
    options = ["--keep", "none", "--concurrency", "1", "--out", "out"]
    with monkeypatch.context() as patch:
        patch.setattr("harness.cli.run.progress_for", lambda _: nullcontext(_StopsAfter("a")))
        assert run_command(["run", "desk", *options]) == 130
    events = [Path("out/calls") / name / "001/events.jsonl" for name in "ab"]
    assert [one.exists() for one in events] == [True, False]
    run_command(["run", "--resume", "out"])
    assert [one.exists() for one in events] == [False, False]
    assert [call["kept"] for call in results_of(Path("out"))["calls"]] == [False, False]


def test_a_killed_run_is_carried_to_the_end_that_it_would_have_had(killed, capsys):
    out = killed(1)
    done = read_journal(out)
    assert 1 <= len(done) < REPEATS
    told = said(capsys, "run", "--resume", "out", code=1)
    assert f"{len(done)} of 4 calls are done; {4 - len(done)} to go" in told
    code = run_command(["run", "desk", "--repeat", "2", "--concurrency", "1", "--out", "whole"])
    assert code == 1
    assert same_run(out, Path("whole"))
    assert pages(out) == pages(Path("whole"))
    assert not (out / "journal.jsonl").exists()
    written = (out / "results.json").read_bytes()
    assert "nothing to resume" in said(capsys, "run", "--resume", "out", code=1)
    assert (out / "results.json").read_bytes() == written


def test_a_call_in_the_journal_is_not_made_again_and_one_that_broke_off_is(killed, capsys):
    out = killed(2)
    done = [out / place / "manifest.json" for place in read_journal(out)]
    before = [path.stat().st_mtime_ns for path in done]
    said(capsys, "run", "--resume", "out", code=1)
    assert [path.stat().st_mtime_ns for path in done] == before
    assert len(results_of(out)["calls"]) == REPEATS


def test_a_whole_recording_without_a_verdict_is_judged_and_a_damaged_one_called_again(
    killed, capsys, monkeypatch
):
    out = killed(3)
    (first, second, *_) = read_journal(out)
    (out / "journal.jsonl").unlink()
    events = out / second / "events.jsonl"
    whole = events.read_bytes()
    events.write_bytes(whole[: len(whole) // 2])
    kept = (out / first / "events.jsonl").stat().st_ino
    said(capsys, "run", "--resume", "out", code=1)
    assert (out / first / "events.jsonl").stat().st_ino == kept
    assert events.read_bytes() == whole


def test_half_files_that_a_kill_left_are_swept_up(killed, capsys):
    out = killed(1)
    first, *_ = read_journal(out)
    halves = [out / ".results.json.1-2.part", out / first / ".manifest.json.1-2.part"]
    for half in halves:
        half.write_text("{")
    said(capsys, "run", "--resume", "out", code=1)
    assert not any(half.exists() for half in halves)


def test_score_of_a_killed_run_knows_all_its_calls(killed, capsys):
    out = killed(1)
    said(capsys, "score", "out", code=130)
    found = [call["status"] for call in results_of(out)["calls"]]
    assert len(found) == REPEATS
    assert found[-1] == "not_called"
    said(capsys, "run", "--resume", "out", code=1)
    assert "not_called" not in {call["status"] for call in results_of(out)["calls"]}


def test_another_run_in_the_folder_is_offered_to_resume(killed, capsys):
    killed(1)
    told = said(capsys, "run", "desk", "--out", "out", code=2)
    assert "`harness run --resume out` to complete it" in told


def change(path: str, old: str, new: str) -> Callable[[], None]:
    def changed() -> None:
        text = Path(path).read_text()
        assert old in text
        Path(path).write_text(text.replace(old, new))

    return changed


def replanned(old: bytes, new: bytes) -> Callable[[], None]:
    """Change the plan and seal it anew, as another harness would have written it."""

    def changed() -> None:
        path = Path("out/plan.json")
        data = path.read_bytes()
        assert old in data
        body = data[: data.rindex(b',\n  "digest"')]
        path.write_bytes(sealed(body.replace(old, new) + b"\n}\n"))

    return changed


def no_files() -> None:
    Path("desk/one.yaml").rename("elsewhere.yaml")


REFUSED = [
    (change("desk/one.yaml", "0.4", "0.5"), "what is tested: 'one' (desk/one.yaml)", 2),
    (change("desk/prompt.md", "Stay", "Be"), "what the agent is told (prompt or tools): suite", 2),
    (replanned(b'"harness_version": "0.1.0"', b'"harness_version": "0.0.9"'),
     "was begun by harness 0.0.9, and this is 0.1.0", 2),
    (replanned(b'"model": "reference"', b'"model": "other"'), "the target reference (model)", 2),
    (replanned(b'"seed": ', b'"seed": 1'), "they are not of one run", 2),
    (replanned(b'"command": "harness run"', b'"command": "harness compare"'),
     "the same `harness compare` with --out . --resume", 2),
    (change("out/plan.json", '"repeat": 0', '"repeat": 7'), "it is not as it was written", 3),
    (no_files, "scenarios that are not here any more: desk/one.yaml", 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "message", "code"), REFUSED, ids=[message[:30] for _, message, _ in REFUSED]
)
def test_what_is_not_the_same_run_any_more_is_refused_in_one_line(
    killed, capsys, spoil, message, code
):
    out = killed(1)
    journal = (out / "journal.jsonl").read_bytes()
    spoil()
    told = said(capsys, "run", "--resume", "out", code=code)
    assert message in told
    assert told.count("\n") == 1
    assert (out / "journal.jsonl").read_bytes() == journal


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--resume desk", "holds no run to resume: there is no plan.json in it"),
        ("--resume nowhere", "Directory 'nowhere' does not exist"),
        ("--resume out desk", "goes on with what out was asked; drop PATHS"),
        ("--resume out --seed 1", "drop --seed"),
        ("--resume out --repeat 3", "drop --repeat"),
        ("--resume out --force", "drop --force"),
        ("--resume out --failed out", "drop --failed"),
        ("--resume out --fault skip_read_back", "drop --fault"),
        ("--resume out --keep none", "drop --keep"),
    ],
)
def test_resume_of_no_run_and_with_other_options_is_refused(desk, capsys, arguments, message):
    Path("out").mkdir()
    assert message in said(capsys, "run", *arguments.split(), code=2)


def test_a_run_of_before_plans_is_told_what_can_be_done(killed, capsys):
    (killed(1) / "plan.json").unlink()
    told = said(capsys, "run", "--resume", "out", code=2)
    assert "`harness score out` judges what is recorded" in told


@pytest.fixture(scope="module")
def whole(kept: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(kept)
        run_command(["run", "desk", "--repeat", "20", "--concurrency", "2", "--out", "whole"])
    return kept / "whole"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("group", [True, False], ids=["group", "parent"])
def test_a_run_that_is_killed_with_9_loses_only_the_calls_under_way(desk, whole, tmp_path, group):
    out = Path("out").resolve()
    options = ["run", "desk", "--repeat", "20", "--concurrency", "2", "--out", "out"]
    with Command(tmp_path, *options) as command:
        command.when(lambda: len(read_journal(out)) > 5)
        if group:
            command.signal(signal.SIGKILL)
        else:
            command.process.kill()
        command.process.wait()
        assert len(read_journal(out)) < 40
        before = {place: (out / place).stat().st_ino for place in read_journal(out)}
        assert run_command(["run", "--resume", "out"]) == 1
    assert same_run(out, whole)
    assert {place: (out / place).stat().st_ino for place in before} == before


def test_an_interrupted_run_is_resumed(desk, tmp_path):
    options = ["run", "desk", "--repeat", "15", "--concurrency", "1", "--out", "out"]
    with Command(tmp_path, *options) as command:
        command.when(lambda: "[2/30]" in command.stderr)
        command.signal(signal.SIGINT)
        assert command.end()[0] == 130
        assert "to go on: harness run --resume out" in command.stderr
    before = results_of(Path("out"))
    assert before["interrupted"] is True
    assert run_command(["run", "--resume", "out"]) == 1
    after = results_of(Path("out"))
    assert after["interrupted"] is False
    assert after["started_at"] == before["started_at"]
    assert {call["status"] for call in after["calls"]} == {"completed"}
