"""Addresses of calls and moments, and the way from one call to the next."""

from __future__ import annotations

import pytest
from support.synthetic_run import result, score

from harness.report.run.call_rows import Neighbours, in_folders, in_one_file, neighbours

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
