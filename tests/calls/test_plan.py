"""Which calls a run makes, with which seeds, into which folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_desk import small_desk

from harness.calls.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.dice import own_seed
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target

REFERENCE = Target(format=1, target="reference")


def loaded(folder: Path, *names: str, extra: str = "") -> tuple[LoadedScenario, ...]:
    desk = small_desk(folder)
    for number, name in enumerate(names):
        text = f"format: 1\nname: {name!r}\n{extra}turns:\n  - silence: 1\n"
        (desk / f"{number}.yaml").write_text(text, encoding="utf-8")
    return find((desk,))


@pytest.mark.parametrize(
    ("extra", "repeats", "given", "count"),
    [
        ("", Repeats(), 7, 1),
        ("repeat: 3\nseed: 40\n", Repeats(), 40, 3),
        ("repeat: 3\nseed: 40\n", Repeats(count=2), 40, 2),
        ("repeat: 2\nseed: 40\n", Repeats(seed=0), 0, 2),
        ("", Repeats(count=2, seed=5), 5, 2),
    ],
)
def test_each_scenario_has_seeds_of_its_own_that_count_up(tmp_path, extra, repeats, given, count):
    jobs = plan_jobs(loaded(tmp_path, "one", "two", extra=extra), repeats, REFERENCE)
    assert [(job.repeat, job.seed) for job in jobs] == [
        (repeat, own_seed("small desk", name, given) + repeat)
        for name in ("one", "two")
        for repeat in range(count)
    ]
    assert len({job.seed for job in jobs}) == 2 * count


def test_names_that_look_alike_get_folders_of_their_own(tmp_path):
    names = ("Where is it?", "where is it!", "wo ist's?", "???", "x" * 90)
    jobs = plan_jobs(loaded(tmp_path, *names), Repeats(), REFERENCE)
    folders = [job.recording.as_posix() for job in jobs]
    assert folders == [
        "calls/where-is-it/001",
        "calls/where-is-it-2/001",
        "calls/wo-ist-s/001",
        "calls/scenario/001",
        f"calls/{'x' * 60}/001",
    ]


def test_a_repeat_is_shown_with_its_number(tmp_path):
    jobs = plan_jobs(loaded(tmp_path, "one"), Repeats(count=2), REFERENCE)
    assert [job.label for job in jobs] == ["one", "one #2"]
