"""Numbers, times, intervals and short facts as text, for pages and terminals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.recording.model import UtteranceKind
from harness.report import figures
from harness.results.history.changes import PROMPT, Change
from harness.results.model import (
    CallResult,
    Percentiles,
    PromptChange,
    Rate,
    RunCost,
    RunResults,
    ScenarioSummary,
    ScoreResult,
    Summary,
)
from harness.results.rates import SECONDS, SHARE
from harness.text import counted
from harness.units import WORTH_TELLING_S, with_uncertainty
from harness.units import clock as clock

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_BROKEN = re.compile("(?<!\\s)\\s*[\n\u2028\u2029]\\s*")
_COMMAND = re.compile(r"(:(?=:[a-z])|#(?=#\w*\[))", re.IGNORECASE)
"""Text that CI systems read as a command: ``::error``, ``##[error]``, ``##vso[...]``."""

NONE = "–"
"""Shown if an event did not happen or was not counted."""


def seconds(value_s: float | None) -> str:
    """Return "1.24 s", or a dash for an event that did not happen."""
    return NONE if value_s is None else f"{value_s:.2f} s"


def uncertain(value_s: float | None, uncertainty_s: float | None) -> str:
    """Return "1.24 s ± 2 ms": a time and by how much our own lateness may have made it longer."""
    return with_uncertainty(seconds(value_s), uncertainty_s)


def money(amount: float | None, least: float | None, currency: str) -> str:
    """Return "1.24 USD", with more digits for small amounts, or a range; "unknown" for None.

    Without a currency, no cost was requested: a dash.
    """
    if not currency:
        return NONE
    if amount is None or least is None:
        return "unknown"
    # A call often costs a fraction of a cent: two digits would show 0.00.
    digits = 2 if amount >= 1 or amount == 0 else 4
    low, high = (f"{value:,.{digits}f}" for value in (least, amount))
    return f"{high} {currency}" if low == high else f"{low}–{high} {currency}"


def cost(told: RunCost) -> str:
    """Return a run's cost, its budget, and the costs that are not included."""
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
    # "100 %" would hide the failed call of a large run
    if shown == 100 and share < 1:
        return "> 99 %"
    if shown == 0 and share > 0:
        return "< 1 %"
    return f"{shown} %"


def interval(rate: Rate) -> str:
    """Return the 95 % interval as "77–99 %", empty if no call was counted."""
    if rate.low is None or rate.high is None:
        return ""
    return f"{round(rate.low * 100)}–{round(rate.high * 100)} %"


def value(score: ScoreResult) -> str:
    """Return a score's value with its unit, empty if it has no value.

    A share that contradicts the verdict is left out: "fail, 100 %".
    """
    if score.value is None:
        return ""
    passed = score.outcome == "pass"
    # another part of the rule failed the call, so the share would mislead
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
    """Return an aggregate figure; ``metric`` is a key of ``measured.DISTRIBUTION``."""
    least = None if spread.least is None else getattr(spread.least, metric)
    return with_ends(getattr(spread, metric), least, unit)


def with_ends(number: float | None, least: float | None, unit: str) -> str:
    """Return a figure with its lower bound: "1.24 s", or "1.24 s ± 12 ms" if that matters.

    It matters if the harness's own lateness may have added a millisecond or more and the shown
    value would differ without it.
    """
    shown = measured(number, unit)
    # An uncertainty that the shown digits hide is not worth a second figure.
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
    """Return a scenario with the cell or condition of the call, if any."""
    return f"{scenario} ({condition})" if condition else scenario


def call_name(call: CallResult) -> str:
    """Return the name of a call and its repeats: scenario and condition, or its stored name."""
    return call.call or under(call.scenario, call.condition)


def call_numbered(call: CallResult) -> str:
    """Return the name of a call in lists of plain text: "lookup (server_vad) #2"."""
    return call.call or f"{call_name(call)} #{call.repeat + 1}"


def call_title(call: CallResult) -> str:
    """Return the title of a call's page: "lookup (server_vad), repeat 2"."""
    return call.call or f"{call_name(call)}, repeat {call.repeat + 1}"


def call_number(call: CallResult) -> str:
    """Return a call's number within its scenario: "repeat 2, seed 8"; imported calls have names."""
    if call.call:
        return f"of {call.scenario}"
    return f"repeat {call.repeat + 1}, seed {call.seed}"


def repeats(summary: Summary) -> str:
    """Return the figures of repeats, or "": "pass^3 80 %, pass@3 100 % (of 5 scenarios)."."""
    most = summary.pass_k[-1:]
    if not most or most[0].k == 1:
        return ""
    each, once = percent(most[0].each), percent(most[0].at_least_one)
    whole = counted(most[0].scenarios, "scenario")
    return f"pass^{most[0].k} {each}, pass@{most[0].k} {once} ({whole})."


def size(count_bytes: int) -> str:
    """Return a file's size as "840 kB" or "3.4 MB" (powers of ten, as file managers show it)."""
    if count_bytes < 1_000_000:
        return f"{max(1, round(count_bytes / 1000))} kB"
    return f"{count_bytes / 1_000_000:.1f} MB"


