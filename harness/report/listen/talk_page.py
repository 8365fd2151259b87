"""The page from which a person calls: their part in the scenario, and the line."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.pages import STATIC, Link, PageFrame, render

ASSETS = {
    "assets/report.css": "text/css",
    "assets/page.js": "text/javascript",
    "assets/talk.js": "text/javascript",
    "assets/talk_line.js": "text/javascript",
}
"""What the page needs beside itself, and of which kind it is."""


@dataclass(frozen=True, slots=True)
class TalkPage:
    """What the person should know: whom they call, their facts, and what the script would say."""

    scenario: str
    description: str
    target: str
    call_s: float
    facts: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]


def talk_page(page: TalkPage) -> str:
    """Return the page; it asks its own server for the line."""
    return render("talk.html.j2", PageFrame((Link("Talk"),), served=True), page=page)


def asset(name: str) -> bytes:
    """Return a file of ``ASSETS``."""
    return (STATIC / name.removeprefix("assets/")).read_bytes()
