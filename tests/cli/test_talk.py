"""``harness talk`` as a person meets it: the page, a microphone, the call, its report."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright import sync_api
from support.browser import ARGUMENTS, CHROMIUM, barriers, until
from support.browser import axe as axe
from support.small_desk import results_of

from harness.audio.activity import voiced_spans
from harness.audio.pcm import Pcm
from harness.audio.wav import write
from harness.recording.provenance import SourceKind
from harness.recording.store import read_recording
from harness.runs.rehearsal import RehearsalRequest, rehearse

pytestmark = pytest.mark.browser
FAKE = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--use-file-for-fake-audio-capture={}%noloop",
)
SAID = "document.getElementById('said').textContent"


@pytest.fixture
def microphone(tmp_path: Path) -> Iterator[sync_api.Browser]:
    """Chromium whose microphone says the first line of a scenario, once."""
    line = rehearse(RehearsalRequest("straight lookup")).turns[0].clean.samples
    pause = np.zeros(24_000, np.int16)
    write(tmp_path / "said.wav", Pcm(np.concatenate([pause, line, *[pause] * 60]), 24_000))
    arguments = [*ARGUMENTS, *(one.format(tmp_path / "said.wav") for one in FAKE)]
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


def test_a_person_calls_from_the_page_and_the_call_is_recorded_and_judged(
    microphone: sync_api.Browser, axe: str, tmp_path: Path
) -> None:
    out = tmp_path / "talk"
    command = [sys.executable, "-m", "harness", "talk", "straight lookup", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address = re.fullmatch(r"talk page: (\S+)  \(Ctrl-C ends\)\n", running.stdout.readline())
        assert address is not None
        context = microphone.new_context(bypass_csp=False)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address[1])
        assert "ORD-4715B" in page.locator("main").inner_text()
        page.keyboard.press("Tab")
        page.locator("#call").focus()
        page.keyboard.press("Enter")
        until(page, f"{SAID}.startsWith('You are on the line')")
        page.wait_for_timeout(9_000)  # real time: the line is spoken, and the agent answers
        page.locator("#hang-up").click()
        until(page, f"{SAID}.startsWith('The call is over')")
        context.close()
        told = running.stdout.read()
    assert complaints == []
    assert "straight lookup" in told
    assert "report: " in told
    assert (out / "index.html").exists()
    (call,) = results_of(out)["calls"]
    assert call["status"] in ("completed", "timing_invalid")  # on a busy machine, frames are late
    recording = read_recording(out / call["recording"])
    origin = recording.manifest.origin
    assert origin is not None
    assert origin.kind is SourceKind.PERSON
    spoken = sum(stop - start for start, stop in voiced_spans(recording.caller)) / 24_000
    assert 3.0 < spoken < 9.0
    assert recording.utterances
    _no_barrier(microphone, axe, out / call["recording"] / "index.html")


def _no_barrier(browser: sync_api.Browser, axe: str, file: Path) -> None:
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert "A person called" in page.locator("main").inner_text()
    assert barriers(page, axe) == []
    context.close()
