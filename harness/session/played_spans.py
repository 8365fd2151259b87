"""What was heard to its end, as the recording has it: told once, unbroken runs as one span."""

from __future__ import annotations

from dataclasses import replace

from harness.recording.agent_sound import PlayedSpan
from harness.session.queued_audio import QueuedRun


class PlayedSpans:
    """Reads the runs of one call, which its ``Playout`` adds to and cuts at their end."""

    def __init__(self, runs: list[QueuedRun]) -> None:
        self._runs = runs
        self._told = 0
        self._looked = 0
        """Runs before this one are over, and were looked at for where unbroken ones end."""

    def ended(self, now: int) -> tuple[PlayedSpan, ...]:
        """Return what ended before track sample ``now`` and was not returned before.

        What may yet be continued is left out.
        """
        if not self.ends_by(now):
            return ()
        runs, border = self._runs, self._told
        while self._looked < len(runs) and runs[self._looked].stop < now:
            after = self._looked + 1
            if after == len(runs):
                border = after  # not passed by: if more comes that goes on here, it is looked at
                break
            if not _continues(runs[self._looked], runs[after]):
                border = after
            self._looked = after
        return self._tell(border - self._told)

    def ends_by(self, now: int) -> bool:
        """Return whether ``ended`` has anything to look at that it has not told yet."""
        runs, looked = self._runs, self._looked
        if looked == len(runs) or self._told == len(runs):
            return False
        return runs[looked].stop < now

    def rest(self) -> tuple[PlayedSpan, ...]:
        """Return all that ``ended`` has not returned."""
        return self._tell(len(self._runs) - self._told)

    def _tell(self, count: int) -> tuple[PlayedSpan, ...]:
        """Return the next so many runs, unbroken ones joined."""
        spans: list[PlayedSpan] = []
        before: QueuedRun | None = None
        for run in self._runs[self._told : self._told + count]:
            length = run.stop - run.start
            if before is not None and _continues(before, run):
                spans[-1] = replace(spans[-1], samples=spans[-1].samples + length)
            else:
                response_id, item_id, index = run.key
                spans.append(
                    PlayedSpan(item_id, index, response_id, run.item_start, run.start, length)
                )
            before = run
        self._told += count
        return tuple(spans)


def _continues(last: QueuedRun, run: QueuedRun) -> bool:
    return (
        last.key == run.key
        and last.stop == run.start
        and last.item_start + last.stop - last.start == run.item_start
    )
