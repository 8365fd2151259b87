"""Wrong files and wrong arguments: the message names fault and place, exit code 2."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.small_desk import small_desk

from harness.cli.main import run_command

GOOD = """\
format: 1
name: good
facts:
  id: {value: AB-12C, kind: id}
caller:
  noise: {bed: cafe, snr_db: 10}
turns:
  - say: "It's {id}."
expect:
  never: [lookup_order]
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite with a single good scenario, in the working directory, as ``desk``."""
    folder = small_desk(tmp_path / "desk")
    (folder / "good.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> list[str]:
    """Run a command that must fail; return its lines on stderr, without the common beginning."""
    assert run_command(arguments) == code
    output = capsys.readouterr()
    assert "Traceback" not in output.err
    assert output.out == ""
    return [line.removeprefix("harness: error: ") for line in output.err.splitlines()]


# old text, new text, and how the message line begins
FAULTS = [
    pytest.param("name: good", "name: good\ncolour: red", "good.yaml:3: colour: unknown key",
                 id="unknown key"),
    pytest.param("name: good", "name: [good]", "good.yaml:2: name: expected text", id="wrong type"),
    pytest.param("snr_db: 10", "snr_db: loud", "good.yaml:6: caller.noise.snr_db: expected a "
                 "number, got 'loud'", id="SNR as text"),
    pytest.param("bed: cafe", "bed: pub", "good.yaml:6: caller.noise.bed: unknown noise bed 'pub'; "
                 "known: babble, ", id="unknown bed"),
    pytest.param("It's {id}.", "{id}, {idd}", "good.yaml:8: turns[0].say: unknown fact 'idd'; "
                 "known: id", id="unknown fact"),
    pytest.param("expect:", "  - say: ''\nexpect:", "good.yaml:9: turns[1].say: expected text, "
                 "got nothing",
                 id="empty say"),
    pytest.param("It's {id}.\"", "It's {id}.\"\n    barge_in: {after_s: 1}",
                 "good.yaml:9: turns[0].barge_in: nobody speaks yet",
                 id="barge-in on the first turn"),
    pytest.param("never: [lookup_order]", "never: [lookup_ordr]", "good.yaml:10: expect.never[0]: "
                 "expected a name that is not nearly a tool's (lookup_order), got 'lookup_ordr'",
                 id="a slip in the name of a tool"),
    pytest.param("expect:", "scorers: {tempo: on}\nexpect:", "good.yaml:9: scorers.tempo: unknown "
                 "scorer 'tempo'; known: write_confirmation, ", id="unknown scorer"),
    pytest.param("expect:", "scorers: {preamble: {words: 3}}\nexpect:", "good.yaml:9: scorers."
                 "preamble.words: unknown key; allowed: max_sentences, max_words", id="option"),
    pytest.param("format: 1", "format: 9", "good.yaml:1: format: format 9 is newer than this "
                 "harness", id="newer format"),
    pytest.param("facts:", "facts: [", "good.yaml:", id="YAML syntax error"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line"), FAULTS)
@pytest.mark.parametrize("command", ["scenarios check", "run"])
def test_a_faulty_scenario_is_one_line_with_its_place(desk, capsys, command, old, new, line):
    assert old in GOOD
    (desk / "good.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    (said,) = refused(capsys, *command.split(), "desk")
    assert said.startswith(f"desk/{line}")
    assert not Path("reports").exists()


def test_a_file_that_is_not_utf_8_is_one_line(desk, capsys):
    (desk / "good.yaml").write_bytes(GOOD.replace("good", "g\xfct").encode("latin-1"))
    (said,) = refused(capsys, "run", "desk")
    assert said.startswith("desk/good.yaml:")
    assert "UTF-8" in said


def test_two_scenarios_of_one_name_are_refused_with_both_files(desk, capsys):
    (desk / "other.yaml").write_text(GOOD, encoding="utf-8")
    (said,) = refused(capsys, "run", "desk")
    assert said.startswith("desk/other.yaml:2: name: 'good' is the name of desk/good.yaml too")


def test_all_faults_of_all_files_come_at_once(desk, capsys):
    other = GOOD.replace("name: good", "name: other")
    (desk / "a.yaml").write_text(other.replace("cafe", "pub").replace("AB-12C", ""))
    (desk / "b.yaml").write_text("format: 1\nname: b\nturns: []\n")
    said = refused(capsys, "scenarios", "check", "desk")
    assert [line.split(":")[0] for line in said] == ["desk/a.yaml", "desk/a.yaml", "desk/b.yaml"]


def test_a_prompt_outside_the_suite_is_refused(desk, capsys):
    suite = desk / "suite.yaml"
    suite.write_text(suite.read_text().replace("prompt.md", "../secret.md"))
    (desk.parent / "secret.md").write_text("no")
    (said,) = refused(capsys, "run", "desk")
    assert said.startswith("desk/suite.yaml:3: instructions: ")
    assert "suite" in said


# arguments, and how the message line begins
WORDS = [
    ("run nowhere", "nowhere: no such file or folder"),
    ("run", "scenarios: no such file or folder; `harness init DIR` writes a suite to start from"),
    ("run desk --scenario nope", "no scenario with name like 'nope' in desk; names: good"),
    ("run desk --tag night", "no scenario with tag 'night' in desk; names: good; tags: none"),
    ("run desk --target mars", "unknown target 'mars'; known: reference, openai, azure"),
    ("run desk --target mars.yaml", "mars.yaml: "),
    ("run desk --fault lies", "unknown fault 'lies'; known: late_answer, "),
    ("run desk --fault late_answer --target ws://127.0.0.1:9/", "--fault works on the embedded "
     "reference agent only"),
    ("run desk --junit results.json", "--junit results.json would replace stored results"),
    ("run desk twin", "desk and twin are both the suite 'small desk': results are told apart by "
     "its name"),
    ("run desk --target openai", "environment variable OPENAI_API_KEY is not set; target openai "
     "needs it"),
    ("run desk --target azure", "environment variable AZURE_OPENAI_ENDPOINT is not set"),
    ("run desk --target ws://", "target: expected ws://HOST:PORT/PATH or wss://HOST/PATH, got"),
    ("run desk --target ws://here:99999/", "target: expected ws://HOST:PORT/PATH or wss://"),
    ("run desk --gates desk/good.yaml", "desk/good.yaml:1: this is a scenario, which is not the"),
    ("run desk --prices desk/good.yaml", "desk/good.yaml:1: this is a scenario, which is not the"),
    ("run desk --target desk/good.yaml", "desk/good.yaml:1: this is a scenario, which is not the"),
    ("run desk --target desk/suite.yaml", "desk/suite.yaml:1: this is a suite, which is not the"),
    ("nightly desk/suite.yaml", "desk/suite.yaml:1: this is a suite, which is not the kind of"),
    ("prove desk --fault lies", "unknown fault 'lies'"),
    ("agent --fault lies", "unknown fault 'lies'"),
    ("score desk", "desk holds no run: neither results.json nor a recorded call in calls"),
    ("report desk", "desk holds no run"),
    ("report desk --single-file", "desk holds no run"),
    ("report desk --call x", "--call chooses what --single-file holds; give both, or neither"),
    ("report desk --out a.html", "--out names the file of --single-file; give both, or neither"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "line"), WORDS)
def test_wrong_words_are_one_line(desk, capsys, monkeypatch, arguments, line):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    shutil.copytree("desk", "twin")
    Path("results.json").touch()
    (said,) = refused(capsys, *arguments.split())
    assert said.startswith(line)
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("run desk --repeat 0", "--repeat"),
        ("run desk --seed 99999999999999999999999999", "0<=x<=9007199254740991"),
        ("compare --aa desk --confidence nan", "expected a finite number, got nan"),
        ("run desk --out=", "--out': expected a folder, got nothing; '.' is this one"),
        ("run desk --tag=", "--tag': expected a name, got nothing"),
        ("run desk --scenario=", "--scenario': expected a name, got nothing"),
        ("run desk --repeat many", "'many' is not a valid integer"),
        ("run desk --seed -1", "--seed"),
        ("run desk --concurrency 0", "--concurrency"),
        ("run desk --out desk/good.yaml", "is a file"),
        ("score nowhere", "does not exist"),
        ("report nowhere", "does not exist"),
        ("agent --port 70000", "70000"),
        ("schema poem", "'poem' is not one of"),
        ("score", "Missing argument 'DIR'"),
        ("score --judge", "Option '--judge' requires an argument"),
    ],
)
def test_a_wrong_value_of_an_option_is_told_in_one_line(desk, capsys, arguments, word):
    (said,) = refused(capsys, *arguments.split())
    assert word in said
    assert said.endswith(f"`harness {arguments.split()[0]} --help` says what is allowed")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("run desk --xyzzy", "no option --xyzzy; `harness run --help` says what is allowed"),
        ("run desk --taget openai",
         "no option --taget (did you mean '--target'?); `harness run --help` says what is allowed"),
        ("sing", "no command 'sing'; `harness --help` says what is allowed"),
        ("rnu desk",
         "no command 'rnu' (did you mean 'run'?); `harness --help` says what is allowed"),
        ("baseline shw",
         "no command 'shw' (did you mean 'show'?); `harness baseline --help` says what is allowed"),
    ],
)  # fmt: skip
def test_an_unknown_command_or_option_is_told_in_one_line_with_the_nearest(
    desk, capsys, arguments, said
):
    assert refused(capsys, *arguments.split()) == [said]


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [("--fault skip_readback", "skip_read_back"), ("--target opnai", "openai")],
)
def test_an_unknown_name_is_told_with_the_nearest(desk, capsys, arguments, nearest):
    (said,) = refused(capsys, "run", "desk", *arguments.split())
    assert said.endswith(f" (did you mean {nearest!r}?)")


def test_an_unknown_dialect_of_a_target_file_is_found_before_an_earlier_run_is_replaced(
    desk, capsys
):
    Path("mine.yaml").write_text(
        "format: 1\ntarget: mine\ndialect: klingon\nurl: ws://127.0.0.1:9/\n"
    )
    out = desk.parent / "out"
    out.mkdir()
    (out / "results.json").write_text("{}")
    arguments = ["run", "desk", "--target", "mine.yaml", "--out", "out", "--force"]
    (said,) = refused(capsys, *arguments)
    known = "gemini_live, openai_beta, openai_ga, openai_live"
    assert said == f"mine.yaml:3: dialect: unknown dialect 'klingon'; known: {known}"
    assert (out / "results.json").read_text() == "{}"


def test_a_missing_key_is_found_before_an_earlier_run_is_replaced(desk, capsys, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    out = desk.parent / "out"
    out.mkdir()
    (out / "results.json").write_text("{}")
    refused(capsys, "run", "desk", "--target", "openai", "--out", "out", "--force")
    assert (out / "results.json").read_text() == "{}"
