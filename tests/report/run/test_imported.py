"""Pages of imported calls: facts missing in their source are not shown as if they were known."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import tostring

import pytest
from support.imported_run import untimed_run, write_imported_run

from harness.cli.run_output import printed
from harness.report.ci_formats import junit, summary
from harness.report.terminal import run_table
from harness.report.verdict import page_link
from harness.results.store import RESULTS, read_results

CLOCK = re.compile(r"\b\d+:\d\d\b")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_imported_run(tmp_path_factory.mktemp("imported"))


def page(run: Path, call: str) -> str:
    return (run / f"calls/{call}/001/index.html").read_text()


@pytest.mark.parametrize(
    "absent",
    [
        "<audio", "lane-inner", "Where the waiting time went", 'class="proof"', "Event log",
        "no recognizer ran", "Call it again", "Own send lateness", "turn_detection", " after 0.",
        "<dt>Length", "<dt>Repeat",
    ],
)  # fmt: skip
def test_a_chat_has_no_player_no_picture_and_no_times(run: Path, absent: str) -> None:
    assert absent not in page(run, "chat")


def test_the_lines_of_a_chat_are_numbered(run: Path) -> None:
    text = page(run, "chat")
    assert re.findall(r'<span class="at nums">(.*?)</span>', text) == ["1", "2", "3", "2"]
    assert not CLOCK.search(text.partition('id="origin"')[0])
    assert "only the order is told, so none is shown" in text


@pytest.mark.parametrize(
    "present",
    ["<audio", "lane-inner", "Where the waiting time went", 'class="proof"', " after 0.20 s",
     "<dt>Length", "Of which parts these waits are made is not known.", "<dt>Imported from"],
)  # fmt: skip
def test_a_call_of_sound_is_played_and_timed(run: Path, present: str) -> None:
    assert present in page(run, "call")


@pytest.mark.parametrize("absent", ["<dt>Repeat", "Event log", "turn_detection", "Call it again"])
def test_nothing_is_told_of_a_session_that_nobody_held(run: Path, absent: str) -> None:
    assert absent not in page(run, "call")


def test_the_index_says_what_is_estimated_and_of_how_many(run: Path) -> None:
    text = (run / "index.html").read_text()
    assert "where speech begins and ends (1 of 2), all times (1 of 2)" in text
    assert "<dt>Imported</dt>" in text
    assert 'data-key="repeat"' not in text
    assert 'data-key="seed"' not in text


def test_no_report_tells_a_moment_of_a_chat(run: Path) -> None:
    results = read_results(run / RESULTS)
    call, chat = results.calls
    assert chat.passed is False
    assert page_link(chat, run).endswith("chat/001/index.html")
    assert "#t=" in page_link(call, run)
    told = printed(run_table(results, run)).partition("\nfailed  chat\n")[2]
    assert not CLOCK.search(told)
    cases = tostring(junit(results, run), encoding="unicode")
    assert 'name="chat" time="0.000"' in cases
    assert not CLOCK.search(cases.partition('name="chat"')[2])
    assert "| chat | failed |" in summary(results)


@pytest.mark.parametrize("spoken", [True, False], ids=["audio", "no audio"])
def test_log_without_times_has_a_page_and_no_player(tmp_path: Path, spoken: bool) -> None:
    folder = untimed_run(tmp_path, spoken=spoken)
    text = page(folder, "log")
    assert not (folder / "calls/log/001/undrawn.txt").exists()
    assert "<audio" not in text
    assert "Is anybody there?" in text
    assert "only the order is told, so none is shown" in text
