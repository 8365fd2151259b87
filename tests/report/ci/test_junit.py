"""JUnit XML: valid for Jenkins, GitLab and GitHub's reporters, whatever an agent says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from support.synthetic_run import HOSTILE, bad_call, result, run_results, score, three_calls

from harness.errors import StorageFailed
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.ci_formats import junit, write_junit
from harness.results.model import CallResult, GateKind, GateResult, Quarantined, RunResults
from harness.results.reviews import ReviewAnswer, ReviewedVerdict, evidence_of, with_reviews

CONTROL = "".join(map(chr, range(32))) + "\x7f\x85\ud800\ufffe\u202e ]]> & "

# The rules of Jenkins' xunit plugin (junit-10.xsd, commit 031e285), but for "rerun" elements.
ATTRIBUTES = {
    "testsuites": "name time tests failures errors",
    "testsuite": "name tests failures errors group time skipped timestamp hostname id package file"
    " log url",
    "properties": "",
    "property": "name value",
    "testcase": "name time classname group",
    "failure": "type message",
    "error": "type message",
    "skipped": "type message",
    "system-out": "",
    "system-err": "",
}
REQUIRED = {
    "testsuite": "name tests failures errors", "testcase": "name", "property": "name value",
}  # fmt: skip
CHILDREN = {
    "testsuites": "testsuite",
    "testsuite": "testsuite properties testcase system-out system-err",
    "properties": "property",
    "testcase": "skipped error failure system-out system-err",
}
HOLDS_TEXT = {"failure", "error", "skipped", "system-out", "system-err"}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
"""Of testsuites and testsuite; a testcase's time may be any text."""


def breaches(root: Element) -> list[str]:
    """List the places at which a document breaks the schema."""
    found = [] if root.tag in ("testsuites", "testsuite") else [f"root {root.tag}"]
    for one in root.iter():
        keys = set(one.keys())
        found += [f"{one.tag}@{key}" for key in keys - set(ATTRIBUTES[one.tag].split())]
        found += [f"{one.tag}: no {key}" for key in set(REQUIRED.get(one.tag, "").split()) - keys]
        allowed = CHILDREN.get(one.tag, "").split()
        found += [f"{one.tag}/{child.tag}" for child in one if child.tag not in allowed]
        if one.tag not in HOLDS_TEXT and (one.text or "").strip():
            found.append(f"text in {one.tag}")
        if one.tag.startswith("testsuite") and not TIME.fullmatch(one.get("time", "")):
            found.append(f"time of {one.tag}")
    return found


def written(tmp_path: Path, results: RunResults) -> Element:
    write_junit(tmp_path / "new" / "j.xml", results)
    return ElementTree.parse(tmp_path / "new" / "j.xml").getroot()


def with_gates() -> RunResults:
    gates = (
        GateResult("pass_rate >= 1", GateKind.ABSOLUTE, False, 0.5, 1.0, "share", "50.0 %"),
        GateResult("no worse: x", GateKind.BASELINE, None, 0.5, 1.0, "share", "2 pairs"),
        GateResult("pass@1 >= 0", GateKind.ABSOLUTE, True, 0.5, 1.0, "share", "fine"),
    )
    return replace(run_results(three_calls()), gates=gates)


def cases(*calls: CallResult, quarantined: tuple[Quarantined, ...] = ()) -> list[Element]:
    return list(junit(replace(run_results(calls), quarantined=quarantined)).iter("testcase"))


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ('<testsuites><testsuite name="a" tests="1" failures="0" errors="0" file="a.yaml"/>'
         "</testsuites>", []),
        ('<testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b" file="c"/>'
         "</testsuite>", ["testcase@file"]),
        ('<testsuites><testsuite name="a" tests="1" failures="0" time="1s"><testcase/>'
         "</testsuite></testsuites>",
         ["testsuite: no errors", "time of testsuite", "testcase: no name"]),
        ('<testsuites disabled="0"><properties/></testsuites>',
         ["testsuites@disabled", "testsuites/properties"]),
    ],
)  # fmt: skip
def test_the_rules_refuse_what_the_schema_refuses(document, found):
    assert breaches(ElementTree.fromstring(document)) == found


