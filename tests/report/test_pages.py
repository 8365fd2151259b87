"""Properties of all pages."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from support.synthetic_run import run_results, three_calls, write_run

from harness.report.pages import STATIC, Inline, Link, PageFrame, above, inlined, render
from harness.report.run.html import write_report
from harness.report.run.view import index_page


def index(frame: PageFrame) -> str:
    return render("index.html.j2", frame, page=index_page(run_results(three_calls()), title="t"))


def policy(text: str) -> dict[str, list[str]]:
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert found
    rules = found[1].replace("&#39;", "'").split("; ")
    return {rule.split()[0]: rule.split()[1:] for rule in rules}


def test_the_trail_leads_up_and_ends_at_the_page_itself() -> None:
    text = index(PageFrame((Link("History", "../history.html"), Link("Run <1>"))))
    trail = re.findall(r"<li>(.*?)</li>", text.split("</nav>")[0])
    assert trail == [
        '<a href="../history.html"><bdi dir="auto">History</bdi></a>',
        '<span aria-current="page"><bdi dir="auto">Run &lt;1&gt;</bdi></span>',
    ]


def test_a_page_of_files_allows_its_own_files_only() -> None:
    rules = policy(index(PageFrame((), nonce="abc")))
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == rules["media-src"] == ["'self'"]
    assert rules["style-src"] == ["'self'", "'nonce-abc'"]


def test_a_page_of_one_file_allows_exactly_the_texts_that_stand_in_it() -> None:
    text = index(PageFrame((), inline=Inline("body { color: red }", ("let a = 1 < 2;", "let b;"))))
    rules = policy(text)
    for tag, kind in (("script", "script-src"), ("style", "style-src")):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        digests = [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in inside]
        assert rules[kind] == [f"'sha256-{digest}'" for digest in digests]
        assert inside
    assert rules["media-src"] == ["data:"]
    assert "assets/" not in text


def test_no_script_or_style_can_end_its_element_early() -> None:
    scripts = [str(path.relative_to(STATIC)) for path in STATIC.rglob("*.js")]
    inside = inlined(*scripts)
    assert "</style" not in inside.style
    assert len(inside.scripts) >= 5
    for text in inside.scripts:
        assert not re.search(r"</script|<!--", text, re.I)


def test_a_misspelled_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("index.html.j2", PageFrame(()), pages="no such name")


def test_pages_above_a_run_are_found_and_linked_from_all_its_pages(tmp_path: Path) -> None:
    run = write_run(tmp_path / "night" / "compared" / "a")
    (tmp_path / "night/compared/compare.json").write_text("{}")
    assert above(run) == ()  # the page is not there yet
    (tmp_path / "night/compared/index.html").write_text("")
    (tmp_path / "history.html").write_text("")
    write_report(run)
    assert above(run) == (
        Link("History", "../../../history.html"),
        Link("Comparison", "../index.html"),
    )
    call = (run / "calls/slow-tool-0/index.html").read_text()
    assert 'href="../../../../../history.html"' in call
    assert 'href="../../../index.html"' in call
    assert 'href="../index.html"' in (run / "index.html").read_text()
