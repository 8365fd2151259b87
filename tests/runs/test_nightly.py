"""Nightly files and nights: every fault with its line, and each run kept as soon as it is made."""

from __future__ import annotations

import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.ci_desk import ci_desk
from support.nights import Nights
from support.scripted_server import Script, served_beside
from support.small_desk import Command, small_desk

from harness.cli.progress import progress_for
from harness.errors import (
    FaultyFiles,
    FolderInUse,
    MissingVariable,
    OperationError,
    UsageError,
)
from harness.files import taken
from harness.recording.manifest import load_manifest
from harness.results.gates.baseline import baseline_of, write_baseline
from harness.results.history.series import by_group
from harness.results.history.store import HistoryFolder
from harness.results.store import read_results
from harness.runs.earlier_calls import failed_calls
from harness.runs.gates import GateRequest
from harness.runs.nightly import catch_up, load_nightly, make_night, planned_night
from harness.runs.plan import Machines, Repeats, plan_jobs
from harness.scenario.catalog import load_target
from harness.scenario.identity import own_seed
from harness.scenario.load import Condition, load_scenario
from harness.scenario.model import BedNoise, PhoneLine, SecondTalker

NIGHT = "2026-04-25T02-00-00Z"
TODAY = date(2026, 4, 25)
HEAD = "format: 1\nnightly: small\nsuites: [desk]\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    small_desk(tmp_path / "desk", first=1.0, second=1.0)
    return tmp_path


def nightly_file(place: Path, text: str) -> Path:
    path = place / "nightly.yaml"
    path.write_text(text, encoding="utf-8")
    return path


FAULTS = [
    ("targets: [refrence]\n", [":4: targets[0]: unknown target 'refrence'", "did you mean"]),
    ("targets: [nowhere.yaml]\n", ["nowhere.yaml: cannot read the file"]),
    ("targets: [reference, reference]\n", [":4: targets[1]: another target (or suite) is called"]),
    ("repeats: 3\n", [":4: repeats: unknown key", "did you mean 'repeat'?"]),
    ("repeat: 0\n", [":4: repeat: "]),
    ("concurrency: some\n", [":4: concurrency: "]),
    ("concurrency: 201\n", [":4: concurrency: "]),
    ("scenario: [x, 5]\n", [":4: scenario"]),
    ("scenario: []\n", [":4: scenario"]),
    ("scenario: zzz\n", [":3: suites[0]: no scenario with name like 'zzz'"]),
    ("history: memory://x\n", [":4: history: a history at a URL holds results only"]),
    ("runs: here\n", [":4: runs: only for a history at a URL"]),
    ("pages: ftp://x\n", [":4: pages: "]),
    ("prices: none.yaml\n", ["none.yaml: cannot read the file"]),
    (
        "conditions:\n  - {name: a, noise: {bed: caffe, snr_db: 5}}\n",
        [":5: conditions[0].noise.bed: unknown noise bed 'caffe'", "did you mean 'cafe'?"],
    ),
    (
        "conditions:\n  - {name: a}\n  - {name: a, voice_rate: 9}\n",
        [":6: conditions[1].name: 'a' is the name of conditions[0] already", "voice_rate"],
    ),
    (
        "conditions:\n  - {name: a, voice: old_men}\n",
        [":5: conditions[0].voice: expected a voice like 'en-us+f3', or one of woman, man, "],
    ),
    (
        "conditions:\n  - {name: a, second_talker: {say: ['No, {order_id}.'], voice: old_men}}\n",
        [
            ":5: conditions[0].second_talker.voice: expected a voice like 'en-us+f3'",
            ":5: conditions[0].second_talker.say[0]: it is said near every caller, whose facts"
            " differ: write the words out, got 'No, {order_id}.'",
        ],
    ),
    (
        "conditions:\n  - {name: a, second_talker: {say: ['...']}}\n",
        [":5: conditions[0].second_talker.say[0]: no voice can say '...'; write words"],
    ),
    ("conditions: [loud]\n", [":4: conditions[0]: "]),
    ("targets: [refrence]\nprices: none.yaml\n", ["refrence", "none.yaml"]),
]


@pytest.mark.parametrize(("text", "told"), FAULTS)
def test_every_fault_is_named_with_its_line(place, text, told):
    with pytest.raises(FaultyFiles) as raised:
        load_nightly(nightly_file(place, HEAD + text))
    for part in told:
        assert part in str(raised.value)


