"""Whether `kill -9` at any moment costs more than the calls under way.

A small suite (silent callers, virtual time) is run again and again, each time killed with SIGKILL
at a random moment between its start and its end: the whole process group, or the parent alone, in
turn. A quarter is killed again while it is resumed. Then `harness run --resume` carries it to its
end (or the same `harness run`, if not even the plan was written yet). The outcome is held
against an undisturbed run: results.json but for the time of its beginning, every recording byte by
byte, the pages that are there, and each call once. A call that the journal held when the
run was killed must not have been made again.

Prints a JSON line: ``kills`` and how many of them hit which stage (``before_plan``, ``calls``,
``writing``, ``after_end``), ``resumed``, ``unequal`` (results, recordings or pages that differ),
``made_twice`` (calls in the journal whose recording was made anew) and ``most_lost`` (calls whose
recording had begun and that were not in the journal, at most, of ``at_once`` under way). It
fails unless ``unequal`` and ``made_twice`` are 0. ``--kills N`` for another number, ``--seed N``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from harness.runs.plan_file import JOURNAL, PLAN, read_journal

AT_ONCE = 2
REPEATS = 4
NAMES = ("first", "second", "third")
SUITE = "format: 1\nsuite: kills\ninstructions: prompt.md\n"
SCENARIO = """\
format: 1
name: {name}
turns: [{{silence: 0.2}}]
limits: {{time_to_first_audio_s: 0.4, time_to_first_audio_with_tool_s: 0.4, answer_timeout_s: 0.5}}
"""
OUT = Path("out")


def main() -> None:
    """Kill and resume; exit code 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    dice, begun = random.Random(asked.seed), time.perf_counter()
    found: Counter[str] = Counter()
    most_lost = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        _write_suite(Path("desk"))
        calling, writing = _undisturbed(Path("whole"))
        wanted = _outcome(Path("whole"))
        for number in range(asked.kills):
            subprocess.run(["rm", "-rf", OUT], check=True)
            lost = _trial(dice, calling + writing, found, group=number % 2 == 0)
            most_lost = max(most_lost, lost)
            left = _outcome(OUT)
            if differing := _differing(left, wanted):
                found["unequal"] += 1
                odd = sorted(set(left["files"]) ^ set(wanted["files"]))
                print(f"kill {number}: {', '.join(differing)} {odd}", file=sys.stderr)
    kinds = ("before_plan", "calls", "writing", "after_end", "resumed", "unequal", "made_twice")
    line = {"kills": asked.kills, **{kind: found[kind] for kind in kinds}}
    line |= {"most_lost": most_lost, "at_once": AT_ONCE, "calls_a_run": len(NAMES) * REPEATS}
    print(json.dumps(line | {"wall_s": round(time.perf_counter() - begun, 1)}))
    sys.exit(1 if found["unequal"] or found["made_twice"] else 0)


def _write_suite(folder: Path) -> None:
    folder.mkdir()
    (folder / "suite.yaml").write_text(SUITE)
    (folder / "prompt.md").write_text("Stay quiet while nobody speaks.\n")
    for name in NAMES:
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name))


def _run(out: Path) -> list[str]:
    return ["desk", "--repeat", str(REPEATS), "--concurrency", str(AT_ONCE), "--out", str(out)]


def _started(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "harness", "run", *arguments]
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=nothing, stderr=nothing, start_new_session=True)


def _undisturbed(out: Path) -> tuple[float, float]:
    """Make the run twice (the first warms the caches); return seconds of calls and of pages."""
    for _ in range(2):
        subprocess.run(["rm", "-rf", out], check=True)
        begun, written = time.perf_counter(), 0.0
        process = _started(*_run(out))
        while process.poll() is None:
            if not written and (out / "results.json").exists():
                written = time.perf_counter()
            time.sleep(0.005)
    ended = time.perf_counter()
    return (written or ended) - begun, ended - (written or ended)


def _trial(dice: random.Random, length_s: float, found: Counter[str], *, group: bool) -> int:
    """Kill a run, and resume it; return how many calls had begun and were not in the journal."""
    process = _started(*_run(OUT))
    _kill(process, dice.uniform(0, 1.05) * length_s, group=group)
    found[_phase(process)] += 1
    before = {place: (OUT / place / "manifest.json").stat().st_mtime_ns for place in _journaled()}
    begun = len(list(OUT.glob("calls/*/*/manifest.json")))
    done = (OUT / "results.json").exists() and not (OUT / JOURNAL).exists()
    lost = 0 if done else begun - len(before)
    if dice.random() < 0.25 and (OUT / PLAN).exists():
        again = _started("--resume", str(OUT))
        _kill(again, dice.uniform(0, 1) * length_s, group=not group)
        found["kills_of_resumed"] += 1
    planned = (OUT / PLAN).exists()
    found["resumed"] += planned
    last = _started("--resume", str(OUT)) if planned else _started(*_run(OUT))
    last.wait()
    after = {place: (OUT / place / "manifest.json").stat().st_mtime_ns for place in before}
    found["made_twice"] += sum(after[place] > before[place] for place in before)
    return lost


def _kill(process: subprocess.Popen[bytes], after_s: float, *, group: bool) -> None:
    until = time.perf_counter() + after_s
    while process.poll() is None and time.perf_counter() < until:
        time.sleep(0.002)
    if process.poll() is None:
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _phase(process: subprocess.Popen[bytes]) -> str:
    if process.returncode != -signal.SIGKILL:
        return "after_end"
    if not (OUT / PLAN).exists():
        return "before_plan"
    return "writing" if (OUT / "results.json").exists() else "calls"


def _journaled() -> tuple[str, ...]:
    return tuple(read_journal(OUT))


def _differing(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return [name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)]


def _outcome(out: Path) -> dict[str, Any]:
    """Return the output of a run, but for the instants at which it was made."""
    results = json.loads((out / "results.json").read_bytes())
    for name in ("started_at", "digest"):
        results.pop(name, None)
    files = sorted(path for path in out.rglob("*") if path.is_file())
    named = [p.relative_to(out).as_posix() for p in files if not p.name.startswith(".harness")]
    recorded = {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in files
        if path.suffix in (".flac", ".jsonl", ".wav")
        or path.name in ("manifest.json", "heard.json")
    }
    return {"results": results, "order": list(results), "files": named, "recorded": recorded}


if __name__ == "__main__":
    main()
