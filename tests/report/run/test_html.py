"""The files of a report."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import orjson
import pytest
import soundfile
from support.offered import forget_installed, offer
from support.synthetic_run import (
    HOSTILE,
    good_call,
    result,
    run_results,
    score,
    three_calls,
    write_run,
)

from harness.audio import wav
from harness.audio.pcm import Pcm
from harness.errors import RecordingDamaged, StorageFailed
from harness.recording.model import Violation
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.recording.store import read_recording
from harness.report.run.html import write_report
from harness.results.store import write_results


class Attributes(HTMLParser):
    """Collects the names of all attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names += [name for name, _ in attrs]


def attributes(text: str) -> list[str]:
    parser = Attributes()
    parser.feed(text)
    return parser.names


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


def test_a_report_is_an_index_a_page_per_call_and_assets_once(run_folder: Path) -> None:
    index = write_report(run_folder)
    assert index == run_folder / "index.html"
    assert len(list((run_folder / "calls").glob("*/index.html"))) == 3
    assert (run_folder / "assets/vendor/wavesurfer/LICENSE").exists()
    assert (run_folder / "calls/straight-lookup-0/call.flac").exists()


def test_the_same_run_gives_the_same_pages(run_folder: Path) -> None:
    pages = ("index.html", "calls/barge-in-cancel-0/index.html")
    write_report(run_folder)
    first = [(run_folder / page).read_bytes() for page in pages]
    write_report(run_folder)
    assert [(run_folder / page).read_bytes() for page in pages] == first


def test_every_page_forbids_what_it_does_not_need(run_folder: Path) -> None:
    write_report(run_folder)
    for page in run_folder.rglob("*.html"):
        text = page.read_text()
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
        assert policy, page
        assert "default-src &#39;none&#39;" in policy[1]
        assert "unsafe" not in policy[1]
        assert not re.search(r'(src|href)="(https?:)?//', text)
        assert not [name for name in attributes(text) if name.startswith("on") or name == "style"]


def test_hostile_text_is_escaped_everywhere(run_folder: Path) -> None:
    write_report(run_folder)
    for page in run_folder.rglob("*.html"):
        assert HOSTILE not in page.read_text()
        assert "<img" not in page.read_text()
        assert "\u202e" not in page.read_text()


def test_links_between_pages_lead_to_files(run_folder: Path) -> None:
    write_report(run_folder)
    for page in run_folder.rglob("*.html"):
        for link in re.findall(r'(?:src|href)="([^"#]+)', page.read_text()):
            if not link.startswith("data:"):
                assert (page.parent / link).exists(), (page, link)


def test_the_seed_to_give_is_next_to_the_call_s_own_seed(run_folder: Path) -> None:
    write_report(run_folder)
    call = three_calls()[0]
    text = (run_folder / call.recording / "index.html").read_text()
    (typed,) = set(re.findall(r"--seed (\d+) --repeat 1", text))
    assert int(typed) != call.seed
    assert re.search(rf"<dd>{call.seed} <span[^>]*>\(in the command: <code>--seed {typed}<", text)
    assert f"{call.seed} (in the command: --seed {typed}), repeat 1" in text


def test_each_verdict_names_the_code_and_the_page_of_its_rule(run_folder: Path) -> None:
    write_report(run_folder)
    call = three_calls()[1]
    text = (run_folder / call.recording / "index.html").read_text()
    for one in call.scores:
        page = one.scorer.replace("_", "-")
        assert f"<code>harness/judging/scorers/{one.scorer}.py</code>" in text
        assert f"<code>docs/reference/scorers/{page}.md</code>" in text


def test_the_verdict_of_a_package_s_scorer_names_its_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, tmp_path, "theirs", "", scorers="mood = theirs:Mood")
    call = result("x", score("mood", "fail", ""), score("gone", "fail", ""), recording="calls/x")
    write_results(tmp_path / "results.json", run_results((call,)))
    write_report(tmp_path)
    text = (tmp_path / call.recording / "index.html").read_text()
    forget_installed()
    assert text.count("The rule is in") == 1
    assert "<code>theirs (package theirs)</code>; <code>harness list scorers</code>" in text


def test_a_call_without_a_recording_gets_a_page_that_says_why(run_folder: Path) -> None:
    write_report(run_folder)
    text = (run_folder / "calls/slow-tool-0/index.html").read_text()
    assert "There is no recording to show" in text
    assert str(run_folder) not in text


