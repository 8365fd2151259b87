"""A written run, and a reader of it in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import Reader
from support.browser import axe as axe
from support.browser import browser as browser
from support.synthetic_run import write_run

from harness.report.run.html import write_report


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("run #1 with spaces"))
    write_report(folder)
    return folder


@pytest.fixture
def reader(browser: sync_api.Browser, run_folder: Path) -> Iterator[Reader]:
    opened = Reader(browser, run_folder)
    yield opened
    opened.close()
