"""Shows a page in the browser, or says why nobody would see it."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path

import click


def open_page(page: Path) -> None:
    """Open a page; where nobody would see it, say why not. It changes no exit code."""
    if reason := why_not_shown(page.resolve().as_uri()):
        click.echo(f"--open: {reason}; the report is {page}", err=True)


def why_not_shown(url: str) -> str:
    """Open an address in a browser; return why nobody sees it, empty if somebody does."""
    reason = why_not(sys.stdout.isatty(), sys.platform, os.environ)
    return reason or ("" if _shown(url) else "no browser was found")


def why_not(terminal: bool, platform: str, environment: Mapping[str, str]) -> str:
    """Return why no browser can be opened for a person, empty if one can.

    A browser that runs inside the terminal is none: it would take the terminal away from the
    shell. ``BROWSER`` names another one, as Python's ``webbrowser`` reads it.
    """
    if environment.get("CI", "").lower() not in ("", "0", "false"):
        return "not in CI"
    if not terminal:
        return "the output goes to no terminal"
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if platform not in ("win32", "darwin") and not any(map(environment.get, screens)):
        return "there is no screen (neither DISPLAY, WAYLAND_DISPLAY nor BROWSER is set)"
    return ""


def _shown(url: str) -> bool:
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False
