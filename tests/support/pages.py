"""The documentation as data: its pages, their code blocks, tables and quoted words."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_NAV = re.findall(r"^ +- (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.M)
"""The pages in the order of the site, relative to ``docs``."""
PAGES = [ROOT / "README.md", *(DOCS / path for path in _NAV)]


def page(name: str) -> str:
    """Return a page by its file name, or the pages of a folder in their order (``scorers/``)."""
    found = [path for path in _NAV if f"/{path}".endswith(f"/{name}") or f"/{name}" in f"/{path}"]
    assert len(found) == 1 or name.endswith("/"), f"{name}: {found}"
    return "\n".join(_below(path, (DOCS / path).read_text()) for path in found)


def _below(path: str, text: str) -> str:
    """Return the text of a page; in a folder, its headings are below those of the index page."""
    if path.count("/") < 2 or path.endswith("/index.md"):
        return text
    parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(
        part if part.startswith("```") else re.sub(r"^#", "##", part, flags=re.M) for part in parts
    )


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def section(text: str, heading: str) -> str:
    """Return the text under a heading of the second level."""
    return re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def rows(text: str) -> list[list[str]]:
    """Return the body rows of all tables, cell by cell."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = [i for i, row in enumerate(cells) if set("".join(row)) <= set("-: ")]
    return [row for i, row in enumerate(cells) if i not in rules and i + 1 not in rules]


def quoted(text: str) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return re.findall(r"`([^`\n]+)`", prose)


def slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
