"""Nightly runs, steps and changes as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.report import figures
from harness.results.history.changes import PROMPT, BlameFinding, Change, Streak
from harness.results.history.series import Night, NightCall
from harness.results.history.steps import Step, ValueStep
from harness.results.history.store import AHEAD, History, is_night
from harness.results.history.trend import GroupTrend, RateTrend
from harness.results.model import AgentPrompt, PromptChange, Rate, prompt_change
from harness.results.rates import SECONDS
from harness.results.verdicts import unjudged
from harness.text import counted

CALLS = "whole calls"
"""Name of the series that no single scorer makes."""

NOTHING_RECORDED = "nothing that is recorded changed then; a model can change behind its name"

_SHOWN = 4


def night(name: str) -> str:
    """Return a night for readers: "2026-04-25 02:00 UTC" of "2026-04-25T02-00-00Z"."""
    date, _, time = name.partition("T")
    return f"{date} {time[:2]}:{time[3:5]} UTC"


def date(name: str) -> str:
    """Return the date of a night."""
    return name.partition("T")[0]


def dates(nights: Iterable[str]) -> dict[str, str]:
    """Return the date of each night; nights of the same day also get the time."""
    return _told_apart(tuple(nights), (date, night, _second))


def times(nights: Iterable[str]) -> dict[str, str]:
    """Return date and time of each night; nights of the same minute also get seconds."""
    return _told_apart(tuple(nights), (night, _second))


def _second(name: str) -> str:
    return f"{date(name)} {name[11:19].replace('-', ':')} UTC"


def _told_apart(nights: Sequence[str], forms: Sequence[Callable[[str], str]]) -> dict[str, str]:
    unique = dict.fromkeys(nights)
    found: dict[str, str] = {}
    # From the longest form to the shortest: each shorter form replaces a longer one if it is
    # unique.
    for form in reversed(forms):
        often = Counter(map(form, unique))
        found |= {name: form(name) for name in unique if often[form(name)] == 1}
    return found


def failing(found: Streak, named: Mapping[str, str]) -> str:
    """Return the failure at the end of a series, its first night, and the changes of that night."""
    of = f"{found.bad.counted - found.bad.passed} of {counted(found.bad.counted, 'call')}"
    since = f"since {named[found.since]}"
    if found.nights == 1:
        told = f"failed {of} on {named[found.last]}"
    elif not found.before.counted:
        every = "every call" if found.every else of
        told = f"failed {every} in each of the {found.nights} nights, {since}"
    elif found.every:
        told = f"failed every call for {found.nights} nights, {since}"
    else:
        told = f"failed {of}, some in each of {found.nights} nights in a row, {since}"
    what = [change.what for change in found.changes]
    more = f" and {len(what) - _SHOWN} more" if len(what) > _SHOWN else ""
    return f"{told}; {', '.join(what[:_SHOWN])}{more} changed that night" if what else told


def fact(found: BlameFinding) -> str:
    """Return the present failure, its first night, and rates before and since; empty for none.

    "failed every call since 2026-04-02, when the prompt changed: 0 of 21 passed, 9 of 9 before".
    """
    named = dates(found.nights)
    if found.steps and found.steps[-1].step.down:
        last = found.steps[-1]
        return _fact(named[last.night], last.step.after, last.step.before, last.changes)
    if found.failing is None:
        return ""
    end = found.failing
    return _fact(named[end.since], end.bad, end.before, end.changes)


def _fact(since: str, bad: Rate, before: Rate, changes: Sequence[Change]) -> str:
    failing = bad.counted - bad.passed
    failed = f"{failing} of {bad.counted} calls" if bad.passed else "every call"
    what = [change.what for change in changes]
    listed = " and ".join([", ".join(what[:-1]), what[-1]] if len(what) > 1 else what)
    several = f"{len(what)} things" if len(what) > _SHOWN else f"the {listed}"
    when = f", when {several} changed" if what else ""
    against = f", {before.passed} of {before.counted} before" if before.counted else ""
    return f"failed {failed} since {since}{when}: {bad.passed} of {bad.counted} passed{against}"


def gravity(rate: RateTrend) -> tuple[bool, bool, int]:
    """Return a severity to sort failing ends by: all calls, that once passed, and how long."""
    end = rate.failing
    return (end.every, end.before.passed > 0, end.nights) if end else (False, False, 0)


def share(rate: Rate) -> str:
    """Return "97 % (174 of 180)"."""
    return f"{figures.percent(rate.rate)} ({rate.passed} of {rate.counted})"


def level(step: Step | ValueStep, *, after: bool) -> str:
    """Return the level of a series on one side of a step: a rate with its counts, or a median."""
    if isinstance(step, Step):
        return share(step.after if after else step.before)
    return f"median {figures.measured(step.after if after else step.before, step.measure.unit)}"


def direction(step: Step | ValueStep) -> str:
    """Return whether a step is better or worse for the agent's callers."""
    if isinstance(step, ValueStep) and step.measure.unit == SECONDS:
        return "got slower" if step.down else "got quicker"
    return "got worse" if step.down else "got better"


