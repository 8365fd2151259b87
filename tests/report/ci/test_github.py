"""Output for GitHub: a Markdown summary, and annotations at the line that a failure concerns."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import (
    HOSTILE,
    bad_call,
    good_call,
    result,
    run_results,
    score,
    three_calls,
    write_run,
)

from harness.errors import StorageFailed
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.ci_formats import append_summary, summary, workflow_commands
from harness.results.model import CallResult, GateKind, GateResult, Quarantined, RunResults

GATES = (
    GateResult("pass_rate >= 95 %", GateKind.ABSOLUTE, False, 0.5, 0.95, "share", "1 of 2"),
    GateResult("no worse: x", GateKind.BASELINE, None, None, None, "", "no pairs"),
)
KNOWN = Quarantined("a", "preamble", "ticket 7", "2026-06-30", 1, 1)


# --- the step summary ----------------------------------------------------------------------------


def test_the_summary_has_verdict_gates_rates_flaky_scenarios_and_failures():
    flaky = (
        result("a", score("preamble", "pass", "")),
        result("a", score("preamble", "fail", "no")),
    )
    run = replace(run_results(flaky), gates=GATES, quarantined=(KNOWN,))
    text = summary(run)
    for row in (
        "| pass&#95;rate &#62;= 95 % | **not held** | 1 of 2 |",
        "| no worse&#58; x | no evidence | no pairs |",
        "| preamble | 1/2 | 50 % | 9–91 % |",
        "| a | 1/2 | 9–91 % |",
        "| a, preamble | 1 of 1 | 2026&#45;06&#45;30 | ticket 7 |",
    ):
        assert row in text.splitlines()
    assert (
        "**1 of 2 calls failed, which is known&#58; preamble. 1 of 2 gates did not hold.**" in text
    )
    assert "50 % of judged calls passed" in text


def test_faults_of_several_calls_are_counted_in_the_summary():
    calls = tuple(
        result(name, score("preamble", "fail", f"silent before '{name}'")) for name in "ab"
    )
    text = summary(run_results((*calls, result("c", score("preamble", "pass", "spoke")))))
    assert "| scorer | fault | calls |\n| --- | --- | --- |\n" in text
    assert "| preamble | silent before … | 2 of 3 calls |\n" in text
    assert "| fault |" not in summary(run_results(calls[:1]))


URL = "https://github.example/me/mine/actions/runs/7#artifacts"


def test_harm_failures_broken_gates_and_the_report_come_first_and_the_rest_is_folded():
    calls = tuple(
        result(name, score("preamble", "fail", f"silent before '{name}'")) for name in "ab"
    )
    text = summary(replace(run_results(calls), gates=GATES), URL)
    order = (
        "**In 2 of 2 calls&#58; silent before ….**",
        "2 of 2 calls failed&#58; preamble. 1 of 2 gates did not hold.",
        f"[The report]({URL})",
        "| preamble | silent before … | 2 of 2 calls |",
        "| pass&#95;rate &#62;= 95 % | **not held** | 1 of 2 |",
        "<details><summary>",
        "0 % of judged calls passed",
        "| a &#35;\u200b1 | failed | preamble&#58; silent before 'a' |",
        "| no worse&#58; x | no evidence | no pairs |",
        "| preamble | 0/2 | 0 % | 0–66 % |",
        "\n\n</details>\n",
    )
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    one = summary(run_results(calls[:1]))
    assert "[The report]" not in one
    assert one.index("| a &#35;") < one.index("<details>")


def test_a_run_without_anything_to_fold_has_no_details():
    assert "<details>" not in summary(run_results(()))


def test_a_run_in_which_nothing_happened_is_short():
    text = summary(run_results((result("a", score("preamble", "pass", "fine")),)))
    assert "| gate |" not in text
    assert "flaky" not in text
    assert "| call |" not in text
    assert "judged calls" not in summary(run_results((result("a", status="agent_error"),)))


def test_nothing_that_an_agent_says_becomes_markup():
    said = f"{HOSTILE} | ![x](http://evil.example/x) `c` @octocat #12 www.evil.example \u202e\nb"
    text = summary(run_results((result("a", score("preamble", "fail", said)),)))
    harm, row = [line for line in text.splitlines() if "evil" in line]
    assert "://" not in harm
    assert not re.search(r"[<>`\[\]()|!_~]", harm)
    body = row.removeprefix("| a &#35;\u200b1 | failed | ").removesuffix(" |")
    assert not re.search(r"[<>`\[\]()|!*_~\n]", body)
    assert "://" not in body
    assert "@\u200b" in body.replace("&#64;", "@")
    assert "#\u200b12" in body.replace("&#35;", "#")
    assert "www.\u200bevil" in body
    assert "&#91;U&#43;202E&#93;" in body


def test_a_known_failure_is_marked_in_the_summary():
    call = result("a", score("preamble", "fail", "no"))
    text = summary(replace(run_results((call,)), quarantined=(KNOWN,)))
    assert "| failed, known until 2026&#45;06&#45;30 | preamble&#58; no |" in text


def test_long_runs_and_long_words_are_cut():
    many = tuple(result(f"s{n}", score("preamble", "fail", "x" * 9000)) for n in range(30))
    text = summary(run_results(many))
    assert "10 more in the report." in text
    assert len(text) < 20 * 700


def test_the_summary_is_appended(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    append_summary(path, run_results(three_calls()))
    assert path.read_text().startswith("before\n## Voice agent: reference\n")
    with pytest.raises(StorageFailed, match="cannot write"):
        append_summary(tmp_path, run_results(three_calls()))


# --- annotations ---------------------------------------------------------------------------------

SCENARIO = """\
format: 1
name: a
turns:
  - say: "I want to cancel order ORD-8302K."
  - say: "No, stop. Just cancel it."
    barge_in: {after_s: 1}
