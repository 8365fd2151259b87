"""The words of the pages, explained."""

from __future__ import annotations

import re

import pytest
from support.synthetic_run import run_results, three_calls

from harness.judging.scorers.base import Outcome
from harness.judging.scorers.registry import SCORERS
from harness.recording.provenance import CallStatus
from harness.report import figures
from harness.report.pages import TERMS, GlossaryTerms, PageFrame, inlined, render
from harness.report.run.view import index_page


def test_every_scorer_outcome_and_status_that_is_not_plain_is_explained() -> None:
    plain = {"pass", "fail", "completed"}
    names = {figures.label(name) for name in SCORERS.names()}
    names |= {figures.label(one.value) for one in Outcome} | {one.value for one in CallStatus}
    assert names - plain <= set(TERMS)


@pytest.mark.parametrize("name", TERMS)
def test_an_explanation_is_short_and_ends(name) -> None:
    assert 20 < len(TERMS[name]) < 220
    assert TERMS[name].endswith(".")


def test_a_term_is_explained_once_and_an_unknown_one_is_text() -> None:
    terms = GlossaryTerms()
    button = terms.term("review", "<needs review>")
    assert 'popovertarget="term-review"' in button
    assert "&lt;needs review&gt;" in button
    terms.term("review")
    assert terms.term("<b>", None) == "&lt;b&gt;"
    assert [place for place, *_ in terms.used(all_of_them=False)] == ["term-review"]
    assert len(terms.used(all_of_them=True)) == len(TERMS)


@pytest.mark.parametrize("frame", [PageFrame(()), PageFrame((), inline=inlined("page.js"))])
def test_every_term_of_a_page_leads_to_its_explanation(frame) -> None:
    page = index_page(run_results(three_calls()), title="t")
    text = render("index.html.j2", frame, page=page)
    asked = set(re.findall(r'popovertarget="([^"]+)"', text))
    assert len(asked) > 3
    assert asked <= set(re.findall(r'id="([^"]+)" popover', text))
