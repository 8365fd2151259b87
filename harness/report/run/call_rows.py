"""The calls of a run as rows of a table, and their audio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.audio import wav
from harness.judging.scorers.base import Better, Measure, Outcome
from harness.recording.model import Recording
from harness.recording.store import track_path
from harness.recording.writer import AGENT, CALLER
from harness.report import figures
from harness.report.run.call_timeline import Strip
from harness.report.run.score_cards import CONTEXT_S
from harness.report.verdict import call_verdict, fell_silent
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.results.rates import missing_in, numbers_of
from harness.results.verdicts import status_text, wrong

# The audio that the player of a call's page plays.

AUDIO = "call.flac"


def write_audio(folder: Path, recording: Recording, path: Path | None = None) -> None:
    """Write the audio for the player, unless it is there and no older than both tracks.

    It goes into the call's folder, or to ``path``. Raises StorageFailed.
    """
    path = path or folder / AUDIO
    # Encoding takes longer than drawing the page, and `harness report` may be run often.
    tracks = [track_path(folder, name).stat().st_mtime_ns for name in (CALLER, AGENT)]
    if not path.exists() or path.stat().st_mtime_ns < max(tracks):
        wav.write_stereo(path, recording.caller, recording.agent)


Address = Callable[[CallResult, float | None], str]
"""The link from the index to a call, and to a moment in it (seconds) if given."""

FAIL = Outcome.FAIL.value

_MOST_SHRUNK = 3


def in_folders(call: CallResult, at_s: float | None = None) -> str:
    """Return the link to the page in the call's own folder, safe for any folder name."""
    fragment = "" if at_s is None else f"#t={at_s:.2f}"
    return f"{quote(call.recording)}/index.html{fragment}"


def in_one_file(calls: Sequence[CallResult]) -> Address:
    """Return addresses inside a page that holds all calls: ``#call=2&t=12.30``, from 0."""
    places = {call.recording: place for place, call in enumerate(calls)}

    def address(call: CallResult, at_s: float | None = None) -> str:
        moment = "" if at_s is None else f"&t={at_s:.2f}"
        return f"#call={places[call.recording]}{moment}"

    return address


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Links from a call's page to others, in the order of the run; empty if there is none."""

    previous: str = ""
    next: str = ""
    next_failed: str = ""
    passing: str = ""
    """The nearest call of the same scenario that passed, for a call that did not: the last before
    it, else the first after it."""
    earlier: str = ""
    """The last call of the scenario that passed in an earlier run, if none did in this one."""


def neighbours(calls: Sequence[CallResult], address: Address) -> tuple[Neighbours, ...]:
    """Return every call's neighbours, in the calls' order."""
    links = [address(call, None) for call in calls]
    passing: dict[tuple[str, str, str], list[int]] = {}
    for place, call in enumerate(calls):
        if call.passed and not call.call:  # the scenario of imported calls is that of many
            passing.setdefault((call.suite, call.scenario, call.condition), []).append(place)
    found: list[Neighbours] = []
    failed = ""
    # Backwards, so that the next failed call is known at each place.
    for place in reversed(range(len(calls))):
        call = calls[place]
        following = links[place + 1] if place + 1 < len(calls) else ""
        like = passing.get((call.suite, call.scenario, call.condition), [])
        # The last passing call before it differs least: the same agent, shortly before.
        before = (one for one in like if one < place)
        other = "" if call.passed or not like else links[max(before, default=like[0])]
        found.append(Neighbours(links[place - 1] if place else "", following, failed, other))
        if call.passed is False:
            failed = links[place]
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Moment:
    """A link into a call, and the stretch of its audio (seconds) that the page plays in place."""

    href: str
    text: str
    from_s: float
    to_s: float
    sound: str = ""
    """The file of the call's audio; empty if the index cannot play it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a scorer did not pass a call."""

    scorer: str
    outcome: str
    reason: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in the table; ``verdict`` is pass, fail, review, none or not_counted.

    ``repeat`` counts from 1, as a person and the call's folder do; results.json counts from 0.
    """

    name: str
    """Its scenario, with the cell or condition. Of an imported call its own name: its scenario is
    that of many."""
    imported: bool
    """Whether it was imported: then it has no repeat and no seed."""
    repeat: int
    seed: int
    title: str
    number: str
    """Which of the scenario's calls it is, in words."""
    status: str
    status_text: str
    status_detail: str
    fell_silent: str
    """How the call ended if the agent fell silent in it, which fails it regardless of the scorers.
    """
    verdict: str
    verdict_text: str
    href: str
    worst: float | None
    """Its worst value of the measure that the table shows; None if it has none."""
    worst_text: str
    duration_s: float | None
    duration: str
    failing: tuple[str, ...]
    tags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    known: str = ""
    """Until when no gate counts the failure; empty if the failure is not a known one."""
    strip: Strip | None = None
    """The call at a glance; None if its recording was not read."""

    @property
    def told(self) -> str:
        """What kept it from passing, as a single text; empty if there is no reason to show."""
        return " ".join(filter(None, (self.fell_silent, *(one.reason for one in self.reasons))))

    @property
    def at_fault(self) -> str:
        """The link to the call at the first evidence of a problem, if any."""
        found = (moment.href for reason in self.reasons for moment in reason.moments)
        return next(found, self.href)

    @property
    def scorers(self) -> tuple[str, ...]:
        """The scorers that did not pass it, as results.json names them."""
        return tuple(dict.fromkeys(reason.scorer for reason in self.reasons))