answers:
  - {if_agent_asks: x, say: "Yes."}
"""


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """A checkout with one scenario; the current folder is inside it."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIO)
    monkeypatch.chdir(tmp_path / "tests")
    return tmp_path


def told(run: RunResults, folder: Path, root: Path) -> list[str]:
    return list(workflow_commands(run, folder, root=root))


def failed(*spans: tuple[float, float], **more: object) -> CallResult:
    values = {"scenario_path": "a.yaml", "recording": "calls/a-0"} | more
    return result("a", score("preamble", "fail", "too, late: 100 %", *spans), **values)


def recorded(folder: Path, call: CallResult) -> None:
    talk = bad_call()
    recording = talk.recording("a", seed=7, status=CallStatus.COMPLETED)
    write_recording(folder / call.recording, recording)


@pytest.mark.parametrize(("at_s", "line"), [(2.7, 4), (8.0, 4), (9.5, 5), (20.0, 5), (0.0, 4)])
def test_the_line_is_the_turn_after_which_the_evidence_lies(repository, at_s, line):
    call = failed((at_s, at_s + 1))
    recorded(repository, call)
    (command,) = told(run_results((call,)), repository, repository)
    assert command == (
        f"::error title=a%3A failed,file=tests/a.yaml,line={line}::"
        "preamble: too, late: 100 %25%0A1 of 1 calls; "
        f"{repository.as_posix()}/calls/a-0/index.html#t={at_s:.1f}"
    )


def test_a_reaction_is_found_among_the_answers(repository):
    call = failed((9.5, 10.0))
    recording = bad_call().recording("a", seed=7, status=CallStatus.COMPLETED)
    first, second = recording.utterances
    reaction = replace(second, turn=None, answer=0)
    write_recording(repository / call.recording, replace(recording, utterances=(first, reaction)))
    (command,) = told(run_results((call,)), repository, repository)
    assert "line=8::" in command


@pytest.mark.parametrize("spans", [(), ((1.0, 2.0),)])
def test_without_evidence_or_recording_it_is_the_scenarios_name(repository, spans):
    (command,) = told(run_results((failed(*spans),)), repository, repository)
    assert "file=tests/a.yaml,line=2::" in command


def test_a_recording_in_which_nobody_spoke_leaves_the_name(repository):
    call = failed((1.0, 2.0))
    recording = good_call().recording("a", seed=7, status=CallStatus.COMPLETED)
    write_recording(repository / call.recording, replace(recording, utterances=()))
    (command,) = told(run_results((call,)), repository, repository)
    assert "line=2::" in command


def test_a_file_that_is_gone_or_elsewhere_is_named_as_it_was(repository):
    calls = (failed(scenario_path="/elsewhere/a,b.yaml"),)
    (command,) = told(run_results(calls), repository, repository)
    assert "file=/elsewhere/a%2Cb.yaml::" in command


def test_a_scenario_speaks_once_with_its_worst_call(repository):
    calls = (
        failed(status="socket_closed"),
        failed(repeat=1, recording="calls/a-1"),
        result("a", score("preamble", "pass", ""), repeat=2),
        result("b", score("preamble", "review", "unsure"), scenario_path="a.yaml"),
        result("c", status="socket_closed", scenario_path="a.yaml"),
        result("d", score("preamble", "pass", ""), scenario_path="a.yaml"),
    )
    a, b, c = told(run_results(calls), repository, repository)
    assert a.startswith("::error title=a%3A failed")
    assert a.endswith(f"%0A2 of 3 calls; {repository.as_posix()}/calls/a-1/index.html")
    assert b.startswith("::warning title=b%3A needs review")
    assert c.startswith("::error title=c%3A does not count")


def test_known_failures_are_notices_and_broken_gates_errors(repository):
    run = replace(run_results((failed(),)), quarantined=(KNOWN,), gates=GATES)
    gate, notice = told(run, repository, repository)
    assert gate == "::error title=gate::pass_rate >= 95 %25: 1 of 2"
    assert notice.startswith("::notice title=a%3A failed,")
    assert "::known until 2026-06-30: ticket 7%0Apreamble: too, late" in notice


def test_an_agent_cannot_write_a_command_of_its_own(repository):
    said = "x\n::error::y\r\n::set-env name=PATH::z"
    call = result(f"a{said}", score("preamble", "fail", said), scenario_path=f"{said}.yaml")
    (command,) = told(run_results((call,)), repository, repository)
    assert len(command.splitlines()) == 1  # GitHub looks for commands at the start of lines
    properties = re.fullmatch(r"::error ([^:]*)::.*", command)
    assert properties is not None
    assert [one.split("=")[0] for one in properties[1].split(",")] == ["title", "file"]


def test_a_whole_synthetic_run_speaks_for_each_scenario(tmp_path):
    run = write_run(tmp_path / "run")
    commands = told(run_results(three_calls()), run, tmp_path)
    assert [line.split(" title=")[1].split(",")[0] for line in commands] == [
        "barge-in cancel%3A failed", "slow tool%3A does not count",
    ]  # fmt: skip
