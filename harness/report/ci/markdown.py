"""The run as Markdown for GitHub's step summary: harm, failures, broken gates, and the rest folded.

What an agent says is text of a stranger: nothing of it may become a link, an image, a mention or
markup on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.errors import StorageFailed
from harness.report import figures
from harness.report.verdict import (
    call_verdict,
    gate_verdict,
    headline,
    known_until,
    shared_faults,
    why,
)
from harness.results.model import GateResult, RunResults

_SHOWN = 20
"""Calls listed: the summary of a step may hold 1 MiB and is read by people."""

_LONGEST = 500
"""Characters of one text; the report has all of it."""

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
    """Return text that shows as it is, in one line."""
    line = " ".join(figures.visible(text).split())
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    apart = _LINKED.sub(lambda match: f"{match[0]}\u200b", line)
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", apart)
