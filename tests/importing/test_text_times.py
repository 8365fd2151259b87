"""A transcript without audio is laid at its own times, and judged by its order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import manifest
from support.english import ENGLISH

from harness.cli.main import Exit, run_command
from harness.errors import UsageError
from harness.importing.alignment import laid_by_words
from harness.importing.assemble import assemble
from harness.importing.model import (
    NO_AUDIO,
    WENT_BACK,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
    StoredTool,
)
from harness.importing.sources import find_sources
from harness.judging.judge import judge
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.recording.provenance import Estimate
from harness.report.run import setup_view, transcript
from harness.results.store import read_results

DAY_S = 1_777_112_100.0
FOUR_WORDS_S = 1.6


def line(start_s: float | None, end_s: float | None = None) -> StoredLine:
    return StoredLine(Speaker.AGENT, "one two three four", start_s, end_s)


def tool(
    after: int, requested_s: float | None = None, answered_s: float | None = None
) -> StoredTool:
    return StoredTool("f", "{}", after, "ok", requested_s=requested_s, answered_s=answered_s)


# lines, tools, spans of the lines, spans of the tools
LAID: list[tuple[list[StoredLine], list[StoredTool], list[tuple[float, float]], list[Any]]] = [
    ([line(1.0), line(9.0)], [], [(1.0, 2.6), (9.0, 10.6)], []),
    ([line(1.0), line(2.0)], [], [(1.0, 2.0), (2.0, 3.6)], []),
    ([line(1.0, 4.0), line(9.0)], [], [(1.0, 4.0), (9.0, 10.6)], []),
    ([line(1.0, 4.0), line(3.0)], [], [(1.0, 3.0), (3.0, 4.6)], []),
    ([line(5.0), line(5.0)], [], [(5.0, 5.1), (5.1, 6.7)], []),
    ([line(1.0), line(9.0)], [tool(1, 5.0, 7.0)], [(1.0, 2.6), (9.0, 10.6)], [(5.0, 7.0)]),
    ([line(1.0), line(9.0)], [tool(1, 2.0, 11.0)], [(1.0, 2.0), (9.0, 10.6)], [(2.0, 9.0)]),
    ([line(1.0), line(9.0)], [tool(1)], [(1.0, 2.6), (9.0, 10.6)], [(2.6, 2.8)]),
    ([line(None), line(9.0)], [tool(1, 5.0)], [(0.0, 1.6), (2.8, 4.4)], [(2.1, 2.3)]),
]


@pytest.mark.parametrize(("lines", "tools", "said", "called"), LAID)
def test_text_is_laid_at_its_own_times_without_overlaps(
    lines: list[StoredLine],
    tools: list[StoredTool],
    said: list[tuple[float, float]],
    called: list[tuple[float, float]],
) -> None:
    laid = laid_by_words(StoredCall("c", SourceKind.CHAT, "c", tuple(lines), tuple(tools)))
    spans = [at for one in laid.said for at in (one.span.start_s, one.span.end_s)]
    assert spans == pytest.approx([at for span in said for at in span])
    runs = [at for run in laid.tools for at in (run.requested_s, run.answered_s or -1.0)]
    assert runs == pytest.approx([at for span in called for at in span])


def history(starts: list[float | None], key: str = "created_at") -> list[dict[str, Any]]:
    roles = ("assistant", "user")
    return [
        {
            "type": "message",
            "role": roles[n % 2],
            "content": ["Hi."],
            **({} if at is None else {key: at}),
        }
        for n, at in enumerate(starts)
    ]


def spoken(item: dict[str, Any], at_s: float) -> dict[str, Any]:
    return item | {"metrics": {"started_speaking_at": at_s}}


CALLED = [
    {
        "type": "function_call",
        "call_id": "c",
        "name": "f",
        "arguments": "{}",
        "created_at": DAY_S + 4,
    },
    {"type": "function_call_output", "call_id": "c", "output": "ok", "created_at": DAY_S + 5},
]


def read(tmp_path: Path, data: object, name: str = "c.json") -> StoredCall:
    (tmp_path / name).write_text(data if isinstance(data, str) else json.dumps(data))
    (source,) = find_sources([tmp_path])
    return source.call


def test_times_of_a_session_history_are_those_of_its_speech(tmp_path: Path) -> None:
    first, second = history([DAY_S + 1.5, DAY_S + 3.0])
    call = read(tmp_path, {"items": [spoken(first, DAY_S), second, *CALLED]})
    assert [one.start_s for one in call.lines] == [0.0, 3.0]
    assert [(one.requested_s, one.answered_s) for one in call.tools] == [(4.0, 5.0)]
    assert call.notes == (NO_AUDIO,)


def test_a_history_in_which_one_line_has_no_time_has_none(tmp_path: Path) -> None:
    call = read(tmp_path, {"items": [*history([DAY_S, None]), *CALLED]})
    assert [one.start_s for one in call.lines] == [None, None]
    assert [(one.requested_s, one.answered_s) for one in call.tools] == [(None, None)]


TWO = "{0}Agent: Hello.{1}\n{2}Caller: Cancel it.{3}\n"


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (TWO.format("[00:01] ", "", "[00:04] ", ""), [1.0, 4.0]),
        (TWO.format("00:01 ", "", "00:04 ", ""), [1.0, 4.0]),
        (TWO.format("", " [00:01]", "", " [0:04]"), [1.0, 4.0]),
        (
            TWO.format("", "", "", "").replace("t:", "t [00:01]:").replace("r:", "r [00:04]:"),
            [1.0, 4.0],
        ),
        (TWO.format("", "", "", ""), [None, None]),
        (TWO.format("2026-04-25 10:15:01 ", "", "2026-04-25 10:15:04 ", ""), [0.0, 3.0]),
        (TWO.format("[2026-04-25T10:15:01Z] ", "", "[2026-04-25T10:15:04.5Z] ", ""), [0.0, 3.5]),
        (TWO.format("[10:15:01] ", "", "[10:15:04] ", ""), [0.0, 3.0]),
        ("[00:01] Mia: Hi.\n[00:04] Caller: Hi.\n", [1.0, 4.0]),
    ],
)
def test_two_lines_of_text_are_a_transcript(
    tmp_path: Path, text: str, starts: list[float | None]
) -> None:
    call = read(tmp_path, text, "c.txt")
    assert call.faults == ()
    assert [one.start_s for one in call.lines] == starts
    assert {one.text for one in call.lines} <= {"Hello.", "Cancel it.", "Hi."}


@pytest.mark.parametrize("text", ["Note: one\nDate: two\n", "Hello.\n", "Agent: Hi.\nAgent: Ho.\n"])
def test_other_text_is_no_transcript_and_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "n.txt").write_text(text)
    with pytest.raises(UsageError, match=r"\.txt; .*n\.txt is no transcript: expected a line"):
        find_sources([tmp_path])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("c.txt", "[10:15:04] Agent: Hi.\n[10:15:02] Caller: Ho.\n"),
        ("c.json", {"items": history([DAY_S + 4.0, DAY_S + 2.0])}),
    ],
)
def test_times_that_go_back_are_told_and_not_used(tmp_path: Path, name: str, data: object) -> None:
    call = read(tmp_path, data, name)
    assert [one.start_s for one in call.lines] == [None, None]
    assert call.notes == (
        NO_AUDIO,
        f"Line 2 {WENT_BACK} (0:00.0 after 0:02.0): its times are not shown.",
    )


def test_times_with_minutes_between_all_lines_are_milliseconds(tmp_path: Path) -> None:
    rows = [{"who": w, "text": "Hi.", "start": s} for w, s in (("agent", 500), ("caller", 2500))]
    assert [one.start_s for one in read(tmp_path, rows).lines] == [0.5, 2.5]


def test_own_times_are_shown_and_no_wait_is_measured() -> None:
    lines = (StoredLine(Speaker.AGENT, "Hi.", 1.0), StoredLine(Speaker.CALLER, "Ho.", 13.0))
    for starts, clocks in (((1.0, 13.0), ["0:01.0", "0:13.0"]), ((None, None), ["1", "2"])):
        told = tuple(
            StoredLine(one.who, one.text, at) for one, at in zip(lines, starts, strict=True)
        )
        call = StoredCall("c", SourceKind.CHAT, "c.json", told)
        suite = {"format": 1, "suite": "boats", "instructions": "-"}
        scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}]}
        recording = assemble(call, manifest(scenario=scenario, suite=suite), ENGLISH)
        judged = judge(recording)
        timeline = judged.call.timeline
        assert timeline.estimates(Estimate.STAMPS) is (starts[0] is not None)
        assert [one.clock for one in transcript.lines(timeline)] == clocks
        (score,) = (
            one.score for one in judged.judgements if isinstance(one.scorer, TimeToFirstAudio)
        )
        page = setup_view.imported(recording.manifest.origin)
        if starts[0] is None:
            assert "only the order is told" in page
            assert score.reason.startswith("the source has no times")
        else:
            assert "only the order is told" not in page
            assert "the transcript's own times are shown" in page
            assert score.reason.startswith("the transcript has no audio")


def test_the_suite_may_be_below_the_folder_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("shop/scenarios", "two/a", "two/b"):
        (tmp_path / name).mkdir(parents=True)
        text = "format: 1\nsuite: desk\ninstructions: prompt.md\n"
        (tmp_path / name / "suite.yaml").write_text(text)
        (tmp_path / name / "prompt.md").write_text("Be brief.")
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls/c.txt").write_text("[10:15:04] Agent: Hi.\n[10:15:02] Caller: Ho.\n")
    run_command(["import", "calls", "--suite", "shop", "--out", "out"])
    (call,) = read_results(tmp_path / "out/results.json").calls
    assert (call.suite, call.passed, call.timed) == ("desk", None, False)
    told = capsys.readouterr().err
    assert "1 of 1 calls are transcripts without audio (c)" in told
    assert "1 of 1 transcripts have times that go back (c)" in told
    assert run_command(["import", "calls", "--suite", "two"]) == Exit.USAGE
    assert "two: holds 2 suites (two/a, two/b); name one of them" in capsys.readouterr().err
    (tmp_path / "calls/c.txt").write_text("[10:15:02] Agent: Hi.\n[10:15:04] Caller: Ho.\n")
    run_command(["import", "calls", "--suite", "shop", "--out", "out", "--force"])
    (call,) = read_results(tmp_path / "out/results.json").calls
    assert call.timed
