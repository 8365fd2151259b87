"""Every regular expression of the product takes linear time, on texts made to be bad for it."""

from __future__ import annotations

import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.expressions import Adversary, Expression

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a CPU timer")

LENGTH = 1500
LIMIT_S = 0.005
"""For a text of this length. Most need a hundredth of it; an expression that needs more must be
linear in the text: twice the length in about twice the time."""
GROWTH = 3.0
"""Twice the length takes twice the time if it is linear, four times if it is quadratic."""
GIVEN_UP_S = 2.0


class GivenUp(Exception):
    """It took so long that its growth need not be measured."""


def least_s(tries: Callable[[str], object], text: str, times: int = 5) -> float:
    """Return the shortest of several times; other programs of the machine only add to it."""

    def give_up(*_: object) -> None:
        raise GivenUp

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, GIVEN_UP_S)
    try:
        took = []
        for _ in range(times):
            began = time.perf_counter()
            tries(text)
            took.append(time.perf_counter() - began)
            if took[-1] < LIMIT_S:
                break
        return min(took)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _grows(tries: Callable[[str], object], text: str, double: str) -> bool:
    """Return whether the time grows with more than the length, each time that it is measured."""
    return all(least_s(tries, double) > GROWTH * least_s(tries, text) for _ in range(3))


def slow_text(one: Expression) -> str | None:
    """Return the method and the start of a text that takes more than linear time, if one does."""
    adversary = Adversary(one.source, one.flags)
    for way in one.ways:
        tries = one.tried(way)
        longer = adversary.texts(2 * LENGTH)
        for text, double in zip(adversary.texts(LENGTH), longer, strict=True):
            try:
                took_s = least_s(tries, text)
                if took_s >= LIMIT_S and _grows(tries, text, double):
                    return f"{way} of {text[:40]!r}…{text[-3:]!r}"
            except GivenUp:
                return f"{way} of {text[:40]!r}…{text[-3:]!r}, given up"
    return None


@pytest.fixture(scope="module")
def expressions(tmp_path_factory) -> list[Expression]:
    path = tmp_path_factory.mktemp("expressions") / "all.pickle"
    tests = str(Path(__file__).parent)
    code = f"import sys; sys.path.insert(0, {tests!r}); from support.expressions import write; "
    subprocess.run([sys.executable, "-c", f"{code}write({str(path)!r})"], check=True)
    found: list[Expression] = pickle.loads(path.read_bytes())
    return found


def test_every_expression_takes_linear_time(expressions):
    slow = [
        f"harness/{one.place}: {found}: {one.source[:120]}"
        for one in expressions
        if (found := slow_text(one)) is not None
    ]
    assert slow == []


def test_all_kinds_of_expressions_are_found(expressions):
    places = {one.place.partition(":")[0] for one in expressions}
    assert {
        "importing/transcript_files.py",  # a constant of a module
        "language/en/times.py",  # a call of re.sub
        "language/phrasebook.py",  # the tables of languages
        "language/numbers.py",  # put together while a value is looked for
    } <= places
    assert len(expressions) > 3000


@pytest.mark.parametrize(
    ("source", "way", "slow"),
    [
        (r"<v(?:\.[^\s>]+)*\s+([^>]+)>", "search", True),
        (r"(a|a)*b", "match", True),
        (r"\s+\s+x", "search", True),
        (r"[.!?]+(?=\s|$)", "search", True),
        (r"\d+(?:,\d+)*x", "fullmatch", False),
        (r"<v(?:\.[^\s<>]*+)?\s([^<>]*+)>", "search", False),
    ],
)
def test_slow_expressions_are_told_from_quick_ones(source, way, slow):
    one = Expression(source, False, re.compile(source).flags, "x:1", (way,))
    assert (slow_text(one) is not None) is slow
