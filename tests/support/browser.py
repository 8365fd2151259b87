"""Chromium over pages on disk: a reader that records forbidden events, waiting, axe-core.

A test module that uses it imports the fixtures ``browser`` and ``axe``, and marks itself
``pytest.mark.browser``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
TIME = "document.getElementById('audio').currentTime"
PAUSED = "document.getElementById('audio').paused"
READY = "document.getElementById('audio')?.readyState >= 1"
_NPM = Path(__file__).parent / "npm"


def need(found: object, reason: str) -> None:
    """Skip a test whose tool is not installed; with HARNESS_TEST_TOOLS=required it fails."""
    if not found and os.environ.get("HARNESS_TEST_TOOLS") == "required":
        pytest.fail(reason)
    if not found:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    need(CHROMIUM.exists(), "needs /usr/bin/chromium (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return axe-core's script: from $AXE_CORE, else installed by npm, here and now."""
    given = os.environ.get("AXE_CORE")
    if given:
        return Path(given).read_text()
    npm = shutil.which("npm")
    need(npm, "needs npm (Debian: apt-get install npm), or AXE_CORE=path/to/axe.min.js")
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_NPM / name, folder)
    subprocess.run([npm, "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True)
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


class Reader:
    """A page that remembers everything which must not happen."""

    def __init__(self, browser: sync_api.Browser, folder: Path, **options: object) -> None:
        self.folder = folder
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", self._failed)

    def _failed(self, request: sync_api.Request) -> None:
        # A browser drops the rest of an audio file when it seeks or leaves: that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def open(self, path: str, fragment: str = "") -> sync_api.Page:
        self.page.goto((self.folder / path).as_uri() + fragment)
        if self.page.locator("#audio").count():
            until(self.page, READY)
        return self.page

    def close(self) -> None:
        """Close the page, and assert that no forbidden event happened."""
        self.context.close()
        assert not self.complaints, self.complaints
        assert all(url.startswith(("file:", "data:", "blob:")) for url in self.requests)


def until(page: sync_api.Page, expression: str) -> None:
    """Wait for a condition; playwright's own wait needs eval, which the policy forbids."""
    for _ in range(1500):
        try:
            if page.evaluate(expression):
                return
        except sync_api.Error as error:
            if "context was destroyed" not in str(error):  # the page is just being left
                raise
        page.wait_for_timeout(20)
    pytest.fail(f"never became true: {expression}")


def barriers(page: sync_api.Page, axe: str) -> list[str]:
    """Return axe-core's serious and critical findings, a line per element."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{finding['impact']} {finding['id']}: {node['html'][:120]}"
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
