"""A run in one file: its content, and its behaviour in a browser without any requests."""

from __future__ import annotations

import base64
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from playwright import sync_api
from support.browser import PAUSED, READY, TIME, Reader, barriers, until
from support.synthetic_run import HOSTILE, result, run_results, score, three_calls, write_run

from harness.audio import wav
from harness.errors import StorageFailed
from harness.report.run import html as single_file
from harness.report.run.html import write_call_file, write_single_file
from harness.results.store import write_results

BAD = 1  # the call that failed, in the order of the run


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("single") / "run")


@pytest.fixture(scope="module")
def one_file(run_folder: Path) -> Path:
    path = run_folder / "run.html"
    write_single_file(run_folder, path)
    return path


def call_text(text: str, number: int) -> str:
    found = re.search(rf'<template id="call-{number}">(.*?)</template>', text, re.S)
    assert found
    return found[1]


def test_only_what_failed_can_be_heard_and_every_call_be_read(one_file: Path) -> None:
    text = one_file.read_text()
    assert text.count("<audio") == 1
    bad, good, lost = (call_text(text, number) for number in (BAD, 0, 2))
    assert "Just cancel it." in bad
    assert "Where the waiting time went" in bad
    assert "only of calls that failed or need a listener" in good
    assert "ORD-4715B was read back" in good  # its scores
    assert "Hi, where is my order?" in good
    assert "Nobody spoke" not in text
    for left_out in ("Where the waiting time went", "Tool calls", "Where this comes from", "<svg"):
        assert left_out not in good
    assert "does not count" in lost
    assert 'id="events"' not in text
    assert "Beside this page" not in text


def test_what_cannot_be_played_says_why(one_file: Path) -> None:
    good, bad = (call_text(one_file.read_text(), number) for number in (0, BAD))
    why = "the sound of this call is not in this file"
    assert f"Nothing can be played here: {why}." in good
    greyed = f'disabled title="Cannot be played: {why}"'
    assert good.count(greyed) == good.count('class="proof"') > 0
    assert "data-seek" not in good  # a button without effect
    assert "Cannot be played" not in bad


def test_the_file_says_how_large_it_is_and_whom_one_can_hear(run_folder: Path, tmp_path) -> None:
    written = write_single_file(run_folder, tmp_path / "out.html")
    assert (written.calls, written.with_sound) == (3, 1)
    assert written.size_bytes == written.path.stat().st_size
    flac = len(b"x") + sum(f.stat().st_size for f in run_folder.glob("calls/barge-in*/*.wav"))
    assert written.size_bytes < flac / 3


def test_the_same_run_gives_the_same_words_and_policy(run_folder: Path, tmp_path: Path) -> None:
    def words() -> str:
        write_single_file(run_folder, tmp_path / "out.html")
        # Each Ogg stream has a random serial number.
        return re.sub(r"base64,[^\"]+", "", (tmp_path / "out.html").read_text())

    assert words() == words()


def test_the_sound_is_the_call_caller_left_agent_right(one_file: Path, run_folder: Path) -> None:
    found = re.search(
        r'<audio id="audio" src="data:audio/ogg;base64,([^"]+)"', one_file.read_text()
    )
    assert found
    both, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(found[1])))
    folder = run_folder / "calls/barge-in-cancel-0"
    tracks = [wav.read(folder / name).as_float() for name in ("caller.wav", "agent.wav")]
    assert rate_hz == 24_000
    assert abs(len(both) - len(tracks[0])) < 0.05 * rate_hz
    for channel, track in enumerate(tracks):
        same = slice(rate_hz, min(len(both), len(track)))
        here, there = both[same, channel], track[same]
        assert (here @ there) / ((here @ here) * (there @ there)) ** 0.5 > 0.9


def test_nothing_in_it_leads_outside(one_file: Path) -> None:
    text = one_file.read_text()
    links = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    assert HOSTILE not in text
    assert "\u202e" not in text
    assert "unsafe" not in text.split("<title>")[0]


def test_a_lost_recording_costs_only_its_own_sound(run_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "run")
    (copy / "calls/barge-in-cancel-0/events.jsonl").write_text("{}\n")
    written = write_single_file(copy, tmp_path / "out.html")
    assert written.with_sound == 0
    bad = call_text((tmp_path / "out.html").read_text(), BAD)
    assert "There is no recording to show: calls/barge-in-cancel-0/events.jsonl" in bad
    assert "slowest answer took 3.40 s" in bad
    assert "Not known: there is no recording." in bad
    assert "Nothing can be played here: there is no recording." in bad
    assert "Nobody spoke" not in bad


def test_a_call_that_needs_a_listener_has_its_sound(run_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "run")
    call = replace(three_calls()[0], scores=(score("s", "review", "unclear", (1, 2)),), passed=None)
    write_results(copy / "results.json", run_results((call,)))
    assert write_single_file(copy, tmp_path / "out.html").with_sound == 1


def test_a_place_that_cannot_be_written_is_a_storage_fault(run_folder: Path, tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="cannot write"):
        write_single_file(run_folder, tmp_path / "file" / "export.html")


