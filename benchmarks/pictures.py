"""Take the pictures of docs/pictures: each page at two widths, light and dark.

It is no benchmark; it is here because it needs a browser and takes minutes, like those do.
Give the pages to show as NAME=PAGE; CONTRIBUTING.md says how the shown pages were made.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZES = ((1440, 1100), (390, 844))
SCHEMES = ("light", "dark")
DRAWN_MS = 600
"""By then the waveforms are drawn."""


def main(words: list[str]) -> int:
    """Write NAME-WIDTH-SCHEME.png for each NAME=PAGE; return the exit code."""
    pages = [word.partition("=") for word in words]
    if not pages or not all(name and Path(page).is_file() for name, _, page in pages):
        print("usage: python benchmarks/pictures.py NAME=PAGE.html ...", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--hide-scrollbars"]
        )
        for name, _, page in pages:
            take(browser, name, Path(page))
        browser.close()
    return 0


def take(browser: Browser, name: str, page: Path) -> None:
    """Take a page at every size and in every scheme."""
    for width, height in SIZES:
        for scheme in SCHEMES:
            tab = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            tab.goto(page.resolve().as_uri())
            tab.wait_for_timeout(DRAWN_MS)
            tab.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
            tab.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