def test_a_codec_of_a_condition_that_is_not_installed_is_told_with_its_line(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    path = nightly_file(place, HEAD + "conditions:\n  - {name: a, line: {codec: opus}}\n")
    with pytest.raises(FaultyFiles, match=r":5: conditions\[0\].line.codec: opus needs PyAV"):
        load_nightly(path)


def test_a_suite_that_is_not_there_and_one_with_faults_are_told_together(place):
    (place / "desk/second.yaml").write_text("format: 1\nname: x\nturns: []\n")
    path = nightly_file(place, HEAD.replace("[desk]", "[nowhere, desk]"))
    with pytest.raises(FaultyFiles) as raised:
        load_nightly(path)
    assert ":3: suites[0]: " in str(raised.value)
    assert "second.yaml:3: turns" in str(raised.value)


def test_a_scenario_for_stored_calls_is_told_together_with_other_faults(place):
    stored = "format: 1\nname: x\nstored: {facts: {order_id: id}}\n"
    (place / "desk/second.yaml").write_text(stored)
    path = nightly_file(place, HEAD + "prices: none.yaml\n")
    with pytest.raises(FaultyFiles) as raised:
        load_nightly(path)
    assert "none.yaml" in str(raised.value)
    assert "second.yaml:3: stored: " in str(raised.value)


def test_a_key_that_is_not_set_hides_no_fault_of_a_file(place, monkeypatch):
    monkeypatch.delenv("NIGHT_KEY", raising=False)
    (place / "line.yaml").write_text(
        "format: 1\ntarget: line\nurl: ws://127.0.0.1:9\nauth: {bearer_env: NIGHT_KEY}\n"
    )
    path = nightly_file(place, HEAD + "targets: [line.yaml]\nprices: none.yaml\n")
    with pytest.raises(FaultyFiles, match=r"none\.yaml"):
        load_nightly(path)


def test_a_key_is_asked_for_only_where_the_calls_are_made(place, monkeypatch):
    monkeypatch.delenv("NIGHT_KEY", raising=False)
    (place / "line.yaml").write_text(
        "format: 1\ntarget: line\nurl: ws://127.0.0.1:9\nauth: {bearer_env: NIGHT_KEY}\n"
    )
    path = nightly_file(place, HEAD + "targets: [line.yaml]\n")
    with pytest.raises(MissingVariable, match="NIGHT_KEY"):
        load_nightly(path)
    assert load_nightly(path, here=False).benchmarks


def test_two_suites_of_one_name_are_refused(place):
    small_desk(place / "other", third=1.0)
    path = nightly_file(place, HEAD.replace("[desk]", "[desk, other]"))
    with pytest.raises(FaultyFiles, match="results are told apart by name"):
        load_nightly(path)


def test_a_broken_gates_file_is_found_before_any_call(place):
    (place / "gates.yaml").write_text("format: 1\ngates: ['pass_rat >= 0.9']\n")
    nightly = load_nightly(nightly_file(place, HEAD + "gates: gates.yaml\n"))
    with pytest.raises(FaultyFiles, match=r"gates\.yaml:2"):
        planned_night(nightly, NIGHT)


def test_broken_gates_of_several_suites_are_told_together_and_once(place):
    renamed = small_desk(place / "other", third=1.0) / "suite.yaml"
    renamed.write_text(renamed.read_text().replace("small desk", "other desk"))
    for suite in ("desk", "other"):
        (place / suite / "gates.yaml").write_text("format: 1\ngates: ['pass_rat >= 0.9']\n")
    text = HEAD.replace("[desk]", "[desk, other]") + "targets: [reference, 'ws://127.0.0.1:9']\n"
    nightly = load_nightly(nightly_file(place, text))
    with pytest.raises(FaultyFiles) as raised:
        planned_night(nightly, NIGHT)
    assert [fault.path.parent.name for fault in raised.value.faults] == ["desk", "other"]


def test_a_night_is_one_run_per_suite_and_target_with_all_conditions(place):
    text = HEAD + (
        "targets: [reference, 'ws://127.0.0.1:9']\nrepeat: 2\nseed: 40\n"
        "conditions:\n  - {name: quiet}\n  - {name: cafe, noise: {bed: cafe, snr_db: 5}}\n"
    )
    runs = planned_night(load_nightly(nightly_file(place, text)), NIGHT)
    assert [run.name for run in runs] == ["small-desk.reference", "small-desk.127-0-0-1-9"]
    assert [run.plan.virtual for run in runs] == [True, False]
    first, second = (run.plan for run in runs)
    assert first.admissions is second.admissions  # a full server is full for all
    jobs = first.jobs
    assert [(job.loaded.scenario.name, job.condition, job.seed) for job in jobs] == [
        (name, condition, own_seed("small desk", name, 40) + repeat)
        for name in ("first", "second")
        for condition in ("quiet", "cafe")
        for repeat in (0, 1)
    ]
    assert len({job.recording for job in jobs}) == len(jobs)
    assert runs[0].plan.out == place / "history" / NIGHT / "small-desk.reference"


def test_the_runs_are_in_the_history_with_their_recordings(place):
    nightly = load_nightly(
        nightly_file(place, HEAD + "conditions: [{name: hum, noise: {bed: hum, snr_db: 20}}]\n")
    )
    runs = planned_night(nightly, NIGHT)
    (done,) = make_night(nightly, runs, progress_for, today=TODAY)
    (entry,) = HistoryFolder(place / "history").read().entries
    assert (entry.night, entry.run) == (NIGHT, "small-desk.reference")
    assert entry.results == read_results(done.folder / "results.json")
    assert [call.condition for call in entry.results.calls] == ["hum", "hum"]
    written = load_scenario(place / "desk/first.yaml")
    assert entry.results.calls[0].scenario_hash not in ("", written.hash)
    assert entry.results.calls[0].prompt_hash == written.prompt_hash
    assert (done.folder / entry.results.calls[0].recording / "manifest.json").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="takes place in real time")
