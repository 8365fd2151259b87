"""`harness compare` on the command line: calls, verdict, files, and refusals."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from support.small_desk import Command, results_of, small_desk
from support.two_runs import calls, run

from harness.cli.compare import exit_code
from harness.cli.main import Exit, run_command
from harness.results.compare.store import read_comparison, write_comparison
from harness.results.store import write_results

REPEATS = 8


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a desk with a single very cheap scenario, and two prompts next to it."""
    folder = small_desk(tmp_path_factory.mktemp("compare") / "desk", quiet=0.5)
    with (folder / "quiet.yaml").open("a", encoding="utf-8") as file:
        file.write("expect: {reply: none}\n")
    (folder.parent / "a.md").write_text("Stay quiet while nobody speaks.\n", encoding="utf-8")
    (folder.parent / "b.md").write_text("Stay quiet. Be kind.\n", encoding="utf-8")
    return folder


def arguments(desk: Path, out: Path, *more: str) -> list[str]:
    prompts = [str(desk.parent / name) for name in ("a.md", "b.md")]
    return ["compare", "--prompt", *prompts, str(desk), "--repeat", str(REPEATS),
            "--confidence", "0.7", "--out", str(out), *more]  # fmt: skip


@pytest.fixture(scope="module")
def compared(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "out"
    assert run_command(arguments(desk, out)) == Exit.OK
    return out


@pytest.fixture
def copy(compared: Path, tmp_path: Path) -> Path:
    """A copy of that comparison, to be spoilt."""
    return Path(shutil.copytree(compared, tmp_path / "copy"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise floors and reports go to the folder in which the command is run."""
    monkeypatch.chdir(tmp_path)


def test_a_comparison_leaves_a_run_per_agent_a_verdict_and_pages(compared):
    comparison = read_comparison(compared / "compare.json")
    assert [(one.key, one.name, one.calls) for one in comparison.variants] == [
        ("a", "a.md", REPEATS), ("b", "b.md", REPEATS)]  # fmt: skip
    (contrast,) = comparison.contrasts
    assert (contrast.pairs, contrast.verdict.value) == (REPEATS, "no_evidence")
    for key in "ab":
        assert len(results_of(compared / key)["calls"]) == REPEATS
        assert (compared / key / "index.html").exists()
    assert "No evidence that B (b.md) differs from A (a.md)" in (compared / "index.html").read_text(
        encoding="utf-8"
    )


def test_each_run_knows_its_prompt(compared):
    told = {
        key: {call["prompt_hash"] for call in results_of(compared / key)["calls"]} for key in "ab"
    }
    assert all(len(hashes) == 1 for hashes in told.values())
    assert told["a"] != told["b"]
    tests = [{c["scenario_hash"] for c in results_of(compared / key)["calls"]} for key in "ab"]
    assert tests[0] == tests[1]


def test_two_stored_runs_are_compared_without_a_call(compared, tmp_path, capsys):
    out = tmp_path / "again"
    assert (
        run_command(["compare", str(compared / "a"), str(compared / "b"), "--out", str(out)]) == 0
    )
    said = capsys.readouterr()
    assert "No evidence that B differs from A in 8 pairs" in " ".join(said.out.split())
    assert said.err == ""
    stored = read_comparison(out / "compare.json")
    for one, key in zip(stored.variants, "ab", strict=True):
        assert (out / one.run).resolve() == (compared / key).resolve()
        assert f'href="{one.run}/index.html"' in (out / "index.html").read_text(encoding="utf-8")
    assert not any(one.own for one in stored.variants)
    assert stored.variants[0].prompt == "Stay quiet while nobody speaks.\n"


def test_the_terminal_shows_each_measure_and_the_stated_rate(compared, capsys):
    run_command(["compare", str(compared / "a"), str(compared / "b"), "--out", "x"])
    said = capsys.readouterr().out
    assert "expectations" in said
    assert "8 pairs, −0 +0" in said
    assert "Of comparisons of an agent with itself, at most 5 % find anything" in said
    assert "No noise floor is known; `harness compare --aa` measures it." in said


# --- interrupted ----------------------------------------------------------------------------------


def cut(folder: Path, kept: int) -> None:
    """Leave the first calls of a run, as if it had been interrupted after them."""
    path = folder / "results.json"
    document = orjson.loads(path.read_bytes())
    for call in document["calls"][kept:]:
        shutil.rmtree(folder / call["recording"])
    document["calls"] = document["calls"][:kept]
    path.write_bytes(orjson.dumps(document))


def made(err: str) -> int:
    """Return how many calls a command made."""
    return sum(line.startswith("[") for line in err.splitlines())


def test_an_interrupted_comparison_is_completed(copy, desk, capsys, compared):
    cut(copy / "a", 6)
    cut(copy / "b", 5)
    assert run_command(arguments(desk, copy, "--resume")) == 0
    told = capsys.readouterr().err
    assert made(told) == 5
    assert told.startswith("a: a.md\nb: b.md\n")
    assert (told.count(" (a)"), told.count(" (b)")) == (2, 3)
    for key in "ab":
        assert results_of(copy / key)["calls"] == results_of(compared / key)["calls"]


def test_a_killed_comparison_is_completed_from_its_recordings(copy, desk, capsys, compared):
    """Calls that are recorded whole are not made again; they are transcribed, judged and packed."""
    (copy / "b" / "results.json").unlink()
    (copy / "compare.json").unlink()
    calls = copy / "b" / "calls" / "quiet"
    assert (calls / "008" / "manifest.json").exists()
    shutil.rmtree(calls / "008")
    for page in (copy / "b").rglob("*.html"):
        page.unlink()
    before = {path: path.stat().st_ino for path in calls.glob("*/events.jsonl")}
    assert run_command(["verify", str(copy)]) == 0
    (told,) = capsys.readouterr().out.splitlines()
    assert told == f"{copy}: whole, 2 runs with 15 of 16 calls made, 1 not called"
    assert run_command(arguments(desk, copy, "--resume")) == 0
    after = {path: path.stat().st_ino for path in calls.glob("*/events.jsonl")}
    assert len(after) == len(before) + 1
    assert {path: after[path] for path in before} == before
    assert made(capsys.readouterr().err) == REPEATS
    assert results_of(copy / "b")["calls"] == results_of(compared / "b")["calls"]


@pytest.mark.parametrize(
    "change",
    [{"scenario_hash": "x"}, {"prompt_hash": "x"}, {"seed": 1}, {"status": "socket_closed"}],
    ids=str,
)
def test_a_call_of_another_test_or_agent_is_made_again_if_that_is_said(copy, desk, capsys, change):
    path = copy / "a" / "results.json"
    document = orjson.loads(path.read_bytes())
    document["calls"][3].update(change)
    path.write_bytes(orjson.dumps(document))
    assert run_command(arguments(desk, copy, "--resume", "--force")) == 0
    assert made(capsys.readouterr().err) == 1


@pytest.mark.parametrize(
    "change", [{"harness_version": "0.0.1"}, {"target_settings": {"target": "other"}}], ids=str
)
def test_a_run_of_another_target_or_harness_is_made_again_if_that_is_said(
    copy, desk, capsys, change
):
    path = copy / "a" / "results.json"
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), **change}))
    assert run_command(arguments(desk, copy, "--resume", "--force")) == 0
    assert made(capsys.readouterr().err) == REPEATS


@pytest.mark.parametrize(
    ("of_run", "of_call", "message"),
    [
        ({}, {"scenario_hash": "x"}, "a/calls/quiet/004 is a call of another test: --resume would"),
        ({}, {"prompt_hash": "x"}, "is a call with another prompt"),
        ({}, {"seed": 1}, "is a call with another seed (1)"),
        ({"harness_version": "0.0.1"}, {}, "is a call judged by harness 0.0.1"),
        ({"target_settings": {"target": "x"}, "target": "x"}, {}, "of another target (x)"),
    ],
    ids=str,
)
def test_finished_calls_of_another_plan_are_not_replaced(
    copy, desk, capsys, of_run, of_call, message
):
    path = copy / "a" / "results.json"
    document = orjson.loads(path.read_bytes()) | of_run
    document["calls"][3].update(of_call)
    path.write_bytes(orjson.dumps(document))
    assert run_command(arguments(desk, copy, "--resume")) == Exit.USAGE
    assert message in capsys.readouterr().err
    assert len(list((copy / "a/calls/quiet").glob("*/manifest.json"))) == REPEATS


def test_calls_recorded_after_the_last_results_are_kept(copy, desk, capsys, compared):
    path = copy / "a" / "results.json"
    document = orjson.loads(path.read_bytes())
    del document["calls"][5:]
    document["calls"][2]["status"] = "socket_closed"  # and made again since
    path.write_bytes(orjson.dumps(document))
    os.utime(path, ns=(0, 0))
    before = heard_at(copy)
    assert run_command(arguments(desk, copy, "--resume")) == 0
    assert heard_at(copy) == before
    assert results_of(copy / "a")["calls"] == results_of(compared / "a")["calls"]


def heard_at(folder: Path) -> dict[str, int]:
    """Return when each call's events were written: a call that is made again writes new ones."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("events.jsonl")
    }


def recorded(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("manifest.json")}


def test_a_plan_with_fewer_repeats_loses_no_finished_call(copy, desk, capsys):
    before = [results_of(copy / key) for key in "ab"]
    fewer = ["--repeat", str(REPEATS - 1), "--resume"]
    assert run_command(arguments(desk, copy, *fewer)) == Exit.USAGE
    said = capsys.readouterr().err
    assert (
        f"a holds {REPEATS} repeats of 'quiet', and 1 of these calls are not in this plan" in said
    )
    assert [results_of(copy / key) for key in "ab"] == before
    calls = heard_at(copy)
    assert run_command(arguments(desk, copy, *fewer, "--force")) == 0
    assert made(capsys.readouterr().err) == 0
    assert [len(results_of(copy / key)["calls"]) for key in "ab"] == [REPEATS - 1] * 2
    assert len(recorded(copy)) == 2 * REPEATS  # calls that are left out can be taken up again
    assert run_command(arguments(desk, copy, "--resume")) == 0
    assert heard_at(copy) == calls  # they are judged again, and no call is made
    assert [results_of(copy / key)["calls"] for key in "ab"] == [run["calls"] for run in before]


def test_clocks_are_not_mixed(copy, desk, capsys):
    cut(copy / "a", 6)
    before = recorded(copy)
    assert run_command(arguments(desk, copy, "--resume", "--real-time")) == Exit.USAGE
    said = capsys.readouterr().err
    assert "a/calls/quiet/001 is a call in virtual time, not in real time: --resume would" in said
    assert recorded(copy) == before


def test_a_killed_comparison_is_refused_with_resume_named_first(copy, desk, capsys):
    for name in ("a/results.json", "b/results.json", "compare.json"):
        (copy / name).unlink()
    before = recorded(copy)
    assert run_command(arguments(desk, copy)) == Exit.USAGE
    said = " ".join(capsys.readouterr().err.split())
    assert "a already holds calls; --resume keeps them and makes those that remain, --force" in said
    assert recorded(copy) == before
    assert run_command(arguments(desk, copy, "--force")) == 0
    assert made(capsys.readouterr().err) == 2 * REPEATS


def test_a_damaged_noise_floor_is_found_before_anything_is_called_or_replaced(
    copy, desk, tmp_path, capsys
):
    path = tmp_path / "baselines" / "noise-small-desk-reference.json"
    path.parent.mkdir()
    path.write_text('{"format": 1}')
    before = recorded(copy)
    assert run_command(arguments(desk, copy, "--force")) == Exit.FAILURE
    said = capsys.readouterr().err
    assert f"cannot read {path.relative_to(tmp_path)}" in said
    assert made(said) == 0
    assert recorded(copy) == before


# --- an agent against itself ----------------------------------------------------------------------


def test_an_agent_against_itself_leaves_a_noise_floor_that_is_used(desk, tmp_path, capsys):
    common = [str(desk), "--repeat", str(REPEATS), "--confidence", "0.7"]
    assert run_command(["compare", "--aa", *common, "--out", "aa"]) == 0
    kept = tmp_path / "baselines" / "noise-small-desk-reference.json"
    assert kept.read_bytes() == (tmp_path / "aa" / "noise_floor.json").read_bytes()
    capsys.readouterr()
    prompt = str(desk.parent / "b.md")
    assert run_command(["compare", "--prompt", prompt, *common, "--out", "ab"]) == 0
    assert "Noise floor: baselines/noise-small-desk-reference.json" in capsys.readouterr().out
    found = read_comparison(tmp_path / "ab" / "compare.json").contrasts[0].findings
    assert {finding.noise_floor for finding in found} == {0.0}


def test_a_noise_floor_of_another_agent_is_not_used(compared, desk, tmp_path, capsys):
    common = [str(desk), "--repeat", str(REPEATS), "--confidence", "0.7"]
    assert run_command(["compare", "--aa", *common, "--out", "aa"]) == 0
    path = tmp_path / "baselines" / "noise-small-desk-reference.json"
    floor = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps({**floor, "prompts": ["another"]}))
    run_command(["compare", str(compared / "a"), str(compared / "b"), "--out", "ab"])
    assert "is not used: it is of another prompt" in " ".join(capsys.readouterr().out.split())


# --- sequential -----------------------------------------------------------------------------------


def test_until_decided_looks_more_often_and_says_how_sure_each_look_is(desk, tmp_path, capsys):
    plan = arguments(desk, tmp_path / "out", "--until-decided")
    plan[plan.index("--repeat") + 1] = "20"
    assert run_command(plan) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "this is look 2 of 2, each taken at 0.1" in said
    found = read_comparison(tmp_path / "out" / "compare.json")
    assert (found.look, found.looks, found.repeats) == (2, 2, 20)
    assert found.contrasts[0].pairs == 20


# --- runs of the user -----------------------------------------------------------------------------


def test_force_spares_the_runs_that_the_user_made(copy, desk, tmp_path, capsys):
    place = tmp_path / "x"
    m, n, o = (Path(shutil.copytree(copy / a, place / b)) for a, b in ("am", "an", "bo"))
    for words in ([m, n, o], [m, o, "--force"]):
        assert run_command(["compare", *map(str, words), "--out", str(place)]) == 0
    assert (recorded(n), results_of(n)) == (recorded(m), results_of(m))
    assert (n / "index.html").exists()


def test_force_does_not_take_a_run_that_stands_where_an_agents_would(copy, desk, tmp_path, capsys):
    words = [str(copy / "a"), str(copy / "b"), "--out", str(copy), "--force"]
    found = read_comparison(copy / "compare.json")
    foreign = tuple(replace(one, own=False) for one in found.variants)
    write_comparison(copy, replace(found, variants=foreign))
    before = recorded(copy)
    assert run_command(["compare", *words]) == 0
    for option, message in (
        ("--force", "a holds a run that was not made for the comparison in"),
        ("--resume", "holds a comparison of finished runs, which were not made for it"),
    ):
        capsys.readouterr()
        assert run_command(arguments(desk, copy, option)) == Exit.USAGE
        assert message in " ".join(capsys.readouterr().err.split())
    assert recorded(copy) == before
    assert (copy / "compare.json").exists()


def test_resume_does_not_forget_an_agent(copy, desk, capsys):
    found = read_comparison(copy / "compare.json")
    third = replace(found.variants[1], key="c", name="c.md", run="c")
    write_comparison(copy, replace(found, variants=(*found.variants, third)))
    assert run_command(arguments(desk, copy, "--resume")) == Exit.USAGE
    said = " ".join(capsys.readouterr().err.split())
    assert "compares 3 agents (a.md, b.md, c.md), and this plan has 2" in said
    assert run_command(arguments(desk, copy, "--resume", "--force")) == 0


# --- refusals -------------------------------------------------------------------------------------


def test_a_folder_that_is_taken_is_refused_and_force_replaces_it(copy, desk, capsys):
    assert run_command(arguments(desk, copy)) == Exit.USAGE
    assert "already holds a comparison; --resume completes it, --force" in capsys.readouterr().err
    shutil.copytree(copy / "b", copy / "c")  # as left by a comparison of three
    found = read_comparison(copy / "compare.json")
    third = replace(found.variants[1], key="c", run="c")
    write_comparison(copy, replace(found, variants=(*found.variants, third)))
    (copy / "pairs" / "c").mkdir(parents=True)
    assert run_command(arguments(desk, copy, "--force")) == 0
    assert made(capsys.readouterr().err) == 2 * REPEATS
    assert not (copy / "c" / "results.json").exists()
    assert not (copy / "pairs" / "c").exists()


def test_a_folder_that_is_taken_is_refused_before_this_machine_is_measured(copy, desk, capsys):
    assert run_command(arguments(desk, copy, "--concurrency", "auto")) == Exit.USAGE
    (told,) = capsys.readouterr().err.splitlines()
    assert "already holds a comparison" in told


def test_a_run_does_not_take_the_folder_of_a_comparison(copy, desk, capsys):
    before = (copy / "compare.json").read_bytes()
    for more in ([], ["--force"]):
        assert run_command(["run", str(desk), "--out", str(copy), *more]) == Exit.USAGE
        assert "already holds a comparison; give another --out" in capsys.readouterr().err
    assert (copy / "compare.json").read_bytes() == before
    assert not (copy / "results.json").exists()


def test_a_folder_with_a_stored_comparison_is_refused_too(copy, compared, capsys):
    stored = ["compare", str(compared / "a"), str(compared / "b"), "--out", str(copy)]
    assert run_command(stored) == Exit.USAGE
    assert "already holds a comparison; --force replaces it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--a", "x"], "--a and --b go together"),
        (["--a", "x", "--b", "y", "--target", "z"], "not both"),
        (["--resume", "--aa"], "--resume needs --out"),
        (["--resume", "--aa", "--out", "new"], "nothing to resume in new"),
        ([], "nothing to compare with"),
        (["--a", "reference", "--b", "reference"], "are the same agent"),
        (["--aa", "--repeat", "2"], "too few for any finding"),
        (["--aa", "--unpaired"], "--unpaired goes with folders of finished runs"),
    ],
    ids=str,
)
def test_wrong_options_are_one_line(desk, capsys, words, message):
    assert run_command(["compare", str(desk), *words]) == Exit.USAGE
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["RUN", "no/such"], "no/such does not exist; expected folders of finished runs"),
        (["no/such", "RUN"], "no/such does not exist; expected folders of finished runs"),
        (["no/such", "DESK"], "no/such does not exist; expected folders of finished runs"),
        (["RUN", "DESK"], "desk holds no results.json; expected folders of finished runs"),
        (["RUN", "DESK", "--aa"], "desk holds no results.json; expected folders of finished runs"),
        (["RUN", "DESK", "no/such"], "no/such does not exist"),
        (["RUN", "KILLED"], "so its run was killed; `harness score` makes one"),
        (["no/such", "--aa"], "no/such: "),
    ],
    ids=str,
)
def test_a_folder_that_is_no_run_is_named_with_what_was_expected(
    desk, compared, copy, capsys, words, message
):
    (copy / "b" / "results.json").unlink()
    known = {"RUN": str(compared / "a"), "DESK": str(desk), "KILLED": str(copy / "b")}
    assert run_command(["compare", *(known.get(word, word) for word in words)]) == Exit.USAGE
    said = capsys.readouterr().err
    assert message in said
    assert "nothing to compare with" not in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--repeat", "3"], "--repeat: nothing is called when stored runs are compared"),
        (["--seed", "0"], "--seed: nothing is called when stored runs are compared"),
        (["--resume", "--tag", "x"], "--tag, --resume: nothing is called"),
    ],
    ids=str,
)
def test_options_of_calls_are_not_ignored_for_stored_runs(compared, capsys, words, message):
    assert run_command(["compare", str(compared / "a"), str(compared / "b"), *words]) == Exit.USAGE
    assert message in capsys.readouterr().err