def tone(step: Step | ValueStep) -> str:
    """Return the colour of a step; worse values are to be looked at, limits judge them."""
    if not step.down:
        return "pass"
    return "fail" if isinstance(step, Step) else "review"


def chance(step: Step | ValueStep) -> str:
    """Return how often chance alone would make such a step."""
    return "p < 0.001" if step.p_value < 0.001 else f"p = {step.p_value:.3f}"


def plausible(step: Step | ValueStep, nights: Sequence[str]) -> str:
    """Return the nights between which a step lies with 95 % certainty, empty for a single night."""
    if step.low == step.high:
        return ""
    named = dates(nights)
    return f"between {named[nights[step.low]]} and {named[nights[step.high]]}, 95 %"


def changed(changes: Iterable[Change]) -> str:
    """Return changes in a phrase; of many, the first and how many more."""
    known = [str(change) for change in changes]
    more = f"; and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return "; ".join(known[:_SHOWN]) + more


def scorer(name: str | None) -> str:
    """Return the name of whose verdicts these are."""
    return CALLS if name is None else figures.label(name)


def series(rate: RateTrend) -> str:
    """Return the name of a series."""
    return scorer(rate.scorer) if rate.scenario is None else rate.scenario


# Nights of which not every call was judged: they are shown as incomplete, and are no plain pass.
#
# A night is incomplete if a call gave no verdict, or a run of it was stopped. The newest night of a
# history is also incomplete if a run of it cannot be read, or if it was stopped before it came to a
# suite or target that the night before called.


def of_night(night: Night) -> str:
    """Return the missing part of a group's night: "12 of 26 calls judged, 14 not called"; or ""."""
    return _told(night.calls)


def of_last_night(history: History, found: Sequence[GroupTrend]) -> str:
    """Return the missing part of the newest night of all groups, as a sentence; empty for none."""
    return _sentence((_told(_last_calls(history, found)), *_not_there(history, found)))


def of_its_runs(history: History, found: Sequence[GroupTrend]) -> str:
    """Return which calls of the newest night are in no group, as a sentence; empty for none."""
    return _sentence(_not_there(history, found))


def _sentence(told: Sequence[str]) -> str:
    whole = "; ".join(filter(None, told))
    return f"The last night is incomplete: {whole}." if whole else ""


def _last_calls(history: History, found: Sequence[GroupTrend]) -> list[NightCall]:
    nights = (trend.nights[-1] for trend in found)
    return [one for night in nights if night.night == history.nights[-1] for one in night.calls]


def _not_there(history: History, found: Sequence[GroupTrend]) -> tuple[str, ...]:
    """Return the suites and targets that a stopped night did not reach, and its skipped runs."""
    night, *before = reversed(history.nights)
    stopped = _stopped(_last_calls(history, found))
    # A group whose last night is the one before: the stopped night would have called it next.
    due = [trend.group for trend in found if stopped and trend.nights[-1].night in before[:1]]
    places = [one.place for one in history.skipped if one.reason != AHEAD and "/" in one.place]
    unread = [place for place in places if _is_since(place.split("/")[0], night)]
    return (
        *(f"it did not come to {group}" for group in due),
        *(f"{place} has no results to read" for place in unread),
    )


def _told(kept: Sequence[NightCall]) -> str:
    lacking = unjudged([one.call for one in kept])
    return lacking or (
        "the run was stopped, and what it did not come to is not listed" if _stopped(kept) else ""
    )


def _stopped(kept: Sequence[NightCall]) -> bool:
    return any(one.entry.results.interrupted for one in kept)


def _is_since(name: str, night: str) -> bool:
    return is_night(name) and name >= night


# How the prompt of a group changed from night to night, in place of two hashes.

PromptOf = Callable[[str], AgentPrompt | None]
"""The prompt of the call in a folder of the history; None if the recording is missing."""

Diffs = Mapping[str, PromptChange]
"""The difference to the prompt before, by the night on which it changed."""


def prompt_diffs(trend: GroupTrend, prompt_of: PromptOf) -> Diffs:
    """Return how the prompt changed on each night on which it did, if both recordings are kept."""
    places = {night.night: place for place, night in enumerate(trend.nights)}
    found = {}
    for changed in trend.changed:
        if any(change.what == PROMPT for change in changed.changes):
            place = places[changed.night]
            found[changed.night] = _difference(
                trend.nights[place - 1], trend.nights[place], prompt_of
            )
    return found


def _difference(before: Night, after: Night, prompt_of: PromptOf) -> PromptChange:
    was, now = prompt_of(before.calls[-1].folder), prompt_of(after.calls[0].folder)
    return PromptChange() if was is None or now is None else prompt_change(was, now)
