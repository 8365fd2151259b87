"""The page of a caller heard before the calls: its content, its audio, its accessibility."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright import sync_api
from support.browser import Reader, barriers, until

from harness.audio.pcm import Pcm, silence
from harness.audio.wav import read
from harness.report.listen_page import (
    PAGE,
    Rehearsal,
    RehearsedTurn,
    SoundlessTurn,
    TalkPage,
    talk_page,
    write_rehearsal,
)
from harness.report.pages import copy_assets

pytestmark = pytest.mark.browser
RATE = 24_000
ASKED = 'if_agent_asks: "any<thing>" \u202e else'


def tone(seconds: float) -> Pcm:
    return Pcm((9000 * np.sin(np.arange(round(seconds * RATE)) * 0.07)).astype(np.int16), RATE)


def turn(name: str, clean: Pcm, *, noise_db: float | None = None, **more: object) -> RehearsedTurn:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 300, len(clean)).astype(np.int16)
    noisy = clean if noise_db is None else Pcm(clean.samples + noise, RATE)
    phone = Pcm(noisy.samples[::3].copy(), 8_000) if noise_db is not None else noisy
    given = {"called": "speech", "when": "once the agent has answered", "text": "Hi."}
    given = {**given, "spoken": "Hi.", "intended": "Hi.", "cut_off": False, **more}
    return RehearsedTurn(name=name, clean=clean, noisy=noisy, sent=phone, **given)


PAUSED = Pcm(np.concatenate([tone(1.0).samples, np.zeros(RATE, np.int16), tone(1.0).samples]), RATE)
GAP = Pcm(PAUSED.samples[: 5 * RATE // 2].copy(), RATE)
"""A pause that no script wanted."""
HEARD = Rehearsal(
    scenario="a <b> call",
    facts=(("Voice", "flite 2.2"), ("Sent as", "pcmu")),
    whole=tone(2.0),
    answer_s=2.0,
    turns=(
        turn("turn 1", PAUSED, noise_db=10.0, spoken="Hi there.", pauses=((RATE, 2 * RATE),)),
        turn(
            "turn 2",
            Pcm(PAUSED.samples[: 5 * RATE // 2].copy(), RATE),
            text="It's O",
            intended="It's ORD",
            cut_off=True,
        ),
        turn("turn 3", silence(RATE, RATE), called="silence", text="", spoken=""),
        SoundlessTurn("turn 4", "typed", "It's <ORD>.", "once the agent has answered"),
        turn("answer 1", tone(0.5), when=ASKED),
    ),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("heard")
    assert write_rehearsal(place, HEARD) == place / PAGE
    return place


def test_every_clip_has_three_files_with_its_very_samples(folder: Path) -> None:
    heard = [one for one in HEARD.turns if isinstance(one, RehearsedTurn)]
    for one in heard:
        slug = one.name.replace(" ", "-")
        for end, track in (("clean", one.clean), ("noisy", one.noisy), ("sent", one.sent)):
            assert read(folder / f"{slug}-{end}.flac") == track
    assert read(folder / "call.flac") == HEARD.whole
    assert len(list(folder.iterdir())) == 1 + 1 + 3 * len(heard)


def test_a_player_stands_for_each_sound_that_differs_and_all_of_them_play(
    browser: sync_api.Browser, folder: Path
) -> None:
    reader = Reader(browser, folder)
    page = reader.open(PAGE)
    until(page, "[...document.querySelectorAll('audio')].every((one) => one.readyState >= 1)")
    found = page.evaluate(
        "[...document.querySelectorAll('audio')].map((one) => [one.ariaLabel, one.duration])"
    )
    same = "speech alone = with noise = as the agent receives it"
    assert [(name, round(length, 1)) for name, length in found] == [
        ("All turns: the whole call", 2.0),
        ("Turn 1: speech alone", 3.0),
        ("Turn 1: with noise", 3.0),
        ("Turn 1: as the agent receives it", 3.0),
        (f"Turn 2: {same}", 2.5),
        (f"Turn 3: {same}", 1.0),
        (f"Answer 1: {same}", 0.5),
    ]
    page.evaluate("document.querySelector('audio').play()")
    until(page, "document.querySelector('audio').currentTime > 0.1")
    reader.close()


def test_words_pauses_cuts_and_conditions_stand_in_words(
    browser: sync_api.Browser, folder: Path
) -> None:
    reader = Reader(browser, folder)
    page = reader.open(PAGE)
    assert page.locator("h1").inner_text() == "a <b> call"
    pictures = page.locator("svg.rehearsal").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert pictures == [
        "turn 1: speech of 3.00 s; pause of 1.00 s",
        "turn 2: speech of 2.50 s; cut off at its end",
        "turn 3: silence of 1.00 s",
        "answer 1: speech of 0.50 s",
    ]
    first, second, third, typed, fourth = page.locator(".rehearsed").all_inner_texts()
    assert "Spoken: Hi there." in first
    assert "pause of 1.00 s" in first
    assert "It's O — cut off here" in second
    assert "Meant: It's ORD" in second
    assert "Spoken" not in third
    assert [line for line in typed.split("\n") if line] == [
        "Turn 4 typed, no sound",
        "When: once the agent has answered",
        "It's <ORD>.",
    ]
    assert 'When: if_agent_asks: "any<thing>" [U+202E] else' in fourth
    reader.close()


def test_the_players_are_reached_with_the_keyboard(browser: sync_api.Browser, folder: Path) -> None:
    reader = Reader(browser, folder)
    page = reader.open(PAGE)
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.className"))
        if page.evaluate("document.activeElement.tagName") == "AUDIO":
            break
    page.keyboard.press("Space")
    until(page, "document.querySelector('audio').currentTime > 0")
    assert reached[0] == "skip"
    reader.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_for_assistive_technology(
    browser: sync_api.Browser, folder: Path, axe: str, scheme: str
) -> None:
    reader = Reader(browser, folder, color_scheme=scheme, bypass_csp=True)
    found = barriers(reader.open(PAGE), axe)
    reader.close()
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_to_call_from_has_no_barrier(
    browser: sync_api.Browser, tmp_path: Path, axe: str, scheme: str
) -> None:
    page = TalkPage("a <b> call", "Why.", "reference", 180.0, (("order_id", "ORD-1"),), ("Hi.",))
    (tmp_path / PAGE).write_text(talk_page(page))
    copy_assets(tmp_path)
    reader = Reader(browser, tmp_path, color_scheme=scheme, bypass_csp=True)
    shown = reader.open(PAGE)
    found = barriers(shown, axe)
    words = shown.locator("body").inner_text()
    reader.close()
    assert found == []
    for told in ("Be the caller: a <b> call", "At most\n180 s", "order_id", "ORD-1", "Hi."):
        assert told in words