def call_row(
    call: CallResult, address: Address = in_folders, measure: Measure | None = None
) -> CallRow:
    """Return a call as a table row; ``measure`` is the measure in the table."""
    verdict, text = call_verdict(call)
    length_s = call.duration_s if call.timed else None
    worst, worst_text = (None, figures.NONE) if measure is None else _worst(call, measure)
    reasons = tuple(_reason(call, score, address) for score in wrong(call))
    return CallRow(
        name=figures.call_name(call),
        imported=bool(call.call),
        repeat=call.repeat + 1,
        seed=call.seed,
        title=figures.call_title(call),
        number=figures.call_number(call),
        status=call.status,
        status_text=status_text(call),
        status_detail=call.status_detail,
        fell_silent=fell_silent(call),
        verdict=verdict,
        verdict_text=text,
        href=address(call, None),
        worst=worst,
        worst_text=worst_text,
        duration_s=length_s,
        duration=figures.length(length_s),
        failing=tuple(one.scorer for one in reasons if one.outcome == FAIL),
        tags=call.tags,
        reasons=reasons,
    )


def _worst(call: CallResult, measure: Measure) -> tuple[float | None, str]:
    if missing_in(call, measure.name):
        return None, measure.missing
    pick = max if measure.better is Better.LOWER else min
    worst = pick(numbers_of(call, measure.name), default=None)
    return worst, figures.measured(worst, measure.unit)


def _reason(call: CallResult, score: ScoreResult, address: Address) -> Reason:
    return Reason(score.scorer, score.outcome, score.reason, moments(call, score, address))


def moments(call: CallResult, score: ScoreResult, address: Address) -> tuple[Moment, ...]:
    """Return the evidence of a score; none if the times of the call are not known."""
    # The single-file page keeps audio in its calls, not in files next to it.
    heard = call.timed and call.kept and address is in_folders
    sound = f"{quote(call.recording)}/{AUDIO}" if heard else ""
    return tuple(
        Moment(
            href=address(call, span.start_s),
            text=f"{span.label or 'at'} {figures.clock(span.start_s)}",
            from_s=max(0.0, span.start_s - CONTEXT_S),
            to_s=span.end_s + CONTEXT_S,
            sound=sound,
        )
        for span in (score.evidence if call.timed else ())
    )


@dataclass(frozen=True, slots=True)
class ScenarioGroup:
    """A scenario of a suite under a condition.

    ``scale`` is the width of its strips: that of the run's longest call, so that lengths can be
    compared, unless they would become too short to be read. ``tone`` is pass if every call passed,
    fail if a call failed, else review.
    """

    name: str
    suite: str
    """Empty if the run holds only a single suite."""
    passed: str
    interval: str
    tone: str
    flaky: bool
    scale: int
    tags: tuple[str, ...]
    rows: tuple[CallRow, ...]

    @property
    def many(self) -> bool:
        """Whether it was called more than once."""
        return len(self.rows) > 1


@dataclass(frozen=True, slots=True)
class TablePart:
    """Adjacent rows of a scenario in the table; ``number`` is the scenario's."""

    number: int
    group: ScenarioGroup
    rows: tuple[CallRow, ...]


def table_parts(
    groups: Sequence[ScenarioGroup], most: int
) -> tuple[tuple[TablePart, ...], tuple[TablePart, ...]]:
    """Return the table's first ``most`` calls, and the others; a scenario may have some of both."""
    parts: tuple[list[TablePart], list[TablePart]] = ([], [])
    room = most
    for number, group in enumerate(groups):
        for place, rows in enumerate((group.rows[:room], group.rows[room:])):
            if rows:
                parts[place].append(TablePart(number, group, rows))
        room = max(0, room - len(group.rows))
    return tuple(parts[0]), tuple(parts[1])


def scenario_groups(results: RunResults, rows: Sequence[CallRow]) -> tuple[ScenarioGroup, ...]:
    """Return the groups in the order of the run; ``rows`` are those of its calls, in their order.

    Calls that do not count are left out.
    """
    found: dict[tuple[str, str, str], list[CallRow]] = {}
    for call, row in zip(results.calls, rows, strict=True):
        if row.verdict != "not_counted":
            found.setdefault((call.suite, call.scenario, call.condition), []).append(row)
    # Rates come from results.json: the page computes no figure itself.
    rates = {(one.suite, one.scenario, one.condition): one for one in results.summary.scenarios}
    several = len({suite for suite, *_ in found}) > 1
    groups = []
    longest = _longest(rows)
    for key, members in found.items():
        suite, scenario, condition = key
        summary = rates.get(key)
        verdicts = {row.verdict for row in members}
        groups.append(
            ScenarioGroup(
                name=figures.under(scenario, condition),
                suite=suite if several else "",
                passed=f"{sum(row.verdict == 'pass' for row in members)} of {len(members)} passed",
                interval=figures.interval(summary.pass_rate) if summary else "",
                # One failed call makes a scenario red, whatever the others are.
                tone="fail" if "fail" in verdicts else "review" if verdicts - {"pass"} else "pass",
                flaky=summary is not None and summary.flaky,
                # At most three times as wide as its longest call, or a short call would be a dot.
                scale=min(longest, _MOST_SHRUNK * _longest(members)),
                tags=members[0].tags,
                rows=tuple(members),
            )
        )
    return tuple(groups)


def _longest(rows: Iterable[CallRow]) -> int:
    return max((row.strip.length for row in rows if row.strip), default=1)
