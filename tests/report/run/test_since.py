"""Changes since the previous run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import good_call, result, run_results, score, write_run

from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.run.changes_since import Since, since_before
from harness.report.run.html import write_report
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, read_results, write_results

NOW = "20260426-090000"


def run(*outcomes: tuple[str, str], prompt: str = "a", **more: str) -> RunResults:
    """A run of one call for each (scenario, outcome of its preamble)."""
    calls = tuple(
        replace(
            result(name, score("preamble", outcome, ""), repeat=number),
            prompt_hash=prompt, scenario_hash="s", recording=f"calls/{number}",
        )
        for number, (name, outcome) in enumerate(outcomes)
    )  # fmt: skip
    return replace(run_results(calls), **more)


def keep(folder: Path, results: RunResults, prompt: str | None = None) -> None:
    folder.mkdir(parents=True)
    write_results(folder / RESULTS, results)
    if prompt is not None:
        recording = good_call().recording("a", seed=7, status=CallStatus.COMPLETED)
        manifest = replace(recording.manifest, instructions=prompt)
        write_recording(folder / "calls/0", replace(recording, manifest=manifest))


BEFORE = (("a", "pass"), ("b", "fail"), ("c", "fail"), ("gone", "fail"), ("d", "review"))
AFTER = (("a", "fail"), ("a", "pass"), ("b", "pass"), ("c", "fail"), ("new", "fail"), ("d", "fail"))


def test_only_what_both_judged_is_worse_or_better(tmp_path: Path) -> None:
    keep(tmp_path / "20260425-090000", run(*BEFORE))
    keep(tmp_path / NOW, now := run(*AFTER))
    assert since_before(tmp_path / NOW, now) == Since(
        "20260425-090000",
        "../20260425-090000/index.html",
        ("a: preamble fails in 1 of 2 calls, failed in none",),
        ("b: preamble fails in none, failed in 1 of 1 call",),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("texts", "told", "lines"),
    [
        (("Be kind.\nRead back.", "Be kind."), "prompt changed in 1 line", 1),
        (("Be kind.", "Be kind."), "prompt changed: a → b", 0),
        ((None, "Be kind."), "prompt changed: a → b", 0),
        (("Be kind.", None), "prompt changed: a → b", 0),
    ],
)
def test_the_prompts_difference_is_shown(
    tmp_path: Path, texts: tuple[str | None, str | None], told: str, lines: int
) -> None:
    now = run(("a", "pass"), prompt="b")
    keep(tmp_path / "20260425-090000", run(("a", "pass"), prompt="a"), texts[0])
    keep(tmp_path / NOW, now, texts[1])
    found = since_before(tmp_path / NOW, now)
    assert found is not None
    assert found.changes == (told,)
    assert [line.kind for line in found.diff].count("removed") == lines


@pytest.mark.parametrize(
    ("name", "before", "run_name"),
    [
        ("20260425-090000", run(("a", "pass"), target="other"), NOW),
        ("20260425-090000", run(("a", "pass"), fault="mute"), NOW),
        ("20260425-090000", run(("a", "fail")), NOW),  # no change
        ("20260427-090000", run(("a", "pass")), NOW),  # a later one
        ("first", run(("a", "pass")), NOW),
        ("20260425-090000", run(("a", "pass")), "mine"),
    ],
)
def test_runs_that_say_nothing_of_this_one(
    tmp_path: Path, name: str, before: RunResults, run_name: str
) -> None:
    keep(tmp_path / name, before)
    keep(tmp_path / run_name, now := run(("a", "fail")))
    assert since_before(tmp_path / run_name, now) is None


def test_the_index_shows_it_and_a_damaged_run_is_passed_over(tmp_path: Path) -> None:
    folder = write_run(tmp_path / NOW)
    write_report(folder)
    assert 'id="since"' not in (folder / "index.html").read_text()
    earlier = write_run(tmp_path / "20260425-090000-2")
    (tmp_path / "20260425-090001").mkdir()
    (tmp_path / "20260425-090001" / RESULTS).write_text("{")

    def passed(call: CallResult) -> CallResult:
        scores = tuple(replace(one, outcome="pass", passed=True) for one in call.scores)
        return replace(call, scores=scores, passed=True)

    results = read_results(earlier / RESULTS)
    write_results(earlier / RESULTS, replace(results, calls=tuple(map(passed, results.calls))))
    write_report(folder)
    text = (folder / "index.html").read_text()
    card = text.partition('id="since"')[2].partition("</section>")[0]
    assert 'href="../20260425-090000-2/index.html"' in card
    assert "fails in 1 of 1 call, failed in none" in card
