"""How numbers and texts are written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import score

from harness.report import figures
from harness.results.rates import rate
from harness.text import counted


@pytest.mark.parametrize(
    ("at_s", "text"),
    [(0.0, "0:00.0"), (9.96, "0:10.0"), (59.94, "0:59.9"), (61.25, "1:01.2"), (-0.31, "−0:00.3"),
     (-0.01, "0:00.0"), (600.0, "10:00.0")],
)  # fmt: skip
def test_clock_times(at_s: float, text: str) -> None:
    assert figures.clock(at_s) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (0.0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.999, "> 99 %"), (1.0, "100 %")],
)
def test_a_share_is_whole_or_none_only_if_it_is(share: float | None, text: str) -> None:
    assert figures.percent(share) == text


def test_what_did_not_happen_is_a_dash() -> None:
    assert (figures.seconds(None), figures.length(None)) == ("–", "–")
    assert (figures.seconds(1.234), figures.length(64.6)) == ("1.23 s", "1:05")


def test_an_interval_is_written_only_where_something_was_counted() -> None:
    assert figures.interval(rate(1, 2)) == "9–91 %"
    assert figures.interval(rate(0, 0)) == ""


def test_a_value_has_its_unit() -> None:
    assert figures.value(score("x", "pass", "")) == ""
    timed = score("x", "pass", "", value=1.5)
    assert figures.value(timed) == "1.50 s"
    assert figures.value(replace(timed, unit="words")) == "1.5 words"
    half = replace(timed, value=0.5, unit="share")
    assert figures.value(half) == ""  # a pass with half of the required amount contradicts itself
    assert figures.value(replace(half, outcome="fail", passed=False)) == "50 %"
    assert figures.value(replace(timed, value=2.0, unit="")) == "2"


@pytest.mark.parametrize(
    ("count_bytes", "text"),
    [(0, "1 kB"), (1_499, "1 kB"), (272_146, "272 kB"), (3_449_999, "3.4 MB")],
)
def test_a_size_is_written_as_file_managers_do(count_bytes: int, text: str) -> None:
    assert figures.size(count_bytes) == text


def test_counted_things_agree_in_number() -> None:
    assert (counted(1, "call"), counted(0, "call")) == ("1 call", "0 calls")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\u202eb", "a[U+202E]b"), ("\x00\x1b[31m", "[U+0000][U+001B][31m"), ("é\tم\n", "é\tم\n")],
)
def test_characters_that_turn_or_hide_text_are_written_out(text: str, shown: str) -> None:
    assert figures.visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no\n::error::x", "no : :error: :x"),
        ("a \r\n\t b\u2028c", "a [U+000D] b c"),
        ("  kept   apart", "  kept   apart"),
        ("##[error]x and ##vso[task.complete]", "# #[error]x and # #vso[task.complete]"),
        (":::stop-commands::a", ":: :stop-commands: :a"),
        ("at 12:30, [::1]:80, # 3", "at 12:30, [::1]:80, # 3"),
    ],
)
def test_one_line_holds_no_command_of_a_ci_system(text: str, shown: str) -> None:
    assert figures.one_line(text) == shown
    assert figures.one_line(shown) == shown


def test_an_instant_reads_well() -> None:
    assert figures.instant("2026-01-01T10:00:00+00:00") == "2026-01-01 10:00:00 UTC"
