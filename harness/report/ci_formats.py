"""A run in CI formats: GitHub annotations and step summary, JUnit XML.

``::error file=…,line=…,title=…::message``, as GitHub's toolkit writes and escapes them. The line is
that of the caller's turn after which the evidence lies; without evidence, or if the recording or
the scenario's file is gone, the scenario's name or the file alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from harness.errors import FaultyFiles, StorageFailed
from harness.judging.scorers.base import Outcome
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.report import figures
from harness.report.figures import decided_lines
from harness.report.verdict import (
    call_verdict,
    gate_verdict,
    headline,
    known_until,
    page_link,
    shared_faults,
    span_text,
    why,
)
from harness.results.gates.quarantine import known_failure
from harness.results.model import CallResult, GateResult, Quarantined, RunResults, ScoreResult
from harness.results.rates import by_scenario
from harness.results.reviews import is_overturned
from harness.results.verdicts import counts, wrong
from harness.scenario.document import KeyPath, read_document


def concerned_line(call: CallResult, run_folder: Path | None) -> int | None:
    """Return the line of the caller's turn after which the evidence lies.

    Without evidence, or if the recording is gone, it is that of the scenario's name; None if the
    scenario's file is gone.
    """
    try:
        lines = read_document(Path(call.scenario_path)).lines
    except (FaultyFiles, ValueError):  # ValueError: no name that a file can have
        return None
    return lines.get(_concerned(call, run_folder), lines.get(("name",)))


def _concerned(call: CallResult, run_folder: Path | None) -> KeyPath:
    """Return the turn or the answer of the scenario after which the worst score's evidence lies."""
    spans = [span for score in wrong(call)[:1] for span in score.evidence]
    # Without evidence or recording there is no turn to point at.
    if not spans or run_folder is None:
        return ("name",)
    try:
        return _key_at(read_recording(run_folder / call.recording), spans[0].start_s)
    except Exception:  # noqa: BLE001  # the border of one call: its verdict stands without a line
        return ("name",)


def _key_at(recording: Recording, at_s: float) -> KeyPath:
    at = at_s * recording.caller.rate_hz
    # evidence may lie before the caller's first words
    before = [one for one in recording.utterances if one.start <= at] or recording.utterances[:1]
    # Backwards from the evidence: noise and asides belong to no turn and are passed over.
    for utterance in reversed(before):
        if utterance.turn is not None:
            return ("turns", utterance.turn)
        if utterance.answer is not None:
            return ("answers", utterance.answer)
    return ("name",)


def workflow_commands(results: RunResults, run_folder: Path, *, root: Path) -> Iterator[str]:
    """Yield a line per scenario with something to report, and per broken gate.

    ``root`` is the repository's folder: GitHub knows files by their path in it.
    """
    for gate in results.gates:
        if gate.breaks:
            yield _command("error", f"{gate.gate}: {gate.reason}", title="gate")
    for calls in by_scenario(results.calls).values():
        troubled = [call for call in calls if call_verdict(call)[0] != "pass"]
        if troubled:
            # max() keeps the first of equal calls, so that the annotation stays the same from run
            # to run.
            worst = max(troubled, key=_weight)
            level, reason = _told(worst, results)
            text = (
                f"{reason}\n{len(troubled)} of {len(calls)} calls; {page_link(worst, run_folder)}"
            )
            title = f"{figures.under(worst.scenario, worst.condition)}: {call_verdict(worst)[1]}"
            place = _place(worst, run_folder, root)
            yield _command(level, text, title=title, **place)


def _told(call: CallResult, results: RunResults) -> tuple[str, str]:
    known = known_failure(call, results.quarantined)
    if known is not None:
        return "notice", f"known until {known.expires}: {known.reason}\n{why(call)}"
    error = call.passed is False or not counts(call)
    return ("error" if error else "warning"), why(call)


def _weight(call: CallResult) -> tuple[bool, bool]:
    """Order calls by importance to a reader: failures, then calls that do not count."""
    return call.passed is False, not counts(call)


def _place(call: CallResult, run_folder: Path, root: Path) -> dict[str, str]:
    path = Path(call.scenario_path)
    whole = Path(os.path.abspath(path))  # noqa: PTH100  # links stay as the repository has them
    base = Path(os.path.abspath(root))  # noqa: PTH100
    file = whole.relative_to(base) if whole.is_relative_to(base) else path
    line = concerned_line(call, run_folder)
    return {"file": file.as_posix()} | ({} if line is None else {"line": str(line)})