def test_a_run_without_failures_is_only_verdicts(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", run_results((result("a", score("s", "pass", "ok")),)))
    assert write_single_file(tmp_path, tmp_path / "out.html").with_sound == 0


def test_one_call_is_a_file_of_its_own_with_all_that_it_holds(run_folder: Path, tmp_path) -> None:
    written = write_call_file(run_folder, three_calls()[0], tmp_path / "call.html")
    text = written.path.read_text()
    assert (written.calls, written.with_sound, written.size_bytes) == (1, 1, len(text.encode()))
    for held in ("data:audio/ogg;base64,", 'id="events"', "Where the waiting time went"):
        assert held in text
    links = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    lost = write_call_file(run_folder, three_calls()[2], tmp_path / "lost.html")
    assert lost.with_sound == 0
    assert "There is no recording to show" in lost.path.read_text()


def test_the_sound_of_one_file_is_bounded_and_what_has_no_room_says_so(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tuple(
        replace(call, scores=(score("s", "review", "unclear"),), passed=None)
        for call in three_calls()[:2]
    )
    copy = shutil.copytree(run_folder, tmp_path / "run")
    write_results(copy / "results.json", run_results(calls))
    monkeypatch.setattr(single_file, "MOST_HEARD_S", 30.0)  # of 28 s and 21 s
    written = write_single_file(copy, tmp_path / "out.html")
    assert (written.with_sound, written.without_room) == (1, 1)
    second = call_text((tmp_path / "out.html").read_text(), 1)
    assert "so that it can be sent" in second
    assert "No, stop. Just cancel it." in second


# --- in a browser ------------------------------------------------------------------------


@pytest.fixture
def reader(browser: sync_api.Browser, one_file: Path, tmp_path: Path) -> Iterator[Reader]:
    shutil.copy(one_file, tmp_path / "sent.html")  # all that the reader has
    opened = Reader(browser, tmp_path)
    yield opened
    opened.close()
    asked = [url for url in opened.requests if not url.startswith("data:")]
    assert {url.split("#")[0] for url in asked} == {(tmp_path / "sent.html").as_uri()}


@pytest.mark.browser
def test_a_failure_opens_at_its_moment_plays_and_leads_back(reader: Reader) -> None:
    page = reader.open("sent.html")
    page.get_by_role("link", name="at 0:02.7").click()
    until(page, READY)
    until(page, f"Math.abs({TIME} - 2.7) < 0.01")
    assert page.locator("#call h1").inner_text().startswith("barge-in cancel")
    assert not page.locator("#calls-table").is_visible()
    page.get_by_role("button", name="0:12.0–0:12.6").click()
    until(page, f"!{PAUSED}")
    until(page, f"{PAUSED} && Math.abs({TIME} - 13.1) < 0.01")
    page.evaluate("window.left = document.getElementById('audio')")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, f"!{PAUSED}")
    page.get_by_role("link", name="Run run").click()
    assert page.locator("#calls-table").is_visible()
    assert page.evaluate("window.left.paused")
    assert page.locator("audio").count() == 0


@pytest.mark.browser
def test_a_deep_link_into_the_file_opens_the_call_at_its_line(reader: Reader) -> None:
    page = reader.open("sent.html", f"#call={BAD}&t=9.00")
    until(page, f"Math.abs({TIME} - 9) < 0.01")
    assert "Just cancel it" in page.locator(".line.linked").inner_text()
    page.evaluate("location.hash = '#call=99'")  # there is none
    until(page, "!document.getElementById('run').hidden")


@pytest.mark.browser
def test_the_calls_lead_to_each_other_and_the_waveform_is_drawn(reader: Reader) -> None:
    page = reader.open("sent.html", "#call=0")
    assert "Hi, where is my order?" in page.inner_text("#call main")
    page.get_by_role("link", name="Next failed").click()
    until(page, READY)
    canvases = "document.querySelector('#wave > div').shadowRoot.querySelectorAll('canvas')"
    until(page, f"{canvases}.length >= 2")
    page.get_by_role("link", name="Previous").click()
    until(page, "!document.getElementById('audio')")


@pytest.mark.browser
def test_the_table_sorts_and_filters_and_the_skip_link_stays_in_the_file(reader: Reader) -> None:
    page = reader.open("sent.html")
    page.fill("#filter-text", "without asking")
    names = page.locator("#calls-table tbody tr:visible th a")
    assert names.all_inner_texts() == ["barge-in cancel"]
    page.fill("#filter-text", "")
    page.get_by_role("button", name="Scenario").click()
    assert names.all_inner_texts() == ["barge-in cancel", "straight lookup"]
    view = page.url
    assert view.endswith("#sort=scenario")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    assert page.url == view
    names.first.click()
    page.get_by_role("link", name="Run run").click()
    assert names.all_inner_texts() == ["barge-in cancel", "straight lookup"]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("fragment", ["", f"#call={BAD}", "#call=0"])
def test_no_barrier_for_assistive_technology(
    browser: sync_api.Browser, one_file: Path, axe: str, scheme: str, fragment: str
) -> None:
    reader = Reader(browser, one_file.parent, color_scheme=scheme, bypass_csp=True)
    page = reader.open(one_file.name, fragment)
    found = barriers(page, axe)
    reader.close()
    assert found == []


@pytest.mark.browser
def test_one_side_can_be_heard_alone_in_a_file_that_holds_its_sound(reader: Reader) -> None:
    page = reader.open("sent.html", f"#call={BAD}&t=0.5")
    until(page, READY)
    page.keyboard.press("3")
    pressed = page.locator("[data-solo=agent]").get_attribute("aria-pressed")
    page.keyboard.press(" ")
    until(page, f"!{PAUSED} && {TIME} > 0.6")
    page.get_by_role("button", name="Both").click()
    until(page, f"{TIME} > 0.8")
    assert pressed == "true"