def test_the_document_keeps_to_the_schema_and_counts_what_it_holds(tmp_path):
    root = written(tmp_path, with_gates())
    assert breaches(root) == []
    for suite in root:
        found = list(suite.iter("testcase"))
        assert int(suite.get("tests", "")) == len(found)
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(count, "")) == len(list(suite.iter(tag)))
        total = sum(float(case.get("time", "")) for case in found)
        assert float(suite.get("time", "")) == pytest.approx(total)
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["6", "2", "1"]


def test_a_failed_call_has_scorer_reason_times_and_where_to_listen():
    document = junit(run_results(three_calls()))
    passed, failed, lost = document.iter("testcase")
    assert len(passed) == 0
    (failure,) = failed
    assert failure.tag == "failure"
    assert failure.get("type") == "write_confirmation"
    assert failure.get("message", "").startswith("write confirmation: cancelled without asking")
    assert "seed 8, calls/barge-in-cancel-0/index.html#t=12.0\n" in (failure.text or "")
    assert "limit 1.50 s (at 0:02.7–0:06.1)" in (failure.text or "")
    assert "entity_confirmation: review: the transcript and the recognizer" in (failure.text or "")
    assert (failure.text or "").startswith("scenarios/barge-in cancel.yaml\nseed 8")
    assert (failed.get("name"), document[1].get("name"), document[1].get("file")) == (
        "barge-in cancel #2", "barge-in cancel", "scenarios/barge-in cancel.yaml",
    )  # fmt: skip
    (error,) = lost
    assert (error.tag, error.get("type")) == ("error", "socket_closed")
    assert error.get("message") == "connection closed during the call: 1006 after 4.2 s"


def test_open_verdicts_and_known_failures_are_skipped_with_their_reason():
    failing = result("a", score("preamble", "fail", "nothing heard"))
    known = Quarantined("a", "preamble", "ticket 7", "2026-06-30", 1, 1)
    review, silent, held = cases(
        result("b", score("preamble", "review", "unsure")),
        result("c", status="agent_silent"),
        failing,
        quarantined=(known,),
    )
    assert review[0].tag == "skipped"
    assert review[0].get("message") == "no verdict: preamble: unsure"
    assert (silent[0].tag, silent[0].get("type")) == ("failure", "agent_silent")
    assert held[0].tag == "skipped"
    assert held[0].get("message") == "known until 2026-06-30: ticket 7 (preamble: nothing heard)"


def test_gates_are_a_suite_of_their_own():
    gates = junit(with_gates())[-1]
    broken, open_one, held = gates
    assert (gates.get("name"), broken[0].tag, broken[0].get("type")) == (
        "gates", "failure", "absolute",
    )  # fmt: skip
    assert (open_one[0].tag, len(held)) == ("skipped", 0)


@pytest.mark.parametrize(
    ("status", "passed", "tag"),
    [
        ("harness_error", None, "error"),
        ("harness_error", False, "failure"),
        ("completed", None, "failure"),
    ],
)
def test_a_gate_without_calls_to_judge_is_an_error_like_them(status, passed, tag):
    gate = GateResult("pass_rate >= 1", GateKind.ABSOLUTE, passed, None, 1.0, "share", "nothing")
    run = replace(run_results((result("a", status=status),)), gates=(gate,))
    ((told,),) = junit(run)[-1]
    assert (told.tag, "nothing" in told.get("message", "")) == (tag, True)


