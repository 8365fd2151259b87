"""``harness history`` and ``harness nightly`` as typed."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from support.call_script import record
from support.nights import Nights, night_name, regressed
from support.small_desk import small_desk

from harness.cli.main import Exit, run_command
from harness.cli.nightly import worst
from harness.errors import OperationError
from harness.recording.saving import write_recording
from harness.report.history.view import Shown, keep_shown
from harness.results.history.cost import ModelPrices, Prices
from harness.results.history.store import History, HistoryFolder
from harness.runs.nightly import catch_up

PRICES = "format: 1\nmodels:\n  gpt-realtime-2: {input_text: 4, input_audio: 32}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    nights = Nights(
        nights=40, repeats=2, scenarios=("hold music", "confirmed cancellation"),
        chance=lambda night, *more: regressed(night + 40, *more),
        prompt=lambda night: ("a" if night < 21 else "b") * 64,
    )  # fmt: skip
    nights.write(tmp_path / "history")
    return tmp_path


def test_blame_names_the_night_and_the_change(place, capsys):
    assert run_command(["history", "blame", "confirmed cancellation"]) == 0
    out = capsys.readouterr().out
    assert "(night 21 of 40, 2026-02-21T02-00-00Z)" in out
    assert "prompt changed: aaaaaaaaaaaa → bbbbbbbbbbbb" in out
    assert run_command(["history", "blame", "hold music"]) == 0
    assert "no evidence of a change" in capsys.readouterr().out


def test_blame_names_a_page_only_where_there_is_one(place, capsys):
    words = ["history", "blame", "confirmed cancellation", "--scorer", "write_confirmation"]
    assert run_command(words) == 0
    assert "hear its first failure" not in capsys.readouterr().out
    for night in HistoryFolder("history").nights():
        calls = place / "history" / night / "order-desk.staging/calls/confirmed-cancellation"
        for repeat in ("001", "002"):
            (calls / repeat).mkdir(parents=True)
            (calls / repeat / "index.html").write_text("page")
    assert run_command(words) == 0
    assert "hear its first failure: history/2026-02-2" in capsys.readouterr().out


def test_an_unknown_scenario_is_one_line_with_the_near_ones(place, capsys):
    assert run_command(["history", "blame", "hold musik"]) == 2
    error = capsys.readouterr().err
    assert error == (
        "harness: error: no call of a scenario 'hold musik' in these nights; near it: hold music\n"
    )


def test_show_prints_the_last_night_and_writes_the_page(place, capsys):
    (place / "prices.yaml").write_text(PRICES)
    (place / "history/notes.txt").write_text("x")
    assert run_command(["history", "show", "--prices", "prices.yaml"]) == 0
    said = capsys.readouterr()
    assert "order desk at staging: 40 nights" in said.out
    assert "harness: skipped notes.txt: not a night" in said.err
    assert "harness: 1 thing skipped in history" in said.err
    assert "USD" in (place / "history/history.html").read_text()
    assert run_command(["history", "show", "--out", "elsewhere"]) == 0
    assert (place / "elsewhere/history.html").is_file()


def test_show_keeps_the_money_and_the_links_of_the_last_night(place, capsys):
    """It has not the nightly's file, and wrote the page without both."""
    prices = Prices(format=1, currency="EUR", models={"gpt-realtime-2": ModelPrices(input_text=4)})
    keep_shown(HistoryFolder("history"), Shown(prices=prices, pages="https://ci.example/nights"))
    assert run_command(["history", "show"]) == 0
    said = capsys.readouterr()
    # 4 calls with 2,400 tokens of text at 4 EUR a million
    assert "  cost: 0.0384 EUR in the last night (16,320 tokens, 2.0 minutes)" in said.out
    assert "without input audio of gpt-realtime-2" in said.out
    assert said.err == ""
    page = (place / "history/history.html").read_text()
    assert "0.0384 EUR" in page
    assert "https://ci.example/nights/2026-" in page
    (place / "history/page.json").write_text("{")
    assert run_command(["history", "show"]) == 2
    assert "page.json cannot be read; remove it" in capsys.readouterr().err


def test_show_without_prices_tells_what_was_used(place, capsys):
    assert run_command(["history", "show"]) == 0
    assert "  used: 16,320 tokens, 2.0 minutes in the last night" in capsys.readouterr().out


def test_a_night_dated_in_the_future_is_told_and_is_not_the_last(place, capsys):
    night = place / "history" / night_name(40)
    shutil.copytree(night, place / "history/2999-01-01T00-00-00Z")
    assert run_command(["history", "show"]) == 0
    said = capsys.readouterr()
    assert "40 nights, the last 2026-03-12 02:00 UTC" in said.out
    assert "skipped 2999-01-01T00-00-00Z: dated in the future" in said.err
    assert run_command(["history", "prune", "--keep-nights", "1", "--yes"]) == 0
    assert HistoryFolder("history").nights() == (night_name(40),)
    assert (place / "history/2999-01-01T00-00-00Z/order-desk.staging/results.json").is_file()


