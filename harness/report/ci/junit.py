"""JUnit XML of a run, as Jenkins, GitLab and GitHub's reporters read it.

A scenario is a testsuite, whose file is the scenario's, and a call a testcase. A failed scorer is a
failure; a call that does not count is an error; one without a verdict, or whose failure is known,
is skipped, with the reason. A gate that could not be judged in a run in which a call does not
count is an error like that call, no failure. Gates make a testsuite of their own, so that what
turned a run red stands in the list of what failed.

Elements and attributes are those of the schema of Jenkins' xunit plugin (junit-10.xsd), which
knows a file of a testsuite and none of a testcase: a document that breaks it is refused there as a
whole. So the place of a failure is the first line of its text, ``FILE:LINE``, where people and
readers that look for a place in the text find it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from harness.errors import StorageFailed
from harness.gates.quarantine import known_failure
from harness.report import figures
from harness.report.ci.annotations import concerned_line
from harness.report.model_opinions import decided_lines
from harness.report.verdict import page_link, span_text, why
from harness.results.convert import counts
from harness.results.faults import wrong
from harness.results.model import CallResult, GateResult, Quarantined, RunResults, ScoreResult
from harness.results.rates import by_scenario
from harness.results.reviews import is_overturned
from harness.scorers.base import Outcome

_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold beside the control characters, which ``figures.visible`` writes out."""


def write_junit(path: Path, results: RunResults, run_folder: Path | None = None) -> None:
    """Write the file, folders made if missing; raises StorageFailed."""
    root = junit(results, run_folder)
    ElementTree.indent(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error


def junit(results: RunResults, run_folder: Path | None = None) -> Element:
    """Return the document of a run; pages are named as ``verdict.page_path`` does."""
    root = Element("testsuites", name="voice-agent harness")
    for calls in by_scenario(results.calls).values():
        cases = [_case(call, results.quarantined, run_folder) for call in calls]
        named = figures.under(calls[0].scenario, calls[0].condition)
        name = " / ".join(filter(None, (calls[0].suite, named)))
        suite = _suite(root, name, cases, timestamp=results.started_at)
        suite.set("file", _text(calls[0].scenario_path))
        properties = Element("properties")
        for key in ("target", "clock", "harness_version"):
            SubElement(properties, "property", name=key, value=_text(getattr(results, key)))
        suite.insert(0, properties)
    if results.gates:
        spoilt = not all(map(counts, results.calls))
        gates = [_gate(gate, spoilt=spoilt) for gate in results.gates]
        _suite(root, "gates", gates, timestamp=results.started_at)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    return root


def _suite(root: Element, name: str, cases: Iterable[Element], *, timestamp: str) -> Element:
    suite = SubElement(root, "testsuite", name=_text(name), timestamp=timestamp[:19])
    suite.extend(cases)
    suite.set("tests", str(len(suite)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in suite):.3f}")
    return suite


def _case(call: CallResult, quarantined: Sequence[Quarantined], run_folder: Path | None) -> Element:
    case = Element(
        "testcase",
        classname=_text(call.suite or "calls"),
        name=_text(figures.call_numbered(call)),
        time=f"{call.duration_s or 0 if call.timed else 0:.3f}",
    )
    known = known_failure(call, quarantined)
    message, story = _text(why(call)), _whole_story(call, run_folder)
    if not counts(call):
        SubElement(case, "error", type=call.status, message=message).text = story
    elif known is not None:
        message = _text(f"known until {known.expires}: {known.reason} ({why(call)})")
        SubElement(case, "skipped", message=message)
    elif call.passed is False:
        failing = next((one for one in wrong(call) if one.outcome == Outcome.FAIL.value), None)
        kind = failing.scorer if failing else call.status
        SubElement(case, "failure", type=kind, message=message).text = story
    elif call.passed is None:
        SubElement(case, "skipped", message=_text(f"no verdict: {why(call)}"))
    # A pass has no text of its own, and a reader must see which were a model's or a person's.
    by_persons = [f"{one.scorer}: {one.reason}" for one in call.scores if _is_by_a_person(one)]
    if lines := [*decided_lines(call.scores, timed=call.timed), *by_persons]:
        SubElement(case, "system-out").text = _text("\n".join(lines))
    return case


def _is_by_a_person(score: ScoreResult) -> bool:
    """Return whether a person passed a score, or replaced the scorer's verdict."""
    passed = score.review is not None and score.outcome == Outcome.PASS.value
    return passed or is_overturned(score)


def _whole_story(call: CallResult, run_folder: Path | None) -> str:
    """Return the scenario's line, where to listen, and every scorer that did not pass."""
    line = concerned_line(call, run_folder)
    place = call.scenario_path if line is None else f"{call.scenario_path}:{line}"
    lines = [place, f"seed {call.seed}, {page_link(call, run_folder)}"]
    for score in wrong(call):
        times = ", ".join(map(span_text, score.evidence if call.timed else ()))
        at = f" (at {times})" if times else ""
        lines.append(f"{score.scorer}: {score.outcome}: {score.reason}{at}")
    return _text("\n".join(lines))


def _gate(gate: GateResult, *, spoilt: bool) -> Element:
    case = Element("testcase", classname="gates", name=_text(gate.gate), time="0.000")
    if gate.breaks and gate.passed is None and spoilt:
        SubElement(case, "error", type="not_judged", message=_text(f"not judged: {gate.reason}"))
    elif gate.breaks:
        SubElement(case, "failure", type=gate.kind.value, message=_text(gate.reason))
    elif gate.passed is None:
        SubElement(case, "skipped", message=_text(gate.reason))
    return case


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", figures.visible(text))