def test_a_page_is_named_from_the_working_directory_and_a_point_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = result("a", score("preamble", "fail", "no", (10.3, 10.3)))
    (failure,) = junit(run_results((call,)), tmp_path / "reports").iter("failure")
    assert failure.text == (
        "scenarios/a.yaml\nseed 7, reports/calls/a-0/index.html#t=10.3\n"
        "preamble: fail: no (at 0:10.3)"
    )


def test_suites_and_conditions_are_told_apart():
    root = junit(run_results((
        result("a", suite="one"), result("a", suite="two"), result("a", suite="two", condition="b"),
    )))  # fmt: skip
    assert [suite.get("name") for suite in root] == ["one / a", "two / a", "two / a (b)"]
    assert [case.get("name") for case in root.iter("testcase")] == ["a #1", "a #1", "a (b) #1"]
    assert root[1][1].get("classname") == "two"


def test_a_failure_says_the_line_of_the_turn_that_it_is_about(tmp_path):
    write_recording(
        tmp_path / "calls/a-0", bad_call().recording("a", seed=7, status=CallStatus.COMPLETED)
    )
    path = tmp_path / "a.yaml"
    path.write_text("format: 1\nname: a\nturns:\n  - say: one\n  - say: two\n")
    call = replace(
        result("a", score("preamble", "fail", "no", (9.0, 9.5))), scenario_path=str(path)
    )
    for folder, line in ((tmp_path, 5), (None, 2)):
        (failure,) = junit(run_results((call,)), folder).iter("failure")
        assert (failure.text or "").splitlines()[0] == f"{path}:{line}"


def test_whatever_an_agent_says_stays_text_and_the_file_stays_xml(tmp_path):
    said = CONTROL + HOSTILE
    call = result(
        f"name{CONTROL}", score("preamble", "fail", said), suite=f"suite{CONTROL}",
        scenario_path=f"path{CONTROL}.yaml",
    )  # fmt: skip
    root = written(tmp_path, run_results((call,)))
    (failure,) = root.iter("failure")
    assert HOSTILE in failure.get("message", "")
    assert HOSTILE in (failure.text or "")
    assert "[U+0000]" in failure.get("message", "")
    assert "[U+202E]" in failure.get("message", "")
    assert "\u202e" not in (tmp_path / "new" / "j.xml").read_text()


def test_a_place_that_cannot_be_written_is_a_storage_fault(tmp_path):
    with pytest.raises(StorageFailed, match="cannot write"):
        write_junit(tmp_path, run_results(()))


# a scorer's outcome and a person's; the element of the case, its type, and how its message begins
OVERTURNED: list[tuple[str, str, str, str]] = [
    ("fail", "pass", "", ""),
    (
        "pass",
        "fail",
        "failure",
        "preamble: passed by preamble, failed by a person: Ana, 2026",
    ),
    ("review", "pass", "", ""),
    (
        "review",
        "fail",
        "failure",
        "preamble: fail by a person: Ana, 2026-04-25, “heard it”.",
    ),
]


@pytest.mark.parametrize(("own", "given", "tag", "message"), OVERTURNED)
def test_the_verdict_of_a_person_is_the_one_in_the_document(own, given, tag, message):
    judged = result("a", score("preamble", own, "nothing heard"), score("tool_use", "pass", ""))
    evidence = evidence_of(judged, judged.scores[0])
    at = "2026-04-25T10:00:00+00:00"
    answer = ReviewedVerdict(
        judged.recording, "preamble", 1, evidence, ReviewAnswer(given), "Ana", at, "heard it"
    )
    document = junit(run_results(with_reviews((judged,), (answer,))))
    (case,) = document.iter("testcase")
    told = [child for child in case if child.tag != "system-out"]
    assert [child.tag for child in told] == ([tag] if tag else [])
    assert document.get("failures") == str(int(tag == "failure"))
    assert all(child.get("message", "").startswith(message) for child in told)
    out = case.findtext("system-out", "")
    assert ("nothing heard" in out) == ((own, given) != ("review", "fail"))