def stored(folder: Path, name: str, results) -> str:
    write_results(folder / name / "results.json", results)
    return str(folder / name)


def test_one_stored_run_is_not_enough(tmp_path, capsys):
    assert run_command(["compare", stored(tmp_path, "one", run(calls("s", rule="+")))]) == 2
    assert "is one run; name another one" in capsys.readouterr().err


def test_a_stored_run_that_is_worse_fails_the_command(tmp_path, capsys):
    a = run(calls("s", rule="+" * 8))
    b = run(calls("s", rule="-" * 8), target_settings={"target": "other", "model": "other"})
    words = ["compare", stored(tmp_path, "monday", a), stored(tmp_path, "tuesday", b)]
    assert run_command([*words, "--out", "out"]) == Exit.GATE_FAILED
    said = " ".join(capsys.readouterr().out.split())
    assert "B (tuesday) is worse on rule (−100 points) than A (monday)." in said
    page = (tmp_path / "out" / "pairs" / "b" / "s-001.html").read_text(encoding="utf-8")
    assert "no such file" in page.lower()  # there is no recording: the page says so


def other_callers(passed: str, name: str) -> None:
    """Write a run of imported calls of its own callers."""
    made = calls("real calls", {"waits": [1.0] * len(passed)}, rule=passed)
    made = [
        replace(call, call=f"{name}-{call.repeat}.json", seed=1000 * ord(name[0]) + call.seed)
        for call in made
    ]
    write_results(Path(name) / "results.json", run(made, target_settings={"target": name}))