def visible(text: str) -> str:
    """Return text with control and direction characters written out, as "[U+202E]".

    An agent's text must neither turn the reading direction of the words that follow it, nor hide.
    """
    return _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def one_line(text: str) -> str:
    """Return text made visible, in one line in which no CI system finds a command.

    A log is read line by line, and a terminal breaks lines at any position. So a command prefix is
    split ("::error" becomes ": :error") at any position of the text.
    """
    return _COMMAND.sub(r"\1 ", _BROKEN.sub(" ", visible(text)))


def instant(iso: str) -> str:
    """Return an ISO 8601 instant for readers: "2026-01-01 00:00:00 UTC"."""
    return iso.replace("T", " ", 1).replace("+00:00", " UTC")


# Verdicts on writes that a model judge decided, and its opinions on others, as text.


@dataclass(frozen=True, slots=True)
class OpinionText:
    """A write: who judged it, and the answer with its quote and moment."""

    tool: str
    heading: str
    """``decided by MODEL``, or ``MODEL, not counted``."""
    text: str
    decided: bool


def opinions(score: ScoreResult, *, timed: bool = True) -> tuple[OpinionText, ...]:
    """Return the opinions on the writes of a score; empty if no model was asked."""
    writes = score.details.get("writes")
    return tuple(_texts(writes, timed=timed)) if isinstance(writes, list) else ()


def decided_lines(scores: Iterable[ScoreResult], *, timed: bool = True) -> tuple[str, ...]:
    """Return a line for each verdict that a model decided."""
    return tuple(
        f"{score.scorer}: {one.tool}: {one.heading}: {one.text}"
        for score in scores
        for one in opinions(score, timed=timed)
        if one.decided
    )


def _texts(writes: list[Any], *, timed: bool) -> Iterator[OpinionText]:
    for write in writes:
        said = write.get("model") if isinstance(write, dict) else None
        if not isinstance(said, dict):
            continue
        model, decided = str(said.get("model")), said.get("decided") is True
        heading = f"decided by {model}" if decided else f"{model}, not counted"
        yield OpinionText(str(write.get("tool")), heading, _text(said, timed=timed), decided)


def _text(said: Mapping[str, Any], *, timed: bool) -> str:
    answer = str(said.get("answer") or "no answer").replace("_", " ")
    quote = f", “{said['quote']}”" if said.get("quote") else ""
    start_s, note = said.get("start_s"), said.get("note")
    at = f" at {figures.clock(start_s)}" if timed and isinstance(start_s, int | float) else ""
    return f"{answer}{quote}{at}{f' ({note})' if note else ''}"


# Changes in words, with the changed lines and tools of a prompt if both texts are known.


def texts_of(changes: Iterable[Change], prompt: PromptChange) -> tuple[str, ...]:
    """Return each change in words; a changed prompt by its lines and tools, if they are known."""
    texts: list[str] = []
    for one in changes:
        texts += prompt.texts if one.what == PROMPT and prompt.texts else (str(one),)
    return tuple(texts)


# The caller's action in a turn, in a word: the scenario names what a recording calls noise.

_SOUNDS = {"throat": "throat cleared"}
"""Sounds for which a reader needs another word than the scenario's."""


def called(kind: UtteranceKind, *, side_speech: bool = False, sound: str | None = None) -> str:
    """Return the caller's action for readers; ``sound`` is that of the turn in the scenario."""
    if kind is not UtteranceKind.NOISE:
        return figures.label(kind.value)
    if side_speech:
        return "aside"
    return "noise" if sound is None else _SOUNDS.get(sound, sound)


# The cells of a target's matrix next to each other: a row per scenario, a column per cell.


@dataclass(frozen=True, slots=True)
class CellTable:
    """Pass counts of each cell; ``rows`` are (scenario, a figure for each cell)."""

    cells: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def cell_table(results: RunResults) -> CellTable | None:
    """Return the cells of a run side by side; None for a target without a matrix."""
    if not results.target_settings.get("matrix"):
        return None
    found = {(one.suite, one.scenario, one.condition): one for one in results.summary.scenarios}
    cells = tuple(dict.fromkeys(condition for *_, condition in found))
    tests = tuple(dict.fromkeys((suite, scenario) for suite, scenario, _ in found))
    several = len({suite for suite, _ in tests}) > 1
    return CellTable(
        cells,
        tuple(
            (
                f"{scenario} ({suite})" if several else scenario,
                tuple(_figure(found.get((suite, scenario, cell))) for cell in cells),
            )
            for suite, scenario in tests
        ),
    )


def _figure(one: ScenarioSummary | None) -> str:
    """Return how many of the judged repeats passed, and how many were not judged."""
    if one is None:
        return "–"
    rate = one.pass_rate
    told = f"{rate.passed}/{rate.counted}" if rate.counted else "–"
    beside = one.unjudged + one.uncounted
    return f"{told} (+{beside} open)" if beside else told
