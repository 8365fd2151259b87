"""Addresses of calls and moments, and the links between calls."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import result, run_results, score

from harness.report.run.call_rows import (
    Neighbours,
    call_row,
    in_folders,
    in_one_file,
    neighbours,
    scenario_groups,
    table_parts,
)

CALLS = tuple(
    result(name, score("s", outcome, "", (0, 1)), recording=f"calls/{name}")
    for name, outcome in [("a b", "pass"), ("c", "fail"), ("d", "pass"), ("e#", "fail")]
)


@pytest.mark.parametrize(
    ("call", "at_s", "folders", "one_file"),
    [
        (0, None, "calls/a%20b/index.html", "#call=0"),
        (1, 12.345, "calls/c/index.html#t=12.35", "#call=1&t=12.35"),
        (3, 0.0, "calls/e%23/index.html#t=0.00", "#call=3&t=0.00"),
    ],
)
def test_an_address_leads_to_a_call_or_to_a_moment_in_it(call, at_s, folders, one_file) -> None:
    assert in_folders(CALLS[call], at_s) == folders
    assert in_one_file(CALLS)(CALLS[call], at_s) == one_file


def test_neighbours_follow_the_run_and_name_the_next_failure() -> None:
    assert neighbours(CALLS, in_one_file(CALLS)) == (
        Neighbours("", "#call=1", "#call=1"),
        Neighbours("#call=0", "#call=2", "#call=3"),
        Neighbours("#call=1", "#call=3", "#call=3"),
        Neighbours("#call=2", "", ""),
    )
    assert neighbours((), in_folders) == ()


@pytest.mark.parametrize(
    ("outcomes", "passing"),
    [
        ("ppf", ["", "", 1]),  # the last before it
        ("fpp", [1, "", ""]),  # else the first after it
        ("ofo", ["", "", ""]),
        ("prp", ["", 0, ""]),
    ],
)
def test_a_call_that_did_not_pass_leads_to_one_of_its_scenario_that_did(outcomes, passing) -> None:
    names = {"p": "pass", "f": "fail", "r": "review"}
    calls = tuple(
        result("other" if each == "o" else "a", score("s", names.get(each, "pass"), ""),
               repeat=number, recording=f"calls/{number}")
        for number, each in enumerate(outcomes)
    )  # fmt: skip
    wanted = [one if one == "" else f"#call={one}" for one in passing]
    assert [one.passing for one in neighbours(calls, in_one_file(calls))] == wanted
    imported = tuple(replace(call, call=f"call {call.repeat}") for call in calls)
    assert not any(one.passing for one in neighbours(imported, in_one_file(imported)))


@pytest.mark.parametrize(
    ("most", "first", "others"),
    [
        (0, [], [(0, 3), (1, 1), (2, 2)]),
        (2, [(0, 2)], [(0, 1), (1, 1), (2, 2)]),
        (3, [(0, 3)], [(1, 1), (2, 2)]),
        (4, [(0, 3), (1, 1)], [(2, 2)]),
        (9, [(0, 3), (1, 1), (2, 2)], []),
    ],
)
def test_a_scenario_that_does_not_fit_stands_in_both_parts_of_the_table(
    most, first, others
) -> None:
    calls = tuple(
        result(name, score("s", "pass", ""), repeat=n, recording=f"calls/{name}/{n}")
        for name, times in [("a", 3), ("b", 1), ("c", 2)]
        for n in range(times)
    )
    rows = tuple(map(call_row, calls))
    groups = scenario_groups(run_results(calls), rows)
    parts = table_parts(groups, most)
    assert [[(one.number, len(one.rows)) for one in part] for part in parts] == [first, others]
    assert [row for part in parts for one in part for row in one.rows] == list(rows)
    assert all(one.group is groups[one.number] for part in parts for one in part)
