"""How numbers are written in pages and tables: seconds, clock times, shares and intervals."""

from __future__ import annotations

import re

from harness.results.measured import SECONDS, SHARE
from harness.results.model import CallResult, Percentiles, Rate, RunCost, ScoreResult, Summary
from harness.units import WORTH_TELLING_S, with_uncertainty
from harness.units import clock as clock  # scorers write times of a call in the same way

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_BROKEN = re.compile("(?<!\\s)\\s*[\n\u2028\u2029]\\s*")
_COMMAND = re.compile(r"(:(?=:[a-z])|#(?=#\w*\[))", re.IGNORECASE)
"""What CI systems take for a command: ``::error``, ``##[error]``, ``##vso[...]``."""

NONE = "–"
"""Shown where something did not happen or was not counted."""


def seconds(value_s: float | None) -> str:
    """Return "1.24 s", or a dash for what did not happen."""
    return NONE if value_s is None else f"{value_s:.2f} s"


def uncertain(value_s: float | None, uncertainty_s: float | None) -> str:
    """Return "1.24 s ± 2 ms": a time and by how much our own lateness may have made it longer."""
    return with_uncertainty(seconds(value_s), uncertainty_s)


def money(amount: float | None, least: float | None, currency: str) -> str:
    """Return "1.24 USD", with more digits where it is little, or a range; "unknown" for None.

    Without a currency nobody asked for money: a dash.
    """
    if not currency:
        return NONE
    if amount is None or least is None:
        return "unknown"
    digits = 2 if amount >= 1 or amount == 0 else 4
    low, high = (f"{value:,.{digits}f}" for value in (least, amount))
    return f"{high} {currency}" if low == high else f"{low}–{high} {currency}"


def cost(told: RunCost) -> str:
    """Return what a run cost, of which budget, and what is not in it."""
    amount = money(told.amount, told.least, told.currency)
    limit = f", budget {told.budget:g} {told.currency}" if told.budget is not None else ""
    left = f", without {', '.join(told.unpriced)} (no price)" if told.unpriced else ""
    return f"{amount}{limit}{left}"


def length(value_s: float | None) -> str:
    """Return how long a call lasted as "1:05", or a dash."""
    if value_s is None:
        return NONE
    whole = round(value_s)
    return f"{whole // 60}:{whole % 60:02d}"


def percent(share: float | None) -> str:
    """Return "93 %"; only a whole share is written as 100 %, only none at all as 0 %."""
    if share is None:
        return NONE
    shown = round(share * 100)
    if shown == 100 and share < 1:
        return "> 99 %"
    if shown == 0 and share > 0:
        return "< 1 %"
    return f"{shown} %"


def interval(rate: Rate) -> str:
    """Return the 95 % interval as "77–99 %", empty where nothing was counted."""
    if rate.low is None or rate.high is None:
        return ""
    return f"{round(rate.low * 100)}–{round(rate.high * 100)} %"


def value(score: ScoreResult) -> str:
    """Return a score's value with its unit, empty where it has none.

    A share that says another thing than the verdict is left out: "fail, 100 %".
    """
    if score.value is None:
        return ""
    passed = score.outcome == "pass"
    if score.unit == SHARE and (score.value >= 1) is not passed:
        return ""
    return measured(score.value, score.unit)


def measured(number: float | None, unit: str) -> str:
    """Return a value with its unit: "1.24 s", "93 %", "12 words", or a dash for none."""
    if number is None:
        return NONE
    if unit == SECONDS:
        return seconds(number)
    if unit == SHARE:
        return percent(number)
    shown = f"{number:.3f}".rstrip("0").rstrip(".")
    return f"{shown} {unit}".strip()


def of_many(spread: Percentiles, metric: str, unit: str) -> str:
    """Return a figure of many values; ``metric`` is one of ``measured.DISTRIBUTION``."""
    least = None if spread.least is None else getattr(spread.least, metric)
    return with_ends(getattr(spread, metric), least, unit)


def with_ends(number: float | None, least: float | None, unit: str) -> str:
    """Return a figure with what it is at least: "1.24 s", or "1.24 s ± 12 ms" where that matters.

    It does where our own lateness may have added a millisecond or more, and what is shown would
    read otherwise without it.
    """
    shown = measured(number, unit)
    if number is None or least is None or measured(least, unit) == shown:
        return shown
    off_s = number - least
    return with_uncertainty(shown, off_s) if off_s >= WORTH_TELLING_S else shown


def tick(number: float, unit: str) -> str:
    """Return a value on an axis, as short as it can be written: "0.5 s", "40 %"."""
    return percent(number) if unit == SHARE else f"{number:g} {unit}"


def sentence(text: str) -> str:
    """Return text with a capital letter at its beginning."""
    return f"{text[:1].upper()}{text[1:]}"


def label(name: str) -> str:
    """Return a technical name for readers: "time_to_first_audio" as "time to first audio"."""
    return name.replace("_", " ")


def under(scenario: str, condition: str) -> str:
    """Return a scenario with the cell or condition under which it was called, if there was one."""
    return f"{scenario} ({condition})" if condition else scenario


def call_name(call: CallResult) -> str:
    """Return what a call and its repeats are called: scenario and condition, or its stored name."""
    return call.call or under(call.scenario, call.condition)


def call_numbered(call: CallResult) -> str:
    """Return what a call is called in lists of plain text: "lookup (server_vad) #2"."""
    return call.call or f"{call_name(call)} #{call.repeat + 1}"


def call_title(call: CallResult) -> str:
    """Return what a call is called at the top of its page: "lookup (server_vad), repeat 2"."""
    return call.call or f"{call_name(call)}, repeat {call.repeat + 1}"


def call_number(call: CallResult) -> str:
    """Return which of a scenario's calls one is: "repeat 2, seed 8"; imported ones have names."""
    if call.call:
        return f"of {call.scenario}"
    return f"repeat {call.repeat + 1}, seed {call.seed}"


def repeats(summary: Summary) -> str:
    """Say what repeats tell, empty without any: "pass^3 80 %, pass@3 100 % (of 5 scenarios)."."""
    most = summary.pass_k[-1:]
    if not most or most[0].k == 1:
        return ""
    each, once = percent(most[0].each), percent(most[0].at_least_one)
    whole = counted(most[0].scenarios, "scenario")
    return f"pass^{most[0].k} {each}, pass@{most[0].k} {once} ({whole})."


def counted(number: int, noun: str) -> str:
    """Return "1 call", "3 calls"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def size(count_bytes: int) -> str:
    """Return a file's size as "840 kB" or "3.4 MB" (powers of ten, as file managers show it)."""
    if count_bytes < 1_000_000:
        return f"{max(1, round(count_bytes / 1000))} kB"
    return f"{count_bytes / 1_000_000:.1f} MB"


def visible(text: str) -> str:
    """Return text with control and direction characters written out, as "[U+202E]".

    What an agent writes must not turn the reading direction of the words that follow it, nor hide.
    """
    return _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def one_line(text: str) -> str:
    """Return text made visible, in one line in which no CI system finds a command.

    A log is read line by line, and a terminal breaks lines where it likes: so what begins a command
    is taken apart ("::error" becomes ": :error") wherever it stands.
    """
    return _COMMAND.sub(r"\1 ", _BROKEN.sub(" ", visible(text)))


def instant(iso: str) -> str:
    """Return an ISO 8601 instant for readers: "2026-01-01 00:00:00 UTC"."""
    return iso.replace("T", " ", 1).replace("+00:00", " UTC")