def test_two_imports_of_different_callers_are_compared_as_sets(capsys):
    other_callers("+" * 19 + "-", "march")
    other_callers("+-" * 9, "april")
    assert run_command(["compare", "march", "april", "--out", "out"]) == 1
    said = capsys.readouterr().out
    assert "B (april) is worse on calls (−45 points) and rule (−45 points) than A (march)" in said
    assert "A and B are calls of different callers" in said
    assert "20 and 18 calls" in said
    assert "itself, called by callers alike, at most 5 % find anything" in said
    (contrast,) = read_comparison(Path("out/compare.json")).contrasts
    assert (contrast.paired, contrast.calls) == (False, (20, 18))
    page = Path("out/index.html").read_text()
    assert "the callers are different ones." in page
    assert "Finished runs of different callers" in page
    assert "so no call has its like on the other side" in page
    assert '<dt>Calls of A</dt><dd><bdi dir="auto">20</bdi></dd>' in page
    assert "<dt>Pairs</dt>" not in page
    assert run_command(["report", "out", "--single-file"]) == 0


def test_calls_that_agree_by_name_are_compared_as_sets_if_asked(capsys):
    for name, passed in (("a", "+" * 12), ("b", "-" * 12)):
        write_results(Path(name) / "results.json", run(calls("s", rule=passed)))
    assert run_command(["compare", "a", "b", "--out", "out"]) == 1
    assert "12 pairs" in capsys.readouterr().out
    assert run_command(["compare", "a", "b", "--unpaired", "--out", "out", "--force"]) == 1
    assert "12 and 12 calls" in capsys.readouterr().out
    assert not (Path("out") / "pairs").exists()


