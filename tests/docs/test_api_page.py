from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.api_page import page

from harness import api

ROOT = Path(__file__).parents[2]
OUTSIDE = sorted(
    path.relative_to(ROOT)
    for path in (
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tests/data/packages").rglob("*.py"),
        ROOT / "README.md",
    )
)
PARTS_OF_A_LANGUAGE = "harness.language."


def test_the_page_lists_the_public_names() -> None:
    assert (ROOT / "docs/reference/api.md").read_text(encoding="utf-8") == page()


def test_every_public_name_is_described() -> None:
    names, *sections = page().split("\n## ")
    rows = [row.split(" | ") for row in page().splitlines() if row.startswith("| `")]
    listed = re.findall(r"^\| `(\w+)", names, re.MULTILINE)
    assert listed == api.__all__
    assert [section.split("\n")[0] for section in sections] == [
        "What a scorer reads", "commands", "items",
    ]  # fmt: skip
    assert "`claimed_heard`" in sections[0]
    assert "`SessionConfig`" in sections[1]
    assert [row for row in rows if len(row[-1].strip("| ")) < 10] == []


@pytest.mark.parametrize("path", OUTSIDE, ids=str)
def test_docs_and_packages_import_the_public_names_alone(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    modules = re.findall(r"^\s*(?:from|import) (harness[\w.]*)", text, re.MULTILINE)
    deep = [name for name in modules if name not in ("harness.api", "harness.testing")]
    assert [name for name in deep if not name.startswith(PARTS_OF_A_LANGUAGE)] == []


def errors(kind: type[Exception] = Exception) -> Iterator[str]:
    if kind.__module__.startswith("harness."):
        yield kind.__name__
    for each in kind.__subclasses__():
        yield from errors(each)


INTERFACES = (
    api.Connect, api.Connection, api.Dialect, api.DialectSession, api.ModelJudge, api.Recognizer,
    api.Scorer, api.Synthesizer,
)  # fmt: skip


@pytest.mark.parametrize("interface", INTERFACES, ids=lambda each: each.__name__)
def test_what_a_plug_in_has_to_raise_is_public(interface: type) -> None:
    texts = [inspect.getdoc(each) or "" for each in vars(interface).values() if callable(each)]
    named = {name for name in errors() if re.search(rf"\b{name}\b", "\n".join(texts))}
    assert named <= set(api.__all__)


def test_the_package_is_typed() -> None:
    assert (ROOT / "harness/py.typed").is_file()
    assert '"harness" = ["py.typed"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
