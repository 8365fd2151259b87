"""How much faster than they lasted stored calls are judged again, on one core.

Makes a handful of the shipped calls in virtual time, then judges the recordings, several times
over. Prints a JSON line: ``ratio``, seconds of audio over seconds of processor time (the median
of the rounds), ``calls``, ``audio_s`` of one round and ``cpu_ms`` for one call.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

from harness.cli.progress import progress_for
from harness.judging.judge import judge
from harness.recording.store import read_recording
from harness.runs.call_result import result_of
from harness.runs.run_suite import RunRequest, carry_out, planned

SUITE = Path(__file__).parents[1] / "scenarios" / "order_desk"
ROUNDS = 5


def main() -> None:
    """Call once, judge often."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "run"
        results = carry_out(planned(RunRequest(paths=(SUITE / "lookup",), out=out)), progress_for)
        folders = [out / call.recording for call in results.calls]
        audio_s = sum(call.duration_s or 0.0 for call in results.calls)
        rounds = []
        for _ in range(ROUNDS):
            before = time.process_time()
            for folder in folders:
                result_of(judge(read_recording(folder)), folder.as_posix())
            rounds.append(time.process_time() - before)
    cpu_s = statistics.median(rounds)
    line = {
        "ratio": round(audio_s / cpu_s),
        "calls": len(folders),
        "audio_s": round(audio_s, 1),
        "cpu_ms": round(1000 * cpu_s / len(folders), 1),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
