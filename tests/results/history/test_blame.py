"""When did it stop working: a simulated history with a planted regression, and the change."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.late_results import late_results
from support.nights import Nights, night_name, regressed, steady

from harness.errors import InputError, UnknownName
from harness.report.history.tables import finding_lines
from harness.results.history.changes import BlameQuestion, blame
from harness.results.history.series import by_group
from harness.results.history.store import History
from harness.results.history.trend import trends

BROKEN = "confirmed cancellation"


def prompt(night: int) -> str:
    return ("a" if night < 61 else "b") * 64


def version(night: int) -> str:
    return "0.1.0" if night < 20 else "0.2.0"


@pytest.fixture(scope="module")
def history() -> History:
    return Nights(chance=regressed, prompt=prompt, version=version, repeats=3).history()


def test_the_planted_night_is_named_with_what_changed(history):
    (finding,) = blame(history, BlameQuestion(BROKEN))
    (found,) = finding.steps
    assert found.number == 61
    assert (found.night_before, found.night) == (night_name(60), night_name(61))
    assert [str(change) for change in found.changes] == [
        "prompt changed: aaaaaaaaaaaa → bbbbbbbbbbbb"
    ]
    assert found.step.down
    assert re.fullmatch(
        rf"{night_name(61)[:8]}.*/order-desk\.staging/calls/confirmed-cancellation/00\d/index\.html",
        found.first_failure,
    )


def test_the_scorer_that_broke_is_blamed_and_no_other(history):
    blamed = {
        scorer: [found.number for found in blame(history, BlameQuestion(BROKEN, scorer))[0].steps]
        for scorer in ("write_confirmation", "preamble", "entity_confirmation", "escalation")
    }
    assert blamed == {
        "write_confirmation": [61], "preamble": [], "entity_confirmation": [], "escalation": [],
    }  # fmt: skip


def test_scenarios_that_went_on_working_are_told_to_show_no_change(history):
    for scenario in ("cut-off number", "very angry", "small refund"):
        (finding,) = blame(history, BlameQuestion(scenario))
        assert finding.steps == (), scenario


def nowhere(page: str) -> str:
    """No page of a call is there (any more)."""
    return ""


def test_the_answer_reads_well(history):
    question = BlameQuestion(BROKEN, "write_confirmation")
    (finding,) = blame(history, question)
    text = "\n".join(finding_lines(finding, question, lambda page: f"nights/{page}"))
    assert "got worse on 2026-04-02 (night 61 of 90, 2026-04-02T02-00-00Z)" in text
    assert "p < 0.001 (false alarms at most 5 %)" in text
    assert "changed since 2026-04-01: prompt changed: aaaaaaaaaaaa → bbbbbbbbbbbb" in text
    assert "hear its first failure: nights/2026-04-" in text
    assert "hear" not in "\n".join(finding_lines(finding, question, nowhere))


def test_no_evidence_is_an_answer_and_says_how_much_was_seen():
    history = Nights(nights=20, repeats=2, spoilt=0.0, seed=3).history()
    question = BlameQuestion("straight look-up")
    (finding,) = blame(history, question)
    (line, *_) = finding_lines(finding, question, nowhere)
    assert "no evidence of a change" in line
    assert re.search(r"\(\d+ of 40\) passed in 20 nights", line)


def test_too_few_nights_and_a_bad_last_night_are_told():
    def last_bad(night: int, scenario: str, scorer: str) -> float:
        return 0.0 if night == 4 else 1.0

    history = Nights(nights=4, chance=last_bad, spoilt=0.0).history()
    question = BlameQuestion("hold music")
    (finding,) = blame(history, question)
    text = "\n".join(finding_lines(finding, question, nowhere))
    assert "it takes at least 6 judged nights" in text
    assert "the last judged night: 0 % (0 of 3), before: 100 % (9 of 9)" in text
    assert "a single bad night is no evidence yet" in text


# good nights, bad nights after them, the report on the bad nights
UNPROVEN = [
    (4, 4, "the last 4 judged nights: 0 % (0 of 12), before: 100 % (12 of 12)",
     "cannot be told from chance yet; about 1 more such night in a row would be evidence"),
    (5, 3, "the last 3 judged nights: 0 % (0 of 9), before: 100 % (15 of 15)",
     "cannot be told from chance yet; about 1 more such night in a row would be evidence"),
    (3, 4, "the last 4 judged nights: 0 % (0 of 12), before: 100 % (9 of 9)",
     "cannot be told from chance yet; about 10 more such nights in a row would be evidence"),
    (2, 3, "the last 3 judged nights: 0 % (0 of 9), before: 100 % (6 of 6)",
     "cannot be told from chance yet"),
]  # fmt: skip


def broken_after(good: int, bad: int) -> History:
    def chance(night: int, scenario: str, scorer: str) -> float:
        return float(night <= good)

    return Nights(
        nights=good + bad, chance=chance, spoilt=0.0, scenarios=("hold music",),
        prompt=lambda night: "a" if night <= good else "b",
    ).history()  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "nights", "more"), UNPROVEN)
def test_bad_nights_without_evidence_are_told_truly_with_what_changed(good, bad, nights, more):
    question = BlameQuestion("hold music")
    (finding,) = blame(broken_after(good, bad), question)
    lines = [line.strip() for line in finding_lines(finding, question, nowhere)]
    assert nights in lines
    assert more in lines
    first = f"changed on the first of them, {night_name(good + 1)[:10]}: prompt changed: a → b"
    assert first in lines
    assert "a single bad night" not in "".join(lines)


def test_the_nights_that_it_takes_are_as_many_as_foretold():
    for good, enough in ((4, 5), (3, 14)):
        for bad in (4, enough - 1):
            (finding,) = blame(broken_after(good, bad), BlameQuestion("hold music"))
            assert finding.to_evidence == enough - bad
        (finding,) = blame(broken_after(good, enough), BlameQuestion("hold music"))
        assert [found.number for found in finding.steps] == [good + 1]
    assert finding.to_evidence is None


def first_line(history: History, question: BlameQuestion) -> str:
    (finding,) = blame(history, question)
    return next(finding_lines(finding, question, nowhere)).partition(": ")[2]


def test_the_plain_fact_comes_first():
    question = BlameQuestion("hold music")
    assert first_line(broken_after(3, 7), question) == (
        "failed every call since 2026-02-04, when the prompt changed: 0 of 21 passed, 9 of 9 before"
    )
    assert first_line(broken_after(10, 10), question) == (
        "failed every call since 2026-02-11, when the prompt changed: "
        "0 of 30 passed, 30 of 30 before"
    )
    assert first_line(broken_after(0, 4), question) == (
        "failed every call since 2026-02-01: 0 of 12 passed"
    )
    assert first_line(broken_after(4, 0), question).startswith("no evidence of a change")


def test_a_rate_that_fell_is_told_with_its_failures(history):
    line = first_line(history, BlameQuestion(BROKEN, "write_confirmation"))
    assert re.match(
        r"failed \d+ of \d+ calls since 2026-04-02, when the prompt changed: \d+ of \d+", line
    )


SLOWER = Nights(
    nights=40, repeats=2, scenarios=("hold music",), spoilt=0.0,
    prompt=lambda night: "a" if night < 21 else "b",
    slower=lambda night: 1.4 if night >= 21 else 1.0,
)  # fmt: skip


@pytest.mark.parametrize(("off_s", "steps"), [(0.1, 1), (0.4, 0)])
def test_a_busy_machine_that_made_us_late_is_no_step_of_the_agent(off_s, steps):
    history = SLOWER.history()
    entries = tuple(
        replace(entry, results=late_results(entry.results, off_s * (number >= 21)))
        for number, entry in enumerate(history.entries, start=1)
    )
    late = replace(history, entries=entries)
    (finding,) = blame(late, BlameQuestion("hold music"))
    (trend,) = trends(late)
    assert (len(finding.measures), len(trend.measures[0].steps)) == (steps, steps)


def test_slower_answers_are_a_step_of_their_own():
    nights = SLOWER
    (finding,) = blame(nights.history(), BlameQuestion("hold music"))
    (found,) = finding.measures
    assert (found.number, found.step.down) == (21, True)
    text = "\n".join(finding_lines(finding, BlameQuestion("hold music"), nowhere))
    assert "time to first audio got slower on 2026-02-21 (night 21 of 40" in text
    assert re.search(r"from median 0.\d\d s to median 1.\d\d s", text)
    assert "changed since 2026-02-20: prompt changed: a → b" in text
    (other,) = blame(nights.history(), BlameQuestion("hold music", "preamble"))
    assert other.measures == ()


def test_a_call_made_twice_in_a_night_counts_once_and_is_paid_twice():
    once = broken_after(4, 4)
    copied = tuple(
        replace(
            entry,
            results=replace(
                entry.results,
                calls=(
                    *entry.results.calls,
                    *(
                        replace(call, recording=f"{call.recording}-2", passed=True)
                        for call in entry.results.calls
                    ),
                ),
            ),
        )
        for entry in once.entries
    )
    ((_, nights),) = by_group(History("x", copied, ())).items()
    assert [night.tally(None) for night in nights] == [(3, 3)] * 8
    assert len(list(nights[0].used())) == 6


def test_nights_that_all_failed_are_no_change():
    question = BlameQuestion("hold music")
    (finding,) = blame(broken_after(0, 4), question)
    text = "\n".join(finding_lines(finding, question, nowhere))
    assert "0 % (0 of 12), with no judged night before to compare" in text
    assert "changed on" not in text


def test_a_bad_end_after_a_recovery_is_told_beside_the_steps():
    def chance(night: int, scenario: str, scorer: str) -> float:
        return float(not 21 <= night <= 35 and night < 60)

    history = Nights(nights=60, chance=chance, scenarios=("hold music",), spoilt=0.0).history()
    question = BlameQuestion("hold music")
    (finding,) = blame(history, question)
    text = "\n".join(finding_lines(finding, question, nowhere))
    assert "got better on" in text
    assert "the last judged night: 0 % (0 of 3)" in text


def test_a_change_that_nobody_recorded_is_told_as_such():
    history = Nights(chance=regressed, scenarios=(BROKEN,)).history()
    question = BlameQuestion(BROKEN)
    (finding,) = blame(history, question)
    text = "\n".join(finding_lines(finding, question, nowhere))
    assert "changed: nothing that is recorded changed then" in text


def test_a_change_on_a_night_nearby_is_told_beside_it():
    def vaguely(night: int, scenario: str, scorer: str) -> float:
        worse = night >= 31 and scorer == "preamble"
        return 0.55 if worse else steady(night, "", scorer)

    history = Nights(
        nights=60, chance=vaguely, scenarios=("hold music",), prompt=lambda night: f"{night // 30}"
    ).history()
    question = BlameQuestion("hold music", "preamble")
    (finding,) = blame(history, question)
    (found,) = finding.steps
    told = [*found.changes, *(one for _, changes in found.nearby for one in changes)]
    assert "prompt changed: 0 → 1" in [str(one) for one in told]
    assert "prompt changed: 0 → 1" in "\n".join(finding_lines(finding, question, nowhere))


def test_a_recovery_is_a_step_up():
    def outage(night: int, scenario: str, scorer: str) -> float:
        return 0.05 if 21 <= night <= 35 else 0.995

    history = Nights(nights=60, chance=outage, scenarios=("hold music",)).history()
    (finding,) = blame(history, BlameQuestion("hold music"))
    assert [(found.number, found.step.down) for found in finding.steps] == [(21, True), (36, False)]
    assert finding.steps[1].first_failure is None


def test_each_target_and_condition_is_answered_for_itself():
    history = Nights(
        nights=30, targets=("staging", "live"), conditions=("quiet", "cafe"), repeats=2
    ).history()
    every = blame(history, BlameQuestion("hold music"))
    assert [str(finding.group) for finding in every] == [
        "order desk at live, cafe", "order desk at live, quiet",
        "order desk at staging, cafe", "order desk at staging, quiet",
    ]  # fmt: skip
    one = blame(history, BlameQuestion("hold music", target="live", condition="cafe"))
    assert [str(finding.group) for finding in one] == ["order desk at live, cafe"]


UNKNOWN = [
    (BlameQuestion("confirmed cancelation"), "near it: confirmed cancellation"),
    (BlameQuestion("zzz"), "there are: asked for a human, barge-in on a long answer"),
    (
        BlameQuestion(BROKEN, "preample"),
        "unknown scorer of this scenario 'preample'; known: barge_in",
    ),
    (BlameQuestion(BROKEN, target="prod"), "unknown target 'prod'; known: staging"),
    (BlameQuestion(BROKEN, suite="x"), "unknown suite 'x'; known: order desk"),
    (BlameQuestion(BROKEN, condition="cafe"), "unknown condition 'cafe'; known: none"),
]


@pytest.mark.parametrize(("question", "text"), UNKNOWN)
def test_unknown_names_are_refused_with_the_known_ones(history, question, text):
    with pytest.raises(InputError, match=re.escape(text)):
        blame(history, question)


def test_names_that_never_met_are_refused():
    both = Nights(nights=1, conditions=("quiet",)).history().entries
    other = Nights(nights=1, targets=("live",), conditions=("cafe",)).history().entries
    with pytest.raises(InputError, match="no calls of this suite, target and condition together"):
        blame(
            History("x", (*both, *other), ()),
            BlameQuestion("hold music", target="live", condition="quiet"),
        )


def test_an_empty_history_is_refused():
    with pytest.raises(InputError, match="history here holds no runs"):
        blame(History("here", (), ()), BlameQuestion(BROKEN))


def test_unknown_names_are_the_users_error():
    assert issubclass(UnknownName, InputError)


@pytest.mark.parametrize("seed", range(5))
def test_the_planted_night_is_found_whatever_the_noise(seed):
    history = Nights(
        chance=regressed, prompt=prompt, scenarios=(BROKEN,), seed=100 + seed
    ).history()
    (finding,) = blame(history, BlameQuestion(BROKEN, "write_confirmation"))
    assert any(found.step.low <= 60 <= found.step.high for found in finding.steps)
    assert finding.overall.counted == sum(
        score.scorer == "write_confirmation"
        for entry in history.entries
        for call in entry.results.calls
        if call.scenario == BROKEN
        for score in call.scores
    )


def test_uncounted_calls_say_nothing():
    history = Nights(nights=8, spoilt=0.0, repeats=1).history()
    spoilt = tuple(
        replace(
            entry,
            results=replace(
                entry.results,
                calls=tuple(
                    replace(call, status="socket_closed", passed=None)
                    for call in entry.results.calls
                ),
            ),
        )
        for entry in history.entries
    )
    (finding,) = blame(History("x", spoilt, ()), BlameQuestion(BROKEN))
    assert finding.overall.counted == 0
    assert finding.too_few