def told_prompt(place: Path, night: int, text: str, tool: str = "") -> None:
    """Store the agent's prompt in the calls of a night, and a tool's description."""
    calls = place / "history" / night_name(night) / "order-desk.staging/calls"
    for repeat in ("001", "002"):
        recording = record("0.0-1.0 caller: A.")
        suite = {"tools": [{"name": "look_up", "description": tool}]}
        manifest = replace(recording.manifest, instructions=text, suite=suite)
        folder = calls / "confirmed-cancellation" / repeat
        write_recording(folder, replace(recording, manifest=manifest))


def test_blame_shows_the_difference_of_the_prompts_while_they_are_stored(place, capsys):
    words = ["history", "blame", "confirmed cancellation", "--scorer", "write_confirmation"]
    assert run_command(words) == 0
    assert "text is not stored here any more" in capsys.readouterr().out
    told_prompt(place, 20, "Be kind.\nAsk before you cancel.\n")
    told_prompt(place, 21, "Be kind.\nBe quick.\n")
    assert run_command(words) == 0
    out = capsys.readouterr().out
    assert "the prompt of 2026-02-20 (−) and of 2026-02-21 (+):" in out
    assert "    − Ask before you cancel.\n    + Be quick.\n" in out
    told_prompt(place, 21, "Be kind.\nAsk before you cancel.\n")
    assert run_command(words) == 0
    assert "the prompt's text is the same; its tools changed\n" in capsys.readouterr().out
    told_prompt(place, 21, "Be kind.\nBe quick.\n", tool="Look up.")
    assert run_command(words) == 0
    assert "and of 2026-02-21 (+); tools: look_up changed:\n" in capsys.readouterr().out


def test_show_without_any_night_says_what_to_do_and_makes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for words in ([], ["--history", "empty"], ["--out", "elsewhere"]):
        assert run_command(["history", "show", *words]) == 2
        said = capsys.readouterr()
        named = "empty" if "empty" in words else "history"
        assert said.out == ""
        assert said.err.startswith(f"harness: error: no night in history {named}; ")
        assert "`harness nightly CONFIG.yaml`" in said.err
        assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_prune_only_tells_until_it_is_told_to(place, capsys):
    (place / "history/2026-02-30T00-00-00Z").mkdir()
    folder = HistoryFolder("history")
    run = place / "history" / night_name(1) / "order-desk.staging"
    (run / "index.html").write_text("page")
    assert run_command(["history", "prune", "--keep-nights", "38"]) == 0
    out, err = capsys.readouterr()
    assert err == (
        "harness: skipped 2026-02-30T00-00-00Z: not a night\nharness: 1 thing skipped in history\n"
    )
    assert f"would remove {night_name(1)} (0.0 MB)" in out
    assert "2 nights to remove; --yes does it" in out
    assert len(folder.nights()) == 40
    assert (
        run_command(["history", "prune", "--keep-nights", "39", "--recordings-only", "--yes"]) == 0
    )
    assert "recordings and pages of 1 night removed" in capsys.readouterr().out
    assert not (run / "index.html").exists()
    assert len(folder.read().entries) == 40
    assert run_command(["history", "prune", "--keep-nights", "38", "--yes"]) == 0
    assert "2 nights removed" in capsys.readouterr().out
    assert folder.nights()[0] == night_name(3)
    assert run_command(["history", "prune", "--keep-nights", "38", "--yes"]) == 0
    assert capsys.readouterr().out == "nothing is old enough to go\n"
    assert run_command(["history", "prune"]) == 2


def test_export_tells_the_rows(place, capsys):
    assert run_command(["history", "export", "nights.csv"]) == 0
    rows = len((place / "nights.csv").read_text().splitlines()) - 1
    assert capsys.readouterr().out == f"nights.csv: {rows} rows\n"


def test_an_unknown_place_is_one_line(place, capsys):
    assert run_command(["history", "show", "--history", "nonsense://x"]) == 2
    assert capsys.readouterr().err.startswith("harness: error: history nonsense://x: ")
    assert run_command(["history", "export", "a.csv", "--history", "empty"]) == 2


def test_a_night_is_planned_made_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", first=1.0)
    Path("nightly.yaml").write_text("format: 1\nnightly: small\nsuites: [desk]\nrepeat: 2\n")
    assert run_command(["nightly", "nightly.yaml", "--plan"]) == 0
    assert capsys.readouterr().out == (
        "small-desk.reference: 1 scenario, 2 calls in virtual time\n"
        "2 calls a night, kept in history\n"
    )
    assert not Path("history").exists()
    # No scorer can judge a call of silence, so the default gate does not hold.
    assert run_command(["nightly", "nightly.yaml"]) == 1
    out = capsys.readouterr().out
    assert "history: history/history.html" in out
    (entry,) = HistoryFolder("history").read().entries
    report = Path("history") / entry.night / entry.run / "index.html"
    assert "../../history.html" in report.read_text()
    assert f"{entry.night}/{entry.run}/index.html" in Path("history/history.html").read_text()


