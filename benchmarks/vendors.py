"""Unscorable verdicts by vendor: the shipped suite over every protocol that our agent speaks.

Calls the embedded reference agent with all scenarios of the order desk, once in each dialect, in
virtual time; keeps every outcome in ``tests/data/vendors.json`` and writes the tables of
``docs/research/vendors.md`` from it. The agent is the same each time, so all differences come from
the protocol. A test calls one scenario again in each, and reports if this must be run again; also
run it before a release, and if a scorer's version went up. ``--tables`` writes the tables alone.

Usage: ``python benchmarks/vendors.py [--tables]``. Some minutes: four suites.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.cli.progress import progress_for
from harness.judging.scorers.registry import scorers_for
from harness.protocol import events as e
from harness.protocol.dialect import DIALECTS
from harness.protocol.server_half import ServerHalf
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.run_suite import RunRequest, carry_out, planned

ROOT = Path(__file__).parents[1].resolve()
SUITE = ROOT / "scenarios" / "order_desk"
KEPT = ROOT / "tests" / "data" / "vendors.json"
PAGE = ROOT / "docs/research/vendors.md"
BEGIN, END = "<!-- made by benchmarks/vendors.py -->", "<!-- made so far -->"

OUTCOMES = ("pass", "fail", "review", "unscorable", "not_applicable")
SAID: dict[str, tuple[type, ...]] = {
    "the agent detects the caller's start": (e.SpeechStarted,),
    "the agent detects the caller's end": (e.SpeechStopped,),
    "start of an answer": (e.ResponseCreated,),
    "end of an answer": (e.ResponseDone,),
    "request to stop playback": (e.Interrupted,),
    "the agent's transcript": (e.TranscriptDelta, e.TranscriptDone),
    "tool calls": (e.OutputItemDone, e.ArgumentsDone),
    "tokens": (e.UsageTold,),
}
"""Facts that a protocol may report, by the neutral events that hold them."""

Row = dict[str, Any]


def main() -> None:
    """Call, keep and write."""
    if "--tables" not in sys.argv[1:]:
        KEPT.write_text(json.dumps(called(), indent=1) + "\n", encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{tables(kept())}{END}{after}", encoding="utf-8")


def kept() -> Row:
    """Return the outcomes of the last calls."""
    found: Row = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def spoken() -> tuple[str, ...]:
    """Return the dialects that the reference agent speaks."""
    return tuple(n for n in DIALECTS.builtin if isinstance(DIALECTS.make(n), ServerHalf))


def versions() -> dict[str, int]:
    """Return the scorers with their versions: with these, outcomes may move."""
    (job, *_) = planned(RunRequest(paths=(SUITE / "lookup",))).jobs
    scorers = scorers_for(job.loaded.scenario)
    return {each.scorer_name: each.scorer_version for each in scorers}


def called() -> Row:
    """Return the outcomes of all calls, by dialect, scenario and scorer."""
    vendors = {name: suite_over(name) for name in spoken()}
    return {"scorers": versions(), "vendors": vendors}


def suite_over(name: str, *paths: str) -> Row:
    """Return the outcomes of the suite, or some of its files, in one dialect."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / f"{name}.yaml"
        target.write_text(f"format: 1\ntarget: {name}\ndialect: {name}\n", encoding="utf-8")
        out = Path(scratch) / "run"
        files = tuple(SUITE / path for path in paths) or (SUITE,)
        request = RunRequest(paths=files, target=str(target), out=out)
        calls = carry_out(planned(request), progress_for).calls
        said: dict[str, set[str]] = {}
        for call in calls:
            for what, how in said_in(read_recording(out / call.recording)):
                said.setdefault(what, set()).add(how)
    return {
        "calls": {call.scenario: outcomes(call) for call in calls},
        "said": {what: sorted(said.get(what, ())) for what in SAID},
    }


def outcomes(call: CallResult) -> Row:
    """Return a call's status, and its outcomes; with a reason for each that is not a pass."""
    told = {
        score.scorer: [score.outcome, *([] if passes(score.outcome) else [score.reason])]
        for score in call.scores
    }
    return {"status": call.status, **told}


def passes(outcome: str) -> bool:
    """Return whether an outcome needs no word."""
    return outcome in ("pass", "not_applicable")


def said_in(recording: Recording) -> Iterator[tuple[str, str]]:
    """Yield the facts in the events of a call, and whether they were reported or inferred."""
    for each in recording.events:
        how = "inferred" if each.inferred else "reported"
        for what, kinds in SAID.items():
            if isinstance(each.event, kinds):
                yield what, how
        if isinstance(each.event, e.ResponseDone) and each.event.response.usage is not None:
            yield "tokens", how


# --- tables ------------------------------------------------------------------------------------


def tables(found: Row) -> str:
    """Return the page's tables of the outcomes."""
    vendors: dict[str, Row] = found["vendors"]
    parts = (counts(found["scorers"], vendors), reasons(vendors), sayings(vendors))
    return "".join(f"\n{part}\n" for part in parts)


def counts(scorers: dict[str, int], vendors: dict[str, Row]) -> str:
    """Return how many calls each scorer judged how, once if all protocols agree."""
    lines = ["| scorer | outcomes |", "|---|---|"]
    for scorer, version in scorers.items():
        cells: dict[str, list[str]] = {}
        for name, vendor in vendors.items():
            cells.setdefault(counted(scorer, vendor), []).append(f"`{name}`")
        alike = len(cells) == 1
        parts = (cell if alike else f"{', '.join(names)}: {cell}" for cell, names in cells.items())
        lines.append(f"| `{scorer}` {version} | {'; '.join(parts)} |")
    return "\n".join(lines) + "\n"


def counted(scorer: str, vendor: Row) -> str:
    """Return a cell: "17 pass, 5 not applicable"."""
    count = Counter(call[scorer][0] for call in vendor["calls"].values() if scorer in call)
    unjudged = sum(scorer not in call for call in vendor["calls"].values())
    cells = [f"{count[name]} {name.replace('_', ' ')}" for name in OUTCOMES if count[name]]
    return ", ".join([*cells, *([f"{unjudged} not judged"] if unjudged else [])])


def reasons(vendors: dict[str, Row]) -> str:
    """Return why calls were not judged as passed, each reason once with how often it came."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for name, vendor in vendors.items():
        for call in vendor["calls"].values():
            for scorer, told in call.items():
                if scorer != "status" and not passes(told[0]):
                    found[name, scorer, told[0], _alike(told[1])] += 1
    if not found:
        return "No verdict was open or failed.\n"
    lines = ["| protocol | scorer | outcome | calls | reason |", "|---|---|---|---|---|"]
    for (name, scorer, outcome, reason), count in sorted(found.items()):
        lines.append(f"| `{name}` | `{scorer}` | {outcome} | {count} | {reason} |")
    return "\n".join(lines) + "\n"


def _alike(reason: str) -> str:
    """Return a reason without the details of a call: its times, and the words that were said."""
    bare = re.sub(r"'[^']*'", "…", reason)
    return re.sub(r"\d+(\.\d+)?", "N", bare).replace("|", "/")


def sayings(vendors: dict[str, Row]) -> str:
    """Return the facts that each protocol reports, those inferred here, and those unknown."""
    lines = [f"| fact | {' | '.join(f'`{name}`' for name in vendors)} |"]
    lines.append("|---" * (len(vendors) + 1) + "|")
    for what in SAID:
        cells = (" and ".join(vendor["said"][what]) or "never" for vendor in vendors.values())
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