def test_two_stored_runs_of_one_agent_answer_whether_its_service_changed(tmp_path, capsys):
    a, b = run(calls("s", rule="+" * 8)), run(calls("s", rule="-" * 8))
    words = ["compare", stored(tmp_path, "monday", a), stored(tmp_path, "tuesday", b)]
    assert run_command([*words, "--out", "out"]) == Exit.GATE_FAILED
    said = " ".join(capsys.readouterr().out.split())
    note = "A and B are the same agent, told the same: what differs is chance, or a service that"
    assert note in said
    assert note in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "B (tuesday) is worse on rule" in said


@pytest.mark.parametrize(
    ("number", "message"),
    [(2, "one is named twice"), (27, "at most 26 agents at once, got 27")],
)
def test_stored_runs_that_cannot_stand_beside_each_other(tmp_path, capsys, number, message):
    folder = stored(tmp_path, "one", run(calls("s", rule="+")))
    assert run_command(["compare", *[folder] * number, "--out", "out"]) == Exit.USAGE
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_a_run_of_another_test_is_refused(tmp_path, capsys):
    a = run(calls("s", rule="+" * 8))
    changed = tuple(replace(call, scenario_hash="new", prompt_hash="new") for call in a.calls)
    words = ["compare", stored(tmp_path, "a", a), stored(tmp_path, "b", replace(a, calls=changed))]
    assert run_command(words) == Exit.USAGE
    assert "'s' changed in between" in capsys.readouterr().err


