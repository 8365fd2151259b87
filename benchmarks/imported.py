"""Calls of our own, exported as stereo audio with transcripts and imported again: differences.

    python benchmarks/imported.py [RUN]

RUN is a run of ``harness run``; without it the shipped suite is called first. Each call is written
as FLAC (caller left, agent right) with a transcript in JSON: its times are rounded to tenths and
up to 0.15 s off, as a recognizer's are. It is imported with the transcript as it was heard, with
the agent's whole words, and without a transcript. Printed are, scorer by scorer, how many verdicts
are the same as in the live call, how many cannot be given, wait for a listener, or differ.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from harness.audio import wav
from harness.cli.main import run_command
from harness.judging.judge import judge
from harness.recording.model import UtteranceKind
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.results.store import RESULTS, read_results
from harness.timeline.model import Timeline

OFF_S = 0.15
SUITE = Path("scenarios/order_desk")
WAYS = ("heard", "meant", "none")


def export(run: Path, into: Path, way: str) -> None:
    """Write every call of a run as sound, with a transcript of the given kind, and its scenario."""
    into.mkdir(parents=True, exist_ok=True)
    rows = {}
    for call in read_results(run / RESULTS).calls:
        recording = read_recording(run / call.recording)
        name = Path(call.recording).parent.name
        wav.write_stereo(into / f"{name}.flac", recording.caller, recording.agent)
        if way != "none":
            told = _transcript(judge(recording).timeline, way, random.Random(name))
            (into / f"{name}.json").write_text(json.dumps(told))
        else:
            tools = _tools(judge(recording).timeline)
            rows_of = "".join(json.dumps(one) + "\n" for one in tools)
            (into / f"{name}.tools.jsonl").write_text(rows_of)
        rows[name] = {"scenario": call.scenario}
    (into.parent / f"{into.name}.facts.json").write_text(json.dumps(rows))


def _transcript(timeline: Timeline, way: str, off: random.Random) -> dict[str, Any]:
    def at(time: float) -> float:
        return max(0.0, round(time + off.uniform(-OFF_S, OFF_S), 1))

    lines = [
        ("agent", u.span, u.claimed if way == "meant" else u.claimed_heard) for u in timeline.agent
    ]
    words = (UtteranceKind.SPEECH, UtteranceKind.BACKCHANNEL)
    lines += [("caller", t.span, t.text) for t in timeline.caller if t.kind in words]
    lines.sort(key=lambda line: line[1].start_s)
    rows = [
        {"who": who, "text": text, "start": at(span.start_s), "end": at(span.end_s)}
        for who, span, text in lines
    ]
    return {"words": way, "lines": rows, "tools": _tools(timeline)}


def _tools(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "name": tool.name,
            "arguments": tool.raw_arguments,
            "output": tool.output,
            "requested": round(tool.requested_s, 2),
            "answered": None if tool.answered_s is None else round(tool.answered_s, 2),
            "outcome": tool.outcome.value,
        }
        for tool in timeline.tools
    ]


def imported(folder: Path, out: Path) -> tuple[CallResult, ...]:
    """Import an exported folder against the shipped suite; returns the results of its calls."""
    facts = folder.parent / f"{folder.name}.facts.json"
    words = [str(folder), "--suite", str(SUITE), "--facts", str(facts), "--out", str(out)]
    run_command(["import", *words, "--caller-channel", "left"])
    return read_results(out / RESULTS).calls


def agreement(live: tuple[CallResult, ...], other: tuple[CallResult, ...]) -> Counter[Any]:
    """Count, by scorer, imported verdicts against live verdicts; differing calls by name."""
    found: Counter[Any] = Counter()
    by_name = {Path(call.recording).parent.name: call for call in live}
    for call in other:
        before = {s.scorer: s.outcome for s in by_name[call.call].scores}
        if not call.scores:
            found["not counted", call.call, call.status_detail] += 1
        for score in call.scores:
            same = score.outcome == before[score.scorer]
            open_ = score.outcome in ("unscorable", "review")
            how = "same" if same else score.outcome if open_ else "differs"
            found[score.scorer, how] += 1
            if how == "differs":
                found[score.scorer, call.call, before[score.scorer], score.reason] += 1
    return found


def main() -> None:
    """Print the three tables."""
    with tempfile.TemporaryDirectory() as place:
        run = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(place) / "live"
        if len(sys.argv) < 2:
            run_command(["run", str(SUITE), "--out", str(run)])
        live = read_results(run / RESULTS).calls
        for way in WAYS:
            folder = Path(place) / way
            export(run, folder, way)
            found = agreement(live, imported(folder, Path(place) / f"{way}-run"))
            print(f"\ntranscript: {way}")
            for key, count in sorted(found.items(), key=str):
                print(f"  {count:3d}  {'  '.join(map(str, key))}")


if __name__ == "__main__":
    main()
