"""A comparison in one file: its content, and its behaviour in a browser."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import Reader, barriers, until
from support.browser import axe as axe
from support.browser import browser as browser
from support.compared_runs import write_comparison_of_two_runs

from harness.report.compare import html
from harness.report.compare.html import write_comparison_file


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison_of_two_runs(tmp_path_factory.mktemp("compared"))


@pytest.fixture(scope="module")
def one_file(compared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison_file(compared, tmp_path_factory.mktemp("sent") / "sent.html").path


def test_the_changed_pairs_can_be_heard_and_nothing_leads_outside(one_file: Path) -> None:
    text = one_file.read_text()
    links = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    pairs = set(re.findall(r'href="#call=(\d+)"', text))
    assert pairs == set(re.findall(r'<template id="call-(\d+)"', text))
    assert pairs
    assert text.count("<audio") >= 2 * len(pairs) - 2
    assert "whole call" not in text


def test_its_sound_is_bounded_and_pairs_without_room_are_named_without_a_link(
    compared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "MOST_HEARD_S", 1.0)
    written = write_comparison_file(compared, tmp_path / "out.html")
    assert (written.calls, written.with_sound) == (0, 0)
    assert written.without_room > 0
    assert "Pairs without a link are not in this file" in written.path.read_text()


def test_pairs_whose_recordings_are_gone_are_not_counted_as_heard(
    compared: Path, tmp_path: Path
) -> None:
    there = shutil.copytree(compared.parent, tmp_path / "there") / compared.name  # runs next to it
    for events in there.parent.rglob("events.jsonl"):
        events.unlink()
    written = write_comparison_file(there, tmp_path / "out.html")
    assert written.calls > 0
    assert written.with_sound == 0


@pytest.mark.browser
def test_a_pair_opens_plays_and_leads_back(browser: sync_api.Browser, one_file: Path) -> None:
    reader = Reader(browser, one_file.parent)
    page = reader.open(one_file.name)
    page.locator("a[href^='#call']").first.click()
    until(page, "document.querySelector('#call audio')?.readyState >= 1")
    page.keyboard.press(" ")
    until(page, "!document.querySelector('#call audio').paused")
    page.evaluate("window.left = document.querySelector('#call audio')")
    page.locator("#call .bar a").click()
    until(page, "window.left.paused")
    assert page.locator("#run h1").is_visible()
    reader.close()


@pytest.mark.browser
@pytest.mark.parametrize("fragment", ["", "#call=0"])
def test_no_barrier_for_assistive_technology(
    browser: sync_api.Browser, one_file: Path, axe: str, fragment: str
) -> None:
    reader = Reader(browser, one_file.parent, bypass_csp=True)
    page = reader.open(one_file.name, fragment)
    found = barriers(page, axe)
    reader.close()
    assert found == []