def test_the_pages_of_a_comparison_are_written_again(copy, capsys):
    before = (copy / "index.html").read_bytes()
    for path in (copy / "index.html", copy / "a" / "index.html"):
        path.unlink()
    assert run_command(["report", str(copy)]) == 0
    # its title is the folder's name, and its trail leads home
    assert (copy / "index.html").read_bytes().count(b"\n") == before.count(b"\n")
    assert (copy / "a" / "index.html").exists()
    assert capsys.readouterr().out.strip() == str(copy / "index.html")


@pytest.mark.parametrize(
    "words",
    [["--prompt", "a.md", "b.md"], ["--prompt", "a.md", "--prompt", "b.md"],
     ["--prompt=a.md", "b.md"]],
    ids=str,
)  # fmt: skip
def test_prompts_may_follow_one_option_or_have_one_each(desk, monkeypatch, capsys, words):
    monkeypatch.chdir(desk.parent)
    assert run_command(["compare", *words, "desk", "--repeat", "1"]) == Exit.USAGE
    assert "--repeat 1 gives 1 pairs" in capsys.readouterr().err  # all files were understood


# --- stopped --------------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_is_done_and_resume_completes_it(desk, tmp_path):
    words = arguments(desk, tmp_path / "out")
    with Command(tmp_path, *words) as command:
        command.when(lambda: made(command.stderr) >= 3)
        command.signal(signal.SIGINT)
        code, _ = command.end()
    assert code == Exit.INTERRUPTED
    stopped = read_comparison(tmp_path / "out" / "compare.json")
    done = sum(one.calls for one in stopped.variants)
    assert stopped.interrupted
    assert 3 <= done < 2 * REPEATS
    with Command(tmp_path, *words, "--resume") as command:
        code, _ = command.end()
        assert made(command.stderr) == 2 * REPEATS - done
    assert code == 0
    assert not read_comparison(tmp_path / "out" / "compare.json").interrupted


# --- exit codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "lost", "code"),
    [
        ({}, 0, Exit.OK),
        ({}, 1, Exit.FAILURE),
        ({"interrupted": True}, 0, Exit.INTERRUPTED),
        ({"worse": True}, 0, Exit.GATE_FAILED),
        ({"worse": True}, 1, Exit.GATE_FAILED),
        ({"worse": True, "aa": True}, 0, Exit.OK),
        ({"worse": True, "interrupted": True}, 0, Exit.INTERRUPTED),
    ],
    ids=str,
)
def test_exit_codes(compared, change, lost, code):
    comparison = read_comparison(compared / "compare.json")
    one = comparison.variants[1]
    variants = (comparison.variants[0], replace(one, counted=one.calls - lost))
    values = dict(change)
    if values.pop("worse", False):
        from harness.results.compare.store import ComparisonVerdict

        values["contrasts"] = (replace(comparison.contrasts[0], verdict=ComparisonVerdict.WORSE),)
    assert exit_code(replace(comparison, variants=variants, **values)) is code