def _command(level: str, message: str, **properties: str) -> str:
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{level} {shown}::{_data(figures.visible(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(figures.visible(text)).replace(":", "%3A").replace(",", "%2C")


# JUnit XML of a run, as Jenkins, GitLab and GitHub's reporters read it.
#
# A scenario is a testsuite, whose file is the scenario's, and a call a testcase. A failed scorer is
# a failure; an invalid call is an error; a call without a verdict, or whose failure is known, is
# skipped, with the reason. A gate that could not be judged in a run with an invalid call is an
# error like that call, not a failure. Gates make a testsuite of their own, so that the cause of a
# red run is in the list of failures.
#
# Elements and attributes are those of the schema of Jenkins' xunit plugin (junit-10.xsd), which
# knows a file of a testsuite and none of a testcase: a document that breaks it is refused there as
# a whole. So the place of a failure is the first line of its text, ``FILE:LINE``, where people and
# readers that look for a place in the text find it.

_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Characters outside XML 1.0, except control characters, which ``figures.visible`` writes out."""


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
    # Before the verdict: a call that does not count has none, or one that must not be read as
    # such.
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
    """Return the scenario's line, the page to listen to, and every scorer that did not pass."""
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
    # The invalid call is the cause: a failed gate would blame the agent.
    if gate.breaks and gate.passed is None and spoilt:
        SubElement(case, "error", type="not_judged", message=_text(f"not judged: {gate.reason}"))
    elif gate.breaks:
        SubElement(case, "failure", type=gate.kind.value, message=_text(gate.reason))
    elif gate.passed is None:
        SubElement(case, "skipped", message=_text(gate.reason))
    return case


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", figures.visible(text))


# The run as Markdown for GitHub's step summary: harm, failures, broken gates, and the rest folded.
#
# An agent's text is untrusted: no part of it may become a link, an image, a mention or markup on
# the page.

_SHOWN = 20
"""Calls listed: the summary of a step may hold 1 MiB and is read by people."""

_LONGEST = 500
"""Characters of a text; the report has all of it."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~&@:$-]")
_LINKED = re.compile("[@#](?=\\w)|(?<=www)\\.")
"""Mentions, issue numbers and bare addresses, which are linked after entities are resolved."""


def append_summary(path: Path, results: RunResults, artifacts: str = "") -> None:
    """Append the run to a step summary; raises StorageFailed.

    ``artifacts`` is the address at which the run's report can be downloaded.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(summary(results, artifacts))
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error


def summary(results: RunResults, artifacts: str = "") -> str:
    """Return the run as GitHub-flavoured Markdown."""
    verdict, faults, troubled = headline(results), _faults(results), _troubled(results)
    broken = [gate for gate in results.gates if gate.breaks]
    held = [gate for gate in results.gates if not gate.breaks]
    first, *others = filter(None, (verdict.harm, verdict.sentence))
    parts = [
        f"## Voice agent: {_safe(results.target)}",
        "\n".join((f"**{_safe(first)}**", *map(_safe, others))),
        f"[The report]({artifacts}), in which each call can be heard" if artifacts else "",
        faults or troubled,
        _gates(broken),
    ]
    # What a reader must act on stays open; the rest is folded.
    folded = [_rate(results), troubled if faults else "", _gates(held), _scorers(results)]
    folded += [_flaky(results), _quarantined(results)]
    return "\n\n".join(filter(None, (*parts, *_details(folded)))) + "\n"


def _details(folded: Iterable[str]) -> tuple[str, ...]:
    found = tuple(filter(None, folded))
    head = "<details><summary>Rates, gates that held, and every call that did not pass</summary>"
    return (head, *found, "</details>") if found else ()


def _rate(results: RunResults) -> str:
    rate = results.summary.pass_rate
    if rate.rate is None:
        return ""
    share = f"{figures.percent(rate.rate)} of judged calls passed"
    return _safe(f"{share} ({rate.passed} of {rate.counted}, {figures.interval(rate)}).")


def _gates(gates: Sequence[GateResult]) -> str:
    rows = (
        (
            _safe(gate.gate),
            f"**{gate_verdict(gate)[1]}**" if gate.breaks else gate_verdict(gate)[1],
            _safe(gate.reason),
        )
        for gate in gates
    )
    return _table(("gate", "verdict", "why"), rows) if gates else ""


def _scorers(results: RunResults) -> str:
    rows = (
        (
            _safe(figures.label(scorer.scorer)),
            f"{scorer.pass_rate.passed}/{scorer.pass_rate.counted}",
            _safe(figures.percent(scorer.pass_rate.rate)),
            _safe(figures.interval(scorer.pass_rate)),
        )
        for scorer in results.summary.scorers
    )
    head = ("scorer", "passed", "rate", "95 % interval")
    return _table(head, rows) if results.summary.scorers else ""


def _flaky(results: RunResults) -> str:
    flaky = [one for one in results.summary.scenarios if one.flaky]
    rows = (
        (
            _safe(figures.under(one.scenario, one.condition)),
            f"{one.pass_rate.passed}/{one.pass_rate.counted}",
            _safe(figures.interval(one.pass_rate)),
        )
        for one in flaky
    )
    return _table(("flaky scenario", "passed", "95 % interval"), rows) if flaky else ""


def _faults(results: RunResults) -> str:
    found = shared_faults(results)
    rows = (
        (_safe(figures.label(one.scorer)), _safe(one.text), calls) for one, calls in found[:_SHOWN]
    )
    return _table(("scorer", "fault", "calls"), rows) if found else ""


def _troubled(results: RunResults) -> str:
    troubled = [call for call in results.calls if call_verdict(call)[0] != "pass"]
    rows = (
        (
            _safe(figures.call_numbered(call)),
            _safe(", ".join(filter(None, (call_verdict(call)[1], known_until(call, results))))),
            _safe(why(call)),
        )
        for call in troubled[:_SHOWN]
    )
    table = _table(("call", "verdict", "why"), rows) if troubled else ""
    more = len(troubled) - _SHOWN
    return f"{table}\n\n{more} more in the report." if more > 0 else table


def _quarantined(results: RunResults) -> str:
    rows = (
        (
            _safe(f"{one.scenario}, {one.scorer}" if one.scorer else one.scenario),
            f"{one.failed} of {one.calls}",
            _safe(one.expires),
            _safe(one.reason),
        )
        for one in results.quarantined
    )
    head = ("known failure", "failed", "until", "why")
    return _table(head, rows) if results.quarantined else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _safe(text: str) -> str:
    """Return text that is displayed literally, on a single line."""
    # A line break would end the row of the table.
    line = " ".join(figures.visible(text).split())
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    # A zero-width space: an entity would not prevent the link.
    apart = _LINKED.sub(lambda match: f"{match[0]}\u200b", line)
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", apart)