def test_auto_measures_before_each_run_in_real_time_and_says_what_it_found(place):
    with served_beside(Script([])) as url:
        (place / "line.yaml").write_text(f"format: 1\ntarget: line\nurl: {url}\n")
        text = HEAD + "scenario: first\ntargets: [reference, line.yaml]\nconcurrency: auto\n"
        nightly, told = load_nightly(nightly_file(place, text)), list[str]()
        runs = planned_night(nightly, NIGHT)
        _, real = make_night(nightly, runs, progress_for, today=TODAY, tell=told.append)
    assert "in virtual time nothing is late" in told[0]
    assert "--concurrency auto: 1 call at a time" in told[1]
    (call,) = real.results.calls
    pacing = load_manifest(real.folder / call.recording).machine["pacing"]
    assert pacing["measured_before"]["calls"] == pacing["at_once"] == 1


def test_auto_is_refused_where_workers_make_the_calls(place):
    nightly = load_nightly(nightly_file(place, HEAD + "concurrency: auto\n"))
    with pytest.raises(UsageError, match="'concurrency: auto' measures this machine"):
        planned_night(nightly, NIGHT, machines=Machines())


def test_a_night_calls_again_what_looks_worse_and_no_trend_has_these_calls(tmp_path):
    ci_desk(tmp_path / "desk", bad=("wild",))
    nightly = load_nightly(nightly_file(tmp_path, HEAD + "repeat: 5\n"))
    (done,) = make_night(nightly, planned_night(nightly, NIGHT), progress_for, today=TODAY)
    trusted = baseline_of(done.results, done.folder)
    verdicts = {"preamble": "not_applicable", "expectations": "pass"}
    fine = tuple(
        replace(call, passed=True, scores={**call.scores, **verdicts}) for call in trusted.calls
    )
    write_baseline(tmp_path / "b.json", replace(trusted, calls=fine))
    nightly = load_nightly(nightly_file(tmp_path, HEAD))
    nightly = replace(nightly, gates=GateRequest(baseline=tmp_path / "b.json"))
    runs = planned_night(nightly, "2026-04-26T02-00-00Z")
    (done,) = make_night(nightly, runs, progress_for, today=TODAY)
    assert [call.confirms for call in done.results.attempts] == [True] * 8
    broken = {gate.gate for gate in done.results.gates if gate.breaks}
    assert broken == {"every call passes", "no worse: expectations in wild"}
    nights = by_group(HistoryFolder(tmp_path / "history").read())
    (_, last) = next(nights[group] for group in nights if group.suite == "small desk")
    assert (len(last.calls), len(last.attempts)) == (2, 8)