def test_a_night_names_the_tools_that_the_embedded_agent_cannot_use(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    suite = small_desk(tmp_path / "desk", first=0.2) / "suite.yaml"
    suite.write_text(suite.read_text().replace("lookup_order", "find_times"))
    Path("nightly.yaml").write_text("format: 1\nnightly: small\nsuites: [desk]\n")
    run_command(["nightly", "nightly.yaml"])
    assert "cannot use these tools: find_times (does nothing" in capsys.readouterr().err


# which of two sends (and the reading after them) fail, the night's exit code
@pytest.mark.parametrize(("failing", "code"), [((), 1), ((1,), 1), ((2,), 3), ((1, 2), 3)])
def test_a_night_whose_sending_fails_goes_on_and_fails_at_the_end(
    tmp_path, monkeypatch, capsys, failing, code
):
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", first=1.0)
    Path("again.yaml").write_text("format: 1\ntarget: again\n")
    Path("nightly.yaml").write_text(
        "format: 1\nnightly: small\nsuites: [desk]\ntargets: [reference, again.yaml]\n"
        f"history: memory://{uuid.uuid4()}\nruns: runs\n"
    )
    sends = iter(range(1, 3))

    def send(runs: HistoryFolder, history: HistoryFolder) -> None:
        if next(sends) in failing:
            raise OperationError("cannot write history x: no network")
        catch_up(runs, history)

    monkeypatch.setattr("harness.runs.nightly.catch_up", send)
    assert run_command(["nightly", "nightly.yaml"]) == code
    said = capsys.readouterr()
    assert said.out.count("report: runs/") == 2
    assert said.err.count("no network; the night goes on") == len(failing)
    ended = "harness: error: cannot write history x: no network" in said.err
    assert ended is (code == 3)
    assert ("history: runs/history.html" in said.out) is (code == 1)


def test_a_history_that_cannot_be_read_again_is_told_at_the_end(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", first=1.0)
    Path("nightly.yaml").write_text("format: 1\nnightly: small\nsuites: [desk]\n")

    def unreadable(self: HistoryFolder) -> History:
        raise OperationError("cannot read history x: no network")

    monkeypatch.setattr(HistoryFolder, "read", unreadable)
    assert run_command(["nightly", "nightly.yaml"]) == 3
    said = capsys.readouterr()
    assert "report: history/" in said.out
    assert "harness: error: cannot read history x: no network" in said.err


def test_a_faulty_file_is_told_before_any_call(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("nightly.yaml").write_text("format: 1\nnightly: x\nsuites: [nowhere]\n")
    assert run_command(["nightly", "nightly.yaml"]) == 2
    assert capsys.readouterr().err.startswith("harness: error: nightly.yaml:3: suites[0]: ")


# (folders in it, the message about them)
@pytest.mark.parametrize(
    ("made", "told"),
    [
        ((), ""),
        (("2026-02-01T02-00-00Z",), "harness: skipped 2026-02-01T02-00-00Z: no run in it\n"),
    ],
)
def test_nothing_is_pruned_where_no_night_is(tmp_path, monkeypatch, capsys, made, told):
    monkeypatch.chdir(tmp_path)
    for name in made:
        (tmp_path / "typo" / name).mkdir(parents=True)
    assert run_command(["history", "prune", "--history", "typo", "--keep-nights", "1"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(told)
    assert err.splitlines()[-1] == (
        "harness: error: no night with a run that can be read in history typo; "
        "--history names another"
    )


def test_more_days_than_a_calendar_has_keep_everything(place, capsys):
    assert run_command(["history", "prune", "--keep-days", "1000000000", "--yes"]) == 0
    assert capsys.readouterr().out == "nothing is old enough to go\n"
    assert len(HistoryFolder("history").nights()) == 40


@pytest.mark.parametrize(
    ("codes", "night"),
    [
        ([], Exit.OK),
        ([Exit.OK, Exit.USAGE], Exit.USAGE),  # calls that a package's error has spoilt
        ([Exit.USAGE, Exit.GATE_FAILED], Exit.GATE_FAILED),
        ([Exit.GATE_FAILED, Exit.FAILURE], Exit.FAILURE),
        ([Exit.FAILURE, Exit.INTERRUPTED, Exit.OK], Exit.INTERRUPTED),
    ],
)
def test_a_night_ends_as_its_worst_run(codes: list[Exit], night: Exit) -> None:
    assert worst(codes) is night