@pytest.mark.parametrize(
    ("part", "value"),
    [("suite", {"tools": 7}), ("scenario", {"turns": 7})],
)
def test_a_call_whose_suite_or_scenario_was_edited_gets_a_page_that_says_so(
    run_folder: Path, part: str, value: dict[str, object]
) -> None:
    folder = run_folder / "calls/straight-lookup-0"
    row = orjson.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_bytes(orjson.dumps({**row, part: row[part] | value}))
    write_report(run_folder)
    text = (folder / "index.html").read_text()
    assert "There is no recording to show: the stored scenario is not valid here: " in text
    assert not (folder / "undrawn.txt").exists()


def test_a_crashed_call_is_shown_as_far_as_it_came(tmp_path: Path) -> None:
    call = result("crashed", status="harness_error", recording="calls/deep/er/crashed")
    recording = good_call().recording("crashed", seed=1, status=None)
    write_recording(tmp_path / call.recording, recording)
    write_results(tmp_path / "results.json", run_results((call,)))
    write_report(tmp_path)
    text = (tmp_path / call.recording / "index.html").read_text()
    assert "not finished (crashed or running)" in text
    assert 'href="../../../../assets/report.css"' in text


def test_a_call_without_sound_has_a_page_without_a_player(tmp_path: Path) -> None:
    call = three_calls()[0]
    recording = good_call().recording("mute", seed=1, status=CallStatus.COMPLETED)
    empty = Pcm(np.zeros(0, np.int16), 24_000)
    mute = replace(recording, caller=empty, caller_clean=empty, agent=empty, played=())
    write_recording(tmp_path / call.recording, mute)
    write_results(tmp_path / "results.json", run_results((call,)))
    write_report(tmp_path)
    text = (tmp_path / call.recording / "index.html").read_text()
    assert "This recording holds no audio" in text
    assert 'disabled title="Cannot be played: the recording holds no audio"' in text
    assert "<audio" not in text
    assert not (tmp_path / call.recording / "call.flac").exists()


def test_audio_is_written_again_only_when_the_call_has_changed(run_folder: Path) -> None:
    write_report(run_folder)
    folder = run_folder / "calls/straight-lookup-0"
    (folder / "call.flac").write_bytes(b"kept")
    write_report(run_folder)
    assert (folder / "call.flac").read_bytes() == b"kept"
    later_ns = (folder / "call.flac").stat().st_mtime_ns + 1_000_000
    os.utime(folder / "agent.wav", ns=(later_ns, later_ns))
    write_report(run_folder)
    assert (folder / "call.flac").read_bytes() != b"kept"


@pytest.mark.parametrize("place", ["../outside", "/outside", "a/../../outside", ""])
def test_a_stored_path_must_not_lead_out_of_the_run(tmp_path: Path, place: str) -> None:
    write_results(tmp_path / "results.json", run_results((result("a", recording=place),)))
    with pytest.raises(RecordingDamaged, match="not a folder inside the run"):
        write_report(tmp_path)


def test_a_run_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingDamaged, match=r"results\.json"):
        write_report(tmp_path)


def test_a_page_that_cannot_be_written_is_a_storage_fault(run_folder: Path) -> None:
    (run_folder / "index.html").mkdir()
    with pytest.raises(StorageFailed):
        write_report(run_folder)


def test_the_player_hears_the_caller_left_and_the_agent_right(run_folder: Path) -> None:
    write_report(run_folder)
    folder = run_folder / "calls/straight-lookup-0"
    both, rate_hz = soundfile.read(folder / "call.flac", dtype="int16")
    assert rate_hz == 24_000
    assert (both[:, 0] == wav.read(folder / "caller.wav").samples).all()
    assert (both[:, 1] == wav.read(folder / "agent.wav").samples).all()


def test_the_vendored_player_is_the_published_file() -> None:
    import harness.report

    vendor = Path(next(iter(harness.report.__path__))) / "static/vendor/wavesurfer"
    digest = hashlib.sha256((vendor / "wavesurfer.min.js").read_bytes()).hexdigest()
    assert digest in (vendor / "VERSION.md").read_text()


def test_a_run_of_only_good_calls_has_no_list_of_failures(tmp_path: Path) -> None:
    call = three_calls()[0]
    recording = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)
    write_recording(tmp_path / call.recording, recording)
    write_results(tmp_path / "results.json", run_results((call,)))
    text = write_report(tmp_path).read_text()
    assert "The one call passed." in text
    assert "What failed" not in text


def test_violations_of_the_protocol_are_listed_where_there_are_any(run_folder: Path) -> None:
    folder = run_folder / "calls/straight-lookup-0"
    recording = read_recording(folder)
    early = Violation(0.5, "response.done", "came before session.created")
    write_recording(folder, replace(recording, violations=(early,)))
    write_report(run_folder)
    told = (folder / "index.html").read_text()
    assert 'id="violations"' in told
    assert "came before session.created" in told
    other = (run_folder / "calls/barge-in-cancel-0/index.html").read_text()
    assert 'id="violations"' not in other