def test_a_remote_history_gets_the_results_alone(place):
    url = f"memory://{uuid.uuid4()}"
    nightly = load_nightly(
        nightly_file(place, HEAD + f"scenario: first\nhistory: {url}\nruns: runs\n")
    )
    (done,) = make_night(nightly, planned_night(nightly, NIGHT), progress_for, today=TODAY)
    assert done.folder == place / "runs" / NIGHT / "small-desk.reference"
    (entry,) = HistoryFolder(url).read().entries
    assert entry.results == read_results(done.folder / "results.json")


def test_a_history_that_cannot_be_reached_costs_no_call(place, monkeypatch):
    def unreachable(self: object) -> frozenset[tuple[str, str]]:
        raise OperationError("cannot read history s3://x: no network")

    nightly = load_nightly(nightly_file(place, HEAD))
    monkeypatch.setattr(HistoryFolder, "runs", unreachable)
    with pytest.raises(OperationError, match="no network"):
        next(make_night(nightly, planned_night(nightly, NIGHT), progress_for, today=TODAY))
    assert not (place / "history").exists()


@pytest.mark.parametrize("failing", [(1,), (1, 2), (2,)], ids=str)
def test_a_failed_send_is_told_and_the_night_goes_on(place, monkeypatch, failing):
    text = f"targets: [reference, again.yaml]\nscenario: first\nhistory: memory://{uuid.uuid4()}\n"
    (place / "again.yaml").write_text("format: 1\ntarget: again\n")
    nightly = load_nightly(nightly_file(place, f"{HEAD}{text}runs: runs\n"))
    sends = iter(range(1, 3))

    def send(runs: HistoryFolder, history: HistoryFolder) -> None:
        if next(sends) in failing:
            raise OperationError("cannot write history x: no network")
        catch_up(runs, history)

    monkeypatch.setattr("harness.runs.nightly.catch_up", send)
    made = make_night(nightly, planned_night(nightly, NIGHT), progress_for, today=TODAY)
    told = [bool(done.unsent) for done in made]
    assert told == [number in failing for number in (1, 2)]
    sent = HistoryFolder(nightly.history).runs()
    assert len(sent) == {(1,): 2, (1, 2): 0, (2,): 1}[failing]


def test_what_could_not_be_sent_is_made_up_for_and_what_was_pruned_stays_away(tmp_path):
    local = Nights(nights=4, repeats=1, scenarios=("hold music",)).write(tmp_path)
    remote = HistoryFolder(f"memory://{uuid.uuid4()}")
    entries = local.read().entries
    second = entries[1]
    remote.keep(second.night, second.run, second.results)
    catch_up(local, remote)
    assert remote.nights() == tuple(entry.night for entry in entries[1:])


@contextmanager
def clean(tmp_path: Path, *arguments: str | Path) -> Iterator[Command]:
    with Command(tmp_path, *arguments) as command:
        yield command
        assert "Traceback" not in command.stderr


def test_an_interrupted_night_keeps_what_is_done_and_skips_the_rest(place):
    text = HEAD + "scenario: first\ntargets: [reference, again.yaml]\nrepeat: 500\nconcurrency: 1\n"
    (place / "again.yaml").write_text("format: 1\ntarget: again\n")
    with clean(place, "nightly", nightly_file(place, text)) as command:
        command.when(lambda: "[2/500]" in command.stderr)
        command.signal(signal.SIGINT)
        code, output = command.end()
    assert code == 130
    assert "history: " in output
    (entry,) = HistoryFolder(place / "history").read().entries
    assert entry.run == "small-desk.reference"
    assert entry.results.interrupted
    statuses = entry.results.summary.statuses
    assert set(statuses) == {"completed", "not_called"}
    assert len(entry.results.calls) == 500
    assert 2 <= statuses["completed"] < 500
    assert f"The run was interrupted: {statuses['completed']} of 500 calls were made." in output
    missing = failed_calls(place / "history" / entry.night / entry.run).calls
    assert [call.repeat for call in missing] == [*range(500 - len(missing), 500)]
    assert (place / "history/history.html").is_file()
    assert (place / "history" / entry.night / entry.run / "index.html").is_file()


