"""A transcript's clock against the audio's: found by the lines, and refused if tools need it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.stored_sound import track

from harness.importing.alignment import clock_of, place, tools_problem
from harness.importing.model import Speaker, StoredLine, StoredTool, sounds_of
from harness.timeline.model import Span

CALLER = ((1.0, 3.0), (12.0, 13.0), (24.0, 26.0), (40.0, 41.0))
AGENT = ((4.0, 10.0), (14.0, 16.5), (17.0, 22.0), (27.0, 38.0))
SOUNDS = {
    Speaker.CALLER: sounds_of(track(*CALLER, length_s=45.0)),
    Speaker.AGENT: sounds_of(track(*AGENT, length_s=45.0)),
}
SAID = sorted(
    [(Speaker.CALLER, *span) for span in CALLER] + [(Speaker.AGENT, *span) for span in AGENT],
    key=lambda row: row[1],
)


def lines(pace: float = 1.0, by_s: float = 0.0) -> list[StoredLine]:
    """The lines said, by a clock of another pace, or by a clock that was set later."""
    return [
        StoredLine(who, f"line {number}", start_s * pace + by_s, end_s * pace + by_s)
        for number, (who, start_s, end_s) in enumerate(SAID)
    ]


def tool(at_s: float | None) -> StoredTool:
    return StoredTool("look", "{}", requested_s=at_s, after_line=0)


CLOCKS = [(1.0, 0.0), (0.98, 0.0), (1.02, 0.0), (1.0, -0.8), (1.0, 0.8), (0.97, 0.5)]


@pytest.mark.parametrize(("pace", "by_s"), CLOCKS)
def test_every_line_gets_its_own_sound_by_whatever_clock(pace: float, by_s: float) -> None:
    found = place(lines(pace, by_s), SOUNDS)
    spans = [one.span or Span(0.0, 0.0) for one in found.lines]
    assert [(s.start_s, s.end_s) for s in spans] == [
        (pytest.approx(start_s, abs=0.02), pytest.approx(end_s, abs=0.02))
        for _, start_s, end_s in SAID
    ]
    assert not any(found.stray.values())


@pytest.mark.parametrize(("pace", "by_s"), CLOCKS)
def test_a_clock_is_known_by_its_lines(pace: float, by_s: float) -> None:
    clock = clock_of(lines(pace, by_s), SOUNDS)
    for told_s in (1.0, 20.0, 40.0):
        assert clock.off_s(told_s) == pytest.approx((told_s - by_s) / pace - told_s, abs=0.05)


def test_two_lines_tell_nothing_of_a_clock() -> None:
    assert clock_of(lines(by_s=0.8)[:2], SOUNDS).off_s(5.0) == 0.0


@pytest.mark.parametrize(
    ("pace", "at_s", "problem"),
    [
        (1.0, 13.2, ""),
        (1.0, 14.3, ""),  # within the words, by both clocks
        (0.98, 12.9, ""),  # 0.26 s off there: no more than a breath
        (0.98, 25.7, "tools[0]: look at 0:25.7 comes before 'line 5' ends by the sound, or after"),
        (0.98, 39.6, "tools[0]: look at 0:39.6 comes before 'line 7' begins by the sound"),
        (1.02, 40.5, "tools[0]: look at 0:40.5 comes before 'line 7' begins by the sound"),
        (1.02, 26.3, ""),  # its line's reported end is late: a writer may let a line last
        (0.98, None, ""),
    ],
)
def test_a_tool_between_what_is_told_and_what_sounds_is_refused(
    pace: float, at_s: float | None, problem: str
) -> None:
    found = tools_problem(lines(pace), (tool(at_s),), SOUNDS)
    assert found.startswith(problem)
    assert bool(found) == bool(problem)


def test_a_line_without_sound_holds_nothing_against_a_tool() -> None:
    silent = [*lines(0.98), replace(lines()[-1], text="never heard", start_s=43.0, end_s=44.0)]
    assert tools_problem(silent, (tool(43.5),), SOUNDS) == ""