# --- conditions ----------------------------------------------------------------------------------


def test_a_condition_changes_only_what_it_names(place):
    loaded = load_scenario(place / "desk/first.yaml")
    noisy = Condition(name="n", noise=BedNoise(bed="cafe", snr_db=5.0)).applied(loaded)
    fast = Condition(name="f", voice_rate=1.3).applied(noisy)
    assert noisy.scenario.caller.noise.bed == "cafe"
    assert noisy.scenario.caller.voice == loaded.scenario.caller.voice
    assert fast.scenario.caller.noise == noisy.scenario.caller.noise
    assert fast.scenario.caller.voice.rate == 1.3
    other = Condition(name="v", voice="old_man").applied(fast)
    assert (other.scenario.caller.voice.name, other.scenario.caller.voice.rate) == ("old_man", 1.3)
    lossy = Condition(name="l", line=PhoneLine(codec="pcmu", gain_db=-6)).applied(fast)
    assert lossy.scenario.caller.line.codec == "pcmu"
    assert lossy.scenario.caller.noise == fast.scenario.caller.noise
    joined = Condition(name="s", second_talker=SecondTalker(level_db=-9)).applied(lossy)
    assert joined.scenario.caller.second_talker.level_db == -9
    assert joined.scenario.caller.line == lossy.scenario.caller.line
    assert Condition(name="l", line=PhoneLine()).applied(joined).scenario.caller.second_talker
    assert fast.scenario.turns == loaded.scenario.turns
    hashes = {one.hash for one in (loaded, noisy, fast, lossy, other, joined)}
    assert len(hashes) == 6
    assert Condition(name="as written").applied(loaded).hash == loaded.hash


def test_conditions_whose_folders_would_clash_get_their_own(place):
    first = load_scenario(place / "desk/first.yaml")
    conditions = (Condition(name="loud!"), Condition(name="loud"))
    target = load_target("reference", None)
    jobs = plan_jobs((first,), Repeats(1, None), target, conditions=conditions)
    assert len({job.recording for job in jobs}) == 2


def test_a_night_that_is_there_or_being_made_is_refused_before_anybody_is_called(place):
    nightly = load_nightly(nightly_file(place, HEAD))
    (run,) = planned_night(nightly, NIGHT)
    with taken(run.plan.out, by="harness nightly"), pytest.raises(FolderInUse, match="in use by"):
        next(make_night(nightly, (run,), progress_for, today=TODAY))
    entry = Nights(nights=1, repeats=1).history().entries[0]
    HistoryFolder(place / "history").keep(NIGHT, run.name, entry.results)
    with pytest.raises(UsageError, match=f"has {run.name} of the night {NIGHT} already"):
        next(make_night(nightly, (run,), progress_for, today=TODAY))
    assert not (run.plan.out / "calls").exists()


def test_a_night_that_a_history_far_away_has_is_refused(place):
    there = f"memory://{uuid.uuid4()}"
    nightly = load_nightly(nightly_file(place, HEAD + f"history: {there}\nruns: runs\n"))
    (run,) = planned_night(nightly, NIGHT)
    entry = Nights(nights=1, repeats=1).history().entries[0]
    HistoryFolder(there).keep(NIGHT, run.name, entry.results)
    with pytest.raises(UsageError, match="already"):
        next(make_night(nightly, (run,), progress_for, today=TODAY))


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("scenario: first\n", ["first"]),
        ("scenario: [second, 'FIR*']\n", ["first", "second"]),
        ("", ["first", "second"]),
    ],
)
def test_scenarios_are_chosen_by_one_name_or_several(place, written, names):
    (benchmark,) = load_nightly(nightly_file(place, HEAD + written)).benchmarks
    assert sorted(one.scenario.name for one in benchmark.scenarios) == names


def test_every_case_of_a_file_is_called_every_night(place):
    written = (place / "desk/first.yaml").read_text().replace("name: first", "name: many")
    cases = "cases: [{name: one}, {name: two}]\n"
    (place / "desk/many.yaml").write_text(written + cases)
    (benchmark,) = load_nightly(nightly_file(place, HEAD + "scenario: many\n")).benchmarks
    assert [one.scenario.name for one in benchmark.scenarios] == ["many [one]", "many [two]"]
